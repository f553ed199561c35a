from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class CustomerDossierAllocate(models.TransientModel):
    """Give customers to another rep or business unit, with a reason (A14)."""

    _name = "customer.dossier.allocate"
    _description = "Allocate Customers"

    dossier_ids = fields.Many2many(
        "customer.dossier",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    team_id = fields.Many2one(
        "crm.team", string="Business Unit", help="Empty: it stays as it is."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible Rep",
        domain=[("share", "=", False)],
        help="Empty: he stays as he is.",
    )
    reason = fields.Text(required=True)

    def action_allocate(self):
        """The marketing director's office allocates what it may read, a manager
        within his own unit.

        :raise AccessError: a dossier or unit that is not the user's to allocate
        """
        self.ensure_one()
        dossiers = self.dossier_ids
        dossiers.check_access("read")
        dossiers._check_open()
        values = {}
        if self.team_id:
            values["team_id"] = self.team_id.id
        if self.user_id:
            values["user_id"] = self.user_id.id
        if not values or not dossiers:
            raise UserError(
                self.env._("Choose dossiers, and their new business unit or rep.")
            )
        if not self.env.user.has_group("customer_archive.group_mdo"):
            units = dossiers.team_id | self.team_id
            leads_all = all(unit.user_id == self.env.user for unit in units)
            if not leads_all or not self.env.user.has_group(
                "customer_archive.group_bum"
            ):
                raise AccessError(
                    self.env._(
                        "You allocate customers within your own business unit only. "
                        "The marketing director's office moves them between units."
                    )
                )
        # sudo: allocating was just checked, it is not bound to answering for them
        dossiers_sudo = dossiers.sudo()
        dossiers_sudo.write(values)
        dossiers_sudo._log("allocated", self.reason)
        return {"type": "ir.actions.act_window_close"}
