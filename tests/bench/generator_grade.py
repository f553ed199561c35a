"""Fills a scratch database with customers to grade and what they bought in five years.

As in ``generator``, Odoo makes the templates and the database copies them. What a copy
is of, and when, is drawn by hashing its number: the same in every database of a size.
"""

import random

from generator import (
    FOREIGN_RATES,
    ORDER_AMOUNTS,
    ORDER_LINE_AMOUNTS,
    PRICE,
    TEAMS,
    USERS,
    Generator,
    GeneratorError,
    Sizes,
)

from odoo import Command, fields
from odoo.tools import SQL

LINES = 4
# of 1,000 orders: in CHF, of the second company, credited in part, so in CHF, not
# confirmed; the others are of the first company in its own currency
SHARES = {"foreign": 100, "abroad": 150, "credited": 30, "back": 10, "quoted": 40}
DAYS = 5 * 365
# of the customers; a tenth buys nothing, a fiftieth buys a fifth of the orders
BUYING, LARGE, LARGE_ORDERS = 0.9, 0.02, 0.2
# one of so many customers has it
CONTRACT, REFUND, OPPORTUNITY, REFERRER = 20, 50, 12, 10
# thresholds that split the customers: in the company's currency, and in CHF
FIRST = {
    "years": 3,
    "yearly_amount": 1200,
    "single_amount": 6000,
    "total_amount": 5000,
    "max_rank": 20,
}
SECOND = {
    "years": 2,
    "yearly_amount": 400,
    "single_amount": 2000,
    "total_amount": 2500,
}


def grade_sizes(customers, lines=None):
    """Return the Sizes for so many customers, with ten order lines each or ``lines``
    in all."""
    return Sizes(
        customers=customers,
        trading=customers // 2,
        history=0,
        lines=LINES,
        quotations=0,
        deals=0,
        sales=(lines or customers * 10) // LINES,
    )


class GradeGenerator(Generator):
    """Makes customers with dossiers, shared by two companies that sell to them."""

    def generate(self):
        """Make everything; the caller commits."""
        self._users()
        self._roles()
        # customers whom all companies share are of units that they share, too
        teams = range(self.first_team, self.first_team + TEAMS)
        self.env["crm.team"].browse(teams).company_id = False
        self.product = self.env["product.product"].create(
            {
                "name": "Benchmark",
                "type": "service",
                "invoice_policy": "order",
                "list_price": PRICE,
                "standard_price": PRICE * 0.7,
                "taxes_id": [Command.clear()],
            }
        )
        self._prepare_company(FOREIGN_RATES)
        self.customer = self.env["res.partner"].create(self._prepare_customer())
        self.contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        dossier = self._template_dossier()
        templates = self._templates()
        contracts = self._template_contracts(dossier)
        lead = self.env["crm.lead"].create(
            {"name": "Lead", "type": "opportunity", "partner_id": self.customer.id}
        )
        refund = self._template_invoice(move_type="out_refund")
        self.env.flush_all()
        with self._without_foreign_keys():
            self._copy_partners()
            self._copy_dossiers(dossier)
            for order, count in templates:
                self._copy_sale(order, count)
            self._copy_moves(
                refund, self.sizes.customers // REFUND, self._buyer(REFUND)
            )
            self._date_credit_notes()
            for contract in contracts:
                self._copy_contracts(contract)
            customer = self._drawn("lead", self.sizes.customers)
            self._copy(
                "crm_lead",
                lead.ids,
                self.sizes.customers // OPPORTUNITY,
                partner_id=SQL("%s + %s", self.first_customer, customer),
            )
        self.cr.execute("ANALYZE")
        self._rule()
        self.env.invalidate_all(flush=False)

    # ------------------------------------------------------------ templates

    def _template_dossier(self):
        return self.env["customer.dossier"].create(
            {
                "partner_id": self.customer.id,
                "team_id": self.first_team,
                "user_id": self.rep.id,
                "keeper_id": self.keeper.id,
            }
        )

    def _templates(self):
        """Return (order, how often it is copied)."""
        foreign = {"pricelist_id": self.pricelist.id}
        orders = {
            "foreign": self._template_foreign(),
            "credited": self._credited(),
            "back": self._credited(**foreign),
            "quoted": self._template_order(),
        }
        self.second_company = self._second_company()
        with self._working_in(self.second_company):
            orders["abroad"] = self._open_order()
        count = self.sizes.sales
        counts = {name: count * share // 1000 for name, share in SHARES.items()}
        rest = count - sum(counts.values())
        return [
            (self._open_order(), rest),
            *((order, counts[name]) for name, order in orders.items()),
        ]

    def _credited(self, **values):
        """Make an invoiced order of which a part was credited."""
        order = self._template_invoiced(**values)
        refund = order.invoice_ids._reverse_moves()
        refund.invoice_date = fields.Date.today()
        refund.invoice_line_ids[:2].quantity = 0.5
        refund.invoice_line_ids[2:].unlink()
        refund.action_post()
        if len(order.order_line.invoice_lines.move_id) != 2:
            raise GeneratorError("The template's credit note has no order.")
        return order

    def _template_contracts(self, dossier):
        """Make a contract in each currency."""
        return self.env["customer.contract"]._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "number": currency.name,
                    "name": "Delivery",
                    "state": "signed",
                    "signed_on": fields.Date.today(),
                    "amount": 2500,
                    "currency_id": currency.id,
                }
                for currency in (
                    self.company.currency_id,
                    self.pricelist.currency_id,
                )
            ]
        )

    def _rule(self):
        """Put thresholds in force that split the customers."""
        scheme = self.env["customer.grade.scheme"]._get_leading(self.company)
        first, second, third, potential = scheme.grade_ids
        terms = {
            first: FIRST,
            second: {**SECOND, "currency_id": self.pricelist.currency_id.id},
            third: {"match": "deal"},
            potential: {"match": "need"},
        }
        self.env["customer.grade.rule"]._system_create(
            [
                {
                    "name": "Benchmark",
                    "scheme_id": scheme.id,
                    "valid_from": "2001-01-01",
                    "approval_state": "approved",
                    "line_ids": [
                        Command.create({"grade_id": grade.id, **values})
                        for grade, values in terms.items()
                    ],
                }
            ]
        )

    # ------------------------------------------------------------ copies

    def _drawn(self, purpose, count):
        """Return SQL of a number below ``count``, drawn for the copy ``k``."""
        seed = random.Random(purpose).randrange(2**31)
        return SQL(
            "((hashint8extended(k::bigint, %s) & 2147483647) %% %s)::int",
            seed,
            max(int(count), 1),
        )

    def _buyer(self, purpose):
        """Return SQL of the customer who buys in the copy ``k``."""
        customers = self.sizes.customers
        large = SQL(
            "CASE WHEN %s < %s THEN %s ELSE %s END",
            self._drawn(f"{purpose} who", 1000),
            round(LARGE_ORDERS * 1000),
            self._drawn(f"{purpose} large", LARGE * customers),
            self._drawn(f"{purpose} small", BUYING * customers),
        )
        return SQL("(%s + %s)", self.first_customer, large)

    def _copy_dossiers(self, dossier):
        customers = self.sizes.customers
        sometimes = SQL("%s < 8", self._drawn("potential", 100))
        self._copy(
            "customer_dossier",
            dossier.ids,
            customers,
            partner_id=SQL("%s + k - 1", self.first_customer),
            number=SQL("t.number || '-' || k"),
            state=SQL("CASE WHEN k %% 10 > 0 THEN 'formal' ELSE t.state END"),
            team_id=SQL("%s + k %% %s", self.first_team, TEAMS),
            user_id=SQL("%s + k %% %s", self.first_user, USERS),
            needs=SQL("CASE WHEN k %% 3 = 0 THEN 'Seals' END"),
            has_intention=SQL("k %% 2 = 0"),
            potential_amount=SQL(
                "CASE WHEN %s THEN 500 * %s ELSE 0 END",
                sometimes,
                self._drawn("amount", 12),
            ),
            potential_currency_id=SQL(
                "CASE WHEN k %% 2 = 0 THEN %s ELSE t.potential_currency_id END",
                self.pricelist.currency_id.id,
            ),
            national_rank=SQL(
                "CASE WHEN %s = 0 THEN %s + 1 ELSE 0 END",
                self._drawn("ranked", 200),
                self._drawn("rank", 40),
            ),
            referrer_id=SQL(
                "CASE WHEN k %% %s = 0 THEN %s + %s END",
                REFERRER,
                self.first_customer,
                self._drawn("referrer", customers),
            ),
        )

    def _copy_sale(self, order, count):
        """Copy an order with its invoices; a third is bought by a contact."""
        customer = self._buyer(order.name)
        buyer = SQL(
            "CASE WHEN k %% 3 = 0 AND %(customer)s < %(first)s + %(contacts)s "
            "THEN %(customer)s - %(first)s + %(first_contact)s ELSE %(customer)s END",
            customer=customer,
            first=self.first_customer,
            contacts=self.sizes.trading,
            first_contact=self.first_contact,
        )
        self._copy(
            "sale_order",
            order.ids,
            count,
            scaled=ORDER_AMOUNTS,
            name=SQL("%s || '-' || k", order.name),
            partner_id=buyer,
            partner_invoice_id=customer,
            partner_shipping_id=buyer,
            access_token=SQL("NULL"),
            date_order=SQL(
                "t.date_order - interval '1 hour' * %s",
                self._drawn(f"{order.name} when", 24 * DAYS),
            ),
        )
        self._copy(
            "sale_order_line",
            order.order_line.ids,
            count,
            references={"order_id": "sale_order"},
            scaled=ORDER_LINE_AMOUNTS,
            order_partner_id=buyer,
        )
        moves = order.order_line.invoice_lines.move_id.sorted("id")
        self._copy_moves(moves, count, customer)
        for line in order.order_line:
            for invoice_line in line.invoice_lines:
                self.cr.execute(
                    SQL(
                        "INSERT INTO sale_order_line_invoice_rel "
                        "(invoice_line_id, order_line_id) "
                        "SELECT %s, %s FROM generate_series(1, %s) k",
                        self.copies["account_move_line"][invoice_line.id],
                        self.copies["sale_order_line"][line.id],
                        count,
                    )
                )

    def _copy_move(self, move, count, customer):
        """EXTENDS Generator: a credit note refers to the copy of its invoice."""
        super()._copy_move(move, count, customer)
        if move.reversed_entry_id:
            self.cr.execute(
                SQL(
                    "UPDATE account_move SET reversed_entry_id = pair.invoice_id "
                    "FROM (SELECT %s AS id, %s AS invoice_id "
                    "FROM generate_series(1, %s) k) pair "
                    "WHERE account_move.id = pair.id",
                    self.copies["account_move"][move.id],
                    self.copies["account_move"][move.reversed_entry_id.id],
                    count,
                )
            )

    def _date_credit_notes(self):
        """Spread the documents over the years: those of an order 20 days after it."""
        self.cr.execute(
            SQL(
                """
                UPDATE account_move move
                   SET invoice_date = dated.day, date = dated.day
                  FROM (SELECT move.id,
                               LEAST(%(today)s::date, COALESCE(
                                   MIN(sale.date_order)::date + 20,
                                   %(today)s::date - %(age)s)) AS day
                          FROM (SELECT *, id AS k FROM account_move) move
                     LEFT JOIN account_move_line item ON item.move_id = move.id
                     LEFT JOIN sale_order_line_invoice_rel rel
                            ON rel.invoice_line_id = item.id
                     LEFT JOIN sale_order_line line ON line.id = rel.order_line_id
                     LEFT JOIN sale_order sale ON sale.id = line.order_id
                         WHERE move.move_type IN ('out_invoice', 'out_refund')
                      GROUP BY move.id, move.k) dated
                 WHERE dated.id = move.id
                """,
                today=fields.Date.today(),
                age=self._drawn("refund when", DAYS),
            )
        )

    def _copy_contracts(self, contract):
        """Copy a contract; every second has the customer's first order, so that he may
        have bought one thing by contract and others without."""
        count = self.sizes.customers // CONTRACT // 2
        customer = self._buyer(contract.number)
        base = self._copy(
            "customer_contract",
            contract.ids,
            count,
            scaled=("amount",),
            number=SQL("%s || '-' || k", contract.number),
            partner_id=customer,
            dossier_id=SQL(
                "(SELECT id FROM customer_dossier WHERE partner_id = %s)", customer
            ),
            signed_on=SQL(
                "t.signed_on - %s", self._drawn(f"{contract.number} when", DAYS)
            ),
        )
        self.cr.execute(
            SQL(
                """
                INSERT INTO customer_contract_sale_order_rel
                       (customer_contract_id, sale_order_id)
                SELECT contract.id, MIN(sale.id)
                  FROM customer_contract contract
                  JOIN sale_order sale
                    ON sale.partner_invoice_id = contract.partner_id
                   AND sale.state = 'sale' AND sale.company_id = contract.company_id
                 WHERE contract.id > %s AND contract.id %% 2 = 0
              GROUP BY contract.id
                """,
                base,
            )
        )

    # ------------------------------------------------------------ check

    def check(self):
        """Let Odoo compute a sample anew and count.

        :raise GeneratorError: something differs
        """
        self.env.invalidate_all()
        self._check_totals()
        sample = random.Random(19)
        orders = self._sample("sale.order", [], sample)
        self._check_recomputed(
            orders, ("amount_total", "amount_untaxed", "invoice_status", "margin")
        )
        self._check_recomputed(
            orders.order_line, ("price_subtotal", "qty_invoiced", "qty_to_invoice")
        )
        refunds = self._sample(
            "account.move", [("move_type", "=", "out_refund")], sample
        )
        self._check_recomputed(refunds, ("amount_untaxed", "commercial_partner_id"))
        dossiers = self._sample("customer.dossier", [], sample)
        self._check_recomputed(dossiers, ("company_id",))
        self.env.invalidate_all()

    def _expected_counts(self):
        sizes = self.sizes
        return {
            "customer.dossier": sizes.customers,
            "sale.order": sizes.sales,
            "sale.order.line": sizes.sales * sizes.lines,
            "customer.contract": sizes.customers // CONTRACT // 2 * 2,
            "crm.lead": sizes.customers // OPPORTUNITY,
        }
