from odoo import api, fields, models
from odoo.fields import Domain


class CustomerDossier(models.Model):
    """The technical service that the customer got (B35)."""

    _inherit = "customer.dossier"

    service_log_count = fields.Integer(
        string="Service Logs", compute="_compute_service_log_count", compute_sudo=False
    )

    @api.depends("partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_service_log_count(self):
        counts = dict(
            self.env["customer.service.log"]._read_group(
                [("partner_id", "in", self.partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for dossier in self:
            dossier.service_log_count = counts.get(dossier.partner_id._origin, 0)

    def action_view_service_logs(self):
        return self._action_view_documents(
            "customer_archive.customer_service_log_action",
            Domain("partner_id", "in", self.partner_id.ids),
        )
