"""Measures the hold on orders beside stock Odoo and beside OCA's sale_financial_risk.

The data are generated once, in a database of Odoo alone. It is copied, and in each copy
the addons are installed as a user would, which is measured like everything else.
"""

import time
from types import SimpleNamespace

from generator import SECOND_COMPANY, Generator
from measure import Budget, Comparison, Sample, Side, say, user_id

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service.db import exp_duplicate_database
from odoo.tools import SQL

BATCH = 100
STOCK, OURS, OCA = "Odoo alone", "ours", "OCA"
ARCHIVE, CREDIT = "customer_archive", "customer_credit"
OCA_ADDON = "sale_financial_risk"
OCA_INCLUDES = (
    "risk_sale_order_include",
    "risk_invoice_draft_include",
    "risk_invoice_open_include",
    "risk_invoice_unpaid_include",
    "risk_account_amount_include",
    "risk_account_amount_unpaid_include",
)
# more statements that an installation may take on a full database: none of them for a
# line, but the archive prepares keys of the customers in chunks
INSTALL_QUERIES = {ARCHIVE: 1000, CREDIT: 50}


def measure_credit(database, sizes, fill, options):
    """Install in copies of ``database`` and measure in all of them."""
    empty = {name: install_copy(database, "empty", name) for name in (OURS, OCA)}
    started = time.monotonic()
    stock = Registry(database)
    fill(stock, sizes)
    full = {name: install_copy(database, "full", name) for name in (OURS, OCA)}
    ours, oca = full[OURS].registry, full[OCA].registry
    comparisons = compare_installs(stock, empty, full)
    comparisons.append(prepare_ours(ours, sizes))
    prepare_oca(oca)
    check_exposures(ours, sizes)
    comparisons += measure_orders(stock, ours, oca, options)
    comparisons += measure_exposures(ours, oca, sizes, options)
    say(f"measured credit in {time.monotonic() - started:.0f} s")
    return comparisons


def environment(registry, cr):
    """Return the environment of the system in the first company."""
    env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US", "tz": "UTC"})
    company = env["res.company"].search([], order="id", limit=1)
    return env(context={**env.context, "allowed_company_ids": company.ids})


# ---------------------------------------------------------------------------
# Installation
# ---------------------------------------------------------------------------


def install_copy(database, state, name):
    """Copy a database and install there; return its registry and {addon: Sample}."""
    copy = f"{database}_{state}_{name.lower()}"
    exp_duplicate_database(database, copy)
    samples = {}
    for addon in (ARCHIVE, CREDIT) if name == OURS else (OCA_ADDON,):
        queries, started = sql_db.sql_counter, time.perf_counter()
        registry = Registry.new(copy, update_module=True, install_modules=[addon])
        seconds = time.perf_counter() - started
        samples[addon] = Sample(seconds, seconds, sql_db.sql_counter - queries)
        say(f"{copy}: {addon} installed in {seconds:.0f} s")
    if state == "empty":
        sql_db.close_db(copy)
        Registry.delete(copy)
    return SimpleNamespace(registry=registry, samples=samples)


def compare_installs(stock, empty, full):
    """Set each installation on the full database beside that on an empty one."""
    with stock.cursor() as cr:
        lines = environment(stock, cr)["sale.order.line"].search_count([])

    def side(name, where, addon):
        return Side(name, samples=[where.samples[addon]])

    return [
        Comparison(
            f"install {addon} on {lines} order lines",
            Budget(extra_queries=INSTALL_QUERIES.get(addon)),
            side(owner, full[owner], addon),
            side("an empty database", empty[owner], addon),
        )
        for owner, addon in ((OURS, ARCHIVE), (OURS, CREDIT), (OCA, OCA_ADDON))
    ]


def prepare_ours(registry, sizes):
    """Open dossiers; give the customers credit accounts, which is measured."""
    with registry.cursor() as cr:
        env = environment(registry, cr)
        generator = Generator(env, sizes)
        generator.resume()
        cr.commit()
        queries, started = cr.sql_log_count, time.perf_counter()
        count = generator.credit_accounts()
        env.flush_all()
        seconds = time.perf_counter() - started
        sample = Sample(seconds, seconds, cr.sql_log_count - queries)
        env.company.credit_default_control = "limited"
        generator.bills()
        cr.commit()
        cr.execute("ANALYZE")
    title = f"take over the limits of {count} customers and judge them"
    return Comparison(title, Budget(), Side(OURS, samples=[sample]))


def prepare_oca(registry):
    """Let everything count that OCA's addons can count, as their users would; the
    limits are Odoo's own."""
    with registry.cursor() as cr:
        env = environment(registry, cr)
        columns = SQL(", ").join(
            SQL("%s = TRUE", SQL.identifier(name)) for name in OCA_INCLUDES
        )
        env.cr.execute(SQL("UPDATE res_partner SET %s", columns))
        group = env.ref("account_financial_risk.group_account_financial_risk_user")
        env["res.users"].search([("login", "=like", "bench_%")]).group_ids += group
        cr.commit()
        cr.execute("ANALYZE")


# ---------------------------------------------------------------------------
# Orders
# ---------------------------------------------------------------------------


def quotation_ids(registry):
    """Return the generated quotations, one for each customer."""
    domain = [
        ("state", "=", "draft"),
        ("user_id.login", "=", "bench_0"),
        ("transaction_ids", "=", False),
    ]
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["sale.order"].search(domain, order="id").ids[1:]


def measure_orders(stock, ours, oca, options):
    """Confirm one order, many at once, many one after the other; raise one; list."""
    ids = {db.db_name: quotation_ids(db) for db in (stock, ours, oca)}
    batch = min(BATCH, len(ids[ours.db_name]))

    def order_of(env, number):
        order_ids = ids[env.cr.dbname]
        return env["sale.order"].browse(order_ids[number % len(order_ids)])

    def confirm(orders):
        orders.action_confirm()
        if any(order.state != "sale" for order in orders):
            raise SystemExit(f"{orders.env.cr.dbname}: an order was not confirmed")

    def confirm_one(env, number):
        order = order_of(env, number)
        return lambda: confirm(order)

    def confirm_batch(env, _number):
        orders = env["sale.order"].browse(ids[env.cr.dbname][:batch])
        return lambda: confirm(orders)

    def confirm_one_by_one(env, _number):
        def call():
            for order in env["sale.order"].browse(ids[env.cr.dbname][:batch]):
                confirm(order)
                env.cr.flush()

        return call

    def raise_one(env, number):
        order = order_of(env, number)
        confirm(order)
        line = order.order_line[0]
        return lambda: line.write({"product_uom_qty": line.product_uom_qty + 1})

    def read_list(env, _number):
        names = ["name", "partner_id", "date_order", "amount_total", "state", "user_id"]
        if env.registry is ours:
            names.append("credit_light")
        specification = {name: {} for name in names}
        return lambda: env["sale.order"].web_search_read([], specification, limit=80)

    def comparison(title, budget, prepare, rounds):
        base, own, peer = (
            Side(name, registry, user_id(registry, "bench_0"), prepare)
            for name, registry in ((STOCK, stock), (OURS, ours), (OCA, oca))
        )
        return Comparison(title, budget, own, base, peer).measure(rounds)

    rounds = options.rounds
    return [
        comparison(
            "confirm one order",
            Budget(ratio=1.15, extra_queries=3),
            confirm_one,
            rounds * 4,
        ),
        comparison(
            f"confirm {batch} in one recordset",
            Budget(ratio=1.1, extra_queries=5),
            confirm_batch,
            rounds,
        ),
        comparison(
            f"confirm {batch} one by one",
            Budget(ratio=1.5),
            confirm_one_by_one,
            max(rounds // 2, 3),
        ),
        comparison("raise one confirmed order", Budget(), raise_one, rounds * 2),
        comparison(
            "order list of 80 with the traffic light", Budget(), read_list, rounds * 2
        ),
    ]


# ---------------------------------------------------------------------------
# Exposure
# ---------------------------------------------------------------------------

# Written from the meaning (M24) and not from the addon's functions: every contact of a
# customer counts for him, each document once, money of another currency at the last
# rate of the company.
PLAIN_EXPOSURE = """
    WITH worth AS (
        SELECT DISTINCT ON (currency_id) currency_id, 1 / rate AS rate
          FROM res_currency_rate
         WHERE company_id = %(company)s AND name <= %(today)s
      ORDER BY currency_id, name DESC
    ), member AS (
        SELECT id, commercial_partner_id AS customer_id
          FROM res_partner
         WHERE commercial_partner_id = ANY (%(customers)s)
    ), posted AS (
        SELECT member.customer_id, line.amount_residual AS amount
          FROM member
          JOIN account_move_line line ON line.partner_id = member.id
          JOIN account_account account ON account.id = line.account_id
         WHERE account.account_type = 'asset_receivable'
           AND line.parent_state = 'posted'
           AND NOT line.reconciled
           AND line.company_id = %(company)s
    ), draft AS (
        SELECT member.customer_id, line.price_total * COALESCE(worth.rate, 1) AS amount
          FROM member
          JOIN account_move move ON move.partner_id = member.id
          JOIN account_move_line line ON line.move_id = move.id
     LEFT JOIN worth ON worth.currency_id = move.currency_id
         WHERE move.state = 'draft'
           AND move.move_type IN ('out_invoice', 'out_receipt')
           AND move.company_id = %(company)s
           AND line.display_type = 'product'
           AND NOT EXISTS (
               SELECT FROM sale_order_line_invoice_rel rel
                 JOIN sale_order_line source ON source.id = rel.order_line_id
                 JOIN sale_order ON sale_order.id = source.order_id
                WHERE rel.invoice_line_id = line.id
                  AND sale_order.state = 'sale'
                  AND sale_order.invoice_status != 'invoiced')
    ), open_order AS (
        SELECT invoiced.customer_id AS invoiced_id, ordering.customer_id AS ordering_id,
               (sale_order.amount_total - COALESCE((
                   SELECT SUM(CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                              * line.price_total)
                     FROM sale_order_line
                     JOIN sale_order_line_invoice_rel rel
                       ON rel.order_line_id = sale_order_line.id
                     JOIN account_move_line line ON line.id = rel.invoice_line_id
                     JOIN account_move move ON move.id = line.move_id
                    WHERE sale_order_line.order_id = sale_order.id
                      AND move.state = 'posted'), 0)
               ) * COALESCE(worth.rate, 1) AS amount
          FROM sale_order
     LEFT JOIN member invoiced ON invoiced.id = sale_order.partner_invoice_id
     LEFT JOIN member ordering ON ordering.id = sale_order.partner_id
     LEFT JOIN worth ON worth.currency_id = sale_order.currency_id
         WHERE (sale_order.partner_invoice_id IN (SELECT id FROM member)
                OR sale_order.partner_id IN (SELECT id FROM member))
           AND sale_order.state = 'sale'
           AND sale_order.invoice_status != 'invoiced'
           AND sale_order.company_id = %(company)s
    ), paid AS (
        SELECT member.customer_id,
               transaction.amount * COALESCE(worth.rate, 1) AS amount
          FROM member
          JOIN payment_transaction transaction ON transaction.partner_id = member.id
     LEFT JOIN worth ON worth.currency_id = transaction.currency_id
         WHERE transaction.state = 'done'
           AND transaction.payment_id IS NULL
           AND transaction.company_id = %(company)s
           AND NOT EXISTS (
               SELECT FROM sale_order_transaction_rel rel
                 JOIN sale_order ON sale_order.id = rel.sale_order_id
                WHERE rel.transaction_id = transaction.id
                  AND sale_order.state = 'draft')
    ), bill AS (
        SELECT bill.partner_id, bill.amount * COALESCE(worth.rate, 1)
          FROM customer_credit_bill bill
          JOIN account_payment payment ON payment.id = bill.payment_id
          JOIN account_move move ON move.id = payment.move_id
     LEFT JOIN worth ON worth.currency_id = bill.currency_id
         WHERE bill.partner_id = ANY (%(customers)s)
           AND bill.company_id = %(company)s
           AND move.state = 'posted'
           AND (bill.state IN ('held', 'delayed', 'dishonoured')
                OR bill.state IN ('endorsed', 'discounted') AND bill.with_recourse)
    )
    SELECT customer.id, ROUND(COALESCE(SUM(part.amount), 0), 2)::float
      FROM unnest(%(customers)s) AS customer(id)
 LEFT JOIN (
           SELECT * FROM posted
            UNION ALL SELECT * FROM draft
            UNION ALL SELECT invoiced_id, amount FROM open_order
            UNION ALL SELECT ordering_id, amount FROM open_order
                       WHERE ordering_id IS DISTINCT FROM invoiced_id
            UNION ALL SELECT customer_id, -amount FROM paid
            UNION ALL SELECT * FROM bill
           ) part(customer_id, amount) ON part.customer_id = customer.id
  GROUP BY customer.id
"""


def plain_exposure_sql(env, company, partner_ids):
    """Return the least that gives the same figures for the generated data."""
    return SQL(
        PLAIN_EXPOSURE,
        company=company.id,
        customers=partner_ids,
        today=env.cr.now().date(),
    )


def mixed_customers(env, sizes, count):
    """Return ids of customers with as much as possible that makes up an exposure."""
    first = env["res.partner"].search([("name", "=", "Customer 1")], order="id").id
    start = first + sizes.quotations if sizes.mixed else first
    return list(range(start, start + min(count, sizes.mixed or sizes.trading)))


def check_exposures(registry, sizes):
    """Refuse to measure figures that are not right: live ones and stored ones of each
    mixed customer in each company, to the cent."""
    with registry.cursor() as cr:
        env = environment(registry, cr)
        partner_ids = mixed_customers(env, sizes, sizes.trading)
        accounts = env["customer.credit.account"]
        total = 0
        for company in env["res.company"].search(
            ["|", ("name", "=", SECOND_COMPANY), ("id", "=", env.company.id)]
        ):
            plain = dict(
                env.execute_query(plain_exposure_sql(env, company, partner_ids))
            )
            figures = accounts._get_figures(
                company, env["res.partner"].browse(partner_ids)
            )
            stored = {
                account.partner_id.id: account.exposure
                for account in accounts.search([("company_id", "=", company.id)])
            }
            for partner_id in partner_ids:
                expected = plain[partner_id]
                found = figures[partner_id]["exposure"], stored[partner_id]
                if any(company.currency_id.compare_amounts(expected, f) for f in found):
                    raise SystemExit(
                        f"customer {partner_id} owes {company.name} {expected}, "
                        f"computed and stored: {found} {figures[partner_id]}"
                    )
            total += len(partner_ids)
            say(
                f"{company.name}: exposures of {len(partner_ids)} customers are equal "
                f"to the cent to plain SQL, {sum(plain.values()):,.2f} "
                f"{company.currency_id.name} in all, "
                f"{len(set(plain.values()))} different amounts"
            )


def measure_exposures(ours, oca, sizes, options):
    """1,000 exposures beside the least SQL that gives the same; the stored verdict."""
    with ours.cursor() as cr:
        env = environment(ours, cr)
        partner_ids = mixed_customers(env, sizes, options.exposures)
        accounts = env["customer.credit.account"].search_count([])

    def plain(env, _number):
        return lambda: env.execute_query(
            plain_exposure_sql(env, env.company, partner_ids)
        )

    def figures(env, _number):
        accounts = env["customer.credit.account"]
        partners = env["res.partner"].browse(partner_ids)
        return lambda: accounts._get_figures(env.company, partners)

    def refresh(env, _number):
        accounts = env["customer.credit.account"]
        return lambda: accounts._refresh(env.company, partner_ids)

    def oca_totals(env, _number):
        partners = env["res.partner"].browse(partner_ids)
        return lambda: partners.mapped("risk_total")

    def over_limit(env, _number):
        accounts = env["customer.credit.account"]
        return lambda: accounts.search([("status", "=", "hold")]).ids

    def oca_over_limit(env, _number):
        partners = env["res.partner"]
        return lambda: partners.search([("risk_exception", "=", True)]).ids

    count = len(partner_ids)
    superuser = SUPERUSER_ID
    return [
        Comparison(
            f"{count} exposures",
            Budget(ratio=3, queries=5),
            Side(OURS, ours, superuser, figures),
            Side("plain SQL", ours, superuser, plain),
            Side(OCA, oca, superuser, oca_totals, most=3),
        ).measure(options.rounds),
        Comparison(
            f"judge and store {count} exposures",
            Budget(),
            Side(OURS, ours, superuser, refresh),
            Side("plain SQL, reading only", ours, superuser, plain),
        ).measure(options.rounds),
        *(
            Comparison(
                f"search over the limit among {accounts}, {who}",
                Budget(seconds=0.1),
                Side(OURS, ours, user_id(ours, login), over_limit),
                peer=Side(OCA, oca, superuser, oca_over_limit, most=1)
                if who == "finance"
                else None,
            ).measure(options.rounds * 2)
            for who, login in (("finance", "bench_finance"), ("a rep", "bench_0"))
        ),
    ]
