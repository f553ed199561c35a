import base64
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.customer_archive.tests.concurrency import ConcurrencyCase, Fixture

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyPaper(SurveyCommon):
    """Paper forms, keyed by staff and filed as all others (G6)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survey = cls._create_questionnaire()
        cls.dossier = cls._create_customer("Paper One")
        cls.second = cls._create_customer("Paper Two")
        cls.campaign = cls._start_campaign(survey_id=cls.survey.id)
        cls.response = cls._get_response(cls.campaign, cls.dossier)
        cls.next_response = cls._get_response(cls.campaign, cls.second)

    @classmethod
    def _create_questionnaire(cls):
        """Return a questionnaire with a question of every type."""
        survey = cls.survey.copy()
        scales = survey.question_ids.filtered("dimension_id")
        (
            scales - scales.filtered(lambda question: question.sequence % 10 == 1)
        ).unlink()
        survey.question_ids.filtered(lambda q: q.question_type == "text_box").unlink()
        questions = [
            ("simple", "simple_choice", {"comments_allowed": True}),
            ("multiple", "multiple_choice", {}),
            ("matrix", "matrix", {"matrix_subtype": "simple"}),
            ("number", "numerical_box", {}),
            ("day", "date", {}),
            ("text", "text_box", {}),
        ]
        for sequence, (name, kind, values) in enumerate(questions, 100):
            if kind in ("simple_choice", "multiple_choice", "matrix"):
                values["suggested_answer_ids"] = [
                    Command.create({"value": f"{name} {value}"}) for value in "abc"
                ]
            if kind == "matrix":
                values["matrix_row_ids"] = [
                    Command.create({"value": f"Row {row}"}) for row in (1, 2)
                ]
            question = cls.env["survey.question"].create(
                {
                    "survey_id": survey.id,
                    "title": name,
                    "question_type": kind,
                    "sequence": sequence,
                }
                | values
            )
            setattr(cls, name, question)
        cls.scale = survey.question_ids.filtered(
            lambda question: question.dimension_id == cls.quality
        )
        return survey

    def _open(self, user, response=None):
        """Return the opened entry."""
        response = response or self.response
        action = self._rpc(user, response._name, "action_enter_paper", response.ids)
        return self.env[action["res_model"]].with_user(user).browse(action["res_id"])

    def _key(self, paper, **answers):
        """Key ``answers`` by name of the question, ``scale`` all scales."""
        for line in paper.line_ids:
            question = line.question_id.sudo()
            name = "scale" if question.dimension_id else question.title
            answer = answers.get(name, "")
            if question == self.matrix and answer:
                index = question.matrix_row_ids.ids.index(line.row_id.id)
                answer = answer[index]
            line.answer = answer

    def _save(self, user, response=None, **answers):
        paper = self._open(user, response)
        self._key(paper, **answers)
        self._rpc(user, paper._name, "action_save", paper.ids)

    # ------------------------------------------------------------ filing

    def test_paper_is_filed_as_all_others(self):
        paper = self._open(self.keeper)
        self.assertEqual(
            len(paper.line_ids),
            sum(
                len(question.matrix_row_ids) or 1
                for question in self.campaign.survey_id.question_ids
            ),
        )
        self._key(
            paper,
            scale="８",
            simple="2",
            multiple="1、3",
            matrix=("3", "1"),
            number="12.5",
            day="2020-02-29",
            text="Deliver faster",
        )
        paper.line_ids.filtered("has_comment").comment = "By lorry"
        paper.scan, paper.scan_name = base64.b64encode(b"%PDF-1.4"), "paper.pdf"
        self._rpc(self.keeper, paper._name, "action_save", paper.ids)
        today = fields.Date.today()
        self.assertRecordValues(
            self.response,
            [
                {
                    "state": "answered",
                    "channel": "paper",
                    "answered_date": today,
                    "index": 80,
                }
            ],
        )
        form = self.response.sudo().form_ids.filtered(
            lambda form: form.customer_channel == "paper"
        )
        self.assertRecordValues(
            form,
            [
                {
                    "state": "done",
                    "partner_id": self.response.contact_id.id,
                    "customer_date": today,
                    "customer_interviewer_id": False,
                    "create_uid": self.keeper.id,
                }
            ],
        )
        lines = form.user_input_line_ids.grouped("question_id")
        choices = self.multiple.suggested_answer_ids
        self.assertEqual(
            lines[self.multiple].suggested_answer_id, choices[0] + choices[2]
        )
        self.assertEqual(lines[self.simple][0].suggested_answer_id.value, "simple b")
        self.assertEqual(lines[self.simple][1].value_char_box, "By lorry")
        self.assertEqual(
            {
                line.matrix_row_id.value: line.suggested_answer_id.value
                for line in lines[self.matrix]
            },
            {"Row 1": "matrix c", "Row 2": "matrix a"},
        )
        self.assertEqual(lines[self.number].value_numerical_box, 12.5)
        self.assertEqual(str(lines[self.day].value_date), "2020-02-29")
        self.assertEqual(lines[self.text].value_text_box, "Deliver faster")
        scan = self.env["ir.attachment"].search(
            [("res_model", "=", self.response._name), ("res_id", "=", self.response.id)]
        )
        self.assertEqual((scan.name, scan.raw), ("paper.pdf", b"%PDF-1.4"))

    def test_nothing_keyed_is_skipped_and_zero_is_not(self):
        self._save(self.director, scale="0")
        self.assertEqual(self.response.index, 0)
        self.assertEqual(len(self.response.answer_ids), 4)
        form = self.response.sudo().form_ids.filtered(lambda f: f.state == "done")
        skipped = form.user_input_line_ids.filtered("skipped")
        questions = form.survey_id.question_ids
        self.assertEqual(len(skipped.question_id), len(questions) - 4)

    def test_save_and_next_goes_through_the_stack(self):
        paper = self._open(self.keeper)
        self._key(paper, scale="5")
        action = self._rpc(self.keeper, paper._name, "action_save_next", paper.ids)
        following = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(following.response_id, self.next_response)
        self.assertFalse(any(following.line_ids.mapped("answer")))
        following = following.with_user(self.keeper)
        self._key(following, scale="6")
        action = following.action_save_next()
        self.assertEqual(action, {"type": "ir.actions.act_window_close"})
        self.assertEqual(self.next_response.index, 60)

    def test_interviewer_goes_on_to_his_own(self):
        self.response.interviewer_id = self.rep
        paper = self._open(self.rep)
        self._key(paper, scale="5")
        self.assertEqual(
            paper.action_save_next(), {"type": "ir.actions.act_window_close"}
        )

    def test_another_customer_of_the_same_survey_is_chosen(self):
        paper = self._open(self.keeper)
        self._key(paper, scale="7")
        paper.response_id = self.next_response
        self.assertEqual(paper.contact_id, self.next_response.contact_id)
        paper.action_save()
        self.assertEqual(self.response.state, "invited")
        self.assertEqual(self.next_response.index, 70)

    def test_declined_customer_sends_his_form_after_all(self):
        self.response.action_decline()
        self._save(self.keeper, scale="9")
        self.assertEqual(self.response.index, 90)

    # ------------------------------------------------------------ what cannot be

    def test_wrong_answers_name_the_question(self):
        for name, wrong, message in (
            ("scale", "11", "quality and reliability.*0 to 10"),
            ("scale", "-1", "0 to 10"),
            ("scale", "7.5", "whole number"),
            ("simple", "4", "simple: .*1 to 3"),
            ("simple", "0", "simple: .*1 to 3"),
            ("simple", "a", "simple: .*1 to 3"),
            ("simple", "1 2", "simple: one choice"),
            ("multiple", "1,4", "multiple: .*1 to 3"),
            ("matrix", ("1,2", ""), "matrix: one choice"),
            ("number", "nan", "number: key a number"),
            ("number", "many", "number: key a number"),
            ("day", "yesterday", "day: This is not a date"),
        ):
            with (
                self.subTest(name=name, wrong=wrong),
                self.assertRaisesRegex(UserError, message),
            ):
                self._save(self.director, **{name: wrong})
        self.assertEqual(self.response.state, "invited")

    def test_mandatory_question(self):
        survey = self.survey.copy()
        survey.question_ids.filtered(
            lambda question: question.title in ("simple", "matrix")
        ).constr_mandatory = True
        dossier = self._create_customer("Mandatory")
        campaign = self._start_campaign(survey_id=survey.id)
        response = self._get_response(campaign, dossier)
        self.matrix = survey.question_ids.filtered(
            lambda question: question.title == "matrix"
        )
        answers = {"scale": "5", "simple": "1", "matrix": ("1", "2")}
        for name, wrong in (("simple", ""), ("matrix", ""), ("matrix", ("1", ""))):
            with self.assertRaisesRegex(
                UserError, f"{name}: this question must|{name}: "
            ):
                self._save(self.director, response, **answers | {name: wrong})
        self._save(self.director, response, **answers)
        self.assertEqual(response.index, 50)

    def test_dates_and_contacts_that_cannot_be(self):
        stranger = self._create_customer("Stranger", with_order=False).partner_id
        today = fields.Date.today()
        for values, message in (
            ({"date": today + timedelta(days=1)}, "between the start"),
            ({"date": self.campaign.date_started - timedelta(days=1)}, "between"),
            ({"contact_id": stranger.id}, "does not belong"),
        ):
            paper = self._open(self.director)
            self._key(paper, scale="5")
            paper.write(values)
            with self.assertRaisesRegex(UserError, message):
                paper.action_save()

    def test_states_that_forbid_an_entry(self):
        paper = self._open(self.director)
        self._key(paper, scale="5")
        self._save(self.director, scale="9")
        with self.assertRaisesRegex(UserError, "answered already"):
            paper.action_save()
        self.assertEqual(self.response.index, 90)
        paper = self._open(self.director, self.next_response)
        self._key(paper, scale="5")
        self.next_response._system_write({"state": "excluded"})
        with self.assertRaisesRegex(UserError, "the state is Excluded"):
            paper.action_save()
        self.next_response._system_write({"state": "to_ask"})
        self.campaign.action_close()
        with self.assertRaisesRegex(UserError, "needs .*Running"):
            paper.action_save()
        with self.assertRaisesRegex(UserError, "needs .*Running"):
            self._open(self.director, self.next_response)

    def test_customer_of_another_survey(self):
        dossier = self._create_customer("Elsewhere")
        other = self._get_response(self._start_campaign(), dossier)
        paper = self._open(self.director)
        self._key(paper, scale="5")
        paper.response_id = other
        with self.assertRaisesRegex(UserError, "another survey"):
            paper.action_save()
        self.assertEqual(other.state, "invited")

    def test_who_enters(self):
        for user in (self.rep, self.bum, self.other_rep, self.employee):
            with self.assertRaises(AccessError):
                self._open(user)
        foreign = self._open(self.director)
        self._key(foreign, scale="5")
        for user in (self.rep, self.other_rep, self.employee):
            for method, args in (
                ("action_save", ()),
                ("action_save_next", ()),
                ("read", (["contact_id"],)),
                ("write", ({"date": "2020-01-01"},)),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, foreign._name, method, foreign.ids, *args)
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    foreign.line_ids._name,
                    "read",
                    foreign.line_ids.ids,
                    ["answer"],
                )
        for user in (self.other_rep, self.employee):
            with self.assertRaises(AccessError):
                self.env["customer.survey.paper"].with_user(user).create(
                    {"campaign_id": self.campaign.id, "response_id": self.response.id}
                )
        own = (
            self.env["customer.survey.paper"]
            .with_user(self.rep)
            .create({"campaign_id": self.campaign.id, "response_id": self.response.id})
        )
        with self.assertRaisesRegex(AccessError, "Only the interviewer"):
            own.action_save()
        self.assertEqual(self.response.state, "invited")

    def test_customer_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for group in ("mdo", "keeper"):
            user = self._create_user(
                f"foreign_{group}",
                f"customer_archive.group_{group}",
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            with self.assertRaises(AccessError):
                self._open(user)
        self.assertEqual(self.response.state, "invited")


@tagged("post_install", "-at_install")
class TestSurveyTwoAtOnce(ConcurrencyCase):
    """A customer answers on the web while his paper form is keyed: one counts (G8)."""

    users = {"rep": "rep", "keeper": "keeper", "mdo": "mdo"}

    def setUp(self):
        super().setUp()
        self.form, self.response = self._commit(self._make)

    def _make(self, env):
        partner = Fixture._customer(user_id=self.rep)
        dossier = Fixture._dossier(partner_id=partner.id)
        campaign = env["customer.survey.campaign"].create(
            {
                "name": "Two at Once",
                "user_id": self.mdo,
                "date_deadline": fields.Date.today() + timedelta(days=9),
            }
        )
        campaign._settle_results()
        response = campaign._add_customers(dossier)
        campaign._system_write(
            {"state": "running", "date_started": fields.Date.today()}
        )
        return response._create_form(False).id, response.id

    def test_one_answer_counts(self):
        def answer(env):
            form = env["survey.user_input"].browse(self.form)
            form._mark_in_progress()
            for question in form.survey_id.question_ids.filtered("dimension_id"):
                form._save_lines(question, "10")
            form._mark_done()

        def key(env):
            response = env["customer.survey.response"].browse(self.response)
            action = response.action_enter_paper()
            paper = env[action["res_model"]].browse(action["res_id"])
            paper.line_ids.filtered(
                lambda line: line.question_id.sudo().dimension_id
            ).answer = "0"
            paper.action_save()

        with self.assertRaisesRegex(UserError, "answered already"):
            self._race(answer, lambda env: key(env(user=self.keeper)))
        values = self._read(
            "customer.survey.response", self.response, "index", "channel"
        )
        self.assertEqual((values["index"], values["channel"]), (100, "web"))
