from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_limit import CustomerLimitCommon

MODEL = "customer.credit.assessment"


@tagged("post_install", "-at_install")
class TestAssessment(CustomerLimitCommon):
    """The document that changes rating and limit (F4, F8, F9, F10, F14, F16, F17)."""

    # ------------------------------------------------------------ drafts

    def test_draft_enters_what_is_proposed(self):
        action = self._rpc(self.rep, self.account, "action_propose_limit")
        draft = self.env[MODEL].browse(action["res_id"])
        self.assertRegex(draft.number, r"^ZX-\d{4}-\d+$")
        self.assertRecordValues(
            draft,
            [
                {
                    "kind": "assessment",
                    "scheme_id": self.scheme.id,
                    "proposed_rating_id": self.good.id,
                    "proposed_score": 80.0,
                    "proposed_reasons": "Pays\non time",
                    "rating_id": self.good.id,
                    "has_terms": True,
                    "rule_maximum": 5000.0,
                    "rule_term_days": 30,
                    "rule_coefficient": 1.0,
                    "has_cap": False,
                    "term_days": 30,
                    "limit_amount": draft.suggested_amount,
                    "limit_currency_id": self.company.currency_id.id,
                    "responsible_id": self.rep.id,
                    "approval_state": "none",
                }
            ],
        )
        again = self._rpc(self.rep, self.account, "action_propose_limit")
        self.assertEqual(again["res_id"], draft.id)

    def test_entered_values_stay(self):
        draft = self._draft(limit_amount=1234.0, rating_id=self.weak.id)
        self.assertEqual((draft.limit_amount, draft.rating_id), (1234.0, self.weak))
        # the terms that stand beside the limit are those of the rating entered
        self.assertEqual(draft.rule_maximum, 500.0)
        draft.action_propose()
        self.assertEqual(draft.rating_id, self.good)

    def test_suggestion_in_the_currency_of_the_limit(self):
        currency = self._foreign_currency()
        self.account._system_write({"limit_currency_id": currency.id})
        draft = self._draft()
        self.assertEqual(draft.limit_currency_id, currency)
        self.assertEqual(draft.limit_amount, draft.suggested_amount * 4)

    def test_judgements_are_asked_and_counted(self):
        judged, figure = self.env["customer.credit.factor"].create(
            [
                {
                    "name": "Management",
                    "scheme_id": self.scheme.id,
                    "source": "entered",
                },
                {"name": "Sales", "scheme_id": self.scheme.id, "source": "turnover"},
            ]
        )
        line = {"factor_id": judged.id, "value": None, "source": "entered"}
        type(self).lines = [
            {**line, "score": None, "weight": 2.0},
            {
                "factor_id": figure.id,
                "value": 900.0,
                "source": "turnover",
                "score": 40.0,
                "weight": 1.0,
            },
        ]
        self.addCleanup(setattr, type(self), "lines", [])
        draft = self._draft()
        first, second = draft.line_ids
        self.assertEqual((first.has_value, first.has_score), (False, False))
        self.assertEqual((second.value, second.score), (900.0, 40.0))
        self._rpc(
            self.rep,
            draft,
            "write",
            {"line_ids": [[1, first.id, {"entered_value": 0.0, "is_judged": True}]]},
        )
        with self.assertRefused(UserError, "not judged by a person"):
            self._rpc(self.rep, second, "write", {"entered_value": 1.0})
        for values in ({"score": 100.0}, {"weight": 9.0}, {"value": 1.0}):
            with self.assertRaises(AccessError):
                self._rpc(self.rep, first, "write", values)
        with self.assertRaises(AccessError):
            self._rpc(self.rep, first, "unlink")
        type(self).lines[0] |= {"value": 0.0, "score": 10.0}
        draft.action_submit()
        self.assertEqual(self.entered, {self.account: {judged: 0.0}})
        self.assertEqual((first.has_score, first.score), (True, 10.0))
        self.assertEqual(draft.line_ids, first | second)
        with self.assertRefused(UserError, "being decided"):
            self._rpc(self.rep, first, "write", {"entered_value": 5.0})

    # ------------------------------------------------------------ decision

    @freeze_time("2025-03-10 08:00:00")
    def test_approval_changes_rating_and_limit(self):
        self.account._system_write({"term_days": 10, "valid_until": "2025-12-31"})
        draft = self._draft(limit_amount=3000.0, term_days=45, valid_until="2026-06-30")
        draft.action_submit()
        self.assertEqual(
            (draft.approval_state, self.account.limit_amount), ("pending", 1000.0)
        )
        self.assertEqual(draft.approval_id.amount, 3000.0)
        draft.with_user(self.fin).action_approve("Agreed")
        self.assertRecordValues(
            self.account,
            [
                {
                    "control": "limited",
                    "limit_amount": 3000.0,
                    "term_days": 45,
                    "valid_until": fields.Date.to_date("2026-06-30"),
                    "rating_id": self.good.id,
                    "rating_date": fields.Date.to_date("2025-03-10"),
                    "review_date": fields.Date.to_date("2026-03-10"),
                    "warning_percent": 70.0,
                    "available": 3000.0,
                }
            ],
        )
        self.assertRecordValues(
            draft,
            [
                {
                    "old_rating_id": False,
                    "old_control": "limited",
                    "old_limit_amount": 1000.0,
                    "old_limit_currency_id": self.company.currency_id.id,
                    "old_term_days": 10,
                    "old_valid_until": fields.Date.to_date("2025-12-31"),
                    "decided_by_id": self.fin.id,
                    "decided_date": fields.Date.to_date("2025-03-10"),
                }
            ],
        )
        self.assertEqual(self.account.assessment_ids, draft)

    def test_rejection_changes_nothing(self):
        draft = self._draft(limit_amount=3000.0)
        draft.action_submit()
        draft.with_user(self.fin).action_reject("Too much")
        self.assertEqual(self.account.limit_amount, 1000.0)
        self.assertFalse(self.account.rating_id)
        draft.limit_amount = 2000.0
        self._decide(draft)
        self.assertEqual(self.account.limit_amount, 2000.0)

    def test_locked_once_submitted(self):
        draft = self._draft(limit_amount=3000.0)
        draft.action_submit()
        for values in (
            {"limit_amount": 4000.0},
            {"rating_id": self.weak.id},
            {"control": "none"},
            {"kind": "limit"},
            {"reason": "Other"},
        ):
            for user in (self.rep, self.fin):
                with self.assertRefused(UserError, "cannot be changed"):
                    self._rpc(user, draft, "write", values)
        with self.assertRefused(UserError, "being decided"):
            self._rpc(self.rep, draft, "action_propose")
        draft.with_user(self.fin).action_approve()
        for method in ("action_submit", "action_propose"):
            with self.assertRefused(UserError, "was decided"):
                self._rpc(self.rep, draft, method)
        with self.assertRefused(UserError, "stays on record"):
            self._rpc(self.rep, draft, "unlink")

    def test_nobody_decides_his_own(self):
        draft = self._draft(self.fin, limit_amount=1500.0)
        draft.action_submit()
        with self.assertRefused(UserError, "your own request"):
            self._rpc(self.fin, draft, "action_approve")
        self._rpc(self.fin2, draft, "action_approve")
        self.assertEqual(self.account.limit_amount, 1500.0)

    def test_deviation_needs_its_reason(self):
        draft = self._draft(rating_id=self.weak.id, limit_amount=100.0)
        with self.assertRefused(UserError, "Why Not as Proposed"):
            draft.action_submit()
        draft.deviation_reason = "The owner has left"
        self._decide(draft)
        self.assertEqual(self.account.rating_id, self.weak)

    def test_reason_is_required(self):
        draft = self._draft(reason=" ")
        with self.assertRefused(UserError, "Fill in: .*Reason"):
            draft.action_submit()

    def test_limit_never_ends_in_the_past(self):
        with freeze_time("2025-03-10 08:00:00"):
            draft = self._draft(valid_until="2025-03-09")
            with self.assertRefused(UserError, "cannot end before today"):
                draft.action_submit()
            draft.valid_until = "2025-03-12"
            draft.action_submit()
        with freeze_time("2025-03-13 08:00:00"), self.assertRaises(UserError):
            draft.with_user(self.fin).action_approve()

    def test_negative_amounts_are_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self._draft(limit_amount=-1.0)

    # ------------------------------------------------------------ maximum (F14)

    def test_above_the_maximum_asks_one_more(self):
        draft = self._draft(limit_amount=5000.01)
        draft.action_submit()
        self.assertEqual(draft.approval_id.kind, "above_maximum")
        draft.with_user(self.fin).action_approve()
        self.assertEqual(self.account.limit_amount, 1000.0)
        draft.with_user(self.gmo).action_approve()
        self.assertEqual(self.account.limit_amount, 5000.01)

    def test_maximum_itself_is_ordinary(self):
        self.assertEqual(self._draft(limit_amount=5000.0)._approval_kind(), "default")

    def test_maximum_in_another_currency(self):
        currency = self._foreign_currency()
        draft = self._draft(limit_currency_id=currency.id, limit_amount=20000.0)
        self.assertEqual(draft._approval_kind(), "default")
        draft.limit_amount = 20001.0
        self.assertEqual(draft._approval_kind(), "above_maximum")
        self._decide(draft, self.fin, self.gmo)
        self.assertRecordValues(
            self.account,
            [{"limit_amount": 20001.0, "limit_currency_id": currency.id}],
        )

    def test_maximum_that_came_down_meanwhile(self):
        draft = self._draft(limit_amount=4000.0)
        draft.action_submit()
        self.terms[self.good.id].max_amount = 3000.0
        self.addCleanup(setattr, self.terms[self.good.id], "max_amount", 5000.0)
        with self.assertRefused(UserError, "maximum of the rating has come down"):
            draft.with_user(self.fin).action_approve()
        self.assertEqual(self.account.limit_amount, 1000.0)

    def test_end_of_control_exceeds_every_maximum(self):
        draft = self._draft(control="none")
        self.assertEqual(draft._approval_kind(), "above_maximum")
        self._decide(draft, self.fin, self.gmo)
        self.assertEqual(self.account.control, "none")
        again = self._draft(control="limited", limit_amount=700.0)
        self._decide(again)
        self.assertEqual(again.old_control, "none")
        self.assertEqual(
            (self.account.control, self.account.limit_amount), ("limited", 700.0)
        )

    # ------------------------------------------------------------ cap (F16, F17)

    def test_cap_refuses_at_the_submission(self):
        self._cap(2000.0)
        draft = self._draft(limit_amount=2000.01)
        with self.assertRefused(UserError, "may owe at most"):
            draft.action_submit()
        draft.control = "none"
        with self.assertRefused(UserError, "so each one has a limit"):
            draft.action_submit()
        draft.write({"control": "limited", "limit_amount": 2000.0})
        self._decide(draft)
        self.assertEqual(self.account.limit_amount, 2000.0)
        self.assertEqual((draft.has_cap, draft.cap_amount), (True, 2000.0))

    def test_cap_refuses_at_the_decision(self):
        draft = self._draft(limit_amount=2000.0)
        draft.action_submit()
        self._cap(1999.0)
        with self.assertRefused(UserError, "may owe at most"):
            draft.with_user(self.fin).action_approve()
        self.assertEqual(self.account.limit_amount, 1000.0)

    def test_cap_and_limit_in_two_currencies(self):
        currency = self._foreign_currency()
        # 500 of the company's currency
        self._cap(2000.0, currency)
        draft = self._draft(limit_amount=500.01)
        with self.assertRefused(UserError, "may owe at most"):
            draft.action_submit()
        draft.write({"limit_currency_id": currency.id, "limit_amount": 2000.0})
        self._decide(draft)
        self.assertEqual(self.account.limit_currency_id, currency)
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": fields.Date.today(),
                "rate": 8.0,
            }
        )
        # the cap is worth 250 now, and so is the limit
        self._draft(limit_currency_id=currency.id, limit_amount=2000.0).action_submit()
        with self.assertRefused(UserError, "may owe at most"):
            self._draft(
                limit_currency_id=self.company.currency_id.id, limit_amount=251.0
            ).action_submit()

    # ------------------------------------------------------------ outdated (F8)

    def _outdated(self):
        self.account._system_write(
            {"rating_id": self.good.id, "review_date": "2025-03-09"}
        )

    @freeze_time("2025-03-10 08:00:00")
    def test_outdated_rating_refuses_a_raise(self):
        self._outdated()
        with self.assertRefused(UserError, "outdated since"):
            self._draft(kind="limit", limit_amount=1001.0).action_submit()
        with self.assertRefused(UserError, "outdated since"):
            self._draft(kind="limit", control="none").action_submit()
        self._decide(self._draft(kind="limit", limit_amount=900.0))
        self.assertEqual(self.account.limit_amount, 900.0)
        self._decide(self._draft(limit_amount=1200.0))
        self.assertEqual(self.account.limit_amount, 1200.0)

    @freeze_time("2025-03-10 08:00:00")
    def test_expired_limit_is_not_renewed_on_an_outdated_rating(self):
        self._outdated()
        self.account._system_write({"valid_until": "2025-03-01"})
        draft = self._draft(kind="limit", limit_amount=900.0, valid_until=False)
        with self.assertRefused(UserError, "outdated since"):
            draft.action_submit()

    @freeze_time("2025-03-10 08:00:00")
    def test_outdated_rating_by_the_setting(self):
        self._outdated()
        self.company.credit_outdated_rating_blocks = False
        self._decide(self._draft(kind="limit", limit_amount=1001.0))
        self.assertEqual(self.account.limit_amount, 1001.0)
        self.assertEqual(self.account.review_date, fields.Date.to_date("2025-03-09"))

    # ------------------------------------------------------------ duty (F8, F9)

    def _accounts_due(self, count):
        customers = self.env["res.partner"].create(
            [
                {"name": f"Due {number}", "is_company": True, "user_id": self.rep.id}
                for number in range(count)
            ]
        )
        accounts = self.env["customer.credit.account"].browse()
        for customer in customers:
            accounts += accounts._get(customer, self.company)
        accounts._system_write({"review_date": "2025-03-10"})
        return accounts

    def _run_duty(self):
        self.env["customer.credit.account"].with_company(self.company)._duty_reevaluate(
            self.env["customer.duty"], None, None
        )

    @freeze_time("2025-03-10 08:00:00")
    def test_duty_opens_each_draft_once(self):
        accounts = self._accounts_due(2)
        self.account._system_write({"review_date": "2025-03-11"})
        self._run_duty()
        drafts = accounts.assessment_ids
        self.assertEqual(len(drafts), 2)
        self.assertFalse(self.account.assessment_ids)
        self.assertEqual(drafts.responsible_id, self.rep)
        self.assertEqual(drafts.activity_ids.user_id, self.rep)
        self.assertEqual(drafts.proposed_rating_id, self.good)
        self._run_duty()
        self.assertEqual(accounts.assessment_ids, drafts)
        first = drafts[0]
        first.write({"reason": "Yearly", "limit_amount": 10.0})
        first.with_user(self.rep).action_submit()
        first.with_user(self.fin).action_reject("No")
        self._run_duty()
        self.assertEqual(accounts.assessment_ids, drafts)
        with freeze_time("2026-03-10 08:00:00"):
            accounts._system_write({"review_date": "2026-03-10"})
            self._run_duty()
        # the draft that is still open does, what was rejected a year ago does not
        self.assertEqual(len(accounts.assessment_ids), 3)

    @freeze_time("2025-03-10 08:00:00")
    def test_duty_asks_the_keeper_where_no_rep_is(self):
        self.dossier.sudo().write({"user_id": False})
        self.customer.user_id = False
        self.account._system_write({"review_date": "2025-03-01"})
        self._run_duty()
        self.assertEqual(self.account.assessment_ids.responsible_id, self.keeper)

    def _count_duty(self, count):
        self._accounts_due(count)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self._run_duty()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    @freeze_time("2025-03-10 08:00:00")
    def test_duty_asks_the_engine_once(self):
        self._count_duty(1)
        few = self._count_duty(2)
        many = self._count_duty(12)
        # two for the number of each and one to look who may read its to-do
        self.assertLessEqual((many - few) / 10, 3)

    # ------------------------------------------------------------ downgrade (F10)

    def test_event_opens_a_downgrade_before_finance(self):
        self._decide(self._draft(limit_amount=1000.0))
        event = self._event()
        type(self).proposed = self.weak
        self.addCleanup(setattr, type(self), "proposed", self.good)
        downgrade = self.account.with_user(self.rep)._propose_downgrade(event)
        self.assertRecordValues(
            downgrade,
            [
                {
                    "kind": "downgrade",
                    "approval_state": "pending",
                    "rating_id": self.weak.id,
                    "event_id": event.id,
                    "limit_amount": downgrade.suggested_amount,
                }
            ],
        )
        self.assertLessEqual(downgrade.limit_amount, 1000.0)
        self.assertIn(event.kind_id.name, downgrade.reason)
        self.assertFalse(self.account.frozen)
        self.assertEqual(downgrade.approval_line_ids.user_ids, self.fin | self.fin2)
        # even who recorded the event decides
        downgrade.with_user(self.fin).action_approve()
        self.assertEqual(self.account.rating_id, self.weak)
        self.assertEqual(self.account.limit_amount, downgrade.limit_amount)

    def test_downgrade_goes_one_rating_down_at_least(self):
        self._decide(self._draft(limit_amount=1000.0))
        downgrade = self.account._propose_downgrade(self._event())
        self.assertEqual(downgrade.proposed_rating_id, self.good)
        self.assertEqual(downgrade.rating_id, self.weak)

    def test_bad_faith_freezes_meanwhile(self):
        event = self._event(is_bad_faith=True)
        self.account._propose_downgrade(event)
        self.assertRecordValues(self.account, [{"frozen": True, "reduced_amount": 0.0}])
        self.assertRecordValues(
            self.account.exception_ids,
            [
                {
                    "kind": "down",
                    "state": "in_force",
                    "origin_model": event._name,
                    "origin_id": event.id,
                }
            ],
        )

    def test_downgrade_never_raises(self):
        draft = self._draft(kind="downgrade", limit_amount=1001.0)
        with self.assertRefused(UserError, "never raises"):
            draft.action_submit()

    def test_downgrade_without_anybody_to_decide_is_kept(self):
        (self.fin | self.fin2).active = False
        others = self.env.ref("customer_archive.group_fin").all_user_ids
        others.group_ids -= self.env.ref("customer_archive.group_fin")
        downgrade = self.account._propose_downgrade(self._event())
        self.assertEqual(downgrade.approval_state, "none")
        self.assertIn("Nobody can decide", downgrade.message_ids[0].body)

    # ------------------------------------------------------------ shared limit

    def _group(self):
        return (
            self.env["customer.credit.group"]
            .with_user(self.fin)
            .create({"name": "Dragon Group"})
        )

    def test_shared_limit_by_approval(self):
        group = self._group()
        self._cap(9000.0)
        action = self._rpc(self.fin, group, "action_propose_limit")
        draft = self.env[MODEL].with_user(self.fin).browse(action["res_id"])
        draft.write({"limit_amount": 9001.0, "reason": "Two subsidiaries"})
        with self.assertRefused(UserError, "may owe at most"):
            draft.action_submit()
        draft.limit_amount = 8000.0
        self._decide(draft, self.fin2)
        self.assertRecordValues(
            group,
            [
                {
                    "limit_amount": 8000.0,
                    "limit_currency_id": self.company.currency_id.id,
                }
            ],
        )
        self.assertEqual(draft.company_id, self.company)

    def test_shared_limit_is_no_business_of_a_rep(self):
        group = self._group()
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep,
                self.env[MODEL].browse(),
                "create",
                {"kind": "group", "group_id": group.id},
            )
        draft = self.env[MODEL].create({"kind": "group", "group_id": group.id})
        self.assertFalse(
            self._rpc(self.rep, draft.browse(), "search", [["id", "=", draft.id]])
        )

    def test_join_and_leave(self):
        group = self._group()
        for user in (self.rep, self.bum, self.mdo, self.keeper, self.asg):
            with self.assertRaises(AccessError):
                self._rpc(user, self.account, "action_join_group", group.id)
            with self.assertRaises(AccessError):
                self._rpc(user, self.account, "action_leave_group")
        with self.assertRaises(AccessError):
            self._rpc(self.fin, group, "write", {"account_ids": [[4, self.account.id]]})
        self._rpc(self.fin, self.account, "action_join_group", group.id)
        self.assertEqual(group.account_ids, self.account)
        with self.assertRefused(UserError, "leaves it first"):
            self._rpc(self.fin, self.account, "action_join_group", self._group().id)
        self._rpc(self.fin, self.account, "action_leave_group")
        self.assertFalse(self.account.group_id)

    def test_shared_limit_within_one_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        group = self.env["customer.credit.group"].create(
            {"name": "Elsewhere", "company_id": other.id}
        )
        self.fin.company_ids += other
        fin = self.account.with_user(self.fin).with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        with self.assertRefused(UserError, "Choose a shared limit of"):
            fin.action_join_group(group.id)
        own = self._group()
        self._rpc(self.fin, self.account, "action_join_group", own.id)
        with self.assertRefused(ValidationError, "another company"):
            own.sudo().company_id = other

    # ------------------------------------------------------------ wrong roles

    def test_drafts_of_those_who_answer_for_the_customer(self):
        for user in (self.rep, self.bum, self.keeper, self.fin):
            with self.subTest(user=user.login):
                [draft_id] = self._rpc(
                    user,
                    self.env[MODEL].browse(),
                    "create",
                    [{"account_id": self.account.id, "reason": "Growth"}],
                )
                self._rpc(user, self.env[MODEL].browse(draft_id), "action_submit")
        self.customer.user_id = self.sales
        for user in (self.rep2, self.bum2, self.asg, self.sales, self.mdo, self.gmo):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(
                    user,
                    self.env[MODEL].browse(),
                    "create",
                    [{"account_id": self.account.id, "reason": "Growth"}],
                )

    def test_strangers_reach_nothing(self):
        draft = self._draft()
        line = self.env["customer.credit.assessment.line"]._system_create(
            {
                "assessment_id": draft.id,
                "factor_id": self.env["customer.credit.factor"]
                .create({"name": "Any", "scheme_id": self.scheme.id})
                .id,
            }
        )
        for user in (self.rep2, self.bum2, self.asg):
            for record in (draft, line):
                domain = [["id", "=", record.id]]
                empty = record.browse()
                self.assertFalse(self._rpc(user, empty, "search_read", domain, ["id"]))
                self.assertFalse(
                    self._rpc(
                        user, empty, "formatted_read_group", domain, [], ["__count"]
                    )[0]["__count"]
                )
                for method, *args in (
                    ("read", ["weight"] if record == line else ["limit_amount"]),
                    ("export_data", ["weight" if record == line else "reason"]),
                    ("write", {"reason": "x"} if record == draft else {"is_judged": 1}),
                    ("unlink",),
                ):
                    with (
                        self.subTest(user=user.login, method=method),
                        self.assertRaises(AccessError),
                    ):
                        self._rpc(user, record, method, *args)
            for method, *args in (
                ("action_propose",),
                ("action_submit",),
                ("action_approve",),
                ("action_reject", "No"),
                ("action_withdraw",),
                ("action_delegate", user.id),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, draft, method, *args)
            with self.assertRaises(AccessError):
                self._rpc(user, self.account, "action_propose_limit")

    def test_wrong_decider_is_refused(self):
        draft = self._draft(limit_amount=3000.0)
        draft.action_submit()
        for user in (self.bum, self.keeper, self.mdo, self.gmo):
            for method in ("action_approve", "action_reject"):
                with self.assertRefused(AccessError, "not yours"):
                    self._rpc(user, draft, method, "Word")
        with self.assertRaises(AccessError):
            self._rpc(self.fin, draft, "action_withdraw")
        self._rpc(self.rep, draft, "action_withdraw")
        self.assertEqual(draft.approval_state, "none")

    def test_system_fields_are_refused(self):
        draft = self._draft()
        for values in (
            {"approval_state": "approved"},
            {"suggested_amount": 9.0},
            {"proposed_rating_id": self.weak.id},
            {"old_limit_amount": 9.0},
            {"decided_by_id": self.fin.id},
            {"number": "ZX-1"},
            {"responsible_id": self.rep2.id},
        ):
            for user in (self.rep, self.fin):
                with self.assertRaises(AccessError):
                    self._rpc(user, draft, "write", values)
                with self.assertRaises(AccessError):
                    self._rpc(
                        user,
                        draft.browse(),
                        "create",
                        [{"account_id": self.account.id, **values}],
                    )
        for name in ("rating_id", "rating_date", "review_date", "control_before"):
            with self.assertRaises(AccessError):
                self._rpc(self.fin, self.account, "write", {name: False})

    def test_assessment_stays_with_its_customer(self):
        draft = self._draft()
        other = self._limit(self.stranger, 5.0)
        for user in (self.rep, self.fin):
            with self.assertRefused(UserError, "stays with the customer"):
                self._rpc(user, draft, "write", {"account_id": other.id})

    def test_merged_customers_keep_their_assessments(self):
        other = self._limit(self.stranger, 5.0)
        draft = self._draft(self.fin, account_id=other.id)
        (self.account | other)._fold(self.customer)
        self.assertEqual(draft.account_id, self.account)
