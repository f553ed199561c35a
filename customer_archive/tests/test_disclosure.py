import io
from base64 import b64encode

from PIL import Image

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools.pdf import PdfFileReader

from .test_permit import MORNING, PermitCommon


@tagged("post_install", "-at_install")
class TestDisclosure(PermitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recipient = {
            "recipient": "Audit House",
            "recipient_measures": "Kept under lock, destroyed after the audit.",
        }

    def _disclosure(self, user=None, dossiers=None, **values):
        return self._permit(
            user or self.rep,
            dossiers or self.dossier,
            "disclose",
            **{**self.recipient, **values},
        )

    def _paper(self, content, **values):
        return self.env["customer.document"].create(
            {
                "dossier_id": self.dossier.id,
                "type_id": self.env.ref(
                    "customer_archive.customer_document_type_power_of_attorney"
                ).id,
                "file": b64encode(content),
                "file_name": "paper",
                **values,
            }
        )

    def _make(self, permit, user=None):
        with self.allow_pdf_render():
            (user or self.keeper).env.invalidate_all()
            return (
                permit.with_user(user or self.keeper)
                .with_context(force_report_rendering=True)
                .action_make_release_file()
            )

    # ------------------------------------------------------------ both approvals

    @freeze_time(MORNING)
    def test_both_approve_in_either_order(self):
        for first, second in ((self.bum, self.mdo), (self.mdo, self.bum)):
            permit = self._disclosure()
            permit.with_user(self.rep).action_submit()
            self._rpc(first, permit._name, "action_approve", permit.ids)
            self.assertEqual(permit.state, "requested")
            with self.assertRefused(UserError):
                self._rpc(first, permit._name, "action_approve", permit.ids)
            with self.assertRefused(UserError, "cannot be done"):
                self._make(permit)
            self.assertFalse(permit.release_attachment_id)
            self._rpc(second, permit._name, "action_approve", permit.ids)
            self.assertEqual(permit.state, "approved")

    @freeze_time(MORNING)
    def test_head_of_the_requesters_department(self):
        self.env["crm.team.member"].create(
            {"crm_team_id": self.other_unit.id, "user_id": self.rep2.id}
        )
        permit = self._disclosure(self.rep2)
        permit.with_user(self.rep2).action_submit()
        with self.assertRefused(AccessError, "not yours"):
            self._rpc(self.bum, permit._name, "action_approve", permit.ids)
        self._rpc(self.bum2, permit._name, "action_approve", permit.ids)

    @freeze_time(MORNING)
    def test_opens_no_dossier(self):
        permit = self._disclosure(self.outsider)
        permit.with_user(self.outsider).action_submit()
        for user in (self.bum, self.mdo):
            permit.with_user(user).action_approve()
        self.assertFalse(self._reads(self.outsider))

    # ------------------------------------------------------------ recipient (D24)

    @freeze_time(MORNING)
    def test_without_the_recipients_measures(self):
        for values in (
            {"recipient_measures": False},
            {"recipient_measures": "  \n ok \n  "},
            {"recipient": " "},
            {"recipient": False, "undertaking_file": "c2lnbmVk"},
        ):
            permit = self._disclosure(**values)
            with (
                self.subTest(values=values),
                self.assertRefused(UserError, "protection measures"),
            ):
                self._rpc(self.rep, permit._name, "action_submit", permit.ids)
        permit = self._disclosure(recipient_measures=False, undertaking_file="c2lnbmVk")
        self._rpc(self.rep, permit._name, "action_submit", permit.ids)
        self.assertEqual(permit.approval_state, "pending")

    @freeze_time(MORNING)
    def test_last_approval_looks_again(self):
        permit = self._disclosure()
        permit.with_user(self.rep).action_submit()
        with self.assertRefused(UserError, "cannot be changed"):
            self._rpc(
                self.rep,
                permit._name,
                "write",
                permit.ids,
                {"recipient_measures": False},
            )
        permit._system_write({"recipient_measures": False})
        self._rpc(self.mdo, permit._name, "action_approve", permit.ids)
        with self.assertRefused(UserError, "protection measures"):
            self._rpc(self.bum, permit._name, "action_approve", permit.ids)
        self.assertEqual(permit.state, "requested")

    @freeze_time(MORNING)
    def test_what_is_disclosed_is_named(self):
        permit = self._disclosure(
            item_ids=[
                Command.create(
                    {"partner_id": self.partner.id, "description": "The licence"}
                )
            ]
        )
        with self.assertRefused(UserError, "choose the paper"):
            self._rpc(self.rep, permit._name, "action_submit", permit.ids)

    # ------------------------------------------------------------ release file

    def _approved_disclosure(self, **values):
        permit = self._disclosure(**values)
        permit.with_user(self.rep).action_submit()
        for user in (self.bum, self.mdo):
            permit.with_user(user).action_approve()
        return permit

    @freeze_time(MORNING)
    def test_release_file(self):
        image = io.BytesIO()
        Image.new("RGB", (20, 20)).save(image, "PNG")
        pdf = io.BytesIO()
        Image.new("RGB", (20, 20)).save(pdf, "PDF")
        papers = self._paper(image.getvalue()) + self._paper(pdf.getvalue())
        items = [
            Command.create({"partner_id": self.partner.id, "document_id": paper.id})
            for paper in papers
        ]
        items.append(Command.create({"partner_id": self.partner.id}))
        permit = self._approved_disclosure(item_ids=items)
        action = self._make(permit)
        attachment = permit.release_attachment_id
        self.assertIn(str(attachment.id), action["url"])
        pages = PdfFileReader(io.BytesIO(attachment.raw)).pages
        # cover, two papers, the dossier's cover and its content
        self.assertGreaterEqual(len(pages), 5)
        self.assertRecordValues(
            attachment,
            [
                {
                    "name": f"{permit.number}.pdf",
                    "mimetype": "application/pdf",
                    "res_model": permit._name,
                    "res_id": permit.id,
                }
            ],
        )
        entry = self.env["customer.access.log"].search(
            [("res_model", "=", permit._name), ("res_id", "=", permit.id)]
        )
        self.assertRecordValues(
            entry,
            [
                {
                    "operation": "disclose",
                    "dossier_id": self.dossier.id,
                    "user_id": self.keeper.id,
                    "purpose": f"{permit.number}: To prepare a visit",
                }
            ],
        )
        for method, args in (("write", [{"raw": "eA=="}]), ("unlink", [])):
            for user in (self.rep, self.keeper, self.mdo):
                with self.assertRefused(AccessError):
                    self._rpc(user, "ir.attachment", method, attachment.ids, *args)
        with self.assertRefused(AccessError):
            self._rpc(self.fin, "ir.attachment", "read", attachment.ids, ["raw"])
        self._make(permit)
        self.assertFalse(attachment.exists())

    @freeze_time(MORNING)
    def test_revoked_release_file_is_gone(self):
        permit = self._approved_disclosure()
        self._make(permit)
        attachment = permit.release_attachment_id
        self._rpc(self.mdo, permit._name, "action_revoke", permit.ids, "Wrong house")
        self.assertEqual(permit.state, "expired")
        self.assertFalse(attachment.exists())
        with self.assertRefused(UserError, "has not made the file"):
            self._rpc(
                self.rep, permit._name, "action_download_release_file", permit.ids
            )

    def test_release_file_by_the_keeper_in_time(self):
        with freeze_time(MORNING):
            permit = self._approved_disclosure(
                date_from="2031-05-08 00:00:00", date_until="2031-05-09 00:00:00"
            )
        with freeze_time("2031-05-08 12:00:00"):
            for user in (self.rep, self.bum, self.mdo, self.gmo, self.outsider):
                with (
                    self.subTest(user=user.login),
                    self.assertRefused(AccessError),
                ):
                    self._make(permit, user)
        for time in ("2031-05-07 23:59:59", "2031-05-09 00:00:00"):
            with (
                freeze_time(time),
                self.assertRefused(UserError, "within the approved period"),
            ):
                self._make(permit)
        self.assertFalse(permit.release_attachment_id)

    @freeze_time(MORNING)
    def test_paper_that_is_no_page(self):
        paper = self._paper(b"PK just a text")
        permit = self._approved_disclosure(
            item_ids=[
                Command.create({"partner_id": self.partner.id, "document_id": paper.id})
            ]
        )
        with self.assertRefused(UserError, "as a PDF or an image"):
            self._make(permit)
        self.assertFalse(permit.release_attachment_id)

    @freeze_time(MORNING)
    def test_customer_without_dossier(self):
        values = [Command.create({"partner_id": self._customer().id})]
        permit = self._disclosure(
            item_ids=[Command.create({"partner_id": self.partner.id}), *values]
        )
        permit.with_user(self.rep).action_submit()
        for user in (self.bum, self.mdo):
            permit.with_user(user).action_approve()
        with self.assertRefused(UserError, "has no dossier"):
            self._make(permit)
