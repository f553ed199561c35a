import io
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from .common import CustomerArchiveCommon

APPROVALS = "/odoo/approvals"


@tagged("post_install", "-at_install")
class TestTourCustody(CustomerArchiveCommon, HttpCase):
    """Secrecy and custody, from the request to the register, in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the steps look for English words
        cls.env["res.lang"]._activate_lang("en_US")
        # what is due on the same day is handed out whenever this runs
        cls.company.customer_close_hour = 23.99
        cls.env["crm.team.member"].create(
            [
                {"crm_team_id": cls.unit.id, "user_id": cls.rep.id},
                {"crm_team_id": cls.unit.id, "user_id": cls.rep2.id},
            ]
        )
        cls.customer = cls._customer("Toured Ltd", user_id=cls.rep.id)

    def _tour(self, user, name, url="/odoo/dossiers"):
        self.start_tour(url, f"customer_archive_{name}", login=user.login)
        self.env.invalidate_all()

    def _toured(self, **values):
        """Return the formal dossier of the customer."""
        return self._formal_dossier(partner_id=self.customer.id, **values)

    def _registered(self, dossier):
        """Return (user, operation) of the rows of the register about ``dossier``."""
        rows = self.env["customer.access.log"].search(
            [("dossier_ids", "in", dossier.ids)], order="id"
        )
        return [(row.user_id, row.operation) for row in rows]

    def test_lending(self):
        """Walk-through B: from the locked button to the checked return (D17)."""
        dossier = self._toured()
        self._tour(
            self.bum2, "lending_request", f"/odoo/res.partner/{self.customer.id}"
        )
        permit = self.env["customer.access.permit"].search(
            [("user_id", "=", self.bum2.id)]
        )
        self.assertRecordValues(
            permit,
            [
                {
                    "kind": "borrow",
                    "state": "requested",
                    "approval_state": "pending",
                    "same_day_return": True,
                    "not_to_leave": True,
                    "purpose": "To prepare the tender",
                }
            ],
        )
        self.assertEqual(permit.item_ids.dossier_id, dossier)
        self._tour(self.mdo, "lending_approve", APPROVALS)
        self.assertRecordValues(
            permit.approval_decision_ids,
            [
                {
                    "user_id": self.mdo.id,
                    "decision": "approved",
                    "comment": "For the tender alone.",
                }
            ],
        )
        self._tour(self.keeper, "lending_keeper")
        self.assertRecordValues(
            permit,
            [
                {
                    "state": "returned",
                    "issued_by_id": self.keeper.id,
                    "returned_to_id": self.keeper.id,
                    "is_in_force": False,
                }
            ],
        )
        self.assertEqual(permit.item_ids.condition, "complete")
        self.assertFalse(dossier.with_user(self.bum2).has_access("read"))
        self.assertIn((self.bum2, "borrow"), self._registered(dossier))

    def test_level(self):
        """The keeper proposes a level, the leadership decides (D1, A45)."""
        dossier = self._toured()
        former = dossier.secrecy_level_id
        self._tour(self.keeper, "level_propose", f"/odoo/dossiers/{dossier.id}")
        decision = self.env["customer.secrecy.decision"].search(
            [("dossier_id", "=", dossier.id)]
        )
        self.assertRecordValues(
            decision, [{"approval_state": "pending", "create_uid": self.keeper.id}]
        )
        self.assertEqual(dossier.secrecy_level_id, former)
        self._tour(self.gmo, "level_approve")
        self.assertEqual(dossier.secrecy_level_id, decision.level_id)
        self.assertTrue(dossier.is_important)
        self.assertEqual(decision.approval_decision_ids.user_id, self.gmo)
        self.assertIn((self.gmo, "read"), self._registered(dossier))

    def test_confidentiality(self):
        """Nobody reads on before he has confirmed the duty (D12)."""
        duty = self.env.ref("customer_archive.customer_confidentiality_duty_1")
        duty.action_unarchive()
        self._toured(needs="Two floors of furniture")
        self._tour(self.mdo, "confidentiality")
        confirmation = duty.confirmation_ids.filtered(
            lambda confirmation: confirmation.user_id == self.mdo
        )
        self.assertEqual(confirmation.text, duty.text)

    def test_staff_handover(self):
        """What a leaver holds passes on; both departments sign (D27, D28)."""
        dossier = self._toured()
        self._tour(self.bum, "staff_open")
        handover = self.env["customer.staff.handover"].search(
            [("user_id", "=", self.rep.id)]
        )
        self.assertEqual(handover.state, "started")
        self.assertEqual(self.rep.archive_access, "no_copies")
        self.assertEqual(dossier.user_id, self.rep2)
        self._tour(self.keeper, "staff_receive")
        self.assertTrue(all(handover.line_ids.mapped("is_settled")))
        self._tour(self.bum, "staff_sign")
        self.assertEqual(handover.state, "done")
        self.assertEqual(handover.approval_decision_ids.user_id, self.bum + self.keeper)
        self.assertEqual(self.rep.archive_access, "none")

    def test_disposal(self):
        """No value, approved, destroyed: the certificate is left (D30, D31)."""
        dossier = self._dossier(partner_id=self.customer.id)
        disposal = self.env["customer.disposal"]._open(dossier, "inactive")
        self._tour(self.keeper, "disposal_decide")
        self.assertRecordValues(
            disposal,
            [{"state": "candidate", "approval_state": "pending"}],
        )
        self._tour(self.mdo, "disposal_approve")
        self._tour(self.keeper, "disposal_destroy")
        self.assertRecordValues(
            disposal,
            [
                {
                    "state": "done",
                    "reason_kind": "useless",
                    "reason": "Nobody ever answered.",
                    "decided_by_id": self.keeper.id,
                    "approver_id": self.mdo.id,
                    "destroyed_by_id": self.keeper.id,
                    "paper_destroyed": True,
                }
            ],
        )
        self.assertEqual(dossier.state, "destroyed")
        self.assertNotIn("Toured", dossier.display_name)
        self.assertNotIn("Toured", self.customer.name)

    def test_disclosure(self):
        """Both approve, in any order; then there is a release file (D23, D24)."""
        dossier = self._toured()
        self._tour(self.rep, "disclosure_request")
        permit = self.env["customer.access.permit"].search(
            [("user_id", "=", self.rep.id)]
        )
        self.assertRecordValues(
            permit,
            [
                {
                    "kind": "disclose",
                    "state": "requested",
                    "recipient": "Audit House",
                    "purpose": "The yearly audit",
                }
            ],
        )
        self._tour(self.mdo, "disclosure_approve", APPROVALS)
        self.assertEqual(permit.state, "requested")
        self.assertFalse(permit.release_attachment_id)
        self._tour(self.bum, "disclosure_approve", APPROVALS)
        self.assertEqual(permit.state, "approved")
        writer = PdfFileWriter()
        writer.addBlankPage(595, 842)
        page = io.BytesIO()
        writer.write(page)
        # what the pages say has tests of its own
        with patch.object(
            type(permit), "_render_pdf", lambda self, report, records: page.getvalue()
        ):
            self._tour(
                self.keeper, "disclosure_release", f"/odoo/access-permits/{permit.id}"
            )
        reader = PdfFileReader(io.BytesIO(permit.release_attachment_id.raw))
        self.assertEqual(reader.getNumPages(), 2)
        self.assertIn((self.keeper, "disclose"), self._registered(dossier))

    def test_leak_incident(self):
        """The director decides on it, the general manager closes it (D26)."""
        dossier = self._toured()
        self._tour(self.mdo, "leak_report")
        incident = self.env["customer.leak.incident"].search(
            [("dossier_ids", "in", dossier.ids)]
        )
        self.assertRecordValues(
            incident,
            [
                {
                    "state": "decided",
                    "approval_state": "pending",
                    "discovered_by_id": self.mdo.id,
                    "investigation": "Copy 3 was left in the train.",
                    "decision_kind": "warning",
                    "decision": "A warning and new copies.",
                }
            ],
        )
        self._tour(self.gmo, "leak_close")
        self.assertEqual(incident.state, "closed")
        self.assertEqual(incident.approval_decision_ids.user_id, self.gmo)
