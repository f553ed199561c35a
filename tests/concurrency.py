"""A test case with real commits, for several transactions at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests.common import BaseCase, get_db_name

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT


class ConcurrencyCase(BaseCase):
    """What a class commits, it deletes in ``addClassCleanup``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # what it asks has tests of its own
        with cls.environment() as env:
            duties = env["customer.confidentiality.duty"].search([])
            duties.action_archive()
        cls.addClassCleanup(cls._unarchive, duties._name, duties.ids)

    @classmethod
    def _unarchive(cls, model, ids):
        with cls.environment() as env:
            env[model].browse(ids).action_unarchive()

    @classmethod
    @contextmanager
    def environment(cls, uid=SUPERUSER_ID):
        """Give an environment of its own transaction, committed at the end."""
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, uid, dict(DISABLED_MAIL_CONTEXT, lang="en_US"))

    def at_once(self, *jobs):
        """Run ``jobs`` (user id, function of an environment) at once, each in its
        own transaction that Odoo repeats on a conflict; none starts before all
        transactions have taken their snapshot.

        :return: what each job returned, or the exception that it raised
        """
        barrier = threading.Barrier(len(jobs))

        def run(uid, job):
            tries = []

            def attempt(env):
                env.cr.execute("SELECT 1")  # the first query takes the snapshot
                if not tries:
                    tries.append(True)
                    barrier.wait(timeout=20)
                return job(env)

            try:
                with self.environment(uid) as env:
                    return retrying(lambda: attempt(env), env)
            except Exception as error:
                return error

        with ThreadPoolExecutor(max_workers=len(jobs)) as executor:
            futures = [executor.submit(run, uid, job) for uid, job in jobs]
            return [future.result(timeout=60) for future in futures]
