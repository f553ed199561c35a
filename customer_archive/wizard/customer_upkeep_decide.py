from odoo import fields, models

# decision: the model and the method that takes a reason
METHODS = {
    "reject": ("customer.change", "action_reject"),
    "exempt": ("customer.verification", "action_exempt"),
    "handle": ("customer.information", "action_handle"),
    "dismiss": ("customer.information", "action_dismiss"),
    "cancel": ("customer.staff.handover", "action_cancel"),
}


class CustomerUpkeepDecide(models.TransientModel):
    """The dialog of decisions that need a word; the records decide who may."""

    _name = "customer.upkeep.decide"
    _description = "Reason of a Decision"

    decision = fields.Selection(
        [
            ("reject", "Reject"),
            ("exempt", "Exempt"),
            ("handle", "Handle"),
            ("dismiss", "Dismiss"),
            ("cancel", "Cancel"),
        ],
        required=True,
    )
    reason = fields.Text(required=True)

    def action_decide(self):
        model, method = METHODS[self.decision]
        records = self.env[model].browse(self.env.context.get("active_ids", []))
        getattr(records, method)(self.reason)
        return {"type": "ir.actions.act_window_close"}
