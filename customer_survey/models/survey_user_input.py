from collections import defaultdict

from odoo import models


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    def _mark_done(self):
        # EXTENDS 'survey': the customer's answers are filed as figures
        result = super()._mark_done()
        self.env["customer.survey.response"]._file_answers(
            self.filtered(lambda user_input: not user_input.test_entry)
        )
        return result

    def _get_dimension_scores(self):
        """Return {dimension: [score of each answered question]}, 0 to 100 (M28).

        A skipped question has no score; the lowest answer has the score 0.
        """
        self.ensure_one()
        scores = defaultdict(list)
        for line in self.user_input_line_ids:
            question = line.question_id
            if line.skipped or not question._is_dimension_scored():
                continue
            if line.answer_type == "scale":
                value = line.value_scale
            elif line.answer_type == "suggestion":
                value = line.suggested_answer_id.answer_score
            else:
                continue
            lowest, highest = question._get_score_range()
            scores[question.dimension_id].append(
                (value - lowest) / (highest - lowest) * 100
            )
        return scores

    def _get_opinions(self):
        """Return the texts that the participant wrote, each under its question."""
        self.ensure_one()
        return "\n\n".join(
            f"{line.question_id.title}\n{text}"
            for line in self.user_input_line_ids
            if (text := line.value_text_box or line.value_char_box)
        )
