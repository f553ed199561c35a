"""Measures the dossier beside Odoo's contact, and the archive alone beside Odoo."""

from measure import Budget, Comparison, Side, peak_memory, user_id
from views import specification

from odoo import SUPERUSER_ID, api
from odoo.fields import Domain

COMPANIES = Domain("is_company", "=", True)


TRADING = COMPANIES & Domain("child_ids", "!=", False)


def measure_dossiers(stock, ours, options):
    """List, search and write dossiers; open them in bulk."""
    rounds = options.rounds
    uid = user_id(ours, "bench_1")
    with ours.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        count = env["customer.dossier"].search_count([])
        formal = env["customer.dossier"].search_count([("state", "=", "formal")])
        own = (
            env["customer.dossier"]
            .search([("user_id", "=", uid), ("contract_ids", "!=", False)], limit=80)
            .ids
        )
        growth = []
        _empty(env)
        with peak_memory(growth):
            _open(env)
        cr.rollback()
    contacts = own_customers(stock)
    return [
        *measure_views(stock, ours, uid, own, contacts, count, rounds),
        *measure_searches(ours, count, rounds),
        *measure_trace(ours, uid, own, options),
        *measure_writing(stock, ours, rounds),
        Comparison(
            f"open a campaign for {formal} formal dossiers",
            Budget(),
            Side("ours", ours, SUPERUSER_ID, open_campaign),
        ).measure(max(rounds // 3, 2), warm_up=1),
        Comparison(
            f"open {count} dossiers in bulk"
            + "".join(f" (memory: +{megabytes} MB)" for megabytes in growth),
            Budget(),
            Side("ours", ours, SUPERUSER_ID, bulk_opening),
            Side("plain INSERT", ours, SUPERUSER_ID, plain_insert),
        ).measure(max(rounds // 3, 2), warm_up=1),
    ]


def own_customers(registry):
    """Return ids of customers with contacts whose salesperson is bench_1."""
    uid = user_id(registry, "bench_1")
    with registry.cursor() as cr:
        partners = api.Environment(cr, SUPERUSER_ID, {})["res.partner"]
        domain = TRADING & Domain("user_id", "=", uid)
        return partners.search(domain, order="id", limit=80).ids


# ---------------------------------------------------------------------------
# Lists and forms
# ---------------------------------------------------------------------------


def listing(model_name, fields=None, domain=Domain.TRUE, limit=80):
    """Return a function that prepares a list; without ``fields`` of its list view."""

    def prepare(env, _number):
        model = env[model_name]
        spec = fields or specification(env, model_name, "list")
        return lambda: model.web_search_read(
            list(domain), spec, limit=limit, count_limit=10001
        )

    return prepare


def measure_views(stock, ours, uid, own, contacts, count, rounds):
    """List and form with all fields of their views, beside Odoo's contacts."""
    stock_uid = user_id(stock, "bench_1")

    def open_form(model_name, ids):
        def prepare(env, number):
            spec = specification(env, model_name, "form")
            record = env[model_name].browse(ids[number % len(ids)])
            # as the web client asks: sizes instead of files
            record = record.with_context(bin_size=True)
            return lambda: record.web_read(spec)

        return prepare

    return [
        Comparison(
            f"dossier list of 80 among {count}, list view",
            Budget(),
            Side("ours", ours, uid, listing("customer.dossier")),
            Side(
                "Odoo's contact list",
                stock,
                stock_uid,
                listing("res.partner", domain=COMPANIES),
            ),
        ).measure(rounds * 2),
        Comparison(
            "dossier list of 80, list view",
            Budget(extra_queries=0),
            Side("ours", ours, uid, listing("customer.dossier")),
            Side("list of 20", ours, uid, listing("customer.dossier", limit=20)),
        ).measure(rounds),
        Comparison(
            "open one dossier, form view",
            Budget(ratio=2),
            Side("ours", ours, uid, open_form("customer.dossier", own)),
            Side(
                "Odoo's contact form",
                stock,
                stock_uid,
                open_form("res.partner", contacts),
            ),
        ).measure(rounds * 2),
        Comparison(
            "open one contact, form view",
            Budget(),
            Side("ours", ours, uid, open_form("res.partner", own_customers(ours))),
            Side("Odoo alone", stock, stock_uid, open_form("res.partner", contacts)),
        ).measure(rounds * 2),
        Comparison(
            "contact list of 80, list view",
            Budget(),
            Side("ours", ours, uid, listing("res.partner", domain=COMPANIES)),
            Side(
                "Odoo alone",
                stock,
                stock_uid,
                listing("res.partner", domain=COMPANIES),
            ),
        ).measure(rounds * 2),
    ]


def measure_searches(ours, count, rounds):
    """The filters that look at what is not stored, and doubles, for a keeper."""
    keeper = user_id(ours, "bench_keeper")

    def find_duplicates(env, _number):
        partners = env["res.partner"]
        customers = partners.search(TRADING, order="id", limit=80)
        return customers._find_duplicates

    return [
        *(
            Comparison(
                f"filter {title} among {count}, list of 80",
                Budget(),
                Side("ours", ours, keeper, listing("customer.dossier", domain=domain)),
                Side("no filter", ours, keeper, listing("customer.dossier")),
            ).measure(rounds)
            for title, domain in (
                ("Incomplete", Domain("is_incomplete", "=", True)),
                ("Possible Duplicates", Domain("partner_id.has_duplicate", "=", True)),
            )
        ),
        Comparison(
            f"doubles of 80 customers among {count}",
            Budget(queries=4),
            Side("ours", ours, keeper, find_duplicates),
        ).measure(rounds * 2),
    ]


def measure_trace(ours, uid, own, options):
    """The deal trace of a customer with many documents and of one with few."""
    with ours.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        [(customer, _count)] = env["sale.order"]._read_group(
            [("partner_id.is_company", "=", True)],
            ["partner_id"],
            ["__count"],
            order="__count DESC",
            limit=1,
        )
        many = env["customer.dossier"].search([("partner_id", "=", customer.id)])

    def trace(dossier_id):
        def prepare(env, _number):
            return env["customer.dossier"].browse(dossier_id).get_trace

        return prepare

    return [
        Comparison(
            f"deal trace of a customer with {options.deals} orders more",
            Budget(extra_queries=0),
            Side("ours", ours, uid, trace(many.id)),
            Side("another customer", ours, uid, trace(own[-1])),
        ).measure(options.rounds)
    ]


# ---------------------------------------------------------------------------
# Writing
# ---------------------------------------------------------------------------


def measure_writing(stock, ours, rounds):
    """Write a watched field, open one dossier."""
    with ours.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        partners = env["res.partner"].browse(own_customers(ours))
        formal = partners.filtered(lambda partner: partner.dossier_state == "formal")
    ids = {stock.db_name: own_customers(stock), ours.db_name: formal.ids}

    def write_street(env, number):
        partner_ids = ids[env.cr.dbname]
        partner = env["res.partner"].browse(partner_ids[number % len(partner_ids)])
        return lambda: partner.write({"street": f"Street {number + 100}"})

    def create_contact(env, number):
        vals = {"name": f"Newcomer {number}", "is_company": True}
        return lambda: env["res.partner"].create(vals)

    def create_dossier(env, number):
        partner = env["res.partner"].create(
            {"name": f"Newcomer {number}", "is_company": True}
        )
        team = env["crm.team"].search([], limit=1)
        vals = {"partner_id": partner.id, "team_id": team.id}
        return lambda: env["customer.dossier"].create(vals)

    def beside_stock(title, prepare, base=None, name="Odoo alone"):
        return Comparison(
            title,
            Budget(),
            Side("ours", ours, user_id(ours, "bench_1"), prepare),
            Side(name, stock, user_id(stock, "bench_1"), base or prepare),
        ).measure(rounds * 2)

    return [
        beside_stock("write a watched field of a formal customer", write_street),
        beside_stock(
            "create one dossier", create_dossier, create_contact, "create one contact"
        ),
    ]


def open_campaign(env, _number):
    """Open one verification for each formal dossier."""
    env.cr.execute("DELETE FROM customer_verification")
    campaign = env["customer.verification.campaign"].create({"name": "Benchmark"})
    return campaign.action_open


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


# ---------------------------------------------------------------------------
# The archive alone
# ---------------------------------------------------------------------------


def measure_archive(stock, archive, quotation_ids, options):
    """Confirm one order with the archive beside Odoo, in each mode of the review."""
    ids = {db.db_name: quotation_ids(db) for db in (stock, archive)}

    def confirm(mode):
        def prepare(env, number):
            order_ids = ids[env.cr.dbname]
            order = env["sale.order"].browse(order_ids[number % len(order_ids)])
            if env.registry is archive:
                env.company.sudo().customer_review_mode = mode
                # most of the dossiers are hidden from the salesperson
                customer = order.partner_id.commercial_partner_id
                dossier = (
                    env["customer.dossier"]
                    .sudo()
                    .search([("partner_id", "=", customer.id)])
                )
                env["customer.access.log"]._log_access(dossier, "read")
            return order.action_confirm

        return prepare

    return [
        Comparison(
            f"confirm one order, the archive alone, contract review: {mode}",
            budget,
            Side("ours", archive, user_id(archive, "bench_0"), confirm(mode)),
            Side("Odoo alone", stock, user_id(stock, "bench_0"), confirm(mode)),
        ).measure(options.rounds * 4)
        for mode, budget in (
            ("off", Budget(extra_queries=1)),
            ("block", Budget(extra_queries=4)),
        )
    ]
