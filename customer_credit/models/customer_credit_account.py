from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

# What a statement returns of one account: money in company currency.
CreditRow = namedtuple(
    "CreditRow", "id partner_id control limit_amount valid_until exposure limit status"
)


# What the statements of one company work with: ids, dates and figures, or the names of
# the arguments of the database function that holds the same statement.
CreditScope = namedtuple(
    "CreditScope",
    "company root currency digits today now warning controlled_only partners",
)
FUNCTION_SCOPE = CreditScope(*(SQL(f"p_{name}") for name in CreditScope._fields))
# Above this many customers a plan of their own is worth its planning.
FUNCTION_MAX_CUSTOMERS = 100


class CustomerCreditAccount(models.Model):
    """What one customer may owe to one company (F11, F12, F19, F26).

    All amounts are in the company's currency. ``exposure`` and what follows from
    it is written by ``_refresh`` alone: one statement for any number of
    customers, which also writes the account's row and so lets of two transactions
    that use the same limit at once only the first one through.
    """

    _name = "customer.credit.account"
    _description = "Customer Credit Account"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "usage desc, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id.complete_name"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("parent_id", "=", False)],
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    control = fields.Selection(
        [
            ("none", "Not Controlled"),
            ("limited", "Limited"),
            ("blocked", "Blocked"),
        ],
        required=True,
        default="limited",
        tracking=True,
    )
    limit_amount = fields.Monetary(
        string="Credit Limit",
        tracking=True,
        currency_field="limit_currency_id",
        readonly=True,
        copy=False,
        help="The most that a limited customer may owe. 0: only prepayment.",
    )
    limit_currency_id = fields.Many2one(
        "res.currency",
        readonly=True,
        copy=False,
        help="Compared with what is used at the rate of the day (F17).",
    )
    term_days = fields.Integer(
        string="Credit Days", tracking=True, readonly=True, copy=False
    )
    valid_until = fields.Date(
        tracking=True,
        readonly=True,
        copy=False,
        help="From the next day on the limit counts as 0.",
    )
    exception_amount = fields.Monetary(
        string="Exceptional Limit",
        currency_field="limit_currency_id",
        readonly=True,
        copy=False,
        tracking=True,
        help="Holds instead of a lower limit until its last day (F20).",
    )
    exception_until = fields.Date(readonly=True, copy=False, tracking=True)
    frozen = fields.Boolean(
        readonly=True,
        copy=False,
        tracking=True,
        help="An event lowered what may be used, whatever the limit says (F21).",
    )
    reduced_amount = fields.Monetary(
        string="Usable while Frozen",
        currency_field="limit_currency_id",
        readonly=True,
        copy=False,
        tracking=True,
    )
    counted_security = fields.Monetary(
        readonly=True,
        copy=False,
        help="What guarantees add to the limit because the rule of the rating says so.",
    )
    counted_security_until = fields.Date(readonly=True, copy=False)
    group_id = fields.Many2one(
        "customer.credit.group",
        string="Shared Limit",
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    warning_percent = fields.Float(
        string="Near the Limit from (%)",
        digits=(5, 1),
        readonly=True,
        copy=False,
        help="Empty: what the company's settings say.",
    )
    limit_today = fields.Monetary(
        readonly=True,
        copy=False,
        help="The limit of the day of the figures, with exceptions, freezes and counted "
        "guarantees, in company currency.",
    )
    oldest_due = fields.Date(
        string="Oldest Open Item Due",
        readonly=True,
        copy=False,
        help="Due by its own term or by the approved credit days, whichever is earlier.",
    )
    overdue_amount = fields.Monetary(string="Overdue", readonly=True, copy=False)
    exposure = fields.Monetary(string="Used", readonly=True, copy=False)
    available = fields.Monetary(readonly=True, copy=False)
    usage = fields.Float(
        string="Limit Use (%)", readonly=True, copy=False, aggregator="avg", index=True
    )
    status = fields.Selection(
        [("normal", "Normal"), ("warning", "Near Limit"), ("hold", "Credit on Hold")],
        readonly=True,
        copy=False,
        index=True,
    )
    exposure_date = fields.Datetime(string="Figures of", readonly=True, copy=False)
    user_ids = fields.Many2many(
        "res.users", string="Responsible Reps", compute="_compute_user_ids"
    )
    receivable_amount = fields.Monetary(
        string="Receivables", compute="_compute_components"
    )
    draft_amount = fields.Monetary(
        string="Draft Invoices", compute="_compute_components"
    )
    order_amount = fields.Monetary(
        string="Orders to Invoice", compute="_compute_components"
    )
    payment_amount = fields.Monetary(
        string="Payments to Book", compute="_compute_components"
    )

    _partner_company_uniq = models.Constraint(
        "UNIQUE(partner_id, company_id)",
        "A customer has one credit account in a company.",
    )
    _limit_positive = models.Constraint(
        "CHECK(limit_amount >= 0)", "A credit limit is never negative."
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return (
            super()._guarded_fields()
            | self._get_limit_fields()
            | {
                "limit_today",
                "oldest_due",
                "overdue_amount",
                "exposure",
                "available",
                "usage",
                "status",
                "exposure_date",
            }
        )

    @api.model
    def _may_read_domain(self):
        """Finance and management read all accounts, others those of customers
        for whom they are responsible (F26, F60)."""
        user = self.env.user
        if user.has_groups(
            "customer_archive.group_fin,customer_archive.group_mdo,"
            "customer_archive.group_gmo"
        ):
            return Domain.TRUE
        # sudo: the rule itself asks; the dossiers only name the customers
        dossiers_sudo = self.env["customer.dossier"].sudo()
        responsible = dossiers_sudo._search(dossiers_sudo._responsible_domain())
        return Domain("partner_id.user_id", "=", user.id) | Domain(
            "partner_id", "in", responsible.subselect("partner_id")
        )

    @api.depends("partner_id.user_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    def _prepare_system_values(self, vals):
        company = self.env["res.company"].browse(
            vals.get("company_id") or self.default_get(["company_id"])["company_id"]
        )
        return super()._prepare_system_values(vals) | {
            "limit_currency_id": company.currency_id.id
        }

    # ------------------------------------------------------------ destruction (D31)

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id", "in", dossiers.partner_id.ids)

    # ------------------------------------------------------------ computed

    @api.depends("partner_id.user_id")
    def _compute_user_ids(self):
        # sudo: who is responsible for a customer is no secret of his dossier
        dossiers_sudo = self.env["customer.dossier"].sudo()
        dossier_by_partner = dossiers_sudo.search_fetch(
            [("partner_id", "in", self.partner_id.ids)], ["partner_id", "user_id"]
        ).grouped("partner_id")
        for account in self:
            dossier_sudo = dossier_by_partner.get(account.partner_id, dossiers_sudo)
            account.user_ids = account.partner_id.user_id | dossier_sudo.user_id

    @api.depends("partner_id", "company_id")
    def _compute_components(self):
        for company, accounts in self.grouped("company_id").items():
            figures = self._get_figures(company, accounts.partner_id)
            for account in accounts:
                row = figures.get(account.partner_id.id, {})
                account.receivable_amount = row.get("receivable", 0.0)
                account.draft_amount = row.get("draft", 0.0)
                account.order_amount = row.get("ordered", 0.0)
                account.payment_amount = row.get("paid", 0.0)

    # ------------------------------------------------------------ accounts

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._refresh_all()
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if not self._get_limit_fields().isdisjoint(vals):
            self._refresh_all()
        return result

    @api.model
    def _get_limit_fields(self):
        """Return the fields that the limit of a day follows from."""
        return {
            "control",
            "limit_amount",
            "limit_currency_id",
            "term_days",
            "valid_until",
            "exception_amount",
            "exception_until",
            "frozen",
            "reduced_amount",
            "counted_security",
            "counted_security_until",
            "group_id",
            "warning_percent",
        }

    @api.model
    def _get(self, partner, company):
        """Return the account of ``partner``'s commercial entity in ``company``;
        a missing one is made with the company's default control and no limit."""
        customer = partner.commercial_partner_id
        self._create_missing(company, customer.ids)
        # sudo: everybody who sells has an account made; what it shows is guarded
        return (
            self.sudo()
            .search([("partner_id", "=", customer.id), ("company_id", "=", company.id)])
            .sudo(self.env.su)
        )

    def _fold(self, customer):
        """Keep one account a company of customers that become one: that of
        ``customer``, else the oldest. Limits are not added up; what the others
        allowed is said on the one that stays.

        :return: the accounts that stay
        """
        kept = self.browse()
        for accounts in self.grouped("company_id").values():
            first, *others = accounts.sorted(
                lambda account: (account.partner_id != customer, account.id)
            )
            kept += first
            for other in others:
                for model_name in self._get_content_models():
                    contents = self.env[model_name].with_context(active_test=False)
                    contents.search([("account_id", "=", other.id)])._system_write(
                        {"account_id": first.id}
                    )
                first.message_post(
                    body=self.env._(
                        "Merged with %(customer)s, whose credit limit was %(limit)s.",
                        customer=other.partner_id.display_name,
                        limit=format_amount(
                            self.env, other.limit_amount, other.currency_id
                        ),
                    )
                )
                other.unlink()
        return kept

    @api.model
    def _get_content_models(self):
        """Return the names of the models whose records belong to an account."""
        names = self.env.registry.descendants(
            ["customer.credit.content.mixin"], "_inherit"
        )
        return [
            "customer.credit.hold",
            *(name for name in names if not self.env[name]._abstract),
        ]

    def _get_dossier(self):
        """Return the dossier of the customer, an empty one if there is none."""
        self.ensure_one()
        return self.env["customer.dossier"].search(
            [("partner_id", "=", self.partner_id.id)], limit=1
        )

    @api.model
    def _create_missing(self, company, partner_ids):
        """Make the accounts that customers lack, in one statement."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_credit_account (
                    partner_id, company_id, control, limit_amount,
                    limit_currency_id, exposure,
                    available, usage, status, create_uid, write_uid,
                    create_date, write_date)
                SELECT id, %(company)s, %(control)s, 0, %(currency)s, 0, 0, 0,
                       'normal', %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM unnest(%(partners)s) AS customer(id)
                ON CONFLICT (partner_id, company_id) DO NOTHING
                """,
                company=company.id,
                currency=company.currency_id.id,
                control=company.credit_default_control or "none",
                uid=self.env.uid,
                partners=list(partner_ids),
            )
        )

    # ------------------------------------------------------------ exposure (M24)

    @api.model
    def _get_figures(self, company, partners):
        """Return what makes up the exposure of each customer.

        :param partners: commercial entities
        :return: {partner id: {receivable, draft, ordered, paid, exposure}}, money
            in the currency of ``company``
        """
        self._flush_sources()
        rows = self.env.execute_query_dict(
            self._figures_sql(self._get_scope(company, partners.ids))
        )
        return {row.pop("customer_id"): row for row in rows}

    @api.model
    def _get_scope(self, company, partner_ids=(), controlled_only=False):
        return CreditScope(
            company=company.id,
            root=company.root_id.id,
            currency=company.currency_id.id,
            digits=company.currency_id.decimal_places,
            today=fields.Date.context_today(self),
            now=fields.Datetime.now(),
            warning=company.credit_warning_percent,
            controlled_only=controlled_only,
            partners=list(partner_ids),
        )

    @api.model
    def _flush_sources(self):
        flush = {
            "account.account": ["account_type"],
            "account.move": [
                "commercial_partner_id",
                "company_id",
                "currency_id",
                "move_type",
                "state",
            ],
            "account.move.line": [
                "account_id",
                "amount_residual",
                "company_id",
                "display_type",
                "parent_state",
                "partner_id",
                "price_total",
                "reconciled",
            ],
            "payment.transaction": [
                "amount",
                "company_id",
                "currency_id",
                "operation",
                "partner_id",
                "payment_id",
                "sale_order_ids",
                "state",
            ],
            "res.partner": ["commercial_partner_id"],
            "sale.order": [
                "amount_total",
                "company_id",
                "currency_id",
                "invoice_status",
                "partner_id",
                "partner_invoice_id",
                "state",
            ],
            "sale.order.line": ["invoice_lines", "order_id"],
        }
        for model, field_names in flush.items():
            self.env[model].flush_model(field_names)

    @api.model
    def _rates_sql(self, scope):
        """Return the common table expression ``rate``: what one unit of each foreign
        currency is worth today in the currency of ``company``. PostgreSQL reads it
        only when it meets a foreign amount."""
        return SQL(
            """rate AS MATERIALIZED (
                SELECT DISTINCT ON (currency_id) currency_id, rate
                  FROM res_currency_rate
                 WHERE company_id IS NULL OR company_id = %(root)s
              ORDER BY currency_id, name > %(today)s,
                       CASE WHEN name > %(today)s THEN name END, company_id, name DESC
            )""",
            root=scope.root,
            today=scope.today,
        )

    @api.model
    def _rate_sql(self, scope, currency_column):
        """Return SQL for what one unit of a currency is worth today in the currency
        of the company, so that an amount is converted exactly once; needs
        ``_rates_sql``."""
        return SQL(
            "CASE WHEN %(column)s = %(own)s THEN 1 ELSE (SELECT "
            "COALESCE(MAX(rate) FILTER (WHERE currency_id = %(own)s), 1) / "
            "COALESCE(MAX(rate) FILTER (WHERE currency_id = %(column)s), 1) "
            "FROM rate) END",
            column=currency_column,
            own=scope.currency,
        )

    @api.model
    def _transaction_share_sql(self, scope):
        """Return SQL for what a payment brought for one order, in company currency;
        one for several orders counts for each in proportion to its total."""
        return SQL(
            """transaction.amount * %s * sale_order.amount_total / NULLIF((
                   SELECT SUM(other.amount_total)
                     FROM sale_order_transaction_rel sharing
                     JOIN sale_order other ON other.id = sharing.sale_order_id
                    WHERE sharing.transaction_id = transaction.id
               ), 0)""",
            self._rate_sql(scope, SQL("transaction.currency_id")),
        )

    @api.model
    def _order_sql(self, scope, condition):
        """Return a SELECT of what each order that fulfils ``condition`` still puts
        on credit, in company currency.

        ``uninvoiced`` is the order's total, whatever its invoicing policy, less
        what posted invoices took over; down payments are among them. ``received``
        is the money that came in online for this order, booked or not.
        """
        return SQL(
            """
            SELECT sale_order.id AS order_id,
                   sale_order.partner_id,
                   sale_order.partner_invoice_id,
                   GREATEST(sale_order.amount_total - COALESCE(posted.amount, 0), 0)
                       * %(rate)s AS uninvoiced,
                   COALESCE(online.amount, 0) AS received
              FROM sale_order
         LEFT JOIN LATERAL (
                   SELECT SUM(
                              CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                              * line.price_total
                              * %(move_rate)s / %(rate)s
                          ) AS amount
                     FROM sale_order_line
                     JOIN sale_order_line_invoice_rel rel
                       ON rel.order_line_id = sale_order_line.id
                     JOIN account_move_line line ON line.id = rel.invoice_line_id
                     JOIN account_move move ON move.id = line.move_id
                    WHERE sale_order_line.order_id = sale_order.id
                      AND move.state = 'posted'
                   ) posted ON TRUE
         LEFT JOIN LATERAL (
                   SELECT SUM(%(transaction_share)s) AS amount
                     FROM sale_order_transaction_rel rel
                     JOIN payment_transaction transaction
                       ON transaction.id = rel.transaction_id
                    WHERE rel.sale_order_id = sale_order.id
                      AND transaction.state = 'done'
                   ) online ON TRUE
             WHERE sale_order.company_id = %(company)s AND %(condition)s
            """,
            rate=self._rate_sql(scope, SQL("sale_order.currency_id")),
            move_rate=self._rate_sql(scope, SQL("move.currency_id")),
            transaction_share=self._transaction_share_sql(scope),
            company=scope.company,
            condition=condition,
        )

    @api.model
    def _figures_sql(self, scope):
        """Return one SELECT of the exposure of N customers (M24, F12).

        A confirmed order counts for who is invoiced and, if that is somebody else,
        for who ordered as well. A draft invoice counts with the lines that no open
        order stands for; a draft credit note does not lower anything. Money that was
        paid for a quotation is kept for that quotation and covers nothing else.
        """
        open_order = SQL("sale_order.invoice_status IS DISTINCT FROM 'invoiced'")
        return SQL(
            """
            WITH %(rates)s, customer AS MATERIALIZED (
                SELECT unnest(%(partners)s::integer[]) AS customer_id
            ), member AS MATERIALIZED (
                SELECT partner.id, customer.customer_id
                  FROM customer
                  JOIN res_partner partner
                    ON partner.commercial_partner_id = customer.customer_id
            ), receivable AS (
                SELECT member.customer_id, SUM(line.amount_residual) AS amount
                  FROM member
                  JOIN account_move_line line ON line.partner_id = member.id
                  JOIN account_account account ON account.id = line.account_id
                 WHERE account.account_type = 'asset_receivable'
                   AND line.parent_state = 'posted'
                   AND line.reconciled IS NOT TRUE
                   AND line.company_id = %(company)s
              GROUP BY member.customer_id
            ), draft_move AS (
                SELECT move.commercial_partner_id AS customer_id,
                       GREATEST(SUM(line.price_total)
                                FILTER (WHERE source.id IS NULL), 0) * %(move_rate)s
                       + GREATEST(SUM(line.price_total)
                                  FILTER (WHERE source.id IS NOT NULL), 0)
                         * %(move_rate)s AS amount
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
             LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
             LEFT JOIN sale_order_line source ON source.id = rel.order_line_id
             LEFT JOIN sale_order ON sale_order.id = source.order_id
                 WHERE move.commercial_partner_id IN (SELECT customer_id FROM customer)
                   AND move.company_id = %(company)s
                   AND move.state = 'draft'
                   AND move.move_type IN ('out_invoice', 'out_receipt')
                   AND line.display_type = 'product'
                   AND (sale_order.id IS NULL OR sale_order.state != 'sale'
                        OR NOT (%(open_order)s))
              GROUP BY move.id
            ), draft AS (
                SELECT customer_id, SUM(amount) AS amount
                  FROM draft_move
              GROUP BY customer_id
            ), open_order AS MATERIALIZED (%(orders)s),
            ordered AS (
                SELECT share.customer_id, SUM(share.amount) AS amount
                  FROM open_order
             LEFT JOIN member invoiced ON invoiced.id = open_order.partner_invoice_id
             LEFT JOIN member ordering ON ordering.id = open_order.partner_id
                   AND ordering.customer_id IS DISTINCT FROM invoiced.customer_id
            CROSS JOIN LATERAL (VALUES
                           (invoiced.customer_id, open_order.uninvoiced),
                           (ordering.customer_id, GREATEST(
                               open_order.uninvoiced - open_order.received, 0))
                       ) share(customer_id, amount)
                 WHERE share.customer_id IS NOT NULL
              GROUP BY share.customer_id
            ), paid AS (
                SELECT member.customer_id,
                       SUM(transaction.amount * %(transaction_rate)s) AS amount
                  FROM member
                  JOIN payment_transaction transaction
                    ON transaction.partner_id = member.id
             LEFT JOIN account_payment payment ON payment.id = transaction.payment_id
             LEFT JOIN account_move move ON move.id = payment.move_id
                 WHERE transaction.state = 'done'
                   AND transaction.operation != 'validation'
                   AND transaction.company_id = %(company)s
                   AND move.state IS DISTINCT FROM 'posted'
              GROUP BY member.customer_id
            ), reserved AS (
                SELECT member.customer_id, SUM(%(transaction_share)s) AS amount
                  FROM member
                  JOIN payment_transaction transaction
                    ON transaction.partner_id = member.id
                  JOIN sale_order_transaction_rel rel
                    ON rel.transaction_id = transaction.id
                  JOIN sale_order ON sale_order.id = rel.sale_order_id
                 WHERE transaction.state = 'done'
                   AND transaction.company_id = %(company)s
                   AND sale_order.state IN ('draft', 'sent')
              GROUP BY member.customer_id
            )
            SELECT customer_id,
                   COALESCE(receivable.amount, 0)::float AS receivable,
                   COALESCE(draft.amount, 0)::float AS draft,
                   COALESCE(ordered.amount, 0)::float AS ordered,
                   (COALESCE(paid.amount, 0)
                    - COALESCE(reserved.amount, 0))::float AS paid,
                   ROUND((COALESCE(receivable.amount, 0) + COALESCE(draft.amount, 0)
                    + COALESCE(ordered.amount, 0) - COALESCE(paid.amount, 0)
                    + COALESCE(reserved.amount, 0))::numeric,
                    %(digits)s)::float AS exposure
              FROM customer
         LEFT JOIN receivable USING (customer_id)
         LEFT JOIN draft USING (customer_id)
         LEFT JOIN ordered USING (customer_id)
         LEFT JOIN paid USING (customer_id)
         LEFT JOIN reserved USING (customer_id)
            """,
            rates=self._rates_sql(scope),
            partners=scope.partners,
            company=scope.company,
            digits=scope.digits,
            open_order=open_order,
            move_rate=self._rate_sql(scope, SQL("move.currency_id")),
            transaction_rate=self._rate_sql(scope, SQL("transaction.currency_id")),
            transaction_share=self._transaction_share_sql(scope),
            orders=self._order_sql(
                scope,
                # arrays: with subqueries an OR cannot use the indexes
                SQL(
                    "sale_order.state = 'sale' AND %s AND (sale_order.partner_id = "
                    "ANY (ARRAY(SELECT id FROM member)) OR "
                    "sale_order.partner_invoice_id = "
                    "ANY (ARRAY(SELECT id FROM member)))",
                    open_order,
                ),
            ),
        )

    @api.model
    def _refresh_sql(self, scope):
        """Return the statement of ``_refresh``."""
        return SQL(
            """
            WITH account AS MATERIALIZED (
                SELECT id, partner_id, control,
                       CASE WHEN account.valid_until < %(today)s THEN 0
                            ELSE account.limit_amount END AS credit_limit
                  FROM customer_credit_account account
                 WHERE company_id = %(company)s
                   AND partner_id = ANY (%(partners)s::integer[])
                   AND (control != 'none' OR NOT %(controlled_only)s)
              ORDER BY id
                   FOR UPDATE
            ), figures AS (%(figures)s)
            UPDATE customer_credit_account stored
               SET exposure = figures.exposure,
                   available = account.credit_limit - figures.exposure,
                   usage = CASE WHEN account.credit_limit > 0
                                THEN ROUND((figures.exposure * 100
                                            / account.credit_limit)::numeric, 1)
                                WHEN figures.exposure > 0 THEN 100
                                ELSE 0 END,
                   status = CASE
                       WHEN account.control = 'none' THEN 'normal'
                       WHEN account.control = 'blocked' THEN 'hold'
                       WHEN figures.exposure > account.credit_limit THEN 'hold'
                       WHEN account.credit_limit > 0 AND figures.exposure * 100
                            >= account.credit_limit * %(warning)s THEN 'warning'
                       ELSE 'normal' END,
                   exposure_date = %(now)s
              FROM account
              JOIN figures ON figures.customer_id = account.partner_id
             WHERE stored.id = account.id
            RETURNING stored.id, stored.partner_id, stored.control,
                   stored.limit_amount::float, stored.valid_until,
                   stored.exposure::float, account.credit_limit::float,
                   stored.status
            """,
            **scope._asdict(),
            figures=self._figures_sql(scope),
        )

    def init(self):
        """Keep the statement of ``_refresh`` as a database function: to plan it takes
        ten times as long as to run it for one customer, and a function's plan is kept
        until Odoo gives the connection back to its pool."""
        self.env.cr.execute(
            SQL(
                """
                DROP FUNCTION IF EXISTS customer_credit_refresh;
                CREATE FUNCTION customer_credit_refresh(
                    p_company integer, p_root integer, p_currency integer,
                    p_digits integer, p_today date, p_now timestamp,
                    p_warning numeric, p_controlled_only boolean, p_partners integer[])
                RETURNS TABLE (
                    id integer, partner_id integer, control varchar,
                    limit_amount float, valid_until date, exposure float,
                    credit_limit float, status varchar)
                LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $function$
                #variable_conflict use_column
                BEGIN
                    RETURN QUERY %s;
                END
                $function$
                """,
                self._refresh_sql(FUNCTION_SCOPE),
            )
        )

    @api.model
    def _refresh(self, company, partner_ids, controlled_only=False):
        """Bring the stored figures of the customers' accounts up to date and return
        them; the rows are written in the order of their ids.

        Transactions run on a snapshot (REPEATABLE READ): of two that judge the same
        account at once, the second cannot write the row that the first one wrote,
        fails with 40001 and is repeated by Odoo on the new figures. A lock alone
        would let both through.

        :param partner_ids: ids of commercial entities
        :param controlled_only: leave out customers who are not controlled
        :return: {partner id: CreditRow}
        """
        self._flush_sources()
        self.flush_model(["control", "limit_amount", "valid_until"])
        scope = self._get_scope(company, partner_ids, controlled_only)
        if len(scope.partners) <= FUNCTION_MAX_CUSTOMERS:
            statement = SQL(
                "SELECT * FROM customer_credit_refresh(%s)",
                SQL(", ").join(SQL("%s", argument) for argument in scope),
            )
        else:
            statement = self._refresh_sql(scope)
        rows = self.env.execute_query(statement)
        self.browse(row[0] for row in rows).invalidate_recordset(
            ["exposure", "available", "usage", "status", "exposure_date"], flush=False
        )
        return {row[1]: CreditRow(*row) for row in rows}

    @api.model
    def _refresh_one(self, company, customer):
        """Return the CreditRow of one customer, with an account made if missing."""
        self._create_missing(company, customer.ids)
        return self._refresh(company, customer.ids)[customer.id]

    @api.model
    def _without_account(self, company, partner_ids):
        """Return the ids of the customers among ``partner_ids`` without account."""
        existing = self._search(
            [("company_id", "=", company.id), ("partner_id", "in", partner_ids)]
        )
        accounts = self.browse(existing).partner_id
        return set(partner_ids) - set(accounts.ids)

    def _get_effective_limit(self):
        """Return today's limit: 0 once its validity has passed."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        if self.valid_until and self.valid_until < today:
            return 0.0
        return self.limit_amount

    def _refresh_all(self):
        for company, accounts in self.grouped("company_id").items():
            self._refresh(company, accounts.partner_id.ids)

    @api.model
    def _cron_refresh(self):
        """Refresh, in chunks, the accounts whose figures are older than half a day."""
        cron = self.env["ir.cron"]
        cutoff = fields.Datetime.subtract(fields.Datetime.now(), hours=12)
        stale = Domain("exposure_date", "=", False) | Domain(
            "exposure_date", "<", cutoff
        )
        cron._commit_progress(remaining=self.search_count(stale))
        while chunk := self.search(stale, order="id", limit=1000):
            chunk._refresh_all()
            if not cron._commit_progress(len(chunk)):
                break

    # ------------------------------------------------------------ existing customers

    @api.model
    def _create_for_existing_customers(self, company, control, use_core_limit):
        """Make the accounts of all customers that ``company`` has traded with and
        that have none, in one statement (design.md §5.9).

        :param control: what they get
        :param use_core_limit: customers with a credit limit in Accounting are
            limited to it instead
        :return: the number of accounts made
        """
        self.check_access("create")
        if company not in self.env.companies:
            raise UserError(self.env._("Switch to %(name)s first.", name=company.name))
        self.env["res.partner"].flush_model(["credit_limit", "commercial_partner_id"])
        self._flush_sources()
        core_limit = (
            SQL("(partner.credit_limit ->> %s)::numeric", str(company.id))
            if use_core_limit
            else SQL("NULL::numeric")
        )
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO customer_credit_account (
                    partner_id, company_id, control, limit_amount,
                    limit_currency_id, exposure,
                    available, usage, status, create_uid, write_uid,
                    create_date, write_date)
                SELECT partner.id, %(company)s,
                       CASE WHEN %(core_limit)s > 0 THEN 'limited' ELSE %(control)s END,
                       COALESCE(GREATEST(%(core_limit)s, 0), 0), %(currency)s, 0, 0, 0,
                       'normal',
                       %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC',
                       now() AT TIME ZONE 'UTC'
                  FROM res_partner partner
                 WHERE partner.id IN (
                           SELECT ordering.commercial_partner_id
                             FROM sale_order
                             JOIN res_partner ordering
                               ON ordering.id = sale_order.partner_id
                            WHERE sale_order.state = 'sale'
                              AND sale_order.company_id = %(company)s
                            UNION
                           SELECT commercial_partner_id
                             FROM account_move
                            WHERE state = 'posted' AND company_id = %(company)s
                              AND move_type IN ('out_invoice', 'out_refund'))
                ON CONFLICT (partner_id, company_id) DO NOTHING
             RETURNING partner_id
                """,
                company=company.id,
                currency=company.currency_id.id,
                control=control,
                core_limit=core_limit,
                uid=self.env.uid,
            )
        )
        partner_ids = [partner_id for (partner_id,) in rows]
        for start in range(0, len(partner_ids), 1000):
            self._refresh(company, partner_ids[start : start + 1000])
        return len(partner_ids)

    # ------------------------------------------------------------ verdict

    @api.model
    def _is_over(self, company, row, extra=0.0):
        """Return whether a CreditRow with ``extra`` on top exceeds its limit; as
        much as the limit is allowed (M24)."""
        if row.control == "blocked":
            return True
        if row.control == "none":
            return False
        return company.currency_id.compare_amounts(row.exposure + extra, row.limit) > 0
