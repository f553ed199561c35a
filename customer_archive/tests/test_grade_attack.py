from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .test_grade_evaluation import EVALUATION, REMARK, EvaluationCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-07-01 10:00:00")
class TestGradeAttack(EvaluationCommon):
    """No way to type a grade in past its decision (E9), and who may do what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.evaluation = cls._proposal(500)
        cls.dossier = cls.evaluation.dossier_id
        cls.workers = (cls.rep, cls.bum, cls.keeper, cls.mdo)
        cls.strangers = (
            cls.rep2,
            cls.bum2,
            cls.fin,
            cls.fug,
            cls.asg,
            cls.pl,
            cls.outsider,
            cls.admin_user,
        )
        export = cls.env.ref("base.group_allow_export")
        for user in (*cls.strangers, *cls.workers, cls.gmo):
            user.group_ids = [Command.link(export.id)]

    def _values(self):
        return {
            "dossier_id": self._dossier().id,
            "scheme_id": self.scheme.id,
            "rule_id": self.rule.id,
            "date": "2025-06-30",
            "grading_company_id": self.company.id,
            "currency_id": self.company.currency_id.id,
            "grade_id": self.important.id,
            "state": "confirmed",
        }

    # ------------------------------------------------------------ who may read

    def test_strangers_see_nothing(self):
        evaluation = self.evaluation
        for user in self.strangers:
            for method, args in (
                ("read", [evaluation.ids, ["grade_id", "remark"]]),
                ("web_read", [evaluation.ids, {"score": {}}]),
                ("export_data", [evaluation.ids, ["grade_id/.id"]]),
                ("action_confirm", [evaluation.ids]),
                ("action_recompute", [evaluation.ids]),
                ("action_deviate", [evaluation.ids]),
                ("action_approve", [evaluation.ids]),
                ("action_reject", [evaluation.ids, "x"]),
                ("action_withdraw", [evaluation.ids]),
                ("write", [evaluation.ids, {"grade_id": self.important.id}]),
                ("write", [evaluation.ids, {"remark": REMARK}]),
                ("unlink", [evaluation.ids]),
                ("create", [self._values()]),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, EVALUATION, method, *args)
            for method, args in (
                ("search_read", [[], ["grade_id"]]),
                ("search", [[("grade_id.tier", "=", "2")]]),
                ("formatted_read_group", [[], ["team_id"], ["__count"]]),
                ("formatted_read_group", [[], ["proposed_grade_id"], ["__count"]]),
            ):
                with self.subTest(user=user.login, method=method, args=args):
                    try:
                        found = self._rpc(user, EVALUATION, method, *args)
                    except AccessError:
                        continue
                    self.assertFalse(found)
        self.assertEqual(self.evaluation.grade_id, self.stable)

    def test_dossier_is_read_without_its_evaluations(self):
        """Who reads the dossier and no evaluations meets no error."""
        level = self.dossier.secrecy_level_id
        for role in ("fin", "fug", "asg"):
            user = getattr(self, role)
            self._right(level, role).read_scope = "all"
            with self.subTest(user=user.login):
                (values,) = self._rpc(
                    user, "customer.dossier", "read", self.dossier.ids
                )
                self.assertNotIn("evaluation_ids", values)
                with self.assertRefused(AccessError):
                    self._rpc(user, EVALUATION, "read", self.evaluation.ids)

    def test_general_manager_reads(self):
        (values,) = self._rpc(
            self.gmo, EVALUATION, "read", self.evaluation.ids, ["proposed_grade_id"]
        )
        self.assertEqual(values["proposed_grade_id"][0], self.stable.id)
        for method, args in (
            ("write", [{"grade_id": self.important.id}]),
            ("write", [{"reason": "x"}]),
            ("action_confirm", []),
            ("action_recompute", []),
            ("action_deviate", []),
            ("unlink", []),
        ):
            with self.subTest(method=method), self.assertRefused(AccessError):
                self._rpc(self.gmo, EVALUATION, method, self.evaluation.ids, *args)

    def test_workers_read_by_unit(self):
        for user in (*self.workers, self.gmo):
            with self.subTest(user=user.login):
                groups = self._rpc(
                    user,
                    EVALUATION,
                    "formatted_read_group",
                    [("dossier_id", "=", self.dossier.id)],
                    ["team_id"],
                    ["__count"],
                )
                self.assertEqual(
                    [(row["team_id"][0], row["__count"]) for row in groups],
                    [(self.unit.id, 1)],
                )

    # ------------------------------------------------------------ nobody types it in

    def test_nobody_makes_or_removes_evaluations(self):
        for user in (*self.workers, self.gmo):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, EVALUATION, "create", self._values())
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, EVALUATION, "unlink", self.evaluation.ids)
            with self.subTest(user=user.login), self.assertRefused(UserError):
                self._rpc(user, EVALUATION, "copy", self.evaluation.ids)
            values = self._values()
            with self.subTest(user=user.login, call="load"):
                try:
                    result = self._rpc(
                        user,
                        EVALUATION,
                        "load",
                        [
                            f"{name}/.id" if name.endswith("_id") else name
                            for name in values
                        ],
                        [[str(value) for value in values.values()]],
                    )
                except UserError:
                    continue
                self.assertFalse(result["ids"])
                self.assertTrue(result["messages"])

    def test_load_changes_no_evaluation(self):
        for user in self.workers:
            with self.subTest(user=user.login):
                try:
                    result = self._rpc(
                        user,
                        EVALUATION,
                        "load",
                        [".id", "state"],
                        [[str(self.evaluation.id), "confirmed"]],
                    )
                except UserError:
                    continue
                self.assertFalse(result["ids"])
        self.assertEqual(self.evaluation.state, "proposed")

    def test_system_writes_the_rest_itself(self):
        names = self.evaluation._guarded_fields()
        self.assertLessEqual(
            {
                "state",
                "approval_state",
                "approval_id",
                "proposed_grade_id",
                "present_grade_id",
                "direction",
                "score",
                "date",
                "rule_id",
                "scheme_id",
                "dossier_id",
                "partner_id",
                "company_id",
                "grading_company_id",
                "evaluator_id",
                "decided_by_id",
                "confirmed_on",
                "run_id",
                "is_upgradeable",
            },
            names,
        )
        (held,) = self.evaluation.read(load=None)
        for name in names:
            for user in self.workers:
                with (
                    self.subTest(user=user.login, field=name),
                    self.assertRefused(AccessError),
                ):
                    # even what stands there already
                    value = held[name]
                    self._rpc(
                        user,
                        EVALUATION,
                        "write",
                        self.evaluation.ids,
                        {name: str(value) if isinstance(value, date) else value},
                    )

    def test_grade_of_a_dossier(self):
        dossiers = self.env["customer.dossier"]
        for user in self.workers:
            for values in (
                {"grade_id": self.important.id},
                {"grade_date": "2025-01-01"},
                {"tier": "1"},
            ):
                with (
                    self.subTest(user=user.login, values=values),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, dossiers._name, "write", self.dossier.ids, values)
                with (
                    self.subTest(user=user.login, values=values),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(
                        user,
                        dossiers._name,
                        "create",
                        {"partner_id": self._customer().id, **values},
                    )
        self.assertFalse(self.dossier.grade_id)

    def test_grade_by_default_or_form(self):
        partner = self._customer()
        context = {
            "default_grade_id": self.important.id,
            "default_grade_date": "2025-01-01",
            "default_tier": "1",
        }
        dossier_id = self._rpc(
            self.rep,
            "customer.dossier",
            "create",
            {"partner_id": partner.id, "team_id": self.unit.id},
            context=context,
        )
        dossier = self.env["customer.dossier"].browse(dossier_id)
        self.assertRecordValues(
            dossier, [{"grade_id": False, "tier": False, "grade_date": False}]
        )
        self._rpc(
            self.rep,
            "customer.dossier",
            "action_evaluate",
            dossier.ids,
            context={
                **context,
                "default_state": "confirmed",
                "default_decided_by_id": self.bum.id,
            },
        )
        evaluation = dossier.evaluation_ids[:1]
        self.assertEqual(evaluation.state, "proposed")
        self.assertNotEqual(evaluation.grade_id, self.important)
        self.assertFalse(evaluation.decided_by_id)

    def test_grade_of_a_copy(self):
        self._confirmed(0, self.dossier)
        self.assertEqual(self.dossier.grade_id, self.stable)
        values = self.dossier.copy_data()[0]
        self.assertLessEqual(
            {"grade_id", "grade_date", "tier", "evaluation_ids"}.intersection(values),
            set(),
        )

    def test_grade_by_import(self):
        for user in (self.rep, self.keeper):
            for name, value in (
                ("grade_id/.id", str(self.important.id)),
                ("grade_id", self.important.name),
                ("tier", "1"),
                ("grade_date", "2025-01-01"),
            ):
                partner = self._customer()
                with self.subTest(user=user.login, column=name):
                    try:
                        result = self._rpc(
                            user,
                            "customer.dossier",
                            "load",
                            ["partner_id/.id", "team_id/.id", name],
                            [[str(partner.id), str(self.unit.id), value]],
                        )
                    except UserError:
                        continue
                    self.assertFalse(result["ids"])
                    self.assertTrue(result["messages"])

    def test_form_fills_in_no_grade(self):
        for user in self.workers:
            with self.subTest(user=user.login):
                told = self._rpc(
                    user,
                    EVALUATION,
                    "onchange",
                    self.evaluation.ids,
                    {"state": "confirmed", "grade_id": self.important.id},
                    ["state"],
                    {"state": {}, "may_edit": {}},
                )
                self.assertNotIn("state", told.get("value", {}))
        self.assertEqual(self.evaluation.state, "proposed")

    # ------------------------------------------------------------ who decides

    def test_private_methods(self):
        for method, args in (
            ("_put_in_force", [self.mdo.id]),
            ("_system_write", [{"state": "confirmed"}]),
            ("_approval_on_approved", [False]),
        ):
            with self.subTest(method=method), self.assertRefused(AccessError):
                self._rpc(self.mdo, EVALUATION, method, self.evaluation.ids, *args)
        with self.assertRefused(AccessError):
            self._rpc(
                self.mdo,
                "customer.dossier",
                "_set_grade",
                self.dossier.ids,
                self.important.id,
                "2025-01-01",
            )

    def test_rep_does_not_decide_his_own(self):
        self._rpc(self.rep, EVALUATION, "action_confirm", self.evaluation.ids)
        with self.assertRefused(UserError, "."):
            self._rpc(self.rep, EVALUATION, "action_approve", self.evaluation.ids)
        for user in (self.keeper, self.mdo, self.gmo):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, EVALUATION, "action_approve", self.evaluation.ids)
        self.assertEqual(self.evaluation.state, "proposed")
        self._rpc(self.bum, EVALUATION, "action_approve", self.evaluation.ids)
        self.assertEqual(self.evaluation.state, "confirmed")

    def test_nothing_is_approved_that_was_not_submitted(self):
        for user in self.workers:
            with self.subTest(user=user.login), self.assertRefused(UserError):
                self._rpc(user, EVALUATION, "action_approve", self.evaluation.ids)
        self.assertEqual(self.evaluation.state, "proposed")

    def test_dialog(self):
        dialog = "customer.grade.deviate"
        values = {
            "evaluation_id": self.evaluation.id,
            "grade_id": self.general.id,
            "deviation_reason": "x",
        }
        for user in (*self.strangers, self.gmo):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                dialog_id = self._rpc(user, dialog, "create", values)
                self._rpc(user, dialog, "action_submit", [dialog_id])
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(
                    user,
                    dialog,
                    "onchange",
                    [],
                    {"evaluation_id": self.evaluation.id},
                    ["evaluation_id"],
                    {"scheme_id": {}, "proposed_grade_id": {}},
                )
        self.assertEqual(self.evaluation.grade_id, self.stable)
        dialog_id = self._rpc(self.rep, dialog, "create", values)
        with self.assertRefused(AccessError):
            self._rpc(self.bum, dialog, "action_submit", [dialog_id])
        self._rpc(self.rep, dialog, "action_submit", [dialog_id])
        self.assertEqual(self.evaluation.approval_state, "pending")
        # a dialog that was open meanwhile
        with self.assertRefused(UserError, "."):
            self._rpc(self.rep, dialog, "action_submit", [dialog_id])

    # ------------------------------------------------------------ companies

    def test_another_company(self):
        company = self.env["res.company"].create({"name": "Branch"})
        self.dossier.partner_id.company_id = company
        self.assertEqual(self.evaluation.company_id, company)
        for user in (*self.workers, self.gmo):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, EVALUATION, "read", self.evaluation.ids, ["grade_id"])
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, "customer.dossier", "action_evaluate", self.dossier.ids)
        self.mdo.company_ids += company
        self._rpc(
            self.mdo,
            "customer.dossier",
            "action_evaluate",
            self.dossier.ids,
            context={"allowed_company_ids": [company.id]},
        )
        self.assertEqual(self.evaluation.grading_company_id, company)

    def test_moved_to_another_company_while_pending(self):
        """The company that grades him now has another leading scheme."""
        company = self.env["res.company"].create({"name": "Branch"})
        own = self.scheme.copy({"company_id": company.id})
        own._system_write({"is_leading": True})
        self._rpc(self.rep, EVALUATION, "action_confirm", self.evaluation.ids)
        self.dossier.partner_id.company_id = company
        self.bum.company_ids += company
        self._rpc(
            self.bum,
            EVALUATION,
            "action_approve",
            self.evaluation.ids,
            context={"allowed_company_ids": self.bum.company_ids.ids},
        )
        self.assertEqual(self.evaluation.state, "confirmed")
        self.assertFalse(self.dossier.grade_id)

    def test_run_takes_nobody_out_of_the_first_tier(self):
        """Not even one whose grade is of the scheme of another company."""
        company = self.env["res.company"].create({"name": "Branch"})
        own = self.scheme.copy({"company_id": company.id})
        best = own.grade_ids[0]
        self.dossier._system_write({"grade_id": best.id})
        self.assertEqual(self.dossier.tier, "1")
        run = self.env["customer.grade.run"].create(
            {"scheme_id": self.scheme.id, "date": "2025-06-30"}
        )
        run.action_start()
        with self.assertRefused(UserError, "can be confirmed together"):
            self._rpc(self.keeper, run._name, "action_submit", run.ids)
        self.assertEqual(self.dossier.grade_id, best)

    def test_deputy_does_not_decide_his_own(self):
        """The manager may confirm what he evaluated himself, his deputy may not."""
        self.env["customer.approval.delegation"].create(
            {
                "user_id": self.bum.id,
                "delegate_id": self.rep.id,
                "date_from": "2025-06-01",
                "date_to": "2025-07-31",
            }
        )
        self._rpc(self.rep, EVALUATION, "action_confirm", self.evaluation.ids)
        self.assertEqual(self.evaluation.approval_state, "pending")
        self.assertNotIn(self.rep, self.evaluation.activity_ids.user_id)
        approvals = self.env["customer.approval"].with_user(self.rep)
        self.assertFalse(approvals.search([("can_decide", "=", True)]))
        with self.assertRefused(UserError, "own request"):
            self._rpc(self.rep, EVALUATION, "action_approve", self.evaluation.ids)
        self._rpc(self.bum, EVALUATION, "action_approve", self.evaluation.ids)
        self.assertEqual(self.evaluation.decided_by_id, self.bum)

    def test_source_of_a_filled_in_factor_stays(self):
        """Who may see a figure on a sheet follows from where it was taken."""
        self.evaluation.action_fill_sheet()
        factor = self.evaluation.line_ids.factor_id.filtered(
            lambda factor: factor.source == "profit_share"
        )
        for user in (self.keeper, self.mdo):
            for values in (
                {"source": "entered"},
                {"source": "field", "field_name": "registered_capital"},
            ):
                with (
                    self.subTest(user=user.login, values=values),
                    self.assertRefused(UserError, "make a new factor"),
                ):
                    self._rpc(user, factor._name, "write", factor.ids, values)
            self._rpc(
                user,
                factor._name,
                "write",
                factor.ids,
                {"source": "profit_share", "weight": 3},
            )
        self.assertEqual(factor.source, "profit_share")
        unused = factor.copy()
        self._rpc(self.keeper, factor._name, "write", unused.ids, {"source": "growth"})
        self.assertEqual(unused.source, "growth")
