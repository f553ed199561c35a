from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

SENTENCE = "Customer data are trade secrets"


class ConfidentialityCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.duty = cls.env["customer.confidentiality.duty"].create(
            {"version": "T1", "date": "2030-01-01", "text": "<p>Keep it secret</p>"}
        )
        cls.dossier = cls._dossier(partner_id=cls.partner.id, needs="Pumps")
        cls.confirmations = cls.env["customer.confidentiality.confirmation"]

    def _confirm(self, user):
        dialog_id = self._rpc(user, "customer.confidentiality.confirm", "create", {})
        return self._rpc(
            user, "customer.confidentiality.confirm", "action_confirm", [dialog_id]
        )

    def _read(self, user):
        return self._rpc(user, "customer.dossier", "read", self.dossier.ids, ["needs"])[
            0
        ]["needs"]


@tagged("post_install", "-at_install")
class TestConfidentiality(ConfidentialityCommon):
    """Everybody confirms the duty once a version before he reads (D12)."""

    def test_asked_before_the_first_access(self):
        for user in (self.rep, self.keeper, self.gmo):
            with self.assertRefused(RedirectWarning, SENTENCE):
                self._read(user)
            # heads are shown, lists open
            self._rpc(user, "customer.dossier", "read", self.dossier.ids, ["number"])
            self._confirm(user)
            self.assertEqual(self._read(user), "Pumps")
        self.assertEqual(
            self.duty.confirmation_ids.user_id, self.rep | self.keeper | self.gmo
        )
        self.assertIn("Keep it secret", self.duty.confirmation_ids[0].text)

    def test_warning_leads_to_the_dialog(self):
        with self.assertRaises(RedirectWarning) as caught:
            self._read(self.rep)
        action = self.env.ref(
            "customer_archive.customer_confidentiality_confirm_action"
        )
        self.assertEqual(caught.exception.args[1], action.id)
        dialog_id = self._rpc(
            self.rep, "customer.confidentiality.confirm", "create", {}
        )
        dialog = self._rpc(
            self.rep, "customer.confidentiality.confirm", "read", [dialog_id], ["text"]
        )
        self.assertIn("Keep it secret", dialog[0]["text"])
        self.assertEqual(self._confirm(self.rep)["tag"], "soft_reload")

    def test_print_and_export_ask_too(self):
        self.keeper.group_ids += self.env.ref("base.group_allow_export")
        reports = self.env["ir.actions.report"].with_user(self.keeper)
        for call in (
            lambda: reports._render_qweb_html(
                "customer_archive.report_customer_data_card", self.dossier.ids
            ),
            lambda: self._rpc(
                self.keeper,
                "customer.dossier",
                "export_data",
                self.dossier.ids,
                ["number"],
            ),
        ):
            with self.assertRefused(RedirectWarning, SENTENCE):
                call()

    def test_new_version_asks_everybody_again(self):
        self._confirm(self.rep)
        self.env["customer.confidentiality.duty"].with_user(self.mdo).create(
            {"version": "T2", "date": "2030-02-01", "text": "<p>More</p>"}
        )
        with self.assertRefused(RedirectWarning, SENTENCE):
            self._read(self.rep)
        with self.assertRefused(UserError, "newer version"):
            self._rpc(
                self.rep,
                "customer.confidentiality.duty",
                "action_confirm",
                self.duty.ids,
            )
        self._confirm(self.rep)
        self.assertEqual(self._read(self.rep), "Pumps")

    def test_confirmed_version_is_not_rewritten(self):
        self._confirm(self.rep)
        with self.assertRefused(UserError, "new version"):
            self._rpc(
                self.admin_user,
                "customer.confidentiality.duty",
                "write",
                self.duty.ids,
                {"text": "<p>Else</p>"},
            )
        with self.assertRefused(Exception):
            self.duty.with_user(self.mdo).unlink()

    def test_nobody_confirms_for_another(self):
        values = {"duty_id": self.duty.id, "user_id": self.rep.id}
        self._confirm(self.bum)
        row = self.duty.confirmation_ids
        for user in (self.bum, self.keeper, self.mdo, self.admin_user):
            for method, args in (
                ("create", [values]),
                ("write", [row.ids, {"user_id": self.rep.id}]),
                ("unlink", [row.ids]),
            ):
                with self.assertRefused(AccessError):
                    self._rpc(user, row._name, method, *args)
            for target in (self.rep, user):
                with self.assertRefused(AccessError):
                    self._rpc(
                        user,
                        "res.users",
                        "write",
                        target.ids,
                        {"confidentiality_duty_id": self.duty.id},
                    )
        with self.assertRefused(AccessError, "writes this itself"):
            self.confirmations.create(values)
        with self.assertRefused(UserError, "not deleted"):
            row.unlink()
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep,
                "customer.confidentiality.duty",
                "create",
                {"version": "x", "text": "x"},
            )

    def test_list_of_those_who_have_not(self):
        self.assertIn(self.rep, self.duty.unconfirmed_user_ids)
        self.assertNotIn(self.outsider, self.duty.unconfirmed_user_ids)
        before = self.duty.unconfirmed_count
        self._confirm(self.rep)
        self.duty.invalidate_recordset()
        as_keeper = self.duty.with_user(self.keeper)
        self.assertNotIn(self.rep, as_keeper.unconfirmed_user_ids)
        self.assertEqual(as_keeper.unconfirmed_count, before - 1)

    def test_selling_goes_on(self):
        """The contact stays readable; what it shows of the dossier is empty."""
        partner = self._rpc(
            self.rep,
            "res.partner",
            "read",
            self.partner.ids,
            ["name", "dossier_number", "dossier_needs"],
        )[0]
        self.assertEqual(partner["dossier_number"], self.dossier.number)
        self.assertFalse(partner["dossier_needs"])
        self._confirm(self.rep)
        self.assertEqual(
            self._rpc(
                self.rep, "res.partner", "read", self.partner.ids, ["dossier_needs"]
            )[0]["dossier_needs"],
            "Pumps",
        )

    def test_costs_no_query(self):
        def count():
            self.env.invalidate_all()
            as_rep = self.dossier.with_user(self.rep)
            start = self.env.cr.sql_log_count
            as_rep.web_read({"needs": {}})
            return self.env.cr.sql_log_count - start

        self._confirm(self.rep)
        self.env.flush_all()
        count()
        confirmed = count()
        self.duty.action_archive()
        self.env.flush_all()
        count()
        self.assertEqual(count(), confirmed)

    def test_system_is_not_asked(self):
        self.assertEqual(self.dossier.needs, "Pumps")
        self.assertEqual(self.dossier.with_user(self.rep).sudo().needs, "Pumps")


@tagged("post_install", "-at_install")
class TestConfidentialityHttp(ConfidentialityCommon, HttpCase):
    @mute_logger("odoo.http")
    def test_files_are_refused(self):
        attachment = self.env["ir.attachment"].create(
            {
                "name": "note.txt",
                "raw": b"secret",
                "res_model": "customer.dossier",
                "res_id": self.dossier.id,
            }
        )
        self.authenticate(self.rep.login, self.rep.login)
        url = f"/web/content/{attachment.id}"
        response = self.url_open(url)
        self.assertNotIn(b"secret", response.content)
        self._confirm(self.rep)
        self.assertEqual(self.url_open(url).content, b"secret")
