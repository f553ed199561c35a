from odoo import models


class CustomerCreditRegisterMixin(models.AbstractModel):
    """Credit figures that are printed or exported: whoever may read them may, and it
    is entered in the register of the customer's dossier (D22, D25).

    A model that inherits this has a ``partner_id``.
    """

    _name = "customer.credit.register.mixin"
    _description = "Credit Figures Whose Copies Are Registered"
    _inherit = ["customer.register.mixin"]

    def _get_registered_dossiers(self):
        # sudo: finance prints the credit figures of customers whose dossiers it may
        # not open; only the register gets to know these
        dossiers_sudo = self.env["customer.dossier"].sudo()
        partners = self.partner_id
        return dossiers_sudo.search([("partner_id", "in", partners.ids)]).with_env(
            self.env
        )

    def _check_registered_operation(self, operation):
        # the right to copy and export dossiers says nothing of credit figures
        self.check_access("read")
