from odoo import api, fields, models


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    survey_type = fields.Selection(related="survey_id.survey_type")
    dimension_id = fields.Many2one(
        "customer.survey.dimension",
        ondelete="restrict",
        index="btree_not_null",
        help="The satisfaction dimension that the answers count for.",
    )

    def _get_score_range(self):
        """Return the lowest and the highest value that an answer can have, equal
        when the question cannot be scored."""
        self.ensure_one()
        if self.question_type == "scale":
            return self.scale_min, self.scale_max
        if self.question_type == "simple_choice" and self.suggested_answer_ids:
            scores = self.suggested_answer_ids.mapped("answer_score")
            return min(scores), max(scores)
        return 0, 0

    def _is_dimension_scored(self):
        lowest, highest = self._get_score_range()
        return bool(self.dimension_id) and lowest < highest

    @api.model_create_multi
    def create(self, vals_list):
        questions = super().create(vals_list)
        questions.survey_id._check_not_issued()
        return questions

    def write(self, vals):
        if vals.keys() & {
            "survey_id",
            "is_page",
            "question_type",
            "dimension_id",
            "scale_min",
            "scale_max",
        }:
            self.survey_id._check_not_issued()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        self.survey_id._check_not_issued()
