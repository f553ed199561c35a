from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    # the dossier's dealings and the deal trace look for a customer's invoices by it
    commercial_partner_id = fields.Many2one(index="btree_not_null")
