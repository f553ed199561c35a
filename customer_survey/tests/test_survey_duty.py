from datetime import date

from odoo.fields import Command, Date
from odoo.tests import freeze_time, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyDuty(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.duty = cls.env.ref("customer_survey.customer_duty_yearly_survey")
        cls.duty.anchor_date = date(2031, 1, 1)
        cls.env["customer.duty"].search([("id", "!=", cls.duty.id)]).active = False
        cls.env.ref("customer_archive.group_mdo").user_ids = [
            Command.set(cls.director.ids)
        ]

    def _run_duties(self):
        with self.enter_registry_test_mode():
            self.env.ref("customer_archive.ir_cron_run_duties").method_direct_trigger()
        self.env.invalidate_all()

    def _get_reminders(self):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "customer.survey.campaign"),
                ("user_id", "=", self.director.id),
            ]
        )

    def test_reminder_comes_once_a_month_from_october(self):
        with freeze_time("2031-09-30 12:00:00"):
            self._run_duties()
            self.assertFalse(self._get_reminders())
        with freeze_time("2031-10-01 12:00:00"):
            self._run_duties()
            first = self._get_reminders()
            self._run_duties()
            self.assertEqual(self._get_reminders(), first)
        campaign = self.env["customer.survey.campaign"].browse(first.res_id)
        self.assertRecordValues(
            campaign,
            [
                {
                    "kind": "yearly",
                    "state": "draft",
                    "user_id": self.director.id,
                    "date_from": date(2031, 1, 1),
                    "date_to": date(2031, 12, 31),
                }
            ],
        )
        with freeze_time("2031-11-01 12:00:00"):
            self._run_duties()
            second = self._get_reminders()
        self.assertEqual(len(second), 1)
        self.assertNotEqual(second, first)
        self.assertEqual(second.res_id, campaign.id)

    def test_started_yearly_survey_stops_the_reminder(self):
        with freeze_time("2031-10-01 12:00:00"):
            self._run_duties()
            campaign = self.env["customer.survey.campaign"].browse(
                self._get_reminders().res_id
            )
            dossier = self._create_customer("Buyer")
            dossier.partner_id.sale_order_ids.date_order = "2031-06-06"
            campaign = campaign.with_user(self.director)
            campaign.action_check()
            campaign.action_start()
            self.assertEqual(campaign.date_started, Date.to_date("2031-10-01"))
            self.assertFalse(self._get_reminders())
        with freeze_time("2031-11-02 12:00:00"):
            self._run_duties()
            self.assertFalse(self._get_reminders())

    def test_periodic_survey_does_not_fulfil_the_duty(self):
        with freeze_time("2031-10-05 12:00:00"):
            self._create_customer("Buyer")
            self._start_campaign(kind="periodic", send=False)
        with freeze_time("2031-11-01 12:00:00"):
            self._run_duties()
            self.assertTrue(self._get_reminders())

    def test_month_is_a_setting(self):
        self.company.survey_reminder_month = "12"
        with freeze_time("2031-11-01 12:00:00"):
            self._run_duties()
            self.assertFalse(self._get_reminders())
        with freeze_time("2031-12-01 12:00:00"):
            self._run_duties()
            self.assertTrue(self._get_reminders())
