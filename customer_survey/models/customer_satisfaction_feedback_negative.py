from odoo import api, models


class CustomerSatisfactionFeedback(models.Model):
    """A low score on a feedback form is followed up (G22)."""

    _inherit = "customer.satisfaction.feedback"

    @api.model_create_multi
    def create(self, vals_list):
        feedbacks = super().create(vals_list)
        feedbacks._follow_up()
        return feedbacks

    def write(self, vals):
        result = super().write(vals)
        if "satisfaction" in vals:
            self._follow_up()
        return result

    def _follow_up(self):
        # sudo: the limit is configuration, and the system opens what follows
        for feedback_sudo in self.sudo():
            company = feedback_sudo.company_id or self.env.company
            if int(feedback_sudo.satisfaction) <= company.survey_negative_score:
                self.env["customer.negative.feedback"]._open(
                    feedback_sudo,
                    feedback_sudo.score,
                    feedback_sudo.dossier_id.team_id,
                    feedback_sudo._get_negative_statement,
                )

    def _get_negative_statement(self, env):
        """Return, in the language of ``env``, what the customer said."""
        labels = dict(self._fields["satisfaction"]._description_selection(env))
        return "\n\n".join(filter(None, (labels[self.satisfaction], self.remark)))
