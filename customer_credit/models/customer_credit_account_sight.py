from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .customer_credit_account_exposure import CreditRow

# What the stored figures say of one more order: the account and its row, what the order
# adds in company currency, the codes of the reasons that hold it, and the use with it.
CreditOutlook = namedtuple("CreditOutlook", "account row added codes usage")


class CustomerCreditAccount(models.Model):
    """What the screens show of an account (F26)."""

    _inherit = "customer.credit.account"

    user_ids = fields.Many2many(search="_search_user_ids")
    status = fields.Selection(group_expand="_expand_status")
    overdue_days = fields.Integer(
        string="Oldest Overdue (Days)",
        compute="_compute_overdue_days",
        search="_search_overdue_days",
    )
    bill_amount = fields.Monetary(
        string="Unsettled Bills", compute="_compute_components"
    )
    waiting_hold_count = fields.Integer(
        string="Orders on Hold", compute="_compute_waiting_hold_count"
    )

    # ------------------------------------------------------------ computed

    @api.model
    def _expand_status(self, values, domain):
        # the gravest first: a phone shows one column
        return self._fields["status"].get_values(self.env)[::-1]

    @api.model
    def _search_user_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: who is responsible for a customer is no secret of his dossier
        dossiers_sudo = self.env["customer.dossier"].sudo()
        dossiers = dossiers_sudo._search(Domain("user_id", "in", value))
        return Domain("partner_id.user_id", "in", value) | Domain(
            "partner_id", "in", dossiers.subselect("partner_id")
        )

    @api.depends("oldest_due")
    def _compute_overdue_days(self):
        today = fields.Date.context_today(self)
        for account in self:
            due = account.oldest_due or today
            account.overdue_days = max((today - due).days, 0)

    @api.model
    def _search_overdue_days(self, operator, value):
        """Translate a comparison of days into one of the oldest due date."""
        if operator not in (">", ">=", "<", "<="):
            return NotImplemented
        days = value if operator in (">", "<=") else value - 1
        late = Domain.TRUE
        if days >= 0:
            limit = fields.Date.context_today(self) - timedelta(days=days)
            late = Domain("oldest_due", "<", limit)
        return late if operator in (">", ">=") else ~late

    def _compute_waiting_hold_count(self):
        counts = dict(
            self.env["customer.credit.hold"]._read_group(
                [("account_id", "in", self.ids), ("state", "=", "waiting")],
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.waiting_hold_count = counts.get(account, 0)

    # ------------------------------------------------------------ outlook

    def _get_outlook(self, added=0.0):
        """Return the CreditOutlook of an order that puts ``added``, in company
        currency, on the limit; from the stored figures, it writes nothing.

        What it says is for the eye: the order itself is judged on live figures.
        """
        self.ensure_one()
        row = self._get_stored_row()
        customer_id = self.partner_id.id
        codes = self._get_hold_reasons(
            self.company_id, {customer_id: row}, {customer_id: added}
        )[customer_id]
        planned = row.limit - row.available + added
        usage = planned * 100 / row.limit if row.limit else 0.0
        if not codes and usage >= row.warning:
            # also where the superior need not know
            codes = {"near"}
        return CreditOutlook(self, row, added, codes, usage)

    @api.model
    def _get_no_outlook(self):
        return CreditOutlook(self.browse(), None, 0.0, set(), 0.0)

    def _get_stored_row(self):
        """Return the CreditRow of the figures as they were refreshed last."""
        return CreditRow(
            id=self.id,
            partner_id=self.partner_id.id,
            pool=-self.group_id.id or self.id,
            control=self.control,
            limit_amount=self.limit_amount,
            valid_until=self.valid_until,
            exposure=self.exposure,
            limit=self.limit_today,
            available=self.available,
            warning=self.warning_percent or self.company_id.credit_warning_percent,
            status=self.status,
            old_status=self.status,
            oldest_due=self.oldest_due,
            frozen=self.frozen,
        )

    def _get_worst_status(self):
        """Return the gravest status of the accounts, False without account."""
        grades = self._fields["status"].get_values(self.env)
        statuses = filter(None, self.mapped("status"))
        return max(statuses, key=grades.index, default=False)

    # ------------------------------------------------------------ actions

    @api.model
    def action_open_overview(self):
        """Open the accounts with what concerns the user first: what is over or near
        the limit for who watches all or a unit, the own customers for a rep."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_credit.customer_credit_account_action"
        )
        if self.env.user._has_archive_role("FIN", "MDO", "GMO", "BUM"):
            action["context"] = {"search_default_over": 1, "search_default_near": 1}
        else:
            action["context"] = {"search_default_mine": 1}
            action["view_mode"] = "kanban,list,form"
            action["views"] = [(False, mode) for mode in action["view_mode"].split(",")]
        return action

    def action_open_holds(self):
        """Open the release requests of the customer that wait for a decision."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_credit.customer_credit_hold_action"
        )
        action["domain"] = [("account_id", "=", self.id), ("state", "=", "waiting")]
        action["context"] = {}
        return action

    def action_open_dossier(self):
        self.ensure_one()
        return self.partner_id.action_open_dossier()
