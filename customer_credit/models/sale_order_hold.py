from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class SaleOrder(models.Model):
    """An order that somebody puts on hold by hand, and the money received for one."""

    _inherit = "sale.order"

    credit_forced = fields.Boolean(
        string="Forced Hold",
        groups="base.group_user",
        readonly=True,
        copy=False,
        help="Whatever the figures say, the order needs a release.",
    )
    credit_forced_reason = fields.Text(
        string="Reason of the Forced Hold",
        # it belongs to the credit file: read on the release request (F60)
        groups=fields.NO_ACCESS,
        readonly=True,
        copy=False,
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"credit_forced", "credit_forced_reason"}

    # ------------------------------------------------------------ forced hold

    def action_force_hold(self, reason):
        """Put quotations, or orders that are not invoiced yet, on hold whatever their
        figures say. Finance, the directors and the manager of the unit may.

        :raise UserError: no reason, or an order that cannot be held any more
        """
        self._credit_check_may_force()
        self._credit_check_reason(reason)
        ended = self.filtered(
            lambda order: (
                order.state not in ("draft", "sent", "sale")
                or order.invoice_status == "invoiced"
            )
        )
        if ended:
            raise UserError(
                self.env._(
                    "%(orders)s: what is cancelled or invoiced is not put on hold.",
                    orders=", ".join(ended.mapped("name")),
                )
            )
        # sudo: who may hold orders need not have rights to change them
        for order_sudo in self.sudo():
            order_sudo._system_write(
                {"credit_forced": True, "credit_forced_reason": reason}
            )
            order_sudo._credit_hold_forced()
            order_sudo.message_post(body=self.env._("It was put on hold by hand."))
            order_sudo.credit_hold_id.message_post(
                body=self.env._("Put on hold: %(reason)s", reason=reason)
            )
        return True

    def action_lift_hold(self, reason):
        """Take a forced hold away; other reasons stay. The same people may.

        :raise UserError: no reason
        """
        self._credit_check_may_force()
        self._credit_check_reason(reason)
        # sudo: see action_force_hold
        for order_sudo in self.sudo().filtered("credit_forced"):
            order_sudo._system_write(
                {"credit_forced": False, "credit_forced_reason": False}
            )
            order_sudo.credit_hold_id._drop_reason("forced")
            order_sudo.message_post(
                body=self.env._("It is no longer put on hold by hand.")
            )
            order_sudo.credit_hold_id.message_post(
                body=self.env._("No longer put on hold: %(reason)s", reason=reason)
            )
        return True

    def _credit_get_order_reasons(self):
        codes_by_order = defaultdict(set, super()._credit_get_order_reasons())
        # sudo: the verdict is the system's
        for order in self.sudo().filtered("credit_forced"):
            codes_by_order[order.id].add("forced")
        for company, orders in self.grouped("company_id").items():
            for order in orders._credit_get_restricted(company):
                codes_by_order[order.id].add("restricted")
        return codes_by_order

    def _credit_get_restricted(self, company):
        """Return the orders that go beyond what their customers may be supplied with
        (F27): what an earlier quotation takes is not there for a later one."""
        # sudo: the verdict is the system's
        accounts_sudo = self.env["customer.credit.account"].sudo()
        restricted = self.browse()
        if not accounts_sudo._has_restrictions(company):
            return restricted
        supply = accounts_sudo._get_supply(company, self._credit_customers().ids)
        for order in self.sorted("id"):
            customer_ids = [
                partner_id
                for partner_id in order._credit_customers().ids
                if partner_id in supply
            ]
            # a confirmed order has been counted
            amount = 0.0
            if order.state != "sale":
                amount = order._credit_to_company_currency(order.amount_total)
            if any(
                supply[partner_id] is None
                or company.currency_id.compare_amounts(amount, supply[partner_id]) > 0
                for partner_id in customer_ids
            ):
                restricted += order
                continue
            for partner_id in customer_ids:
                supply[partner_id] -= amount
        return restricted

    def _credit_hold_forced(self):
        """Show a forced hold on this order's release request, else make one."""
        hold = self.credit_hold_id
        if hold.state == "waiting":
            hold._add_reason("forced")
            return
        if hold.state == "released":
            hold._lapse()
        hold = hold._create_for(self, False, self.amount_total, ask=False)
        self._credit_set(state="held", hold_id=hold.id)

    def _credit_check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))

    def _credit_check_may_force(self):
        self.check_access("read")
        user = self.env.user
        if user._has_archive_role("FIN", "MDO", "GMO"):
            return
        if user._has_archive_role("BUM") and all(
            # sudo: the dossier only names the unit
            order_sudo._credit_get_unit().user_id == user
            for order_sudo in self.sudo()
        ):
            return
        raise AccessError(
            self.env._(
                "Only finance, the directors and the manager of the business unit put "
                "orders on hold and take that back."
            )
        )

    def _credit_get_unit(self):
        """Return the business unit of this order, else of its customer."""
        self.ensure_one()
        if self.team_id:
            return self.team_id
        customer = self.partner_invoice_id.commercial_partner_id
        return (
            self.env["customer.dossier"]
            .search([("partner_id", "=", customer.id)], limit=1)
            .team_id
        )

    # ------------------------------------------------------------ money received

    def _credit_get_received(self):
        """Return the money received for this order, in its currency: online payments
        that were not given back, a share of those for several orders, and what was paid
        on its down payment invoices. Credit notes are no money. In sudo."""
        self.ensure_one()
        done = self.transaction_ids.filtered(lambda tx: tx.state == "done")
        received = 0.0
        for transaction, amount in done._credit_get_received().items():
            total = sum(transaction.sale_order_ids.mapped("amount_total"))
            share = self.amount_total / total if total else 1.0
            received += self._credit_convert(amount * share, transaction.currency_id)
        # a final invoice takes the down payments off
        lines = self.order_line.filtered("is_downpayment").invoice_lines.filtered(
            lambda line: line.parent_state == "posted" and line.price_total > 0
        )
        for invoice, own_lines in lines.grouped("move_id").items():
            share = sum(own_lines.mapped("price_total")) / invoice.amount_total
            paid = invoice._credit_get_paid(without=done.payment_id.move_id)
            received += self._credit_convert(paid * share, invoice.currency_id)
        return self.currency_id.round(received)

    def _credit_convert(self, amount, currency):
        return currency._convert(
            amount,
            self.currency_id,
            self.company_id,
            fields.Date.context_today(self),
            round=False,
        )
