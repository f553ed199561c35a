from odoo import api, fields, models
from odoo.exceptions import UserError

# which questions are asked, and what the survey app makes of the answers
_FROZEN = {"scoring_type", "questions_selection"}
# what lets a customer in who follows his link
_KEPT_OPEN = {
    "active",
    "access_mode",
    "access_token",
    "is_time_limited",
    "time_limit",
    "users_login_required",
}


class SurveySurvey(models.Model):
    """The satisfaction questionnaire: a type of its own, so that the rules of the
    ordinary survey types do not open its answers."""

    _inherit = "survey.survey"

    survey_type = fields.Selection(
        selection_add=[("customer_satisfaction", "Customer Satisfaction")],
        ondelete={"customer_satisfaction": "set default"},
    )

    @api.depends_context("uid")
    def _compute_allowed_survey_types(self):
        result = super()._compute_allowed_survey_types()
        if self.env.user.has_groups(
            "survey.group_survey_user,customer_archive.group_mdo"
        ):
            for survey in self:
                survey.allowed_survey_types = [
                    *(survey.allowed_survey_types or []),
                    "customer_satisfaction",
                ]
        return result

    @api.constrains("survey_type")
    def _check_campaigns(self):
        # sudo: campaigns of all companies, readable or not
        campaigns_sudo = self.env["customer.survey.campaign"].sudo()
        campaigns_sudo.search([("survey_id", "in", self.ids)])._check_survey_type()

    def write(self, vals):
        other_type = vals.get("survey_type", "customer_satisfaction")
        if other_type != "customer_satisfaction" or _FROZEN & vals.keys():
            self._check_not_issued()
        if _KEPT_OPEN & vals.keys():
            self._check_not_running()
        return super().write(vals)

    def _find_campaign(self, *states):
        # sudo: the author of a questionnaire need not lead surveys of all companies
        return (
            self.env["customer.survey.campaign"]
            .sudo()
            .search([("survey_id", "in", self.ids), ("state", "in", states)], limit=1)
        )

    def _check_not_running(self):
        """Refuse a change that would shut out the customers who are asked now."""
        if campaign_sudo := self._find_campaign("running"):
            raise UserError(
                self.env._(
                    "%(campaign)s is running: its questionnaire stays open to the "
                    "customers as it is. End the survey first.",
                    campaign=campaign_sudo.name,
                )
            )

    def _check_not_issued(self):
        """Refuse a change that would falsify or disclose answers, once forms of a
        satisfaction questionnaire have been issued."""
        # sudo: the author of a questionnaire does not see who was asked
        issued_sudo = (
            self.env["survey.user_input"]
            .sudo()
            .search(
                [
                    ("survey_id", "in", self.ids),
                    ("survey_id.survey_type", "=", "customer_satisfaction"),
                    ("test_entry", "=", False),
                ],
                limit=1,
            )
        )
        if issued_sudo:
            raise UserError(
                self.env._(
                    "Forms of %(questionnaire)s have been issued. Its type, questions, "
                    "dimensions and scales stay as they are; duplicate it to change "
                    "them.",
                    questionnaire=issued_sudo.survey_id.title,
                )
            )
        if campaign_sudo := self._find_campaign("checked", "running"):
            raise UserError(
                self.env._(
                    "%(campaign)s has been checked with this questionnaire, which "
                    "stays as it is. Set the survey back to draft, or duplicate the "
                    "questionnaire to change it.",
                    campaign=campaign_sudo.name,
                )
            )
