from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerCreditEventKind(models.Model):
    """What may happen with a customer and what follows from it (F21, F59)."""

    _name = "customer.credit.event.kind"
    _description = "Kind of Credit Event"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        readonly=True, copy=False, help="By which the system finds its own kinds."
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    is_bad_faith = fields.Boolean(string="Bad Faith")
    freezes = fields.Boolean(
        string="Freezes the Limit", help="At once, regardless of the rating."
    )
    opens_downgrade = fields.Boolean(string="Opens a Downgrade")
    points = fields.Integer(help="What it weighs in the record: bad ones below 0.")

    _code_uniq = models.Constraint("UNIQUE(code)", "A code names one kind.")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_coded(self):
        if any(kind.code for kind in self):
            raise UserError(
                self.env._("The system records events of this kind. Switch it off.")
            )
