from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .concurrency import ConcurrencyCase, Fixture
from .grade_common import GradeCommon

EVALUATION = "customer.grade.evaluation"
REMARK = "Buys from us since 2019, buys all pumps of his plants."


class EvaluationCommon(GradeCommon):
    @classmethod
    def _proposal(cls, amount=500, dossier=None, date="2025-06-30"):
        """Return the open proposal to a customer of the rep who ordered for ``amount``
        in this year: 3,000 makes him important, 300 stable."""
        dossier = dossier or cls._dossier()
        if amount:
            cls._order(dossier, "2025-03-03", amount)
        return cls._evaluate(dossier, date)

    @classmethod
    def _confirmed(cls, amount=500, dossier=None, date="2025-06-30"):
        """Return the evaluation of a grade as proposed, in force."""
        evaluation = cls._proposal(amount, dossier, date)
        evaluation.remark = REMARK
        evaluation.with_user(cls.bum).action_confirm()
        return evaluation


@tagged("post_install", "-at_install")
@freeze_time("2025-07-01 10:00:00")
class TestGradeEvaluation(EvaluationCommon):
    """From the proposal to the grade in force (E9, E12, A44)."""

    # ------------------------------------------------------------ proposals

    def test_evaluate_on_demand(self):
        dossier = self._dossier()
        self._order(dossier, "2025-03-03", 500)
        action = dossier.with_user(self.rep).action_evaluate()
        evaluation = self.env[EVALUATION].browse(action["res_id"])
        self.assertRecordValues(
            evaluation,
            [
                {
                    "dossier_id": dossier.id,
                    "scheme_id": self.scheme.id,
                    "rule_id": self.rule.id,
                    "date": fields.Date.to_date("2025-07-01"),
                    "proposed_grade_id": self.stable.id,
                    "grade_id": self.stable.id,
                    "direction": "new",
                    "state": "proposed",
                    "team_id": self.unit.id,
                }
            ],
        )
        # the other schemes run in parallel
        self.assertEqual(
            dossier.evaluation_ids.scheme_id,
            self.env["customer.grade.scheme"].search([]),
        )
        self.assertFalse(dossier.grade_id)

    def test_evaluate_needs_a_leading_scheme(self):
        self.scheme._system_write({"is_leading": False})
        with self.assertRefused(UserError, "No grade scheme leads"):
            self._dossier().with_user(self.rep).action_evaluate()

    def test_who_evaluates(self):
        dossier = self._dossier()
        for user in (self.rep, self.bum, self.keeper, self.mdo):
            with self.subTest(user=user.login):
                self._rpc(user, dossier._name, "action_evaluate", dossier.ids)
        for user in (
            self.rep2,
            self.bum2,
            self.gmo,
            self.fin,
            self.fug,
            self.asg,
            self.pl,
            self.outsider,
            self.admin_user,
        ):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, dossier._name, "action_evaluate", dossier.ids)

    def test_evaluate_from_the_menu_of_the_dossier(self):
        server_action = self.env.ref(
            "customer_archive.customer_dossier_evaluate_action"
        )
        dossier = self._dossier()
        action = (
            server_action.with_user(self.rep)
            .with_context(active_model=dossier._name, active_id=dossier.id)
            .run()
        )
        self.assertEqual(
            action["res_id"],
            dossier.evaluation_ids.filtered(lambda e: e.scheme_id == self.scheme).id,
        )

    def test_ended_customer_is_not_evaluated(self):
        dossier = self._dossier()
        dossier._system_write({"state": "history"})
        with self.assertRefused(AccessError):
            dossier.with_user(self.rep).action_evaluate()
        for user in (self.keeper, self.mdo):
            with (
                self.subTest(user=user.login),
                self.assertRefused(UserError, "Reactivate it first"),
            ):
                dossier.with_user(user).action_evaluate()

    def test_recompute(self):
        evaluation = self._proposal(500)
        self._order(evaluation.dossier_id, "2025-06-30", 2500)
        evaluation.with_user(self.rep).action_recompute()
        self.assertEqual(evaluation.proposed_grade_id, self.important)
        self.assertEqual(evaluation.grade_id, self.important)
        self.assertEqual(evaluation.date, fields.Date.to_date("2025-07-01"))

    def test_recompute_keeps_what_was_chosen(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.rep).grade_id = self.general
        self._order(evaluation.dossier_id, "2025-06-30", 2500)
        evaluation.with_user(self.rep).action_recompute()
        self.assertEqual(evaluation.proposed_grade_id, self.important)
        self.assertEqual(evaluation.grade_id, self.general)

    # ------------------------------------------------------------ as proposed

    def test_rep_submits_and_manager_confirms(self):
        evaluation = self._proposal(500)
        dossier = evaluation.dossier_id
        evaluation.with_user(self.rep).action_confirm()
        self.assertEqual(evaluation.approval_id.kind, "confirm")
        self.assertEqual(evaluation.approval_state, "pending")
        self.assertEqual(evaluation.state, "proposed")
        self.assertFalse(dossier.grade_id)
        evaluation.with_user(self.bum).action_approve()
        self.assertRecordValues(
            evaluation,
            [
                {
                    "state": "confirmed",
                    "evaluator_id": self.rep.id,
                    "decided_by_id": self.bum.id,
                    "confirmed_on": fields.Datetime.now(),
                    "reason": f"As proposed by {self.rule.name}.",
                    "rule_id": self.rule.id,
                }
            ],
        )
        self.assertRecordValues(
            dossier,
            [
                {
                    "grade_id": self.stable.id,
                    "tier": "2",
                    "grade_date": fields.Date.to_date("2025-07-01"),
                }
            ],
        )

    def test_manager_confirms_at_once(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.state, "confirmed")
        self.assertEqual(evaluation.evaluator_id, self.bum)
        self.assertEqual(evaluation.decided_by_id, self.bum)
        self.assertEqual(evaluation.approval_decision_ids.user_id, self.bum)
        self.assertFalse(evaluation.activity_ids)

    def test_keeper_and_director_submit(self):
        for user in (self.keeper, self.mdo):
            with self.subTest(user=user.login):
                evaluation = self._proposal(500)
                evaluation.with_user(user).action_confirm()
                self.assertEqual(evaluation.approval_state, "pending")
                self.assertEqual(
                    evaluation.sudo().approval_id.line_ids.user_ids, self.bum
                )

    def test_several_from_the_list(self):
        evaluations = self._proposal(500) + self._proposal(3000)
        evaluations[1].remark = REMARK
        evaluations.with_user(self.bum).action_confirm()
        self.assertEqual(
            evaluations.dossier_id.mapped("grade_id"), self.stable + self.important
        )

    def test_nothing_to_confirm(self):
        evaluation = self._proposal(0)
        self.assertFalse(evaluation.grade_id)
        with self.assertRefused(UserError, "no grade to confirm"):
            evaluation.with_user(self.rep).action_confirm()

    def test_own_reason_stays(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.bum).reason = "Agreed at the sales meeting"
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.reason, "Agreed at the sales meeting")

    # ------------------------------------------------------------ deviation

    def test_deviation_needs_its_reason(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.rep).grade_id = self.general
        for reason in (False, " \n\t"):
            evaluation.deviation_reason = reason
            with self.assertRefused(UserError, "Say why"):
                evaluation.with_user(self.rep).action_confirm()
        evaluation.with_user(self.rep).deviation_reason = "The order was a single one"
        evaluation.with_user(self.rep).action_confirm()
        approval = evaluation.sudo().approval_id
        self.assertEqual(approval.kind, "deviate")
        self.assertEqual(approval.note, "The order was a single one")
        evaluation.with_user(self.bum).action_approve()
        self.assertEqual(evaluation.state, "proposed")
        evaluation.with_user(self.mdo).action_approve()
        self.assertEqual(evaluation.state, "confirmed")
        self.assertEqual(evaluation.decided_by_id, self.mdo)
        self.assertEqual(evaluation.dossier_id.grade_id, self.general)
        self.assertEqual(evaluation.proposed_grade_id, self.stable)

    def test_manager_does_not_deviate_alone(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.bum).write(
            {"grade_id": self.general.id, "deviation_reason": "A single order"}
        )
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.state, "proposed")
        self.assertEqual(evaluation.approval_state, "pending")
        with self.assertRefused(UserError, "cannot decide your own"):
            evaluation.with_user(self.bum).action_approve()
        evaluation.with_user(self.mdo).action_approve()
        self.assertEqual(evaluation.state, "confirmed")

    def test_dialog(self):
        evaluation = self._proposal(500).with_user(self.rep)
        action = evaluation.action_deviate()
        dialog = Form(
            self.env[action["res_model"]]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        self.assertEqual(dialog.proposed_grade_id, self.stable)
        dialog.grade_id = self.important
        dialog.deviation_reason = "Plans a second plant"
        dialog.remark = REMARK
        dialog.save().action_submit()
        self.assertRecordValues(
            evaluation,
            [
                {
                    "grade_id": self.important.id,
                    "deviation_reason": "Plans a second plant",
                    "remark": REMARK,
                    "approval_state": "pending",
                }
            ],
        )

    def test_grade_of_another_scheme(self):
        evaluation = self._proposal(500)
        other = self.env.ref("customer_archive.customer_grade_a")
        with self.assertRefused(ValidationError, "no grade of"):
            evaluation.with_user(self.rep).grade_id = other

    def test_grade_chosen_without_a_proposed_one(self):
        evaluation = self._proposal(0)
        evaluation.with_user(self.rep).write(
            {"grade_id": self.potential.id, "deviation_reason": "Asked at the fair"}
        )
        evaluation.with_user(self.rep).action_confirm()
        self.assertEqual(evaluation.sudo().approval_id.kind, "deviate")

    # ------------------------------------------------------------ first tier (A44)

    def test_first_tier_needs_a_detailed_remark(self):
        evaluation = self._proposal(3000)
        self.assertEqual(evaluation.grade_id, self.important)
        for remark in (False, "x" * 29, "x " * 29, "x" * 29 + "\n" * 30):
            evaluation.remark = remark
            with self.subTest(remark=remark), self.assertRefused(UserError, "30"):
                evaluation.with_user(self.bum).action_confirm()
        evaluation.remark = "x" * 30
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.dossier_id.tier, "1")

    def test_length_of_the_remark_is_a_setting(self):
        self.company.grade_remark_length = 0
        evaluation = self._proposal(3000)
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.state, "confirmed")

    # ------------------------------------------------------------ leaving it (E12)

    def _falling(self):
        """Return the proposal by which an important customer becomes stable."""
        dossier = self._confirmed(3000).dossier_id
        evaluation = self._evaluate(dossier, "2026-12-31")
        self._order(dossier, "2026-03-03", 500)
        evaluation = self._evaluate(dossier, "2026-12-31")
        self.assertEqual(evaluation.present_grade_id, self.important)
        self.assertEqual(evaluation.proposed_grade_id, self.stable)
        self.assertEqual(evaluation.direction, "down")
        return evaluation

    def test_leaving_the_first_tier(self):
        evaluation = self._falling()
        with self.assertRefused(UserError, "leaves the first tier"):
            evaluation.with_user(self.bum).action_confirm()
        evaluation.with_user(self.bum).reason = "Lost the second plant"
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.sudo().approval_id.kind, "down")
        self.assertEqual(evaluation.state, "proposed")
        self.assertEqual(evaluation.dossier_id.tier, "1")
        with self.assertRefused(UserError):
            evaluation.with_user(self.bum).action_approve()
        evaluation.with_user(self.mdo).action_approve()
        self.assertEqual(evaluation.dossier_id.tier, "2")

    def test_leaving_goes_before_deviating(self):
        evaluation = self._falling()
        evaluation.with_user(self.bum).write(
            {"grade_id": self.general.id, "deviation_reason": "Pays late"}
        )
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.sudo().approval_id.kind, "down")

    def test_leaving_by_another_leading_scheme(self):
        """The scheme that leads from now on knows no present grade."""
        dossier = self._confirmed(3000).dossier_id
        other = self.env.ref("customer_archive.customer_grade_scheme_abc")
        evaluation = self._evaluate(dossier, "2025-06-30", scheme=other)
        evaluation.with_user(self.rep).action_confirm()
        self.scheme._write({"is_leading": False})
        other._write({"is_leading": True})
        self.env.invalidate_all()
        with self.assertRefused(UserError, "first tier since"):
            evaluation.with_user(self.bum).action_approve()
        evaluation.with_user(self.bum).action_reject("Other scheme")
        evaluation.with_user(self.rep).reason = "As the new scheme says"
        evaluation.with_user(self.rep).action_confirm()
        self.assertEqual(evaluation.sudo().approval_id.kind, "down")

    def test_archived_grade_is_given_to_nobody(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.rep).action_confirm()
        self.stable.active = False
        with self.assertRefused(UserError, "was archived"):
            evaluation.with_user(self.bum).action_approve()
        evaluation.with_user(self.bum).action_reject("Another grade")
        with self.assertRefused(UserError, "was archived"):
            evaluation.with_user(self.rep).action_confirm()
        evaluation.with_user(self.rep).action_recompute()
        self.assertEqual(evaluation.grade_id, self.general)
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.dossier_id.grade_id, self.general)

    # ------------------------------------------------------------ history

    def test_former_grade_is_superseded(self):
        first = self._confirmed(500)
        dossier = first.dossier_id
        second = self._confirmed(2500, dossier)
        self.assertEqual(first.state, "superseded")
        self.assertEqual(second.state, "confirmed")
        self.assertEqual(second.present_grade_id, self.stable)
        self.assertEqual(second.direction, "up")
        self.assertEqual(dossier.grade_id, self.important)
        self.assertEqual(
            dossier.evaluation_ids.filtered(lambda e: e.state != "proposed"),
            first + second,
        )
        self.assertEqual(first.grade_id, self.stable)

    def test_parallel_scheme_leaves_the_dossier_alone(self):
        dossier = self._confirmed(500).dossier_id
        other = self.env.ref("customer_archive.customer_grade_scheme_abc")
        evaluation = self._evaluate(dossier, "2025-06-30", scheme=other)
        evaluation.with_user(self.bum).action_confirm()
        self.assertEqual(evaluation.state, "confirmed")
        self.assertEqual(evaluation.grade_id.name, "C")
        self.assertEqual(dossier.grade_id, self.stable)
        self.assertEqual(
            dossier.evaluation_ids.mapped("state"), ["confirmed", "confirmed"]
        )

    def test_hook_is_called_for_changes_alone(self):
        called = []
        patcher = patch.object(
            self.env.registry["customer.dossier"],
            "_on_grade_changed",
            lambda dossier, former: called.append((dossier.id, former)),
        )
        with patcher:
            dossier = self._confirmed(500).dossier_id
            self._confirmed(0, dossier)
            self._confirmed(2500, dossier)
        self.assertEqual(
            called,
            [
                (dossier.id, self.env["customer.grade"]),
                (dossier.id, self.stable),
            ],
        )

    def test_confirmed_never_changes(self):
        former = self._confirmed(500)
        confirmed = self._confirmed(2500, former.dossier_id)
        for evaluation in (former, confirmed):
            for values in (
                {"grade_id": self.general.id},
                {"reason": "x"},
                {"remark": "x"},
                {"deviation_reason": "x"},
                {"dossier_id": self._dossier().id},
            ):
                for user in (self.rep, self.bum, self.keeper, self.mdo):
                    with self.assertRefused(UserError):
                        self._rpc(user, EVALUATION, "write", evaluation.ids, values)
            with self.assertRefused(UserError):
                self._rpc(self.bum, EVALUATION, "action_confirm", evaluation.ids)
            with self.assertRefused(UserError):
                self._rpc(self.bum, EVALUATION, "action_recompute", evaluation.ids)
            with self.assertRefused(AccessError):
                self._rpc(
                    self.bum,
                    "ir.attachment",
                    "create",
                    {
                        "name": "later.txt",
                        "raw": "later",
                        "res_model": EVALUATION,
                        "res_id": evaluation.id,
                    },
                )
        self.assertFalse(confirmed.may_edit)

    # ------------------------------------------------------------ pending, rejected

    def test_pending_stays_as_it_is(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.rep).action_confirm()
        for values in (
            {"grade_id": self.general.id},
            {"deviation_reason": "x"},
            {"remark": "x"},
            {"reason": "x"},
        ):
            with self.assertRefused(UserError, "being decided on"):
                evaluation.with_user(self.rep).write(values)
        with self.assertRefused(UserError, "being decided on"):
            evaluation.with_user(self.rep).action_recompute()
        with self.assertRefused(UserError, "submitted already"):
            evaluation.with_user(self.bum).action_confirm()
        # nor does an evaluation of the customer bring it up to date
        self._order(evaluation.dossier_id, "2025-06-30", 2500)
        action = evaluation.dossier_id.with_user(self.rep).action_evaluate()
        self.assertEqual(action["res_id"], evaluation.id)
        self.assertEqual(evaluation.proposed_grade_id, self.stable)

    def test_rejected_and_submitted_again(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.rep).action_confirm()
        evaluation.with_user(self.bum).action_reject("Count the June order, too")
        self.assertEqual(evaluation.state, "proposed")
        self._order(evaluation.dossier_id, "2025-06-30", 2500)
        evaluation.with_user(self.rep).action_recompute()
        evaluation.with_user(self.rep).remark = REMARK
        evaluation.with_user(self.rep).action_confirm()
        evaluation.with_user(self.bum).action_approve()
        self.assertEqual(evaluation.dossier_id.grade_id, self.important)

    def test_withdrawn_and_submitted_again(self):
        evaluation = self._proposal(500)
        evaluation.with_user(self.rep).action_confirm()
        evaluation.with_user(self.rep).action_withdraw()
        self.assertEqual(evaluation.state, "proposed")
        evaluation.with_user(self.rep).action_confirm()
        self.assertEqual(evaluation.approval_state, "pending")

    def test_customer_who_has_left_is_not_graded(self):
        evaluation = self._proposal(500)
        evaluation.write(
            {"grade_id": self.general.id, "deviation_reason": "A single order"}
        )
        evaluation.with_user(self.rep).action_confirm()
        evaluation.with_user(self.bum).action_approve()
        evaluation.dossier_id._system_write({"state": "history"})
        with self.assertRefused(UserError, "history library"):
            evaluation.with_user(self.mdo).action_approve()
        self.assertFalse(evaluation.dossier_id.grade_id)

    # ------------------------------------------------------------ many at once

    def test_many_are_put_in_force(self):
        dossiers = self._dossier() + self._dossier()
        for dossier in dossiers:
            self._confirmed(500, dossier)
        self._order(dossiers[0], "2025-06-30", 2500)
        evaluations = self._evaluate(dossiers, "2025-06-30")
        first = evaluations.filtered(lambda e: e.dossier_id == dossiers[0])
        with self.assertRefused(UserError, "detailed remark"):
            evaluations._put_in_force(self.mdo)
        first.remark = REMARK
        evaluations.sudo()._put_in_force(self.mdo, self.keeper)
        self.assertEqual(dossiers.mapped("grade_id"), self.important + self.stable)
        self.assertEqual(dossiers.mapped("tier"), ["1", "2"])
        self.assertEqual(evaluations.evaluator_id, self.keeper)
        self.assertEqual(evaluations.decided_by_id, self.mdo)
        self.assertEqual(set(evaluations.mapped("state")), {"confirmed"})
        self.assertEqual(
            self.env[EVALUATION].search_count(
                [("dossier_id", "in", dossiers.ids), ("state", "=", "superseded")]
            ),
            2,
        )

    def test_others_scheme_is_not_superseded(self):
        """Of two customers and two schemes only the pairs are replaced."""
        other = self.env.ref("customer_archive.customer_grade_scheme_abc")
        one, two = self._dossier(), self._dossier()
        for dossier in (one, two):
            self._confirmed(500, dossier)
            kept = self._evaluate(dossier, "2025-06-30", scheme=other)
            kept.with_user(self.bum).action_confirm()
        evaluations = self._evaluate(one, "2025-07-01") + self._evaluate(
            two, "2025-07-01", scheme=other
        )
        evaluations.sudo()._put_in_force(self.mdo)
        in_force = (one + two).evaluation_ids.filtered(lambda e: e.state == "confirmed")
        self.assertEqual(len(in_force), 4)
        self.assertLessEqual(evaluations, in_force)

    def test_queries_do_not_grow(self):
        def count(number):
            dossiers = self.env["customer.dossier"].concat(
                *(self._dossier() for _ in range(number))
            )
            for dossier in dossiers:
                self._order(dossier, "2025-03-03", 500)
            self._evaluate(dossiers, "2025-06-29")._put_in_force(self.mdo)
            evaluations = self._evaluate(dossiers, "2025-06-30")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            evaluations.sudo()._put_in_force(self.mdo)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(12), count(3))


@tagged("post_install", "-at_install")
class TestGradeConcurrency(ConcurrencyCase):
    users = {"rep": "rep", "bum": "bum", "keeper": "keeper", "mdo": "mdo"}

    def _make_proposal(self):
        def make(env):
            Fixture.unit.user_id = self.bum
            dossier = Fixture._dossier()
            dossier.write({"has_intention": True})
            rule_line = env.ref("customer_archive.customer_grade_rule_line_potential")
            scheme = rule_line.rule_id.scheme_id
            dossier.needs = "Pumps"
            scheme._evaluate(env.company, dossier, fields.Date.today())
            evaluation = dossier.evaluation_ids
            evaluation._system_write({"grade_id": rule_line.grade_id.id})
            evaluation._system_write({"proposed_grade_id": rule_line.grade_id.id})
            return evaluation.id

        return self._commit(make)

    def test_confirmed_twice_at_once(self):
        evaluation_id = self._make_proposal()
        with self.assertRaisesRegex(UserError, "."):
            self._race(
                self._call(self.bum, EVALUATION, "action_confirm", [evaluation_id]),
                self._call(self.rep, EVALUATION, "action_confirm", [evaluation_id]),
            )
        evaluation = self._read(EVALUATION, evaluation_id, "state", "evaluator_id")
        self.assertEqual(evaluation["state"], "confirmed")
        self.assertEqual(evaluation["evaluator_id"], self.bum)

    def test_grade_changed_while_it_is_submitted(self):
        evaluation_id = self._make_proposal()
        with self.assertRaisesRegex(UserError, "being decided on"):
            self._race(
                self._call(self.rep, EVALUATION, "action_confirm", [evaluation_id]),
                self._call(
                    self.keeper,
                    EVALUATION,
                    "write",
                    [evaluation_id],
                    {"reason": "Another one"},
                ),
            )
        self.assertFalse(self._read(EVALUATION, evaluation_id, "reason")["reason"])
