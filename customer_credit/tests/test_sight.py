import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import Form, new_test_user, tagged

from .common import CustomerCreditCommon

FIGURE_FIELDS = (
    "credit_usage",
    "credit_limit_today",
    "credit_exposure",
    "credit_available",
    "credit_overdue_amount",
)
ORDER_FIGURES = (
    "credit_limit_amount",
    "credit_exposure",
    "credit_available",
    "credit_usage",
    "credit_overdue_days",
)


class CreditSightCommon(CustomerCreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bum = cls._user(
            "sales_team.group_sale_salesman,customer_archive.group_bum", "bum"
        )
        cls.bum2 = cls._user(
            "sales_team.group_sale_salesman,customer_archive.group_bum", "bum2"
        )
        cls.keeper = cls._user("customer_archive.group_keeper", "keeper")
        cls.keeper2 = cls._user("customer_archive.group_keeper", "keeper2")
        cls.rep2 = cls._user(
            "sales_team.group_sale_salesman_all_leads,customer_archive.group_rep",
            "rep2",
        )
        cls.unit = cls.env["crm.team"].create(
            {
                "name": "Unit North",
                "company_id": False,
                "user_id": cls.bum.id,
                "keeper_id": cls.keeper.id,
            }
        )
        cls.env["customer.dossier"].create(
            {
                "partner_id": cls.customer.id,
                "team_id": cls.unit.id,
                "user_id": cls.rep.id,
                "keeper_id": cls.keeper.id,
            }
        )
        cls.readers = (cls.rep, cls.bum, cls.keeper, cls.mdo, cls.gmo, cls.fin)
        # a figure that nothing else has
        cls.account = cls._limit(cls.customer, 987654.0)
        cls.portal = new_test_user(
            cls.env,
            "credit_portal",
            groups="base.group_portal",
            partner_id=cls.contact.id,
        )

    @classmethod
    def _strangers(cls):
        return (cls.rep2, cls.bum2, cls.keeper2, cls.sales)

    def _rpc(self, user, model, method, *args, **kwargs):
        model = self.env[model].with_user(user)
        self.env.invalidate_all()
        return call_kw(model, method, args, kwargs)

    def _system_write(self, **values):
        self.account._system_write(values)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestCreditReaders(CreditSightCommon):
    """Who sees the figures (F26, F60), asked as an attacker does."""

    def test_readers(self):
        for user in self.readers:
            with self.subTest(user=user.login):
                [values] = self._rpc(
                    user,
                    "customer.credit.account",
                    "read",
                    self.account.ids,
                    ["limit_today"],
                )
                self.assertEqual(values["limit_today"], 987654.0)
                [values] = self._rpc(
                    user, "res.partner", "read", self.contact.ids, FIGURE_FIELDS
                )
                self.assertEqual(values["credit_limit_today"], 987654.0)

    def test_strangers_see_the_light_alone(self):
        self._system_write(status="warning")
        for user in self._strangers():
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self._rpc(
                        user,
                        "customer.credit.account",
                        "read",
                        self.account.ids,
                        ["limit_today"],
                    )
                [values] = self._rpc(
                    user,
                    "res.partner",
                    "read",
                    self.customer.ids,
                    ["credit_light", "credit_account_id", *FIGURE_FIELDS],
                )
                self.assertEqual(values.pop("credit_light"), "warning")
                self.assertFalse(values.pop("credit_account_id"))
                values.pop("id")
                self.assertEqual(set(values.values()), {0.0})

    def test_what_lists_and_exports_give(self):
        account_model = "customer.credit.account"
        for user in self._strangers():
            with self.subTest(user=user.login):
                for result in (
                    self._rpc(user, account_model, "search_read", [], ["limit_today"]),
                    self._rpc(
                        user,
                        account_model,
                        "formatted_read_group",
                        [],
                        [],
                        ["limit_today:sum"],
                    )[0]["limit_today:sum"],
                    self._rpc(user, account_model, "name_search", "Customer of"),
                    self._rpc(
                        user,
                        account_model,
                        "search_count",
                        [["limit_today", ">", 1]],
                    ),
                ):
                    self.assertFalse(result)
                exported = self._rpc(
                    self.sales if user == self.sales else user,
                    "res.partner",
                    "web_read",
                    self.customer.ids,
                    {
                        "name": {},
                        "credit_account_id": {
                            "fields": {"limit_today": {}, "exposure": {}}
                        },
                    },
                )
                self.assertNotIn("987654", json.dumps(exported, default=str))
        exported = self._rpc(
            self.sales,
            "res.partner",
            "export_data",
            self.customer.ids,
            ["name", "credit_account_id/limit_today", *FIGURE_FIELDS],
        )
        self.assertNotIn("987654", json.dumps(exported, default=str))

    def test_no_search_or_order_by_figures(self):
        """Neither a condition nor an order tells how much it is."""
        for path in (
            "credit_usage",
            "credit_limit_today",
            "credit_account_id.exposure",
            "credit_account_id.limit_today",
        ):
            for model, prefix in (("res.partner", ""), ("sale.order", "partner_id.")):
                with self.subTest(path=prefix + path), self.assertRaises(ValueError):
                    self._rpc(self.rep2, model, "search", [[f"{prefix}{path}", ">", 0]])
        for path in ("credit_usage", "credit_limit_amount", "credit_account_id"):
            with self.subTest(path=path), self.assertRaises(ValueError):
                self._rpc(self.rep2, "sale.order", "search", [[path, "!=", 0]])
        for model in ("res.partner", "sale.order"):
            with self.subTest(order=model), self.assertRaises(ValueError):
                self._rpc(self.rep2, model, "search", [], order="credit_usage")
        with self.assertRaises(ValueError):
            self._rpc(
                self.rep2, "res.partner", "formatted_read_group", [], ["credit_usage"]
            )

    def test_light_is_searched_by_everybody(self):
        self._system_write(status="hold")
        found = self._rpc(
            self.rep2, "res.partner", "search", [["credit_light", "=", "hold"]]
        )
        self.assertEqual(
            set(found) & {self.customer.id, self.contact.id, self.stranger.id},
            {self.customer.id, self.contact.id},
        )
        dark = self._rpc(
            self.rep2, "res.partner", "search", [["credit_light", "=", False]]
        )
        self.assertIn(self.stranger.id, dark)
        self.assertNotIn(self.customer.id, dark)
        other = self._rpc(
            self.rep2, "res.partner", "search", [["credit_light", "!=", "hold"]]
        )
        self.assertIn(self.stranger.id, other)
        self.assertNotIn(self.customer.id, other)

    def test_forged_onchange(self):
        order = self._order(100.0, user=self.rep2, partner_id=self.stranger.id)
        values = {
            "partner_id": self.customer.id,
            "partner_invoice_id": self.customer.id,
            "credit_account_id": self.account.id,
            "credit_state": "refused",
            "credit_hold_id": 1,
        }
        spec = {
            "credit_message": {},
            "credit_light": {},
            "credit_account_id": {"fields": {"limit_today": {}}},
            **dict.fromkeys(ORDER_FIGURES, {}),
        }
        for ids in ([], order.ids):
            result = self._rpc(
                self.rep2, "sale.order", "onchange", ids, values, list(values), spec
            )
            self.assertNotIn("987654", json.dumps(result, default=str))
            self.assertNotIn("987,654", json.dumps(result, default=str))
            for name in ORDER_FIGURES:
                self.assertFalse(result["value"].get(name))
        result = self._rpc(
            self.rep2,
            "res.partner",
            "onchange",
            [],
            {"parent_id": self.customer.id, "credit_account_id": self.account.id},
            ["parent_id", "credit_account_id"],
            {"credit_limit_today": {}, "credit_usage": {}},
        )
        self.assertNotIn("987654", json.dumps(result, default=str))

    def test_forged_payments_tell_nothing(self):
        order = self._order(200.0)
        transaction = self._pay_online(order, 150.0)
        forged = {"transaction_ids": [Command.set(transaction.ids)]}
        new = self.env["sale.order"].with_user(self.fin).new(forged)
        self.assertEqual(new.credit_received_amount, 0.0)
        self.assertEqual(order.credit_received_amount, 150.0)

    def test_portal(self):
        order = self._order(100.0)
        for model, record, names in (
            ("customer.credit.account", self.account, ["limit_today"]),
            ("res.partner", self.contact, ["credit_light"]),
            ("res.partner", self.contact, ["credit_limit_today"]),
            ("sale.order", order, ["credit_message"]),
            ("sale.order", order, ["credit_usage"]),
            ("sale.order", order, ["credit_light"]),
        ):
            with self.subTest(names=names), self.assertRaises(AccessError):
                self._rpc(self.portal, model, "read", record.ids, names)

    def test_nobody_makes_himself_the_salesperson(self):
        for user in (self.rep2, self.sales, self.bum2):
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(AccessError, "credit_rep"),
            ):
                self._rpc(
                    user,
                    "res.partner",
                    "write",
                    self.customer.ids,
                    {"user_id": user.id},
                )
        # whoever sees the figures may hand the customer on
        self._rpc(
            self.rep,
            "res.partner",
            "write",
            self.customer.ids,
            {"user_id": self.rep2.id},
        )
        self.assertEqual(self.customer.user_id, self.rep2)
        # nothing changes, and customers without account are as they were
        self._rpc(
            self.sales,
            "res.partner",
            "write",
            self.customer.ids,
            {"user_id": self.rep2.id},
        )
        self._rpc(
            self.sales,
            "res.partner",
            "write",
            self.stranger.ids,
            {"user_id": self.sales.id},
        )
        self.assertEqual(self.stranger.user_id, self.sales)

    def test_dossier(self):
        self._system_write(status="warning", usage=85.0)
        dossier = self.account._get_dossier()
        [values] = self._rpc(
            self.rep,
            "customer.dossier",
            "read",
            dossier.ids,
            ["credit_light", "credit_usage"],
        )
        self.assertEqual(values["credit_light"], "warning")
        self.assertEqual(values["credit_usage"], 85.0)

    def test_my_customers(self):
        accounts = self.env["customer.credit.account"]
        mine = accounts.with_user(self.rep).search([("user_ids", "=", self.rep.id)])
        self.assertEqual(mine, self.account)
        self.assertEqual(mine.user_ids, self.rep)
        self.customer.user_id = False
        self.assertEqual(
            accounts.search([("user_ids", "=", self.rep.id)]), self.account
        )
        self.assertFalse(accounts.search([("user_ids", "=", self.rep2.id)]))

    def test_overview(self):
        for user, filters, first in (
            (self.fin, {"search_default_over": 1, "search_default_near": 1}, "list"),
            (self.bum, {"search_default_over": 1, "search_default_near": 1}, "list"),
            (self.rep, {"search_default_mine": 1}, "kanban"),
            (self.sales, {"search_default_mine": 1}, "kanban"),
        ):
            server_action = self.env.ref(
                "customer_credit.customer_credit_account_action_overview"
            )
            action = server_action.with_user(user).run()
            self.assertEqual(action["context"], filters)
            self.assertEqual(action["views"][0][1], first)

    def test_overdue_days(self):
        today = fields.Date.today()
        self._system_write(oldest_due=today - timedelta(days=10))
        accounts = self.env["customer.credit.account"]
        other = accounts._get(self.stranger, self.company)
        both = self.account + other
        self.assertEqual((self.account.overdue_days, other.overdue_days), (10, 0))
        for operator, value, expected in (
            (">", 9, self.account),
            (">", 10, accounts),
            (">=", 10, self.account),
            (">=", 0, both),
            (">", 0, self.account),
            ("<", 10, other),
            ("<=", 10, both),
            ("<=", 0, other),
        ):
            with self.subTest(operator=operator, value=value):
                found = accounts.search(
                    [("id", "in", both.ids), ("overdue_days", operator, value)]
                )
                self.assertEqual(found, expected)


@tagged("post_install", "-at_install")
class TestCreditBand(CreditSightCommon):
    """The band above the quotation (F22, F26)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._limit(cls.customer, 1000.0)

    def _band(self, order, user=None):
        order = order.with_user(user or self.rep)
        order.invalidate_recordset()
        return order.credit_band, order.credit_message or ""

    def test_near_the_limit(self):
        self.assertEqual(self._band(self._order(700.0)), (False, ""))
        order = self._order(820.0, order_line=self._lines(820.0))
        band, message = self._band(order)
        self.assertEqual(band, "warning")
        self.assertEqual(
            message.replace("\xa0", " "),
            "82 % of the credit limit would be used.\n"
            "Limit $ 1,000.00 · used $ 0.00 · available $ 1,000.00 · this order "
            "$ 820.00.",
        )
        self.company.credit_warning_report = True
        band, message = self._band(order)
        self.assertEqual(band, "report")
        self.assertIn("Your superior's opinion is needed first.", message)
        action = order.with_user(self.rep).action_ask_credit_release()
        self.assertEqual(action["context"]["default_kind"], "report")
        self.assertEqual(action["context"]["default_order_ids"], order.ids)

    def _lines(self, amount):
        return [Command.create({"product_id": self.product.id, "price_unit": amount})]

    def test_own_warning_level(self):
        order = self._order(700.0)
        self._system_write(warning_percent=60.0)
        self.assertEqual(self._band(order)[0], "warning")

    def test_over_the_limit(self):
        order = self._order(1500.0)
        band, message = self._band(order)
        self.assertEqual(band, "danger")
        self.assertIn("150 % of the credit limit", message)
        self.company.credit_tolerance_percent = 60.0
        self.assertEqual(self._band(order)[0], "warning")

    def test_reasons(self):
        order = self._order(100.0)
        past = fields.Date.today() - timedelta(days=12)
        for values, sentence in (
            ({"control": "blocked"}, "Sales on credit to this customer are blocked."),
            (
                {"limit_amount": 0.0, "limit_today": 0.0},
                "No credit limit has been approved, only prepayment is possible.",
            ),
            ({"valid_until": past, "limit_today": 0.0}, "The limit expired on"),
            ({"frozen": True, "limit_today": 0.0}, "The limit is frozen"),
            ({"oldest_due": past}, "The oldest invoice is 12 days late (allowed: 7)."),
        ):
            with self.subTest(values=values), self.env.cr.savepoint() as savepoint:
                figures = {
                    name: values.pop(name)
                    for name in ("limit_today", "oldest_due")
                    if name in values
                }
                if values:
                    self._system_write(**values)
                if figures:
                    self._system_write(**figures)
                band, message = self._band(order)
                self.assertEqual(band, "danger")
                self.assertIn(sentence, message)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_several_reasons_and_paid_orders(self):
        order = self._order(1500.0)
        self._system_write(oldest_due=fields.Date.today() - timedelta(days=12))
        message = self._band(order)[1]
        self.assertIn("150 %", message)
        self.assertIn("12 days late", message)
        self._pay_online(order, 1500.0)
        self.assertEqual(self._band(order), (False, ""))

    def test_grace_and_switch(self):
        order = self._order(100.0)
        self._system_write(oldest_due=fields.Date.today() - timedelta(days=7))
        self.assertEqual(self._band(order), (False, ""))
        self._system_write(oldest_due=fields.Date.today() - timedelta(days=8))
        self.assertEqual(self._band(order)[0], "danger")
        self.company.credit_check_overdue = False
        self.assertEqual(self._band(order), (False, ""))

    def test_follows_the_lines(self):
        with Form(self._order(700.0)) as form:
            self.assertFalse(form.credit_band)
            with form.order_line.edit(0) as line:
                line.product_uom_qty = 9
            self.assertEqual(form.credit_band, "warning")
            self.assertIn("90 %", form.credit_message)
            with form.order_line.edit(0) as line:
                line.product_uom_qty = 11
            self.assertEqual(form.credit_band, "danger")

    def test_ordering_customer_counts_as_well(self):
        self._limit(self.stranger, 5000.0)
        order = self._order(1500.0, partner_invoice_id=self.stranger.id)
        self.assertEqual(self._band(order)[0], "danger")
        self.assertEqual(order.with_user(self.rep).credit_account_id, self.account)

    def test_light_alone(self):
        """The sentence is the same whatever the amount, and has no figure."""
        for status, sentence in (
            ("normal", ""),
            (
                "warning",
                "The customer is near the credit limit. Ask",
            ),
            ("hold", "The customer's credit is on hold."),
        ):
            self._system_write(status=status, usage=81.0, exposure=810.0)
            messages = set()
            for amount in (100.0, 500.0, 5000.0):
                order = self._order(amount, user=self.rep2)
                messages.add(self._band(order, self.rep2))
            [(band, message)] = messages
            self.assertEqual(
                band, {"warning": "warning", "hold": "danger"}.get(status, False)
            )
            self.assertNotRegex(message, r"\d")
            self.assertTrue(message.startswith(sentence.split(" Ask")[0]))

    def test_decisions(self):
        order = self._order(1500.0)
        hold = order.with_user(self.rep)._credit_put_on_hold("Pays on delivery.")
        band, message = self._band(order)
        self.assertEqual(band, "info")
        self.assertIn("Marketing Director", message)
        hold.with_user(self.mdo).action_reject("Never again.")
        self.assertEqual(order.credit_state, "refused")
        band, message = self._band(order)
        self.assertEqual(band, "danger")
        self.assertIn("Never again.", message)
        self.assertEqual(
            self._band(order, self.rep2), ("danger", "The release was refused.")
        )

    def test_confirmed_order_has_no_band(self):
        order = self._confirmed(900.0)
        self.assertEqual(order.credit_state, "warning")
        self.assertEqual(self._band(order), (False, ""))

    def test_uncontrolled_customer(self):
        self._system_write(control="none")
        self.assertEqual(self._band(self._order(5000.0)), (False, ""))


@tagged("post_install", "-at_install")
class TestCreditAlert(CreditSightCommon):
    """Told in time (F26)."""

    def _todos(self, user=None):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "customer.credit.account"),
                ("res_id", "=", self.account.id),
                ("user_id", "=", (user or self.rep).id),
            ]
        )

    def _change(self, old, new):
        self._system_write(status=new)
        self.env["customer.credit.account"].with_user(self.sales)._on_status_changes(
            {self.account.id: (old, new)}
        )

    def test_worse(self):
        self._system_write(exposure=850000.0, available=137654.0, usage=86.1)
        self._change("normal", "warning")
        todo = self._todos()
        self.assertEqual(todo.summary, "Near the credit limit")
        self.assertIn("850,000.00", todo.note)
        self.assertEqual(todo.res_name, "Customer of the Rep")
        self.assertNotRegex(todo.summary, r"\d")
        self._change("warning", "hold")
        todo = self._todos()
        self.assertEqual(todo.summary, "Credit on hold")
        self.assertFalse(self._todos(self.rep2))
        # it is logged, too
        logged = self.account.message_ids.mapped("body")
        self.assertTrue(any("Near Limit → Credit on Hold" in body for body in logged))

    def test_orders_tell_when_they_cross_a_line(self):
        self._limit(self.customer, 1000.0)
        self._confirmed(700.0)
        self.assertFalse(self._todos())
        self._confirmed(150.0)
        self.assertEqual(self._todos().summary, "Near the credit limit")
        self._confirmed(50.0)
        self.assertEqual(len(self._todos()), 1, "once for each line")

    def test_better_is_told_to_nobody(self):
        self._change("normal", "hold")
        self.assertTrue(self._todos())
        messages = len(self.account.message_ids)
        self._change("hold", "warning")
        self.assertFalse(self._todos())
        self.assertEqual(len(self.account.message_ids), messages + 1)

    def test_new_account(self):
        self._change(None, "hold")
        self.assertEqual(len(self._todos()), 1)

    def test_who_may_not_read_is_not_told(self):
        self.customer.user_id = self.rep2
        other_company = self.env["res.company"].create({"name": "Elsewhere"})
        self.rep2.write(
            {
                "company_ids": [Command.set(other_company.ids)],
                "company_id": other_company.id,
            }
        )
        self._change("normal", "hold")
        self.assertFalse(self._todos(self.rep2))
        self.assertTrue(self._todos())

    def test_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.rep.lang = "fr_FR"
        self._system_write(exposure=850000.0)
        self._change("normal", "hold")
        self.assertIn("850&nbsp;000,00", self._todos().note)

    def test_what_happened(self):
        kind = self.env.ref("customer_credit.customer_credit_event_kind_dishonour")
        self.account._alert(kind)
        self.assertEqual(self._todos().summary, kind.name)
        self._change("hold", "normal")
        self.assertTrue(self._todos(), "what happened stays to do")

    def test_more_use(self):
        accounts = self.env["customer.credit.account"]
        self.company.credit_alert_percent = 20.0
        # nothing was told yet: no alert for what was so before
        self._set_told(None)
        self._system_write(usage=50.0)
        accounts._cron_alert()
        self.assertFalse(self._todos())
        self._system_write(usage=69.0)
        accounts._cron_alert()
        self.assertFalse(self._todos())
        self._system_write(usage=70.0)
        accounts._cron_alert()
        self.assertEqual(self._todos().summary, "More of the credit limit is used")
        accounts._cron_alert()
        self.assertEqual(len(self._todos()), 1)
        # a fall is remembered and told to nobody
        self._todos().unlink()
        self._system_write(usage=30.0)
        accounts._cron_alert()
        self.assertFalse(self._todos())
        self._system_write(usage=50.0)
        accounts._cron_alert()
        self.assertEqual(len(self._todos()), 1)

    def test_more_use_off(self):
        self.company.credit_alert_percent = 0.0
        self._set_told(0.0)
        self._system_write(usage=90.0)
        self.env["customer.credit.account"]._cron_alert()
        self.assertFalse(self._todos())

    def _set_told(self, usage):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_credit_account SET alerted_usage = %s WHERE id = %s",
            [usage, self.account.id],
        )
        self.env.invalidate_all()

    def test_guarded(self):
        with self.assertRaises(AccessError):
            self._rpc(
                self.fin,
                "customer.credit.account",
                "write",
                self.account.ids,
                {"alerted_usage": 99.0},
            )

    def test_queries_do_not_grow(self):
        accounts = self.env["customer.credit.account"]
        partners = self.env["res.partner"].create(
            [{"name": f"C{i}", "user_id": self.rep.id} for i in range(12)]
        )
        accounts._create_missing(self.company, partners.ids)
        made = accounts.search([("partner_id", "in", partners.ids)], order="id")
        made._system_write({"status": "hold"})
        counts = []
        for batch in (made[:2], made[2:12]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            accounts.with_context(mail_activity_quick_update=True)._on_status_changes(
                dict.fromkeys(batch.ids, ("normal", "hold"))
            )
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 5)
