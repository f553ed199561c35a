from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

CLOCKS = ("contact", "response", "solution")
GUARDED = [
    *(f"{clock}_{name}" for clock in CLOCKS for name in ("due", "at", "alerted")),
    "deadline_id",
    "next_due",
    "next_alert",
    "solution_from",
    "solution_missed",
]


class ComplaintClockCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deadline = cls._class("Routine", contact_hours=24)
        cls.quality_type = cls.env.ref("customer_archive.customer_problem_type_quality")
        cls.quality_type.deadline_id = cls.deadline
        cls.department = cls.quality_type.team_id
        cls.department.write(
            {
                "member_ids": [Command.set(cls.fug.ids)],
                "user_id": cls.asg.id,
                "role_id": False,
            }
        )

    @classmethod
    def _class(cls, name, **values):
        """Return a class with 24, 24 and 48 hours, and who is told when."""
        mdo = cls.env.ref("customer_archive.customer_role_mdo")
        return cls.env["customer.complaint.deadline"].create(
            {
                "name": name,
                "alert_ids": [
                    Command.create({"hours": -4, "recipient": "responsible"}),
                    Command.create({"hours": 0, "recipient": "responsible"}),
                    Command.create({"hours": 4, "recipient": "manager"}),
                    Command.create(
                        {"hours": 24, "recipient": "role", "role_id": mdo.id}
                    ),
                ],
                **values,
            }
        )

    @classmethod
    def _calendar(cls, **values):
        """Return a schedule in Shanghai: 8 to 12 and 13 to 17, five days a week."""
        return cls.env["resource.calendar"].create(
            {
                "name": "Shanghai",
                "tz": "Asia/Shanghai",
                "company_id": False,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": start + 4,
                            "day_period": period,
                        }
                    )
                    for day in range(5)
                    for start, period in ((8, "morning"), (13, "afternoon"))
                ],
                **values,
            }
        )

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "customer_archive.ir_cron_alert_deadlines"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _events(self, case, clock):
        """Return the alerts in the log of a clock, the oldest first."""
        logs = case.log_ids.filtered(
            lambda log: (
                log.clock == clock and log.event in ("warned", "breached", "escalated")
            )
        )
        return [(log.event, log.told_ids) for log in logs.sorted("id")]

    def _todos(self, case, clock):
        return case.activity_ids.filtered(
            lambda todo: (
                todo.activity_type_id
                == self.env.ref(f"customer_archive.mail_activity_type_{clock}_due")
            )
        )

    def _mails(self, user, case, since=0):
        return self.env["mail.message"].search(
            [
                ("model", "=", case._name),
                ("res_id", "=", case.id),
                ("id", ">", since),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "=", user.partner_id.id),
            ]
        )


@tagged("post_install", "-at_install")
class TestComplaintClock(ComplaintClockCommon):
    # ------------------------------------------------------------ planning (B10, K9)

    @freeze_time("2026-03-06 08:00:00")
    def test_clocks_by_the_wall_run_over_the_weekend(self):
        """Friday morning + 24, 24 and 48 hours."""
        case = self._case(received_at="2026-03-06 07:30:00")
        self.assertRecordValues(
            case,
            [
                {
                    "deadline_id": self.deadline.id,
                    "contact_due": datetime(2026, 3, 7, 7, 30),
                    "response_due": datetime(2026, 3, 7, 7, 30),
                    "solution_due": datetime(2026, 3, 8, 7, 30),
                    "next_due": datetime(2026, 3, 7, 7, 30),
                    "next_alert": datetime(2026, 3, 7, 3, 30),
                    "is_late": False,
                    "contact_state": "running",
                }
            ],
        )

    @freeze_time("2026-03-06 08:00:00")
    def test_working_hours_skip_nights_and_weekend(self):
        """Friday 16:00 in Shanghai: 1 hour on Friday, 8 on Monday and on Tuesday,
        7 on Wednesday: until 16:00, 8:00 in UTC."""
        self.deadline.write(
            {
                "mode": "working",
                "calendar_id": self._calendar().id,
                "contact_hours": 1,
                "response_hours": 24,
                "solution_hours": 0,
            }
        )
        case = self._case()
        self.assertEqual(case.contact_due, datetime(2026, 3, 6, 9, 0))
        self.assertEqual(case.response_due, datetime(2026, 3, 11, 8, 0))
        self.assertFalse(case.solution_due, "0 hours: no clock")
        self.assertEqual(case.solution_state, "none")
        # 4 working hours before Wednesday 16:00, over lunch; 4 after Friday 17:00
        # are Monday at noon
        self.assertEqual(case.next_alert, datetime(2026, 3, 6, 5, 0))
        times = [time for time, _alert in case._get_alerts("response", given=False)]
        self.assertEqual(
            times,
            [
                datetime(2026, 3, 11, 3, 0),
                datetime(2026, 3, 11, 8, 0),
                datetime(2026, 3, 12, 3, 0),
                datetime(2026, 3, 16, 8, 0),
            ],
        )
        times = [time for time, _alert in case._get_alerts("contact", given=False)]
        self.assertEqual(times[1:3], [datetime(2026, 3, 6, 9), datetime(2026, 3, 9, 4)])

    @freeze_time("2026-03-06 08:00:00")
    def test_working_hours_skip_public_holidays(self):
        """Of the schedule and of all schedules of the company, of no other one."""
        calendar = self._calendar()
        self.company.resource_calendar_id = calendar
        self.deadline.write({"mode": "working", "response_hours": 24})
        other = self.env["res.company"].create({"name": "Other"})
        self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": "Monday",
                    "calendar_id": calendar.id,
                    "date_from": "2026-03-08 16:00:00",
                    "date_to": "2026-03-09 15:59:59",
                },
                {
                    "name": "Wednesday afternoon",
                    "calendar_id": False,
                    "company_id": self.company.id,
                    "date_from": "2026-03-11 04:00:00",
                    "date_to": "2026-03-11 15:59:59",
                },
            ]
        )
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Their Tuesday",
                "date_from": "2026-03-09 16:00:00",
                "date_to": "2026-03-10 15:59:59",
            }
        )
        leave.company_id = other
        case = self._case()
        # 1 on Friday, 8 on Tuesday, 4 on Wednesday, 8 on Thursday, 3 on Friday
        self.assertEqual(case.response_due, datetime(2026, 3, 13, 3, 0))

    @freeze_time("2026-03-06 08:00:00")
    def test_schedule_without_hours_does_not_stop_the_intake(self):
        """It is refused in a class; one emptied later counts by the wall."""
        calendar = self._calendar()
        self.deadline.write({"mode": "working", "calendar_id": calendar.id})
        calendar.attendance_ids.unlink()
        case = self._case()
        self.assertEqual(case.contact_due, datetime(2026, 3, 7, 8, 0))
        with self.assertRefused(ValidationError, "no working hours"):
            self._class("Empty", mode="working", calendar_id=calendar.id)
        self.company.resource_calendar_id = False
        self.deadline.calendar_id = False
        self.assertEqual(self._case().contact_due, datetime(2026, 3, 7, 8, 0))

    def test_schedule_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        calendar = self._calendar(company_id=other.id)
        self.deadline.company_id = self.company
        with self.assertRefused(UserError, "compan"):
            self.deadline.calendar_id = calendar
        with self.assertRefused(UserError, "compan"):
            self._class("Own", company_id=self.company.id, calendar_id=calendar.id)

    def test_hours_are_not_negative(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(Exception, "negative|check"),
        ):
            self._class("Negative", solution_hours=-1)

    def test_running_cases_keep_their_deadlines(self):
        """A class that is changed is for cases to come; a closed case keeps its own,
        and so does one that somebody else takes over."""
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
            self.deadline.contact_hours = 2
            case.user_id = self.fug
            case.department_id = self.env.ref(
                "customer_archive.customer_service_team_technical"
            )
            self.assertEqual(case.contact_due, datetime(2026, 3, 7, 8, 0))
        with freeze_time("2026-03-06 09:00:00"):
            case._move_to("closed")
            case._plan_clocks()
            self.assertEqual(case.contact_due, datetime(2026, 3, 7, 8, 0))
            self.assertFalse(case.log_ids.filtered(lambda log: log.event == "planned"))
            self.assertFalse(case.next_due)
            self.assertFalse(case.next_alert)
            self.assertEqual(case.contact_state, "none")

    def test_planning_again_is_open(self):
        """Met clocks stay, running ones get the new due, old and new are logged."""
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
        with freeze_time("2026-03-06 10:00:00"):
            case._meet_clock("contact")
            case.type_id.deadline_id = self._class(
                "Quick", contact_hours=1, response_hours=4, solution_hours=72
            )
            case._plan_clocks("Quality becomes service.")
        self.assertRecordValues(
            case,
            [
                {
                    "deadline_id": case.type_id.deadline_id.id,
                    "contact_due": datetime(2026, 3, 7, 8),
                    "contact_at": datetime(2026, 3, 6, 10),
                    "response_due": datetime(2026, 3, 6, 12),
                    "solution_due": datetime(2026, 3, 9, 8),
                    "next_due": datetime(2026, 3, 6, 12),
                }
            ],
        )
        logs = case.log_ids.filtered(lambda log: log.event == "planned")
        self.assertRecordValues(
            logs.sorted("id"),
            [
                {
                    "clock": "response",
                    "due_before": datetime(2026, 3, 7, 8),
                    "due_after": datetime(2026, 3, 6, 12),
                    "note": "Quality becomes service.",
                },
                {
                    "clock": "solution",
                    "due_before": datetime(2026, 3, 8, 8),
                    "due_after": datetime(2026, 3, 9, 8),
                    "note": "Quality becomes service.",
                },
            ],
        )
        case._plan_clocks("Once more.")
        self.assertEqual(
            case.log_ids.filtered(lambda log: log.event == "planned"), logs
        )

    @freeze_time("2026-03-06 08:00:00")
    def test_complex_cases_have_their_own_class(self):
        flow = self.env.ref("customer_archive.customer_complaint_flow_quality")
        flow.complex_deadline_id = self._class("Complex", solution_hours=96)
        case = self._case()
        case.is_complex = True
        case._plan_clocks("It is complex.")
        self.assertEqual(case.deadline_id, flow.complex_deadline_id)
        self.assertEqual(case.solution_due, datetime(2026, 3, 10, 8))
        logs = case.log_ids.filtered(lambda log: log.event == "planned")
        self.assertEqual(logs.mapped("clock"), ["solution"])

    def test_when_it_was_received_stays(self):
        """Otherwise whoever is late would change what the clocks run from."""
        case = self._case()
        with self.assertRefused(UserError, "stays as it was entered"):
            self._rpc(
                self.keeper,
                case._name,
                "write",
                case.ids,
                {"received_at": "2020-01-01 00:00:00"},
            )

    # ------------------------------------------------------------ met, reset

    def test_clock_is_met_once_in_time_or_late(self):
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
        with freeze_time("2026-03-07 08:00:00"):
            case._meet_clock("contact")
            self.assertEqual(case.contact_state, "met", "at the last second")
        with freeze_time("2026-03-07 08:00:01"):
            case.invalidate_recordset()
            self.assertTrue(case.is_late)
            self.assertEqual(case.response_state, "late")
            case._meet_clock("contact")
            case._meet_clock("response")
            self.assertEqual(case.contact_at, datetime(2026, 3, 7, 8))
            self.assertEqual(case.response_state, "met_late")
            self.assertEqual(case.next_due, datetime(2026, 3, 8, 8))
            self.assertFalse(case.is_late)
            self.assertFalse(case.solution_missed)

    def test_late_cases_are_found(self):
        with freeze_time("2026-03-06 08:00:00"):
            late = self._case()
        with freeze_time("2026-03-07 07:00:00"):
            running, refused = self._case(), self._case()
            refused._move_to("rejected")
        with freeze_time("2026-03-07 09:00:00"):
            cases = late | running | refused
            domain = [("id", "in", cases.ids)]
            model = self.env["customer.complaint"]
            self.assertEqual(model.search(domain + [("is_late", "=", True)]), late)
            self.assertEqual(
                model.search(domain + [("is_late", "!=", True)]), running | refused
            )
            self.assertEqual(cases.filtered("is_late"), late)

    def test_rejected_proposal_lets_the_clock_run_on(self):
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
        with freeze_time("2026-03-07 08:00:00"):
            case._meet_clock("solution")
        with freeze_time("2026-03-07 20:00:00"):
            case._reset_clock("solution", "Rejected.")
            self.assertFalse(case.solution_at)
            self.assertEqual(case.solution_due, datetime(2026, 3, 8, 8))
            self.assertEqual(case.solution_state, "running")
            self.assertFalse(case.log_ids)

    def test_reopening_plans_anew_and_keeps_that_it_was_late(self):
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
        with freeze_time("2026-03-09 08:00:00"):
            case._meet_clock("solution")
            self.assertTrue(case.solution_missed)
            case._move_to("closed")
        with freeze_time("2026-03-16 08:00:00"):
            case._move_to("investigating")
            case._reset_clock("solution", "It leaks again.", anew=True)
            self.assertEqual(case.solution_due, datetime(2026, 3, 18, 8))
            self.assertEqual(case.solution_state, "running")
            self.assertTrue(case.solution_missed)
            self.assertRecordValues(
                case.log_ids.filtered(lambda log: log.event == "planned"),
                [
                    {
                        "clock": "solution",
                        "due_before": datetime(2026, 3, 8, 8),
                        "due_after": datetime(2026, 3, 18, 8),
                        "note": "It leaks again.",
                    }
                ],
            )
            # another class counts from the reopening, too
            case.type_id.deadline_id = self._class("Slow", solution_hours=72)
            case._plan_clocks("Other class.")
            self.assertEqual(case.solution_due, datetime(2026, 3, 19, 8))

    def test_planning_a_late_case_again_keeps_that_it_was_late(self):
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
        with freeze_time("2026-03-08 08:00:01"):
            case.type_id.deadline_id = self._class("Slow", solution_hours=72)
            case._plan_clocks("Other class.")
        self.assertEqual(case.solution_due, datetime(2026, 3, 9, 8))
        self.assertTrue(case.solution_missed)

    # ------------------------------------------------------------ alerts (B12)

    def test_alerts_are_given_each_once(self):
        """The receiver is warned, told, then the head of the department and the
        marketing director's office; to-dos go when the clock is met."""
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
            case.receiver_id = self.keeper
            case._meet_clock("response")
        told = []
        for time, event, user, clock_next in (
            ("2026-03-07 04:00:00", "warned", self.keeper, "2026-03-07 08:00:00"),
            ("2026-03-07 08:05:00", "breached", self.keeper, "2026-03-07 12:00:00"),
            ("2026-03-07 12:00:00", "escalated", self.asg, "2026-03-08 04:00:00"),
        ):
            before = self.env["mail.message"].search([], order="id desc", limit=1).id
            with freeze_time(time):
                self._run()
                self._run()
            told.append((event, user))
            self.assertEqual(self._events(case, "contact"), told)
            self.assertEqual(len(self._mails(user, case, before)), 1, event)
            self.assertEqual(case.next_alert.isoformat(" "), clock_next)
        self.assertEqual(self._todos(case, "contact").user_id, self.keeper | self.asg)
        self.assertEqual(len(self._todos(case, "contact")), 2)
        self.assertFalse(self._events(case, "response"), "was met")
        with freeze_time("2026-03-08 08:00:01"):
            self._run()
            self.assertEqual(
                self._events(case, "contact"), told + [("escalated", self.mdo)]
            )
            self.assertTrue(case.solution_missed)
            case._meet_clock("contact")
            self.assertFalse(self._todos(case, "contact"))
            self.assertEqual(len(self._todos(case, "solution")), 1)
            case._move_to("closed")
            self.assertFalse(self._todos(case, "solution"))

    def test_alerts_of_a_downtime_are_made_up_for(self):
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case(user=self.keeper)
            case.user_id = self.fug
            case._meet_clock("contact")
            case._meet_clock("response")
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        with freeze_time("2026-03-11 08:00:00"):
            self._run()
            self._run()
        self.assertEqual(
            self._events(case, "solution"),
            [
                ("warned", self.fug),
                ("breached", self.fug),
                ("escalated", self.asg),
                ("escalated", self.mdo),
            ],
        )
        self.assertEqual(len(self._mails(self.fug, case, before)), 1)
        self.assertEqual(len(self._todos(case, "solution")), 3)
        self.assertFalse(case.next_alert)

    def test_alert_speaks_the_language_and_time_of_who_is_told(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.keeper.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        with freeze_time("2026-03-06 18:00:00"):
            case = self._case()
            case.receiver_id = self.keeper
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        with freeze_time("2026-03-07 18:00:00"):
            self._run()
        mail = self._mails(self.keeper, case, before)[:1]
        self.assertIn(case.number, mail.subject)
        self.assertIn("02:00", mail.subject)
        self.assertEqual(
            self._todos(case, "contact").date_deadline.isoformat(), "2026-03-08"
        )

    def test_nobody_is_told_who_may_not_read(self):
        """Nor who has left; then who comes next, or the members of the department."""
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
            case.user_id = self.fug
            case._meet_clock("response")
        self._retire(self.fug)
        rep2 = self.rep2
        self.department.member_ids = [Command.set((self.rep2 | self.fug).ids)]
        self.department.user_id = self.outsider
        with (
            freeze_time("2026-03-07 12:00:00"),
            patch.object(
                type(case),
                "_filter_readable",
                lambda self, user: self if user == rep2 else self.browse(),
            ),
        ):
            self._run()
        self.assertEqual(
            self._events(case, "contact"),
            [
                ("warned", self.rep2),
                ("breached", self.rep2),
                ("escalated", self.env["res.users"]),
            ],
        )

    def test_who_takes_over_gets_the_to_do(self):
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
            case.user_id = self.fug
        with freeze_time("2026-03-07 13:00:00"):
            self._run()
            self.assertEqual(self._todos(case, "contact").user_id, self.fug | self.asg)
            before = self._events(case, "contact")
            case.with_user(self.keeper).user_id = self.rep2
            self.assertEqual(self._todos(case, "contact").user_id, self.rep2 | self.asg)
            self.assertEqual(case.contact_due, datetime(2026, 3, 7, 8))
            self._run()
            self.assertEqual(self._events(case, "contact"), before)
            self.assertEqual(len(self._todos(case, "contact")), 2)

    def test_planning_again_starts_the_alerts_again(self):
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
            case.user_id = self.fug
        with freeze_time("2026-03-07 09:00:00"):
            self._run()
            case.type_id.deadline_id = self._class(
                "Slow", contact_hours=48, response_hours=48
            )
            case._plan_clocks("Other class.")
            self.assertFalse(self._todos(case, "contact"))
            self.assertEqual(case.next_alert, datetime(2026, 3, 8, 4))
        with freeze_time("2026-03-08 04:00:00"):
            self._run()
        self.assertEqual(
            [event for event, _users in self._events(case, "contact")],
            ["warned", "breached", "warned"],
        )

    def test_early_warning_comes_at_once(self):
        """A warning of more hours than the clock has."""
        self.deadline.contact_hours = 2
        with freeze_time("2026-03-06 08:00:00"):
            case = self._case()
            case.user_id = self.fug
            self._run()
        self.assertEqual(self._events(case, "contact"), [("warned", self.fug)])

    def test_bad_case_does_not_stop_the_others(self):
        with freeze_time("2026-03-06 08:00:00"):
            bad, good = self._case(), self._case()
        bad_id = bad.id
        alert = type(bad)._alert

        def fail(self):
            alert(self)
            if self.id == bad_id:
                raise ValueError

        with (
            freeze_time("2026-03-07 08:00:00"),
            patch.object(type(bad), "_alert", fail),
            mute_logger("odoo.addons.customer_archive.models.customer_complaint_clock"),
        ):
            self._run()
        self.assertFalse(bad.log_ids)
        self.assertFalse(bad.contact_alerted)
        self.assertEqual(len(good.log_ids), 4)

    # ------------------------------------------------------------ time per state (B14)

    def test_time_per_state(self):
        with freeze_time("2026-03-06 08:00:00"):
            case, other = self._case(), self._case()
            self.env.flush_all()
            # the database says when a record was created
            self.env.cr.execute(
                "UPDATE customer_complaint SET create_date = %s WHERE id IN %s",
                [datetime(2026, 3, 6, 8), (case.id, other.id)],
            )
            self.env.invalidate_all()
        for time, state in (
            ("2026-03-06 09:30:00", "contacted"),
            ("2026-03-06 21:30:00", "investigating"),
            ("2026-03-07 21:30:00", "contacted"),
            ("2026-03-07 22:30:00", "proposed"),
        ):
            with freeze_time(time):
                case._move_to(state)
        with freeze_time("2026-03-08 00:30:00"):
            self.assertEqual(
                (case | other)._get_hours_by_state(),
                {
                    case: {
                        "new": 1.5,
                        "contacted": 13,
                        "investigating": 24,
                        "proposed": 2,
                    },
                    other: {"new": 40.5},
                },
            )
            self.assertEqual(
                case.time_per_state,
                "New 01:30 · Contacted 13:00 · Investigating 24:00 · "
                "Solution Proposed 02:00",
            )
            case._move_to("closed")
        with freeze_time("2026-05-08 00:30:00"):
            self.assertEqual(
                case._get_hours_by_state()[case],
                {"new": 1.5, "contacted": 13, "investigating": 24, "proposed": 2},
            )

    # ------------------------------------------------------------ attacks, cost

    def test_clocks_are_the_systems(self):
        """Neither who works on a case nor an office writes them."""
        case = self._case()
        stamp = "2030-01-01 00:00:00"
        for name in GUARDED:
            value = self.deadline.id if name == "deadline_id" else stamp
            if name == "solution_missed":
                value = True
            for user in (self.keeper, self.mdo, self.gmo):
                with self.assertRefused(AccessError):
                    self._rpc(user, case._name, "write", case.ids, {name: value})
            with self.assertRefused(AccessError):
                self._rpc(
                    self.keeper,
                    case._name,
                    "create",
                    {
                        "name": "Forged",
                        "complainant": "Li",
                        "description": "Forged",
                        name: value,
                    },
                )

    def test_methods_are_private(self):
        case = self._case()
        for method, args in (
            ("_cron_alert", []),
            ("_alert", [case.ids]),
            ("_plan_clocks", [case.ids]),
            ("_meet_clock", [case.ids, "contact"]),
            ("_reset_clock", [case.ids, "contact", "Forged"]),
            ("_give_todos", [case.ids, "contact", []]),
        ):
            with self.assertRefused(AccessError):
                self._rpc(self.admin_user, case._name, method, *args)

    def test_only_administrators_set_up_classes(self):
        for model, values in (
            ("customer.complaint.deadline", {"name": "Never"}),
            (
                "customer.complaint.alert",
                {"deadline_id": self.deadline.id, "hours": 99},
            ),
        ):
            for user in (self.keeper, self.mdo, self.outsider):
                with self.assertRefused(AccessError):
                    self._rpc(user, model, "create", values)
            self._rpc(self.admin_user, model, "create", values)

    @freeze_time("2026-03-06 08:00:00")
    def test_cost_does_not_grow(self):
        """Planning and looking for alerts take as many queries for 30 as for 3."""
        cases = self.env["customer.complaint"].union(
            *(self._case() for _i in range(30))
        )
        quick = self._class("Quick", contact_hours=8, solution_hours=20)
        counts = []
        for number, deadline in ((3, quick), (30, self.deadline)):
            self.quality_type.deadline_id = deadline
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            cases[:number]._plan_clocks()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0])
        model = self.env["customer.complaint"]
        with patch.object(type(self.env["ir.cron"]), "_commit_progress"):
            self.env.flush_all()
            with self.assertQueryCount(1):
                model._cron_alert()


@tagged("post_install", "-at_install")
class TestComplaintClockTour(ComplaintClockCommon, HttpCase):
    def test_clocks_are_shown(self):
        """The browser has its own time: what is left is counted from now."""
        self.env["res.lang"]._activate_lang("en_US")
        now = fields.Datetime.now()
        soon, late, slow = (
            self._case(name=name) for name in ("Clock soon", "Clock late", "Clock slow")
        )
        (soon | late | slow).receiver_id = self.keeper
        for case, minutes in ((soon, 230), (late, -150), (slow, 50 * 60)):
            due = now + timedelta(minutes=minutes)
            case._system_write({f"{clock}_due": due for clock in CLOCKS})
        late._system_write(
            {
                "contact_at": late.contact_due - timedelta(minutes=10),
                "response_at": late.response_due + timedelta(minutes=90),
            }
        )
        self.start_tour(
            "/odoo/complaints", "customer_complaint_clock", login=self.keeper.login
        )
