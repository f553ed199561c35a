from odoo import api, models
from odoo.fields import Domain


class CustomerDossier(models.Model):
    _inherit = "customer.dossier"

    @api.model_create_multi
    def create(self, vals_list):
        dossiers = super().create(vals_list)
        dossiers._file_complaints()
        return dossiers

    def _file_complaints(self):
        """Take up the cases that these customers had before they had a dossier."""
        # sudo: whoever opens a dossier need not read the cases
        complaints_sudo = self.env["customer.complaint"].sudo()
        unfiled = complaints_sudo.search(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("dossier_id", "=", False)
        )
        # the dossier of a case is found again, and the unit with it
        unfiled.modified(["partner_id"])
