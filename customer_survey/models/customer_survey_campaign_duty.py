from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain


class CustomerSurveyCampaign(models.Model):
    """At least one yearly survey in every calendar year (G1)."""

    _inherit = "customer.survey.campaign"

    @api.model
    def _duty_yearly_survey_missing(self, duty, start, end):
        """Remind the marketing director every month, from that of the setting on,
        while no yearly survey has been started in the year of ``end``."""
        if end.month >= int(self.env.company.survey_reminder_month or 1):
            self._remind_yearly_survey(end)

    @api.model
    def _duty_yearly_survey_ending(self, duty, start, end):
        """Remind him once more some days before the end of the year: on that day at
        the office, or as soon as the job runs again."""
        company = self.env.company
        today = company._get_office_today()
        year_end = today.replace(month=12, day=31)
        day = year_end - timedelta(days=company.survey_reminder_days)
        if today < day:
            return
        # the calendar of the job may be a day ahead of the office, or behind
        first_end = day + (end - today)
        if self.env["customer.duty.run"].search_count(
            Domain("duty_id", "=", duty.id)
            & Domain("company_id", "=", company.id)
            & Domain("state", "=", "done")
            & Domain("date_end", ">=", first_end)
            & Domain("date_end", "<", end),
            limit=1,
        ):
            return
        self._remind_yearly_survey(today)

    @api.model
    def _remind_yearly_survey(self, today):
        """Give each marketing director of the present company a to-do on a prepared
        draft unless a yearly survey has been started this year."""
        company = self.env.company
        year_start = today.replace(month=1, day=1)
        year_end = today.replace(month=12, day=31)
        yearly = Domain("kind", "=", "yearly") & Domain("company_id", "=", company.id)
        if self.search_count(
            yearly
            & Domain("date_started", ">=", year_start)
            & Domain("date_started", "<=", year_end),
            limit=1,
        ):
            return
        directors = self.env["customer.role"]._get_members("MDO", company)
        if not directors:
            return
        campaign = self.search(
            yearly
            & Domain("state", "in", ("draft", "checked"))
            & Domain("date_to", ">=", year_start)
            & Domain("date_to", "<=", year_end),
            limit=1,
        ) or self.create(
            {
                "name": self.with_context(lang=directors[0].lang).env._(
                    "Customer Satisfaction Survey %s", today.year
                ),
                "company_id": company.id,
                "user_id": directors[0].id,
                "date_from": year_start,
                "date_to": year_end,
                "date_deadline": year_end,
            }
        )
        campaign.activity_unlink(["mail.mail_activity_data_todo"])
        for director in directors:
            campaign.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=director.id,
                summary=self.with_context(lang=director.lang).env._(
                    "Start this year's satisfaction survey"
                ),
            )
