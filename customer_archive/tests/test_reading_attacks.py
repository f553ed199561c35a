from base64 import b64encode

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .test_permit import MORNING, PermitCommon
from .test_register import SECRET, RegisterCommon

PAPER_TYPE = "customer_archive.customer_document_type_power_of_attorney"


@tagged("post_install", "-at_install")
class TestReadingByForms(PermitCommon):
    """A form that is being filled in names whatever its client likes: nothing that is
    computed in sudo is read through it."""

    def _onchange(self, user, model, values, names):
        spec = {name: {} for name in names}
        for name in values:
            spec.setdefault(name, {"fields": {"display_name": {}}})
        told = self._rpc(user, model, "onchange", [], values, [], spec)
        return told["value"]

    def test_item_of_a_permit_names_no_hidden_paper(self):
        paper = self.env["customer.document"].create(
            {
                "dossier_id": self.dossier.id,
                "type_id": self.env.ref(PAPER_TYPE).id,
                "number": "Zanzibar",
            }
        )
        item = self._permit(self.rep2, self.dossier).item_ids
        values = {"partner_id": self.partner.id, "document_id": paper.id}
        for record_ids, known in (([], self.partner.name), (item.ids, "")):
            told = self._rpc(
                self.rep2,
                item._name,
                "onchange",
                record_ids,
                values,
                list(values),
                {"name": {}, "document_id": {"fields": {"display_name": {}}}},
            )
            self.assertIn(known, str(told))
            self.assertNotIn("Zanzibar", str(told))
        named = self._onchange(self.rep, item._name, values, ["name"])["name"]
        self.assertIn("Zanzibar", named)

    def test_request_in_a_form_tells_no_level(self):
        for level, rules in (
            (self.dossier.secrecy_level_id, "Rules of all"),
            (self.core_level, "Rules of the core"),
        ):
            level.rules_of_use = rules
        told = self._onchange(
            self.rep2,
            "customer.access.permit",
            {
                "state": "approved",
                "item_ids": [Command.create({"partner_id": self.partner.id})],
            },
            ["rules_of_use"],
        )
        self.assertEqual(told["rules_of_use"], "Rules of the core")

    @freeze_time(MORNING)
    def test_request_of_others_is_not_told_in_a_form(self):
        permit = self._permit(self.rep, self.dossier)
        permit.with_user(self.rep).action_submit()
        permit.with_user(self.gmo).action_reject("Zanzibar is sealed")
        self.assertIn("Zanzibar", permit.with_user(self.rep).approval_status)
        values = {"approval_id": permit.approval_id.id, "approval_state": "rejected"}
        names = ["approval_status", "can_approve"]
        for user in (self.rep2, self.outsider):
            told = self._onchange(user, permit._name, values, names)
            self.assertNotIn("Zanzibar", str(told))
            self.assertNotIn(self.gmo.name, str(told))
        permit = self._permit(self.rep, self.dossier)
        permit.with_user(self.rep).action_submit()
        values = {"approval_id": permit.approval_id.id, "approval_state": "pending"}
        told = self._onchange(self.gmo, permit._name, values, names)
        self.assertFalse(any(told[name] for name in names), told)

    def test_item_of_a_hand_over_names_nothing_of_others(self):
        lead = self.env["crm.lead"].create(
            {"name": "Zanzibar", "user_id": self.rep2.id, "team_id": False}
        )
        own = self.env.ref("sales_team.group_sale_salesman")
        self.bum.group_ids = [Command.link(own.id)]
        self.assertFalse(lead.with_user(self.bum).has_access("read"))
        told = self._onchange(
            self.bum,
            "customer.staff.handover.line",
            {"res_model": "crm.lead", "res_id": lead.id},
            ["item", "display_name"],
        )
        self.assertNotIn("Zanzibar", str(told))


@tagged("post_install", "-at_install")
class TestReadingByPermit(PermitCommon):
    """What was decided on is what is opened."""

    def _move(self, contact, customer):
        contact.sudo().write({"is_company": False, "parent_id": customer.id})

    @freeze_time(MORNING)
    def test_customer_is_named_and_stays(self):
        """A contact asked for is shown as the customer whose dossier it opens, and
        does not lead to another one afterwards."""
        secret = self._dossier()
        contact = self._customer("Harmless", is_company=False)
        contact.parent_id = self.partner
        for kind, decider in (("read", self.gmo), ("borrow", self.mdo)):
            item = Command.create({"partner_id": contact.id})
            permit = self._permit(self.outsider, self.dossier, kind, item_ids=[item])
            permit.with_user(self.outsider).action_submit()
            self.assertIn(self.partner.name, permit.item_ids.name)
            self._move(contact, secret.partner_id)
            permit.with_user(decider).action_approve()
            if kind == "borrow":
                permit.with_user(self.keeper).action_hand_out()
            self.assertEqual(permit.item_ids.dossier_id, self.dossier)
            self.assertTrue(self._reads(self.outsider))
            self.assertFalse(self._reads(self.outsider, secret))
            permit._system_write({"state": "expired"})
            self._move(contact, self.partner)

    @freeze_time(MORNING)
    def test_customer_who_becomes_a_contact(self):
        secret = self._dossier()
        for kind, decider in (("read", self.gmo), ("borrow", self.mdo)):
            decoy = self._customer("Harmless")
            item = Command.create({"partner_id": decoy.id})
            permit = self._permit(self.outsider, secret, kind, item_ids=[item])
            permit.with_user(self.outsider).action_submit()
            self._move(decoy, secret.partner_id)
            with self.assertRefused(UserError, "A new request is needed"):
                permit.with_user(decider).action_approve()
            decoy.write({"parent_id": False, "is_company": True})
            permit.with_user(decider).action_approve()
            self._move(decoy, secret.partner_id)
            if kind == "borrow":
                permit.with_user(self.keeper).action_hand_out()
            self.assertFalse(permit.item_ids.dossier_id)
            self.assertFalse(self._reads(self.outsider, secret))

    @freeze_time(MORNING)
    def test_submitting_tells_nothing(self):
        """Whoever asks for a dossier learns neither that there is one nor that it is
        important before he is allowed to have it."""
        self.dossier._system_write({"secrecy_level_id": self.core_level.id})
        answers = []
        for customer in (self.partner, self._customer()):
            item = Command.create({"partner_id": customer.id})
            permit = self._permit(
                self.outsider,
                self.dossier,
                "borrow",
                item_ids=[item],
                date_until="2031-05-20 00:00:00",
            )
            self._rpc(self.outsider, permit._name, "action_submit", permit.ids)
            names = ["same_day_return", "date_until", "is_related", "rules_of_use"]
            (answer,) = self._rpc(
                self.outsider, permit._name, "read", permit.ids, names
            )
            answers.append({**answer, "id": 0})
            permit.with_user(self.mdo).action_approve()
            self.assertEqual(permit.same_day_return, customer == self.partner)
        self.assertEqual(answers[0], answers[1])

    def _release_file(self, permit):
        attachment = self.env["ir.attachment"].create(
            {
                "name": "release.pdf",
                "raw": b"Zanzibar",
                "res_model": permit._name,
                "res_id": permit.id,
            }
        )
        permit._system_write({"release_attachment_id": attachment.id})
        return attachment

    def _downloads(self, user, permit):
        """Return whether ``user`` gets the release file, by button and by id."""
        attachment = permit.release_attachment_id
        results = set()
        for call in (
            (permit._name, "action_download_release_file", permit.ids),
            ("ir.attachment", "read", attachment.ids, ["raw"]),
        ):
            try:
                with self.env.cr.savepoint():
                    self._rpc(user, *call)
                results.add(True)
            except UserError:  # AccessError is one
                results.add(False)
        with self.assertRefused(UserError):
            self._rpc(user, "ir.attachment", "copy", attachment.ids)
        self.assertEqual(len(results), 1)
        return results.pop()

    def test_release_file_only_while_the_permit_runs(self):
        recipient = {
            "recipient": "Audit House",
            "recipient_measures": "Kept under lock, destroyed after the audit.",
        }
        with freeze_time(MORNING):
            permit = self._approved(
                self.rep,
                "disclose",
                (self.bum, self.mdo),
                date_until="2031-05-08 00:00:00",
                **recipient,
            )
            self._release_file(permit)
            self.assertTrue(self._downloads(self.rep, permit))
            self.rep.sudo().archive_access = "no_copies"
            self.assertFalse(self._downloads(self.rep, permit))
            self.rep.sudo().archive_access = False
            self.assertFalse(self._downloads(self.outsider, permit))
        with freeze_time("2031-05-08 00:00:00"):
            self.assertFalse(self._downloads(self.rep, permit))
            # what was given away stays on record in the offices
            self.assertTrue(self._downloads(self.keeper, permit))
        with freeze_time(MORNING):
            permit.with_user(self.mdo).action_revoke("Recipient gone")
            self.assertFalse(self._downloads(self.rep, permit))


@tagged("post_install", "-at_install")
class TestReadingByFiles(RegisterCommon):
    def test_file_is_not_copied_away(self):
        """A copy of a file would stay when the right to the dossier is gone."""
        message = self.dossier.with_user(self.rep).message_post(
            body="x", attachments=[("plan.txt", b"plan")]
        )
        for attachment in self.attachment | message.attachment_ids:
            for user in (self.rep, self.bum):
                self.assertTrue(attachment.with_user(user).has_access("read"))
                for default in (
                    {},
                    {"res_model": False, "res_id": 0},
                    {"res_model": "res.partner", "res_id": self.partner.id},
                ):
                    with self.assertRefused(AccessError, "needs the export right"):
                        self._rpc(
                            user, "ir.attachment", "copy", attachment.ids, default
                        )
            rows = self._act(
                lambda attachment=attachment: self._rpc(
                    self.keeper, "ir.attachment", "copy", attachment.ids
                )
            )
            self.assertIn("copy", rows.mapped("operation"))

    def test_export_of_what_hangs_on_a_dossier(self):
        activity = self.dossier.activity_schedule(
            "mail.mail_activity_data_todo", note=SECRET, user_id=self.rep.id
        )
        for record, path in (
            (activity, "note"),
            (self.attachment, "name"),
        ):
            call = record._name, "export_data", record.ids, [path]
            self.assertTrue(record.with_user(self.rep).has_access("read"))
            with self.assertRefused(AccessError, "needs the export right"):
                self._rpc(self.rep, *call)
            rows = self._act(lambda call=call: self._rpc(self.mdo, *call))
            self.assertEqual(rows.mapped("operation"), ["export"])
            self.assertEqual(rows.dossier_id, self.dossier)
            with self.assertRefused(AccessError):
                self._rpc(self.outsider, *call)
        other = self._attach(self.partner)
        rows = self._act(
            lambda: self._rpc(self.rep, other._name, "export_data", other.ids, ["name"])
        )
        self.assertFalse(rows)

    def _attach(self, record):
        return self.env["ir.attachment"].create(
            {
                "name": "plan.txt",
                "raw": b"plan",
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    def test_file_does_not_move_to_where_everybody_reads(self):
        with self.assertRefused(UserError, "stays with him"):
            self._rpc(
                self.rep,
                "ir.attachment",
                "write",
                self.attachment.ids,
                {"res_model": "res.partner", "res_id": self.partner.id},
            )
        self._rpc(
            self.rep,
            "ir.attachment",
            "write",
            self.attachment.ids,
            {"res_model": self.document._name, "res_id": self.document.id},
        )

    # ------------------------------------------------------------ a paper's own level

    def _paper(self, dossier, level):
        paper = self.env["customer.document"].create(
            {
                "dossier_id": dossier.id,
                "type_id": self.env.ref(PAPER_TYPE).id,
                "file": b64encode(b"scan"),
                "file_name": "scan.txt",
            }
        )
        paper._system_write({"secrecy_level_id": level.id})
        return paper

    def test_own_level_of_a_paper_decides_on_copies(self):
        """What the level of the dossier allows, that of the paper may refuse."""
        level = self.plain.secrecy_level_id
        for right in level.right_ids:
            right.write({"copy_scope": "related", "export_scope": "related"})
        for right in self.core.right_ids:
            right.write({"copy_scope": "none", "export_scope": "none"})
        paper = self._paper(self.plain, self.core)
        usual = self._paper(self.plain, self.env["customer.secrecy.level"])
        report = self.env["ir.actions.report"].with_user(self.rep)
        calls = (
            lambda record: self._rpc(
                self.rep, record._name, "export_data", record.ids, ["number"]
            ),
            lambda record: self._rpc(self.rep, record._name, "copy_data", record.ids),
            lambda record: self._rpc(
                self.rep,
                "customer.dossier",
                "export_data",
                record.dossier_id.ids,
                ["document_ids/number"],
            ),
            lambda record: report._get_rendering_context(
                self.env["ir.actions.report"].new({"model": record._name}),
                record.ids,
                {},
            ),
        )
        self.assertTrue(paper.with_user(self.rep).has_access("read"))
        for call in calls:
            with self.assertRefused(AccessError, "Ask"):
                call(paper)
        paper.unlink()
        for call in calls:
            call(usual)

    def test_own_level_of_a_paper_decides_on_the_register(self):
        paper = self._paper(self.plain, self.core)
        rows = self._act(
            lambda: self._rpc(self.rep, paper._name, "read", paper.ids, ["file"])
        )
        self.assertEqual(rows.secrecy_level_id, self.core)
        self.assertEqual(rows.dossier_id, self.plain)
