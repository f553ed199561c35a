from odoo import fields, models


class CustomerServiceReason(models.TransientModel):
    """Why a service log is cancelled or a transfer returned; these decide who may."""

    _name = "customer.service.reason"
    _description = "Cancel or Return"

    log_id = fields.Many2one("customer.service.log", ondelete="cascade")
    complaint_id = fields.Many2one(
        "customer.complaint", string="Case", ondelete="cascade"
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        self.ensure_one()
        if self.log_id:
            self.log_id.action_cancel(self.reason)
        else:
            self.complaint_id.action_return_transfer(self.reason)
        return {"type": "ir.actions.act_window_close"}
