from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .test_complaint_report import ComplaintFiguresCommon

EVALUATION = "customer.service.evaluation"


@tagged("post_install", "-at_install")
class TestServiceEvaluation(ComplaintFiguresCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls._user("asg", login="archive_head", lang="zh_CN")
        cls.member = cls._user("rep", login="archive_member")
        cls.department = cls.env["customer.service.team"].create(
            {
                "name": "Repairs",
                "user_id": cls.head.id,
                "member_ids": [Command.set(cls.member.ids)],
            }
        )
        cls.duty = cls.env.ref("customer_archive.customer_duty_service_evaluation")
        cls.env["customer.duty"].search([("id", "!=", cls.duty.id)]).action_archive()
        cls.duty.anchor_date = date(2031, 1, 1)
        with freeze_time("2031-07-05"):
            # received on the last day of the quarter before
            cls._ours("2030-12-31 12:00:00", "2031-01-10", "2031-01-11", score=1)
            cls._ours(
                "2031-01-01 00:00:00",
                "2031-01-10",
                "2031-01-02 00:00:00",
                contact_at="2031-01-01 02:00:00",
                response_at="2031-01-01 12:00:00",
                confirmed_at="2031-01-05",
                score=5,
            )
            late = cls._ours(
                "2031-03-01",
                "2031-03-31 23:00:00",
                "2031-04-01",
                contact_at="2031-03-01 04:00:00",
                confirmed_at="2031-03-31",
                score=2,
            )
            # due in the next quarter; refused
            cls._ours("2031-03-31 23:59:59", "2031-04-01", state="executing")
            refused = cls._ours("2031-02-01", "2031-02-02", state="rejected")
        with freeze_time("2031-03-15"):
            late._log("breached", clock="response")
            late._log("escalated", clock="response")
            late._log("state", state_from="executing", state_to="closed")
            late._log("state", state_from="closed", state_to="investigating")
            refused._log("state", state_from="confirmation", state_to="closed")

    @classmethod
    def _ours(cls, *args, **values):
        return cls._past(*args, department_id=cls.department.id, **values)

    def _work(self, day="2031-04-01"):
        with freeze_time(f"{day} 12:00:00"):
            todo = list(self.duty._get_todo(self.company, date.fromisoformat(day)))
            for start, end, missed in todo:
                self.duty._run(self.company, start, end, missed)
        return self.env[EVALUATION].search([("department_id", "=", self.department.id)])

    # ------------------------------------------------------------ figures

    def test_figures(self):
        self.company.resource_calendar_id.tz = "UTC"
        evaluation = self._work()
        self.assertRecordValues(
            evaluation,
            [
                {
                    "date_start": date(2031, 1, 1),
                    "date_end": date(2031, 3, 31),
                    "state": "draft",
                    "received_count": 4,
                    "solved_count": 2,
                    "due_count": 3,
                    "on_time_count": 1,
                    "score_count": 2,
                    "score": 62.5,
                    "ended_count": 2,
                    "reopened_count": 1,
                    "reopen_rate": 50.0,
                    "contact_hours": 3.0,
                    "response_hours": 12.0,
                    "solution_hours": (24 + 252) / 2,
                    "breach_count": 1,
                    "escalation_count": 1,
                }
            ],
        )
        self.assertAlmostEqual(evaluation.on_time_rate, 100 / 3, 1)

    def test_later_changes_alter_nothing(self):
        evaluation = self._work()
        with freeze_time("2031-07-05"):
            self._ours("2031-02-01", "2031-02-10", "2031-02-05", score=1)
        self._work("2031-04-02")
        self.assertEqual(evaluation.received_count, 4)

    def test_once(self):
        self.assertEqual(len(self._work()), 1)
        self.assertEqual(len(self._work()), 1)

    def test_period_before(self):
        first = self._work()
        second = self._work("2031-07-01") - first
        self.assertEqual(second.previous_id, first)
        self.assertEqual(second.previous_received_count, 4)
        self.assertEqual((second.received_count, second.solved_count), (0, 1))

    def test_head_is_asked_in_his_language(self):
        evaluation = self._work()
        activity = evaluation.activity_ids
        self.assertEqual(activity.user_id, self.head)
        self.assertEqual(
            activity.summary,
            evaluation.with_context(lang="zh_CN").env._(
                "Draw conclusions from the service figures"
            ),
        )

    def test_departments_take_a_fixed_number_of_queries(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            figures = self.env[EVALUATION]._get_figures(
                self.company, date(2031, 1, 1), date(2031, 4, 1)
            )
            return len(figures), self.env.cr.sql_log_count - before

        count()
        departments, queries = count()
        with freeze_time("2031-07-05"):
            for number in range(5):
                department = self.department.copy({"name": f"Repairs {number}"})
                self._past("2031-02-01", department_id=department.id)
        self.assertEqual(count(), (departments + 5, queries))

    # ------------------------------------------------------------ steps, access

    def _write(self, user, evaluation, **values):
        return self._rpc(user, EVALUATION, "write", evaluation.ids, values)

    def test_head_writes_office_confirms(self):
        evaluation = self._work()
        confirm = (EVALUATION, "action_confirm", evaluation.ids)
        with self.assertRefused(UserError, "conclude"):
            self._rpc(self.mdo, *confirm)
        self._write(self.head, evaluation, conclusion="Too slow in March")
        with self.assertRefused(AccessError):
            self._rpc(self.head, *confirm)
        self._rpc(self.mdo, *confirm)
        self.assertEqual(evaluation.state, "confirmed")
        self.assertFalse(evaluation.activity_ids)
        with self.assertRefused(UserError, "has been confirmed"):
            self._rpc(self.mdo, *confirm)
        for user in (self.head, self.mdo):
            with self.assertRefused(AccessError):
                self._write(user, evaluation, conclusion="All was well")

    def test_head_does_not_confirm_his_own_conclusion(self):
        evaluation = self._work()
        self.department.user_id = self.mdo
        evaluation.with_user(self.mdo).conclusion = "We are the best."
        with self.assertRefused(AccessError, "head"):
            self._rpc(self.mdo, EVALUATION, "action_confirm", evaluation.ids)
        self.assertEqual(evaluation.state, "draft")

    def test_improvements(self):
        evaluation = self._work()
        values = {
            "name": "Slow",
            "action": "Hire",
            "kind": "improvement",
            "user_id": self.member.id,
            "verifier_id": self.head.id,
            "date_due": "2031-06-30",
            "evaluation_id": evaluation.id,
        }
        [measure_id] = self._rpc(self.head, "customer.measure", "create", [values])
        measure = self.env["customer.measure"].browse(measure_id)
        self.assertEqual(measure.origin_model, EVALUATION)
        self.assertEqual(measure.origin_id, evaluation.id)
        self.assertEqual(evaluation.measure_ids, measure)
        with self.assertRefused(AccessError):
            self._rpc(self.member, "customer.measure", "create", [values])

    def test_who_reads(self):
        evaluation = self._work()
        domain = [("id", "=", evaluation.id)]
        for user in (self.head, self.member, self.mdo, self.gmo):
            with self.subTest(user=user.login):
                self.assertEqual(
                    self._rpc(user, EVALUATION, "search", domain), evaluation.ids
                )
        portal = new_test_user(self.env, "archive_portal", groups="base.group_portal")
        for user in (self.rep2, self.bum, self.fin, self.keeper):
            with self.subTest(user=user.login):
                self.assertFalse(self._rpc(user, EVALUATION, "search_read", domain))
                self.assertFalse(
                    self._rpc(
                        user,
                        EVALUATION,
                        "formatted_read_group",
                        domain,
                        ["department_id"],
                        ["__count"],
                    )
                )
                with self.assertRefused(AccessError):
                    self._rpc(user, EVALUATION, "read", evaluation.ids)
        for user in (self.outsider, portal):
            for method, args in (
                ("search_read", [domain]),
                ("formatted_read_group", [domain, [], ["__count"]]),
                ("export_data", [evaluation.ids, ["score"]]),
                ("action_confirm", [evaluation.ids]),
            ):
                with (
                    self.subTest(user=user.login, call=method),
                    self.assertRefused(UserError),
                ):
                    self._rpc(user, EVALUATION, method, *args)

    def test_attacks(self):
        evaluation = self._work()
        for user, method, args in (
            (self.head, "write", [evaluation.ids, {"score": 100}]),
            (self.mdo, "write", [evaluation.ids, {"state": "confirmed"}]),
            (self.mdo, "write", [evaluation.ids, {"on_time_rate": 100}]),
            (self.member, "write", [evaluation.ids, {"conclusion": "Fine"}]),
            (self.gmo, "write", [evaluation.ids, {"conclusion": "Fine"}]),
            (self.gmo, "action_confirm", [evaluation.ids]),
            (self.mdo, "create", [{"department_id": self.department.id}]),
            (self.mdo, "unlink", [evaluation.ids]),
        ):
            with (
                self.subTest(user=user.login, call=method, args=args),
                self.assertRefused(AccessError),
            ):
                self._rpc(user, EVALUATION, method, *args)
