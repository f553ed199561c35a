"""Measures what the addons cost beside Odoo alone, and prints it against the budgets.

Databases with Odoo's own modules, with our addons as well, and with others get the
same generated data; all are served by this process, and every step is taken in the one
and in the other by turns. ``scripts/bench`` makes the databases and calls this.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench_case import measure_cases
from bench_credit import measure_credit, quotation_ids
from bench_dossier import measure_archive, measure_dossiers
from bench_grade import measure_grades
from bench_secrecy import measure_secrecy
from bench_survey import measure_survey
from generator import Generator, Sizes
from generator_case import CaseGenerator, case_sizes
from generator_grade import GradeGenerator, grade_sizes
from generator_survey import SurveyGenerator, survey_sizes
from measure import markdown_table, say

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

SIZES = (
    # name, in the section credit, in the others, text
    ("customers", 20000, 100000, "customers with an order, so with a dossier"),
    ("trading", 20000, 20000, "customers with a history and a credit account"),
    ("history", 1, 1, "paid orders of each of these"),
    ("lines", 3, 2, "lines of an order"),
    ("quotations", 200, 200, "orders to confirm"),
    ("deals", 600, 600, "more paid orders of one customer"),
    ("mixed", 1000, 0, "customers with everything in two companies and currencies"),
)
SECTIONS = ("credit", "cases", "survey", "grading", "archive", "dossiers", "secrecy")
# these have databases of their own
SEPARATE = ("credit", "cases", "survey", "grading")
DATABASES = ("stock", "ours", "archive")
# of the customers to grade, in a database each
GRADED_PARTS = (0.1, 0.3, 1)


def fill(registry, sizes, generator_class=Generator):
    """Generate the data, if that was not done before, and check them."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        company = env["res.company"].search([], order="id", limit=1)
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        if env["res.users"].search_count([("login", "=", "bench_0")]):
            return
        started = time.monotonic()
        generator = generator_class(env, sizes)
        generator.generate()
        cr.commit()
        generator.check()
        say(f"{cr.dbname}: filled and checked in {time.monotonic() - started:.0f} s")


def measure_in_cases(options):
    """Fill the databases of the section cases, and measure in them."""
    databases = [Registry(options.leads), Registry(options.complaints)]
    sizes = case_sizes(options.cases)
    with ThreadPoolExecutor() as executor:
        list(executor.map(lambda db: fill(db, sizes, CaseGenerator), databases))
    started = time.monotonic()
    comparisons = measure_cases(*databases, options)
    say(f"measured cases in {time.monotonic() - started:.0f} s")
    return comparisons


def measure_in_surveys(options):
    """Fill the databases of the section survey, and measure in them."""
    databases = [Registry(options.surveys), Registry(options.campaigns)]
    sizes = survey_sizes(options.responses)
    with ThreadPoolExecutor() as executor:
        list(executor.map(lambda db: fill(db, sizes, SurveyGenerator), databases))
    started = time.monotonic()
    comparisons = measure_survey(*databases, options)
    say(f"measured survey in {time.monotonic() - started:.0f} s")
    return comparisons


def measure_in_grades(options):
    """Fill the databases of the section grading, and measure in each."""
    comparisons = []
    for database, part in zip(options.grades, GRADED_PARTS, strict=True):
        registry = Registry(database)
        fill(registry, grade_sizes(int(options.graded * part)), GradeGenerator)
        started = time.monotonic()
        comparisons += measure_grades(registry, options)
        say(f"measured grading in {time.monotonic() - started:.0f} s")
    return comparisons


def measure_others(options, names):
    """Fill the databases that the other sections share, and measure in them."""
    databases = [Registry(getattr(options, name)) for name in DATABASES]
    sizes = make_sizes(options, for_credit=False)
    options.deals = sizes.deals
    with ThreadPoolExecutor() as executor:
        list(executor.map(lambda db: fill(db, sizes), databases))
    stock, ours, archive = databases
    sections = {
        "archive": lambda: measure_archive(stock, archive, quotation_ids, options),
        "dossiers": lambda: measure_dossiers(stock, ours, options),
        "secrecy": lambda: measure_secrecy(ours, options),
    }
    comparisons = []
    for name in names:
        started = time.monotonic()
        comparisons += sections[name]()
        say(f"measured {name} in {time.monotonic() - started:.0f} s")
    return comparisons


def make_sizes(options, *, for_credit):
    """Return the Sizes that are asked for."""
    values = {
        name: in_credit if for_credit else elsewhere
        for name, in_credit, elsewhere, _text in SIZES
    }
    given = {name: getattr(options, name) for name in values}
    return Sizes(
        **values | {name: value for name, value in given.items() if value is not None}
    )


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--credit", help="database with Odoo alone, for the credit")
    parser.add_argument("--oca", help="folder of OCA's addons, for the credit")
    for name, text in zip(
        DATABASES, ("Odoo alone", "our addons", "the archive alone"), strict=True
    ):
        parser.add_argument(f"--{name}", help=f"database with {text}, for the others")
    parser.add_argument("--leads", help="database with Odoo alone, for the cases")
    parser.add_argument("--complaints", help="database with our addons, for the cases")
    parser.add_argument("--surveys", help="database with Odoo alone, for the survey")
    parser.add_argument("--campaigns", help="database with our addons, for the survey")
    parser.add_argument(
        "--grades", nargs=len(GRADED_PARTS), help="databases with our addons, to grade"
    )
    for name, in_credit, elsewhere, text in SIZES:
        defaults = dict.fromkeys(map(str, (in_credit, elsewhere)))
        parser.add_argument(
            f"--{name}", type=int, help=f"{text}: {' or '.join(defaults)}"
        )
    for name, default, text in (
        ("cases", 100000, "cases, and leads beside them, of a twentieth of customers"),
        ("responses", 20000, "answered forms, each of a customer"),
        ("graded", 10000, "customers to grade with ten order lines each, and fewer"),
        ("exposures", 1000, "customers whose exposure is computed at once"),
        ("rounds", 8, "measurements of each thing, more where it is quick"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, help=f"{text}: %(default)s"
        )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=SECTIONS,
        default=SECTIONS,
        help="what to measure; default: all",
    )
    parser.add_argument("--json", type=Path, help="file for all measurements")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Fill, measure, print; return whether a budget was missed."""
    options = parse(arguments)
    config = odoo.tools.config
    config.parse_config(["--log-level=warn"], setup_logging=True)
    if options.oca:
        folders = ",".join([*config["addons_path"], options.oca])
        config.parse_config(["--log-level=warn", f"--addons-path={folders}"])
    comparisons = []
    if "credit" in options.only:
        sizes = make_sizes(options, for_credit=True)
        comparisons += measure_credit(options.credit, sizes, fill, options)
    if "cases" in options.only:
        comparisons += measure_in_cases(options)
    if "survey" in options.only:
        comparisons += measure_in_surveys(options)
    if "grading" in options.only:
        comparisons += measure_in_grades(options)
    if others := [name for name in options.only if name not in SEPARATE]:
        comparisons += measure_others(options, others)
    print(markdown_table(comparisons))
    if options.json:
        results = [comparison.as_dict() for comparison in comparisons]
        sizes = {name: value for name, value in vars(options).items() if name != "json"}
        content = {"options": sizes, "results": results}
        options.json.write_text(json.dumps(content, indent=1))
    return any(comparison.misses for comparison in comparisons)


if __name__ == "__main__":
    sys.exit(main())
