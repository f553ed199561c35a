from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SurveyCommon

TODO = "customer_survey.mail_activity_type_interview"


@tagged("post_install", "-at_install")
class TestSurveyInterview(SurveyCommon):
    """Who asks which customer, and what becomes of it (G6, G8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Asked")
        cls.campaign = cls._start_campaign()
        cls.response = cls._get_response(cls.campaign, cls.dossier)
        cls.contact = cls.response.contact_id

    def _start(self, user, response=None, **values):
        response = response or self.response
        dialog = (
            self.env["customer.survey.interview"]
            .with_user(user)
            .create({"response_id": response.id} | values)
        )
        return self._rpc(user, dialog._name, "action_start", dialog.ids)

    def _interview(self, user, response=None, **values):
        """Return the form of the interview."""
        response = response or self.response
        before = response.sudo().form_ids
        self._start(user, response, **values)
        return response.sudo().form_ids - before

    # ------------------------------------------------------------ starting

    def test_interview_is_the_answer_of_the_customer(self):
        self.response.interviewer_id = self.rep
        yesterday = fields.Date.today() - timedelta(days=1)
        self.campaign._system_write({"date_started": yesterday})
        action = self._start(self.rep, channel="visit", date=yesterday)
        form = self.response.sudo().form_ids.filtered("customer_interviewer_id")
        self.assertEqual(action["url"], form.get_start_url())
        self.assertRecordValues(
            form,
            [
                {
                    "partner_id": self.contact.id,
                    "customer_interviewer_id": self.rep.id,
                    "customer_channel": "visit",
                    "customer_date": yesterday,
                    "deadline": False,
                }
            ],
        )
        self._fill(form, {self.quality: (10, 8)})
        self.assertRecordValues(
            self.response,
            [
                {
                    "state": "answered",
                    "channel": "visit",
                    "answered_date": yesterday,
                    "contact_id": self.contact.id,
                    "interviewer_id": self.rep.id,
                    "index": 90,
                }
            ],
        )
        self.assertEqual(self.response.answer_ids.contact_id, self.contact)
        self.assertEqual(set(self.response.answer_ids.mapped("channel")), {"visit"})

    def test_unfinished_interview_is_taken_up(self):
        self.response.interviewer_id = self.rep
        form = self._interview(self.rep)
        form._mark_in_progress()
        self.assertFalse(self._interview(self.rep, channel="visit"))
        self.assertEqual(form.customer_channel, "visit")
        other = self.dossier.partner_id
        self.assertEqual(
            self._interview(self.rep, contact_id=other.id).partner_id, other
        )

    def test_director_takes_an_interview_over(self):
        self.response.interviewer_id = self.rep
        form = self._interview(self.rep)
        taken = self._interview(self.director)
        self.assertEqual(self.response.interviewer_id, self.director)
        self.assertFalse(form._is_interviewed_by(self.rep))
        self.assertTrue(taken._is_interviewed_by(self.director))

    def test_only_the_interviewer_and_the_director_start(self):
        for user in (self.rep, self.keeper, self.bum):
            with self.assertRaisesRegex(AccessError, "Only the interviewer"):
                self._start(user)
        for user in (self.other_rep, self.employee, self.survey_manager):
            with self.assertRaises(AccessError):
                self._start(user)
        portal = self._create_user("survey_portal", "base.group_portal")
        with self.assertRaises(AccessError):
            self._start(portal)
        self.assertFalse(
            self.response.sudo().form_ids.filtered("customer_interviewer_id")
        )

    def test_an_employee_may_be_the_interviewer(self):
        self.response.interviewer_id = self.employee
        self.assertTrue(self.response.with_user(self.employee).can_interview)
        form = self._interview(self.employee)
        self._fill(form, {self.quality: (10, 10)})
        self.assertEqual(self.response.with_user(self.employee).index, 100)

    def test_dialog_takes_no_forged_values(self):
        stranger = self._create_customer("Stranger", with_order=False).partner_id
        today = fields.Date.today()
        for values, message in (
            ({"contact_id": stranger.id}, "does not belong"),
            ({"date": today + timedelta(days=1)}, "between the start"),
            ({"date": self.campaign.date_started - timedelta(days=1)}, "between"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self._start(self.director, **values)
        for channel in ("web", "paper"):
            with self.assertRaises(ValueError):
                self._start(self.director, channel=channel)
        with self.assertRaises(ValueError):
            self._start(self.director, customer_interviewer_id=self.rep.id)

    def test_dialog_says_nothing_of_a_hidden_response(self):
        for user in (self.other_rep, self.employee):
            dialogs = self.env["customer.survey.interview"].with_user(user)
            with self.assertRaises(AccessError):
                dialogs.create({"response_id": self.response.id})
            with self.assertRaises(AccessError):
                dialogs.onchange(
                    {"response_id": self.response.id},
                    ["response_id"],
                    {"response_id": {}, "contact_id": {}, "partner_id": {}},
                )
        dialog = (
            self.env["customer.survey.interview"]
            .with_user(self.director)
            .create({"response_id": self.response.id})
        )
        with self.assertRaises(AccessError):
            dialog.with_user(self.rep).read(["contact_id"])
        with self.assertRaises(AccessError):
            self._rpc(self.rep, dialog._name, "action_start", dialog.ids)

    def test_states_that_forbid_an_interview(self):
        self._answer(self.response, {self.quality: (5, 5)})
        with self.assertRaisesRegex(UserError, "answered already"):
            self._start(self.director)
        dossier = self._create_customer("Other")
        campaign = self._start_campaign()
        response = self._get_response(campaign, dossier)
        response.action_decline("No time")
        with self.assertRaisesRegex(UserError, "the state is Declined"):
            self._start(self.director, response)
        response._system_write({"state": "excluded"})
        with self.assertRaisesRegex(UserError, "the state is Excluded"):
            self._start(self.director, response)
        response._system_write({"state": "to_ask"})
        campaign.action_close()
        with self.assertRaisesRegex(UserError, "needs .*Running"):
            self._start(self.director, response)
        self.assertFalse(response.can_interview)

    def test_anonymous_survey_has_no_interviews(self):
        self.campaign._system_write({"state": "draft"})
        self.campaign.is_anonymous = True
        self.campaign._system_write({"state": "running"})
        with self.assertRaisesRegex(UserError, "is anonymous"):
            self._start(self.director)
        self.assertFalse(self.response.can_interview)
        self.assertFalse(self.response.can_enter)

    def test_several_contacts_are_asked_one_after_the_other(self):
        dossier = self._create_customer("Many")
        campaign = self._start_campaign(contact_mode="several")
        response = self._get_response(campaign, dossier)
        first, second = response.contact_id, dossier.partner_id
        self._fill(self._interview(self.director, response), {self.quality: (10, 10)})
        with self.assertRaisesRegex(UserError, "answered already"):
            self._start(self.director, response)
        form = self._interview(self.director, response, contact_id=second.id)
        self._fill(form, {self.quality: (0, 0)})
        self.assertEqual(response.index, 50)
        self.assertEqual(response.answer_ids.contact_id, first + second)

    def test_web_form_of_who_was_interviewed_is_superseded(self):
        web = self.response.sudo().form_ids
        form = self._interview(self.director)
        self.assertFalse(web._is_superseded())
        self._fill(form, {self.quality: (10, 10)})
        self.assertTrue(web._is_superseded())
        self.assertFalse(form._is_superseded())
        self._fill(web, {self.quality: (0, 0)})
        self.assertEqual(self.response.index, 100)
        self.assertEqual(self.response.channel, "phone")

    def test_link_of_an_interview_is_never_mailed(self):
        web = self.response.sudo().form_ids
        form = self._interview(self.director)
        self.response._system_write({"issued_date": "2020-01-01"})
        mails = self.env["mail.mail"].search([])
        self.campaign.action_remind()
        bodies = "".join((self.env["mail.mail"].search([]) - mails).mapped("body_html"))
        self.assertIn(web.access_token, bodies)
        self.assertNotIn(form.access_token, bodies)

    # ------------------------------------------------------------ assigning

    def test_assigned_interviewer_gets_a_todo_until_it_is_done(self):
        self.response.interviewer_id = self.rep
        todo = self._get_todos(self.response)
        self.assertEqual(todo.user_id, self.rep)
        self.assertEqual(todo.date_deadline, self.campaign.date_deadline)
        self.response.interviewer_id = self.other_rep
        self.assertEqual(self._get_todos(self.response).user_id, self.other_rep)
        self.response.interviewer_id = False
        self.assertFalse(self._get_todos(self.response))
        self.response.interviewer_id = self.rep
        self._answer(self.response, {self.quality: (10, 10)})
        self.assertFalse(self._get_todos(self.response))

    def test_todo_ends_with_a_refusal_and_with_the_survey(self):
        self.response.interviewer_id = self.rep
        self.response.with_user(self.rep).action_decline("No time")
        self.assertFalse(self._get_todos(self.response))
        self.assertIn("No time", self.response.message_ids.mapped("preview"))
        dossier = self._create_customer("Waiting")
        campaign = self._start_campaign()
        response = self._get_response(campaign, dossier)
        response.interviewer_id = self.rep
        campaign.action_close()
        self.assertFalse(self._get_todos(response))

    def _get_todos(self, responses):
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", responses._name),
                    ("res_id", "in", responses.ids),
                    (
                        "activity_type_id",
                        "=",
                        self.env.ref(TODO).id,
                    ),
                ]
            )
        )

    def test_only_employees_of_the_company_are_assigned(self):
        portal = self._create_user("survey_portal", "base.group_portal")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        foreigner = self._create_user(
            "survey_foreign",
            "base.group_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for user in (portal, foreigner):
            with self.assertRaisesRegex(UserError, "Choose an employee"):
                self.response.interviewer_id = user
        with self.assertRaisesRegex(AccessError, "Only Marketing Director"):
            self.response.with_user(self.rep).interviewer_id = self.rep
        with self.assertRaises(AccessError):
            self._rpc(
                self.keeper,
                self.response._name,
                "write",
                self.response.ids,
                {"interviewer_id": self.keeper.id},
            )

    def test_assigning_many_costs_no_more_queries(self):
        counts = []
        for size in (2, 12):
            for number in range(size):
                self._create_customer(f"Bulk {size} {number}")
            campaign = self._start_campaign(send=False)
            responses = campaign.response_ids
            self.env.flush_all()
            self.env.invalidate_all()
            mails = self.env["mail.mail"].search_count([])
            self.env.cr.sql_log_count, before = 0, self.env.cr.sql_log_count
            self._rpc(
                self.director,
                responses._name,
                "write",
                responses.ids,
                {"interviewer_id": self.rep.id},
            )
            self.env.flush_all()
            counts.append((len(responses), self.env.cr.sql_log_count))
            self.env.cr.sql_log_count += before
            self.assertEqual(len(self._get_todos(responses)), len(responses))
            self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        (few, few_queries), (many, many_queries) = counts
        self.assertGreater(many, few + 10)
        self.assertLess(many_queries - few_queries, 15)

    # ------------------------------------------------------------ no answer

    def test_attempts_count_once_a_day(self):
        self.response.interviewer_id = self.rep
        response = self.response.with_user(self.rep)
        self._rpc(
            self.rep, response._name, "action_unreachable", response.ids, "Busy line"
        )
        response.action_unreachable()
        self.assertRecordValues(
            response,
            [
                {
                    "state": "unreachable",
                    "attempt_count": 1,
                    "attempt_date": fields.Date.today(),
                }
            ],
        )
        self.assertIn("Busy line", response.message_ids.mapped("preview"))
        response.sudo()._system_write(
            {"attempt_date": fields.Date.today() - timedelta(days=1)}
        )
        response.action_unreachable()
        self.assertEqual(response.attempt_count, 2)
        self.assertTrue(response.can_interview)
        self.assertEqual(self._get_todos(response).user_id, self.rep)
        self._fill(self._interview(self.rep), {self.quality: (10, 10)})
        self.assertEqual(response.state, "answered")
        for action in ("action_unreachable", "action_decline"):
            with self.assertRaisesRegex(UserError, "cannot become"):
                self._rpc(self.rep, response._name, action, response.ids)

    def test_outcomes_are_the_interviewers(self):
        for user in (self.rep, self.keeper, self.other_rep, self.employee):
            for action in ("action_decline", "action_unreachable"):
                with self.assertRaises(AccessError):
                    self._rpc(user, self.response._name, action, self.response.ids)
            with self.assertRaises(AccessError):
                self.env["customer.survey.outcome"].with_user(user).create(
                    {"response_id": self.response.id, "outcome": "declined"}
                ).action_confirm()
        self.assertEqual(self.response.state, "invited")
        self.env["customer.survey.outcome"].with_user(self.director).create(
            {"response_id": self.response.id, "outcome": "declined", "note": "Never"}
        ).action_confirm()
        self.assertEqual(self.response.state, "declined")

    def test_attempts_cannot_be_written(self):
        for user in (self.director, self.rep):
            for values in ({"attempt_count": 9}, {"attempt_date": "2020-01-01"}):
                with self.assertRaises(AccessError):
                    self._rpc(
                        user, self.response._name, "write", self.response.ids, values
                    )

    def test_number_finds_the_customer(self):
        number = self.response.number
        self.assertTrue(number.startswith(self.campaign.number))
        responses = self.env["customer.survey.response"].with_user(self.director)
        found = responses.name_search(number)
        self.assertEqual(found, [(self.response.id, self.response.display_name)])
        self.assertFalse(responses.with_user(self.other_rep).name_search(number))
        self.assertIn(self.response.id, dict(responses.name_search("Asked")))
        self.assertFalse(responses.search([("number", "=", "none")]))

    def test_every_dialog_is_its_authors(self):
        for name, model in self.env.registry.items():
            if model._transient and model._original_module == "customer_survey":
                domains = (
                    self.env["ir.rule"]
                    .search([("model_id.model", "=", name), ("global", "=", True)])
                    .mapped("domain_force")
                )
                self.assertIn("[('create_uid', '=', user.id)]", domains, name)
