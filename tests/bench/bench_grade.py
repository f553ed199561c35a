"""Measures the grading of all customers beside plain SQL.

Each step is committed, as a run commits its batches; all proposals are removed between
the rounds. What was proposed is compared with the plain SQL before anything is printed.
"""

import gc
import time

from measure import Budget, Comparison, Sample, Side, computing_time, peak_memory, say
from plain_grade import create_plain_grades, drop_plain_grades, find_differences

from odoo import SUPERUSER_ID, api, fields
from odoo.tools import SQL

# by computing time
BUDGET = 3
CHANGED_EVERY = 100
PLAIN = "plain SQL"
STEPS = ("the first time", "again", "again after 1 % of them changed")


def measure_grades(registry, options):
    """Grade everybody, once more, and once more after some have changed."""
    plain = Side(PLAIN)
    ours = {step: Side("ours") for step in STEPS}
    growth = {step: [] for step in STEPS}
    for _round in range(max(options.rounds // 4, 1)):
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
            count = measure_round(env, plain, ours, growth)
    comparisons = []
    for step, side in ours.items():
        each = 1e6 * side.seconds / count
        title = (
            f"grade {count} customers {step} "
            f"({each:.0f} µs each, memory: +{max(growth[step], default=0)} MB)"
        )
        budget = Budget(ratio=BUDGET)
        comparisons.append(Comparison(title, budget, side, plain))
    return comparisons


def measure_round(env, plain, ours, growth):
    """Add a Sample to each Side; return how many customers there are."""
    company = env["res.company"].search([], order="id", limit=1)
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    scheme = env["customer.grade.scheme"]._get_leading(company)
    date = fields.Date.today()
    env.cr.execute("TRUNCATE customer_grade_evaluation CASCADE")
    env.cr.commit()
    plain.samples.append(measured(env, lambda: create_plain_grades(env, company, date)))
    for number, (step, side) in enumerate(ours.items()):
        if number == 2:
            change(env)
        run = env["customer.grade.run"]._system_create(
            [
                {
                    "name": "Benchmark",
                    "scheme_id": scheme.id,
                    "company_id": company.id,
                    "date": date,
                }
            ]
        )
        run._start()
        env.cr.commit()
        with peak_memory(growth[step]):
            side.samples.append(measured(env, lambda run=run: grade(run)))
        if number == 0 and (differences := find_differences(env, scheme)):
            raise SystemExit(f"dossier, ours, plain SQL: {differences}")
    count = run.done_count
    say(f"{env.cr.dbname}: {count} grades are those of the plain SQL")
    drop_plain_grades(env)
    env.cr.commit()
    return count


def grade(run):
    """Evaluate everybody, each batch in a transaction of its own."""
    while run._evaluate_next():
        run.env.flush_all()
        run.env.cr.commit()


def change(env):
    """Let some customers want to buy more."""
    env.cr.execute(
        SQL(
            "UPDATE customer_dossier SET potential_amount = potential_amount + 700 "
            "WHERE id %% %s = 0",
            CHANGED_EVERY,
        )
    )


def measured(env, call):
    """Return the Sample of a call that commits."""
    env.invalidate_all()
    gc.collect()
    queries, computed = env.cr.sql_log_count, computing_time(env.cr)
    started = time.perf_counter()
    call()
    env.cr.commit()
    return Sample(
        time.perf_counter() - started,
        computing_time(env.cr) - computed,
        env.cr.sql_log_count - queries,
    )
