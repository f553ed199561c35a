from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount

SALE_TYPES = ("out_invoice", "out_receipt")


class AccountMove(models.Model):
    _inherit = "account.move"

    # without it the drafts of one customer are looked for among all entries
    _draft_customer_idx = models.Index("(commercial_partner_id) WHERE state = 'draft'")

    def _post(self, soft=True):
        # EXTENDS 'account': invoices without an order are judged here (design.md §5.10)
        posted = super()._post(soft)
        posted._credit_refresh(judge=True)
        if any(
            line.account_type == "asset_receivable" and line.balance < 0
            for line in posted.line_ids
        ):
            self.env["customer.credit.hold"]._trigger_evaluation()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._credit_refresh()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._credit_refresh()
        return result

    def _credit_refresh(self, judge=False):
        """Bring the credit accounts of the customers behind these entries up to date.

        :param judge: refuse customer invoices with lines that come from no order and
            exceed the limit
        """
        # sudo: the figures are the system's, whoever posts
        accounts_sudo = self.env["customer.credit.account"].sudo()
        for company, moves in self.grouped("company_id").items():
            receivables = moves.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            customers = receivables.partner_id.commercial_partner_id
            if not customers:
                continue
            own = moves.filtered(lambda move: judge and move._credit_has_own_amount())
            if own and company.credit_default_control == "limited":
                accounts_sudo._create_missing(company, own.commercial_partner_id.ids)
            rows = accounts_sudo._refresh(company, customers.ids)
            for move in moves if judge else ():
                row = rows.get(move.commercial_partner_id.id)
                if (
                    row
                    and accounts_sudo._is_over(company, row)
                    and (move in own or move._credit_exceeds_orders())
                ):
                    account = accounts_sudo.browse(row.id).sudo(False)
                    if not account._filtered_access("read"):
                        # the figures belong to the credit file (F60)
                        raise UserError(
                            self.env._(
                                "%(invoice)s was not posted: it would exceed the "
                                "credit limit of %(customer)s, and no order stands "
                                "behind it. Ask finance.",
                                invoice=move.display_name,
                                customer=move.commercial_partner_id.display_name,
                            )
                        )
                    raise UserError(
                        self.env._(
                            "%(invoice)s was not posted: it would exceed the credit "
                            "limit of %(customer)s by %(excess)s, and no order stands "
                            "behind it. Raise the limit or collect first.",
                            invoice=move.display_name,
                            customer=move.commercial_partner_id.display_name,
                            excess=format_amount(
                                self.env,
                                -row.available,
                                company.currency_id,
                            ),
                        )
                    )

    def _credit_has_own_amount(self):
        """Return whether this invoice asks for money that no order stands for."""
        self.ensure_one()
        order_lines_sudo = self._credit_get_order_lines()
        # sudo: see _credit_get_order_lines
        own_lines = self.sudo().invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and not line.sale_line_ids & order_lines_sudo
            )
        )
        return self.move_type in SALE_TYPES and sum(own_lines.mapped("price_total")) > 0

    def _credit_get_order_lines(self):
        """Return the order lines that stand for this invoice: those of confirmed orders
        of the same customer, and down payments that are asked for before. In sudo."""
        customer = self.commercial_partner_id
        # sudo: whoever posts may not be entitled to the orders
        return self.sudo().invoice_line_ids.sale_line_ids.filtered(
            lambda line: (
                customer in line.order_id._credit_customers()
                and line.order_id.state
                in (("draft", "sent", "sale") if line.is_downpayment else ("sale",))
            )
        )

    def _credit_exceeds_orders(self):
        """Return whether an order behind this posted invoice has been invoiced for more
        than its total, to the cent of each line."""
        self.ensure_one()
        if self.move_type not in SALE_TYPES:
            return False
        for order_sudo in self._credit_get_order_lines().order_id:
            lines_sudo = order_sudo.order_line.invoice_lines.filtered(
                lambda line: line.parent_state == "posted"
            )
            invoiced = sum(
                order_sudo._credit_convert(
                    -line.price_total
                    if line.move_type == "out_refund"
                    else line.price_total,
                    line.currency_id,
                )
                for line in lines_sudo
            )
            slack = order_sudo.currency_id.rounding * len(lines_sudo)
            excess = invoiced - order_sudo.amount_total - slack
            if order_sudo.currency_id.compare_amounts(excess, 0.0) > 0:
                return True
        return False

    def _credit_get_paid(self, without):
        """Return the money booked on this customer invoice, negative for what was paid
        back on a credit note, in its currency.

        :param without: entries of payments that are counted elsewhere
        """
        self.ensure_one()
        paid = 0.0
        for line in self.line_ids:
            if line.account_type != "asset_receivable":
                continue
            moves = [
                (partial.credit_move_id.move_id, partial.debit_amount_currency)
                for partial in line.matched_credit_ids
            ] + [
                (partial.debit_move_id.move_id, -partial.credit_amount_currency)
                for partial in line.matched_debit_ids
            ]
            paid += sum(
                amount
                for move, amount in moves
                if (move.origin_payment_id or move.statement_line_id)
                and move not in without
            )
        return paid
