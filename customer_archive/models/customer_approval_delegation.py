from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CustomerApprovalDelegation(models.Model):
    """Somebody decides in another's place while he is absent (X3)."""

    _name = "customer.approval.delegation"
    _description = "Approval Delegation"
    _order = "date_from desc, id desc"
    _rec_name = "delegate_id"

    user_id = fields.Many2one(
        "res.users",
        string="Absent",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        ondelete="cascade",
    )
    delegate_id = fields.Many2one(
        "res.users",
        string="Decides Instead",
        required=True,
        domain=[("share", "=", False)],
        ondelete="cascade",
    )
    date_from = fields.Date(required=True, default=fields.Date.context_today)
    date_to = fields.Date(required=True)

    _dates_ordered = models.Constraint(
        "CHECK(date_to >= date_from)", "A delegation ends after it has begun."
    )

    @api.constrains("user_id", "delegate_id")
    def _check_delegate(self):
        for delegation in self:
            if delegation.delegate_id.share:
                raise ValidationError(
                    self.env._("Only an employee can decide in another's place.")
                )
            if delegation.user_id == delegation.delegate_id:
                raise ValidationError(
                    self.env._("Name somebody else: you cannot stand in for yourself.")
                )

    def write(self, vals):
        result = super().write(vals)
        # the rule has judged what was there; nobody may name another as absent
        self.check_access("write")
        return result

    @api.model
    def _get_principals(self, delegate):
        """Return the users in whose place ``delegate`` decides today."""
        return self._in_force(Domain("delegate_id", "=", delegate.id)).user_id

    @api.model
    def _get_delegates(self, users):
        """Return the users who decide today in the place of ``users``."""
        return self._in_force(Domain("user_id", "in", users.ids)).delegate_id

    @api.model
    def _in_force(self, domain):
        """Return the delegations of today, by the calendar of the absent person: a
        time zone that the client sends does not make an absence longer."""
        today = fields.Date.today()
        day = timedelta(days=1)
        # sudo: who stands in for whom is no secret of the document decided on
        delegations_sudo = self.sudo().search(
            domain
            & Domain("date_from", "<=", today + day)
            & Domain("date_to", ">=", today - day)
        )
        return delegations_sudo.filtered(
            lambda delegation: (
                delegation.date_from
                <= fields.Date.context_today(
                    delegation.with_context(tz=delegation.user_id.tz or "UTC")
                )
                <= delegation.date_to
            )
        )
