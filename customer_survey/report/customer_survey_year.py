from odoo import fields, models
from odoo.tools import SQL


class CustomerSurveyYear(models.Model):
    """Whether each company has asked its customers in each calendar year, from its
    first yearly survey to this year (G1)."""

    _name = "customer.survey.year"
    _description = "Yearly Survey"
    _auto = False
    _order = "year desc, company_id"
    _rec_name = "year"
    _depends = {
        "customer.survey.campaign": ["company_id", "date_started", "kind"],
        "customer.survey.report": ["campaign_id", "state"],
        "res.company": ["name"],
    }

    year = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    campaign_id = fields.Many2one("customer.survey.campaign", readonly=True)
    date_started = fields.Date(string="Started", readonly=True)
    response_rate = fields.Float(related="campaign_id.response_rate")
    campaign_state = fields.Selection(related="campaign_id.state")
    is_acknowledged = fields.Boolean(string="Report Acknowledged", readonly=True)
    is_fulfilled = fields.Boolean(string="Fulfilled", readonly=True)

    @property
    def _table_query(self):
        this_year = fields.Date.context_today(self).year
        return SQL(
            """
            WITH started AS (
                SELECT DISTINCT ON (company_id, EXTRACT(YEAR FROM date_started))
                       id, company_id, date_started,
                       EXTRACT(YEAR FROM date_started)::int AS year
                  FROM customer_survey_campaign
                 WHERE kind = 'yearly' AND date_started IS NOT NULL
              ORDER BY company_id, EXTRACT(YEAR FROM date_started), date_started, id
            )
            SELECT company.id * 10000 + year.year AS id,
                   year.year::varchar AS year,
                   company.id AS company_id,
                   started.id AS campaign_id,
                   started.date_started,
                   started.id IS NOT NULL AS is_fulfilled,
                   EXISTS (
                       SELECT 1 FROM customer_survey_report report
                        WHERE report.campaign_id = started.id
                          AND report.state = 'acknowledged'
                   ) AS is_acknowledged
              FROM res_company company
        CROSS JOIN LATERAL generate_series(
                       LEAST((SELECT MIN(started.year) FROM started
                               WHERE started.company_id = company.id),
                             %(this_year)s),
                       %(this_year)s
                   ) AS year(year)
         LEFT JOIN started
                ON started.company_id = company.id AND started.year = year.year
             WHERE company.active
            """,
            this_year=this_year,
        )

    def action_open_campaign(self):
        """Return the action that opens the survey of this year, or all surveys where
        there is none."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_survey.customer_survey_campaign_action"
        )
        if self.campaign_id:
            action |= {"res_id": self.campaign_id.id, "views": [(False, "form")]}
        return action
