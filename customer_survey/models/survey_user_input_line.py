from statistics import fmean

from odoo import models


class SurveyUserInputLine(models.Model):
    _inherit = "survey.user_input.line"

    def write(self, vals):
        result = super().write(vals)
        if "user_input_id" in vals:
            # the rules have judged the form that the lines came from
            self.check_access("write")
        return result

    def _get_opinion(self):
        """Return what was written in the participant's own words, not what says who
        he is."""
        self.ensure_one()
        question = self.question_id
        if question.save_as_email or question.save_as_nickname:
            return ""
        return (self.value_text_box or self.value_char_box or "").strip()

    def _prepare_opinion_values(self):
        return {
            "question_id": self.question_id.id,
            "dimension_id": self.question_id.dimension_id.id,
            "text": self._get_opinion(),
        }

    def _get_value(self, question):
        """Return what these lines, which answer ``question``, are worth in the range
        of ``question._get_score_range()``; None when they hold no answer (M28).

        Several choices are worth the sum of theirs; a matrix is the mean over its
        answered rows, a row with several columns the mean of them.
        """
        kind = question.question_type
        if kind in ("simple_choice", "multiple_choice"):
            chosen = self.suggested_answer_id & question.suggested_answer_ids
            return sum(chosen.mapped("answer_score")) if chosen else None
        if kind == "matrix":
            rows = self.filtered("suggested_answer_id").grouped("matrix_row_id")
            means = [
                fmean(columns.suggested_answer_id.mapped("answer_score"))
                for columns in rows.values()
            ]
            return fmean(means) if means else None
        answers = self.filtered(lambda line: line.answer_type == kind)[:1]
        if not answers:
            return None
        value = answers[f"value_{kind}"]
        if question._is_right_or_wrong():
            is_right = value == question[f"answer_{kind}"]
            return question.answer_score if is_right else 0
        return value
