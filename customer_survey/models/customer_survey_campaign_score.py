from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerSurveyCampaign(models.Model):
    """The net promoter score of a survey, its questions and its scores anew."""

    _inherit = "customer.survey.campaign"

    nps = fields.Float(
        string="NPS",
        compute="_compute_nps",
        help="Net promoter score, −100 to 100: the percentage of those who would "
        "recommend us less that of those who would advise against. Each person asked "
        "is one opinion.",
    )
    has_nps = fields.Boolean(compute="_compute_nps")
    promoter_count = fields.Integer(string="Promoters", compute="_compute_nps")
    passive_count = fields.Integer(string="Passives", compute="_compute_nps")
    detractor_count = fields.Integer(string="Detractors", compute="_compute_nps")

    @api.depends("state", "response_ids.promoter", "result_ids.nps")
    @api.depends_context("uid")
    def _compute_nps(self):
        """Of the answers that the user may read; once the survey has ended, the score
        that was stored."""
        nps_by_campaign = self.env["customer.survey.answer"]._get_nps(
            Domain("campaign_id", "in", self.ids), ["campaign_id"]
        )
        stored = self.env["customer.survey.result"].search_fetch(
            Domain("campaign_id", "in", self.ids)
            & Domain("team_id", "=", False)
            & Domain("dimension_id", "=", False)
            & Domain("has_nps", "=", True),
            ["campaign_id", "nps"],
        )
        nps_stored = {result.campaign_id: result.nps for result in stored}
        for campaign in self:
            nps, count = nps_by_campaign.get((campaign._origin,), (None, {}))
            nps = nps_stored.get(campaign._origin, nps)
            campaign.nps = nps or 0.0
            campaign.has_nps = nps is not None
            campaign.promoter_count = count.get("promoter", 0)
            campaign.passive_count = count.get("passive", 0)
            campaign.detractor_count = count.get("detractor", 0)

    def _store_results(self):
        # EXTENDS: the net promoter score goes with the index
        result = super()._store_results()
        self._store_nps()
        return result

    def _store_nps(self):
        """Store the net promoter score with the index of these surveys and their
        units, the anonymous answers included. An anonymous survey shows none over
        fewer answers than the least shown (G24)."""
        # sudo: figures over all answers, whoever ends the survey
        answers_sudo = self.env["customer.survey.answer"].sudo()
        in_campaigns = Domain("campaign_id", "in", self.ids)
        nps_by_group = answers_sudo._get_nps(
            in_campaigns, ["campaign_id", "response_id.team_id"]
        )
        nps_by_campaign = answers_sudo._get_nps(in_campaigns, ["campaign_id"])
        results_sudo = self.env["customer.survey.result"].sudo()
        for result in results_sudo.search(
            in_campaigns & Domain("dimension_id", "=", False)
        ):
            campaign = result.campaign_id
            if result.team_id:
                figures = nps_by_group.get((campaign, result.team_id))
            else:
                figures = nps_by_campaign.get((campaign,))
            least = campaign.is_anonymous and campaign.company_id.survey_minimum_answers
            nps, count = figures or (0.0, {})
            has_nps = bool(figures) and sum(count.values()) >= (least or 1)
            result._system_write({"nps": has_nps and nps, "has_nps": has_nps})

    def action_recompute_scores(self):
        """Work out the scores of all answers anew, from what was stored of the forms,
        and with them the results of a survey that has ended."""
        self._check_director()
        self.check_access("write")
        for campaign in self:
            if campaign.state not in ("running", "closed"):
                raise UserError(
                    self.env._(
                        "%(campaign)s: scores are worked out anew while it is running "
                        "or closed.",
                        campaign=campaign.name,
                    )
                )
            # sudo: the answers of all, the anonymous ones included
            responses_sudo = self.env["customer.survey.response"].sudo()
            responses_sudo.search(
                Domain("campaign_id", "=", campaign.id)
                & Domain("state", "=", "answered")
            )._store_scores()
            campaign.message_post(
                body=self.env._("The scores have been worked out anew.")
            )
            if campaign.state == "closed":
                campaign._store_results()
            if campaign.date_closed:
                campaign._open_measures()
        return True

    def action_view_questions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_survey.customer_survey_answer_action"
        )
        return action | {
            "display_name": self.name,
            "domain": [("campaign_id", "=", self.id)],
        }
