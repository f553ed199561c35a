from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

# who reads the registers (F60)
READERS = (
    "customer_archive.group_rep,customer_archive.group_bum,customer_archive.group_fin,"
    "customer_archive.group_mdo,customer_archive.group_gmo"
)


class CustomerCreditAccount(models.Model):
    """Bills, guarantees and events of an account (F13, F46, F59)."""

    _inherit = "customer.credit.account"

    bill_ids = fields.One2many("customer.credit.bill", "account_id", groups=READERS)
    bill_count = fields.Integer(
        string="Bills", compute="_compute_bill_count", groups=READERS
    )
    guarantee_ids = fields.One2many(
        "customer.credit.guarantee", "account_id", groups=READERS
    )
    event_ids = fields.One2many("customer.credit.event", "account_id", groups=READERS)
    secured_amount = fields.Monetary(
        string="Secured Today",
        compute="_compute_secured_amount",
        groups=READERS,
        help="What the confirmed guarantees in force are worth, with the share of each "
        "that counts, in company currency at the rate of the day.",
    )

    @api.depends("bill_ids.state")
    def _compute_bill_count(self):
        counts = dict(
            self.env["customer.credit.bill"]._read_group(
                Domain("account_id", "in", self.ids) & Domain("state", "!=", "settled"),
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.bill_count = counts.get(account._origin, 0)

    @api.depends(
        "guarantee_ids.counted_value",
        "guarantee_ids.state",
        "guarantee_ids.valid_from",
        "guarantee_ids.valid_until",
    )
    def _compute_secured_amount(self):
        secured = self._get_security(fields.Date.context_today(self))
        for account in self:
            account.secured_amount = secured.get(account._origin.id, (0.0, False))[0]

    def action_open_bills(self):
        """Show the bills of this account."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_credit.customer_credit_bill_action"
        )
        return action | {
            "domain": [("account_id", "=", self.id)],
            "context": {"default_account_id": self.id},
        }

    # ------------------------------------------------------------ guarantees (F46)

    def _get_security(self, date):
        """Return what guarantees secure on ``date``.

        :return: {account id: (amount in company currency, day on which the first of
            them ends, or False)}
        """
        # sudo: the sum, for who reads the account or for the system
        guarantees_sudo = self.env["customer.credit.guarantee"].sudo()
        amounts = defaultdict(float)
        ends = defaultdict(set)
        for account, currency, amount, until in guarantees_sudo._read_group(
            Domain("account_id", "in", self._origin.ids)
            & guarantees_sudo._in_force_domain(date),
            ["account_id", "currency_id"],
            ["counted_value:sum", "valid_until:min"],
        ):
            company = account.company_id
            amounts[account.id] += currency._convert(
                amount, company.currency_id, company, date
            )
            ends[account.id] |= {until} - {False, None}
        return {
            account_id: (amount, min(ends[account_id], default=False))
            for account_id, amount in amounts.items()
        }

    def _counts_guarantees(self):
        """Return those of these accounts in whose limit guarantees count because the
        rule of their rating says so."""
        return self.filtered(
            lambda account: (
                account.rating_id._get_terms(account.company_id).counts_guarantees
            )
        )

    def _update_counted_security(self):
        """Bring up to date what guarantees add to the limits of these accounts. It
        holds until the first of them ends; from the next day on the limit counts none
        until this has run again."""
        security = self._get_security(fields.Date.context_today(self))
        counting = self._counts_guarantees()
        for account in self:
            amount, until = 0.0, False
            if account in counting:
                amount, until = security.get(account.id, (0.0, False))
            if (account.counted_security, account.counted_security_until) != (
                amount,
                until,
            ):
                account._system_write(
                    {"counted_security": amount, "counted_security_until": until}
                )

    # ------------------------------------------------------------ events (F59)

    @api.model
    def _get_event_domain(self, months):
        recorded = Domain("state", "=", "recorded")
        if not months:
            return recorded
        since = fields.Date.subtract(fields.Date.context_today(self), months=months)
        return recorded & Domain("date", ">=", since)

    def _has_bad_faith(self, months=None):
        """Return those of these accounts with a recorded event of bad faith in the
        last ``months``, ever without (F7)."""
        # sudo: the rating asks, whoever reads the events
        events_sudo = self.env["customer.credit.event"].sudo()
        found = {
            account.id
            for (account,) in events_sudo._read_group(
                Domain("account_id", "in", self.ids)
                & Domain("kind_id.is_bad_faith", "=", True)
                & self._get_event_domain(months),
                ["account_id"],
            )
        }
        return self.filtered(lambda account: account.id in found)

    def _get_event_points(self, months):
        """Return {account: sum of the points of its events in the last ``months``}."""
        # sudo: the rating asks, whoever reads the events
        events_sudo = self.env["customer.credit.event"].sudo()
        points = dict.fromkeys(self, 0)
        for account, kind, count in events_sudo._read_group(
            Domain("account_id", "in", self.ids) & self._get_event_domain(months),
            ["account_id", "kind_id"],
            ["__count"],
        ):
            points[account.with_env(self.env)] += kind.points * count
        return points
