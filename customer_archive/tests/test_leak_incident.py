import io

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import config
from odoo.tools.pdf import PdfFileReader

from .common import ROLES, CustomerArchiveCommon

INCIDENT = "customer.leak.incident"
REPORT = "customer_archive.report_customer_leak_incident"
FOUND = {
    "investigation": "Sent from a private account",
    "decision_kind": "warning",
    "decision": "Warned in writing",
}


@tagged("post_install", "-at_install")
class TestLeakIncident(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.other = cls._dossier()
        cls.mdo2 = cls._user("mdo", login="archive_mdo2")
        export = cls.env.ref("base.group_allow_export")
        for role in ROLES:
            getattr(cls, role).group_ids = [Command.link(export.id)]
        for user in (cls.mdo2, cls.outsider, cls.admin_user):
            user.group_ids = [Command.link(export.id)]
        cls.incident = cls.env[INCIDENT].with_user(cls.mdo).create(cls._values())
        cls.incident = cls.incident.sudo(False).with_env(cls.env)

    @classmethod
    def _values(cls, **values):
        return {
            "description": "A price list was seen at a competitor's",
            "dossier_ids": [Command.set(cls.dossier.ids)],
            "person_id": cls.rep.id,
            "discovered_on": "2031-05-07",
            **values,
        }

    def _call(self, user, method, *args, incident=None):
        incident = incident or self.incident
        return self._rpc(user, INCIDENT, method, incident.ids, *args)

    def _decided(self):
        self._call(self.mdo, "action_investigate")
        self._call(self.mdo, "write", FOUND)
        self._call(self.mdo, "action_decide")

    def assertHidden(self, user, incident):
        here = [("id", "=", incident.id)]
        for method, args, empty in (
            ("search", [here], []),
            ("search_read", [here, ["number"]], []),
            ("search_count", [here], 0),
            ("formatted_read_group", [here, ["state"], ["__count"]], []),
            ("name_search", ["", here], []),
        ):
            with self.subTest(user=user.login, call=method):
                try:
                    found = self._rpc(user, INCIDENT, method, *args)
                except AccessError:
                    continue  # no right to the model at all
                self.assertEqual(found, empty)
        calls = [
            ("read", [["display_name"]]),
            ("web_read", [{"number": {}}]),
            ("export_data", [["description"]]),
            ("write", [{"person_id": False}]),
            ("copy", []),
            ("unlink", []),
            ("action_investigate", []),
            ("action_decide", []),
            ("action_submit", []),
            ("action_approve", []),
            ("action_withdraw", []),
            ("message_post", []),
        ]
        for method, args in calls:
            with (
                self.subTest(user=user.login, call=method),
                self.assertRefused(AccessError),
            ):
                self._call(user, method, *args, incident=incident)

    # ------------------------------------------------------------ who

    def test_for_two_offices_alone(self):
        for user in (self.mdo, self.mdo2, self.gmo):
            values = self._call(user, "read", ["number", "dossier_numbers"])
            self.assertRegex(values[0]["number"], r"^XM-\d{4}-\d{4,}$")
            self.assertEqual(values[0]["dossier_numbers"], self.dossier.number)
        for user in (
            self.rep,
            self.bum,
            self.keeper,
            self.fin,
            self.fug,
            self.asg,
            self.pl,
            self.outsider,
            self.admin_user,
        ):
            self.assertHidden(user, self.incident)
            with self.assertRefused(AccessError):
                self._rpc(user, INCIDENT, "create", self._values())

    def test_person_concerned_reads_nothing(self):
        self.incident.person_id = self.mdo2
        self.assertHidden(self.mdo2, self.incident)
        messages = self.incident.message_ids
        for message in messages:
            with self.assertRefused(AccessError):
                self._rpc(self.mdo2, "mail.message", "read", message.ids, ["body"])
        self.incident.person_id = self.gmo
        self.assertHidden(self.gmo, self.incident)
        # who is concerned does not decide: nobody is left who could
        self._decided()
        with self.assertRefused(UserError):
            self._call(self.mdo, "action_submit")
        gmo2 = self._user("gmo", login="archive_gmo2")
        self._call(self.mdo, "action_submit")
        self.assertEqual(self.incident.approval_line_ids.user_ids, gmo2)

    def test_other_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self.env[INCIDENT].create(
            self._values(company_id=company.id, dossier_ids=False, person_id=False)
        )
        self.assertHidden(self.gmo, foreign)

    def test_stays_on_record(self):
        for user in (self.mdo, self.gmo):
            with self.assertRefused(AccessError):
                self._call(user, "unlink")
        with self.assertRefused(UserError, "stays on record"):
            self.incident.unlink()

    # ------------------------------------------------------------ course

    def test_from_report_to_closing(self):
        incident = self.incident
        self.assertEqual(incident.state, "open")
        with self.assertRefused(UserError, "this step needs"):
            self._call(self.mdo, "action_decide")
        self._call(self.mdo, "action_investigate")
        with self.assertRefused(UserError, "lacks: .*Penalty"):
            self._call(self.mdo, "action_decide")
        with self.assertRefused(UserError, "this step needs"):
            self._call(self.mdo, "action_submit")
        self._call(self.mdo, "write", {**FOUND, "loss_amount": 5000})
        self._call(self.mdo, "action_decide")
        self._call(self.mdo, "action_submit")
        self.assertRecordValues(
            incident, [{"state": "decided", "approval_state": "pending"}]
        )
        self.assertEqual(incident.approval_id.amount, 5000)
        with self.assertRefused(UserError, "Withdraw the request first"):
            self._call(self.mdo, "write", {"decision": "Forgotten"})
        for user in (self.mdo, self.mdo2):
            with self.assertRefused(UserError):
                self._call(user, "action_approve")
        self._call(self.gmo, "action_approve", "Agreed")
        self.assertRecordValues(
            incident, [{"state": "closed", "approval_state": "approved"}]
        )
        for values in (
            {"decision": "Forgotten"},
            {"dossier_ids": [Command.clear()]},
            {"person_id": False},
            {"loss_amount": 0},
        ):
            with self.assertRefused(UserError):
                self._call(self.gmo, "write", values)

    def test_rejected_closing_is_mended(self):
        self._decided()
        self._call(self.mdo, "action_submit")
        self._call(self.gmo, "action_reject", "Too mild")
        self.assertEqual(self.incident.state, "decided")
        self._call(self.mdo, "write", {"decision_kind": "fine"})
        self._call(self.mdo, "action_submit")
        self._call(self.gmo, "action_approve")
        self.assertEqual(self.incident.state, "closed")

    def test_system_writes_the_state(self):
        for values in (
            {"state": "closed"},
            {"number": "XM-1"},
            {"approval_state": "approved"},
        ):
            for user in (self.mdo, self.gmo):
                with self.assertRefused(AccessError, "writes this itself"):
                    self._call(user, "write", values)
            with self.assertRefused(AccessError, "writes this itself"):
                self._rpc(self.mdo, INCIDENT, "create", self._values(**values))

    # ------------------------------------------------------------ register

    def _consult(self):
        log = self.env["customer.access.log"]
        for user, dossier, day in (
            (self.rep, self.dossier, 1),
            (self.bum, self.dossier, 5),
            (self.rep, self.other, 5),
            (self.keeper, self.dossier, 9),
        ):
            log.with_user(user)._log_access(dossier, "read", purpose="Price check")
            self.env.flush_all()
            # the time is the database's: shift the newest row
            self.env.cr.execute(
                "UPDATE customer_access_log SET create_date = %s "
                "WHERE id = (SELECT max(id) FROM customer_access_log)",
                (f"2031-05-{day:02} 08:00:00",),
            )
        self.env.invalidate_all()

    def _extract(self, user):
        values = self._call(user, "read", ["access_log_ids"])
        rows = self.env["customer.access.log"].browse(values[0]["access_log_ids"])
        return rows.mapped("user_id")

    def test_extract_of_the_register(self):
        self._consult()
        self.assertEqual(self._extract(self.gmo), self.rep + self.bum + self.keeper)
        self._call(
            self.mdo,
            "write",
            {
                "access_from": "2031-05-02 00:00:00",
                "access_until": "2031-05-09 08:00:00",
            },
        )
        self.assertEqual(self._extract(self.gmo), self.bum + self.keeper)
        self._call(self.mdo, "write", {"access_until": "2031-05-08 00:00:00"})
        self.assertEqual(self._extract(self.gmo), self.bum)

    def test_reader_without_clearance_gets_the_number_alone(self):
        level = self.env.ref("customer_archive.customer_secrecy_level_core")
        level.right_ids.filtered(
            lambda right: right.role_id.code == "MDO"
        ).read_scope = "related"
        self.dossier._system_write({"secrecy_level_id": level.id})
        self._consult()
        self.assertFalse(self.dossier.with_user(self.mdo).has_access("read"))
        values = self._call(
            self.mdo, "read", ["dossier_numbers", "dossier_ids", "access_log_ids"]
        )
        self.assertEqual(
            values[0],
            {
                "id": self.incident.id,
                "dossier_numbers": self.dossier.number,
                "dossier_ids": [],
                "access_log_ids": [],
            },
        )
        self.assertEqual(len(self._extract(self.gmo)), 3)

    # ------------------------------------------------------------ print

    def _render(self, user, lang="en_US"):
        reports = self.env["ir.actions.report"].with_user(user)
        content, _type = reports.with_context(lang=lang)._render_qweb_html(
            REPORT, self.incident.ids
        )
        return html.fromstring(content)

    @freeze_time("2031-05-20 08:00:00")
    def test_printed_with_the_extract(self):
        self._consult()
        self._decided()
        tree = self._render(self.gmo)
        rows = tree.xpath("//table[@name='register']//tr[td]")
        self.assertEqual(len(rows), 3)
        self.assertIn("Price check", rows[0].text_content())
        text = tree.text_content()
        for part in (
            self.incident.number,
            self.dossier.number,
            "A price list was seen",
            "Written Warning",
        ):
            self.assertIn(part, text)
        for lang, title in (("zh_CN", "泄密事件报告"), ("zh_TW", "洩密事件報告")):
            self.env["res.lang"]._activate_lang(lang)
            self.assertEqual(self._render(self.gmo, lang).xpath("//h1")[0].text, title)
        for user in (self.rep, self.keeper, self.admin_user):
            with self.assertRefused(AccessError):
                self._render(user)

    def test_pdf(self):
        self.env["ir.config_parameter"].set_param(
            "report.url", f"http://127.0.0.1:{config['http_port']}"
        )
        self._consult()
        reports = self.env["ir.actions.report"].with_user(self.gmo)
        with self.allow_pdf_render():
            content, _type = reports.with_context(
                force_report_rendering=True
            )._render_qweb_pdf(REPORT, self.incident.ids)
        self.assertEqual(len(PdfFileReader(io.BytesIO(content)).pages), 1)
