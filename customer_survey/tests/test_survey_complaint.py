from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyComplaint(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Dragon")
        campaign = cls._start_campaign(send=False)
        cls.response = cls._get_response(campaign, cls.dossier)

    def test_complaint_of_an_answer(self):
        action = self.response.with_user(self.rep).action_log_complaint()
        form = Form(
            self.env["customer.complaint"]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        form.complainant = "Liu"
        form.description = "He is not content with the deliveries."
        case = form.save()
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.dossier.partner_id.id,
                    "contact_id": self.response.contact_id.id,
                    "channel": "survey",
                    "survey_response_id": self.response.id,
                    "dossier_id": self.dossier.id,
                }
            ],
        )

    def test_who_may_not_read_the_answer_logs_none(self):
        for user in (self.other_rep, self.employee):
            with self.assertRaises(AccessError):
                self.response.with_user(user).action_log_complaint()

    def test_opinions_are_the_matter(self):
        dossier = self._create_customer("Phoenix")
        campaign = self._start_campaign(date_from="2020-01-01")
        response = self._get_response(campaign, dossier)
        action = response.with_user(self.rep).action_log_complaint()
        self.assertNotIn("default_description", action["context"])
        self._answer(response, {self.quality: (9, 9)}, text="The seals leak")
        action = response.with_user(self.rep).action_log_complaint()
        form = Form(
            self.env["customer.complaint"]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        self.assertIn("The seals leak", form.description)
        form.complainant = "Liu"
        case = form.save()
        # linked both ways, each for who may read it
        self.assertEqual(response.with_user(self.rep).complaint_count, 1)
        self.assertEqual(
            self.env["customer.complaint"]
            .with_user(self.rep)
            .search(response.with_user(self.rep).action_view_complaints()["domain"]),
            case,
        )
        self.assertEqual(case.action_view_survey_response()["res_id"], response.id)

    def _case_values(self, **values):
        return {
            "name": "Seals leak",
            "partner_id": self.dossier.partner_id.id,
            "complainant": "Liu",
            "description": "They leak.",
        } | values

    def test_answers_of_others_are_not_named(self):
        foreign = self._create_customer("Phoenix", user_id=False)
        foreign.user_id = self.other_rep
        campaign = self._start_campaign(send=False, date_from="2020-01-01")
        hidden = self._get_response(campaign, foreign)
        self.assertFalse(hidden.with_user(self.rep).has_access("read"))
        complaints = "customer.complaint"
        for partner in (self.dossier.partner_id, foreign.partner_id):
            values = self._case_values(partner_id=partner.id)
            with self.assertRaises(AccessError):
                self._rpc(
                    self.rep,
                    complaints,
                    "create",
                    [values | {"survey_response_id": hidden.id}],
                )
            with self.assertRaises(AccessError):
                self._rpc(
                    self.rep,
                    complaints,
                    "create",
                    [values],
                    context={"default_survey_response_id": hidden.id},
                )
        (case_id,) = self._rpc(
            self.rep,
            complaints,
            "create",
            [self._case_values(survey_response_id=self.response.id)],
        )
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep,
                complaints,
                "write",
                [case_id],
                {"survey_response_id": hidden.id},
            )
        # nor is one that he may read taken for another customer's
        with self.assertRaisesRegex(ValidationError, "another customer"):
            self._rpc(
                self.director,
                complaints,
                "create",
                [self._case_values(survey_response_id=hidden.id)],
            )
        case = self.env[complaints].browse(case_id)
        self.assertEqual(case.survey_response_id, self.response)

    def test_anonymous_answer_is_not_named(self):
        answer = self.env["customer.survey.response"]._system_create(
            {"campaign_id": self.response.campaign_id.id, "state": "answered"}
        )
        for user in (self.director, self.gmo, self.rep):
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    "customer.complaint",
                    "create",
                    [self._case_values(survey_response_id=answer.id)],
                )
