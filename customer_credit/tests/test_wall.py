import base64

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.customer_credit import post_init_hook

from .common import CustomerCreditCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestWall(CustomerCreditCommon):
    """Every way that is known to lead to a confirmed order past the limit."""

    def assertRefused(self, call, pattern="credit limit"):
        # assertRaises and not assertRaisesRegex: only the former rolls back
        with self.assertRaises(RedirectWarning) as caught:
            call()
            self.env.flush_all()
        self.assertRegex(str(caught.exception.args[0]), pattern)

    # ------------------------------------------------------------ what passes

    def test_within_limit_passes(self):
        self.assertEqual(self._confirmed(300.0).credit_state, "ok")
        self.assertEqual(self._confirmed(700.0).credit_state, "warning")
        self.assertEqual(self.account.exposure, 1000.0)
        self.assertEqual(self.account.available, 0.0)
        self.assertEqual(self.account.usage, 100.0)
        self.assertEqual(self.account.status, "warning")

    def test_fully_prepaid_passes(self):
        order = self._order(3000.0)
        self._pay_online(order, 3000.0)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._exposure(), 0.0)

    def test_fully_prepaid_passes_for_a_customer_who_is_over(self):
        self._confirmed(900.0)
        self._limit(self.customer, 100.0)
        order = self._order(300.0)
        self._pay_online(order, 300.0)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_prepaid_online_is_confirmed_by_the_payment(self):
        order = self._order(3000.0, require_payment=True)
        order.action_quotation_sent()
        transaction = self._pay_online(order, 3000.0)
        transaction.sudo()._check_amount_and_confirm_order()
        self.assertEqual(order.state, "sale")

    def test_reduction_passes_over_the_limit(self):
        order = self._confirmed(900.0)
        self._limit(self.customer, 100.0)
        order.order_line.product_uom_qty = 4.5
        self.env.flush_all()
        self.assertEqual(order.amount_total, 450.0)
        self.assertEqual(order.credit_checked_amount, 450.0)

    def test_reduced_order_is_judged_when_it_is_raised_again(self):
        order = self._confirmed(900.0)
        order.order_line.price_unit = 10.0
        self.env.flush_all()
        self._confirmed(900.0)
        self.assertRefused(lambda: order.order_line.write({"price_unit": 100.0}))

    def test_note_and_cancellation_pass_over_the_limit(self):
        order = self._confirmed(900.0)
        self._limit(self.customer, 100.0)
        order.write({"note": "Deliver in the morning", "client_order_ref": "A1"})
        order._action_cancel()
        self.env.flush_all()
        self.assertEqual(order.state, "cancel")
        self.assertFalse(order.credit_checked_for)
        self.assertEqual(self._exposure(), 0.0)

    def test_cancelled_order_is_judged_anew(self):
        order = self._confirmed(900.0)
        order._action_cancel()
        self._confirmed(500.0)
        order.action_draft()
        self.assertRefused(order.action_confirm)

    def test_uncontrolled_customer_passes(self):
        self.account._system_write({"control": "none"})
        order = self._confirmed(5000.0)
        self.assertEqual(order.credit_state, "none")

    def test_company_without_control_leaves_new_customers_alone(self):
        self.company.credit_default_control = "none"
        order = self._confirmed(5000.0, partner_id=self.stranger.id)
        self.assertEqual(order.credit_state, "none")

    def test_free_order_of_a_blocked_customer_passes(self):
        self.account._system_write({"control": "blocked"})
        self._confirmed(0.0)

    def test_order_of_before_the_installation_is_judged_on_growth_alone(self):
        self.account._system_write({"control": "none"})
        order = self._confirmed(5000.0)
        order.sudo()._system_write(
            {"credit_checked_amount": 0.0, "credit_checked_for": False}
        )
        post_init_hook(self.env)
        self._limit(self.customer, 100.0)
        order.order_line.product_uom_qty = 49
        self.env.flush_all()
        self.assertEqual(order.amount_total, 4900.0)
        self.assertRefused(lambda: order.order_line.write({"product_uom_qty": 50}))

    def test_merged_customers_keep_one_account_and_their_orders(self):
        other = self.env["res.partner"].create({"name": "Twin", "is_company": True})
        twin = self._limit(other, 500.0)
        order = self._confirmed(400.0, partner_id=other.id)
        self._confirmed(300.0)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (other + self.customer).ids, self.customer
        )
        self.assertFalse(twin.exists())
        self.assertEqual(self.account.exposure, 700.0)
        self.assertEqual(self.account.limit_amount, 1000.0)
        self.assertIn("500.00", self.account.message_ids[0].body)
        self._limit(self.customer, 100.0)
        order.order_line.product_uom_qty = 3
        self.env.flush_all()
        self.assertEqual(self.account.exposure, 600.0)

    # ------------------------------------------------------------ the twenty attacks

    def test_01_confirm_button_refused_with_the_figures(self):
        self._confirmed(400.0)
        order = self._order(700.0)
        with self.assertRaises(RedirectWarning) as caught:
            order.action_confirm()
        message, action, button, _context = caught.exception.args
        self.assertIn(order.name, message)
        for figure in ("1,000.00", "400.00", "600.00", "700.00", "100.00"):
            self.assertIn(figure, message)
        self.assertEqual(action["res_model"], "customer.credit.release")
        self.assertEqual(action["context"]["default_order_ids"], order.ids)
        self.assertEqual(button, "Ask for Release")

    def test_02_write_state_refused(self):
        order = self._order(1500.0)
        self.assertRefused(lambda: order.write({"state": "sale"}))

    def test_03_create_with_state_refused(self):
        self.assertRefused(lambda: self._order(1500.0, state="sale"))

    def test_04_load_with_state_refused(self):
        result = (
            self.env["sale.order"]
            .with_user(self.rep)
            .load(
                [
                    "partner_id/.id",
                    "state",
                    "order_line/product_id/.id",
                    "order_line/product_uom_qty",
                ],
                [[str(self.customer.id), "sale", str(self.product.id), "15"]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertIn("credit limit", result["messages"][0]["message"])

    def test_05_copy_with_state_refused(self):
        order = self._order(1500.0)
        self.assertRefused(lambda: order.copy({"state": "sale"}))

    def test_06_context_keys_open_nothing(self):
        order = self._order(1500.0)
        keys = {
            "bypass_risk": True,
            "bypass_credit": True,
            "skip_credit": True,
            "customer_archive_system": True,
            "tracking_disable": True,
            "install_mode": True,
            "default_credit_state": "released",
        }
        self.assertRefused(order.with_context(**keys).action_confirm)
        self.assertRefused(lambda: order.with_context(**keys).write({"state": "sale"}))
        with self.assertRaises(ValidationError):
            order.with_context(import_file=True).write({"state": "sale"})

    def test_07_answering_the_dialog_oneself_decides_nothing(self):
        order = self._order(1500.0)
        wizard = (
            self.env["customer.credit.release"]
            .with_user(self.rep)
            .create({"order_ids": order.ids, "proposal": "He pays in May."})
        )
        wizard.action_submit()
        self.assertEqual(order.credit_state, "held")
        self.assertRefused(order.action_confirm, "on hold since")
        hold = order.credit_hold_id.with_user(self.rep)
        with self.assertRaises(UserError):
            hold.action_approve()
        with self.assertRaises(UserError):
            hold.action_release(9999.0, "2099-01-01")
        self.assertEqual(hold.state, "waiting")
        for values in (
            {"credit_state": "released"},
            {"credit_checked_amount": 1500.0},
            {"credit_hold_id": False},
        ):
            with self.assertRaises(AccessError):
                order.write(values)
        with self.assertRaises(AccessError):
            hold.write({"state": "released"})

    def test_08_two_orders_in_one_recordset_refused(self):
        orders = self._order(600.0) + self._order(600.0)
        self.assertRefused(orders.action_confirm)
        self.assertRefused(lambda: orders.write({"state": "sale"}))

    def test_09_two_orders_one_after_the_other_refused(self):
        self._confirmed(600.0)
        self.assertRefused(self._order(600.0).action_confirm)

    def test_10_good_and_bad_order_in_one_batch_are_split(self):
        bad, good = self._order(1500.0), self._order(300.0)
        action = (bad + good).action_confirm_or_hold()
        self.assertEqual((good.state, bad.state), ("sale", "draft"))
        self.assertEqual((good.credit_state, bad.credit_state), ("ok", "held"))
        self.assertIn(bad.name, action["params"]["message"])
        self.assertEqual(bad.credit_hold_id.approval_state, "pending")

    def test_11_raising_the_quantity_of_a_confirmed_order_refused(self):
        order = self._confirmed(900.0)
        self.assertRefused(lambda: order.order_line.write({"product_uom_qty": 18}))

    def test_12_new_line_on_a_confirmed_order_refused(self):
        order = self._confirmed(900.0)
        line = {"product_id": self.product.id, "price_unit": 900.0}
        self.assertRefused(lambda: order.write({"order_line": [Command.create(line)]}))

    def test_13_raising_the_price_of_a_confirmed_order_refused(self):
        order = self._confirmed(900.0)
        self.assertRefused(lambda: order.order_line.write({"price_unit": 200.0}))

    def test_14_moving_the_invoice_address_back_refused(self):
        self._limit(self.stranger, 5000.0)
        self._limit(self.customer, 0.0)
        order = self._order(600.0, partner_id=self.stranger.id)
        order.action_confirm()
        self.assertRefused(
            lambda: order.write({"partner_invoice_id": self.customer.id})
        )

    def test_15_third_party_as_invoice_address_refused(self):
        self._limit(self.stranger, 5000.0)
        order = self._order(1500.0, partner_invoice_id=self.stranger.id)
        self.assertRefused(order.action_confirm)

    def test_16_order_by_a_contact_refused(self):
        order = self._order(1500.0, partner_id=self.contact.id)
        self.assertRefused(order.action_confirm)

    def test_17_foreign_currency_refused(self):
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 0.5)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        order = self._order(600.0, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, currency)
        self.assertRefused(order.action_confirm, "1,200.00")
        order.order_line.price_unit = 500.0 / 6
        order.action_confirm()
        self.assertEqual(self._exposure(), 1000.0)

    def test_17b_changing_the_currency_of_a_confirmed_order_refused(self):
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 0.5)])
        order = self._confirmed(900.0)
        self.assertRefused(
            lambda: order.sudo().write({"currency_id": currency.id}), "1,800.00"
        )

    def test_18_product_invoiced_on_delivery_refused(self):
        self._confirmed(900.0, product=self.product_delivered)
        self.assertEqual(self._exposure(), 900.0)
        order = self._order(900.0, product=self.product_delivered)
        self.assertRefused(order.action_confirm)

    def test_19_half_prepaid_is_held_without_raising(self):
        order = self._order(3000.0, require_payment=True, prepayment_percent=0.5)
        order.action_quotation_sent()
        transaction = self._pay_online(order, 1500.0)
        confirmed = transaction.sudo()._check_amount_and_confirm_order()
        self.assertFalse(confirmed)
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.credit_state, "held")
        self.assertEqual(order.credit_hold_id.approval_state, "pending")
        self.assertTrue(
            order.credit_hold_id.activity_ids.filtered(
                lambda activity: activity.user_id == self.mdo
            )
        )
        self.assertRefused(order.action_confirm, "on hold since")

    def test_19b_pending_payment_is_no_cover(self):
        order = self._order(3000.0)
        self._pay_online(order, 3000.0, state="pending")
        self.assertRefused(order.action_confirm)

    def test_19c_one_payment_does_not_cover_two_orders(self):
        orders = self._order(1200.0) + self._order(1200.0)
        self._pay_online(orders[0], 1200.0, sale_order_ids=[Command.set(orders.ids)])
        self.assertRefused(orders.action_confirm)

    def test_19d_money_for_one_quotation_does_not_cover_another(self):
        self._limit(self.customer, 0.0)
        paid, other = self._order(600.0), self._order(600.0)
        self._pay_online(paid, 600.0)
        self.assertRefused(other.action_confirm)
        self.assertRefused((paid + other).action_confirm)
        paid.action_confirm()
        self.assertEqual(self._exposure(), 0.0)
        self.assertRefused(other.action_confirm)

    def test_20_invoice_without_order_refused(self):
        self._invoice(800.0)
        for post in ("action_post", "_post"):
            invoice = self._invoice(300.0, post=False)
            with self.assertRaises(UserError) as caught:
                getattr(invoice.sudo(), post)()
            self.assertIn("100.00", caught.exception.args[0])
            invoice.unlink()
        self._invoice(200.0)

    def test_20b_draft_invoice_counts_against_the_limit(self):
        self._invoice(800.0, post=False)
        self.assertRefused(self._order(300.0).action_confirm)

    def test_20c_draft_credit_note_does_not_make_room(self):
        self._invoice(800.0)
        self._invoice(800.0, post=False, move_type="out_refund")
        self.assertRefused(self._order(300.0).action_confirm)

    # ------------------------------------------------------------ other refusals

    def test_blocked_customer_refused(self):
        self.account._system_write({"control": "blocked"})
        self.assertRefused(self._order(1.0).action_confirm, "are blocked")

    def test_expired_limit_is_no_limit(self):
        self._limit(
            self.customer,
            1000.0,
            valid_until=fields.Date.subtract(fields.Date.today(), days=1),
        )
        self.assertRefused(self._order(1.0).action_confirm, "expired on")

    def test_customer_without_account_pays_first(self):
        order = self._order(1.0, partner_id=self.stranger.id)
        self.assertRefused(
            order.with_user(self.fin).sudo().action_confirm,
            "only prepayment is possible",
        )

    def test_controlled_customer_does_not_slip_under_another_limit(self):
        self._limit(self.stranger, 50000.0)
        values = {"parent_id": self.stranger.id, "is_company": False}
        with self.assertRaises(ValidationError):
            self.customer.write(values)
        self.account._system_write({"control": "none"})
        self.customer.write(values)

    def test_figures_are_not_for_other_salespeople(self):
        order = self._order(1500.0, user=self.sales)
        with self.assertRaises(RedirectWarning) as caught:
            order.action_confirm()
        self.assertNotIn("1,000.00", caught.exception.args[0])
        self.assertIn(self.rep.name, caught.exception.args[0])

    def test_customer_at_the_portal_reads_nothing_of_his_credit(self):
        portal = new_test_user(self.env, "credit_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        order = self._order(1500.0)
        order.message_subscribe(portal.partner_id.ids)
        order = order.with_user(portal)
        self.assertEqual(order.read(["name"])[0]["name"], order.name)
        for name in ("credit_state", "credit_light", "credit_message", "credit_usage"):
            with self.assertRaises(AccessError):
                order.read([name])
        for name in ("credit_light", "credit_usage"):
            with self.assertRaises(AccessError):
                portal.partner_id.with_user(portal).read([name])


@tagged("post_install", "-at_install")
class TestWallPortal(CustomerCreditCommon, HttpCase):
    def _get_band(self, url, order):
        """Return what the page says on the hold, in the language of the portal."""
        page = html.fromstring(self.url_open(url).text)
        (band,) = page.xpath("//div[@name='credit_held']")
        text = " ".join(band.text_content().split())
        self.assertIn(
            text,
            [
                " ".join(
                    order.with_context(lang=code)._get_credit_portal_message().split()
                )
                for code, _name in self.env["res.lang"].get_installed()
            ],
        )
        return text

    def test_portal_signature_is_held_and_told_truly(self):
        order = self._order(1500.0, require_signature=True, require_payment=False)
        order.action_quotation_sent()
        order._portal_ensure_token()
        self.env.flush_all()
        response = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": order.access_token,
                "name": "Buyer",
                "signature": base64.b64encode(base64.b64decode(PIXEL)).decode(),
            },
        )
        self.env.invalidate_all()
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.signed_by, "Buyer")
        self.assertEqual(order.credit_state, "held")
        self.assertEqual(order.credit_hold_id.approval_id.requester_id, self.rep)
        self.assertEqual(order.credit_hold_id.sudo().activity_ids.user_id, self.mdo)
        band = self._get_band(response["redirect_url"], order)
        self.assertIn(order.name, band)
        self.assertNotIn("1,500.00", band)

    def test_portal_signature_within_the_limit_confirms(self):
        order = self._order(500.0, require_signature=True, require_payment=False)
        order.action_quotation_sent()
        order._portal_ensure_token()
        self.env.flush_all()
        self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"access_token": order.access_token, "name": "B", "signature": PIXEL},
        )
        self.env.invalidate_all()
        self.assertEqual(order.state, "sale")

    def test_portal_tells_what_was_paid_of_an_order_on_hold(self):
        order = self._order(3000.0, require_payment=True, prepayment_percent=0.5)
        order.action_quotation_sent()
        order._portal_ensure_token()
        transaction = self._pay_online(order, 1500.0)
        transaction.sudo()._check_amount_and_confirm_order()
        self.assertEqual(order.credit_state, "held")
        self.env.flush_all()
        self.assertIn("1,500.00", self._get_band(order.get_portal_url(), order))
