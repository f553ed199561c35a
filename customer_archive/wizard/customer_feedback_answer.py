from odoo import fields, models


class CustomerFeedbackAnswer(models.TransientModel):
    """The technical department's reply to a feedback form, with which the case goes
    back once all forms are answered; form and case decide who may."""

    _name = "customer.feedback.answer"
    _description = "Answer a Feedback Form"

    form_id = fields.Many2one(
        "customer.feedback.form",
        string="Feedback Form",
        required=True,
        ondelete="cascade",
    )
    problem = fields.Text(related="form_id.problem", related_sudo=False)
    cause = fields.Text(required=True)
    answer = fields.Text(required=True)

    def action_confirm(self):
        self.ensure_one()
        form = self.form_id
        form.action_answer(self.cause, self.answer)
        complaint = form.complaint_id
        if all(other.state == "answered" for other in complaint.feedback_form_ids):
            complaint.action_answer()
        return {"type": "ir.actions.act_window_close"}
