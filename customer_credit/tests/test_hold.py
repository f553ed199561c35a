from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import freeze_time, tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestHold(CustomerCreditCommon):
    """The release: a stored decision that the wall reads (F23)."""

    def test_hold_keeps_the_figures_of_its_moment(self):
        self._confirmed(400.0)
        _order, hold = self._hold(700.0)
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "waiting",
                    "limit_amount": 1000.0,
                    "exposure": 400.0,
                    "credit_amount": 700.0,
                    "excess": 100.0,
                    "partner_id": self.customer.id,
                    "user_id": self.rep.id,
                    "approval_state": "pending",
                }
            ],
        )
        self.assertEqual(hold.reason_ids.mapped("code"), ["over"])
        self.assertEqual(hold.approval_id.amount, 100.0)
        self._limit(self.customer, 1050.0)
        self.assertEqual(hold.excess, 100.0)

    def test_release_in_two_steps_lets_the_order_through(self):
        order, hold = self._hold()
        self._release(hold)
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "released",
                    "release_amount": 1500.0,
                    "release_until": fields.Date.to_date("2099-12-31"),
                    "decided_by_id": self.gmo.id,
                }
            ],
        )
        self.assertEqual(order.credit_state, "released")
        self.assertEqual(
            hold.approval_decision_ids.mapped("user_id"), self.mdo | self.gmo
        )
        order.with_user(self.rep).action_confirm()
        self.assertEqual((order.state, order.credit_state), ("sale", "released"))

    def test_one_step_is_an_opinion_and_no_release(self):
        order, hold = self._hold()
        director = hold.with_user(self.mdo)
        for refused in (
            lambda: director.action_release(1500.0, "2099-12-31"),
            lambda: director.action_require_prepayment(100.0, 1500.0),
            lambda: director.action_raise_limit(),
            lambda: director.action_approve(" "),
        ):
            with self.assertRaises(UserError):
                refused()
        director.action_approve("Good customer")
        self.assertEqual((hold.state, hold.decision), ("waiting", False))
        with self.assertRaises(RedirectWarning):
            order.action_confirm()

    def test_larger_total_needs_a_new_release(self):
        order, hold = self._hold()
        self._release(hold)
        order.action_confirm()
        with self.assertRaises(RedirectWarning) as caught:
            order.order_line.product_uom_qty = 16
            self.env.flush_all()
        message, action, _button, _context = caught.exception.args
        self.assertIn("1,500.00", message)
        self.assertIn("1,600.00", message)
        wizard = (
            self.env["customer.credit.release"]
            .with_user(self.rep)
            .with_context(**action["context"])
            .create({"proposal": "One piece more"})
        )
        self.assertEqual(wizard.amount, 1600.0)
        wizard.action_submit()
        new = order.credit_hold_id
        self.assertRecordValues(
            new,
            [{"exposure": 0.0, "credit_amount": 1600.0, "release_amount": 1600.0}],
        )
        self._release(new, 1600.0)
        order.order_line.product_uom_qty = 16
        self.env.flush_all()
        self.assertEqual(order.amount_total, 1600.0)

    def test_smaller_total_is_covered(self):
        order, hold = self._hold()
        self._release(hold)
        order.order_line.product_uom_qty = 14
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_release_for_less_than_the_order_does_not_cover_it(self):
        order, hold = self._hold()
        self._release(hold, amount=1400.0)
        with self.assertRaises(RedirectWarning):
            order.action_confirm()

    def test_release_lapses_with_its_last_day(self):
        with freeze_time("2031-03-01"):
            order, hold = self._hold()
            self._release(hold, until="2031-03-31")
        with freeze_time("2031-04-01"):
            with self.assertRaises(RedirectWarning):
                order.action_confirm()
            with self.enter_registry_test_mode():
                cron = self.env.ref("customer_credit.ir_cron_lapse_credit_holds")
                cron.method_direct_trigger()
                cron.method_direct_trigger()
            self.assertEqual((hold.state, order.credit_state), ("lapsed", "none"))

    def test_release_holds_on_its_last_day(self):
        with freeze_time("2031-03-01"):
            order, hold = self._hold()
            self._release(hold, until="2031-03-31")
        with freeze_time("2031-03-31"):
            order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_release_is_for_this_customer_alone(self):
        self._limit(self.stranger, 100.0)
        order, hold = self._hold()
        self._release(hold)
        with self.assertRaises(RedirectWarning):
            order.partner_invoice_id = self.stranger
            order.action_confirm()

    def test_refusal_needs_a_reason_and_stops_the_order(self):
        order, hold = self._hold()
        with self.assertRaises(UserError):
            hold.with_user(self.mdo).action_reject(" ")
        hold.with_user(self.mdo).action_reject("Collect first")
        self.assertEqual((hold.state, order.credit_state), ("refused", "refused"))
        self.assertIn("Collect first", order.credit_message)
        with self.assertRaises(RedirectWarning):
            order.action_confirm()

    def test_order_that_fits_meanwhile_needs_no_release(self):
        order, hold = self._hold()
        self._limit(self.customer, 2000.0)
        order.action_confirm()
        self.assertEqual((order.state, order.credit_state), ("sale", "ok"))
        self.assertEqual((hold.state, hold.approval_id.state), ("lapsed", "withdrawn"))
        self.assertFalse(hold.activity_ids)

    def test_cancelled_order_ends_its_request(self):
        order, hold = self._hold()
        order._action_cancel()
        self.assertEqual(hold.state, "lapsed")
        self.assertFalse(hold.activity_ids)

    def test_asking_twice_makes_one_request(self):
        order, hold = self._hold()
        self.assertEqual(order._credit_put_on_hold("again"), hold)

    def test_nobody_to_decide_is_said_and_nothing_is_left(self):
        self.gmo.active = False
        self.mdo.active = False
        order = self._order(1500.0)
        wizard = (
            self.env["customer.credit.release"]
            .with_user(self.rep)
            .create({"order_ids": order.ids, "proposal": "x"})
        )
        with self.assertRaises(UserError):
            wizard.action_submit()
        self.assertFalse(order.credit_hold_id)

    def test_customer_never_meets_the_missing_decider(self):
        self.mdo.active = False
        order = self._order(1500.0, require_signature=True)
        order.with_user(self.env.ref("base.public_user")).sudo()._validate_order()
        self.assertEqual(order.credit_state, "held")
        self.assertEqual(order.credit_hold_id.approval_state, "none")
        self.assertEqual(order.credit_hold_id.activity_ids.user_id, self.rep)

    def test_only_deciders_release(self):
        _order, hold = self._hold()
        for user in (self.fin, self.gmo):
            with self.assertRaises(AccessError):
                hold.with_user(user).action_release(1500.0, "2099-12-31")
        with self.assertRaises(AccessError):
            hold.with_user(self.sales).action_release(1500.0, "2099-12-31")
        self.assertEqual(hold.state, "waiting")

    def test_release_wants_an_amount_and_a_future(self):
        _order, hold = self._hold()
        hold.with_user(self.mdo).action_approve("Good customer")
        for amount, until in (
            (0.0, "2099-12-31"),
            (-5.0, False),
            (float("nan"), False),
            (5.0, "2001-01-01"),
        ):
            with self.assertRaises(UserError):
                hold.with_user(self.gmo).action_release(amount, until)

    def test_decision_dialog_releases_with_amount_and_day(self):
        order, hold = self._hold()
        for user in (self.mdo, self.gmo):
            wizard = (
                self.env["customer.approval.decide"]
                .with_user(user)
                .with_context(
                    default_res_model=hold._name,
                    default_res_id=hold.id,
                    default_decision="approve",
                )
                .create({"release_until": "2099-06-30", "comment": "Yes"})
            )
            self.assertEqual(wizard.release_amount, 1500.0)
            wizard.action_decide()
        self.assertEqual(hold.state, "released")
        self.assertEqual(str(hold.release_until), "2099-06-30")
        self.assertEqual(order.credit_state, "released")

    # ------------------------------------------------------------ decisions

    def _last_step(self, **values):
        order, hold = self._hold(**values)
        hold.with_user(self.mdo).action_approve("Good customer")
        return order, hold

    def test_plain_approval_of_the_last_step_releases_once(self):
        order, hold = self._last_step()
        hold.with_user(self.gmo).action_approve()
        self.assertRecordValues(
            hold,
            [{"state": "released", "decision": "once", "release_amount": 1500.0}],
        )
        self.assertTrue(hold._covers(order, {"over"}))
        self.assertEqual(
            hold.activity_ids.filtered(lambda todo: todo.user_id == self.rep).summary,
            "Released once",
        )

    def test_prepayment_must_have_been_received(self):
        order, hold = self._last_step()
        general = hold.with_user(self.gmo)
        for prepayment in (0.0, -1.0, 1500.01, float("nan")):
            with self.assertRaises(UserError):
                general.action_require_prepayment(prepayment, 1500.0)
        general.action_require_prepayment(600.0, 1500.0, "2099-12-31", "Money first")
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "released",
                    "decision": "prepay",
                    "prepay_amount": 600.0,
                    "release_amount": 1500.0,
                    "decided_by_id": self.gmo.id,
                }
            ],
        )
        self.assertFalse(hold._covers(order, {"over"}))
        self.assertIn("600.00", order.credit_message)
        self.assertIn("600.00", hold._get_gap(order, {"over"}))
        self._pay_online(order, 599.0)
        self.assertFalse(hold._covers(order, {"over"}))
        self._pay_online(order, 10.0, state="pending")
        self.assertFalse(hold._covers(order, {"over"}))
        self._pay_online(order, 1.0)
        self.assertTrue(hold._covers(order, {"over"}))
        self.assertFalse(hold._get_gap(order, {"over"}))
        order.invalidate_recordset()
        self.assertNotIn("600.00", order.credit_message)

    def test_prepayment_for_several_orders_is_shared(self):
        order, other = self._order(1500.0), self._order(500.0)
        self._pay_online(order + other, 1000.0)
        self.assertEqual(order.credit_received_amount, 750.0)
        self.assertEqual(other.credit_received_amount, 250.0)

    def _down_payment(self, order, amount):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "fixed", "fixed_amount": amount})
        )
        wizard.create_invoices()
        order.invoice_ids.with_user(self.fin).action_post()
        return order.invoice_ids

    def _pay(self, invoice, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": amount})._create_payments()

    def test_down_payment_invoice_counts_as_far_as_money_came(self):
        order = self._order(1500.0).with_user(SUPERUSER_ID)
        invoice = self._down_payment(order, 600.0)
        self.assertEqual(order._credit_get_received(), 0.0)
        self._pay(invoice, 250.0)
        self.assertEqual(order._credit_get_received(), 250.0)
        credit_note = invoice._reverse_moves()
        credit_note.invoice_date = fields.Date.today()
        credit_note.action_post()
        receivables = (invoice + credit_note).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        receivables.reconcile()
        self.assertEqual(order._credit_get_received(), 250.0)

    def test_raising_the_limit_leaves_the_order_waiting(self):
        order, hold = self._last_step()
        hold.with_user(self.gmo).action_raise_limit("Worth it")
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "waiting",
                    "decision": "raise",
                    "approval_state": "approved",
                    "decided_by_id": self.gmo.id,
                }
            ],
        )
        self.assertEqual(order.credit_state, "held")
        self.assertIn("wants the limit raised", order.credit_message)
        self.assertFalse(hold._covers(order, {"over"}))
        with self.assertRaises(RedirectWarning):
            order.action_confirm()
        self._limit(self.customer, 1500.0)
        order.action_confirm()
        self.assertEqual((order.state, hold.state), ("sale", "lapsed"))

    def test_rep_asks_again_when_the_limit_is_not_raised(self):
        order, hold = self._last_step()
        hold.with_user(self.gmo).action_raise_limit()
        self._ask(order)
        self.assertNotEqual(order.credit_hold_id, hold)
        self.assertEqual(hold.state, "lapsed")
        self.assertEqual(order.credit_hold_id.approval_state, "pending")
        self.assertEqual(order.credit_state, "held")

    def test_rep_asks_when_nobody_could_be_asked_before(self):
        self.mdo.active = False
        order = self._order(1500.0, require_signature=True)
        order.with_user(self.env.ref("base.public_user")).sudo()._validate_order()
        self.mdo.active = True
        self._ask(order)
        self.assertEqual(order.credit_hold_id.approval_state, "pending")

    def test_dialog_decides(self):
        for decision, values, state in (
            ("prepay", {"prepay_amount": 400.0}, "released"),
            ("raise", {}, "waiting"),
        ):
            _order, hold = self._last_step()
            self._dialog(hold, self.gmo, credit_decision=decision, **values)
            self.assertRecordValues(hold, [{"decision": decision, "state": state}])
            self.assertEqual(hold.prepay_amount, values.get("prepay_amount", 0.0))

    def test_refusal_is_a_decision(self):
        _order, hold = self._last_step()
        hold.with_user(self.gmo).action_reject("Too risky")
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "refused",
                    "decision": "refuse",
                    "decided_by_id": self.gmo.id,
                }
            ],
        )
        self.assertFalse(hold._covers(hold.order_id, set()))

    def _dialog(self, hold, user, **values):
        dialog = (
            self.env["customer.approval.decide"]
            .with_user(user)
            .with_context(
                default_res_model=hold._name,
                default_res_id=hold.id,
                default_decision="approve",
            )
        )
        return dialog.create(values).action_decide()

    def test_second_decider_comes_too_late(self):
        second = self._user("customer_archive.group_gmo", "gmo2")
        _order, hold = self._last_step()
        hold.with_user(self.gmo).action_release(1500.0)
        with self.assertRaisesRegex(UserError, "decided already"):
            hold.with_user(second).action_raise_limit()
        with self.assertRaisesRegex(UserError, "decided already"):
            hold.with_user(second).action_reject("No")
        self.assertEqual((hold.state, hold.decision), ("released", "once"))

    def test_withdrawn_hold_is_not_decided_on(self):
        order, hold = self._last_step()
        hold.with_user(self.rep).action_withdraw()
        self.assertEqual((hold.state, order.credit_state), ("lapsed", "none"))
        for call in (
            lambda: hold.with_user(self.gmo).action_release(1500.0),
            lambda: hold.with_user(self.gmo).action_raise_limit(),
            lambda: hold.with_user(self.gmo).action_reject("No"),
        ):
            with self.assertRaisesRegex(UserError, "decided already"):
                call()
        self.assertEqual((hold.state, hold.decision), ("lapsed", False))
        self.assertFalse(hold.release_until)

    # ------------------------------------------------------------ what it covers

    def test_release_covers_what_was_decided(self):
        order, hold = self._hold()
        self.assertFalse(hold._covers(order, {"over"}))
        self._release(hold, until="2099-12-31")
        self.assertTrue(hold._covers(order, {"over"}))
        self.assertTrue(hold._covers(order, {"over", "near"}))
        self.assertTrue(hold._covers(order, set()))
        for codes in ({"overdue"}, {"over", "forced"}):
            self.assertFalse(hold._covers(order, codes))
        gap = hold._get_gap(order, {"over", "overdue"})
        self.assertIn("Overdue", gap)
        with freeze_time("2100-01-01"):
            self.assertFalse(hold._covers(order, {"over"}))
        order.order_line.product_uom_qty = 16
        self.assertFalse(hold._covers(order, {"over"}))
        order.order_line.product_uom_qty = 15
        order.partner_id = self.stranger
        self.assertFalse(hold._covers(order, {"over"}))
        self.assertFalse(hold.browse()._covers(order, {"over"}))

    def test_figures_then_and_now(self):
        self.account._system_write({"overdue_amount": 70.0})
        _order, hold = self._hold()
        self._limit(self.customer, 1100.0)
        self.assertRecordValues(
            hold,
            [
                {
                    "limit_amount": 1000.0,
                    "exposure": 0.0,
                    "limit_now": self.account.limit_today,
                    "exposure_now": self.account.exposure,
                    "overdue_now": self.account.overdue_amount,
                }
            ],
        )

    def test_waiting_hours_stop_with_the_decision(self):
        _order, hold = self._hold()
        hours = hold.create_date + relativedelta(hours=5)
        with freeze_time(hours):
            hold.invalidate_recordset()
            self.assertEqual(hold.waiting_hours, 5.0)
            self._release(hold)
        with freeze_time(hours + relativedelta(days=3)):
            hold.invalidate_recordset()
            self.assertEqual(hold.waiting_hours, 5.0)

    # ------------------------------------------------------------ reasons

    def _raise_reason(self, order, code, text):
        """Let ``order`` be refused for a reason, asked for, released, confirmed, and
        refused again when it grows."""
        with self.assertRaises(RedirectWarning) as caught:
            order.action_confirm()
        self.assertIn(text, caught.exception.args[0])
        self._ask(order)
        self._raise_asked(order, code)

    def _raise_asked(self, order, code):
        hold = order.credit_hold_id
        for user in (self.rep, self.mdo, self.gmo, self.fin):
            seen = hold.with_user(user)
            self.assertEqual(seen.reason_ids.mapped("code"), [code], user.login)
        self.assertIn("On hold", order.credit_message)
        self._release(hold)
        self.assertTrue(hold._covers(order, {code}))
        order.action_confirm()
        self.assertEqual((order.state, order.credit_state), ("sale", "released"))
        with self.assertRaises(RedirectWarning):
            order.order_line.product_uom_qty += 1
            self.env.flush_all()
        again = order._credit_put_on_hold("One more", order.amount_total + 100.0)
        self.assertNotEqual(again, hold)
        self.assertRecordValues(
            again, [{"state": "waiting", "release_amount": order.amount_total + 100.0}]
        )
        self.assertEqual(again.reason_ids.mapped("code"), [code])

    def test_reason_over(self):
        self._raise_reason(self._order(1500.0), "over", "exceed the credit limit")

    def test_reason_no_limit(self):
        self._limit(self.customer, 0.0)
        self._raise_reason(self._order(500.0), "no_limit", "No credit limit")

    def test_reason_expired(self):
        self._limit(self.customer, 1000.0, valid_until="2001-01-01")
        self._raise_reason(self._order(500.0), "expired", "expired on")

    def test_reason_blocked(self):
        self._limit(self.customer, 1000.0, control="blocked")
        self._raise_reason(self._order(500.0), "blocked", "are blocked")

    def test_reason_forced(self):
        order = self._order(500.0)
        order.with_user(self.fin).action_force_hold("Dispute")
        with self.assertRaises(RedirectWarning):
            order.action_confirm()
        self._ask(order)
        self._raise_asked(order, "forced")

    def test_prepayment_opens_the_wall(self):
        order, hold = self._last_step()
        hold.with_user(self.gmo).action_require_prepayment(600.0, 1500.0)
        with self.assertRaises(RedirectWarning):
            order.action_confirm()
        self._pay_online(order, 600.0)
        order.action_confirm()
        self.assertEqual((order.state, order.credit_state), ("sale", "released"))

    # ------------------------------------------------------------ report (F22)

    def _unit(self, manager):
        self.team.user_id = manager
        return manager

    def _report(self, **values):
        """Return an order that only comes near the limit and its hold."""
        self.company.credit_warning_report = True
        order = self._order(900.0, **values)
        with self.assertRaises(RedirectWarning):
            order.action_confirm()
        self._ask(order, user=order.user_id)
        self.assertEqual(order.credit_hold_id.kind, "report")
        return order, order.credit_hold_id

    def _asked(self, hold):
        return hold.approval_line_ids.mapped("user_ids")

    def test_report_asks_the_manager_of_the_unit_for_an_opinion(self):
        bum = self._unit(self._user("customer_archive.group_bum", "bum"))
        order, hold = self._report()
        self.assertEqual(self._asked(hold), bum)
        self.assertFalse(hold.with_user(bum).is_last_step)
        with self.assertRaisesRegex(UserError, "what you think"):
            hold.with_user(bum).action_approve()
        with self.assertRaises(UserError):
            hold.with_user(bum).action_release(99999.0)
        self._dialog(hold, bum, comment="Go ahead, he pays.")
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "released",
                    "decision": False,
                    "release_amount": 900.0,
                    "decided_by_id": bum.id,
                }
            ],
        )
        self.assertTrue(hold._covers(order, {"near"}))
        self.assertFalse(hold._covers(order, {"over"}))
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertIn("Your superior agrees", hold.activity_ids.mapped("summary"))

    def test_report_goes_to_the_next_superior(self):
        # the manager of the unit has not the role, or there is none
        for manager in (self.sales, self.env["res.users"]):
            self._unit(manager)
            self.assertEqual(self._asked(self._report()[1]), self.mdo)
        # he is the rep himself
        bum = self._unit(
            self._user(
                "sales_team.group_sale_salesman,customer_archive.group_bum", "bum"
            )
        )
        self.customer.user_id = bum
        self.assertEqual(self._asked(self._report(user=bum)[1]), self.mdo)
        # the rep is the director
        self.mdo.group_ids += self.env.ref("sales_team.group_sale_salesman")
        self._unit(self.env["res.users"])
        self.assertEqual(self._asked(self._report(user=self.mdo)[1]), self.gmo)

    def test_refused_report_stops_the_order(self):
        bum = self._unit(self._user("customer_archive.group_bum", "bum"))
        order, hold = self._report()
        hold.with_user(bum).action_reject("Collect first")
        self.assertRecordValues(hold, [{"state": "refused", "decision": "refuse"}])
        self.assertEqual(order.credit_state, "refused")
        self.assertIn("Collect first", order.credit_message)
        self.assertFalse(hold._covers(order, {"near"}))

    # ------------------------------------------------------------ forced hold

    def test_forced_hold_is_shown_and_lifted(self):
        order = self._order(100.0)
        order.with_user(self.fin).action_force_hold("Dispute")
        hold = order.credit_hold_id
        self.assertTrue(order.credit_forced)
        self.assertEqual(order.credit_state, "held")
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "waiting",
                    "approval_state": "none",
                    "forced_reason": "Dispute",
                    "kind": "release",
                }
            ],
        )
        self.assertEqual(hold.reason_ids.mapped("code"), ["forced"])
        self.assertFalse(order.copy().credit_forced)
        order.with_user(self.fin).action_lift_hold("Settled")
        self.assertFalse(order.credit_forced)
        self.assertEqual((hold.state, order.credit_state), ("lapsed", "none"))
        self.assertIn("Settled", hold.message_ids[:1].body)

    def test_forced_hold_of_several_orders_by_the_dialog(self):
        orders = self._order(100.0) + self._order(200.0)
        dialog = self.env["customer.credit.force"].with_user(self.fin)
        dialog.create({"order_ids": orders.ids, "reason": "Strike"}).action_force()
        self.assertEqual(orders.mapped("credit_forced"), [True, True])
        self.assertEqual(len(orders.credit_hold_id), 2)
        dialog.create(
            {"order_ids": orders.ids, "reason": "Over", "lifts": True}
        ).action_force()
        self.assertEqual(orders.mapped("credit_forced"), [False, False])

    def test_rep_asks_for_the_release_of_a_forced_hold(self):
        order = self._order(100.0)
        order.with_user(self.fin).action_force_hold("Dispute")
        first = order.credit_hold_id
        self._ask(order)
        hold = order.credit_hold_id
        self.assertEqual((first.state, hold.state), ("lapsed", "waiting"))
        self.assertEqual(hold.reason_ids.mapped("code"), ["forced"])
        self.assertEqual(order.credit_state, "held")
        self._release(hold)
        self.assertTrue(hold._covers(order, {"forced"}))
        self.assertEqual(order.credit_state, "released")

    def test_withdrawing_a_request_does_not_lift_a_forced_hold(self):
        order = self._order(100.0)
        order.with_user(self.fin).action_force_hold("Dispute")
        self._ask(order)
        hold = order.credit_hold_id
        hold.with_user(self.rep).action_withdraw()
        self.assertRecordValues(hold, [{"state": "waiting", "approval_state": "none"}])
        self.assertEqual((order.credit_forced, order.credit_state), (True, "held"))

    def test_forcing_adds_a_reason_to_a_request_and_supersedes_a_release(self):
        order, hold = self._hold()
        order.with_user(self.fin).action_force_hold("Dispute")
        self.assertEqual(order.credit_hold_id, hold)
        self.assertEqual(set(hold.reason_ids.mapped("code")), {"forced", "over"})
        order.with_user(self.fin).action_lift_hold("Settled")
        self.assertEqual(hold.reason_ids.mapped("code"), ["over"])
        self.assertEqual(hold.state, "waiting")
        self._release(hold)
        order.with_user(self.fin).action_force_hold("Again")
        self.assertEqual(hold.state, "lapsed")
        self.assertEqual(order.credit_hold_id.state, "waiting")
        self.assertEqual(order.credit_state, "held")

    def test_confirmed_order_is_held_until_it_is_invoiced(self):
        order = self._confirmed(300.0)
        order.with_user(self.fin).action_force_hold("Dispute")
        self.assertEqual((order.state, order.credit_state), ("sale", "held"))
        order.with_user(self.fin).action_lift_hold("Settled")
        self.assertEqual((order.state, order.credit_state), ("sale", "ok"))
        order._create_invoices().action_post()
        with self.assertRaisesRegex(UserError, "invoiced"):
            order.with_user(self.fin).action_force_hold("Too late")
        cancelled = self._order(100.0)
        cancelled._action_cancel()
        with self.assertRaisesRegex(UserError, "cancelled"):
            cancelled.with_user(self.fin).action_force_hold("Too late")
        with self.assertRaisesRegex(UserError, "Say why"):
            self._order(100.0).with_user(self.fin).action_force_hold(" ")

    def test_cancelled_and_reopened_order_is_still_forced(self):
        order = self._order(100.0)
        order.with_user(self.fin).action_force_hold("Dispute")
        order._action_cancel()
        order.action_draft()
        self.assertTrue(order.credit_forced)

    def _portal_user(self):
        return self._user("base.group_portal", "portal")

    def test_who_may_force(self):
        sales = self.env.ref("sales_team.group_sale_salesman_all_leads")
        bum = self._user("customer_archive.group_bum", "bum")
        bum2 = self._user("customer_archive.group_bum", "bum2")
        self._unit(bum)
        for user in (self.mdo, self.gmo, bum, bum2):
            user.group_ids += sales
        rep2 = self._user(
            "sales_team.group_sale_salesman_all_leads,customer_archive.group_rep",
            "rep2",
        )
        for user in (self.mdo, self.gmo, self.fin, bum):
            order = self._order(100.0)
            self._rpc(user, order, "action_force_hold", "Dispute")
            self.assertTrue(order.credit_forced, user.login)
            self._rpc(user, order, "action_lift_hold", "Settled")
            self.assertFalse(order.credit_forced, user.login)
        order = self._order(100.0)
        strangers = (self.rep, rep2, self.sales, bum2, self._portal_user())
        for user in strangers:
            with self.assertRaises(AccessError, msg=user.login):
                self._rpc(user, order, "action_force_hold", "Dispute")
            with self.assertRaises(AccessError):
                self._rpc(user, order, "write", {"credit_forced": True})
        order.with_user(self.fin).action_force_hold("Dispute")
        for user in strangers:
            with self.assertRaises(AccessError):
                self._rpc(user, order, "action_lift_hold", "Settled")
            for values in (
                {"credit_forced": False},
                {"credit_forced_reason": "x"},
                {"credit_hold_id": False},
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, order, "write", values)
        self.assertTrue(order.credit_forced)

    def test_who_may_decide(self):
        bum2 = self._user("customer_archive.group_bum", "bum2")
        rep2 = self._user("customer_archive.group_rep", "rep2")
        order, hold = self._hold()
        portal = self._portal_user()
        for step in range(2):
            for user in (self.rep, rep2, self.fin, bum2, self.sales, portal):
                for method, args in (
                    ("action_approve", ["Yes"]),
                    ("action_release", [9999.0]),
                    ("action_require_prepayment", [1.0, 9999.0]),
                    ("action_raise_limit", []),
                    ("action_reject", ["No"]),
                    ("action_delegate", [rep2.id]),
                ):
                    with self.assertRaises(UserError):
                        self._rpc(user, hold, method, *args)
                if user != self.rep:
                    with self.assertRaises(AccessError):
                        self._rpc(user, hold, "action_withdraw")
                for values in ({"decision": "once"}, {"prepay_amount": 0.0}):
                    with self.assertRaises(AccessError):
                        self._rpc(user, hold, "write", values)
            self.assertRecordValues(hold, [{"state": "waiting", "decision": False}])
            if not step:
                hold.with_user(self.mdo).action_approve("Good customer")
        self.assertEqual(order.credit_state, "held")
        for method in ("_decide", "_lapse", "_covers", "_system_write", "_evaluate"):
            with self.assertRaises(AccessError):
                self._rpc(self.gmo, hold, method)

    def test_accounts_and_holds_are_read_by_those_concerned(self):
        _order, hold = self._hold()
        for user, sees in (
            (self.rep, True),
            (self.mdo, True),
            (self.gmo, True),
            (self.fin, True),
            (self.sales, False),
        ):
            for record in (hold, self.account):
                model = record.with_user(user).browse()
                domain = [("id", "=", record.id)]
                self.assertEqual(model.search_count(domain), int(sees), user.login)
                self.assertEqual(len(model.search_read(domain, ["id"])), int(sees))
                groups = model.formatted_read_group(domain, ["company_id"], ["__count"])
                self.assertEqual(bool(groups), sees)
                if not sees:
                    with self.assertRaises(AccessError):
                        record.with_user(user).read(["partner_id"])
                    with self.assertRaises(AccessError):
                        record.with_user(user).export_data(["partner_id/name"])
                    self.assertFalse(record.with_user(user).display_name)

    def test_nobody_forges_holds_and_figures(self):
        order, hold = self._hold()
        for user in (self.rep, self.sales, self.fin, self.gmo):
            with self.assertRaises(AccessError):
                hold.with_user(user).write({"state": "released"})
            with self.assertRaises(AccessError):
                hold.with_user(user).unlink()
            with self.assertRaises(AccessError):
                hold.browse().with_user(user).create(
                    {"order_id": order.id, "state": "released"}
                )
        with self.assertRaises(AccessError):
            hold.sudo().write({"release_amount": 9999.0})
        with self.assertRaises(AccessError):
            self.account.with_user(self.fin).write({"exposure": 0.0})
        for user in (self.rep, self.sales, self.gmo, self.fin):
            for values in ({"limit_amount": 9999.0}, {"control": "none"}):
                with self.assertRaises(AccessError):
                    self.account.with_user(user).write(values)

    def test_salesperson_of_the_customer_sees_limit_and_exposure(self):
        self._confirmed(400.0)
        order = self._order(500.0)
        self.assertRecordValues(
            order.with_user(self.rep),
            [
                {
                    "credit_limit_amount": 1000.0,
                    "credit_exposure": 400.0,
                    "credit_available": 600.0,
                    "credit_usage": 90.0,
                }
            ],
        )
        self.assertIn("90 %", order.with_user(self.rep).credit_message)
        hidden = self._order(500.0, user=self.sales).with_user(self.sales)
        self.assertFalse(hidden.credit_account_id)
        self.assertEqual(hidden.credit_limit_amount, 0.0)
        self.assertFalse(hidden.credit_message)
        self.assertEqual(hidden.credit_light, "normal")
