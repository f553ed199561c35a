import math
import re

from odoo import api, fields, models
from odoo.exceptions import UserError

CHOICES = ("simple_choice", "multiple_choice", "matrix")


class CustomerSurveyPaperLine(models.TransientModel):
    """One question, or row of a matrix, of a paper form: keyed is what the customer
    wrote, a choice by its number on the form (G6)."""

    _name = "customer.survey.paper.line"
    _description = "Answer on a Paper Form"
    _order = "id"

    paper_id = fields.Many2one(
        "customer.survey.paper", required=True, ondelete="cascade"
    )
    question_id = fields.Many2one(
        "survey.question", required=True, readonly=True, ondelete="cascade"
    )
    row_id = fields.Many2one(
        "survey.question.answer", readonly=True, ondelete="cascade"
    )
    name = fields.Char(readonly=True)
    hint = fields.Char(string="To Key", readonly=True)
    answer = fields.Char()
    has_comment = fields.Boolean(readonly=True)
    comment = fields.Char()

    @api.model
    def _prepare_lines(self, question_sudo):
        """Return the values of the lines in which a question is answered."""
        kind = question_sudo.question_type
        values = {
            "question_id": question_sudo.id,
            "name": question_sudo.title,
            "hint": self._get_hint(question_sudo),
            "has_comment": kind in CHOICES and question_sudo.comments_allowed,
        }
        if kind != "matrix":
            return [values]
        return [
            values
            | {
                "row_id": row.id,
                "name": f"{question_sudo.title} – {row.value}",
                "has_comment": index == 0 and values["has_comment"],
            }
            for index, row in enumerate(question_sudo.matrix_row_ids)
        ]

    @api.model
    def _get_hint(self, question_sudo):
        kind = question_sudo.question_type
        if kind == "scale":
            return f"{question_sudo.scale_min}–{question_sudo.scale_max}"
        if kind in CHOICES:
            return "  ".join(
                f"{number} {choice.value}"
                for number, choice in enumerate(question_sudo.suggested_answer_ids, 1)
            )
        return {
            "numerical_box": self.env._("A Number"),
            "date": self.env._("YYYY-MM-DD"),
            "datetime": self.env._("YYYY-MM-DD HH:MM"),
        }.get(kind, self.env._("As Written"))

    def _get_answers(self, response):
        """Return {question: (answer, comment)} as the survey app takes it.

        :raise UserError: names the question whose answer cannot be
        """
        # sudo: who enters the form was checked, and only its own questions are taken
        questions_sudo = response.campaign_id.sudo().survey_id.question_ids
        answers = {}
        for line in self:
            question = line.question_id.sudo()
            if question not in questions_sudo:
                raise UserError(
                    self.env._(
                        "This form belongs to another survey than %(customer)s.",
                        customer=response.partner_id.display_name,
                    )
                )
            answer = line._parse(question)
            comment = line.has_comment and (line.comment or "").strip()
            if question.question_type == "matrix":
                rows, first_comment = answers.get(question, ({}, None))
                row = line.row_id.sudo()
                if answer and row in question.matrix_row_ids:
                    rows[str(row.id)] = answer
                answers[question] = rows, first_comment or comment
            else:
                answers[question] = answer, comment
        for question, (answer, comment) in answers.items():
            if error := answer and question.validate_question(answer, comment):
                self._refuse(question, error[question.id])
        return answers

    def _parse(self, question):
        """Return what was keyed as the survey app takes it, empty for no answer."""
        keyed = (self.answer or "").strip()
        kind = question.question_type
        if not keyed:
            return ""
        if kind == "scale":
            if not (
                re.fullmatch(r"-?\d+", keyed)
                and question.scale_min <= int(keyed) <= question.scale_max
            ):
                self._refuse(
                    question,
                    self.env._(
                        "key a whole number from %(lowest)s to %(highest)s",
                        lowest=question.scale_min,
                        highest=question.scale_max,
                    ),
                )
            return str(int(keyed))
        if kind == "numerical_box":
            try:
                number = float(keyed)
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                self._refuse(question, self.env._("key a number"))
            return str(number)
        if kind in CHOICES:
            return self._parse_choices(question, keyed)
        return keyed

    def _parse_choices(self, question, keyed):
        choices = question.suggested_answer_ids
        numbers = re.split(r"[\s,;，；、]+", keyed)
        if not all(
            re.fullmatch(r"\d{1,4}", number) and 1 <= int(number) <= len(choices)
            for number in numbers
        ):
            self._refuse(
                question,
                self.env._(
                    "key the numbers of the choices, 1 to %(count)s", count=len(choices)
                ),
            )
        chosen = list(dict.fromkeys(choices[int(number) - 1].id for number in numbers))
        if len(chosen) > 1 and (
            question.question_type == "simple_choice"
            or (question.question_type, question.matrix_subtype) == ("matrix", "simple")
        ):
            self._refuse(question, self.env._("one choice only"))
        return [str(choice) for choice in chosen]

    def _refuse(self, question, reason):
        raise UserError(
            self.env._(
                "%(question)s: %(reason)s.",
                question=question.title,
                reason=reason.rstrip(".。"),
            )
        )
