from odoo import api, fields, models

from ..models.customer_satisfaction_feedback import SCORES


class CustomerSatisfactionFeedbackCorrect(models.TransientModel):
    """What the keeper corrects on a filed feedback form, and why (C19)."""

    _name = "customer.satisfaction.feedback.correct"
    _description = "Correct Feedback"

    feedback_id = fields.Many2one(
        "customer.satisfaction.feedback",
        string="Feedback Form",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    satisfaction = fields.Selection(
        SCORES,
        compute="_compute_satisfaction",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    remark = fields.Text(
        compute="_compute_satisfaction",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    reason = fields.Text(required=True)

    @api.depends("feedback_id")
    def _compute_satisfaction(self):
        for wizard in self:
            # naming a form that one may not read tells nothing of it
            feedback = wizard.feedback_id._origin._filtered_access("read")
            wizard.satisfaction = feedback.satisfaction
            wizard.remark = feedback.remark

    def action_confirm(self):
        self.ensure_one()
        self.feedback_id.action_correct(self.satisfaction, self.remark, self.reason)
        return {"type": "ir.actions.act_window_close"}
