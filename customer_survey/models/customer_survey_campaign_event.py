import logging
from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

# what happened longer ago is asked about no more, however long the job stood still
LOOKBACK = timedelta(days=31)


class CustomerSurveyCampaign(models.Model):
    """A survey that asks each customer after something has happened (G9, G10, K19).

    It draws nobody when it starts. While it runs, a daily job puts customers on the
    list, each at most once in a campaign, and sends the forms that are due.
    """

    _inherit = "customer.survey.campaign"

    trigger = fields.Selection(
        [("case", "Closing of a Case"), ("meeting", "End of a Meeting")],
        string="Asked After",
        help="Each customer is asked once in the survey, however much happens. Empty: "
        "customers are added by hand.",
    )
    event_type_ids = fields.Many2many(
        "calendar.event.type",
        string="Meetings With Tag",
        help="Whoever was invited to such a meeting and has not declined is asked.",
    )
    trigger_days = fields.Integer(
        string="Days Until the Form",
        default=1,
        help="How many days afterwards the form is sent.",
    )
    spare_days = fields.Integer(
        string="Days Between Surveys",
        default=30,
        help="A customer who was asked or has answered in any survey is not sent "
        "another form before this many days have passed.",
    )

    _trigger_days_range = models.Constraint(
        "CHECK(trigger_days >= 0 AND spare_days >= 0)",
        "Numbers of days are not negative.",
    )

    def action_check(self):
        for campaign in self:
            if (
                campaign.kind == "event"
                and campaign.trigger == "meeting"
                and not campaign.event_type_ids
            ):
                raise UserError(
                    self.env._(
                        "Choose the tags of the meetings that %(campaign)s follows.",
                        campaign=campaign.name,
                    )
                )
        return super().action_check()

    # ------------------------------------------------------------ who is asked

    def _ask_after(self, dossiers_sudo, day):
        """Put customers on the list of this survey after something has happened; who
        stands there already, or is not of this survey's company and unit, is not asked.

        What else happens, such as the end of a project, comes in here.

        :param dossiers_sudo: of the customers
        :param day: date on which it happened
        :return: the new responses, in sudo
        """
        self.ensure_one()
        responses_sudo = self.env["customer.survey.response"].sudo()
        if self.kind != "event" or self.state != "running":
            return responses_sudo
        dossiers_sudo = dossiers_sudo.filtered_domain(self._get_askable_domain())
        if dossiers_sudo:
            responses_sudo = self._add_customers(dossiers_sudo)
            responses_sudo._system_write(
                {"date_ask": day + timedelta(days=self.trigger_days)}
            )
        return responses_sudo

    def _get_occasions(self, today):
        """Return {campaign: {day: ids of dossiers}} of the customers who are due
        ``today`` and stand on no list yet; the number of statements does not grow with
        the campaigns."""
        first_days = {
            campaign: max(
                campaign.date_started,
                today - timedelta(days=campaign.trigger_days) - LOOKBACK,
            )
            for campaign in self
        }
        if not first_days:
            return {}
        # a day early: the office may be ahead of UTC
        since = datetime.combine(min(first_days.values()), time.min) - timedelta(days=1)
        days = {}
        for campaign, dossier, moment in self._find_occasions(since):
            day = campaign.company_id._get_office_date(moment)
            last_day = today - timedelta(days=campaign.trigger_days)
            if first_days[campaign] <= day <= last_day:
                key = campaign, dossier
                days[key] = min(day, days.get(key, day))
        known = self.env["customer.survey.response"]._read_group(
            Domain("campaign_id", "in", self.ids)
            & Domain("dossier_id", "in", [dossier.id for _campaign, dossier in days]),
            ["campaign_id", "dossier_id"],
        )
        occasions = defaultdict(lambda: defaultdict(set))
        for campaign, dossier in days.keys() - set(known):
            occasions[campaign][days[campaign, dossier]].add(dossier.id)
        return occasions

    def _find_occasions(self, since):
        """Yield (campaign, dossier, datetime in UTC) for what has happened ``since``
        that these campaigns ask about; extension point."""
        # a case that was reopened is closed no more
        by_case = self.filtered(lambda campaign: campaign.trigger == "case")
        cases = self.env["customer.complaint"].search(
            Domain("company_id", "in", by_case.company_id.ids)
            & Domain("state", "=", "closed")
            & Domain("closed_at", ">=", since)
            & Domain("dossier_id", "!=", False)
        )
        for case in cases:
            for campaign in by_case:
                if campaign.company_id == case.company_id:
                    yield campaign, case.dossier_id, case.closed_at

        by_meeting = self.filtered(lambda campaign: campaign.trigger == "meeting")
        meetings = self.env["calendar.event"].search(
            Domain("categ_ids", "in", by_meeting.event_type_ids.ids)
            & Domain("stop", ">=", since)
            & Domain("stop", "<=", fields.Datetime.now())
            & Domain("privacy", "!=", "private")
        )
        guests = {
            meeting: meeting.attendee_ids.filtered(
                lambda attendee: attendee.state != "declined"
            ).partner_id.commercial_partner_id
            for meeting in meetings
        }
        partners = self.env["res.partner"].union(*guests.values())
        dossiers = (
            self.env["customer.dossier"]
            .search([("partner_id", "in", partners.ids)])
            .grouped("partner_id")
        )
        for meeting, customers in guests.items():
            for campaign in by_meeting:
                if campaign.event_type_ids & meeting.categ_ids:
                    for customer in customers:
                        for dossier in dossiers.get(customer, ()):
                            company = dossier.company_id or meeting.user_id.company_id
                            if company == campaign.company_id:
                                yield campaign, dossier, meeting.stop

    # ------------------------------------------------------------ scheduled job

    @api.model
    def _cron_ask_after(self):
        """Put the customers on the lists to whom something has happened and send the
        forms that are due, a transaction per campaign. Nobody is asked twice."""
        today = fields.Date.context_today(self)
        campaigns = self.search(
            Domain("kind", "=", "event")
            & Domain("state", "=", "running")
            & Domain("date_deadline", ">=", today)
        )
        occasions = campaigns._get_occasions(today)
        waiting = self.env["customer.survey.response"]._read_group(
            Domain("campaign_id", "in", campaigns.ids)
            & Domain("state", "=", "to_ask")
            & Domain("date_ask", "<=", today),
            ["campaign_id"],
        )
        todo = self.union(*occasions, *(campaign for (campaign,) in waiting))
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(todo))
        for campaign in todo:
            try:
                with self.env.cr.savepoint():
                    for day, dossier_ids in occasions.get(campaign, {}).items():
                        dossiers = self.env["customer.dossier"].browse(dossier_ids)
                        campaign._ask_after(dossiers, day)
                    campaign._send_due_forms(today)
            except Exception:
                _logger.exception("Survey campaign %s asked nobody", campaign.id)
            if not cron._commit_progress(1):
                break

    def _send_due_forms(self, today):
        due = self.env["customer.survey.response"].search(
            Domain("campaign_id", "=", self.id)
            & Domain("state", "=", "to_ask")
            & Domain("date_ask", "<=", today)
        )
        due._send_forms(self._get_forms_deadline())
