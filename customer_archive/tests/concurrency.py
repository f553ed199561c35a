from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import call_kw, retrying
from odoo.tests import BaseCase
from odoo.tests.common import get_db_name
from odoo.tools import SQL, mute_logger

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

from .common import CustomerArchiveCommon


class Fixture(CustomerArchiveCommon):
    """Lends its builders; it is never set up, so that nothing shipped is changed."""


class ConcurrencyCase(BaseCase):
    """Two transactions at once, both committed: the later one is repeated by Odoo and
    then sees what the other has done."""

    # role of each user, who becomes an attribute of the fixture; here his id is one
    users = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            last_ids = cls._get_last_ids(cr)
        cls.addClassCleanup(cls._remove_newer, last_ids)
        with cls.registry.cursor() as cr:
            env = cls._env(cr)
            cls._bind(env)
            for name, role in cls.users.items():
                user = Fixture._user(role, login=f"concurrent_{name}")
                setattr(cls, name, user.id)
                setattr(Fixture, name, user)
                duty = env["customer.confidentiality.duty"]
                duty.browse(duty._get_current_id())._confirm(user)
            Fixture.unit = Fixture._unit("Concurrent Unit", keeper_id=cls.keeper)
            cls.unit = Fixture.unit.id

    # ------------------------------------------------------------ real data

    @staticmethod
    def _env(cr, user=SUPERUSER_ID):
        return api.Environment(cr, user, dict(DISABLED_MAIL_CONTEXT))

    @classmethod
    def _bind(cls, env):
        """Let the builders write in ``env``."""
        Fixture.env = env
        for name in cls.users:
            if hasattr(cls, name):
                setattr(Fixture, name, env["res.users"].browse(getattr(cls, name)))
        if hasattr(cls, "unit"):
            Fixture.unit = env["crm.team"].browse(cls.unit)

    @classmethod
    def _get_last_ids(cls, cr):
        """Return {table: last id}."""
        cr.execute(
            """SELECT table_name FROM information_schema.columns
                 JOIN information_schema.tables USING (table_schema, table_name)
                WHERE table_schema = current_schema AND column_name = 'id'
                  AND table_type = 'BASE TABLE' AND data_type = 'integer'"""
        )
        last_ids = {}
        for (table,) in cr.fetchall():
            cr.execute(
                SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table))
            )
            last_ids[table] = cr.fetchone()[0]
        return last_ids

    @classmethod
    def _remove_newer(cls, last_ids):
        """Remove what the tests have committed, whatever depends on what."""
        with cls.registry.cursor() as cr, mute_logger("odoo.sql_db"):
            now = cls._get_last_ids(cr)
            waiting = [table for table in now if now[table] > last_ids[table]]
            while waiting:
                held = []
                for table in waiting:
                    try:
                        with cr.savepoint(flush=False):
                            cr.execute(
                                SQL(
                                    "DELETE FROM %s WHERE id > %s",
                                    SQL.identifier(table),
                                    last_ids[table],
                                )
                            )
                    except psycopg2.IntegrityError:
                        held.append(table)
                if len(held) == len(waiting):
                    raise AssertionError(f"Not removed: {held}")
                waiting = held
        cls.registry.clear_all_caches()

    # ------------------------------------------------------------ two at once

    def _call(self, user, model, method, ids, *args):
        """Return a function of ``env`` that calls like a client does."""
        return lambda env: call_kw(env(user=user)[model], method, [ids, *args], {})

    def _commit(self, function):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            self._bind(env)
            result = function(env)
            env.flush_all()
            return result

    def _race(self, winner, loser, repeated=True):
        """Let the transaction of ``loser`` begin before that of ``winner``, which is
        committed before ``loser`` acts.

        :param repeated: whether ``loser`` is run again, or refused by the database
        """
        attempts = []
        with (
            self.registry.cursor() as cr,
            mute_logger("odoo.sql_db", "odoo.service.model"),
            patch("odoo.service.model.time.sleep"),
        ):
            env = self._env(cr)
            cr.execute("SELECT id FROM res_users LIMIT 1")
            self._commit(winner)

            def attempt():
                attempts.append(True)
                return loser(env)

            try:
                retrying(attempt, env)
            finally:
                self.assertEqual(len(attempts), 2 if repeated else 1)

    def _read(self, model, id_, *names):
        return self._commit(
            lambda env: env[model].browse(id_).read(names, load=None)[0]
        )
