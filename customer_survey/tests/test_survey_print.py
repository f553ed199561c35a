import re

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SurveyCommon

FORM = "customer_survey.customer_survey_form_report"
POST = "customer_survey.customer_survey_form_post_report"
BLANK = "customer_survey.customer_survey_form_blank_report"


@tagged("post_install", "-at_install")
class TestSurveyPrint(SurveyCommon):
    """客户满意度调查表 (G5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Printed")
        cls.no_mail = cls._create_customer("By Post", with_contact=False)
        cls.campaign = cls._start_campaign()
        cls.response = cls._get_response(cls.campaign, cls.dossier)

    def _render(self, report, records, user=None, lang="en_US"):
        content, _type = (
            self.env["ir.actions.report"]
            .with_user(user or self.director)
            .with_context(lang=lang)
            ._render_qweb_html(report, records.ids)
        )
        return html.fromstring(content)

    def _get_text(self, node):
        return " ".join(node.text_content().split())

    def test_form_of_one_customer_to_fill_in(self):
        page = self._render(FORM, self.response)
        text = self._get_text(page)
        for expected in (
            "Customer Satisfaction Form",
            "客户满意度调查表",
            self.response.number,
            self.campaign.name,
            "Printed",
            self.response.contact_id.name,
            "Taking part is voluntary",
            "1. How satisfied are you with the quality",
            "Completely",
            "Answer until",
            self.env.company.name,
        ):
            self.assertIn(expected, text)
        self.assertNotIn("■", text)
        scale = page.xpath("//div[hasclass('o_customer_survey_scale')]")
        questions = self.campaign.survey_id.question_ids
        scales = questions.filtered(lambda question: question.question_type == "scale")
        self.assertEqual(len(scale), len(scales))
        boxes = re.findall(r"□\s*(\d+)", self._get_text(scale[0]))
        self.assertEqual(boxes, [str(value) for value in range(11)])
        self.assertTrue(page.xpath("//table[hasclass('o_customer_form_signatures')]"))

    def test_answers_are_marked(self):
        self._answer(
            self.response,
            {self.quality: (0, 7), self.service: (None, 10)},
            text="Deliver faster",
        )
        page = self._render(FORM, self.response)
        marks = [
            re.findall(r"■\s*(\d+)", self._get_text(scale))
            for scale in page.xpath("//div[hasclass('o_customer_survey_scale')]")
        ]
        self.assertEqual(marks[:4], [["0"], ["7"], [], ["10"]])
        self.assertIn("Deliver faster", self._get_text(page))
        self.assertNotIn("Return this form", self._get_text(page))

    def test_answers_are_printed_for_readers_and_registered(self):
        self._answer(self.response, {self.quality: (10, 10)}, text="Between us")
        for user in (self.other_rep, self.employee, self.survey_manager):
            with self.assertRaises(AccessError):
                self._render(FORM, self.response, user)
        log = self.env["customer.access.log"]
        printed = [("dossier_ids", "in", self.dossier.ids), ("operation", "=", "print")]
        if "dossier_ids" not in log._fields:
            printed[0] = ("dossier_id", "in", self.dossier.ids)
        before = log.search_count(printed)
        self._render(FORM, self.response)
        self.assertEqual(log.search_count(printed), before + 1)

    def test_all_question_types(self):
        survey = self.survey.copy()
        choice, matrix = self.env["survey.question"].create(
            [
                {
                    "survey_id": survey.id,
                    "title": "How did you hear of us?",
                    "question_type": "multiple_choice",
                    "comments_allowed": True,
                    "suggested_answer_ids": [
                        fields.Command.create({"value": value})
                        for value in ("Fair", "Friend")
                    ],
                    "sequence": 90,
                },
                {
                    "survey_id": survey.id,
                    "title": "Rate us",
                    "question_type": "matrix",
                    "suggested_answer_ids": [
                        fields.Command.create({"value": value})
                        for value in ("Bad", "Good")
                    ],
                    "matrix_row_ids": [fields.Command.create({"value": "Packing"})],
                    "sequence": 91,
                },
            ]
        )
        text = self._get_text(self._render(BLANK, survey))
        self.assertIn("□ 1 Fair □ 2 Friend", text)
        self.assertIn("1 Bad2 Good Packing □□", text)
        self.assertNotIn("Printed", text)
        dossier = self._create_customer("Types")
        campaign = self._start_campaign(survey_id=survey.id)
        response = self._get_response(campaign, dossier)
        form = response.sudo().form_ids
        form._save_lines(choice, [str(choice.suggested_answer_ids[1].id)], "Radio")
        form._save_lines(
            matrix,
            {str(matrix.matrix_row_ids.id): [str(matrix.suggested_answer_ids[0].id)]},
        )
        form._mark_done()
        text = self._get_text(self._render(FORM, response))
        self.assertIn("□ 1 Fair ■ 2 Friend Radio", text)
        self.assertIn("Packing ■□", text)

    def test_forms_for_customers_without_email(self):
        text = self._get_text(self._render(POST, self.campaign))
        self.assertIn("By Post", text)
        waiting = self._get_response(self.campaign, self.no_mail)
        self.assertIn(waiting.number, text)
        self.assertNotIn("Printed,", text)
        self.assertNotIn(self.response.number, text)
        text = self._get_text(self._render(POST, self.campaign, self.other_rep))
        self.assertNotIn("By Post", text)
        with self.assertRaises(AccessError):
            self._render(POST, self.campaign, self.employee)

    def test_anonymous_form_names_nobody(self):
        self.campaign._system_write({"state": "draft"})
        self.campaign.is_anonymous = True
        self.campaign._system_write({"state": "running"})
        text = self._get_text(self._render(FORM, self.response))
        self.assertNotIn("Contact of Printed", text)
        self.assertNotIn(self.response.number, text)
        self.assertIn(self.campaign.number, text)

    def test_chinese(self):
        page = self._render(FORM, self.response, lang="zh_CN")
        self.assertEqual(page.xpath("//h1")[0].text_content(), "客户满意度调查表")
