from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache


class CustomerConfidentialityDuty(models.Model):
    """保密义务: a version of what everybody who reads dossiers promises (D12). The
    latest active version is in force; whoever has not confirmed it is asked before he
    reads on."""

    _name = "customer.confidentiality.duty"
    _description = "Confidentiality Duty"
    _inherit = ["customer.cached.mixin"]
    _order = "date desc, id desc"
    _rec_name = "version"

    version = fields.Char(required=True)
    date = fields.Date(
        string="Issued On", required=True, default=fields.Date.context_today
    )
    text = fields.Html(required=True, translate=True)
    active = fields.Boolean(default=True)
    confirmation_ids = fields.One2many(
        "customer.confidentiality.confirmation", "duty_id", readonly=True
    )
    unconfirmed_user_ids = fields.Many2many(
        "res.users", string="Not Confirmed", compute="_compute_unconfirmed_user_ids"
    )
    unconfirmed_count = fields.Integer(
        string="To Confirm", compute="_compute_unconfirmed_user_ids"
    )

    _version_uniq = models.UniqueIndex("(version)", "This version exists already.")

    @api.depends("confirmation_ids")
    def _compute_unconfirmed_user_ids(self):
        # sudo: who has a role of the archive and has confirmed is no secret
        users = self.env.ref("customer_archive.group_user").sudo().all_user_ids
        users = users.filtered(lambda user: user.active and not user.share)
        for duty in self:
            missing = users - duty.sudo().confirmation_ids.user_id
            duty.unconfirmed_user_ids = missing.sudo(self.env.su)
            duty.unconfirmed_count = len(missing)

    def write(self, vals):
        # sudo: whether anybody has confirmed the text, whoever changes it
        if vals.keys() & {"text", "version"} and self.sudo().confirmation_ids:
            raise UserError(
                self.env._(
                    "This version has been confirmed. Create a new version instead."
                )
            )
        return super().write(vals)

    @api.model
    @ormcache()
    def _get_current_id(self):
        """Return the id of the version in force, False for none."""
        # sudo: everybody who reads is bound by it; a caller may want archived records
        return self.sudo().search([("active", "=", True)], limit=1).id

    def action_confirm(self):
        """The present user confirms the version in force; nobody does it for him."""
        self.ensure_one()
        if self.id != self._get_current_id():
            raise UserError(
                self.env._("There is a newer version. Read and confirm that one.")
            )
        if not self.env.user._has_confirmed_confidentiality():
            self._confirm(self.env.user)

    def _confirm(self, users):
        self.ensure_one()
        # sudo: confirmations are written by the system alone
        confirmations_sudo = self.env["customer.confidentiality.confirmation"].sudo()
        confirmations_sudo._system_create(
            [
                {
                    "duty_id": self.id,
                    "user_id": user.id,
                    "text": self.with_context(lang=user.lang).text,
                }
                for user in users - self.sudo().confirmation_ids.user_id
            ]
        )
        users.sudo().write({"confidentiality_duty_id": self.id})
