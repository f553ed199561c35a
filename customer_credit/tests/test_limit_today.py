from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestLimitToday(CustomerCreditCommon):
    """What follows from the columns of an account on a day (F11, F16 to F21, F25)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env["res.currency"].create(
            {
                "name": "CRF",
                "symbol": "¢",
                "rate_ids": [
                    Command.create(
                        {
                            "name": "2020-01-01",
                            "rate": 4.0,
                            "company_id": cls.company.id,
                        }
                    )
                ],
            }
        )

    def _set(self, **values):
        self.account._system_write(values)
        return self.account.limit_today

    def _reasons(self, extra=0.0, partner=None):
        customer = partner or self.customer
        accounts = self.env["customer.credit.account"]
        rows = accounts._refresh(self.company, customer.ids)
        return accounts._get_hold_reasons(self.company, rows, {customer.id: extra})[
            customer.id
        ]

    # ------------------------------------------------------------ the limit

    @freeze_time("2031-03-10 08:00:00")
    def test_limit_of_a_day(self):
        self.assertEqual(self._set(limit_amount=1000.0), 1000.0)
        self.assertEqual(self._set(valid_until="2031-03-10"), 1000.0)
        self.assertEqual(self._set(valid_until="2031-03-09"), 0.0)
        self.assertEqual(
            self._set(exception_amount=1500.0, exception_until="2031-03-10"), 1500.0
        )
        self.assertEqual(self._set(exception_until="2031-03-09"), 0.0)
        self._set(valid_until=False, exception_until="2031-03-31")
        self.assertEqual(self.account.limit_today, 1500.0)
        self.assertEqual(self._set(exception_amount=400.0), 1000.0)
        self.assertEqual(
            self._set(counted_security=300.0, counted_security_until="2031-03-10"),
            1300.0,
        )
        self.assertEqual(self._set(counted_security_until="2031-03-09"), 1000.0)
        self.assertEqual(self._set(counted_security_until=False), 1300.0)
        self.company.write(
            {
                "credit_has_cap": True,
                "credit_cap_amount": 4800.0,
                "credit_cap_currency_id": self.foreign.id,
            }
        )
        self.account._refresh_all()
        self.assertEqual(self.account.limit_today, 1200.0)
        self.assertEqual(self._set(frozen=True), 0.0)
        self.assertEqual(self._set(reduced_amount=250.0), 250.0)
        self.assertEqual(self._set(reduced_amount=9000.0), 1200.0)

    def test_exception_falls_back_by_itself(self):
        with freeze_time("2031-03-10 08:00:00"):
            self._set(exception_amount=1500.0, exception_until="2031-03-20")
            self.assertEqual(self._reasons(1500.0), set())
            self.assertEqual(self._reasons(1500.01), {"over"})
        with freeze_time("2031-03-21 08:00:00"):
            self.assertEqual(self._reasons(1000.0), set())
            self.assertEqual(self._reasons(1500.0), {"over"})
            with self.assertRaises(RedirectWarning):
                self._order(1500.0).action_confirm()

    def test_limit_in_foreign_currency(self):
        """4 units are worth 1 of the company's."""
        self.assertEqual(
            self._set(limit_amount=2000.0, limit_currency_id=self.foreign.id), 500.0
        )
        self._confirmed(500.0)
        self.assertEqual(self.account.usage, 100.0)
        with self.assertRaises(RedirectWarning):
            self._order(100.0).action_confirm()

    def test_reasons_of_the_limit(self):
        self.assertEqual(self._reasons(1000.0), set())
        self.assertEqual(self._reasons(1000.01), {"over"})
        self._set(frozen=True)
        self.assertEqual(self._reasons(0.01), {"frozen"})
        self._set(frozen=False, limit_amount=0.0)
        self.assertEqual(self._reasons(0.0), set())
        self.assertEqual(self._reasons(0.01), {"no_limit"})
        self._set(limit_amount=5.0, valid_until="2020-01-01")
        self.assertEqual(self._reasons(0.01), {"expired"})
        self._set(control="blocked")
        self.assertEqual(self._reasons(0.01), {"blocked"})
        self._set(control="none")
        self.assertEqual(self._reasons(9999.0), set())

    def test_tolerance(self):
        self.company.credit_tolerance_percent = 5.0
        self.assertEqual(self._reasons(1050.0), set())
        self.assertEqual(self._reasons(1050.01), {"over"})
        self._confirmed(1050.0)
        self.assertEqual(self.account.available, -50.0)
        self.assertEqual(self.account.status, "warning")
        self.company.credit_tolerance_percent = 0.0
        self.account._refresh_all()
        self.assertEqual(self.account.status, "hold")

    # ------------------------------------------------------------ near (F22)

    def test_near_asks_for_a_report_from_the_warning_level_on(self):
        self.company.credit_warning_report = True
        self.assertEqual(self._reasons(799.99), set())
        self.assertEqual(self._reasons(800.0), {"near"})
        self.assertEqual(self._reasons(1000.0), {"near"})
        self.assertEqual(self._reasons(1000.01), {"over"})
        self._set(warning_percent=90.0)
        self.assertEqual(self._reasons(899.99), set())
        self.assertEqual(self._reasons(900.0), {"near"})
        self._confirmed(800.0)
        with self.assertRaisesRegex(RedirectWarning, "Report to your superior"):
            self._order(100.0).action_confirm()

    # ------------------------------------------------------------ late (F25)

    def test_late_items_hold_after_the_grace(self):
        with freeze_time("2031-03-01 08:00:00"):
            self._invoice(100.0, invoice_date_due="2031-03-10")
            self.assertEqual(self.account.oldest_due, fields.Date.to_date("2031-03-10"))
        with freeze_time("2031-03-17 08:00:00"):
            self.assertEqual(self._reasons(), set())
            self.assertEqual(self.account.overdue_amount, 100.0)
        with freeze_time("2031-03-18 08:00:00"):
            self.assertEqual(self._reasons(), {"overdue"})
            self.assertEqual(self.account.status, "hold")
            with self.assertRaisesRegex(RedirectWarning, "8 days late .allowed: 7"):
                self._order(100.0).action_confirm()
            order = self._order(100.0)
            self._pay_online(order, 100.0)
            order.action_confirm()
            self.assertEqual(order.state, "sale")
            self.company.credit_check_overdue = False
            self._confirmed(100.0)

    def test_credit_days_count_from_the_invoice(self):
        """Due by its own term or by the approved one, whichever is earlier (F11)."""
        with freeze_time("2031-03-01 08:00:00"):
            self._invoice(100.0, invoice_date_due="2031-05-30")
            self._set(term_days=30)
            self.assertEqual(self.account.oldest_due, fields.Date.to_date("2031-03-31"))
            self._set(term_days=0)
            self.assertEqual(self.account.oldest_due, fields.Date.to_date("2031-05-30"))

    def test_paid_and_credited_items_are_not_late(self):
        with freeze_time("2031-03-01 08:00:00"):
            invoice = self._invoice(100.0, invoice_date_due="2031-03-10")
        with freeze_time("2031-04-01 08:00:00"):
            invoice._reverse_moves([{"invoice_date": fields.Date.today()}], cancel=True)
            self.assertEqual(self._reasons(), set())
            self.assertFalse(self.account.oldest_due)

    # ------------------------------------------------------------ switches (M24)

    def test_switches_of_the_exposure(self):
        self._confirmed(300.0)
        self._invoice(200.0)
        self._invoice(100.0, post=False)
        self.assertEqual(self._exposure(), 600.0)
        self.company.credit_count_drafts = False
        self.assertEqual(self._exposure(), 500.0)
        self.company.credit_count_orders = False
        self.assertEqual(self._exposure(), 200.0)
        self.company.credit_count_drafts = True
        self.assertEqual(self._exposure(), 300.0)

    def test_draft_of_an_order_counts_once_whatever_is_switched_off(self):
        order = self._confirmed(300.0)
        invoice = order._create_invoices()
        for orders, drafts, expected in (
            (True, True, 300.0),
            (True, False, 300.0),
            (False, True, 300.0),
            (False, False, 0.0),
        ):
            self.company.write(
                {"credit_count_orders": orders, "credit_count_drafts": drafts}
            )
            self.assertEqual(self._exposure(), expected, (orders, drafts))
        invoice.action_post()
        self.assertEqual(self._exposure(), 300.0)

    def test_order_itself_counts_although_orders_do_not(self):
        self.company.credit_count_orders = False
        self._confirmed(1000.0)
        self.assertEqual(self._exposure(), 0.0)
        with self.assertRaises(RedirectWarning):
            self._order(1100.0).action_confirm()
        orders = self._order(600.0) + self._order(600.0)
        with self.assertRaises(RedirectWarning):
            orders.action_confirm()
        self.assertEqual(orders._credit_failing(), orders[1])

    # ------------------------------------------------------------ shared limit

    def _group(self, amount, **values):
        group = self.env["customer.credit.group"].create(
            {"name": "Holding", "company_id": self.company.id}
        )
        group._system_write({"limit_amount": amount, **values})
        self.other = self.env["res.partner"].create(
            {"name": "Sister", "is_company": True}
        )
        self.other_account = self._limit(self.other, 50.0, group_id=group.id)
        self.account._system_write({"group_id": group.id})
        return group

    def test_members_use_one_limit(self):
        group = self._group(900.0)
        self._confirmed(600.0)
        self._confirmed(200.0, partner_id=self.other.id)
        self.assertRecordValues(
            self.account + self.other_account,
            [
                {"exposure": 600.0, "limit_today": 900.0, "available": 100.0},
                {"exposure": 200.0, "limit_today": 900.0, "available": 100.0},
            ],
        )
        self.assertRecordValues(
            group, [{"exposure": 800.0, "available": 100.0, "usage": 88.9}]
        )
        with self.assertRaises(RedirectWarning):
            self._order(200.0, partner_id=self.other.id).action_confirm()
        with self.assertRaises(RedirectWarning):
            self._order(200.0).action_confirm()
        self._confirmed(100.0, partner_id=self.other.id)
        self.assertEqual(group.available, 0.0)

    def test_members_are_judged_together(self):
        self._group(900.0)
        orders = self._order(600.0) + self._order(400.0, partner_id=self.other.id)
        self.assertEqual(orders._credit_failing(), orders[1])
        with self.assertRaises(RedirectWarning):
            orders.action_confirm()

    def test_member_who_is_frozen_is_held_alone(self):
        self._group(900.0)
        self._set(frozen=True, reduced_amount=100.0)
        self._confirmed(800.0, partner_id=self.other.id)
        self._confirmed(100.0)
        self._set(frozen=True, reduced_amount=50.0)
        self.assertEqual(self._reasons(), {"frozen"})
        self.assertEqual(self._reasons(partner=self.other), set())

    def test_shared_limit_expires(self):
        self._group(900.0, valid_until="2031-03-10")
        with freeze_time("2031-03-10 08:00:00"):
            self.assertEqual(self._reasons(900.0), set())
        with freeze_time("2031-03-11 08:00:00"):
            self.assertEqual(self._reasons(0.01), {"no_limit"})

    # ------------------------------------------------------------ drill-down

    def _items(self, user):
        action = self.account.with_user(user).action_open_exposure()
        return (
            self.env["customer.credit.item"]
            .with_user(user)
            .with_context(**action["context"])
        )

    def test_items_are_the_rows_of_the_figure(self):
        self._confirmed(300.0)
        self._invoice(200.0)
        self._invoice(50.0, post=False)
        quotation = self._order(100.0)
        self._pay_online(quotation, 40.0)
        self._limit(self.stranger, 1000.0)
        self._confirmed(70.0, partner_invoice_id=self.stranger.id)
        items = self._items(self.rep).search([])
        self.account._refresh_all()
        self.assertEqual(sum(items.mapped("amount")), self.account.exposure)
        self.assertEqual(self.account.exposure, 620.0)
        self.assertEqual(
            sorted(items.mapped(lambda item: (item.source, item.amount))),
            [
                ("draft", 50.0),
                ("order", 70.0),
                ("order", 300.0),
                ("payment", -40.0),
                ("payment", 40.0),
                ("receivable", 200.0),
            ],
        )
        self.assertEqual(len(set(items.ids)), 6)
        order = items.filtered(lambda item: item.amount == 300.0)
        self.assertEqual(order.action_open_document()["res_model"], "sale.order")

    def test_items_are_for_readers_of_the_account(self):
        self._confirmed(300.0)
        item = self._items(self.fin).search([])
        self.assertEqual(item.amount, 300.0)
        stranger = item.with_user(self.sales)
        self.assertFalse(stranger.search([]))
        self.assertFalse(stranger._read_group([], ["source"], ["amount:sum"]))
        with self.assertRaises(AccessError):
            stranger.read(["amount"])
        self.assertFalse(self.env["customer.credit.item"].search([]))
        self.assertFalse(
            item.with_context(credit_account_id=[self.account.id]).search([])
        )

    def test_settings_form(self):
        user = self._user("base.group_system,customer_archive.group_admin", "system")
        with Form(self.env["res.config.settings"].with_user(user)) as form:
            form.credit_has_cap = True
            form.credit_cap_amount = 5000.0
            form.credit_cap_currency_id = self.company.currency_id
            form.credit_grace_days = 3
        form.save().execute()
        self.assertEqual(self.company.credit_cap_amount, 5000.0)
        self.assertEqual(self.company.credit_grace_days, 3)
