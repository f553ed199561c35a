from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.customer_survey_response import CHANNELS

# what a row is about
_ORIGINS = ("response_id", "complaint_id", "feedback_id")
_COLUMNS = (
    "id",
    "source",
    "level",
    "date",
    "campaign_id",
    "campaign_kind",
    *_ORIGINS,
    "dossier_id",
    "partner_id",
    "company_id",
    "team_id",
    "region_id",
    "industry_id",
    "country_id",
    "country_state_id",
    "channel",
    "dimension_id",
    "question_id",
    "index",
    "satisfied_rate",
    "dimension_score",
    "dimension_satisfied_rate",
    "question_score",
    "question_satisfied_rate",
    "question_value",
    "nps",
    "answer_count",
    "negative",
)
# columns that are NULL where a source does not name them have to be of a type
_TYPES = {
    "campaign_kind": "varchar",
    "channel": "varchar",
    "index": "float8",
    "satisfied_rate": "float8",
    "dimension_score": "float8",
    "dimension_satisfied_rate": "float8",
    "question_score": "float8",
    "question_satisfied_rate": "float8",
    "question_value": "float8",
    "nps": "float8",
}


class CustomerSatisfactionReport(models.Model):
    """All that customers said about their satisfaction, to be counted and grouped
    (M6, M28–M31, G12): surveys, confirmations of cases and feedback forms.

    An answer to a survey has one row as a whole, one for each dimension and one for
    each question; a case and a feedback form have one as a whole. A measure is NULL on
    the rows that it does not belong to, so an average is one over its own rows only.
    Scores are 0 to 100, rates in percent. Anonymous answers are not in here (G24).
    """

    _name = "customer.satisfaction.report"
    _description = "Satisfaction Analysis"
    _inherit = ["customer.secrecy.mixin", "customer.graded.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "customer.complaint": [
            "company_id",
            "confirmed_at",
            "dossier_id",
            "partner_id",
            "score",
            "team_id",
        ],
        "customer.dossier": ["team_id"],
        "customer.satisfaction.feedback": [
            "company_id",
            "date",
            "dossier_id",
            "partner_id",
            "satisfaction",
            "score",
        ],
        "customer.survey.answer": [
            "channel",
            "dimension_id",
            "promoter",
            "question_id",
            "response_id",
            "satisfied_rate",
            "score",
            "value",
        ],
        "customer.survey.campaign": ["kind", "satisfied_level"],
        "customer.survey.response": [
            "answered_date",
            "campaign_id",
            "channel",
            "company_id",
            "dossier_id",
            "index",
            "is_negative",
            "partner_id",
            "state",
            "team_id",
        ],
        "customer.survey.score": ["dimension_id", "response_id", "score"],
        "res.company": ["survey_negative_score", "survey_satisfied_level"],
        "res.partner": ["country_id", "industry_id", "sales_region_id", "state_id"],
    }

    source = fields.Selection(
        [
            ("survey", "Survey"),
            ("case", "Case Confirmation"),
            ("feedback", "Feedback Form"),
        ],
        readonly=True,
    )
    level = fields.Selection(
        [
            ("overall", "Overall"),
            ("dimension", "Dimension"),
            ("question", "Question"),
        ],
        string="Figure",
        readonly=True,
    )
    date = fields.Date(readonly=True, help="At the office of the company.")
    campaign_id = fields.Many2one("customer.survey.campaign", readonly=True)
    campaign_kind = fields.Selection(
        selection=lambda self: self._get_campaign_kinds(),
        string="Type of Survey",
        readonly=True,
    )
    response_id = fields.Many2one(
        "customer.survey.response", string="Survey Response", readonly=True
    )
    complaint_id = fields.Many2one("customer.complaint", string="Case", readonly=True)
    feedback_id = fields.Many2one(
        "customer.satisfaction.feedback", string="Feedback Form", readonly=True
    )
    dossier_id = fields.Many2one("customer.dossier", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("crm.team", string="Business Unit", readonly=True)
    region_id = fields.Many2one("customer.classification", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    country_state_id = fields.Many2one(
        "res.country.state", string="Province", readonly=True
    )
    channel = fields.Selection(CHANNELS, readonly=True)
    dimension_id = fields.Many2one("customer.survey.dimension", readonly=True)
    question_id = fields.Many2one("survey.question", readonly=True)
    index = fields.Float(
        string="Satisfaction (0–100)",
        readonly=True,
        aggregator="avg",
        help="The index of a survey, the score of a case or of a feedback form: the "
        "lowest is 0, the highest 100 (M6).",
    )
    satisfied_rate = fields.Float(
        string="Satisfied (%)",
        readonly=True,
        aggregator="avg",
        help="At or above the satisfied level of the survey, elsewhere of the company "
        "(M31).",
    )
    dimension_score = fields.Float(readonly=True, aggregator="avg")
    dimension_satisfied_rate = fields.Float(
        string="Satisfied in Dimension (%)", readonly=True, aggregator="avg"
    )
    question_score = fields.Float(readonly=True, aggregator="avg")
    question_satisfied_rate = fields.Float(
        string="Satisfied in Question (%)", readonly=True, aggregator="avg"
    )
    question_value = fields.Float(
        readonly=True, aggregator="avg", help="As it was answered."
    )
    nps = fields.Float(
        string="NPS",
        readonly=True,
        aggregator="avg",
        help="Net promoter score, −100 to 100: the percentage of those who would "
        "recommend us less that of those who would advise against.",
    )
    answer_count = fields.Integer(string="Answers", readonly=True, aggregator="sum")
    negative = fields.Integer(
        string="Negative Answers", readonly=True, aggregator="sum"
    )

    @api.model
    def _get_campaign_kinds(self):
        field = self.env["customer.survey.campaign"]._fields["kind"]
        return field._description_selection(self.env)

    # ------------------------------------------------------------ access

    @api.model
    def _may_read_domain(self):
        """Return who reads a row: whoever reads what it is about."""
        return Domain.OR(
            Domain(
                name,
                "any!",
                self.env[self._fields[name].comodel_name]._may_read_domain(),
            )
            for name in _ORIGINS
        )

    @api.depends(
        "response_id.may_read", "complaint_id.may_read", "feedback_id.may_read"
    )
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    def export_data(self, fields_to_export):
        # a list of rows is one of what is filed in their dossiers (D25)
        self.check_access("read")
        self.dossier_id._check_operation("export")
        self.env["customer.access.log"]._log_access(
            self.dossier_id, "export", origin=self, field_names=fields_to_export
        )
        return super().export_data(fields_to_export)

    def action_open_origin(self):
        """Return the action that opens what this row is about."""
        self.ensure_one()
        self.check_access("read")
        origin = next(self[name] for name in _ORIGINS if self[name])
        return origin._get_records_action()

    # ------------------------------------------------------------ rows

    @property
    def _table_query(self):
        parts = (
            self._get_response_query(),
            self._get_score_query(),
            self._get_answer_query(),
            self._get_case_query(),
            self._get_feedback_query(),
        )
        return SQL(" UNION ALL ").join(parts)

    @api.model
    def _get_part(self, number, columns, source):
        """Return the SELECT of one kind of rows.

        :param number: of the part, which makes the ids of all parts distinct
        :param columns: {name: SQL} of those that are not NULL; ``id`` is the id of the
            record that a row stands for
        :param source: SQL after FROM that joins ``partner``
        """
        columns = columns | {
            "id": SQL("%s::bigint * 5 + %s", columns["id"], number),
            "region_id": SQL("partner.sales_region_id"),
            "industry_id": SQL("partner.industry_id"),
            "country_id": SQL("partner.country_id"),
            "country_state_id": SQL("partner.state_id"),
        }
        return SQL(
            "SELECT %s FROM %s",
            SQL(", ").join(
                SQL(
                    "%s AS %s",
                    columns.get(name)
                    or SQL("NULL::%s", SQL.identifier(_TYPES.get(name, "int4"))),
                    SQL.identifier(name),
                )
                for name in _COLUMNS
            ),
            source,
        )

    @api.model
    def _get_survey_part(self, number, table, columns):
        """Return the SELECT over ``table``, response or what hangs on one."""
        columns = {
            "source": SQL("'survey'"),
            "date": SQL("response.answered_date"),
            "campaign_id": SQL("response.campaign_id"),
            "campaign_kind": SQL("campaign.kind"),
            "response_id": SQL("response.id"),
            "dossier_id": SQL("response.dossier_id"),
            "partner_id": SQL("response.partner_id"),
            "company_id": SQL("response.company_id"),
            "team_id": SQL("response.team_id"),
            "channel": SQL("response.channel"),
            **columns,
        }
        source = SQL(
            """%s
          JOIN customer_survey_campaign campaign
            ON campaign.id = response.campaign_id
     LEFT JOIN res_partner partner ON partner.id = response.partner_id
         WHERE response.state = 'answered' AND response.dossier_id IS NOT NULL""",
            table,
        )
        return self._get_part(number, columns, source)

    @api.model
    def _get_response_query(self):
        part = self._get_survey_part(
            0,
            SQL("customer_survey_response response"),
            {
                "id": SQL("response.id"),
                "level": SQL("'overall'"),
                "index": SQL('response."index"'),
                "satisfied_rate": _rate(
                    SQL('response."index" >= campaign.satisfied_level')
                ),
                "answer_count": SQL("1"),
                "negative": SQL("CASE WHEN response.is_negative THEN 1 ELSE 0 END"),
            },
        )
        # who skipped all questions gave no score
        return SQL(
            """%s AND EXISTS (SELECT FROM customer_survey_score score
                               WHERE score.response_id = response.id)""",
            part,
        )

    @api.model
    def _get_score_query(self):
        return self._get_survey_part(
            1,
            SQL(
                """customer_survey_score score
          JOIN customer_survey_response response ON response.id = score.response_id"""
            ),
            {
                "id": SQL("score.id"),
                "level": SQL("'dimension'"),
                "dimension_id": SQL("score.dimension_id"),
                "dimension_score": SQL("score.score"),
                "dimension_satisfied_rate": _rate(
                    SQL("score.score >= campaign.satisfied_level")
                ),
            },
        )

    @api.model
    def _get_answer_query(self):
        return self._get_survey_part(
            2,
            SQL(
                """customer_survey_answer answer
          JOIN customer_survey_response response ON response.id = answer.response_id"""
            ),
            {
                "id": SQL("answer.id"),
                "level": SQL("'question'"),
                "channel": SQL("answer.channel"),
                "dimension_id": SQL("answer.dimension_id"),
                "question_id": SQL("answer.question_id"),
                "question_score": SQL("answer.score"),
                "question_satisfied_rate": SQL("answer.satisfied_rate"),
                "question_value": SQL("answer.value"),
                "nps": SQL(
                    """CASE answer.promoter WHEN 'promoter' THEN 100
                            WHEN 'passive' THEN 0 WHEN 'detractor' THEN -100 END"""
                ),
            },
        )

    @api.model
    def _get_case_query(self):
        index = SQL("(complaint.score - 1) / 4.0 * 100")
        # the day at the office: a reader's time zone would move the edge of a month
        zones = SQL(", ").join(
            SQL("(%s, %s)", company.id, company._get_office_timezone().key)
            for company in self.env.companies
        )
        return self._get_part(
            3,
            {
                "id": SQL("complaint.id"),
                "source": SQL("'case'"),
                "level": SQL("'overall'"),
                "date": SQL(
                    """(complaint.confirmed_at AT TIME ZONE 'UTC'
                        AT TIME ZONE COALESCE(office.zone, 'UTC'))::date"""
                ),
                "complaint_id": SQL("complaint.id"),
                "dossier_id": SQL("complaint.dossier_id"),
                "partner_id": SQL("complaint.partner_id"),
                "company_id": SQL("complaint.company_id"),
                "team_id": SQL("complaint.team_id"),
                "index": index,
                "satisfied_rate": _rate(
                    SQL("%s >= company.survey_satisfied_level", index)
                ),
                "answer_count": SQL("1"),
                "negative": SQL(
                    """CASE WHEN complaint.score <= company.survey_negative_score
                            THEN 1 ELSE 0 END"""
                ),
            },
            SQL(
                """customer_complaint complaint
          JOIN res_company company ON company.id = complaint.company_id
     LEFT JOIN (VALUES %s) office(company_id, zone)
            ON office.company_id = complaint.company_id
     LEFT JOIN res_partner partner ON partner.id = complaint.partner_id
         WHERE complaint.score > 0 AND complaint.confirmed_at IS NOT NULL""",
                zones,
            ),
        )

    @api.model
    def _get_feedback_query(self):
        return self._get_part(
            4,
            {
                "id": SQL("feedback.id"),
                "source": SQL("'feedback'"),
                "level": SQL("'overall'"),
                "date": SQL("feedback.date"),
                "feedback_id": SQL("feedback.id"),
                "dossier_id": SQL("feedback.dossier_id"),
                "partner_id": SQL("feedback.partner_id"),
                "company_id": SQL("feedback.company_id"),
                "team_id": SQL("dossier.team_id"),
                "index": SQL("feedback.score"),
                "satisfied_rate": _rate(
                    SQL("feedback.score >= company.survey_satisfied_level")
                ),
                "answer_count": SQL("1"),
                "negative": SQL(
                    """CASE WHEN feedback.satisfaction::int
                                 <= company.survey_negative_score
                            THEN 1 ELSE 0 END"""
                ),
            },
            # a dossier of no company is judged by the one that the reader works in
            SQL(
                """customer_satisfaction_feedback feedback
          JOIN customer_dossier dossier ON dossier.id = feedback.dossier_id
          JOIN res_company company
            ON company.id = COALESCE(feedback.company_id, %s)
     LEFT JOIN res_partner partner ON partner.id = feedback.partner_id""",
                self.env.company.id,
            ),
        )


def _rate(condition):
    """Return SQL of 100 or 0."""
    return SQL("CASE WHEN %s THEN 100 ELSE 0 END", condition)
