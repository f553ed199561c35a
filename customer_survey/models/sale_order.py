from odoo import api, fields, models


class SaleOrder(models.Model):
    """Satisfaction in the contract review (A48)."""

    _inherit = "sale.order"

    dossier_satisfaction_index = fields.Float(
        string="Satisfaction",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_satisfaction_date = fields.Date(
        string="Satisfaction On",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_satisfaction_source = fields.Char(
        string="Satisfaction Source",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )

    @api.model
    def _get_review_digest_fields(self):
        return super()._get_review_digest_fields() | {
            "dossier_satisfaction_index": "satisfaction_index",
            "dossier_satisfaction_date": "satisfaction_date",
            "dossier_satisfaction_source": "satisfaction_source",
        }
