from odoo import models


class CustomerCreditAccount(models.Model):
    """Stands in for the limit slice."""

    _inherit = "customer.credit.account"

    def _freeze(self, reason, amount=0.0, origin=None):
        self._system_write({"frozen": True, "reduced_amount": amount})

    def _propose_downgrade(self, event):
        return
