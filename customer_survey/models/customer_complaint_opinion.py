from odoo import api, fields, models
from odoo.exceptions import AccessError


class CustomerComplaint(models.Model):
    """A case that was logged out of what a customer wrote in a survey (G23)."""

    _inherit = "customer.complaint"

    survey_opinion_id = fields.Many2one(
        "customer.survey.opinion",
        string="Customer's Opinion",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="What the customer wrote in the survey.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'customer_archive'
        cases = super().create(vals_list)
        for case in cases.filtered("survey_opinion_id"):
            case._link_opinion()
        return cases

    def write(self, vals):
        # EXTENDS 'customer_archive'
        if "survey_opinion_id" in vals and not self._is_system():
            self._refuse_guarded({"survey_opinion_id"})
        return super().write(vals)

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
