from odoo import fields, models


class CustomerRootCause(models.Model):
    """The categories of causes that cases are counted by (B23, B39)."""

    _name = "customer.root.cause"
    _description = "Root Cause"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
