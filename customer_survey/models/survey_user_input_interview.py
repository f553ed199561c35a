from odoo import models
from odoo.exceptions import UserError


class SurveyUserInput(models.Model):
    """Who may go on filling in a form when staff ask the customer, too (G6, G8)."""

    _inherit = "survey.user_input"

    def _is_interviewed_by(self, user):
        """Return whether ``user`` is the one who still asks the customer this form."""
        self.ensure_one()
        return (
            user._is_internal()
            and user == self.customer_interviewer_id
            and user == self.customer_response_id.interviewer_id
        )

    def _is_interview_open(self):
        """An interview may be finished until the survey ends, whatever the deadline
        of the personal links."""
        self.ensure_one()
        return (
            self.customer_campaign_id.state == "running"
            and self.customer_response_id.state != "excluded"
        )

    def _is_superseded(self):
        """Return whether another form of the same customer, or contact where several
        are asked, has been counted (G8)."""
        self.ensure_one()
        return self.state != "done" and self.customer_response_id._is_answered_by(
            self.partner_id
        )

    def _check_mandatory(self):
        """Refuse a form that leaves a mandatory question open; the survey app has its
        own pages ask again.

        :raise UserError: names the question
        """
        self.ensure_one()
        answered = self.user_input_line_ids.filtered(lambda line: not line.skipped)
        to_answer = self.survey_id.question_ids.filtered("constr_mandatory")
        for question in to_answer - self._get_inactive_conditional_questions():
            lines = answered.filtered(lambda line, q=question: line.question_id == q)
            if not lines or question.matrix_row_ids - lines.matrix_row_id:
                raise UserError(
                    self.env._(
                        "%(question)s: this question must be answered.",
                        question=question.title,
                    )
                )
