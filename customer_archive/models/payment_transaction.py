from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        # EXTENDS 'sale': money that arrived must never be undone by a refusal, so the
        # contract review is judged before the order is confirmed
        quotations = self.filtered(
            lambda tx: len(tx.sale_order_ids) == 1
        ).sale_order_ids.filtered(
            lambda order: (
                order._is_review_blocking() and order._is_confirmation_amount_reached()
            )
        )
        held = quotations._hold_unread()
        passing = self.filtered(lambda tx: not tx.sale_order_ids & held)
        return super(PaymentTransaction, passing)._check_amount_and_confirm_order()
