from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL

from .common import CustomerCreditCommon
from .papers import PapersCase


@tagged("post_install", "-at_install")
@freeze_time("2030-03-10 09:00:00")
class TestEvent(PapersCase, CustomerCreditCommon):
    # ------------------------------------------------------------ recording

    def test_author_corrects_his_draft_and_records_it(self):
        event = self._event()
        self.assertEqual(event.state, "draft")
        self._rpc(self.rep, event._name, "write", event.ids, {"amount": 50.0})
        self._rpc(self.rep, event._name, "action_record", event.ids)
        self.assertEqual(
            (event.state, event.recorded_by_id, event.recorded_on, event.amount),
            ("recorded", self.rep, date(2030, 3, 10), 50.0),
        )
        self.assertFalse(event.is_automatic)
        self.assertFalse(self.account.frozen, "a dispute freezes nothing")
        with self.assertRefused(UserError, "this step needs Draft"):
            self._rpc(self.rep, event._name, "action_record", event.ids)

    def test_recorded_stays_as_it_is(self):
        event = self._event()
        event.with_user(self.rep).action_record()
        for user in (self.rep, self.fin):
            for values in ({"amount": 1.0}, {"description": "Nothing"}):
                with self.assertRefused(UserError, "stays as it was registered"):
                    self._rpc(user, event._name, "write", event.ids, values)
            with self.assertRefused(UserError, "stays in the register"):
                self._rpc(user, event._name, "unlink", event.ids)
            for values in ({"state": "draft"}, {"recorded_by_id": self.gmo.id}):
                with self.assertRefused(UserError):
                    self._rpc(user, event._name, "write", event.ids, values)
        draft = self._event()
        for values in ({"state": "recorded"}, {"recorded_by_id": self.gmo.id}):
            with self.assertRefused(AccessError, "writes this itself"):
                self._rpc(self.rep, event._name, "write", draft.ids, values)

    def test_somebody_elses_draft(self):
        event = self._event(user=self.fin)
        with self.assertRefused(UserError, "stays as it was registered"):
            self._rpc(self.rep, event._name, "write", event.ids, {"amount": 1.0})
        with self.assertRefused(UserError, "Who wrote an event"):
            self._rpc(self.rep, event._name, "action_record", event.ids)
        mine = self._event()
        mine.with_user(self.fin).action_record()
        self.assertEqual(mine.recorded_by_id, self.fin)
        draft = self._event()
        draft.with_user(self.rep).unlink()
        self.assertFalse(draft.exists())

    def test_nobody_makes_a_recorded_one(self):
        for values in ({"state": "recorded"}, {"is_automatic": True}):
            with self.assertRefused(AccessError, "writes this itself"):
                self._rpc(
                    self.fin,
                    "customer.credit.event",
                    "create",
                    {
                        "account_id": self.account.id,
                        "kind_id": self._kind("positive").id,
                        "description": "x",
                        **values,
                    },
                )

    def test_finance_annuls_with_a_reason(self):
        event = self._event()
        with self.assertRefused(UserError, "this step needs Recorded"):
            event.with_user(self.fin).action_annul("x")
        event.with_user(self.rep).action_record()
        for user in (self.rep, self.mdo, self.gmo):
            with self.assertRefused(AccessError):
                self._rpc(user, event._name, "action_annul", event.ids, "x")
            with self.assertRefused(AccessError):
                self._rpc(user, event._name, "action_open_annul", event.ids)
            with self.assertRefused(AccessError):
                self._rpc(
                    user,
                    "customer.credit.event.annul",
                    "create",
                    {"event_id": event.id, "reason": "x"},
                )
        with self.assertRefused(UserError, "Say why"):
            event.with_user(self.fin).action_annul(" ")
        action = event.with_user(self.fin).action_open_annul()
        dialog = Form(
            self.env[action["res_model"]]
            .with_user(self.fin)
            .with_context(**action["context"])
        )
        dialog.reason = "It was another customer"
        dialog.save().action_annul()
        self.assertEqual(
            (event.state, event.annul_reason, event.annulled_by_id),
            ("annulled", "It was another customer", self.fin),
        )
        self.assertIn(event, self.account.event_ids)

    def test_who_enters_and_who_sees(self):
        event = self._event()
        readers = (self.rep, self.fin, self.mdo, self.gmo)
        for user in (*readers, self.sales, self.other_rep, self.keeper):
            for method, args in (
                ("read", [event.ids, ["description"]]),
                ("search_read", [[("id", "=", event.id)], ["description"]]),
                ("formatted_read_group", [[("id", "=", event.id)], ["state"]]),
                ("export_data", [event.ids, ["description"]]),
            ):
                with self.subTest(user=user.login, call=method):
                    try:
                        found = self._rpc(user, event._name, method, *args)
                    except AccessError:
                        found = None
                    self.assertEqual(bool(found), user in readers)
            if user in (self.rep, self.fin):
                continue
            for method, args in (
                ("write", [event.ids, {"amount": 1.0}]),
                (
                    "create",
                    [
                        {
                            "account_id": self.account.id,
                            "kind_id": self._kind("positive").id,
                            "description": "x",
                        }
                    ],
                ),
                ("unlink", [event.ids]),
                ("action_record", [event.ids]),
            ):
                with (
                    self.subTest(user=user.login, call=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, event._name, method, *args)

    def test_unit_manager_records(self):
        bum = self._user("customer_archive.group_bum", "bum")
        self.team.write({"user_id": bum.id, "company_id": False})
        event_values = {
            "account_id": self.account.id,
            "kind_id": self._kind("broken_promise").id,
            "description": "He promised it for Monday.",
        }
        with self.assertRefused(AccessError):
            self._rpc(bum, "customer.credit.event", "create", event_values)
        self.env["customer.dossier"].create(
            {"partner_id": self.customer.id, "team_id": self.team.id}
        )
        event_id = self._rpc(bum, "customer.credit.event", "create", event_values)
        self._rpc(bum, "customer.credit.event", "action_record", [event_id])
        self.assertEqual(self.account.event_ids.recorded_by_id, bum)

    def test_origin_is_of_the_customer(self):
        stranger = self._limit(self.stranger, 500.0)
        bill = self._bill(account_id=stranger.id)
        invoice = self._invoice(10.0, partner=self.stranger, post=False)
        for values in ({"bill_id": bill.id}, {"move_id": invoice.id}):
            with self.assertRefused(ValidationError, "of its customer"):
                self._event(**values)
        with self.assertRefused(ValidationError, "happened already"):
            self._event(date="2030-03-11")

    # ------------------------------------------------------------ what follows (F21)

    def test_freezes_and_opens_a_downgrade(self):
        accounts = type(self.account)
        for code, freezes, downgrades in (
            ("positive", False, False),
            ("broken_promise", False, True),
            ("bank_sanction", True, True),
        ):
            event = self._event(code)
            with (
                patch.object(accounts, "_freeze", autospec=True) as freeze,
                patch.object(accounts, "_propose_downgrade", autospec=True) as down,
            ):
                event.with_user(self.rep).action_record()
            with self.subTest(code=code):
                self.assertEqual(bool(freeze.mock_calls), freezes)
                self.assertEqual(bool(down.mock_calls), downgrades)
        (call,) = freeze.mock_calls
        self.assertEqual(call.args[0], self.account)
        self.assertEqual(call.args[1], "Bank Sanction: He said so.")
        self.assertEqual(call.kwargs, {"amount": 0.0, "origin": event})

    def test_what_follows_is_configured_by_finance(self):
        kind = self._kind("dispute")
        kind.with_user(self.fin).freezes = True
        self._event().with_user(self.rep).action_record()
        self.assertTrue(self.account.frozen)
        for user in (self.rep, self.mdo, self.sales):
            with self.assertRefused(AccessError):
                self._rpc(user, kind._name, "write", kind.ids, {"freezes": False})
        with self.assertRefused(UserError, "Switch it off"):
            kind.with_user(self.fin).unlink()

    def test_record_of_bad_faith(self):
        other = self._limit(self.stranger, 500.0)
        both = self.account | other
        self._event("broken_promise", date="2029-06-01")
        self.assertFalse(both._has_bad_faith(12), "not recorded")
        self.account.event_ids.with_user(self.rep).action_record()
        self._event("positive").with_user(self.rep).action_record()
        self.assertEqual(both._has_bad_faith(12), self.account)
        self.assertFalse(both._has_bad_faith(6))
        self.assertEqual(both._get_event_points(12), {self.account: -10, other: 0})
        broken = self.account.event_ids.filtered("is_bad_faith")
        broken.with_user(self.fin).action_annul("A mistake")
        self.assertFalse(both._has_bad_faith(12))
        self.assertEqual(both._get_event_points(12), {self.account: 5, other: 0})

    # ------------------------------------------------------------ late payments

    def _paid(self, amount, due, paid, partner=None):
        """Return an invoice and what paid it, matched on 2030-03-09."""
        invoice = self._invoice(
            amount, partner=partner, invoice_date=due, invoice_date_due=due
        )
        payment = self._payment(
            amount, partner_id=(partner or self.customer).id, date=paid
        )
        lines = (invoice + payment.move_id).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        partials = lines.matched_credit_ids
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE account_partial_reconcile SET create_date = '2030-03-09 10:00' "
                "WHERE id IN %s",
                partials._ids,
            )
        )
        return invoice

    def _work(self, start, end):
        self.env["customer.credit.event"].with_company(
            self.company
        )._duty_record_late_payments(
            self.env.ref("customer_credit.customer_duty_event_late_payment"),
            date.fromisoformat(start),
            date.fromisoformat(end),
        )

    def test_late_payment_is_recorded_once(self):
        late = self._paid(100.0, "2030-02-01", "2030-03-04")
        self._paid(100.0, "2030-02-01", "2030-03-03")
        self._work("2030-03-08", "2030-03-09")
        self.assertFalse(self.account.event_ids, "matched on another day")
        for _ in range(2):
            self._work("2030-03-09", "2030-03-10")
            event = self.account.event_ids
            self.assertEqual(event.move_id, late)
        self.assertEqual(event.kind_id, self._kind("late_payment"))
        self.assertEqual((event.date, event.amount), (date(2030, 3, 4), 100.0))
        self.assertIn("31 days late", event.description)
        self.assertEqual((event.state, event.is_automatic), ("recorded", True))
        event.with_user(self.fin).action_annul("Our bank was late")
        self._work("2030-03-09", "2030-03-10")
        self.assertEqual(self.account.event_ids, event)

    def test_days_are_a_setting_and_the_kind_a_switch(self):
        self._paid(100.0, "2030-02-01", "2030-03-04")
        self.company.credit_late_event_days = 31
        self._work("2030-03-09", "2030-03-10")
        self.assertFalse(self.account.event_ids)
        self.company.credit_late_event_days = 0
        self._kind("late_payment").active = False
        self._work("2030-03-09", "2030-03-10")
        self.assertFalse(self.account.event_ids)
        self._kind("late_payment").active = True
        self._work("2030-03-09", "2030-03-10")
        self.assertEqual(len(self.account.event_ids), 1)

    def test_credit_note_is_no_late_payment(self):
        invoice = self._invoice(
            100.0, invoice_date="2030-01-01", invoice_date_due="2030-01-01"
        )
        refund = invoice._reverse_moves([{"date": date(2030, 3, 9)}], cancel=True)
        self.assertEqual((refund.state, invoice.amount_residual), ("posted", 0.0))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_partial_reconcile SET create_date = '2030-03-09 10:00'"
        )
        self._work("2030-03-09", "2030-03-10")
        self.assertFalse(self.account.event_ids)

    def test_catches_up_after_downtime(self):
        duty = self.env.ref("customer_credit.customer_duty_event_late_payment")
        self.assertEqual(duty.catch_up, "each")
        duty.anchor_date = date(2030, 3, 8)
        late = self._paid(100.0, "2030-02-01", "2030-03-04")
        for start, end, missed in list(duty._get_todo(self.company, date(2030, 3, 14))):
            duty._run(self.company, start, end, missed)
        self.assertEqual(self.account.event_ids.move_id, late)

    def test_job_takes_as_many_queries_for_many(self):
        counts = []
        for number in (2, 6):
            for _ in range(number):
                self._paid(10.0, "2030-01-01", "2030-03-04")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._work("2030-03-09", "2030-03-10")
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(len(self.account.event_ids), 8)
        self.assertLessEqual(counts[1], counts[0])
