from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.customer_archive.models.customer_delivery_followup import (
    CustomerDeliveryFollowup,
)

from .common import CustomerArchiveCommon

MODELS = ("customer.delivery.followup", "customer.delivery.tracking")


class DeliveryCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("customer_archive.group_fug").user_ids = cls.fug
        cls.company.write(
            {
                "delivery_followup_from": "2031-01-01",
                "delivery_tracking_first_days": 30,
                "delivery_tracking_interval_days": 90,
                "delivery_tracking_until_days": 365,
            }
        )
        cls.company.resource_calendar_id.tz = "UTC"
        cls.product = cls.env["product.product"].create({"name": "Antenna"})
        cls.service = cls.env["product.product"].create(
            {"name": "Training", "type": "service"}
        )
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.followups = cls.env["customer.delivery.followup"]

    @classmethod
    def _orders(cls, count=1, *, products=None, confirm=True, **values):
        orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": cls.partner.id,
                    "user_id": cls.rep.id,
                    "commitment_date": "2031-01-20 12:00:00",
                    "order_line": [
                        Command.create({"product_id": product.id})
                        for product in products or cls.product
                    ],
                    **values,
                }
                for _index in range(count)
            ]
        )
        if confirm:
            orders.action_confirm()
        return orders

    @classmethod
    @freeze_time("2031-01-06 12:00:00")
    def _followup(cls, **values):
        """Return the follow-up of an order confirmed on 2031-01-06, promised for
        2031-01-20 and followed up by the user ``fug``."""
        return cls.followups._plan(cls._orders(**values))

    @classmethod
    def _delivered(cls, day="2031-01-16", **values):
        """Return a follow-up of what was delivered on ``day``."""
        followup = cls._followup(**values)
        with freeze_time(f"{day} 12:00:00"):
            followup.with_user(cls.fug).date_delivered = day
        return followup

    def _work(self, day):
        """Run the scheduled job at noon of ``day``."""
        cron = self.env.ref("customer_archive.ir_cron_follow_deliveries")
        with freeze_time(f"{day} 12:00:00"), self.enter_registry_test_mode():
            cron.with_user(self.env.ref("base.user_root")).method_direct_trigger()
        self.env.invalidate_all()

    def _found(self, orders):
        return self.followups.search([("order_id", "in", orders.ids)])

    def _due(self, followup):
        return sorted(followup.tracking_ids.mapped("date_due"))

    def _count_queries(self, function, records):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function(records.browse(records.ids))
        self.env.flush_all()
        return self.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestDeliveryFollowup(DeliveryCommon):
    # ------------------------------------------------------------ planned (B31)

    def test_job_plans_confirmed_orders_once(self):
        with freeze_time("2031-01-06 12:00:00"):
            order = self._orders()
            quotation = self._orders(confirm=False)
            services = self._orders(products=self.service)
        self.assertFalse(self._found(order))
        self._work("2031-01-06")
        self._work("2031-01-06")
        followup = self._found(order)
        self.assertRecordValues(
            followup,
            [
                {
                    "state": "planned",
                    "partner_id": self.partner.id,
                    "dossier_id": self.dossier.id,
                    "team_id": self.unit.id,
                    "user_id": self.fug.id,
                    "company_id": self.company.id,
                    "date_promised": date(2031, 1, 20),
                    "first_days": 30,
                    "interval_days": 90,
                    "until_days": 365,
                    "goods": "Antenna × 1 Units",
                }
            ],
        )
        self.assertFalse(self._found(quotation | services))

    def test_nothing_is_planned_for_the_past(self):
        with freeze_time("2030-12-31 23:00:00"):
            old = self._orders()
        self._work("2031-01-06")
        self.assertFalse(self._found(old))
        self.company.delivery_followup_from = False
        with freeze_time("2031-01-06 12:00:00"):
            order = self._orders()
        self._work("2031-01-06")
        self.assertFalse(self._found(order))

    def test_start_is_a_day_of_the_office(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        with freeze_time("2030-12-31 15:59:00"):
            before = self._orders()
        with freeze_time("2030-12-31 16:01:00"):
            since = self._orders()
        self._work("2031-01-06")
        self.assertFalse(self._found(before))
        self.assertTrue(self._found(since))

    def test_new_company_starts_on_its_day(self):
        """As do those that are there when the column is added."""
        with freeze_time("2031-05-05 12:00:00"):
            company = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(company.delivery_followup_from, date(2031, 5, 5))

    def test_job_catches_up_in_batches(self):
        with freeze_time("2031-01-06 12:00:00"):
            orders = self._orders(5)
        plan = CustomerDeliveryFollowup._plan
        sizes = []

        def count(followups, batch):
            sizes.append(len(batch))
            return plan(followups, batch)

        module = "odoo.addons.customer_archive.models.customer_delivery_followup"
        with (
            patch(f"{module}.BATCH", 2),
            patch.object(CustomerDeliveryFollowup, "_plan", count),
        ):
            self._work("2031-06-01")
        self.assertEqual(sizes, [2, 2, 1])
        self.assertEqual(len(self._found(orders)), 5)

    def test_confirmation_has_no_part_in_it(self):
        """Neither an override nor a field makes a confirmation dearer."""
        order_class = self.registry["sale.order"]
        ours = [
            parent
            for parent in order_class.__mro__
            if parent.__module__.endswith(".sale_order_delivery")
        ]
        self.assertEqual(
            [name for name in vars(ours[0]) if not name.startswith("_")],
            ["action_open_delivery_followup"],
        )
        for name in ("state", "date_order", "locked"):
            field = order_class._fields[name]
            followed = [
                dependent
                for dependent in self.registry.get_dependent_fields(field)
                if dependent.model_name in MODELS and dependent.store
            ]
            self.assertFalse(followed, name)

    def test_member_with_fewest_open_ones_follows(self):
        second = self._user("fug", login="archive_fug2")
        followups = self.followups._plan(self._orders(5))
        self.assertEqual(len(followups.filtered(lambda f: f.user_id == self.fug)), 3)
        followups.filtered(lambda f: f.user_id == self.fug)[0]._system_write(
            {"state": "done"}
        )
        followups.filtered(lambda f: f.user_id == second)._system_write(
            {"state": "cancelled"}
        )
        self.assertEqual(self.followups._plan(self._orders()).user_id, second)

    def test_without_members_the_group_sees_it(self):
        self.env.ref("customer_archive.group_fug").user_ids = False
        followup = self._followup()
        self.assertFalse(followup.user_id)
        self.env.ref("customer_archive.group_fug").user_ids = self.fug
        found = self._rpc(self.fug, followup._name, "search", [("user_id", "=", False)])
        self.assertIn(followup.id, found)

    def test_who_has_left_is_given_none(self):
        self.fug.archive_access = "no_copies"
        self.assertFalse(self._followup().user_id)

    def test_promised_date(self):
        """Of the order, else what the lead times of its products make it."""
        with freeze_time("2031-01-06 12:00:00"):
            order = self._orders(commitment_date=False)
        order.order_line.customer_lead = 10
        self.assertEqual(self.followups._plan(order).date_promised, date(2031, 1, 16))
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        order = self._orders(commitment_date="2031-01-20 17:00:00")
        self.assertEqual(self.followups._plan(order).date_promised, date(2031, 1, 21))

    # ------------------------------------------------------------ cancelled

    def test_follow_up_goes_with_its_order(self):
        followup = self._delivered()
        order = followup.order_id
        order._action_cancel()
        self._work("2031-01-17")
        self.assertEqual(followup.state, "cancelled")
        self.assertEqual(followup.tracking_ids.mapped("state"), ["cancelled"])
        order.action_draft()
        order.action_confirm()
        self._work("2031-01-18")
        self._work("2031-01-18")
        self.assertEqual(followup.state, "delivered")
        self.assertEqual(
            sorted(followup.tracking_ids.mapped("state")), ["cancelled", "planned"]
        )

    def test_cancelled_is_not_changed(self):
        followup = self._followup()
        followup._cancel()
        for values in ({"usage": "x"}, {"date_delivered": "2031-01-16"}):
            with self.assertRefused(AccessError):
                self._rpc(self.fug, followup._name, "write", followup.ids, values)

    def test_follow_up_stays_on_record(self):
        with self.assertRefused(UserError, "stays on record"):
            self._followup().unlink()
        with self.assertRefused(UserError, "stays on record"):
            self._delivered().tracking_ids.unlink()

    # ------------------------------------------------------------ delivered

    def test_same_day_is_on_time(self):
        for day, on_time in (("2031-01-20", True), ("2031-01-21", False)):
            with self.subTest(day=day):
                followup = self._delivered(day)
                self.assertEqual(followup.on_time, on_time)
                self.assertEqual(followup.on_time_rate, 100.0 * on_time)

    def test_late_from_the_day_after_on(self):
        followup = self._followup()
        for moment, late in (
            ("2031-01-20 23:59:00", False),
            ("2031-01-21 00:01:00", True),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.env.invalidate_all()
                self.assertEqual(followup.is_late, late)
                found = self.followups.search([("is_late", "=", True)])
                self.assertEqual(followup in found, late)
        with freeze_time("2031-01-20 16:01:00"):
            # it is the next day where the user is
            local = followup.with_context(tz="Asia/Shanghai")
            local.invalidate_recordset()
            self.assertTrue(local.is_late)
        with freeze_time("2031-02-20 12:00:00"):
            followup.with_user(self.fug).action_deliver()
            self.assertFalse(followup.is_late)
            self.assertFalse(followup.on_time)
            self.assertEqual(followup.date_delivered, date(2031, 2, 20))
            with self.assertRefused(UserError, "delivered already"):
                followup.with_user(self.fug).action_deliver()

    def test_nothing_is_delivered_in_the_future(self):
        followup = self._followup()
        with (
            freeze_time("2031-01-20 12:00:00"),
            self.assertRefused(ValidationError, "future"),
        ):
            followup.date_delivered = "2031-01-21"

    def test_deliveries_are_taken_from_stock(self):
        """By the one method that addons override, on the day it was at the office."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        followup, other = self._followup(), self._followup()
        moments = {followup.order_id: followup.order_id.date_order.replace(hour=17)}
        with patch.object(
            CustomerDeliveryFollowup,
            "_get_effective_date",
            lambda _self, orders: {o: moments[o] for o in orders if o in moments},
        ):
            self._work("2031-01-08")
        self.assertEqual(followup.date_delivered, date(2031, 1, 7))
        self.assertEqual(followup.state, "delivered")
        self.assertEqual(self._due(followup), [date(2031, 2, 6)])
        self.assertEqual(other.state, "planned")

    # ------------------------------------------------------------ tracking (B32)

    def test_days_of_the_trackings(self):
        """Counted from the delivery over month ends and a leap day, however late one
        was recorded."""
        followup = self._delivered("2031-10-31")
        self.assertEqual(followup.state, "delivered")
        self.assertEqual(followup.date_until, date(2032, 10, 30))
        days = [
            date(2031, 11, 30),
            date(2032, 2, 28),
            date(2032, 5, 28),
            date(2032, 8, 26),
        ]
        for index, day in enumerate(days):
            self.assertEqual(self._due(followup), days[: index + 1])
            with freeze_time(f"{day} 12:00:00"):
                self._record(
                    followup.tracking_ids.filtered(lambda t: t.state == "planned")
                )
        self.assertEqual(self._due(followup), days)
        self.assertEqual(followup.state, "done")

    def _record(self, tracking, user=None, **values):
        values = {
            "date_done": str(date.today()),
            "usage": "In use on two masts",
            "rating": 4,
            **values,
        }
        return self._rpc(
            user or self.fug, tracking._name, "action_record", tracking.ids, **values
        )

    def test_next_one_is_planned_when_the_day_has_passed(self):
        followup = self._delivered()
        for day, planned in (
            ("2031-02-15", [date(2031, 2, 15)]),
            ("2031-02-16", [date(2031, 2, 15), date(2031, 5, 16)]),
            ("2031-02-17", [date(2031, 2, 15), date(2031, 5, 16)]),
        ):
            self._work(day)
            self.assertEqual(self._due(followup), planned)
        self.assertEqual(followup.state, "tracking")
        with freeze_time("2031-02-17 12:00:00"):
            late = followup.tracking_ids.filtered("is_late")
            self.assertEqual(late.date_due, date(2031, 2, 15))
            self.assertEqual(late.search([("is_late", "=", True)]) & late, late)

    def test_missed_days_are_not_made_up_for(self):
        """The job was down for half a year."""
        followup = self._delivered()
        self._work("2031-09-01")
        self._work("2031-09-01")
        self.assertEqual(self._due(followup), [date(2031, 2, 15), date(2031, 11, 12)])
        self._work("2032-06-01")
        self.assertEqual(len(followup.tracking_ids), 2)
        with freeze_time("2032-06-01 12:00:00"):
            for tracking in followup.tracking_ids:
                self._record(tracking)
        self.assertEqual(followup.state, "done")

    def test_each_order_has_its_own_days(self):
        followup = self._delivered()
        with (
            freeze_time("2031-01-17 12:00:00"),
            Form(followup.with_user(self.fug)) as f,
        ):
            f.first_days = 7
            f.interval_days = 0
        self.assertEqual(self._due(followup), [date(2031, 1, 23)])
        with freeze_time("2031-01-23 12:00:00"):
            self._record(followup.tracking_ids)
            self.assertEqual(followup.state, "done")
            followup.with_user(self.fug).interval_days = 10
            self.assertEqual(followup.state, "tracking")
            self.assertIn(date(2031, 2, 2), self._due(followup))
            followup.with_user(self.fug).until_days = 10
            self.assertEqual(self._due(followup), [date(2031, 1, 23)])
            self.assertEqual(followup.state, "done")
            with self.assertRefused(ValidationError, "tracked already"):
                followup.with_user(self.fug).date_delivered = False
        none = self._followup()
        none.until_days = 0
        with freeze_time("2031-01-17 12:00:00"):
            none.with_user(self.fug).action_deliver()
        self.assertFalse(none.tracking_ids)
        self.assertEqual(none.state, "done")

    def test_follower_is_reminded_once(self):
        followup = self._delivered()
        tracking = followup.tracking_ids
        self.fug.lang = "en_US"
        self._work("2031-02-14")
        self.assertFalse(tracking.activity_ids)
        self._work("2031-02-15")
        self._work("2031-02-15")
        self.assertRecordValues(
            tracking.activity_ids,
            [
                {
                    "user_id": self.fug.id,
                    "date_deadline": date(2031, 2, 15),
                    "summary": "Ask the customer about the quality",
                }
            ],
        )
        self.assertEqual(followup.state, "tracking")
        second = self._user("fug", login="archive_fug2")
        followup.with_user(self.fug).user_id = second
        self.assertFalse(tracking.activity_ids)
        self._work("2031-02-15")
        self.assertEqual(tracking.activity_ids.user_id, second)
        with freeze_time("2031-02-15 12:00:00"):
            self._record(tracking, second)
        self.assertFalse(tracking.activity_ids)

    def test_result_is_recorded(self):
        tracking = self._delivered().tracking_ids
        person = self._customer("Li", is_company=False, parent_id=self.partner.id)
        stranger = self._customer("Wu")
        with freeze_time("2031-02-15 12:00:00"):
            for wrong, pattern in (
                ({"rating": 0}, "from 1 to 5"),
                ({"rating": 6}, "from 1 to 5"),
                ({"usage": " "}, "how the product is used"),
                ({"date_done": "2031-02-16"}, "today or before"),
                ({"date_done": False}, "today or before"),
                ({"contact_id": stranger.id}, "no contact"),
            ):
                with (
                    self.subTest(wrong=wrong),
                    self.assertRefused(ValidationError, pattern),
                ):
                    self._record(tracking, **wrong)
            self._record(tracking, problems="Rust", contact_id=person.id)
            with self.assertRefused(UserError, "Done already"):
                self._record(tracking)
        self.assertRecordValues(
            tracking,
            [
                {
                    "state": "done",
                    "date_done": date(2031, 2, 15),
                    "usage": "In use on two masts",
                    "rating": 4,
                    "problems": "Rust",
                    "contact_id": person.id,
                    "recorded_by_id": self.fug.id,
                }
            ],
        )

    def test_skipping_needs_a_reason(self):
        followup = self._delivered()
        tracking = followup.tracking_ids
        with self.assertRefused(ValidationError, "Say why"):
            self._rpc(self.fug, tracking._name, "action_skip", tracking.ids, " ")
        with freeze_time("2031-02-15 12:00:00"):
            self._rpc(self.fug, tracking._name, "action_skip", tracking.ids, "Closed")
        self.assertRecordValues(
            tracking, [{"state": "skipped", "skip_reason": "Closed"}]
        )
        self.assertIn(date(2031, 5, 16), self._due(followup))

    def test_problem_becomes_a_case(self):
        """B33, in one dialog."""
        tracking = self._delivered().tracking_ids
        with freeze_time("2031-02-15 12:00:00"):
            dialog = Form(
                self.env["customer.delivery.tracking.record"]
                .with_user(self.fug)
                .with_context(default_tracking_id=tracking.id)
            )
            dialog.usage = "On two masts"
            dialog.rating = "2"
            dialog.problems = "The housing rusts"
            dialog.kind = "quality"
            action = dialog.save().action_record_and_open_case()
            case = self.env[action["res_model"]].browse(action["res_id"])
            self.assertRecordValues(
                case,
                [
                    {
                        "kind": "quality",
                        "partner_id": self.partner.id,
                        "order_id": tracking.order_id.id,
                        "product_id": self.product.id,
                        "channel": "proactive",
                        "description": "The housing rusts",
                        "tracking_id": tracking.id,
                    }
                ],
            )
            with self.assertRefused(UserError, case.number):
                self._rpc(self.fug, tracking._name, "action_open_case", tracking.ids)

    def test_no_case_without_a_problem(self):
        tracking = self._delivered().tracking_ids
        with self.assertRefused(UserError, "problems found first"):
            self._rpc(self.fug, tracking._name, "action_open_case", tracking.ids)
        tracking._system_write({"problems": "Rust"})
        with self.assertRefused(UserError, "problems found first"):
            self._rpc(
                self.fug, tracking._name, "action_open_case", tracking.ids, "enquiry"
            )

    # ------------------------------------------------------------ cost

    def test_queries_do_not_grow(self):
        """Each step of the job takes as many for 20 orders as for 4."""
        costs = []
        for count in (4, 20, 4, 20):
            with freeze_time("2031-01-06 12:00:00"):
                orders = self._orders(count)
                cost = [self._count_queries(self.followups._plan, orders)]
            followups = self._found(orders)
            quiet = followups.with_context(tracking_disable=True)
            steps = type(quiet)
            with freeze_time("2031-01-16 12:00:00"):
                quiet._system_write({"date_delivered": "2031-01-16"})
                cost.append(self._count_queries(steps._update_tracking, quiet))
            self.assertEqual(len(followups.tracking_ids), count)
            with freeze_time("2031-02-16 12:00:00"):
                trackings = quiet.tracking_ids
                cost.append(self._count_queries(type(trackings)._remind, trackings))
                cost.append(self._count_queries(steps._cancel, quiet))
            costs.append(cost)
        # the first two warm the caches
        self.assertEqual(costs[2], costs[3])

    # ------------------------------------------------------------ button of the order

    def test_button_of_the_order(self):
        with freeze_time("2031-01-06 12:00:00"):
            order = self._orders()
            services = self._orders(products=self.service)
        ids = [
            self._rpc(
                self.rep, "sale.order", "action_open_delivery_followup", order.ids
            )["res_id"]
            for _time in range(2)
        ]
        self.assertEqual(ids, self._found(order).ids * 2)
        with self.assertRefused(UserError, "no delivery"):
            self._rpc(
                self.rep, "sale.order", "action_open_delivery_followup", services.ids
            )
        other = self._orders()
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep2, "sale.order", "action_open_delivery_followup", other.ids
            )
        self.assertFalse(self._found(other))


@tagged("post_install", "-at_install")
class TestDeliveryAccess(DeliveryCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.followup = cls._delivered()
        cls.tracking = cls.followup.tracking_ids
        cls.records = (cls.followup, cls.tracking)
        cls.portal = new_test_user(
            cls.env,
            "archive_portal",
            groups="base.group_portal",
            partner_id=cls._customer(
                "Li", is_company=False, parent_id=cls.partner.id
            ).id,
        )
        cls.fug2 = cls._user("fug", login="archive_fug2")

    def test_readers(self):
        for user in (self.rep, self.bum, self.keeper, self.mdo, self.gmo, self.fug):
            for record in self.records:
                with self.subTest(user=user.login, model=record._name):
                    found = self._rpc(user, record._name, "search", [])
                    self.assertIn(record.id, found)
                    self._rpc(user, record._name, "web_read", record.ids, {"usage": {}})

    def test_strangers_read_nothing(self):
        """Neither does another member of the group while the dossier is not his."""
        strangers = (self.rep2, self.bum2, self.fin, self.asg, self.fug2, self.outsider)
        for user in (*strangers, self.portal):
            for record in self.records:
                domain = [("id", "=", record.id)]
                for method, args in (
                    ("read", [record.ids, ["usage"]]),
                    ("web_read", [record.ids, {"usage": {}}]),
                    ("export_data", [record.ids, ["usage"]]),
                ):
                    with (
                        self.subTest(user=user.login, model=record._name, call=method),
                        self.assertRefused(UserError),  # AccessError is one
                    ):
                        self._rpc(user, record._name, method, *args)
                for method, args in (
                    ("search", [domain]),
                    ("search_read", [domain, ["usage"]]),
                    ("formatted_read_group", [domain, ["state"], ["__count"]]),
                ):
                    with self.subTest(user=user.login, model=record._name, call=method):
                        try:
                            told = self._rpc(user, record._name, method, *args)
                        except AccessError:
                            continue
                        self.assertFalse(told)

    def test_nobody_else_changes_anything(self):
        values = {"usage": "x", "date_delivered": "2031-01-17"}
        for user in (
            self.rep,
            self.bum,
            self.keeper,
            self.gmo,
            self.rep2,
            self.fin,
            self.fug2,
            self.outsider,
            self.portal,
        ):
            for model, method, args in (
                (self.followup._name, "write", [self.followup.ids, values]),
                (self.followup._name, "action_deliver", [self.followup.ids]),
                (self.tracking._name, "write", [self.tracking.ids, {"usage": "x"}]),
                (
                    self.tracking._name,
                    "action_record",
                    [self.tracking.ids, "2031-01-17", "x", 5],
                ),
                (self.tracking._name, "action_skip", [self.tracking.ids, "x"]),
                (self.tracking._name, "action_open_case", [self.tracking.ids]),
            ):
                with (
                    self.subTest(user=user.login, call=(model, method)),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, model, method, *args)
        self.assertEqual(self.tracking.state, "planned")
        self.assertFalse(self.followup.usage)

    def test_nobody_creates_or_deletes(self):
        order = self._orders()
        for user in (self.fug, self.mdo, self.rep, self.outsider, self.portal):
            for model, method, args in (
                (
                    self.followup._name,
                    "create",
                    [{"order_id": order.id, "date_promised": "2031-01-20"}],
                ),
                (
                    self.tracking._name,
                    "create",
                    [{"followup_id": self.followup.id, "date_due": "2031-03-01"}],
                ),
                (self.followup._name, "unlink", [self.followup.ids]),
                (self.tracking._name, "unlink", [self.tracking.ids]),
            ):
                with (
                    self.subTest(user=user.login, call=(model, method)),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, model, method, *args)

    def test_system_fields_are_the_systems(self):
        other = self._orders()
        for record, values in (
            (self.followup, {"state": "done"}),
            (self.followup, {"order_id": other.id}),
            (self.followup, {"on_time": False}),
            (self.followup, {"dossier_id": False}),
            (self.tracking, {"state": "done"}),
            (self.tracking, {"date_due": "2032-01-01"}),
            (self.tracking, {"rating": 5}),
        ):
            with (
                self.subTest(model=record._name, values=values),
                self.assertRefused(AccessError, "writes this itself"),
            ):
                record.write(values)
        case = self._case()
        with self.assertRefused(AccessError, "writes this itself"):
            self._rpc(self.keeper, case._name, "write", case.ids, {"tracking_id": 1})

    def test_who_follows_up(self):
        """The named follower, whoever he is, and the marketing director."""
        self.followup.with_user(self.mdo).user_id = self.asg
        with freeze_time("2031-02-15 12:00:00"):
            self._rpc(
                self.asg,
                self.tracking._name,
                "action_record",
                self.tracking.ids,
                "2031-02-15",
                "In use",
                5,
            )
        following = self.followup.tracking_ids.filtered(
            lambda tracking: tracking.state == "planned"
        )
        self._rpc(self.mdo, following._name, "action_skip", following.ids, "Closed")
        self.assertEqual(following.state, "skipped")

    def test_customer_without_dossier(self):
        """His order's salesperson reads it, the group and the offices; once he has a
        dossier, its readers."""
        customer = self._customer()
        followup = self._followup(partner_id=customer.id, user_id=self.outsider.id)
        followup.user_id = self.fug
        self.assertFalse(followup.dossier_id)
        for user, may in (
            (self.outsider, True),
            (self.fug2, True),
            (self.mdo, True),
            (self.gmo, True),
            (self.rep, False),
            (self.fin, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(followup.with_user(user).has_access("read"), may)
        dossier = self._dossier(partner_id=customer.id)
        self._work("2031-01-07")
        self.assertEqual(followup.dossier_id, dossier)
        self.env.invalidate_all()
        for user, may in ((self.outsider, False), (self.rep, True), (self.fug2, False)):
            with self.subTest(user=user.login):
                self.assertEqual(followup.with_user(user).has_access("read"), may)

    def test_dialog_of_a_stranger(self):
        dialog_id = self._rpc(
            self.rep2,
            "customer.delivery.tracking.record",
            "create",
            {
                "tracking_id": self.tracking.id,
                "usage": "x",
                "rating": "5",
                "reason": "x",
            },
        )
        for method in ("action_record", "action_skip", "action_record_and_open_case"):
            with self.subTest(method=method), self.assertRefused(AccessError):
                self._rpc(
                    self.rep2,
                    "customer.delivery.tracking.record",
                    method,
                    [dialog_id],
                )

    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        other.delivery_followup_from = "2031-01-01"
        (self.mdo | self.fug2).company_ids = [Command.link(other.id)]
        with freeze_time("2031-01-06 12:00:00"):
            order = self._orders(company_id=other.id, user_id=False, team_id=False)
        self._work("2031-01-07")
        followup = self._found(order)
        # the only member of the group who works there
        self.assertEqual(followup.user_id, self.fug2)
        for record, company in ((followup, other), (self.followup, self.company)):
            for companies in (other, self.company):
                as_mdo = record.with_user(self.mdo).with_context(
                    allowed_company_ids=companies.ids
                )
                self.assertEqual(as_mdo.has_access("read"), companies == company)
        with self.assertRefused(UserError, "company|companies"):
            followup.with_user(self.mdo).with_context(
                allowed_company_ids=other.ids
            ).user_id = self.fug

    def test_staff_hand_over(self):
        """Whoever leaves passes on what he follows up (D28)."""
        model = self.env["customer.staff.handover"]
        holding = model._get_holdings()["delivery"]
        self.assertEqual(
            self.env[holding.model].search(
                [*holding.domain, (holding.field, "=", self.fug.id)]
            ),
            self.followup,
        )
