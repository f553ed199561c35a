from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

TRADING_STATES = ("preliminary", "submitted", "formal")


class CustomerGradeScheme(models.Model):
    """The grades of any number of customers in one statement (E2 to E11, M8, M10).

    What counts, without taxes: sales contracts on the day of their signature; confirmed
    orders that are not under a contract with an amount on the day of the order; both
    less what was credited and not delivered again; credit notes that belong to no order
    on their own day. Of a customer that several companies share the sales of all of
    them count, each at the rate of the day of the evaluation.

    As long as the year is not over, the last full year counts beside it: a customer
    rises at once and falls only after a full year.
    """

    _inherit = "customer.grade.scheme"

    def _evaluate(self, company, dossiers, date, run=None, total_profit=None):
        """Propose the grades of ``dossiers`` by the version in force on ``date``.

        One open proposal a customer and scheme: a further evaluation brings it up to
        date and writes nothing where nothing changed. A proposal that is being decided
        on stays as it is.

        :param company: the company that grades; amounts are in its currency
        :param total_profit: what ``_get_total_profit`` returned, if it was asked before
        :return: the ids of the proposals written
        :raise UserError: no version of the rule is in force
        """
        self.ensure_one()
        # sudo: rules and figures of the grading; who may evaluate was checked
        self_sudo = self.sudo()
        rule = self_sudo._get_rule(company, date)
        scope = self_sudo._get_scope(company, date, rule)
        if total_profit is None:
            total_profit = self_sudo._get_total_profit(company, date)
        self_sudo._flush_sources()
        self_sudo._lock_proposals(dossiers)
        query = self_sudo._proposals_sql(scope, dossiers.ids, total_profit)
        ids = self_sudo._store_proposals(query, scope, run)
        evaluations = self_sudo.env["customer.grade.evaluation"]
        evaluations.invalidate_model(flush=False)
        dossiers.invalidate_recordset(["evaluation_ids"], flush=False)
        return ids

    def _get_rule(self, company, date):
        """Return the version in force for ``company`` on ``date``.

        :raise UserError: there is none
        """
        rule = self.env["customer.grade.rule"]._get_in_force(self, company, date)
        if not rule:
            raise UserError(
                self.env._(
                    "No thresholds of %(scheme)s are in force on %(date)s. Submit a "
                    "version under Configuration, Grading.",
                    scheme=self.name,
                    date=format_date(self.env, date),
                )
            )
        return rule

    def _get_scope(self, company, date, rule):
        """Return what is the same for all customers of one evaluation."""
        year = company.compute_fiscalyear_dates(date)
        # nobody is given a grade any more that was archived
        lines = rule.line_ids.filtered("grade_id.active").sorted("sequence")
        count = max([2, *(line.years + 1 for line in lines)])
        return {
            "company": company,
            "date": date,
            "rule": rule,
            "lines": lines,
            "zone": company._get_office_timezone().key,
            "is_complete": year["date_to"] == date,
            "starts": [
                year["date_from"] - relativedelta(years=index) for index in range(count)
            ],
            "digits": company.currency_id.decimal_places,
            "rates": self._get_rates(company, date),
        }

    @api.model
    def _get_rates(self, company, date):
        """Return {id of a currency: what one of it is worth in the currency of
        ``company`` on ``date``} (K17)."""
        currencies = self.env["res.currency"].with_context(active_test=False)
        rates = currencies.search(fields.Domain.TRUE)._get_rates(company, date)
        own = rates[company.currency_id.id]
        return {currency_id: own / rate for currency_id, rate in rates.items()}

    @api.model
    def _flush_sources(self):
        for model in (
            "account.move",
            "account.move.line",
            "crm.lead",
            "customer.contract",
            "customer.dossier",
            "customer.grade.evaluation",
            "customer.grade.evaluation.line",
            "res.partner",
            "sale.order",
            "sale.order.line",
        ):
            self.env[model].flush_model()

    # ------------------------------------------------------------ what was bought

    @api.model
    def _rates_sql(self, scope):
        """Return a table of currencies and what they are worth."""
        rows = SQL(", ").join(
            SQL("(%s, %s::numeric)", currency_id, rate)
            for currency_id, rate in scope["rates"].items()
        )
        return SQL("(VALUES %s) AS rate(currency_id, factor)", rows)

    @api.model
    def _deals_sql(self, scope):
        """Return the common table expressions that end with ``deal``: a row for each
        contract, order and credit note of the customers in ``subject``.

        Arrays let PostgreSQL look order lines up by index: it expects too many of them
        and would read all lines of the database.
        """
        return SQL(
            """
            currency AS (SELECT * FROM %(rates)s),
            contract AS (
                SELECT contract.id, subject.dossier_id, contract.signed_on AS day,
                       COALESCE(contract.amount, 0) * currency.factor AS amount
                  FROM subject
                  JOIN customer_contract contract
                    ON contract.dossier_id = subject.dossier_id
                  JOIN currency ON currency.currency_id = contract.currency_id
                 WHERE contract.contract_type = 'sale'
                   AND contract.state IN ('signed', 'ended')
                   AND contract.signed_on <= %(date)s
            ),
            ordered AS (
                SELECT person.dossier_id, sale_order.id,
                       (sale_order.date_order AT TIME ZONE 'UTC'
                        AT TIME ZONE %(zone)s)::date AS day,
                       sale_order.amount_untaxed AS amount, sale_order.margin,
                       sale_order.currency_id, sale_order.currency_rate,
                       currency.factor / COALESCE(
                           NULLIF(sale_order.currency_rate::numeric, 0), 1) AS factor,
                       payer.id IS NULL AS is_billed_elsewhere
                  FROM person
                  JOIN sale_order
                    ON sale_order.partner_id = person.id
                   AND sale_order.state = 'sale'
             LEFT JOIN person payer
                    ON payer.id = sale_order.partner_invoice_id
                   AND payer.dossier_id = person.dossier_id
                  JOIN res_company company ON company.id = sale_order.company_id
                  JOIN currency ON currency.currency_id = company.currency_id
            ),
            credit_line AS (
                SELECT subject.dossier_id, move.id AS move_id, rel.order_line_id,
                       move.invoice_date AS day, move.reversed_entry_id,
                       line.balance * currency.factor AS amount
                  FROM subject
                  JOIN account_move move
                    ON move.commercial_partner_id = subject.partner_id
                   AND move.move_type = 'out_refund'
                   AND move.state = 'posted'
                   AND move.invoice_date <= %(date)s
                  JOIN res_company company ON company.id = move.company_id
                  JOIN currency ON currency.currency_id = company.currency_id
                  JOIN account_move_line line
                    ON line.move_id = move.id AND line.display_type = 'product'
             LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
            ),
            touched AS (
                SELECT order_line_id FROM credit_line
                 WHERE order_line_id IS NOT NULL
             UNION
                SELECT id FROM sale_order_line
                 WHERE order_id = ANY(ARRAY(
                        SELECT id FROM ordered WHERE is_billed_elsewhere))
            ),
            credited AS (
                SELECT line.order_id,
                       SUM(line.sign * GREATEST(
                           line.sign * invoiced.back - GREATEST(
                               line.sign * (invoiced.out - line.amount), 0),
                           LEAST(line.sign * invoiced.back, 0))) AS amount
                  FROM (SELECT line.id, line.order_id, line.price_subtotal AS amount,
                               CASE WHEN line.price_subtotal < 0 THEN -1 ELSE 1 END
                                   AS sign,
                               ordered.currency_id,
                               ordered.currency_rate
                          FROM sale_order_line line
                          JOIN ordered ON ordered.id = line.order_id
                         WHERE line.id = ANY(ARRAY(
                                SELECT order_line_id FROM touched))) line
            CROSS JOIN LATERAL (
                    SELECT COALESCE(SUM(part.amount) FILTER (
                               WHERE part.is_refund), 0) AS back,
                           COALESCE(SUM(part.amount) FILTER (
                               WHERE NOT part.is_refund), 0) AS out
                      FROM (SELECT move.move_type = 'out_refund' AS is_refund,
                                   share.part * CASE
                                       WHEN move.currency_id = line.currency_id
                                       THEN item.price_subtotal
                                       WHEN move.move_type = 'out_refund'
                                       THEN item.balance * line.currency_rate::numeric
                                       ELSE -item.balance * line.currency_rate::numeric
                                    END AS amount
                              FROM sale_order_line_invoice_rel rel
                              JOIN account_move_line item
                                ON item.id = rel.invoice_line_id
                              JOIN account_move move ON move.id = item.move_id
                        CROSS JOIN LATERAL (
                                SELECT COALESCE(
                                           line.amount
                                           / NULLIF(SUM(other.price_subtotal), 0),
                                           1.0 / COUNT(*)) AS part
                                  FROM sale_order_line_invoice_rel others
                                  JOIN sale_order_line other
                                    ON other.id = others.order_line_id
                                 WHERE others.invoice_line_id = item.id) share
                             WHERE rel.order_line_id = line.id
                               AND move.state = 'posted'
                               AND move.invoice_date <= %(date)s) part
                       ) invoiced
              GROUP BY line.order_id
            ),
            sale AS (
                SELECT ordered.*, COALESCE(credited.amount, 0) AS credited
                  FROM ordered
             LEFT JOIN credited ON credited.order_id = ordered.id
            ),
            called AS (
                SELECT contract.id, SUM(sale.amount * sale.factor) AS amount,
                       SUM(sale.credited * sale.factor) AS credited
                  FROM contract
                  JOIN customer_contract_sale_order_rel rel
                    ON rel.customer_contract_id = contract.id
                  JOIN sale
                    ON sale.id = rel.sale_order_id
                   AND sale.dossier_id = contract.dossier_id
                   AND sale.day <= %(date)s
              GROUP BY contract.id
            ),
            deal(dossier_id, day, amount, profit, is_order, is_deal) AS (
                SELECT contract.dossier_id, contract.day,
                       contract.amount - COALESCE(GREATEST(
                           called.credited
                           - GREATEST(called.amount - contract.amount, 0), 0), 0),
                       0, FALSE, TRUE
                  FROM contract
             LEFT JOIN called ON called.id = contract.id
             UNION ALL
                SELECT dossier_id, day,
                       CASE WHEN NOT EXISTS (
                                SELECT FROM customer_contract_sale_order_rel rel
                                  JOIN contract
                                    ON contract.id = rel.customer_contract_id
                                 WHERE rel.sale_order_id = sale.id
                                   AND contract.dossier_id = sale.dossier_id
                                   AND contract.amount > 0)
                            THEN (amount - credited) * factor ELSE 0 END,
                       COALESCE(margin, 0)::numeric * factor, TRUE, TRUE
                  FROM sale
                 WHERE day <= %(date)s
             UNION ALL
                SELECT dossier_id, day, -amount, 0, FALSE, FALSE
                  FROM credit_line
                 WHERE order_line_id IS NULL
                   AND (reversed_entry_id IS NULL OR EXISTS (
                        SELECT FROM account_move_line item
                          JOIN sale_order_line_invoice_rel rel
                            ON rel.invoice_line_id = item.id
                         WHERE item.move_id = credit_line.reversed_entry_id))
                   AND NOT EXISTS (
                        SELECT FROM account_move undone
                         WHERE undone.reversed_entry_id = credit_line.move_id
                           AND undone.state = 'posted'
                           AND undone.invoice_date <= %(date)s)
            )
            """,
            rates=self._rates_sql(scope),
            date=scope["date"],
            zone=scope["zone"],
        )

    @api.model
    def _figures_sql(self, scope, dossier_ids):
        """Return the common table expressions that end with ``figure``: a row a
        dossier; money in the company's currency."""
        date = scope["date"]
        starts = scope["starts"]
        ends = [date + relativedelta(days=1), *starts]
        years = [
            SQL("day >= %s AND day < %s", start, end)
            for start, end in zip(starts, ends, strict=False)
        ]
        shown = years[:1] if scope["is_complete"] else years[:2]
        recent = SQL("day > %s", date - relativedelta(years=1))
        former = SQL(
            "day > %s AND day <= %s",
            date - relativedelta(years=2),
            date - relativedelta(years=1),
        )
        return SQL(
            """
            subject AS MATERIALIZED (
                SELECT id AS dossier_id, partner_id, company_id, national_rank,
                       potential_amount, potential_currency_id, has_intention,
                       COALESCE(needs, '') <> '' AS has_needs
                  FROM customer_dossier
                 WHERE id = ANY(%(ids)s)
            ),
            person AS MATERIALIZED (
                SELECT partner.id, subject.dossier_id
                  FROM subject
                  JOIN res_partner partner
                    ON partner.commercial_partner_id = subject.partner_id
            ),
            %(deals)s,
            bought AS (
                SELECT dossier_id, %(years)s,
                       COALESCE(MAX(amount) FILTER (
                           WHERE is_deal AND (%(shown)s)), 0)
                           AS single_amount,
                       COALESCE(SUM(amount) FILTER (WHERE %(recent)s), 0)
                           AS recent_amount,
                       COALESCE(SUM(amount) FILTER (WHERE %(former)s), 0)
                           AS former_amount,
                       COALESCE(SUM(profit) FILTER (WHERE %(recent)s), 0)
                           AS profit_amount,
                       COUNT(*) FILTER (WHERE is_order AND %(recent)s) AS order_count,
                       MIN(day) FILTER (WHERE is_deal) AS first_deal_date
                  FROM deal
              GROUP BY dossier_id
            ),
            referral AS (
                SELECT person.dossier_id, COUNT(*) AS referral_count
                  FROM person
                  JOIN customer_dossier other ON other.referrer_id = person.id
            CROSS JOIN LATERAL (
                    (SELECT FROM sale_order
                       JOIN res_partner partner ON partner.id = sale_order.partner_id
                      WHERE partner.commercial_partner_id = other.partner_id
                        AND sale_order.state = 'sale'
                        AND (sale_order.date_order AT TIME ZONE 'UTC'
                             AT TIME ZONE %(zone)s)::date <= %(date)s
                      LIMIT 1)
              UNION ALL
                    (SELECT FROM customer_contract contract
                      WHERE contract.dossier_id = other.id
                        AND contract.contract_type = 'sale'
                        AND contract.state IN ('signed', 'ended')
                        AND contract.signed_on <= %(date)s
                      LIMIT 1)
                      LIMIT 1) first_deal
              GROUP BY person.dossier_id
            ),
            opportunity AS (
                SELECT DISTINCT person.dossier_id
                  FROM person
                  JOIN crm_lead ON crm_lead.partner_id = person.id
                 WHERE crm_lead.type = 'opportunity'
                   AND crm_lead.active
                   AND crm_lead.won_status = 'pending'
            ),
            figure AS (
                SELECT subject.dossier_id, subject.partner_id, subject.company_id,
                       %(rounded)s,
                       bought.first_deal_date,
                       bought.first_deal_date IS NOT NULL AS has_deal,
                       COALESCE(bought.order_count, 0) AS order_count,
                       COALESCE(referral.referral_count, 0) AS referral_count,
                       COALESCE(ROUND(subject.potential_amount
                           * COALESCE(currency.factor, 1), %(digits)s), 0)
                           AS potential_amount,
                       COALESCE(subject.national_rank, 0) AS national_rank,
                       opportunity.dossier_id IS NOT NULL
                           OR COALESCE(subject.has_intention
                               AND (subject.has_needs
                                    OR subject.potential_amount > 0), FALSE)
                           AS has_need
                  FROM subject
             LEFT JOIN bought ON bought.dossier_id = subject.dossier_id
             LEFT JOIN referral ON referral.dossier_id = subject.dossier_id
             LEFT JOIN opportunity ON opportunity.dossier_id = subject.dossier_id
             LEFT JOIN currency
                    ON currency.currency_id = subject.potential_currency_id
            )
            """,
            ids=list(dossier_ids),
            deals=self._deals_sql(scope),
            years=SQL(", ").join(
                SQL(
                    "COALESCE(SUM(amount) FILTER (WHERE %s), 0) AS %s",
                    year,
                    SQL.identifier(f"year_{index}"),
                )
                for index, year in enumerate(years)
            ),
            shown=SQL(" OR ").join(SQL("(%s)", year) for year in shown),
            recent=recent,
            former=former,
            zone=scope["zone"],
            date=date,
            digits=scope["digits"],
            rounded=SQL(", ").join(
                SQL(
                    "COALESCE(ROUND(bought.%(name)s, %(digits)s), 0) AS %(name)s",
                    name=SQL.identifier(name),
                    digits=scope["digits"],
                )
                for name in (
                    *(f"year_{index}" for index in range(len(starts))),
                    "single_amount",
                    "recent_amount",
                    "former_amount",
                    "profit_amount",
                )
            ),
        )

    def _get_total_profit(self, company, date):
        """Return the gross profit of all orders of the 12 months up to ``date``, in the
        currency of ``company``; None if no factor of this scheme asks for it."""
        if "profit_share" not in self.factor_ids.mapped("source"):
            return None
        self.env["sale.order"].flush_model()
        scope = {"rates": self._get_rates(company, date)}
        ((total,),) = self.env.execute_query(
            SQL(
                """
                SELECT SUM(sale_order.margin::numeric * currency.factor / COALESCE(
                           NULLIF(sale_order.currency_rate::numeric, 0), 1))
                  FROM sale_order
                  JOIN res_company company ON company.id = sale_order.company_id
                  JOIN (SELECT * FROM %(rates)s) currency
                    ON currency.currency_id = company.currency_id
                 WHERE sale_order.state = 'sale'
                   AND (sale_order.date_order AT TIME ZONE 'UTC'
                        AT TIME ZONE %(zone)s)::date > %(start)s
                   AND (sale_order.date_order AT TIME ZONE 'UTC'
                        AT TIME ZONE %(zone)s)::date <= %(date)s
                """,
                rates=self._rates_sql(scope),
                zone=company._get_office_timezone().key,
                start=date - relativedelta(years=1),
                date=date,
            )
        )
        return total

    # ------------------------------------------------------------ scores (M8, M10)

    def _score_sql(self, usage, scope, total_profit):
        """Return the score from 0 to 100 of a row of ``figure``: Σ weight × score /
        Σ weight over the factors with a figure, NULL without any."""
        parts = [
            (factor.weight, factor._score_sql(scope, total_profit))
            for factor in self.factor_ids
            if factor.usage == usage and factor.weight
        ]
        if not parts:
            return SQL("NULL::numeric")
        rows = SQL(", ").join(
            SQL("(%s::numeric, (%s)::numeric)", weight, score)
            for weight, score in parts
        )
        return SQL(
            "(SELECT ROUND(SUM(part.weight * part.score) / SUM(part.weight), 2) "
            "FROM (VALUES %s) AS part(weight, score) WHERE part.score IS NOT NULL)",
            rows,
        )

    # ------------------------------------------------------------ criteria (E2, E3)

    @api.model
    def _get_criteria(self, scope, line):
        """Return {code of a criterion: (what the customer has, the threshold, the part
        of it that he reaches, up to 1)} of the criteria of ``line`` that are on, as SQL
        on a row of ``figure`` and an amount in the company's currency (E2)."""
        rate = scope["rates"].get(
            (line.currency_id or scope["company"].currency_id).id, 1.0
        )
        years = [SQL.identifier(f"year_{i}") for i in range(len(scope["starts"]))]
        shown = SQL(", ").join(years[:1] if scope["is_complete"] else years[:2])
        criteria = {}

        def convert(amount):
            # what is less than the smallest unit is still a threshold
            return max(round(amount * rate, scope["digits"]), 10 ** -scope["digits"])

        if line.yearly_amount:
            threshold = convert(line.yearly_amount)
            windows = [years[: line.years]]
            if not scope["is_complete"]:
                windows.append(years[1 : line.years + 1])
            parts = [
                SQL(
                    "(%s) / %s::numeric",
                    SQL(" + ").join(
                        SQL("LEAST(GREATEST(%s, 0) / %s::numeric, 1)", year, threshold)
                        for year in window
                    ),
                    line.years,
                )
                for window in windows
            ]
            criteria["years"] = (
                SQL(
                    "GREATEST(%s)",
                    SQL(", ").join(
                        SQL("LEAST(%s)", SQL(", ").join(w)) for w in windows
                    ),
                ),
                threshold,
                SQL("GREATEST(%s)", SQL(", ").join(parts)),
            )
        amounts = {
            "single": (line.single_amount, SQL("single_amount")),
            "total": (
                line.total_amount,
                SQL("GREATEST(%s, potential_amount)", shown),
            ),
        }
        for code, (amount, value) in amounts.items():
            if amount:
                threshold = convert(amount)
                part = SQL("LEAST(GREATEST(%s, 0) / %s::numeric, 1)", value, threshold)
                criteria[code] = (value, threshold, part)
        if line.max_rank:
            rank = SQL("national_rank")
            criteria["rank"] = (
                rank,
                line.max_rank,
                SQL(
                    "CASE WHEN national_rank > 0 THEN "
                    "LEAST(%s::numeric / national_rank, 1) ELSE 0 END",
                    line.max_rank,
                ),
            )
        return criteria

    @api.model
    def _progress_sql(self, scope, line):
        """Return the part of the thresholds of ``line`` that a row of ``figure``
        reaches, 1 if it has the grade; NULL if no criterion is on."""
        parts = [part for *_x, part in self._get_criteria(scope, line).values()]
        if not parts or line.match not in ("any", "all"):
            return SQL("NULL::numeric")
        function = SQL("GREATEST" if line.match == "any" else "LEAST")
        return SQL("%s(%s)", function, SQL(", ").join(parts))

    # ------------------------------------------------------------ proposals

    def _proposals_sql(self, scope, dossier_ids, total_profit):
        """Return the query of the proposals: all columns of ``figure``, the scores, the
        grade proposed and what is missing to the next one."""
        lines = scope["lines"]
        steps = self._get_steps(lines)
        progress = SQL(", ").join(
            SQL(
                "%s AS %s",
                self._progress_sql(scope, line),
                SQL.identifier(f"progress_{line.id}"),
            )
            for line in lines
        )
        return SQL(
            """
            WITH %(figures)s,
            scored AS MATERIALIZED (
                SELECT figure.*, %(score)s AS score, %(potential)s AS potential_score
                  FROM figure
            ),
            judged AS MATERIALIZED (SELECT scored.*, %(progress)s FROM scored),
            graded AS MATERIALIZED (
                SELECT judged.*, %(grade)s AS proposed_grade_id FROM judged
            )
            SELECT graded.*, (%(next_grade)s)::integer AS upgrade_grade_id,
                   (%(next_percent)s)::numeric AS upgrade_percent
              FROM graded
            """,
            figures=self._figures_sql(scope, dossier_ids),
            score=self._sheet_score_sql(scope, total_profit),
            potential=self._score_sql("potential", scope, total_profit),
            progress=progress or SQL("NULL"),
            grade=self._grade_sql(lines),
            next_grade=self._next_sql(steps, lambda grade, _p: SQL("%s", grade.id)),
            # cut off: what is shown as reached is reached
            next_percent=self._next_sql(
                steps,
                lambda _g, progress: SQL("TRUNC(ROUND(%s * 100, 12), 2)", progress),
            ),
        )

    def _grade_sql(self, lines):
        """Return the grade of a row of ``judged``: the first whose line holds."""
        cases = []
        if self.method == "score":
            cases = [
                SQL(
                    "WHEN has_deal AND score >= %s THEN %s",
                    grade.min_score,
                    grade.id,
                )
                for grade in self._get_scored_grades()
            ]
        else:
            lines_of = {"any", "all", "deal"}
            for line in lines.filtered(lambda line: line.match in lines_of):
                condition = (
                    SQL("has_deal")
                    if line.match == "deal"
                    else SQL("%s >= 1", SQL.identifier(f"progress_{line.id}"))
                )
                cases.append(SQL("WHEN %s THEN %s", condition, line.grade_id.id))
        cases += [
            SQL("WHEN NOT has_deal AND has_need THEN %s", line.grade_id.id)
            for line in lines.filtered(lambda line: line.match == "need")
        ]
        if not cases:
            return SQL("NULL::integer")
        return SQL("CASE %s END", SQL(" ").join(cases))

    def _get_scored_grades(self):
        """Return the grades that follow from the score, the best first."""
        grades = self.grade_ids.filtered(
            lambda grade: grade.active and grade.tier != "0"
        )
        return grades.sorted("min_score", reverse=True)

    def _get_steps(self, lines):
        """Return [(grade, the part of what it takes that a row of ``judged`` reaches)],
        the best first; None for a grade that takes no figure (E11)."""
        if self.method != "score":
            return [
                (
                    line.grade_id,
                    SQL.identifier(f"progress_{line.id}")
                    if line.match in ("any", "all") and self._has_criteria(line)
                    else None,
                )
                for line in lines
            ]
        needs = lines.filtered(lambda line: line.match == "need")
        return [
            (
                grade,
                SQL("LEAST(COALESCE(score, 0) / %s::numeric, 1)", grade.min_score)
                if grade.min_score > 0
                else None,
            )
            for grade in self._get_scored_grades()
        ] + [(line.grade_id, None) for line in needs]

    def _next_sql(self, steps, make):
        """Return what ``make`` makes of the grade with figures next above the one
        proposed and of its progress; NULL for the best grade."""
        cases = []
        above = None
        for grade, progress in steps:
            if above is not None:
                cases.append(
                    SQL("WHEN proposed_grade_id = %s THEN %s", grade.id, above)
                )
            if progress is not None:
                above = make(grade, progress)
        if not cases:
            return SQL("NULL")
        return SQL("CASE %s END", SQL(" ").join(cases))

    @api.model
    def _has_criteria(self, line):
        return bool(
            line.yearly_amount
            or line.single_amount
            or line.total_amount
            or line.max_rank
        )

    def _lock_proposals(self, dossiers):
        """Lock the open proposals of ``dossiers``: where one is confirmed at the same
        moment, the evaluation fails, is repeated by Odoo and then knows that grade."""
        self.env.cr.execute(
            SQL(
                """SELECT FROM customer_grade_evaluation
                    WHERE dossier_id = ANY(%s) AND scheme_id = %s
                      AND state = 'proposed'
                 ORDER BY id FOR NO KEY UPDATE""",
                dossiers.ids,
                self.id,
            )
        )

    def _store_proposals(self, query, scope, run):
        """Insert the rows of ``query`` or bring the open proposals up to date; return
        the ids of what was written."""
        years = SQL(", ").join(
            SQL.identifier(f"year_{index}") for index in range(len(scope["starts"]))
        )
        positions = SQL(", ").join(
            SQL("(%s, %s)", grade.id, index)
            for index, grade in enumerate(
                self.with_context(active_test=False).grade_ids.sorted("sequence")
            )
        )
        columns = {
            "dossier_id": SQL("proposal.dossier_id"),
            "partner_id": SQL("proposal.partner_id"),
            "company_id": SQL("proposal.company_id"),
            "scheme_id": SQL("%s", self.id),
            "rule_id": SQL("%s", scope["rule"].id),
            "run_id": SQL("%s::integer", run.id if run else None),
            "submitted_run_id": SQL("NULL::integer"),
            "date": SQL("%s::date", scope["date"]),
            "date_start": SQL("%s::date", scope["starts"][0]),
            "grading_company_id": SQL("%s", scope["company"].id),
            "currency_id": SQL("%s", scope["company"].currency_id.id),
            "present_grade_id": SQL("present.grade_id"),
            "proposed_grade_id": SQL("proposal.proposed_grade_id"),
            "grade_id": SQL("proposal.proposed_grade_id"),
            "direction": SQL(
                """CASE WHEN proposal.proposed_grade_id IS NULL THEN 'none'
                        WHEN present.grade_id IS NULL THEN 'new'
                        WHEN proposed.position < held.position THEN 'up'
                        WHEN proposed.position > held.position THEN 'down'
                        ELSE 'same' END"""
            ),
            "year_amounts": SQL("jsonb_build_array(%s)", years),
            "year_amount": SQL("proposal.year_0"),
            "has_deal": SQL("proposal.has_deal"),
            "has_need": SQL("proposal.has_need"),
            **{
                name: SQL.identifier("proposal", name)
                for name in (
                    "first_deal_date",
                    "single_amount",
                    "recent_amount",
                    "former_amount",
                    "profit_amount",
                    "order_count",
                    "referral_count",
                    "potential_amount",
                    "national_rank",
                    "potential_score",
                    "upgrade_grade_id",
                )
            },
            "score": SQL("COALESCE(proposal.score, 0)"),
            "has_score": SQL("proposal.score IS NOT NULL"),
            "upgrade_percent": SQL("COALESCE(proposal.upgrade_percent, 0)"),
            "is_upgradeable": SQL(
                "COALESCE(proposal.upgrade_percent, 0) >= %s",
                scope["rule"].upgrade_percent,
            ),
            "state": SQL("'proposed'"),
            "approval_state": SQL("'none'"),
            "create_uid": SQL("%s", self.env.uid),
            "write_uid": SQL("%s", self.env.uid),
            "create_date": SQL("now() at time zone 'UTC'"),
            "write_date": SQL("now() at time zone 'UTC'"),
        }
        fixed = {
            "dossier_id",
            "scheme_id",
            "state",
            "approval_state",
            "create_uid",
            "create_date",
            "grade_id",
        }
        content = [name for name in columns if name not in fixed]
        # another run alone, or being on a list, is no other result
        unlike = {"write_uid", "write_date", "run_id", "submitted_run_id"}
        compared = [name for name in content if name not in unlike]
        # to compile it takes five seconds, to run it half of one
        self.env.cr.execute("SET LOCAL jit = off")
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO customer_grade_evaluation AS held (%(names)s)
                SELECT %(values)s
                  FROM (%(query)s) proposal
             LEFT JOIN customer_grade_evaluation present
                    ON present.dossier_id = proposal.dossier_id
                   AND present.scheme_id = %(scheme)s
                   AND present.state = 'confirmed'
             LEFT JOIN (VALUES %(positions)s) AS proposed(grade_id, position)
                    ON proposed.grade_id = proposal.proposed_grade_id
             LEFT JOIN (VALUES %(positions)s) AS held(grade_id, position)
                    ON held.grade_id = present.grade_id
           ON CONFLICT (dossier_id, scheme_id) WHERE state = 'proposed'
             DO UPDATE SET %(updates)s,
                       grade_id = CASE
                           WHEN held.grade_id IS DISTINCT FROM held.proposed_grade_id
                           THEN held.grade_id ELSE EXCLUDED.grade_id END
                 WHERE held.approval_state <> 'pending'
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
             RETURNING held.id
                """,
                names=SQL(", ").join(SQL.identifier(name) for name in columns),
                values=SQL(", ").join(columns.values()),
                query=query,
                scheme=self.id,
                positions=positions,
                updates=SQL(", ").join(
                    SQL("%(name)s = EXCLUDED.%(name)s", name=SQL.identifier(name))
                    for name in content
                ),
                old=SQL(", ").join(SQL.identifier("held", name) for name in compared),
                new=SQL(", ").join(
                    SQL.identifier("excluded", name) for name in compared
                ),
            )
        )
        return [row[0] for row in rows]
