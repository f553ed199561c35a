"""Measures ways of doing the same thing by turns, and prints a table.

Every measurement has a transaction of its own, which is rolled back: each begins with
the same data and with empty record caches.
"""

import gc
import statistics
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from odoo import SUPERUSER_ID, api


def say(message):
    """Report progress; the results alone go to the standard output."""
    print(message, file=sys.stderr, flush=True)


def user_id(registry, login):
    """Return the id of a user."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["res.users"].search([("login", "=", login)]).ensure_one().id


@contextmanager
def peak_memory(growth):
    """Append to a list by how many MB the process had grown in the block, at most;
    nothing where the system does not tell."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not reset.exists():
        yield
        return

    def kilobytes(name):
        line = next(li for li in status.read_text().splitlines() if li.startswith(name))
        return int(line.split()[1])

    gc.collect()
    reset.write_text("5")
    before = kilobytes("VmRSS")
    yield
    growth.append((kilobytes("VmHWM") - before) // 1024)


@dataclass(frozen=True)
class Budget:
    """What is allowed; None: anything."""

    ratio: float | None = None
    extra_queries: int | None = None
    seconds: float | None = None
    queries: int | None = None

    def __str__(self):
        parts = [
            f"≤ {self.ratio:g}×" if self.ratio else "",
            "" if self.extra_queries is None else f"≤ +{self.extra_queries} queries",
            f"≤ {self.seconds * 1000:g} ms" if self.seconds else "",
            f"≤ {self.queries} queries" if self.queries else "",
        ]
        return ", ".join(filter(None, parts)) or "–"


class Sample(NamedTuple):
    """One measurement: time on the clock, computing time, number of queries."""

    seconds: float
    computed: float
    queries: int


def computing_time(cr):
    """Return the seconds that this process and its PostgreSQL process have computed.

    Other jobs of the machine do not lengthen it much. Where it cannot be known, as
    when the server is elsewhere, this is the clock.
    """
    try:
        schedule = Path(f"/proc/{cr.connection.info.backend_pid}/schedstat")
        nanoseconds = int(schedule.read_text().split()[0])
    except OSError:
        return time.perf_counter()
    return time.process_time() + nanoseconds / 1e9


@dataclass
class Side:
    """One of the ways.

    :param prepare: function of an environment and the number of the round; what it
        returns is called and measured
    :param most: the number of rounds, without warming up, of what is slow
    """

    name: str
    registry: object = None
    uid: int | None = None
    prepare: object = None
    most: int | None = None
    samples: list = field(default_factory=list)

    def run(self, number):
        """Return one Sample."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.uid, {"lang": "en_US", "tz": "UTC"})
            call = self.prepare(env, number)
            env.flush_all()
            env.invalidate_all()
            gc.collect()
            gc.disable()
            try:
                queries = cr.sql_log_count
                computed = computing_time(cr)
                started = time.perf_counter()
                call()
                cr.flush()
                seconds = time.perf_counter() - started
                computed = computing_time(cr) - computed
                queries = cr.sql_log_count - queries
            finally:
                gc.enable()
            cr.rollback()
        return Sample(seconds, computed, queries)

    @property
    def seconds(self):
        """The median."""
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def queries(self):
        """The median."""
        return round(statistics.median(sample.queries for sample in self.samples))


@dataclass
class Comparison:
    """``ours`` beside ``base``, or alone; beside both what a peer takes, which no
    budget is held to."""

    title: str
    budget: Budget
    ours: Side
    base: Side | None = None
    peer: Side | None = None

    def measure(self, rounds, warm_up=2):
        """Run the sides in turn, the first one changing."""
        for number in range(rounds + warm_up):
            for side in self.sides[:: -1 if number % 2 else 1]:
                if side.most is not None and number >= side.most:
                    continue
                sample = side.run(number)
                if number >= warm_up or side.most is not None:
                    side.samples.append(sample)
        return self

    @property
    def sides(self):
        """All there are."""
        return [side for side in (self.base, self.ours, self.peer) if side]

    def _ratio(self, name):
        """Return the median of the ratios of the rounds: what slows a round down for
        other reasons slows both sides down."""
        if not self.base:
            return None
        return statistics.median(
            getattr(ours, name) / getattr(base, name)
            for base, ours in zip(self.base.samples, self.ours.samples, strict=True)
        )

    @property
    def clock_ratio(self):
        """By the clock."""
        return self._ratio("seconds")

    @property
    def ratio(self):
        """By computing time, to which the budget is held."""
        return self._ratio("computed")

    @property
    def misses(self):
        """What is above the budget."""
        budget, misses = self.budget, []
        if budget.ratio and self.ratio > budget.ratio:
            misses.append("ratio")
        if budget.extra_queries is not None and (
            self.ours.queries - self.base.queries > budget.extra_queries
        ):
            misses.append("queries")
        if budget.seconds and self.ours.seconds > budget.seconds:
            misses.append("time")
        if budget.queries and self.ours.queries > budget.queries:
            misses.append("queries")
        return misses

    def row(self):
        """Return what the table shows."""

        def milliseconds(side):
            return f"{side.seconds * 1000:.1f}" if side else ""

        return [
            self.title,
            self.base.name if self.base else "",
            milliseconds(self.base),
            milliseconds(self.ours),
            milliseconds(self.peer),
            f"{self.clock_ratio:.2f}×" if self.base else "",
            f"{self.ratio:.2f}×" if self.base else "",
            str(self.base.queries) if self.base else "",
            str(self.ours.queries),
            str(self.peer.queries) if self.peer else "",
            str(self.budget),
            f"missed: {', '.join(self.misses)}" if self.misses else "kept",
        ]

    def as_dict(self):
        """Return everything that was measured."""
        return {
            "title": self.title,
            "budget": vars(self.budget),
            "ratio": self.ratio,
            "clock_ratio": self.clock_ratio,
            "misses": self.misses,
            "sides": {
                side.name: {"seconds": side.seconds, "queries": side.queries}
                | {"samples": side.samples}
                for side in self.sides
            },
        }


HEADER = [
    "",
    "beside",
    "its ms",
    "our ms",
    "OCA's ms",
    "by the clock",
    "computing",
    "its queries",
    "our queries",
    "OCA's queries",
    "budget",
    "",
]
TEXTS = {0, 1, 10, 11}
PEERS = {4, 9}


def markdown_table(comparisons):
    """Return the results as a table, columns aligned."""
    rows = [HEADER, *(comparison.row() for comparison in comparisons)]
    columns = [
        column
        for column in range(len(HEADER))
        if column not in PEERS or any(comparison.peer for comparison in comparisons)
    ]
    widths = {column: max(len(row[column]) for row in rows) for column in columns}
    lines = [
        "| "
        + " | ".join(
            row[column].ljust(widths[column])
            if column in TEXTS
            else row[column].rjust(widths[column])
            for column in columns
        )
        + " |"
        for row in rows
    ]
    rule = "|".join(
        "-" * (widths[column] + 1) + ("-" if column in TEXTS else ":")
        for column in columns
    )
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]])
