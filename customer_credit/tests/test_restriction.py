from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestRestriction(CustomerCreditCommon):
    """A customer who is supplied less or not at all (F27)."""

    def _restrict(self, restriction, amount=0.0, days=0, account=None):
        (account or self.account).with_user(self.fin).action_restrict(
            restriction, "Late payer", amount, days
        )

    def _restricted(self, extra=0.0, partner=None):
        """Return the ids of those whose supply ``extra`` would exceed."""
        customers = partner or self.customer
        supply = self.account._get_supply(self.company, customers.ids)
        return {
            partner_id
            for partner_id, left in supply.items()
            if left is None or self.company.currency_id.compare_amounts(extra, left) > 0
        }

    def test_no_supply_stops_everything(self):
        self.assertFalse(self._restricted(100.0))
        self._restrict("all")
        self.assertEqual(self._restricted(), {self.customer.id})
        self.assertRecordValues(
            self.account,
            [
                {
                    "restriction": "all",
                    "restriction_amount": 0.0,
                    "restriction_reason": "Late payer",
                }
            ],
        )
        self.assertIn("Late payer", self.account.message_ids[:1].body)
        self._restrict("none")
        self.assertFalse(self._restricted(100.0))
        self.assertFalse(self.account.restriction_reason)
        self.assertIn("not restricted any more", self.account.message_ids[:1].body)

    def test_an_amount_within_a_period(self):
        with freeze_time("2031-03-01"):
            self._limit(self.customer, 10000.0)
            self._confirmed(300.0)
        with freeze_time("2031-03-20"):
            self._confirmed(200.0, partner_id=self.contact.id)
            self._order(400.0)
            self._restrict("amount", 500.0, 30)
            self.assertFalse(self._restricted())
            self.assertEqual(self._restricted(0.01), {self.customer.id})
        with freeze_time("2031-04-01"):
            self.assertFalse(self._restricted(300.0))
            self.assertEqual(self._restricted(300.01), {self.customer.id})

    def test_date_set_back_counts_all_the_same(self):
        self._limit(self.customer, 10000.0)
        order = self._confirmed(600.0)
        self._restrict("amount", 500.0, 30)
        order.date_order = "2001-01-01"
        self.assertEqual(self._restricted(), {self.customer.id})

    def test_orders_count_in_company_currency_for_both_customers(self):
        self._limit(self.customer, 10000.0)
        self._limit(self.stranger, 10000.0)
        foreign = self.setup_other_currency("EUR", rates=[("2001-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": foreign.id}
        )
        self._confirmed(
            600.0, pricelist_id=pricelist.id, partner_invoice_id=self.stranger.id
        )
        accounts = self.account + self._limit(self.stranger, 10000.0)
        self._restrict("amount", 300.0, 30, accounts)
        both = self.customer + self.stranger
        self.assertFalse(self._restricted(0.0, both))
        self.assertEqual(self._restricted(1.0, both), set(both.ids))

    def test_restriction_stops_orders_until_a_release(self):
        self._limit(self.customer, 10000.0)
        self._restrict("amount", 500.0, 30)
        passing, failing = self._order(400.0), self._order(200.0)
        self.assertEqual((passing + failing)._credit_failing(), failing)
        passing.action_confirm()
        with self.assertRaises(RedirectWarning) as caught:
            failing.action_confirm()
        self.assertIn("restricted", caught.exception.args[0])
        self._ask(failing)
        hold = failing.credit_hold_id
        self.assertEqual(hold.reason_ids.mapped("code"), ["restricted"])
        self._release(hold)
        failing.action_confirm()
        self.assertEqual((failing.state, failing.credit_state), ("sale", "released"))
        self._restrict("none")
        self.assertEqual(self._confirmed(700.0).credit_state, "ok")

    def test_no_supply_holds_prepaid_orders_too(self):
        self._restrict("all")
        order = self._order(200.0)
        self._pay_online(order, 200.0)
        with self.assertRaises(RedirectWarning):
            order.action_confirm()

    def test_another_company_is_not_restricted(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._restrict("all")
        self.assertFalse(self.account._get_supply(other, self.customer.ids))

    def test_one_query_for_any_number(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(30)]
        )
        accounts = self.account.browse()
        for customer in customers:
            accounts += self._limit(customer, 100.0)
        self._restrict("amount", 10.0, 5, accounts)
        self.env.flush_all()
        self.assertTrue(self.account._has_restrictions(self.company))
        for count in (1, 30):
            with self.assertQueryCount(1):
                supply = self.account._get_supply(self.company, customers[:count].ids)
            self.assertEqual(supply, dict.fromkeys(customers[:count].ids, 10.0))

    def test_dialog_wants_reason_amount_and_period(self):
        dialog = self.env["customer.credit.restrict"].with_user(self.fin)
        values = {"account_ids": [Command.set(self.account.ids)], "reason": "Late"}
        dialog.create(
            {**values, "restriction": "amount", "amount": 100.0, "days": 7}
        ).action_restrict()
        self.assertRecordValues(
            self.account,
            [
                {
                    "restriction": "amount",
                    "restriction_amount": 100.0,
                    "restriction_days": 7,
                }
            ],
        )
        for wrong in (
            {"restriction": "amount", "days": 0},
            {"restriction": "amount", "amount": -1.0},
            {"restriction": "all", "reason": " "},
        ):
            with self.assertRaises(UserError):
                dialog.create({**values, **wrong}).action_restrict()

    def test_who_may_restrict(self):
        bum = self._user("customer_archive.group_bum", "bum")
        bum2 = self._user("customer_archive.group_bum", "bum2")
        rep2 = self._user("customer_archive.group_rep", "rep2")
        portal = self._user("base.group_portal", "portal")
        self.team.user_id = bum
        self.team.company_id = False
        self.env["customer.dossier"].create(
            {
                "partner_id": self.customer.id,
                "team_id": self.team.id,
                "user_id": self.rep.id,
            }
        )
        for user in (self.fin, self.mdo, bum):
            self._rpc(user, self.account, "action_restrict", "all", "Late")
            self.assertEqual(self.account.restriction, "all", user.login)
            self._rpc(user, self.account, "action_restrict", "none", "Paid")
            self.assertEqual(self.account.restriction, "none", user.login)
        both = self.account + self._limit(self.stranger, 100.0)
        with self.assertRaises(AccessError):
            self._rpc(bum, both, "action_restrict", "all", "Late")
        for user in (self.rep, rep2, self.gmo, bum2, self.sales, portal):
            with self.assertRaises(AccessError, msg=user.login):
                self._rpc(user, self.account, "action_restrict", "all", "Late")
        for user in (self.fin, self.mdo, bum, self.rep, portal):
            for values in (
                {"restriction": "all"},
                {"restriction_amount": 1.0},
                {"restriction_days": 1},
                {"restriction_reason": "x"},
            ):
                with self.assertRaises(AccessError, msg=user.login):
                    self._rpc(user, self.account, "write", values)
            with self.assertRaises(AccessError):
                self._rpc(user, self.account, "_get_supply", 1, [])
        self.assertEqual(self.account.restriction, "none")

    def test_accounts_made_in_bulk_are_not_restricted(self):
        account = self.env["customer.credit.account"]._get(self.stranger, self.company)
        self.assertFalse(self._restricted(1.0, self.stranger))
        self._restrict("all", account=account)
        self.assertTrue(self._restricted(1.0, self.stranger))
        self.assertEqual(
            self.account.search([("restriction", "=", "all")]) & account, account
        )
