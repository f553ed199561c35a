from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

# who answers for a dossier or works on it
PEOPLE = {"user_id", "keeper_id", "service_user_ids"}


class CustomerDossier(models.Model):
    """The secrecy level in daily life: who may do what, where the paper file lies."""

    _inherit = "customer.dossier"

    secrecy_decision_ids = fields.One2many("customer.secrecy.decision", "dossier_id")
    is_important = fields.Boolean(
        related="secrecy_level_id.is_important", string="Important"
    )
    storage_location_id = fields.Many2one(
        "customer.storage.location",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('is_important', '=', is_important)]",
        help="Where the paper file lies. The keeper says so.",
    )

    def write(self, vals):
        self._check_may_store(vals)
        # a hand-over has a line of its own
        team_changes = (
            not self._is_system()
            and "service_user_ids" in vals
            and {dossier: dossier.service_user_ids for dossier in self}
        )
        people = not PEOPLE.isdisjoint(vals) and {
            dossier: dossier._get_people() for dossier in self
        }
        result = super().write(vals)
        for dossier, former in (people or {}).items():
            (dossier._get_people() - former)._check_not_left()
        for dossier, former in (team_changes or {}).items():
            dossier._log_team(former)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_may_store(vals)
        dossiers = super().create(vals_list)
        dossiers._get_people()._check_not_left()
        return dossiers

    def _get_people(self):
        # sudo: a name may be hidden from who changes another one
        dossiers_sudo = self.sudo()
        return dossiers_sudo.user_id.union(
            dossiers_sudo.keeper_id, dossiers_sudo.service_user_ids
        )

    def _check_may_store(self, vals):
        """The data department alone keeps the files (D15)."""
        if (
            vals.get("storage_location_id")
            and not self.env.su
            and not self.env.user._has_archive_role("KEEPER")
        ):
            raise AccessError(
                self.env._("Only the keeper says where the paper file lies.")
            )

    def _log_team(self, former):
        """Note who came to the service team or left it (D5)."""
        added = self.service_user_ids - former
        removed = former - self.service_user_ids
        if added or removed:
            self._log(
                "team",
                ", ".join(
                    [f"+ {name}" for name in added.mapped("name")]
                    + [f"− {name}" for name in removed.mapped("name")]
                ),
            )

    @api.constrains("storage_location_id", "secrecy_level_id")
    def _check_storage_location(self):
        for dossier in self:
            location = dossier.storage_location_id
            if location and location.is_important != dossier.is_important:
                raise ValidationError(
                    self.env._(
                        "%(location)s is not where dossier %(number)s belongs: the "
                        "files of important customers are kept apart from the others.",
                        location=location.name,
                        number=dossier.number,
                    )
                )

    def action_propose_level(self):
        """Open the dialog in which the keeper proposes another level (D1)."""
        self.ensure_one()
        self._check_role("KEEPER")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Propose Level"),
            "res_model": "customer.secrecy.decision",
            "views": [
                (
                    self.env.ref(
                        "customer_archive.customer_secrecy_decision_view_form_propose"
                    ).id,
                    "form",
                )
            ],
            "target": "new",
            "context": {"default_dossier_id": self.id},
        }

    def _set_secrecy_level(self, level, reason):
        """Put a decided level in force. A paper file that lies with the others, or no
        longer among the important ones, has to be moved."""
        for dossier in self:
            dossier._log("secrecy", f"{level.name}: {reason}")
            values = {"secrecy_level_id": level.id}
            if dossier.is_important != level.is_important:
                values["storage_location_id"] = False
            moved = dossier.storage_location_id and not values.get(
                "storage_location_id", True
            )
            dossier._system_write(values)
            for keeper in dossier._get_keepers() if moved else ():
                dossier.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=keeper.id,
                    summary=self.with_context(lang=keeper.lang).env._(
                        "Move the paper file and enter its new location"
                    ),
                )
