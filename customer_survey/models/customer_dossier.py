import json
from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .customer_satisfaction_feedback import normalise


class Satisfaction(NamedTuple):
    """How satisfied a customer is.

    :param value: 0 to 100
    :param count: number of scores that it is the mean of; 0 for a survey result
    """

    value: float
    date: date
    count: int


class CustomerDossier(models.Model):
    """What the customer says of us (E13, G17, C19)."""

    _inherit = "customer.dossier"

    survey_response_ids = fields.One2many("customer.survey.response", "dossier_id")
    survey_response_count = fields.Integer(
        compute="_compute_satisfaction_counts", compute_sudo=False
    )
    satisfaction_feedback_ids = fields.One2many(
        "customer.satisfaction.feedback", "dossier_id", string="Feedback Forms"
    )
    satisfaction_feedback_count = fields.Integer(
        string="Number of Feedback Forms",
        compute="_compute_satisfaction_counts",
        compute_sudo=False,
    )
    negative_feedback_count = fields.Integer(
        compute="_compute_satisfaction_counts", compute_sudo=False
    )
    has_satisfaction = fields.Boolean(compute="_compute_satisfaction")
    satisfaction_index = fields.Float(
        string="Satisfaction",
        compute="_compute_satisfaction",
        digits=(16, 1),
        aggregator=None,
        help="0 to 100: the customer's last survey result, else the mean of what he "
        "said on feedback forms and about solved cases lately.",
    )
    satisfaction_date = fields.Date(
        string="Satisfaction On", compute="_compute_satisfaction"
    )
    satisfaction_source = fields.Char(compute="_compute_satisfaction")
    is_satisfaction_below = fields.Boolean(
        string="Satisfaction Below Required",
        compute="_compute_satisfaction",
        search="_search_is_satisfaction_below",
    )
    satisfaction_trend = fields.Text(
        compute="_compute_satisfaction_trend",
        help="What the customer said in the course of time, 0 to 100.",
    )

    # ------------------------------------------------------------ value (E13, G17)

    @api.model
    def _recent_domain(self, name):
        """Return the Domain of the records whose day in field ``name`` still counts,
        as the settings of their company say."""
        today = fields.Date.context_today(self)
        return Domain.OR(
            Domain(
                "company_id",
                "in",
                [company.id, False] if company == self.env.company else company.ids,
            )
            & Domain(
                name, ">=", today - relativedelta(months=company.survey_feedback_months)
            )
            for company in self.env.companies
        )

    @api.model
    def _get_satisfaction(self, domain):
        """Return {dossier id: Satisfaction}, in three queries, of what the present user
        may read. An anonymous answer belongs to no dossier.

        :param domain: which content of dossiers is asked for
        """
        satisfaction = self._get_mean_feedback(domain)
        satisfaction.update(self._get_latest_results(domain))
        return satisfaction

    @api.model
    def _get_latest_results(self, domain):
        """Return {dossier id: Satisfaction} of the last survey that has a result."""
        responses = self.env["customer.survey.response"]
        query = responses._search(domain & responses._counted_domain())
        dossier, index, answered, response = (
            responses._field_to_sql(query.table, name, query)
            for name in ("dossier_id", "index", "answered_date", "id")
        )
        query.order = SQL("%s, %s DESC, %s DESC", dossier, answered, response)
        rows = self.env.execute_query(
            query.select(SQL("DISTINCT ON (%s) %s", dossier, dossier), index, answered)
        )
        return {
            dossier_id: Satisfaction(value, day, 0) for dossier_id, value, day in rows
        }

    @api.model
    def _get_mean_feedback(self, domain):
        """Return {dossier id: Satisfaction} of the recent feedback forms and of the
        recent cases whose solution the customer scored."""
        forms = self.env["customer.satisfaction.feedback"]._read_group(
            domain & self._recent_domain("date"),
            ["dossier_id"],
            ["score:sum", "__count", "date:max"],
        )
        complaints = self.env["customer.complaint"]
        cases = complaints._read_group(
            domain & self._recent_domain("confirmed_at") & complaints._scored_domain(),
            ["dossier_id"],
            ["score:sum", "__count", "confirmed_at:max"],
        )
        result = {
            dossier.id: Satisfaction(total / count, day, count)
            for dossier, total, count, day in forms
        }
        for dossier, total, count, confirmed_at in cases:
            day = fields.Datetime.context_timestamp(self, confirmed_at).date()
            total = (total - count) / 4 * 100
            if dossier.id in result:
                value, form_day, form_count = result[dossier.id]
                total += value * form_count
                count += form_count
                day = max(day, form_day)
            result[dossier.id] = Satisfaction(total / count, day, count)
        return result

    def _get_required_levels(self):
        """Return {dossier: satisfaction that is required of its unit this year}."""
        year = fields.Date.context_today(self).year
        levels = self.env["customer.survey.level"]
        required = {}
        for (company, team), dossiers in self.grouped(
            lambda dossier: (dossier.company_id or self.env.company, dossier.team_id)
        ).items():
            of_unit = levels._get_levels(company, year, team)
            level = of_unit.get(False, company.survey_required_level)
            required.update(dict.fromkeys(dossiers, level))
        return required

    @api.depends(
        "survey_response_ids.state",
        "survey_response_ids.index",
        "satisfaction_feedback_ids.score",
    )
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_satisfaction(self):
        origins = self._origin
        satisfaction = self._get_satisfaction(Domain("dossier_id", "in", origins.ids))
        required = origins._get_required_levels()
        for dossier in self:
            found = satisfaction.get(dossier._origin.id)
            dossier.has_satisfaction = bool(found)
            dossier.satisfaction_index = found and found.value
            dossier.satisfaction_date = found and found.date
            dossier.satisfaction_source = found and self._get_source_label(found)
            dossier.is_satisfaction_below = (
                bool(found) and found.value < required[dossier._origin]
            )

    @api.model
    def _get_source_label(self, satisfaction):
        if satisfaction.count:
            return self.env._("Feedback (%(count)s)", count=satisfaction.count)
        return self.env._("Survey %(year)s", year=satisfaction.date.year)

    @api.model
    def _search_is_satisfaction_below(self, operator, value):
        if operator != "in":
            return NotImplemented
        satisfaction = self._get_satisfaction(Domain("dossier_id", "!=", False))
        dossiers = self.search_fetch(
            [("id", "in", list(satisfaction))], ["team_id", "company_id"]
        )
        required = dossiers._get_required_levels()
        below = dossiers.filtered(
            lambda dossier: satisfaction[dossier.id].value < required[dossier]
        )
        return Domain("id", "in", below.ids)

    # ------------------------------------------------------------ history

    @api.depends("survey_response_ids", "satisfaction_feedback_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_satisfaction_counts(self):
        domain = Domain("dossier_id", "in", self._origin.ids)
        for name, model in (
            ("survey_response_count", "customer.survey.response"),
            ("satisfaction_feedback_count", "customer.satisfaction.feedback"),
            ("negative_feedback_count", "customer.negative.feedback"),
        ):
            counts = dict(
                self.env[model]._read_group(domain, ["dossier_id"], ["__count"])
            )
            for dossier in self:
                dossier[name] = counts.get(dossier._origin, 0)

    @api.depends(
        "survey_response_ids.state",
        "survey_response_ids.index",
        "satisfaction_feedback_ids.score",
    )
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_satisfaction_trend(self):
        """A line over all results and scores, where there are at least two."""
        domain = Domain("dossier_id", "in", self._origin.ids)
        responses = self.env["customer.survey.response"]
        responses = responses.search_fetch(
            domain & responses._counted_domain(),
            ["dossier_id", "index", "answered_date"],
        )
        forms = self.env["customer.satisfaction.feedback"].search_fetch(
            domain, ["dossier_id", "score", "date"]
        )
        cases = self.env["customer.complaint"]
        cases = cases.search_fetch(
            domain & cases._scored_domain(),
            ["dossier_id", "score", "confirmed_at"],
        )
        points = {dossier.id: [] for dossier in self._origin}
        for response in responses:
            point = (response.answered_date, response.index)
            points[response.dossier_id.id].append(point)
        for form in forms:
            points[form.dossier_id.id].append((form.date, form.score))
        for case in cases:
            day = fields.Datetime.context_timestamp(self, case.confirmed_at).date()
            points[case.dossier_id.id].append((day, normalise(case.score)))
        for dossier in self:
            line = sorted(points.get(dossier._origin.id, ()))
            values = [
                {"x": format_date(self.env, day), "y": round(value, 1)}
                for day, value in line
            ]
            label = dossier._fields["satisfaction_index"]._description_string(self.env)
            dossier.satisfaction_trend = len(values) > 1 and json.dumps(
                [{"key": label, "values": values}]
            )

    def action_view_survey_responses(self):
        self.ensure_one()
        return self._action_view_documents(
            "customer_survey.customer_survey_response_action",
            Domain("dossier_id", "=", self.id),
        )

    def action_view_satisfaction_feedback(self):
        """Show the feedback forms of the customer, where a new one is recorded, too."""
        self.ensure_one()
        action = self._action_view_documents(
            "customer_survey.customer_satisfaction_feedback_action",
            Domain("dossier_id", "=", self.id),
        )
        return action | {"context": {"default_dossier_id": self.id}}

    def action_view_negative_feedback(self):
        self.ensure_one()
        return self._action_view_documents(
            "customer_survey.customer_negative_feedback_action",
            Domain("dossier_id", "=", self.id),
        )
