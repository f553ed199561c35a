from odoo import api, models


class SurveyQuestionAnswer(models.Model):
    _inherit = "survey.question.answer"

    @api.model_create_multi
    def create(self, vals_list):
        answers = super().create(vals_list)
        answers._check_not_issued()
        return answers

    def write(self, vals):
        if not vals.keys() & {"question_id", "matrix_question_id", "answer_score"}:
            return super().write(vals)
        self._check_not_issued()
        result = super().write(vals)
        # nor does a choice move into a questionnaire that was issued
        self._check_not_issued()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        self._check_not_issued()

    def _check_not_issued(self):
        # the rows of a matrix hang on it by another field than its columns
        questions = self.question_id | self.matrix_question_id
        questions.survey_id._check_not_issued()
