from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account': an item that is settled may have been the overdue one
        partials = super().create(vals_list)
        self.env["customer.credit.hold"]._trigger_evaluation()
        return partials
