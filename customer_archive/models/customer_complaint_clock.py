import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime, format_duration

from .customer_complaint import CLOCKS, CLOSED

_logger = logging.getLogger(__name__)

TODO_TYPES = {
    clock: f"customer_archive.mail_activity_type_{clock}_due" for clock in CLOCKS
}
CLOCK_STATES = [
    ("none", "No Deadline"),
    ("running", "Running"),
    ("late", "Late"),
    ("met", "In Time"),
    ("met_late", "Too Late"),
]
# what an alert depends on, and whom it reaches
CLOCK_FIELDS = [f"{clock}_{name}" for clock in CLOCKS for name in ("due", "at")]
ALERT_FIELDS = [f"{clock}_alerted" for clock in CLOCKS]


class CustomerComplaint(models.Model):
    """The three clocks of a case, who is told when one runs out, and the time that
    each state took (B10-B12, B14, K9).

    - First contact is met when the complainant was contacted.
    - The response is met when the case was taken up in substance: its investigation
      has started, or an answer was sent.
    - The solution is met when the solution was proposed that was not rejected.
    """

    _inherit = "customer.complaint"

    contact_state = fields.Selection(
        CLOCK_STATES, string="First Contact", compute="_compute_clock_states"
    )
    response_state = fields.Selection(
        CLOCK_STATES, string="Response", compute="_compute_clock_states"
    )
    solution_state = fields.Selection(
        CLOCK_STATES, string="Solution Status", compute="_compute_clock_states"
    )
    contact_alerted = fields.Datetime(
        readonly=True, copy=False, help="Alerts up to this moment have been given."
    )
    response_alerted = fields.Datetime(
        readonly=True, copy=False, help="Alerts up to this moment have been given."
    )
    solution_alerted = fields.Datetime(
        readonly=True, copy=False, help="Alerts up to this moment have been given."
    )
    solution_from = fields.Datetime(
        string="Solution Counted from",
        readonly=True,
        copy=False,
        help="When the case was reopened. Empty: from when it was received.",
    )
    solution_missed = fields.Boolean(
        string="Solution Was Late",
        readonly=True,
        copy=False,
        help="A deadline of the solution has passed at least once. Reopening does not "
        "change it.",
    )
    next_due = fields.Datetime(
        compute="_compute_next_due",
        store=True,
        index="btree_not_null",
        help="The earliest deadline that has not been met.",
    )
    next_alert = fields.Datetime(
        compute="_compute_next_alert", store=True, index="btree_not_null"
    )
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )
    time_per_state = fields.Char(
        string="Time per Status",
        compute="_compute_time_per_state",
        help="Hours and minutes by the clock on the wall.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            *ALERT_FIELDS,
            "solution_from",
            "solution_missed",
        }

    # ------------------------------------------------------------ computed

    def _get_running_clocks(self):
        """Return which clocks of this case have neither been met nor stopped."""
        if self.state in CLOSED:
            return []
        return [
            clock
            for clock in CLOCKS
            if self[f"{clock}_due"] and not self[f"{clock}_at"]
        ]

    @api.depends("state", *CLOCK_FIELDS)
    def _compute_clock_states(self):
        now = fields.Datetime.now()
        for complaint in self:
            running = complaint._get_running_clocks()
            for clock in CLOCKS:
                due, met = complaint[f"{clock}_due"], complaint[f"{clock}_at"]
                state = "none"
                if due and met:
                    state = "met" if met <= due else "met_late"
                elif clock in running:
                    state = "running" if now <= due else "late"
                complaint[f"{clock}_state"] = state

    @api.depends("state", *CLOCK_FIELDS)
    def _compute_next_due(self):
        for complaint in self:
            complaint.next_due = min(
                (
                    complaint[f"{clock}_due"]
                    for clock in complaint._get_running_clocks()
                ),
                default=False,
            )

    @api.depends("next_due")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for complaint in self:
            complaint.is_late = bool(complaint.next_due) and complaint.next_due < now

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("next_due", "<", "now")

    @api.depends(
        "state", "deadline_id", "solution_missed", *CLOCK_FIELDS, *ALERT_FIELDS
    )
    def _compute_next_alert(self):
        for complaint in self:
            running = complaint._get_running_clocks()
            times = [
                time
                for clock in running
                for time, _alert in complaint._get_alerts(clock, given=False)
            ]
            if "solution" in running and not complaint.solution_missed:
                times.append(complaint.solution_due)
            complaint.next_alert = min(times, default=False)

    def _get_hours_by_state(self):
        """Return a dict with the hours that each of these cases has been in each
        state, the present one up to now (B14); a closed case is in its last state no
        longer."""
        now = fields.Datetime.now()
        # sudo: who reads a case may know how long it took
        logs_sudo = self.env["customer.complaint.log"].sudo()
        result = {complaint: {} for complaint in self}
        since = {complaint: complaint.create_date for complaint in self}
        for complaint, state, hours, date in logs_sudo._read_group(
            [("complaint_id", "in", self.ids), ("event", "=", "state")],
            ["complaint_id", "state_from"],
            ["hours:sum", "date:max"],
        ):
            complaint = complaint.with_env(self.env)
            result[complaint][state] = hours
            since[complaint] = max(since[complaint], date)
        for complaint in self:
            if complaint.state not in CLOSED:
                hours = (now - since[complaint]).total_seconds() / 3600
                spent = result[complaint]
                spent[complaint.state] = spent.get(complaint.state, 0) + hours
        return result

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_time_per_state(self):
        labels = self._fields["state"]._description_selection(self.env)
        hours_by_state = self._origin._get_hours_by_state()
        for complaint in self:
            hours = hours_by_state.get(complaint._origin, {})
            complaint.time_per_state = " · ".join(
                f"{label} {format_duration(hours[state])}"
                for state, label in labels
                if state in hours
            )

    # ------------------------------------------------------------ write

    def write(self, vals):
        if "received_at" in vals and not (self.env.su or self._is_system()):
            raise UserError(
                self.env._(
                    "When the customer complained stays as it was entered: the "
                    "deadlines run from then."
                )
            )
        told = {}
        if {"user_id", "receiver_id", "department_id"} & vals.keys():
            told = {
                (complaint, clock): complaint._get_told(clock)
                for complaint in self.sudo()
                for clock in complaint._get_running_clocks()
                if complaint[f"{clock}_alerted"]
            }
        result = super().write(vals)
        for (complaint, clock), users in told.items():
            complaint._hand_on_todos(clock, users)
        return result

    def _move_to(self, state, note=False, **values):
        result = super()._move_to(state, note, **values)
        if state in CLOSED:
            self._close_todos(*CLOCKS)
        return result

    # ------------------------------------------------------------ plan, meet, reset

    def _plan_clocks(self, reason=False):
        """Set when each clock of these cases runs out, and enter in the log what that
        changes for a case that was planned before. Clocks that were met keep what
        they have, and so do closed cases.

        :param reason: why a running case is planned again, for its log
        """
        # sudo: the classes are configuration that few may read
        for complaint_sudo in self.filtered(
            lambda complaint: complaint.state not in CLOSED
        ).sudo():
            deadline = complaint_sudo._get_deadline()
            is_planned = bool(complaint_sudo.deadline_id)
            complaint_sudo._system_write({"deadline_id": deadline.id})
            for clock in CLOCKS:
                if not complaint_sudo[f"{clock}_at"]:
                    complaint_sudo._plan_clock(clock, is_planned, reason)

    def _plan_clock(self, clock, is_planned, reason):
        """Set when a clock of this case, in sudo, runs out."""
        start = clock == "solution" and self.solution_from or self.received_at
        hours = self.deadline_id[f"{clock}_hours"]
        before = self[f"{clock}_due"]
        due = bool(hours) and self.deadline_id._add_hours(start, hours, self.company_id)
        if due == before:
            return
        if is_planned:
            self._mark_missed()
            self._close_todos(clock)
            self._log(
                "planned", clock=clock, due_before=before, due_after=due, note=reason
            )
        self._system_write({f"{clock}_due": due, f"{clock}_alerted": False})

    def _get_deadline(self):
        flow = self.flow_id
        complex_class = self.is_complex and flow.complex_deadline_id
        return complex_class or self.type_id.deadline_id or flow.deadline_id

    def _meet_clock(self, clock):
        """Stop ``clock`` of these cases now, unless it was met before; see the class
        for what meets it."""
        # sudo: who acts was checked; the fields are guarded
        running_sudo = self.sudo().filtered(lambda case: not case[f"{clock}_at"])
        running_sudo._mark_missed()
        running_sudo._system_write({f"{clock}_at": fields.Datetime.now()})
        running_sudo._close_todos(clock)

    def _reset_clock(self, clock, reason, anew=False):
        """Let ``clock`` of these cases run again: what had met it does not hold.

        It runs on to the deadline that it had, as when a proposal was rejected.

        :param anew: plan the clock from now on, as when a case is reopened; call
            this when the case is open again
        """
        # sudo: who acts was checked; the fields are guarded
        for complaint_sudo in self.sudo():
            complaint_sudo._mark_missed()
            values = {f"{clock}_at": False}
            if anew and clock == "solution":
                values["solution_from"] = fields.Datetime.now()
            complaint_sudo._system_write(values)
            if anew:
                complaint_sudo._plan_clock(clock, True, reason)

    def _mark_missed(self):
        """Keep of these cases, in sudo, that their solution was late; planning or
        reopening must not turn a late case into one in time."""
        now = fields.Datetime.now()
        self.filtered(
            lambda case: (
                case.solution_due
                and case.solution_due < (case.solution_at or now)
                and not case.solution_missed
            )
        )._system_write({"solution_missed": True})

    # ------------------------------------------------------------ alerts (B12)

    def _get_alerts(self, clock, given):
        """Return (time, alert) for those alerts of a clock of this case that have
        been given, or that have not, the earliest first."""
        due, last = self[f"{clock}_due"], self[f"{clock}_alerted"]
        deadline = self.deadline_id
        times = [
            (deadline._add_hours(due, alert.hours, self.company_id), alert)
            for alert in deadline.alert_ids
        ]
        return [
            (time, alert)
            for time, alert in times
            if (bool(last) and time <= last) == given
        ]

    @api.model
    def _cron_alert(self):
        """Give the alerts that have come due, each once, a transaction per case; those
        of a downtime are made up for."""
        cron = self.env["ir.cron"]
        complaints = self.search(
            [("next_alert", "<=", fields.Datetime.now())], order="next_alert, id"
        )
        cron._commit_progress(remaining=len(complaints))
        for complaint in complaints:
            try:
                with self.env.cr.savepoint():
                    # alone: after a commit all others would be read again, too
                    complaint[0]._alert()
            except Exception:
                _logger.exception("Alerts of case %s failed", complaint.id)
            if not cron._commit_progress(1):
                break

    def _alert(self):
        """Give the alerts of this case, in sudo, that have come due."""
        self._mark_missed()
        now = fields.Datetime.now()
        for clock in self._get_running_clocks():
            users = self.env["res.users"]
            alerts = [
                alert
                for time, alert in self._get_alerts(clock, given=False)
                if time <= now
            ]
            if alerts:
                # the row first: whoever acts at once fails here, before anybody is told
                self._system_write({f"{clock}_alerted": now})
                self.flush_recordset()
            for alert in alerts:
                told = self._get_recipients(alert)
                self._log(alert._get_event(), clock=clock, told_ids=told.ids)
                users |= told
            if alerts:
                self._give_todos(clock, users)
                for (lang, tz), group in users.grouped(
                    lambda user: (user.lang, user.tz)
                ).items():
                    self.with_context(lang=lang)._tell(clock, group, tz)

    def _get_recipients(self, alert):
        """Return the active employees whom ``alert`` is for and who may read this
        case now."""
        department = self.department_id or self.receiver_team_id
        if alert.recipient == "responsible":
            groups = [
                self.user_id,
                self.receiver_id,
                department._get_members(self.company_id),
            ]
        elif alert.recipient == "manager":
            groups = [department.user_id, self.team_id.user_id]
        else:
            groups = [alert.role_id._get_users(self)]
        for users in groups:
            readers = users.filtered(
                lambda user: user.active and self._filter_readable(user)
            )
            if readers:
                return readers
        return self.env["res.users"]

    def _tell(self, clock, users, tz):
        """Mail to ``users``, who share the language of the context and the time zone
        ``tz``, that a clock of this case runs out or has run out."""
        due = self[f"{clock}_due"]
        values = {
            "number": self.number,
            "clock": dict(
                self.log_ids._fields["clock"]._description_selection(self.env)
            )[clock],
            "time": format_datetime(self.env, due, tz=tz, dt_format="short"),
        }
        if due > fields.Datetime.now():
            subject = self.env._("%(number)s: %(clock)s is due on %(time)s", **values)
        else:
            subject = self.env._("%(number)s: %(clock)s was due on %(time)s", **values)
        self.message_notify(
            partner_ids=users.partner_id.ids,
            subject=subject,
            body=Markup("<p>%s</p><p>%s</p>") % (subject, self.name),
        )

    # ------------------------------------------------------------ to-dos

    def _give_todos(self, clock, users):
        """Give a to-do to those of ``users`` who have none for this clock."""
        todos = self.activity_search([TODO_TYPES[clock]])
        for user in users - todos.user_id:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                TODO_TYPES[clock],
                user_id=user.id,
                date_deadline=fields.Datetime.context_timestamp(
                    self.with_context(tz=user.tz), self[f"{clock}_due"]
                ).date(),
            )

    def _close_todos(self, *clocks):
        # sudo: the system gave them, see _give_todos
        self.sudo().activity_unlink([TODO_TYPES[clock] for clock in clocks])

    def _get_told(self, clock):
        """Return whom the alerts that were given for a clock would reach now."""
        users = self.env["res.users"]
        for _time, alert in self._get_alerts(clock, given=True):
            users |= self._get_recipients(alert)
        return users

    def _hand_on_todos(self, clock, before):
        """Give the to-dos of a clock to who is responsible now; the clock runs on.

        :param before: whom its alerts reached before
        """
        told = self._get_told(clock)
        self.activity_search([TODO_TYPES[clock]]).filtered(
            lambda todo: todo.user_id in before - told
        ).unlink()
        self._give_todos(clock, told - before)
