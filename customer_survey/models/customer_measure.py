from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# what the survey said, and where the measure belongs because of it
_OF_SURVEY = {
    "value_before",
    "value_target",
    "complaint_id",
    "evaluation_id",
    "dossier_id",
    "team_id",
    "company_id",
}


class CustomerMeasure(models.Model):
    """Measures that a survey or negative feedback has opened (G19, G20, G22).

    A failed dimension opens one that the general manager's office organises; its
    effect is judged by the next result of the dimension.
    """

    _inherit = "customer.measure"

    campaign_id = fields.Many2one(
        "customer.survey.campaign",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    survey_result_id = fields.Many2one(
        "customer.survey.result",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="What failed.",
    )
    dimension_id = fields.Many2one(related="survey_result_id.dimension_id", store=True)
    verifying_result_id = fields.Many2one(
        "customer.survey.result",
        string="Judged by Result",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The next result of the dimension, which showed the effect.",
    )
    verifying_campaign_id = fields.Many2one(
        related="verifying_result_id.campaign_id", string="Judged by Survey"
    )
    negative_feedback_id = fields.Many2one(
        "customer.negative.feedback",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "campaign_id",
            "survey_result_id",
            "verifying_result_id",
            "negative_feedback_id",
        }

    @api.model
    def _may_edit_domain(self):
        of_survey = Domain("survey_result_id", "!=", False)
        if not self.env.user._has_archive_role("GMO"):
            of_survey &= Domain("user_id", "=", self.env.uid)
        others = Domain("survey_result_id", "=", False) & super()._may_edit_domain()
        return of_survey | others

    def write(self, vals):
        settled = _OF_SURVEY & vals.keys()
        if settled and not self._is_system():
            for measure in self:
                if measure.survey_result_id:
                    raise UserError(
                        self.env._(
                            "%(measure)s was opened by a survey: %(fields)s stay as "
                            "the survey has set them.",
                            measure=measure.name,
                            fields=[
                                self._fields[name]._description_string(self.env)
                                for name in sorted(settled)
                            ],
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_survey(self):
        for measure in self:
            if measure.survey_result_id and not self._is_system():
                raise UserError(
                    self.env._(
                        "%(measure)s was opened by a survey and stays on record.",
                        measure=measure.name,
                    )
                )

    def _ask_to_organise(self, user, is_alone):
        """Give ``user`` the to-do to complete this measure, in sudo.

        :param is_alone: whether nobody has the role that organises measures
        """
        env = self.with_context(lang=user.lang).env
        summary = env._("Complete the measure and submit it")
        if is_alone:
            summary = env._("Nobody has the role General Manager: organise the measure")
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.date_due,
            user_id=user.id,
            summary=summary,
        )

    # ------------------------------------------------------------ approval

    def action_submit(self):
        # EXTENDS: whoever submits it has done what all who organise it had to do
        result = super().action_submit()
        # sudo: the to-dos belong to others; that the user may submit was checked
        of_survey_sudo = self.filtered("survey_result_id").sudo()
        of_survey_sudo.activity_feedback(["mail.mail_activity_data_todo"])
        return result

    def _get_submission_fields(self):
        if not self.survey_result_id:
            return super()._get_submission_fields()
        return ["cause", "action", "preventive_action", "department_id"]

    def _approval_excluded_users(self):
        excluded = super()._approval_excluded_users()
        # nobody approves his own
        return excluded | self.user_id if self.survey_result_id else excluded

    def _approval_on_rejected(self, approval):
        result = super()._approval_on_rejected(approval)
        self.negative_feedback_id._require_measure()
        return result

    def _approval_on_withdrawn(self, approval):
        result = super()._approval_on_withdrawn(approval)
        self.negative_feedback_id._require_measure()
        return result

    # ------------------------------------------------------------ verification (G20)

    def _get_measured_values(self):
        if not self.survey_result_id:
            return super()._get_measured_values()
        # whoever reads the measure may know whether it worked
        self.check_access("read")
        result_sudo = self._get_next_result()
        return {
            "value_after": result_sudo.score,
            "verifying_result_id": result_sudo.id,
        }

    def _get_target_value(self):
        # unrounded, so that what the survey lets pass is enough
        result_sudo = self.sudo().survey_result_id
        return (
            result_sudo.required_level if result_sudo else super()._get_target_value()
        )

    def _get_next_result(self):
        """Return, in sudo, the first result over all customers, of the same dimension,
        company and unit, of a survey that ended after this measure was done and after
        the one that the measure arose from.

        :raise UserError: there is none; says which survey has to end first
        """
        # sudo: a verifier need not be entitled to read surveys and their results
        self_sudo = self.sudo()
        last = self_sudo.previous_id.verifying_result_id or self_sudo.survey_result_id

        def get_order(campaign):
            return campaign.date_closed, campaign.id

        since = max(filter(None, (last.campaign_id.date_closed, self.date_done)))
        same_subject = (
            Domain("dimension_id", "=", last.dimension_id.id)
            & Domain("team_id", "=", False)
            & Domain("company_id", "=", last.company_id.id)
            & Domain("campaign_id.team_id", "=", last.campaign_id.team_id.id)
        )
        results = self_sudo.env["customer.survey.result"].search(
            same_subject
            & Domain("has_score", "=", True)
            & Domain("campaign_id.state", "in", ("closed", "filed"))
            & Domain("campaign_id.date_closed", ">=", since)
        )
        later = results.filtered(
            lambda result: get_order(result.campaign_id) > get_order(last.campaign_id)
        ).sorted(lambda result: get_order(result.campaign_id))
        if later:
            return later[0]
        values = {
            "subject": last.dimension_id.name or self.env._("the index"),
        }
        coming = self_sudo.env["customer.survey.result"].search(
            same_subject & Domain("campaign_id.state", "in", ("checked", "running")),
            order="campaign_id",
            limit=1,
        )
        if coming:
            raise UserError(
                self.env._(
                    "The effect is judged by the next result of %(subject)s: "
                    "%(survey)s has to end first.",
                    survey=coming.campaign_id.name,
                    **values,
                )
            )
        raise UserError(
            self.env._(
                "The effect is judged by the next result of %(subject)s: a survey "
                "after %(survey)s that asks about it has to be held and to end first.",
                survey=last.campaign_id.name,
                **values,
            )
        )

    def _prepare_follower_values(self):
        return super()._prepare_follower_values() | {
            "campaign_id": self.campaign_id.id,
            "survey_result_id": self.survey_result_id.id,
            "negative_feedback_id": self.negative_feedback_id.id,
        }

    def _get_origin_name(self):
        if self.survey_result_id:
            # sudo: who reads the measure may know which survey it arises from
            self_sudo = self.sudo()
            names = (self_sudo.campaign_id.name, self_sudo.dimension_id.name)
            return " · ".join(filter(None, names))
        return self.negative_feedback_id.display_name or super()._get_origin_name()
