from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import SurveyCommon

OPINION = "customer.survey.opinion"


@tagged("post_install", "-at_install")
class TestSurveyOpinion(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.other_rep, cls.employee, cls.survey_manager):
            user.group_ids += cls.env.ref("base.group_allow_export")
        cls.dossier = cls._create_customer("Talker")
        cls.other_dossier = cls._create_customer("Silent")
        cls.campaign = cls._start_campaign()
        cls.response = cls._get_response(cls.campaign, cls.dossier)
        cls._answer(cls.response, {cls.quality: (8, 6)}, text="=Late by a week")
        cls.opinion = cls.response.opinion_ids
        cls.late = cls.env.ref("customer_survey.customer_survey_topic_delivery")

    def _classify(self, user=None, **vals):
        self._rpc(user or self.director, OPINION, "write", self.opinion.ids, vals)

    # ------------------------------------------------------------ from forms

    def test_a_text_becomes_an_opinion(self):
        self.assertRecordValues(
            self.opinion,
            [
                {
                    "campaign_id": self.campaign.id,
                    "partner_id": self.dossier.partner_id.id,
                    "question_id": self.env.ref(
                        "customer_survey.survey_question_opinion"
                    ).id,
                    "text": "=Late by a week",
                    "topic_id": False,
                    "tone": False,
                    "classified_by_id": False,
                }
            ],
        )

    def test_filing_again_does_not_double(self):
        self.response.sudo()._store_opinions(self.response.sudo().form_ids)
        self.assertEqual(len(self.response.opinion_ids), 1)

    def test_comment_of_a_choice_has_the_dimension_of_its_question(self):
        survey = self.survey.copy()
        question = self.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": "Prices?",
                "question_type": "simple_choice",
                "dimension_id": self.price.id,
                "comments_allowed": True,
                "suggested_answer_ids": [
                    (0, 0, {"value": value, "answer_score": score})
                    for value, score in (("Bad", 0), ("Good", 10))
                ],
            }
        )
        email = self.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": "E-mail",
                "question_type": "char_box",
                "save_as_email": True,
                "validation_email": True,
            }
        )
        campaign = self._start_campaign(survey_id=survey.id)
        response = self._get_response(campaign, self.dossier)
        form = response.sudo().form_ids
        answer = question.suggested_answer_ids[0]
        form._mark_in_progress()
        form._save_lines(question, answer.id, "Too dear")
        form._save_lines(email, "liu@example.com")
        form._mark_done()
        self.assertRecordValues(
            response.opinion_ids,
            [{"text": "Too dear", "dimension_id": self.price.id}],
        )

    def test_anonymous_opinions_come_at_the_end_without_customer(self):
        # less than is allowed: one answer is enough here
        self.patch(type(self.company), "survey_minimum_answers", 1)
        campaign = self._start_campaign(is_anonymous=True)
        forms = self.env["survey.user_input"]
        for dossier, text in ((self.dossier, "One"), (self.other_dossier, "Two")):
            response = self._get_response(campaign, dossier)
            form = response.sudo().form_ids or response.sudo()._create_form(False)
            forms |= form
            self._fill(form, {}, text)
        self.assertFalse(campaign.opinion_ids)
        campaign.action_close()
        self.assertEqual(set(campaign.opinion_ids.mapped("text")), {"One", "Two"})
        self.assertFalse(campaign.opinion_ids.response_id)
        self.assertFalse(campaign.opinion_ids.partner_id)
        self.assertFalse(campaign.sudo().opinion_ids.line_id)
        # neither is a case made of it, nor does a rep read it
        with self.assertRaisesRegex(UserError, "anonymous"):
            campaign.opinion_ids[0].action_log_complaint()
        self.assertFalse(
            self._rpc(
                self.rep, OPINION, "search", [("id", "in", campaign.opinion_ids.ids)]
            )
        )

    # ------------------------------------------------------------ classification

    @freeze_time("2031-05-06 07:08:09")
    def test_classification_notes_who_and_when(self):
        self._classify(topic_id=self.late.id, tone="negative")
        self.assertRecordValues(
            self.opinion,
            [
                {
                    "dimension_id": self.service.id,
                    "classified_by_id": self.director.id,
                }
            ],
        )
        self.assertEqual(str(self.opinion.classified_at), "2031-05-06 07:08:09")
        self._classify(dimension_id=self.price.id)
        self.assertEqual(self.opinion.dimension_id, self.price)
        self._classify(topic_id=False, tone=False)
        self.assertFalse(self.opinion.classified_by_id)
        self.assertFalse(self.opinion.classified_at)

    def test_only_the_director_classifies(self):
        for user in (
            self.gmo,
            self.bum,
            self.keeper,
            self.rep,
            self.other_rep,
            self.employee,
            self.survey_manager,
        ):
            with self.assertRaises(AccessError):
                self._classify(user, tone="positive")
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    OPINION,
                    "create",
                    [{"campaign_id": self.campaign.id, "text": "x"}],
                )
            with self.assertRaises(AccessError):
                self._rpc(user, OPINION, "unlink", self.opinion.ids)

    def test_what_was_written_is_guarded(self):
        other = self._get_response(self.campaign, self.other_dossier)
        for name, value in {
            "text": "All is well",
            "campaign_id": self.campaign.id,
            "response_id": other.id,
            "partner_id": self.other_dossier.partner_id.id,
            "question_id": False,
            "classified_by_id": self.gmo.id,
            "classified_at": "2020-01-01 00:00:00",
            "complaint_id": False,
            "line_id": False,
        }.items():
            with self.subTest(name), self.assertRaises(AccessError):
                self._classify(**{name: value})

    def test_strangers_read_nothing(self):
        for user in (self.other_rep, self.employee, self.survey_manager):
            domain = [("id", "in", self.opinion.ids)]
            with self.assertRaises(AccessError):
                self._rpc(user, OPINION, "read", self.opinion.ids, ["text"])
            with self.assertRaises(AccessError):
                self._rpc(user, OPINION, "export_data", self.opinion.ids, ["text"])
            self.assertFalse(self._rpc(user, OPINION, "search_read", domain, ["text"]))
            groups = self._rpc(
                user, OPINION, "formatted_read_group", domain, ["tone"], ["__count"]
            )
            self.assertFalse(sum(group["__count"] for group in groups))
            with self.assertRaises(AccessError):
                self._rpc(user, OPINION, "action_log_complaint", self.opinion.ids)
        with self.assertRaises(AccessError):
            self._rpc(self.director, OPINION, "read", self.opinion.ids, ["line_id"])

    def test_a_submitted_report_locks_the_classification(self):
        self.campaign.action_close()
        self.campaign.action_create_report()
        report = self.campaign.report_ids
        self._classify(tone="negative")
        report.write({"conclusions": "<p>c</p>", "proposals": "<p>p</p>"})
        report.action_submit()
        with self.assertRaisesRegex(UserError, "has been submitted"):
            self._classify(tone="positive")
        report.with_user(self.gmo).action_return("More.")
        self._classify(tone="positive")
        self.assertEqual(self.opinion.tone, "positive")

    # ------------------------------------------------------------ case (G23)

    def _log(self, user=None, **context):
        action = self.opinion.with_user(user or self.rep).action_log_complaint()
        form = Form(
            self.env["customer.complaint"]
            .with_user(user or self.rep)
            .with_context(**action["context"])
        )
        form.complainant = "Liu"
        return form.save()

    def test_one_click_makes_a_case(self):
        case = self._log()
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.dossier.partner_id.id,
                    "channel": "survey",
                    "survey_response_id": self.response.id,
                    "survey_opinion_id": self.opinion.id,
                    "description": "=Late by a week",
                }
            ],
        )
        self.assertEqual(self.opinion.complaint_id, case)
        # the second click opens the case
        action = self.opinion.with_user(self.rep).action_log_complaint()
        self.assertEqual(action["res_id"], case.id)

    def _forge(self, user, partner):
        return self._rpc(
            user,
            "customer.complaint",
            "create",
            [
                {
                    "partner_id": partner.id,
                    "channel": "survey",
                    "complainant": "Liu",
                    "description": "x",
                    "survey_opinion_id": self.opinion.id,
                }
            ],
        )

    def test_a_case_is_not_tied_to_an_opinion_of_somebody_else(self):
        for user, partner in (
            (self.employee, self.dossier.partner_id),
            (self.other_rep, self.dossier.partner_id),
            (self.rep, self.other_dossier.partner_id),
        ):
            with self.assertRaises(AccessError):
                self._forge(user, partner)
        self.assertFalse(self.opinion.complaint_id)
        case = self._log()
        with self.assertRaises(AccessError):
            self._forge(self.rep, self.dossier.partner_id)
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep,
                "customer.complaint",
                "write",
                case.ids,
                {"survey_opinion_id": False},
            )
        self.assertEqual(self.opinion.complaint_id, case)
