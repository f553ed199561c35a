from odoo import api, fields, models
from odoo.fields import Domain


class CustomerCreditContentMixin(models.AbstractModel):
    """What belongs to a credit account and is read by who reads that (F60).

    A model inherits this before ``customer.approval.mixin`` and ``mail.thread``. It
    needs the two global rules of a secret model, on ``may_read`` and on the company.
    """

    _name = "customer.credit.content.mixin"
    _description = "Content of a Credit Account"
    _inherit = ["customer.secrecy.mixin", "customer.guarded.mixin"]

    account_id = fields.Many2one(
        "customer.credit.account",
        string="Credit Account",
        required=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="account_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not (self.env.su or self._is_system()):
            # before a constraint tells what the account holds already
            default = self.env.context.get("default_account_id")
            ids = {vals.get("account_id", default) for vals in vals_list} - {
                None,
                False,
            }
            self.env["customer.credit.account"].browse(ids).check_access("read")
        return super().create(vals_list)

    @api.model
    def _may_read_domain(self):
        accounts = self.env["customer.credit.account"]
        return Domain("account_id", "any!", accounts._may_read_domain())

    @api.depends("account_id.partner_id.user_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("account_id.partner_id", "in", dossiers.partner_id.ids)

    def _approval_dossier(self):
        return self.account_id._get_dossier()

    def _get_open_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
