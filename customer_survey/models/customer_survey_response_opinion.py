from odoo import models


class CustomerSurveyResponse(models.Model):
    """What customers wrote becomes opinions to classify (G15)."""

    _inherit = "customer.survey.response"

    def _on_answered(self, form):
        # EXTENDS 'customer_survey'
        result = super()._on_answered(form)
        if not self.campaign_id.is_anonymous:
            self._store_opinions(form)
        return result

    def _store_opinions(self, form):
        """Keep each text of ``form`` once, however often it is filed; in sudo."""
        opinions = self.env["customer.survey.opinion"]
        lines = form._get_opinion_lines()
        lines -= opinions.search([("line_id", "in", lines.ids)]).line_id
        opinions._system_create(
            [
                line._prepare_opinion_values()
                | {
                    "campaign_id": self.campaign_id.id,
                    "response_id": self.id,
                    "line_id": line.id,
                }
                for line in lines
            ]
        )
