from odoo import models


class CustomerCreditAccount(models.Model):
    """The account on paper: a numbered copy like those of the archive (D22)."""

    _name = "customer.credit.account"
    _inherit = ["customer.credit.account", "customer.credit.register.mixin"]

    def _get_sheet_items(self):
        """Return the documents that make up what is used, oldest first."""
        self.ensure_one()
        items = self.env["customer.credit.item"].with_context(credit_account_id=self.id)
        return items.search([("account_id", "=", self.id)], order="date, id")
