"""Measures cases beside as many of Odoo's own leads, full-text search over them, and
the jobs that watch their clocks and follow deliveries up."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from generator import GeneratorError
from generator_case import COMMON_WORDS, RARE_WORDS
from measure import Budget, Comparison, Side, user_id
from views import specification

from odoo import SUPERUSER_ID, api, fields

CASE, LEAD = "customer.complaint", "crm.lead"
LIST_BUDGET = 1.5
SEARCH_SECONDS = 0.3
DUE_CLOCKS = 1000
MANAGER, SALESPERSON = "bench_manager", "bench_1"
# (title, reader of the cases, reader of as many of the leads as Odoo's groups allow)
READERS = (
    ("keeper", "bench_keeper", MANAGER),
    ("rep", SALESPERSON, SALESPERSON),
    ("after-sales group", "bench_asg", MANAGER),
)
LEADS = [("type", "=", "lead")]
STATES = {"planned": "success", "today": "warning", "overdue": "danger"}


def measure_cases(stock, ours, options):
    """List, group, count, search, open and create cases; run the jobs, which commit,
    last."""
    rounds = options.rounds
    return [
        *measure_views(stock, ours, rounds),
        *measure_dashboard(stock, ours, rounds),
        *measure_search(ours, rounds),
        *measure_forms(stock, ours, rounds),
        *measure_jobs(ours, rounds),
    ]


def count_of(registry, model_name, login=None, domain=()):
    """Return how many records a user, or the system, reads."""
    uid = user_id(registry, login) if login else SUPERUSER_ID
    with registry.cursor() as cr:
        return api.Environment(cr, uid, {})[model_name].search_count(list(domain))


# ---------------------------------------------------------------------------
# List and kanban
# ---------------------------------------------------------------------------


def view_of(env, model_name, view_type):
    """Return the id of the view that the menu shows: leads have one of their own."""
    if model_name == LEAD and view_type == "list":
        return env.ref("crm.crm_case_tree_view_leads").id
    return False


def domain_of(model_name, domain=()):
    """Return a domain with that of the menu."""
    return [*(LEADS if model_name == LEAD else ()), *domain]


def listing(model_name, domain=()):
    """Return a function that prepares the list of 80 with its count."""

    def prepare(env, _number):
        view_id = view_of(env, model_name, "list")
        spec = specification(env, model_name, "list", view_id)
        model = env[model_name]
        return lambda: model.web_search_read(
            domain_of(model_name, domain), spec, limit=80, count_limit=10001
        )

    return prepare


def kanban(model_name, group_by, aggregates=()):
    """Return a function that prepares the kanban: groups, the cards of each, bars."""

    def prepare(env, _number):
        spec = specification(env, model_name, "kanban")
        model = env[model_name].with_context(read_group_expand=True)

        def load():
            model.web_read_group(
                domain_of(model_name),
                [group_by],
                aggregates,
                auto_unfold=True,
                unfold_read_specification=spec,
                unfold_read_default_limit=40,
            )
            model.read_progress_bar(
                domain_of(model_name),
                group_by,
                {"field": "activity_state", "colors": STATES},
            )

        return load

    return prepare


def beside_leads(stock, ours, title, logins, prepare, lead, budget=None):
    """Return a Comparison of cases with leads.

    :param logins: of who looks at the cases and who at the leads
    """
    login, stock_login = logins
    return Comparison(
        title,
        budget or Budget(),
        Side("ours", ours, user_id(ours, login), prepare),
        Side("Odoo's leads", stock, user_id(stock, stock_login), lead),
    )


def measure_views(stock, ours, rounds):
    """List and kanban of those who read all cases and of those who read some."""
    comparisons = []
    for who, *logins in READERS:
        readable = count_of(ours, CASE, logins[0])
        title = f"case list of 80 and its count, {who} who reads {readable}"
        budget = Budget(ratio=LIST_BUDGET) if who == "keeper" else None
        comparisons.append(
            beside_leads(
                stock, ours, title, logins, listing(CASE), listing(LEAD), budget
            ).measure(rounds * 2)
        )
    for who, *logins in READERS[:2]:
        comparisons.append(
            beside_leads(
                stock,
                ours,
                f"case kanban by state, {who}",
                logins,
                kanban(CASE, "state"),
                kanban(LEAD, "stage_id", ["expected_revenue:sum"]),
            ).measure(rounds)
        )
    return comparisons


# ---------------------------------------------------------------------------
# Dashboard
# ---------------------------------------------------------------------------


def pivot(model_name, row, column, aggregates):
    """Return a function that prepares a pivot with totals."""

    def prepare(env, _number):
        return lambda: env[model_name].formatted_read_grouping_sets(
            [], [[], [row], [column], [row, column]], aggregates
        )

    return prepare


def graph(model_name, group_by, aggregates):
    """Return a function that prepares a graph."""

    def prepare(env, _number):
        model = env[model_name].with_context(fill_temporal=True)
        return lambda: model.formatted_read_group([], group_by, aggregates)

    return prepare


def measure_dashboard(stock, ours, rounds):
    """Pivot and graphs of the report beside those of the leads."""
    report = f"{CASE}.report"
    month = "create_date:month"
    leads_pivot = pivot(LEAD, month, "stage_id", ["__count", "expected_revenue:sum"])
    leads_graph = graph(LEAD, [month, "stage_id"], ["__count"])
    leads_revenue = graph(LEAD, [month], ["expected_revenue:sum"])
    comparisons = []
    for who, *logins in READERS[:2]:
        for title, prepare, lead in (
            (
                "pivot of complaint shares by region and type",
                pivot(report, "region_id", "type_id", ["__count"]),
                leads_pivot,
            ),
            (
                "graph of cases by month and kind",
                graph(report, ["received_at:month", "kind"], ["__count"]),
                leads_graph,
            ),
            (
                "graph of the on-time rate by month",
                graph(report, ["solution_due:month"], ["on_time:avg"]),
                leads_revenue,
            ),
        ):
            comparisons.append(
                beside_leads(
                    stock, ours, f"{title}, {who}", logins, prepare, lead
                ).measure(rounds)
            )
    return comparisons


# ---------------------------------------------------------------------------
# Full-text search
# ---------------------------------------------------------------------------


def measure_search(ours, rounds):
    """Search for words that are common, rare and absent."""
    words = [*COMMON_WORDS, *RARE_WORDS, "密封 轴承", "密封", "漏", "无此词语"]
    searches = [("keeper", "bench_keeper", word) for word in words]
    searches += [
        ("rep", SALESPERSON, word) for word in (COMMON_WORDS[0], RARE_WORDS[0])
    ]
    comparisons = []
    for who, login, word in searches:
        domain = [("text_search", "ilike", word)]
        found = count_of(ours, CASE, login, domain)
        comparisons.append(
            Comparison(
                f"search {word}, {found} found, list of 80 and its count, {who}",
                Budget(seconds=SEARCH_SECONDS),
                Side("ours", ours, user_id(ours, login), listing(CASE, domain)),
            ).measure(rounds)
        )
    return comparisons


# ---------------------------------------------------------------------------
# One case
# ---------------------------------------------------------------------------


def some_ids(registry, model_name, login, domain):
    """Return ids of 40 records that a user reads."""
    with registry.cursor() as cr:
        env = api.Environment(cr, user_id(registry, login), {})
        return env[model_name].search(list(domain), limit=40).ids


def measure_forms(stock, ours, rounds):
    """Open, create and take a step, beside the same with a lead."""
    logins = ("bench_keeper", MANAGER)
    # received by his own department
    new_case = [("state", "=", "new"), ("kind", "=", "quality")]
    ids = {
        CASE: some_ids(ours, CASE, logins[0], new_case),
        LEAD: some_ids(stock, LEAD, logins[1], LEADS),
    }
    closed = some_ids(ours, CASE, logins[0], [("state", "=", "closed")])

    def open_form(model_name, record_ids):
        def prepare(env, number):
            spec = specification(env, model_name, "form")
            record = env[model_name].browse(record_ids[number % len(record_ids)])
            # as the web client asks: sizes instead of files
            record = record.with_context(bin_size=True)
            return lambda: record.web_read(spec)

        return prepare

    def one_of(env, model_name, number):
        return env[model_name].browse(ids[model_name][number % len(ids[model_name])])

    def create(model_name, **values):
        def prepare(env, number):
            partner = one_of(env, model_name, number).partner_id
            vals = {"partner_id": partner.id, **values}
            return lambda: env[model_name].create(vals)

        return prepare

    def log_contact(env, number):
        case = one_of(env, CASE, number)
        return lambda: case.action_log_contact("He will get an answer tomorrow.")

    def move_lead(env, number):
        lead = one_of(env, LEAD, number)
        stage = env["crm.stage"].search([("id", "!=", lead.stage_id.id)], limit=1)
        return lambda: lead.write({"stage_id": stage.id})

    text = "客户反映设备运行温度过高" * 10
    with ours.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        type_id = env["customer.problem.type"].search([], limit=1).id
    created_case = create(
        CASE, kind="problem", complainant="Li Lei", description=text, type_id=type_id
    )
    return [
        beside_leads(stock, ours, title, logins, prepare, lead).measure(rounds)
        for title, prepare, lead in (
            (
                "open one new case, form view",
                open_form(CASE, ids[CASE]),
                open_form(LEAD, ids[LEAD]),
            ),
            (
                "open one closed case, form view",
                open_form(CASE, closed),
                open_form(LEAD, ids[LEAD]),
            ),
            ("create one case", created_case, create(LEAD, name=text, type="lead")),
            ("log the first contact; move a lead on", log_contact, move_lead),
        )
    ]


# ---------------------------------------------------------------------------
# Jobs
# ---------------------------------------------------------------------------


@contextmanager
def no_mail(registry):
    """Send nothing: the jobs commit."""
    with patch.object(
        registry["ir.mail_server"], "_disable_send", classmethod(lambda cls: True)
    ):
        yield


def measure_jobs(ours, rounds):
    """The jobs, each round with what is due then; they commit what they do."""
    rounds = max(rounds // 4, 1)
    unsolved = [
        ("state", "in", ("new", "contacted", "investigating")),
        ("solution_at", "=", False),
    ]
    due = min(DUE_CLOCKS, count_of(ours, CASE, domain=unsolved) // rounds)
    orders = count_of(ours, "sale.order", domain=[("state", "=", "sale")])

    def alert(env, number):
        # 1,000 others each round: their people have been warned, not yet told more
        now, hour = fields.Datetime.now(), timedelta(hours=1)
        cases = env[CASE].search(unsolved, order="id", limit=due, offset=due * number)
        cases._system_write(
            {
                "solution_due": now - hour,
                "solution_alerted": now - 4 * hour,
                "solution_missed": False,
            }
        )
        env.cr.commit()
        return env[CASE]._cron_alert

    def follow(env, _number):
        env.cr.execute("DELETE FROM customer_delivery_followup")
        env.cr.commit()
        return env["customer.delivery.followup"]._cron_follow_deliveries

    breached = [("event", "=", "breached"), ("clock", "=", "solution")]
    with no_mail(ours):
        comparisons = [
            Comparison(title, Budget(), Side("ours", ours, SUPERUSER_ID, job)).measure(
                rounds, warm_up=0
            )
            for title, job in (
                (f"job that gives alerts, {due} clocks have run out", alert),
                (f"job that follows {orders} orders up, the first time", follow),
            )
        ]
    for model_name, domain, expected in (
        ("customer.complaint.log", breached, due * rounds),
        ("customer.delivery.followup", [], orders),
    ):
        found = count_of(ours, model_name, domain=domain)
        if found != expected:
            raise GeneratorError(f"{found} {model_name} instead of {expected}")
    return comparisons
