from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CustomerArchiveCommon

MODEL = "customer.complaint"
KINDS = ("quality", "service", "nonconformity", "suggestion", "problem", "enquiry")
# what becomes of a case by each step, with its arguments
STEPS = {
    "action_log_contact": ["Called him back"],
    "action_refuse": ["No customer of ours"],
    "action_start_investigation": [],
    "action_propose": [],
    "action_submit": [],
    "action_approve": ["Agreed"],
    "action_reject": ["Too dear"],
    "action_withdraw": [],
    "action_close": [],
    "action_reopen": ["It leaks again"],
}


class CourseCommon(CustomerArchiveCommon):
    """Customer service receives, a technician without any role of the archive
    handles, the unit of the rep organises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician, cls.culprit = cls.env["res.users"].create(
            [
                cls._user_values(False, login="archive_technician"),
                cls._user_values(False, login="archive_culprit"),
            ]
        )
        cls.technical = cls.env.ref("customer_archive.customer_service_team_technical")
        cls.technical.member_ids = [Command.link(cls.technician.id)]
        cls.root_cause = cls.env.ref("customer_archive.customer_root_cause_material")
        cls.dossier = cls._dossier(partner_id=cls.partner.id)

    def _everybody(self):
        return {
            self.rep,
            self.bum,
            self.keeper,
            self.mdo,
            self.gmo,
            self.fin,
            self.fug,
            self.asg,
            self.pl,
            self.rep2,
            self.bum2,
            self.outsider,
            self.admin_user,
            self.technician,
            self.culprit,
        }

    def _step(self, case, method, user, *args):
        return self._rpc(
            user, MODEL, method, case.ids, *(args or STEPS.get(method, []))
        )

    def _last_note(self, case):
        return case.log_ids.sorted("id")[-1:].note

    def _case_measure(self, case, user=None, **values):
        (measure_id,) = self._rpc(
            user or self.technician,
            "customer.measure",
            "create",
            [
                {
                    "complaint_id": case.id,
                    "name": "Seals leak",
                    "action": "Send new seals",
                    "user_id": self.technician.id,
                    "verifier_id": self.keeper.id,
                    "date_due": "2030-06-30",
                    **values,
                }
            ],
        )
        return self.env["customer.measure"].browse(measure_id)

    def _solve(self, case, **values):
        """Let the technician enter what a solution needs."""
        if case.kind != "enquiry":
            values = {
                "cause": "Wrong rubber",
                "evidence": "Photo of the seal",
                "liable_team_id": self.technical.id,
                "liable_user_id": self.culprit.id,
                **values,
            }
        values = {"solution": "New seals at our cost", **values}
        self._rpc(self.technician, MODEL, "write", case.ids, values)
        if case.kind != "enquiry":
            self._case_measure(case)

    def _investigating(self, **values):
        case = self._case(**values)
        self._step(case, "action_log_contact", self.keeper)
        self._step(case, "action_start_investigation", self.technician)
        return case

    def _proposed(self, **values):
        case = self._investigating(**values)
        self._solve(case)
        self._step(case, "action_propose", self.technician)
        return case

    def _decision(self, **values):
        case = self._proposed(**values)
        organiser = self.mdo if case.kind == "nonconformity" else self.bum
        if case.kind == "suggestion":
            organiser = self.technician
        self._step(case, "action_submit", organiser)
        return case

    def _executing(self, **values):
        case = self._decision(**values)
        self._step(case, "action_approve", self.gmo)
        return case

    def _confirm(self, case, confirmation="satisfied"):
        """Have the customer asked, which has tests of its own."""
        case._system_write(
            {"state": "confirmation", "confirmation": confirmation, "score": 4}
        )

    def _finish(self, case):
        """Have all measures of ``case`` done and verified, and the cause counted."""
        for measure in case.measure_ids.filtered(lambda m: m.state == "approved"):
            measure.with_user(measure.user_id).action_start()
            measure.with_user(measure.user_id).action_report_done()
            measure.with_user(measure.verifier_id).action_verify(True, "Seen")
        self._rpc(
            self.keeper,
            MODEL,
            "write",
            case.ids,
            {
                "root_cause_id": self.root_cause.id,
                "prevention": "none",
                "prevention_reason": "One bad lot",
            },
        )

    def _closed(self, **values):
        case = self._executing(**values)
        self._confirm(case)
        self._finish(case)
        self._step(case, "action_close", self.keeper)
        return case


@tagged("post_install", "-at_install")
class TestComplaintCourse(CourseCommon):
    def test_steps_by_their_people_only(self):
        """B25: each step of a quality complaint, attacked by everybody else first."""
        case = self._case()
        for method, user, others, state in (
            ("action_log_contact", self.keeper, set(), "contacted"),
            ("action_start_investigation", self.technician, {self.bum}, None),
            ("action_propose", self.technician, {self.bum}, "proposed"),
            ("action_submit", self.bum, {self.rep}, "decision"),
            ("action_approve", self.gmo, set(), "executing"),
            ("action_close", self.keeper, set(), "closed"),
            ("action_reopen", self.keeper, {self.mdo}, "investigating"),
        ):
            if method == "action_propose":
                self._solve(case)
            elif method == "action_close":
                self._confirm(case)
                self._finish(case)
            self._attack(case, method, {user} | others)
            self._step(case, method, user)
            self.assertEqual(case.state, state or "investigating")

    def test_steps_aside_by_their_people_only(self):
        self._attack(self._case(), "action_refuse", {self.keeper})
        case = self._decision()
        self._attack(case, "action_reject", {self.gmo})
        self._attack(case, "action_withdraw", {self.bum})

    def _attack(self, case, method, who):
        state = case.state
        author = case.approval_id.requester_id
        for user in self._everybody() - who:
            with (
                self.subTest(method=method, user=user.login),
                # the author of a request is told in other words
                self.assertRefused(UserError if user == author else AccessError),
            ):
                self._step(case, method, user)
            self.assertEqual(case.state, state)

    def test_no_step_from_another_state(self):
        allowed = {
            "new": {"action_log_contact", "action_refuse"},
            "contacted": {"action_start_investigation"},
            "investigating": {"action_propose"},
            "proposed": {"action_submit"},
            "decision": {"action_approve", "action_reject", "action_withdraw"},
            "executing": set(),
            "confirmation": {"action_close"},
            "closed": {"action_reopen"},
            "rejected": {"action_reopen"},
        }
        user = self._user("mdo", login="archive_every")
        for role in ("gmo", "keeper", "bum"):
            group = self.env.ref(f"customer_archive.group_{role}")
            user.group_ids = [Command.link(group.id)]
        self.technical.member_ids = [Command.link(user.id)]
        self.unit.user_id = user
        case = self._case(user_id=user.id)
        for state, steps in allowed.items():
            case._system_write({"state": state})
            for method in STEPS.keys() - steps:
                with (
                    self.subTest(state=state, method=method),
                    self.assertRefused(UserError),
                ):
                    self._step(case, method, user)
                self.assertEqual(case.state, state)

    def test_state_is_not_written(self):
        case = self._executing()
        for values in (
            {"state": "closed"},
            {"approval_state": "approved"},
            {"approval_id": False},
            {"closed_at": "2030-01-01 00:00:00"},
            {"reopen_count": 0},
            {"refusal_reason": "x"},
            {"solution_at": False},
            {"confirmation": "satisfied"},
        ):
            for user in (self.keeper, self.technician, self.mdo, self.admin_user):
                for context in ({}, {"customer_archive_system": True}):
                    with (
                        self.subTest(user=user.login, values=values),
                        self.assertRefused(AccessError),
                    ):
                        self._rpc(
                            user, MODEL, "write", case.ids, values, context=context
                        )

    # ------------------------------------------------------------ each flow

    def test_quality(self):
        """B25: the unit organises, the general manager decides."""
        case = self._decision(kind="quality")
        self.assertEqual(case.approval_line_ids.user_ids, self.gmo)
        self._step(case, "action_approve", self.gmo)
        self.assertRecordValues(
            case, [{"state": "executing", "approval_state": "approved"}]
        )
        self.assertEqual(case.measure_ids.state, "approved")
        self.assertIn(self.technician, case.measure_ids.activity_ids.user_id)
        self._confirm(case)
        self._finish(case)
        self._step(case, "action_close", self.keeper)
        self.assertEqual(case.state, "closed")
        self.assertTrue(case.closed_at)

    def test_service(self):
        """B26: the unit handles it itself, the marketing director approves."""
        case = self._case(kind="service")
        self._step(case, "action_log_contact", self.keeper)
        self._step(case, "action_start_investigation", self.bum)
        self.assertEqual(case.user_id, self.bum)
        self._solve(case)
        self._step(case, "action_propose", self.bum)
        self._step(case, "action_submit", self.rep)
        self.assertEqual(case.approval_line_ids.user_ids, self.mdo)
        self._attack(case, "action_approve", {self.mdo})
        self._step(case, "action_approve", self.mdo)
        self.assertEqual(case.state, "executing")

    def test_nonconformity(self):
        """B30: the marketing director's office organises, the general manager's
        decides."""
        case = self._proposed(kind="nonconformity")
        self._attack(case, "action_submit", {self.mdo})
        self._step(case, "action_submit", self.mdo)
        self._attack(case, "action_approve", {self.gmo})
        self._step(case, "action_approve", self.gmo)
        self.assertEqual(case.state, "executing")

    def test_suggestion(self):
        """B29: both offices state their views before it is settled."""
        case = self._decision(kind="suggestion")
        for user in (self.mdo, self.gmo):
            with self.assertRefused(UserError, "State the view"):
                self._step(case, "action_approve", user, " ")
            with self.assertRefused(UserError, "not for approval"):
                self._step(case, "action_reject", user)
        self._step(case, "action_approve", self.gmo, "Worth it")
        self.assertEqual(case.state, "decision")
        with self.assertRefused(AccessError):
            self._step(case, "action_approve", self.gmo, "Once more")
        self._step(case, "action_approve", self.mdo, "Too dear, but do it")
        self.assertEqual(case.state, "executing")
        self.assertEqual(
            case.approval_decision_ids.mapped("comment"),
            ["Worth it", "Too dear, but do it"],
        )

    def test_one_person_is_not_both_offices(self):
        """B29: whoever holds both roles states one view only."""
        self.gmo.group_ids = [
            Command.link(self.env.ref("customer_archive.group_mdo").id)
        ]
        case = self._decision(kind="suggestion")
        self._step(case, "action_approve", self.gmo, "Worth it")
        with self.assertRefused(AccessError):
            self._step(case, "action_approve", self.gmo, "Also worth it")
        self.assertEqual(case.state, "decision")

    def test_problem_needs_no_decision(self):
        case = self._proposed(kind="problem")
        self.assertRecordValues(
            case, [{"state": "executing", "approval_state": "none"}]
        )
        self.assertEqual(case.measure_ids.state, "approved")
        with self.assertRefused(UserError, "being carried out"):
            self._rpc(
                self.technician, MODEL, "write", case.ids, {"solution": "Nothing"}
            )
        self._confirm(case)
        self._finish(case)
        self._step(case, "action_close", self.keeper)
        self.assertEqual(case.state, "closed")

    def test_enquiry_needs_the_answer_alone(self):
        """B8: no cause, no measure, no confirmation."""
        case = self._case(kind="enquiry")
        self._step(case, "action_log_contact", self.keeper)
        with self.assertRefused(UserError, "Missing: Solution"):
            self._step(case, "action_propose", self.technician)
        self._solve(case, solution="From May on")
        self._step(case, "action_propose", self.technician)
        self.assertEqual(case.state, "executing")
        self.assertTrue(case.response_at and case.solution_at)
        self._step(case, "action_close", self.keeper)
        self.assertEqual(case.state, "closed")

    def test_only_enquiries_go_without_investigation(self):
        for kind in KINDS[:-1]:
            case = self._case(kind=kind)
            self._step(case, "action_log_contact", self.keeper)
            with self.assertRefused(UserError, "is Contacted"):
                self._step(case, "action_propose", self.technician)

    def test_case_of_a_customer_without_unit(self):
        """K8: whoever handles it organises it."""
        case = self._proposed(partner_id=self._customer().id)
        self.assertFalse(case.team_id)
        self._step(case, "action_submit", self.technician)
        self.assertEqual(case.state, "decision")

    # ------------------------------------------------------------ single steps

    def test_contact(self):
        case = self._case(type_id=False, is_complex=True)
        with self.assertRefused(UserError):
            self._step(case, "action_log_contact", self.keeper)
        case = self._case()
        for args in ((" ",), ("Called", "smoke")):
            with self.assertRefused(UserError):
                self._step(case, "action_log_contact", self.keeper, *args)
        self._step(case, "action_log_contact", self.keeper, "Sends photos", "email")
        self.assertTrue(case.contact_at)
        self.assertEqual(self._last_note(case), "E-Mail: Sends photos")

    def test_refuse(self):
        case = self._case()
        with self.assertRefused(UserError, "Say why"):
            self._step(case, "action_refuse", self.keeper, "")
        self._step(case, "action_refuse", self.keeper)
        self.assertRecordValues(
            case, [{"state": "rejected", "refusal_reason": "No customer of ours"}]
        )
        with self.assertRefused(UserError):
            self._rpc(self.keeper, MODEL, "write", case.ids, {"name": "x"})
        self._step(case, "action_reopen", self.keeper)
        self.assertRecordValues(
            case, [{"state": "new", "refusal_reason": False, "reopen_count": 1}]
        )

    def test_rejected_solution_is_worked_on_again(self):
        case = self._decision()
        self.assertTrue(case.solution_at)
        self._step(case, "action_reject", self.gmo)
        self.assertRecordValues(
            case,
            [
                {
                    "state": "investigating",
                    "approval_state": "rejected",
                    "solution_at": False,
                }
            ],
        )
        self.assertEqual(case.measure_ids.state, "proposed")
        self.assertEqual(self._last_note(case), "Too dear")
        self._step(case, "action_propose", self.technician)
        self._step(case, "action_submit", self.bum)
        self._step(case, "action_approve", self.gmo)
        self.assertEqual(case.state, "executing")

    def test_nobody_decides_twice(self):
        case = self._executing()
        for method in ("action_approve", "action_reject", "action_withdraw"):
            with self.assertRefused(UserError, "decided already|Only the author"):
                self._step(case, method, self.gmo)
        self.assertEqual(case.state, "executing")

    def test_withdraw(self):
        case = self._decision()
        self._step(case, "action_withdraw", self.bum)
        self.assertRecordValues(case, [{"state": "proposed", "approval_state": "none"}])

    def test_closing_says_all_that_is_missing(self):
        """B20-B23 in one message."""
        case = self._executing()
        case._system_write({"state": "confirmation"})
        self._task(case)
        with self.assertRefused(
            UserError,
            "1 measures are open; 1 department tasks are open; the customer's "
            "confirmation is missing; the root cause is missing; whether",
        ):
            self._step(case, "action_close", self.keeper)
        self._confirm(case, "unsatisfied")
        with self.assertRefused(UserError, "confirmation is missing"):
            self._step(case, "action_close", self.keeper)
        self._confirm(case, "unreachable")
        self._finish(case)
        self._rpc(self.keeper, MODEL, "write", case.ids, {"prevention_reason": " "})
        with self.assertRefused(UserError, "closed: 1 department .* the reason why"):
            self._step(case, "action_close", self.keeper)

    def test_reopened_case(self):
        """The old decision and what the customer said stay on record."""
        case = self._closed()
        approval = case.approval_id
        case._system_write({"score_comment": "Quick", "confirmed_by": "Li"})
        self._step(case, "action_reopen", self.mdo)
        self.assertRecordValues(
            case,
            [
                {
                    "state": "investigating",
                    "approval_state": "none",
                    "confirmation": False,
                    "score": 0,
                    "score_comment": False,
                    "confirmed_by": False,
                    "closed_at": False,
                    "reopen_count": 1,
                }
            ],
        )
        self.assertEqual(
            self._last_note(case), "It leaks again\nSatisfied · 4 · Li · Quick"
        )
        self.assertEqual(approval.state, "approved")
        self.assertEqual(case.approval_line_ids, approval.line_ids)
        self.assertIn(self.technician, case.activity_ids.user_id)
        with self.assertRefused(UserError, "a measure with responsible"):
            self._step(case, "action_propose", self.technician)
        self._case_measure(case)
        self._step(case, "action_propose", self.technician)
        self._step(case, "action_submit", self.bum)
        self.assertEqual(
            case.approval_line_ids.approval_id, approval | case.approval_id
        )

    def test_unsatisfied_customer_reopens(self):
        case = self._executing()
        self._confirm(case, "unsatisfied")
        case.with_user(self.keeper)._reopen("He is angry")
        self.assertRecordValues(case, [{"state": "investigating", "reopen_count": 1}])

    def test_dialog(self):
        case = self._case()
        for step, state in (("refuse", "rejected"), ("reopen", "new")):
            for user in (self.rep2, self.technician, self.keeper):
                values = {"complaint_id": case.id, "step": step, "note": "Because"}
                (dialog_id,) = self._rpc(
                    user, "customer.complaint.step", "create", [values]
                )
                call = ("customer.complaint.step", "action_confirm", [dialog_id])
                if user == self.keeper:
                    self._rpc(user, *call)
                else:
                    with self.assertRefused(AccessError):
                        self._rpc(user, *call)
            self.assertEqual(case.state, state)

    def test_buttons(self):
        case = self._proposed()
        for user, values in (
            (self.keeper, {"can_receive": True, "can_work": False}),
            (self.technician, {"can_work": True, "can_submit": False}),
            (self.bum, {"can_work": True, "can_submit": True}),
            (self.rep, {"can_work": False, "can_submit": True}),
            (self.mdo, {"can_work": False, "can_close": False}),
        ):
            (found,) = self._rpc(user, MODEL, "read", case.ids, list(values))
            self.assertEqual(found, {"id": case.id, **values}, user.login)

    def test_time_per_state_is_kept(self):
        """B14."""
        case = self._executing()
        steps = case.log_ids.filtered(lambda log: log.event == "state").sorted("id")
        self.assertEqual(
            steps.mapped("state_to"),
            ["contacted", "investigating", "proposed", "decision", "executing"],
        )

    # ------------------------------------------------------------ tasks (B13)

    def _task(self, case, **values):
        (task_id,) = self._rpc(
            self.technician,
            "customer.complaint.task",
            "create",
            [
                {
                    "complaint_id": case.id,
                    "name": "Find the lot",
                    "department_id": self.env.ref(
                        "customer_archive.customer_service_team_supply_chain"
                    ).id,
                    "user_id": self.culprit.id,
                    "date_due": "2030-05-31",
                    **values,
                }
            ],
        )
        return self.env["customer.complaint.task"].browse(task_id)

    def test_helper_reads_the_case_and_reports_done(self):
        case = self._investigating()
        task = self._task(case)
        self.assertEqual(task.activity_ids.user_id, self.culprit)
        self.assertEqual(
            self._rpc(self.culprit, MODEL, "read", case.ids, ["name"])[0]["name"],
            case.name,
        )
        with self.assertRefused(AccessError):
            self._rpc(self.culprit, MODEL, "write", case.ids, {"cause": "Not me"})
        self._rpc(self.culprit, task._name, "action_report_done", task.ids)
        self.assertEqual(task.state, "done")
        self.assertTrue(task.done_at)
        self.assertFalse(task.activity_ids)
        for call in (
            ("action_report_done", task.ids),
            ("write", task.ids, {"name": "x"}),
            ("unlink", task.ids),
        ):
            with self.assertRefused(UserError):
                self._rpc(self.technician, task._name, *call)
        case._system_write({"state": "closed"})
        with self.assertRefused(AccessError):
            self._rpc(self.culprit, MODEL, "read", case.ids, ["name"])
        self._rpc(self.culprit, task._name, "read", task.ids, ["name"])

    def test_task_of_a_department(self):
        case = self._investigating()
        team = self.env.ref("customer_archive.customer_service_team_after_sales")
        task = self._task(case, department_id=team.id, user_id=False)
        self._rpc(self.asg, MODEL, "read", case.ids, ["name"])
        self._rpc(self.asg, task._name, "action_report_done", task.ids)
        self.assertEqual(task.state, "done")

    def test_strangers_and_tasks(self):
        case = self._investigating()
        task = self._task(case)
        values = {
            "complaint_id": case.id,
            "name": "x",
            "department_id": self.technical.id,
            "date_due": "2030-01-01",
        }
        for user in (self.rep2, self.bum2, self.outsider, self.fin, self.admin_user):
            self.assertFalse(self._rpc(user, task._name, "search_read", [], ["name"]))
            for method, args in (
                ("read", [task.ids, ["name"]]),
                ("export_data", [task.ids, ["name"]]),
                ("write", [task.ids, {"name": "x"}]),
                ("unlink", [task.ids]),
                ("create", [values]),
                ("action_report_done", [task.ids]),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(UserError),
                ):
                    self._rpc(user, task._name, method, *args)
        for user in (self.gmo, self.keeper, self.rep):
            with self.assertRefused(AccessError):
                self._rpc(user, task._name, "action_report_done", task.ids)
        for values in ({"state": "done"}, {"done_at": "2030-01-01 00:00:00"}):
            with self.assertRefused(AccessError):
                self._rpc(self.technician, task._name, "write", task.ids, values)
        foreign = self._case(
            type_id=self.env.ref("customer_archive.customer_problem_type_billing").id
        )
        with self.assertRefused(AccessError):
            self._rpc(
                self.technician,
                task._name,
                "write",
                task.ids,
                {"complaint_id": foreign.id},
            )
