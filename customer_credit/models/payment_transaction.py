from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        # EXTENDS 'sale': money that arrived must never be undone by a refusal, so the
        # order is judged before it is confirmed
        quotations = self.filtered(
            lambda tx: len(tx.sale_order_ids) == 1
        ).sale_order_ids.filtered(
            lambda order: (
                order.state in ("draft", "sent")
                and order._is_confirmation_amount_reached()
            )
        )
        held = quotations._credit_hold_failing()
        passing = self.filtered(lambda tx: not tx.sale_order_ids & held)
        return super(PaymentTransaction, passing)._check_amount_and_confirm_order()
