from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain


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
    credit_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Credit",
        compute="_compute_credit_account_id",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_limit_today = fields.Monetary(
        string="Limit Today",
        currency_field="credit_currency_id",
        compute="_compute_credit_account_id",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_exposure = fields.Monetary(
        string="Credit Used",
        currency_field="credit_currency_id",
        compute="_compute_credit_account_id",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_available = fields.Monetary(
        string="Available Credit",
        currency_field="credit_currency_id",
        compute="_compute_credit_account_id",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_overdue_amount = fields.Monetary(
        string="Overdue",
        currency_field="credit_currency_id",
        compute="_compute_credit_account_id",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_light = fields.Selection(
        [("normal", "Normal"), ("warning", "Near Limit"), ("hold", "Credit on Hold")],
        compute="_compute_credit_light",
        search="_search_credit_light",
        string="Credit Status",
        groups="base.group_user",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "company")
    def _compute_credit_account_id(self):
        """Fetched as the reader, also for a caller in sudo: they share a cache."""
        accounts = self.env["customer.credit.account"].sudo(False)
        if accounts.has_access("read"):
            accounts = accounts.search_fetch(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                ],
                [
                    "partner_id",
                    "company_id",
                    "limit_today",
                    "exposure",
                    "available",
                    "usage",
                    "overdue_amount",
                ],
            )
        account_by_partner = accounts.grouped("partner_id")
        for partner in self:
            account = account_by_partner.get(
                partner.commercial_partner_id._origin, accounts.browse()
            )
            partner.credit_account_id = account
            partner.credit_usage = account.usage
            partner.credit_currency_id = account.currency_id
            partner.credit_limit_today = account.limit_today
            partner.credit_exposure = account.exposure
            partner.credit_available = account.available
            partner.credit_overdue_amount = account.overdue_amount

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

    @api.model
    def _search_credit_light(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: see _compute_credit_light
        accounts_sudo = self.env["customer.credit.account"].sudo()
        own = Domain("company_id", "=", self.env.company.id)
        shown = accounts_sudo._search(own & Domain("status", "in", value))
        domain = Domain("commercial_partner_id", "in", shown.subselect("partner_id"))
        if False in value:
            dark = accounts_sudo._search(own & Domain("status", "!=", False))
            domain |= Domain(
                "commercial_partner_id", "not in", dark.subselect("partner_id")
            )
        return domain

    def write(self, vals):
        if "user_id" in vals and not self.env.su:
            self.filtered(
                lambda partner: partner.user_id.id != vals["user_id"]
            )._check_credit_salesperson()
        result = super().write(vals)
        if not {"parent_id", "is_company", "commercial_partner_id"}.isdisjoint(vals):
            self._check_credit_of_moved_orders()
        return result

    def _check_credit_of_moved_orders(self):
        """Judge the confirmed orders of contacts that use the limit of another customer
        now."""
        # sudo: the verdict is the system's
        contacts = (
            self.sudo()
            .with_context(active_test=False)
            .search(Domain("id", "child_of", self.ids))
        )
        self.env["sale.order"].sudo().search(
            Domain("state", "=", "sale")
            & Domain("credit_checked_for", "!=", False)
            & Domain("invoice_status", "!=", "invoiced")
            & (
                Domain("partner_id", "in", contacts.ids)
                | Domain("partner_invoice_id", "in", contacts.ids)
            )
        )._check_credit()

    def _check_credit_salesperson(self):
        """The salesperson of a customer sees his credit: nobody who does not see it
        makes himself one (F60).

        :raise AccessError: names who may
        """
        user = self.env.user
        if not self or user.has_group("sales_team.group_sale_manager"):
            return
        # sudo: the account is hidden from who is refused
        accounts_sudo = self.env["customer.credit.account"].sudo()
        accounts_sudo = accounts_sudo.search([("partner_id", "in", self.ids)])
        hidden_sudo = accounts_sudo - accounts_sudo._filter_readable(user)
        if hidden_sudo:
            account_sudo = hidden_sudo[0]
            raise AccessError(
                self.env._(
                    "The salesperson of %(customer)s sees the credit account and is "
                    "changed by who may see it: ask %(names)s or a sales manager.",
                    customer=account_sudo.partner_id.name,
                    names=", ".join(account_sudo.user_ids.mapped("name"))
                    or self.env._("Finance"),
                )
            )

    @api.constrains("parent_id", "is_company", "commercial_partner_id")
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
