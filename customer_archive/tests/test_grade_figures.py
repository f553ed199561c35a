from odoo import Command
from odoo.tests import tagged

from .grade_billing import GradeBilling


@tagged("post_install", "-at_install")
class TestGradeFigures(GradeBilling):
    """What counts as bought, when and how much (E2)."""

    def _years(self, dossiers, date="2023-12-31"):
        """Return the amounts of 2023, 2022 and 2021."""
        return self._evaluate(dossiers, date).mapped(
            lambda evaluation: evaluation.year_amounts[:3]
        )[0]

    # ------------------------------------------------------------ orders

    def test_an_order_counts_on_its_day_at_the_office(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        dossier = self._dossier()
        for moment, amount in (
            ("2022-12-31 15:59:59", 1),
            ("2022-12-31 16:00:00", 10),
            ("2023-12-31 15:59:59", 100),
            ("2023-12-31 16:00:00", 1000),
        ):
            self._order(dossier, "2023-01-01", amount).date_order = moment
        self.assertEqual(self._years(dossier), [110, 1, 0])

    def test_which_orders_count(self):
        dossier = self._dossier()
        self._order(dossier, "2023-05-05", 1)
        self._order(dossier, "2023-05-05", 10).state = "draft"
        self._order(dossier, "2023-05-05", 100).action_cancel()
        contact = self._customer(
            "Wang", parent_id=dossier.partner_id.id, is_company=False
        )
        self._order(dossier, "2023-05-05", 1000, partner=contact)
        contact.action_archive()
        self._order(self._dossier(), "2023-05-05", 10000)
        self.assertEqual(self._years(dossier), [1001, 0, 0])

    def test_orders_of_an_archived_customer(self):
        dossier = self._dossier()
        self._order(dossier, "2023-05-05", 7)
        self.env.cr.execute(
            "UPDATE res_partner SET active = FALSE WHERE id = %s",
            [dossier.partner_id.id],
        )
        self.assertEqual(self._years(dossier), [7, 0, 0])

    def test_order_in_foreign_currency_at_its_own_rate(self):
        self._rate("2023-06-01", 4)
        dossier = self._dossier()
        pricelist = self._pricelist(self.half)
        for day, amount in (("2023-05-31", 200), ("2023-06-01", 400)):
            order = self._order(dossier, day, amount, pricelist_id=pricelist.id)
            self.assertEqual(order.currency_id, self.half)
        self.assertEqual(self._years(dossier), [200, 0, 0])

    # ------------------------------------------------------------ contracts

    def test_which_contracts_count(self):
        dossier = self._dossier()
        self._contract(dossier, "2023-03-03", 1)
        self._contract(dossier, "2023-03-03", 10, state="ended")
        self._contract(dossier, "2023-03-03", 100, state="review")
        self._contract(dossier, "2023-03-03", 1000, contract_type="cooperation")
        self._contract(dossier, "2024-01-01", 10000)
        self._contract(dossier, False, 100000)
        self._contract(dossier, "2022-03-03", 40, currency_id=self.half.id)
        self.assertEqual(self._years(dossier), [11, 20, 0])

    def test_contract_and_its_orders_count_once(self):
        dossier = self._dossier()
        contract = self._contract(dossier, "2022-12-01", 500)
        under = self._order(dossier, "2023-02-02", 300)
        self._order(dossier, "2023-02-02", 40)
        contract._system_write({"order_ids": [Command.link(under.id)]})
        self.assertEqual(self._years(dossier), [40, 500, 0])
        contract._system_write({"signed_on": "2024-01-01"})
        self.assertEqual(self._years(dossier), [340, 0, 0])

    def test_contract_without_amount_is_a_deal_whose_orders_count(self):
        dossier = self._dossier()
        contract = self._contract(dossier, "2022-12-01", 0)
        evaluation = self._evaluate(dossier, "2023-12-31")
        self.assertEqual(str(evaluation.first_deal_date), "2022-12-01")
        self.assertEqual(evaluation.proposed_grade_id, self.general)
        order = self._order(dossier, "2023-02-02", 300)
        contract._system_write({"order_ids": [Command.link(order.id)]})
        self.assertEqual(self._years(dossier), [300, 0, 0])

    def test_credit_note_on_an_order_under_contract(self):
        dossier = self._dossier()
        contract = self._contract(dossier, "2022-12-01", 500)
        order = self._order(dossier, "2023-02-02", 500)
        contract._system_write({"order_ids": [Command.link(order.id)]})
        self._credit(self._invoice(order, "2023-02-03"), "2023-02-04", 120)
        self.assertEqual(self._years(dossier), [0, 380, 0])
        # delivered anew under the same contract
        order = self._order(dossier, "2023-03-03", 120)
        contract._system_write({"order_ids": [Command.link(order.id)]})
        self.assertEqual(self._years(dossier), [0, 500, 0])

    # ------------------------------------------------------------ credit notes

    def test_credited_order(self):
        """A credited part is deducted in the year of the order."""
        for amount, left in ((None, 0), (250, 750), (0.01, 999.99)):
            dossier = self._dossier()
            order = self._order(dossier, "2022-12-12", 1000)
            invoice = self._invoice(order, "2022-12-20")
            self._credit(invoice, "2023-01-15", amount)
            with self.subTest(amount=amount):
                self.assertEqual(self._years(dossier), [0, left, 0])
                self.assertEqual(self._years(dossier, "2023-01-14"), [0, 1000, 0])

    def test_draft_credit_note(self):
        dossier = self._dossier()
        order = self._order(dossier, "2023-03-03", 1000)
        invoice = self._invoice(order, "2023-03-04")
        self._credit(invoice, "2023-03-05", post=False)
        self.assertEqual(self._years(dossier), [1000, 0, 0])

    def test_invoiced_again(self):
        for amount, left in ((None, 1000), (800, 800), (1200, 1000)):
            dossier = self._dossier()
            order = self._order(dossier, "2023-03-03", 1000)
            self._replace(self._invoice(order, "2023-03-04"), "2023-03-05", amount)
            with self.subTest(amount=amount):
                self.assertEqual(self._years(dossier), [left, 0, 0])

    def test_credit_note_taken_back(self):
        """A credit note that was reversed itself deducts nothing any more."""
        dossier = self._dossier()
        order = self._order(dossier, "2023-03-03", 1000)
        note = self._credit(self._invoice(order, "2023-03-04"), "2023-03-05", 400)
        free = self._move(dossier.partner_id, "2023-03-05", 30)
        self.assertEqual(self._years(dossier), [570, 0, 0])
        for taken_back in (note, free):
            wizard = self._reversal(taken_back, "2023-03-06")
            wizard.refund_moves()
            wizard.new_move_ids.filtered(
                lambda move: move.state == "draft"
            ).action_post()
        self.assertEqual(self._years(dossier), [1000, 0, 0])
        self.assertEqual(self._years(dossier, "2023-03-05"), [570, 0, 0])

    def test_credit_note_in_foreign_currency(self):
        dossier = self._dossier()
        order = self._order(
            dossier, "2023-03-03", 400, pricelist_id=self._pricelist(self.half).id
        )
        invoice = self._invoice(order, "2023-03-04")
        self.assertEqual(invoice.currency_id, self.half)
        note = self._credit(invoice, "2023-03-05", 100, post=False)
        note.currency_id = self.company.currency_id
        note.invoice_line_ids.price_unit = 50
        note.action_post()
        self.assertEqual(self._years(dossier), [150, 0, 0])

    def test_credited_order_with_a_discount_line(self):
        """What is credited of a negative line adds to the order again."""
        dossier = self._dossier()
        line = {"product_id": self.product.id, "tax_ids": [Command.clear()]}
        order = self._order(
            dossier,
            "2023-03-03",
            0,
            order_line=[
                Command.create({**line, "price_unit": 1000}),
                Command.create({**line, "price_unit": -50}),
            ],
        )
        invoice = self._invoice(order, "2023-03-04")
        self.assertEqual(invoice.amount_untaxed, 950)
        self._credit(invoice, "2023-03-05")
        self.assertEqual(self._years(dossier), [0, 0, 0])
        self._invoice(order, "2023-03-06")
        self.assertEqual(self._years(dossier), [950, 0, 0])

    def test_invoice_line_of_two_order_lines(self):
        """What one line of an invoice credits is not deducted from each of them."""
        dossier = self._dossier()
        line = {"product_id": self.product.id, "tax_ids": [Command.clear()]}
        order = self._order(
            dossier,
            "2023-03-03",
            0,
            order_line=[
                Command.create({**line, "price_unit": 100}),
                Command.create({**line, "price_unit": 200}),
            ],
        )
        invoice = order._create_invoices()
        first, second = invoice.invoice_line_ids
        second.unlink()
        first.write({"price_unit": 300, "sale_line_ids": order.order_line.ids})
        invoice.invoice_date = "2023-03-04"
        invoice.action_post()
        self._credit(invoice, "2023-03-05", 150)
        self.assertEqual(self._years(dossier), [150, 0, 0])
        self._credit(invoice, "2023-03-06", 150)
        self.assertEqual(self._years(dossier), [0, 0, 0])

    def test_down_payment(self):
        """The order counts, whatever was paid in advance and how."""
        dossier = self._dossier()
        order = self._order(dossier, "2023-03-03", 1000)
        advance = self._down_payment(order, "2023-03-04", 200)
        self.assertEqual(self._years(dossier), [1000, 0, 0])
        rest = self._invoice(order, "2023-03-05", final=True)
        self.assertEqual(rest.amount_untaxed, 800)
        self.assertEqual(self._years(dossier), [1000, 0, 0])
        self._credit(rest, "2023-03-06")
        self.assertEqual(self._years(dossier), [200, 0, 0])
        self._credit(advance, "2023-03-07")
        self.assertEqual(self._years(dossier), [0, 0, 0])

    def test_credited_down_payment(self):
        dossier = self._dossier()
        order = self._order(dossier, "2023-03-03", 1000)
        self._credit(self._down_payment(order, "2023-03-04", 200), "2023-03-05")
        self.assertEqual(self._years(dossier), [1000, 0, 0])

    def test_free_credit_note(self):
        """One of no order is deducted on its own day, unless it takes back what did
        not count."""
        dossier = self._dossier()
        self._order(dossier, "2022-05-05", 1000)
        self._order(dossier, "2023-05-05", 1000)
        self._move(dossier.partner_id, "2023-06-06", 30)
        self._move(dossier.partner_id, "2024-01-01", 500)
        invoice = self._move(dossier.partner_id, "2023-06-06", 7, "out_invoice")
        self._credit(invoice, "2023-06-07")
        self.assertEqual(self._years(dossier), [970, 1000, 0])

    def test_free_credit_note_alone_is_no_deal(self):
        dossier = self._dossier()
        self._move(dossier.partner_id, "2023-06-06", 30)
        evaluation = self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.year_amount, -30)
        self.assertEqual(evaluation.single_amount, 0)
        self.assertFalse(evaluation.has_deal)
        self.assertFalse(evaluation.proposed_grade_id)

    def test_invoice_to_somebody_else(self):
        """Whoever pays for an order, what is credited of it is deducted from it, with
        or without him among those evaluated."""
        payer = self._dossier()
        dossier = self._dossier()
        order = self._order(
            dossier, "2023-03-03", 1000, partner_invoice_id=payer.partner_id.id
        )
        invoice = self._invoice(order, "2023-03-04")
        self.assertEqual(invoice.commercial_partner_id, payer.partner_id)
        self._credit(invoice, "2023-03-05", 400)
        self.assertEqual(self._years(dossier), [600, 0, 0])
        self.assertEqual(self._years(payer), [0, 0, 0])
        both = self._evaluate(dossier + payer, "2023-12-31")
        self.assertEqual(sorted(both.mapped("year_amount")), [0, 600])

    # ------------------------------------------------------------ several companies

    def test_year_of_two_companies(self):
        """The sales of all companies count for a customer that they share (E2)."""
        other = self.env["res.company"].create(
            {"name": "Half Ltd", "currency_id": self.half.id}
        )
        dossier = self._dossier()
        self.assertFalse(dossier.company_id)
        self._order(dossier, "2023-05-05", 40)
        self._order(dossier, "2023-05-05", 118, company=other)
        evaluation = self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.year_amount, 99)
        self.assertEqual(evaluation.single_amount, 59)
        self._order(dossier, "2023-05-05", 402, company=other)
        self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.year_amount, 300)
        self.assertEqual(evaluation.proposed_grade_id, self.stable)

    # ------------------------------------------------------------ merged

    def test_merged_customer(self):
        """What was bought under both names counts (A58)."""
        self.keeper.group_ids = [
            Command.link(self.env.ref("base.group_partner_manager").id)
        ]
        dossier = self._dossier()
        twin = self._dossier()
        self._order(dossier, "2023-05-05", 100)
        order = self._order(twin, "2023-05-05", 60)
        self._credit(self._invoice(order, "2023-05-06"), "2023-05-07", 10)
        self._contract(twin, "2022-05-05", 20)
        self._move(twin.partner_id, "2022-06-06", 3)
        self.assertEqual(self._years(dossier), [100, 0, 0])
        self.env["customer.grade.evaluation"].search([])._system_write(
            {"state": "superseded"}
        )
        self.env["base.partner.merge.automatic.wizard"].with_user(self.keeper).create(
            {
                "partner_ids": [Command.set((dossier + twin).partner_id.ids)],
                "dst_partner_id": dossier.partner_id.id,
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertFalse(twin.exists())
        self.assertEqual(self._years(dossier), [150, 17, 0])
