"""Measures the secrecy rule beside the same calls without one, for readers with and
without permits, and what the register of openings costs."""

from contextlib import contextmanager
from unittest.mock import patch

from bench_dossier import COMPANIES, listing
from generator import PERMITS
from measure import Budget, Comparison, Side, user_id
from views import NAME

from odoo import SUPERUSER_ID, api
from odoo.fields import Domain

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
CONTENT = {
    "dossier_id": NAME,
    "partner_id": NAME,
    "company_id": NAME,
    "kind": {},
    "is_feedback": {},
    "handled_on": {},
    "subject": {},
    "user_id": NAME,
    "contact_id": NAME,
    "create_uid": NAME,
    "create_date": {},
    "write_date": {},
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


def measure_secrecy(ours, options):
    """List, count, group and open dossiers and their contents, as the readers."""
    rounds = options.rounds
    uid = user_id(ours, "bench_1")
    with ours.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        sizes = [
            env[model].search_count([])
            for model in ("customer.dossier", "customer.dealing")
        ]
    readers = {"0 permits, 1,000 own": (uid, 1.3)}
    for count in PERMITS:
        # the budget is for 250, of more it is only said that queries do not grow
        ratio = 1.7 if count == PERMITS[0] else None
        reader = user_id(ours, f"bench_permits_{count}")
        readers[f"{count} permits"] = reader, ratio
    return [
        comparison
        for title, (reader, ratio) in readers.items()
        for comparison in measure_reader(ours, title, reader, ratio, sizes, rounds)
    ] + [
        Comparison(
            "contact list of 80 with the dossier's head",
            Budget(ratio=1.6, extra_queries=4),
            Side("ours", ours, uid, listing("res.partner", CONTACT | HEAD, COMPANIES)),
            Side(
                "without the head",
                ours,
                uid,
                listing("res.partner", CONTACT, COMPANIES),
            ),
        ).measure(rounds * 2),
        measure_register(ours, uid, rounds),
    ]


def measure_reader(ours, title, uid, ratio, sizes, rounds):
    """The rule for one reader beside the same calls without it.

    :param ratio: the budget of a list of dossiers; None: no budget but for queries
    """
    dossier_ids = readable_ids(ours, uid)

    def without_rule(prepare):
        def prepared(env, number):
            call = prepare(env, number)

            def unruled():
                with no_rule(env):
                    call()

            return unruled

        return prepared

    def compare(what, budget, prepare, times=1):
        return Comparison(
            f"{what}; {title}",
            budget,
            Side("ours", ours, uid, prepare),
            Side("no rule", ours, uid, without_rule(prepare)),
        ).measure(rounds * times)

    def budget(wanted, **kwargs):
        return Budget(ratio=ratio and wanted, extra_queries=4, **kwargs)

    def count(model_name):
        return lambda env, _number: lambda: env[model_name].search_count([])

    def group(env, _number):
        dossiers = env["customer.dossier"]
        return lambda: dossiers._read_group([], ["team_id"], ["__count"])

    def read_one(env, number):
        dossier_id = dossier_ids[number % len(dossier_ids)]
        dossier = env["customer.dossier"].browse(dossier_id)
        return lambda: dossier.web_read(FORM)

    dossiers, contents = sizes
    return [
        compare(
            f"dossier list of 80 among {dossiers}, 12 fields",
            budget(ratio),
            listing("customer.dossier", LIST),
            2,
        ),
        compare("dossier count", budget(2), count("customer.dossier")),
        compare("dossiers by unit", budget(None), group),
        compare(
            f"content list of 80 among {contents}, 12 fields",
            budget(1.7),
            listing("customer.dealing", CONTENT),
            2,
        ),
        compare("content count", budget(2), count("customer.dealing")),
        compare("open one dossier", budget(2, seconds=ratio and 0.02), read_one, 2),
    ]


def readable_ids(registry, uid, registers=False):
    """Return ids of dossiers that a user reads, of the least secret level or of one
    whose openings are registered."""
    with registry.cursor() as cr:
        dossiers = api.Environment(cr, uid, {})["customer.dossier"]
        domain = Domain("secrecy_level_id.registers_access", "=", registers)
        return dossiers.search(domain, order="id", limit=80).ids


@contextmanager
def no_rule(env):
    """Let the record rule of the dossiers allow everything."""
    with patch.object(
        env.registry["customer.dossier"], "_may_read_domain", lambda self: Domain.TRUE
    ):
        yield


def measure_register(ours, uid, rounds):
    """Open a dossier whose openings are registered beside one whose are not."""

    def read_one(registers):
        dossier_ids = readable_ids(ours, uid, registers)

        def prepare(env, number):
            dossier_id = dossier_ids[number % len(dossier_ids)]
            dossier = env["customer.dossier"].browse(dossier_id)
            return lambda: dossier.web_read(FORM)

        return prepare

    return Comparison(
        "open one dossier of a level that registers every access",
        Budget(extra_queries=1),
        Side("ours", ours, uid, read_one(True)),
        Side("a level that does not", ours, uid, read_one(False)),
    ).measure(rounds * 2)
