from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_archive.tests.common import CustomerArchiveCommon

from ..models.customer_credit_account_rating import PaymentRecord

RECORD = PaymentRecord(
    delay=None,
    on_time=None,
    paid=0.0,
    mix={},
    recovered={},
    recovered_total=0.0,
    margin=None,
    margin_covered=None,
    turnover=0.0,
    first_invoice_date=None,
)
MODELS = (
    "customer.credit.scheme",
    "customer.credit.rating",
    "customer.credit.factor",
    "customer.credit.factor.band",
    "customer.credit.rule",
    "customer.credit.rule.line",
)


class RatingCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["customer.credit.account"]._get(cls.partner, cls.company)
        cls.score_scheme = cls._ref("scheme_score")
        cls.class_scheme = cls._ref("scheme_class")

    @classmethod
    def _ref(cls, name):
        return cls.env.ref(f"customer_credit.customer_credit_{name}")

    @contextmanager
    def _figures(self, balance=0.0, account=None, **values):
        """Let accounting know ``values`` and open receivables of ``balance``."""
        accounts = type(self.account)
        with (
            patch.object(
                accounts,
                "_get_payment_records",
                lambda self: {account: RECORD._replace(**values) for account in self},
            ),
            patch.object(
                accounts,
                "_get_balances",
                lambda self: dict.fromkeys(self, balance),
            ),
        ):
            yield


@tagged("post_install", "-at_install")
class TestRatingScore(RatingCommon):
    """F4: weighted factors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.env["customer.credit.scheme"].create(
            {
                "name": "Own",
                "rating_ids": [
                    Command.create({"name": name, "code": name, "min_score": score})
                    for name, score in (("A1", 80), ("A2", 50), ("A3", 20))
                ],
                "factor_ids": [
                    Command.create(
                        {
                            "name": "Delay",
                            "source": "payment_delay",
                            "weight": 3,
                            "band_ids": [
                                Command.create({"min_value": 0, "score": 100}),
                                Command.create({"min_value": 10, "score": 60}),
                                Command.create({"min_value": 30, "score": 0}),
                            ],
                        }
                    ),
                    Command.create({"name": "Margin", "source": "margin", "weight": 2}),
                    Command.create({"name": "Situation", "weight": 5}),
                ],
            }
        )
        cls.delay, cls.margin, cls.situation = cls.scheme.factor_ids

    def _propose(self, judged=None, **figures):
        figures.setdefault("first_invoice_date", date(2020, 1, 1))
        with self._figures(**figures):
            return self.scheme._propose(
                self.account, {self.account: judged} if judged else None
            )[self.account]

    def test_worked_example(self):
        """(3 × 60 + 2 × 25 + 5 × 90) / 10 = 68."""
        proposal = self._propose({self.situation: 90.0}, delay=12.0, margin=25.0)
        self.assertEqual(proposal.score, 68.0)
        self.assertEqual(proposal.rating.code, "A2")
        self.assertEqual(
            proposal.lines,
            [
                {
                    "factor_id": self.delay.id,
                    "value": 12.0,
                    "source": "payment_delay",
                    "score": 60.0,
                    "weight": 3.0,
                },
                {
                    "factor_id": self.margin.id,
                    "value": 25.0,
                    "source": "margin",
                    "score": 25.0,
                    "weight": 2.0,
                },
                {
                    "factor_id": self.situation.id,
                    "value": 90.0,
                    "source": "entered",
                    "score": 90.0,
                    "weight": 5.0,
                },
            ],
        )
        self.assertEqual(proposal.reasons, ["Score 68.0 of 100 from 3 factors."])

    def test_missing_figures_drop_out(self):
        """(3 × 60 + 5 × 90) / 8 = 78.75, and what was left out is said."""
        proposal = self._propose({self.situation: 90.0}, delay=12.0)
        self.assertEqual(proposal.score, 78.75)
        self.assertIsNone(proposal.lines[1]["value"])
        self.assertIn("Margin", proposal.reasons[1])
        # 0 is a judgement, nothing is none
        self.assertEqual(self._propose({self.situation: 0.0}, delay=0.0).score, 37.5)
        self.assertEqual(self._propose(delay=0.0).score, 100.0)
        nothing = self._propose()
        self.assertIsNone(nothing.score)
        self.assertFalse(nothing.rating)
        self.assertEqual(len(nothing.reasons), 1)

    def test_figures_are_not_judged_by_people(self):
        proposal = self._propose({self.delay: 0.0, self.situation: 0.0}, delay=40.0)
        self.assertEqual(proposal.lines[0]["value"], 40.0)
        self.assertEqual(proposal.score, 0.0)

    def test_who_never_bought_has_no_figures(self):
        self.margin.source = "turnover"
        self.assertIsNone(
            self._propose(turnover=0.0, first_invoice_date=None).lines[1]["value"]
        )
        self.assertEqual(self._propose(turnover=0.0).lines[1]["value"], 0.0)

    def test_bands_have_no_gap(self):
        for value, score in (
            (-5, 100),
            (0, 100),
            (9.99, 100),
            (10, 60),
            (29, 60),
            (30, 0),
            (999, 0),
        ):
            self.assertEqual(self.delay._get_score(value), score, value)
        for value, score in ((-1, 0), (55, 55), (101, 100)):
            self.assertEqual(self.situation._get_score(value), score, value)
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError):
            self.delay.band_ids = [Command.create({"min_value": 10, "score": 1})]
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError):
            self.delay.band_ids = [Command.create({"min_value": 11, "score": 101})]
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError):
            self.delay.weight = -1

    def test_thresholds(self):
        for score, code in (
            (100, "A1"),
            (80, "A1"),
            (79.9, "A2"),
            (20, "A3"),
            (0, "A3"),
        ):
            self.assertEqual(self.scheme._get_rating_of_score(score).code, code)

    @freeze_time("2026-06-30")
    def test_sources(self):
        self.account._system_write({"oldest_due": "2026-06-20"})
        for source, values, expected in (
            ("payment_delay", {"delay": 3.5}, 3.5),
            ("on_time", {"on_time": 80.0}, 80.0),
            ("turnover", {"turnover": 500.0}, 500.0),
            ("cooperation_years", {"first_invoice_date": date(2024, 6, 30)}, 2.0),
            ("overdue", {}, 10),
            ("events", {}, 0),
            ("events", {"first_invoice_date": None}, None),
        ):
            with self.subTest(source=source):
                self.delay.source = source
                value = self._propose(**values).lines[0]["value"]
                if expected is None:
                    self.assertIsNone(value)
                else:
                    self.assertAlmostEqual(value, expected, places=2)
        with patch.object(
            type(self.account), "_get_event_points", lambda self, months: {self: -20}
        ):
            self.assertEqual(
                self._propose(first_invoice_date=None).lines[0]["value"], -20
            )

    def test_number_on_the_customer(self):
        rate = self.env["res.currency.rate"]
        euro = self.env.ref("base.EUR")
        if euro == self.company.currency_id:
            euro = self.env.ref("base.USD")
        euro.active = True
        rate.search([("currency_id", "=", euro.id)]).unlink()
        rate.create(
            {
                "name": "2020-01-01",
                "currency_id": euro.id,
                "company_id": self.company.id,
                "rate": 2.0,
            }
        )
        self.delay.write({"source": "field", "field_name": "registered_capital"})
        self.assertIsNone(self._propose().lines[0]["value"])
        self.partner.write(
            {"registered_capital": 100.0, "registered_currency_id": euro.id}
        )
        company_rate = self.company.currency_id._get_rates(
            self.company, date(2026, 1, 1)
        )[self.company.currency_id.id]
        self.assertAlmostEqual(
            self._propose().lines[0]["value"], 100 / 2.0 * company_rate
        )

    def test_fields_that_are_no_factor(self):
        for name in (False, "nothing", "name", "active", "credit", "parent_id.color"):
            with (
                self.subTest(name=name),
                self.assertRefused(ValidationError, "stored number"),
            ):
                self.delay.write({"source": "field", "field_name": name})

    def test_personal_traits_are_no_factor(self):
        """Sex, race, religion and age, as manual fields of the contact (D11)."""
        model = self.env.ref("base.model_res_partner")
        for name in ("x_age", "x_gender", "x_race", "x_religion"):
            self.env["ir.model.fields"].create(
                {
                    "name": name,
                    "field_description": "Trait",
                    "model_id": model.id,
                    "ttype": "integer",
                }
            )
            values = {"source": "field", "field_name": name}
            with (
                self.subTest(name=name),
                self.assertRefused(ValidationError, "no input of a rule"),
            ):
                self.delay.write(values)
            with self.assertRefused(ValidationError, "no input of a rule"):
                self._rpc(
                    self.fin,
                    "customer.credit.factor",
                    "create",
                    {"name": "x", "scheme_id": self.scheme.id, **values},
                )

    def test_one_scheme_leads(self):
        schemes = self.env["customer.credit.scheme"]
        self.assertEqual(schemes._get_leading(self.company), self.score_scheme)
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError):
            self.scheme.is_leading = True
        self.scheme.write({"company_id": self.company.id, "is_leading": True})
        self.assertEqual(schemes._get_leading(self.company), self.scheme)
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(schemes._get_leading(other), self.score_scheme)

    def test_shipped_schemes(self):
        self.assertEqual(
            self.score_scheme.rating_ids.mapped("name"),
            ["High Credit", "Good Credit", "Ordinary Credit", "Low Credit"],
        )
        bands = {
            rating.code: rating.risk_band
            for rating in (self.score_scheme | self.class_scheme).rating_ids
        }
        self.assertEqual(
            bands,
            {
                "high": "low",
                "good": "medium",
                "ordinary": "medium",
                "low": "high",
                "jia": "low",
                "yi": "medium",
                "bing": "high",
            },
        )
        with self._figures(
            delay=-2.0,
            on_time=100.0,
            turnover=2000000.0,
            margin=35.0,
            first_invoice_date=date(2015, 1, 1),
        ):
            proposal = self.score_scheme._propose(self.account)[self.account]
        self.assertEqual(proposal.score, 100.0)
        self.assertEqual(proposal.rating.code, "high")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-30")
class TestRatingClass(RatingCommon):
    """F5 to F7: the classes 甲, 乙 and 丙."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.questions = {
            factor.source: factor for factor in cls.class_scheme.factor_ids
        }
        cls.company.write(
            {
                "credit_class_category_ids": [Command.clear()],
                "credit_class_check_high": False,
                "credit_class_check_low": False,
                "credit_class_check_staff": False,
                "credit_class_check_age": False,
            }
        )

    def _class(self, balance=0.0, turnover=0.0, **judged):
        """Return the proposed class and why."""
        judged = {self.questions[name]: value for name, value in judged.items()}
        with self._figures(balance=balance, turnover=turnover):
            proposal = self.class_scheme._propose(self.account, {self.account: judged})[
                self.account
            ]
        self.assertIsNone(proposal.score)
        return proposal.rating.code, proposal.reasons

    def assertClass(self, code, pattern, **values):
        proposed, reasons = self._class(**values)
        self.assertEqual(proposed, code)
        self.assertRegex(reasons[0], pattern)

    FIRST = {"large": 1.0, "reputable": 1.0, "stable": 1.0}

    def test_first_class_needs_three_judgements(self):
        for turnover in (0.0, 99999999.0):
            self.assertClass("jia", "was judged", turnover=turnover, **self.FIRST)
            for name in self.FIRST:
                for answer in (0.0, None):
                    judged = {**self.FIRST, name: answer}
                    self.assertClass("yi", "None of", turnover=turnover, **judged)

    def test_second_class_is_the_rest(self):
        code, reasons = self._class(turnover=99999999.0, balance=99999999.0)
        self.assertEqual(code, "yi")
        self.assertIn("Large Enterprise", reasons[1])

    def test_middleman(self):
        category = self.env.ref(
            "customer_archive.customer_classification_business_category_distributor"
        )
        self.partner.business_category_id = category
        self.assertClass("jia", ".", **self.FIRST)
        self.company.credit_class_category_ids = category
        self.assertClass("bing", "middleman: Distributor", **self.FIRST)
        with self.assertRefused(ValidationError):
            self.company.credit_class_category_ids = self.env.ref(
                "customer_archive.customer_classification_scale_large"
            )

    def test_high_receivables_unless_first_class(self):
        self.company.write(
            {"credit_class_check_high": True, "credit_class_high_balance": 5000.0}
        )
        self.assertClass("bing", "owes .*5,000.00", balance=5000.0)
        self.assertClass("yi", ".", balance=4999.99)
        self.assertClass("jia", ".", balance=5000.0, **self.FIRST)

    def test_low_receivables_beside_large_trade(self):
        self.company.write(
            {
                "credit_class_check_low": True,
                "credit_class_low_balance": 100.0,
                "credit_class_volume": 7000.0,
            }
        )
        self.assertClass("bing", "bought for", balance=99.0, turnover=7000.0)
        self.assertClass("yi", ".", balance=100.0, turnover=7000.0)
        self.assertClass("yi", ".", balance=99.0, turnover=6999.0)

    def test_amounts_in_foreign_currency(self):
        euro = self.env["res.currency"].create({"name": "XTT", "symbol": "X"})
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": euro.id,
                "company_id": self.company.id,
                "rate": 4.0
                * self.company.currency_id._get_rates(self.company, date(2026, 6, 30))[
                    self.company.currency_id.id
                ],
            }
        )
        self.company.write(
            {
                "credit_class_currency_id": euro.id,
                "credit_class_check_high": True,
                "credit_class_high_balance": 4000.0,
            }
        )
        self.assertClass("bing", "owes", balance=1000.0)
        self.assertClass("yi", ".", balance=999.0)

    def test_few_employees(self):
        self.company.write({"credit_class_check_staff": True})
        self.assertEqual(self.company.credit_class_staff, 100)
        self.assertClass("bing", "fewer than 100", employees=99.0, **self.FIRST)
        self.assertClass("jia", ".", employees=100.0, **self.FIRST)
        self.assertClass("bing", "fewer than 100", employees=0.0)
        self.assertClass("yi", ".")
        for band, code in (("50", "bing"), ("100", "yi"), ("500", "yi")):
            self.partner.staff_band = band
            self.assertClass(code, ".")
        # what a person entered goes before the band of the contact
        self.partner.staff_band = "1"
        self.assertClass("yi", ".", employees=100.0)
        self.company.credit_class_staff = 60
        self.partner.staff_band = "50"
        self.assertClass("yi", ".")

    def test_newly_founded(self):
        self.company.credit_class_check_age = True
        self.partner.founded_on = "2024-07-01"
        self.assertClass("bing", "less than 2 years")
        self.partner.founded_on = "2024-06-30"
        self.assertClass("yi", ".")
        self.partner.founded_on = False
        self.assertClass("yi", ".")

    def test_bad_faith(self):
        with patch.object(type(self.account), "_has_bad_faith", lambda self: self):
            self.assertClass("bing", "broke his word", **self.FIRST)

    def test_all_reasons_are_told(self):
        self.company.credit_class_check_age = True
        self.company.credit_class_check_staff = True
        self.partner.founded_on = "2026-01-01"
        _code, reasons = self._class(employees=3.0)
        self.assertEqual(len(reasons), 2)

    def test_questions_of_the_classes(self):
        for values in (
            {"source": "turnover", "scheme_id": self.class_scheme.id},
            {"source": "large", "scheme_id": self.class_scheme.id},
            {"source": "large", "scheme_id": self.score_scheme.id},
        ):
            with (
                self.subTest(values=values),
                self.assertRefused(ValidationError, "their own"),
            ):
                self.env["customer.credit.factor"].create({"name": "x", **values})
        with self.assertRefused(ValidationError, "their own"):
            self.class_scheme.method = "score"


@tagged("post_install", "-at_install")
class TestRatingTerms(RatingCommon):
    """F2, F14: versions of the terms, drafted by the keeper, approved by finance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.env["customer.credit.scheme"].create(
            {
                "name": "Own",
                "rating_ids": [Command.create({"name": "Fair", "code": "fair"})],
            }
        )
        cls.rating = cls.scheme.rating_ids

    def _rule(self, valid_from="2026-01-01", amount=100.0, approve=False, **values):
        rule = self.env["customer.credit.rule"].browse(
            self._rpc(
                self.keeper,
                "customer.credit.rule",
                "create",
                {
                    "name": f"From {valid_from}",
                    "scheme_id": self.scheme.id,
                    "valid_from": valid_from,
                    "line_ids": [
                        Command.create(
                            {"rating_id": self.rating.id, "max_amount": amount}
                        )
                    ],
                    **values,
                },
            )
        )
        if approve:
            self._rpc(self.keeper, rule._name, "action_submit", rule.ids)
            self._rpc(self.fin, rule._name, "action_approve", rule.ids)
            self.assertEqual(rule.approval_state, "approved")
        return rule

    def _amount(self, day="2026-06-30", company=None):
        return self.rating._get_terms(company or self.company, day).max_amount

    def test_shipped_terms_hold(self):
        for rating, months, always in (
            ("high", 12, False),
            ("good", 12, False),
            ("ordinary", 6, False),
            ("low", 3, True),
            ("jia", 12, False),
            ("yi", 12, False),
            ("bing", 3, True),
        ):
            terms = self._ref(f"rating_{rating}")._get_terms(self.company)
            self.assertEqual(terms.rule_id.approval_state, "approved")
            self.assertEqual(terms.review_months, months)
            self.assertEqual(terms.needs_approval_always, always)
            self.assertEqual(bool(terms.measures), always)
        self.assertFalse(
            self.env["customer.credit.rating"]._get_terms(self.company),
        )

    def test_latest_approved_version(self):
        self.assertFalse(self.rating._get_terms(self.company))
        draft = self._rule(amount=100.0)
        self.assertFalse(self.rating._get_terms(self.company))
        self._rpc(self.keeper, draft._name, "action_submit", draft.ids)
        self.assertFalse(self.rating._get_terms(self.company))
        self._rpc(self.fin, draft._name, "action_approve", draft.ids)
        self._rule("2026-03-01", 200.0, approve=True)
        self._rule("2026-06-01", 300.0)
        self.assertEqual(self._amount("2025-12-31"), 0.0)
        self.assertEqual(self._amount("2026-02-28"), 100.0)
        self.assertEqual(self._amount(date(2026, 3, 1)), 200.0)
        self.assertEqual(self._amount(), 200.0)
        with freeze_time("2026-02-01"):
            self.assertEqual(self.rating._get_terms(self.company).max_amount, 100.0)

    def test_own_terms_before_shared_ones(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._rule("2026-01-01", 100.0, approve=True, company_id=self.company.id)
        self._rule("2026-02-01", 200.0, approve=True)
        self.assertEqual(self._amount(), 100.0)
        self.assertEqual(self._amount(company=other), 200.0)

    def test_rejected_version_is_mended(self):
        rule = self._rule()
        self._rpc(self.keeper, rule._name, "action_submit", rule.ids)
        self._rpc(self.fin, rule._name, "action_reject", rule.ids, "Too much")
        self.assertEqual(rule.approval_state, "rejected")
        self._rpc(
            self.keeper,
            rule.line_ids._name,
            "write",
            rule.line_ids.ids,
            {"max_amount": 50.0},
        )
        self._rpc(self.keeper, rule._name, "action_submit", rule.ids)
        self._rpc(self.fin, rule._name, "action_approve", rule.ids)
        self.assertEqual(self._amount(), 50.0)

    def test_who_submits_and_who_approves(self):
        rule = self._rule()
        for user in (self.rep, self.bum, self.mdo, self.gmo, self.outsider):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, rule._name, "action_submit", rule.ids)
        self._rpc(self.keeper, rule._name, "action_submit", rule.ids)
        for user in (self.rep, self.mdo, self.gmo, self.keeper, self.outsider):
            with self.subTest(user=user.login), self.assertRefused(UserError):
                self._rpc(user, rule._name, "action_approve", rule.ids)
        for values in ({"approval_state": "approved"}, {"approval_id": False}):
            with self.assertRefused(AccessError, "writes this itself"):
                self._rpc(self.fin, rule._name, "write", rule.ids, values)
        with self.assertRefused(AccessError, "writes this itself"):
            self._rule(approval_state="approved")
        self.assertEqual(rule.approval_state, "pending")

    def test_incomplete_version(self):
        rule = self._rule(line_ids=[])
        with self.assertRefused(UserError, "Fair"):
            self._rpc(self.keeper, rule._name, "action_submit", rule.ids)
        with self.assertRefused(ValidationError, "no rating of"):
            self._rpc(
                self.keeper,
                "customer.credit.rule.line",
                "create",
                {"rule_id": rule.id, "rating_id": self._ref("rating_high").id},
            )
        line = self._rule().line_ids
        with self.assertRefused(ValidationError, "no rating of"):
            line.rule_id.scheme_id = self.score_scheme

    def test_what_was_submitted_stays(self):
        pending = self._rule()
        self._rpc(self.keeper, pending._name, "action_submit", pending.ids)
        approved = self._rule("2026-02-01", approve=True)
        draft = self._rule("2026-03-01")
        for rule in (pending, approved):
            line = rule.line_ids
            for user in (self.keeper, self.fin):
                for model, method, *args in (
                    (rule._name, "write", rule.ids, {"valid_from": "2020-01-01"}),
                    (rule._name, "write", rule.ids, {"name": "Other"}),
                    (rule._name, "write", rule.ids, {"line_ids": [[5, 0, 0]]}),
                    (
                        rule._name,
                        "update_field_translations",
                        rule.ids,
                        "name",
                        {"en_US": "Other"},
                    ),
                    (rule._name, "unlink", rule.ids),
                    (rule._name, "action_submit", rule.ids),
                    (line._name, "write", line.ids, {"max_amount": 9.0}),
                    (line._name, "write", line.ids, {"rule_id": draft.id}),
                    (
                        line._name,
                        "update_field_translations",
                        line.ids,
                        "conditions",
                        {"en_US": "None"},
                    ),
                    (line._name, "unlink", line.ids),
                    (
                        line._name,
                        "write",
                        draft.line_ids.ids,
                        {"rule_id": rule.id, "rating_id": self.rating.id},
                    ),
                ):
                    with (
                        self.subTest(user=user.login, model=model, call=[method, args]),
                        self.assertRefused(UserError),
                    ):
                        self._rpc(user, model, method, *args)
            self.assertEqual(rule.line_ids.max_amount, 100.0)

    def test_new_line_in_approved_version(self):
        rule = self._rule(approve=True)
        late = self.env["customer.credit.rating"].create(
            {"name": "Late", "code": "late", "scheme_id": self.scheme.id}
        )
        with self.assertRefused(UserError, "new version"):
            self._rpc(
                self.keeper,
                "customer.credit.rule.line",
                "create",
                {"rule_id": rule.id, "rating_id": late.id},
            )

    def test_new_version(self):
        rule = self._rule(approve=True)
        action = self._rpc(self.keeper, rule._name, "action_new_version", rule.ids)
        version = self.env[rule._name].browse(action["res_id"])
        self.assertEqual(version.approval_state, "none")
        self.assertEqual(version.line_ids.max_amount, 100.0)
        version.with_user(self.keeper).line_ids.max_amount = 70.0
        self.assertEqual(rule.line_ids.max_amount, 100.0)

    def test_shipped_versions_are_approved_once(self):
        draft = self._rule()
        self.env["customer.credit.rule"]._approve_shipped()
        self.assertEqual(draft.approval_state, "none")


@tagged("post_install", "-at_install")
class TestRatingAccess(RatingCommon):
    """Everybody reads the names of ratings, archive roles the terms; finance writes
    the configuration, the keeper drafts terms."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsider.group_ids = [
            Command.link(cls.env.ref("base.group_allow_export").id)
        ]
        cls.records = {model: cls.env[model].search([], limit=1) for model in MODELS}
        cls.draft = cls.env["customer.credit.rule"].create(
            {"name": "Draft", "scheme_id": cls.score_scheme.id}
        )

    def test_ratings_are_read_by_everybody(self):
        for model in MODELS[:2]:
            for user in (self.outsider, self.rep, self.keeper, self.gmo):
                [values] = self._rpc(
                    user, model, "read", self.records[model].ids, ["name"]
                )
                self.assertTrue(values["name"])
        # all fields at once, too
        self._rpc(self.outsider, MODELS[0], "read", self.records[MODELS[0]].ids)

    def test_terms_are_read_by_archive_roles(self):
        for model in MODELS[2:]:
            ids = self.records[model].ids
            for user in (self.rep, self.bum, self.keeper, self.mdo, self.gmo, self.fin):
                self.assertTrue(self._rpc(user, model, "read", ids, ["display_name"]))
            for method, args in (
                ("read", [ids]),
                ("search_read", [[]]),
                ("formatted_read_group", [[], ["create_uid"], ["__count"]]),
                ("export_data", [ids, ["display_name"]]),
            ):
                with (
                    self.subTest(model=model, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(self.outsider, model, method, *args)
        with self.assertRefused(AccessError):
            self._rpc(
                self.outsider,
                "customer.credit.scheme",
                "search",
                [("factor_ids.weight", ">", 1)],
            )

    def test_who_writes(self):
        others = (self.rep, self.bum, self.mdo, self.gmo, self.fug, self.outsider)
        for model in MODELS:
            writers = {self.fin}
            if model.startswith("customer.credit.rule"):
                writers.add(self.keeper)
            for user in {*others, self.keeper, self.admin_user} - writers:
                for method, args in (
                    ("write", [self.records[model].ids, {}]),
                    ("create", [{}]),
                    ("unlink", [self.records[model].ids]),
                ):
                    with (
                        self.subTest(user=user.login, model=model, method=method),
                        self.assertRefused(AccessError),
                    ):
                        self._rpc(user, model, method, *args)
        for user in (self.fin, self.keeper):
            self._rpc(
                user, self.draft._name, "write", self.draft.ids, {"remark": user.login}
            )
            self.assertEqual(self.draft.remark, user.login)
        rating = self.records["customer.credit.rating"]
        self._rpc(self.fin, rating._name, "write", rating.ids, {"color": 7})
        self.assertEqual(rating.color, 7)

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        scheme = self.score_scheme.copy({"company_id": other.id})
        self.assertEqual(len(scheme.rating_ids), 4)
        rule = self.env["customer.credit.rule"].create(
            {
                "name": "x",
                "scheme_id": scheme.id,
                "company_id": other.id,
                "line_ids": [Command.create({"rating_id": scheme.rating_ids[0].id})],
            }
        )
        for record in (
            scheme,
            scheme.rating_ids,
            scheme.factor_ids,
            scheme.factor_ids.band_ids,
            rule,
            rule.line_ids,
        ):
            self.assertTrue(record)
            self.assertFalse(
                self._rpc(self.fin, record._name, "search", [("id", "in", record.ids)]),
                record._name,
            )
        with self.assertRefused(UserError):
            rule.company_id = self.company

    def test_menus(self):
        """Finance and the keeper find their part of the configuration alone."""
        menus = self.env["ir.ui.menu"]
        config = self.env.ref("customer_archive.customer_archive_menu_config")
        credit = self._ref("config_menu")
        scheme, rule = self._ref("scheme_menu"), self._ref("rule_menu")
        event_kind = self._ref("event_kind_menu")
        service = menus.union(
            *(
                self.env.ref(f"customer_archive.{name}")
                for name in (
                    "customer_archive_menu_config_service",
                    "customer_problem_type_menu",
                    "customer_root_cause_menu",
                )
            )
        )
        heading = self.env.ref("customer_archive.customer_grade_menu_config")
        grading = menus.search([("id", "child_of", heading.id)])
        below = menus.search([("id", "child_of", config.id)]) - event_kind
        for user, expected in (
            (self.fin, config | credit | scheme | rule),
            (self.keeper, config | credit | rule | service | grading),
            (self.rep, menus),
            (self.gmo, menus),
        ):
            shown = menus.with_user(user).load_menus(False)
            found = below.filtered(lambda menu, shown=shown: menu.id in shown)
            self.assertEqual(found, expected, user.login)
        role = self.env.ref("customer_archive.customer_role_menu")
        self.assertIn(role.id, menus.with_user(self.admin_user).load_menus(False))
