from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date


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
        string="Approved Limit",
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
        string="Credit Limit",
        readonly=True,
        copy=False,
        help="With exceptions, freezes and counted guarantees, on the day of the "
        "figures and in company currency.",
    )
    oldest_due = fields.Date(
        string="Oldest Open Item Due",
        readonly=True,
        copy=False,
        help="By its own term or by the approved credit days, whichever is earlier.",
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
            | self._get_figure_fields()
        )

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
    def _get_figure_fields(self):
        """Return the fields that a refresh writes."""
        return {
            "available",
            "exposure",
            "exposure_date",
            "limit_today",
            "oldest_due",
            "overdue_amount",
            "status",
            "usage",
        }

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
        # _origin: a form names whatever customer and company its client likes
        for company, accounts in self.grouped(
            lambda account: account._origin.company_id
        ).items():
            figures = {}
            if company:
                figures = self._get_figures(company, accounts._origin.partner_id)
            for account in accounts:
                figure = figures.get(account._origin.partner_id.id, {})
                account.receivable_amount = figure.get("receivable", 0.0)
                account.draft_amount = figure.get("draft", 0.0)
                account.order_amount = figure.get("order", 0.0)
                account.bill_amount = figure.get("bill", 0.0)
                account.payment_amount = -figure.get("payment", 0.0)

    # ------------------------------------------------------------ accounts

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._refresh_all()
        return accounts

    def write(self, vals):
        if {"partner_id", "company_id"}.intersection(vals) and not self._is_system():
            raise UserError(
                self.env._(
                    "A credit account stays with its customer: a limit is granted to "
                    "nobody else."
                )
            )
        result = super().write(vals)
        if not self._get_limit_fields().isdisjoint(vals):
            self._refresh_all()
            self.env["customer.credit.hold"]._trigger_evaluation()
        return result

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
                # a special exception was granted to the other one alone
                other.exception_ids.filtered(
                    lambda exception: (
                        (exception.kind, exception.state) == ("up", "in_force")
                    )
                )._end(self.env._("The customer was merged with another one."))
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
                first._take_over_holds(other)
                other.unlink()
        return kept

    def _take_over_holds(self, other):
        """Stay as strict as ``other``, which becomes part of this account."""
        self._apply_decision(blocked="blocked" in (self.control, other.control))

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
                       'normal', %(uid)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
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

    # ------------------------------------------------------------ figures

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
                       NULL,
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
        """Return whether a CreditRow with ``extra`` on top exceeds its limit by more
        than the tolerance; as much as the limit is allowed (M24)."""
        if row.control == "blocked":
            return True
        if row.control == "none":
            return False
        tolerance = company.currency_id.round(
            row.limit * company.credit_tolerance_percent / 100
        )
        return company.currency_id.compare_amounts(extra, row.available + tolerance) > 0

    @api.model
    def _get_hold_reasons(self, company, rows, extras):
        """Return why customers may not take more, as codes of
        ``customer.credit.reason`` (F20 to F25).

        Extension point for reasons that lie with the customer; called for all
        customers of a batch at once.

        :param rows: {partner id: CreditRow}
        :param extras: {partner id: amount on top of what is used} of whom to judge
        :return: {partner id: set of codes}
        """
        today = fields.Date.context_today(self)
        codes_by_customer = {}
        for partner_id, extra in extras.items():
            codes = codes_by_customer[partner_id] = set()
            row = rows.get(partner_id)
            if row and row.control != "none":
                codes |= self._get_amount_reasons(company, row, extra)
                if company._is_credit_late(row.oldest_due, today):
                    codes.add("overdue")
        return codes_by_customer

    @api.model
    def _get_amount_reasons(self, company, row, extra):
        """Return the codes that follow from the limit alone, at most one."""
        if self._is_over(company, row, extra):
            return {self._get_over_code(row)}
        used = row.limit - row.available + extra
        if (
            company.credit_warning_report
            and row.control == "limited"
            and row.limit > 0
            and used * 100 >= row.limit * row.warning
        ):
            return {"near"}
        return set()

    @api.model
    def _get_over_code(self, row):
        if row.control == "blocked":
            return "blocked"
        if row.frozen:
            return "frozen"
        if row.limit:
            return "over"
        today = fields.Date.context_today(self)
        return "expired" if row.valid_until and row.valid_until < today else "no_limit"

    @api.model
    def _get_reason_texts(self, company, row, codes):
        """Return a sentence for each reason that has more to say than its name.

        :param row: the CreditRow of the customer, None if he is not judged
        """
        texts = []
        if "blocked" in codes:
            texts.append(self.env._("Sales on credit to this customer are blocked."))
        if "frozen" in codes:
            texts.append(self.env._("The limit is frozen until finance lifts that."))
        if "no_limit" in codes:
            texts.append(
                self.env._(
                    "No credit limit has been approved, only prepayment is possible."
                )
            )
        if "expired" in codes:
            texts.append(
                self.env._(
                    "The limit expired on %(date)s.",
                    date=format_date(self.env, row.valid_until),
                )
            )
        if "overdue" in codes:
            texts.append(
                self.env._(
                    "The oldest invoice is %(days)s days late (allowed: %(grace)s).",
                    days=(fields.Date.context_today(self) - row.oldest_due).days,
                    grace=company.credit_grace_days,
                )
            )
        return texts

    # ------------------------------------------------------------ actions

    def action_open_exposure(self):
        """Show the documents that make up the exposure; ``credit_source`` in the
        context narrows it to one kind."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_credit.customer_credit_item_action"
        )
        source = self.env.context.get("credit_source")
        action["context"] = {
            "credit_account_id": self.id,
            **({f"search_default_{source}": 1} if source else {}),
        }
        return action
