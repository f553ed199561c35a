from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    # the dossier's dealings and the deal trace look for a customer's payments by it
    # (no index on core's field: uninstalling would leave it)
    _partner_idx = models.Index("(partner_id) WHERE partner_id IS NOT NULL")
