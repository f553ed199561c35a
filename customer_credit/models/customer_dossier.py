from odoo import api, fields, models


class CustomerDossier(models.Model):
    """The credit file is reached from the dossier (A16)."""

    _inherit = "customer.dossier"

    credit_account_id = fields.Many2one(
        "customer.credit.account", compute="_compute_credit", compute_sudo=False
    )
    credit_usage = fields.Float(
        string="Limit Use (%)",
        compute="_compute_credit",
        compute_sudo=False,
        digits=(16, 1),
    )
    credit_light = fields.Selection(related="partner_id.credit_light")

    @api.depends("partner_id")
    @api.depends_context("uid", "company")
    def _compute_credit(self):
        for dossier in self:
            dossier.credit_account_id = dossier.partner_id.credit_account_id
            dossier.credit_usage = dossier.partner_id.credit_usage

    def action_open_credit_account(self):
        self.ensure_one()
        return self.partner_id.action_open_credit_account()
