import json
from base64 import b64encode

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_archive.models.customer_access_log import _REGISTERED

from .common import CustomerArchiveCommon

CARD = "customer_archive.report_customer_data_card"
SECRET = "Zanzibar"


class RegisterCommon(CustomerArchiveCommon):
    """A dossier whose level registers openings, with content, and one of a level that
    does not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.env.ref("customer_archive.customer_secrecy_level_trade")
        cls.core = cls.env.ref("customer_archive.customer_secrecy_level_core")
        cls.plain = cls._dossier(needs=SECRET)
        cls.dossier = cls._secret_dossier(partner_id=cls.partner.id)
        cls.dealing = cls.env["customer.dealing"].create(
            {"dossier_id": cls.dossier.id, "subject": "Lot 2", "result": SECRET}
        )
        cls.document = cls.env["customer.document"].create(
            {
                "dossier_id": cls.dossier.id,
                "type_id": cls.env.ref(
                    "customer_archive.customer_document_type_power_of_attorney"
                ).id,
                "file": b64encode(SECRET.encode()),
                "file_name": "paper.txt",
            }
        )
        cls.attachment = cls.env["ir.attachment"].create(
            {
                "name": "note.txt",
                "raw": SECRET.encode(),
                "res_model": "customer.dossier",
                "res_id": cls.dossier.id,
            }
        )
        export = cls.env.ref("base.group_allow_export")
        for user in cls.rep | cls.mdo | cls.keeper | cls.outsider:
            user.group_ids = [Command.link(export.id)]

    @classmethod
    def _secret_dossier(cls, level=None, **values):
        dossier = cls._dossier(needs=SECRET, decision_process=SECRET, **values)
        dossier._system_write({"secrecy_level_id": (level or cls.level).id})
        return dossier

    def _rows(self):
        return self.env["customer.access.log"].search([])

    def _act(self, call):
        """Return the rows that ``call`` adds, as a request of its own would."""
        before = self._rows()
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.cache.pop(_REGISTERED, None)
        call()
        rows = self._rows() - before
        self.env.cr.cache.pop(_REGISTERED, None)
        return rows

    def assertNoValue(self, rows):
        self.env.cr.execute(
            "SELECT row_to_json(log)::text FROM customer_access_log log WHERE id IN %s",
            [tuple(rows.ids)],
        )
        self.assertNotIn(SECRET, str(self.env.cr.fetchall()))


@tagged("post_install", "-at_install")
class TestRegister(RegisterCommon):
    """One row an act, none for heads, and nothing shown without one (D14)."""

    def test_each_way_to_open_is_one_row(self):
        here = [("id", "=", self.dossier.id)]
        for model, method, args in (
            ("customer.dossier", "web_read", [self.dossier.ids, {"needs": {}}]),
            ("customer.dossier", "read", [self.dossier.ids, ["background"]]),
            ("customer.dossier", "read", [self.dossier.ids]),
            ("customer.dossier", "search_read", [here, ["needs", "number"]]),
            ("customer.dossier", "web_search_read", [here, {"properties": {}}]),
            (
                "customer.dossier",
                "web_read",
                [
                    self.dossier.ids,
                    {"number": {}, "dealing_ids": {"fields": {"result": {}}}},
                ],
            ),
            ("customer.dealing", "web_read", [self.dealing.ids, {"result": {}}]),
            (
                "res.partner",
                "web_read",
                [self.partner.ids, {"dossier_id": {"fields": {"needs": {}}}}],
            ),
            ("res.partner", "read", [self.partner.ids, ["dossier_needs"]]),
            (
                "customer.dossier",
                "onchange",
                [self.dossier.ids, {}, [], {"needs": {}}],
            ),
        ):
            with self.subTest(model=model, method=method, args=args):
                rows = self._act(lambda: self._rpc(self.rep, model, method, *args))  # noqa: B023
                if method == "onchange" and not rows:
                    continue  # a client's onchange may not need the field
                self.assertEqual(len(rows), 1)
                self.assertEqual(rows.user_id, self.rep)
                self.assertEqual(rows.operation, "read")
                self.assertEqual(rows.dossier_id, self.dossier)
                self.assertEqual(rows.secrecy_level_id, self.level)
                self.assertNoValue(rows)

    def test_row_says_what_was_opened(self):
        rows = self._act(
            lambda: self._rpc(
                self.rep, "customer.dealing", "read", self.dealing.ids, ["result"]
            )
        )
        self.assertEqual(rows.res_model, "customer.dealing")
        self.assertEqual(rows.res_id, self.dealing.id)
        self.assertIn("result", rows.field_names.split(", "))

    def test_list_of_heads_is_no_opening(self):
        self.env["customer.dossier"].concat(
            *(self._secret_dossier() for _i in range(80))
        )
        specification = {
            "number": {},
            "partner_id": {"fields": {"display_name": {}}},
            "team_id": {},
            "state": {},
            "completeness": {},
            "risk_level": {},
        }
        rows = self._act(
            lambda: self._rpc(
                self.rep, "customer.dossier", "web_search_read", [], specification
            )
        )
        self.assertFalse(rows)

    def test_below_the_threshold_nothing_is_entered(self):
        rows = self._act(
            lambda: self._rpc(
                self.rep, "customer.dossier", "read", self.plain.ids, ["needs"]
            )
        )
        self.assertFalse(rows)

    def test_many_opened_at_once_are_one_row(self):
        dossiers = self.dossier | self._secret_dossier(self.core) | self.plain
        rows = self._act(
            lambda: self._rpc(
                self.mdo, "customer.dossier", "read", dossiers.ids, ["needs"]
            )
        )
        self.assertEqual(len(rows), 1)
        self.assertFalse(rows.dossier_id)
        self.assertEqual(rows.dossier_ids, dossiers - self.plain)
        self.assertEqual(rows.dossier_count, 2)
        self.assertEqual(rows.secrecy_level_id, self.core)
        self.assertEqual(
            self.env["customer.access.log"].search(
                [("dossier_ids", "in", self.dossier.ids), ("id", "in", rows.ids)]
            ),
            rows,
        )
        self.assertFalse(
            self.env["customer.access.log"].search(
                [("dossier_ids", "in", self.plain.ids), ("id", "in", rows.ids)]
            )
        )
        # the keeper is not cleared for the highest level among them
        self.assertFalse(rows.with_user(self.keeper).has_access("read"))
        self.assertTrue(rows.with_user(self.gmo).has_access("read"))

    def test_second_opening_in_a_request_adds_nothing(self):
        def twice():
            as_rep = self.dossier.with_user(self.rep)
            self.assertEqual(as_rep.needs, SECRET)
            as_rep.invalidate_recordset()
            self.assertEqual(as_rep.needs, SECRET)
            self.assertEqual(as_rep.dealing_ids.result, SECRET)

        self.assertEqual(len(self._act(twice)), 1)

    def test_registering_costs_one_query(self):
        def count(dossier):
            as_rep = dossier.with_user(self.rep)
            specification = {"number": {}, "needs": {}, "secrecy_level_id": {}}
            as_rep.web_read(specification)
            self.env.flush_all()
            self.env.invalidate_all()
            self.env.cr.cache.pop(_REGISTERED, None)
            start = self.env.cr.sql_log_count
            as_rep.web_read(specification)
            return self.env.cr.sql_log_count - start

        self.assertLessEqual(count(self.dossier) - count(self.plain), 1)

    def test_content_is_not_guessed_without_opening(self):
        here = [("id", "=", self.dossier.id)]
        dossiers, partners = "customer.dossier", "res.partner"
        for model, method, args in (
            (dossiers, "search", [[("needs", "ilike", "Zan")]]),
            (dossiers, "search_count", [[("background", "!=", False)]]),
            (dossiers, "search", [[("properties.x", "=", "1")]]),
            (partners, "search", [[("dossier_id.needs", "ilike", "Zan")]]),
            (dossiers, "search", [[("dealing_ids.result", "ilike", "Zan")]]),
            ("customer.dealing", "search", [[("dossier_id.needs", "ilike", "Zan")]]),
            (dossiers, "search", [here, 0, None, "needs"]),
            (dossiers, "web_search_read", [here, {"number": {}}, 0, None, "needs"]),
            (dossiers, "formatted_read_group", [here, ["needs"], ["__count"]]),
            (dossiers, "formatted_read_group", [here, [], ["needs:array_agg"]]),
            (dossiers, "formatted_read_group", [here, [], ["needs:count_distinct"]]),
            (
                "customer.dealing",
                "formatted_read_group",
                [[], ["dossier_id.needs"], ["__count"]],
            ),
            (
                "customer.financial.figure",
                "formatted_read_group",
                [[], [], ["turnover:sum"]],
            ),
            (
                "customer.financial.figure",
                "search",
                [[("turnover", ">", 100)]],
            ),
        ):
            for user in (self.rep, self.mdo):
                with (
                    self.subTest(user=user.login, model=model, args=args),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, model, method, *args)
        offered = self._rpc(self.rep, dossiers, "fields_get", ["needs", "number"])
        self.assertFalse(offered["needs"]["searchable"])
        self.assertTrue(offered["number"]["searchable"])

    def test_completeness_is_still_searched(self):
        self.env.ref("customer_archive.customer_dossier_field_needs").write(
            {"required_legal": True}
        )
        self.plain.needs = False
        found = self._rpc(
            self.rep, "customer.dossier", "search", [("is_incomplete", "=", True)]
        )
        self.assertIn(self.plain.id, found)
        self.assertNotIn(self.dossier.id, found)

    def test_file_of_a_record_is_a_download(self):
        for model, record_id, name in (
            ("customer.document", self.document.id, "file"),
            ("ir.attachment", self.attachment.id, "raw"),
            ("ir.attachment", self.attachment.id, "datas"),
            ("ir.attachment", self.attachment.id, "index_content"),
        ):
            with self.subTest(model=model, field=name):
                record = self.env[model].browse(record_id).with_user(self.rep)
                rows = self._act(lambda: record.read([name]))  # noqa: B023
                self.assertEqual(rows.mapped("operation"), ["download"])
                self.assertEqual(rows.dossier_id, self.dossier)
        size = self.document.with_user(self.rep).with_context(bin_size=True)
        self.assertFalse(self._act(lambda: size.read(["file"])))

    def test_nobody_writes_the_register(self):
        row = self._act(
            lambda: self._rpc(
                self.rep, "customer.dossier", "read", self.dossier.ids, ["needs"]
            )
        )
        values = {
            "dossier_id": self.dossier.id,
            "user_id": self.gmo.id,
            "operation": "read",
        }
        admin = self.env.ref("base.user_admin")
        users = (self.rep, self.keeper, self.mdo, self.gmo, self.admin_user, admin)
        for user in users:
            for method, args in (
                ("create", [values]),
                ("write", [row.ids, {"purpose": "x"}]),
                ("unlink", [row.ids]),
                ("copy", [row.ids]),
            ):
                with self.assertRefused(UserError):
                    self._rpc(user, "customer.access.log", method, *args)
        # superuser code goes through the same guard
        log = self.env["customer.access.log"]
        self.assertTrue(log.env.su)
        for forbidden in (
            lambda: log.create(values),
            lambda: row.write({"purpose": "x"}),
            lambda: row.write({"field_names": "x"}),
            lambda: row.write({"dossier_list": [1]}),
            row.copy,
        ):
            with self.assertRefused(AccessError, "writes this itself"):
                forbidden()
        with self.assertRefused(UserError, "not deleted"):
            row.unlink()
        with self.assertRefused(Exception):
            self.dossier.unlink()

    def test_register_is_for_its_readers(self):
        row = self._act(
            lambda: self._rpc(
                self.rep, "customer.dossier", "read", self.dossier.ids, ["needs"]
            )
        )
        for user in (self.rep, self.bum, self.fin, self.outsider, self.admin_user):
            for method, args in (
                ("read", [row.ids, ["user_id"]]),
                ("search_read", [[], ["user_id"]]),
                ("formatted_read_group", [[], ["user_id"], ["__count"]]),
                ("export_data", [row.ids, ["user_id"]]),
            ):
                with self.assertRefused(UserError):
                    self._rpc(user, "customer.access.log", method, *args)
        for user in (self.keeper, self.mdo, self.gmo):
            self.assertTrue(row.with_user(user).has_access("read"))
        self.dossier._system_write({"secrecy_level_id": self.core.id})
        self.env.invalidate_all()
        self.assertFalse(row.with_user(self.user_without_relation()).has_access("read"))

    def user_without_relation(self):
        return self._user("keeper", login="archive_keeper2")

    def test_extract_prints(self):
        rows = self._act(
            lambda: self._rpc(
                self.rep, "customer.dossier", "read", self.dossier.ids, ["needs"]
            )
        )
        reports = self.env["ir.actions.report"].with_user(self.keeper)
        content, _type = reports._render_qweb_html(
            "customer_archive.report_customer_access_log", rows.ids
        )
        self.assertIn(self.rep.name, content.decode())
        with self.assertRefused(AccessError):
            self.env["ir.actions.report"].with_user(self.rep)._render_qweb_html(
                "customer_archive.report_customer_access_log", rows.ids
            )


@tagged("post_install", "-at_install")
class TestRegisterHttp(RegisterCommon, HttpCase):
    def _get(self, user, url):
        self.authenticate(user.login, user.login)
        before = self._rows()
        response = self.url_open(url)
        return response, self._rows() - before

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_files_by_address(self):
        for url in (
            f"/web/content/{self.attachment.id}",
            f"/web/content/customer.document/{self.document.id}/file",
        ):
            with self.subTest(url=url):
                response, rows = self._get(self.rep, url)
                self.assertEqual(response.content, SECRET.encode())
                self.assertEqual(rows.mapped("operation"), ["download"])
                self.assertEqual(rows.user_id, self.rep)
                self.assertEqual(rows.dossier_id, self.dossier)
                response, rows = self._get(self.outsider, url)
                self.assertEqual(response.status_code, 404)
                self.assertFalse(rows)

    def test_opening_by_address(self):
        self.authenticate(self.rep.login, self.rep.login)
        before = self._rows()
        result = self.make_jsonrpc_request(
            "/web/dataset/call_kw/customer.dossier/web_read",
            {
                "model": "customer.dossier",
                "method": "web_read",
                "args": [self.dossier.ids, {"needs": {}}],
                "kwargs": {},
            },
        )
        self.assertEqual(result[0]["needs"], SECRET)
        self.assertEqual((self._rows() - before).mapped("operation"), ["read"])

    def test_web_export(self):
        data = {
            "model": "customer.dossier",
            "fields": [{"name": "needs", "label": "Needs", "type": "text"}],
            "ids": self.dossier.ids,
            "domain": [],
            "import_compat": False,
            "context": {},
        }

        def export(user):
            self.authenticate(user.login, user.login)
            before = self._rows()
            response = self.url_open(
                "/web/export/csv",
                data={
                    "data": json.dumps(data),
                    "csrf_token": Request.csrf_token(self),
                },
            )
            return response, self._rows() - before

        response, rows = export(self.keeper)
        self.assertIn(SECRET, response.text)
        self.assertEqual(rows.mapped("operation"), ["export"])
        self.assertEqual((rows.record_count, rows.field_names), (1, "needs"))
        with mute_logger("odoo.http"):
            response, rows = export(self.rep)
        self.assertNotIn(SECRET, response.text)
        self.assertFalse(rows)
