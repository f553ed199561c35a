from datetime import timedelta

from odoo import fields
from odoo.exceptions import RedirectWarning
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestWallRoutes(CustomerCreditCommon):
    """The wall seen from the ways that lead to it, beside the twenty attacks."""

    def assertRefused(self, call):
        with self.assertRaises(RedirectWarning) as caught:
            call()
            self.env.flush_all()
        self.assertIn("would exceed the credit limit", caught.exception.args[0])

    def test_form_saved_with_a_state(self):
        order = self._order(1500.0)
        self.assertRefused(lambda: order.web_save({"state": "sale"}, {"state": {}}))
        values = {
            "partner_id": self.customer.id,
            "state": "sale",
            "order_line": [
                Command.create({"product_id": self.product.id, "product_uom_qty": 15})
            ],
        }
        self.assertRefused(
            lambda: self.env["sale.order"].with_user(self.rep).web_save(values, {})
        )

    def test_form_saved_with_a_larger_line(self):
        order = self._confirmed(900.0)
        line = Command.update(order.order_line.id, {"product_uom_qty": 18})
        self.assertRefused(lambda: order.web_save({"order_line": [line]}, {}))

    def test_default_state(self):
        orders = self.env["sale.order"].with_context(default_state="sale")
        self.assertRefused(
            lambda: orders.with_user(self.rep).create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [
                        Command.create(
                            {"product_id": self.product.id, "product_uom_qty": 15}
                        )
                    ],
                }
            )
        )

    def test_writing_on_many(self):
        """One that does not pass stops all."""
        other = self._limit(self.stranger, 5000.0).partner_id
        orders = self._order(300.0) + self._order(300.0, partner_id=other.id)
        orders += self._order(1500.0)
        self.assertRefused(lambda: orders.write({"state": "sale"}))
        self.assertEqual(set(orders.mapped("state")), {"draft"})
        orders[:2].write({"state": "sale"})
        self.assertEqual(orders.mapped("state"), ["sale", "sale", "draft"])

    def test_import_over_existing_orders(self):
        quotation, order = self._order(1500.0), self._confirmed(900.0)
        line = order.order_line
        for columns, row in (
            ([".id", "state"], [str(quotation.id), "sale"]),
            (
                [".id", "order_line/.id", "order_line/product_uom_qty"],
                [str(order.id), str(line.id), "18"],
            ),
        ):
            result = self.env["sale.order"].with_user(self.rep).load(columns, [row])
            self.assertFalse(result["ids"])
            self.assertIn("credit limit", result["messages"][0]["message"])
        self.assertEqual(quotation.state, "draft")
        self.assertEqual(order.amount_total, 900.0)

    def test_server_action(self):
        """As an automation runs it: with the rights of the system."""
        order = self._order(1500.0)
        state = self.env["ir.model.fields"]._get("sale.order", "state")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Confirm",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "state": "object_write",
                "update_path": "state",
                "update_field_id": state.id,
                "selection_value": state.selection_ids.filtered(
                    lambda value: value.value == "sale"
                ).id,
            }
        )
        code = action.copy({"state": "code", "code": "records.action_confirm()"})
        context = {"active_model": "sale.order", "active_ids": order.ids}
        for run in (action, code):
            self.assertRefused(run.with_context(**context, active_id=order.id).run)
        self.assertEqual(order.state, "draft")

    def test_line_added_by_the_system(self):
        """As expenses, repairs, time sheets and deliveries do it on a confirmed
        order."""
        order = self._confirmed(900.0)
        values = {
            "order_id": order.id,
            "product_id": self.product.id,
            "price_unit": 900.0,
        }
        self.assertRefused(lambda: self.env["sale.order.line"].sudo().create(values))
        # its way of making an order and confirming it at once
        self.assertRefused(self._order(900.0).sudo().action_confirm)

    def test_discount_taken_back(self):
        discount = {"product_id": self.product.id, "price_unit": -600.0}
        order = self._order(1500.0)
        order.write({"order_line": [Command.create(discount)]})
        order.action_confirm()
        line = order.order_line.filtered(lambda line: line.price_unit < 0)
        self.assertRefused(lambda: line.write({"product_uom_qty": 0}))
        self.assertRefused(lambda: line.write({"price_unit": 0}))

    def test_copy_of_a_confirmed_order_is_a_quotation(self):
        copy = self._confirmed(900.0).copy()
        self.assertEqual((copy.state, copy.credit_state), ("draft", "none"))
        self.assertFalse(copy.sudo().credit_checked_for)
        self.assertRefused(copy.action_confirm)

    def test_other_customer_of_a_confirmed_order(self):
        self._confirmed(900.0)
        self._limit(self.stranger, 5000.0)
        order = self._confirmed(900.0, partner_id=self.stranger.id)
        self.assertRefused(
            lambda: order.write(
                {
                    "partner_id": self.customer.id,
                    "partner_invoice_id": self.customer.id,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestWallInterfaces(CustomerCreditCommon, HttpCase):
    """What other programs call, as an ordinary salesperson."""

    def _json2(self, method, **arguments):
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.rep)
            ._generate("rpc", "Program", fields.Datetime.now() + timedelta(days=1))
        )
        self.env.flush_all()
        return self.url_open(
            f"/json/2/sale.order/{method}",
            json=arguments,
            headers={"Authorization": f"Bearer {key}"},
        )

    @mute_logger("odoo.http")
    def test_json2(self):
        order, passing = self._order(1500.0), self._order(300.0)
        for method, arguments in (
            ("action_confirm", {}),
            ("write", {"vals": {"state": "sale"}}),
            ("copy", {"default": {"state": "sale"}}),
        ):
            response = self._json2(method, ids=order.ids, **arguments)
            self.assertGreaterEqual(response.status_code, 400)
            error = response.json()
            self.assertEqual(error["name"], "odoo.exceptions.RedirectWarning")
            self.assertIn("would exceed the credit limit", error["message"])
        response = self._json2("action_confirm", ids=passing.ids)
        self.assertEqual(response.status_code, 200, response.text)
        self.env.invalidate_all()
        self.assertEqual((order.state, passing.state), ("draft", "sale"))
        self.assertEqual(self._exposure(), 300.0)

    @mute_logger("odoo.http")
    def test_web_client(self):
        """What the browser calls, with the keys that a browser could add."""
        order = self._order(1500.0)
        self.authenticate(self.rep.login, self.rep.login)
        self.env.flush_all()
        for method, arguments in (
            ("action_confirm", [order.ids]),
            ("write", [order.ids, {"state": "sale"}]),
            ("web_save", [order.ids, {"state": "sale"}, {}]),
        ):
            response = self.url_open(
                f"/web/dataset/call_kw/sale.order/{method}",
                json={
                    "params": {
                        "model": "sale.order",
                        "method": method,
                        "args": arguments,
                        "kwargs": {"context": {"skip_credit": True}},
                    }
                },
            )
            error = response.json()["error"]["data"]
            self.assertEqual(error["name"], "odoo.exceptions.RedirectWarning")
        self.env.invalidate_all()
        self.assertEqual(order.state, "draft")
