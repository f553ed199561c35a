from odoo import api, fields, models
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
        """Store the net promoter score with the index of this survey and its units,
        the anonymous answers included. An anonymous survey shows none over fewer
        answers than the least shown (G24)."""
        # sudo: figures over all answers, whoever ends the survey
        answers_sudo = self.env["customer.survey.answer"].sudo()
        of_survey = Domain("campaign_id", "=", self.id)
        nps_by_unit = answers_sudo._get_nps(of_survey, ["response_id.team_id"])
        nps_by_unit |= answers_sudo._get_nps(of_survey, [])
        for result_sudo in self.sudo().result_ids:
            if result_sudo.dimension_id:
                continue
            unit = (result_sudo.team_id,) if result_sudo.team_id else ()
            nps, count = nps_by_unit.get(unit, (0.0, {}))
            has_nps = sum(count.values()) >= self._get_minimum_answers()
            result_sudo._system_write({"nps": has_nps and nps, "has_nps": has_nps})

    def action_recompute_scores(self):
        """Work out the scores of all answers anew, from what was stored of the forms,
        and with them the results of a survey that has ended."""
        self.env.user._check_archive_role("MDO")
        self.check_access("write")
        self._check_value("state", "running", "closed")
        self._check_not_reported()
        for campaign in self:
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
