from odoo import api, fields, models


class CustomerSurveyResponse(models.Model):
    """What follows when a customer is not satisfied, or complains (G22, G23)."""

    _inherit = "customer.survey.response"

    negative_feedback_ids = fields.One2many(
        "customer.negative.feedback", "survey_response_id"
    )
    negative_feedback_count = fields.Integer(
        compute="_compute_followed_count", compute_sudo=False
    )
    complaint_count = fields.Integer(
        string="Cases", compute="_compute_followed_count", compute_sudo=False
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"negative_feedback_ids"}

    @api.depends("negative_feedback_ids", "complaint_ids")
    @api.depends_context("uid")
    def _compute_followed_count(self):
        def count(model):
            return dict(
                self.env[model]._read_group(
                    [("survey_response_id", "in", self.ids)],
                    ["survey_response_id"],
                    ["__count"],
                )
            )

        negative = count("customer.negative.feedback")
        complaints = count("customer.complaint")
        for response in self:
            response.negative_feedback_count = negative.get(response._origin, 0)
            response.complaint_count = complaints.get(response._origin, 0)

    def _on_answered(self, form):
        result = super()._on_answered(form)
        # nobody may tell who gave an anonymous answer (G24)
        if self.is_negative and self.dossier_id and not self.campaign_id.is_anonymous:
            self.env["customer.negative.feedback"]._open(
                self,
                self.index,
                self.team_id,
                lambda env: self._get_negative_statement(env, form),
            )
        return result

    def _get_negative_statement(self, env, form):
        """Return, in the language of ``env``, the low dimensions with their scores and
        what the customer wrote in ``form``."""
        limit = self.campaign_id.negative_level
        dimensions = [
            f"{score.with_env(env).dimension_id.name}: {score.score:.1f}"
            for score in self.score_ids
            if score.score < limit
        ]
        return "\n\n".join(filter(None, ("\n".join(dimensions), form._get_opinions())))

    def action_view_negative_feedback(self):
        return self._view_followed("customer_survey.customer_negative_feedback_action")

    def action_view_complaints(self):
        """Show the cases that were logged of this answer (G23)."""
        return self._view_followed("customer_archive.customer_complaint_action")

    def _view_followed(self, action_xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action_xmlid)
        return action | {
            "domain": [("survey_response_id", "=", self.id)],
            "context": {},
        }
