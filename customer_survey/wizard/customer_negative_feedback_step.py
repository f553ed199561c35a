from odoo import fields, models


class CustomerNegativeFeedbackStep(models.TransientModel):
    """The dialog of the steps of a negative feedback that ask for something; the
    feedback decides who may (G22)."""

    _name = "customer.negative.feedback.step"
    _description = "Step of a Negative Feedback"

    negative_feedback_id = fields.Many2one(
        "customer.negative.feedback", required=True, ondelete="cascade"
    )
    step = fields.Selection(
        [("respond", "Respond"), ("hand_over", "Hand Over")],
        required=True,
        default="respond",
    )
    response = fields.Text(string="Response to the Customer")
    user_id = fields.Many2one(
        "res.users", string="New Responsible", domain=[("share", "=", False)]
    )

    def action_confirm(self):
        if self.step == "respond":
            self.negative_feedback_id.action_respond(self.response)
        else:
            self.negative_feedback_id.action_hand_over(self.user_id.id)
        return {"type": "ir.actions.act_window_close"}
