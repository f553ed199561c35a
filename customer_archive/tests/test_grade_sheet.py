from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .grade_common import GradeCommon

DAY = "2026-11-22"
EVALUATION = "customer.grade.evaluation"
LINE = "customer.grade.evaluation.line"


class SheetCommon(GradeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # whatever the languages of the database
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US"))
        cls.scheme = cls.scheme.with_env(cls.env)
        cls.dossier = cls._formal_dossier()
        cls._order(cls.dossier, "2026-03-03", 120000)
        cls.needs = cls.env.ref("customer_archive.customer_grade_factor_needs")
        cls.amount = cls.env.ref("customer_archive.customer_grade_factor_deal_amount")
        cls.profit = cls.env.ref("customer_archive.customer_grade_factor_profit")

    @classmethod
    def _sheet(cls):
        """Return the open proposal of the dossier with its score sheet."""
        evaluation = cls._evaluate(cls.dossier, DAY)
        evaluation.action_fill_sheet()
        return evaluation

    @classmethod
    def _line(cls, evaluation, factor):
        return evaluation.line_ids.filtered(lambda line: line.factor_id == factor)

    def _judge(self, evaluation, value, factor=None, user=None):
        line = self._line(evaluation, factor or self.needs)
        vals = {"value": value}
        self._rpc(user or self.bum, LINE, "write", line.ids, vals)
        evaluation.invalidate_recordset()

    def _score(self, evaluation):
        """Return M10 of the lines, counted here."""
        lines = evaluation.line_ids.filtered("has_value")
        weights = sum(lines.mapped("weight"))
        return round(sum(line.weight * line.score for line in lines) / weights, 2)


@tagged("post_install", "-at_install")
class TestGradeSheet(SheetCommon):
    """The score sheet and what follows from it (E7, M10)."""

    # ------------------------------------------------------------ lines

    def test_figures_from_data(self):
        evaluation = self._evaluate(self.dossier, DAY)
        self.assertFalse(evaluation.line_ids)
        self._rpc(self.bum, EVALUATION, "action_fill_sheet", evaluation.ids)
        evaluation.invalidate_recordset()
        self.assertRecordValues(
            evaluation.line_ids,
            [
                {"value": 120000, "has_value": True, "weight": 30, "score": 60},
                {"value": 0, "has_value": False, "weight": 20, "score": 0},
                {
                    "value": self._line(evaluation, self.profit).value,
                    "has_value": True,
                    "weight": 20,
                    "score": self.profit._get_score(
                        self._line(evaluation, self.profit).value
                    ),
                },
                {"value": 0, "has_value": False, "weight": 15, "score": 0},
                {"value": 0, "has_value": False, "weight": 15, "score": 0},
            ],
        )
        self.assertEqual(evaluation.score, self._score(evaluation))
        self.assertEqual(
            evaluation.line_ids[:2].mapped("source_text"),
            [
                "Contracts and Orders of 12 Months, up to 11/22/2026",
                "Judged by a Person",
            ],
        )

    def test_what_is_missing_drops_out(self):
        evaluation = self._sheet()
        before = evaluation.score
        self._judge(evaluation, 100)
        self.assertEqual(evaluation.score, self._score(evaluation))
        self.assertGreater(evaluation.score, before)
        self._judge(evaluation, 0)
        self.assertTrue(self._line(evaluation, self.needs).has_value)
        self.assertLess(evaluation.score, before)
        self.assertEqual(evaluation.score, self._score(evaluation))
        self._judge(evaluation, False)
        self.assertFalse(self._line(evaluation, self.needs).has_value)
        self.assertEqual(evaluation.score, before)

    def test_judged_through_the_form(self):
        evaluation = self._sheet()
        line = self._line(evaluation, self.needs)
        self._rpc(
            self.bum,
            EVALUATION,
            "web_save",
            evaluation.ids,
            {"line_ids": [[1, line.id, {"value": 0, "has_value": True}]]},
            {"score": {}, "line_ids": {"fields": {"score": {}, "value": {}}}},
        )
        line.invalidate_recordset()
        self.assertRecordValues(line, [{"has_value": True, "score": 0}])
        line.with_user(self.bum).write({"value": 40, "has_value": False})
        self.assertRecordValues(line, [{"has_value": False, "value": 0}])

    def test_bands_of_a_judgement(self):
        self.needs.band_ids = [
            Command.create({"min_value": 1, "score": 20}),
            Command.create({"min_value": 500, "score": 90}),
        ]
        evaluation = self._sheet()
        for value, score in ((-3, 20), (499.99, 20), (500, 90)):
            self._judge(evaluation, value)
            line = self._line(evaluation, self.needs)
            self.assertEqual(line.score, score)
            self._evaluate(self.dossier, DAY)
            self.assertEqual(line.score, score)

    def test_judgement_without_bands_is_a_score(self):
        evaluation = self._sheet()
        for value in (-0.01, 100.01):
            with self.subTest(value=value), self.assertRefused(ValidationError, "100"):
                self._judge(evaluation, value)
        self._judge(evaluation, 100)
        self.assertEqual(self._line(evaluation, self.needs).score, 100)

    def test_last_judgement_is_taken_over(self):
        evaluation = self._sheet()
        self._judge(evaluation, 80)
        evaluation._system_write({"state": "confirmed"})
        later = self._evaluate(self.dossier, "2026-11-23")
        later.action_fill_sheet()
        line = self._line(later, self.needs)
        self.assertRecordValues(line, [{"value": 80, "has_value": True, "score": 80}])
        # taken back, it does not come back from the former sheet
        self._judge(later, False)
        self._evaluate(self.dossier, "2026-11-24")
        self.assertFalse(line.has_value)

    def test_weights_stay_as_they_were(self):
        evaluation = self._sheet()
        evaluation._system_write({"state": "confirmed"})
        self.amount.weight = 5
        later = self._evaluate(self.dossier, "2026-11-23")
        later.action_fill_sheet()
        self.assertEqual(self._line(evaluation, self.amount).weight, 30)
        self.assertEqual(self._line(later, self.amount).weight, 5)

    def test_evaluated_anew(self):
        evaluation = self._sheet()
        self._judge(evaluation, 33.33)
        score = evaluation.score
        ids = self.scheme._evaluate(self.company, self.dossier, evaluation.date)
        self.assertFalse(ids)
        self.assertEqual(evaluation.score, score)
        self._order(self.dossier, "2026-11-01", 1000000)
        self._evaluate(self.dossier, DAY)
        self.assertEqual(self._line(evaluation, self.amount).value, 1120000)
        self.assertEqual(self._line(evaluation, self.needs).value, 33.33)
        self.assertEqual(evaluation.score, self._score(evaluation))
        self.assertGreater(evaluation.score, score)

    def test_factor_withdrawn(self):
        evaluation = self._sheet()
        self.amount.usage = "potential"
        self._evaluate(self.dossier, DAY)
        self.assertNotIn(self.amount, evaluation.line_ids.factor_id)
        self.assertEqual(evaluation.score, self._score(evaluation))

    def test_scheme_without_factors(self):
        scheme = self.env["customer.grade.scheme"].create({"name": "Other"})
        best, other = self.env["customer.grade"].create(
            [
                {"name": name, "scheme_id": scheme.id, "sequence": sequence}
                for sequence, name in enumerate(("Best", "Other"))
            ]
        )
        self._rule("2001-01-01", {best: {"max_rank": 1}, other: {"match": "deal"}})
        evaluation = self._evaluate(self.dossier, DAY, scheme)
        with self.assertRefused(UserError, "no factors"):
            evaluation.with_user(self.bum).action_fill_sheet()

    # ------------------------------------------------------------ graded by score

    def _by_score(self):
        self.scheme.method = "score"
        self.env.ref("customer_archive.customer_grade_factor_credit").weight = 0
        self.profit.weight = 0
        return self._evaluate(self.dossier, DAY)

    def test_grade_follows_the_score(self):
        evaluation = self._by_score()
        self.assertEqual(len(evaluation.line_ids), 5)
        self.assertRecordValues(
            evaluation,
            [
                {
                    "score": 60,
                    "proposed_grade_id": self.general.id,
                    "grade_id": self.general.id,
                    "direction": "new",
                }
            ],
        )
        # (30 × 60 + 15 × 90) / 45 = 70
        self._judge(evaluation, 89.9)
        self.assertEqual(evaluation.proposed_grade_id, self.general)
        self._judge(evaluation, 90)
        self.assertRecordValues(
            evaluation,
            [
                {
                    "score": 70,
                    "proposed_grade_id": self.stable.id,
                    "grade_id": self.stable.id,
                }
            ],
        )
        self.assertFalse(
            self.scheme._evaluate(self.company, self.dossier, evaluation.date)
        )
        self.assertEqual(evaluation.proposed_grade_id, self.stable)

    def test_deviating_grade_and_direction(self):
        evaluation = self._by_score()
        evaluation._system_write({"state": "confirmed"})
        evaluation = self._evaluate(self.dossier, "2026-11-23")
        self.assertEqual(evaluation.direction, "same")
        evaluation.grade_id = self.important
        self._judge(evaluation, 90)
        self.assertRecordValues(
            evaluation,
            [
                {
                    "direction": "up",
                    "proposed_grade_id": self.stable.id,
                    "grade_id": self.important.id,
                }
            ],
        )

    def test_sheet_completed_before_confirmation(self):
        evaluation = self._evaluate(self.dossier, DAY)
        evaluation._complete_sheet()
        self.assertFalse(evaluation.line_ids)
        self.scheme.method = "score"
        evaluation.sudo()._complete_sheet()
        self.assertEqual(len(evaluation.line_ids), 5)
        self.assertEqual(evaluation.score, self._score(evaluation))

    def test_sheets_of_many(self):
        self.scheme.method = "score"
        dossiers = self.env["customer.dossier"]
        for _index in range(12):
            dossiers += self._dossier()
            self._order(dossiers[-1:], "2026-05-05", 500000)

        def count(records):
            records.evaluation_ids._as_system().unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._evaluate(records, DAY)
            return self.env.cr.sql_log_count - before

        count(dossiers[:1])
        self.assertEqual(count(dossiers), count(dossiers[:2]))
        lines = self._evaluate(dossiers, DAY).line_ids
        self.assertEqual(len(lines), 60)

    # ------------------------------------------------------------ who, and when

    def test_figures_are_not_judged(self):
        evaluation = self._sheet()
        with self.assertRefused(UserError, "not judged"):
            self._judge(evaluation, 5, self.amount)

    def test_guarded(self):
        evaluation = self._sheet()
        line = self._line(evaluation, self.needs)
        for name, value in (
            ("score", 100),
            ("weight", 100),
            ("factor_id", self.amount.id),
            ("evaluation_id", evaluation.id),
            ("sequence", 1),
        ):
            vals = {name: value, "value": 5}
            with self.subTest(name=name), self.assertRefused(AccessError, "system"):
                self._rpc(self.bum, LINE, "write", line.ids, vals)
        with self.assertRefused(AccessError):
            self._rpc(
                self.bum,
                LINE,
                "create",
                [{"evaluation_id": evaluation.id, "factor_id": self.needs.id}],
            )
        with self.assertRefused(AccessError):
            self._rpc(self.bum, LINE, "unlink", line.ids)
        for name in ("score", "proposed_grade_id"):
            with self.subTest(name=name), self.assertRefused(AccessError):
                self._rpc(self.bum, EVALUATION, "write", evaluation.ids, {name: 1})

    def test_wrong_roles(self):
        evaluation = self._sheet()
        line = self._line(evaluation, self.needs)
        for user in (self.gmo, self.fin, self.rep2, self.bum2, self.outsider):
            for model, method, *args in (
                (LINE, "write", line.ids, {"value": 5}),
                (EVALUATION, "action_fill_sheet", evaluation.ids),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, model, method, *args)
        for user in (self.fin, self.outsider):
            for method, *args in (
                ("read", line.ids, ["value"]),
                ("search_read", [("id", "=", line.id)], ["value"]),
                ("formatted_read_group", [], ["factor_id"], ["value:sum"]),
                ("export_data", line.ids, ["value"]),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    # who may not export at all is told so
                    self.assertRefused(UserError),
                ):
                    self._rpc(user, LINE, method, *args)
        for user in (self.rep2, self.bum2):
            self.assertFalse(self._rpc(user, LINE, "search", [("id", "=", line.id)]))
            with self.assertRefused(AccessError):
                self._rpc(user, LINE, "read", line.ids, ["value"])

    def test_decided_sheet_stays(self):
        evaluation = self._sheet()
        line = self._line(evaluation, self.needs)
        for vals in (
            {"approval_state": "pending"},
            {"state": "confirmed", "approval_state": "approved"},
            {"state": "superseded"},
        ):
            evaluation._system_write(vals)
            with self.subTest(vals=vals):
                with self.assertRefused(UserError):
                    self._judge(evaluation, 5)
                with self.assertRefused(UserError):
                    evaluation.with_user(self.mdo).action_fill_sheet()
                # whoever asks
                with self.assertRefused(UserError, "confirmed already|decided on"):
                    evaluation.action_fill_sheet()
                with self.assertRefused(UserError, "confirmed already|decided on"):
                    line.value = 5
        self.assertFalse(line.has_value)

    def test_pending_sheet_is_not_evaluated_anew(self):
        evaluation = self._sheet()
        evaluation._system_write({"approval_state": "pending"})
        self._order(self.dossier, "2026-11-01", 1000000)
        self._evaluate(self.dossier, DAY)
        self.assertEqual(self._line(evaluation, self.amount).value, 120000)

    def test_factor_in_a_sheet_is_not_deleted(self):
        evaluation = self._sheet()
        with self.assertRefused(UserError, "Set its weight to 0"):
            self._rpc(self.keeper, self.profit._name, "unlink", self.profit.ids)
        self.assertIn(self.profit, evaluation.line_ids.factor_id)

    def test_profit_share_is_not_for_the_rep(self):
        evaluation = self._sheet()
        line = self._line(evaluation, self.profit)
        with self.assertRefused(AccessError):
            self._rpc(self.rep, LINE, "read", line.ids, ["value"])
        (values,) = self._rpc(
            self.rep,
            EVALUATION,
            "web_read",
            evaluation.ids,
            {"line_ids": {"fields": {"value": {}}}},
        )
        self.assertEqual(len(values["line_ids"]), 4)
        (values,) = self._rpc(self.bum, LINE, "read", line.ids, ["has_value"])
        self.assertTrue(values["has_value"])


@tagged("post_install", "-at_install")
class TestGradeCriteria(SheetCommon):
    """What a proposal follows from, and what is missing (E2 to E5, E11)."""

    def _tables(self, evaluation):
        results = evaluation._get_criteria_results()[evaluation.id]
        return evaluation._get_grade_tables(results)

    def _proposal(self, *orders):
        dossier = self._dossier()
        for day, amount in orders:
            self._order(dossier, day, amount)
        return self._evaluate(dossier, "2025-12-31")

    def test_criteria(self):
        evaluation = self._proposal(("2024-05-05", 120), ("2025-05-05", 250))
        important, stable, general, potential = self._tables(evaluation)
        self.assertTrue(stable["is_proposed"])
        self.assertEqual(
            [table["is_met"] for table in (important, stable, general, potential)],
            [False, True, True, False],
        )
        self.assertEqual(
            [(row["percent"], row["is_met"], row["is_off"]) for row in stable["rows"]],
            [
                (100.0, True, False),
                (50.0, False, False),
                (83.3, False, False),
                (None, False, True),
            ],
        )
        self.assertEqual(
            [(row["value"], row["threshold"]) for row in stable["rows"]][:2],
            [("$\xa0120.00", "$\xa0100.00"), ("$\xa0250.00", "$\xa0500.00")],
        )
        html = evaluation.with_user(self.rep).criteria
        for shown in ("Important Customer", "Any Criterion", "off", "83.3", "2024"):
            self.assertIn(shown, html)

    def test_archived_grade(self):
        """It is shown where it was given, as it was, and nowhere else."""
        days = ("2023-05-05", "2024-05-05", "2025-05-05")
        evaluation = self._proposal(*((day, 1000) for day in days))
        other = self._proposal(("2025-05-05", 200))
        self.assertEqual(evaluation.proposed_grade_id, self.important)
        before = self._tables(evaluation)
        self.assertEqual(before[0]["rows"][0]["percent"], 100.0)
        self.important.active = False
        self.env.invalidate_all()
        self.assertEqual(self._tables(evaluation), before)
        self.assertEqual(
            [table["grade"] for table in self._tables(other)],
            (self.stable + self.general + self.potential).mapped("name"),
        )

    def test_missing(self):
        evaluation = self._proposal(("2025-05-05", 200)).with_user(self.rep)
        self.assertEqual(evaluation.upgrade_grade_id, self.stable)
        self.assertEqual(
            evaluation.missing_text,
            "Missing to Stable Customer: $\xa0100.00 of Yearly Amount (2 years in a "
            "row), $\xa0300.00 of Single Contract, or $\xa0100.00 of Year or Potential",
        )

    def test_missing_to_all(self):
        self._rule(
            "2025-01-01",
            {
                self.important: {},
                self.stable: {"match": "all", "single_amount": 200, "max_rank": 5},
                self.general: {"match": "deal"},
                self.potential: {"match": "need"},
            },
        )
        evaluation = self._proposal(("2025-05-05", 200))
        self.assertEqual(
            evaluation.missing_text, "Missing to Stable Customer: national rank 5"
        )
        self.assertFalse(self._tables(evaluation)[1]["is_met"])
        evaluation.dossier_id.national_rank = 5
        self._evaluate(evaluation.dossier_id, "2025-12-31")
        self.assertTrue(self._tables(evaluation)[1]["is_met"])
        self.assertFalse(evaluation.missing_text)

    def test_values_of_the_day(self):
        evaluation = self._proposal(("2025-05-05", 200))
        before = evaluation.missing_text
        self._order(evaluation.dossier_id, "2025-06-06", 5000)
        evaluation.invalidate_recordset()
        self.assertEqual(evaluation.missing_text, before)

    def test_foreign_threshold(self):
        currency = self.env.ref("base.CNY")
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2025-01-01", "rate": 8}
        )
        self._rule(
            "2025-01-01",
            {
                self.important: {},
                self.stable: {"single_amount": 1600, "currency_id": currency.id},
                self.general: {"match": "deal"},
                self.potential: {"match": "need"},
            },
        )
        evaluation = self._proposal(("2025-05-05", 150))
        row = self._tables(evaluation)[1]["rows"][1]
        self.assertIn("200.00", row["threshold"])
        self.assertIn("1,600.00", row["threshold"])
        self.assertEqual(row["percent"], 75.0)
        self.assertIn("50.00 of Single Contract", evaluation.missing_text)

    def test_criteria_of_a_score(self):
        self.scheme.method = "score"
        evaluation = self._evaluate(self.dossier, DAY)
        met = [
            evaluation.score >= grade.min_score
            for grade in (self.important, self.stable, self.general)
        ]
        tables = self._tables(evaluation)
        self.assertEqual([table["is_met"] for table in tables], [*met, False])
        self.assertEqual(tables[0]["rows"][0]["threshold"], "85.0")

    def test_missing_score(self):
        self.scheme.method = "score"
        evaluation = self._evaluate(self.dossier, DAY)
        evaluation._system_write(
            {"score": 60.5, "has_score": True, "upgrade_grade_id": self.stable.id}
        )
        self.assertEqual(
            evaluation.missing_text, "Missing to Stable Customer: 9.50 of Score"
        )

    def test_queries_of_a_list(self):
        dossiers = self.env["customer.dossier"]
        for _index in range(12):
            dossiers += self._dossier()
            self._order(dossiers[-1:], "2025-05-05", 200)
        evaluations = self._evaluate(dossiers, "2025-12-31")

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            texts = records.with_user(self.rep).mapped("missing_text")
            self.assertTrue(all(texts))
            return self.env.cr.sql_log_count - before

        count(evaluations)
        self.assertEqual(count(evaluations), count(evaluations[:2]))
