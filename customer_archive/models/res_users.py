from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _has_archive_role(self, *codes):
        """Return whether this user has one of the roles of the customer rules."""
        return any(
            self.has_group(f"customer_archive.group_{code.lower()}") for code in codes
        )
