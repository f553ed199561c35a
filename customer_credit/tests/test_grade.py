from psycopg2.errors import CheckViolation

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_archive.tests.grade_common import GradeCommon

from .common_limit import CustomerLimitCommon

REEVALUATION_TYPE = "customer_credit.mail_activity_type_reevaluation"


@tagged("post_install", "-at_install")
@freeze_time("2026-05-05")
class TestGrade(CustomerLimitCommon):
    """What a grade means for the credit, and the credit for the grade (E7, E12)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grades = cls.env.ref("customer_archive.customer_grade_scheme_class")
        cls.important, cls.stable, cls.general, cls.potential = cls.grades.grade_ids
        cls.foreign = cls._foreign_currency()
        cls.key, cls.second = (
            cls.env.ref(f"customer_archive.customer_grade_consequence_{name}")
            for name in ("key", "core")
        )
        cls.key.write(
            {
                "credit_limit": 8000,
                "credit_currency_id": cls.foreign.id,
                "credit_term_days": 45,
            }
        )
        (cls.customer | cls.stranger).company_id = cls.company
        cls.fresh = cls.env["customer.dossier"].create(
            {
                "partner_id": cls.stranger.id,
                "team_id": cls.team.id,
                "user_id": cls.rep.id,
            }
        )
        cls.fresh_account = cls.env["customer.credit.account"]._get(
            cls.stranger, cls.company
        )

    def _grade(self, dossier, *grades):
        for grade in grades:
            dossier.sudo()._set_grade(grade, "2026-05-05")

    def _assessments(self, account):
        return self.env["customer.credit.assessment"].search(
            [("account_id", "=", account.id)]
        )

    # ------------------------------------------------------------ default limit

    def test_default_limit_is_put_before_finance(self):
        self._grade(self.fresh, self.important)
        draft = self._assessments(self.fresh_account)
        self.assertRecordValues(
            draft,
            [
                {
                    "kind": "assessment",
                    "approval_state": "none",
                    "control": "limited",
                    "limit_amount": 8000,
                    "limit_currency_id": self.foreign.id,
                    "term_days": 45,
                    "rating_id": self.good.id,
                }
            ],
        )
        todos = draft.activity_ids
        self.assertEqual(todos.user_id, self.fin + self.fin2)
        self.assertNotIn("8", "".join(todos.mapped("summary")))
        # nothing holds before the approval
        self.assertEqual(self.fresh_account.limit_amount, 0)

    def test_days_of_the_rating(self):
        self.key.credit_term_days = 0
        self._grade(self.fresh, self.important)
        self.assertEqual(self._assessments(self.fresh_account).term_days, 30)

    def test_one_draft_at_a_time(self):
        self.second.credit_limit = 500
        self._grade(self.fresh, self.general, self.stable, self.important)
        self.assertRecordValues(
            self._assessments(self.fresh_account), [{"limit_amount": 500}]
        )

    def test_nothing_with_a_limit(self):
        self._grade(self.dossier, self.important)
        self.assertFalse(self._assessments(self.account))
        self.assertEqual(self.account.limit_amount, 1000)

    def test_nothing_after_a_decision_for_prepayment(self):
        self.env["customer.credit.assessment"]._system_create(
            [{"account_id": self.fresh_account.id, "approval_state": "approved"}]
        )
        self._grade(self.fresh, self.important)
        self.assertEqual(len(self._assessments(self.fresh_account)), 1)

    def test_nothing_when_blocked_or_not_controlled(self):
        for control in ("blocked", "none"):
            self.fresh_account._system_write({"control": control})
            self._grade(self.fresh, self.general, self.important)
            self.assertFalse(self._assessments(self.fresh_account))

    def test_nothing_without_default(self):
        self._grade(self.fresh, self.stable)
        self.assertFalse(self._assessments(self.fresh_account))

    def test_default_needs_a_currency_and_is_never_negative(self):
        for values in (
            {"credit_currency_id": False},
            {"credit_limit": -1},
            {"credit_term_days": -1},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self.key.write(values)
                self.env.flush_all()
            self.env.invalidate_all()

    # ------------------------------------------------------------ fall

    def test_fall_asks_finance_once(self):
        self._grade(self.dossier, self.important, self.stable)
        todos = self.account.activity_search([REEVALUATION_TYPE])
        self.assertEqual(todos.user_id, self.fin + self.fin2)
        self._grade(self.dossier, self.general)
        self.assertEqual(self.account.activity_search([REEVALUATION_TYPE]), todos)
        self.assertFalse(self._assessments(self.account))
        self.assertEqual(self.account.limit_amount, 1000)
        self._grade(self.dossier, self.important)
        self.assertFalse(self.account.activity_search([REEVALUATION_TYPE]))

    def test_fall_without_a_limit_asks_nothing(self):
        self.second.credit_limit = 500
        self.key.credit_limit = 0
        self._grade(self.fresh, self.important, self.stable)
        self.assertFalse(self._assessments(self.fresh_account))
        self.assertFalse(self.fresh_account.activity_ids)

    def test_queries_do_not_grow(self):
        def count(number):
            partners = self.env["res.partner"].create(
                [
                    {
                        "name": f"Customer {i} of {number}",
                        "company_id": self.company.id,
                    }
                    for i in range(number)
                ]
            )
            dossiers_sudo = (
                self.env["customer.dossier"]
                .sudo()
                .create(
                    [
                        {
                            "partner_id": partner.id,
                            "team_id": self.team.id,
                        }
                        for partner in partners
                    ]
                )
            )
            dossiers_sudo._system_write({"grade_id": self.stable.id})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            for dossier in dossiers_sudo:
                dossier._on_grade_changed(self.general)
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(20), count(1))


@tagged("post_install", "-at_install")
@freeze_time("2026-05-05")
class TestGradeFactor(GradeCommon):
    """The credit standing in the score sheet (E7, M10)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.credit_default_control = "none"
        cls.factor = cls.env.ref("customer_archive.customer_grade_factor_credit")
        cls.factor.source = "credit"
        cls.credit_scheme = cls.env.ref("customer_credit.customer_credit_scheme_score")
        cls.good = cls.env.ref("customer_credit.customer_credit_rating_good")
        cls.low = cls.env.ref("customer_credit.customer_credit_rating_low")
        # the credit alone makes the score
        cls.scheme.method = "score"
        cls.scheme.factor_ids.filtered(
            lambda factor: factor.usage == "grade" and factor != cls.factor
        ).weight = 0
        cls.dossier = cls._dossier()
        cls._order(cls.dossier, "2026-01-02", 100)

    def _assess(self, rating, day="2026-01-01", company=None, **values):
        account = self.env["customer.credit.account"]._get(
            self.dossier.partner_id, company or self.company
        )
        assessment = self.env["customer.credit.assessment"]._system_create(
            [{"account_id": account.id}]
        )
        assessment._system_write(
            {
                "approval_state": "approved",
                "rating_id": rating.id,
                "proposed_rating_id": rating.id,
                "has_score": True,
                "proposed_score": 77.0,
                "decided_date": day,
                **values,
            }
        )
        return assessment

    def _score(self):
        evaluation = self._evaluate(self.dossier, "2026-05-05")
        return evaluation.score if evaluation.has_score else None

    def test_shipped_factor_counts_the_credit(self):
        self.assertEqual(self.factor.source, "credit")
        self.assertIsNone(self._score())
        self._assess(self.good)
        self.assertEqual(self._score(), 77)

    def test_last_approved_one_counts(self):
        self._assess(self.good)
        self._assess(self.good, day="2026-02-01", proposed_score=81)
        self._assess(self.good, day="2026-03-01", approval_state="pending")
        self._assess(self.good, day="2026-05-06", proposed_score=99)
        self._assess(self.good, day="2026-03-01", kind="limit", proposed_score=1)
        self.assertEqual(self._score(), 81)

    def test_rating_that_deviates_counts_by_itself(self):
        self._assess(self.good, proposed_rating_id=self.low.id)
        self.assertEqual(self._score(), 70)
        self._assess(
            self.low,
            kind="downgrade",
            proposed_rating_id=self.good.id,
            day="2026-04-01",
        )
        self.assertEqual(self._score(), 0)

    def test_rating_without_scores_counts_nothing(self):
        scheme = self.env["customer.credit.scheme"].create(
            {"name": "Classes", "method": "class"}
        )
        rating = self.env["customer.credit.rating"].create(
            {"name": "A", "code": "a", "scheme_id": scheme.id}
        )
        self._assess(rating, has_score=False, proposed_score=0)
        self.assertIsNone(self._score())

    def test_credit_in_another_company_counts_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._assess(self.good, company=other)
        self.assertIsNone(self._score())

    def test_uninstall_leaves_the_factor_to_people(self):
        potential = self.factor.copy({"usage": "potential"})
        (self.factor + potential)._unset_credit()
        self.assertEqual(self.factor.source, "entered")
        self.assertFalse(potential.exists())
        self.factor._fill_in_credit()
        self.assertEqual(self.factor.source, "credit")

    def test_changed_factor_stays(self):
        self.factor.source = "order_count"
        self.factor._fill_in_credit()
        self.assertEqual(self.factor.source, "order_count")

    def test_score_is_hidden_from_who_may_not_see_the_credit(self):
        evaluation = self._evaluate(self.dossier, "2026-05-05")
        credit = evaluation.line_ids.filtered(
            lambda line: line.factor_id == self.factor
        )
        other = evaluation.line_ids.filtered(lambda line: line.source == "entered")[:1]
        self.env["customer.credit.account"]._get(self.dossier.partner_id, self.company)
        # reads the dossier without answering for the customer
        self._right(self.dossier.secrecy_level_id, "bum").read_scope = "all"
        ids = (credit + other).ids
        found = {
            user: {
                row["id"]
                for row in self._rpc(
                    user,
                    "customer.grade.evaluation.line",
                    "search_read",
                    [("id", "in", ids)],
                    ["id"],
                )
            }
            for user in (self.rep, self.mdo, self.bum2)
        }
        self.assertEqual(
            found, {self.rep: set(ids), self.mdo: set(ids), self.bum2: {other.id}}
        )
