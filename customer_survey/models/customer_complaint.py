from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CustomerComplaint(models.Model):
    _inherit = "customer.complaint"

    survey_response_id = fields.Many2one(
        "customer.survey.response",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Where the customer complained.",
    )

    # ------------------------------------------------------------ the answer (G23)

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_survey_response_id")
        self._check_response_access(
            [vals.get("survey_response_id", default) for vals in vals_list]
        )
        return super().create(vals_list)

    def write(self, vals):
        self._check_response_access([vals.get("survey_response_id")])
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

    def action_view_survey_response(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.survey.response",
            "res_id": self.survey_response_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------ low scores (G22)

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
                (score - 1) / 4 * 100,
                self_sudo.team_id,
                lambda env: "\n\n".join(
                    filter(
                        None,
                        (env._("%s of 5 when the case was confirmed", score), comment),
                    )
                ),
            )
        return recorded
