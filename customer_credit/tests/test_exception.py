from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_limit import CustomerLimitCommon

MODEL = "customer.credit.exception"


@tagged("post_install", "-at_install")
class TestException(CustomerLimitCommon):
    """What holds beside the limit: exceptions up, freezes, blocks (F20, F21)."""

    def _ask(self, user=None, amount=1500.0, until="2025-03-31", reason="Fair"):
        action = self._rpc(
            user or self.rep,
            self.account,
            "action_grant_exception",
            amount,
            until,
            reason,
        )
        return self.env[MODEL].browse(action["res_id"])

    def _columns(self, **values):
        self.assertRecordValues(self.account, [values])

    # ------------------------------------------------------------ up (F20)

    @freeze_time("2025-03-10 08:00:00")
    def test_rep_asks_and_marketing_director_decides(self):
        exception = self._ask()
        self.assertRecordValues(
            exception,
            [
                {
                    "kind": "up",
                    "state": "requested",
                    "approval_state": "pending",
                    "requester_id": self.rep.id,
                    "user_id": self.rep.id,
                    "amount": 1500.0,
                    "reason": "Fair",
                }
            ],
        )
        self._columns(exception_amount=0.0, exception_until=False)
        self.assertEqual(exception.approval_id.amount, 1500.0)
        with self.assertRefused(UserError, "asked for already"):
            self._ask(self.bum)
        for user in (self.bum, self.fin, self.gmo, self.keeper):
            with self.assertRefused(AccessError, "not yours"):
                self._rpc(user, exception, "action_approve")
        with self.assertRefused(UserError, "your own request"):
            self._rpc(self.rep, exception, "action_approve")
        self._rpc(self.mdo, exception, "action_approve", "Once")
        self.assertRecordValues(
            exception,
            [
                {
                    "state": "in_force",
                    "decided_by_id": self.mdo.id,
                    "date_start": fields.Date.to_date("2025-03-10"),
                }
            ],
        )
        self._columns(
            limit_amount=1000.0,
            exception_amount=1500.0,
            exception_until=fields.Date.to_date("2025-03-31"),
        )

    @freeze_time("2025-03-10 08:00:00")
    def test_marketing_director_grants_at_once(self):
        exception = self._ask(self.mdo)
        self.assertEqual(
            (exception.state, exception.decided_by_id), ("in_force", self.mdo)
        )
        self._columns(exception_amount=1500.0)

    @freeze_time("2025-03-10 08:00:00")
    def test_own_request_waits_where_the_route_says_so(self):
        self.env.ref(
            "customer_credit.customer_approval_step_credit_exception_mdo"
        ).allow_requester = False
        self._user("customer_archive.group_mdo", "mdo2")
        exception = self._ask(self.mdo)
        self.assertEqual(exception.state, "requested")
        with self.assertRefused(UserError, "your own request"):
            self._rpc(self.mdo, exception, "action_approve")
        self._columns(exception_amount=0.0)

    @freeze_time("2025-03-10 08:00:00")
    def test_dialog_grants(self):
        action = self._rpc(
            self.mdo,
            self.env["customer.credit.intervene"],
            "create",
            [
                {
                    "operation": "grant",
                    "account_id": self.account.id,
                    "amount": 1300.0,
                    "valid_until": "2025-03-20",
                    "reason": "Trade fair",
                }
            ],
        )
        dialog = self.env["customer.credit.intervene"].browse(action)
        self.assertEqual(dialog.currency_id, self.company.currency_id)
        self._rpc(self.mdo, dialog, "action_apply")
        self._columns(exception_amount=1300.0)

    def test_expiry_reason_and_amount_are_required(self):
        with freeze_time("2025-03-10 08:00:00"):
            for values, message in (
                ({"until": False}, "until which day"),
                ({"until": "2025-03-09"}, "before today"),
                ({"reason": " "}, "Say why"),
                ({"amount": 0.0}, "above 0"),
            ):
                with self.assertRefused(UserError, message):
                    self._ask(**values)
        self.assertFalse(self.account.exception_ids)

    def test_falls_back_by_itself(self):
        with freeze_time("2025-03-10 08:00:00"):
            self._ask(self.mdo)
        # the last day holds, the next does not: dates are compared, no job has run
        for day, holds in (("2025-03-31", True), ("2025-04-01", False)):
            with freeze_time(f"{day} 08:00:00"):
                self._columns(exception_amount=1500.0)
                self.assertEqual(
                    self.account.exception_until >= fields.Date.today(), holds
                )
                running = self.env["customer.credit.account"].search(
                    [
                        ("id", "=", self.account.id),
                        ("exception_until", ">=", "today"),
                    ]
                )
                self.assertEqual(bool(running), holds)

    def test_job_closes_what_has_lapsed_and_tells_the_rep(self):
        with freeze_time("2025-03-10 08:00:00"):
            exception = self._ask(self.mdo)
        with freeze_time("2025-03-31 08:00:00"):
            self.env[MODEL]._cron_end()
            self.assertEqual(exception.state, "in_force")
        with freeze_time("2025-04-01 08:00:00"):
            self.env[MODEL]._cron_end()
            self.assertRecordValues(
                exception,
                [
                    {
                        "state": "ended",
                        "date_end": fields.Date.to_date("2025-04-01"),
                        "end_reason": "The last day has passed.",
                    }
                ],
            )
            notices = [("model", "=", MODEL), ("res_id", "=", exception.id)]
            notices.append(("message_type", "=", "user_notification"))
            message = self.env["mail.message"].search(notices)
            self.assertEqual(message.partner_ids, self.rep.partner_id)
            self.assertIn("The ordinary limit holds again", message.body)
            self.env[MODEL]._cron_end()
            self.assertEqual(self.env["mail.message"].search(notices), message)
        self._columns(exception_amount=0.0, exception_until=False)

    @freeze_time("2025-03-10 08:00:00")
    def test_new_exception_replaces_the_old_one(self):
        first = self._ask(self.mdo)
        second = self._ask(self.mdo, 1200.0, "2025-03-15")
        self.assertEqual((first.state, second.state), ("ended", "in_force"))
        self.assertEqual(first.end_reason, "Replaced by a new exception.")
        self._columns(
            exception_amount=1200.0,
            exception_until=fields.Date.to_date("2025-03-15"),
        )

    @freeze_time("2025-03-10 08:00:00")
    def test_refused_and_withdrawn(self):
        exception = self._ask()
        self._rpc(self.mdo, exception, "action_reject", "No fair this year")
        self.assertEqual(exception.state, "refused")
        other = self._ask()
        self._rpc(self.rep, other, "action_withdraw")
        self.assertEqual(other.state, "ended")
        self._columns(exception_amount=0.0)

    @freeze_time("2025-03-10 08:00:00")
    def test_decision_after_the_last_day(self):
        exception = self._ask()
        with (
            freeze_time("2025-04-01 08:00:00"),
            self.assertRefused(UserError, "before today"),
        ):
            self._rpc(self.mdo, exception, "action_approve")

    @freeze_time("2025-03-10 08:00:00")
    def test_cap_at_the_request_and_at_the_decision(self):
        self._cap(1400.0)
        with self.assertRefused(UserError, "may owe at most"):
            self._ask()
        exception = self._ask(amount=1400.0)
        self._cap(1399.0)
        with self.assertRefused(UserError, "may owe at most"):
            self._rpc(self.mdo, exception, "action_approve")
        self._columns(exception_amount=0.0)

    @freeze_time("2025-03-10 08:00:00")
    def test_exception_in_the_currency_of_the_limit(self):
        currency = self._foreign_currency()
        self.account._system_write({"limit_currency_id": currency.id})
        # 350 of the company's currency
        self._cap(350.0)
        with self.assertRefused(UserError, "may owe at most"):
            self._ask(self.mdo, 1401.0)
        exception = self._ask(self.mdo, 1400.0)
        self.assertEqual(exception.currency_id, currency)
        self.assertEqual(exception.approval_id.amount, 350.0)
        self.account._freeze("Rumours", 200.0)
        self._columns(exception_amount=1400.0, reduced_amount=200.0)
        # a decision in another currency takes along what stands beside the limit
        own = self.company.currency_id.id
        self._decide(self._draft(limit_currency_id=own, limit_amount=300.0))
        self._columns(
            limit_currency_id=own,
            limit_amount=300.0,
            exception_amount=350.0,
            reduced_amount=50.0,
        )

    @freeze_time("2025-03-10 08:00:00")
    def test_only_a_limited_customer_has_exceptions(self):
        self._rpc(self.fin, self.account, "action_block", "Lawsuit")
        with self.assertRefused(UserError, "not limited now"):
            self._ask()

    @freeze_time("2025-03-10 08:00:00")
    def test_revoke(self):
        exception = self._ask(self.mdo)
        for user in (self.rep, self.bum, self.keeper, self.asg):
            with self.assertRaises(AccessError):
                self._rpc(user, exception, "action_revoke", "Over")
        with self.assertRefused(UserError, "Say why"):
            self._rpc(self.mdo, exception, "action_revoke", "")
        with self.assertRefused(UserError, "cannot be ended this way"):
            self._rpc(self.fin, exception, "action_lift", "Over")
        self._rpc(self.mdo, exception, "action_revoke", "The fair is over")
        self.assertEqual(
            (exception.state, exception.end_reason), ("ended", "The fair is over")
        )
        self._columns(exception_amount=0.0, exception_until=False)
        with self.assertRefused(UserError, "not in force"):
            self._rpc(self.mdo, exception, "action_revoke", "Again")

    # ------------------------------------------------------------ down (F21)

    def test_freeze_at_once_by_those_who_may(self):
        for user in (self.fin, self.mdo, self.gmo, self.bum):
            with self.subTest(user=user.login):
                self._rpc(user, self.account, "action_freeze", "Bounced cheque", 200.0)
                self._columns(frozen=True, reduced_amount=200.0)
                freeze = self.account.exception_ids[0]
                self.assertEqual(
                    (freeze.state, freeze.requester_id), ("in_force", user)
                )
                self._rpc(self.fin, freeze, "action_lift", "Paid")
                self._columns(frozen=False, reduced_amount=0.0)
        for user in (self.rep, self.keeper, self.rep2, self.bum2, self.asg):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(user, self.account, "action_freeze", "Spite")
        with self.assertRefused(UserError, "Say why"):
            self._rpc(self.fin, self.account, "action_freeze", "")
        with self.assertRefused(UserError, "never negative"):
            self._rpc(self.fin, self.account, "action_freeze", "Word", -1.0)

    def test_only_finance_lifts(self):
        freeze = self.account._freeze("Bounced cheque")
        for user in (self.rep, self.bum, self.keeper, self.mdo, self.gmo, self.asg):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(user, freeze, "action_lift", "Friend")
        with self.assertRefused(UserError, "Say why"):
            self._rpc(self.fin, freeze, "action_lift", " ")
        self._rpc(self.fin, freeze, "action_lift", "Paid in cash")
        self.assertEqual(freeze.end_reason, "Paid in cash")
        self._columns(frozen=False)

    def test_lowest_freeze_holds_until_the_last_is_lifted(self):
        event, other = self._event(), self._event()
        low = self.account._freeze("Bounced", 100.0, origin=event)
        self.assertFalse(self.account._freeze("Bounced", 50.0, origin=event))
        self._columns(reduced_amount=100.0)
        lower = self.account._freeze("Insolvency", 0.0, origin=other)
        self._columns(frozen=True, reduced_amount=0.0)
        self._rpc(self.fin, lower, "action_lift", "Error of the court")
        self._columns(frozen=True, reduced_amount=100.0)
        self._rpc(self.fin, low, "action_lift", "Paid")
        self._columns(frozen=False, reduced_amount=0.0)
        # what happens again freezes again
        self.assertTrue(self.account._freeze("Bounced", 50.0, origin=event))

    def test_freeze_reaches_who_was_not_controlled(self):
        self.account._system_write({"control": "none"})
        freeze = self.account._freeze("Bounced cheque")
        self._columns(control="limited", control_before="none", frozen=True)
        self._rpc(self.fin, self.account, "action_block", "Fraud")
        self._columns(control="blocked", control_before="none")
        self._rpc(self.fin, self.account, "action_unblock", "No fraud")
        self._columns(control="limited", control_before="none")
        self._rpc(self.fin, freeze, "action_lift", "Paid")
        self._columns(control="none", control_before=False, frozen=False)

    # ------------------------------------------------------------ block

    def test_block_and_unblock(self):
        for method in ("action_block", "action_unblock"):
            for user in (
                self.rep,
                self.bum,
                self.keeper,
                self.mdo,
                self.gmo,
                self.asg,
                self.rep2,
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    self._rpc(user, self.account, method, "Word")
            with self.assertRefused(UserError, "Say why"):
                self._rpc(self.fin, self.account, method, "")
        with self.assertRefused(UserError, "nothing to change"):
            self._rpc(self.fin, self.account, "action_unblock", "Word")
        self._rpc(self.fin, self.account, "action_block", "Lawsuit")
        self._columns(control="blocked", control_before="limited", status="hold")
        self.assertIn("Limited → Blocked: Lawsuit", self.account.message_ids[0].body)
        self.assertEqual(self.account.message_ids[0].author_id, self.fin.partner_id)
        self._rpc(self.fin, self.account, "action_unblock", "Settled")
        self._columns(
            control="limited",
            control_before=False,
            limit_amount=1000.0,
            status="normal",
        )

    def test_decision_does_not_open_a_block(self):
        self._rpc(self.fin, self.account, "action_block", "Lawsuit")
        self._decide(self._draft(limit_amount=400.0))
        self._columns(control="blocked", limit_amount=400.0)
        self._decide(self._draft(control="none"), self.fin, self.gmo)
        self._columns(control="blocked", control_before="none")
        self._rpc(self.fin, self.account, "action_unblock", "Settled")
        self._columns(control="none")

    # ------------------------------------------------------------ wrong roles

    def test_who_may_ask(self):
        with freeze_time("2025-03-10 08:00:00"):
            for user in (self.rep, self.bum, self.keeper, self.fin):
                with self.subTest(user=user.login):
                    self._rpc(user, self._ask(user), "action_withdraw")
            for user in (self.rep2, self.bum2, self.asg, self.sales, self.gmo):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    self._ask(user)

    def test_exceptions_are_written_by_the_system_alone(self):
        freeze = self.account._freeze("Bounced cheque")
        for user in (self.rep, self.bum, self.keeper, self.fin, self.mdo, self.gmo):
            for method, *args in (
                ("write", {"state": "ended"}),
                ("write", {"amount": 9.0}),
                ("unlink",),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, freeze, method, *args)
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    freeze.browse(),
                    "create",
                    [
                        {
                            "account_id": self.account.id,
                            "kind": "up",
                            "state": "in_force",
                            "reason": "x",
                            "amount": 99999.0,
                            "currency_id": self.company.currency_id.id,
                            "valid_until": "2099-12-31",
                        }
                    ],
                )
        for name in ("frozen", "exception_amount", "exception_until", "control"):
            with self.assertRaises(AccessError):
                self._rpc(self.fin, self.account, "write", {name: False})

    def test_strangers_reach_nothing(self):
        freeze = self.account._freeze("Bounced cheque")
        domain = [["id", "=", freeze.id]]
        for user in (self.rep2, self.bum2, self.asg):
            empty = freeze.browse()
            self.assertFalse(self._rpc(user, empty, "search_read", domain, ["reason"]))
            self.assertEqual(
                self._rpc(user, empty, "formatted_read_group", domain, [], ["__count"])[
                    0
                ]["__count"],
                0,
            )
            for method, *args in (
                ("read", ["reason"]),
                ("export_data", ["reason"]),
                ("action_lift", "x"),
                ("action_revoke", "x"),
                ("action_approve",),
                ("action_withdraw",),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, freeze, method, *args)

    def test_dialog_gives_no_right(self):
        freeze = self.account._freeze("Bounced cheque")
        for user, operation in (
            (self.rep, "freeze"),
            (self.rep, "block"),
            (self.mdo, "block"),
            (self.bum, "unblock"),
            (self.rep, "lift"),
            (self.mdo, "lift"),
            (self.rep, "revoke"),
            (self.rep2, "grant"),
        ):
            with (
                self.subTest(user=user.login, operation=operation),
                self.assertRaises(UserError),
            ):
                [dialog_id] = self._rpc(
                    user,
                    self.env["customer.credit.intervene"],
                    "create",
                    [
                        {
                            "operation": operation,
                            "account_id": self.account.id,
                            "exception_id": freeze.id,
                            "amount": 5000.0,
                            "valid_until": "2099-12-31",
                            "reason": "x",
                        }
                    ],
                )
                self._rpc(
                    user,
                    self.env["customer.credit.intervene"].browse(dialog_id),
                    "action_apply",
                )
        self._columns(control="limited", frozen=True, exception_amount=0.0)
