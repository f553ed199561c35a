from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang


class CustomerSurveyCampaign(models.Model):
    """What a survey that failed is followed by (G19)."""

    _inherit = "customer.survey.campaign"

    measure_count = fields.Integer(compute="_compute_measure_count")

    @api.depends("measure_ids")
    def _compute_measure_count(self):
        for campaign in self:
            campaign.measure_count = len(campaign.measure_ids)

    def _on_closed(self):
        result = super()._on_closed()
        self._open_measures()
        return result

    def _get_failed_results(self):
        """Return the results over all customers, in sudo, that need a measure: those
        of the failed dimensions, or of the index where it alone failed."""
        # sudo: that something failed decides, whatever the user may read of it
        failed_sudo = self.sudo().result_ids.filtered(
            lambda result: result.is_failed and not result.team_id
        )
        return failed_sudo.filtered("dimension_id") or failed_sudo

    def _open_measures(self):
        """Open a measure for each failed dimension that has none yet, organised by
        the general manager's office."""
        self.ensure_one()
        failed_sudo = self._get_failed_results().filtered(
            lambda result: not result.measure_ids
        )
        if not failed_sudo:
            return
        company = self.company_id
        organisers = self.env["customer.role"]._get_members("GMO", company)
        user, verifier = self._get_measure_people(organisers)
        env = self.with_context(lang=user.lang).env
        # sudo: who ended the survey was checked; the system opens what follows
        measures_sudo = self.env["customer.measure"].sudo()
        measures_sudo = measures_sudo._system_create(
            [
                {
                    "name": env._(
                        "%(survey)s: %(subject)s reached %(score)s of the required "
                        "%(required)s",
                        survey=self.name,
                        subject=result.with_context(lang=user.lang).dimension_id.name
                        or env._("the index"),
                        score=formatLang(env, result.score, digits=1),
                        required=formatLang(env, result.required_level, digits=1),
                    ),
                    "kind": "corrective",
                    "user_id": user.id,
                    "verifier_id": verifier.id,
                    "date_due": fields.Date.add(
                        self.date_closed, days=company.survey_measure_days
                    ),
                    "company_id": company.id,
                    "team_id": self.team_id.id,
                    "value_before": result.score,
                    "value_target": result.required_level,
                    "campaign_id": self.id,
                    "survey_result_id": result.id,
                    "origin_model": self._name,
                    "origin_id": self.id,
                }
                for result in failed_sudo
            ]
        )
        for measure_sudo in measures_sudo:
            for organiser in organisers or user:
                measure_sudo._ask_to_organise(organiser, not organisers)

    def _get_measure_people(self, organisers):
        """Return who answers for the measures and who judges their effect, never the
        same person.

        :param organisers: the members of the general manager's office
        :raise UserError: there are not two people
        """
        company = self.company_id
        directors = self.env["customer.role"]._get_members("MDO", company)
        leader = self.user_id._filter_acting(company)
        user = ((organisers - leader) | organisers | (directors & leader) | directors)[
            :1
        ]
        verifier = ((leader | directors | organisers) - user)[:1]
        if not verifier:
            raise UserError(
                self.env._(
                    "%(survey)s has failed, and nobody can organise and judge the "
                    "measures. Give the roles General Manager and Marketing Director "
                    "to two people of %(company)s first.",
                    survey=self.name,
                    company=company.name,
                )
            )
        return user, verifier

    def _get_filing_obstacles(self):
        obstacles = super()._get_filing_obstacles()
        without = self._get_failed_results().filtered(
            lambda result: not result.measure_ids
        )
        if without:
            names = [
                result.dimension_id.name or self.env._("the index")
                for result in without
            ]
            obstacles.append(
                self.env._("without a measure: %(names)s", names=", ".join(names))
            )
        # sudo: whether they were verified decides, whatever the user may read of them
        unverified_sudo = self.sudo().measure_ids.filtered(
            lambda measure: measure.state not in ("effective", "not_effective")
        )
        if unverified_sudo:
            obstacles.append(
                self.env._(
                    "measures that have not been verified: %(names)s",
                    names=", ".join(unverified_sudo.mapped("name")),
                )
            )
        return obstacles

    def action_view_measures(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_measure_action"
        )
        return action | {
            "domain": [("campaign_id", "=", self.id)],
            "context": {"create": False},
        }
