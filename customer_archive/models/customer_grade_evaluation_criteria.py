from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_list

# the criteria of a grade and the field of their threshold
CRITERIA = {
    "years": "yearly_amount",
    "single": "single_amount",
    "total": "total_amount",
    "rank": "max_rank",
}


class CustomerGradeEvaluation(models.Model):
    """What the proposal follows from, criterion by criterion, and what is missing to
    the next grade (E2 to E5, E11). Counted by the engine from the figures stored."""

    _inherit = "customer.grade.evaluation"

    criteria = fields.Html(
        compute="_compute_criteria", compute_sudo=False, sanitize=False
    )
    missing_text = fields.Char(
        string="Missing to the Next Grade",
        compute="_compute_missing_text",
        compute_sudo=False,
    )

    @api.depends("rule_id", "year_amounts", "proposed_grade_id", "score")
    @api.depends_context("uid", "lang")
    def _compute_criteria(self):
        # _origin: a form names whatever figures its client likes
        readable = self._origin._filtered_access("read")
        results = readable._get_criteria_results()
        for evaluation in self:
            origin = evaluation._origin
            evaluation.criteria = origin in readable and Markup(
                self.env["ir.qweb"]._render(
                    "customer_archive.customer_grade_criteria",
                    {
                        "years": origin._get_year_rows(),
                        "grades": origin._get_grade_tables(results[origin.id]),
                    },
                )
            )

    @api.depends("rule_id", "year_amounts", "upgrade_grade_id")
    @api.depends_context("uid", "lang")
    def _compute_missing_text(self):
        # _origin: see _compute_criteria
        upgradeable = self._origin._filtered_access("read").filtered("upgrade_grade_id")
        results = upgradeable._get_criteria_results()
        for evaluation in self:
            origin = evaluation._origin
            evaluation.missing_text = origin in upgradeable and (
                origin._get_missing_text(results[origin.id])
            )

    # ------------------------------------------------------------ figures

    def _get_criteria_results(self):
        """Return {evaluation id: {id of a line of its rule version: {code of a
        criterion that is on: (what the customer has, the threshold, the part of it
        that he reaches)}}}; money in the currency of the evaluation.

        One query for any number; what the engine needs is asked for once a company,
        day and version."""
        # sudo: figures of evaluations that the caller may read
        groups = self.sudo().grouped(
            lambda evaluation: (
                evaluation.scheme_id,
                evaluation.grading_company_id,
                evaluation.date,
                evaluation.rule_id,
            )
        )
        queries = []
        for (scheme, *_x, rule), evaluations in groups.items():
            scope = scheme._get_stored_scope(evaluations)
            # grades may have been archived since: their lines and years as they were
            count = max(
                len(evaluation.year_amounts or ()) for evaluation in evaluations
            )
            scope |= {
                "lines": rule.line_ids,
                "starts": [
                    fields.Date.subtract(scope["starts"][0], years=index)
                    for index in range(max(count, len(scope["starts"])))
                ],
            }
            rows = [
                SQL(
                    "(%s, %s, (%s)::numeric, %s::numeric, (%s)::numeric)",
                    line.id,
                    code,
                    value,
                    threshold,
                    reached,
                )
                for line in scope["lines"]
                for code, (value, threshold, reached) in scheme._get_criteria(
                    scope, line
                ).items()
            ]
            if rows:
                queries.append(
                    SQL(
                        """(WITH %s
                            SELECT figure.id, part.*
                              FROM figure
                CROSS JOIN LATERAL (VALUES %s)
                                AS part(line_id, code, value, threshold, reached))""",
                        scheme._figures_sql(scope, ()),
                        SQL(", ").join(rows),
                    )
                )
        results = defaultdict(lambda: defaultdict(dict))
        if queries:
            self.flush_model()
            for evaluation_id, line_id, code, *result in self.env.execute_query(
                SQL(" UNION ALL ").join(queries)
            ):
                results[evaluation_id][line_id][code] = result
        return results

    # ------------------------------------------------------------ shown

    def _get_year_rows(self):
        """Return [(year, amount)] of the years looked at, the last one first."""
        first = self.date_start
        rows = []
        for index, amount in enumerate(self.year_amounts or []):
            start = fields.Date.subtract(first, years=index)
            year = str(start.year)
            if (start.month, start.day) != (1, 1):
                year = f"{start.year}/{start.year + 1}"
            rows.append((year, format_amount(self.env, amount, self.currency_id)))
        return rows

    def _get_grade_tables(self, results):
        """Return what decides on each grade of the version used, the best one first:
        dicts of ``grade``, ``match``, ``is_met``, ``is_proposed`` and ``rows``.

        :param results: the part of ``_get_criteria_results`` of this evaluation
        """
        self.ensure_one()
        # sudo: the terms that an evaluation was counted by are shown with it; an
        # archived grade is given to nobody any more
        given = self.proposed_grade_id | self.grade_id
        lines_sudo = self.rule_id.sudo().line_ids.filtered(
            lambda line: line.grade_id.active or line.grade_id in given
        )
        labels = dict(lines_sudo._fields["match"]._description_selection(self.env))
        tables = []
        for line_sudo in lines_sudo:
            match = labels[line_sudo.match]
            rows = self._get_criteria_rows(line_sudo, match, results[line_sudo.id])
            met = [row["is_met"] for row in rows if not row["is_off"]]
            tables.append(
                {
                    "grade": line_sudo.grade_id.name,
                    # with one criterion there is nothing to match
                    "match": match if len(rows) > 1 else False,
                    "is_met": bool(met)
                    and (any(met) if line_sudo.match == "any" else all(met)),
                    "is_proposed": line_sudo.grade_id == self.proposed_grade_id,
                    "rows": rows,
                }
            )
        return tables

    def _get_criteria_rows(self, line, match, results):
        if line.match == "need":
            return [self._prepare_row(match, self.has_need and not self.has_deal)]
        if self.scheme_id.method == "score":
            return [
                self._prepare_row(
                    self._fields["score"]._description_string(self.env),
                    self.has_deal
                    and self.has_score
                    and self.score >= line.grade_id.min_score,
                    value=f"{self.score:.2f}" if self.has_score else None,
                    threshold=f"{line.grade_id.min_score:.1f}",
                )
            ]
        if line.match == "deal":
            return [self._prepare_row(match, self.has_deal)]
        rows = []
        for code in CRITERIA:
            label = self._get_criterion_label(line, code)
            if code not in results:
                rows.append(self._prepare_row(label, False, is_off=True))
                continue
            value, threshold, reached = results[code]
            rows.append(
                self._prepare_row(
                    label,
                    reached >= 1,
                    value=self._format_figure(code, value),
                    threshold=self._format_threshold(line, code, threshold),
                    # cut off: 100 % is what is reached
                    percent=int(round(reached * 1000, 9)) / 10,
                )
            )
        return rows

    def _prepare_row(self, label, is_met, is_off=False, **values):
        return {
            "label": label,
            "is_met": is_met,
            "is_off": is_off,
            "value": None,
            "threshold": None,
            "percent": None,
        } | values

    def _get_criterion_label(self, line, code):
        label = line._fields[CRITERIA[code]]._description_string(self.env)
        if code == "years" and line.years:
            return self.env._(
                "%(criterion)s (%(years)s years in a row)",
                criterion=label,
                years=line.years,
            )
        return label

    def _format_figure(self, code, value):
        if code == "rank":
            return str(int(value)) if value else None
        return format_amount(self.env, float(value), self.currency_id)

    def _format_threshold(self, line, code, threshold):
        text = self._format_figure(code, threshold)
        currency = line.currency_id
        if code != "rank" and currency and currency != self.currency_id:
            amount = format_amount(self.env, line[CRITERIA[code]], currency)
            return f"{text} ({amount})"
        return text

    def _get_missing_text(self, results):
        """Return what the customer lacks to the next grade, in one sentence (E11)."""
        # sudo: see _get_grade_tables
        line_sudo = self.rule_id.sudo().line_ids.filtered(
            lambda line: line.grade_id == self.upgrade_grade_id
        )
        if self.scheme_id.method == "score":
            parts = self._get_missing_score()
        else:
            parts = [
                self._get_missing_part(line_sudo, code, value, threshold)
                for code, (value, threshold, reached) in results[line_sudo.id].items()
                if reached < 1
            ]
        if not parts:
            return False
        return self.env._(
            "Missing to %(grade)s: %(parts)s",
            grade=self.upgrade_grade_id.name,
            parts=format_list(
                self.env, parts, "or" if line_sudo.match == "any" else "standard"
            ),
        )

    def _get_missing_score(self):
        missing = self.upgrade_grade_id.min_score - self.score
        if missing <= 0:
            return []
        label = self._fields["score"]._description_string(self.env)
        return [
            self.env._(
                "%(amount)s of %(criterion)s", amount=f"{missing:.2f}", criterion=label
            )
        ]

    def _get_missing_part(self, line, code, value, threshold):
        if code == "rank":
            return self.env._("national rank %(rank)s", rank=int(threshold))
        criterion = self._get_criterion_label(line, code)
        amount = self._format_figure(code, threshold - max(value, 0))
        return self.env._(
            "%(amount)s of %(criterion)s", amount=amount, criterion=criterion
        )
