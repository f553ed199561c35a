from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-30")
class TestPaymentRecord(CustomerCreditCommon):
    """M25, M26 and M27: what accounting knows of a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._limit(cls.customer, 10000000.0)
        cls._limit(cls.stranger, 10000000.0)
        cls.bank = cls.company_data["default_journal_bank"]
        cls.manual = cls.bank.inbound_payment_method_line_ids[0]
        cls.manual.name = "Transfer"
        cls.cheque = cls.manual.copy({"name": "Cheque", "journal_id": cls.bank.id})

    def _due_invoice(self, amount, due, **values):
        """Return an invoice made 30 days before it is due."""
        return self._invoice(
            amount,
            invoice_date=due - timedelta(days=30),
            invoice_date_due=due,
            invoice_payment_term_id=False,
            **values,
        )

    def _pay(self, invoice, amount, day, method=None):
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "payment_date": day,
                    "amount": amount,
                    "journal_id": self.bank.id,
                    "payment_method_line_id": (method or self.manual).id,
                }
            )
            ._create_payments()
        )

    def _refund(self, invoice, amount):
        refund = self._invoice(amount, move_type="out_refund")
        lines = (invoice | refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        return refund

    def _record(self, account=None, **values):
        account = account or self.account
        return account._get_payment_records(**values)[account]

    # ------------------------------------------------------------ M25

    def test_nothing_to_count(self):
        record = self._record()
        self.assertIsNone(record.delay)
        self.assertIsNone(record.on_time)
        self.assertIsNone(record.margin)
        self.assertIsNone(record.margin_covered)
        self.assertIsNone(record.first_invoice_date)
        self.assertEqual((record.paid, record.turnover, record.recovered), (0, 0, {}))
        self.assertEqual(self.account.browse()._get_payment_records(), {})
        self.assertEqual(self.account.payment_record, "")

    def test_partial_late_and_early_payments(self):
        """600 in time, 400 twenty days late, 500 five days early."""
        first = self._due_invoice(1000.0, date(2026, 3, 31))
        second = self._due_invoice(500.0, date(2026, 5, 10))
        self._pay(first, 600.0, date(2026, 3, 31))
        self._pay(first, 400.0, date(2026, 4, 20), self.cheque)
        self._pay(second, 500.0, date(2026, 5, 5))
        record = self._record()
        self.assertEqual(record.paid, 1500.0)
        self.assertAlmostEqual(record.delay, (400 * 20 - 500 * 5) / 1500)
        self.assertAlmostEqual(record.on_time, 1100 / 1500 * 100)
        self.assertEqual(record.mix, {"Transfer": 1100.0, "Cheque": 400.0})
        shown = self.account.with_user(self.rep).payment_record.replace(
            "\N{NO-BREAK SPACE}", " "
        )
        self.assertEqual(
            sorted(shown.split("\n")),
            [
                "$ 1,500.00 paid in 12 months: 73 % on time, 3.7 days late on average.",
                "Cheque: $ 400.00",
                "Received in 2026: $ 1,500.00",
                "Transfer: $ 1,100.00",
            ],
        )

    def test_credit_notes_and_entries_are_no_payment(self):
        invoice = self._due_invoice(1000.0, date(2026, 3, 31))
        self._refund(invoice, 300.0)
        self._pay(invoice, 700.0, date(2026, 4, 10))
        record = self._record()
        self.assertEqual(record.paid, 700.0)
        self.assertEqual(record.delay, 10.0)
        self.assertEqual(record.on_time, 0.0)
        self.assertEqual(record.recovered, {2026: 700.0})

    def test_window(self):
        """The day a year ago is out, the day after it is in."""
        for day in (date(2025, 6, 30), date(2025, 7, 1)):
            self._pay(self._due_invoice(100.0, day - timedelta(days=3)), 100.0, day)
        self.assertEqual(self._record().paid, 100.0)
        self.assertEqual(self._record(months=13).paid, 200.0)

    def test_payment_by_bank_statement(self):
        invoice = self._due_invoice(250.0, date(2026, 5, 31))
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-06-02",
                "payment_ref": "Transfer of the customer",
                "partner_id": self.customer.id,
                "amount": 250.0,
            }
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        receivable = invoice.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        suspense.with_context(
            force_delete=True, skip_readonly_check=True
        ).account_id = receivable.account_id
        (suspense + receivable).reconcile()
        self.assertTrue(invoice.currency_id.is_zero(invoice.amount_residual))
        record = self._record()
        self.assertEqual(record.delay, 2.0)
        self.assertEqual(record.mix, {"Bank Statement": 250.0})
        self.assertEqual(record.recovered, {2026: 250.0})

    def test_contacts_pay_for_their_customer_only(self):
        self._pay(
            self._due_invoice(100.0, date(2026, 5, 31), partner=self.contact),
            100.0,
            date(2026, 5, 31),
        )
        self._pay(
            self._due_invoice(900.0, date(2026, 5, 31), partner=self.stranger),
            900.0,
            date(2026, 6, 30),
        )
        record = self._record()
        self.assertEqual((record.paid, record.delay), (100.0, 0.0))

    def test_two_companies_and_foreign_currency(self):
        """Recomputed item by item: partial and late payments in two currencies, and
        nothing of another company."""
        foreign = self.setup_other_currency(
            "EUR", rates=[("2020-01-01", 2.0), ("2026-04-01", 4.0)]
        )
        type(self).product_category = self.product_category.with_env(self.env)
        other = self.setup_other_company(name="Other Company")
        first = self._due_invoice(1000.0, date(2026, 3, 31))
        second = self._due_invoice(800.0, date(2026, 3, 31), currency_id=foreign.id)
        self._pay(first, 250.0, date(2026, 3, 1))
        self._pay(first, 750.0, date(2026, 6, 1), self.cheque)
        self._pay(second, 300.0, date(2026, 3, 31))
        self._pay(second, 500.0, date(2026, 5, 15))
        elsewhere = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": other["company"].id,
                "journal_id": other["default_journal_sale"].id,
                "partner_id": self.customer.id,
                "invoice_date": "2026-05-01",
                "invoice_date_due": "2026-05-01",
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": 5000, "tax_ids": []})
                ],
            }
        )
        elsewhere.action_post()
        record = self._record()

        due_by_move = {move: move.invoice_date_due for move in first | second}
        paid, delayed, on_time = 0.0, 0.0, 0.0
        items = (first | second).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        for partial in items.matched_credit_ids:
            if not partial.credit_move_id.move_id.origin_payment_id:
                continue  # a difference of the rates
            days = (
                partial.credit_move_id.date - due_by_move[partial.debit_move_id.move_id]
            ).days
            paid += partial.amount
            delayed += partial.amount * days
            on_time += partial.amount if days <= 0 else 0.0
        # 300 at 2.0 and 500 at 4.0 to the euro
        self.assertAlmostEqual(paid, 1000.0 + 150.0 + 125.0)
        self.assertAlmostEqual(record.paid, paid)
        self.assertAlmostEqual(record.delay, delayed / paid)
        self.assertAlmostEqual(record.on_time, on_time / paid * 100)
        self.assertEqual(record.turnover, 1000.0 + 400.0)
        self.assertAlmostEqual(record.recovered_total, 1275.0)

        account = self.env["customer.credit.account"]._get(
            self.customer, other["company"]
        )
        records = (self.account + account)._get_payment_records()
        self.assertEqual(records[self.account], record)
        self.assertEqual(records[account].turnover, 5000.0)
        self.assertEqual(records[account].paid, 0.0)

    # ------------------------------------------------------------ M26

    def test_recovered_by_year(self):
        for day, amount in (
            (date(2026, 1, 1), 100.0),
            (date(2025, 12, 31), 200.0),
            (date(2024, 1, 1), 400.0),
            (date(2023, 12, 31), 800.0),
        ):
            self._pay(self._due_invoice(amount, day), amount, day)
        record = self._record()
        self.assertEqual(record.recovered, {2026: 100.0, 2025: 200.0, 2024: 400.0})
        self.assertEqual(record.recovered_total, 700.0)
        self.assertEqual(self._record(years=4).recovered_total, 1500.0)
        self.assertEqual(record.first_invoice_date, date(2023, 12, 1))

    def test_margin_at_the_cost_of_the_sale(self):
        """Sales 1,000 at cost 600, half of them invoiced; an invoice of 500 without
        an order has no cost and is told as not covered."""
        self.product.standard_price = 60.0
        order = self._confirmed(1000.0)
        self.product.standard_price = 90.0
        order.order_line.qty_delivered = 10
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-06-01"
        invoice.invoice_line_ids.quantity = 5
        invoice.action_post()
        self.assertEqual(invoice.amount_untaxed, 500.0)
        self._invoice(500.0)
        record = self._record()
        self.assertAlmostEqual(record.margin, (500 - 5 * 60) / 500 * 100)
        self.assertAlmostEqual(record.margin_covered, 50.0)

    def test_margin_in_dozens_and_in_foreign_currency(self):
        """Two dozen at 10 euro a piece, cost 12 in a company whose euro is 0.5."""
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": foreign.id}
        )
        self.product.standard_price = 3.0
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
                            "product_uom_qty": 2,
                            "price_unit": 120.0,
                        }
                    )
                ],
            }
        )
        self.assertEqual(order.order_line.purchase_price, 72.0)
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.invoice_line_ids.write(
            {
                "product_uom_id": self.env.ref("uom.product_uom_unit").id,
                "quantity": 24,
                "price_unit": 10.0,
            }
        )
        invoice.action_post()
        self.assertEqual(invoice.amount_untaxed_signed, 120.0)
        self.assertAlmostEqual(self._record().margin, (120 - 24 * 3) / 120 * 100)

    def test_margin_of_credit_notes(self):
        """What comes back takes its cost with it."""
        self.product.standard_price = 60.0
        order = self._confirmed(1000.0)
        invoice = order._create_invoices()
        invoice.action_post()
        refund = invoice._reverse_moves([{"invoice_date": "2026-06-20"}])
        refund.invoice_line_ids.quantity = 4
        refund.action_post()
        record = self._record()
        self.assertAlmostEqual(record.margin, (600 - 6 * 60) / 600 * 100)
        self.assertAlmostEqual(record.margin_covered, 100.0)
        self.assertEqual(record.turnover, 600.0)

    # ------------------------------------------------------------ M27

    def _rated(self, **terms):
        scheme = self.env["customer.credit.scheme"].create({"name": "Own"})
        rating = self.env["customer.credit.rating"].create(
            {"name": "Fair", "code": "fair", "scheme_id": scheme.id}
        )
        rule = self.env["customer.credit.rule"].create(
            {
                "name": "Terms",
                "scheme_id": scheme.id,
                "valid_from": "2026-01-01",
                "line_ids": [Command.create({"rating_id": rating.id, **terms})],
            }
        )
        rule._system_write({"approval_state": "approved"})
        return rating

    def test_suggested_limit(self):
        """120,000 in 12 months are 10,000 a month; for 60 days with a coefficient of
        1.2 that is 24,000, unless the rating or the cap allows less."""
        invoice = self._invoice(130000.0)
        self._refund(invoice, 10000.0)
        self._invoice(70000.0, invoice_date=date(2025, 6, 30))
        terms = {"term_days": 60, "coefficient": 1.2}
        rating = self._rated(max_amount=50000.0, **terms)
        account = self.account
        suggestion = account._get_limit_suggestions({account: rating})[account]
        self.assertEqual(suggestion.amount, 24000.0)
        self.assertEqual(suggestion.monthly_sales, 10000.0)
        self.assertEqual(suggestion.maximum, 50000.0)
        self.assertIsNone(suggestion.cap)
        self.assertEqual((suggestion.term_days, suggestion.coefficient), (60, 1.2))
        self.assertEqual(account._suggest_limits({account: rating}), {account: 24000.0})

        rating.scheme_id.is_leading = False
        lower = self._rated(max_amount=20000.0, **terms)
        self.assertEqual(account._suggest_limits({account: lower})[account], 20000.0)

        # the cap stands in euros: 30,000 at 2 to one of ours
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self.company.write(
            {
                "credit_has_cap": True,
                "credit_cap_amount": 30000.0,
                "credit_cap_currency_id": foreign.id,
            }
        )
        suggestion = account._get_limit_suggestions({account: rating})[account]
        self.assertEqual((suggestion.amount, suggestion.cap), (15000.0, 15000.0))
        self.company.credit_cap_amount = 0.0
        self.assertEqual(account._suggest_limits({account: rating})[account], 0.0)

    def test_maximum_in_foreign_currency(self):
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self._invoice(1200000.0)
        rating = self._rated(max_amount=5000.0, currency_id=foreign.id)
        self.assertEqual(
            self.account._suggest_limits({self.account: rating})[self.account], 2500.0
        )

    def test_no_terms_no_suggestion(self):
        self._invoice(1200.0)
        rating = self.env["customer.credit.rating"]
        suggestions = self.account._get_limit_suggestions({self.account: rating})
        self.assertEqual(suggestions[self.account].amount, 0.0)
        self.assertIsNone(suggestions[self.account].maximum)
        self.assertEqual(suggestions[self.account].monthly_sales, 100.0)

    # ------------------------------------------------------------ any number

    def test_queries_do_not_grow(self):
        rating = self._rated(max_amount=5000.0)
        accounts = self.account.browse()
        for number in range(6):
            customer = self.env["res.partner"].create(
                {"name": f"Customer {number}", "is_company": True}
            )
            accounts += self._limit(customer, 1000.0)
            invoice = self._due_invoice(100.0, date(2026, 5, 1), partner=customer)
            self._pay(invoice, 100.0, date(2026, 5, 4))
        schemes = self.env.ref("customer_credit.customer_credit_scheme_score")
        schemes += self.env.ref("customer_credit.customer_credit_scheme_class")

        def count(chosen):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records = chosen._get_payment_records()
            self.assertEqual({record.delay for record in records.values()}, {3.0})
            chosen._suggest_limits(dict.fromkeys(chosen, rating))
            for scheme in schemes:
                self.assertEqual(len(scheme._propose(chosen)), len(chosen))
            return self.env.cr.sql_log_count - before

        count(accounts)  # fill the caches of the registry
        self.assertEqual(count(accounts), count(accounts[0]))
