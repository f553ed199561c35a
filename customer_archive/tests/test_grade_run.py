from ast import literal_eval
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import customer_grade_run, customer_grade_run_decision
from .grade_common import GradeCommon

LOGGER = "odoo.addons.customer_archive.models.customer_grade_run"


class GradeRunCommon(GradeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # runs grade all customers: only those of the test are left
        others = cls.env["customer.dossier"].with_context(active_test=False)
        others.search([])._system_write({"state": "history"})
        cls.dossiers = cls.env["customer.dossier"].union(
            *(cls._dossier() for _x in range(5))
        )

    @classmethod
    def _run(cls, day="2025-12-31", company=None):
        return cls.env["customer.grade.run"].create(
            {
                "scheme_id": cls.scheme.id,
                "company_id": (company or cls.company).id,
                "date": day,
            }
        )

    def _start(self, run, user=None):
        result = self._rpc(
            (user or self.keeper).id, run._name, "action_start", [run.id]
        )
        self.env.invalidate_all()
        return result

    def _trigger(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "customer_archive.ir_cron_customer_grade_run"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _small_batches(self, batch=2, direct=0):
        """Let the job do all the work, in batches of ``batch``."""
        for module, name, value in (
            (customer_grade_run, "BATCH", batch),
            (customer_grade_run, "DIRECT", direct),
            (customer_grade_run_decision, "BATCH", batch),
        ):
            self.startPatcher(patch.object(module, name, value))

    def _proposals(self, dossiers=None):
        evaluations = self.env["customer.grade.evaluation"].search(
            [
                ("dossier_id", "in", (dossiers or self.dossiers).ids),
                ("state", "=", "proposed"),
            ]
        )
        return evaluations.sorted(lambda evaluation: evaluation.dossier_id.id)


@tagged("post_install", "-at_install")
class TestGradeRun(GradeRunCommon):
    def test_small_run_is_done_at_once(self):
        self._order(self.dossiers[0], "2025-05-05", 5000)
        run = self._run()
        action = self._start(run)
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual((run.state, run.user_id), ("done", self.keeper))
        self.assertEqual((run.done_count, run.total_count), (5, 5))
        self.assertEqual(len(self._proposals()), 5)
        self.assertEqual(self._proposals()[0].proposed_grade_id, self.important)
        self.assertEqual(self._proposals().run_id, run)
        self.assertEqual(
            run.activity_ids.mapped(lambda todo: (todo.user_id, todo.summary)),
            [(self.keeper, f"Confirm the grades of {run.name}")],
        )

    def test_counts(self):
        up, down, new, same, near = self.dossiers
        for dossier, grade in ((up, self.general), (down, self.stable)):
            self._confirm(dossier, grade)
        self._confirm(same, self.general)
        self._order(up, "2025-05-05", 400)
        for dossier in (down, new, same):
            self._order(dossier, "2025-05-05", 10)
        self._order(near, "2025-05-05", 290)
        run = self._run()
        self._start(run)
        run = run.with_user(self.keeper)
        self.assertEqual(run.proposal_count, 5)
        self.assertEqual((run.up_count, run.down_count), (1, 1))
        self.assertEqual((run.new_count, run.same_count), (2, 1))
        self.assertEqual(run.upgradeable_count, 1)
        listed = self.env[run._name].search([("id", "=", run.id)])
        self.assertEqual(
            self.env["customer.grade.evaluation"].search_count(
                listed.action_open_proposals()["domain"]
            ),
            5,
        )

    def _confirm(self, dossier, grade, day="2024-12-31", **values):
        evaluation = self._evaluate(dossier, day)
        evaluation._system_write({"grade_id": grade.id, "state": "confirmed", **values})
        return evaluation

    def test_same_result_twice(self):
        """A second run of the same day writes nothing and shows the same list."""
        self._order(self.dossiers[0], "2025-05-05", 5000)
        first, second = self._run(), self._run()
        self._start(first)
        proposals = self._proposals()
        self.env.cr.execute(
            SQL(
                "UPDATE customer_grade_evaluation SET write_date = '2020-01-01' "
                "WHERE id = ANY(%s)",
                proposals.ids,
            )
        )
        self._start(second)
        self.assertEqual(self._proposals(), proposals)
        self.assertEqual({day.year for day in proposals.mapped("write_date")}, {2020})
        self.assertEqual(proposals.run_id, first)
        self.assertEqual(second.proposal_count, 5)
        self._order(self.dossiers[0], "2025-06-06", 1)
        third = self._run()
        self._start(third)
        self.assertNotEqual(proposals[0].write_date.year, 2020)
        self.assertEqual(proposals[0].run_id, third)
        self.assertEqual(proposals[1:].run_id, first)

    def test_large_run_is_left_to_the_job(self):
        self._small_batches()
        run = self._run()
        triggers = self.env["ir.cron.trigger"]
        cron = self.env.ref("customer_archive.ir_cron_customer_grade_run")
        before = triggers.search_count([("cron_id", "=", cron.id)])
        action = self._start(run)
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)
        self.assertIn("5 customers", action["params"]["message"])
        self.assertEqual((run.state, run.done_count), ("running", 0))
        self._trigger()
        self.assertEqual((run.state, run.done_count), ("done", 5))
        self.assertEqual(len(self._proposals()), 5)

    def test_stop_and_continue(self):
        """Stopped after a batch, it goes on with the next one; customers that came
        meanwhile are graded, one that is gone does no harm."""
        self._small_batches()
        run = self._run()
        self._start(run)
        calls = self._stop_after_first_batch(run)
        self._trigger()
        self.assertEqual((run.state, run.done_count), ("stopped", 2))
        self.assertEqual(len(self._proposals()), 2)
        self.assertEqual(calls, [2])
        self._trigger()
        self.assertEqual(run.done_count, 2)

        self.dossiers[2].unlink()
        late = self._dossier()
        self._rpc(self.mdo.id, run._name, "action_continue", [run.id])
        self._trigger()
        self.assertEqual((run.state, run.done_count), ("done", 5))
        self.assertEqual(run.total_count, 5)
        self.assertEqual(calls, [2, 2, 1])
        self.assertTrue(self._proposals(late))

    def _stop_after_first_batch(self, run):
        """Press Stop in the first batch; return how many customers each batch had."""
        model = type(run)
        origin, calls = model._evaluate_next, []

        def evaluate(self, limit):
            count = origin(self, limit)
            if count:
                calls.append(count)
            if len(calls) == 1 and self.state == "running":
                self.with_user(self.user_id).action_stop()
            return count

        self.startPatcher(patch.object(model, "_evaluate_next", evaluate))
        return calls

    def test_time_is_up(self):
        """What the job has no time for is done by its next call."""
        self._small_batches()
        run = self._run()
        self._start(run)
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=0):
            self.env["customer.grade.run"]._cron_run()
        self.assertEqual((run.state, run.done_count), ("running", 2))
        self._trigger()
        self.assertEqual((run.state, run.done_count), ("done", 5))

    def _fail_second_batch(self, error):
        scheme = type(self.scheme)
        origin, calls = scheme._evaluate, []

        def evaluate(self, company, dossiers, *args, **kwargs):
            result = origin(self, company, dossiers, *args, **kwargs)
            calls.append(dossiers)
            if len(calls) == 2:
                raise error
            return result

        self.startPatcher(patch.object(scheme, "_evaluate", evaluate))
        return calls

    def test_failing_batch(self):
        """The run stops, says why, and what was done before stays."""
        self._small_batches()
        run = self._run()
        self._start(run)
        self._fail_second_batch(ValueError("no more ink"))
        with mute_logger(LOGGER):
            self._trigger()
        self.assertEqual((run.state, run.done_count), ("stopped", 2))
        self.assertEqual(len(self._proposals()), 2)
        self.assertIn("no more ink", "".join(run.message_ids.mapped("body")))
        self.assertEqual(
            run.activity_ids.mapped(lambda todo: (todo.user_id, todo.summary)),
            [(self.keeper, f"Find out why {run.name} stopped")],
        )
        self._rpc(self.keeper.id, run._name, "action_continue", [run.id])
        self.assertFalse(run.activity_ids)
        self._trigger()
        self.assertEqual((run.state, run.done_count), ("done", 5))
        self.assertEqual(len(self._proposals()), 5)

    def test_conflict_is_tried_again(self):
        """Somebody who writes a proposal of the batch does not stop the run."""
        self._small_batches()
        run = self._run()
        self._start(run)
        calls = self._fail_second_batch(SerializationFailure())
        self._trigger()
        self.assertEqual((run.state, run.done_count), ("done", 5))
        self.assertEqual([len(dossiers) for dossiers in calls], [2, 2, 2, 1])

    def test_refused_starts(self):
        with freeze_time("2026-03-01"):
            with self.assertRefused(UserError, "not known yet"):
                self._start(self._run("2026-03-02"))
            self._start(self._run("2026-03-01"))
        self._small_batches()
        run, second = self._run(), self._run()
        self._start(run)
        with self.assertRefused(UserError, f"{run.name} of the same scheme"):
            self._start(second)
        with self.assertRefused(UserError, "is Running"):
            self._start(run)
        with self.assertRefused(UserError, "is Running"):
            self._rpc(
                self.keeper.id, run._name, "write", [run.id], {"date": "2024-1-1"}
            )
        self._rpc(self.keeper.id, run._name, "action_stop", [run.id])
        self._start(second)
        with self.assertRefused(UserError, f"{second.name} of the same scheme"):
            self._rpc(self.keeper.id, run._name, "action_continue", [run.id])
        self.dossiers._system_write({"state": "history"})
        self._rpc(self.keeper.id, run._name, "action_stop", [second.id])
        with self.assertRefused(UserError, "no customer"):
            self._start(self._run())

    def test_no_thresholds_in_force(self):
        self.env["customer.grade.rule"].search([])._system_write(
            {"approval_state": "none"}
        )
        # refused at once, also where the job would do the work
        self._small_batches()
        for day in ("2025-12-31", "0001-01-01"):
            with (
                self.subTest(day=day),
                self.assertRefused(UserError, "No thresholds"),
            ):
                self._start(self._run(day))

    def test_queries_do_not_grow(self):
        counts = []
        for number in (2, 5):
            run = self._run(f"2025-12-{10 + number}")
            run._start()
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            run._evaluate_next(number)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
            run._system_write({"state": "done"})
        self.assertLessEqual(counts[1], counts[0])

    # ------------------------------------------------------------ every year

    def test_yearly_duty(self):
        """A run a company with the figures of the year that ended, once."""
        second = self.env["res.company"].create({"name": "Second"})
        unit = self._unit("Unit of the Second", company_id=second.id)
        partner = self._customer(company_id=second.id)
        theirs = self._dossier(team_id=unit.id, partner_id=partner.id)
        runs = self.env["customer.grade.run"]
        duty = self.env.ref("customer_archive.customer_duty_grade_customers")
        duty.anchor_date = "2025-01-01"
        (self.env["customer.duty"].search([]) - duty).active = False
        before = runs.search([])
        cron = type(self.env["ir.cron"])
        for day in ("2025-12-31 12:00", "2026-01-01 12:00", "2026-01-02 12:00"):
            with freeze_time(day), patch.object(cron, "_commit_progress"):
                self.env["customer.duty"].sudo()._cron_run_duties()
            made = runs.search([]) - before
            self.assertEqual(len(made), 0 if day < "2026" else 2)
        self.assertEqual(set(made.mapped("date")), {date(2025, 12, 31)})
        self.assertEqual(made.company_id, self.company | second)
        self.assertEqual(made.scheme_id, self.scheme)
        with freeze_time("2026-01-01 13:00"):
            self._trigger()
        self.assertEqual(made.mapped("state"), ["done", "done"])
        ours = made.filtered(lambda run: run.company_id == self.company)
        self.assertLessEqual(self.keeper | self.mdo, ours.activity_ids.user_id)
        self.assertEqual((ours.done_count, (made - ours).done_count), (5, 1))
        self.assertEqual(self._proposals(theirs).grading_company_id, second)

    def test_yearly_duty_of_another_fiscal_year(self):
        """The last fiscal year that has ended, not the one that goes on."""
        self.company.write({"fiscalyear_last_month": "6", "fiscalyear_last_day": 30})
        runs = self.env["customer.grade.run"]
        with freeze_time("2026-01-01 12:00"):
            runs._duty_grade_customers(None, date(2025, 1, 1), date(2026, 1, 1))
        self.assertEqual(
            runs.search([], limit=1, order="id desc").date, date(2025, 6, 30)
        )

    def test_yearly_duty_without_customers(self):
        self.dossiers._system_write({"state": "history"})
        runs = self.env["customer.grade.run"]
        before = runs.search_count([])
        runs._duty_grade_customers(None, date(2025, 1, 1), date(2026, 1, 1))
        self.assertEqual(runs.search_count([]), before)

    # ------------------------------------------------------------ who may

    def test_wrong_roles(self):
        run = self._run()
        domain = [("id", "=", run.id)]
        may_export = self.env.ref("base.group_allow_export")
        for user in (self.rep, self.bum, self.fin, self.fug, self.asg, self.outsider):
            user.group_ids = [Command.link(may_export.id)]
            for method, *args in (
                ("read", [run.id], ["name"]),
                ("search_read", domain),
                ("formatted_read_group", domain, ["state"], ["__count"]),
                ("export_data", [run.id], ["name"]),
                ("write", [run.id], {"date": "2024-12-31"}),
                ("create", [{"scheme_id": self.scheme.id}]),
                ("unlink", [run.id]),
                ("action_start", [run.id]),
                ("action_stop", [run.id]),
                ("action_continue", [run.id]),
                ("action_submit", [run.id]),
                ("action_open_proposals", [run.id]),
                ("action_open_list", [run.id]),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user.id, run._name, method, *args)
        gmo = self.gmo.id
        self.assertEqual(
            self._rpc(gmo, run._name, "read", [run.id], ["name"])[0]["name"], run.name
        )
        for method in ("start", "stop", "continue", "submit"):
            with self.assertRefused(AccessError):
                self._rpc(gmo, run._name, f"action_{method}", [run.id])
        with self.assertRefused(AccessError):
            self._rpc(gmo, run._name, "write", [run.id], {"date": "2024-12-31"})
        with self.assertRefused(AccessError):
            self._rpc(self.keeper.id, run._name, "unlink", [run.id])

    def test_guarded_fields(self):
        run = self._run()
        for values in (
            {"name": "Mine"},
            {"state": "done"},
            {"user_id": self.rep.id},
            {"last_dossier_id": 10**6},
            {"total_count": 1},
            {"done_count": 1},
            {"submitted_count": 1},
            {"confirmed_count": 1},
            {"confirmation_state": "running"},
            {"approval_state": "approved"},
        ):
            with self.subTest(values=values), self.assertRefused(AccessError):
                self._rpc(self.mdo.id, run._name, "write", [run.id], values)
            with self.subTest(values=values), self.assertRefused(AccessError):
                self._rpc(self.mdo.id, run._name, "create", [values])
        evaluation = self._evaluate(self.dossiers[0], "2025-12-31")
        for values in ({"submitted_run_id": run.id}, {"run_id": run.id}):
            with self.assertRefused(AccessError):
                self._rpc(
                    self.mdo.id, evaluation._name, "write", [evaluation.id], values
                )

    def test_other_company(self):
        second = self.env["res.company"].create({"name": "Second"})
        run = self._run(company=second)
        for method in ("start", "stop", "continue", "submit"):
            with self.assertRefused(AccessError):
                self._rpc(self.keeper.id, run._name, f"action_{method}", [run.id])
        with self.assertRefused(AccessError):
            self._rpc(self.keeper.id, run._name, "create", [{"company_id": second.id}])
        mine = self._run()
        with self.assertRefused(AccessError):
            self._rpc(
                self.keeper.id, run._name, "write", [mine.id], {"company_id": second.id}
            )
        theirs = self.scheme.copy({"company_id": second.id})
        with self.assertRefused(UserError):
            self._rpc(
                self.keeper.id, run._name, "write", [mine.id], {"scheme_id": theirs.id}
            )


@tagged("post_install", "-at_install")
class TestGradeRunDecision(GradeRunCommon):
    """One decision over the list of a run."""

    def setUp(self):
        super().setUp()
        for dossier in self.dossiers:
            self._order(dossier, "2025-05-05", 10)

    def _submitted(self, user=None):
        run = self._run()
        self._start(run)
        self._rpc((user or self.keeper).id, run._name, "action_submit", [run.id])
        return run

    def _decide(self, run, method="action_approve", *args):
        self._rpc(self.mdo.id, run._name, method, [run.id], *args)
        self.env.invalidate_all()

    def test_approved_together(self):
        run = self._submitted()
        self.assertEqual(run.approval_state, "pending")
        self.assertEqual((run.submitted_count, run.left_out_count), (5, 0))
        proposals = self._proposals()
        self.assertEqual(proposals.submitted_run_id, run)
        self._decide(run)
        self.assertEqual(set(proposals.mapped("state")), {"confirmed"})
        self.assertEqual(proposals.evaluator_id, self.keeper)
        self.assertEqual(set(proposals.mapped("reason")), {run.name})
        self.assertEqual(proposals.decided_by_id, self.mdo)
        self.assertEqual(run.confirmation_state, "done")
        self.assertEqual(run.confirmed_count, 5)

    def test_what_somebody_wrote_stays(self):
        run = self._run()
        self._start(run)
        noted = self._proposals(self.dossiers[0])
        noted.with_user(self.rep).reason = "Moved to another site"
        self._rpc(self.keeper.id, run._name, "action_submit", [run.id])
        self._decide(run)
        self.assertEqual(noted.state, "confirmed")
        self.assertEqual(noted.reason, "Moved to another site")

    def test_archived_grade_is_on_no_list(self):
        run = self._submitted()
        self.general.active = False
        self._decide(run)
        self.assertEqual((run.confirmed_count, len(self._proposals())), (0, 5))
        self.assertFalse(self._proposals().submitted_run_id)

    def test_left_out(self):
        """What needs somebody's own reason is not on the list."""
        into, out, deviating, pending, plain = self.dossiers
        rejected, none = self._dossier(), self._dossier()
        former = self._evaluate(out, "2024-12-31")
        former._system_write({"grade_id": self.important.id, "state": "confirmed"})
        self._order(into, "2025-06-06", 5000)
        self._order(rejected, "2025-06-06", 10)
        run = self._run()
        self._start(run)
        by_dossier = {row.dossier_id: row for row in self._proposals()}
        self.assertEqual(by_dossier[into].tier, "1")
        self.assertEqual(by_dossier[out].direction, "down")
        self.assertFalse(self._proposals(none).proposed_grade_id)
        by_dossier[deviating]._system_write({"grade_id": self.stable.id})
        by_dossier[pending]._system_write({"approval_state": "pending"})
        self._proposals(rejected)._system_write({"approval_state": "rejected"})
        self._rpc(self.keeper.id, run._name, "action_submit", [run.id])
        self.assertEqual((run.submitted_count, run.left_out_count), (1, 6))
        self._decide(run)
        self.assertEqual(by_dossier[plain].state, "confirmed")
        self.assertEqual(len(self._proposals(self.dossiers | rejected | none)), 6)

    def test_deviation_is_not_taken_back_among_many(self):
        """A grade given against the figures falls by a decision of its own."""
        kept, supported = self.dossiers[:2]
        before = self._evaluate(kept | supported, "2024-12-31")
        before._system_write(
            {"grade_id": self.stable.id, "deviation_reason": "Will grow"}
        )
        before._put_in_force(self.mdo)
        self._order(supported, "2025-06-06", 400)
        run = self._run()
        self._start(run)
        falling = self._proposals(kept)
        self.assertEqual(falling.direction, "down")
        self._rpc(self.keeper.id, run._name, "action_submit", [run.id])
        self.assertEqual((run.submitted_count, run.left_out_count), (4, 1))
        self._decide(run)
        self.assertEqual(falling.state, "proposed")
        self.assertEqual(kept.grade_id, self.stable)
        self.assertFalse(self._proposals(supported))

    def test_list_is_frozen(self):
        """Who got another result, was changed or left meanwhile is not approved."""
        run = self._submitted()
        recomputed, changed, ended, *others = self._proposals()
        self._order(recomputed.dossier_id, "2025-06-06", 1)
        self.scheme._evaluate(self.company, self.dossiers, run.date)
        self.assertEqual(
            self._proposals().filtered(lambda row: not row.submitted_run_id), recomputed
        )
        changed._system_write({"grade_id": self.stable.id})
        changed._system_write({"grade_id": self.general.id})
        ended.dossier_id._system_write({"state": "history"})
        self._decide(run)
        self.assertEqual({other.state for other in others}, {"confirmed"})
        self.assertEqual((run.submitted_count, run.confirmed_count), (5, 2))
        self.assertEqual(
            set((recomputed | changed | ended).mapped("state")), {"proposed"}
        )
        self.assertFalse((recomputed | changed | ended).submitted_run_id)

    def test_rejected_and_withdrawn(self):
        run = self._submitted()
        self._decide(run, "action_reject", "Look again")
        self.assertFalse(self._proposals().submitted_run_id)
        self._rpc(self.keeper.id, run._name, "action_submit", [run.id])
        self.assertEqual(run.submitted_count, 5)
        self._rpc(self.keeper.id, run._name, "action_withdraw", [run.id])
        self.assertFalse(self._proposals().submitted_run_id)
        self.assertEqual(len(self._proposals()), 5)

    def test_one_list_at_a_time(self):
        """What waits on the list of one run is not put on another's."""
        self._submitted()
        second = self._run()
        self._start(second)
        with self.assertRefused(UserError, "one by one"):
            self._rpc(self.keeper.id, second._name, "action_submit", [second.id])

    def test_refused_decisions(self):
        run = self._run()
        with self.assertRefused(UserError, "is Draft"):
            self._rpc(self.keeper.id, run._name, "action_submit", [run.id])
        run = self._submitted()
        with self.assertRefused(UserError, "is Pending"):
            self._rpc(self.keeper.id, run._name, "action_submit", [run.id])
        for user in (self.keeper, self.gmo):
            with self.assertRefused(UserError):
                self._rpc(user.id, run._name, "action_approve", [run.id])
        self._decide(run)
        with self.assertRefused(UserError, "is Approved"):
            self._rpc(self.keeper.id, run._name, "action_submit", [run.id])

    def test_large_list_is_left_to_the_job(self):
        """In batches that count up; one that fails stops it and it goes on."""
        run = self._submitted()
        self._small_batches()
        self._decide(run)
        self.assertEqual(len(self._proposals()), 5)
        self.assertEqual(run.confirmation_state, "running")
        model = type(self.env["customer.grade.evaluation"])
        origin, calls = model._put_in_force, []

        def fail_second(evaluations, *users):
            calls.append(evaluations)
            if len(calls) == 2:
                raise ValueError("no more ink")
            return origin(evaluations, *users)

        with (
            patch.object(model, "_put_in_force", fail_second),
            mute_logger(LOGGER),
        ):
            self._trigger()
        self.assertEqual((run.confirmation_state, run.confirmed_count), ("stopped", 2))
        self.assertEqual((run.state, len(self._proposals())), ("done", 3))
        self.assertIn("no more ink", "".join(run.message_ids.mapped("body")))
        self._rpc(self.keeper.id, run._name, "action_continue", [run.id])
        self._trigger()
        self.assertEqual((run.confirmation_state, run.confirmed_count), ("done", 5))
        self.assertFalse(self._proposals())

    def test_queries_do_not_grow(self):
        run = self._run()
        self._start(run)
        counts = []
        for batch in (2, 3):
            with patch.object(customer_grade_run_decision, "BATCH", batch):
                run._freeze_list()
                self.env.flush_all()
                self.env.invalidate_all()
                start = self.env.cr.sql_log_count
                self.assertEqual(run._confirm_next(), batch)
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
class TestGradeWorklists(GradeRunCommon):
    def _listed(self, name, user=None):
        """Return the customers that the menu item shows to ``user``, in its order."""
        action = self.env.ref(
            f"customer_archive.customer_grade_evaluation_action_{name}"
        )
        view = self.env[action.res_model].get_view(action.views[0][0], "list")
        order = view["arch"].split('default_order="')[1].split('"')[0]
        evaluations = self.env[action.res_model].with_user(user or self.keeper)
        return evaluations.search(
            [*literal_eval(action.domain), ("dossier_id", "in", self.dossiers.ids)],
            order=order,
        ).mapped("dossier_id")

    def test_upgradeable(self):
        """From 80 % of the next grade's thresholds on (E11)."""
        near, nearer, far, unreached, ended = self.dossiers
        for dossier, amount in ((near, 240), (nearer, 299), (far, 239.97)):
            self._order(dossier, "2025-05-05", amount)
        self._order(ended, "2025-05-05", 290)
        self._evaluate(self.dossiers, "2025-12-31")
        ended._system_write({"state": "history"})
        self.assertEqual(self._listed("upgradeable"), nearer | near)
        # confirmed, he is still near; a later proposal takes its place
        self._proposals(near)._system_write({"state": "confirmed"})
        self.assertEqual(self._listed("upgradeable"), nearer | near)
        self._evaluate(near, "2027-12-31")
        self.assertEqual(self._listed("upgradeable"), nearer)
        self.assertFalse(self._listed("upgradeable", self.rep2))
        self.assertNotIn(unreached, self._listed("upgradeable"))

    def test_upgradeable_to_the_grade_that_he_has(self):
        """A customer proposed to fall, or raised against the figures, does not stand
        there as near to the grade that he has."""
        raised, falling = self.dossiers[:2]
        for dossier in raised | falling:
            self._order(dossier, "2025-05-05", 290)
        held = self._evaluate(falling, "2024-12-31")
        held._system_write({"grade_id": self.stable.id, "state": "confirmed"})
        proposals = self._evaluate(raised | falling, "2025-12-31")
        self.assertEqual(proposals.mapped("is_upgradeable"), [True, True])
        self.assertEqual(self._listed("upgradeable"), raised)
        row = self._proposals(raised)
        row._system_write({"grade_id": self.stable.id, "deviation_reason": "Grows"})
        row._put_in_force(self.mdo)
        self.assertFalse(self._listed("upgradeable"))
        # once he fell, he is near to the grade above
        self._proposals(falling)._put_in_force(self.mdo)
        self.assertEqual(self._listed("upgradeable"), falling)

    def test_high_potential(self):
        """From the score of the settings on, the highest first (C43)."""
        scores = dict(zip(self.dossiers, (70, 69.99, 90, 0, 71), strict=True))
        self._evaluate(self.dossiers, "2025-12-31")
        for evaluation in self._proposals():
            evaluation._system_write({"potential_score": scores[evaluation.dossier_id]})
        first, second, third, _fourth, fifth = self.dossiers
        self.assertEqual(list(self._listed("potential")), [third, fifth, first])
        self.company.grade_potential_from = 69.5
        self.assertEqual(list(self._listed("potential")), [third, fifth, first, second])
        flags = self._proposals().mapped("is_high_potential")
        self.assertEqual(flags, [True, True, True, False, True])
        self.assertTrue(all(self._proposals().mapped("is_current")))

    def test_menus(self):
        menus = [
            self.env.ref(f"customer_archive.customer_grade_{name}")
            for name in (
                "run_menu",
                "evaluation_menu_upgradeable",
                "evaluation_menu_potential",
            )
        ]
        for user, expected in (
            (self.keeper, [True, True, True]),
            (self.mdo, [True, True, True]),
            (self.gmo, [True, True, True]),
            (self.bum, [False, True, True]),
            (self.rep, [False, False, False]),
            (self.fin, [False, False, False]),
        ):
            seen = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            heading = self.env.ref("customer_archive.customer_grade_menu_heading")
            self.assertEqual(
                [menu.id in seen and heading.id in seen for menu in menus], expected
            )
