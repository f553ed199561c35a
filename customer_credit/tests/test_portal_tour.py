from unittest.mock import patch

from odoo.exceptions import RedirectWarning
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CustomerCreditCommon


class PortalCommon(CustomerCreditCommon, HttpCase):
    """A customer at the portal, where nobody can answer a dialog."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the steps look for English words
        cls.env["res.lang"]._activate_lang("en_US")
        cls.rep.name = "Ray Rep"
        cls.buyer = new_test_user(
            cls.env,
            "credit_buyer",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
            lang="en_US",
        )
        cls.buyer.partner_id.parent_id = cls.customer

    def _quotation(self, amount, **values):
        """Return a quotation that was sent to the customer."""
        order = self._order(amount, partner_id=self.buyer.partner_id.id, **values)
        order.action_quotation_sent()
        return order.with_env(self.env)

    def _tour(self, order, name, query="", login="credit_buyer"):
        """Let the customer do the tour on the page of his order."""
        self.env.flush_all()
        self.start_tour(
            order.get_portal_url(query_string=query),
            name,
            login=login,
            cookies={"frontend_lang": "en_US"},
        )
        self.env.invalidate_all()

    def assertHeld(self, order):
        """The order waits for the decider, who knows; the author is the rep."""
        self.assertEqual((order.state, order.credit_state), ("sent", "held"))
        hold = order.credit_hold_id
        self.assertEqual((hold.state, hold.approval_state), ("waiting", "pending"))
        self.assertEqual(hold.approval_id.requester_id, self.rep)
        self.assertEqual(hold.sudo().activity_ids.user_id, self.mdo)
        self.assertIn(
            "On hold: the order would exceed the credit limit.",
            "".join(order.message_ids.mapped("body")),
        )


@tagged("post_install", "-at_install")
class TestPortalSignature(PortalCommon):
    def _to_sign(self, amount):
        return self._quotation(amount, require_signature=True, require_payment=False)

    def test_signature_within_the_limit_confirms(self):
        order = self._to_sign(500.0)
        self._tour(order, "customer_credit_portal_sign")
        self.assertEqual((order.state, order.credit_state), ("sale", "ok"))
        self.assertEqual(order.signed_by, "Ray Buyer")
        self.assertFalse(order.credit_hold_id)

    def test_signature_over_the_limit_is_held_and_told_truly(self):
        order = self._to_sign(1500.0)
        self._tour(order, "customer_credit_portal_sign_held")
        self.assertEqual(order.signed_by, "Ray Buyer")
        self.assertHeld(order)
        self.assertEqual(self._exposure(), 0.0)

    def test_signature_without_login_is_held_the_same(self):
        order = self._to_sign(1500.0)
        self._tour(order, "customer_credit_portal_sign_held", login=None)
        self.assertHeld(order)

    def test_no_figure_of_ours_on_any_page_of_the_portal(self):
        self._limit(self.customer, 4321.98)
        self._confirmed(1200.0, partner_id=self.buyer.partner_id.id)
        self._invoice(34.56, partner=self.buyer.partner_id)
        order = self._to_sign(3500.0)
        self._tour(order, "customer_credit_portal_sign_held")
        self.assertHeld(order)
        hold = order.credit_hold_id
        figures = {
            "limit": 4321.98,
            "used": 1234.56,
            "available": 3087.42,
            "over by": 412.58,
        }
        account = self.account
        self.assertEqual(
            [account.limit_amount, account.exposure, account.available],
            [figures["limit"], figures["used"], figures["available"]],
        )
        pages = {
            path: self.url_open(path)
            for path in (
                "/my",
                "/my/quotes",
                "/my/orders",
                "/my/invoices",
                order.get_portal_url(),
                order.get_portal_url(report_type="html"),
                f"/my/orders/{order.id}",
            )
        }
        pages["thread"] = self.url_open(
            "/mail/thread/messages",
            json={
                "params": {
                    "thread_model": "sale.order",
                    "thread_id": order.id,
                    "fetch_params": {"limit": 30},
                }
            },
        )
        for path, page in pages.items():
            self.assertEqual(page.status_code, 200, path)
            for name, figure in figures.items():
                for text in (f"{figure:,.2f}", f"{figure:.2f}"):
                    self.assertNotIn(text, page.text, f"{name} on {path}")
            for text in ("credit limit", hold.number, self.mdo.name):
                self.assertNotIn(text, page.text, path)
        self.assertIn("signed by Ray Buyer", pages["thread"].text)


@tagged("post_install", "-at_install")
class TestPortalPayment(PortalCommon):
    """With Odoo's demo provider, which is no dependency of the addon: the set-up of
    the tests installs it and counts a skipped test as a failure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["payment.provider"].search(
            [("code", "=", "demo"), ("company_id", "=", cls.company.id)]
        )

    def setUp(self):
        super().setUp()
        if not self.provider:
            self.skipTest("The addon payment_demo has to be installed.")
        self.provider.write({"state": "test", "is_published": True})

    def _to_pay(self, amount, percent=1.0):
        return self._quotation(
            amount,
            require_signature=False,
            require_payment=True,
            prepayment_percent=percent,
        )

    def assertPaid(self, order, *amounts):
        """The money is kept and booked, and nothing is left to process."""
        transactions = order.transaction_ids.sorted("id")
        self.assertEqual(transactions.mapped("amount"), list(amounts))
        self.assertEqual(set(transactions.mapped("state")), {"done"})
        self.assertEqual(
            transactions.mapped("is_post_processed"), [True] * len(amounts)
        )
        payments = transactions.payment_id
        self.assertEqual(sum(payments.mapped("amount")), sum(amounts))
        self.assertLessEqual(set(payments.mapped("state")), {"in_process", "paid"})

    def test_paid_in_full_passes_for_a_customer_who_is_over_and_late(self):
        self._invoice(800.0, invoice_date="2020-01-01", invoice_date_due="2020-01-31")
        self._limit(self.customer, 100.0)
        order = self._to_pay(3000.0)
        self._tour(order, "customer_credit_portal_pay")
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.credit_hold_id)
        self.assertPaid(order, 3000.0)
        self.assertEqual(self._exposure(), 800.0)

    def test_paid_in_full_passes_for_a_blocked_customer(self):
        self.account._system_write({"control": "blocked"})
        order = self._to_pay(3000.0)
        self._tour(order, "customer_credit_portal_pay", login=None)
        self.assertEqual(order.state, "sale")
        self.assertPaid(order, 3000.0)

    def test_part_within_the_limit_confirms(self):
        self._limit(self.customer, 1500.0)
        order = self._to_pay(3000.0, percent=0.5)
        self._tour(order, "customer_credit_portal_pay")
        self.assertEqual(order.state, "sale")
        self.assertPaid(order, 1500.0)
        self.assertEqual(self._exposure(), 1500.0)

    def test_part_over_the_limit_is_kept_and_the_order_held_until_the_rest(self):
        order = self._to_pay(3000.0, percent=0.5)
        self._tour(order, "customer_credit_portal_pay_part")
        self.assertHeld(order)
        self.assertPaid(order, 1500.0)
        hold = order.credit_hold_id
        self._tour(
            order, "customer_credit_portal_pay_rest", query="&payment_amount=1500"
        )
        self.assertEqual(order.state, "sale")
        self.assertPaid(order, 1500.0, 1500.0)
        self.assertEqual(hold.state, "lapsed")
        self.assertFalse(hold.sudo().activity_ids)
        self.assertEqual(self._exposure(), 0.0)

    def test_pending_payment_is_no_cover_until_it_arrives(self):
        order = self._to_pay(3000.0)
        self._tour(order, "customer_credit_portal_pay_pending")
        self.assertEqual((order.state, order.credit_state), ("sent", "none"))
        transaction = order.transaction_ids
        self.assertEqual(transaction.state, "pending")
        with self.assertRaises(RedirectWarning):
            order.with_user(self.rep).action_confirm()
        # the provider's word comes days later; the customer is gone, the job works
        transaction.action_demo_set_done()
        self._run_post_processing()
        self.assertEqual(order.state, "sale")
        self.assertPaid(order, 3000.0)

    def test_customer_who_closes_the_page_is_served_by_the_job(self):
        """Nothing may raise there: it would be tried again for days."""
        order = self._to_pay(3000.0, percent=0.5)
        self._tour(order, "customer_credit_portal_pay_pending")
        order.transaction_ids.action_demo_set_done()
        with self.assertNoLogs("odoo.addons.payment", "ERROR"):
            self._run_post_processing()
        self.assertHeld(order)
        self.assertPaid(order, 1500.0)

    def _run_post_processing(self):
        with patch.object(self.env.cr, "commit"):
            self.env["payment.transaction"]._cron_post_process()
        self.env.invalidate_all()

    def test_failed_payment_changes_nothing(self):
        order = self._to_pay(3000.0)
        self._tour(order, "customer_credit_portal_pay_error")
        self.assertEqual(order.transaction_ids.state, "error")
        self.assertFalse(order.transaction_ids.payment_id)
        self.assertEqual((order.state, order.credit_state), ("sent", "none"))
        self.assertFalse(order.credit_hold_id)
        with self.assertRaises(RedirectWarning):
            order.with_user(self.rep).action_confirm()
