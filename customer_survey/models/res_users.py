from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _may_lead_surveys(self, company):
        """Return whether the surveys of ``company`` may run in this user's name."""
        self.ensure_one()
        return (
            self.active
            and self._has_archive_role("MDO")
            and company in self.sudo().company_ids  # sudo: only yes or no is told
        )
