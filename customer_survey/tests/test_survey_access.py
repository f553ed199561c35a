from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyAccess(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.other_rep, cls.employee, cls.survey_manager):
            user.group_ids += cls.env.ref("base.group_allow_export")
        cls.dossier = cls._create_customer("Guarded")
        cls.campaign = cls._start_campaign()
        cls.response = cls._get_response(cls.campaign, cls.dossier)
        cls._answer(cls.response, {cls.quality: (8, 6)}, text="Between us")
        cls.open_dossier = cls._create_customer("Open")
        cls.open_campaign = cls._start_campaign()
        cls.open_response = cls._get_response(cls.open_campaign, cls.open_dossier)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _call(self, user, model, method, *args, **kwargs):
        """Call as a client does."""
        return call_kw(self.env[model].with_user(user), method, args, kwargs)

    def test_reader_of_the_dossier_reads_the_response(self):
        values = self._call(
            self.rep, "customer.survey.response", "read", self.response.ids, ["index"]
        )
        self.assertEqual(values[0]["index"], 70)
        response = self.response.with_user(self.rep)
        self.assertIn("Between us", response.opinions)
        self.assertEqual(response.score_ids.score, 70)
        self.assertEqual(self.dossier.with_user(self.rep).satisfaction_index, 70)

    def test_others_read_nothing(self):
        for user in (self.other_rep, self.employee, self.survey_manager):
            for model, record, field in (
                ("customer.survey.response", self.response, "index"),
                ("customer.survey.score", self.response.score_ids, "score"),
            ):
                domain = [("id", "in", record.ids)]
                with self.assertRaises(AccessError):
                    self._call(user, model, "read", record.ids, [field])
                with self.assertRaises(AccessError):
                    self._call(user, model, "export_data", record.ids, [field])
                self.assertFalse(self._call(user, model, "search_read", domain, ["id"]))
                groups = self._call(
                    user, model, "formatted_read_group", domain, [], ["__count"]
                )
                self.assertEqual(groups[0]["__count"], 0)

    def test_nobody_reads_the_forms_of_customers(self):
        form = self.response.sudo().form_ids
        for model, records in (
            ("survey.user_input", form),
            ("survey.user_input.line", form.user_input_line_ids),
        ):
            for user in (self.director, self.rep, self.employee, self.survey_manager):
                with self.assertRaises(AccessError):
                    self._call(user, model, "read", records.ids, ["survey_id"])
            for user in (self.director, self.survey_manager):
                domain = [("id", "in", records.ids)]
                self.assertFalse(self._call(user, model, "search_read", domain))

    def test_director_edits_satisfaction_questionnaires_only(self):
        survey = self.survey.copy().with_user(self.director)
        survey.question_ids[0].title = "Reworded"
        other = self.env["survey.survey"].create(
            {"title": "Canteen", "survey_type": "survey"}
        )
        with self.assertRaises(AccessError):
            other.with_user(self.director).read(["title"])

    def test_only_the_director_creates_and_moves_campaigns(self):
        values = {"name": "Forged", "date_deadline": fields.Date.today()}
        for user in (self.rep, self.employee, self.survey_manager):
            with self.assertRaises(AccessError):
                self._call(user, "customer.survey.campaign", "create", values)
            with self.assertRaises(AccessError):
                self._call(
                    user,
                    "customer.survey.campaign",
                    "write",
                    self.open_campaign.ids,
                    {"name": "Forged"},
                )
            for action in ("action_send", "action_close"):
                with self.assertRaises(AccessError):
                    self._call(
                        user, "customer.survey.campaign", action, self.open_campaign.ids
                    )
            with self.assertRaises(AccessError):
                self._call(
                    user, "customer.survey.campaign", "unlink", self.open_campaign.ids
                )

    def test_state_of_a_campaign_cannot_be_written(self):
        values = {"name": "Forged", "date_deadline": fields.Date.today()}
        for forged in (
            {"state": "running"},
            {"date_started": fields.Date.today()},
            {"number": "DC-1"},
        ):
            with self.assertRaises(AccessError):
                self._call(
                    self.director,
                    "customer.survey.campaign",
                    "write",
                    self.open_campaign.ids,
                    forged,
                )
            with self.assertRaises(AccessError):
                self._call(
                    self.director, "customer.survey.campaign", "create", values | forged
                )
        campaign_id = self._call(
            self.director,
            "customer.survey.campaign",
            "create",
            values,
            context={
                "default_state": "filed",
                "default_date_started": "2020-01-01",
                "customer_archive_system": True,
            },
        )
        campaign = self.env["customer.survey.campaign"].browse(campaign_id)
        self.assertRecordValues(campaign, [{"state": "draft", "date_started": False}])

    def test_answers_cannot_be_forged(self):
        for user in (self.director, self.rep, self.employee):
            for values in (
                {"state": "answered"},
                {"index": 100},
                {"answered_date": fields.Date.today()},
                {"score_ids": [fields.Command.clear()]},
                {"form_ids": [fields.Command.clear()]},
                {"dossier_id": self.dossier.id},
            ):
                with self.assertRaises(AccessError):
                    self._call(
                        user,
                        "customer.survey.response",
                        "write",
                        self.open_response.ids,
                        values,
                    )
            with self.assertRaises(AccessError):
                self._call(
                    user,
                    "customer.survey.response",
                    "create",
                    {
                        "campaign_id": self.open_campaign.id,
                        "dossier_id": self.open_dossier.id,
                        "state": "answered",
                        "index": 100,
                    },
                )
            with self.assertRaises(AccessError):
                self._call(
                    user, "customer.survey.response", "unlink", self.response.ids
                )
            scores = self.response.sudo().score_ids
            with self.assertRaises(AccessError):
                self._call(
                    user, "customer.survey.score", "write", scores.ids, {"score": 100}
                )
            with self.assertRaises(AccessError):
                self._call(user, "customer.survey.score", "unlink", scores.ids)
            with self.assertRaises(AccessError):
                self._call(
                    user,
                    "customer.survey.score",
                    "create",
                    {
                        "response_id": self.response.id,
                        "dimension_id": self.price.id,
                        "score": 100,
                    },
                )

    def test_interviewer_sees_and_changes_his_own(self):
        with self.assertRaises(AccessError):
            self.open_response.with_user(self.rep).channel = "phone"
        self.open_response.interviewer_id = self.other_rep
        own = self.open_response.with_user(self.other_rep)
        self.assertTrue(own.can_edit)
        self.assertFalse(self.open_response.with_user(self.rep).can_edit)
        own.channel = "phone"
        self.assertEqual(own.partner_id, self.open_dossier.partner_id)
        with self.assertRaises(AccessError):
            own.dossier_id.read(["background"])
        with self.assertRaisesRegex(AccessError, "Only Marketing Director"):
            own.interviewer_id = self.rep

    def test_answered_response_keeps_who_was_asked(self):
        with self.assertRaisesRegex(UserError, "stays on record"):
            self.response.channel = "visit"
        with self.assertRaisesRegex(UserError, "stays on record"):
            self.open_response.contact_id = self.open_dossier.partner_id

    def test_private_steps_cannot_be_called(self):
        form = self.open_response.sudo().form_ids
        for model, method, args in (
            ("customer.survey.response", "_file_answers", [form.ids]),
            ("customer.survey.response", "_move", [self.open_response.ids, "answered"]),
            ("survey.user_input", "_mark_done", [form.ids]),
        ):
            with self.assertRaisesRegex(AccessError, "Private"):
                self._call(self.director, model, method, *args)
