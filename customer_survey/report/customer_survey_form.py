from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain

BOX = "□"
MARKED = "■"


class FormQuestion(NamedTuple):
    """A question as it is printed.

    :param options: of a scale or choice: (label, box) each
    :param columns: of a matrix: the labels
    :param rows: of a matrix: (label, boxes) each
    :param text: what was written, None on a blank form
    """

    number: int
    question: models.BaseModel
    options: list = ()
    columns: list = ()
    rows: list = ()
    text: str | None = None
    comment: str | None = None


class CustomerFormSurvey(models.AbstractModel):
    """客户满意度调查表: the questionnaire on paper, blank or with the answers (G5)."""

    _name = "customer.form.survey"
    _description = "Printed Satisfaction Form"
    _inherit = "customer.form"

    @api.model
    def _get_forms(self, response):
        """Return, in sudo, the forms to print of a response that the user may read:
        those that count, else one without answers."""
        response.check_access("read")
        # sudo: forms are read by nobody but the system; the response may be read
        forms_sudo = response.sudo()._get_counted_forms()
        return forms_sudo or [forms_sudo]

    @api.model
    def _get_responses(self, campaign):
        """Return the responses of the customers who wait for a form on paper."""
        campaign.check_access("read")
        responses = self.env["customer.survey.response"].search(
            Domain("campaign_id", "=", campaign.id) & Domain("state", "=", "to_ask")
        )
        return responses.filtered(
            lambda response: not response._get_mailable_contacts()
        )

    @api.model
    def _get_head(self, response, form_sudo):
        """Return the block that says whose form it is, without a name where nobody
        may tell (G24)."""
        # sudo: an interviewer need not read the campaign
        campaign_sudo = response.campaign_id.sudo()
        facts = [self._get_fact(campaign_sudo, "name", self.env._("Survey"), wide=True)]
        if not campaign_sudo.is_anonymous:
            facts += [
                self._get_fact(response, "partner_id"),
                self._get_fact(form_sudo, "partner_id", self.env._("Contact"))
                if form_sudo
                else self._get_fact(response, "contact_id"),
            ]
        if form_sudo:
            facts += [
                self._get_fact(response, "answered_date"),
                self._get_fact(form_sudo, "customer_channel"),
            ]
        return [self._get_facts("head", "", facts)]

    @api.model
    def _get_sections(self, survey, form):
        """Return [(title, [FormQuestion])] of the pages.

        :param survey: in sudo, as ``form``, which is empty for a blank form
        """
        sections = []
        number = 0
        for question in survey.question_and_page_ids:
            if question.is_page or not sections:
                sections.append((question.is_page and question.title, []))
            if not question.is_page:
                number += 1
                sections[-1][1].append(self._get_question(number, question, form))
        return [section for section in sections if section[1]]

    @api.model
    def _get_question(self, number, question, form):
        lines = form.user_input_line_ids.filtered(
            lambda line: line.question_id == question and not line.skipped
        )
        remarks = lines.filtered(
            lambda line: (
                line.answer_type == "char_box" and question.question_type != "char_box"
            )
        )
        comment = ", ".join(remarks.mapped("value_char_box"))
        kind = question.question_type
        choices = question.suggested_answer_ids
        if kind == "scale":
            values = set(lines.mapped("value_scale"))
            options = [
                (str(value), self._get_box(value in values))
                for value in range(question.scale_min, question.scale_max + 1)
            ]
            return FormQuestion(number, question, options)
        if kind == "matrix":
            chosen = {(line.matrix_row_id, line.suggested_answer_id) for line in lines}
            rows = [
                (
                    row.value,
                    [self._get_box((row, column) in chosen) for column in choices],
                )
                for row in question.matrix_row_ids
            ]
            columns = self._get_labels(choices)
            return FormQuestion(
                number, question, columns=columns, rows=rows, comment=comment
            )
        if kind in ("simple_choice", "multiple_choice"):
            chosen = lines.suggested_answer_id
            boxes = [self._get_box(choice in chosen) for choice in choices]
            options = list(zip(self._get_labels(choices), boxes, strict=True))
            return FormQuestion(number, question, options, comment=comment)
        text = ", ".join(str(line._get_answer_value() or "") for line in lines)
        return FormQuestion(number, question, text=text)

    @api.model
    def _get_box(self, is_marked):
        return MARKED if is_marked else BOX

    @api.model
    def _get_labels(self, choices):
        """Return the choices with the numbers by which they are keyed."""
        return [
            f"{number} {choice.value or ''}" for number, choice in enumerate(choices, 1)
        ]
