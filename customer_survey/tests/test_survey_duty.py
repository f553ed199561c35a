from datetime import date

from odoo.exceptions import AccessError
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
        cls.ending = cls.env.ref("customer_survey.customer_duty_yearly_survey_ending")
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

    # ------------------------------------------------------------ before the year ends

    def _only_ending(self, anchor):
        self.duty.active = False
        self.ending.write({"active": True, "anchor_date": anchor})

    def test_reminder_comes_once_more_days_before_the_end_of_the_year(self):
        self._only_ending(date(2031, 10, 25))
        self.company.survey_reminder_days = 60
        with freeze_time("2031-10-31 23:00:00"):
            self._run_duties()
            self.assertFalse(self._get_reminders())
        with freeze_time("2031-11-01 01:00:00"):
            self._run_duties()
            reminder = self._get_reminders()
            self.assertEqual(len(reminder), 1)
            self._run_duties()
            self.assertEqual(self._get_reminders(), reminder)
            reminder.action_done()
        with freeze_time("2031-11-02 01:00:00"):
            self._run_duties()
            self.assertFalse(self._get_reminders())

    def test_reminder_is_made_up_for_after_downtime_but_not_in_the_next_year(self):
        self._only_ending(date(2031, 10, 25))
        self.company.survey_reminder_days = 10
        with freeze_time("2031-12-01 12:00:00"):
            self._run_duties()
            self.assertFalse(self._get_reminders())
        with freeze_time("2031-12-24 12:00:00"):
            self._run_duties()
            self.assertEqual(len(self._get_reminders()), 1)
        with freeze_time("2032-01-05 12:00:00"):
            self._get_reminders().unlink()
            self._run_duties()
            self.assertFalse(self._get_reminders())

    def test_reminder_comes_on_the_day_of_the_office(self):
        self._only_ending(date(2031, 12, 15))
        self.company.survey_reminder_days = 10
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        with freeze_time("2031-12-21 02:00:00"):
            self._run_duties()
            self.assertFalse(self._get_reminders())
        with freeze_time("2031-12-22 02:00:00"):
            self._run_duties()
            self.assertEqual(len(self._get_reminders()), 1)
            self._get_reminders().unlink()
        with freeze_time("2031-12-23 02:00:00"):
            self._run_duties()
            self.assertFalse(self._get_reminders())

    def test_each_company_is_reminded_of_its_own_survey(self):
        self._only_ending(date(2031, 12, 15))
        company = self.env["res.company"].create(
            {"name": "Elsewhere", "survey_reminder_days": 5}
        )
        self.director.company_ids += company
        self.company.survey_reminder_days = 10
        with freeze_time("2031-12-20 12:00:00"):
            self._create_customer("Buyer")
            self._start_campaign(send=False)
        with freeze_time("2031-12-27 12:00:00"):
            self._run_duties()
        campaigns = self.env["customer.survey.campaign"].browse(
            self._get_reminders().mapped("res_id")
        )
        self.assertEqual(campaigns.company_id, company)
        self.assertEqual(campaigns.name, "Customer Satisfaction Survey 2031")

    # ------------------------------------------------------------ shown by year

    def _get_years(self, user=None, company=None):
        years = self.env["customer.survey.year"].with_user(user or self.director)
        self.env.flush_all()
        self.env.invalidate_all()
        return years.search([("company_id", "=", (company or self.company).id)])

    def test_year_without_a_survey_shows(self):
        self.env["customer.survey.campaign"].search(
            [("kind", "=", "yearly")]
        )._system_write({"kind": "periodic"})
        with freeze_time("2031-05-05 12:00:00"):
            self.assertRecordValues(
                self._get_years(),
                [{"year": "2031", "is_fulfilled": False, "campaign_id": False}],
            )
            self._create_customer("Buyer")
            self._start_campaign(kind="periodic", send=False)
            self.assertFalse(self._get_years().is_fulfilled)
            campaign = self._start_campaign()
        with freeze_time("2033-01-01 12:00:00"):
            years = self._get_years()
            self.assertRecordValues(
                years,
                [
                    {"year": "2033", "is_fulfilled": False, "campaign_id": False},
                    {"year": "2032", "is_fulfilled": False, "campaign_id": False},
                    {
                        "year": "2031",
                        "is_fulfilled": True,
                        "campaign_id": campaign.id,
                    },
                ],
            )
            self.assertRecordValues(
                years[2],
                [
                    {
                        "date_started": date(2031, 5, 5),
                        "response_rate": 0,
                        "is_acknowledged": False,
                    }
                ],
            )
            self.env["customer.survey.report"]._system_create(
                [
                    {
                        "name": "Report",
                        "campaign_id": campaign.id,
                        "date_due": "2031-06-30",
                        "state": "acknowledged",
                    }
                ]
            )
            self.assertTrue(self._get_years()[2].is_acknowledged)
            self.assertEqual(years[2].action_open_campaign()["res_id"], campaign.id)
            self.assertFalse(years[0].action_open_campaign()["res_id"])

    def test_years_are_for_the_offices_alone(self):
        years = self._get_years(self.gmo)
        self.assertTrue(years)
        model = "customer.survey.year"
        for user in (self.rep, self.bum, self.keeper, self.employee):
            user.group_ids += self.env.ref("base.group_allow_export")
            for method, *args in (
                ("read", years.ids, ["is_fulfilled"]),
                ("search_read", [], ["year"]),
                ("formatted_read_group", [], [], ["__count"]),
                ("export_data", years.ids, ["year"]),
                ("action_open_campaign", years[0].ids),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, model, method, *args)
        for method, *args in (
            ("create", {"year": "2030"}),
            ("write", years.ids, {"is_fulfilled": True}),
            ("unlink", years.ids),
        ):
            with self.assertRaises(AccessError):
                self._rpc(self.director, model, method, *args)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(self._get_years(company=elsewhere))
