from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import SurveyCommon


@tagged("post_install", "-at_install")
@freeze_time("2030-03-01 12:00:00")
class TestSurveyReminder(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2030-03-01 12:00:00"):
            cls.dossier = cls._create_customer("Reminded")
            cls.contact = cls.dossier.partner_id.child_ids
            cls.campaign = cls._start_campaign(date_deadline="2030-03-31")
            cls.response = cls._get_response(cls.campaign, cls.dossier)
            cls.form = cls.response.sudo().form_ids

    def setUp(self):
        super().setUp()
        cron = self.env.registry["ir.cron"]
        self.startPatcher(
            patch.object(cron, "_commit_progress", lambda *_a, **_k: float("inf"))
        )

    def _run(self, day, hour="12:00:00"):
        with freeze_time(f"{day} {hour}"):
            self.env["customer.survey.campaign"]._cron_remind()
            self.env.flush_all()

    def _get_mails(self, contact=None):
        contact = contact or self.contact
        return self.env["mail.mail"].search([("recipient_ids", "in", contact.ids)])

    def test_rule_over_days(self):
        invitation = self._get_mails()
        counts = {}
        for day in range(1, 32):
            self._run(f"2030-03-{day:02}")
            counts[day] = self.response.reminder_count
        self.assertEqual([counts[day] for day in (7, 8, 14, 15, 31)], [0, 1, 1, 2, 2])
        self.assertEqual(str(self.response.reminder_date), "2030-03-15")
        mails = self._get_mails() - invitation
        self.assertEqual(len(mails), 2)
        for mail in mails:
            self.assertIn("Reminder", mail.subject)
            self.assertIn(self.form.get_start_url(), mail.body_html)
            self.assertIn("03/31/2030", mail.body_html)
            self.assertIn("/customer_survey/decline/", mail.body_html)
        self.assertEqual(self.response.sudo().form_ids, self.form)

    def test_run_twice_a_day_reminds_once(self):
        self._run("2030-03-08")
        self._run("2030-03-08", "20:00:00")
        self.assertEqual(self.response.reminder_count, 1)

    def test_downtime_is_made_up_for_with_one_mail(self):
        mails = self._get_mails()
        self._run("2030-03-29")
        self._run("2030-03-30")
        self.assertEqual(self.response.reminder_count, 1)
        self.assertEqual(len(self._get_mails() - mails), 1)

    def test_none_after_the_deadline_and_again_after_a_later_one(self):
        self._run("2030-04-01", "00:30:00")
        self.assertFalse(self.response.reminder_count)
        with freeze_time("2030-04-02"):
            self.campaign.date_deadline = "2030-04-30"
        self._run("2030-04-03")
        self.assertEqual(self.response.reminder_count, 1)

    def test_days_are_those_of_the_responsible(self):
        # in Shanghai it is the 8th already
        self.director.tz = "Asia/Shanghai"
        self._run("2030-03-07", "18:00:00")
        self.assertEqual(str(self.response.reminder_date), "2030-03-08")
        self.director.tz = "America/New_York"
        self._run("2030-03-15", "02:00:00")
        self.assertEqual(self.response.reminder_count, 1)
        self._run("2030-03-15", "05:00:00")
        self.assertEqual(self.response.reminder_count, 2)

    def test_each_campaign_has_its_rule_and_company(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        self.director.company_ids += company
        other = self._create_customer("Other", with_order=False)
        order = self._create_order(other.partner_id)
        self.assertEqual(order.state, "sale")
        daily = self._start_campaign(
            reminder_interval=1, reminder_limit=5, date_deadline="2030-03-31"
        )
        never = self._start_campaign(reminder_limit=0, date_deadline="2030-03-31")
        self.campaign.sudo().company_id.name = "First"
        self.env.cr.execute(
            "UPDATE customer_survey_campaign SET company_id = %s WHERE id = %s",
            (company.id, daily.id),
        )
        self.env.invalidate_all()
        for day in range(2, 8):
            self._run(f"2030-03-{day:02}")

        def get_counts(campaign):
            return set(campaign.sudo().response_ids.mapped("reminder_count"))

        self.assertEqual(get_counts(self.campaign), {0})
        self.assertEqual(get_counts(daily), {5})
        self.assertEqual(get_counts(never), {0})

    def test_who_is_left_in_peace(self):
        names = ("Answered", "Declined", "Unwilling", "Blocked", "Bouncing", "Gone")
        dossiers = {name: self._create_customer(name) for name in names}
        excluded = self._create_customer("Excluded")
        excluded.partner_id.child_ids.survey_opt_out = True
        campaign = self._start_campaign(date_deadline="2030-03-31")
        responses = {
            name: self._get_response(campaign, dossier)
            for name, dossier in dossiers.items()
        }
        self._answer(responses["Answered"], {self.quality: (7, 7)})
        responses["Declined"].action_decline()
        contacts = {
            name: dossier.partner_id.child_ids for name, dossier in dossiers.items()
        }
        contacts["Unwilling"].survey_opt_out = True
        self.env["mail.blacklist"].create({"email": contacts["Blocked"].email})
        contacts["Bouncing"].message_bounce = 1
        contacts["Gone"].email = False
        self.env.invalidate_all()
        before = self.env["mail.mail"].search([])
        self._run("2030-03-20")
        responses["Excluded"] = self._get_response(campaign, excluded)
        for name, response in responses.items():
            self.assertFalse(response.reminder_count, name)
        mails = self.env["mail.mail"].search([]) - before
        contacts = self.env["res.partner"].union(*contacts.values())
        self.assertFalse(mails.recipient_ids & contacts)
        self.assertIn(self.contact, mails.recipient_ids)
        unreachable = [("contact_id", "in", contacts.ids)]
        view = self.env.ref("customer_survey.customer_survey_response_view_search")
        domain = [
            ("state", "in", ("to_ask", "invited")),
            "|",
            "|",
            "|",
            ("contact_id.email_normalized", "=", False),
            ("contact_id.is_blacklisted", "=", True),
            ("contact_id.survey_opt_out", "=", True),
            ("contact_id.message_bounce", ">", 0),
        ]
        self.assertIn(str(domain)[1:-1].replace(">", "&gt;"), view.arch)
        shown = self.response.search(domain + unreachable)
        expected = ("Unwilling", "Blocked", "Bouncing", "Gone")
        self.assertEqual(set(shown), {responses[name] for name in expected})

    def test_language_of_the_contact(self):
        template = self.env.ref("customer_survey.mail_template_reminder")
        template.with_context(lang="zh_CN").subject = "催填：客户满意度调查表"
        self.contact.lang = "zh_CN"
        mails = self._get_mails()
        self._run("2030-03-08")
        self.assertEqual((self._get_mails() - mails).subject, "催填：客户满意度调查表")

    def test_button_reminds_once_a_day(self):
        with self.assertRaises(AccessError):
            self._rpc(self.rep, self.campaign._name, "action_remind", self.campaign.ids)
        # the form itself was sent today
        self.campaign.action_remind()
        self.assertFalse(self.response.reminder_count)
        with freeze_time("2030-03-02 12:00:00"):
            action = self.campaign.action_remind()
            self.assertIn("1", action["params"]["message"])
            self.campaign.action_remind()
            self.assertEqual(self.response.reminder_count, 1)
        with freeze_time("2030-04-01 12:00:00"):
            with self.assertRaisesRegex(UserError, "were due by"):
                self.campaign.action_remind()
        self.campaign.action_close()
        with self.assertRaisesRegex(UserError, "needs .*Running"):
            self.campaign.action_remind()

    def test_failing_chunk_stops_no_other(self):
        campaigns = self.env["customer.survey.campaign"]
        other = self._create_customer("Other")
        self._create_customer("Third")
        campaign = self._start_campaign(date_deadline="2030-03-31")
        self.campaign.reminder_limit = 0
        response = self._get_response(campaign, other)
        model = self.env.registry["customer.survey.response"]
        remind = model._remind

        def fail_once(records):
            if records == response:
                raise ValueError("broken")
            return remind(records)

        path = "odoo.addons.customer_survey.models.customer_survey_campaign_send"
        with (
            patch.object(model, "_remind", fail_once),
            patch(f"{path}._CHUNK", 1),
            self.assertLogs(path, "ERROR"),
            freeze_time("2030-03-20 12:00:00"),
        ):
            campaigns._cron_remind()
        counts = campaign.sudo().response_ids.mapped("reminder_count")
        self.assertEqual(counts.count(0), 1)
        self.assertFalse(response.reminder_count)

    def test_numbers_are_checked_and_counts_are_the_systems(self):
        for values in ({"reminder_interval": 0}, {"reminder_limit": -1}):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                self.campaign.write(values)
                self.env.flush_all()
        for values in ({"reminder_count": 0}, {"reminder_date": False}):
            with self.assertRaises(AccessError):
                self._rpc(
                    self.director,
                    self.response._name,
                    "write",
                    self.response.ids,
                    values,
                )

    def test_cost_does_not_grow_with_customers(self):
        self.env["ir.config_parameter"].set_param("mail.batch_size", "100")

        def count_queries(count):
            for number in range(count):
                self._create_customer(f"{count} {number}")
            campaign = self._start_campaign(date_deadline="2030-03-31")
            responses = campaign.sudo().response_ids
            with freeze_time("2030-03-09 12:00:00"):
                responses[:3]._remind()
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                responses[3:]._remind()
                self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few = count_queries(5)
        self.assertLessEqual(count_queries(40), few)
