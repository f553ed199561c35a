from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyRepeat(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaigns = cls.env["customer.survey.campaign"]
        cls.mdo = cls.env.ref("customer_archive.group_mdo")
        cls.mdo.user_ids = [Command.set(cls.director.ids)]
        cls.dossier = cls._create_customer("Buyer")

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "customer_survey.ir_cron_repeat_campaigns"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _start_series(self, day, **values):
        """Start a monthly pulse on ``day`` about the month before."""
        self._order("2030-01-31", "2031-01-31", "2031-02-28", "2031-03-15")
        with freeze_time(f"{day} 09:00:00"):
            return self._start_campaign(
                **{
                    "name": "Pulse",
                    "kind": "periodic",
                    "repeat_months": 1,
                    "date_from": "2031-01-01",
                    "date_to": "2031-01-31",
                    "date_deadline": "2031-02-10",
                    **values,
                }
            )

    def _order(self, *days):
        for day in days:
            self._create_order(self.dossier.partner_id).date_order = f"{day} 06:00:00"

    def _get_todos(self, campaign):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", campaign._name),
                ("res_id", "=", campaign.id),
                ("summary", "ilike", "by itself"),
            ]
        )

    def test_series_goes_on_by_itself(self):
        first = self._start_series("2031-02-01", contact_mode="several")
        self.assertEqual(first.repeat_date, date(2031, 3, 1))
        with freeze_time("2031-02-10 23:00:00"):
            self._run()
            self.assertEqual(first.state, "running")
        with freeze_time("2031-02-11 01:00:00"):
            self._run()
            self.assertRecordValues(
                first, [{"state": "closed", "date_closed": date(2031, 2, 11)}]
            )
            self.assertFalse(first.successor_id)
        self.company.survey_required_level = 91
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
            self._run()
        second = first.successor_id
        self.assertRecordValues(
            second,
            [
                {
                    "name": "Pulse Feb 2031",
                    "kind": "periodic",
                    "state": "running",
                    "survey_id": self.survey.id,
                    "contact_mode": "several",
                    "user_id": self.director.id,
                    "company_id": self.company.id,
                    "date_from": date(2031, 2, 1),
                    "date_to": date(2031, 2, 28),
                    "date_deadline": date(2031, 3, 10),
                    "date_started": date(2031, 3, 1),
                    "repeat_months": 1,
                    "repeat_date": date(2031, 4, 1),
                    "previous_id": first.id,
                    "repeat_from_id": first.id,
                    "required_level": 91,
                }
            ],
        )
        self.assertEqual(first.required_level, 80)
        self.assertFalse(first.repeat_date)
        self.assertEqual(self.campaigns.search_count([("name", "like", "Pulse")]), 2)
        response = self._get_response(second, self.dossier)
        self.assertEqual(response.state, "invited")
        tokens = self.env["survey.user_input"].search(
            [("customer_campaign_id", "in", (first + second).ids)]
        )
        self.assertEqual(len(set(tokens.mapped("access_token"))), 2)
        with freeze_time("2031-04-01 01:00:00"):
            self._run()
        third = second.successor_id
        self.assertRecordValues(
            second + third,
            [
                {"state": "closed", "name": "Pulse Feb 2031"},
                {"state": "running", "name": "Pulse Mar 2031"},
            ],
        )
        self.assertEqual(third.repeat_from_id, first)

    def test_days_do_not_drift_over_short_months_and_leap_years(self):
        campaign = self._create_campaign(
            kind="periodic",
            repeat_months=1,
            date_from="2027-12-01",
            date_to="2027-12-31",
            date_deadline="2028-02-29",
        )
        campaign._system_write({"state": "closed", "date_started": "2028-01-31"})
        campaign._plan_successor()
        expected = [
            # started on, from, to, answers until
            ("2028-02-29", "2028-01-01", "2028-01-31", "2028-03-31"),
            ("2028-03-31", "2028-02-01", "2028-02-29", "2028-04-30"),
            ("2028-04-30", "2028-03-01", "2028-03-31", "2028-05-31"),
        ]
        for started, first, last, deadline in expected:
            self.assertEqual(str(campaign.repeat_date), started)
            with freeze_time(f"{started} 05:00:00"):
                campaign = campaign._create_successor()
                campaign._system_write({"state": "closed", "date_started": started})
                campaign._plan_successor()
            self.assertEqual(
                [str(campaign[name]) for name in ("date_from", "date_to")],
                [first, last],
            )
            self.assertEqual(str(campaign.date_deadline), deadline)
        campaign.repeat_months = 10
        self.assertEqual(str(campaign.repeat_date), "2029-02-28")
        with freeze_time("2029-02-28 05:00:00"):
            campaign = campaign._create_successor()
        self.assertEqual(
            [str(campaign[name]) for name in ("date_from", "date_to")],
            ["2029-01-01", "2029-01-31"],
        )

    def test_periods_have_names_in_the_language_of_the_responsible(self):
        def name(first, last, lang):
            campaigns = self.campaigns.with_context(lang=lang)
            return campaigns._get_period_name(
                date.fromisoformat(first), date.fromisoformat(last)
            )

        self.assertEqual(name("2030-12-01", "2030-12-31", "zh_CN"), "2030年12月")
        self.assertEqual(name("2031-01-01", "2031-03-31", "en_US"), "Q1 2031")
        self.assertEqual(name("2031-01-01", "2031-03-31", "zh_CN"), "2031年第1季度")
        self.assertEqual(name("2031-01-01", "2031-12-31", "en_US"), "2031")
        odd = name("2031-01-15", "2031-01-31", "en_US")
        self.assertEqual(odd, "01/15/2031–01/31/2031")
        self.director.lang = "zh_CN"
        campaign = self._create_campaign(
            name="2030年第4季度回访",
            kind="periodic",
            repeat_months=3,
            date_from="2030-10-01",
            date_to="2030-12-31",
            date_deadline="2031-01-20",
        )
        campaign._system_write({"state": "running", "date_started": "2031-01-10"})
        campaign._plan_successor()
        with freeze_time("2031-04-10 05:00:00"):
            self._run()
        self.assertEqual(campaign.successor_id.name, "2031年第1季度回访")

    def test_after_downtime_one_survey_is_made(self):
        first = self._start_series("2031-02-01")
        with freeze_time("2031-04-04 01:00:00"):
            self._run()
            self._run()
        self.assertEqual(first.state, "closed")
        # three days late, so three more days to answer
        self.assertRecordValues(
            first.successor_id,
            [
                {
                    "name": "Pulse Mar 2031",
                    "state": "running",
                    "date_deadline": date(2031, 4, 13),
                    "repeat_date": date(2031, 5, 1),
                }
            ],
        )
        self.assertFalse(first.successor_id.successor_id)
        self.assertEqual(self.campaigns.search_count([("name", "like", "Pulse")]), 2)

    def test_what_refuses_leaves_the_draft_and_a_to_do(self):
        first = self._start_series("2031-02-01")
        delivery = self.env["customer.survey.dimension"].create(
            {"name": "Delivery", "code": "delivery", "mandatory": True}
        )
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
            self._run()
        second = first.successor_id.with_user(self.director)
        self.assertEqual(second.state, "draft")
        self.assertFalse(second.response_ids)
        todo = self._get_todos(second)
        self.assertEqual(todo.user_id, self.director)
        self.assertIn("Delivery", todo.note)
        # mended and started by hand, the series goes on
        survey = self.survey.copy()
        survey.question_ids.filtered("dimension_id")[0].dimension_id = delivery
        with freeze_time("2031-03-05 01:00:00"):
            second.survey_id = survey
            second.action_check()
            second.action_start()
        self.assertEqual(second.repeat_date, date(2031, 4, 1))
        self.assertFalse(self._get_todos(second))
        with freeze_time("2031-04-01 01:00:00"):
            self._run()
        self.assertRecordValues(
            second.successor_id, [{"survey_id": survey.id, "state": "running"}]
        )

    def test_no_customer_in_the_period_leaves_the_draft(self):
        first = self._start_series("2031-02-01")
        with freeze_time("2031-06-01 01:00:00"):
            self._run()
        self.assertEqual(first.successor_id.state, "draft")
        self.assertIn("confirmed order", self._get_todos(first.successor_id).note)

    def test_series_waits_for_a_responsible_who_leads_surveys(self):
        first = self._start_series("2031-02-01")
        other = self._create_user("survey_mdo2", "customer_archive.group_mdo")
        self.director.group_ids = [
            Command.unlink(self.mdo.id),
            Command.link(self.env.ref("customer_archive.group_rep").id),
        ]
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
        self.assertEqual(first.state, "running")
        self.assertFalse(first.successor_id)
        with freeze_time("2031-03-02 01:00:00"):
            self._run()
        self.assertEqual(self._get_todos(first).user_id, other)
        self.assertEqual(len(self._get_todos(first)), 1)
        self.assertIn(self.director.name, self._get_todos(first).note)
        first.with_user(other).user_id = other
        with freeze_time("2031-03-03 01:00:00"):
            self._run()
        self.assertEqual(first.state, "closed")
        self.assertRecordValues(
            first.successor_id,
            [{"user_id": other.id, "create_uid": other.id, "state": "running"}],
        )

    def test_responsible_who_left_starts_nothing(self):
        first = self._start_series("2031-02-01")
        self.director.active = False
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
        self.assertFalse(first.successor_id)

    def test_series_ends_by_zero_months_and_by_deleting_the_draft(self):
        first = self._start_series("2031-02-01")
        first.repeat_months = 0
        self.assertFalse(first.repeat_date)
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
        self.assertFalse(first.successor_id)
        self.assertEqual(first.state, "running", "not repeated: ended by hand")
        first.repeat_months = 1
        with freeze_time("2031-06-01 01:00:00"):
            self._run()
            first.successor_id.with_user(self.director).unlink()
            self._run()
        self.assertFalse(first.successor_id)

    def test_other_kinds_are_not_repeated(self):
        yearly = self._start_series("2031-02-01", kind="yearly")
        self.assertFalse(yearly.repeat_date)
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
        self.assertEqual(yearly.state, "running")
        self.assertFalse(yearly.successor_id)

    def test_chosen_customers_are_asked_again(self):
        first = self._start_series("2031-02-01", scope="chosen")
        left = self._create_customer("Left")
        chosen = self._create_customer("Chosen", with_order=False)
        added = first._add_customers((left + chosen).sudo())
        self.assertEqual(len(added), 2)
        left._system_write({"state": "history"})
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
        asked = first.successor_id.response_ids.dossier_id
        self.assertIn(chosen, asked)
        self.assertNotIn(left, asked)

    def test_two_series_are_compared_each_with_itself(self):
        first = self._start_series("2031-02-01")
        other = self._start_series("2031-02-02", name="Other", repeat_months=2)
        with freeze_time("2031-02-11 01:00:00"):
            self._run()
        self.assertEqual((first + other).mapped("state"), ["closed", "closed"])
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
        self.assertEqual(first.successor_id.state, "running")
        self.assertEqual(first.successor_id.previous_id, first)

    def test_each_company_has_its_own_series(self):
        company = self.env["res.company"].create(
            {"name": "Other Company", "survey_negative_level": 33}
        )
        self.director.company_ids += company
        first = self._start_series("2031-02-01")
        other = self._create_campaign(
            name="Other",
            kind="periodic",
            repeat_months=12,
            company_id=company.id,
            date_from="2030-01-01",
            date_to="2030-12-31",
            date_deadline="2031-02-10",
        )
        other._system_write({"state": "running", "date_started": "2030-03-01"})
        other._plan_successor()
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
        self.assertEqual(first.successor_id.company_id, self.company)
        self.assertRecordValues(
            other.successor_id,
            [
                {
                    "name": "Other 2031",
                    "company_id": company.id,
                    "negative_level": 33,
                    "state": "draft",
                }
            ],
        )

    def test_one_failure_does_not_stop_the_others(self):
        first = self._start_series("2031-02-01")
        second = self._start_series("2031-02-01")
        campaign_class = self.env.registry["customer.survey.campaign"]
        create_successor = campaign_class._create_successor

        def fail_once(campaign):
            if campaign.id == first.id:
                raise ValueError("broken")
            return create_successor(campaign)

        logger = "odoo.addons.customer_survey.models.customer_survey_campaign_repeat"
        with (
            freeze_time("2031-03-01 01:00:00"),
            patch.object(campaign_class, "_create_successor", fail_once),
            mute_logger(logger),
        ):
            self._run()
        self.assertFalse(first.successor_id)
        self.assertTrue(second.successor_id)
        with freeze_time("2031-03-02 01:00:00"):
            self._run()
        self.assertEqual(first.successor_id.name, "Pulse Feb 2031")

    def test_series_is_steered_by_the_director_alone(self):
        first = self._start_series("2031-02-01")
        model = first._name
        for user in (self.rep, self.bum, self.gmo, self.keeper, self.employee):
            with self.assertRaises(AccessError):
                self._rpc(user, model, "write", first.ids, {"repeat_months": 0})
        for vals in (
            {"repeat_date": "2031-02-02"},
            {"successor_id": False},
            {"repeat_from_id": first.id},
            {"repeat_offset": 7},
        ):
            with self.assertRaises(AccessError):
                self._rpc(self.director, model, "write", first.ids, vals)
        for method in ("_cron_repeat", "_create_successor", "_do_as_responsible"):
            with self.assertRaises(AccessError):
                self._rpc(self.director, model, method, first.ids)

    def test_idle_campaigns_cost_nothing(self):
        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with (
                freeze_time("2031-02-05 01:00:00"),
                patch.object(
                    self.env.registry["ir.cron"], "_commit_progress", return_value=1
                ),
            ):
                self.campaigns.sudo()._cron_repeat()
            return self.env.cr.sql_log_count - before

        self._start_series("2031-02-01")
        count_queries()
        few = count_queries()
        for _number in range(4):
            self._start_series("2031-02-01")
        self.assertEqual(count_queries(), few)

    def test_periodic_survey_does_not_fulfil_the_yearly_duty(self):
        first = self._start_series("2031-02-01")
        with freeze_time("2031-03-01 01:00:00"):
            self._run()
        self.assertEqual(first.successor_id.state, "running")
        duty = self.env.ref("customer_survey.customer_duty_yearly_survey")
        with freeze_time("2031-12-01 01:00:00"):
            self.campaigns._duty_yearly_survey_missing(
                duty, date(2031, 11, 1), date(2031, 12, 1)
            )
        draft = self.campaigns.search(
            [
                ("kind", "=", "yearly"),
                ("state", "=", "draft"),
                ("date_to", "=", "2031-12-31"),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertTrue(draft.activity_ids)
