from datetime import timedelta

from odoo import fields
from odoo.exceptions import MissingError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.customer_archive.tests.concurrency import ConcurrencyCase, Fixture

CAMPAIGN = "customer.survey.campaign"
RESPONSE = "customer.survey.response"
FEEDBACK = "customer.negative.feedback"
REPORT = "customer.survey.report"


@tagged("post_install", "-at_install")
class TestSurveyConcurrency(ConcurrencyCase):
    users = {
        "rep": "rep",
        "keeper": "keeper",
        "mdo": "mdo",
        "mdo2": "mdo",
        "gmo": "gmo",
    }

    # ------------------------------------------------------------ real data

    def _make_campaign(self, count=2, send=True, **values):
        """Return the ids of a running campaign and of its responses."""

        def make(env):
            today = fields.Date.today()
            campaign = (
                env[CAMPAIGN]
                .with_user(self.mdo)
                .create(
                    {
                        "name": "Concurrent Survey",
                        "kind": "periodic",
                        "scope": "chosen",
                        "date_deadline": today + timedelta(days=30),
                        **values,
                    }
                )
            )
            campaign.action_check()
            campaign._add_chosen(
                env["customer.dossier"].union(
                    *(
                        Fixture._dossier(
                            partner_id=Fixture._customer(email="li@example.com").id
                        )
                        for _number in range(count)
                    )
                )
            )
            campaign.action_start()
            if send:
                campaign.action_send()
            return campaign.id, campaign.sudo().response_ids.ids

        return self._commit(make)

    def _answer(self, response_id, value="9"):
        """Return a function that finishes the form of a response."""

        return lambda env: self._finish(
            env[RESPONSE].browse(response_id).form_ids.id, value
        )(env)

    def _get_index(self, campaign_id):
        """Return the stored index and how many customers it is made of."""
        return self._commit(
            lambda env: [
                (result.score, result.customer_count)
                for result in env["customer.survey.result"].search(
                    [
                        ("campaign_id", "=", campaign_id),
                        ("team_id", "=", False),
                        ("dimension_id", "=", False),
                    ]
                )
            ]
        )

    def _count(self, model, *domain):
        return self._commit(lambda env: env[model].search_count(list(domain)))

    # ------------------------------------------------------------ the end

    def test_answer_at_the_end_is_counted(self):
        campaign_id, (first, second) = self._make_campaign()
        self._commit(self._answer(first))
        self._race(
            self._answer(second, "10"),
            self._call(self.mdo, CAMPAIGN, "action_close", [campaign_id]),
        )
        self.assertEqual(self._get_index(campaign_id), [(95.0, 2)])

    def test_answer_after_the_end_is_not_counted(self):
        campaign_id, (first, second) = self._make_campaign()
        self._commit(self._answer(first))
        self._race(
            self._call(self.mdo, CAMPAIGN, "action_close", [campaign_id]),
            self._answer(second, "10"),
        )
        self.assertEqual(self._get_index(campaign_id), [(90.0, 1)])
        response = self._read(RESPONSE, second, "state", "index")
        self.assertEqual(response["state"], "invited")
        self.assertFalse(response["index"])

    def test_answers_do_not_wait_for_each_other(self):
        _campaign_id, (first, second) = self._make_campaign()
        self._race(self._answer(first), self._answer(second), repeated=False)
        for response_id in (first, second):
            self.assertEqual(self._read(RESPONSE, response_id, "index")["index"], 90.0)

    def test_two_contacts_of_one_customer(self):
        """Both answers make up the score of the customer."""
        _campaign_id, (response_id,) = self._make_campaign(1, contact_mode="several")

        def add(env):
            response = env[RESPONSE].browse(response_id)
            contact = env["res.partner"].create(
                {"name": "Second", "parent_id": response.partner_id.id}
            )
            return response.form_ids.id, response._create_form(False, contact).id

        first_id, form_id = self._commit(add)
        self._race(self._finish(first_id, "9"), self._finish(form_id, "5"))
        self.assertEqual(self._read(RESPONSE, response_id, "index")["index"], 70.0)

    def test_closed_once(self):
        campaign_id, (first, _second) = self._make_campaign()
        self._commit(self._answer(first, "1"))
        with self.assertRaisesRegex(UserError, "cannot become"):
            self._race(
                *(
                    self._call(user, CAMPAIGN, "action_close", [campaign_id])
                    for user in (self.mdo, self.mdo2)
                )
            )
        failed = self._commit(
            lambda env: len(env[CAMPAIGN].browse(campaign_id)._get_failed_results())
        )
        self.assertEqual(failed, 4)
        self.assertEqual(
            self._count("customer.measure", ("campaign_id", "=", campaign_id)), failed
        )

    def _make_anonymous_form(self):
        """Return the ids of an anonymous campaign and of a form without an owner."""
        campaign_id, _response_ids = self._make_campaign(5, is_anonymous=True)
        form_id = self._commit(
            lambda env: env[CAMPAIGN].browse(campaign_id)._create_anonymous_form().id
        )
        return campaign_id, form_id

    def _finish(self, form_id, value):
        """Return a function that finishes a form."""

        def finish(env):
            form = env["survey.user_input"].browse(form_id)
            form._mark_in_progress()
            for question in form.survey_id.question_ids.filtered("dimension_id"):
                form._save_lines(question, value)
            form._mark_done()

        return finish

    def test_anonymous_answer_at_the_end_is_counted(self):
        campaign_id, form_id = self._make_anonymous_form()
        self._race(
            self._finish(form_id, "9"),
            self._call(self.mdo, CAMPAIGN, "action_close", [campaign_id]),
        )
        # of so few nothing is shown
        self.assertEqual(self._get_index(campaign_id), [(0.0, 1)])

    def test_anonymous_answer_after_the_end_is_not_counted(self):
        campaign_id, form_id = self._make_anonymous_form()
        with self.assertRaises(MissingError):
            self._race(
                self._call(self.mdo, CAMPAIGN, "action_close", [campaign_id]),
                self._finish(form_id, "9"),
            )
        self.assertEqual(self._get_index(campaign_id), [(0.0, 0)])

    # ------------------------------------------------------------ mails

    def test_sent_once(self):
        campaign_id, response_ids = self._make_campaign(send=False)
        mails = self._count("mail.mail")
        self._race(
            *(
                self._call(user, CAMPAIGN, "action_send", [campaign_id])
                for user in (self.mdo, self.mdo2)
            )
        )
        self.assertEqual(self._count("mail.mail"), mails + 2)
        forms = [("customer_response_id", "in", response_ids)]
        self.assertEqual(self._count("survey.user_input", *forms), 2)

    def _make_due(self):
        campaign_id, response_ids = self._make_campaign()
        day = fields.Date.today() - timedelta(days=10)
        self._commit(
            lambda env: (
                env[RESPONSE].browse(response_ids)._system_write({"issued_date": day})
            )
        )
        return campaign_id, response_ids

    def test_reminded_once_by_the_job_and_the_button(self):
        campaign_id, response_ids = self._make_due()
        mails = self._count("mail.mail")
        with mute_logger("odoo.addons.customer_survey.models"):
            self._race(
                lambda env: env[CAMPAIGN]._cron_remind(),
                self._call(self.mdo, CAMPAIGN, "action_remind", [campaign_id]),
            )
        self.assertEqual(self._count("mail.mail"), mails + 2)
        reminded = self._read(RESPONSE, response_ids[0], "reminder_count")
        self.assertEqual(reminded["reminder_count"], 1)

    def test_reminded_once_by_two_buttons(self):
        campaign_id, _response_ids = self._make_due()
        mails = self._count("mail.mail")
        self._race(
            *(
                self._call(user, CAMPAIGN, "action_remind", [campaign_id])
                for user in (self.mdo, self.mdo2)
            )
        )
        self.assertEqual(self._count("mail.mail"), mails + 2)

    # ------------------------------------------------------------ interviews

    def _interview(self, user, response_id):
        def interview(env):
            response = env(user=user)[RESPONSE].browse(response_id)
            return response._start_interview(
                response.contact_id or response.partner_id,
                "phone",
                fields.Date.today(),
            ).id

        return interview

    def test_interview_is_begun_once(self):
        _campaign_id, (response_id,) = self._make_campaign(1, send=False)
        self._commit(
            lambda env: (
                env[RESPONSE]
                .with_user(self.mdo)
                .browse(response_id)
                .write({"interviewer_id": self.mdo})
            )
        )
        self._race(*[self._interview(self.mdo, response_id)] * 2)
        self.assertEqual(
            self._count(
                "survey.user_input", ("customer_response_id", "=", response_id)
            ),
            1,
        )

    def test_one_of_two_interviews_counts(self):
        _campaign_id, (response_id,) = self._make_campaign(1, send=False)
        forms = [
            self._commit(self._interview(user, response_id))
            for user in (self.mdo, self.mdo2)
        ]

        self._race(self._finish(forms[0], "10"), self._finish(forms[1], "0"))
        response = self._read(RESPONSE, response_id, "index", "is_negative")
        self.assertEqual(response["index"], 100.0)
        self.assertFalse(response["is_negative"])
        self.assertFalse(
            self._count(FEEDBACK, ("survey_response_id", "=", response_id))
        )

    # ------------------------------------------------------------ what follows

    def _make_report(self):
        campaign_id, (first, _second) = self._make_campaign()
        self._commit(self._answer(first, "10"))

        def make(env):
            campaign = env[CAMPAIGN].with_user(self.mdo).browse(campaign_id)
            campaign.action_close()
            campaign.action_create_report()
            campaign.report_ids.write({"conclusions": "Good", "proposals": "More"})
            return campaign.report_ids.id

        return self._commit(make)

    def test_report_is_submitted_once(self):
        report_id = self._make_report()
        with self.assertRaises(UserError):
            self._race(
                *(
                    self._call(user, REPORT, "action_submit", [report_id])
                    for user in (self.mdo, self.mdo2)
                )
            )
        report = self._read(REPORT, report_id, "state", "submitted_by_id")
        self.assertEqual(report["state"], "submitted")
        self.assertEqual(report["submitted_by_id"], self.mdo)
        todos = self._count(
            "mail.activity", ("res_model", "=", REPORT), ("user_id", "=", self.gmo)
        )
        self.assertEqual(todos, 1)

    def _make_feedback(self):
        _campaign_id, (first, _second) = self._make_campaign()
        self._commit(self._answer(first, "1"))
        return self._commit(
            lambda env: env[FEEDBACK].search([("survey_response_id", "=", first)]).id
        )

    def test_negative_feedback_has_one_measure(self):
        feedback_id = self._make_feedback()
        self._race(
            *(
                self._call(user, FEEDBACK, "action_new_measure", [feedback_id])
                for user in (self.mdo, self.mdo2)
            )
        )
        self.assertEqual(
            self._count("customer.measure", ("negative_feedback_id", "=", feedback_id)),
            1,
        )

    def test_escalated_once(self):
        feedback_id = self._make_feedback()
        past = fields.Datetime.now() - timedelta(hours=1)
        self._commit(
            lambda env: (
                env[FEEDBACK]
                .browse(feedback_id)
                ._system_write({"next_escalation": past, "response_due": past})
            )
        )

        def escalate(env):
            env[FEEDBACK].browse(feedback_id)._escalate()

        self._race(escalate, escalate)
        feedback = self._read(FEEDBACK, feedback_id, "escalation", "next_escalation")
        self.assertEqual(feedback["escalation"], "mdo")
        self.assertFalse(feedback["next_escalation"])
        for model, domain in (
            ("mail.activity", [("user_id", "=", self.mdo)]),
            ("mail.message", [("body", "ilike", "Not responded to in time")]),
        ):
            of_feedback = ("res_id", "=", feedback_id)
            self.assertEqual(self._count(model, of_feedback, *domain), 1)
