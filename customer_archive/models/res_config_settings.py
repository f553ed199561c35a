from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    customer_keeper_id = fields.Many2one(
        related="company_id.customer_keeper_id", readonly=False
    )
    customer_retention_years = fields.Integer(
        related="company_id.customer_retention_years", readonly=False
    )
