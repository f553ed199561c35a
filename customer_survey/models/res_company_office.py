from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_office_users(self, role):
        """Return the active users with this archive role who work for this company."""
        self.ensure_one()
        # sudo: plain employees may not read groups, and only users come back
        group_sudo = self.env.ref(f"customer_archive.group_{role.lower()}").sudo()
        return group_sudo.all_user_ids.filtered(
            lambda user: user.active and not user.share and self in user.company_ids
        ).sudo(self.env.su)

    def _get_survey_author(self, user):
        """Return ``user`` if he still leads surveys of this company, else everybody
        who does."""
        directors = self._get_office_users("MDO")
        return user & directors or directors
