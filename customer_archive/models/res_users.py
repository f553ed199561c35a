from odoo import fields, models


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
    led_team_ids = fields.One2many("crm.team", "user_id", groups=fields.NO_ACCESS)

    def _has_archive_role(self, *codes):
        """Return whether this user has one of the roles of the customer rules."""
        return any(
            self.has_group(f"customer_archive.group_{code.lower()}") for code in codes
        )
