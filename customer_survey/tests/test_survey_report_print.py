import io
import json

from lxml import html
from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .test_survey_report import SurveyReportCommon

PRINT = "customer_survey.report_customer_survey_report"
XLSX = "customer.xlsx.report.survey"


@tagged("post_install", "-at_install")
class TestSurveyReportPrint(SurveyReportCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls._create_report()
        cls.allow_export = cls.env.ref("base.group_allow_export")

    def _get_html(self, user, lang="en_US"):
        content, _type = (
            self.env["ir.actions.report"]
            .with_user(user)
            .with_context(lang=lang)
            ._render_qweb_html(PRINT, self.report.ids)
        )
        return html.fromstring(content)

    # ------------------------------------------------------------ paper

    def test_figures_are_printed_in_order(self):
        page = self._get_html(self.gmo)
        self.assertEqual(page.xpath("//h1")[0].text, "Survey Analysis Report")
        self.assertEqual(page.xpath("//h2")[0].text, "顾客满意度调查分析报告")
        self.assertEqual(
            [title.text[0] for title in page.xpath("//h3")], list("1234567")
        )
        lines = [
            " ".join(" ".join(line.itertext()).split())
            for line in page.xpath("//table[@name='dimensions']//tr[td]")
        ]
        self.assertEqual(
            lines,
            [
                "Product Quality 2 80.0 80.0 75.0 % Reached",
                "Product Price 2 60.0 80.0 25.0 % 65.5 ▼ 5.5 Failed",
                "Index 2 70.0 80.0 50.0 % 60.0 ▲ 10.0 Reached",
            ],
        )
        text = page.text_content()
        self.assertIn("66.7 % (2/3)", text)
        self.assertIn(self.report.number, text)
        # what a customer writes is never markup
        self.assertFalse(page.xpath("//script[contains(., 'alert')]"))

    def test_charts_are_vectors_of_the_right_length(self):
        page = self._get_html(self.director)
        self.assertFalse(page.xpath("//*[hasclass('o_customer_form')]//canvas"))
        rate, dimensions, distribution = page.xpath("//svg")

        def widths(chart, name):
            return [
                float(bar.get("width"))
                for bar in chart.xpath(f".//rect[@class='{name}']")
            ]

        # three pixels a point
        self.assertEqual(widths(rate, "bar"), [200])
        self.assertEqual(widths(dimensions, "bar"), [240, 180, 210])
        self.assertEqual(widths(dimensions, "previous"), [196.5, 180])
        self.assertEqual(
            [line.get("x1") for line in dimensions.xpath(".//line")], ["430.0"] * 3
        )
        # what failed is empty, also without colours
        self.assertEqual(
            [bar.get("fill") for bar in dimensions.xpath(".//rect[@class='bar']")],
            ["#777", "#fff", "#777"],
        )
        self.assertEqual(widths(distribution, "bar"), [0, 0, 0, 300, 300])

    def test_signatures_are_those_on_record(self):
        def boxes():
            page = self._get_html(self.gmo)
            return [
                " ".join(box.text_content().split())
                for box in page.xpath("//*[hasclass('o_customer_form_signatures')]//td")
            ]

        self.assertEqual(
            boxes(),
            ["Marketing Director Name: Date:", "General Manager Name: Date:"],
        )
        self.report.action_submit()
        self.report.with_user(self.gmo).action_acknowledge()
        first, second = boxes()
        self.assertIn("submitted", first)
        self.assertIn(self.director.name, first)
        self.assertIn("acknowledged", second)
        self.assertIn(self.gmo.name, second)

    def test_printed_in_chinese(self):
        page = self._get_html(self.gmo, "zh_CN")
        self.assertEqual(page.xpath("//h1")[0].text, "顾客满意度调查分析报告")

    def test_screen_shows_the_same_bars(self):
        chart = html.fromstring(self.report.figures_chart)
        self.assertEqual(
            [bar.get("width") for bar in chart.xpath(".//rect[@class='bar']")],
            ["200.0", "240.0", "180.0", "210.0", "0.0", "0.0", "0.0", "300.0", "300.0"],
        )

    def test_wrong_roles_print_nothing(self):
        for user in (self.bum, self.keeper, self.rep, self.employee):
            with self.assertRaises(AccessError):
                self._get_html(user)

    def test_routes_refuse_wrong_roles(self):
        urls = (
            f"/report/html/{PRINT}/{self.report.id}",
            f"/report/text/{PRINT}/{self.report.id}",
            f"/customer_archive/xlsx/{XLSX}?ids={self.report.id}",
        )
        for user in (self.keeper, self.rep, self.employee):
            user.group_ids += self.allow_export
            self.authenticate(user.login, user.login)
            for url in urls:
                response = self.url_open(url)
                self.assertNotEqual(response.status_code, 200, url)
                self.assertNotIn(self.report.number, response.text)
            response = self.url_open(
                "/report/download",
                data={
                    "data": json.dumps(
                        [f"/report/pdf/{PRINT}/{self.report.id}", "qweb-pdf"]
                    ),
                },
            )
            self.assertNotIn(b"%PDF", response.content)
        self.authenticate(self.gmo.login, self.gmo.login)
        self.assertIn(self.report.number, self.url_open(urls[0]).text)

    # ------------------------------------------------------------ spreadsheet

    def _get_book(self, user):
        user.group_ids += self.allow_export
        content = self.env[XLSX].with_user(user)._make_xlsx(self.report)
        return load_workbook(io.BytesIO(content))

    def test_xlsx(self):
        book = self._get_book(self.director)
        self.assertEqual(
            book.sheetnames,
            [
                "Survey Analysis Report",
                "Dimensions",
                "Business Units",
                "Questions",
                "Results by Channel",
                "Results by Grade",
                "Results by Industry",
                "Results by Region",
                "Customers by Index",
                "Opinions",
            ],
        )
        summary = [cell.value for cell in book.worksheets[0][5]]
        self.assertEqual(summary[4:8], [4, 1, 3, 2])
        self.assertAlmostEqual(summary[8], 2 / 3)
        self.assertEqual(summary[9:11], [70, 80])
        self.assertEqual(
            list(book["Dimensions"].values)[1:4],
            [
                ("Product Quality", 2, 80, 80, 75, None, None, "Reached"),
                ("Product Price", 2, 60, 80, 25, 65.5, -5.5, "Failed"),
                ("Index", 2, 70, 80, 50, 60, 10, "Reached"),
            ],
        )
        self.assertEqual(len(book["Dimensions"]._charts), 1)
        self.assertEqual(len(book["Dimensions"]._charts[0].series), 3)
        self.assertEqual(len(book["Customers by Index"]._charts), 1)
        self.assertEqual(
            list(book["Business Units"].values)[1][:4], ("Survey Unit", "Index", 2, 70)
        )
        self.assertEqual(list(book["Questions"].values)[4][2:], (2, 50, 0))

    def test_xlsx_writes_no_formulas_and_no_customers(self):
        book = self._get_book(self.director)
        cells = [cell for row in book["Opinions"].iter_rows(min_row=2) for cell in row]
        self.assertIn("=1+1", [cell.value for cell in cells])
        self.assertNotIn("f", [cell.data_type for cell in cells])
        for sheet in book:
            for row in sheet.values:
                self.assertNotIn("First", row)

    def test_xlsx_shows_the_opinions_that_its_reader_reads(self):
        # the office reads the report, not an answer under another secrecy
        hidden = self.campaign.sudo().opinion_ids.filtered(
            lambda opinion: opinion.text == "=1+1"
        )
        self.patch(
            self.registry["customer.survey.opinion"],
            "_may_read_domain",
            lambda model: [("id", "not in", hidden.ids)],
        )
        self.env.invalidate_all()
        book = self._get_book(self.director)
        self.assertEqual(book["Opinions"].max_row, 2)

    def test_xlsx_needs_right_and_role(self):
        xlsx = self.env[XLSX]
        for user in (self.director, self.gmo):
            user.group_ids = [Command.unlink(self.allow_export.id)]
            with self.assertRaisesRegex(AccessError, "export right"):
                xlsx.with_user(user)._make_xlsx(self.report)
        self.rep.group_ids += self.allow_export
        with self.assertRaises(AccessError):
            xlsx.with_user(self.rep)._make_xlsx(self.report)
        with self.assertRaisesRegex(UserError, "Choose one"):
            xlsx.with_user(self.director)._get_action(self.report.browse())
