from odoo import fields
from odoo.exceptions import RedirectWarning
from odoo.tests import HttpCase, tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestTour(CustomerCreditCommon, HttpCase):
    """What the roles do in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the steps look for English words
        cls.env["res.lang"]._activate_lang("en_US")

    def test_over_limit_order_until_release(self):
        order = self._order(1500.0)
        url = f"/odoo/sale.order/{order.id}"
        self.start_tour(url, "customer_credit_ask_for_release", login=self.rep.login)
        hold = order.credit_hold_id
        self.assertEqual(hold.proposal, "Pays on delivery.")
        for user, tour in (
            (self.mdo, "customer_credit_opinion"),
            (self.gmo, "customer_credit_release"),
        ):
            self.assertEqual(order.credit_state, "held")
            self.start_tour("/odoo/approvals", tour, login=user.login)
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "released",
                    "release_amount": 1500.0,
                    "decided_by_id": self.gmo.id,
                }
            ],
        )
        self.start_tour(url, "customer_credit_confirm", login=self.rep.login)
        self.assertEqual(order.state, "sale")

    def test_near_limit_order_with_the_opinion_of_the_superior(self):
        self.company.credit_warning_report = True
        bum = self._user("customer_archive.group_bum", "bum")
        self.team.user_id = bum
        order = self._order(900.0)
        url = f"/odoo/sale.order/{order.id}"
        self.start_tour(url, "customer_credit_report_to_superior", login=self.rep.login)
        hold = order.credit_hold_id
        self.assertEqual((hold.kind, order.credit_state), ("report", "held"))
        self.start_tour("/odoo/approvals", "customer_credit_agree", login=bum.login)
        self.assertEqual((hold.state, hold.decided_by_id), ("released", bum))
        order.with_user(self.rep).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_general_manager_requires_prepayment(self):
        order, hold = self._hold()
        hold.with_user(self.mdo).action_approve("Good customer")
        self.gmo.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.start_tour(
            f"/odoo/credit-holds/{hold.id}",
            "customer_credit_require_prepayment",
            login=self.gmo.login,
        )
        self.assertRecordValues(
            hold, [{"state": "released", "decision": "prepay", "prepay_amount": 700.0}]
        )
        with self.assertRaisesRegex(RedirectWarning, "700"):
            order.with_user(self.rep).action_confirm()

    def test_finance_changes_the_limit(self):
        decider = self._user("customer_archive.group_fin", "fin2")
        decider.name = "Second Finance"
        self.start_tour(
            f"/odoo/credit-accounts/{self.account.id}",
            "customer_credit_propose_limit",
            login=self.fin.login,
        )
        assessment = self.account.assessment_ids
        self.assertEqual(assessment.approval_state, "pending")
        self.assertEqual(self.account.limit_amount, 1000.0)
        self.start_tour(
            f"/odoo/credit-assessments/{assessment.id}",
            "customer_credit_approve_limit",
            login=decider.login,
        )
        self.assertEqual(self.account.limit_amount, 2500.0)
        self.assertEqual(self.account.available, 2500.0)

    def test_dishonoured_bill_freezes_the_limit(self):
        bill = self.env["customer.credit.bill"].create(
            {
                "account_id": self.account.id,
                "number": "1305",
                "amount": 600.0,
                "received_on": fields.Date.today(),
                "due_on": fields.Date.today(),
            }
        )
        self.start_tour(
            f"/odoo/credit-bills/{bill.id}",
            "customer_credit_bill_dishonoured",
            login=self.fin.login,
        )
        self.assertEqual(bill.state, "dishonoured")
        self.assertEqual(self.account.event_ids.bill_id, bill)
        self.assertTrue(self.account.frozen)
        with self.assertRaisesRegex(RedirectWarning, "frozen"):
            self._order(100.0).action_confirm()

    def test_finance_goes_from_the_account_to_the_documents(self):
        self.fin.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self._confirmed(400.0)
        self.start_tour(
            "/odoo/credit-accounts", "customer_credit_account", login=self.fin.login
        )

    def test_management_reads_the_credit_report(self):
        self._confirmed(400.0)
        self.start_tour(
            "/odoo/credit-report", "customer_credit_report", login=self.mdo.login
        )

    def test_rep_watches_his_customers(self):
        self._confirmed(850.0)
        self.start_tour(
            "/odoo/action-customer_credit.customer_credit_account_action_overview",
            "customer_credit_my_customers",
            login=self.rep.login,
        )

    def test_band_follows_the_lines(self):
        self.company.credit_warning_report = True
        order = self._order(700.0)
        self.start_tour(
            f"/odoo/sale.order/{order.id}", "customer_credit_band", login=self.rep.login
        )
        self.assertEqual(order.amount_total, 900.0)

    def test_others_see_the_light_alone(self):
        self._confirmed(850.0)
        seller = self._user("sales_team.group_sale_salesman_all_leads", "seller")
        order = self._order(100.0, user=seller)
        self.start_tour(
            f"/odoo/sale.order/{order.id}",
            "customer_credit_light_on_order",
            login=seller.login,
        )
        for user, tour in (
            (seller, "customer_credit_light_on_contact"),
            (self.rep, "customer_credit_figures_on_contact"),
        ):
            self.start_tour(
                f"/odoo/res.partner/{self.customer.id}", tour, login=user.login
            )

    def test_list_confirms_or_holds(self):
        passing, failing = self._order(900.0), self._order(200.0)
        self.start_tour(
            "/odoo/action-sale.action_quotations",
            "customer_credit_confirm_or_hold",
            login=self.rep.login,
        )
        self.assertEqual(passing.state, "sale")
        self.assertEqual((failing.state, failing.credit_state), ("draft", "held"))
