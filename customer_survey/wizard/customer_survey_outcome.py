from odoo import fields, models


class CustomerSurveyOutcome(models.TransientModel):
    """The dialog of a customer who gave no answer; the response decides who may."""

    _name = "customer.survey.outcome"
    _description = "No Answer of a Customer"

    response_id = fields.Many2one(
        "customer.survey.response", required=True, ondelete="cascade"
    )
    outcome = fields.Selection(
        [("declined", "Declined"), ("unreachable", "Unreachable")],
        required=True,
        default="unreachable",
    )
    note = fields.Text()

    def action_confirm(self):
        self.ensure_one()
        if self.outcome == "declined":
            self.response_id.action_decline(self.note)
        else:
            self.response_id.action_unreachable(self.note)
        return {"type": "ir.actions.act_window_close"}
