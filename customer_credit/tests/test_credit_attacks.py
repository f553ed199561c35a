from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CustomerCreditCommon
from .papers import PapersCase


@tagged("post_install", "-at_install")
class TestCreditAttacks(CustomerCreditCommon):
    """Ways past the limit that lead through what the verdict is counted from."""

    def assertRefused(self, exception, call):
        with self.assertRaises(exception):
            call()
            self.env.flush_all()

    # ------------------------------------------------------------ the order's figures

    def test_total_is_not_written(self):
        order = self._order(1500.0)
        self.assertRefused(
            AccessError,
            lambda: self._rpc(
                self.rep, order, "write", {"amount_total": 1.0, "state": "sale"}
            ),
        )
        values = {"partner_id": self.customer.id, "state": "sale", "amount_total": 1.0}
        self.assertRefused(
            AccessError,
            lambda: self.env["sale.order"].with_user(self.rep).create(values),
        )

    def test_order_does_not_drop_out_of_the_exposure(self):
        order = self._confirmed(900.0)
        self.assertRefused(
            AccessError,
            lambda: self._rpc(self.rep, order, "write", {"invoice_status": "invoiced"}),
        )
        for values in (
            {"invoice_status": "invoiced"},
            {"qty_invoiced": 9.0},
            {"qty_to_invoice": 0.0},
            {"is_downpayment": True},
            {"untaxed_amount_to_invoice": 0.0},
        ):
            line = order.order_line
            with self.subTest(values=values):
                self.assertRefused(
                    AccessError,
                    lambda line=line, values=values: self._rpc(
                        self.rep, line, "write", values
                    ),
                )
        # the same through the form
        command = Command.update(order.order_line.id, {"qty_invoiced": 9.0})
        self.assertRefused(
            AccessError,
            lambda: self._rpc(
                self.rep, order, "web_save", {"order_line": [command]}, {}
            ),
        )
        self.assertEqual(self._exposure(), 900.0)

    def test_invoice_of_somebody_else_does_not_make_room(self):
        other = self._limit(self.stranger, 5000.0).partner_id
        line = self._invoice(900.0, other).invoice_line_ids
        order = self._confirmed(900.0)
        self.assertRefused(
            AccessError,
            lambda: self._rpc(
                self.rep,
                order.order_line,
                "write",
                {"invoice_lines": [Command.link(line.id)]},
            ),
        )
        self.assertEqual(self._exposure(), 900.0)

    def test_payment_of_somebody_else_is_no_payment(self):
        other = self._order(1500.0, partner_id=self.stranger.id)
        transaction = self._pay_online(other, 1500.0)
        order = self._order(1500.0)
        for user in (self.rep, self.fin):
            self.assertRefused(
                AccessError,
                lambda user=user: self._rpc(
                    user,
                    order,
                    "write",
                    {"transaction_ids": [Command.link(transaction.id)]},
                ),
            )
        self.assertRefused(RedirectWarning, order.action_confirm)

    # ------------------------------------------------------------ moving contacts

    def test_contact_with_orders_does_not_come_back_over_the_limit(self):
        self.company.credit_default_control = "none"
        self._confirmed(
            900.0, partner_id=self.contact.id, partner_invoice_id=self.contact.id
        )
        self.contact.parent_id = False
        self.assertEqual(self._exposure(), 0.0)
        self._confirmed(900.0)
        self.assertRefused(
            RedirectWarning,
            lambda: self.contact.write({"parent_id": self.customer.id}),
        )

    def test_customer_does_not_name_another_commercial_entity(self):
        self._limit(self.stranger, 5000.0)
        self.assertRefused(
            ValidationError,
            lambda: self.customer.write({"commercial_partner_id": self.stranger.id}),
        )

    def test_account_stays_with_its_customer(self):
        self._limit(self.stranger, 0.0)
        third = self.env["res.partner"].create({"name": "Third", "is_company": True})
        for values in ({"partner_id": third.id}, {"company_id": self.company.id}):
            self.assertRefused(
                UserError,
                lambda values=values: self._rpc(
                    self.fin, self.account, "write", values
                ),
            )
        self.assertEqual(self.account.partner_id, self.customer)

    # ------------------------------------------------------------ money given back

    def test_refunded_payment_is_no_payment(self):
        order = self._order(1500.0)
        transaction = self._pay_online(order, 1500.0)
        self.assertEqual(order.credit_received_amount, 1500.0)
        refund = transaction._create_child_transaction(1500.0, is_refund=True)
        refund.state = "done"
        self.assertEqual(order.sudo()._credit_get_received(), 0.0)
        self.assertEqual(self._exposure(), 0.0)
        self.assertRefused(RedirectWarning, order.action_confirm)

    def test_payment_taken_back_is_no_payment(self):
        order = self._order(1500.0)
        transaction = self._pay_online(order, 1500.0)
        payment = self._book(transaction)
        payment.action_post()
        self.assertEqual(order.sudo()._credit_get_received(), 1500.0)
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(order.sudo()._credit_get_received(), 0.0)
        self.assertEqual(self._exposure(), 0.0)
        self.assertRefused(RedirectWarning, order.action_confirm)

    def test_payment_captured_in_parts_counts_once(self):
        order = self._confirmed(900.0)
        transaction = self._pay_online(order, 900.0, state="draft")
        for amount in (500.0, 400.0):
            transaction._create_child_transaction(amount).state = "done"
        transaction.state = "done"
        self.assertEqual(self._exposure(), 0.0)
        self.assertEqual(order.sudo()._credit_get_received(), 900.0)

    def _book(self, transaction, account=True):
        journal = self.company_data["default_journal_bank"]
        if account:
            journal.inbound_payment_method_line_ids.payment_account_id = (
                self.company_data["default_account_assets"]
            )
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": transaction.partner_id.id,
                "amount": transaction.amount,
                "journal_id": journal.id,
            }
        )
        transaction.payment_id = payment
        return payment

    # ------------------------------------------------------------ invoices

    def _invoice_of(self, order):
        return order._create_invoices().with_user(self.fin)

    def test_invoice_beyond_its_order_is_judged(self):
        order = self._confirmed(900.0)
        invoice = self._invoice_of(order)
        invoice.invoice_line_ids.quantity = 50
        self.assertRefused(UserError, invoice.action_post)
        invoice.invoice_line_ids.quantity = 9
        invoice.action_post()
        self.assertEqual(self._exposure(), 900.0)

    def test_part_of_a_free_order_is_judged(self):
        """What makes the order free is not invoiced with it."""
        order = self._order(
            0.0,
            order_line=[
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": 1,
                        "price_unit": price,
                    }
                )
                for product, price in (
                    (self.product, 5000.0),
                    (self.product_delivered, -5000.0),
                )
            ],
        )
        order.action_confirm()
        invoice = self._invoice_of(order)
        self.assertEqual(invoice.amount_total, 5000.0)
        self.assertRefused(UserError, invoice.action_post)

    def test_order_of_somebody_else_stands_behind_no_invoice(self):
        other = self._limit(self.stranger, 5000.0).partner_id
        invoice = self._invoice_of(self._confirmed(3000.0, partner_id=other.id))
        invoice.partner_id = self.customer
        self.assertRefused(UserError, invoice.action_post)

    def test_cancelled_order_stands_behind_no_invoice(self):
        order = self._confirmed(900.0)
        invoice = self._invoice_of(order)
        invoice.invoice_line_ids.price_unit = 10.0
        order.with_user(self.env.user).action_cancel()
        self._confirmed(900.0)
        invoice.state = "draft"
        invoice.invoice_line_ids.price_unit = 100.0
        self.assertRefused(UserError, invoice.action_post)

    # ------------------------------------------------------------ restriction

    def test_old_quotation_counts_when_it_is_confirmed(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=60)):
            old = self._order(400.0)
            old_date = fields.Datetime.now()
            # the creation is the database's
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE sale_order SET create_date = %s WHERE id = %s",
                [old_date, old.id],
            )
            old.invalidate_recordset()
        self.account.with_user(self.fin).action_restrict("amount", "Late", 500.0, 30)
        old.write({"state": "sale", "date_order": old_date})
        self.assertRefused(RedirectWarning, self._order(400.0).action_confirm)

    def test_raising_an_old_order_is_restricted(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=60)):
            old = self._confirmed(100.0)
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE sale_order SET create_date = %s WHERE id = %s",
                [fields.Datetime.now(), old.id],
            )
            old.invalidate_recordset()
        self.account.with_user(self.fin).action_restrict("amount", "Late", 500.0, 30)
        self.assertRefused(
            RedirectWarning, lambda: old.order_line.write({"product_uom_qty": 9})
        )
        old.order_line.product_uom_qty = 5

    # ------------------------------------------------------------ merging

    def test_merging_does_not_lift_what_holds_a_customer(self):
        for hold, expected in (
            (lambda account: account._freeze("Bad"), {"frozen": True}),
            (
                lambda account: account.with_user(self.fin).action_block("Bad"),
                {"control": "blocked"},
            ),
            (
                lambda account: account.with_user(self.fin).action_restrict(
                    "all", "Bad"
                ),
                {"restriction": "all"},
            ),
        ):
            other = self.env["res.partner"].create({"name": "O", "is_company": True})
            kept = self._limit(
                self.env["res.partner"].create({"name": "K", "is_company": True}), 9e6
            )
            held = self._limit(other, 100.0)
            hold(held)
            (kept | held)._fold(kept.partner_id)
            with self.subTest(expected=expected):
                self.assertRecordValues(kept, [expected])

    # ------------------------------------------------------------ deciding

    def test_terms_in_force_are_not_deleted(self):
        keeper = self._user("customer_archive.group_keeper", "keeper")
        rules = self.env["customer.credit.rule"].search(
            [("approval_state", "=", "approved")]
        )
        self.assertTrue(rules)
        for user in (keeper, self.fin):
            for rule in rules:
                self.assertRefused(
                    UserError,
                    lambda user=user, rule=rule: self._rpc(user, rule, "unlink"),
                )

    def test_rating_out_of_use_gives_no_limit(self):
        """Its terms would know no maximum."""
        scheme = self.env["customer.credit.scheme"].create({"name": "Old"})
        rating = self.env["customer.credit.rating"].create(
            {"name": "A", "code": "A", "scheme_id": scheme.id}
        )
        draft = self.env["customer.credit.assessment"].create(
            {
                "account_id": self.account.id,
                "rating_id": rating.id,
                "limit_amount": 9e6,
                "reason": "Big",
                "deviation_reason": "Big",
            }
        )
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for record, values, back in (
            (rating, {"active": False}, {"active": True}),
            (scheme, {"active": False}, {"active": True}),
            (scheme, {"company_id": company.id}, {"company_id": False}),
        ):
            record.write(values)
            self.assertRefused(UserError, draft.action_submit)
            record.write(back)
        draft.action_submit()

    # ------------------------------------------------------------ figures

    def test_cap_without_currency_is_in_company_currency(self):
        self._limit(self.customer, 5000.0)
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.company.currency_id.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 2.0,
            }
        )
        self.company.write(
            {
                "credit_has_cap": True,
                "credit_cap_amount": 1500.0,
                "credit_cap_currency_id": False,
            }
        )
        self.account._refresh_all()
        self.assertEqual(self.account.limit_today, self.company._get_credit_cap())
        self.assertEqual(self.account.limit_today, 1500.0)

    def test_shared_limit_is_capped(self):
        group = self.env["customer.credit.group"].create({"name": "Group"})
        group._system_write({"limit_amount": 5000.0})
        self.account._system_write({"group_id": group.id})
        self.assertEqual(self.account.limit_today, 5000.0)
        self.company.write({"credit_has_cap": True, "credit_cap_amount": 1500.0})
        self.account._refresh_all()
        self.assertEqual(self.account.limit_today, 1500.0)
        self.assertEqual(group.available, 1500.0)

    def test_limit_in_foreign_currency_is_rounded_once(self):
        currency = self.env["res.currency"].create({"name": "THR", "symbol": "T"})
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 3.0,
            }
        )
        # 666.666… is 666.67, and as much is allowed
        self._limit(self.customer, 2000.0, limit_currency_id=currency.id)
        order = self._order(
            666.67,
            order_line=[
                Command.create({"product_id": self.product.id, "price_unit": 666.67})
            ],
        )
        order.action_confirm()
        self.assertRecordValues(
            self.account,
            [{"limit_today": 666.67, "available": 0.0, "usage": 100.0}],
        )
        self.assertEqual(self.account.status, "warning")


@tagged("post_install", "-at_install")
@freeze_time("2030-01-31")
class TestCreditFigures(PapersCase, CustomerCreditCommon):
    """An accountant adds up by hand."""

    def _entry(self, payment):
        return payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _settle(self, payment, invoice):
        lines = self._entry(payment) + self._entry_of(invoice)
        lines.reconcile()

    def _entry_of(self, invoice):
        return invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def test_mixture(self):
        self._limit(self.customer, 100000.0)
        first = self._invoice(1000.0)
        self._settle(self._payment(300.0), first)  # 700 open
        self._payment(50.0)  # on account: -50
        credit = first._reverse_moves([{"invoice_date": first.invoice_date}])
        credit.invoice_line_ids.price_unit = 100.0
        credit.action_post()  # -100
        self._invoice(40.0, post=False)  # draft
        order = self._confirmed(500.0)  # 500, of which 200 are invoiced
        invoice = order._create_invoices().with_user(self.fin)
        invoice.invoice_line_ids.quantity = 2
        invoice.action_post()
        done = self._confirmed(300.0)
        done._create_invoices().with_user(self.fin).action_post()  # 300
        # two bills of one payment, one is settled; another replaced and one taken back
        both = self._payment(600.0)  # -600
        bills = self._bill(amount=200.0, payment_id=both.id)
        bills |= self._bill(number="2", amount=400.0, payment_id=both.id)  # 400
        bills[0].with_user(self.fin).action_settle()
        third = self._payment(80.0)  # -80
        delayed = self._bill(number="3", amount=80.0, payment_id=third.id)
        delayed.with_user(self.fin).action_delay("2030-06-30", "Later")
        self._bill(
            self.fin, number="4", amount=80.0, replaces_id=delayed.id
        )  # 80 instead of 80
        fourth = self._payment(60.0)
        bounced = self._bill(number="5", amount=60.0, payment_id=fourth.id)
        bounced.with_user(self.fin).action_dishonour("No money")
        bounced.with_user(self.fin).action_take_back_payment()  # nothing
        # 700 - 50 - 100 + 40 - 600 + 400 - 80 + 80 + 500 + 300
        self.assertEqual(self._exposure(), 1190.0)
        self.account._refresh_all()
        self.assertRecordValues(
            self.account,
            [
                {
                    "exposure": 1190.0,
                    "receivable_amount": 700 - 50 - 100 - 600 - 80 + 200 + 300,
                    "draft_amount": 40.0,
                    "bill_amount": 480.0,
                    "order_amount": 300.0,
                    "payment_amount": 0.0,
                    # the bill that bounced froze the limit
                    "available": -1190.0,
                    "usage": 100.0,
                    "status": "hold",
                }
            ],
        )
        items = self.env["customer.credit.item"].with_context(
            credit_account_id=self.account.id
        )
        self.assertAlmostEqual(sum(items.search([]).mapped("amount")), 1190.0)

    def test_instalments_and_the_turn_of_a_month(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Two",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        invoice = self._invoice(400.0, invoice_payment_term_id=terms.id)
        self.account._refresh_all()
        self.assertEqual(self.account.oldest_due, fields.Date.to_date("2030-01-31"))
        self.assertEqual(self.account.overdue_amount, 0.0)
        with freeze_time("2030-02-01"):
            self.account._refresh_all()
            self.assertEqual(self.account.overdue_amount, 200.0)
        self._settle(self._payment(200.0), invoice)
        for day, overdue in (("2030-02-28", 0.0), ("2030-03-03", 200.0)):
            with freeze_time(day):
                self.account._refresh_all()
                self.assertEqual(self.account.overdue_amount, overdue)
                self.assertEqual(
                    self.account.oldest_due, fields.Date.to_date("2030-03-02")
                )

    def test_reversed_payment_was_not_received(self):
        payment = self._payment(500.0)
        payment.move_id._reverse_moves(cancel=True)
        self._payment(20.0)
        record = self.account._get_payment_records()[self.account]
        self.assertEqual(record.recovered_total, 20.0)

    def test_payment_without_entry_counts_once(self):
        """Booked by the bank statement alone, as Odoo does by default."""
        journal = self.company_data["default_journal_bank"]
        journal.inbound_payment_method_line_ids.payment_account_id = False
        invoice = self._invoice(900.0)
        order = self._order(100.0)
        transaction = self._pay_online(order, 900.0)
        transaction.sale_order_ids = False
        payment = self._payment(900.0, post=False)
        transaction.payment_id = payment
        payment.invoice_ids = invoice
        payment.outstanding_account_id = False
        payment.action_post()
        self.assertFalse(payment.move_id)
        self.assertEqual(self._exposure(), 0.0)
        payment.action_validate()
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "partner_id": self.customer.id,
                "payment_ref": "900",
                "amount": 900.0,
                "date": "2030-01-31",
            }
        )
        suspense = statement.line_ids.filtered(
            lambda line: line.account_id == journal.suspense_account_id
        )
        suspense.account_id = self._entry_of(invoice).account_id
        (suspense + self._entry_of(invoice)).reconcile()
        self.assertEqual(self._exposure(), 0.0)
