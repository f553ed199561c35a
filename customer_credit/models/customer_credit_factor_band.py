from odoo import fields, models


class CustomerCreditFactorBand(models.Model):
    _name = "customer.credit.factor.band"
    _description = "Band of a Credit Rating Factor"
    _inherit = ["customer.factor.band.mixin"]
    _order = "factor_id, min_value"

    factor_id = fields.Many2one(
        "customer.credit.factor", required=True, index=True, ondelete="cascade"
    )
