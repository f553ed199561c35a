from odoo import fields, models


class CustomerContractClause(models.Model):
    """A group of clauses that a contract is expected to have (H17)."""

    _name = "customer.contract.clause"
    _description = "Contract Clause Group"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
