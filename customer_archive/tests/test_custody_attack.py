from base64 import b64encode

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_disposal import DisposalCommon
from .test_staff_handover import MODEL, StaffHandoverCommon

DECISION = "customer.secrecy.decision"


@tagged("post_install", "-at_install")
class TestDecidingAttack(DisposalCommon):
    """Decisions that nobody took, or that are changed afterwards (D1, D7, X3)."""

    def _proposal(self, dossier, code="core"):
        return (
            self.env[DECISION]
            .with_user(self.keeper)
            .create(
                {
                    "dossier_id": dossier.id,
                    "level_id": self.env.ref(
                        f"customer_archive.customer_secrecy_level_{code}"
                    ).id,
                    "reason": "Strategic",
                }
            )
        )

    def test_defaults_of_the_client_decide_nothing(self):
        """A context reaches what the system creates for the client, too."""
        dossier = self._dossier(keeper_id=self.keeper.id)
        proposal = self._proposal(dossier)
        level = dossier.secrecy_level_id
        self._rpc(
            self.keeper,
            DECISION,
            "action_submit",
            proposal.ids,
            context={"default_state": "approved", "default_user_ids": [self.keeper.id]},
        )
        self.assertEqual(proposal.approval_state, "pending")
        self.assertEqual(proposal.approval_id.line_ids.mapped("state"), ["pending"])
        self.assertEqual(dossier.secrecy_level_id, level)

    def test_numbers_carry_the_year_of_the_day(self):
        for model, user, values in (
            ("customer.access.permit", self.rep, {"purpose": "x"}),
            ("customer.leak.incident", self.mdo, {"description": "x"}),
        ):
            id_ = self._rpc(
                user,
                model,
                "create",
                values,
                context={"ir_sequence_date": "1999-01-01"},
            )
            self.assertNotIn("1999", self.env[model].browse(id_).number)

    def test_decided_level_is_not_decided_again(self):
        dossier = self._dossier(keeper_id=self.keeper.id)
        first, second = (self._proposal(dossier, code) for code in ("core", "internal"))
        for proposal in (first, second):
            self._rpc(self.keeper, DECISION, "action_submit", proposal.ids)
            self._rpc(self.gmo, DECISION, "action_approve", proposal.ids)
        decided_on = first.decided_on
        with self.assertRefused(UserError, "new"):
            self._rpc(self.keeper, DECISION, "action_submit", first.ids)
        rejected = self._proposal(dossier)
        self._rpc(self.keeper, DECISION, "action_submit", rejected.ids)
        self._rpc(self.gmo, DECISION, "action_reject", rejected.ids, "No")
        with self.assertRefused(UserError, "new"):
            self._rpc(self.keeper, DECISION, "action_submit", rejected.ids)
        with self.assertRefused(UserError):
            self._rpc(
                self.keeper, DECISION, "write", rejected.ids, {"reason": "Forged"}
            )
        self.assertEqual(first.decided_on, decided_on)

    def test_files_of_a_closed_measure_stay(self):
        dossier = self._dossier()
        measure = self._measure(dossier_id=dossier.id)
        scan = self.env["ir.attachment"].create(
            {
                "name": "evidence.txt",
                "raw": b"evidence",
                "res_model": measure._name,
                "res_id": measure.id,
            }
        )
        measure._system_write({"state": "effective"})
        for method, args in (("write", [{"raw": "Zm9yZ2Vk"}]), ("unlink", [])):
            with self.assertRefused(AccessError):
                self._rpc(self.rep, "ir.attachment", method, scan.ids, *args)
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep,
                "ir.attachment",
                "create",
                {"name": "x", "res_model": measure._name, "res_id": measure.id},
            )
        self.assertEqual(scan.raw, b"evidence")
        # what was wrong is noted
        self._rpc(self.rep, measure._name, "message_post", measure.ids, body="Wrong")
        self.assertIn("Wrong", str(measure.message_ids.mapped("body")))

    def test_file_of_a_field_is_replaced_in_the_form(self):
        dossier = self._dossier(keeper_id=self.keeper.id)
        paper = self.env["customer.document"].create(
            {
                "dossier_id": dossier.id,
                "type_id": self.env.ref(
                    "customer_archive.customer_document_type_power_of_attorney"
                ).id,
                "file": b64encode(b"true"),
                "file_name": "paper.txt",
            }
        )
        self._rpc(self.keeper, paper._name, "action_file", paper.ids)
        self.assertTrue(paper.filed_on)
        scan = self.env["ir.attachment"].search(
            [
                ("res_model", "=", paper._name),
                ("res_id", "=", paper.id),
                ("res_field", "=", "file"),
            ]
        )
        forged = {"raw": b64encode(b"forged").decode()}
        in_field = {"res_model": paper._name, "res_id": paper.id, "res_field": "file"}
        for method, args in (
            ("write", [scan.ids, forged]),
            ("unlink", [scan.ids]),
            ("create", [{"name": "x"} | forged | in_field]),
        ):
            with self.assertRefused(AccessError, "form of its record"):
                self._rpc(self.rep, "ir.attachment", method, *args)
        with self.assertRefused(AccessError, "form of its record"):
            self._rpc(
                self.rep,
                "ir.attachment",
                "create",
                {"name": "x"} | forged,
                context={f"default_{name}": value for name, value in in_field.items()},
            )
        self.assertTrue(paper.filed_on)
        self._rpc(self.rep, paper._name, "write", paper.ids, {"file": forged["raw"]})
        self.assertFalse(paper.filed_on)

    def test_location_in_use_does_not_change_its_kind(self):
        location = self.env["customer.storage.location"].create({"name": "Shelf"})
        self._dossier(keeper_id=self.keeper.id).storage_location_id = location
        with self.assertRefused(ValidationError, "kept apart"):
            self._rpc(
                self.keeper,
                location._name,
                "write",
                location.ids,
                {"is_important": True},
            )

    def test_confirmed_duty_is_not_rewritten_by_a_translation(self):
        duty = self.env["customer.confidentiality.duty"].create(
            {"version": "9", "text": "<p>Keep it.</p>"}
        )
        duty._confirm(self.rep)
        with self.assertRefused(UserError, "has been confirmed"):
            self._rpc(
                self.mdo,
                duty._name,
                "update_field_translations",
                duty.ids,
                "text",
                {"en_US": {"Keep it.": "Sell it."}},
            )


@tagged("post_install", "-at_install")
class TestDestroyingAttack(DisposalCommon):
    """What is destroyed was decided on, and nothing else goes (D30, D31)."""

    def test_short_name_leaves_other_texts_alone(self):
        purpose = "To prepare a visit of clients"
        other = self._dossier()
        for name in ("李", "Li"):
            dossier = self._dossier(partner_id=self._customer(name).id)
            permit = self._permit(self.rep, dossier | other, purpose=purpose)
            self._destroy(self._approved(dossier))
            self.assertEqual(permit.purpose, purpose)

    def test_addresses_that_contain_one_another(self):
        other = self._customer("Other", email="ali@dragon.example")
        messages = [
            other.message_post(body="Hello", email_from=email, author_id=False)
            for email in ("ali@dragon.example", "lixwang@dragon.example")
        ]
        own = other.message_post(
            body="Hello", email_from='"L" <li@dragon.example>', author_id=False
        )
        partner = self._customer("Dragon Sons", email="li@dragon.example")
        self._customer("Wang", parent_id=partner.id, email="li_wang@dragon.example")
        self._destroy(self._approved(self._dossier(partner_id=partner.id)))
        self.assertTrue(all(message.exists() for message in messages))
        self.assertFalse(own.exists())

    def test_open_requests_end_with_the_dossier(self):
        dossier = self._dossier(keeper_id=self.keeper.id)
        partner = dossier.partner_id
        permit = self._permit(self.outsider, dossier)
        permit.with_user(self.outsider).action_submit()
        self._destroy(self._approved(dossier))
        self.assertEqual(partner.name, f"Destroyed customer {dossier.number}")
        self.assertEqual(permit.state, "expired")
        self.assertEqual(permit.approval_id.state, "withdrawn")
        self.assertFalse(permit.activity_ids)

    def test_reactivated_dossier_is_not_destroyed_by_an_old_approval(self):
        mdo2 = self._user("mdo", login="archive_mdo2")
        dossier = self._formal_dossier()
        dossier._system_write({"state": "history", "value_decision": "destroy"})
        disposal = self._candidate(dossier, "valued")
        disposal._system_write({"state": "approved"})
        self._rpc(self.mdo, dossier._name, "action_reactivate", dossier.ids)
        self._rpc(mdo2, dossier._name, "action_approve", dossier.ids)
        self.assertEqual(dossier.state, "formal")
        self.assertEqual(disposal.state, "kept")

    def test_new_customer_is_not_destroyed_by_an_old_approval(self):
        dossier = self._dossier()
        disposal = self._approved(dossier)
        self._submit(dossier)
        dossier.with_user(self.bum).action_approve()
        dossier.with_user(self.mdo).action_approve()
        self.assertEqual(dossier.state, "formal")
        self.assertEqual(disposal.state, "kept")


@tagged("post_install", "-at_install")
class TestMergingAttack(DisposalCommon):
    """A customer entered twice while something is decided on him (A58, D31)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = cls.env.ref("base.group_partner_manager")
        cls.keeper.group_ids = [Command.link(manager.id)]
        cls.twin = cls._customer("Dragon Limited")
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.folded = cls._dossier(partner_id=cls.twin.id)

    def _merge(self, into=None):
        self.env["base.partner.merge.automatic.wizard"].with_user(self.keeper).create(
            {
                "partner_ids": [Command.set((self.partner + self.twin).ids)],
                "dst_partner_id": (into or self.partner).id,
            }
        ).action_merge()
        self.env.invalidate_all()

    def test_approved_destruction_does_not_reach_the_other_dossier(self):
        approved = self._approved(self.folded)
        self._merge()
        self.assertFalse(self.folded.exists())
        self.assertEqual(approved.dossier_id, self.dossier)
        self.assertEqual(approved.state, "kept")
        with self.assertRefused(UserError):
            self._destroy(approved)

    def test_both_are_candidates(self):
        asked = self._candidate(self.dossier)
        other = self._candidate(self.folded)
        for disposal in asked + other:
            self._decide(disposal)
        self._merge()
        for disposal in asked + other:
            self.assertRecordValues(
                disposal,
                [
                    {
                        "state": "kept",
                        "approval_state": "none",
                        "dossier_id": self.dossier.id,
                    }
                ],
            )
            self.assertFalse(disposal.activity_ids)
        self.assertEqual(len(self._candidate(self.dossier)), 1)

    def test_level_is_being_decided_on_for_both(self):
        level = self.env.ref("customer_archive.customer_secrecy_level_core")
        proposals = self.env[DECISION]
        for dossier in self.dossier + self.folded:
            dossier.keeper_id = self.keeper
            proposals |= proposals.create(
                {"dossier_id": dossier.id, "level_id": level.id, "reason": "x"}
            )
        for proposal in proposals:
            proposal.with_user(self.keeper).action_submit()
        self._merge()
        self.assertEqual(proposals.dossier_id, self.dossier)
        self.assertEqual(proposals.mapped("approval_state"), ["pending", "none"])
        proposals[0].with_user(self.gmo).action_approve()
        self.assertEqual(self.dossier.secrecy_level_id, level)

    def test_nothing_is_folded_into_a_destroyed_dossier(self):
        self._destroy(self._approved(self.folded))
        for into in (self.partner, self.twin):
            with self.assertRefused(UserError, "destroyed"):
                self._merge(into)
        self.assertEqual(self.dossier.state, "preliminary")

    def test_register_and_permits_follow(self):
        log = self.env["customer.access.log"]
        both = log.with_user(self.keeper)._log_access(
            self.folded | self._dossier(), "export"
        )
        one = log.with_user(self.keeper)._log_access(self.folded, "print")
        permit = self._permit(self.outsider, self.folded)
        incident = self.env["customer.leak.incident"].create(
            {"description": "x", "dossier_ids": [Command.set(self.folded.ids)]}
        )
        self._merge()
        rows = log.search([("dossier_ids", "in", self.dossier.ids)])
        self.assertLessEqual(both | one, rows)
        self.assertEqual(permit.item_ids.dossier_id, self.dossier)
        self.assertEqual(permit.item_ids.partner_id, self.partner)
        self.assertEqual(incident.dossier_ids, self.dossier)


@tagged("post_install", "-at_install")
class TestLeavingAttack(StaffHandoverCommon):
    """Signatures and access that nobody gave (D27-D29)."""

    def test_defaults_of_the_client_sign_nothing(self):
        handover = self._handover()
        self._rpc(
            self.bum,
            MODEL,
            "action_start",
            handover.ids,
            context={
                "default_department_user_id": self.bum.id,
                "default_keeper_user_id": self.keeper.id,
                "default_moved_on": "2026-03-02 08:00:00",
            },
        )
        lines = handover.line_ids
        self.assertTrue(lines)
        self.assertFalse(lines.department_user_id | lines.keeper_user_id)
        self.assertFalse(any(lines.mapped("moved_on")))

    def test_cancelled_draft_gives_no_access_back(self):
        done = self._handover()
        self._rpc(self.bum, MODEL, "action_start", done.ids)
        self._complete(done)
        self.assertEqual(self.rep.archive_access, "none")
        draft = self._handover(opener=self.mdo)
        self._rpc(self.mdo, MODEL, "action_cancel", draft.ids, "Opened twice")
        self.assertEqual(draft.state, "cancelled")
        self.assertEqual(self.rep.archive_access, "none")
        with self.assertRefused(UserError):
            self._rpc(self.mdo, MODEL, "write", draft.ids, {"date_last": "2026-01-01"})

    def test_who_has_no_access_gets_no_dossier(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._complete(handover)
        for values in (
            {"user_id": self.rep.id},
            {"keeper_id": self.rep.id},
            {"service_user_ids": [Command.link(self.rep.id)]},
        ):
            with self.assertRefused(ValidationError, "has left"):
                self._rpc(
                    self.keeper,
                    "customer.dossier",
                    "write",
                    self.dossier.ids,
                    values,
                )
        self.rep.with_user(self.env.user).active = False
        self.assertFalse(self.rep.active)

    def test_cost_of_completion(self):
        counts = []
        for number in (1, 6):
            user = self._user("rep", login=f"archive_leaver{number}")
            self.env["crm.team.member"].create(
                {"crm_team_id": self.unit.id, "user_id": user.id}
            )
            for _i in range(number):
                self._dossier(user_id=user.id)
                # what others wait for
                self._dossier()
            handover = self._handover(user=user)
            self._rpc(self.bum, MODEL, "action_start", handover.ids)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._complete(handover)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
            self.assertEqual(handover.state, "done")
        self.assertLess(counts[1] - counts[0], 5 * 40, counts)
