from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from .test_sight import CreditSightCommon


@tagged("post_install", "-at_install")
class TestReadingAttacks(CreditSightCommon):
    """Ways in which somebody who may not see the credit of a customer could learn a
    figure or a reason (F60, D8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.books = cls._user(
            "account.group_account_invoice,base.group_partner_manager", "books"
        )
        cls.leaver = cls._user(
            "customer_archive.group_fin,customer_archive.group_mdo", "leaver"
        )

    def _ask_as_stranger(self, amount=990000.0, user=None):
        user = user or self.sales
        order = self._order(amount, user=user)
        self._ask(order, user=user)
        return order, order.credit_hold_id

    def _refusal(self, order):
        with (
            self.assertRaises(RedirectWarning) as refused,
            self.env.cr.savepoint(),
        ):
            order.action_confirm()
        self.env.invalidate_all()
        return str(refused.exception)

    # ------------------------------------------------------------ requests

    def test_request_is_read_with_its_document(self):
        _order, hold = self._ask_as_stranger()
        approval = hold.approval_id
        self.assertEqual(approval.requester_id, self.sales)
        self.assertEqual(approval.amount, 990000.0 - 987654.0)
        for record, name in (
            (approval, "amount"),
            (approval.line_ids, "name"),
            (approval, "note"),
        ):
            with self.assertRaises(AccessError):
                self._rpc(self.sales, record._name, "read", record.ids, [name])
            found = self._rpc(
                self.sales, record._name, "search_count", [("id", "in", record.ids)]
            )
            self.assertEqual(found, 0)
            for decider in (self.mdo, self.gmo):
                self._rpc(decider, record._name, "read", record.ids, [name])

    def test_hold_of_another_unit(self):
        other_unit = self.env["crm.team"].create(
            {"name": "Unit South", "company_id": False, "user_id": self.bum2.id}
        )
        order = self._order(990000.0, user=self.bum2, team_id=other_unit.id)
        self._ask(order, user=self.bum2)
        # nor does a team leader without the role
        led = self.env["crm.team"].create(
            {"name": "Team", "company_id": False, "user_id": self.sales.id}
        )
        order_of_rep = self._order(990000.0, team_id=led.id)
        self._ask(order_of_rep)
        for user, hold in (
            (self.bum2, order.credit_hold_id),
            (self.sales, order_of_rep.credit_hold_id),
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(user, hold._name, "read", hold.ids, ["excess"])
        # whose unit an order of another salesperson belongs to reads it
        order = self._order(990000.0, team_id=other_unit.id)
        self._ask(order)
        hold = order.credit_hold_id
        [values] = self._rpc(self.bum2, hold._name, "read", hold.ids, ["excess"])
        self.assertEqual(values["excess"], 990000.0 - 987654.0)

    def test_where_a_request_stands_counts_no_steps(self):
        order, _hold = self._ask_as_stranger()
        message = order.with_user(self.sales).credit_message
        self.assertIn(self.mdo.name, message)
        self.assertNotIn("Step", message)
        own = order.with_user(self.rep).credit_message
        self.assertIn("Step 1 of 2", own)

    # ------------------------------------------------------------ forms

    def test_form_of_an_account_computes_no_figures(self):
        self._confirmed(123300.0)
        other = self.env["res.company"].create({"name": "Other"})
        auditor = new_test_user(
            self.env,
            "credit_auditor",
            groups="customer_archive.group_fin",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.leaver.archive_access = "none"
        for user in (auditor, self.leaver):
            told = self._rpc(
                user,
                "customer.credit.account",
                "onchange",
                [],
                {"partner_id": self.customer.id, "company_id": self.company.id},
                [],
                {"order_amount": {}, "receivable_amount": {}},
                context={"allowed_company_ids": user.company_ids.ids},
            )
            self.assertNotIn("123300", str(told), user.login)
        [values] = self._rpc(
            self.fin, "customer.credit.account", "read", self.account.ids
        )
        self.assertEqual(values["order_amount"], 123300.0)

    def test_form_tells_nothing_of_orders_of_others(self):
        order, hold = self._hold(990000.0)
        self._release(hold, 990000.0)
        quotation = self.env["sale.order"].with_user(self.sales)
        forged = quotation.new(origin=order.with_user(self.sales))
        self.assertFalse(order.with_user(self.sales).has_access("read"))
        self.assertFalse(forged.credit_message)
        self.assertFalse(forged.credit_received_amount)
        self.assertIn("990,000", order.with_user(self.rep).credit_message)

    # ------------------------------------------------------------ who has left

    def test_shared_limit_is_closed_to_who_has_left(self):
        group = self.env["customer.credit.group"].create({"name": "Corporation"})
        group._system_write({"limit_amount": 987654.0})

        def read():
            return self._rpc(
                self.leaver, group._name, "read", group.ids, ["limit_amount"]
            )

        self.assertEqual(read()[0]["limit_amount"], 987654.0)
        self.leaver.archive_access = "none"
        with self.assertRaises(AccessError):
            read()
        count = self._rpc(self.leaver, group._name, "search_count", [])
        self.assertEqual(count, 0)

    # ------------------------------------------------------------ refusals

    def test_refused_invoice_tells_no_figure(self):
        def refusal(user):
            invoice = self._invoice(990000.0, post=False).with_user(user)
            with self.assertRaises(UserError) as refused, self.env.cr.savepoint():
                invoice.action_post()
            return str(refused.exception)

        self.assertNotIn("2,346", refusal(self.books))
        self.assertIn(self.customer.name, refusal(self.books))
        self.assertIn("2,346", refusal(self.fin))

    def test_refused_order_tells_no_reason(self):
        self._system_write(warning_percent=61.0)
        self.company.credit_warning_report = True
        order = self._order(700000.0, user=self.sales)
        self.assertNotIn("61", self._refusal(order))
        self.company.credit_warning_report = False
        order, hold = self._ask_as_stranger()
        self._release(hold, 990000.0)
        self._system_write(frozen=True)
        refusal = self._refusal(order)
        self.assertNotIn("rozen", refusal)
        self.assertIn(self.rep.name, refusal)
        self.rep.group_ids = [
            Command.link(self.env.ref("sales_team.group_sale_salesman_all_leads").id)
        ]
        self.assertIn("rozen", self._refusal(order.with_user(self.rep)))

    def test_reason_of_a_forced_hold(self):
        order = self._order(100.0, user=self.sales)
        order.with_user(self.fin).action_force_hold("Owes us 123300")
        for user in (self.sales, self.rep2):
            with self.assertRaises(AccessError):
                self._rpc(
                    user, "sale.order", "read", order.ids, ["credit_forced_reason"]
                )
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    "sale.order",
                    "search_count",
                    [("credit_forced_reason", "ilike", "123300")],
                )
            bodies = order.with_user(user).message_ids.mapped("body")
            self.assertNotIn("123300", str(bodies))
        hold = order.credit_hold_id
        [values] = self._rpc(self.rep, hold._name, "read", hold.ids, ["forced_reason"])
        self.assertEqual(values["forced_reason"], "Owes us 123300")
        self.assertIn(
            "123300", str(hold.with_user(self.rep).message_ids.mapped("body"))
        )

    def test_papers_of_hidden_accounts_are_not_guessed(self):
        bills = self.env["customer.credit.bill"]
        bills._system_create(
            [
                {
                    "account_id": self.account.id,
                    "amount": 1.0,
                    "number": "987654",
                    "due_on": "2035-01-01",
                }
            ]
        )
        for number in ("987654", "1"):
            with self.assertRaises(AccessError):
                self._rpc(
                    self.rep2,
                    bills._name,
                    "create",
                    {
                        "account_id": self.account.id,
                        "amount": 1.0,
                        "number": number,
                        "due_on": "2035-01-01",
                    },
                )

    # ------------------------------------------------------------ becoming responsible

    def test_own_dossier_opens_no_account(self):
        account = self._limit(self.stranger, 987654.0)
        values = {"partner_id": self.stranger.id, "user_id": self.rep2.id}
        with self.assertRaises(AccessError):
            self._rpc(self.rep2, "customer.dossier", "create", values)
        with self.assertRaises(AccessError):
            self._rpc(self.rep2, account._name, "read", account.ids, ["limit_amount"])
        own = self.env["res.partner"].create({"name": "Mine", "is_company": True})
        dossier_id = self._rpc(
            self.rep2, "customer.dossier", "create", {"partner_id": own.id}
        )
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep2,
                "customer.dossier",
                "write",
                [dossier_id],
                {"partner_id": self.stranger.id},
            )
        # whose customer it is
        self.stranger.user_id = self.rep2
        self._rpc(self.rep2, "customer.dossier", "create", values)

    def test_merge_opens_no_account(self):
        own = self.env["res.partner"].create(
            {
                "name": "Customer of the Rep",
                "is_company": True,
                "email": self.stranger.email,
                "user_id": self.books.id,
            }
        )
        account = self._limit(self.stranger, 987654.0)
        wizard = (
            self.env["base.partner.merge.automatic.wizard"]
            .with_user(self.books)
            .create(
                {
                    "partner_ids": [Command.set((own | self.stranger).ids)],
                    "dst_partner_id": own.id,
                }
            )
        )
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_kw(wizard.browse(), "action_merge", [wizard.ids], {})
        self.env.invalidate_all()
        self.assertEqual(account.partner_id, self.stranger)
