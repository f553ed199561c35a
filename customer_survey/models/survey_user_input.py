from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from .customer_survey_response import CHANNELS


class SurveyUserInput(models.Model):
    """A form of a satisfaction survey: whose it is and which way it was filled in."""

    _inherit = "survey.user_input"

    # the system alone says whose a form is: whoever may create forms of other surveys
    # would answer for a customer
    customer_campaign_id = fields.Many2one(
        "customer.survey.campaign",
        string="Campaign",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        index="btree_not_null",
        ondelete="restrict",
    )
    customer_response_id = fields.Many2one(
        "customer.survey.response",
        string="Customer's Response",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        index="btree_not_null",
        ondelete="restrict",
    )
    customer_channel = fields.Selection(
        CHANNELS,
        string="Channel",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
    )
    customer_interviewer_id = fields.Many2one(
        "res.users",
        string="Interviewer",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
    )
    customer_date = fields.Date(
        string="Asked On",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="The day of the interview or on the paper.",
    )

    @api.depends("scoring_percentage", "survey_id", "customer_campaign_id")
    def _compute_scoring_success(self):
        # EXTENDS 'survey', where the page of the contact, the results and certificates
        # tell everybody that somebody has passed
        of_customers = self.filtered("customer_campaign_id")
        of_customers.scoring_success = False
        return super(SurveyUserInput, self - of_customers)._compute_scoring_success()

    def _mark_done(self):
        # EXTENDS 'survey': the customer's answers are filed as figures
        result = super()._mark_done()
        # sudo: whose form it is, the system alone reads
        self.env["customer.survey.response"]._file_answers(
            self.sudo().filtered(lambda user_input: not user_input.test_entry)
        )
        return result

    def _notify_new_participation_subscribers(self):
        # EXTENDS 'survey': who follows the questionnaire need not know who took part,
        # and nobody when somebody answered anonymously
        # sudo: whose form it is, the system alone reads
        return super(
            SurveyUserInput,
            self.filtered(lambda form: not form.sudo().customer_campaign_id),
        )._notify_new_participation_subscribers()

    def _hide_time(self):
        """Let this anonymous form, its answers and figures tell neither when nor by
        whose session they were stored (G24)."""
        self.ensure_one()
        response = self.customer_response_id
        self.env.flush_all()
        day = self.customer_campaign_id.date_started
        for records in (
            self,
            self.user_input_line_ids,
            response,
            response.score_ids,
            response.answer_ids,
        ):
            self.env.cr.execute(
                SQL(
                    """UPDATE %(table)s
                          SET create_uid = %(system)s, write_uid = %(system)s,
                              create_date = %(day)s, write_date = %(day)s
                        WHERE id = ANY(%(ids)s)""",
                    table=SQL.identifier(records._table),
                    system=SUPERUSER_ID,
                    day=day,
                    ids=records.ids,
                )
            )
        self.env.cr.execute(
            SQL(
                """UPDATE survey_user_input
                      SET start_datetime = %(day)s, end_datetime = %(day)s
                    WHERE id = %(id)s""",
                day=day,
                id=self.id,
            )
        )
        self.env.invalidate_all(flush=False)

    def _get_shown_lines(self):
        """Return the lines of the questions that were shown: a question that hangs on
        an answer which was not given, or which itself was not shown, is no question."""
        self.ensure_one()
        lines = self.user_input_line_ids.filtered(lambda line: not line.skipped)
        while True:
            given = lines.suggested_answer_id
            shown = lines.filtered(
                lambda line, given=given: (
                    not line.question_id.triggering_answer_ids
                    or line.question_id.triggering_answer_ids & given
                )
            )
            if shown == lines:
                return lines
            lines = shown

    def _get_question_scores(self):
        """Return {question: (value, score)} of the answered questions that carry a
        score, which is 0 to 100 (M28).

        A skipped question has no score, nor has one that was not shown; a comment is
        no answer; the lowest answer has the score 0.
        """
        self.ensure_one()
        scores = {}
        for question, lines in self._get_shown_lines().grouped("question_id").items():
            lowest, highest = question._get_score_range()
            value = lines._get_value(question) if lowest < highest else None
            if value is not None:
                score = (value - lowest) * 100 / (highest - lowest)
                scores[question] = value, score
        return scores

    def _get_opinions(self):
        """Return the texts that the participant wrote, each under its question."""
        self.ensure_one()
        return "\n\n".join(
            f"{line.question_id.title}\n{line._get_opinion()}"
            for line in self._get_opinion_lines()
        )

    def _get_opinion_lines(self):
        """Return the lines with something in the participant's own words: free texts
        and the comments to a choice (G15)."""
        return self.user_input_line_ids.filtered(lambda line: line._get_opinion())
