from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from .customer_complaint import CLOSED


class CustomerServiceTeam(models.Model):
    """A department that receives or handles cases (B7, B9): customer service, the
    after-sales group, the technical department."""

    _name = "customer.service.team"
    _description = "Service Department"
    _inherit = ["customer.cached.mixin", "mail.alias.mixin.optional"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    user_id = fields.Many2one(
        "res.users",
        string="Head",
        domain=[("share", "=", False)],
        check_company=True,
        help="Is told when a case of this department is late.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "customer_service_team_member_rel",
        "team_id",
        "user_id",
        string="Members",
        domain=[("share", "=", False)],
        check_company=True,
    )
    role_id = fields.Many2one(
        "customer.role",
        help="Everybody who has this role belongs to the department.",
        ondelete="restrict",
    )

    @api.constrains("active")
    def _check_unused(self):
        """The members of an archived department could not finish what they began."""
        archived = self.filtered(lambda team: not team.active)
        names = ("receiver_team_id", "department_id", "technical_team_id")
        flows = self.env["customer.complaint.flow"].search(
            Domain.OR(Domain(name, "in", archived.ids) for name in names)
        )
        cases = self.env["customer.complaint"].search(
            Domain.OR(Domain(name, "in", archived.ids) for name in names[:2])
            & Domain("state", "not in", CLOSED)
        )
        tasks = self.env["customer.complaint.task"].search(
            Domain("department_id", "in", archived.ids) & Domain("state", "=", "open")
        )
        if flows or cases or tasks:
            raise ValidationError(
                self.env._(
                    "%(departments)s are in use: %(flows)s flows, %(cases)s open cases "
                    "and %(tasks)s tasks. Give them to another department first.",
                    departments=archived.mapped("name"),
                    flows=len(flows),
                    cases=len(cases),
                    tasks=len(tasks),
                )
            )

    def _get_members(self, company):
        """Return the active employees of these departments who work in ``company``."""
        # sudo: plain employees may not read groups, and only users come back
        teams_sudo = self.sudo()
        users = teams_sudo.member_ids | teams_sudo.user_id
        users |= teams_sudo.role_id.group_id.all_user_ids
        return users.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        ).sudo(self.env.su)

    @api.model
    def _get_own(self):
        """Return the departments that the present user belongs to."""
        user = self.env.user
        # as kept by Odoo, which forgets it when groups or users change
        group_ids = user._get_group_ids()
        return self.browse(
            team_id
            for team_id, group_id, user_ids in self._get_memberships()
            if user.id in user_ids or group_id in group_ids
        )

    @api.model
    @ormcache()
    def _get_memberships(self):
        """Return [(id, id of the role's group, ids of the head and members)] of the
        active departments."""
        # sudo: rules ask this for everybody
        teams_sudo = (
            self.sudo().with_context(active_test=False).search([("active", "=", True)])
        )
        return tuple(
            (
                team.id,
                team.role_id.group_id.id,
                frozenset((team.member_ids | team.user_id).ids),
            )
            for team in teams_sudo
        )

    # ------------------------------------------------------------ e-mail (B5)

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("customer.complaint")
        if self.id:
            defaults = literal_eval(self.alias_defaults or "{}")
            values["alias_defaults"] = defaults | {"service_team_id": self.id}
        return values

    def _get_mail_company(self):
        """Return the company of the cases that come to this department's address."""
        domain = self.alias_id.alias_domain_id
        return self.company_id or domain.company_ids[:1] or self.env.company

    def _get_mail_values(self, company):
        """Return what is known of a case by the department it was sent to: its kind,
        where the department receives one, else who handles it."""
        if not self:
            return {}
        flows = self.env["customer.complaint.flow"].search(
            Domain("receiver_team_id", "=", self.id)
            & Domain("company_id", "in", [company.id, False])
        )
        kinds = flows.mapped("kind")
        if not kinds:
            return {"department_id": self.id}
        return {"kind": "problem" if "problem" in kinds else kinds[0]}
