from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    survey_reminder_month = fields.Selection(
        related="company_id.survey_reminder_month", readonly=False
    )
