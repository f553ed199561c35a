"""All customers are graded in batches, and each as plain SQL grades him.

``CUSTOMER_GRADE_LOAD`` in the environment changes how many customers there are.
"""

import gc
import os
import tracemalloc

from generator_grade import GradeGenerator, grade_sizes
from plain_grade import create_plain_grades, drop_plain_grades, find_differences

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

CUSTOMERS = int(os.environ.get("CUSTOMER_GRADE_LOAD", 300))
BATCHES = 8
# bytes that a customer more may leave behind in the memory of Odoo
KEPT = 64


@tagged("post_install", "-at_install")
class TestGradeLoad(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env["res.company"].search([], order="id", limit=1)
        cls.env = cls.env(context={"allowed_company_ids": company.ids})
        cls.company = company.with_env(cls.env)
        GradeGenerator(cls.env, grade_sizes(CUSTOMERS)).generate()
        cls.scheme = cls.env["customer.grade.scheme"]._get_leading(cls.company)
        cls.date = fields.Date.today()

    def _start(self):
        run = self.env["customer.grade.run"]._system_create(
            [
                {
                    "name": "Load",
                    "scheme_id": self.scheme.id,
                    "company_id": self.company.id,
                    "date": self.date,
                }
            ]
        )
        run._start()
        return run

    def _grade(self, run, limit):
        """Yield how many customers each batch had."""
        while count := run._evaluate_next(limit):
            self.env.flush_all()
            yield count

    def _assert_like_plain_sql(self):
        create_plain_grades(self.env, self.company, self.date)
        self.assertEqual(find_differences(self.env, self.scheme), [])
        [(counts,)] = self.env.execute_query(
            SQL("SELECT COUNT(DISTINCT proposed_grade_id) FROM plain_grade")
        )
        self.assertEqual(counts, 4, "Every grade is to be compared.")
        drop_plain_grades(self.env)

    def test_grades_are_those_of_plain_sql(self):
        run = self._start()
        limit = run.total_count // BATCHES + 1
        self.assertGreater(run.total_count, CUSTOMERS * 0.99)
        self.assertEqual(sum(self._grade(run, limit)), run.total_count)
        self.assertEqual((run.state, run.done_count), ("done", run.total_count))
        self._assert_like_plain_sql()
        self._check_again(limit)
        self.env.cr.execute(
            "UPDATE customer_dossier SET potential_amount = potential_amount + 700 "
            "WHERE id % 50 = 0"
        )
        self.env.invalidate_all()
        list(self._grade(self._start(), limit))
        self._assert_like_plain_sql()

    def _check_again(self, limit):
        """Nothing has changed: each batch asks as many statements, and memory stays."""
        run = self._start()
        statements, kept = [], []
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        before = self.env.cr.sql_log_count
        for _count in self._grade(run, limit):
            statements.append(self.env.cr.sql_log_count - before)
            gc.collect()
            kept.append(tracemalloc.get_traced_memory()[0])
            before = self.env.cr.sql_log_count
        # the first batches fill caches
        self.assertEqual(set(statements[1:]), {statements[1]})
        growth = kept[-1] - kept[1]
        self.assertLess(growth, KEPT * limit * (BATCHES - 2) + 100000)
        self._assert_like_plain_sql()
