"""Measures what the addons cost beside Odoo alone, and prints it against the budgets.

Databases with Odoo's own modules, with our addons as well, and with the archive alone
get the same generated data; all are served by this process, and every step is taken in
the one and in the other by turns. ``scripts/bench`` makes the databases and calls this.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

from bench_dossier import measure_archive, measure_dossiers
from bench_secrecy import measure_secrecy
from generator import Generator, Sizes
from measure import Budget, Comparison, Side, markdown_table, say, user_id

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL

BATCH = 100
SECTIONS = ("orders", "archive", "exposures", "dossiers", "secrecy")


# ---------------------------------------------------------------------------
# The hold on orders beside stock Odoo
# ---------------------------------------------------------------------------


def quotation_ids(registry):
    """Return the generated quotations, one for each customer."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["sale.order"].search([("state", "=", "draft")], order="id").ids[1:]


def measure_orders(stock, ours, options):
    """Confirm one order, many at once, many one after the other; lower one; list."""
    ids = {db.db_name: quotation_ids(db) for db in (stock, ours)}
    batch = min(BATCH, len(ids[ours.db_name]))

    def confirm_one(env, number):
        order_ids = ids[env.cr.dbname]
        order = env["sale.order"].browse(order_ids[number % len(order_ids)])
        return order.action_confirm

    def confirm_batch(env, _number):
        return env["sale.order"].browse(ids[env.cr.dbname][:batch]).action_confirm

    def confirm_one_by_one(env, _number):
        def call():
            for order in env["sale.order"].browse(ids[env.cr.dbname][:batch]):
                order.action_confirm()
                env.cr.flush()

        return call

    def raise_one(env, number):
        order_ids = ids[env.cr.dbname]
        order = env["sale.order"].browse(order_ids[number % len(order_ids)])
        order.action_confirm()
        line = order.order_line[0]
        return lambda: line.write({"product_uom_qty": line.product_uom_qty + 1})

    def read_list(env, _number):
        names = ["name", "partner_id", "date_order", "amount_total", "state", "user_id"]
        if env.registry is ours:
            names.append("credit_light")
        specification = {name: {} for name in names}
        return lambda: env["sale.order"].web_search_read([], specification, limit=80)

    def comparison(title, budget, prepare, rounds):
        sides = [
            Side(name, registry, user_id(registry, "bench_0"), prepare)
            for name, registry in (("Odoo alone", stock), ("ours", ours))
        ]
        return Comparison(title, budget, sides[1], sides[0]).measure(rounds)

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

PLAIN_EXPOSURE = """
    SELECT customer.id, ROUND(
        COALESCE((
            SELECT SUM(line.amount_residual)
              FROM res_partner member
              JOIN account_move_line line ON line.partner_id = member.id
              JOIN account_account account ON account.id = line.account_id
             WHERE member.commercial_partner_id = customer.id
               AND account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND line.company_id = %(company)s), 0)
      + COALESCE((
            SELECT SUM(line.price_total)
              FROM res_partner member
              JOIN account_move move ON move.partner_id = member.id
              JOIN account_move_line line ON line.move_id = move.id
             WHERE member.commercial_partner_id = customer.id
               AND move.state = 'draft'
               AND move.move_type IN ('out_invoice', 'out_receipt')
               AND move.company_id = %(company)s
               AND line.display_type = 'product'
               AND NOT EXISTS (
                   SELECT FROM sale_order_line_invoice_rel rel
                     JOIN sale_order_line source ON source.id = rel.order_line_id
                     JOIN sale_order ON sale_order.id = source.order_id
                    WHERE rel.invoice_line_id = line.id
                      AND sale_order.state = 'sale'
                      AND sale_order.invoice_status != 'invoiced')), 0)
      + COALESCE((
            SELECT SUM((sale_order.amount_total - COALESCE((
                       SELECT SUM(line.price_total)
                         FROM sale_order_line
                         JOIN sale_order_line_invoice_rel rel
                           ON rel.order_line_id = sale_order_line.id
                         JOIN account_move_line line ON line.id = rel.invoice_line_id
                        WHERE sale_order_line.order_id = sale_order.id
                          AND line.parent_state = 'posted'), 0))
                       / CASE sale_order.currency_id WHEN %(own)s THEN 1 ELSE (
                              SELECT rate FROM res_currency_rate
                               WHERE currency_id = sale_order.currency_id
                            ORDER BY name DESC LIMIT 1) END)
              FROM sale_order
             WHERE sale_order.partner_invoice_id = customer.id
               AND sale_order.state = 'sale'
               AND sale_order.invoice_status != 'invoiced'
               AND sale_order.company_id = %(company)s), 0)
      - COALESCE((
            SELECT SUM(transaction.amount)
              FROM res_partner member
              JOIN payment_transaction transaction ON transaction.partner_id = member.id
             WHERE member.commercial_partner_id = customer.id
               AND transaction.state = 'done'
               AND transaction.payment_id IS NULL), 0), 2)::float
      FROM res_partner customer
     WHERE customer.id IN %(customers)s
"""


def measure_exposures(ours, options):
    """1,000 exposures beside the least SQL that gives the same; the stored verdict."""
    with ours.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        accounts = env["customer.credit.account"].search([], order="id")
        partner_ids = accounts.partner_id.ids[: options.exposures]
        check_plain_exposure(env, partner_ids)

    def plain(env, _number):
        return lambda: env.execute_query(plain_exposure_sql(env, partner_ids))

    def figures(env, _number):
        accounts = env["customer.credit.account"]
        partners = env["res.partner"].browse(partner_ids)
        return lambda: accounts._get_figures(env.company, partners)

    def refresh(env, _number):
        accounts = env["customer.credit.account"]
        return lambda: accounts._refresh(env.company, partner_ids)

    def over_limit(env, _number):
        accounts = env["customer.credit.account"]
        return lambda: accounts.search([("status", "=", "hold")]).ids

    count = len(partner_ids)
    superuser = SUPERUSER_ID
    return [
        Comparison(
            f"{count} exposures",
            Budget(ratio=3, queries=5),
            Side("ours", ours, superuser, figures),
            Side("plain SQL", ours, superuser, plain),
        ).measure(options.rounds),
        Comparison(
            f"judge and store {count} exposures",
            Budget(),
            Side("ours", ours, superuser, refresh),
            Side("plain SQL, reading only", ours, superuser, plain),
        ).measure(options.rounds),
        *(
            Comparison(
                f"search over the limit among {len(accounts)}, {who}",
                Budget(seconds=0.1),
                Side("ours", ours, user_id(ours, login), over_limit),
            ).measure(options.rounds * 2)
            for who, login in (("finance", "bench_finance"), ("a rep", "bench_0"))
        ),
    ]


def plain_exposure_sql(env, partner_ids):
    """Return the least that gives the same figures for the generated data."""
    company = env.company
    return SQL(
        PLAIN_EXPOSURE,
        company=company.id,
        own=company.currency_id.id,
        customers=tuple(partner_ids),
    )


def check_plain_exposure(env, partner_ids):
    """Refuse to compare statements that do not say the same."""
    plain = dict(env.execute_query(plain_exposure_sql(env, partner_ids)))
    figures = env["customer.credit.account"]._get_figures(
        env.company, env["res.partner"].browse(partner_ids)
    )
    ours = {partner_id: row["exposure"] for partner_id, row in figures.items()}
    differing = [key for key in plain.keys() | ours.keys() if plain[key] != ours[key]]
    if differing:
        key = differing[0]
        raise SystemExit(
            f"{len(differing)} exposures differ: customer {key} plain {plain[key]}, "
            f"ours {ours[key]}"
        )


# ---------------------------------------------------------------------------
# Everything
# ---------------------------------------------------------------------------


def fill(registry, sizes):
    """Generate the data, if that was not done before, and check them."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        company = env["res.company"].search([], order="id", limit=1)
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        if env["res.users"].search_count([("login", "=", "bench_0")]):
            return
        started = time.monotonic()
        generator = Generator(env, sizes)
        generator.generate()
        cr.commit()
        generator.check()
        say(f"{cr.dbname}: filled and checked in {time.monotonic() - started:.0f} s")


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stock", required=True, help="database with Odoo alone")
    parser.add_argument("--ours", required=True, help="database with our addons")
    parser.add_argument(
        "--archive", required=True, help="database with the archive alone"
    )
    add_options(parser)
    return parser.parse_args(arguments)


def add_options(parser):
    """Add what ``scripts/bench`` hands on as well."""
    for name, default, text in (
        ("customers", 100000, "customers with an order, so with a dossier"),
        ("trading", 20000, "customers with a history and a credit account"),
        ("history", 1, "paid orders of each of these"),
        ("lines", 2, "lines of an order"),
        ("quotations", 200, "orders to confirm"),
        ("deals", 600, "more paid orders of one customer"),
        ("exposures", 1000, "customers whose exposure is computed at once"),
        ("rounds", 8, "measurements of each thing, more where it is quick"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, help=f"{text}: %(default)s"
        )
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, help="what to measure; default: all"
    )
    parser.add_argument("--json", type=Path, help="file for all measurements")


def main(arguments=None):
    """Fill, measure, print; return whether a budget was missed."""
    options = parse(arguments)
    odoo.tools.config.parse_config(["--log-level=warn"], setup_logging=True)
    databases = SimpleNamespace(
        stock=Registry(options.stock),
        ours=Registry(options.ours),
        archive=Registry(options.archive),
    )
    sizes = Sizes(
        options.customers,
        options.trading,
        options.history,
        options.lines,
        options.quotations,
        options.deals,
    )
    with ThreadPoolExecutor() as executor:
        list(executor.map(lambda db: fill(db, sizes), vars(databases).values()))
    comparisons = []
    sections = {
        "orders": lambda: measure_orders(databases.stock, databases.ours, options),
        "archive": lambda: measure_archive(
            databases.stock, databases.archive, quotation_ids, options
        ),
        "exposures": lambda: measure_exposures(databases.ours, options),
        "dossiers": lambda: measure_dossiers(databases.stock, databases.ours, options),
        "secrecy": lambda: measure_secrecy(databases.ours, options),
    }
    for name in options.only or sections:
        started = time.monotonic()
        comparisons += sections[name]()
        say(f"measured {name} in {time.monotonic() - started:.0f} s")
    print(markdown_table(comparisons))
    if options.json:
        results = [comparison.as_dict() for comparison in comparisons]
        sizes = {name: value for name, value in vars(options).items() if name != "json"}
        content = {"options": sizes, "results": results}
        options.json.write_text(json.dumps(content, indent=1))
    return any(comparison.misses for comparison in comparisons)


if __name__ == "__main__":
    sys.exit(main())
