from odoo import fields, models


class CustomerCreditForce(models.TransientModel):
    """Orders are put on hold by hand, or no longer are (F23)."""

    _name = "customer.credit.force"
    _description = "Put on Hold"

    order_ids = fields.Many2many("sale.order", string="Orders", required=True)
    lifts = fields.Boolean()
    reason = fields.Text(required=True)

    def action_force(self):
        self.ensure_one()
        if self.lifts:
            self.order_ids.action_lift_hold(self.reason)
        else:
            self.order_ids.action_force_hold(self.reason)
        return {"type": "ir.actions.act_window_close"}
