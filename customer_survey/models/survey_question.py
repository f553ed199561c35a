from odoo import api, fields, models
from odoo.exceptions import ValidationError

_RIGHT_ANSWER_TYPES = ("numerical_box", "date", "datetime")
# what the score of an answer, or whether it counts at all, is made of
_FROZEN = {
    "survey_id",
    "is_page",
    "question_type",
    "dimension_id",
    "is_recommendation",
    "scale_min",
    "scale_max",
    "matrix_subtype",
    "validation_required",
    "validation_min_float_value",
    "validation_max_float_value",
    "is_scored_question",
    "answer_numerical_box",
    "answer_date",
    "answer_datetime",
    "answer_score",
    "triggering_answer_ids",
}


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    survey_type = fields.Selection(related="survey_id.survey_type")
    dimension_id = fields.Many2one(
        "customer.survey.dimension",
        ondelete="restrict",
        index="btree_not_null",
        help="The satisfaction dimension that the answers count for.",
    )
    is_recommendation = fields.Boolean(
        string="Recommendation Question",
        help="Asks how likely the customer is to recommend us, on a scale from 0 to "
        "10; the net promoter score is made of the answers.",
    )

    @api.constrains(
        "is_recommendation", "question_type", "scale_min", "scale_max", "survey_id"
    )
    def _check_is_recommendation(self):
        questions = self.filtered("is_recommendation")
        for question in questions:
            scale = question.question_type, question.scale_min, question.scale_max
            if scale != ("scale", 0, 10):
                raise ValidationError(
                    self.env._(
                        "%(question)s: recommendation is asked on a scale from 0 to "
                        "10.",
                        question=question.title,
                    )
                )
        for survey in questions.survey_id:
            if len(survey.question_ids.filtered("is_recommendation")) > 1:
                raise ValidationError(
                    self.env._(
                        "%(questionnaire)s asks for a recommendation already. One "
                        "question of it is enough.",
                        questionnaire=survey.title,
                    )
                )

    # ------------------------------------------------------------ scores (M28)

    def _is_right_or_wrong(self):
        """Return whether the survey app itself scores the one right answer."""
        self.ensure_one()
        return (
            self.question_type in _RIGHT_ANSWER_TYPES
            and self.is_scored_question
            and self.answer_score > 0
        )

    def _get_score_range(self):
        """Return the lowest and the highest value that an answer can have, equal
        when the question cannot be scored (M28).

        A scale, and a number that has limits, go from one to the other; a right
        answer is worth its score, a wrong one nothing; a choice or the column of a
        matrix is worth its score; several choices are worth the sum of theirs.
        """
        self.ensure_one()
        if self._is_right_or_wrong():
            return 0, self.answer_score
        if self.question_type == "scale":
            return self.scale_min, self.scale_max
        if self.question_type == "numerical_box" and self.validation_required:
            return self.validation_min_float_value, self.validation_max_float_value
        scores = self.suggested_answer_ids.mapped("answer_score")
        if self.question_type in ("simple_choice", "matrix") and scores:
            return min(scores), max(scores)
        if self.question_type == "multiple_choice":
            return (
                sum(score for score in scores if score < 0),
                sum(score for score in scores if score > 0),
            )
        return 0, 0

    def _is_dimension_scored(self):
        lowest, highest = self._get_score_range()
        return bool(self.dimension_id) and lowest < highest

    # ------------------------------------------------------------ valid answers

    def validate_question(self, answer, comment=None):
        # EXTENDS 'survey', which takes any number on a scale, any choice of any
        # question and the same choice twice: whoever posts could score what he likes
        errors = super().validate_question(answer, comment)
        if (
            not errors
            and answer
            and self.survey_type == "customer_satisfaction"
            and not self._is_own_answer(answer)
        ):
            return {self.id: self.env._("This answer is not one of those offered.")}
        return errors

    def _is_own_answer(self, answer):
        """Return whether ``answer``, as posted, is one of those that are offered."""
        own = {str(answer_id) for answer_id in self.suggested_answer_ids.ids}
        if self.question_type == "scale":
            own = {str(value) for value in range(self.scale_min, self.scale_max + 1)}
            return str(answer) in own
        if self.question_type in ("simple_choice", "multiple_choice"):
            return _is_selection(answer, own)
        if self.question_type == "matrix":
            rows = {str(row_id) for row_id in self.matrix_row_ids.ids}
            return all(
                str(row) in rows and _is_selection(columns, own)
                for row, columns in answer.items()
            )
        return True

    # ------------------------------------------------------------ frozen once issued

    @api.model_create_multi
    def create(self, vals_list):
        questions = super().create(vals_list)
        questions.survey_id._check_not_issued()
        return questions

    def write(self, vals):
        if not vals.keys() & _FROZEN:
            return super().write(vals)
        self.survey_id._check_not_issued()
        result = super().write(vals)
        if "survey_id" in vals:
            # nor does a question move into a questionnaire that was issued
            self.survey_id._check_not_issued()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        self.survey_id._check_not_issued()


def _is_selection(answers, own):
    """Return whether ``answers``, one or a list, are of ``own`` and each named once."""
    answers = [str(a) for a in (answers if isinstance(answers, list) else [answers])]
    return set(answers) <= own | {""} and len(set(answers)) == len(answers)
