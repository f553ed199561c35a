from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache


class CustomerSecrecyLevel(models.Model):
    """How secret a dossier is and what each role may do with it (D1, D2)."""

    _name = "customer.secrecy.level"
    _description = "Secrecy Level"
    _inherit = ["customer.cached.mixin"]
    _order = "rank, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    rank = fields.Integer(
        required=True, default=10, help="The higher, the more secret."
    )
    is_default = fields.Boolean(
        string="New Dossiers", help="The level that a new dossier starts with."
    )
    is_important = fields.Boolean(
        string="Important Customers",
        help="Dossiers of this level are kept apart from the others: in a list and at "
        "a storage location of their own.",
    )
    registers_access = fields.Boolean(
        string="Register Every Access",
        help="Every opening of a dossier of this level is entered in the register.",
    )
    same_day_return = fields.Boolean(
        string="Same-Day Return",
        help="What is lent of a dossier of this level is due back on the same day.",
    )
    rules_of_use = fields.Text(
        string="Rules of Use",
        translate=True,
        help="The permitted use and the conditions of sharing, shown to whoever reads, "
        "borrows or shares.",
    )
    right_ids = fields.One2many("customer.secrecy.right", "level_id", string="Rights")

    @api.model
    def _get_default(self):
        return self.search([], order="is_default desc, rank, id", limit=1)

    @api.model
    @ormcache("frozenset(self.env.user._get_group_ids())", "operation")
    def _get_scope(self, operation):
        """Return the levels on which the present user's roles allow ``operation``.

        :return: a tuple: ids of the levels where it is allowed for all customers, ids
            of those where for his own, and whether the first are all levels there are
        """
        group_ids = self.env.user._get_group_ids()
        # sudo: what a role may do is configuration
        levels_sudo = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        ids = {"all": set(), "related": set(), "none": set()}
        for right in levels_sudo.right_ids:
            if right.role_id.group_id.id in group_ids:
                ids[right[f"{operation}_scope"]].add(right.level_id.id)
        return (
            tuple(sorted(ids["all"])),
            tuple(sorted(ids["related"] - ids["all"])),
            len(ids["all"]) == len(levels_sudo),
        )

    @api.model
    @ormcache()
    def _get_ranks(self):
        """Return {level id: (rank, whether openings are registered)}."""
        # sudo: configuration
        levels_sudo = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        return {level.id: (level.rank, level.registers_access) for level in levels_sudo}

    @api.model_create_multi
    def create(self, vals_list):
        """Every role has its line, the ones that are not given with the careful
        defaults."""
        levels = super().create(vals_list)
        # sudo: the roles are configuration
        roles_sudo = self.env["customer.role"].sudo().search(Domain.TRUE)
        for level in levels:
            missing = roles_sudo - level.sudo().right_ids.role_id
            level.right_ids = [Command.create({"role_id": id_}) for id_ in missing.ids]
        return levels
