from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .grade_common import GradeCommon

TODAY = "2023-12-31"


@tagged("post_install", "-at_install")
class TestGradeScore(GradeCommon):
    """The score sheet (E7, M10) and the upgrade potential (C43, M8) in SQL."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sheet = cls.env["customer.grade.scheme"].create(
            {
                "name": "Sheet",
                "method": "score",
                "grade_ids": [
                    Command.create(
                        {
                            "name": name,
                            "tier": tier,
                            "min_score": score,
                            "sequence": sequence,
                        }
                    )
                    for sequence, (name, tier, score) in enumerate(
                        (("Top", "1", 85), ("Mid", "2", 70), ("Low", "3", 0)), 1
                    )
                ]
                + [Command.create({"name": "Open", "tier": "0", "sequence": 9})],
            }
        )
        cls.top, cls.mid, cls.low, cls.open = cls.sheet.grade_ids
        cls._rule(
            "2001-01-01",
            {
                cls.top: {"match": "any"},
                cls.mid: {"match": "any"},
                cls.low: {"match": "deal"},
                cls.open: {"match": "need"},
            },
        )

    def _factor(self, source, weight=1, bands=None, usage="grade", **values):
        """Return a factor of the sheet; ``bands`` is {from figure: score}."""
        return self.env["customer.grade.factor"].create(
            {
                "name": source,
                "scheme_id": self.sheet.id,
                "usage": usage,
                "source": source,
                "weight": weight,
                "band_ids": [
                    Command.create({"min_value": figure, "score": score})
                    for figure, score in (bands or {}).items()
                ],
                **values,
            }
        )

    def _judge(self, evaluation, values):
        """Enter {factor: figure} in the sheet of ``evaluation``."""
        evaluation.line_ids._system_write({"has_value": False})
        lines = evaluation.line_ids.grouped("factor_id")
        for factor, value in values.items():
            if factor in lines:
                lines[factor]._system_write({"value": value, "has_value": True})
            else:
                evaluation.line_ids._system_create(
                    [
                        {
                            "evaluation_id": evaluation.id,
                            "factor_id": factor.id,
                            "value": value,
                            "has_value": True,
                        }
                    ]
                )

    def _sheet(self, dossier, date=TODAY):
        return self._evaluate(dossier, date, self.sheet)

    def _one_score(self, source, dossier, date=TODAY):
        """Return the figure that the only factor finds, None without one; it has no
        bands, so that a figure up to 100 is the score."""
        self.env["customer.grade.evaluation.line"].search(
            [("factor_id", "in", self.sheet.factor_ids.ids)]
        )._as_system().unlink()
        self.sheet.factor_ids.unlink()
        self._factor(source)
        evaluation = self._sheet(dossier, date)
        return evaluation.score if evaluation.has_score else None

    # ------------------------------------------------------------ M10

    def test_worked_example(self):
        """Σ weight × score / Σ weight; a missing factor drops out of both."""
        amount = self._factor("deal_amount", 30, {0: 40, 1000: 60, 5000: 80})
        credit = self._factor("entered", 20)
        needs = self._factor("entered", 15, {0: 10, 3: 70})
        prospects = self._factor("entered", 15)
        dossier = self._dossier()
        self._order(dossier, "2023-05-05", 5000)
        evaluation = self._sheet(dossier)
        # 80 × 30 / 30
        self.assertEqual(evaluation.score, 80)
        self.assertEqual(evaluation.proposed_grade_id, self.mid)
        for judged, score in (
            # (80 × 30 + 90 × 20 + 70 × 15) / 65 = 5250 / 65
            ({credit: 90, needs: 3}, 80.77),
            # what is judged as 0 counts: (2400 + 1800 + 1050 + 0) / 80
            ({credit: 90, needs: 3, prospects: 0}, 65.63),
            # (2400 + 2000 + 1050 + 1500) / 80
            ({credit: 100, needs: 3, prospects: 100}, 86.88),
            # (2400 + 0 + 150) / 65, beyond 0 and 100 it is cut off
            ({credit: -5, needs: 2.99}, 39.23),
            ({credit: 500, needs: 2.99}, 70),
        ):
            self._judge(evaluation, judged)
            self._sheet(dossier)
            with self.subTest(judged=judged):
                self.assertEqual(evaluation.score, score)
        self.assertEqual(evaluation.proposed_grade_id, self.mid)
        amount.weight = 0
        # (2000 + 150) / 35
        self._sheet(dossier)
        self.assertEqual(evaluation.score, 61.43)

    def test_no_figure_at_all(self):
        self._factor("entered", 20)
        dossier = self._dossier()
        self._order(dossier, "2023-05-05", 5000)
        evaluation = self._sheet(dossier)
        self.assertFalse(evaluation.has_score)
        self.assertFalse(evaluation.proposed_grade_id)
        self.assertEqual(evaluation.direction, "none")

    def test_grade_and_progress_by_score(self):
        """The next grade is measured by its score (E11)."""
        credit = self._factor("entered")
        none = self.env["customer.grade"]
        dossier = self._dossier()
        self._order(dossier, "2023-05-05", 1)
        evaluation = self._sheet(dossier)
        for score, grade, following, percent, upgradeable in (
            (100, self.top, none, 0, False),
            (85, self.top, none, 0, False),
            (84.99, self.mid, self.top, 99.98, True),
            (70, self.mid, self.top, 82.35, True),
            (69.99, self.low, self.mid, 99.98, True),
            (56, self.low, self.mid, 80, True),
            (55.99, self.low, self.mid, 79.98, False),
            (0, self.low, self.mid, 0, False),
        ):
            self._judge(evaluation, {credit: score})
            self._sheet(dossier)
            with self.subTest(score=score):
                self.assertEqual(evaluation.proposed_grade_id, grade)
                self.assertEqual(evaluation.upgrade_grade_id, following)
                self.assertEqual(evaluation.upgrade_percent, percent)
                self.assertEqual(evaluation.is_upgradeable, upgradeable)

    def test_potential_in_a_sheet(self):
        """Without a deal no score makes a customer more than a potential one."""
        credit = self._factor("entered")
        dossier = self._dossier(has_intention=True, needs="Pumps")
        evaluation = self._sheet(dossier)
        self._judge(evaluation, {credit: 100})
        self._sheet(dossier)
        self.assertEqual(evaluation.proposed_grade_id, self.open)
        self.assertEqual(evaluation.upgrade_grade_id, self.mid)

    def test_what_was_judged_last_stays(self):
        credit = self._factor("entered")
        dossier = self._dossier()
        self._order(dossier, "2022-05-05", 1)
        former = self._sheet(dossier, "2022-12-31")
        self._judge(former, {credit: 60})
        former._system_write({"state": "superseded"})
        evaluation = self._sheet(dossier)
        self.assertEqual(evaluation.score, 60)
        self._judge(evaluation, {credit: 50})
        self._sheet(dossier)
        self.assertEqual(evaluation.score, 50)

    def test_sql_and_python_score_alike(self):
        bands = {-10: 5, 0: 20, 0.1: 33.3, 10: 60, 1000.01: 100}
        values = (-20, -10.01, -10, -0.01, 0, 0.09, 0.1, 9.99, 10, 1000, 1000.01, 10**9)
        for factor in (self._factor("entered", bands=bands), self._factor("entered")):
            for value in (*values, None):
                with (
                    self.subTest(bands=bool(factor.band_ids), value=value),
                    patch.object(
                        type(factor),
                        "_value_sql",
                        lambda *_args, value=value: SQL("%s::numeric", value),
                    ),
                ):
                    query = SQL("SELECT %s", factor._score_sql({}, None))
                    ((score,),) = self.env.execute_query(query)
                    self.assertEqual(
                        score if score is None else float(score),
                        None if value is None else factor._get_score(value),
                    )

    # ------------------------------------------------------------ figures

    def test_deal_amount(self):
        dossier = self._dossier()
        self.assertIsNone(self._one_score("deal_amount", dossier))
        self._order(dossier, "2022-12-31", 50)
        self.assertEqual(self._one_score("deal_amount", dossier), 0)
        self._order(dossier, "2023-01-01", 30)
        self._contract(dossier, "2023-12-31", 12.34)
        self.assertEqual(self._one_score("deal_amount", dossier), 42.34)

    def test_profit_share(self):
        dossier, other = self._dossier(), self._dossier()
        self.assertIsNone(self._one_score("profit_share", dossier))
        self._order(dossier, "2023-05-05", 100)
        order = self._order(other, "2023-05-05", 300)
        self._order(other, "2022-12-31", 999)
        self.assertEqual(self._one_score("profit_share", dossier), 25)
        order.order_line.purchase_price = 250
        self.assertEqual(self._one_score("profit_share", dossier), 66.67)
        # of a loss nobody has a share
        order.order_line.purchase_price = 1000
        self.assertIsNone(self._one_score("profit_share", dossier))
        order.order_line.purchase_price = 400
        self.assertIsNone(self._one_score("profit_share", other))

    def test_potential_demand(self):
        dossier = self._dossier()
        self.assertIsNone(self._one_score("potential_amount", dossier))
        dossier.potential_amount = 42
        self.assertEqual(self._one_score("potential_amount", dossier), 42)

    def test_cooperation_years(self):
        dossier = self._dossier()
        self.assertIsNone(self._one_score("cooperation_years", dossier))
        self._order(dossier, "2021-06-30", 1)
        # 914 days / 365.25
        self.assertEqual(self._one_score("cooperation_years", dossier), 2.5)
        self._order(dossier, TODAY, 1)
        self.assertEqual(self._one_score("cooperation_years", dossier), 2.5)

    def test_order_count(self):
        dossier = self._dossier()
        self.assertIsNone(self._one_score("order_count", dossier))
        for day in ("2022-12-31", "2023-01-01", "2023-12-31", "2024-01-01"):
            self._order(dossier, day, 1)
        self._contract(dossier, "2023-05-05", 1)
        self.assertEqual(self._one_score("order_count", dossier), 2)

    def test_growth(self):
        dossier = self._dossier()
        self._order(dossier, "2023-05-05", 130)
        self._order(dossier, "2021-12-31", 5)
        self.assertIsNone(self._one_score("growth", dossier))
        self._order(dossier, "2022-12-31", 100)
        self.assertEqual(self._one_score("growth", dossier), 30)

    def test_referrals(self):
        dossier = self._dossier()
        self.assertEqual(self._one_score("referrals", dossier), 0)
        contact = self._customer(parent_id=dossier.partner_id.id, is_company=False)
        bought, signed, agreed, later, nothing, by_contact = [
            self._dossier(referrer_id=dossier.partner_id.id) for _i in range(6)
        ]
        by_contact.referrer_id = contact
        self.assertEqual(self._one_score("referrals", dossier), 0)
        self._order(bought, "2023-05-05", 1)
        self._order(bought, "2023-05-06", 1)
        self._contract(signed, "2023-05-05", 1)
        self._contract(agreed, "2023-05-05", 1, contract_type="cooperation")
        self._order(later, "2024-01-01", 1)
        self._order(nothing, "2023-05-05", 1)._action_cancel()
        self._order(by_contact, "2023-05-05", 1)
        self.assertEqual(self._one_score("referrals", dossier), 3)

    def test_number_on_the_customer(self):
        half = self.env["res.currency"].create({"name": "XGH", "symbol": "h"})
        self.env["res.currency.rate"].create(
            [
                {"currency_id": half.id, "name": day, "rate": rate}
                for day, rate in (("2001-01-01", 2), ("2024-01-01", 4))
            ]
        )
        self._factor("field", field_name="registered_capital")
        dossier = self._dossier()
        self.assertFalse(self._sheet(dossier).has_score)
        for currency, score in ((half, 40), (self.company.currency_id, 80)):
            dossier.partner_id.write(
                {"registered_capital": 80, "registered_currency_id": currency.id}
            )
            evaluation = self._sheet(dossier)
            with self.subTest(currency=currency.name):
                self.assertTrue(evaluation.has_score)
                self.assertEqual(evaluation.score, score)
        dossier.partner_id.registered_currency_id = half
        self.assertEqual(self._sheet(dossier, "2024-01-01").score, 20)

    def test_refused_factors(self):
        """Sex, race, religion and age decide nothing (D11), nor does a number that
        each company keeps for itself."""
        self.env["ir.model.fields"].create(
            {
                "name": "x_age",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "ttype": "integer",
            }
        )
        for name, pattern in (
            ("x_age", "no input of a rule"),
            ("credit_limit", "the same in all companies"),
            ("name", "stored number"),
            ("total_invoiced", "stored number"),
            ("nothing", "stored number"),
            (False, "stored number"),
        ):
            with (
                self.subTest(field=name),
                self.assertRefused(ValidationError, pattern),
            ):
                self._factor("field", field_name=name)

    # ------------------------------------------------------------ M8

    def test_upgrade_potential(self):
        """By the bands that are shipped, each of the four with a quarter."""
        dossier = self._dossier()
        self._order(dossier, "2022-01-31", 1000)
        for month in (3, 6, 9):
            self._order(dossier, f"2023-{month:02}-01", 325)
        evaluation = self._evaluate(dossier, TODAY)
        # 1.91 years 40, 3 orders 30, growth -2.5 % 0, nobody referred 0
        self.assertEqual(evaluation.potential_score, 17.5)
        self._order(dossier, "2023-12-31", 325)
        friend = self._dossier(referrer_id=dossier.partner_id.id)
        self._order(friend, "2023-05-05", 1)
        self._evaluate(dossier, TODAY)
        # 1.91 years 40, 4 orders 60, growth 30 % 100, one referred 60
        self.assertEqual(evaluation.potential_score, 65)
        factors = self.scheme.factor_ids.filtered(lambda f: f.usage == "potential")
        growth = factors.filtered(lambda factor: factor.source == "growth")
        growth.weight = 50
        self._evaluate(dossier, TODAY)
        # (25 × 40 + 25 × 60 + 50 × 100 + 25 × 60) / 125
        self.assertEqual(evaluation.potential_score, 72)

    def test_upgrade_potential_without_former_sales(self):
        dossier = self._dossier()
        self._order(dossier, "2023-05-05", 1)
        # 0.66 years 20, one order 30, no growth, nobody referred 0
        evaluation = self._evaluate(dossier, TODAY)
        self.assertEqual(evaluation.potential_score, 16.67)

    def test_total_profit_of_all_companies(self):
        half = self.env["res.currency"].create({"name": "XGH", "symbol": "h"})
        self.env["res.currency.rate"].create(
            {"currency_id": half.id, "name": "2001-01-01", "rate": 2}
        )
        other = self.env["res.company"].create(
            {"name": "Half Ltd", "currency_id": half.id}
        )
        dossier = self._dossier()
        date = fields.Date.to_date(TODAY)
        self.assertIsNone(self.sheet._get_total_profit(self.company, date))
        self._factor("profit_share")
        self._order(dossier, "2023-05-05", 100)
        self._order(dossier, "2023-05-05", 100, company=other)
        self.assertEqual(self.sheet._get_total_profit(self.company, date), 150)
