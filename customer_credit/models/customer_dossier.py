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

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_credit_customer(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_credit_customer(vals)
        return super().write(vals)

    @api.model
    def _check_credit_customer(self, vals):
        """The responsible of a dossier see the credit of its customer: nobody but a
        keeper makes one for a customer whose credit he does not see (F60)."""
        partner_id = vals.get("partner_id")
        keeps = self.env.su or self._is_system()
        if partner_id and not keeps and not self.env.user._has_archive_role("KEEPER"):
            partner = self.env["res.partner"].browse(partner_id)
            partner.commercial_partner_id._check_credit_salesperson()

    def action_open_credit_account(self):
        self.ensure_one()
        return self.partner_id.action_open_credit_account()
