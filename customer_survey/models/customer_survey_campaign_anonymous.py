from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerSurveyCampaign(models.Model):
    """Surveys in which nobody can tell whose answer it is (G24)."""

    _inherit = "customer.survey.campaign"

    def action_start(self):
        result = super().action_start()
        for campaign in self.filtered("is_anonymous"):
            # sudo: who starts the survey leads it; he may not read each customer
            campaign._check_enough(
                campaign.sudo().response_ids.filtered(
                    lambda response: response.state == "to_ask"
                )
            )
        return result

    def _check_enough(self, responses):
        """Refuse an anonymous survey of so few that their answers give them away."""
        minimum = self._get_minimum_answers()
        if len(responses) < minimum:
            raise UserError(
                self.env._(
                    "%(campaign)s is anonymous and would ask %(count)s customers; it "
                    "needs %(minimum)s.",
                    campaign=self.name,
                    count=len(responses),
                    minimum=minimum,
                )
            )

    def _create_anonymous_form(self):
        """Return a form that belongs to this survey and to nobody."""
        self.ensure_one()
        # nor does a note in its chatter say who made it and when
        survey = self.survey_id.with_user(SUPERUSER_ID).with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, mail_notrack=True
        )
        return survey._create_answer(
            check_attempts=False,
            deadline=self._get_forms_deadline(),
            customer_campaign_id=self.id,
            customer_channel="web",
        )

    def _on_closed(self):
        result = super()._on_closed()
        if self.is_anonymous:
            # sudo: tickets and unfinished forms are nobody's to read and of no more use
            of_campaign = Domain("campaign_id", "=", self.id)
            self.env["customer.survey.ticket"].sudo().search(of_campaign).unlink()
            self.env["survey.user_input"].sudo().search(
                Domain("customer_campaign_id", "=", self.id)
                & Domain("customer_response_id", "=", False)
            ).unlink()
        return result
