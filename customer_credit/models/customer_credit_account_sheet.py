from odoo import models


class CustomerCreditAccount(models.Model):
    """The account on paper: a numbered copy like those of the archive (D22)."""

    _name = "customer.credit.account"
    _inherit = ["customer.credit.account", "customer.credit.register.mixin"]

    def _get_sheet_items(self):
        """Return the open items of this account as records with the fields ``source``,
        ``name``, ``date``, ``date_due`` and ``amount``, for the credit sheet."""
        self.ensure_one()
        return []
