import logging
from datetime import timedelta

from babel.dates import format_skeleton
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import babel_locale_parse
from odoo.tools.misc import format_date, get_lang

_logger = logging.getLogger(__name__)


def _shift(day, months):
    """Return ``day`` moved by months; the last day of a month stays the last."""
    is_last = (day + timedelta(days=1)).day == 1
    return day + relativedelta(months=months, day=31 if is_last else None)


class CustomerSurveyCampaign(models.Model):
    """A periodic survey, such as a monthly pulse, that repeats itself (G9, K19).

    The dates of each one are counted from the first of the series, so that months of
    different lengths do not drift. After downtime only the latest one due is made.
    """

    _inherit = "customer.survey.campaign"

    repeat_months = fields.Integer(
        string="Repeat After (Months)",
        help="1 asks every month. 0: the survey is not repeated.",
    )
    repeat_date = fields.Date(
        string="Next Survey On",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="On this day the next survey is prepared, started and sent.",
    )
    repeat_from_id = fields.Many2one(
        "customer.survey.campaign",
        string="First of the Series",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    repeat_offset = fields.Integer(
        string="Months Since the First", readonly=True, copy=False
    )
    successor_id = fields.Many2one(
        "customer.survey.campaign",
        string="Next Survey",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _repeat_months_range = models.Constraint(
        "CHECK(repeat_months BETWEEN 0 AND 120)",
        "A survey is repeated after 1 to 120 months, or after 0: not at all.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "repeat_date",
            "repeat_from_id",
            "repeat_offset",
            "successor_id",
        }

    def write(self, vals):
        result = super().write(vals)
        if "repeat_months" in vals:
            self._plan_successor()
        return result

    def action_start(self):
        result = super().action_start()
        self._plan_successor()
        return result

    # ------------------------------------------------------------ the series

    def _get_previous(self):
        # of two series, each is compared with itself
        before = self.search(
            Domain("successor_id", "=", self.id)
            & Domain("state", "in", ("closed", "filed"))
        )
        return before or super()._get_previous()

    def _plan_successor(self):
        """Set the day of the next survey; one that has a successor gets no other."""
        for campaign in self.filtered("date_started"):
            months = campaign.kind == "periodic" and campaign.repeat_months
            day = months and campaign._get_series_day(campaign.repeat_offset + months)
            campaign._system_write(
                {"repeat_date": not campaign.successor_id and day or False}
            )

    def _get_series_day(self, offset):
        """Return the day on which the survey ``offset`` months after the first of this
        series starts."""
        first = self.repeat_from_id or self
        return first.date_started + relativedelta(months=offset)

    def _get_next_offset(self, today):
        """Return the months since the first of the series of the latest survey that is
        due ``today``."""
        offset = self.repeat_offset + self.repeat_months
        while self._get_series_day(offset + self.repeat_months) <= today:
            offset += self.repeat_months
        return offset

    def _prepare_successor_values(self, offset):
        """Return the values in which the survey ``offset`` months after the first of
        the series differs from this one."""
        first = self.repeat_from_id or self
        delay = fields.Date.context_today(self) - self._get_series_day(offset)
        date_from = first.date_from + relativedelta(months=offset)
        date_to = _shift(first.date_to, offset)
        period = self._get_period_name(self.date_from, self.date_to)
        next_period = self._get_period_name(date_from, date_to)
        name = self.name if period in self.name else f"{self.name} {period}"
        return {
            "name": name.replace(period, next_period),
            "date_from": date_from,
            "date_to": date_to,
            "date_deadline": _shift(first.date_deadline, offset) + delay,
        }

    @api.model
    def _get_period_name(self, date_from, date_to):
        """Return what the user calls the period: a month, a quarter, a year, else its
        first and last day."""
        for months, skeleton in ((1, "yMMM"), (3, "yQQQ"), (12, "y")):
            if (
                date_from.day == 1
                and (date_from.month - 1) % months == 0
                and date_to == date_from + relativedelta(months=months - 1, day=31)
            ):
                locale = babel_locale_parse(get_lang(self.env).code)
                return format_skeleton(skeleton, date_from, locale=locale)
        first, last = (format_date(self.env, day) for day in (date_from, date_to))
        return f"{first}–{last}"

    def _create_successor(self):
        """Return the next survey of the series, a draft of the present user."""
        offset = self._get_next_offset(fields.Date.context_today(self))
        successor = self.copy(self._prepare_successor_values(offset))
        successor._system_write(
            {
                "repeat_from_id": (self.repeat_from_id or self).id,
                "repeat_offset": offset,
            }
        )
        self._system_write({"successor_id": successor.id, "repeat_date": False})
        if self.scope == "chosen":
            # sudo: the same customers are asked, readable or not
            chosen_sudo = self.sudo().response_ids.filtered(
                lambda response: response.state != "excluded"
            )
            successor._add_customers(
                chosen_sudo.dossier_id.filtered_domain(successor._get_askable_domain())
            )
        return successor

    # ------------------------------------------------------------ scheduled job

    @api.model
    def _cron_repeat(self):
        """End the repeated surveys whose last day has passed and begin the next one of
        each on its day, a transaction each. What was done is not found again."""
        today = fields.Date.context_today(self)
        now = fields.Datetime.now()
        ended = self.search(
            Domain("kind", "=", "periodic")
            & Domain("repeat_months", ">", 0)
            & Domain("state", "=", "running")
            & Domain("date_deadline", "<=", today)
        ).filtered(lambda campaign: campaign._get_forms_deadline() < now)
        due = self.search([("repeat_date", "<=", today)])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ended) + len(due))
        for campaign, step in [(campaign, "action_close") for campaign in ended] + [
            (campaign, "_begin_successor") for campaign in due
        ]:
            campaign._do_as_responsible(step)
            if not cron._commit_progress(1):
                break

    def _do_as_responsible(self, step):
        """Take ``step`` in the name of the responsible; who cannot gets a to-do."""
        self.ensure_one()
        user = self.user_id
        try:
            with self.env.cr.savepoint():
                directors = self._get_directors()
                if user not in directors:
                    self._tell_directors(directors)
                    return
                campaign = self.with_user(user).with_company(self.company_id)
                getattr(campaign.with_context(lang=user.lang), step)()
        except UserError as error:
            self._leave_todo(user, str(error))
        except Exception:
            _logger.exception("Survey campaign %s: %s failed", self.id, step)

    def _begin_successor(self):
        """Prepare, check, start and send the next survey; whatever refuses it leaves
        the draft with a to-do that says why."""
        successor = self._create_successor()
        try:
            with self.env.cr.savepoint():
                successor.action_check()
                successor.action_start()
                successor.action_send()
        except UserError as error:
            successor._leave_todo(self.env.user, str(error))

    def _tell_directors(self, directors):
        for user in directors:
            self._leave_todo(
                user,
                self.with_context(lang=user.lang).env._(
                    "%s no longer leads surveys. Name another responsible person.",
                    self.user_id.name,
                ),
            )

    def _leave_todo(self, user, reason):
        """Tell ``user``, once, why this survey does not go on by itself."""
        summary = self.with_context(lang=user.lang).env._(
            "The periodic survey does not go on by itself"
        )
        # sudo: the system tells whoever leads surveys
        campaign_sudo = self.sudo()
        if not campaign_sudo.activity_ids.filtered(
            lambda activity: activity.user_id == user and activity.summary == summary
        ):
            campaign_sudo.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=summary,
                note=reason,
            )
