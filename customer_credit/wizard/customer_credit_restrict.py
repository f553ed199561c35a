from odoo import fields, models


class CustomerCreditRestrict(models.TransientModel):
    """Customers are supplied less or not at all, or as before again (F27)."""

    _name = "customer.credit.restrict"
    _description = "Restrict Supply"

    account_ids = fields.Many2many(
        "customer.credit.account", string="Customers", required=True
    )
    currency_id = fields.Many2one(related="account_ids.currency_id")
    restriction = fields.Selection(
        [
            ("all", "No Supply"),
            ("amount", "Up to an Amount"),
            ("none", "Not Restricted"),
        ],
        string="Supply",
        required=True,
        default="all",
    )
    amount = fields.Monetary(string="Supply up to")
    days = fields.Integer(string="Within (Days)", default=30)
    reason = fields.Text(required=True)

    def action_restrict(self):
        self.ensure_one()
        self.account_ids.action_restrict(
            self.restriction, self.reason, self.amount, self.days
        )
        return {"type": "ir.actions.act_window_close"}
