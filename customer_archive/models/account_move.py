from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # the dossier's dealings and the deal trace look for a customer's invoices by it
    # (no index on core's field: uninstalling would leave it)
    _commercial_partner_idx = models.Index(
        "(commercial_partner_id) WHERE commercial_partner_id IS NOT NULL"
    )
