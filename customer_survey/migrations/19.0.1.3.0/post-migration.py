from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, split_every

_CHUNK = 500


def migrate(cr, version):
    """The form knows its response, no longer the response its one form; campaigns
    keep the weights and levels that they were checked with, and their results.

    Scores and indexes stay as they were stored. Nothing is asked for afterwards: no
    reminder leaves by itself for a survey that is running, and one that has ended,
    which has no date of its end, is filed without report and measures.
    """
    _link_forms(cr)
    env = api.Environment(cr, SUPERUSER_ID, {})
    campaigns = env["customer.survey.campaign"].search(
        [("state", "!=", "draft")], order="date_to, id"
    )
    for campaign in campaigns:
        campaign._settle_results()
        campaign._store_sales(campaign.response_ids)
    _keep_weights(cr)
    env.invalidate_all()
    _mark_negative(cr)
    for ids in split_every(_CHUNK, campaigns.response_ids.ids):
        _store_answers(env["customer.survey.response"].browse(ids))
        env.flush_all()
        env.invalidate_all()
    _store_results(campaigns)
    _renew_template(env)


def _link_forms(cr):
    """Each form was a personal link that had been mailed."""
    cr.execute(
        SQL(
            """UPDATE survey_user_input form
                  SET customer_response_id = response.id,
                      customer_campaign_id = response.campaign_id,
                      customer_channel = 'web',
                      scoring_success = FALSE
                 FROM customer_survey_response response
                WHERE form.id = response.user_input_id"""
        )
    )
    cr.execute(
        SQL(
            """UPDATE customer_survey_response response
                  SET issued_date = form.create_date::date
                 FROM survey_user_input form
                WHERE form.id = response.user_input_id"""
        )
    )
    cr.execute(SQL("ALTER TABLE customer_survey_response DROP COLUMN user_input_id"))
    cr.execute(
        SQL(
            """UPDATE customer_survey_campaign SET reminder_limit = 0
                WHERE state = 'running'"""
        )
    )


def _keep_weights(cr):
    """A dimension weighs what it weighed when the customers answered."""
    cr.execute(
        SQL(
            """UPDATE customer_survey_result result
                  SET weight = answered.weight
                 FROM (SELECT response.campaign_id, score.dimension_id,
                              MODE() WITHIN GROUP (ORDER BY score.weight) AS weight
                         FROM customer_survey_score score
                         JOIN customer_survey_response response
                           ON response.id = score.response_id
                     GROUP BY response.campaign_id, score.dimension_id) answered
                WHERE result.campaign_id = answered.campaign_id
                  AND result.dimension_id = answered.dimension_id"""
        )
    )


def _mark_negative(cr):
    cr.execute(
        SQL(
            """UPDATE customer_survey_response response
                  SET is_negative = TRUE
                 FROM customer_survey_score score, customer_survey_campaign campaign
                WHERE score.response_id = response.id
                  AND campaign.id = response.campaign_id
                  AND LEAST(score.score, response."index") < campaign.negative_level"""
        )
    )


def _store_answers(responses):
    """Store what the questions scored and what the customers wrote."""
    env = responses.env
    answered = responses.filtered(lambda response: response.state == "answered")
    answered.form_ids.user_input_line_ids.fetch()
    answers, opinions = [], []
    for response in answered:
        answers += response._prepare_answers()[0]
        opinions += [
            line._prepare_opinion_values()
            | {
                "campaign_id": response.campaign_id.id,
                "response_id": response.id,
                "line_id": line.id,
            }
            for line in response._get_counted_forms()._get_opinion_lines()
        ]
    env["customer.survey.answer"]._system_create(answers)
    env["customer.survey.opinion"]._system_create(opinions)


def _store_results(campaigns):
    """Compare each campaign with the one before it."""
    previous = {}
    for campaign in campaigns:
        key = campaign.company_id, campaign.kind
        if key in previous:
            campaign._system_write({"previous_id": previous[key].id})
        if campaign.state in ("closed", "filed"):
            campaign._store_results()
            previous[key] = campaign


def _renew_template(env):
    """The invitation now tells who reads the answers and how to decline. The wording
    of the company is left alone."""
    template = env.ref("customer_survey.mail_template_form", raise_if_not_found=False)
    if template and template.write_date == template.create_date:
        template.reset_template()
