from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import freeze_time, tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestHold(CustomerCreditCommon):
    """The release: a stored decision that the wall reads (F23)."""

    def _hold(self, amount=1500.0, proposal="He pays on delivery."):
        order = self._order(amount)
        wizard = (
            self.env["customer.credit.release"]
            .with_user(self.rep)
            .create({"order_ids": order.ids, "proposal": proposal})
        )
        wizard.action_submit()
        return order, order.credit_hold_id

    def _release(self, hold, amount=None, until="2099-12-31"):
        hold.with_user(self.mdo).action_approve("Good customer")
        hold.with_user(self.gmo).action_release(amount or hold.order_amount, until)

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

    def test_one_step_is_no_release(self):
        order, hold = self._hold()
        hold.with_user(self.mdo).action_release(1500.0, "2099-12-31")
        self.assertEqual(hold.state, "waiting")
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
        for amount, until in ((0.0, "2099-12-31"), (-5.0, False), (5.0, "2001-01-01")):
            with self.assertRaises(UserError):
                hold.with_user(self.mdo).action_release(amount, until)

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
