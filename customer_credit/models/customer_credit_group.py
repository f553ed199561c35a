from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CustomerCreditGroup(models.Model):
    """Customers of one corporate group who share one limit (F11).

    While a customer is in a group, the group's limit holds for him instead of his
    own: what all members use together is compared with it. ``limit_amount`` changes by
    an approved ``customer.credit.assessment`` alone.
    """

    _name = "customer.credit.group"
    _description = "Shared Credit Limit"
    _inherit = ["customer.secrecy.mixin", "customer.guarded.mixin", "mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    limit_currency_id = fields.Many2one("res.currency", readonly=True, copy=False)
    limit_amount = fields.Monetary(
        string="Credit Limit",
        currency_field="limit_currency_id",
        readonly=True,
        copy=False,
        tracking=True,
    )
    valid_until = fields.Date(readonly=True, copy=False, tracking=True)
    exposure = fields.Monetary(string="Used", readonly=True, copy=False)
    available = fields.Monetary(readonly=True, copy=False)
    usage = fields.Float(string="Limit Use (%)", readonly=True, copy=False)
    account_ids = fields.One2many(
        "customer.credit.account", "group_id", string="Credit Accounts"
    )

    @api.model
    def _may_read_domain(self):
        """A shared limit is for those who may read all accounts."""
        accounts = self.env["customer.credit.account"]
        return Domain(accounts._may_read_domain().is_true())

    @api.depends("name", "account_ids")
    @api.depends_context("uid")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        hidden = self.filtered(lambda group: not group.display_name)
        accounts = self.env["customer.credit.account"].sudo(False)
        if hidden.ids and accounts.has_access("read"):
            # who sees the account of a member is told what it is a member of
            members = accounts.search([("group_id", "in", hidden.ids)])
            # sudo: the name alone leaves this method
            for group_sudo in members.sudo().group_id:
                group_sudo.with_env(self.env).display_name = group_sudo.name
        return result

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "limit_currency_id",
            "limit_amount",
            "valid_until",
            "exposure",
            "available",
            "usage",
        }

    def write(self, vals):
        result = super().write(vals)
        if not {"limit_amount", "limit_currency_id", "valid_until"}.isdisjoint(vals):
            # sudo: the figures are the system's
            self.sudo().account_ids._refresh_all()
        return result

    # ------------------------------------------------------------ actions

    def action_propose_limit(self):
        """Open the draft that changes this shared limit, a new one if there is none."""
        self.ensure_one()
        assessments = self.env["customer.credit.assessment"]
        draft = assessments.search(
            [("group_id", "=", self.id), ("approval_state", "=", "none")], limit=1
        ) or assessments.create({"group_id": self.id, "kind": "group"})
        return draft._get_open_action()

    @api.constrains("company_id")
    def _check_members_company(self):
        for group in self:
            if group.account_ids.company_id - group.company_id:
                raise ValidationError(
                    self.env._(
                        "%(group)s has customers of another company.", group=group.name
                    )
                )
