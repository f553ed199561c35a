"""The SQL that somebody would write to grade all customers of ``generator_grade`` at
once, after the definitions: without ORM, batches, versions of thresholds or proposals.

It knows which thresholds there are, and reads whole tables.
"""

from dateutil.relativedelta import relativedelta
from generator_grade import FIRST, SECOND

from odoo.tools import SQL

# what both calculate, by column of the evaluation
COMPARED = (
    "proposed_grade_id",
    "year_amount",
    "single_amount",
    "recent_amount",
    "former_amount",
    "profit_amount",
    "order_count",
    "referral_count",
    "first_deal_date",
    "has_deal",
    "has_need",
    "potential_amount",
    "national_rank",
    "potential_score",
    "upgrade_grade_id",
    "upgrade_percent",
    "is_upgradeable",
)


def create_plain_grades(env, company, date):
    """Write the grades of all customers into ``plain_grade``, a temporary table without
    index."""
    env.cr.execute(
        SQL("CREATE TEMP TABLE plain_grade AS %s", plain_grades(env, company, date))
    )


def drop_plain_grades(env):
    """Remove the table."""
    env.cr.execute("DROP TABLE plain_grade")


def find_differences(env, scheme):
    """Return (dossier, what we found, what the plain SQL found) where open proposals
    and ``plain_grade`` are not the same, ten at most."""
    ours, plain = (
        SQL("(%s)", SQL(", ").join(SQL.identifier(table, name) for name in COMPARED))
        for table in ("ours", "plain_grade")
    )
    return env.execute_query(
        SQL(
            """
            SELECT COALESCE(ours.dossier_id, plain_grade.dossier_id),
                   ROW%(ours)s::text, ROW%(plain)s::text
              FROM (SELECT * FROM customer_grade_evaluation
                     WHERE scheme_id = %(scheme)s AND state = 'proposed') ours
         FULL JOIN plain_grade ON plain_grade.dossier_id = ours.dossier_id
             WHERE ours.id IS NULL OR plain_grade.dossier_id IS NULL
                OR %(ours)s IS DISTINCT FROM %(plain)s
                OR (ours.year_amounts->>1)::numeric <> plain_grade.year_1
             LIMIT 10
            """,
            ours=ours,
            plain=plain,
            scheme=scheme.id,
        )
    )


def plain_grades(env, company, date):
    """Return the query."""
    scheme = env["customer.grade.scheme"]._get_leading(company)
    first, second, third, potential = scheme.grade_ids.ids
    year = company.compute_fiscalyear_dates(date)
    assert year["date_to"] != date
    start = year["date_from"]
    rule = env["customer.grade.rule"]._get_in_force(scheme, company, date)
    return SQL(
        QUERY,
        date=date,
        year_0=start,
        year_1=start - relativedelta(years=1),
        year_2=start - relativedelta(years=2),
        year_3=start - relativedelta(years=3),
        ago_1=date - relativedelta(years=1),
        ago_2=date - relativedelta(years=2),
        zone=company._get_office_timezone().key,
        company=company.id,
        currency=company.currency_id.id,
        foreign=rule.line_ids.filtered("currency_id").currency_id.id,
        first=first,
        second=second,
        third=third,
        potential=potential,
        percent=rule.upgrade_percent,
        **{
            f"{grade}_{name}": value
            for grade, terms in (("a", FIRST), ("b", SECOND))
            for name, value in terms.items()
        },
        **score(scheme),
    )


def score(scheme):
    """Return the expressions of the upgrade potential: Σ weight × score and Σ weight
    of the figures there are, each scored by the highest band that it reaches."""
    values = {
        "cooperation_years": SQL("cooperation_years"),
        "order_count": SQL("CASE WHEN has_deal THEN order_count END"),
        "growth": SQL("growth"),
        "referrals": SQL("referral_count"),
    }
    points, weights = [], []
    for factor in scheme.factor_ids.filtered(lambda f: f.usage == "potential"):
        value = values[factor.source]
        bands = factor.band_ids.sorted("min_value", reverse=True)
        whens = SQL(" ").join(
            SQL("WHEN %s >= %s THEN %s", value, band.min_value, band.score)
            for band in bands
        )
        weight = SQL("%s::numeric", factor.weight)
        points.append(
            SQL(
                "CASE WHEN %s IS NULL THEN 0 %s ELSE %s END * %s",
                value,
                whens,
                bands[-1].score,
                weight,
            )
        )
        weights.append(SQL("CASE WHEN %s IS NULL THEN 0 ELSE %s END", value, weight))
    return {"points": SQL(" + ").join(points), "weights": SQL(" + ").join(weights)}


QUERY = """
WITH rate AS (
    SELECT currency.id,
           own.rate / COALESCE(current.rate, 1) AS worth
      FROM res_currency currency
 LEFT JOIN LATERAL (
        SELECT rate FROM res_currency_rate
         WHERE currency_id = currency.id AND name <= %(date)s
           AND COALESCE(company_id, %(company)s) = %(company)s
      ORDER BY name DESC LIMIT 1) current ON TRUE
CROSS JOIN (
        SELECT COALESCE((
            SELECT rate FROM res_currency_rate
             WHERE currency_id = %(currency)s AND name <= %(date)s
               AND COALESCE(company_id, %(company)s) = %(company)s
          ORDER BY name DESC LIMIT 1), 1) AS rate) own
),
threshold AS (
    SELECT ROUND(%(b_yearly_amount)s * worth, 2) AS yearly,
           ROUND(%(b_single_amount)s * worth, 2) AS single,
           ROUND(%(b_total_amount)s * worth, 2) AS total
      FROM rate WHERE id = %(foreign)s
),
contract AS (
    SELECT contract.id, contract.partner_id, signed_on AS day,
           contract.amount * rate.worth AS amount
      FROM customer_contract contract JOIN rate ON rate.id = contract.currency_id
     WHERE contract_type = 'sale' AND state IN ('signed', 'ended')
       AND contract.amount > 0 AND signed_on <= %(date)s
),
invoiced AS (
    SELECT line.id, line.order_id, line.price_subtotal,
           SUM(CASE WHEN move.move_type = 'out_refund' THEN part.amount ELSE 0 END)
               AS back,
           SUM(CASE WHEN move.move_type = 'out_invoice' THEN part.amount ELSE 0 END)
               AS out
      FROM sale_order_line_invoice_rel rel
      JOIN account_move_line item ON item.id = rel.invoice_line_id
      JOIN account_move move ON move.id = item.move_id
      JOIN sale_order_line line ON line.id = rel.order_line_id
      JOIN sale_order sale ON sale.id = line.order_id
CROSS JOIN LATERAL (
        SELECT CASE WHEN move.currency_id = sale.currency_id THEN item.price_subtotal
                    ELSE ABS(item.balance) * sale.currency_rate::numeric END AS amount
           ) part
     WHERE move.state = 'posted' AND move.invoice_date <= %(date)s
  GROUP BY line.id
),
credited AS (
    SELECT order_id,
           SUM(GREATEST(0, back - GREATEST(0, out - price_subtotal))) AS amount
      FROM invoiced GROUP BY order_id
),
sale AS (
    SELECT sale.id, partner.commercial_partner_id AS partner_id,
           (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day,
           sale.amount_untaxed * factor AS amount,
           COALESCE(credited.amount, 0) * factor AS credited,
           sale.margin::numeric * factor AS profit
      FROM sale_order sale
      JOIN res_partner partner ON partner.id = sale.partner_id
      JOIN res_company company ON company.id = sale.company_id
      JOIN rate ON rate.id = company.currency_id
CROSS JOIN LATERAL (SELECT rate.worth / sale.currency_rate::numeric AS factor) own
 LEFT JOIN credited ON credited.order_id = sale.id
     WHERE sale.state = 'sale'
),
called AS (
    SELECT contract.id AS contract_id, sale.id AS order_id, sale.amount, sale.credited
      FROM contract
      JOIN customer_contract_sale_order_rel rel
        ON rel.customer_contract_id = contract.id
      JOIN sale ON sale.id = rel.sale_order_id AND sale.day <= %(date)s
),
by_contract AS (
    SELECT contract_id, SUM(amount) AS amount, SUM(credited) AS credited
      FROM called GROUP BY contract_id
),
free_refund AS (
    SELECT move.commercial_partner_id AS partner_id, move.invoice_date AS day,
           SUM(item.balance) * -rate.worth AS amount
      FROM account_move move
      JOIN account_move_line item
        ON item.move_id = move.id AND item.display_type = 'product'
      JOIN res_company company ON company.id = move.company_id
      JOIN rate ON rate.id = company.currency_id
     WHERE move.move_type = 'out_refund' AND move.state = 'posted'
       AND move.invoice_date <= %(date)s AND move.reversed_entry_id IS NULL
       AND NOT EXISTS (SELECT FROM sale_order_line_invoice_rel
                        WHERE invoice_line_id = item.id)
  GROUP BY move.id, rate.worth
),
deal AS (
    SELECT partner_id, day,
           contract.amount - COALESCE(GREATEST(0, by_contract.credited
               - GREATEST(0, by_contract.amount - contract.amount)), 0) AS amount,
           NULL::numeric AS profit, day AS deal_day
      FROM contract LEFT JOIN by_contract ON by_contract.contract_id = contract.id
 UNION ALL
    SELECT partner_id, day,
           CASE WHEN called.order_id IS NULL THEN sale.amount - sale.credited
                ELSE 0 END,
           profit, day
      FROM sale
 LEFT JOIN (SELECT DISTINCT order_id FROM called) called ON called.order_id = sale.id
     WHERE day <= %(date)s
 UNION ALL
    SELECT partner_id, day, amount, NULL, NULL FROM free_refund
),
bought AS (
    SELECT partner_id,
           SUM(CASE WHEN day >= %(year_0)s THEN amount ELSE 0 END) AS y0,
           SUM(CASE WHEN day >= %(year_1)s AND day < %(year_0)s THEN amount ELSE 0 END)
               AS y1,
           SUM(CASE WHEN day >= %(year_2)s AND day < %(year_1)s THEN amount ELSE 0 END)
               AS y2,
           SUM(CASE WHEN day >= %(year_3)s AND day < %(year_2)s THEN amount ELSE 0 END)
               AS y3,
           MAX(CASE WHEN deal_day >= %(year_1)s THEN amount END) AS single,
           SUM(CASE WHEN day > %(ago_1)s THEN amount ELSE 0 END) AS recent,
           SUM(CASE WHEN day > %(ago_2)s AND day <= %(ago_1)s THEN amount ELSE 0 END)
               AS former,
           SUM(CASE WHEN day > %(ago_1)s THEN profit ELSE 0 END) AS profit,
           COUNT(CASE WHEN day > %(ago_1)s THEN profit END) AS order_count,
           MIN(deal_day) AS first_deal_date
      FROM deal GROUP BY partner_id
),
referral AS (
    SELECT referrer_id, COUNT(*) AS referral_count
      FROM customer_dossier JOIN bought USING (partner_id)
     WHERE first_deal_date IS NOT NULL
  GROUP BY referrer_id
),
opportunity AS (
    SELECT DISTINCT partner.commercial_partner_id AS partner_id
      FROM crm_lead lead JOIN res_partner partner ON partner.id = lead.partner_id
     WHERE lead.type = 'opportunity' AND lead.active AND lead.won_status = 'pending'
),
figure AS (
    SELECT dossier.id AS dossier_id,
           ROUND(COALESCE(y0, 0), 2) AS year_amount,
           ROUND(COALESCE(y1, 0), 2) AS year_1,
           ROUND(COALESCE(y2, 0), 2) AS year_2,
           ROUND(COALESCE(y3, 0), 2) AS year_3,
           ROUND(COALESCE(single, 0), 2) AS single_amount,
           ROUND(COALESCE(recent, 0), 2) AS recent_amount,
           ROUND(COALESCE(former, 0), 2) AS former_amount,
           ROUND(COALESCE(profit, 0), 2) AS profit_amount,
           COALESCE(order_count, 0) AS order_count,
           COALESCE(referral_count, 0) AS referral_count,
           first_deal_date,
           first_deal_date IS NOT NULL AS has_deal,
           opportunity.partner_id IS NOT NULL OR (
               has_intention AND (COALESCE(needs, '') <> '' OR potential_amount > 0)
           ) AS has_need,
           ROUND(COALESCE(potential_amount * COALESCE(worth, 1), 0), 2)
               AS potential_amount,
           COALESCE(national_rank, 0) AS national_rank,
           ROUND((%(date)s::date - first_deal_date) / 365.25, 2) AS cooperation_years,
           CASE WHEN ROUND(former, 2) > 0
                THEN ROUND((ROUND(recent, 2) / ROUND(former, 2) - 1) * 100, 2)
            END AS growth
      FROM customer_dossier dossier
 LEFT JOIN bought USING (partner_id)
 LEFT JOIN referral ON referral.referrer_id = dossier.partner_id
 LEFT JOIN opportunity USING (partner_id)
 LEFT JOIN rate ON rate.id = dossier.potential_currency_id
     WHERE dossier.state IN ('preliminary', 'submitted', 'formal')
),
judged AS (
    SELECT figure.*,
           GREATEST(year_amount, year_1, potential_amount) AS best,
           GREATEST(
               (LEAST(GREATEST(year_amount, 0) / %(a_yearly_amount)s, 1)
                + LEAST(GREATEST(year_1, 0) / %(a_yearly_amount)s, 1)
                + LEAST(GREATEST(year_2, 0) / %(a_yearly_amount)s, 1)) / 3,
               (LEAST(GREATEST(year_1, 0) / %(a_yearly_amount)s, 1)
                + LEAST(GREATEST(year_2, 0) / %(a_yearly_amount)s, 1)
                + LEAST(GREATEST(year_3, 0) / %(a_yearly_amount)s, 1)) / 3,
               LEAST(single_amount / %(a_single_amount)s, 1),
               LEAST(GREATEST(year_amount, year_1, potential_amount)
                   / %(a_total_amount)s, 1),
               CASE WHEN national_rank > 0
                    THEN LEAST(%(a_max_rank)s::numeric / national_rank, 1) END, 0)
               AS part_a,
           GREATEST(
               (LEAST(GREATEST(year_amount, 0) / threshold.yearly, 1)
                + LEAST(GREATEST(year_1, 0) / threshold.yearly, 1)) / 2,
               (LEAST(GREATEST(year_1, 0) / threshold.yearly, 1)
                + LEAST(GREATEST(year_2, 0) / threshold.yearly, 1)) / 2,
               LEAST(single_amount / threshold.single, 1),
               LEAST(GREATEST(year_amount, year_1, potential_amount)
                   / threshold.total, 1), 0) AS part_b,
           threshold.yearly, threshold.single, threshold.total
      FROM figure CROSS JOIN threshold
),
graded AS (
    SELECT judged.*,
           CASE WHEN LEAST(year_amount, year_1, year_2) >= %(a_yearly_amount)s
                  OR LEAST(year_1, year_2, year_3) >= %(a_yearly_amount)s
                  OR single_amount >= %(a_single_amount)s
                  OR best >= %(a_total_amount)s
                  OR national_rank BETWEEN 1 AND %(a_max_rank)s THEN %(first)s
                WHEN LEAST(year_amount, year_1) >= yearly
                  OR LEAST(year_1, year_2) >= yearly
                  OR single_amount >= single
                  OR best >= total THEN %(second)s
                WHEN has_deal THEN %(third)s
                WHEN has_need THEN %(potential)s
            END AS proposed_grade_id,
           ROUND((%(points)s) / NULLIF(%(weights)s, 0), 2) AS potential_score
      FROM judged
)
SELECT graded.*,
       CASE proposed_grade_id WHEN %(second)s THEN %(first)s
            WHEN %(third)s THEN %(second)s WHEN %(potential)s THEN %(second)s
        END AS upgrade_grade_id,
       CASE proposed_grade_id WHEN %(second)s THEN TRUNC(ROUND(part_a * 100, 6), 2)
            WHEN %(third)s THEN TRUNC(ROUND(part_b * 100, 6), 2)
            WHEN %(potential)s THEN TRUNC(ROUND(part_b * 100, 6), 2) ELSE 0
        END AS upgrade_percent,
       CASE proposed_grade_id WHEN %(second)s THEN TRUNC(ROUND(part_a * 100, 6), 2)
            WHEN %(third)s THEN TRUNC(ROUND(part_b * 100, 6), 2)
            WHEN %(potential)s THEN TRUNC(ROUND(part_b * 100, 6), 2) ELSE 0
        END >= %(percent)s AS is_upgradeable
  FROM graded
"""
