from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .grade_common import GradeCommon

SCHEME = "customer.grade.scheme"
GRADE = "customer.grade"
RULE = "customer.grade.rule"
LINE = "customer.grade.rule.line"
FACTOR = "customer.grade.factor"
BAND = "customer.grade.factor.band"
CONSEQUENCE = "customer.grade.consequence"


class GradeConfigCommon(GradeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.abc = cls.env.ref("customer_archive.customer_grade_scheme_abc")
        cls.a, cls.b, cls.c = cls.abc.grade_ids

    @classmethod
    def _confirmed(cls, dossiers, grade, day="2026-05-01"):
        """Return a confirmed evaluation of each dossier; the dossiers carry its grade
        if its scheme leads."""
        evaluations = cls.env["customer.grade.evaluation"]._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "scheme_id": grade.scheme_id.id,
                    "rule_id": cls.rule.id,
                    "date": day,
                    "grading_company_id": cls.company.id,
                    "currency_id": cls.company.currency_id.id,
                    "grade_id": grade.id,
                    "proposed_grade_id": grade.id,
                    "state": "confirmed",
                    "confirmed_on": f"{day} 10:00:00",
                }
                for dossier in dossiers
            ]
        )
        if grade.scheme_id.is_leading:
            dossiers._set_grade(grade, day)
        return evaluations


@tagged("post_install", "-at_install")
class TestGradeLeading(GradeConfigCommon):
    """One scheme leads in a company, and its grades are those of the dossiers (E1,
    K1)."""

    def setUp(self):
        super().setUp()
        self.calls = []
        self.patch(
            type(self.env["customer.dossier"]),
            "_on_grade_changed",
            lambda dossier, former: self.calls.append(
                (dossier, former.name, dossier.tier)
            ),
        )

    def _lead(self, scheme, user=None):
        self._rpc(user or self.keeper, SCHEME, "action_lead", scheme.ids)

    def test_shipped_scheme_leads(self):
        self.assertTrue(self.scheme.is_leading)
        self.assertFalse(self.abc.is_leading)
        self.env[SCHEME]._lead_shipped()
        self.assertEqual(self.env[SCHEME]._get_leading(self.company), self.scheme)

    def test_dossiers_carry_the_grades_of_the_new_scheme(self):
        both, key, gone, none, new = (self._dossier() for _index in range(5))
        self._confirmed(both, self.stable)
        self._confirmed(both, self.a, "2026-06-02")
        self._confirmed(key, self.important)
        self._confirmed(key, self.a, "2026-06-03")
        self._confirmed(gone, self.general)
        self._confirmed(new, self.c, "2026-06-04")
        past = self._confirmed(none, self.b)
        past._system_write({"state": "superseded"})
        self.calls.clear()
        self._lead(self.abc, self.mdo)
        self.assertTrue(self.abc.is_leading)
        self.assertFalse(self.scheme.is_leading)
        self.assertEqual(
            [
                (dossier.grade_id, dossier.tier, str(dossier.grade_date))
                for dossier in (both, key, gone, none, new)
            ],
            [
                (self.a, "1", "2026-06-02"),
                (self.a, "1", "2026-06-03"),
                (self.env[GRADE], False, "False"),
                (self.env[GRADE], False, "False"),
                (self.c, "3", "2026-06-04"),
            ],
        )
        self.assertCountEqual(
            self.calls,
            [
                (both, "Stable Customer", "1"),
                (gone, "General Customer", False),
                (new, False, "3"),
            ],
        )
        self.calls.clear()
        self._lead(self.scheme)
        self.assertEqual(key.grade_id, self.important)
        self.assertEqual(gone.tier, "3")
        self.assertFalse(new.grade_id)

    def test_day_of_the_grade_is_the_one_at_the_office(self):
        """As a grade just confirmed is dated, whatever the day was in UTC."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        dossier = self._dossier()
        evaluation = self._confirmed(dossier, self.a)
        evaluation._system_write({"confirmed_on": "2026-05-31 20:00:00"})
        self._lead(self.abc)
        self.assertEqual(str(dossier.grade_date), "2026-06-01")

    def test_own_consequences_of_a_grade_follow(self):
        dossier = self._dossier()
        self._confirmed(dossier, self.important)
        self._confirmed(dossier, self.a)
        self.env[CONSEQUENCE].create({"grade_id": self.a.id})
        self.calls.clear()
        self._lead(self.abc)
        self.assertEqual(self.calls, [(dossier, "Important Customer", "1")])

    def test_queries_do_not_grow(self):
        def count(number):
            dossiers = self._dossier()
            for _index in range(number - 1):
                dossiers += self._dossier()
            self._confirmed(dossiers, self.important)
            self._confirmed(dossiers, self.a)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.abc.with_user(self.keeper).action_lead()
            self.env.flush_all()
            queries = self.env.cr.sql_log_count - start
            self.assertEqual(dossiers.grade_id, self.a)
            self.scheme.action_lead()
            return queries

        count(1)
        few = count(2)
        self.assertLessEqual(count(30), few)

    def test_change_stands_in_the_history_of_the_scheme(self):
        self._lead(self.abc)
        self.env.flush_all()
        self.env.cr.precommit.run()
        values = self.abc.message_ids.sudo().tracking_value_ids
        change = values.filtered(lambda value: value.field_id.name == "is_leading")
        self.assertEqual(change.new_value_integer, 1)
        self.assertEqual(change.mail_message_id.author_id, self.keeper.partner_id)

    def test_mark_is_not_written(self):
        for user in (self.keeper, self.mdo, self.env.ref("base.user_admin")):
            for method, *args in (
                ("write", self.abc.ids, {"is_leading": True}),
                ("write", self.scheme.ids, {"is_leading": False}),
                ("create", {"name": "Own", "is_leading": True}),
                ("web_save", [], {"name": "Own", "is_leading": True}, {}),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, SCHEME, method, *args)
        result = self._rpc(
            self.keeper, SCHEME, "load", ["name", "is_leading"], [["Own", "True"]]
        )
        self.assertFalse(result["ids"])
        self.assertFalse(self.env[SCHEME].search([("name", "=", "Own")]))
        scheme_id = self.env[SCHEME].with_user(self.keeper)
        scheme = scheme_id.with_context(default_is_leading=True).create({"name": "Own"})
        self.assertFalse(scheme.is_leading)

    def test_who_makes_a_scheme_leading(self):
        for user in (self.rep, self.bum, self.gmo, self.fin, self.outsider):
            for method in ("action_lead", "action_stop_leading"):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, SCHEME, method, self.abc.ids)
        group = self.env.ref("base.group_portal")
        portal = self._user(False, "portal", group_ids=[Command.set(group.ids)])
        with self.assertRefused(AccessError):
            self._rpc(portal, SCHEME, "action_lead", self.abc.ids)
        self.assertTrue(self.scheme.is_leading)

    def test_version_in_force_is_required(self):
        scheme = self.env[SCHEME].create(
            {"name": "Own", "grade_ids": [Command.create({"name": "One"})]}
        )
        with self.assertRefused(UserError, "no approved version"):
            self._lead(scheme)
        self._rule("2999-01-01", {scheme.grade_ids: {"match": "deal"}})
        with self.assertRefused(UserError, "no approved version"):
            self._lead(scheme)
        self._rule("2020-01-01", {scheme.grade_ids: {"match": "deal"}})
        scheme.active = False
        with self.assertRefused(UserError, "archived"):
            self._lead(scheme)
        scheme.active = True
        self._lead(scheme)
        self.assertTrue(scheme.is_leading)

    def test_leading_scheme_stays(self):
        with self.assertRefused(ValidationError, "leads"):
            self._rpc(self.keeper, SCHEME, "action_archive", self.scheme.ids)
        with self.assertRefused(UserError, "Archive it instead"):
            self._rpc(self.keeper, SCHEME, "unlink", self.scheme.ids)
        with self.assertRefused(UserError, "company stays"):
            self._rpc(
                self.keeper,
                SCHEME,
                "write",
                self.scheme.ids,
                {"company_id": self.company.id},
            )
        with self.assertRefused(UserError, "One scheme has to lead"):
            self._rpc(self.keeper, SCHEME, "action_stop_leading", self.scheme.ids)

    def test_company_with_its_own_scheme(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.keeper.company_ids += other
        unit = self._unit("Unit Other")
        own = self._dossier()
        shared = self._dossier(team_id=unit.id)
        unit.company_id = other
        theirs = self._dossier(
            partner_id=self._customer(company_id=other.id).id, team_id=unit.id
        )
        scheme = self.env[SCHEME].create(
            {
                "name": "Theirs",
                "company_id": other.id,
                "grade_ids": [Command.create({"name": "Good", "tier": "2"})],
            }
        )
        good = scheme.grade_ids
        self._rule("2020-01-01", {good: {"match": "deal"}}, company_id=other.id)
        for dossier in (own, shared, theirs):
            self._confirmed(dossier, self.stable)
            self._confirmed(dossier, good)
            self._confirmed(dossier, self.a)
        self._rpc_in(other, SCHEME, "action_lead", scheme.ids)
        self.assertEqual(self.env[SCHEME]._get_leading(other), scheme)
        self.assertEqual(self.env[SCHEME]._get_leading(self.company), self.scheme)
        self.assertEqual((shared + theirs).grade_id, good)
        self.assertEqual(own.grade_id, self.stable)
        # the shared mark moves: they keep their own
        self._lead(self.abc)
        self.assertEqual((shared + theirs).grade_id, good)
        self.assertEqual(own.grade_id, self.a)
        self._rpc_in(other, SCHEME, "action_stop_leading", scheme.ids)
        self.assertFalse(scheme.is_leading)
        self.assertEqual((shared + theirs).grade_id, self.a)
        for company, dossiers in (
            (self.company, own),
            (other, shared + theirs),
        ):
            for dossier in dossiers:
                self.assertEqual(dossier._get_grading_company(), company)

    def _rpc_in(self, company, model, method, *args):
        records = self.env[model].with_user(self.keeper).browse(args[0])
        records = records.with_context(allowed_company_ids=company.ids)
        return getattr(records, method)(*args[1:])

    def test_scheme_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        scheme = self.env[SCHEME].create({"name": "Theirs", "company_id": other.id})
        grade = self.env[GRADE].create({"name": "Good", "scheme_id": scheme.id})
        factor = self.env[FACTOR].create({"name": "Trust", "scheme_id": scheme.id})
        rule = self._rule("2020-01-01", {grade: {"match": "deal"}}, company_id=other.id)
        for record in (scheme, grade, factor, rule, rule.line_ids):
            for user in (self.keeper, self.mdo, self.outsider):
                with self.subTest(model=record._name, user=user.login):
                    with self.assertRefused(AccessError):
                        self._rpc(user, record._name, "read", record.ids, ["id"])
        for method in ("action_lead", "action_stop_leading"):
            with self.assertRefused(AccessError):
                self._rpc(self.keeper, SCHEME, method, scheme.ids)


@tagged("post_install", "-at_install")
class TestGradeScheme(GradeConfigCommon):
    """Schemes and grades that customers were graded by keep their meaning."""

    def test_copy(self):
        copy_id = self._rpc(self.keeper, SCHEME, "copy", self.scheme.ids)[0]
        scheme = self.env[SCHEME].browse(copy_id)
        self.assertFalse(scheme.is_leading)
        self.assertEqual(scheme.name, "Customer Classes (copy)")
        self.assertEqual(scheme.rule_ids, self.env[RULE])
        self.assertEqual(scheme.grade_ids.mapped("tier"), ["1", "2", "3", "0"])
        self.assertFalse(scheme.grade_ids & self.scheme.grade_ids)
        self.assertEqual(
            scheme.factor_ids.mapped("name"), self.scheme.factor_ids.mapped("name")
        )
        self.assertEqual(
            scheme.factor_ids.band_ids.mapped("score"),
            self.scheme.factor_ids.band_ids.mapped("score"),
        )
        named = self.scheme.copy({"name": "Next"})
        self.assertEqual(named.name, "Next")

    def test_used_scheme_is_archived(self):
        with self.assertRefused(UserError, "Archive it instead"):
            self._rpc(self.keeper, SCHEME, "unlink", self.abc.ids)
        self._rpc(self.keeper, SCHEME, "action_archive", self.abc.ids)
        self.assertFalse(self.abc.active)
        scheme = self.scheme.copy()
        self._rpc(self.keeper, SCHEME, "unlink", scheme.ids)
        self.assertFalse(scheme.exists())

    def test_used_scheme_keeps_its_company(self):
        self._confirmed(self._dossier(), self.a)
        with self.assertRefused(UserError, "company stays"):
            self.abc.company_id = self.company
        scheme = self.scheme.copy()
        scheme.company_id = self.company
        self.assertEqual(scheme.company_id, self.company)

    def test_method_stays_while_grades_are_decided(self):
        evaluation = self._confirmed(self._dossier(), self.a)
        evaluation._system_write({"state": "proposed", "approval_state": "pending"})
        with self.assertRefused(UserError, "being decided"):
            self._rpc(self.keeper, SCHEME, "write", self.abc.ids, {"method": "score"})
        self.abc.method = "threshold"
        evaluation._system_write({"approval_state": "none"})
        self._rpc(self.keeper, SCHEME, "write", self.abc.ids, {"method": "score"})
        self.assertEqual(self.abc.method, "score")

    def test_tiers_follow_the_order(self):
        for values in ({"tier": "3"}, {"tier": "0"}, {"sequence": 25}):
            with (
                self.subTest(values=values),
                self.assertRefused(UserError),
            ):
                self._rpc(self.keeper, GRADE, "write", self.a.ids, values)
        with self.assertRefused(ValidationError, "better grade never has a lower tier"):
            self._rpc(
                self.keeper,
                SCHEME,
                "create",
                {
                    "name": "Wrong",
                    "grade_ids": [
                        Command.create({"name": "Low", "tier": "0", "sequence": 1}),
                        Command.create({"name": "High", "tier": "1", "sequence": 2}),
                    ],
                },
            )
        with self.assertRefused(ValidationError, "better grade never has a lower tier"):
            self._rpc(
                self.keeper,
                GRADE,
                "create",
                {"name": "AA", "scheme_id": self.abc.id, "tier": "2", "sequence": 5},
            )
        grade_id = self._rpc(
            self.keeper,
            GRADE,
            "create",
            {"name": "AA", "scheme_id": self.abc.id, "tier": "1", "sequence": 5},
        )
        self.assertEqual(self.abc.grade_ids[0].id, grade_id)
        self.assertEqual(self.abc.grade_ids.mapped("tier"), ["1", "1", "2", "3"])

    def test_order_of_submitted_versions_stays(self):
        scheme = self.env[SCHEME].create(
            {
                "name": "Own",
                "grade_ids": [
                    Command.create({"name": name, "tier": "1", "sequence": sequence})
                    for name, sequence in (("One", 1), ("Two", 2))
                ],
            }
        )
        one, two = scheme.grade_ids
        draft = self.env[RULE].create({"name": "Draft", "scheme_id": scheme.id})
        draft.line_ids = [Command.create({"grade_id": grade.id}) for grade in one + two]
        one.sequence = 3
        self.assertEqual(draft._get_lines().grade_id.ids, (two + one).ids)
        self._rpc(self.keeper, RULE, "action_submit", draft.ids)
        with self.assertRefused(UserError, "Two.*One"):
            self._rpc(self.keeper, GRADE, "write", one.ids, {"sequence": 1})
        self._rpc(self.keeper, GRADE, "write", one.ids, {"sequence": 20})
        self.assertEqual(one.sequence, 20)

    def test_last_grade_stays(self):
        grades = self.abc.grade_ids
        (grades - self.a).active = False
        with self.assertRefused(ValidationError, "at least one grade"):
            self._rpc(self.keeper, GRADE, "action_archive", self.a.ids)
        self.assertTrue(self.a.active)

    def test_tier_of_a_given_grade_stays(self):
        self.b.tier = "2"
        self.c.tier = "2"
        self.assertEqual(self.c.tier, "2")
        dossier = self._dossier()
        self._confirmed(dossier, self.general)
        with self.assertRefused(UserError, "General Customer.*Archive it"):
            self._rpc(self.keeper, GRADE, "write", self.general.ids, {"tier": "2"})
        self._rpc(
            self.keeper, GRADE, "write", self.general.ids, {"tier": "3", "color": 1}
        )
        self.assertEqual(dossier.tier, "3")

    def test_used_grade_stays_in_its_scheme(self):
        spare = self.env[GRADE].create(
            {"name": "D", "scheme_id": self.abc.id, "tier": "0", "sequence": 90}
        )
        for grade in (self.a, self.important):
            with self.assertRefused(UserError, "in use"):
                self._rpc(self.keeper, GRADE, "unlink", grade.ids)
            with self.assertRefused(UserError, "in use"):
                self._rpc(
                    self.keeper,
                    GRADE,
                    "write",
                    grade.ids,
                    {"scheme_id": self.env[SCHEME].create({"name": "Other"}).id},
                )
        self._confirmed(self._dossier(), spare)
        with self.assertRefused(UserError, "in use"):
            self._rpc(self.keeper, GRADE, "unlink", spare.ids)
        self._rpc(self.keeper, GRADE, "action_archive", spare.ids)
        self.assertFalse(spare.active)
        free = spare.copy()
        self._rpc(self.keeper, GRADE, "unlink", free.ids)
        self.assertFalse(free.exists())

    def test_consequence_of_a_grade_has_its_tier(self):
        lines = self.env[CONSEQUENCE]
        line = lines.create({"grade_id": self.b.id})
        self.assertEqual(line.tier, "2")
        with self.assertRefused(ValidationError, "another tier"):
            self._rpc(self.keeper, CONSEQUENCE, "write", line.ids, {"tier": "1"})
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(IntegrityError, "scope_uniq"),
        ):
            lines.create({"grade_id": self.b.id})
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestGradeRule(GradeConfigCommon):
    """What a version says makes sense before it is submitted, and stays after it
    (E6, K3)."""

    def _draft(self, terms=None, day="2026-01-01", user=None, **values):
        terms = terms or {
            self.a: {"single_amount": 500},
            self.b: {"single_amount": 100},
            self.c: {"match": "deal"},
        }
        rule_id = self._rpc(
            user or self.keeper,
            RULE,
            "create",
            {
                "name": f"From {day}",
                "scheme_id": self.abc.id,
                "valid_from": day,
                "line_ids": [
                    Command.create({"grade_id": grade.id, **line})
                    for grade, line in terms.items()
                ],
                **values,
            },
        )
        return self.env[RULE].browse(rule_id)

    def _submit(self, rule, user=None):
        return self._rpc(user or self.keeper, RULE, "action_submit", rule.ids)

    def _approve(self, rule):
        self._submit(rule)
        self._rpc(self.gmo, RULE, "action_approve", rule.ids)
        self.assertEqual(rule.approval_state, "approved")

    def _in_force(self, day, company=None):
        return self.env[RULE]._get_in_force(self.abc, company or self.company, day)

    def test_grades_of_one_sequence_keep_their_order(self):
        """The best one is the one that stands first in its scheme, whichever line was
        entered first."""
        self.env.cr.execute(SQL("UPDATE customer_grade SET sequence = 10"))
        self.env.invalidate_all()
        rule = self._rule(
            "2020-01-01",
            {
                self.c: {"match": "deal"},
                self.b: {"single_amount": 100},
                self.a: {"single_amount": 500},
            },
        )
        self.env.invalidate_all()
        self.assertEqual(rule.line_ids.grade_id, self.a + self.b + self.c)
        dossier = self._dossier()
        self._order(dossier, "2025-03-03", 900)
        proposal = self._evaluate(dossier, "2025-12-31", self.abc)
        self.assertEqual(proposal.rule_id, rule)
        self.assertEqual(proposal.proposed_grade_id, self.a)

    def test_who_submits_and_who_approves(self):
        rule = self._draft(user=self.mdo)
        for user in (self.rep, self.bum, self.gmo, self.fin, self.outsider):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._submit(rule, user)
        self._submit(rule)
        for user in (self.rep, self.bum, self.keeper, self.mdo, self.fin):
            with self.subTest(user=user.login), self.assertRefused(UserError):
                self._rpc(user, RULE, "action_approve", rule.ids)
        self.assertEqual(rule.approval_state, "pending")
        self._rpc(self.gmo, RULE, "action_approve", rule.ids)
        self.assertEqual(self._in_force("2026-01-01"), rule)
        self.assertNotEqual(self._in_force("2025-12-31"), rule)

    def test_rejected_version_is_mended(self):
        rule = self._draft()
        self._submit(rule)
        self._rpc(self.gmo, RULE, "action_reject", rule.ids, "Too low")
        rule.line_ids[0].with_user(self.keeper).single_amount = 900
        self._approve(rule)

    def test_every_grade_once(self):
        rule = self._draft({self.a: {"single_amount": 500}, self.c: {"match": "deal"}})
        with self.assertRefused(UserError, "Add the terms of: B"):
            self._submit(rule)
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError):
            self._rpc(
                self.keeper, LINE, "create", {"rule_id": rule.id, "grade_id": self.a.id}
            )
        self.b.active = False
        self._submit(rule)
        self.assertEqual(rule.approval_state, "pending")
        archived = self._draft(day="2026-02-01")
        with self.assertRefused(UserError, "archived grades: B"):
            self._submit(archived)

    def test_scheme_without_grades(self):
        scheme = self.env[SCHEME].create({"name": "Empty"})
        rule = self.env[RULE].create({"name": "None", "scheme_id": scheme.id})
        with self.assertRefused(UserError, "no grades yet"):
            self._submit(rule)

    def test_grade_of_another_scheme(self):
        with self.assertRefused(ValidationError, "no grade of"):
            self._draft({self.important: {}})

    def test_order_of_the_lines(self):
        deal, need = {"match": "deal"}, {"match": "need"}
        for terms in (
            {self.a: deal, self.b: {}, self.c: {}},
            {self.a: {}, self.b: need, self.c: deal},
            {self.a: need, self.b: {}, self.c: {}},
            {self.a: {}, self.b: deal, self.c: deal},
            {self.a: {}, self.b: need, self.c: need},
        ):
            with (
                self.subTest(matches=[*terms.values()]),
                self.assertRefused(ValidationError, "at most one grade"),
            ):
                self._draft(terms)
        rule = self._draft({self.a: {}, self.b: deal, self.c: need})
        self._rpc(
            self.keeper, LINE, "write", rule._get_lines()[0].ids, {"match": "deal"}
        )
        with self.assertRefused(ValidationError, "at most one grade"):
            self._submit(rule)

    def test_form_may_exchange_two_lines(self):
        rule = self._draft()
        a, b, c = rule._get_lines()
        self._rpc(
            self.keeper,
            RULE,
            "write",
            rule.ids,
            {
                "line_ids": [
                    Command.update(b.id, {"match": "deal"}),
                    Command.update(c.id, {"match": "need"}),
                ]
            },
        )
        self.assertEqual((a + b + c).mapped("match"), ["any", "deal", "need"])

    def test_better_grade_is_not_easier(self):
        eur = self.env.ref("base.EUR") + self.env.ref("base.USD")
        eur.active = True
        foreign = (eur - self.company.currency_id)[:1].id
        years = {"years": 3, "yearly_amount": 100}
        cases = (
            ({"single_amount": 99}, {"single_amount": 100}, "Single Contract"),
            ({"total_amount": 1}, {"total_amount": 2}, "Year or Potential"),
            ({"max_rank": 11}, {"max_rank": 10}, "National Rank"),
            (years | {"yearly_amount": 99}, years, "Yearly Amount"),
            (years | {"years": 2}, years, "Yearly Amount"),
            ({"max_rank": 10}, {"max_rank": 10}, False),
            (years, years, False),
            (years | {"years": 2, "yearly_amount": 101}, years, False),
            ({"single_amount": 100}, {"single_amount": 99}, False),
            ({"max_rank": 9}, {"max_rank": 10}, False),
            ({"single_amount": 0}, {"single_amount": 100}, False),
            (
                {"single_amount": 99, "currency_id": foreign},
                {"single_amount": 100},
                False,
            ),
            (
                {"single_amount": 99, "currency_id": foreign},
                {"single_amount": 100, "currency_id": foreign},
                "Single Contract",
            ),
            (
                {"single_amount": 99, "match": "all"},
                {"single_amount": 100, "match": "all"},
                "Single Contract",
            ),
            ({"single_amount": 99, "match": "all"}, {"single_amount": 100}, False),
            (
                {"single_amount": 99},
                {"single_amount": 100, "match": "all"},
                "Single Contract",
            ),
        )
        for day, (better, worse, criterion) in enumerate(cases, start=1):
            with self.subTest(better=better, worse=worse):
                rule = self._draft(
                    {self.a: better, self.b: worse, self.c: {"match": "deal"}},
                    f"2026-03-{day:02}",
                )
                if criterion:
                    with self.assertRefused(UserError, f"A is easier.*B.*{criterion}"):
                        self._submit(rule)
                else:
                    self._submit(rule)
                    self.assertEqual(rule.approval_state, "pending")

    def test_one_version_a_day(self):
        self._approve(self._draft())
        second = self._draft(name="Second")
        with self.assertRefused(UserError, "holds from the same day"):
            self._submit(second)
        self._approve(self._draft(company_id=self.company.id))
        second.valid_from = "2026-01-02"
        self._submit(second)
        third = self._draft(day="2026-01-02")
        with self.assertRefused(UserError, "Second holds from the same day"):
            self._submit(third)

    def test_own_version_before_the_shared_one(self):
        other = self.env["res.company"].create({"name": "Other"})
        shared = self._draft(day="2026-02-01")
        own = self._draft(company_id=self.company.id)
        self._approve(shared)
        self._approve(own)
        self.assertEqual(self._in_force("2026-03-01"), own)
        self.assertEqual(self._in_force("2026-03-01", other), shared)

    def test_version_of_a_scheme_of_a_company(self):
        scheme = self.scheme.copy({"company_id": self.company.id})
        rule = self.env[RULE].create({"name": "Own", "scheme_id": scheme.id})
        self.assertEqual(rule.company_id, self.company)
        with self.assertRefused(UserError, "inconsistenc"):
            rule.company_id = False

    def test_new_version_copies_the_lines(self):
        rule = self._draft()
        self._approve(rule)
        action = self._rpc(self.mdo, RULE, "action_new_version", rule.ids)
        version = self.env[RULE].browse(action["res_id"])
        self.assertEqual(version.approval_state, "none")
        self.assertNotEqual(version.valid_from, rule.valid_from)
        self.assertEqual(version._get_lines().mapped("single_amount"), [500, 100, 0])
        version.line_ids.with_user(self.keeper).write({"max_rank": 3})
        self.assertEqual(rule.line_ids.mapped("max_rank"), [0, 0, 0])
        for user in (self.rep, self.gmo):
            with self.assertRefused(AccessError):
                self._rpc(user, RULE, "action_new_version", rule.ids)

    def test_form_proposes_the_grades(self):
        values = self._rpc(
            self.keeper,
            RULE,
            "onchange",
            [],
            {"scheme_id": self.scheme.id, "line_ids": []},
            ["scheme_id"],
            {"scheme_id": {}, "line_ids": {"fields": {"grade_id": {}, "match": {}}}},
        )["value"]
        lines = [command[2] for command in values["line_ids"] if command[0] == 0]
        self.assertEqual(
            [line["grade_id"] for line in lines], self.scheme.grade_ids.ids
        )
        self.assertEqual(
            [line["match"] for line in lines], ["any", "any", "deal", "need"]
        )

    def test_what_was_submitted_stays(self):
        pending = self._draft()
        self._submit(pending)
        approved = self._draft(day="2026-02-01")
        self._approve(approved)
        draft = self._draft(day="2026-03-01")
        late = self.env[GRADE].create(
            {"name": "D", "scheme_id": self.abc.id, "tier": "0", "sequence": 90}
        )
        loose = self.env[LINE].create({"rule_id": draft.id, "grade_id": late.id})
        for rule in (pending, approved):
            line = rule._get_lines()[0]
            for user in (self.keeper, self.mdo):
                for model, method, *args in (
                    (RULE, "write", rule.ids, {"valid_from": "2020-01-01"}),
                    (RULE, "write", rule.ids, {"name": "Other"}),
                    (RULE, "write", rule.ids, {"company_id": self.company.id}),
                    (RULE, "write", rule.ids, {"upgrade_percent": 1}),
                    (RULE, "write", rule.ids, {"scheme_id": self.scheme.id}),
                    (RULE, "write", rule.ids, {"line_ids": [[5, 0, 0]]}),
                    (RULE, "write", rule.ids, {"approval_state": "none"}),
                    (
                        RULE,
                        "update_field_translations",
                        rule.ids,
                        "name",
                        {"en_US": "Other"},
                    ),
                    (RULE, "unlink", rule.ids),
                    (RULE, "action_submit", rule.ids),
                    (LINE, "write", line.ids, {"single_amount": 9.0}),
                    (LINE, "write", line.ids, {"sequence": 99}),
                    (LINE, "write", line.ids, {"rule_id": draft.id}),
                    (LINE, "write", loose.ids, {"rule_id": rule.id}),
                    (LINE, "create", {"rule_id": rule.id, "grade_id": late.id}),
                    (LINE, "unlink", line.ids),
                    (SCHEME, "write", self.abc.ids, {"rule_ids": [[2, rule.id, 0]]}),
                ):
                    with (
                        self.subTest(user=user.login, model=model, call=[method, args]),
                        self.assertRefused(UserError),
                    ):
                        self._rpc(user, model, method, *args)
            self.assertEqual(rule._get_lines().mapped("single_amount"), [500, 100, 0])
        self.assertEqual(pending.approval_state, "pending")


@tagged("post_install", "-at_install")
class TestGradeFactor(GradeConfigCommon):
    """Sex, race, religion and age are no factor (D11)."""

    def _create(self, **values):
        return self._rpc(
            self.keeper,
            FACTOR,
            "create",
            {"name": "Factor", "scheme_id": self.abc.id, **values},
        )

    def _manual(self, name, **values):
        return self.env["ir.model.fields"].create(
            {
                "name": name,
                "field_description": name,
                "model_id": self.env.ref("base.model_res_partner").id,
                "ttype": "integer",
                **values,
            }
        )

    def test_personal_traits(self):
        factor = self.env[FACTOR].browse(self._create())
        for name in ("x_age", "x_gender", "x_race", "x_religion", "x_studio_sex"):
            self._manual(name)
        self._manual("x_harmless", related="parent_id.x_age", store=True)
        for name in (
            "x_age",
            "x_gender",
            "x_race",
            "x_religion",
            "x_studio_sex",
            "x_harmless",
        ):
            values = {"source": "field", "field_name": name}
            with (
                self.subTest(name=name),
                self.assertRefused(ValidationError, "no input of a rule"),
            ):
                self._create(**values)
            with self.assertRefused(ValidationError, "no input of a rule"):
                self._rpc(self.mdo, FACTOR, "write", factor.ids, values)
        self.assertEqual(factor.source, "entered")

    def test_fields_that_are_no_factor(self):
        for name in (False, "nothing", "name", "active", "credit", "parent_id.color"):
            with (
                self.subTest(name=name),
                self.assertRefused(ValidationError, "stored number"),
            ):
                self._create(source="field", field_name=name)
        factor_id = self._create(source="field", field_name="registered_capital")
        self.assertTrue(self.env[FACTOR].browse(factor_id))

    def test_bands(self):
        factor_id = self._create(
            source="deal_amount",
            band_ids=[
                Command.create({"min_value": 0, "score": 10}),
                Command.create({"min_value": 100, "score": 50}),
            ],
        )
        factor = self.env[FACTOR].browse(factor_id)
        self.assertEqual(
            [factor._get_score(value) for value in (-1, 0, 99.9, 100, 1000)],
            [10, 10, 10, 50, 50],
        )
        for values in ({"min_value": 100, "score": 1}, {"min_value": 5, "score": 101}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRefused(IntegrityError),
            ):
                self._rpc(
                    self.keeper, BAND, "create", {"factor_id": factor.id, **values}
                )


@tagged("post_install", "-at_install")
class TestGradeConfigAccess(GradeConfigCommon):
    """The keeper and the Marketing Director set up the grading, every archive role
    reads it, other employees read the names of schemes and grades alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rule = cls.env[RULE].create(
            {
                "name": "Draft",
                "scheme_id": cls.abc.id,
                "line_ids": [Command.create({"grade_id": cls.a.id})],
            }
        )
        cls.records = {
            SCHEME: cls.abc,
            GRADE: cls.a,
            RULE: rule,
            LINE: rule.line_ids,
            FACTOR: cls.scheme.factor_ids[0],
            BAND: cls.scheme.factor_ids.band_ids[0],
            CONSEQUENCE: cls.env[CONSEQUENCE].create({"grade_id": cls.b.id}),
        }
        # who may not export at all is refused for that alone
        cls.outsider.group_ids += cls.env.ref("base.group_allow_export")
        cls.portal = cls._user(
            False,
            "grade_portal",
            group_ids=[Command.set(cls.env.ref("base.group_portal").ids)],
        )

    def _assert_unreadable(self, user, record):
        name = record._name
        for method, *args in (
            ("read", record.ids, ["id"]),
            ("search_read", [], ["id"]),
            ("formatted_read_group", [], [], ["__count"]),
            ("web_search_read", [], {"id": {}}),
            ("export_data", record.ids, ["create_date"]),
        )[: 4 if user == self.portal else 5]:
            with (
                self.subTest(user=user.login, model=name, method=method),
                self.assertRefused(AccessError),
            ):
                self._rpc(user, name, method, *args)

    def _assert_unwritable(self, user, record):
        name = record._name
        values = {
            LINE: {"max_rank": 3},
            BAND: {"score": 3},
            CONSEQUENCE: {"tier": "1"},
        }.get(name, {"name": "Forged"})
        for method, *args in (
            ("write", record.ids, values),
            ("web_save", record.ids, values, {}),
            ("create", values),
            ("copy", record.ids),
            ("unlink", record.ids),
        ):
            with (
                self.subTest(user=user.login, model=name, method=method),
                self.assertRefused(AccessError),
            ):
                self._rpc(user, name, method, *args)

    def test_who_reads(self):
        open_to_all = (SCHEME, GRADE)
        for name, record in self.records.items():
            for user in (self.rep, self.bum, self.gmo, self.fin, self.admin_user):
                self.assertTrue(self._rpc(user, name, "read", record.ids, ["id"]))
            if name in open_to_all:
                self.assertTrue(
                    self._rpc(self.outsider, name, "search_read", [], ["name"])
                )
            else:
                self._assert_unreadable(self.outsider, record)
            self._assert_unreadable(self.portal, record)
        for name in ("factor_ids", "rule_ids"):
            with self.assertRefused(AccessError):
                self._rpc(self.outsider, SCHEME, "read", self.abc.ids, [name])

    def test_who_writes(self):
        for record in self.records.values():
            for user in (
                self.rep,
                self.bum,
                self.gmo,
                self.fin,
                self.fug,
                self.admin_user,
                self.outsider,
                self.portal,
            ):
                self._assert_unwritable(user, record)
        for user in (self.keeper, self.mdo):
            for name, values in (
                (SCHEME, {"name": "ABC"}),
                (GRADE, {"name": "A+"}),
                (FACTOR, {"weight": 7}),
                (BAND, {"score": 7}),
                (RULE, {"upgrade_percent": 70}),
                (LINE, {"max_rank": 7}),
            ):
                record = self.records[name]
                self.assertTrue(self._rpc(user, name, "write", record.ids, values))
                self.assertEqual(record[[*values][0]], [*values.values()][0])
