from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """The form knows its response, no longer the response its one form; campaigns
    keep the weights and levels that they were checked with."""
    cr.execute(
        SQL(
            """UPDATE survey_user_input form
                  SET customer_response_id = response.id,
                      customer_campaign_id = response.campaign_id,
                      customer_channel = response.channel,
                      scoring_success = FALSE
                 FROM customer_survey_response response
                WHERE form.id = response.user_input_id"""
        )
    )
    cr.execute(SQL("ALTER TABLE customer_survey_response DROP COLUMN user_input_id"))
    env = api.Environment(cr, SUPERUSER_ID, {})
    campaigns = env["customer.survey.campaign"].search([("state", "!=", "draft")])
    for campaign in campaigns:
        campaign._settle_results()
    answered = [("state", "=", "answered")]
    env["customer.survey.response"].search(answered)._store_scores()
    for campaign in campaigns.filtered(lambda row: row.state in ("closed", "filed")):
        campaign._store_sales(campaign.response_ids)
        campaign._store_results()
