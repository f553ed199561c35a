import random

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import CustomerCreditCommon

# What each customer owes one company, from the meaning of M24: what was booked on
# receivable accounts, orders less what was posted of them, drafts without open order,
# less what came in online. Names nothing that the addon makes.
PLAIN_EXPOSURE = """
    WITH worth(currency_id, rate) AS (VALUES (%(own)s, 1.0), (%(foreign)s, %(rate)s)),
    part(partner_id, currency_id, amount) AS (
        SELECT line.partner_id, %(own)s, line.balance
          FROM account_move_line line
          JOIN account_account account ON account.id = line.account_id
         WHERE account.account_type = 'asset_receivable'
           AND line.parent_state = 'posted' AND line.company_id = %(company)s
         UNION ALL
        SELECT move.partner_id, move.currency_id, line.price_total
          FROM account_move move
          JOIN account_move_line line ON line.move_id = move.id
         WHERE move.state = 'draft' AND move.move_type = 'out_invoice'
           AND line.display_type = 'product' AND move.company_id = %(company)s
           AND NOT EXISTS (
               SELECT FROM sale_order_line_invoice_rel rel
                 JOIN sale_order_line ON sale_order_line.id = rel.order_line_id
                 JOIN sale_order ON sale_order.id = sale_order_line.order_id
                WHERE rel.invoice_line_id = line.id
                  AND sale_order.invoice_status = 'to invoice')
         UNION ALL
        SELECT sale_order.partner_invoice_id, sale_order.currency_id,
               sale_order_line.price_total - COALESCE((
                   SELECT SUM(line.price_total)
                     FROM sale_order_line_invoice_rel rel
                     JOIN account_move_line line ON line.id = rel.invoice_line_id
                    WHERE rel.order_line_id = sale_order_line.id
                      AND line.parent_state = 'posted'), 0)
          FROM sale_order
          JOIN sale_order_line ON sale_order_line.order_id = sale_order.id
         WHERE sale_order.state = 'sale' AND sale_order.company_id = %(company)s
           AND sale_order.invoice_status = 'to invoice'
         UNION ALL
        SELECT partner_id, currency_id, -amount
          FROM payment_transaction
         WHERE state = 'done' AND payment_id IS NULL AND company_id = %(company)s
    )
    SELECT partner.commercial_partner_id, ROUND(SUM(part.amount * worth.rate), 2)::float
      FROM part
      JOIN worth USING (currency_id)
      JOIN res_partner partner ON partner.id = part.partner_id
     WHERE partner.commercial_partner_id = ANY (%(customers)s)
  GROUP BY partner.commercial_partner_id
"""


@tagged("post_install", "-at_install")
class TestExposure(CustomerCreditCommon):
    """M24: what a customer owes is counted once, in company currency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._limit(cls.customer, 100000.0)

    def _figures(self, partner=None):
        customer = (partner or self.customer).commercial_partner_id
        return self.env["customer.credit.account"]._get_figures(self.company, customer)[
            customer.id
        ]

    def assertFigures(self, **expected):
        figures = self._figures()
        expected = {
            "receivable": 0.0,
            "draft": 0.0,
            "order": 0.0,
            "payment": 0.0,
            **expected,
        }
        self.assertEqual({name: figures[name] for name in expected}, expected)
        self.assertEqual(
            figures["exposure"],
            expected["receivable"]
            + expected["draft"]
            + expected["order"]
            + expected["payment"],
        )

    def _recomputed(self, customer):
        """Return the exposure by the ORM, record by record."""
        members = self.env["res.partner"].search(
            [("commercial_partner_id", "=", customer.id)]
        )
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "in", members.ids),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ]
        )
        total = sum(lines.mapped("amount_residual"))
        orders = self.env["sale.order"].search(
            [("state", "=", "sale"), ("company_id", "=", self.company.id)]
        )
        for order in orders:
            customers = (
                order.partner_id | order.partner_invoice_id
            ).commercial_partner_id
            if customer not in customers or order.invoice_status == "invoiced":
                continue
            invoiced = 0.0
            for line in order.order_line.invoice_lines:
                if line.parent_state == "posted":
                    sign = -1 if line.move_type == "out_refund" else 1
                    invoiced += sign * line.price_total
            rest = max(order.amount_total - invoiced, 0.0)
            total += order.currency_id._convert(
                rest, self.company.currency_id, self.company, fields.Date.today()
            )
        drafts = self.env["account.move"].search(
            [
                ("commercial_partner_id", "=", customer.id),
                ("state", "=", "draft"),
                ("move_type", "in", ("out_invoice", "out_receipt")),
                ("company_id", "=", self.company.id),
            ]
        )
        for line in drafts.invoice_line_ids:
            # the lines of an order that still counts itself are not counted here
            source = line.sale_line_ids.order_id
            if not source or source.invoice_status == "invoiced":
                total += line.currency_id._convert(
                    line.price_total,
                    self.company.currency_id,
                    self.company,
                    fields.Date.today(),
                )
        return self.company.currency_id.round(total)

    def test_order_then_invoice_then_payment_count_once(self):
        order = self._confirmed(1000.0)
        self.assertFigures(order=1000.0)
        invoice = order.sudo()._create_invoices()
        self.assertFigures(order=0.0, draft=1000.0)
        invoice.action_post()
        self.assertFigures(receivable=1000.0)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 400.0})._create_payments()
        self.assertFigures(receivable=600.0)
        self.assertEqual(self.account.exposure, 600.0)

    def test_down_payment_is_not_counted_twice(self):
        order = self._confirmed(1000.0)
        self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": 300.0,
            }
        ).create_invoices()
        order.sudo().invoice_ids.action_post()
        self.assertFigures(receivable=300.0, order=700.0)
        order._create_invoices(final=True).sudo().action_post()
        self.assertFigures(receivable=1000.0)

    def test_ordered_quantity_counts_whatever_was_delivered(self):
        order = self._confirmed(1000.0, product=self.product_delivered)
        order.order_line.qty_delivered = 4
        order._create_invoices().action_post()
        self.assertFigures(receivable=400.0, order=600.0)

    def test_credit_note_lowers_what_is_owed(self):
        invoice = self._invoice(500.0)
        self._invoice(200.0, move_type="out_refund")
        self.assertEqual(invoice.state, "posted")
        self.assertFigures(receivable=300.0)

    def test_unapplied_receipt_lowers_what_is_owed(self):
        self._invoice(500.0)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.customer.id,
                "amount": 200.0,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.assertFigures(receivable=300.0)

    def test_online_payment_counts_until_it_is_booked(self):
        order = self._confirmed(1000.0)
        self._pay_online(order, 1000.0)
        self.assertFigures(order=1000.0, payment=-1000.0)

    def test_foreign_amounts_are_converted_once(self):
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 0.5)])
        self._invoice(100.0, currency_id=currency.id)
        self.assertFigures(receivable=200.0)
        self._invoice(100.0, currency_id=currency.id, post=False)
        self.assertFigures(receivable=200.0, draft=200.0)

    def test_foreign_order_counts_at_the_rate_of_the_day(self):
        currency = self.setup_other_currency(
            "EUR", rates=[("2025-01-01", 0.5), ("2025-07-01", 0.25)]
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        with freeze_time("2025-06-30"):
            self._confirmed(100.0, pricelist_id=pricelist.id)
            self.assertFigures(order=200.0)
        with freeze_time("2025-07-01"):
            self.assertFigures(order=400.0)

    def test_company_is_given_and_not_ticked(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        self._invoice(500.0)
        figures = (
            self.env["customer.credit.account"]
            .with_context(allowed_company_ids=(self.company + other).ids)
            .sudo()
            ._get_figures(other, self.customer)
        )
        self.assertEqual(figures[self.customer.id]["exposure"], 0.0)

    def test_contacts_count_for_their_company(self):
        self._confirmed(300.0, partner_id=self.contact.id)
        self.assertFigures(order=300.0)

    def test_third_party_order_counts_for_both(self):
        self._limit(self.stranger, 5000.0)
        self._confirmed(300.0, partner_invoice_id=self.stranger.id)
        self.assertEqual(self._exposure(), 300.0)
        self.assertEqual(self._exposure(self.stranger), 300.0)

    def test_one_statement_for_many_customers_agrees_with_the_orm(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(8)]
        )
        for number, customer in enumerate(customers):
            self._limit(customer, 100000.0)
            self._confirmed(100.0 * (number + 1), partner_id=customer.id)
            self._invoice(50.0 * number, partner=customer, post=number % 2)
            if number % 3 == 0:
                self._confirmed(70.0, partner_id=customer.id)._create_invoices()
            if number % 4 == 0:
                self._confirmed(
                    90.0, partner_id=customer.id
                )._create_invoices().action_post()
        accounts = self.env["customer.credit.account"]
        self.env.flush_all()
        with self.assertQueryCount(1):
            figures = accounts._get_figures(self.company, customers)
        for customer in customers:
            self.assertEqual(
                figures[customer.id]["exposure"], self._recomputed(customer)
            )

    def test_figures_equal_plain_sql_in_two_companies_and_currencies(self):
        euro = self.env.ref("base.EUR")
        other = self._create_company(name="Second Company", currency_id=euro.id)
        rates = {self.company: 0.7345, other.with_env(self.env): 1.135}
        foreign = self.setup_other_currency("CHF", rates=[("2016-01-01", 0.5)])
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": foreign.id,
                    "company_id": company.id,
                    "name": "2020-01-01",
                    "rate": rate,
                }
                for company, rate in rates.items()
            ]
        )
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(30)]
        )
        contacts = self.env["res.partner"].create(
            [{"name": "Buyer", "parent_id": customer.id} for customer in customers]
        )
        mixture = random.Random(24)
        accounts = self.env["customer.credit.account"]
        amounts = set()
        for company, rate in rates.items():
            company.credit_default_control = "none"
            make = _Mixture(self.env, company, foreign, self.product)
            for customer, contact in zip(customers, contacts, strict=True):
                for kind in mixture.sample(make.kinds, mixture.randint(1, 3)):
                    partner = mixture.choice((customer, contact))
                    kind(partner, mixture.randrange(100, 99999) / 100)
            self.env.flush_all()
            plain = dict(
                self.env.execute_query(
                    SQL(
                        PLAIN_EXPOSURE,
                        own=company.currency_id.id,
                        foreign=foreign.id,
                        rate=1 / rate,
                        company=company.id,
                        customers=customers.ids,
                    )
                )
            )
            figures = accounts._get_figures(company, customers)
            found = {key: figure["exposure"] for key, figure in figures.items()}
            self.assertEqual(found, plain)
            accounts._create_missing(company, customers.ids)
            rows = accounts._refresh(company, customers.ids)
            self.assertEqual({key: row.exposure for key, row in rows.items()}, plain)
            amounts |= set(plain.values())
        self.assertGreater(len(amounts), 55, "the customers owe different amounts")

    def test_refresh_is_one_statement_for_many_accounts(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(30)]
        )
        accounts = self.env["customer.credit.account"]
        accounts._create_missing(self.company, customers.ids)
        accounts._refresh(self.company, customers[:1].ids)
        self.env.flush_all()
        with self.assertQueryCount(1):
            rows = accounts._refresh(self.company, customers.ids)
        self.assertEqual(len(rows), 30)

    def test_existing_customers_take_over_core_limits(self):
        first, second, third = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("A", "B", "C")]
        )
        self.company.credit_default_control = "none"
        for partner in (first, second):
            self._confirmed(400.0, partner_id=partner.id)
        first.with_company(self.company).credit_limit = 300.0
        accounts = self.env["customer.credit.account"].with_user(self.fin)
        made = accounts._create_for_existing_customers(self.company, "none", True)
        self.assertEqual(made, 2)
        by_partner = accounts.search([]).grouped("partner_id")
        self.assertRecordValues(
            by_partner[first],
            [
                {
                    "control": "limited",
                    "limit_amount": 300.0,
                    "exposure": 400.0,
                    "status": "hold",
                }
            ],
        )
        self.assertEqual(by_partner[second].control, "none")
        self.assertFalse(by_partner[first].activity_ids, "nothing has got worse")
        self.assertNotIn(third, by_partner)
        self.assertEqual(
            accounts._create_for_existing_customers(self.company, "limited", True), 0
        )

    def test_scheduled_job_brings_figures_up_to_date(self):
        self._confirmed(500.0)
        self.env.cr.execute(
            "UPDATE customer_credit_account SET exposure = 7, exposure_date = NULL"
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "customer_credit.ir_cron_refresh_credit_accounts"
            ).method_direct_trigger()
        self.assertEqual(self.account.exposure, 500.0)

    def test_expired_limit_turns_the_status_with_the_day(self):
        self._confirmed(100.0)
        self._limit(self.customer, 1000.0, valid_until="2031-03-31")
        with freeze_time("2031-03-31"):
            self.account._refresh_all()
            self.assertEqual(self.account.status, "normal")
            self.assertEqual(self.account.available, 900.0)
        with freeze_time("2031-04-01"):
            self.account._refresh_all()
            self.assertEqual(self.account.status, "hold")
            self.assertEqual(self.account.available, -100.0)


class _Mixture:
    """Makes documents of one company, in its currency and in another one."""

    def __init__(self, env, company, foreign, product):
        self.env = env(
            context={**env.context, "allowed_company_ids": company.ids},
        )
        self.company = company.with_env(self.env)
        self.bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
        )
        self.foreign = foreign
        self.product = product.with_env(self.env)
        self.pricelists = {
            currency: self.env["product.pricelist"].create(
                {
                    "name": currency.name,
                    "currency_id": currency.id,
                    "company_id": company.id,
                }
            )
            for currency in (self.company.currency_id, foreign)
        }
        self.provider = self.env["payment.provider"].create(
            {"name": "Test", "code": "none", "company_id": company.id}
        )
        self.method = self.env["payment.method"].create(
            {"name": "Wire", "code": f"wire_{company.id}"}
        )
        self.kinds = [
            self.order,
            self.foreign_order,
            self.order_partly_invoiced,
            self.foreign_order_partly_drafted,
            self.order_paid_online,
            self.invoice,
            self.foreign_invoice,
            self.foreign_draft,
            self.credit_note,
            self.invoice_partly_paid,
        ]

    def order(self, partner, amount, currency=None):
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "partner_invoice_id": partner.id,
                "pricelist_id": self.pricelists[
                    currency or self.company.currency_id
                ].id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "price_unit": amount}
                    )
                ],
            }
        )
        order.action_confirm()
        return order

    def foreign_order(self, partner, amount):
        return self.order(partner, amount, self.foreign)

    def order_partly_invoiced(self, partner, amount, currency=None, post=True):
        order = self.order(partner, amount, currency)
        order.order_line.product_uom_qty = 4
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 1
        if post:
            invoice.action_post()

    def foreign_order_partly_drafted(self, partner, amount):
        self.order_partly_invoiced(partner, amount, self.foreign, post=False)

    def order_paid_online(self, partner, amount):
        order = self.order(partner, amount)
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": order.name,
                "amount": amount / 2,
                "currency_id": order.currency_id.id,
                "partner_id": partner.id,
                "sale_order_ids": [Command.set(order.ids)],
                "operation": "online_direct",
            }
        )
        transaction.state = "done"

    def invoice(self, partner, amount, currency=None, kind="out_invoice", post=True):
        invoice = self.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": partner.id,
                "invoice_date": "2025-06-30",
                "currency_id": (currency or self.company.currency_id).id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )
        if post:
            invoice.action_post()
        return invoice

    def foreign_invoice(self, partner, amount):
        self.invoice(partner, amount, self.foreign)

    def foreign_draft(self, partner, amount):
        self.invoice(partner, amount, self.foreign, post=False)

    def credit_note(self, partner, amount):
        self.invoice(partner, amount, kind="out_refund")

    def invoice_partly_paid(self, partner, amount):
        invoice = self.invoice(partner, amount)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 0.55, "journal_id": self.bank.id})._create_payments()
