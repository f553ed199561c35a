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
        today = fields.Date.context_today(self)
        # sudo: who stands in for whom is no secret of the document decided on
        return (
            self.sudo()
            .search(
                Domain("delegate_id", "=", delegate.id)
                & Domain("date_from", "<=", today)
                & Domain("date_to", ">=", today)
            )
            .user_id
        )

    @api.model
    def _get_delegates(self, users):
        """Return the users who decide today in the place of ``users``."""
        today = fields.Date.context_today(self)
        return (
            self.sudo()
            .search(
                Domain("user_id", "in", users.ids)
                & Domain("date_from", "<=", today)
                & Domain("date_to", ">=", today)
            )
            .delegate_id
        )
