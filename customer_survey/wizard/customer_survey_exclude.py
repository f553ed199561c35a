from odoo import fields, models


class CustomerSurveyExclude(models.TransientModel):
    """The dialog that asks why customers are left out of a survey; the responses
    decide who may (G2)."""

    _name = "customer.survey.exclude"
    _description = "Exclusion From a Survey"

    response_ids = fields.Many2many(
        "customer.survey.response",
        string="Responses",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Text(required=True)

    def action_exclude(self):
        self.ensure_one()
        self.response_ids.action_exclude(self.reason)
        return {"type": "ir.actions.act_window_close"}
