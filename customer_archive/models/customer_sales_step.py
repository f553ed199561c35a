from odoo import fields, models


class CustomerSalesStep(models.Model):
    """An action or piece of information that belongs to a sales stage (A41)."""

    _name = "customer.sales.step"
    _description = "Sales Step"
    _order = "stage_sequence, stage_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    stage_id = fields.Many2one(
        "crm.stage", required=True, index=True, ondelete="cascade"
    )
    stage_sequence = fields.Integer(
        string="Stage Sequence", related="stage_id.sequence", store=True
    )
