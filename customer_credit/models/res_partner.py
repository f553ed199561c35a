from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_account_id = fields.Many2one(
        "customer.credit.account",
        compute="_compute_credit_account_id",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_usage = fields.Float(
        string="Limit Use (%)",
        compute="_compute_credit_account_id",
        compute_sudo=False,
        digits=(16, 1),
        groups="base.group_user",
    )
    credit_light = fields.Selection(
        [("normal", "Normal"), ("warning", "Near Limit"), ("hold", "Credit on Hold")],
        compute="_compute_credit_light",
        groups="base.group_user",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "company")
    def _compute_credit_account_id(self):
        accounts = self.env["customer.credit.account"].sudo(False)
        if accounts.has_access("read"):
            accounts = accounts.search_fetch(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                ],
                ["partner_id", "usage"],
            )
        account_by_partner = accounts.grouped("partner_id")
        for partner in self:
            account = account_by_partner.get(
                partner.commercial_partner_id._origin, accounts.browse()
            )
            partner.credit_account_id = account
            partner.credit_usage = account.usage

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_credit_light(self):
        # sudo: the traffic light is for everybody who sells, the figures are not (F60)
        status_by_partner = {
            partner.id: status
            for partner, status in self.env["customer.credit.account"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                ],
                ["partner_id", "status"],
            )
        }
        for partner in self:
            partner.credit_light = status_by_partner.get(
                partner.commercial_partner_id._origin.id
            )

    @api.constrains("parent_id", "is_company")
    def _check_credit_account_of_contact(self):
        """A customer under control cannot slip under another one's limit."""
        contacts = self.filtered(
            lambda partner: partner.commercial_partner_id != partner
        )
        if not contacts:
            return
        # sudo: the account may be hidden from who changes the contact
        account_sudo = (
            self.env["customer.credit.account"]
            .sudo()
            .search(
                [("partner_id", "in", contacts.ids), ("control", "!=", "none")],
                limit=1,
            )
        )
        if account_sudo:
            raise ValidationError(
                self.env._(
                    "%(customer)s has a credit account of its own and cannot become a "
                    "contact of %(company)s. Finance ends its control first.",
                    customer=account_sudo.partner_id.name,
                    company=account_sudo.partner_id.commercial_partner_id.name,
                )
            )

    def action_open_credit_account(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.credit.account",
            "res_id": self.credit_account_id.id,
            "views": [(False, "form")],
        }
