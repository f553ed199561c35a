"""Fills a scratch database with customers, orders, invoices, dossiers, credit accounts.

A few records are made by Odoo and then copied by the database: one INSERT … SELECT
generate_series a table and kind of record, so that 100,000 customers take a minute.
Amounts are the template's, times 1 to 5. ``check`` computes some of it anew.
"""

import random
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from odoo import Command, fields
from odoo.tools import SQL

PRICE = 100.0
FACTORS = 5
USERS = 100
TEAMS = 10
PERMITS = (250, 1500)  # in force, of one reader each
FOREIGN_RATES = {"2020-01-01": 0.8, "2024-01-01": 0.7345}
SECOND_COMPANY = "Benchmark Abroad"
SECOND_RATES = {"2020-01-01": 0.7, "2024-01-01": 1.135}

ORDER_AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total", "margin")
ORDER_LINE_AMOUNTS = (
    "product_uom_qty",
    "price_subtotal",
    "price_tax",
    "price_total",
    "qty_invoiced",
    "qty_to_invoice",
    "qty_delivered",
    "untaxed_amount_invoiced",
    "untaxed_amount_to_invoice",
    "margin",
)
MOVE_AMOUNTS = tuple(
    f"amount_{name}{suffix}"
    for name in ("untaxed", "tax", "total", "residual")
    for suffix in ("", "_signed")
) + (
    "amount_untaxed_in_currency_signed",
    "amount_total_in_currency_signed",
)
MOVE_LINE_AMOUNTS = (
    "quantity",
    "debit",
    "credit",
    "balance",
    "amount_currency",
    "amount_residual",
    "amount_residual_currency",
    "price_subtotal",
    "price_total",
)
PARTIAL_AMOUNTS = ("amount", "debit_amount_currency", "credit_amount_currency")


@dataclass(frozen=True)
class Sizes:
    """How much to make."""

    customers: int
    trading: int  # of the customers, with a history, a contact and a credit account
    history: int  # invoiced and paid orders of each trading customer
    lines: int  # of an order
    quotations: int  # one each of the first trading customers
    deals: int  # more paid orders of the first customer
    mixed: int = 0  # of the trading, after those with a quotation: see _mixture
    cases: int = 0  # or leads: see generator_case
    responses: int = 0  # of a survey: see generator_survey
    sales: int = 0  # orders of customers to grade: see generator_grade

    def __post_init__(self):
        if not self.quotations + self.mixed <= self.trading <= self.customers:
            raise ValueError("quotations + mixed <= trading <= customers is wanted")


class GeneratorError(Exception):
    """The data that were made are not what Odoo would have made."""


class Generator:
    """Makes the same data in every database that it is given the same sizes for."""

    def __init__(self, env, sizes):
        self.env = env(context={**env.context, "tracking_disable": True})
        self.cr = env.cr
        self.sizes = sizes
        self.company = env.company
        self.second_company = None
        # table: {id of a template's row: SQL of the id of its k-th copy}
        self.copies = {}

    # ------------------------------------------------------------ copying rows

    @contextmanager
    def _without_foreign_keys(self):
        """Spare a superuser of PostgreSQL half of the time; ``check`` follows."""
        self.cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (superuser,) = self.cr.fetchone()
        if superuser:
            self.cr.execute("SET LOCAL session_replication_role = replica")
        yield
        if superuser:
            self.cr.execute("SET LOCAL session_replication_role = origin")

    def _columns(self, table):
        self.cr.execute(
            SQL(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
                "AND attnum > 0 AND NOT attisdropped",
                table,
            )
        )
        return [name for (name,) in self.cr.fetchall()]

    def _copy(self, table, ids, count, *, references=None, scaled=(), **values):
        """Copy the rows ``ids`` of a table ``count`` times each.

        :param references: {column: table}; where the referred row is a copied
            template, the copy refers to the copy of the same number
        :param scaled: names of columns that are multiplied with the copy's factor
        :param values: {column: SQL}, in which ``k`` is the number of the copy
        """
        columns = self._columns(table)
        self.cr.execute(
            SQL("SELECT COALESCE(MAX(id), 0) FROM %s", SQL.identifier(table))
        )
        (base,) = self.cr.fetchone()
        copies = self.copies.setdefault(table, {})
        for position, row_id in enumerate(ids, 1):
            copies[row_id] = SQL("(%s + (k - 1) * %s + %s)", base, len(ids), position)
        for row_id in ids:
            given = {"id": copies[row_id], **values}
            given |= {
                name: SQL("%s * (1 + k %% %s)", SQL.identifier("t", name), FACTORS)
                for name in scaled
                if name in columns
            }
            for name, referred in (references or {}).items():
                self.cr.execute(
                    SQL(
                        "SELECT %s FROM %s WHERE id = %s",
                        SQL.identifier(name),
                        SQL.identifier(table),
                        row_id,
                    )
                )
                (value,) = self.cr.fetchone()
                if value in self.copies.get(referred, {}):
                    given[name] = self.copies[referred][value]
            self.cr.execute(
                SQL(
                    "INSERT INTO %(table)s (%(columns)s) SELECT %(values)s "
                    "FROM %(table)s t, generate_series(1, %(count)s) k "
                    "WHERE t.id = %(row)s",
                    table=SQL.identifier(table),
                    columns=SQL(", ").join(map(SQL.identifier, columns)),
                    values=SQL(", ").join(
                        given.get(name, SQL.identifier("t", name)) for name in columns
                    ),
                    count=count,
                    row=row_id,
                )
            )
        self.cr.execute(
            SQL(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), MAX(id)) FROM %s",
                table,
                SQL.identifier(table),
            )
        )
        return base

    def _copy_order(self, order, count, among, start=0, stride=1):
        """Copy an order with its invoices and their payments; customers take turns.

        :param among: how many customers
        :param start: how many customers to pass over
        :param stride: how far it is from one to the next
        """

        def turn(first, shift):
            return SQL(
                "(%s + ((k - 1) * %s + %s) %% %s)", first + start, stride, shift, among
            )

        customer = buyer = turn(self.first_customer, 0)
        if order.partner_id != order.partner_invoice_id:
            buyer = turn(self.first_customer, 1)
        elif among <= self.sizes.trading:
            buyer = SQL(
                "CASE k %% 3 WHEN 0 THEN %s ELSE %s END",
                turn(self.first_contact, 0),
                customer,
            )
        team = SQL("%s + k %% %s", self.first_team, TEAMS)
        name = SQL("%s || '-' || k", order.name)
        self._copy(
            "sale_order",
            order.ids,
            count,
            scaled=ORDER_AMOUNTS,
            name=name,
            partner_id=buyer,
            partner_invoice_id=customer,
            partner_shipping_id=buyer,
            access_token=SQL("NULL"),
            team_id=team if order.user_id else SQL("t.team_id"),
            date_order=SQL(
                "t.date_order - interval '1 hour' * ((k * 7) %% %s)", 24 * 700
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
        self._copy_moves(order.invoice_ids, count, customer)
        self._copy(
            "payment_transaction",
            order.transaction_ids.ids,
            count,
            scaled=("amount",),
            partner_id=customer,
            reference=SQL("t.reference || '-' || k"),
        )
        for transaction in order.transaction_ids:
            self.cr.execute(
                SQL(
                    "INSERT INTO sale_order_transaction_rel "
                    "(transaction_id, sale_order_id) "
                    "SELECT %s, %s FROM generate_series(1, %s) k",
                    self.copies["payment_transaction"][transaction.id],
                    self.copies["sale_order"][order.id],
                    count,
                )
            )
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

    def _copy_invoices(self, invoices, count, among, start, stride):
        """Copy entries without order with what pays them; see _copy_order."""
        customer = SQL(
            "(%s + (k - 1) * %s %% %s)", self.first_customer + start, stride, among
        )
        self._copy_moves(invoices, count, customer)

    def _copy_moves(self, invoices, count, customer):
        partials = invoices.line_ids.matched_credit_ids
        payments = partials.credit_move_id.move_id
        self._copy("account_full_reconcile", partials.full_reconcile_id.ids, count)
        for move in (invoices | payments).sorted("id"):
            self._copy_move(move, count, customer)
        self._copy(
            "account_partial_reconcile",
            partials.ids,
            count,
            references={
                "debit_move_id": "account_move_line",
                "credit_move_id": "account_move_line",
                "full_reconcile_id": "account_full_reconcile",
            },
            scaled=PARTIAL_AMOUNTS,
        )

    def _copy_move(self, move, count, customer):
        values = {"name": SQL("%s || '-' || k", move.name)}
        if move.state != "posted":
            values = {}
        self._copy(
            "account_move",
            move.ids,
            count,
            scaled=MOVE_AMOUNTS,
            partner_id=customer,
            commercial_partner_id=customer,
            partner_shipping_id=customer,
            access_token=SQL("NULL"),
            sequence_number=SQL("t.sequence_number + k"),
            **values,
        )
        for full, lines in move.line_ids.grouped("full_reconcile_id").items():
            number = SQL("NULL")
            if full:
                number = SQL("%s::text", self.copies["account_full_reconcile"][full.id])
            self._copy(
                "account_move_line",
                lines.ids,
                count,
                references={
                    "move_id": "account_move",
                    "full_reconcile_id": "account_full_reconcile",
                },
                scaled=MOVE_LINE_AMOUNTS,
                partner_id=customer,
                matching_number=number,
            )

    # ------------------------------------------------------------ templates

    def _template_order(self, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.rep.id,
                "order_line": [
                    Command.create({"product_id": self.product.id})
                    for _line in range(self.sizes.lines)
                ],
                **values,
            }
        )
        total = self.sizes.lines * PRICE
        if order.currency_id == self.company.currency_id and (
            order.amount_total != total
        ):
            raise GeneratorError(f"{order.amount_total} is not {total}")
        return order

    def _template_invoiced(self, post=True, share=1.0, **values):
        order = self._template_order(**values)
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.invoice_date = fields.Date.today()
        for line in invoice.invoice_line_ids:
            line.quantity *= share
        if post:
            invoice.action_post()
        return order

    def _template_paid(self):
        order = self._template_invoiced()
        receivable = self._receivable(order.invoice_ids)
        self._template_receipt(receivable.debit, pays=receivable)
        self.env.flush_all()
        if receivable.amount_residual or not receivable.full_reconcile_id:
            raise GeneratorError("The template's invoice is not paid.")
        return order

    def _template_receipt(self, amount, pays=()):
        """Make the entry of a receipt, reconciled with receivable lines if given."""
        account = self._receivable_account(pays)
        receipt = self.env["account.move"].create(
            {
                "move_type": "entry",
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "debit": debit,
                            "credit": credit,
                        }
                    )
                    for account, debit, credit in (
                        (self.bank, amount, 0.0),
                        (account, 0.0, amount),
                    )
                ],
            }
        )
        receipt.action_post()
        if pays:
            (pays + self._receivable(receipt)).reconcile()
        return receipt

    def _receivable(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _receivable_account(self, lines):
        if lines:
            return lines.account_id
        return self.customer.with_company(self.company).property_account_receivable_id

    def _currency(self, name, rates=None):
        currency = self.env.ref(f"base.{name}")
        currency.active = True
        for date, rate in (rates or {}).items():
            self.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "name": date,
                    "rate": rate,
                    "company_id": self.company.id,
                }
            )
        return currency

    def _template_foreign(self, **values):
        order = self._template_order(pricelist_id=self.pricelist.id, **values)
        if order.currency_id != self.pricelist.currency_id:
            raise GeneratorError("The template in another currency is not.")
        order.action_confirm()
        return order

    # ------------------------------------------------------------ the mixture

    @contextmanager
    def _working_in(self, company):
        """Make templates in another company."""
        former = self.env, self.company, self.bank, self.rep, self.pricelist
        self.env = self.env(
            context={**self.env.context, "allowed_company_ids": company.ids}
        )
        self.company = company.with_env(self.env)
        self.rep = self.env["res.users"]
        self._prepare_company(SECOND_RATES)
        self.customer = self.customer.with_env(self.env)
        yield
        self.env, self.company, self.bank, self.rep, self.pricelist = former
        self.customer = self.customer.with_env(self.env)

    def _prepare_company(self, rates):
        """Find the bank account and make the rate and the pricelist of CHF."""
        self.bank = self.env["account.account"].search(
            [
                ("account_type", "in", ("asset_cash", "asset_current")),
                ("company_ids", "in", self.company.ids),
            ],
            limit=1,
        )
        self.pricelist = self.env["product.pricelist"].create(
            {
                "name": f"Benchmark {self.company.name}",
                "currency_id": self._currency("CHF", rates).id,
                "company_id": self.company.id,
            }
        )

    def _second_company(self):
        """Make a company with another currency and its accounts."""
        company = self.env["res.company"].create({"name": SECOND_COMPANY})
        self.env["account.chart.template"].try_loading(
            "generic_coa", company, install_demo=False
        )
        # the accounts came with a currency
        company.currency_id = self._currency("EUR")
        return company

    def _mixture(self):
        """Return (template, count) of whatever an exposure may be made of, in both
        currencies of the company."""
        mixed = self.sizes.mixed
        part = self._template_invoice()
        self._template_receipt(33.33, pays=self._receivable(part))
        credited = self._template_invoiced(share=0.5)
        refund = credited.invoice_ids._reverse_moves()
        refund.invoice_date = fields.Date.today()
        refund.invoice_line_ids[:1].quantity = 0.25
        refund.action_post()
        foreign = {"pricelist_id": self.pricelist.id}
        return [
            (self._open_order(), mixed),
            (self._template_invoiced(), mixed // 2),
            (self._template_invoiced(share=0.2), mixed // 3),
            (self._template_invoiced(share=0.2, post=False), mixed // 4),
            (self._template_invoiced(share=0.2, **foreign), mixed // 5),
            (self._template_invoiced(share=0.2, post=False, **foreign), mixed // 6),
            (self._template_invoiced(post=False, **foreign), mixed // 7),
            (credited, mixed // 8),
            (self._open_order(**self._prepare_third_party()), mixed // 9),
            (self._paid_online(self._open_order()), mixed // 3),
            (self._paid_online(self._template_foreign()), mixed // 4),
            (self._paid_online(self._template_order()), mixed // 5),
            (self._template_invoice(**self._prepare_foreign()), mixed // 2),
            (self._template_invoice(post=False), mixed // 3),
            (self._template_invoice(False, **self._prepare_foreign()), mixed // 4),
            (self._template_invoice(move_type="out_refund"), mixed // 5),
            (self._template_invoice(False, move_type="out_refund"), mixed // 6),
            (part, mixed // 3),
            (self._template_receipt(12.34), mixed // 7),
        ]

    def _prepare_third_party(self):
        return {
            "partner_id": self.env["res.partner"].create({"name": "Buyer"}).id,
            "partner_invoice_id": self.customer.id,
        }

    def _prepare_foreign(self):
        return {"currency_id": self.pricelist.currency_id.id}

    def _template_invoice(self, post=True, **values):
        """Make an invoice without order."""
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "price_unit": PRICE + 0.55,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )
        if post:
            invoice.action_post()
        return invoice

    def _paid_online(self, order):
        """Pay a part of an order online, without booking it."""
        provider = self.env["payment.provider"].create(
            {"name": "Benchmark", "code": "none", "company_id": self.company.id}
        )
        method = self.env["payment.method"].create(
            {"name": "Wire", "code": f"wire_{order.id}"}
        )
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"{order.name}-bench",
                "amount": order.amount_total / 4,
                "currency_id": order.currency_id.id,
                "partner_id": self.customer.id,
                "sale_order_ids": [Command.set(order.ids)],
                "operation": "online_direct",
            }
        )
        transaction.state = "done"
        return order

    # ------------------------------------------------------------ users

    def _users(self):
        """Make salespeople, one of them the rep of the customers that are measured."""
        group = self.env.ref("sales_team.group_sale_salesman")
        # without password: it would take longer than 10,000 customers
        users = self.env["res.users"].create(
            [
                {
                    "name": f"Rep {number}",
                    "login": f"bench_{number}",
                    "group_ids": [Command.link(group.id)],
                    "lang": "en_US",
                }
                for number in range(USERS)
            ]
        )
        self.rep = users[0]
        self.first_user = users[0].id
        teams = self.env["crm.team"].create(
            [
                {"name": f"Unit {number}", "company_id": self.company.id}
                for number in range(TEAMS)
            ]
        )
        self.first_team = teams[0].id

    def _roles(self):
        """Make the salespeople reps of the archive, and two of them more than that."""
        users = self.env["res.users"].browse(
            range(self.first_user, self.first_user + USERS)
        )
        users.group_ids += self.env.ref("customer_archive.group_rep")
        users[-1].login = "bench_finance"
        users[-1].group_ids += self.env.ref("customer_archive.group_fin")
        users[-2].login = "bench_keeper"
        users[-2].group_ids += self.env.ref("customer_archive.group_keeper")
        self.keeper = users[-2]
        self._confirm_duty(users)

    def _confirm_duty(self, users):
        duties = self.env["customer.confidentiality.duty"]
        duties.browse(duties._get_current_id())._confirm(users)

    # ------------------------------------------------------------ everything

    def generate(self):
        """Make everything; the caller commits."""
        sizes = self.sizes
        self._users()
        self.product = self.env["product.product"].create(
            {
                "name": "Benchmark",
                "type": "service",
                "invoice_policy": "order",
                "list_price": PRICE,
                "taxes_id": [Command.clear()],
            }
        )
        self._prepare_company(FOREIGN_RATES)
        self.customer = self.env["res.partner"].create(self._prepare_customer())
        self.contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        templates = [
            (self._template_order(), sizes.quotations, sizes.quotations),
            (self._open_order(), sizes.customers, sizes.customers),
            (self._template_paid(), sizes.trading * sizes.history, sizes.trading),
            (self._template_paid(), sizes.deals, 1),
            (self._template_invoiced(), sizes.trading, sizes.trading),
            (self._template_invoiced(post=False), sizes.trading // 5, sizes.trading),
            (self._template_foreign(), sizes.trading // 10, sizes.trading),
        ]
        mixtures = []
        if sizes.mixed:
            mixtures += self._mixture()
            self.second_company = self._second_company()
            with self._working_in(self.second_company):
                mixtures += self._mixture()
        self.env.flush_all()
        with self._without_foreign_keys():
            self._copy_partners()
            for order, count, among in templates:
                self._copy_order(order, count, among)
            for number, (records, count) in enumerate(mixtures):
                orders = records._name == "sale.order"
                copy = self._copy_order if orders else self._copy_invoices
                copy(records, count, sizes.mixed, sizes.quotations, 2 * number + 1)
        # the plans of what follows depend on it
        self.cr.execute("ANALYZE")
        if "customer.dossier" in self.env:
            self._roles()
            self._open_dossiers()
            self._fill_dossiers()
        if "customer.credit.account" in self.env:
            self.env["sale.order"]._credit_accept_as_is(SQL("TRUE"), with_amount=True)
            self.credit_accounts()
        self.env.invalidate_all(flush=False)

    def resume(self):
        """Do what is missing in a copy of a filled database in which our addons have
        been installed since, but for the credit accounts; the dossiers stay empty."""

        def first(model, domain):
            return self.env[model].search(domain, order="id", limit=1)

        self.first_user = first("res.users", [("login", "=", "bench_0")]).id
        self.first_team = first("crm.team", [("name", "=", "Unit 0")]).id
        self._roles()
        self._open_dossiers()

    def _open_order(self, **values):
        order = self._template_order(**values)
        order.action_confirm()
        return order

    def _prepare_customer(self):
        values = {
            "name": "Customer",
            "is_company": True,
            "email": "customer@customer.example.com",
            "phone": "+8613800000000",
            "street": "Street 1",
            "city": "Shanghai",
            "country_id": self.env.ref("base.cn").id,
        }
        if "customer.dossier" in self.env:
            values |= {
                "legal_representative": "Director",
                "registered_capital": 1000000,
                "business_scope": "Trade",
            }
        return values

    def _credit_limit(self):
        """Return the SQL of Odoo's own limits: for those with a quotation one that is
        never reached, for one in twenty of the others one that is exceeded; in the
        second company one for every customer who trades there."""
        (quotations, trading) = (self.sizes.quotations, self.sizes.trading)
        limit = SQL(
            """
            CASE WHEN k <= %s THEN 1000000
                 WHEN k %% 20 = 0 THEN 100
                 ELSE 5000 * (1 + k %% 10) END
            """,
            quotations,
        )
        companies = [SQL("%s::text, %s", self.company.id, limit)]
        if self.second_company:
            companies.append(SQL("%s::text, %s", self.second_company.id, limit))
        return SQL(
            "CASE WHEN k <= %s THEN jsonb_build_object(%s) END",
            trading,
            SQL(", ").join(companies),
        )

    def _copy_partners(self):
        """Every second customer has a credit code, which completes his data; every
        50th shares his phone with the one before."""
        salesperson = SQL("%s + k %% %s", self.first_user, USERS)
        phone = SQL("'+86138' || lpad((k - (k %% 50 = 0)::int)::text, 8, '0')")
        code = SQL("CASE k %% 2 WHEN 1 THEN 'C' || lpad(k::text, 17, '0') END")
        customers = self._copy(
            "res_partner",
            self.customer.ids,
            self.sizes.customers,
            name=SQL("'Customer ' || k"),
            complete_name=SQL("'Customer ' || k"),
            commercial_company_name=SQL("'Customer ' || k"),
            commercial_partner_id=SQL("k + (SELECT MAX(id) FROM res_partner)"),
            user_id=salesperson,
            name_key=SQL("'customer' || k"),
            email=SQL("'customer@customer' || k || '.example.com'"),
            email_normalized=SQL("'customer@customer' || k || '.example.com'"),
            domain_key=SQL("'customer' || k || '.example.com'"),
            phone=phone,
            phone_sanitized=phone,
            customer_rank=SQL("1"),
            credit_limit=self._credit_limit(),
            credit_code=code,
            tax_key=code,
            create_date=SQL("t.create_date - interval '1 day' * (k %% 1000)"),
        )
        self.first_customer = customers + 1
        contacts = self._copy(
            "res_partner",
            self.contact.ids,
            self.sizes.trading,
            name=SQL("'Contact ' || k"),
            complete_name=SQL("'Customer ' || k || ', Contact ' || k"),
            commercial_company_name=SQL("'Customer ' || k"),
            parent_id=SQL("%s + k", customers),
            commercial_partner_id=SQL("%s + k", customers),
            user_id=salesperson,
        )
        self.first_contact = contacts + 1

    def _open_dossiers(self):
        """Open the dossiers of all customers, nine of ten formal."""
        dossiers = self.env["customer.dossier"]
        team = self.env["crm.team"].browse(self.first_team)
        opened = dossiers._create_for_existing_customers(
            self.company, team, self.keeper
        )
        self.cr.execute("SELECT COUNT(*), COUNT(DISTINCT number) FROM customer_dossier")
        if self.cr.fetchone() != (opened, opened) or opened <= self.sizes.customers:
            raise GeneratorError(f"{opened} dossiers were opened.")
        # what a plain INSERT of the same rows reads
        self.cr.execute("CREATE TABLE bench_dossier AS TABLE customer_dossier")
        self.cr.execute(
            SQL(
                """
                UPDATE customer_dossier
                   SET secrecy_level_id = level.ids[1 + id %% level.count],
                       state = CASE WHEN id %% 10 > 0 THEN 'formal' ELSE state END,
                       formal_date = CASE WHEN id %% 10 > 0 THEN %(today)s END,
                       source_id = (SELECT MIN(id) FROM utm_source),
                       lawful_source = 'His own order', lawful_source_confirmed = TRUE,
                       needs = 'Everything', background = '<p>Old friends.</p>'
                  FROM (SELECT array_agg(id) AS ids, COUNT(*) AS count
                          FROM customer_secrecy_level) level
                """,
                today=fields.Date.today(),
            )
        )
        dossiers.invalidate_model()

    def _fill_dossiers(self):
        """Fill the dossiers of the trading customers."""
        dossier = self.env["customer.dossier"].search(
            [("partner_id", "=", self.customer.id)]
        )
        customer = SQL("(%s + k)", self.first_customer - 1)
        templates = self._template_contents(dossier)
        self.env.flush_all()
        with self._without_foreign_keys():
            for records in templates:
                is_file = records._name == "ir.attachment"
                self._copy(
                    records._table,
                    records.ids,
                    self.sizes.trading,
                    references={"res_id": "customer_document"} if is_file else {},
                    res_id=customer,
                    dossier_id=SQL(
                        "(SELECT id FROM customer_dossier WHERE partner_id = %s)",
                        customer,
                    ),
                    partner_id=customer,
                    contact_id=SQL("(%s + k)", self.first_contact - 1),
                    number=SQL("t.number || '-' || k"),
                )
            dealings = next(
                records for records in templates if records._name == "customer.dealing"
            )
            self._copy(
                dealings._table,
                dealings[:2].ids,
                self.sizes.customers,
                dossier_id=SQL(
                    "(SELECT id FROM customer_dossier WHERE partner_id = %s)", customer
                ),
                partner_id=customer,
                contact_id=SQL("NULL"),
            )
        self._permits()
        self.cr.execute("ANALYZE")

    def _permits(self):
        """Give two salespeople without customers permits in force, and as many that
        have lapsed."""
        now = fields.Datetime.now()
        group_ids = self.rep.group_ids.ids
        for count in PERMITS:
            reader = self.env["res.users"].create(
                {
                    "name": f"Reader {count}",
                    "login": f"bench_permits_{count}",
                    "group_ids": [Command.set(group_ids)],
                    "lang": "en_US",
                }
            )
            self._confirm_duty(reader)
            self.cr.execute(
                SQL(
                    "SELECT id FROM customer_dossier ORDER BY md5(id::text) LIMIT %s",
                    count,
                )
            )
            dossier_ids = [row_id for (row_id,) in self.cr.fetchall()]
            dossiers = self.env["customer.dossier"].browse(dossier_ids)
            self.env["customer.access.permit"]._system_create(
                [
                    {
                        "number": f"B-{count}-{days}-{dossier.id}",
                        "kind": "read",
                        "state": "approved",
                        "user_id": reader.id,
                        "purpose": "Benchmark",
                        "submitted_on": now,
                        "date_from": now + timedelta(days=days - 30),
                        "date_until": now + timedelta(days=days),
                        "item_ids": [
                            Command.create(
                                {
                                    "partner_id": dossier.partner_id.id,
                                    "dossier_id": dossier.id,
                                }
                            )
                        ],
                    }
                    for dossier in dossiers
                    for days in (-1, 30)
                ]
            )
        self.env.flush_all()

    def _template_contents(self, dossier):
        """Return recordsets of the contents that every filled dossier has."""
        today = fields.Date.today()
        now = fields.Datetime.now()
        by_system = {"customer.change", "customer.verification", "customer.dossier.log"}
        street = self.env["ir.model.fields"]._get_ids("res.partner")["street"]
        types = self.env["customer.document.type"].search(
            [("check_credit_code", "=", False)], limit=3
        )
        contents = {
            "customer.document": [
                {"type_id": type_.id, "file": "cGFwZXI="} for type_ in types
            ],
            "customer.contract": [
                {"number": "C", "name": "Delivery", "date_start": today, "amount": 1e5}
            ],
            "customer.contact.profile": [{"contact_id": self.contact.id}],
            "customer.dealing": [
                {"kind": kind, "subject": kind, "contact_id": self.contact.id}
                for kind in ("negotiation", "sample", "meeting", "praise", "opinion")
            ],
            "customer.financial.figure": [
                {"year": today.year - ago, "turnover": 1e6} for ago in (1, 2)
            ],
            "customer.major.change": [
                {"change_type": "relocation", "description": "Moved"}
            ],
            "customer.change": [
                {
                    "res_model": "res.partner",
                    "res_id": self.customer.id,
                    "field_id": street,
                    "new_value": value,
                    "user_id": self.rep.id,
                }
                for value in ("Street 1", "Street 2")
            ],
            "customer.verification": [{"date_due": today}],
            "customer.dossier.log": [
                {"event": event, "user_id": self.rep.id, "date": now}
                for event in ("submitted", "formal", "handed_over")
            ],
        }
        templates = []
        for name, vals_list in contents.items():
            model = self.env[name]
            create = model._system_create if name in by_system else model.create
            templates.append(
                create([{"dossier_id": dossier.id, **vals} for vals in vals_list])
            )
        files = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "customer.document"),
                ("res_id", "in", templates[0].ids),
                ("res_field", "=", "file"),
            ]
        )
        return [*templates, files]

    def _companies(self):
        """Return the companies that trade, each allowed alone."""
        companies = self.company + self.env["res.company"].search(
            [("name", "=", SECOND_COMPANY)]
        )
        return [
            company.with_context(allowed_company_ids=company.ids)
            for company in companies
        ]

    def credit_accounts(self):
        """Take over the limits of Accounting, in each company; return how many."""
        return sum(
            company.env["customer.credit.account"]._create_for_existing_customers(
                company, "none", True
            )
            for company in self._companies()
        )

    def bills(self):
        """Register a bill booked as payment for one in twenty mixed customers, in
        each state, in both currencies and each company."""
        for company in self._companies():
            env = company.env
            # payments of this journal have an entry
            journal = env["account.journal"].search(
                [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
            )
            journal.inbound_payment_method_line_ids.payment_account_id = env[
                "account.account"
            ].create(
                {
                    "name": "Bills Receivable",
                    "code": "119900",
                    "account_type": "asset_current",
                    "reconcile": True,
                    "company_ids": [Command.link(company.id)],
                }
            )
            accounts = env["customer.credit.account"].search(
                [("company_id", "=", company.id)], order="partner_id"
            )
            states = env["customer.credit.bill"]._fields["state"].get_values(env)
            start = self.sizes.quotations + 1
            for number, account in enumerate(
                accounts[start : start + self.sizes.mixed : 20]
            ):
                values = {
                    "amount": 10.55 + number,
                    "currency_id": (env.ref("base.CHF"), company.currency_id)[
                        number // 6 % 2
                    ].id,
                }
                payment = env["account.payment"].create(
                    {
                        "payment_type": "inbound",
                        "partner_type": "customer",
                        "partner_id": account.partner_id.id,
                        "journal_id": journal.id,
                        **values,
                    }
                )
                payment.action_post()
                bill = env["customer.credit.bill"].create(
                    {
                        "account_id": account.id,
                        "number": f"B-{number}",
                        "received_on": fields.Date.today(),
                        "due_on": fields.Date.today(),
                        "payment_id": payment.id,
                        **values,
                    }
                )
                # of those passed on some come back to nobody
                bill._system_write(
                    {
                        "state": states[number % len(states)],
                        "with_recourse": bool(number % 5),
                    }
                )
                account._refresh_all()

    # ------------------------------------------------------------ check

    def check(self):
        """Let Odoo compute a sample anew and compare totals of everything.

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
            orders.order_line,
            ("price_subtotal", "price_total", "qty_invoiced", "qty_to_invoice"),
        )
        moves = self._sample("account.move", [], sample)
        self._check_recomputed(
            moves,
            (
                "amount_total",
                "amount_residual",
                "amount_residual_signed",
                "payment_state",
                "commercial_partner_id",
            ),
        )
        self._check_recomputed(
            moves.line_ids, ("amount_residual", "reconciled", "price_total")
        )
        partners = self._sample("res.partner", [], sample)
        names = ("complete_name", "commercial_partner_id", "email_normalized")
        names += ("phone_sanitized", "tax_key", "name_key", "domain_key")
        self._check_recomputed(
            partners, [name for name in names if name in partners._fields]
        )
        if "customer.credit.account" in self.env:
            self._check_exposures(
                self._sample("customer.credit.account", [], sample).partner_id
            )
        self.env.invalidate_all()

    def _sample(self, model, domain, sample, size=30):
        ids = self.env[model].search(domain, order="id").ids
        return self.env[model].browse(sample.sample(ids, min(size, len(ids))))

    def _check_recomputed(self, records, names):
        before = {name: [record[name] for record in records] for name in names}
        with self.cr.savepoint() as savepoint:
            for name in names:
                self.env.add_to_compute(records._fields[name], records)
            for name, values in before.items():
                for record, value in zip(records, values, strict=True):
                    if record[name] != value:
                        raise GeneratorError(
                            f"{record}.{name} is {value}, computed {record[name]}"
                        )
            self.env.flush_all()
            savepoint.rollback()
        self.env.invalidate_all(flush=False)

    def _check_totals(self):
        for query in (
            """SELECT COUNT(*) FROM sale_order
                WHERE amount_total != (SELECT SUM(price_total) FROM sale_order_line
                                        WHERE order_id = sale_order.id)""",
            """SELECT COUNT(*) FROM account_move
                WHERE move_type = 'out_invoice'
                  AND amount_total != (SELECT SUM(price_total) FROM account_move_line
                                        WHERE move_id = account_move.id
                                          AND display_type = 'product')""",
            """SELECT COUNT(*) FROM account_move
                WHERE (SELECT SUM(balance) FROM account_move_line
                        WHERE move_id = account_move.id) != 0""",
            """SELECT COUNT(*) FROM account_move_line line
                 JOIN account_account account ON account.id = line.account_id
                WHERE account.account_type = 'asset_receivable'
                  AND line.parent_state = 'posted'
                  AND line.amount_residual != line.balance - COALESCE((
                      SELECT SUM(amount) FROM account_partial_reconcile
                       WHERE debit_move_id = line.id), 0) + COALESCE((
                      SELECT SUM(amount) FROM account_partial_reconcile
                       WHERE credit_move_id = line.id), 0)""",
            """SELECT COUNT(*) FROM account_move_line line
                 JOIN account_move move ON move.id = line.move_id
                WHERE move.move_type = 'out_invoice'
                  AND line.partner_id != move.commercial_partner_id""",
        ):
            self.cr.execute(SQL(query))
            (wrong,) = self.cr.fetchone()
            if wrong:
                raise GeneratorError(f"{wrong} wrong rows: {query}")
        for model, expected in self._expected_counts().items():
            found = self.env[model].with_context(active_test=False).search_count([])
            if found < expected:
                raise GeneratorError(f"{found} {model} instead of {expected}")

    def _expected_counts(self):
        sizes = self.sizes
        orders = sizes.quotations + sizes.customers + sizes.trading // 10
        paid = sizes.trading * sizes.history + sizes.deals
        invoiced = paid + sizes.trading + sizes.trading // 5
        return {
            "res.partner": sizes.customers + sizes.trading,
            "sale.order": orders + invoiced,
            "sale.order.line": (orders + invoiced) * sizes.lines,
            "account.move": invoiced + paid,
        }

    def _check_exposures(self, customers):
        """Add up, record by record, what each customer owes, and compare."""
        accounts = self.env["customer.credit.account"]
        figures = accounts._get_figures(self.company, customers)
        own = self.company.currency_id
        today = fields.Date.context_today(accounts)
        for customer in customers:
            expected = sum(
                self.env["account.move.line"]
                .search(
                    [
                        ("partner_id", "child_of", customer.ids),
                        ("account_id.account_type", "=", "asset_receivable"),
                        ("parent_state", "=", "posted"),
                    ]
                )
                .mapped("amount_residual")
            )
            orders = self.env["sale.order"].search(
                [
                    ("partner_invoice_id", "=", customer.id),
                    ("state", "=", "sale"),
                ]
            )
            covered = orders.filtered(lambda order: order.invoice_status != "invoiced")
            for order in covered:
                posted = order.invoice_ids.filtered(lambda m: m.state == "posted")
                expected += order.currency_id._convert(
                    order.amount_total - sum(posted.mapped("amount_total")),
                    own,
                    self.company,
                    today,
                )
            drafts = (orders - covered).invoice_ids.filtered(
                lambda m: m.state == "draft"
            )
            expected += sum(drafts.mapped("amount_total"))
            found = figures[customer.id]["exposure"]
            stored = accounts.search([("partner_id", "=", customer.id)]).exposure
            for value in (found, stored):
                if own.compare_amounts(value, expected):
                    raise GeneratorError(
                        f"{customer.name} owes {expected}, computed {value}"
                    )
