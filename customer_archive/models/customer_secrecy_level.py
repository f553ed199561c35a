from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache


class CustomerSecrecyLevel(models.Model):
    """How secret a dossier is and which roles are cleared for it (D1, D2)."""

    _name = "customer.secrecy.level"
    _description = "Secrecy Level"
    _order = "rank, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    rank = fields.Integer(
        required=True, default=10, help="The higher, the more secret."
    )
    is_default = fields.Boolean(
        string="New Dossiers", help="The level that a new dossier starts with."
    )
    role_ids = fields.Many2many(
        "customer.role",
        string="Cleared Roles",
        help="Who has one of these roles may read every dossier of this level. All "
        "others read only the dossiers that they are related to.",
    )

    @api.model
    def _get_default(self):
        return self.search([], order="is_default desc, rank, id", limit=1)

    @api.model
    @ormcache("frozenset(self.env.user._get_group_ids())")
    def _get_cleared_ids(self):
        """Return the ids of the levels that the present user's roles clear him for."""
        group_ids = self.env.user._get_group_ids()
        # sudo: which groups a role stands for is configuration
        levels_sudo = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        return levels_sudo.filtered(
            lambda level: not set(level.role_ids.group_id.ids).isdisjoint(group_ids)
        ).ids

    @api.model
    @ormcache("frozenset(self.env.user._get_group_ids())")
    def _is_cleared_for_all(self):
        levels_sudo = self.sudo().with_context(active_test=False)
        return levels_sudo.search_count([]) == len(self._get_cleared_ids())

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
