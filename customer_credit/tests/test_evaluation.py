from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestEvaluation(CustomerCreditCommon):
    """Which orders on hold could be confirmed by now (F23)."""

    def _hold(self, *args, **values):
        order, hold = super()._hold(*args, **values)
        # the system evaluates
        return order, hold.with_user(SUPERUSER_ID)

    def _holds(self, count, customers=1):
        """Return the holds of orders of 1,500 over limits of 1,000."""
        holds = self.env["customer.credit.hold"]
        for number in range(customers):
            customer = self.env["res.partner"].create(
                {
                    "name": f"Customer {number}",
                    "is_company": True,
                    "user_id": self.rep.id,
                }
            )
            self._limit(customer, 1000.0)
            for _order in range(count):
                holds += self._hold(1500.0, partner_id=customer.id)[1]
        return holds

    def _todos(self, hold):
        return hold.activity_ids.filtered(
            lambda todo: (
                todo.activity_type_id
                == self.env.ref("customer_credit.mail_activity_type_can_confirm")
            )
        )

    def _run_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron = self.env.ref("customer_credit.ir_cron_evaluate_holds")
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_rep_is_told_once_when_the_order_can_be_confirmed(self):
        order, hold = self._hold()
        self.assertFalse(hold._evaluate())
        self.assertTrue(hold.evaluated_at)
        self.assertFalse(hold.can_release)
        self._limit(self.customer, 1500.0)
        self.assertEqual(hold._evaluate(), hold)
        self.assertTrue(hold.can_release)
        hold._evaluate()
        self.assertRecordValues(
            self._todos(hold),
            [
                {
                    "user_id": self.rep.id,
                    "summary": "The order can be confirmed now",
                }
            ],
        )
        order.with_user(self.rep).action_confirm()
        self.assertEqual((order.state, hold.state), ("sale", "lapsed"))
        self.assertFalse(hold.can_release)
        self.assertFalse(hold.activity_ids)

    def test_to_do_goes_when_it_cannot_be_confirmed_any_more(self):
        _order, hold = self._hold()
        self._limit(self.customer, 1500.0)
        hold._evaluate()
        self.assertTrue(self._todos(hold))
        self._limit(self.customer, 1000.0)
        hold._evaluate()
        self.assertFalse(hold.can_release)
        self.assertFalse(self._todos(hold))
        self._limit(self.customer, 1500.0)
        hold._evaluate()
        self.assertEqual(len(self._todos(hold)), 1)

    def test_what_the_first_takes_is_not_there_for_the_second(self):
        first, second = self._holds(2).sorted("id")
        self._limit(first.partner_id, 2000.0)
        (second + first)._evaluate()
        self.assertEqual((first.can_release, second.can_release), (True, False))
        first.order_id.action_confirm()
        self._limit(first.partner_id, 3000.0)
        second._evaluate()
        self.assertTrue(second.can_release)

    def test_decided_and_confirmed_holds_are_left_alone(self):
        order, hold = self._hold()
        self._release(hold)
        order.action_confirm()
        self._order(1500.0)
        domain = hold._evaluation_domain()
        self.assertFalse(hold.search(domain & Domain("id", "=", hold.id)))

    def test_release_after_prepayment_is_evaluated(self):
        order, hold = self._hold()
        hold.with_user(self.mdo).action_approve("Good customer")
        hold.with_user(self.gmo).action_require_prepayment(500.0, 1500.0)
        domain = hold._evaluation_domain()
        self.assertEqual(hold.search(domain & Domain("id", "=", hold.id)), hold)
        self._pay_online(order, 500.0)
        hold._evaluate()
        self.assertTrue(hold.can_release)
        self.assertEqual(self._todos(hold).user_id, self.rep)

    def test_job_evaluates_in_batches_and_twice(self):
        holds = self._holds(1, customers=3)
        self._limit(holds[0].partner_id, 1500.0)
        self._run_job()
        self.assertEqual(holds.mapped("can_release"), [True, False, False])
        self.assertTrue(all(holds.mapped("evaluated_at")))
        self._run_job()
        self.assertEqual(len(self._todos(holds[0])), 1)

    def _triggers(self):
        return self.env["ir.cron.trigger"].search_count(
            [
                (
                    "cron_id",
                    "=",
                    self.env.ref("customer_credit.ir_cron_evaluate_holds").id,
                )
            ]
        )

    def test_payments_and_credit_notes_wake_the_job(self):
        invoice = self._invoice(500.0)
        before = self._triggers()
        self._invoice(100.0)
        self.assertEqual(self._triggers(), before, "an invoice frees nothing")
        self.env["account.payment.register"].with_user(self.fin).with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        paid = self._triggers()
        self.assertGreater(paid, before)
        self._invoice(100.0, move_type="out_refund")
        self.assertGreater(self._triggers(), paid)

    def test_payment_frees_the_order(self):
        invoice = self._invoice(800.0)
        _order, hold = self._hold(500.0)
        hold._evaluate()
        self.assertFalse(hold.can_release)
        self.env["account.payment.register"].with_user(self.fin).with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self._run_job()
        self.assertTrue(hold.can_release)

    def _cost(self, holds, turns):
        """Return the number of queries of an evaluation."""
        for hold in holds:
            self._limit(hold.partner_id, 1500.0 if turns else 1000.0)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        holds._evaluate()
        self.env.flush_all()
        cost = self.env.cr.sql_log_count - before
        self.assertEqual(holds.mapped("can_release"), [turns] * len(holds))
        return cost

    def test_who_may_not_see_the_figures_is_told_on_his_order(self):
        order = self._order(1500.0, user=self.sales)
        hold = order._credit_put_on_hold("Now").with_user(SUPERUSER_ID)
        self._limit(self.customer, 1500.0)
        hold._evaluate()
        self.assertFalse(self._todos(hold))
        self.assertEqual(self._todos(order).user_id, self.sales)
        self._limit(self.customer, 1000.0)
        hold._evaluate()
        self.assertFalse(self._todos(order))

    def test_number_of_queries_does_not_grow(self):
        # each message costs its own
        self.company.credit_mail_steps = False
        warm_up, few, many = (self._holds(1, customers=n) for n in (2, 3, 9))
        # nothing turns, all turn, all turn back
        for turns in (False, True, False):
            costs = [self._cost(holds, turns) for holds in (warm_up, few, many)]
            self.assertEqual(costs[1], costs[2], turns)

    def test_only_finance_evaluates(self):
        holds = self._holds(1, customers=2)
        self._limit(holds[0].partner_id, 1500.0)
        portal = self._user("base.group_portal", "portal")
        for user in (self.rep, self.mdo, self.gmo, self.sales, portal):
            with self.assertRaises(AccessError, msg=user.login):
                self._rpc(user, holds, "action_evaluate")
        for user in (self.fin, self.gmo, self.rep, portal):
            for values in ({"can_release": True}, {"evaluated_at": "2030-01-01"}):
                with self.assertRaises(AccessError, msg=user.login):
                    self._rpc(user, holds, "write", values)
        action = self._rpc(self.fin, holds, "action_evaluate")
        self.assertIn("1 of 2", action["params"]["message"])
        self.assertEqual(holds.mapped("can_release"), [True, False])
        self._limit(holds[1].partner_id, 1500.0)
        self._rpc(self.fin, holds.browse(), "action_evaluate")
        self.assertEqual(holds.mapped("can_release"), [True, True])

    def test_filters(self):
        _order, hold = self._hold()
        view = self.env.ref("customer_credit.customer_credit_hold_view_search")
        self.assertIn("to_decide", view.arch)
        holds = hold.browse()
        for user, found in ((self.mdo, hold), (self.gmo, holds), (self.rep, holds)):
            self.assertEqual(
                holds.with_user(user).search([("approval_id.can_decide", "=", True)]),
                found.with_user(user),
            )
        overdue = [("state", "=", "waiting"), ("create_date", "<", "-1d")]
        self.assertFalse(holds.search(overdue) & hold)
        self.env.flush_all()
        with freeze_time("2099-01-01"):
            self.assertEqual(holds.search(overdue) & hold, hold)
        groups = holds.with_user(self.fin).formatted_read_group(
            [("id", "=", hold.id)], ["reason_ids"], ["excess:sum"]
        )
        self.assertEqual([group["excess:sum"] for group in groups], [500.0])
