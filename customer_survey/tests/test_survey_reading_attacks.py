from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SurveyCommon
from .test_survey_anonymous import AnonymousCommon


@tagged("post_install", "-at_install")
class TestReadingAttacks(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Secretive")
        cls.campaign = cls._start_campaign()
        cls.response = cls._get_response(cls.campaign, cls.dossier).sudo()
        cls.form = cls.response.form_ids
        cls.ordinary = cls.env["survey.survey"].create(
            {"title": "Canteen", "survey_type": "survey"}
        )
        cls.env.flush_all()
        cls.env.invalidate_all()

    # ------------------------------------------------------------ survey app

    def _create_scored_survey(self):
        """Return a questionnaire of one question, right or wrong, and its choices."""
        survey = self.env["survey.survey"].create(
            {
                "title": "Right or Wrong",
                "survey_type": "customer_satisfaction",
                "scoring_type": "scoring_without_answers",
                "scoring_success_min": 50,
            }
        )
        question = self.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": "Was it good?",
                "question_type": "simple_choice",
                "suggested_answer_ids": [
                    Command.create({"value": "Good", "answer_score": 10}),
                    Command.create({"value": "Bad", "answer_score": 0}),
                ],
            }
        )
        return survey, question

    def test_score_of_the_survey_app_tells_nobody(self):
        survey, question = self._create_scored_survey()
        self.env["customer.survey.dimension"].search([]).mandatory = False
        survey.write(
            {
                "certification": True,
                "certification_mail_template_id": self.env.ref(
                    "survey.mail_template_certification"
                ).id,
            }
        )
        campaign = self._start_campaign(survey_id=survey.id)
        form = self._get_response(campaign, self.dossier).sudo().form_ids
        mails = self.env["mail.mail"].search([])
        form._mark_in_progress()
        form._save_lines(question, str(question.suggested_answer_ids[0].id))
        form._mark_done()
        self.assertEqual(form.scoring_percentage, 100)
        self.env.flush_all()
        self.env.invalidate_all()
        contact = form.partner_id.with_user(self.employee)
        self.assertEqual(contact.certifications_count, 0)
        self.assertEqual(
            contact.parent_id.with_user(self.employee).certifications_company_count, 0
        )
        # with the answers and the token, to whomever the template names
        self.assertEqual(self.env["mail.mail"].search([]), mails)
        statistics = survey.with_user(self.survey_manager)._prepare_statistics()
        self.assertEqual(statistics["count_passed"], 0)

    def test_campaign_takes_satisfaction_questionnaires_only(self):
        """The forms of the others are open to officers of the survey app."""
        values = {
            "name": "Open",
            "date_deadline": "2099-12-31",
            "survey_id": self.ordinary.id,
        }
        with self.assertRaisesRegex(ValidationError, "of another one"):
            self._rpc(self.director, "customer.survey.campaign", "create", values)
        survey = self.survey.copy({"survey_type": "customer_satisfaction"})
        campaign = self._create_campaign(survey_id=survey.id)
        for user in (self.director, self.survey_manager):
            with self.assertRaisesRegex(ValidationError, campaign.name):
                self._rpc(
                    user,
                    "survey.survey",
                    "write",
                    survey.ids,
                    {"survey_type": "survey"},
                )

    def test_followers_of_the_questionnaire_are_not_told_who_took_part(self):
        subtype = self.env.ref("survey.mt_survey_survey_user_input_completed")
        self.survey.message_subscribe(
            self.survey_manager.partner_id.ids, subtype_ids=subtype.ids
        )
        messages = self.env["mail.message"].search([])
        self._answer(self.response, {self.quality: (8, 6)})
        told = self.env["mail.message"].search([]) - messages
        self.assertNotIn("survey.user_input", told.mapped("model"))

    def test_form_of_another_survey_is_not_made_a_customers(self):
        values = {"survey_id": self.ordinary.id, "state": "new"}
        own_id = self._rpc(self.survey_manager, "survey.user_input", "create", values)
        for forged in (
            {"customer_response_id": self.response.id},
            {"customer_campaign_id": self.campaign.id},
            {"customer_interviewer_id": self.survey_manager.id},
            {"customer_channel": "paper"},
            {"customer_date": "2030-01-01"},
        ):
            with self.assertRaises(AccessError):
                self._rpc(
                    self.survey_manager, "survey.user_input", "create", values | forged
                )
            with self.assertRaises(AccessError):
                self._rpc(
                    self.survey_manager, "survey.user_input", "write", [own_id], forged
                )
            defaults = {f"default_{name}": value for name, value in forged.items()}
            with self.assertRaises(AccessError):
                self._rpc(
                    self.survey_manager,
                    "survey.user_input",
                    "create",
                    values,
                    context=defaults,
                )

    def test_forms_of_customers_are_not_drawn_into_another_survey(self):
        own = self.env["survey.user_input"].create({"survey_id": self.ordinary.id})
        line = {
            "survey_id": self.ordinary.id,
            "question_id": self.survey.question_ids[0].id,
            "skipped": True,
        }
        own_line = self.env["survey.user_input.line"].create(
            line | {"user_input_id": own.id}
        )
        for model, method, args in (
            (
                "survey.survey",
                "write",
                [
                    self.ordinary.ids,
                    {"user_input_ids": [Command.link(self.form.id)]},
                ],
            ),
            (
                "survey.user_input.line",
                "create",
                [line | {"user_input_id": self.form.id}],
            ),
            (
                "survey.user_input.line",
                "write",
                [
                    own_line.ids,
                    {"user_input_id": self.form.id, "survey_id": self.ordinary.id},
                ],
            ),
        ):
            with (
                self.subTest(model=model, method=method),
                self.assertRaises(AccessError),
            ):
                self._rpc(self.survey_manager, model, method, *args)
        self.assertEqual(self.form.survey_id, self.survey)

    # ------------------------------------------------------------ administrator

    def test_administrator_makes_up_a_response_of_a_form(self):
        self._answer(self.response, {self.quality: (1, 2)}, text="Between us")
        attacker = self._create_user(
            "survey_attacker", "customer_archive.group_mdo,base.group_system"
        )
        made_up = {"state": "answered", "form_ids": [Command.link(self.form.id)]}
        with self.assertRaises(AccessError):
            self._rpc(
                attacker,
                "customer.survey.campaign",
                "onchange",
                [],
                {"response_ids": [Command.create(made_up)]},
                ["response_ids"],
                {"response_ids": {"fields": {"opinions": {}}}},
            )


@tagged("post_install", "-at_install")
class TestAnonymousReadingAttacks(AnonymousCommon):
    def test_least_shown_is_no_single_answer(self):
        for minimum in (0, 1, 2):
            with (
                self.subTest(minimum=minimum),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.company.survey_minimum_answers = minimum
                self.env.flush_all()
        self.company.survey_minimum_answers = 3

    def test_ticket_by_a_default_of_a_client(self):
        template = self.env["mail.template"].create(
            {"name": "Anything", "model_id": self.env.ref("base.model_res_partner").id}
        )
        mail_id = self._rpc(
            self.employee,
            "mail.template",
            "send_mail",
            template.ids,
            self.employee.partner_id.id,
            email_values={
                "email_to": "attacker@example.com",
                "body_html": "one-time-ticket",
            },
            context={"default_customer_survey_campaign_id": self.campaign.id},
        )
        self.assertGetsNoTicket(mail_id)

    def test_ticket_by_a_default_of_an_administrator(self):
        attacker = self._create_user("survey_attacker", "base.group_system")
        self.env["ir.default"].with_user(attacker).set(
            "mail.mail", "customer_survey_campaign_id", self.campaign.id
        )
        mail_id = self._rpc(
            attacker,
            "mail.mail",
            "create",
            {"email_to": "attacker@example.com", "body_html": "one-time-ticket"},
        )
        self.assertGetsNoTicket(mail_id)

    def assertGetsNoTicket(self, mail_id):
        mail = self.env["mail.mail"].browse(mail_id)
        for email in mail._prepare_outgoing_list():
            self.assertIn("one-time-ticket", email["body"])
        self.assertFalse(self.env["customer.survey.ticket"].search([]))
