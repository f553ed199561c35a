from odoo import api, fields, models


class CustomerDossier(models.Model):
    _inherit = "customer.dossier"

    survey_response_ids = fields.One2many("customer.survey.response", "dossier_id")
    survey_response_count = fields.Integer(compute="_compute_satisfaction")
    satisfaction_index = fields.Float(
        string="Satisfaction", compute="_compute_satisfaction"
    )
    satisfaction_date = fields.Date(compute="_compute_satisfaction")

    @api.depends("survey_response_ids.state", "survey_response_ids.index")
    def _compute_satisfaction(self):
        """The latest index with its date (G17)."""
        responses_by_dossier = (
            self.env["customer.survey.response"]
            .search_fetch(
                [("dossier_id", "in", self.ids)],
                ["dossier_id", "index", "answered_date"],
                order="answered_date, id",
            )
            .grouped("dossier_id")
        )
        for dossier in self:
            responses = responses_by_dossier.get(
                dossier._origin, self.env["customer.survey.response"]
            )
            latest = responses.filtered("score_ids")[-1:]
            dossier.survey_response_count = len(responses)
            dossier.satisfaction_index = latest.index
            dossier.satisfaction_date = latest.answered_date

    def action_view_survey_responses(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_survey.customer_survey_response_action"
        )
        return action | {"domain": [("dossier_id", "=", self.id)], "context": {}}
