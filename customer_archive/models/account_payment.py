from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    # the dossier's dealings and the deal trace look for a customer's payments by it
    partner_id = fields.Many2one(index="btree_not_null")
