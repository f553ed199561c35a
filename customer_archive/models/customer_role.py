from odoo import api, fields, models


class CustomerRole(models.Model):
    """The nine roles of the customer rules (requirements §2, X1)."""

    _name = "customer.role"
    _description = "Customer Archive Role"
    _inherit = ["customer.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    group_id = fields.Many2one("res.groups", required=True, ondelete="restrict")
    resolution = fields.Selection(
        [
            ("group", "Everybody who has the role"),
            ("rep", "The customer's responsible rep"),
            ("keeper", "The dossier's keeper"),
            ("unit_manager", "The manager of the customer's business unit"),
        ],
        string="Who Acts",
        required=True,
        default="group",
        help="How the role becomes a person when it has to decide on a document.",
    )

    _code_uniq = models.UniqueIndex("(code)", "A role code is used once.")

    def _get_users(self, document):
        """Return the active internal users who act in this role for ``document``."""
        self.ensure_one()
        # sudo: plain employees may not read groups, and only users come back
        role_sudo = self.sudo()
        users = role_sudo.group_id.all_user_ids
        if role_sudo.resolution != "group":
            users &= document.sudo()._approval_responsible(role_sudo.resolution)
        company = document.sudo()._approval_company()
        return users.filtered(
            lambda user: (
                user.active
                and not user.share
                and (not company or company in user.company_ids)
            )
        ).sudo(self.env.su)

    @api.model
    def _get_members(self, code, company):
        """Return the employees who have the role with ``code`` in ``company`` now,
        whichever customer it is about."""
        # sudo: plain employees may not read groups, and only users come back
        role_sudo = self.sudo().search([("code", "=", code)])
        users_sudo = role_sudo.group_id.all_user_ids._filter_acting(company)
        return users_sudo.sudo(self.env.su)

    @api.model
    def _get_names(self, codes):
        """Return the names of the roles with these codes, for an error text."""
        # sudo: the names of the offices are no secret
        return self.sudo().search([("code", "in", codes)]).mapped("name")
