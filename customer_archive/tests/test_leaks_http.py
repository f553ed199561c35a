import json
from base64 import b64decode, b64encode

from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger
from odoo.tools.misc import limited_field_access_token

from .test_leaks import WORD, LeaksCommon

# an image of one pixel
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


class LeaksHttpLoop:
    """The same wall over HTTP, where a token or a URL could stand for a right."""

    def _login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def _visitors(self):
        return (*self.strangers[:2], None)

    def _get(self, url, **kwargs):
        with mute_logger(
            "odoo.http",
            "odoo.addons.base.models.ir_rule",
            "odoo.addons.web.controllers.export",
            "odoo.addons.web.controllers.report",
        ):
            return self.url_open(url, **kwargs)

    def assertNothingSent(self, response):
        self.assertNotIn(b"scan", response.content)
        self.assertNothingTold(response.content)

    def test_attachment_urls(self):
        """A token opens nothing: who is logged in and may read, downloads."""
        urls = []
        for attachments in self._satellite("ir.attachment").values():
            for attachment in attachments:
                attachment.generate_access_token()
                for token in (
                    "",
                    attachment.access_token,
                    attachment._get_raw_access_token(),
                ):
                    urls.append(f"/web/content/{attachment.id}?access_token={token}")
                # with the last one
                urls.append(f"/web/image/{attachment.id}?access_token={token}")
        for visitor in self._visitors():
            self._login(visitor)
            for url in urls:
                with self.subTest(url=url, visitor=visitor):
                    response = self._get(url)
                    self.assertNothingSent(response)
                    if "/content/" in url:
                        self.assertEqual(response.status_code, 404)
        self._login(self.gmo)
        for url in urls:
            if "/content/" in url:
                with self.subTest(url=url):
                    self.assertEqual(self._get(url).content, b"scan")

    def test_files_and_images_in_fields(self):
        for record, name in self._files():
            is_image = isinstance(record._fields[name], fields.Image)
            content = PIXEL if is_image else b"scan"
            record._system_write({name: b64encode(content)})
            token = limited_field_access_token(record, name, scope="binary")
            path = f"{record._name}/{record.id}/{name}"
            for visitor in self._visitors():
                self._login(visitor)
                for kind in ("content", "image"):
                    for query in ("", f"?access_token={token}"):
                        url = f"/web/{kind}/{path}{query}"
                        with self.subTest(url=url, visitor=visitor):
                            self.assertNothingSent(self._get(url))
            self._login(self.gmo)
            self.assertEqual(self._get(f"/web/content/{path}").content, content)

    def _files(self):
        return [
            (record, name)
            for record in self.records.values()
            for name, field in record._fields.items()
            if field.type == "binary" and field.store
        ]

    def test_chatter_over_http(self):
        calls = [
            ("/mail/thread/messages", {"thread_model": name, "thread_id": record.id})
            for name, record in self.threads.items()
        ]
        calls += [
            (f"/mail/{box}/messages", {}) for box in ("inbox", "history", "starred")
        ]
        calls += [
            (
                "/mail/data",
                {
                    "fetch_params": [
                        [
                            "mail.thread",
                            {
                                "thread_model": name,
                                "thread_id": record.id,
                                "request_list": [
                                    "activities",
                                    "attachments",
                                    "followers",
                                    "scheduledMessages",
                                ],
                            },
                        ],
                        "systray_get_activities",
                    ]
                },
            )
            for name, record in self.threads.items()
        ]
        for user in self.strangers[:3]:
            self._login(user)
            for url, params in calls:
                with self.subTest(user=user.login, url=url, params=params):
                    try:
                        with mute_logger("odoo.http"):
                            told = self.make_jsonrpc_request(url, params)
                    except JsonRpcException:
                        continue
                    self.assertNothingTold(told)
        self._login(self.gmo)
        for call in calls[: len(self.threads)]:
            self.assertIn(WORD, str(self.make_jsonrpc_request(*call)))

    def test_reports_over_http(self):
        reports = self.env["ir.actions.report"].search(
            [("model", "in", list(self.records))]
        )
        for visitor in self._visitors():
            self._login(visitor)
            for report in reports:
                record = self.records[report.model]
                for kind in ("html", "pdf"):
                    url = f"/report/{kind}/{report.report_name}/{record.id}"
                    with self.subTest(url=url, visitor=visitor):
                        self.assertNothingSent(self._get(url))

    def test_spreadsheets_over_http(self):
        base = "customer.xlsx.report"
        names = self.env.registry.descendants([base], "_inherit") - {base}
        for visitor in self._visitors():
            self._login(visitor)
            for name in names:
                record = self.records.get(self.env[name]._get_model())
                if record is None:
                    continue
                url = f"/customer_archive/xlsx/{name}?ids={record.id}"
                with self.subTest(url=url, visitor=visitor):
                    response = self._get(url)
                    self.assertNotIn(
                        "spreadsheetml", response.headers["Content-Type"] or ""
                    )

    def test_web_export_over_http(self):
        for visitor in self.strangers[:3]:
            self._login(visitor)
            for model, record in self.records.items():
                data = json.dumps(
                    {
                        "model": model,
                        "fields": [
                            {"name": "id", "label": "Id", "type": "integer"},
                            {"name": "display_name", "label": "Name", "type": "char"},
                        ],
                        "ids": record.ids,
                        "domain": [],
                        "import_compat": False,
                    }
                )
                for kind in ("csv", "xlsx"):
                    with self.subTest(model=model, kind=kind, visitor=visitor.login):
                        response = self._get(
                            f"/web/export/{kind}",
                            data={"data": data, "csrf_token": Request.csrf_token(self)},
                        )
                        self.assertEqual(response.status_code, 500)
                        self.assertIn(b"AccessError", response.content)
                        self.assertNothingSent(response)

    def test_web_client_over_http(self):
        for visitor in self.strangers[:3]:
            self._login(visitor)
            for model, record in self.records.items():
                with (
                    self.subTest(model=model, visitor=visitor.login),
                    mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
                    self.assertRaises(JsonRpcException) as caught,
                ):
                    # the debug mode, which anybody may type, names refused records
                    self.make_jsonrpc_request(
                        f"/web/dataset/call_kw/{model}/web_read?debug=1",
                        {
                            "model": model,
                            "method": "web_read",
                            "args": [record.ids, {"display_name": {}}],
                            "kwargs": {},
                        },
                    )
                self.assertNothingTold(caught.exception)


@tagged("post_install", "-at_install")
class TestLeaksHttp(LeaksHttpLoop, LeaksCommon, HttpCase):
    """Every model of this addon, and what one of them shows for all."""

    def test_files_and_reports_are_met(self):
        self.assertGreater(len(self._files()), 4)
        self._login(self.gmo)
        url = f"/report/html/customer_archive.report_customer_dossier/{self.dossier.id}"
        self.assertIn(self.dossier.number.encode(), self._get(url).content)

    def test_ownership_token(self):
        """The token that lets an author take his file back ends with his right."""
        attachment = self.satellites["customer.dossier"]["ir.attachment"][0]
        token = attachment._get_ownership_token()
        for visitor in self.strangers[:2]:
            self._login(visitor)
            with (
                mute_logger("odoo.http"),
                self.assertRaises(JsonRpcException),
            ):
                self.make_jsonrpc_request(
                    "/mail/attachment/delete",
                    {"attachment_id": attachment.id, "access_token": token},
                )
            url = f"/mail/attachment/pdf_first_page/{attachment.id}"
            response = self._get(f"{url}?access_token={token}")
            self.assertEqual(response.status_code, 404)
        self.assertTrue(attachment.exists())

    def test_portal_over_http(self):
        self._login(self.portal)
        for url in (
            "/my",
            "/my/home",
            f"/mail/view?model=customer.dossier&res_id={self.dossier.id}",
            f"/odoo/customer.dossier/{self.dossier.id}",
        ):
            with self.subTest(url=url):
                self.assertNothingSent(self._get(url))
