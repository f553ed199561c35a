from odoo import models
from odoo.tools import SQL


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _credit_get_received(self):
        """Return {transaction: what came in and was not given back, in its currency};
        see ``customer_credit_received``."""
        self.env["customer.credit.account"]._flush_sources()
        return {
            self.browse(transaction_id): amount
            for transaction_id, amount in self.env.execute_query(
                SQL(
                    "SELECT id, customer_credit_received(id)::float "
                    "FROM payment_transaction WHERE id = ANY (%s)",
                    self.ids,
                )
            )
        }

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
