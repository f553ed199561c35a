import io

from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.customer_archive.models.customer_xlsx_report import XlsxColumn

from .common import CustomerArchiveCommon

REPORT = "customer.xlsx.report.dossier"
HEADER_LINE = 4


@tagged("post_install", "-at_install")
class TestXlsx(CustomerArchiveCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        for user in cls.rep | cls.outsider:
            user.group_ids += cls.env.ref("base.group_allow_export")
        level = cls.env["customer.secrecy.level"]._get_default()
        cls._right(level, "rep").export_scope = "related"
        cls.partner.write(
            {
                "street": "88 Zhangjiang Road",
                "phone": "+86 21 6888 0000",
                "legal_representative": "Chen Wei",
                "registered_capital": 5000000,
                "registered_currency_id": cls.env.ref("base.CNY").id,
                "business_scope": "Precision machinery",
                "child_ids": [
                    Command.create({"name": "Liu Fang", "phone": "+86 138 0000 1111"}),
                ],
            }
        )
        cls.dossier = cls._dossier(partner_id=cls.partner.id)

    def _open(self, user, dossiers, report=REPORT):
        self.authenticate(user.login, user.login)
        ids = ",".join(map(str, dossiers.ids))
        return self.url_open(f"/customer_archive/xlsx/{report}?ids={ids}")

    def _sheet(self, content):
        return load_workbook(io.BytesIO(content)).active

    def test_download_has_title_header_and_typed_row(self):
        response = self._open(self.rep, self.dossier)
        self.assertEqual(response.status_code, 200)
        self.assertIn("spreadsheetml", response.headers["Content-Type"])
        self.assertIn(
            "Customer%20Information%20Statistics%20Sheet.xlsx",
            response.headers["Content-Disposition"],
        )
        lines = list(self._sheet(response.content).iter_rows())
        self.assertEqual(lines[0][0].value, "Customer Information Statistics Sheet")
        self.assertIn("Unit North", lines[1][0].value)
        header, row, total = lines[HEADER_LINE - 1 :]
        self.assertEqual(
            {label.value: cell.value for label, cell in zip(header, row, strict=True)},
            {
                "Number": self.dossier.number,
                "Customer": "Dragon Ltd",
                "Business Unit": "Unit North",
                "Responsible Rep": self.rep.name,
                "Legal Representative": "Chen Wei",
                "Address": "88 Zhangjiang Road",
                "Phone": "+86 21 6888 0000",
                "Business Scope": "Precision machinery",
                "Registered Capital": 5000000,
                "Contact Person": "Liu Fang",
                "Contact's Phone": "+86 138 0000 1111",
                "Status": "Preliminary",
            },
        )
        self.assertIn("¥", row[8].number_format)
        self.assertEqual(total[0].value, "Number of Customers: 1")
        self.assertEqual(total[8].value, 5000000)
        self.assertIn("¥", total[8].number_format)

    def test_text_like_a_formula_stays_text(self):
        texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
        dossiers = self.env["customer.dossier"].concat(
            *(
                self._dossier(partner_id=self._customer(business_scope=text).id)
                for text in texts
            )
        )
        sheet = self._sheet(self._open(self.rep, dossiers).content)
        cells = [sheet.cell(HEADER_LINE + 1 + i, 8) for i in range(len(texts))]
        # _x000D_ is how the format writes a carriage return
        values = [cell.value.replace("_x000D_", "\r") for cell in cells]
        self.assertEqual(values, texts)
        self.assertEqual({cell.data_type for cell in cells}, {"s"})

    def test_export_right_is_needed(self):
        self.assertEqual(self._open(self.keeper, self.dossier).status_code, 403)
        reports = self.env[REPORT].with_user(self.keeper)
        with self.assertRaisesRegex(AccessError, "export right"):
            reports._get_action(self.dossier.with_user(self.keeper))

    def test_hidden_dossier_is_refused(self):
        own = self._dossier(user_id=self.outsider.id)
        self.assertEqual(self._open(self.outsider, own).status_code, 403)
        self.outsider.group_ids += self.env.ref("customer_archive.group_rep")
        self.assertEqual(self._open(self.outsider, own).status_code, 200)
        both = own | self.dossier
        self.assertEqual(self._open(self.outsider, both).status_code, 403)

    def test_only_spreadsheet_reports_are_found(self):
        for report in ("customer.xlsx.report", "customer.dossier", "nothing"):
            response = self._open(self.rep, self.dossier, report)
            self.assertEqual(response.status_code, 404)

    def test_visitor_is_sent_to_the_login(self):
        self.authenticate(None, None)
        response = self.url_open(
            f"/customer_archive/xlsx/{REPORT}?ids={self.dossier.id}"
        )
        self.assertIn("/web/login", response.url)

    def test_action_of_the_list_leads_to_the_download(self):
        action = self.env.ref("customer_archive.action_xlsx_customer_dossier")
        result = (
            action.with_user(self.rep)
            .with_context(active_model="customer.dossier", active_ids=self.dossier.ids)
            .run()
        )
        self.assertEqual(result["type"], "ir.actions.act_url")
        self.assertEqual(
            result["url"], f"/customer_archive/xlsx/{REPORT}?ids={self.dossier.id}"
        )

    def test_number_of_queries_does_not_grow_with_the_rows(self):
        dossiers = self.env["customer.dossier"].concat(
            *(
                self._dossier(
                    partner_id=self._customer(
                        f"Customer {i}",
                        child_ids=[Command.create({"name": f"Contact {i}"})],
                    ).id
                )
                for i in range(20)
            )
        )
        reports = self.env[REPORT].with_user(self.rep)

        def count_queries(dossiers):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            reports._make_xlsx(dossiers.with_user(self.rep))
            return self.env.cr.sql_log_count - before

        count_queries(dossiers)
        self.assertEqual(count_queries(dossiers), count_queries(dossiers[:2]))

    def test_kinds_of_columns(self):
        columns = [
            XlsxColumn("Since", "first_contact_date", kind="date"),
            XlsxColumn("Share", lambda dossier: 0.125, kind="percent"),
            XlsxColumn("Nothing owed", lambda dossier: 0, kind="money"),
            XlsxColumn("No amount", lambda dossier: None, kind="money"),
        ]
        self.dossier.first_contact_date = "2025-03-08"
        self.patch(self.env.registry[REPORT], "_get_columns", lambda reports: columns)
        sheet = self._sheet(self._open(self.rep, self.dossier).content)
        since, share, zero, empty = sheet[HEADER_LINE + 1]
        self.assertTrue(since.is_date)
        self.assertEqual(since.value.isoformat()[:10], "2025-03-08")
        self.assertEqual((share.value, share.number_format), (0.125, "0.0%"))
        self.assertEqual(zero.value, 0)
        self.assertIsNone(empty.value)
