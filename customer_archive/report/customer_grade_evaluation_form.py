from odoo import api, models

from ..models.customer_form import TICK, FormBlock, FormColumn


class CustomerFormGradeEvaluation(models.AbstractModel):
    """成交客户分级评价表: the printed form of a grade evaluation (E8)."""

    _name = "customer.form.grade.evaluation"
    _description = "Printed Form of a Grade Evaluation"
    _inherit = "customer.form"

    @api.model
    def _get_blocks(self, evaluation):
        """Return the blocks of the form of one ``evaluation``; an empty one gives the
        blank form."""
        return [
            self._get_facts(
                "customer",
                False,
                [
                    self._get_fact(evaluation, "partner_id", wide=True),
                    self._get_fact(evaluation, "scheme_id"),
                    self._get_fact(evaluation, "rule_id"),
                    self._get_fact(evaluation, "date"),
                    self._get_fact(evaluation, "first_deal_date"),
                ],
            ),
            self._get_criteria(evaluation),
            self._get_sheet(evaluation),
            self._get_facts(
                "result",
                self.env._("Result"),
                [
                    self._get_fact(evaluation, "present_grade_id"),
                    self._get_fact(evaluation, "proposed_grade_id"),
                    self._get_fact(
                        evaluation, "grade_id", self.env._("Confirmed Grade")
                    )
                    if evaluation.state != "proposed"
                    else self._get_fact(evaluation, "grade_id"),
                    self._get_fact(evaluation, "state", self.env._("Status")),
                    self._get_fact(evaluation, "deviation_reason"),
                    self._get_fact(evaluation, "reason"),
                    self._get_fact(evaluation, "remark"),
                ],
            ),
        ]

    @api.model
    def _get_criteria(self, evaluation):
        """Return the block of the criteria of each grade with threshold and result."""
        columns = [
            FormColumn(self.env._("Grade"), 3),
            FormColumn(self.env._("Criterion"), 5),
            FormColumn(self.env._("Threshold"), 3, is_number=True),
            FormColumn(self.env._("Customer"), 3, is_number=True),
            FormColumn(self.env._("Criterion Met"), 2),
        ]
        lines = []
        if evaluation:
            results = evaluation._get_criteria_results()[evaluation.id]
            for table in evaluation._get_grade_tables(results):
                match = table["match"]
                grade = f"{table['grade']} ({match})" if match else table["grade"]
                # what is off decides nothing
                rows = [row for row in table["rows"] if not row["is_off"]]
                lines += [
                    [
                        grade,
                        row["label"],
                        row["threshold"],
                        row["value"],
                        TICK if row["is_met"] else "✗",
                    ]
                    for row in rows
                ] or [[grade, self.env._("off"), None, None, None]]
        lines = lines or [[None] * len(columns)] * 6
        return FormBlock("criteria", self.env._("Criteria"), lines, columns, len(lines))

    @api.model
    def _get_sheet(self, evaluation):
        """Return the block of the score sheet; without one, its factors to be filled
        in by hand."""
        columns = [
            FormColumn(self.env._("Factor"), 3),
            FormColumn(self.env._("Taken from"), 5),
            FormColumn(self.env._("Value"), 3, is_number=True),
            FormColumn(self.env._("Weight"), 2, is_number=True),
            FormColumn(self.env._("Score"), 2, is_number=True),
        ]
        lines = [
            [
                line.factor_id.name,
                line.source_text,
                self._get_number(line, "value") if line.has_value else None,
                self._get_number(line, "weight"),
                self._get_number(line, "score") if line.has_value else None,
            ]
            for line in evaluation.line_ids
        ]
        if not lines:
            scheme = evaluation.scheme_id or self.env[
                "customer.grade.scheme"
            ]._get_leading(self.env.company)
            factors = scheme.factor_ids.filtered(lambda factor: factor.usage == "grade")
            lines = [
                [factor.name, None, None, self._get_number(factor, "weight"), None]
                for factor in factors
            ] or [[None] * len(columns)] * 5
        score = self._get_number(evaluation, "score") if evaluation.has_score else None
        lines.append([self.env._("Score in Total"), "", "", "", score])
        return FormBlock("sheet", self.env._("Score Sheet"), lines, columns, len(lines))

    @api.model
    def _get_number(self, record, name):
        """Return a number as it is printed, 0 included."""
        return self._get_converter("float").record_to_html(record, name, {})

    @api.model
    def _get_signatures(self, evaluation):
        """Return who evaluated and who approved: dicts of ``office``, ``name``,
        ``date`` and ``mark``, the decision on record."""
        approvals = evaluation.approval_id.decision_ids.filtered(
            lambda decision: decision.decision == "approved"
        )
        boxes = [
            {
                "office": self.env._("Evaluator"),
                "name": evaluation.evaluator_id.name,
                "date": evaluation.approval_id.create_date,
            }
        ]
        boxes += [
            {
                "office": decision.step,
                "name": decision.user_id.name,
                "date": decision.date,
                "mark": self.env._(
                    "approved %(date)s", date=self._get_value(decision, "date")
                ),
            }
            for decision in approvals
        ]
        return boxes if approvals else [*boxes, {"office": self.env._("Approver")}]
