from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.customer_archive.report.view_query import select_columns


class CustomerCreditReport(models.Model):
    """Credit accounts to be grouped and added up (F26, F60); the id of a row is that
    of the account.

    A shared limit is divided equally among the accounts of its group, so that it is
    counted once however the rows are grouped. Money is in the currency of the account's
    company.
    """

    _name = "customer.credit.report"
    _description = "Credit Report"
    _inherit = ["customer.secrecy.mixin", "customer.credit.register.mixin"]
    _auto = False
    _order = "exposure desc, id"
    _rec_name = "partner_id"
    _depends = {
        "customer.credit.account": [
            "available",
            "company_id",
            "control",
            "counted_security",
            "counted_security_until",
            "exception_until",
            "exposure",
            "exposure_date",
            "frozen",
            "group_id",
            "limit_today",
            "oldest_due",
            "overdue_amount",
            "partner_id",
            "rating_id",
            "status",
            "usage",
        ],
        "customer.dossier": ["partner_id", "state", "team_id", "user_id"],
        "res.company": ["currency_id"],
        "res.partner": ["user_id"],
    }

    account_id = fields.Many2one(
        "customer.credit.account", string="Credit Account", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible Rep", readonly=True)
    team_id = fields.Many2one("crm.team", string="Business Unit", readonly=True)
    rating_id = fields.Many2one(
        "customer.credit.rating", string="Credit Rating", readonly=True
    )
    control = fields.Selection(
        selection=lambda self: self._get_account_selection("control"), readonly=True
    )
    status = fields.Selection(
        selection=lambda self: self._get_account_selection("status"), readonly=True
    )
    limit_today = fields.Monetary(
        string="Credit Limit",
        readonly=True,
        help="Of a limit that several customers share, an equal part.",
    )
    exposure = fields.Monetary(string="Used", readonly=True)
    available = fields.Monetary(readonly=True)
    usage = fields.Float(
        string="Limit Use (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of several customers together: what they use of all their limits.",
    )
    overdue_amount = fields.Monetary(string="Overdue", readonly=True)
    overdue_days = fields.Integer(
        string="Oldest Overdue (Days)", readonly=True, aggregator="max"
    )
    oldest_due = fields.Date(string="Oldest Open Item Due", readonly=True)
    counted_security = fields.Monetary(string="Counted Guarantees", readonly=True)
    exception_running = fields.Boolean(readonly=True)
    frozen = fields.Boolean(readonly=True)
    exposure_date = fields.Datetime(string="Figures of", readonly=True)

    @api.model
    def _get_account_selection(self, name):
        field = self.env["customer.credit.account"]._fields[name]
        return field._description_selection(self.env)

    # ------------------------------------------------------------ access

    @api.model
    def _may_read_domain(self):
        accounts = self.env["customer.credit.account"]
        return Domain("account_id", "any!", accounts._may_read_domain())

    @api.depends("account_id.partner_id.user_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    # ------------------------------------------------------------ rows

    @property
    def _table_query(self):
        return select_columns(self._get_columns(), self._get_from())

    @api.model
    def _get_columns(self):
        """Return {field name: SQL of its column}; extension point."""
        today = fields.Date.context_today(self)
        limit = SQL("account.limit_today / COALESCE(shared.members, 1)")
        controlled = SQL("account.control != 'none'")
        return {
            "id": SQL("account.id"),
            "account_id": SQL("account.id"),
            "partner_id": SQL("account.partner_id"),
            "company_id": SQL("account.company_id"),
            "currency_id": SQL("company.currency_id"),
            "user_id": SQL("COALESCE(dossier.user_id, partner.user_id)"),
            "team_id": SQL("dossier.team_id"),
            "rating_id": SQL("account.rating_id"),
            "control": SQL("account.control"),
            "status": SQL("account.status"),
            "limit_today": SQL("CASE WHEN %s THEN %s END", controlled, limit),
            "exposure": SQL("account.exposure"),
            "available": SQL(
                "CASE WHEN NOT %s THEN NULL WHEN shared.members IS NULL "
                "THEN account.available ELSE %s - account.exposure END",
                controlled,
                limit,
            ),
            "usage": SQL("CASE WHEN %s THEN account.usage END", controlled),
            "overdue_amount": SQL("account.overdue_amount"),
            "overdue_days": SQL("GREATEST(%s::date - account.oldest_due, 0)", today),
            "oldest_due": SQL("account.oldest_due"),
            "counted_security": SQL(
                "CASE WHEN account.counted_security_until >= %s "
                "THEN account.counted_security END",
                today,
            ),
            "exception_running": SQL(
                "COALESCE(account.exception_until >= %s, FALSE)", today
            ),
            "frozen": SQL("COALESCE(account.frozen, FALSE)"),
            "exposure_date": SQL("account.exposure_date"),
        }

    @api.model
    def _get_from(self):
        return SQL(
            """customer_credit_account account
          JOIN res_company company ON company.id = account.company_id
          JOIN res_partner partner ON partner.id = account.partner_id
     LEFT JOIN LATERAL (
               SELECT user_id, team_id
                 FROM customer_dossier
                WHERE partner_id = account.partner_id AND state != 'destroyed'
             ORDER BY id
                LIMIT 1
               ) dossier ON TRUE
     LEFT JOIN (
               SELECT group_id, COUNT(*) AS members
                 FROM customer_credit_account
                WHERE group_id IS NOT NULL
             GROUP BY group_id
               ) shared ON shared.group_id = account.group_id"""
        )

    def _read_group_select(self, aggregate_spec, query):
        # the use of many limits is no mean of percentages
        if aggregate_spec != "usage:avg":
            return super()._read_group_select(aggregate_spec, query)
        limit = self._field_to_sql(self._table, "limit_today", query)
        return SQL(
            "100 * %s / NULLIF(%s, 0)",
            self._sum_sql(
                SQL(
                    "CASE WHEN %s IS NOT NULL THEN %s END",
                    limit,
                    self._field_to_sql(self._table, "exposure", query),
                ),
                query,
            ),
            self._sum_sql(limit, query),
        )

    def _sum_sql(self, amount, query):
        """Return SQL for the sum of ``amount``, over several companies at the rates of
        the day."""
        if len(self.env.companies.currency_id) < 2:
            return SQL("SUM(%s)", amount)
        rates = self.env.companies.currency_id._get_rates(
            self.env.company, fields.Date.context_today(self)
        )
        return SQL(
            "SUM(%s / CASE %s %s ELSE 1 END)",
            amount,
            self._field_to_sql(self._table, "currency_id", query),
            SQL(" ").join(
                SQL("WHEN %s THEN %s", currency_id, rate)
                for currency_id, rate in rates.items()
            ),
        )

    def action_open_account(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.credit.account",
            "res_id": self.id,
            "views": [(False, "form")],
        }
