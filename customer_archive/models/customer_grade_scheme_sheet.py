from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerGradeScheme(models.Model):
    """The score sheets of the proposals (E7, M10).

    With ``evaluations`` in its scope the engine counts from the figures and lines that
    these have stored, so that sheet, criteria shown and proposal follow one logic.
    """

    _inherit = "customer.grade.scheme"

    # ------------------------------------------------------------ stored figures

    def _get_stored_scope(self, evaluations):
        """Return the scope of ``evaluations`` of one company, day and rule version."""
        first = evaluations[:1]
        scope = self._get_scope(first.grading_company_id, first.date, first.rule_id)
        return scope | {"evaluations": evaluations}

    def _figures_sql(self, scope, dossier_ids):
        # EXTENDS the engine
        if "evaluations" not in scope:
            return super()._figures_sql(scope, dossier_ids)
        amounts = SQL(", ").join(
            SQL("COALESCE(%(name)s, 0) AS %(name)s", name=SQL.identifier(name))
            for name in (
                "single_amount",
                "recent_amount",
                "former_amount",
                "profit_amount",
                "order_count",
                "referral_count",
                "potential_amount",
                "national_rank",
            )
        )
        years = SQL(", ").join(
            SQL(
                "COALESCE((year_amounts ->> %s)::numeric, 0) AS %s",
                index,
                SQL.identifier(f"year_{index}"),
            )
            for index in range(len(scope["starts"]))
        )
        return SQL(
            """
            figure AS (
                SELECT id, dossier_id, partner_id, company_id, first_deal_date,
                       has_deal, has_need, potential_score AS held_potential, %s, %s
                  FROM customer_grade_evaluation
                 WHERE id = ANY(%s)
            )
            """,
            amounts,
            years,
            scope["evaluations"].ids,
        )

    def _score_sql(self, usage, scope, total_profit):
        # EXTENDS the engine
        if "evaluations" not in scope:
            return super()._score_sql(usage, scope, total_profit)
        if usage == "potential":
            return SQL("held_potential")
        return SQL(
            """(SELECT ROUND(SUM(line.weight * line.score)
                             / NULLIF(SUM(line.weight), 0), 2)
                  FROM customer_grade_evaluation_line line
                 WHERE line.evaluation_id = figure.id AND line.has_value)"""
        )

    def _sheet_score_sql(self, scope, total_profit):
        """Return the score of the sheet; where thresholds make the grade, that of the
        sheets that somebody filled in."""
        score = self._score_sql("grade", scope, total_profit)
        if self.method == "score" or "evaluations" in scope:
            return score
        return SQL(
            """CASE WHEN EXISTS (
                   SELECT FROM customer_grade_evaluation evaluation
                     JOIN customer_grade_evaluation_line line
                       ON line.evaluation_id = evaluation.id
                    WHERE evaluation.dossier_id = figure.dossier_id
                      AND evaluation.scheme_id = %s
                      AND evaluation.state = 'proposed') THEN %s END""",
            self.id,
            score,
        )

    # ------------------------------------------------------------ sheets

    def _evaluate(self, company, dossiers, date, run=None, total_profit=None):
        """Bring the score sheets of the proposals up to date as well."""
        # EXTENDS the engine
        self.ensure_one()
        # sudo: figures of the grading; who may evaluate was checked
        self_sudo = self.sudo()
        if total_profit is None:
            total_profit = self_sudo._get_total_profit(company, date)
        ids = super()._evaluate(company, dossiers, date, run, total_profit)
        domain = (
            Domain("scheme_id", "=", self.id)
            & Domain("dossier_id", "in", dossiers.ids)
            & Domain("state", "=", "proposed")
            & Domain("approval_state", "!=", "pending")
        )
        if self.method != "score":
            domain &= Domain("line_ids", "!=", False)
        evaluations = self_sudo.env["customer.grade.evaluation"].search(domain)
        if evaluations:
            scope = self_sudo._get_stored_scope(evaluations)
            self_sudo._fill_sheets(scope, total_profit)
        return ids

    def _fill_sheets(self, scope, total_profit):
        """Give the evaluations of ``scope`` a line for each factor of the score sheet,
        with today's weights and the figures stored; what people judged last is taken
        over. In sudo; two statements for any number."""
        evaluations = scope["evaluations"]
        factors = self.factor_ids.filtered(lambda factor: factor.usage == "grade")
        self._flush_sources()
        self.env.cr.execute(
            SQL(
                """DELETE FROM customer_grade_evaluation_line
                    WHERE evaluation_id = ANY(%s) AND factor_id <> ALL(%s)""",
                evaluations.ids,
                factors.ids,
            )
        )
        if factors:
            self.env.cr.execute(self._lines_sql(scope, factors, total_profit))
        evaluations.line_ids.browse().invalidate_model(flush=False)
        evaluations.invalidate_model(["line_ids"], flush=False)

    def _lines_sql(self, scope, factors, total_profit):
        parts = SQL(", ").join(
            SQL(
                "(%s, %s, %s::numeric, ROUND((%s)::numeric, 2), (%s)::numeric)",
                factor.id,
                index,
                factor.weight,
                factor._value_sql(scope, total_profit),
                factor._score_sql(scope, total_profit),
            )
            for index, factor in enumerate(factors)
        )
        names = ("sequence", "weight", "value", "has_value", "score")
        return SQL(
            """
            WITH %(figures)s,
            part AS (
                SELECT figure.id AS evaluation_id, figure.company_id, part.factor_id,
                       part.sequence, part.weight, COALESCE(part.value, 0) AS value,
                       part.value IS NOT NULL AS has_value,
                       COALESCE(ROUND(part.score, 2), 0) AS score
                  FROM figure
    CROSS JOIN LATERAL (VALUES %(parts)s)
                    AS part(factor_id, sequence, weight, value, score)
            )
            INSERT INTO customer_grade_evaluation_line (
                   evaluation_id, company_id, factor_id, %(names)s,
                   create_uid, create_date, write_uid, write_date)
            SELECT part.evaluation_id, part.company_id, part.factor_id, %(part)s,
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM part
         LEFT JOIN customer_grade_evaluation_line held
                ON held.evaluation_id = part.evaluation_id
               AND held.factor_id = part.factor_id
             WHERE held.id IS NULL OR (%(held)s) IS DISTINCT FROM (%(part)s)
       ON CONFLICT (evaluation_id, factor_id) DO UPDATE
               SET %(updates)s, write_uid = EXCLUDED.write_uid,
                   write_date = EXCLUDED.write_date
            """,
            figures=self._figures_sql(scope, ()),
            parts=parts,
            names=SQL(", ").join(SQL.identifier(name) for name in names),
            part=SQL(", ").join(SQL.identifier("part", name) for name in names),
            held=SQL(", ").join(SQL.identifier("held", name) for name in names),
            updates=SQL(", ").join(
                SQL("%(name)s = EXCLUDED.%(name)s", name=SQL.identifier(name))
                for name in names
            ),
            uid=self.env.uid,
        )
