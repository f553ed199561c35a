from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import call_kw, retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import SQL, mute_logger

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

from .common import CustomerArchiveCommon

PERMIT = "customer.access.permit"
HANDOVER = "customer.staff.handover"


class Fixture(CustomerArchiveCommon):
    """Lends its builders; it is never set up, so that nothing shipped is changed."""


@tagged("post_install", "-at_install")
class TestArchiveConcurrency(BaseCase):
    """Two transactions at once, both committed: the later one is repeated by Odoo and
    then sees what the other has done."""

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
            for name, role in (
                ("rep", "rep"),
                ("leaver", "rep"),
                ("leaver2", "rep"),
                ("keeper", "keeper"),
                ("keeper2", "keeper"),
                ("mdo", "mdo"),
                ("outsider", False),
            ):
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
        for name in ("rep", "keeper", "mdo", "outsider"):
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

    def _race(self, winner, loser):
        """Let the transaction of ``loser`` begin before that of ``winner``, which is
        committed before ``loser`` acts."""
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
                self.assertEqual(len(attempts), 2)

    def _read(self, model, id_, *names):
        return self._commit(
            lambda env: env[model].browse(id_).read(names, load=None)[0]
        )

    # ------------------------------------------------------------ permits

    def _make_permit(self):
        def make(env):
            permit = Fixture._permit(Fixture.outsider, Fixture._dossier(), "borrow")
            permit._system_write(
                {"state": "approved", "submitted_on": permit.create_date}
            )
            return permit.id

        return self._commit(make)

    def test_permit_is_handed_out_once(self):
        permit_id = self._make_permit()
        first, second = (
            self._call(user, PERMIT, "action_hand_out", [permit_id])
            for user in (self.keeper, self.keeper2)
        )
        with self.assertRaisesRegex(UserError, "cannot be done"):
            self._race(first, second)
        permit = self._read(PERMIT, permit_id, "state", "issued_by_id")
        self.assertEqual(permit["state"], "issued")
        self.assertEqual(permit["issued_by_id"], self.keeper)
        acts = self._commit(
            lambda env: env["customer.access.log"].search_count(
                [("res_model", "=", PERMIT), ("res_id", "=", permit_id)]
            )
        )
        self.assertEqual(acts, 1)

    def test_revoked_permit_is_not_handed_out(self):
        permit_id = self._make_permit()
        with self.assertRaisesRegex(UserError, "cannot be done"):
            self._race(
                self._call(self.mdo, PERMIT, "action_revoke", [permit_id], "Late"),
                self._call(self.keeper, PERMIT, "action_hand_out", [permit_id]),
            )
        permit = self._read(PERMIT, permit_id, "state", "issued_on", "revoked_by_id")
        self.assertEqual(permit["state"], "expired")
        self.assertFalse(permit["issued_on"])
        self.assertEqual(permit["revoked_by_id"], self.mdo)

    # ------------------------------------------------------------ destruction

    def test_dossier_is_destroyed_once(self):
        def make(env):
            dossier = Fixture._dossier()
            disposal = env["customer.disposal"]._open(dossier, "inactive")
            disposal._system_write({"state": "approved"})
            return disposal.id, dossier.id

        disposal_id, dossier_id = self._commit(make)
        first, second = (
            lambda env, user=user: (
                env(user=user)["customer.disposal"]
                .browse(disposal_id)
                ._destroy_dossiers(False)
            )
            for user in (self.keeper, self.keeper2)
        )
        dossiers = self.registry["customer.dossier"]
        with (
            patch.object(dossiers, "_sweep_file_store", lambda self: None),
            self.assertRaisesRegex(UserError, "cannot be done"),
        ):
            self._race(first, second)
        disposal = self._read(
            "customer.disposal", disposal_id, "state", "destroyed_by_id"
        )
        self.assertEqual(disposal["state"], "done")
        self.assertEqual(disposal["destroyed_by_id"], self.keeper)
        noted = self._commit(
            lambda env: env["customer.dossier.log"].search_count(
                [("dossier_id", "=", dossier_id), ("event", "=", "destroyed")]
            )
        )
        self.assertEqual(noted, 1)

    # ------------------------------------------------------------ leaving

    def _make_handover(self, leaver):
        """Return the id of a hand-over that lacks one signature, and of a dossier."""

        def make(env):
            dossier = Fixture._dossier(user_id=self.rep)
            handover = (
                env[HANDOVER]
                .with_user(self.keeper)
                .create(
                    {
                        "user_id": leaver,
                        "successor_id": self.rep,
                        "date_last": "2031-03-31",
                    }
                )
            )
            handover.action_start()
            handover.action_submit()
            handover.action_approve()
            return handover.id, dossier.id

        return self._commit(make)

    def test_new_customer_of_who_is_leaving(self):
        """The last signature comes after the allocation that it has not seen."""
        handover_id, dossier_id = self._make_handover(self.leaver)
        sign = self._call(self.mdo, HANDOVER, "action_approve", [handover_id])
        allocate = self._call(
            self.keeper,
            "customer.dossier",
            "write",
            [dossier_id],
            {"user_id": self.leaver},
        )
        with self.assertRaisesRegex(UserError, "still holds"):
            self._race(allocate, sign)
        handover = self._read(HANDOVER, handover_id, "state", "approval_state")
        self.assertEqual(handover["state"], "started")
        self.assertEqual(handover["approval_state"], "pending")

    def test_no_customer_for_who_has_left(self):
        """The allocation comes after the last signature, which it has not seen."""
        handover_id, dossier_id = self._make_handover(self.leaver2)
        sign = self._call(self.mdo, HANDOVER, "action_approve", [handover_id])
        allocate = self._call(
            self.keeper,
            "customer.dossier",
            "write",
            [dossier_id],
            {"user_id": self.leaver2},
        )
        with self.assertRaisesRegex(ValidationError, "has left"):
            self._race(sign, allocate)
        self.assertEqual(self._read(HANDOVER, handover_id, "state")["state"], "done")
        dossier = self._read("customer.dossier", dossier_id, "user_id")
        self.assertEqual(dossier["user_id"], self.rep)
