from odoo import fields, models


class CustomerGradeFactorBand(models.Model):
    _name = "customer.grade.factor.band"
    _description = "Band of a Grading Factor"
    _inherit = ["customer.factor.band.mixin"]
    _order = "factor_id, min_value"

    factor_id = fields.Many2one(
        "customer.grade.factor", required=True, index=True, ondelete="cascade"
    )
