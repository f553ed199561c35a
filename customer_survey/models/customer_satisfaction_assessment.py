from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

AUTHORS = ("BUM", "KEEPER", "MDO")


class CustomerSatisfactionAssessment(models.Model):
    """客户满意度评估: what the relationship supervisor says about the satisfaction of a
    group of customers in a period (G18).

    The figures are those of the customers that its author may read; they and the text
    stay as they are once he has confirmed it.
    """

    _name = "customer.satisfaction.assessment"
    _description = "Satisfaction Assessment"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin", "mail.thread"]
    _order = "date_to desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Title", required=True, tracking=True)
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    confirmed_on = fields.Date(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    team_id = fields.Many2one(
        "crm.team",
        string="Business Unit",
        check_company=True,
        index=True,
        ondelete="restrict",
        help="Empty: all units.",
    )
    region_id = fields.Many2one(
        "customer.classification",
        string="Sales Region",
        domain=[("kind", "=", "region")],
        ondelete="restrict",
    )
    industry_id = fields.Many2one("res.partner.industry", ondelete="restrict")
    category_id = fields.Many2one(
        "res.partner.category", string="Tag", ondelete="restrict"
    )
    figure_ids = fields.One2many(
        "customer.satisfaction.figure", "assessment_id", string="Figures", readonly=True
    )
    customer_count = fields.Integer(string="Customers", readonly=True, copy=False)
    answer_count = fields.Integer(string="Answers", readonly=True, copy=False)
    score = fields.Float(
        string="Satisfaction",
        readonly=True,
        copy=False,
        digits=(16, 1),
        aggregator=None,
        help="Mean of all answers, 0 to 100.",
    )
    satisfied_rate = fields.Float(
        string="Satisfied (%)",
        readonly=True,
        copy=False,
        digits=(16, 1),
        aggregator=None,
        help="Answers at or above the limit of the settings (M31).",
    )
    negative_count = fields.Integer(
        string="Negative Answers", readonly=True, copy=False
    )
    previous_id = fields.Many2one(
        "customer.satisfaction.assessment",
        string="Previous Assessment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The last confirmed one of the same group that ended before.",
    )
    previous_score = fields.Float(
        string="Satisfaction Before", readonly=True, copy=False, digits=(16, 1)
    )
    has_previous = fields.Boolean(readonly=True, copy=False)
    assessment = fields.Text(copy=False)
    proposals = fields.Text(string="Improvement Proposals", copy=False)
    can_edit = fields.Boolean(compute="_compute_can_edit")

    _dates_order = models.Constraint(
        "CHECK(date_to >= date_from)", "The period ends before it begins."
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    @api.model
    def _may_read_domain(self):
        """Return who reads assessments: the offices and the keeper all, the manager of
        a unit those of his unit."""
        user = self.env.user
        if user._has_archive_role("MDO", "GMO", "KEEPER"):
            return Domain.TRUE
        if user._has_archive_role("BUM"):
            return Domain("team_id.user_id", "=", user.id)
        return Domain.FALSE

    @api.model
    def _content_may_read_domain(self):
        """Return the Domain of what may be read because its ``assessment_id`` may."""
        return Domain("assessment_id", "any!", self._may_read_domain())

    @api.depends("team_id.user_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("state", "user_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        for assessment in self:
            assessment.can_edit = (
                assessment.state == "draft" and assessment.user_id == self.env.user
            )

    # ------------------------------------------------------------ create, write

    @api.model_create_multi
    def create(self, vals_list):
        assessments = super().create(vals_list)
        assessments._check_group()
        assessments._fill_figures()
        return assessments

    def write(self, vals):
        if self._is_system():
            return super().write(vals)
        if not all(name.startswith("message_") for name in vals):
            self._check_draft()
        result = super().write(vals)
        if self._get_group_fields() & vals.keys():
            self._check_group()
            self._fill_figures()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        self._check_draft()

    def _check_draft(self):
        for assessment in self:
            if assessment.state != "draft":
                raise UserError(
                    self.env._(
                        "%(name)s is confirmed and stays as it is. Write a new "
                        "assessment.",
                        name=assessment.name,
                    )
                )

    def _check_group(self):
        """Refuse who assesses nobody, and the manager of a unit other units."""
        user = self.env.user
        if self.env.su or user._has_archive_role("KEEPER", "MDO"):
            return
        user._check_archive_role(*AUTHORS)
        for assessment in self:
            # sudo: whose unit it is decides
            if assessment.team_id.sudo().user_id != user:
                raise AccessError(
                    self.env._("You assess the customers of your own business unit.")
                )

    # ------------------------------------------------------------ steps

    def action_update_figures(self):
        """Take the figures anew from what has been answered until now."""
        self._check_author()
        self._fill_figures()
        return True

    def action_confirm(self):
        """The author stands by his assessment; text and figures stay from now on."""
        self._check_author()
        for assessment in self:
            if not (assessment.assessment or "").strip():
                raise UserError(
                    self.env._(
                        "%(name)s says nothing yet: write the assessment first.",
                        name=assessment.name,
                    )
                )
        self._fill_figures()
        self._system_write(
            {"state": "confirmed", "confirmed_on": fields.Date.context_today(self)}
        )
        return True

    def _check_author(self):
        self.check_access("write")
        self._check_value("state", "draft")
        self._check_group()
        for assessment in self:
            if assessment.user_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "Only %(user)s confirms this assessment.",
                        user=assessment.user_id.name,
                    )
                )

    # ------------------------------------------------------------ figures

    @api.model
    def _get_group_fields(self):
        """Return the names of the fields that say which answers are assessed."""
        return {
            "company_id",
            "date_from",
            "date_to",
            "team_id",
            "region_id",
            "industry_id",
            "category_id",
        }

    def _get_answer_domain(self):
        """Return the Domain of the content of the dossiers that is assessed, but for
        the period."""
        dossiers = Domain.AND(
            Domain(name, "=", value.id)
            for name, value in (
                ("team_id", self.team_id),
                ("sales_region_id", self.region_id),
                ("industry_id", self.industry_id),
                ("partner_id.category_id", self.category_id),
            )
            if value
        )
        return Domain("company_id", "in", [self.company_id.id, False]) & (
            Domain("dossier_id", "!=", False)
            if dossiers.is_true()
            else Domain("dossier_id", "any", dossiers)
        )

    def _get_answers(self):
        """Return the SQL of the answers of the period as rows (source, dossier, score
        0 to 100, whether it is negative), as far as the present user may read them."""
        limit = self.company_id.survey_negative_score
        selects = [
            self._select_answers(
                "survey",
                "customer.survey.response",
                "answered_date",
                self.env["customer.survey.response"]._counted_domain(),
                lambda to_sql: (to_sql("index"), to_sql("is_negative")),
            ),
            self._select_answers(
                "case",
                "customer.complaint",
                "confirmed_at",
                self.env["customer.complaint"]._scored_domain(),
                lambda to_sql: (
                    SQL("(%s - 1) / 4.0 * 100", to_sql("score")),
                    SQL("%s <= %s", to_sql("score"), limit),
                ),
            ),
            self._select_answers(
                "feedback",
                "customer.satisfaction.feedback",
                "date",
                Domain.TRUE,
                lambda to_sql: (to_sql("score"), to_sql("is_negative")),
            ),
        ]
        return SQL(" UNION ALL ").join(selects)

    def _select_answers(self, source, model, day, domain, get_columns):
        """Return the SQL of the answers in one model.

        :param day: name of the field that says when it was answered
        :param domain: which records are answers
        :param get_columns: function from (function: field name to SQL) to the SQL of
            score and negative
        """
        answers = self.env[model]
        period = Domain(day, ">=", self.date_from)
        period &= Domain(day, "<", self.date_to + timedelta(days=1))
        query = answers._search(self._get_answer_domain() & period & domain)

        def to_sql(name):
            return answers._field_to_sql(query.table, name, query)

        return query.select(
            SQL("%s AS source", source),
            SQL("%s AS dossier_id", to_sql("dossier_id")),
            SQL("%s AS score, %s AS is_negative", *get_columns(to_sql)),
        )

    def _get_figures(self):
        """Return {source, or None for all: values of its figures}, in one query."""
        self.ensure_one()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT source,
                       COUNT(DISTINCT dossier_id) AS customer_count,
                       COUNT(*) AS answer_count,
                       AVG(score) AS score,
                       100.0 * COUNT(*) FILTER (WHERE score >= %s) / COUNT(*)
                           AS satisfied_rate,
                       COUNT(*) FILTER (WHERE is_negative) AS negative_count
                  FROM (%s) answer
              GROUP BY GROUPING SETS ((source), ())
                HAVING COUNT(*) > 0""",
                self.company_id.survey_satisfied_level,
                self._get_answers(),
            )
        )
        return {row.pop("source"): row for row in rows}

    def _fill_figures(self):
        """Write what the answers of the period say, and what the assessment before
        said of the same group."""
        empty = dict.fromkeys(
            (
                "customer_count",
                "answer_count",
                "score",
                "satisfied_rate",
                "negative_count",
            ),
            0,
        )
        for assessment in self:
            figures = assessment._get_figures()
            previous = assessment._get_previous()
            values = empty | figures.pop(None, {})
            assessment._system_write(
                values
                | {
                    "previous_id": previous.id,
                    "previous_score": previous.score,
                    "has_previous": previous.answer_count > 0,
                }
            )
            # sudo: who acts was checked; the system alone writes figures
            lines_sudo = assessment.sudo().figure_ids
            lines_sudo.unlink()
            lines_sudo._system_create(
                [
                    {"assessment_id": assessment.id, "source": source, **line}
                    for source, line in figures.items()
                ]
            )

    def _get_previous(self):
        """Return the last confirmed assessment of the same group before this one."""
        group = self._get_group_fields() - {"date_from", "date_to"}
        return self.search(
            Domain.AND(Domain(name, "=", self[name].id) for name in group)
            & Domain("state", "=", "confirmed")
            & Domain("date_to", "<", self.date_from),
            limit=1,
        )
