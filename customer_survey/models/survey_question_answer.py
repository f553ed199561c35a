from odoo import api, models


class SurveyQuestionAnswer(models.Model):
    _inherit = "survey.question.answer"

    @api.model_create_multi
    def create(self, vals_list):
        answers = super().create(vals_list)
        answers.question_id.survey_id._check_not_issued()
        return answers

    def write(self, vals):
        if vals.keys() & {"question_id", "answer_score"}:
            self.question_id.survey_id._check_not_issued()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        self.question_id.survey_id._check_not_issued()
