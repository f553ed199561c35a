from odoo import fields, models


class UtmSource(models.Model):
    """Acquisition channel (A31)."""

    _inherit = "utm.source"

    is_referral = fields.Boolean(
        string="Referral", help="A dossier then names who referred the customer."
    )
