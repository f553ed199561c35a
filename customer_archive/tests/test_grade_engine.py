from odoo.exceptions import UserError
from odoo.tests import tagged

from .grade_common import GradeCommon


@tagged("post_install", "-at_install")
class TestGradeEngine(GradeCommon):
    """The grade proposed, each threshold crossed from both sides (E2 to E6)."""

    def _bought(self, years, **values):
        """Return a customer who bought in {year or day: amount}."""
        dossier = self._dossier(**values)
        for day, amount in years.items():
            day = f"{day}-05-05" if isinstance(day, int) else day
            self._order(dossier, day, amount)
        return dossier

    def _set_terms(self, **lines):
        """Put a version of these terms alone in force."""
        grades = {"important": self.important, "stable": self.stable}
        terms = {grades[name]: line for name, line in lines.items()}
        terms[self.general] = {"match": "deal"}
        return self._rule("2002-01-01", terms)

    def assertGrades(self, date, cases):
        """Assert the grade proposed on ``date`` of [(dossier, grade)]."""
        dossiers = self.env["customer.dossier"].union(*(case[0] for case in cases))
        found = {
            evaluation.dossier_id: evaluation.proposed_grade_id
            for evaluation in self._evaluate(dossiers, date)
        }
        for index, (dossier, grade) in enumerate(cases):
            with self.subTest(case=index, date=date):
                self.assertEqual(found[dossier].name, grade.name)

    # ------------------------------------------------------------ consecutive years

    def test_consecutive_years(self):
        dossier = self._dossier()
        for year, amount in ((2023, 1000), (2024, 1000), (2025, 999.99)):
            self._order(dossier, f"{year}-05-05", amount)
        evaluation = self._evaluate(dossier, "2025-12-31")
        self.assertEqual(evaluation.proposed_grade_id, self.stable)
        self._order(dossier, "2025-12-31", 0.01)
        self._evaluate(dossier, "2025-12-31")
        self.assertEqual(evaluation.proposed_grade_id, self.important)
        self.assertEqual(evaluation.year_amounts[:3], [1000, 1000, 1000])

    def test_each_of_the_years_reaches_the_amount(self):
        """A finished year counts alone: 2023."""
        enough, little = 1000, 999.99
        self.assertGrades(
            "2023-12-31",
            [
                (
                    self._bought(dict.fromkeys((2021, 2022, 2023), enough)),
                    self.important,
                ),
                (
                    self._bought({2021: little, 2022: enough, 2023: enough}),
                    self.stable,
                ),
                (
                    self._bought({2021: enough, 2022: little, 2023: enough}),
                    self.stable,
                ),
                # two years, one year
                (self._bought({2022: 100, 2023: 100}), self.stable),
                (self._bought({2022: 99.99, 2023: 100}), self.general),
                (self._bought({2022: 100, 2023: 99.99}), self.general),
                (self._bought({2023: 299.99}), self.general),
                # a gap, and a row of years that ended before
                (
                    self._bought({2020: enough, 2021: enough, 2023: enough}),
                    self.stable,
                ),
                (self._bought({2021: 100, 2023: 100}), self.general),
                (self._bought({2020: 2000, 2021: 2000, 2022: 2000}), self.general),
            ],
        )

    def test_present_year(self):
        """It counts as the last of the years once it reaches the amount, and pulls
        nobody down before it is over."""
        reached = self._bought({2021: 1000, 2022: 1000, "2023-02-01": 1000})
        short = self._bought({2021: 1000, 2022: 1000, "2023-02-01": 999.99})
        former = self._bought({2020: 1000, 2021: 1000, 2022: 1000})
        stable = self._bought({2021: 100, 2022: 100})
        self.assertGrades(
            "2023-03-01",
            [
                (reached, self.important),
                (short, self.stable),
                (former, self.important),
                (stable, self.stable),
            ],
        )
        self.assertGrades(
            "2023-12-30", [(former, self.important), (stable, self.stable)]
        )
        self.assertGrades(
            "2023-12-31",
            [
                (reached, self.important),
                (short, self.stable),
                (former, self.general),
                (stable, self.general),
            ],
        )

    def test_fiscal_year(self):
        """The year ends in June here."""
        self.company.write({"fiscalyear_last_month": "6", "fiscalyear_last_day": 30})
        dossier = self._bought(
            {
                "2021-07-01": 60,
                "2022-06-30": 40,
                "2022-07-01": 99.99,
                "2023-06-30": 0.01,
            }
        )
        [amounts] = self._evaluate(dossier, "2023-06-30").mapped("year_amounts")
        self.assertEqual(amounts[:3], [100, 100, 0])
        fallen = self._bought({"2021-06-30": 60, "2022-06-30": 100, "2022-07-01": 99})
        self.assertGrades(
            "2023-06-30", [(dossier, self.stable), (fallen, self.general)]
        )
        # a new year has begun: of the finished ones the last two count
        self.assertGrades(
            "2023-07-01", [(dossier, self.stable), (fallen, self.general)]
        )
        self.assertGrades("2024-06-30", [(dossier, self.general)])

    def test_credit_note_years_are_not_negative(self):
        """A year below nothing reaches no more than nothing of the amount."""
        dossier = self._bought({2022: 100, 2023: -500})
        evaluation = self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.proposed_grade_id, self.general)
        self.assertEqual(evaluation.upgrade_percent, 50)

    # ------------------------------------------------------------ other criteria

    def test_single_contract(self):
        self._set_terms(
            important={"single_amount": 5000}, stable={"single_amount": 500}
        )
        contract = self._dossier()
        self._contract(contract, "2023-05-05", 5000)
        several = self._bought({"2023-05-05": 4999.99, "2023-05-06": 4000})
        before = self._bought({2022: 5000})
        cases = [(contract, self.important), (several, self.stable)]
        self.assertGrades("2023-12-31", [*cases, (before, self.general)])
        # the last full year counts beside the present one
        self.assertGrades("2023-12-30", [*cases, (before, self.important)])
        self.assertGrades(
            "2023-12-31",
            [
                (self._bought({2023: 500}), self.stable),
                (self._bought({2023: 499.99}), self.general),
            ],
        )

    def test_amount_of_the_year_or_potential_demand(self):
        self._set_terms(important={"total_amount": 3000}, stable={"total_amount": 300})
        half = self.env["res.currency"].create({"name": "XGH", "symbol": "h"})
        self.env["res.currency.rate"].create(
            {"currency_id": half.id, "name": "2001-01-01", "rate": 2}
        )
        foreign = {"potential_currency_id": half.id}
        before = self._bought({2022: 3000})
        self.assertGrades("2023-12-30", [(before, self.important)])
        self.assertGrades(
            "2023-12-31",
            [
                (self._bought({"2023-01-01": 1500, 2023: 1500}), self.important),
                (self._bought({"2023-01-01": 1500, 2023: 1499.99}), self.stable),
                (before, self.general),
                (self._bought({2023: 1}, potential_amount=3000), self.important),
                (self._bought({2023: 1}, potential_amount=2999.99), self.stable),
                (self._bought({2023: 1}, potential_amount=299.99), self.general),
                (
                    self._bought({2023: 1}, potential_amount=6000, **foreign),
                    self.important,
                ),
                (
                    self._bought({2023: 1}, potential_amount=5999.98, **foreign),
                    self.stable,
                ),
                # not added up
                (self._bought({2023: 1500}, potential_amount=1500), self.stable),
                # a demand alone is enough, without any deal
                (self._dossier(potential_amount=3000), self.important),
            ],
        )

    def test_national_rank(self):
        self.assertGrades(
            "2023-12-31",
            [
                (self._bought({2023: 1}, national_rank=rank), grade)
                for rank, grade in (
                    (0, self.general),
                    (1, self.important),
                    (10, self.important),
                    (11, self.general),
                )
            ],
        )

    def test_any_and_all(self):
        terms = {"single_amount": 500, "max_rank": 10}
        self._set_terms(
            important={**terms, "match": "all"}, stable={**terms, "match": "any"}
        )
        self.assertGrades(
            "2023-12-31",
            [
                (self._bought({2023: 500}, national_rank=10), self.important),
                (self._bought({2023: 500}, national_rank=11), self.stable),
                (self._bought({2023: 499.99}, national_rank=10), self.stable),
                (self._bought({2023: 499.99}, national_rank=11), self.general),
            ],
        )

    def test_a_criterion_of_0_is_off(self):
        """With all of them off nobody has the grade by thresholds."""
        self._set_terms(important={"match": "all"}, stable={"match": "any"})
        dossier = self._bought({2023: 10**6}, national_rank=1, potential_amount=10**6)
        evaluation = self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.proposed_grade_id, self.general)
        self.assertFalse(evaluation.upgrade_grade_id)
        self.assertEqual(evaluation.upgrade_percent, 0)
        self.assertFalse(evaluation.is_upgradeable)

    def test_threshold_in_foreign_currency(self):
        """It is compared at the rate of the day of the evaluation (K17)."""
        half = self.env["res.currency"].create({"name": "XGH", "symbol": "h"})
        self.env["res.currency.rate"].create(
            [
                {"currency_id": half.id, "name": day, "rate": rate}
                for day, rate in (("2001-01-01", 2), ("2023-07-01", 4))
            ]
        )
        self._set_terms(
            important={"single_amount": 1000, "currency_id": half.id},
            stable={"single_amount": 0.01, "currency_id": half.id},
        )
        enough = self._bought({"2023-02-02": 500})
        little = self._bought({"2023-02-02": 499.99})
        tiny = self._bought({"2023-02-02": 0.01})
        self.assertGrades(
            "2023-06-30", [(enough, self.important), (little, self.stable)]
        )
        self.assertGrades(
            "2023-07-01", [(enough, self.important), (little, self.important)]
        )
        # less than the smallest unit of the company's currency
        self.assertGrades("2023-07-01", [(tiny, self.stable)])

    # ------------------------------------------------------------ deal and need

    def test_need_and_intention(self):
        opportunity, lost, won, lead = [self._dossier() for _i in range(4)]
        leads = self.env["crm.lead"].create(
            [
                {"name": "L", "type": kind, "partner_id": dossier.partner_id.id}
                for dossier, kind in (
                    (opportunity, "opportunity"),
                    (lost, "opportunity"),
                    (won, "opportunity"),
                    (lead, "lead"),
                )
            ]
        )
        leads[1].action_set_lost()
        leads[2].action_set_won()
        none = self.env["customer.grade"]
        self.assertGrades(
            "2023-12-31",
            [
                (self._dossier(has_intention=True, needs="Pumps"), self.potential),
                (self._dossier(has_intention=True, potential_amount=1), self.potential),
                (self._dossier(has_intention=True), none),
                (self._dossier(needs="Pumps", potential_amount=1), none),
                (self._dossier(), none),
                (opportunity, self.potential),
                (lost, none),
                (won, none),
                (lead, none),
            ],
        )

    def test_opportunity_of_a_contact(self):
        dossier = self._dossier()
        contact = self._customer(parent_id=dossier.partner_id.id, is_company=False)
        self.env["crm.lead"].create(
            {"name": "L", "type": "opportunity", "partner_id": contact.id}
        )
        self.assertGrades("2023-12-31", [(dossier, self.potential)])

    def test_from_potential_to_deal_within_the_year(self):
        dossier = self._dossier(has_intention=True, needs="Pumps")
        self.assertGrades("2023-05-04", [(dossier, self.potential)])
        self._order(dossier, "2023-05-05", 1)
        self.assertGrades("2023-05-04", [(dossier, self.potential)])
        self.assertGrades("2023-05-05", [(dossier, self.general)])
        self._order(dossier, "2023-06-05", 299)
        self.assertGrades("2023-06-05", [(dossier, self.stable)])

    def test_scheme_without_potential_grade(self):
        scheme = self.env.ref("customer_archive.customer_grade_scheme_abc")
        a, b, c = scheme.grade_ids
        self._rule(
            "2002-01-01",
            {
                a: {"single_amount": 500},
                b: {"single_amount": 100},
                c: {"match": "deal"},
            },
        )
        cases = (
            (self._bought({2023: 500}), a),
            (self._bought({2023: 100}), b),
            (self._bought({2023: 99.99}), c),
            (self._dossier(has_intention=True, needs="Pumps"), scheme.grade_ids[:0]),
        )
        for dossier, grade in cases:
            evaluation = self._evaluate(dossier, "2023-12-31", scheme)
            self.assertEqual(evaluation.proposed_grade_id, grade)
        self.assertEqual(evaluation.direction, "none")
        self.assertTrue(evaluation.has_need)

    def test_archived_grade_is_not_proposed(self):
        dossier = self._bought({2023: 5000})
        self.assertGrades("2023-12-31", [(dossier, self.important)])
        self.important.active = False
        self.assertGrades("2023-12-31", [(dossier, self.stable)])
        # who has it still falls from it
        held = self._bought({2023: 1})
        self._confirm(held, "2023-12-30", self.important)
        self.assertEqual(self._evaluate(held, "2023-12-31").direction, "down")

    def test_shipped_thresholds(self):
        """They are all off: whoever bought is general, whoever needs is potential."""
        shipped = self.env.ref("customer_archive.customer_grade_scheme_class").rule_ids
        self.rule._system_write({"approval_state": "none"})
        for dossier, grade in (
            (self._bought({2023: 10**6}, national_rank=1), self.general),
            (self._dossier(has_intention=True, needs="Pumps"), self.potential),
        ):
            evaluation = self._evaluate(dossier, "2023-12-31")
            self.assertIn(evaluation.rule_id, shipped - self.rule)
            self.assertEqual(evaluation.proposed_grade_id, grade)
            self.assertFalse(evaluation.upgrade_grade_id)

    # ------------------------------------------------------------ versions

    def test_version_of_the_date(self):
        """The version in force on the date is used and stored (E6)."""
        dossier = self._bought({2022: 300, 2023: 300})
        strict = {
            self.stable: {"total_amount": 301},
            self.general: {"match": "deal"},
        }
        later = self._rule("2023-07-01", strict)
        self._rule("2023-07-02", strict, approval_state="none")
        self._rule("2023-07-02", strict, approval_state="pending")
        for date, rule, grade in (
            ("2023-06-30", self.rule, self.stable),
            ("2023-07-01", later, self.general),
            ("2023-12-31", later, self.general),
        ):
            evaluation = self._evaluate(dossier, date)
            with self.subTest(date=date):
                self.assertEqual(evaluation.rule_id, rule)
                self.assertEqual(evaluation.proposed_grade_id, grade)
        self.assertEqual(later.approval_state, "approved")

    def test_own_version_before_the_shared_one(self):
        dossier = self._bought({2023: 300})
        own = self._rule(
            "2002-01-01",
            {self.stable: {"total_amount": 301}, self.general: {"match": "deal"}},
            company_id=self.company.id,
        )
        self._rule("2003-01-01", {self.general: {"match": "deal"}})
        other = self.env["res.company"].create({"name": "Other Ltd"})
        self._rule("2004-01-01", {self.general: {"match": "deal"}}, company_id=other.id)
        evaluation = self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.rule_id, own)

    def test_no_version(self):
        dossier = self._dossier()
        with self.assertRefused(
            UserError, "No thresholds of .* are in force on .*1990"
        ):
            self._evaluate(dossier, "1990-12-31")

    # ------------------------------------------------------------ upgradeable

    def test_upgradeable(self):
        """The part of the next grade's thresholds (E11), from 80 % on."""
        self._set_terms(
            important={"single_amount": 1000}, stable={"single_amount": 500}
        )
        for amount, grade, percent, upgradeable in (
            (799.99, self.important, 79.99, False),
            (799.999, self.important, 80, True),  # a cent is the smallest unit
            (800, self.important, 80, True),
            (999.99, self.important, 99.99, True),
            (1000, None, 0, False),
            (399.99, self.stable, 79.99, False),
            (400, self.stable, 80, True),
            (1, self.stable, 0.2, False),
        ):
            evaluation = self._evaluate(self._bought({2023: amount}), "2023-12-31")
            with self.subTest(amount=amount):
                self.assertEqual(
                    evaluation.upgrade_grade_id, grade or self.env["customer.grade"]
                )
                self.assertEqual(evaluation.upgrade_percent, percent)
                self.assertEqual(evaluation.is_upgradeable, upgradeable)

    def test_nothing_is_shown_as_reached_before_it_is(self):
        self._set_terms(stable={"single_amount": 10**7})
        evaluation = self._evaluate(self._bought({2023: 9999999.99}), "2023-12-31")
        self.assertEqual(evaluation.proposed_grade_id, self.general)
        self.assertEqual(evaluation.upgrade_percent, 99.99)

    def test_upgrade_from_potential(self):
        """Of any criterion the best counts, of all of them the least."""
        terms = {"total_amount": 1000, "max_rank": 10}
        self._set_terms(stable={**terms, "match": "any"})
        potential = self._rule(
            "2003-01-01",
            {
                self.stable: {**terms, "match": "any"},
                self.potential: {"match": "need"},
            },
        )
        values = {"has_intention": True, "potential_amount": 850, "national_rank": 20}
        evaluation = self._evaluate(self._dossier(**values), "2023-12-31")
        self.assertEqual(evaluation.rule_id, potential)
        self.assertEqual(evaluation.proposed_grade_id, self.potential)
        self.assertEqual(evaluation.upgrade_grade_id, self.stable)
        self.assertEqual(evaluation.upgrade_percent, 85)
        self._set_terms(stable={**terms, "match": "all"})
        self._rule(
            "2004-01-01",
            {
                self.stable: {**terms, "match": "all"},
                self.potential: {"match": "need"},
            },
        )
        self._evaluate(evaluation.dossier_id, "2023-12-31")
        self.assertEqual(evaluation.upgrade_percent, 50)

    def test_progress_of_consecutive_years(self):
        """Each year up to its amount, in parts of the years asked for."""
        self._set_terms(important={"years": 3, "yearly_amount": 700})
        for amounts, percent in (
            ((700, 700, 280), 80),
            ((560, 560, 560), 80),
            ((500, 500, 680), 80),
            ((7000, 0, 700), 66.66),
            ((700, 700, 279.99), 79.99),
        ):
            years = dict(zip((2021, 2022, 2023), amounts, strict=True))
            evaluation = self._evaluate(self._bought(years), "2023-12-31")
            with self.subTest(amounts=amounts):
                self.assertEqual(evaluation.upgrade_percent, percent)

    # ------------------------------------------------------------ again

    def _confirm(self, dossier, date, grade):
        """Return an evaluation that confirmed ``grade``."""
        evaluation = self._evaluate(dossier, date)
        evaluation._system_write({"state": "confirmed", "grade_id": grade.id})
        return evaluation

    def _write_dates(self, evaluations):
        self.env.cr.execute(
            "SELECT id, write_date, xmin::text FROM customer_grade_evaluation "
            "WHERE id = ANY(%s) ORDER BY id",
            [evaluations.ids],
        )
        return self.env.cr.fetchall()

    def test_the_same_result_twice(self):
        date = (
            self.env["customer.grade.evaluation"]._fields["date"].to_date("2023-12-31")
        )
        customers = [
            self._bought({2021: 33.33, 2023: 500}, national_rank=3),
            self._dossier(has_intention=True, needs="Pumps"),
            self._dossier(),
        ]
        dossiers = self.env["customer.dossier"].union(*customers)
        first = self.scheme._evaluate(self.company, dossiers, date)
        self.assertEqual(len(first), 3)
        proposals = self.env["customer.grade.evaluation"].browse(first)
        before = self._write_dates(proposals)
        self.assertEqual(self.scheme._evaluate(self.company, dossiers, date), [])
        self.assertEqual(self._write_dates(proposals), before)
        self._order(customers[0], "2023-06-06", 1)
        changed = self.scheme._evaluate(self.company, dossiers, date)
        self.assertEqual(changed, proposals.filtered("has_deal").ids)
        self.assertEqual(proposals.filtered("has_deal").year_amount, 501)
        self.assertEqual(dossiers.evaluation_ids, proposals)

    def test_pending_proposal_stays(self):
        dossier = self._bought({2023: 1})
        evaluation = self._evaluate(dossier, "2023-12-31")
        evaluation._system_write({"approval_state": "pending"})
        evaluation.flush_recordset()
        before = self._write_dates(evaluation)
        self._order(dossier, "2023-06-06", 5000)
        self._evaluate(dossier, "2023-12-31")
        self.assertEqual(self._write_dates(evaluation), before)
        self.assertEqual(evaluation.proposed_grade_id, self.general)

    def test_deviating_grade_stays(self):
        dossier = self._bought({2023: 1})
        evaluation = self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.grade_id, self.general)
        self._order(dossier, "2023-06-06", 500)
        self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.grade_id, self.stable)
        evaluation._system_write({"grade_id": self.general.id})
        self._order(dossier, "2023-06-06", 5000)
        self._evaluate(dossier, "2023-12-31")
        self.assertEqual(evaluation.proposed_grade_id, self.important)
        self.assertEqual(evaluation.grade_id, self.general)

    def test_direction(self):
        """Against what was confirmed in the same scheme."""
        none = self.env["customer.grade"]
        abc = self.env.ref("customer_archive.customer_grade_scheme_abc")
        for amount, present, direction in (
            (500, self.general, "up"),
            (500, self.potential, "up"),
            (500, self.stable, "same"),
            (500, self.important, "down"),
            (1, self.stable, "down"),
            (500, none, "new"),
            (0, none, "none"),
        ):
            dossier = self._bought({2023: amount} if amount else {})
            if present:
                self._confirm(dossier, "2023-12-30", present)
            other = self._evaluate(dossier, "2023-12-30", abc)
            other._system_write({"state": "confirmed"})
            evaluation = self._evaluate(dossier, "2023-12-31")
            with self.subTest(amount=amount, present=present.name):
                self.assertEqual(evaluation.direction, direction)
                self.assertEqual(evaluation.present_grade_id, present)

    def test_number_of_queries_does_not_grow(self):
        counts = []
        for size in (2, 40):
            dossiers = self.env["customer.dossier"].create(
                [
                    {
                        "partner_id": self._customer().id,
                        "team_id": self.unit.id,
                        "user_id": self.rep.id,
                    }
                    for _i in range(size)
                ]
            )
            self._order(dossiers[0], "2023-05-05", 500)
            for _i in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self._evaluate(dossiers, "2023-12-31")
                counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[0])
        self.assertLessEqual(counts[3], counts[1])

    # ------------------------------------------------------------ who reads what

    def test_figures_do_not_depend_on_who_evaluates(self):
        """The keeper sees neither the orders nor the companies of all."""
        other = self.env["res.company"].create({"name": "Other Ltd"})
        dossier = self._bought({2023: 200})
        self._order(dossier, "2023-06-06", 300, company=other)
        dossier = dossier.with_user(self.keeper).with_company(self.company)
        self.scheme.with_user(self.keeper)._evaluate(
            self.company, dossier, self.rule.valid_from.replace(2023, 12, 31)
        )
        self.assertEqual(dossier.sudo().evaluation_ids.year_amount, 500)
        self.assertEqual(dossier.sudo().evaluation_ids.create_uid, self.keeper)
