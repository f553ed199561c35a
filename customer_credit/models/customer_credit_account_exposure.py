from collections import namedtuple

from odoo import api, fields, models
from odoo.tools import SQL

# What a refresh returns of one account: money in company currency. ``limit`` and
# ``available`` are those of the shared limit, if the customer is in a group; ``pool``
# is equal for all who use the same limit.
CreditRow = namedtuple(
    "CreditRow",
    "id partner_id pool control limit_amount valid_until exposure limit available "
    "warning status old_status oldest_due frozen",
)


class CustomerCreditAccount(models.Model):
    """The exposure (M24) and the limit of the day, for any number of customers.

    Both are database functions: what one customer owes is asked in nearly every
    request that sells, and to plan one large statement takes longer than to run it.
    The functions plan only the sources that the customers have.
    """

    _inherit = "customer.credit.account"

    def init(self):
        """Make the functions; later ones call earlier ones."""
        self.env.cr.execute(self._rate_function_sql())
        self.env.cr.execute(self._received_function_sql())
        self.env.cr.execute(self._order_function_sql())
        self.env.cr.execute(self._item_function_sql())
        self.env.cr.execute(self._refresh_function_sql())

    @api.model
    def _drop_functions(self):
        self.env.cr.execute(
            SQL(
                """
                DROP FUNCTION IF EXISTS customer_credit_refresh;
                DROP FUNCTION IF EXISTS customer_credit_items;
                DROP FUNCTION IF EXISTS customer_credit_orders;
                DROP FUNCTION IF EXISTS customer_credit_received;
                DROP FUNCTION IF EXISTS customer_credit_rate;
                """
            )
        )

    @api.model
    def _rate_function_sql(self):
        """What one unit of a currency is worth that day in company currency."""
        rate = """
            COALESCE((
                SELECT rate.rate
                  FROM res_currency_rate rate
                 WHERE rate.currency_id = %s
                   AND (rate.company_id IS NULL OR rate.company_id = company.root_id)
              ORDER BY rate.name > p_today,
                       CASE WHEN rate.name > p_today THEN rate.name END,
                       rate.company_id, rate.name DESC
                 LIMIT 1), 1)
        """
        return SQL(
            """
            DROP FUNCTION IF EXISTS customer_credit_refresh;
            DROP FUNCTION IF EXISTS customer_credit_items;
            DROP FUNCTION IF EXISTS customer_credit_orders;
            DROP FUNCTION IF EXISTS customer_credit_received;
            DROP FUNCTION IF EXISTS customer_credit_rate;
            CREATE FUNCTION customer_credit_rate(
                p_company integer, p_currency integer, p_today date)
            RETURNS numeric LANGUAGE sql STABLE AS $function$
                SELECT CASE WHEN company.currency_id = p_currency THEN 1
                            ELSE %(own)s / %(foreign)s END
                  FROM (SELECT currency_id,
                               split_part(parent_path, '/', 1)::integer AS root_id
                          FROM res_company
                         WHERE id = p_company) company
            $function$
            """,
            own=SQL(rate, SQL("company.currency_id")),
            foreign=SQL(rate, SQL("p_currency")),
        )

    @api.model
    def _payment_is_back_sql(self):
        """Whether the booked ``payment`` was taken back: cancelled or reversed."""
        return SQL(
            """
            payment.state IN ('canceled', 'rejected') OR EXISTS (
                SELECT FROM account_move reversal
                 WHERE reversal.reversed_entry_id = payment.move_id
                   AND reversal.state = 'posted')
            """
        )

    @api.model
    def _is_captured_sql(self):
        """Whether ``transaction`` was captured in parts, which carry its money."""
        return SQL(
            """
            EXISTS (
                SELECT FROM payment_transaction part
                 WHERE part.source_transaction_id = transaction.id
                   AND part.operation != 'refund'
                   AND part.state IN ('done', 'cancel'))
            """
        )

    @api.model
    def _received_function_sql(self):
        """What came in by an online payment and its parts, less what was refunded or
        taken back, in its currency."""
        return SQL(
            """
            CREATE FUNCTION customer_credit_received(p_transaction integer)
            RETURNS numeric LANGUAGE sql STABLE AS $function$
                WITH RECURSIVE family AS (
                    SELECT * FROM payment_transaction WHERE id = p_transaction
                     UNION ALL
                    SELECT child.*
                      FROM payment_transaction child
                      JOIN family ON family.id = child.source_transaction_id
                )
                SELECT GREATEST(COALESCE(SUM(transaction.amount), 0), 0)
                  FROM family transaction
             LEFT JOIN account_payment payment ON payment.id = transaction.payment_id
                 WHERE transaction.state = 'done'
                   AND transaction.operation != 'validation'
                   AND (%(is_back)s) IS NOT TRUE
                   AND NOT %(is_captured)s
            $function$
            """,
            is_back=self._payment_is_back_sql(),
            is_captured=self._is_captured_sql(),
        )

    @api.model
    def _order_function_sql(self):
        """What orders still put on credit, in company currency.

        ``uninvoiced`` is the order's total, whatever its invoicing policy, less what
        posted invoices took over; down payments are among them. ``received`` is the
        money that came in online for this order and was not given back, booked or not;
        a payment for several orders counts for each in proportion to its total.
        """
        return SQL(
            """
            CREATE FUNCTION customer_credit_orders(
                p_company integer, p_orders integer[], p_today date)
            RETURNS TABLE (
                order_id integer, partner_id integer, partner_invoice_id integer,
                name varchar, date_order timestamp, uninvoiced numeric,
                received numeric)
            LANGUAGE sql STABLE AS $function$
                SELECT sale_order.id,
                       sale_order.partner_id,
                       sale_order.partner_invoice_id,
                       sale_order.name,
                       sale_order.date_order,
                       GREATEST(sale_order.amount_total - COALESCE(posted.amount, 0), 0)
                           * worth.rate,
                       COALESCE(online.amount, 0)
                  FROM sale_order
            CROSS JOIN LATERAL (
                       SELECT CASE WHEN sale_order.currency_id = company.currency_id
                                   THEN 1
                                   ELSE customer_credit_rate(
                                       p_company, sale_order.currency_id, p_today)
                              END AS rate
                         FROM res_company company
                        WHERE company.id = p_company
                       ) worth
             LEFT JOIN LATERAL (
                       SELECT SUM(
                                  CASE WHEN move.move_type = 'out_refund' THEN -1
                                       ELSE 1 END
                                  * line.price_total
                                  * CASE WHEN move.currency_id = sale_order.currency_id
                                         THEN 1
                                         ELSE customer_credit_rate(
                                             p_company, move.currency_id, p_today)
                                             / worth.rate
                                    END
                              ) AS amount
                         FROM sale_order_line
                         JOIN sale_order_line_invoice_rel rel
                           ON rel.order_line_id = sale_order_line.id
                         JOIN account_move_line line ON line.id = rel.invoice_line_id
                         JOIN account_move move ON move.id = line.move_id
                        WHERE sale_order_line.order_id = sale_order.id
                          AND move.state = 'posted'
                       ) posted ON TRUE
             LEFT JOIN LATERAL (
                       SELECT SUM(
                                  customer_credit_received(transaction.id)
                                  * customer_credit_rate(
                                      p_company, transaction.currency_id, p_today)
                                  * sale_order.amount_total / NULLIF((
                                      SELECT SUM(other.amount_total)
                                        FROM sale_order_transaction_rel sharing
                                        JOIN sale_order other
                                          ON other.id = sharing.sale_order_id
                                       WHERE sharing.transaction_id = transaction.id
                                  ), 0)
                              ) AS amount
                         FROM sale_order_transaction_rel rel
                         JOIN payment_transaction transaction
                           ON transaction.id = rel.transaction_id
                        WHERE rel.sale_order_id = sale_order.id
                          AND transaction.state = 'done'
                       ) online ON TRUE
                 WHERE sale_order.id = ANY (p_orders)
                   AND sale_order.company_id = p_company
            $function$
            """
        )

    @api.model
    def _item_sources(self):
        """Return what an exposure is made of: {source: (guard, query)}.

        A query selects (customer, source, document, role, name, amount in company
        currency, date, due date) and works with ``company`` (a row of settings),
        ``members`` (all contacts of the customers), p_company, p_partners and p_today.
        It is planned only if ``guard`` holds. Extension point: an addon adds its
        source; each amount is counted once.
        """
        return {
            "receivable": (SQL("TRUE"), self._receivable_sql()),
            "draft": (
                SQL(
                    """
                    (company.credit_count_drafts OR company.credit_count_orders)
                    AND EXISTS (
                        SELECT FROM account_move
                         WHERE commercial_partner_id = ANY (p_partners)
                           AND state = 'draft')
                    """
                ),
                self._draft_sql(),
            ),
            "order": (SQL("company.credit_count_orders"), self._open_order_sql()),
            "payment": (
                SQL(
                    """
                    EXISTS (
                        SELECT FROM payment_transaction
                         WHERE partner_id = ANY (members) AND state = 'done')
                    """
                ),
                self._payment_sql(),
            ),
            "bill": (
                SQL(
                    """
                    company.credit_count_bills AND EXISTS (
                        SELECT FROM customer_credit_bill
                         WHERE partner_id = ANY (p_partners) AND state != 'settled')
                    """
                ),
                self._bill_sql(),
            ),
        }

    @api.model
    def _receivable_sql(self):
        return SQL(
            """
            SELECT partner.commercial_partner_id, 'receivable'::varchar, line.id, 0,
                   line.move_name::varchar, line.amount_residual,
                   COALESCE(line.invoice_date, line.date), line.date_maturity
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.partner_id = ANY (members)
               AND account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND line.company_id = p_company
            """
        )

    @api.model
    def _draft_sql(self):
        """A draft invoice counts with the lines that no open order stands for; a draft
        credit note does not lower anything."""
        return SQL(
            """
            SELECT draft.customer_id, 'draft'::varchar, draft.id, 0, draft.name,
                   draft.amount * CASE
                       WHEN draft.currency_id = company.currency_id THEN 1
                       ELSE customer_credit_rate(p_company, draft.currency_id, p_today)
                   END,
                   draft.date, draft.date
              FROM (
                SELECT move.id, move.commercial_partner_id AS customer_id,
                       COALESCE(move.name, '/') AS name, move.currency_id,
                       COALESCE(move.invoice_date, move.date) AS date,
                       GREATEST(SUM(line.price_total)
                                FILTER (WHERE source.id IS NULL), 0)
                       + GREATEST(SUM(line.price_total)
                                  FILTER (WHERE source.id IS NOT NULL), 0) AS amount
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
             LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
             LEFT JOIN sale_order_line source ON source.id = rel.order_line_id
             LEFT JOIN sale_order ON sale_order.id = source.order_id
                 WHERE move.commercial_partner_id = ANY (p_partners)
                   AND move.company_id = p_company
                   AND move.state = 'draft'
                   AND move.move_type IN ('out_invoice', 'out_receipt')
                   AND line.display_type = 'product'
                   AND (company.credit_count_drafts OR sale_order.id IS NOT NULL)
                   AND (sale_order.id IS NULL OR sale_order.state != 'sale'
                        OR sale_order.invoice_status = 'invoiced'
                        OR NOT company.credit_count_orders)
              GROUP BY move.id
              ) draft
            """
        )

    @api.model
    def _open_order_sql(self):
        """A confirmed order counts for who is invoiced and, if that is somebody else,
        for who ordered as well."""
        return SQL(
            """
            SELECT share.customer_id, 'order'::varchar, open_order.order_id, share.role,
                   open_order.name, share.amount,
                   open_order.date_order::date, NULL::date
              FROM sale_order
        CROSS JOIN LATERAL customer_credit_orders(
                       p_company, ARRAY[sale_order.id], p_today) open_order
              JOIN res_partner invoiced ON invoiced.id = open_order.partner_invoice_id
              JOIN res_partner ordering ON ordering.id = open_order.partner_id
        CROSS JOIN LATERAL (VALUES
                       (invoiced.commercial_partner_id, 0, open_order.uninvoiced),
                       (ordering.commercial_partner_id, 1, GREATEST(
                           open_order.uninvoiced - open_order.received, 0))
                   ) share(customer_id, role, amount)
             WHERE sale_order.state = 'sale'
               AND sale_order.company_id = p_company
               AND sale_order.invoice_status IS DISTINCT FROM 'invoiced'
               AND (sale_order.partner_id = ANY (members)
                    OR sale_order.partner_invoice_id = ANY (members))
               AND share.customer_id = ANY (p_partners)
               AND (share.role = 0 OR ordering.commercial_partner_id
                                      != invoiced.commercial_partner_id)
            """
        )

    @api.model
    def _payment_sql(self):
        """Online payments that are not booked yet cover; what was paid for a quotation
        is kept for that quotation and covers nothing else."""
        return SQL(
            """
            SELECT partner.commercial_partner_id, 'payment'::varchar, transaction.id,
                   share.role, transaction.reference::varchar,
                   share.amount * customer_credit_rate(
                       p_company, transaction.currency_id, p_today),
                   transaction.create_date::date, NULL::date
              FROM payment_transaction transaction
              JOIN res_partner partner ON partner.id = transaction.partner_id
         LEFT JOIN account_payment payment ON payment.id = transaction.payment_id
         LEFT JOIN account_move move ON move.id = payment.move_id
         LEFT JOIN LATERAL (
                   SELECT SUM(sale_order.amount_total) AS total,
                          SUM(sale_order.amount_total)
                          FILTER (WHERE sale_order.state IN ('draft', 'sent'))
                          AS quoted
                     FROM sale_order_transaction_rel rel
                     JOIN sale_order ON sale_order.id = rel.sale_order_id
                    WHERE rel.transaction_id = transaction.id
                   ) orders ON TRUE
        CROSS JOIN LATERAL (VALUES
                       (0, CASE WHEN move.state IS DISTINCT FROM 'posted'
                                 AND payment.state IS DISTINCT FROM 'paid'
                                 AND (%(is_back)s) IS NOT TRUE
                                 AND transaction.operation != 'validation'
                                 AND NOT %(is_captured)s
                                THEN -transaction.amount END),
                       (1, CASE WHEN orders.quoted > 0
                                THEN customer_credit_received(transaction.id)
                                     * orders.quoted / orders.total END)
                   ) share(role, amount)
             WHERE transaction.partner_id = ANY (members)
               AND transaction.state = 'done'
               AND transaction.company_id = p_company
               AND share.amount IS NOT NULL
            """,
            is_back=self._payment_is_back_sql(),
            is_captured=self._is_captured_sql(),
        )

    @api.model
    def _bill_sql(self):
        """A bill that is booked as payment has left the receivable and counts itself
        as long as it can come back (F13)."""
        return SQL(
            """
            SELECT bill.partner_id, 'bill'::varchar, bill.id, 0, bill.number::varchar,
                   bill.amount * customer_credit_rate(
                       p_company, bill.currency_id, p_today),
                   bill.received_on, bill.date_payable
              FROM customer_credit_bill bill
              JOIN account_payment payment ON payment.id = bill.payment_id
              JOIN account_move move ON move.id = payment.move_id
             WHERE bill.partner_id = ANY (p_partners)
               AND bill.company_id = p_company
               AND bill.state != 'settled'
               AND (bill.state NOT IN ('endorsed', 'discounted') OR bill.with_recourse)
               AND move.state = 'posted'
               AND NOT EXISTS (
                   SELECT FROM account_move reversal
                    WHERE reversal.reversed_entry_id = move.id
                      AND reversal.state = 'posted')
            """
        )

    @api.model
    def _item_function_sql(self):
        sources = [
            SQL(
                """
                IF %(guard)s THEN
                    RETURN QUERY %(query)s;
                END IF;
                """,
                guard=guard,
                query=query,
            )
            for guard, query in self._item_sources().values()
        ]
        return SQL(
            """
            CREATE FUNCTION customer_credit_items(
                p_company integer, p_partners integer[], p_today date)
            RETURNS TABLE (
                customer_id integer, source varchar, document_id integer, role integer,
                name varchar, amount numeric, date date, date_due date)
            LANGUAGE plpgsql STABLE
            SET plan_cache_mode = force_generic_plan SET jit = off
            AS $function$
            #variable_conflict use_column
            DECLARE
                company res_company;
                members integer[];
            BEGIN
                SELECT * INTO company FROM res_company WHERE id = p_company;
                members := ARRAY(SELECT id FROM res_partner
                                  WHERE commercial_partner_id = ANY (p_partners));
                %s
            END
            $function$
            """,
            SQL("\n").join(sources),
        )

    @api.model
    def _own_limit_sql(self):
        """The limit of ``account`` on that day, in company currency: an exception holds
        instead of a lower limit, guarantees come on top, the company's cap closes."""
        return SQL(
            """
            LEAST(
                GREATEST(
                    CASE WHEN account.valid_until < p_today THEN 0
                         ELSE account.limit_amount END,
                    CASE WHEN account.exception_until >= p_today
                         THEN account.exception_amount END
                ) * CASE
                    WHEN COALESCE(account.limit_currency_id, company.currency_id)
                         = company.currency_id THEN 1
                    ELSE customer_credit_rate(
                        p_company, account.limit_currency_id, p_today)
                END
                + CASE WHEN account.counted_security_until < p_today THEN 0
                       ELSE COALESCE(account.counted_security, 0) END,
                %s
            )
            """,
            self._cap_sql(),
        )

    @api.model
    def _cap_sql(self):
        return SQL(
            """
            CASE WHEN company.credit_has_cap THEN
                company.credit_cap_amount * customer_credit_rate(
                    p_company,
                    COALESCE(company.credit_cap_currency_id, company.currency_id),
                    p_today) END
            """
        )

    @api.model
    def _refresh_function_sql(self):
        """Judge and store the accounts of customers; those who share a limit with them
        are written along, so that two orders of one group conflict as well.

        The rows are locked in the order of their ids, which keeps two batches from
        waiting for each other; it is the write that lets only one of two through.
        """
        return SQL(
            """
            CREATE FUNCTION customer_credit_refresh(
                p_company integer, p_partners integer[], p_today date, p_now timestamp,
                p_controlled_only boolean)
            RETURNS TABLE (
                id integer, partner_id integer, pool integer, control varchar,
                limit_amount float, valid_until date, exposure float,
                credit_limit float, available float, warning float, status varchar,
                old_status varchar, oldest_due date, frozen boolean)
            LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET jit = off
            AS $function$
            #variable_conflict use_column
            DECLARE
                company res_company;
                digits integer;
                customers integer[];
                groups integer[];
            BEGIN
                SELECT * INTO company FROM res_company WHERE id = p_company;
                SELECT decimal_places INTO digits
                  FROM res_currency WHERE id = company.currency_id;
                groups := ARRAY(
                    SELECT DISTINCT group_id
                      FROM customer_credit_account
                     WHERE company_id = p_company AND group_id IS NOT NULL
                       AND partner_id = ANY (p_partners));
                customers := ARRAY(
                    SELECT partner_id
                      FROM customer_credit_account
                     WHERE company_id = p_company
                       AND (partner_id = ANY (p_partners) OR group_id = ANY (groups))
                       AND (control != 'none' OR NOT p_controlled_only
                            OR group_id IS NOT NULL)
                  ORDER BY id
                       FOR UPDATE);
                IF customers = '{}' THEN
                    RETURN;
                END IF;
                RETURN QUERY
                WITH figure AS (
                    SELECT account.id,
                           ROUND(SUM(item.amount), digits) AS exposure,
                           MIN(late.date_due) AS oldest_due,
                           COALESCE(SUM(item.amount)
                               FILTER (WHERE late.date_due < p_today), 0) AS overdue
                      FROM customer_credit_items(p_company, customers, p_today) item
                      JOIN customer_credit_account account
                        ON account.partner_id = item.customer_id
                       AND account.company_id = p_company
                CROSS JOIN LATERAL (
                           SELECT CASE
                               WHEN item.source = 'receivable' AND item.amount > 0
                               THEN LEAST(item.date_due, CASE
                                   WHEN account.term_days > 0
                                   THEN item.date + account.term_days END)
                           END AS date_due) late
                  GROUP BY account.id
                ), judged AS (
                    SELECT account.id, account.group_id,
                           COALESCE(figure.exposure, 0) AS exposure,
                           figure.oldest_due,
                           COALESCE(figure.overdue, 0) AS overdue,
                           ROUND(%(own_limit)s, digits) AS own_limit,
                           CASE WHEN account.frozen
                               THEN ROUND(COALESCE(account.reduced_amount, 0)
                               * customer_credit_rate(p_company, COALESCE(
                                   account.limit_currency_id, company.currency_id),
                                   p_today), digits) END AS frozen_limit,
                           COALESCE(NULLIF(account.warning_percent, 0),
                                    company.credit_warning_percent) AS warning
                      FROM customer_credit_account account
                 LEFT JOIN figure USING (id)
                     WHERE account.company_id = p_company
                       AND account.partner_id = ANY (customers)
                ), pool AS (
                    SELECT shared.id,
                           SUM(judged.exposure) AS exposure,
                           ROUND(LEAST(
                               CASE WHEN shared.valid_until < p_today THEN 0
                                    ELSE COALESCE(shared.limit_amount, 0) END
                               * customer_credit_rate(p_company, COALESCE(
                                   shared.limit_currency_id, company.currency_id),
                                   p_today),
                               %(cap)s), digits) AS credit_limit
                      FROM judged
                      JOIN customer_credit_group shared ON shared.id = judged.group_id
                  GROUP BY shared.id
                ), stored_group AS (
                    UPDATE customer_credit_group shared
                       SET exposure = pool.exposure,
                           available = pool.credit_limit - pool.exposure,
                           usage = %(pool_usage)s
                      FROM pool
                     WHERE pool.id = shared.id
                ), verdict AS (
                    SELECT judged.*, limits.credit_limit,
                           ROUND(LEAST(COALESCE(
                               pool.credit_limit - pool.exposure,
                               judged.own_limit - judged.exposure),
                               judged.frozen_limit - judged.exposure), digits)
                           AS available
                      FROM judged
                 LEFT JOIN pool ON pool.id = judged.group_id
                CROSS JOIN LATERAL (
                           SELECT LEAST(
                               COALESCE(pool.credit_limit, judged.own_limit),
                               judged.frozen_limit) AS credit_limit) limits
                ), former AS (
                    SELECT id, status
                      FROM customer_credit_account
                     WHERE company_id = p_company AND partner_id = ANY (customers)
                )
                UPDATE customer_credit_account stored
                   SET exposure = verdict.exposure,
                       limit_today = verdict.credit_limit,
                       available = verdict.available,
                       oldest_due = verdict.oldest_due,
                       overdue_amount = verdict.overdue,
                       usage = %(usage)s,
                       status = CASE
                           WHEN stored.control = 'none' THEN 'normal'
                           WHEN stored.control = 'blocked' THEN 'hold'
                           WHEN verdict.available < -ROUND(verdict.credit_limit
                                * company.credit_tolerance_percent::numeric / 100,
                                digits) THEN 'hold'
                           WHEN company.credit_check_overdue AND p_today
                                - verdict.oldest_due > company.credit_grace_days
                                THEN 'hold'
                           WHEN verdict.credit_limit > 0
                                AND (verdict.credit_limit - verdict.available) * 100
                                >= verdict.credit_limit * verdict.warning::numeric
                                THEN 'warning'
                           ELSE 'normal' END,
                       exposure_date = p_now
                  FROM verdict
                  JOIN former USING (id)
                 WHERE stored.id = verdict.id
             RETURNING stored.id, stored.partner_id,
                       COALESCE(-stored.group_id, stored.id), stored.control,
                       stored.limit_amount::float, stored.valid_until,
                       stored.exposure::float, verdict.credit_limit::float,
                       stored.available::float, verdict.warning::float, stored.status,
                       former.status, stored.oldest_due, COALESCE(stored.frozen, FALSE);
            END
            $function$
            """,
            own_limit=self._own_limit_sql(),
            cap=self._cap_sql(),
            usage=self._usage_sql(
                SQL("verdict.credit_limit - verdict.available"),
                SQL("verdict.credit_limit"),
            ),
            pool_usage=self._usage_sql(SQL("pool.exposure"), SQL("pool.credit_limit")),
        )

    @api.model
    def _usage_sql(self, used, limit):
        return SQL(
            """
            CASE WHEN %(limit)s > 0 THEN ROUND((%(used)s) * 100 / %(limit)s, 1)
                 WHEN %(used)s > 0 THEN 100
                 ELSE 0 END
            """,
            used=used,
            limit=limit,
        )

    # ------------------------------------------------------------ asking

    @api.model
    def _get_figures(self, company, partners):
        """Return what makes up the exposure of each customer.

        :param partners: commercial entities
        :return: {partner id: {source: amount, "exposure": amount}}, money in the
            currency of ``company``
        """
        figures = {
            partner_id: {"exposure": 0.0, **dict.fromkeys(self._item_sources(), 0.0)}
            for partner_id in partners.ids
        }
        for customer_id, source, amount in self._query_items(
            company,
            partners,
            SQL("customer_id, source, SUM(amount)::float"),
            SQL("1, 2"),
        ):
            figures[customer_id][source] = amount
            figures[customer_id]["exposure"] += amount
        for figure in figures.values():
            figure["exposure"] = company.currency_id.round(figure["exposure"])
        return figures

    @api.model
    def _query_items(self, company, partners, columns, group_by):
        self._flush_sources()
        return self.env.execute_query(
            SQL(
                "SELECT %s FROM customer_credit_items(%s, %s::integer[], %s) "
                "GROUP BY %s",
                columns,
                company.id,
                partners.ids,
                fields.Date.context_today(self),
                group_by,
            )
        )

    @api.model
    def _get_order_amounts(self, company, orders):
        """Return {order id: what it puts on the limit} in the currency of ``company``:
        what is not invoiced less the money received for it."""
        if not orders:
            return {}
        self._flush_sources()
        rows = self.env.execute_query(
            SQL(
                "SELECT order_id, (uninvoiced - received)::float "
                "FROM customer_credit_orders(%s, %s::integer[], %s)",
                company.id,
                orders.ids,
                fields.Date.context_today(self),
            )
        )
        return dict(rows)

    @api.model
    def _get_source_fields(self):
        """Return {model: fields} that the functions read."""
        return {
            "account.account": ["account_type"],
            "account.payment": ["move_id", "state"],
            "account.move": [
                "commercial_partner_id",
                "company_id",
                "currency_id",
                "date",
                "invoice_date",
                "move_type",
                "name",
                "reversed_entry_id",
                "state",
            ],
            "account.move.line": [
                "account_id",
                "amount_residual",
                "company_id",
                "date",
                "date_maturity",
                "display_type",
                "invoice_date",
                "move_name",
                "parent_state",
                "partner_id",
                "price_total",
                "reconciled",
            ],
            "customer.credit.bill": [
                "account_id",
                "amount",
                "currency_id",
                "date_payable",
                "number",
                "payment_id",
                "received_on",
                "state",
                "with_recourse",
            ],
            "customer.credit.group": [
                "limit_amount",
                "limit_currency_id",
                "valid_until",
            ],
            "payment.transaction": [
                "amount",
                "company_id",
                "currency_id",
                "operation",
                "partner_id",
                "payment_id",
                "reference",
                "sale_order_ids",
                "source_transaction_id",
                "state",
            ],
            "res.company": [
                "credit_cap_amount",
                "credit_cap_currency_id",
                "credit_check_overdue",
                "credit_count_bills",
                "credit_count_drafts",
                "credit_count_orders",
                "credit_grace_days",
                "credit_has_cap",
                "credit_tolerance_percent",
                "credit_warning_percent",
                "currency_id",
            ],
            "res.partner": ["commercial_partner_id"],
            "sale.order": [
                "amount_total",
                "company_id",
                "currency_id",
                "date_order",
                "invoice_status",
                "name",
                "partner_id",
                "partner_invoice_id",
                "state",
            ],
            "sale.order.line": ["invoice_lines", "order_id"],
        }

    @api.model
    def _flush_sources(self):
        for model, field_names in self._get_source_fields().items():
            self.env[model].flush_model(field_names)

    @api.model
    def _refresh(self, company, partner_ids, controlled_only=False):
        """Bring the stored figures of the customers' accounts up to date and return
        them.

        Transactions run on a snapshot (REPEATABLE READ): of two that judge the same
        account at once, the second cannot write the row that the first one wrote,
        fails with 40001 and is repeated by Odoo on the new figures. A lock alone
        would let both through.

        :param partner_ids: ids of commercial entities
        :param controlled_only: leave out customers who are not controlled
        :return: {partner id: CreditRow}
        """
        self._flush_sources()
        self.flush_model(self._get_limit_fields())
        rows = [
            CreditRow(*row)
            for row in self.env.execute_query(
                SQL(
                    "SELECT * FROM customer_credit_refresh("
                    "%s, %s::integer[], %s, %s, %s)",
                    company.id,
                    list(partner_ids),
                    fields.Date.context_today(self),
                    fields.Datetime.now(),
                    controlled_only,
                )
            )
        ]
        self.browse(row.id for row in rows).invalidate_recordset(
            sorted(self._get_figure_fields()), flush=False
        )
        self.env["customer.credit.group"].browse(
            {-row.pool for row in rows if row.pool < 0}
        ).invalidate_recordset(["exposure", "available", "usage"], flush=False)
        changes = {
            row.id: (row.old_status, row.status)
            for row in rows
            if row.old_status and row.old_status != row.status
        }
        if changes:
            self._on_status_changes(changes)
        return {row.partner_id: row for row in rows}

    @api.model
    def _on_status_changes(self, changes):
        """React to {account id: (old, new status)}; extension point."""
