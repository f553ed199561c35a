"""Measures the dossier under its secrecy rule beside the same calls without one."""

import time
from contextlib import contextmanager
from unittest.mock import patch

from measure import Budget, Comparison, Side, say

from odoo import SUPERUSER_ID, api
from odoo.fields import Domain
from odoo.tools import SQL

NAME = {"fields": {"display_name": {}}}
LIST = {
    "number": {},
    "partner_id": NAME,
    "team_id": NAME,
    "user_id": NAME,
    "keeper_id": NAME,
    "secrecy_level_id": NAME,
    "company_id": NAME,
    "source_id": NAME,
    "first_contact_date": {},
    "formal_date": {},
    "state": {},
    "create_date": {},
}
FORM = LIST | {
    "lawful_source": {},
    "needs": {},
    "background": {},
    "service_user_ids": NAME,
    "approval_state": {},
    "may_modify": {},
}
CONTACT = {
    "complete_name": {},
    "email": {},
    "phone": {},
    "user_id": NAME,
    "city": {},
    "country_id": NAME,
    "category_id": NAME,
}
HEAD = {
    "dossier_number": {},
    "dossier_state": {},
    "dossier_secrecy_level_id": NAME,
}


def measure_dossiers(registry, options):
    """Open the dossiers of all customers, then list, count and read them."""
    if "customer.dossier" not in registry:
        return []
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        open_dossiers(env)
        count = env["customer.dossier"].search_count([])
        uid = env["res.users"].search([("login", "=", "bench_1")]).id
        own = (
            env["customer.dossier"].search([("user_id", "=", uid)], order="id").ids[:80]
        )
    rounds = options.rounds

    def without_rule(prepare):
        def prepared(env, number):
            call = prepare(env, number)

            def unruled():
                with no_rule(env):
                    call()

            return unruled

        return prepared

    def compare(title, budget, prepare, times=1):
        return Comparison(
            title,
            budget,
            Side("ours", registry, uid, prepare),
            Side("no rule", registry, uid, without_rule(prepare)),
        ).measure(rounds * times)

    def read_list(env, _number):
        dossiers = env["customer.dossier"]
        return lambda: dossiers.web_search_read([], LIST, limit=80, count_limit=10001)

    def search_count(env, _number):
        return lambda: env["customer.dossier"].search_count([])

    def read_one(env, number):
        dossier = env["customer.dossier"].browse(own[number % len(own)])
        return lambda: dossier.web_read(FORM)

    def contacts(specification):
        def prepare(env, _number):
            partners = env["res.partner"]
            domain = [("is_company", "=", True)]
            return lambda: partners.web_search_read(domain, specification, limit=80)

        return prepare

    return [
        compare(
            f"dossier list of 80 among {count}, 12 fields",
            Budget(ratio=1.3, extra_queries=4),
            read_list,
            2,
        ),
        compare("dossier count", Budget(ratio=2, extra_queries=4), search_count),
        compare(
            "open one dossier",
            Budget(ratio=2, extra_queries=4, seconds=0.02),
            read_one,
            2,
        ),
        Comparison(
            "contact list of 80 with the dossier's head",
            Budget(ratio=1.6, extra_queries=4),
            Side("ours", registry, uid, contacts(CONTACT | HEAD)),
            Side("without the head", registry, uid, contacts(CONTACT)),
        ).measure(rounds * 2),
        Comparison(
            f"open {count} dossiers in bulk",
            Budget(),
            Side("ours", registry, SUPERUSER_ID, bulk_opening),
            Side("plain INSERT", registry, SUPERUSER_ID, plain_insert),
        ).measure(max(rounds // 3, 2), warm_up=1),
    ]


@contextmanager
def no_rule(env):
    """Let the record rule of the dossiers allow everything."""
    with patch.object(
        env.registry["customer.dossier"], "_may_read_domain", lambda self: Domain.TRUE
    ):
        yield


def open_dossiers(env):
    """Open the dossiers for good, and spread them over levels."""
    dossiers = env["customer.dossier"]
    if dossiers.search_count([], limit=1):
        return
    started = time.monotonic()
    opened = _open(env)
    env.cr.execute("SELECT COUNT(*), COUNT(DISTINCT number) FROM customer_dossier")
    if env.cr.fetchone() != (opened, opened):
        raise SystemExit("The number of dossiers is not that of the customers.")
    say(f"opened {opened} dossiers in {time.monotonic() - started:.1f} s")
    env.cr.execute(
        SQL(
            """
            CREATE TABLE bench_dossier AS TABLE customer_dossier;
            UPDATE customer_dossier
               SET secrecy_level_id = level.ids[1 + id %% level.count]
              FROM (SELECT array_agg(id) AS ids, COUNT(*) AS count
                      FROM customer_secrecy_level) level
            """
        )
    )
    env.cr.commit()
    env.cr.execute("ANALYZE customer_dossier")
    env.cr.commit()


def _open(env):
    team = env["crm.team"].search([], limit=1)
    return env["customer.dossier"]._create_for_existing_customers(
        env.company, team, env["res.users"]
    )


def _empty(env):
    env.cr.execute("TRUNCATE customer_dossier CASCADE")


def bulk_opening(env, _number):
    """Open the dossiers of all customers that have none."""
    _empty(env)
    return lambda: _open(env)


def plain_insert(env, _number):
    """Write the rows that the bulk opening made."""
    _empty(env)
    return lambda: env.cr.execute(
        "INSERT INTO customer_dossier TABLE bench_dossier",
    )
