from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import RedirectWarning


class ResUsers(models.Model):
    _inherit = "res.users"

    # asked by every rule of the archive, several times a request: as fields they are
    # read once and the cache follows what is written
    served_dossier_ids = fields.Many2many(
        "customer.dossier",
        "customer_dossier_service_user_rel",
        "res_users_id",
        "customer_dossier_id",
        copy=False,
        groups=fields.NO_ACCESS,
    )
    archive_access = fields.Selection(
        [("no_copies", "No Copies or Exports"), ("none", "No Access")],
        copy=False,
        groups=fields.NO_ACCESS,
        help="Whoever leaves takes nothing along (D27); empty for everybody else.",
    )
    confidentiality_duty_id = fields.Many2one(
        "customer.confidentiality.duty",
        copy=False,
        groups=fields.NO_ACCESS,
        help="The version of the confidentiality duty that he confirmed last.",
    )
    led_team_ids = fields.One2many("crm.team", "user_id", groups=fields.NO_ACCESS)

    def _has_archive_role(self, *codes):
        """Return whether this user has one of the roles of the customer rules."""
        return any(
            self.has_group(f"customer_archive.group_{code.lower()}") for code in codes
        )

    def _has_confirmed_confidentiality(self):
        """Return whether this user has confirmed the confidentiality duty in force,
        which the system itself and users outside are not asked for (D12)."""
        current_id = self.env["customer.confidentiality.duty"]._get_current_id()
        # sudo: nobody reads this field but the system
        user_sudo = self.sudo()
        return (
            not current_id
            or user_sudo.confidentiality_duty_id.id == current_id
            or self.id == SUPERUSER_ID
            or user_sudo.share
        )

    def _check_confidentiality(self):
        """Nobody reads content of a dossier before he has confirmed the duty.

        :raise RedirectWarning: leads to the dialog in which he confirms
        """
        if not self._has_confirmed_confidentiality():
            raise RedirectWarning(
                self.env._(
                    "Customer data are trade secrets of the company. Read the duty "
                    "below; it is recorded that you confirmed it."
                ),
                self.env.ref(
                    "customer_archive.customer_confidentiality_confirm_action"
                ).id,
                self.env._("Read the Duty"),
            )
