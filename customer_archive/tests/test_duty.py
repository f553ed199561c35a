from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_archive.models.customer_duty import CustomerDuty

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestDuty(CustomerArchiveCommon):
    """Duties of a method that the test puts on the model of duties itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.duty"].search([]).action_archive()
        cls.cron = cls.env.ref("customer_archive.ir_cron_run_duties")
        cls.other_company = cls.env["res.company"].create({"name": "Other"})

    def setUp(self):
        super().setUp()
        self.calls = []
        self.failing = False

        def _duty_test(model, duty, start, end):
            if self.failing and duty.name == self.failing:
                model.env["res.partner"].create({"name": "Half written"})
                raise RuntimeError("The printer is out of paper")
            self.calls.append((duty.name, model.env.company, start, end))

        duty_patch = patch.object(CustomerDuty, "_duty_test", _duty_test, create=True)
        self.startPatcher(duty_patch)

    def _duty(self, **values):
        return self.env["customer.duty"].create(
            {
                "name": "Weekly",
                "model": "customer.duty",
                "method": "test",
                "interval_type": "weeks",
                "anchor_date": date(2031, 1, 6),
                "catch_up": "each",
                **values,
            }
        )

    def _work(self, day):
        """Run the scheduled job on ``day``; return what it did for this company."""
        self.calls.clear()
        with freeze_time(f"{day} 12:00:00"), self.enter_registry_test_mode():
            self.cron.with_user(self.env.ref("base.user_root")).method_direct_trigger()
        self.env.invalidate_all()
        return [
            (name, start)
            for name, company, start, _end in self.calls
            if company == self.company
        ]

    def _runs(self, duty, company=None):
        return duty.run_ids.filtered(
            lambda run: run.company_id == (company or self.company)
        ).sorted("date_start")

    def test_nothing_before_the_first_period_has_ended(self):
        duty = self._duty()
        for day in ("2030-12-31", "2031-01-06", "2031-01-12"):
            self.assertFalse(self._work(day))
        self.assertEqual(self._work("2031-01-13"), [("Weekly", date(2031, 1, 6))])
        self.assertRecordValues(
            self._runs(duty),
            [
                {
                    "date_start": date(2031, 1, 6),
                    "date_end": date(2031, 1, 13),
                    "state": "done",
                }
            ],
        )

    def test_twice_does_nothing_twice(self):
        duty = self._duty()
        self.assertEqual(len(self._work("2031-01-14")), 1)
        self.assertFalse(self._work("2031-01-14"))
        self.assertFalse(self._work("2031-01-19"))
        self.assertEqual(len(self._runs(duty)), 1)

    def test_every_missed_period_is_made_up_for(self):
        duty = self._duty()
        self.assertEqual(
            self._work("2031-01-30"),
            [
                ("Weekly", date(2031, 1, 6)),
                ("Weekly", date(2031, 1, 13)),
                ("Weekly", date(2031, 1, 20)),
            ],
        )
        self.assertEqual(self._runs(duty).mapped("state"), ["done"] * 3)

    def test_only_the_latest_missed_period_is_made_up_for(self):
        duty = self._duty(catch_up="latest")
        self.assertEqual(self._work("2031-01-30"), [("Weekly", date(2031, 1, 20))])
        self.assertRecordValues(
            self._runs(duty),
            [
                {"date_start": date(2031, 1, 6), "state": "missed"},
                {"date_start": date(2031, 1, 13), "state": "missed"},
                {"date_start": date(2031, 1, 20), "state": "done"},
            ],
        )
        self.assertFalse(self._work("2031-01-30"))

    def test_months_of_different_lengths_do_not_drift(self):
        self._duty(interval_type="months", anchor_date=date(2031, 1, 31))
        starts = [start for _name, start in self._work("2031-07-01")]
        self.assertEqual(
            starts,
            [
                date(2031, 1, 31),
                date(2031, 2, 28),
                date(2031, 3, 31),
                date(2031, 4, 30),
                date(2031, 5, 31),
            ],
        )
        ends = [end for _name, company, _start, end in self.calls]
        self.assertEqual(sorted(set(ends)), starts[1:] + [date(2031, 6, 30)])

    def test_leap_year(self):
        self._duty(interval_type="years", anchor_date=date(2028, 2, 29))
        self.assertEqual(
            [start for _name, start in self._work("2032-03-01")],
            [
                date(2028, 2, 29),
                date(2029, 2, 28),
                date(2030, 2, 28),
                date(2031, 2, 28),
            ],
        )

    def test_failure_stops_nobody_and_is_repeated(self):
        bad = self._duty(name="Bad", sequence=1)
        good = self._duty(name="Good", sequence=2)
        self.failing = "Bad"
        with mute_logger("odoo.addons.customer_archive.models.customer_duty"):
            done = self._work("2031-01-14")
        self.assertEqual(done, [("Good", date(2031, 1, 6))])
        self.assertFalse(self._runs(bad))
        self.assertEqual(self._runs(good).mapped("state"), ["done"])
        self.assertFalse(
            self.env["res.partner"].search([("name", "=", "Half written")])
        )
        self.failing = False
        self.assertEqual(self._work("2031-01-15"), [("Bad", date(2031, 1, 6))])
        self.assertEqual(self._runs(bad).mapped("state"), ["done"])

    def test_failed_latest_is_missed_when_the_next_has_ended(self):
        duty = self._duty(name="Bad", catch_up="latest")
        self.failing = "Bad"
        with mute_logger("odoo.addons.customer_archive.models.customer_duty"):
            self._work("2031-01-14")
        self.failing = False
        self.assertEqual(self._work("2031-01-21"), [("Bad", date(2031, 1, 13))])
        self.assertEqual(self._runs(duty).mapped("state"), ["missed", "done"])

    def test_each_company_does_its_own(self):
        duty = self._duty()
        self._work("2031-01-14")
        companies = [company for _name, company, _start, _end in self.calls]
        self.assertIn(self.company, companies)
        self.assertIn(self.other_company, companies)
        self.assertEqual(len(companies), len(set(companies)))
        third = self.env["res.company"].create({"name": "Third"})
        self._work("2031-01-14")
        self.assertEqual([company for _n, company, _s, _e in self.calls], [third])
        self.assertEqual(len(self._runs(duty, self.other_company)), 1)

    def test_archived_duty_rests(self):
        self._duty(active=False)
        self.assertFalse(self._work("2031-01-14"))

    def test_duty_without_method_is_refused(self):
        for values in (
            {"method": "no_such"},
            {"model": "no.such.model"},
            {"model": "res.partner"},
        ):
            with self.assertRefused(ValidationError, "has no duty"):
                self._duty(**values)

    def test_runs_are_written_by_the_system(self):
        duty = self._duty()
        self._work("2031-01-14")
        run = self._runs(duty)
        for method, args in (
            ("write", [run.ids, {"state": "missed"}]),
            ("unlink", [run.ids]),
            (
                "create",
                [
                    {
                        "duty_id": duty.id,
                        "company_id": self.company.id,
                        "date_start": "2031-01-13",
                        "date_end": "2031-01-20",
                        "state": "done",
                    }
                ],
            ),
        ):
            with self.assertRaises(AccessError):
                self._rpc(self.admin_user, "customer.duty.run", method, *args)
        with self.assertRaises(AccessError):
            self._rpc(
                self.admin_user,
                "customer.duty",
                "write",
                duty.ids,
                {"run_ids": [Command.delete(run.id)]},
            )
        with self.assertRaises(AccessError):
            self._rpc(self.rep, "customer.duty", "read", duty.ids, ["name"])

    def test_shipped_duties_have_their_method(self):
        duties = self.env["customer.duty"].with_context(active_test=False).search([])
        shipped = duties.filtered(lambda duty: duty.get_external_id()[duty.id])
        self.assertTrue(shipped)
        shipped._check_method()
