from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .concurrency import ConcurrencyCase, Fixture

PERMIT = "customer.access.permit"
HANDOVER = "customer.staff.handover"


@tagged("post_install", "-at_install")
class TestArchiveConcurrency(ConcurrencyCase):
    users = {
        "rep": "rep",
        "leaver": "rep",
        "leaver2": "rep",
        "keeper": "keeper",
        "keeper2": "keeper",
        "mdo": "mdo",
        "outsider": False,
    }

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
