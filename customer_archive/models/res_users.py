from odoo import api, fields, models


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
    access_permit_ids = fields.One2many(
        "customer.access.permit", "user_id", groups=fields.NO_ACCESS
    )
    permitted_dossier_ids = fields.Many2many(
        "customer.dossier",
        compute="_compute_permitted_dossier_ids",
        groups=fields.NO_ACCESS,
        help="Those that he holds a permit for at this minute.",
    )
    copyable_dossier_ids = fields.Many2many(
        "customer.dossier",
        compute="_compute_permitted_dossier_ids",
        groups=fields.NO_ACCESS,
    )
    led_team_ids = fields.One2many("crm.team", "user_id", groups=fields.NO_ACCESS)

    @api.depends(
        "access_permit_ids.state",
        "access_permit_ids.date_from",
        "access_permit_ids.date_until",
        "access_permit_ids.item_ids.dossier_id",
    )
    def _compute_permitted_dossier_ids(self):
        # sudo: the rules ask, and only ids are taken
        items_sudo = self.env["customer.access.permit.item"].sudo()
        for user in self:
            by_kind = dict(
                items_sudo._read_group(
                    items_sudo._in_force_domain(user),
                    ["permit_id.kind"],
                    ["dossier_id:recordset"],
                )
            )
            user.copyable_dossier_ids = by_kind.get("copy")
            user.permitted_dossier_ids = self.env["customer.dossier"].union(
                *by_kind.values()
            )

    def _has_archive_role(self, *codes):
        """Return whether this user has one of the roles of the customer rules."""
        return any(
            self.has_group(f"customer_archive.group_{code.lower()}") for code in codes
        )
