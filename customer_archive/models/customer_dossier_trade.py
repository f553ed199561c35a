from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerDossier(models.Model):
    """Dealings with the customer: figures (A24), documents (A16) and the trading
    event that asks for an update of the dossier (A49)."""

    _inherit = "customer.dossier"

    trade_figures = fields.Json(compute="_compute_trade_figures", compute_sudo=False)
    trade_years = fields.Html(
        string="Dealings by Year",
        compute="_compute_trade_years",
        compute_sudo=False,
        sanitize=False,
    )
    first_deal_date = fields.Date(
        string="First Deal", compute="_compute_trade_figures", compute_sudo=False
    )
    last_deal_date = fields.Date(
        string="Last Deal", compute="_compute_trade_figures", compute_sudo=False
    )
    cooperation_days = fields.Integer(
        string="Cooperation (Days)",
        compute="_compute_trade_figures",
        compute_sudo=False,
        help="From the first to the last deal.",
    )
    order_count = fields.Integer(
        string="Orders", compute="_compute_document_counts", compute_sudo=False
    )
    opportunity_count = fields.Integer(
        string="Opportunities", compute="_compute_document_counts", compute_sudo=False
    )
    meeting_count = fields.Integer(
        string="Meetings", compute="_compute_document_counts", compute_sudo=False
    )
    measure_count = fields.Integer(
        string="Measures", compute="_compute_measure_count", compute_sudo=False
    )
    open_measure_count = fields.Integer(
        string="Open Measures", compute="_compute_measure_count", compute_sudo=False
    )
    update_due = fields.Boolean(
        string="Trading Event Newer than Update", readonly=True, copy=False
    )
    last_trading_event = fields.Datetime(readonly=True, copy=False)
    last_update_on = fields.Datetime(string="Up to Date On", readonly=True, copy=False)

    can_mark_updated = fields.Boolean(
        compute="_compute_can_mark_updated", compute_sudo=False
    )

    _update_due_idx = models.Index("(keeper_id) WHERE update_due")

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "update_due",
            "last_trading_event",
            "last_update_on",
        }

    # ------------------------------------------------------------ figures (A24)

    @api.depends("partner_id")
    @api.depends_context("uid", "allowed_company_ids", "tz")
    def _compute_trade_figures(self):
        figures = self._get_trade_figures()
        for dossier in self:
            values = figures.get(dossier._origin.id, {})
            first, last = values.get("first_deal_date"), values.get("last_deal_date")
            dossier.first_deal_date = first
            dossier.last_deal_date = last
            dossier.cooperation_days = (last - first).days if first else 0
            dossier.trade_figures = values.get("years")

    @api.depends("trade_figures")
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_trade_years(self):
        for dossier in self:
            dossier.trade_years = dossier.trade_figures and Markup(
                self.env["ir.qweb"]._render(
                    "customer_archive.customer_dossier_trade_years",
                    {
                        "years": dossier.trade_figures,
                        "currency": self.env.company.currency_id,
                    },
                )
            )

    def _get_trade_figures(self):
        """Return the dealings with each customer as {dossier id: {"first_deal_date",
        "last_deal_date", "years": [{"year", "order_count", "order_amount",
        "invoice_amount", "refund_amount", "payment_amount"}, newest first]}} (A24).

        Confirmed orders, posted invoices and payments with taxes, in the currency of
        ``env.company``, for the companies that the user works in. One query for any
        number of dossiers. The trading history is content of the dossier: whoever
        reads the one may see the sums of the other, without right to the documents.
        """
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT customer_id, company_id, kind,
                       EXTRACT(year FROM day)::int AS year, COUNT(*) AS count,
                       SUM(amount) AS amount, MIN(day) AS first, MAX(day) AS last
                  FROM (%s) deals
              GROUP BY customer_id, company_id, kind, EXTRACT(year FROM day)""",
                self._deals_sql(self.env.companies.ids),
            )
        )
        rows_by_customer = {}
        for row in rows:
            rows_by_customer.setdefault(row["customer_id"], []).append(row)
        return {
            dossier.id: self._sum_deals(rows_by_customer[dossier.partner_id.id])
            for dossier in self
            if dossier.partner_id.id in rows_by_customer
        }

    def _get_deal_dates(self):
        """Return {dossier id: (first, last)} dates of confirmed orders and posted
        invoices in all companies, for the system's own judgement; one query."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT dossier.id, MIN(day), MAX(day)
                  FROM (%s) deals
                  JOIN customer_dossier dossier ON dossier.partner_id = customer_id
                 WHERE dossier.id = ANY(%s) AND kind IN ('order', 'invoice')
              GROUP BY dossier.id""",
                self._deals_sql(),
                self.ids,
            )
        )
        return {dossier_id: (first, last) for dossier_id, first, last in rows}

    def _sum_deals(self, rows):
        currency = self.env.company.currency_id
        today = fields.Date.context_today(self)
        years = {}
        for row in rows:
            year = years.setdefault(
                row["year"],
                {
                    "year": row["year"],
                    "order_count": 0,
                    "order_amount": 0.0,
                    "invoice_amount": 0.0,
                    "refund_amount": 0.0,
                    "payment_amount": 0.0,
                },
            )
            company = self.env["res.company"].browse(row["company_id"])
            year[f"{row['kind']}_amount"] += company.currency_id._convert(
                float(row["amount"] or 0.0), currency, company, today
            )
            if row["kind"] == "order":
                year["order_count"] += row["count"]
        deals = [row for row in rows if row["kind"] in ("order", "invoice")]
        return {
            "first_deal_date": min((row["first"] for row in deals), default=False),
            "last_deal_date": max((row["last"] for row in deals), default=False),
            "years": [years[year] for year in sorted(years, reverse=True)],
        }

    def _deals_sql(self, company_ids=None):
        """Return the query of the customers' deals: customer_id, company_id, kind,
        day in the user's time zone, amount in the company's currency.

        :param company_ids: None for all companies
        """
        self.env["sale.order"].flush_model()
        self.env["account.move"].flush_model()
        self.env["account.payment"].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.flush_model(["partner_id"])
        return SQL(
            """
            SELECT partner.commercial_partner_id AS customer_id, sale.company_id,
                   'order' AS kind,
                   (date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
                   amount_total / COALESCE(NULLIF(currency_rate, 0), 1) AS amount
              FROM sale_order sale
              JOIN res_partner partner ON partner.id = sale.partner_id
             WHERE sale.state = 'sale'
               AND partner.commercial_partner_id = ANY(%(partners)s)
               AND (%(companies)s IS NULL OR sale.company_id = ANY(%(companies)s))
         UNION ALL
            SELECT move.commercial_partner_id, move.company_id,
                   CASE WHEN move_type = 'out_refund' THEN 'refund' ELSE 'invoice' END,
                   invoice_date, amount_total_signed
              FROM account_move move
             WHERE move.state = 'posted'
               AND move_type IN ('out_invoice', 'out_receipt', 'out_refund')
               AND move.commercial_partner_id = ANY(%(partners)s)
               AND (%(companies)s IS NULL OR move.company_id = ANY(%(companies)s))
         UNION ALL
            SELECT partner.commercial_partner_id, payment.company_id, 'payment',
                   payment.date, amount_company_currency_signed
              FROM account_payment payment
              JOIN res_partner partner ON partner.id = payment.partner_id
             WHERE payment.state IN ('in_process', 'paid')
               AND payment.partner_type = 'customer'
               AND partner.commercial_partner_id = ANY(%(partners)s)
               AND (%(companies)s IS NULL OR payment.company_id = ANY(%(companies)s))
            """,
            tz=str(self.env.tz),
            companies=company_ids,
            partners=self.partner_id.ids,
        )

    # ------------------------------------------------------------ documents (A16)

    def _order_domain(self):
        return Domain(
            "partner_id.commercial_partner_id", "in", self.partner_id.ids
        ) & Domain("state", "=", "sale")

    def _opportunity_domain(self):
        return Domain(
            "partner_id.commercial_partner_id", "in", self.partner_id.ids
        ) & Domain("type", "=", "opportunity")

    def _meeting_domain(self):
        return Domain("partner_ids.commercial_partner_id", "in", self.partner_id.ids)

    @api.depends("partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_document_counts(self):
        orders = self._count_by_customer("sale.order", self._order_domain())
        opportunities = self._count_by_customer("crm.lead", self._opportunity_domain())
        meetings = self._count_meetings_by_customer()
        for dossier in self:
            customer = dossier.partner_id._origin
            dossier.order_count = orders.get(customer, 0)
            dossier.opportunity_count = opportunities.get(customer, 0)
            dossier.meeting_count = meetings.get(customer, 0)

    def _count_by_customer(self, model_name, domain):
        """Return {customer: number of his documents that the user may read}."""
        counts = {}
        model = self.env[model_name]
        if model.has_access("read"):
            for partner, count in model._read_group(
                domain, ["partner_id"], ["__count"]
            ):
                customer = partner.commercial_partner_id
                counts[customer] = counts.get(customer, 0) + count
        return counts

    def _count_meetings_by_customer(self):
        """A meeting with two contacts of a customer is one. Not grouped: core leaves
        out of groups what it shows in the list."""
        counts = {}
        meetings = self.env["calendar.event"].search_fetch(
            self._meeting_domain(), ["partner_ids"]
        )
        for meeting in meetings:
            for customer in meeting.partner_ids.commercial_partner_id:
                counts[customer] = counts.get(customer, 0) + 1
        return counts

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_measure_count(self):
        open_states = ("proposed", "approved", "executing")
        counts = {}
        for dossier, state, count in self.env["customer.measure"]._read_group(
            [("dossier_id", "in", self.ids)], ["dossier_id", "state"], ["__count"]
        ):
            total, unfinished = counts.get(dossier.id, (0, 0))
            counts[dossier.id] = (
                total + count,
                unfinished + count * (state in open_states),
            )
        for dossier in self:
            dossier.measure_count, dossier.open_measure_count = counts.get(
                dossier._origin.id, (0, 0)
            )

    def action_view_orders(self):
        return self._action_view_documents("sale.action_orders", self._order_domain())

    def action_view_opportunities(self):
        return self._action_view_documents(
            "crm.crm_lead_opportunities", self._opportunity_domain()
        )

    def action_view_meetings(self):
        action = self._action_view_documents(
            "calendar.action_calendar_event", self._meeting_domain()
        )
        views = sorted(action["views"], key=lambda view: view[1] != "list")
        return action | {"views": views}

    def action_view_measures(self):
        return self._action_view_documents(
            "customer_archive.customer_measure_action",
            Domain("dossier_id", "in", self.ids),
        )

    def _action_view_documents(self, action_xmlid, domain):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(action_xmlid)
        return action | {"domain": list(domain), "context": {}}

    # ------------------------------------------------------------ update (A49)

    def _note_trading_event(self):
        """Something was agreed with the customers of ``self``: their dossiers need
        an update. One statement."""
        self._set_update_due(SQL("id = ANY(%s)", self.ids))

    @api.model
    def _note_trading_event_of(self, partners):
        """Like ``_note_trading_event`` for the dossiers of ``partners``, without
        looking for them first."""
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self._set_update_due(
            SQL(
                """partner_id IN (
                   SELECT commercial_partner_id FROM res_partner WHERE id = ANY(%s))""",
                partners.ids,
            )
        )

    @api.model
    def _set_update_due(self, condition):
        # by SQL: a confirmation costs one statement, and who sells need not be
        # allowed to change the dossier
        fnames = ["update_due", "last_trading_event"]
        self.flush_model(["partner_id", *fnames])
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_dossier
                   SET update_due = TRUE, last_trading_event = %s
                 WHERE state != 'destroyed' AND %s""",
                fields.Datetime.now(),
                condition,
            )
        )
        self.invalidate_model(fnames, flush=False)

    @api.model
    def _duty_remind_update(self, duty, start, end):
        """Give the keeper one to-do per dossier that waits for an update."""
        activity = "customer_archive.mail_activity_type_dossier_update"
        activity_type = self.env.ref(activity)
        due = self.search(
            [
                ("update_due", "=", True),
                ("keeper_id.active", "=", True),
                ("company_id", "in", [self.env.company.id, False]),
                (
                    "activity_ids",
                    "not any",
                    [("activity_type_id", "=", activity_type.id)],
                ),
            ]
        )
        for keeper, dossiers in due.grouped("keeper_id").items():
            # one list of to-dos, not a mail for each
            dossiers.with_context(mail_activity_quick_update=True).activity_schedule(
                activity, user_id=keeper.id
            )

    @api.depends("update_due", "keeper_id", "may_modify")
    @api.depends_context("uid")
    def _compute_can_mark_updated(self):
        is_keeper = self.env.user.has_group("customer_archive.group_keeper")
        for dossier in self:
            dossier.can_mark_updated = (
                dossier.update_due
                and dossier.may_modify
                and (is_keeper or dossier.keeper_id == self.env.user)
            )

    def action_mark_updated(self):
        """The keeper declares the dossiers up to date; his to-dos are done."""
        self.check_access("write")
        for dossier in self:
            if not dossier.can_mark_updated:
                raise AccessError(
                    self.env._(
                        "Dossier %(number)s waits for no update, or you are not its "
                        "keeper.",
                        number=dossier.number,
                    )
                )
        # sudo: who acts was checked; the fields are guarded, and the to-do may be
        # that of another keeper
        dossiers_sudo = self.sudo()
        dossiers_sudo._system_write(
            {"update_due": False, "last_update_on": fields.Datetime.now()}
        )
        dossiers_sudo.activity_feedback(
            ["customer_archive.mail_activity_type_dossier_update"]
        )
        return True
