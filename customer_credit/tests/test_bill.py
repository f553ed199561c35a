from ast import literal_eval
from datetime import date
from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import CustomerCreditCommon
from .papers import PapersCase

STEPS = {
    "action_endorse": ["Supplier"],
    "action_discount": ["Bank of China"],
    "action_settle": [],
    "action_delay": ["2030-06-30", "No money yet"],
    "action_dishonour": ["Account closed"],
    "action_take_back_payment": [],
    "action_register_payment": [],
    "action_open_step": [],
}


@tagged("post_install", "-at_install")
@freeze_time("2030-01-10 09:00:00")
class TestBill(PapersCase, CustomerCreditCommon):
    def _check_refreshed(self, call):
        """Return what ``call`` gives; the customer's figures are renewed in it."""
        accounts = type(self.account)
        with patch.object(accounts, "_refresh_all", autospec=True) as refreshed:
            result = call()
        self.assertIn(self.account, [call.args[0] for call in refreshed.mock_calls])
        return result

    # ------------------------------------------------------------ registering

    def test_rep_registers_a_bill_of_his_customer(self):
        bill_id = self._rpc(
            self.rep, "customer.credit.bill", "create", self._bill_values()
        )
        bill = self.env["customer.credit.bill"].browse(bill_id)
        self.assertEqual(bill.state, "held")
        self.assertTrue(bill.with_recourse)
        self.assertEqual(bill.partner_id, self.customer)
        self.assertEqual(bill.date_payable, date(2030, 3, 1))
        self.assertEqual(
            self._rpc(self.rep, "customer.credit.bill", "read", [bill_id], ["amount"]),
            [{"id": bill_id, "amount": 600.0}],
        )

    def test_rep_registers_for_nobody_else(self):
        account = self._limit(self.stranger, 500.0)
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep,
                "customer.credit.bill",
                "create",
                self._bill_values(account_id=account.id),
            )

    def test_rep_books_and_changes_nothing(self):
        bill, payment = self._bill(), self._payment(600.0)
        for values in ({"payment_id": payment.id}, {"replaces_id": bill.id}):
            with self.assertRefused(AccessError, "Finance says"):
                self._rpc(
                    self.rep,
                    "customer.credit.bill",
                    "create",
                    self._bill_values(number="2", **values),
                )
            with self.assertRefused(AccessError, "Finance says"):
                self._rpc(
                    self.rep,
                    "customer.credit.bill",
                    "create",
                    self._bill_values(number="2"),
                    context={f"default_{name}": values[name] for name in values},
                )
        for method, args in (
            ("write", [{"amount": 1.0}]),
            ("write", [{"payment_id": payment.id}]),
            ("unlink", []),
        ):
            with self.subTest(call=method), self.assertRefused(AccessError):
                self._rpc(self.rep, "customer.credit.bill", method, bill.ids, *args)

    def test_state_is_written_by_the_steps_alone(self):
        bill = self._bill()
        for values in (
            {"state": "settled"},
            {"with_recourse": False},
            {"settled_on": "2030-01-01"},
            {"delayed_until": "2035-01-01"},
            {"reminded_on": "2030-01-01"},
            {"date_payable": "2035-01-01"},
        ):
            with (
                self.subTest(values=values),
                self.assertRefused(AccessError, "writes this itself"),
            ):
                self._rpc(self.fin, "customer.credit.bill", "write", bill.ids, values)
        with self.assertRefused(AccessError, "writes this itself"):
            self._rpc(
                self.fin,
                "customer.credit.bill",
                "create",
                self._bill_values(number="2", state="settled"),
            )
        bill_id = self._rpc(
            self.fin,
            "customer.credit.bill",
            "create",
            self._bill_values(number="3"),
            context={"default_state": "settled"},
        )
        self.assertEqual(self.env["customer.credit.bill"].browse(bill_id).state, "held")

    def test_finance_corrects_a_held_bill_only(self):
        bill = self._bill()
        as_fin = bill.with_user(self.fin)
        as_fin.write({"amount": 700.0})
        self.assertEqual(bill.amount, 700.0)
        other = self._limit(self.stranger, 500.0)
        with self.assertRefused(UserError, "stays as it was registered"):
            as_fin.write({"account_id": other.id})
        as_fin.action_endorse("Supplier")
        with self.assertRefused(UserError, "stays as it was registered"):
            as_fin.write({"amount": 1.0})
        with self.assertRefused(UserError, "stays in the register"):
            as_fin.unlink()
        as_fin.write({"note": "The supplier has it."})
        wrong = self._bill(number="Mistyped")
        wrong.with_user(self.fin).unlink()
        self.assertFalse(wrong.exists())

    def test_registered_once(self):
        self._bill()
        with self.assertRefused(ValidationError, "registered already"):
            self._bill()

    # ------------------------------------------------------------ access

    def test_who_sees_bills(self):
        bill = self._bill()
        readers = (self.rep, self.fin, self.mdo, self.gmo)
        for user in (*readers, self.sales, self.other_rep, self.keeper):
            for method, args in (
                ("read", [bill.ids, ["amount"]]),
                ("search_read", [[("id", "=", bill.id)], ["amount"]]),
                ("formatted_read_group", [[("id", "=", bill.id)], ["state"]]),
                ("export_data", [bill.ids, ["amount"]]),
            ):
                with self.subTest(user=user.login, call=method):
                    try:
                        found = self._rpc(user, bill._name, method, *args)
                    except AccessError:
                        found = None
                    self.assertEqual(bool(found), user in readers)

    def test_steps_are_for_finance(self):
        bill = self._bill(payment_id=self._payment(600.0).id)
        for user in (
            self.rep,
            self.mdo,
            self.gmo,
            self.sales,
            self.other_rep,
            self.keeper,
        ):
            for method, args in STEPS.items():
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, bill._name, method, bill.ids, *args)
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(
                    user,
                    "customer.credit.bill.step",
                    "create",
                    {"bill_id": bill.id, "step": "settle"},
                )
        self.assertEqual(bill.state, "held")

    # ------------------------------------------------------------ the life of a bill

    def test_endorse(self):
        bill = self._bill()
        self._check_refreshed(
            lambda: self._rpc(
                self.fin, bill._name, "action_endorse", bill.ids, "Supplier"
            )
        )
        self.assertEqual(
            (bill.state, bill.endorsed_to, bill.passed_by_id, bill.passed_on),
            ("endorsed", "Supplier", self.fin, date(2030, 1, 10)),
        )
        self.assertTrue(bill.with_recourse)
        self.assertIn("Supplier", bill.message_ids[0].body)
        with self.assertRefused(UserError, "is Endorsed"):
            bill.with_user(self.fin).action_endorse("Somebody else")
        with self.assertRefused(UserError, "is Endorsed"):
            bill.with_user(self.fin).action_discount("Bank")

    def test_discount(self):
        bill = self._bill()
        as_fin = bill.with_user(self.fin)
        with self.assertRefused(UserError, "part of the bill"):
            as_fin.action_discount("Bank", 601.0)
        with self.assertRefused(UserError, "was given"):
            as_fin.action_discount(" ")
        as_fin.action_discount("Bank", 12.0, False, "2030-01-09")
        self.assertEqual(
            (bill.state, bill.discount_bank, bill.discount_fee, bill.passed_on),
            ("discounted", "Bank", 12.0, date(2030, 1, 9)),
        )
        self.assertFalse(bill.with_recourse)

    def test_settle(self):
        bill = self._bill()
        bill.with_user(self.fin).action_settle()
        self.assertEqual((bill.state, bill.settled_by_id), ("settled", self.fin))
        for method, args in STEPS.items():
            if method == "action_open_step":
                continue
            with self.subTest(method=method), self.assertRefused(UserError, "Settled"):
                getattr(bill.with_user(self.fin), method)(*args)

    def test_step_dates(self):
        as_fin = self._bill().with_user(self.fin)
        for day in ("2030-01-11", "2030-01-01"):
            with self.subTest(day=day), self.assertRefused(UserError, "at latest"):
                as_fin.action_settle(day)

    def test_delay_is_an_event_and_may_happen_again(self):
        bill = self._bill()
        as_fin = bill.with_user(self.fin)
        for until in (False, "2030-03-01"):
            with self.assertRefused(UserError, "later day"):
                as_fin.action_delay(until, "No money")
        with self.assertRefused(UserError, "Say why"):
            as_fin.action_delay("2030-04-01", " ")
        as_fin.action_delay("2030-04-01", "No money")
        self.assertEqual((bill.state, bill.date_payable), ("delayed", date(2030, 4, 1)))
        self.assertTrue(self.account.frozen)
        as_fin.action_delay("2030-05-01", "Still none")
        self.assertEqual(bill.date_payable, date(2030, 5, 1))
        events = self.account.event_ids
        self.assertEqual(events.kind_id.code, "bill_delay")
        self.assertEqual(events.mapped("amount"), [600.0, 600.0])
        self.assertEqual(set(events.mapped("state")), {"recorded"})

    def test_dishonour_is_an_event_that_freezes(self):
        bill = self._bill()
        with patch.object(
            type(self.account), "_propose_downgrade", autospec=True
        ) as downgrade:
            self._check_refreshed(
                lambda: self._rpc(
                    self.fin, bill._name, "action_dishonour", bill.ids, "Closed"
                )
            )
        event = self.account.event_ids
        self.assertEqual(bill.state, "dishonoured")
        self.assertEqual((bill.reason, bill.dishonoured_by_id), ("Closed", self.fin))
        self.assertEqual((event.kind_id.code, event.bill_id), ("dishonour", bill))
        self.assertTrue(event.is_bad_faith)
        self.assertTrue(self.account.frozen)
        todo = self.account.activity_ids.filtered(
            lambda activity: activity.user_id == self.rep
        )
        self.assertEqual(todo.summary, event.kind_id.name)
        self.assertEqual(
            [call.args for call in downgrade.mock_calls], [(self.account, event)]
        )

    def test_without_recourse_nothing_comes_back(self):
        as_fin = self._bill().with_user(self.fin)
        as_fin.action_endorse("Supplier", False)
        for method in ("action_delay", "action_dishonour"):
            with self.assertRefused(UserError, "without recourse"):
                getattr(as_fin, method)(*STEPS[method])
        self.assertFalse(self.account.event_ids)
        as_fin.action_settle()
        self.assertEqual(as_fin.state, "settled")

    def test_dialog(self):
        bill = self._bill()
        action = (
            bill.with_user(self.fin)
            .with_context(default_step="discount")
            .action_open_step()
        )
        dialog_id = self._rpc(
            self.fin,
            action["res_model"],
            "create",
            {"receiver": "Bank", "fee": 5.0},
            context=action["context"],
        )
        self._rpc(self.fin, action["res_model"], "action_take", [dialog_id])
        self.assertEqual((bill.state, bill.discount_fee), ("discounted", 5.0))

    # ------------------------------------------------------------ accounting (M24)

    def test_counts_while_booked_and_unsettled(self):
        bill = self._bill()
        self.assertEqual(bill.counted_amount, 0.0, "the receivable still stands")
        payment = self._payment(600.0, post=False)
        bill.with_user(self.fin).payment_id = payment
        self.assertEqual(bill.counted_amount, 0.0, "not posted")
        payment.action_post()
        self.assertEqual(bill.counted_amount, 600.0)
        self.company.credit_count_bills = False
        self.assertEqual(bill.counted_amount, 0.0, "switched off")
        self.company.credit_count_bills = True
        bill.with_user(self.fin).action_endorse("Supplier")
        self.assertEqual(bill.counted_amount, 600.0, "with recourse")
        bill.with_user(self.fin).action_delay("2030-04-01", "No money")
        self.assertEqual(bill.counted_amount, 600.0)
        bill.with_user(self.fin).action_dishonour("Closed")
        self.assertEqual(bill.counted_amount, 600.0)
        bill.with_user(self.fin).action_settle()
        self.assertEqual(bill.counted_amount, 0.0)

    def test_counts_once_beside_the_receivable(self):
        """The same 600 from invoice to settlement (M24): as receivable, as bill, as
        receivable again."""
        invoice = self._invoice(600.0)
        bill = self._bill()
        self.assertEqual(self._exposure(), 600.0)
        payment = self._payment(600.0)
        (invoice + payment.move_id).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(self._exposure(), 0.0, "paid by something else")
        bill.with_user(self.fin).payment_id = payment
        figures = self.env["customer.credit.account"]._get_figures(
            self.company, self.customer
        )[self.customer.id]
        self.assertEqual(
            (figures["receivable"], figures["bill"], figures["exposure"]),
            (0.0, 600.0, 600.0),
        )
        self.assertEqual(bill.counted_amount, 600.0)
        items = self.env["customer.credit.item"].with_context(
            credit_account_id=self.account.id
        )
        self.assertEqual(items.search([("source", "=", "bill")]).name, bill.number)
        bill.with_user(self.fin).action_endorse("Supplier")
        self.assertEqual(self._exposure(), 600.0)
        bill.with_user(self.fin).action_dishonour("Closed")
        self.assertEqual(self._exposure(), 600.0)
        bill.with_user(self.fin).action_take_back_payment()
        self.assertEqual(self._exposure(), 600.0, "the receivable is back")
        self.assertEqual(self.account.exposure, 600.0)

    def test_settled_bill_frees_the_limit(self):
        bill = self._bill(payment_id=self._payment(600.0).id)
        self._invoice(600.0)
        self.assertEqual(self._exposure(), 600.0)
        self.account._refresh_all()
        with self.assertRaises(RedirectWarning):
            self._order(500.0).action_confirm()
        bill.with_user(self.fin).action_settle()
        self.assertEqual(self._exposure(), 0.0)
        self._confirmed(500.0)

    def test_without_recourse_does_not_count(self):
        bill = self._bill(payment_id=self._payment(600.0).id)
        bill.with_user(self.fin).action_endorse("Supplier", False)
        self.assertEqual(bill.counted_amount, 0.0)

    def test_counts_in_company_currency(self):
        foreign = self.other_currency
        foreign.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": foreign.id, "name": "2030-01-01", "rate": 2.0}
        )
        payment = self._payment(600.0, currency_id=foreign.id)
        bill = self._bill(currency_id=foreign.id, payment_id=payment.id)
        self.assertEqual(bill.counted_amount, 300.0)

    def test_dishonoured_payment_is_taken_back(self):
        invoice = self._invoice(600.0)
        payment = self._payment(600.0)
        (invoice + payment.move_id).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        bill = self._bill(payment_id=payment.id)
        self.assertEqual(invoice.amount_residual, 0.0)
        with self.assertRefused(UserError, "this step needs Dishonoured"):
            bill.with_user(self.fin).action_take_back_payment()
        bill.with_user(self.fin).action_dishonour("Closed")
        self.assertEqual(bill.counted_amount, 600.0)
        self.assertEqual(self.account.receivable_amount, 0.0)
        self._rpc(self.fin, bill._name, "action_take_back_payment", bill.ids)
        self.assertEqual(payment.state, "canceled")
        self.assertEqual(bill.counted_amount, 0.0)
        self.assertEqual(invoice.amount_residual, 600.0)
        self.account.invalidate_recordset()
        self.assertEqual(self.account.receivable_amount, 600.0)

    def test_taking_back_needs_accounting_rights(self):
        auditor = self._user("customer_archive.group_fin", "auditor")
        bill = self._bill(payment_id=self._payment(600.0).id)
        bill.with_user(auditor).action_dishonour("Closed")
        with self.assertRefused(AccessError):
            self._rpc(auditor, bill._name, "action_take_back_payment", bill.ids)
        self.assertEqual(bill.counted_amount, 600.0)

    def test_reversed_payment_does_not_count(self):
        payment = self._payment(600.0)
        bill = self._bill(payment_id=payment.id)
        payment.move_id._reverse_moves([{"date": date(2030, 1, 10)}], cancel=True)
        bill.invalidate_recordset()
        self.assertEqual(payment.move_id.state, "posted")
        self.assertEqual(bill.counted_amount, 0.0)

    def test_register_payment(self):
        bill = self._bill()
        action = bill.with_user(self.fin).action_register_payment()
        payment = bill.payment_id
        self.assertEqual(action["res_id"], payment.id)
        self.assertEqual(
            (payment.amount, payment.partner_id, payment.state, payment.memo),
            (600.0, self.customer, "draft", "1"),
        )
        payment.action_post()
        self.assertEqual(bill.counted_amount, 600.0)

    def test_payment_of_the_customer_alone(self):
        bill = self._bill().with_user(self.fin)
        for values in (
            {"partner_id": self.stranger.id},
            {"payment_type": "outbound"},
            {"currency_id": self.other_currency.id},
        ):
            payment = self._payment(600.0, post=False, **values)
            with (
                self.subTest(values=values),
                self.assertRefused(ValidationError, "same customer"),
            ):
                bill.payment_id = payment
        with self.assertRefused(ValidationError, "not more than the payment"):
            bill.payment_id = self._payment(599.0)
        bill.payment_id = self._payment(1000.0, partner_id=self.contact.id)
        with self.assertRefused(ValidationError, "not more than the payment"):
            self._bill(number="2", payment_id=bill.payment_id.id)

    def test_replacement_takes_the_payment_over(self):
        payment = self._payment(600.0)
        old = self._bill(payment_id=payment.id)
        with self.assertRefused(UserError, "this step needs"):
            self._bill(number="2", replaces_id=old.id)
        old.with_user(self.fin).action_delay("2030-04-01", "No money")
        new = self._bill(
            number="2", user=self.fin, replaces_id=old.id, due_on="2030-06-30"
        )
        self.assertEqual((old.state, old.replacement_ids), ("settled", new))
        self.assertEqual((new.payment_id, new.counted_amount), (payment, 600.0))
        self.assertEqual(old.counted_amount, 0.0)
        stranger = self._limit(self.stranger, 500.0)
        with self.assertRefused(ValidationError, "same customer and currency"):
            other = self._bill(number="3", account_id=stranger.id)
            other.with_user(self.fin).action_delay("2030-04-01", "No money")
            self._bill(number="4", replaces_id=other.id)

    # ------------------------------------------------------------ reminder

    def _remind(self):
        self.env["customer.credit.bill"].with_company(self.company)._duty_remind_due(
            self.env.ref("customer_credit.customer_duty_bill_due"),
            date(2030, 1, 9),
            date(2030, 1, 10),
        )

    def test_reminded_once_of_each_due_date(self):
        due = self._bill(due_on="2030-01-15")
        later = self._bill(number="2", due_on="2030-01-18")
        gone = self._bill(number="3", due_on="2030-01-15")
        gone.with_user(self.fin).action_endorse("Supplier", False)
        self._remind()
        self._remind()
        self.assertEqual(due.activity_ids.user_id, self.rep | self._finance())
        self.assertEqual(len(due.activity_ids), len(due.activity_ids.user_id))
        self.assertEqual(
            set(due.activity_ids.mapped("date_deadline")), {date(2030, 1, 15)}
        )
        self.assertFalse((later | gone).activity_ids)
        due.with_user(self.fin).action_delay("2030-01-17", "Next week")
        due.activity_ids.unlink()
        self._remind()
        self.assertTrue(due.activity_ids)
        due.with_user(self.fin).action_settle()
        self.assertFalse(due.activity_ids)

    def test_reminder_takes_as_many_queries_for_many(self):
        counts = []
        for number in (2, 8):
            for index in range(number):
                self._bill(number=f"{number}-{index}", due_on="2030-01-17")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._remind()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_filters(self):
        late = self._bill(due_on="2030-01-10")
        week = self._bill(number="2", due_on="2030-01-11")
        later = self._bill(number="3", due_on="2030-03-11")
        dishonoured = self._bill(number="4", due_on="2030-01-10")
        dishonoured.with_user(self.fin).action_dishonour("Closed")
        view = self.env.ref("customer_credit.customer_credit_bill_view_search")
        domains = {
            node.get("name"): literal_eval(node.get("domain"))
            for node in etree.fromstring(view.arch).iter("filter")
            if node.get("domain") and "uid" not in node.get("domain")
        }
        bills = self.env["customer.credit.bill"].with_user(self.rep)
        for name, expected in (
            ("held", late | week | later),
            ("late", late),
            ("due_this_week", late | week),
            ("dishonoured", dishonoured),
            ("open", late | week | later | dishonoured),
        ):
            with (
                self.subTest(name=name),
                freeze_time("2030-01-11 09:00:00"),
            ):
                found = bills.search(domains[name]).with_env(self.env)
                self.assertEqual(set(found), set(expected))

    # ------------------------------------------------------------ account

    def test_account_shows_unsettled_bills(self):
        bill = self._bill()
        self._bill(number="2").with_user(self.fin).action_settle()
        account = self.account.with_user(self.rep)
        self.assertEqual(account.bill_count, 1)
        action = account.action_open_bills()
        self.assertIn(bill, self.env[action["res_model"]].search(action["domain"]))
        # reads the account as salesperson of the customer, but has no role
        self.customer.user_id = self.sales
        with self.assertRefused(AccessError):
            self._rpc(
                self.sales,
                self.account._name,
                "read",
                self.account.ids,
                ["bill_count", "secured_amount", "event_ids"],
            )

    def test_merged_customers_keep_their_bills(self):
        bill = self._bill()
        kept = self._limit(self.stranger, 500.0)
        (self.account | kept)._fold(self.stranger)
        self.assertEqual(bill.account_id, kept)

    def test_registers_go_with_the_customer(self):
        bill = self._bill()
        bill.with_user(self.fin).action_dishonour("Closed")
        papers = {bill, self._confirmed_guarantee(), self.account.event_ids}
        self.team.company_id = False
        dossier = self.env["customer.dossier"].create(
            {"partner_id": self.customer.id, "team_id": self.team.id}
        )
        self.assertFalse(dossier._get_obstacles())
        counts = dossier._destroy_customers()[dossier.id]
        for record in papers:
            self.assertEqual(counts[record._name], 1)
            self.assertFalse(record.exists())

    def test_other_company(self):
        bill = self._bill()
        other = self.env["res.company"].create({"name": "Other"})
        self.fin.company_ids = [Command.link(other.id)]
        with self.assertRefused(AccessError):
            bill.with_user(self.fin).with_context(
                allowed_company_ids=other.ids
            ).check_access("read")
