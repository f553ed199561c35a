from odoo import models


class SurveyUserInputLine(models.Model):
    _inherit = "survey.user_input.line"

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
