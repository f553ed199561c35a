from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerSurveyResponse(models.Model):
    """Customers whom a campaign leaves out, and why (G2)."""

    _inherit = "customer.survey.response"

    excluded_grade_id = fields.Many2one(
        "customer.grade",
        string="Left Out for the Grade",
        readonly=True,
        ondelete="set null",
        help="Customers of this grade are not surveyed.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"excluded_grade_id"}

    def action_exclude(self, reason):
        """Leave these customers, who have not been asked yet, out of the survey.

        :param reason: a text, shown with the coverage of the campaign
        :raise AccessError: for anybody but the marketing director
        :raise UserError: without a reason, or when a customer has been asked
        """
        self._check_selectable()
        reason = str(reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why these customers are not asked."))
        self._move("excluded", exclusion_reason=reason, excluded_grade_id=False)
        return True

    def action_include(self):
        """Ask these customers after all."""
        self._check_selectable()
        self._check_value("state", "excluded")
        self._move("to_ask", exclusion_reason=False, excluded_grade_id=False)
        return True

    def _check_selectable(self):
        """Refuse anybody but the marketing director, and campaigns that are over."""
        self.check_access("write")
        self.env.user._check_archive_role("MDO")
        self.campaign_id._check_value("state", "checked", "running")

    # ------------------------------------------------------------ counting (M31)

    @api.model
    def _get_state_counts(self, campaigns):
        """Return {campaign id: {state: {"rows", "customers", "issued", "negative"}}}
        of the responses of ``campaigns`` that may be read. An answer of an anonymous
        campaign is a row without customer; a form is issued when it was sent, or was
        answered without having been sent."""
        counts = {}
        for campaign, state, negative, rows, customers, sent in self._read_group(
            Domain("campaign_id", "in", campaigns._origin.ids),
            ["campaign_id", "state", "is_negative"],
            ["__count", "dossier_id:count", "issued_date:count"],
        ):
            count = counts.setdefault(campaign.id, {}).setdefault(
                state, {"rows": 0, "customers": 0, "issued": 0, "negative": 0}
            )
            count["rows"] += rows
            count["customers"] += customers
            count["issued"] += customers if state == "answered" else sent
            count["negative"] += rows if negative else 0
        return counts
