from statistics import fmean

from odoo import api, fields, models
from odoo.fields import Domain

from .customer_survey_report import EDITABLE

# the splits of the index: field of a response
SPLITS = {
    "channel": "channel",
    "grade": "dossier_id.grade_id",
    "industry": "partner_id.industry_id",
    "region": "partner_id.sales_region_id",
}
BANDS = ("0–20", "20–40", "40–60", "60–80", "80–100")
# what a computer makes of 57 / 100 * 100 is a little less than 57
TOLERANCE = 1e-6


class CustomerSurveyReport(models.Model):
    """The figures of a report, kept as they were when it was filled in: later changes
    of the answers do not alter it (G12, G13, M28–M31).

    Screen, paper and spreadsheet take them from ``_get_report_data``. Scores are 0 to
    100, rates in percent; None is no figure.
    """

    _inherit = "customer.survey.report"

    figures = fields.Json(readonly=True, copy=False)
    figures_chart = fields.Html(
        compute="_compute_figures_chart", sanitize=False, compute_sudo=False
    )

    @api.depends("figures")
    def _compute_figures_chart(self):
        form = self.env["customer.form.survey.report"]
        for report in self:
            report.figures_chart = self.env["ir.qweb"]._render(
                "customer_survey.survey_report_charts",
                {"charts": form._get_charts(report._get_report_data())},
            )

    def _get_report_data(self):
        """Return the figures as they are shown: the dict kept in ``figures``."""
        self.ensure_one()
        self.check_access("read")
        return self.figures or {}

    # ------------------------------------------------------------ making them

    def _get_figures(self):
        """Return the figures of the campaign as a dict for JSON.

        Whoever fills in a report leads the survey and reads what it adds up to, not
        each answer. Of an anonymous survey only what stands for all is taken, and
        nothing over fewer answers than the company shows (G24).
        """
        self.ensure_one()
        # sudo: the sums of a campaign are for this office, the answers need not be
        campaign_sudo = self.campaign_id.sudo()
        results_sudo = campaign_sudo.result_ids
        rows = [
            self._get_result_row(result_sudo)
            for result_sudo in results_sudo.sorted(
                lambda result: (result.dimension_id.sequence, result.dimension_id.id)
            )
            if result_sudo.customer_count >= campaign_sudo._get_minimum_answers()
            and not (campaign_sudo.is_anonymous and result_sudo.team_id)
        ]
        overall = [row for row in rows if not row["unit"]]
        figures = {
            "basis": self._get_basis(campaign_sudo),
            "required": campaign_sudo.required_level,
            "previous": campaign_sudo.previous_id.name or None,
            "index": next((row for row in overall if not row["dimension"]), None),
            "dimensions": [row for row in overall if row["dimension"]],
            "units": sorted(
                (row for row in rows if row["unit"]),
                key=lambda row: (row["unit"], bool(row["dimension"])),
            ),
            "questions": self._get_question_rows(campaign_sudo),
            "distribution": self._get_distribution(campaign_sudo),
            "opinions": self._get_opinion_rows(campaign_sudo),
        }
        for name, field in SPLITS.items():
            figures[name] = (
                []
                if campaign_sudo.is_anonymous
                else self._get_split(campaign_sudo, field)
            )
        return figures

    @api.model
    def _get_basis(self, campaign):
        """Return who was asked and who answered, as the campaign counts it (M31)."""
        answers = dict(
            campaign.env["customer.survey.response"]._read_group(
                [("campaign_id", "=", campaign.id), ("state", "=", "answered")],
                ["channel"],
                ["__count"],
            )
        )
        unreachable = Domain("campaign_id", "=", campaign.id) & Domain(
            "state", "=", "unreachable"
        )
        labels = self._get_labels("channel")
        drawn = campaign.customer_count + campaign.excluded_count
        return {
            "customers": drawn,
            "excluded": campaign.excluded_count,
            "asked": campaign.customer_count,
            "issued": campaign.issued_count,
            "coverage": campaign.coverage if drawn else None,
            "returned": campaign.answered_count,
            "rate": campaign.response_rate if campaign.issued_count else None,
            "declined": campaign.declined_count,
            "unreachable": campaign.env["customer.survey.response"].search_count(
                unreachable
            ),
            "channels": []
            if campaign.is_anonymous
            else [
                {"name": label, "count": answers[channel]}
                for channel, label in labels.items()
                if channel in answers
            ],
        }

    @api.model
    def _get_labels(self, name):
        field = self.env["customer.survey.response"]._fields[name]
        return dict(field._description_selection(self.env))

    @api.model
    def _get_result_row(self, result):
        previous = result.previous_score if result.has_previous else None
        return {
            "unit": result.team_id.name or None,
            "dimension": result.dimension_id.name or None,
            "count": result.customer_count,
            "score": result.score,
            "required": result.required_level,
            "satisfied": result.satisfied_rate,
            "previous": previous,
            "change": None if previous is None else result.score - previous,
            "failed": result.is_failed,
        }

    @api.model
    def _get_question_rows(self, campaign):
        """Return the mean score of each question and the share of its answers at or
        above the satisfied level."""
        answers = campaign.env["customer.survey.answer"]
        asked = Domain("response_id.campaign_id", "=", campaign.id)
        content = asked & Domain("score", ">=", campaign.satisfied_level - TOLERANCE)
        satisfied = dict(answers._read_group(content, ["question_id"], ["__count"]))
        groups = answers._read_group(
            asked, ["question_id"], ["__count", "score:avg"], order="question_id"
        )
        return [
            {
                "name": question.title,
                "dimension": question.dimension_id.name or None,
                "count": count,
                "score": score,
                "satisfied": satisfied.get(question, 0) / count * 100,
            }
            for question, count, score in groups
            if count >= campaign._get_minimum_answers()
        ]

    @api.model
    def _counted_domain(self, campaign):
        of_campaign = Domain("campaign_id", "=", campaign.id)
        return of_campaign & campaign.env["customer.survey.response"]._counted_domain()

    @api.model
    def _get_distribution(self, campaign):
        """Return how many customers have an index in each fifth of the scale, of which
        the lower limit counts."""
        [[indexes]] = campaign.env["customer.survey.response"]._read_group(
            self._counted_domain(campaign), [], ["index:array_agg"]
        )
        if not indexes or len(indexes) < campaign._get_minimum_answers():
            return []
        counts = [0] * len(BANDS)
        for index in indexes:
            counts[min(int((index + TOLERANCE) // 20), len(BANDS) - 1)] += 1
        return [
            {"name": band, "count": count}
            for band, count in zip(BANDS, counts, strict=True)
        ]

    @api.model
    def _get_split(self, campaign, field):
        """Return the mean index of the customers in each group of ``field``, by sales
        where the campaign weighs by them (M29)."""
        labels = self._get_labels("channel")
        rows = []
        for value, indexes, sales in campaign.env[
            "customer.survey.response"
        ]._read_group(
            self._counted_domain(campaign),
            [field],
            ["index:array_agg", "sales_amount:array_agg"],
        ):
            weights = None
            if campaign.weighting == "sales":
                # as in the results: refunds weigh nothing
                weights = [max(amount or 0.0, 0.0) for amount in sales]
                weights = weights if any(weights) else None
            name = labels.get(value) if isinstance(value, str) else value.display_name
            rows.append(
                {
                    "name": name or self.env._("None"),
                    "count": len(indexes),
                    "score": fmean(indexes, weights),
                }
            )
        return sorted(rows, key=lambda row: (-row["count"], row["name"]))

    @api.model
    def _get_opinion_rows(self, campaign):
        """Return how many opinions there are about each topic, by tone (G15)."""
        rows = {}
        for topic, tone, count in campaign.env["customer.survey.opinion"]._read_group(
            [("campaign_id", "=", campaign.id)],
            ["topic_id", "tone"],
            ["__count"],
        ):
            row = rows.setdefault(topic, {"positive": 0, "neutral": 0, "negative": 0})
            row[tone or "unclassified"] = row.get(tone or "unclassified", 0) + count
        return [
            {
                "name": topic.name or self.env._("Without Topic"),
                "unclassified": 0,
                "count": sum(row.values()),
                **row,
            }
            for topic, row in sorted(
                rows.items(), key=lambda item: (not item[0], item[0].sequence)
            )
        ]

    def action_fill_in(self):
        """Take the figures anew and write what is generated over what stands there;
        conclusions and proposals stay (G13)."""
        self.env.user._check_archive_role("MDO")
        self._check_value("state", *EDITABLE)
        for report in self:
            report._fill_in()
        return True

    def _fill_in(self):
        self.ensure_one()
        report = self.with_context(lang=self.user_id.lang)
        self._system_write({"figures": report._get_figures()})
        self._system_write(report._get_texts())
