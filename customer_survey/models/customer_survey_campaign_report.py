from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .customer_survey_report import EDITABLE, TODO, remind


class CustomerSurveyCampaign(models.Model):
    """The report that each survey leads to (G13, G14)."""

    _inherit = "customer.survey.campaign"

    has_report = fields.Boolean(compute="_compute_has_report", compute_sudo=True)

    @api.depends("report_ids")
    def _compute_has_report(self):
        for campaign in self:
            campaign.has_report = bool(campaign.report_ids)

    def action_create_report(self):
        """Create the report of an ended survey with its figures and texts, and open it
        (G13)."""
        self.ensure_one()
        self.env.user._check_archive_role("MDO")
        self._check_value("state", "closed")
        if self.has_report:
            raise UserError(self.env._("%s has a report already.", self.name))
        # sudo: who leads the survey was checked; reports are made by the system
        reports_sudo = self.env["customer.survey.report"].sudo()
        report_sudo = reports_sudo._system_create([self._prepare_report_values()])
        report_sudo.sudo(self.env.su)._fill_in()
        self.activity_feedback([TODO])
        return self.action_view_report()

    def _check_not_reported(self):
        """Refuse to change what a submitted report has counted."""
        # sudo: the state of the report decides, readable or not
        for report_sudo in self.sudo().report_ids:
            if report_sudo.state not in EDITABLE:
                raise UserError(
                    self.env._(
                        "%(report)s has been submitted: what it counts stays as it is.",
                        report=report_sudo.name,
                    )
                )

    def _prepare_report_values(self):
        today = fields.Date.context_today(self)
        sequences = self.env["ir.sequence"].with_company(self.company_id)
        return {
            "number": sequences.next_by_code(
                "customer.survey.report", sequence_date=today
            ),
            "name": self.env._("Survey Analysis Report: %s", self.name),
            "campaign_id": self.id,
            "user_id": self.env.uid,
            "date_due": self._get_report_due(),
        }

    def _get_report_due(self):
        # sudo: a setting of the company
        days = self.company_id.sudo().survey_report_days
        ended = self.date_closed or fields.Date.context_today(self)
        return ended + relativedelta(days=days)

    def action_view_report(self):
        self.ensure_one()
        self.report_ids.check_access("read")
        return self.report_ids._get_records_action()

    def _get_filing_obstacles(self):
        # EXTENDS 'customer_survey'
        obstacles = super()._get_filing_obstacles()
        # sudo: the state of the report decides, readable or not
        report_sudo = self.sudo().report_ids
        if not report_sudo:
            obstacles.append(self.env._("its report has not been written"))
        elif report_sudo.state != "acknowledged":
            obstacles.append(self.env._("its report has not been acknowledged"))
        return obstacles

    @api.model
    def _remind_of_missing_reports(self):
        """Remind of the ended surveys of this company whose report is due and not
        even begun (G14)."""
        company = self.env.company
        due = fields.Date.context_today(self) - relativedelta(
            days=company.survey_report_days
        )
        for campaign in self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "closed")
            & Domain("date_closed", "<", due)
            & Domain("report_ids", "=", False)
        ):
            remind(
                campaign,
                campaign._get_leaders(campaign.user_id),
                lambda env: env._("Write the report of this survey: it is overdue"),
            )
