from collections import namedtuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_amount

# How a customer paid and what he bought; money in company currency, None where there is
# nothing to count from. delay: days late on average (negative: early); on_time: % of
# what was paid; paid: amount that both follow from; mix: {payment method: amount};
# recovered: {year: receipts}; margin: %; margin_covered: % of the sales whose cost is
# known; turnover: sales with taxes.
PaymentRecord = namedtuple(
    "PaymentRecord",
    "delay on_time paid mix recovered recovered_total margin margin_covered turnover "
    "first_invoice_date",
)
# A suggested limit and what it follows from, money in company currency; cap and
# maximum are None where there is none.
LimitSuggestion = namedtuple(
    "LimitSuggestion", "amount cap maximum monthly_sales term_days coefficient terms"
)
MONTHS = 12


class CustomerCreditAccount(models.Model):
    """Figures that ratings and limits are proposed from (F9, F15, F18)."""

    _inherit = "customer.credit.account"

    payment_record = fields.Text(compute="_compute_payment_record")

    # ------------------------------------------------------------ records (M25, M26)

    @api.depends_context("lang")
    def _compute_payment_record(self):
        # sudo: whoever reads the account reads what it is counted from as a sum
        records = self._origin.sudo()._get_payment_records()
        for account in self:
            record = records.get(account._origin.sudo())
            account.payment_record = (
                "\n".join(account._describe_payments(record)) if record else False
            )

    def _describe_payments(self, record):
        """Return sentences on a PaymentRecord, none on what there is nothing of."""
        lines = []
        if record.paid:
            lines.append(
                self.env._(
                    "%(amount)s paid in 12 months: %(share)s %% on time, %(days)s days "
                    "late on average.",
                    amount=format_amount(self.env, record.paid, self.currency_id),
                    share=round(record.on_time),
                    days=round(record.delay, 1),
                )
            )
            lines += [
                self.env._(
                    "%(method)s: %(amount)s",
                    method=method,
                    amount=format_amount(self.env, amount, self.currency_id),
                )
                for method, amount in record.mix.items()
            ]
        lines += [
            self.env._(
                "Received in %(year)s: %(amount)s",
                year=year,
                amount=format_amount(self.env, amount, self.currency_id),
            )
            for year, amount in record.recovered.items()
        ]
        if record.margin is not None:
            lines.append(
                self.env._(
                    "Average margin %(margin)s %%, from %(covered)s %% of the sales.",
                    margin=round(record.margin, 1),
                    covered=round(record.margin_covered or 0),
                )
            )
        return lines

    def _get_payment_records(self, months=MONTHS, years=3):
        """Return how the customers paid and what they bought, a constant number of
        queries for any number of accounts.

        M25 over the last ``months``: of what payments (credit notes are none) settled
        of invoices. M26 over the present calendar year and those before it, ``years``
        in all: receipts, and the margin on the sales without taxes whose cost at the
        time of the sale is known, which is that of order lines with a cost.

        :return: {account: PaymentRecord}
        """
        if not self:
            return {}
        self._flush_payment_sources()
        today = fields.Date.context_today(self)
        scope = {
            "accounts": self.ids,
            "today": today,
            "start": today - relativedelta(months=months),
            "first_day": today.replace(month=1, day=1) - relativedelta(years=years - 1),
        }
        payments = self._query_by_account(self._payments_sql(scope))
        receipts = self._query_by_account(self._receipts_sql(scope))
        sales = self._query_by_account(self._sales_sql(scope))
        margins = self._query_by_account(self._margins_sql(scope))
        return {
            account: account._make_payment_record(
                payments.get(account.id, []),
                receipts.get(account.id, []),
                *sales.get(account.id, [{}]),
                *margins.get(account.id, [{}]),
            )
            for account in self
        }

    def _make_payment_record(self, payments, receipts, sales, margins):
        paid = sum(row["amount"] for row in payments)
        recovered = {row["year"]: row["amount"] for row in receipts}
        # what stands on credit notes alone has no margin
        total = margins.get("sales") or 0.0
        covered = margins.get("covered") or 0.0
        profit = covered - (margins.get("cost") or 0.0)
        round_amount = self.currency_id.round
        return PaymentRecord(
            delay=sum(row["delayed"] for row in payments) / paid if paid else None,
            on_time=(
                sum(row["on_time"] for row in payments) / paid * 100 if paid else None
            ),
            paid=round_amount(paid),
            mix={
                row["method"] or self.env._("Bank Statement"): row["amount"]
                for row in payments
            },
            recovered=recovered,
            recovered_total=round_amount(sum(recovered.values())),
            margin=profit / covered * 100 if covered > 0 else None,
            margin_covered=covered / total * 100 if total > 0 else None,
            turnover=round_amount(sales.get("turnover") or 0.0),
            first_invoice_date=sales.get("first_invoice_date"),
        )

    def _query_by_account(self, query):
        rows_by_account = {}
        for row in self.env.execute_query_dict(query):
            rows_by_account.setdefault(row.pop("account_id"), []).append(row)
        return rows_by_account

    @api.model
    def _flush_payment_sources(self):
        for model in (
            "account.account",
            "account.move",
            "account.move.line",
            "account.partial.reconcile",
            "account.payment",
            "account.payment.method.line",
            "res.partner",
            "sale.order",
            "sale.order.line",
            "uom.uom",
            self._name,
        ):
            self.env[model].flush_model()

    @api.model
    def _receivable_items_sql(self):
        """Return the joins from the accounts to the posted receivable ``item`` of
        their customers with its ``move``."""
        return SQL(
            """
              FROM customer_credit_account account
              JOIN res_partner partner
                ON partner.commercial_partner_id = account.partner_id
              JOIN account_move_line item
                ON item.partner_id = partner.id
               AND item.company_id = account.company_id
               AND item.parent_state = 'posted'
              JOIN account_account receivable
                ON receivable.id = item.account_id
               AND receivable.account_type = 'asset_receivable'
              JOIN account_move move ON move.id = item.move_id
            """
        )

    @api.model
    def _payments_sql(self, scope):
        return SQL(
            """
            SELECT account.id AS account_id, method.name AS method,
                   SUM(partial.amount)::float AS amount,
                   SUM(partial.amount * (paying.date
                       - COALESCE(item.date_maturity, move.invoice_date)))::float
                       AS delayed,
                   COALESCE(SUM(partial.amount) FILTER (WHERE paying.date
                       <= COALESCE(item.date_maturity, move.invoice_date)), 0)::float
                       AS on_time
            %(items)s
              JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
              JOIN account_move_line paying
                ON paying.id = partial.credit_move_id AND paying.parent_state = 'posted'
              JOIN account_move entry ON entry.id = paying.move_id
         LEFT JOIN account_payment payment ON payment.id = entry.origin_payment_id
         LEFT JOIN account_payment_method_line method
                ON method.id = payment.payment_method_line_id
             WHERE account.id = ANY(%(accounts)s)
               AND move.move_type IN ('out_invoice', 'out_receipt')
               AND (payment.id IS NOT NULL OR entry.statement_line_id IS NOT NULL)
               AND paying.date > %(start)s AND paying.date <= %(today)s
          GROUP BY account.id, method.name
            """,
            items=self._receivable_items_sql(),
            **scope,
        )

    @api.model
    def _receipts_sql(self, scope):
        return SQL(
            """
            SELECT account.id AS account_id,
                   EXTRACT(year FROM item.date)::int AS year,
                   SUM(-item.balance)::float AS amount
            %(items)s
             WHERE account.id = ANY(%(accounts)s)
               AND (move.origin_payment_id IS NOT NULL
                    OR move.statement_line_id IS NOT NULL)
               AND NOT EXISTS (
                   SELECT FROM account_move reversal
                    WHERE reversal.reversed_entry_id = move.id
                      AND reversal.state = 'posted')
               AND item.date >= %(first_day)s AND item.date <= %(today)s
          GROUP BY account.id, EXTRACT(year FROM item.date)
          ORDER BY year DESC
            """,
            items=self._receivable_items_sql(),
            **scope,
        )

    @api.model
    def _sales_sql(self, scope):
        return SQL(
            """
            SELECT account.id AS account_id,
                   SUM(move.amount_total_signed) FILTER (
                       WHERE move.invoice_date > %(start)s
                         AND move.invoice_date <= %(today)s)::float AS turnover,
                   MIN(move.invoice_date) AS first_invoice_date
              FROM customer_credit_account account
              JOIN account_move move
                ON move.commercial_partner_id = account.partner_id
               AND move.company_id = account.company_id
             WHERE account.id = ANY(%(accounts)s)
               AND move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
          GROUP BY account.id
            """,
            **scope,
        )

    @api.model
    def _margins_sql(self, scope):
        """A cost of 0 is none: it would count the whole price as margin."""
        return SQL(
            """
            SELECT account.id AS account_id,
                   SUM(-line.balance)::float AS sales,
                   SUM(-line.balance) FILTER (
                       WHERE cost.unit_cost IS NOT NULL)::float AS covered,
                   SUM(cost.unit_cost * line.quantity
                       * CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                   )::float AS cost
              FROM customer_credit_account account
              JOIN account_move move
                ON move.commercial_partner_id = account.partner_id
               AND move.company_id = account.company_id
              JOIN account_move_line line
                ON line.move_id = move.id AND line.display_type = 'product'
         LEFT JOIN LATERAL (
                   SELECT AVG(order_line.purchase_price
                              / COALESCE(NULLIF(sale_order.currency_rate, 0), 1)
                              * COALESCE(line_uom.factor / order_uom.factor, 1)
                          ) AS unit_cost
                     FROM sale_order_line_invoice_rel rel
                     JOIN sale_order_line order_line
                       ON order_line.id = rel.order_line_id
                      AND order_line.purchase_price <> 0
                     JOIN sale_order ON sale_order.id = order_line.order_id
                LEFT JOIN uom_uom order_uom
                       ON order_uom.id = order_line.product_uom_id
                LEFT JOIN uom_uom line_uom ON line_uom.id = line.product_uom_id
                    WHERE rel.invoice_line_id = line.id
                   ) cost ON TRUE
             WHERE account.id = ANY(%(accounts)s)
               AND move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
               AND move.invoice_date >= %(first_day)s
               AND move.invoice_date <= %(today)s
          GROUP BY account.id
            """,
            **scope,
        )

    def _get_balances(self):
        """Return {account: receivables in company currency}."""
        balances = {}
        for company, accounts in self.grouped("company_id").items():
            figures = self._get_figures(company, accounts.partner_id)
            for account in accounts:
                row = figures.get(account.partner_id.id, {})
                balances[account] = row.get("receivable") or 0.0
        return balances

    # ------------------------------------------------------------ suggestion (M27)

    def _get_limit_suggestions(self, ratings, records=None):
        """Return the limit suggested for each account with what it follows from:
        M27 = min(cap, maximum of the rating, average monthly sales with taxes of 12
        months × credit days / 30 × coefficient). Binds nobody.

        :param ratings: {account: rating}
        :param records: what ``_get_payment_records`` returned, if it was asked before
        :return: {account: LimitSuggestion}; without terms in force its amount is 0
        """
        records = records or self._get_payment_records()
        return {
            account: account._suggest_limit(
                ratings[account]._get_terms(account.company_id), records[account]
            )
            for account in self
        }

    def _suggest_limits(self, ratings):
        """Return {account: amount in company currency}; see
        ``_get_limit_suggestions``."""
        return {
            account: suggestion.amount
            for account, suggestion in self._get_limit_suggestions(ratings).items()
        }

    def _suggest_limit(self, terms, record):
        company = self.company_id
        cap = company._get_credit_cap()
        monthly_sales = max(record.turnover, 0.0) / MONTHS
        # sudo: the terms of a rating are figures of the suggestion
        terms_sudo = terms.sudo()
        if not terms:
            return LimitSuggestion(0.0, cap, None, monthly_sales, 0, 0.0, terms)
        maximum = terms_sudo._get_max_amount(company)
        bounds = [
            maximum,
            monthly_sales * terms_sudo.term_days / 30 * terms_sudo.coefficient,
        ]
        if cap is not None:
            bounds.append(cap)
        return LimitSuggestion(
            amount=company.currency_id.round(min(bounds)),
            cap=cap,
            maximum=maximum,
            monthly_sales=monthly_sales,
            term_days=terms_sudo.term_days,
            coefficient=terms_sudo.coefficient,
            terms=terms,
        )
