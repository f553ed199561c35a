from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from .customer_satisfaction_feedback import normalise


class CustomerComplaint(models.Model):
    """A case out of a survey, and the score that a customer gives a solution."""

    _inherit = "customer.complaint"

    survey_response_id = fields.Many2one(
        "customer.survey.response",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Where the customer complained.",
    )
    survey_opinion_id = fields.Many2one(
        "customer.survey.opinion",
        string="Customer's Opinion",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="What the customer wrote in the survey.",
    )

    # ------------------------------------------------------------ the answer (G23)

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_survey_response_id")
        self._check_response_access(
            [vals.get("survey_response_id", default) for vals in vals_list]
        )
        complaints = super().create(vals_list)
        for complaint in complaints.filtered("survey_opinion_id"):
            complaint._link_opinion()
        return complaints

    def write(self, vals):
        self._check_response_access([vals.get("survey_response_id")])
        if "survey_opinion_id" in vals and not self._is_system():
            self._refuse_guarded({"survey_opinion_id"})
        return super().write(vals)

    def _check_response_access(self, response_ids):
        """Refuse to name an answer to whoever may not read it, before anything else
        is told about it."""
        responses = self.env["customer.survey.response"].browse(
            filter(None, response_ids)
        )
        if responses:
            responses.check_access("read")

    @api.constrains("survey_response_id", "partner_id")
    def _check_response_customer(self):
        for complaint in self:
            response = complaint.survey_response_id
            if response and response.partner_id != complaint.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(case)s: the answer of the survey is another customer's.",
                        case=complaint.name,
                    )
                )

    def _link_opinion(self):
        """Note this new case on its opinion: one of the same customer that whoever
        logs the case reads, and the first case of it."""
        opinion = self.survey_opinion_id
        # sudo: what decides is compared and does not leave this method
        opinion_sudo = opinion.sudo()
        if (
            not opinion._filter_readable(self.env.user)
            or opinion_sudo.partner_id != self.sudo().partner_id
            or opinion_sudo.complaint_id
        ):
            raise AccessError(
                self.env._("Log the case with the button on the customer's opinion.")
            )
        opinion_sudo._system_write({"complaint_id": self.id})

    def action_view_survey_response(self):
        self.ensure_one()
        return self.survey_response_id._get_records_action()

    # ------------------------------------------------------------ scores (M6, G22)

    @api.model
    def _scored_domain(self):
        """Return the Domain of the cases whose solution the customer scored."""
        return Domain("confirmation", "in", ("satisfied", "unsatisfied")) & Domain(
            "score", ">", 0
        )

    def _record_confirmation(
        self, result, by=False, score=0, comment=False, medium=False
    ):
        recorded = super()._record_confirmation(result, by, score, comment, medium)
        # sudo: the limit is configuration; the system opens what follows, also of
        # what the customer says himself at the portal
        self_sudo = self.sudo()
        limit = self_sudo.company_id.survey_negative_score
        if result != "unreachable" and score <= limit:
            self.env["customer.negative.feedback"]._open(
                self_sudo,
                normalise(score),
                self_sudo.team_id,
                lambda env: "\n\n".join(
                    filter(
                        None,
                        (env._("%s of 5 when the case was confirmed", score), comment),
                    )
                ),
            )
        return recorded
