from odoo import fields, models


class CustomerCreditSetup(models.TransientModel):
    """What existing customers get when credit control starts (F19)."""

    _name = "customer.credit.setup"
    _description = "Set Up Credit Accounts"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    control = fields.Selection(
        [
            ("none", "Not controlled"),
            ("limited", "Prepayment only until a limit is approved"),
        ],
        string="Existing Customers",
        required=True,
        default="none",
    )
    use_core_limit = fields.Boolean(
        string="Take Over Odoo's Credit Limits",
        default=True,
        help="Customers with a credit limit in Accounting are limited to it.",
    )

    def action_apply(self):
        self.ensure_one()
        count = self.env["customer.credit.account"]._create_for_existing_customers(
            self.company_id, self.control, self.use_core_limit
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s credit accounts made.", count=count),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
