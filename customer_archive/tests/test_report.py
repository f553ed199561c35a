import io

from lxml import html
from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import config, mute_logger
from odoo.tools.pdf import PdfFileReader

from .common import CustomerArchiveCommon

CARD = "customer_archive.report_customer_data_card"
BLANK = "customer_archive.report_customer_data_card_blank"
FILE_CARD = "customer_archive.report_customer_file_card"
WHOLE = "customer_archive.report_customer_dossier"
SHEET = "customer_archive.report_customer_statistics_sheet"
BOXES = "//table[contains(@class, 'o_customer_form_table') and @name]//td"


@tagged("post_install", "-at_install")
class TestReport(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("en_US", "zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(lang)
        # wkhtmltopdf fetches the styles there: without them every form is one page
        cls.env["ir.config_parameter"].set_param(
            "report.url", f"http://127.0.0.1:{config['http_port']}"
        )
        cls.unit.hotline = "400 820 1234"
        cls.partner.write(
            {
                "street": "88 Zhangjiang Road",
                "phone": "+86 21 6888 0000",
                "legal_representative": "Chen Wei",
                "registered_capital": 5000000,
                "registered_currency_id": cls.env.ref("base.CNY").id,
                "business_scope": "Precision machinery",
                "child_ids": [
                    Command.create({"name": "Liu Fang", "function": "Purchaser"}),
                    Command.create({"name": "Depot", "type": "delivery"}),
                ],
            }
        )
        cls.dossier = cls._dossier(
            partner_id=cls.partner.id,
            first_contact_date="2025-03-08",
            needs="Radio modules",
            lawful_source="Form filled in at a fair",
        )

    def _render(self, report, dossiers, user=None, lang="en_US"):
        """Return the tree of ``report`` as ``user``, the rep by default, gets it."""
        reports = self.env["ir.actions.report"].with_user(user or self.rep)
        content, _type = reports.with_context(lang=lang)._render_qweb_html(
            report, dossiers.ids
        )
        return html.fromstring(content)

    def _pdf(self, report, dossiers, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.rep)
        with self.allow_pdf_render():
            content, _type = reports.with_context(
                force_report_rendering=True
            )._render_qweb_pdf(report, dossiers.ids)
        self.assertTrue(content.startswith(b"%PDF"))
        return PdfFileReader(io.BytesIO(content))

    def _block(self, tree, name):
        """Return the lines of the block ``name``, headings included, as texts."""
        return [
            [cell.text_content().strip() for cell in line]
            for line in tree.xpath(f"//table[@name='{name}']//tr")
        ]

    def _purchaser(self, partner):
        return partner.child_ids.filtered(lambda child: child.type == "contact")[:1]

    def _fill(self, dossier):
        """File one or two entries of each kind in ``dossier``."""
        contact = self._purchaser(dossier.partner_id)
        dossier.write(
            {
                "decision_process": "The board decides",
                "contact_profile_ids": [
                    Command.create(
                        {"contact_id": contact.id, "decision_role": "decider"}
                    )
                ],
                "major_change_ids": [
                    Command.create(
                        {
                            "date": "2025-04-11",
                            "change_type": "relocation",
                            "description": "New plant",
                            "consequence": "New address of delivery",
                        }
                    )
                ],
                "dealing_ids": [
                    Command.create(
                        {
                            "date": "2025-05-20",
                            "subject": "Price of lot 2",
                            "contact_id": contact.id,
                            "user_id": self.rep.id,
                            "result": "Three percent less",
                        }
                    )
                ],
                "feedback_ids": [
                    Command.create(
                        {
                            "date": "2025-06-25",
                            "kind": "suggestion",
                            "subject": "Use wooden boxes",
                            "handling": "Agreed with the store",
                        }
                    )
                ],
                "financial_figure_ids": [
                    Command.create(
                        {
                            "year": 2024,
                            "currency_id": self.env.ref("base.CNY").id,
                            "turnover": 1280000,
                        }
                    )
                ],
            }
        )

    def _titles(self, tree):
        return tree.findtext(".//h1"), tree.findtext(".//h2")

    def test_card_shows_customer_dossier_and_contacts(self):
        text = self._render(CARD, self.dossier).text_content()
        for value in (
            self.company.name,
            "400 820 1234",
            self.dossier.number,
            self.dossier.secrecy_level_id.name,
            "Dragon Ltd",
            "88 Zhangjiang Road",
            "Chen Wei",
            "5,000,000.00",
            "Precision machinery",
            "Liu Fang",
            "Purchaser",
            "Radio modules",
            "Form filled in at a fair",
            "March 8, 2025",
            "Unit North",
            self.rep.name,
            self.bum.name,
        ):
            self.assertIn(value, text)
        self.assertNotIn("Depot", text)

    def test_title_is_led_by_the_language(self):
        english = self._render(CARD, self.dossier)
        self.assertEqual(self._titles(english), ("Customer Data Card", "客户资料卡"))
        simplified = self._render(CARD, self.dossier, lang="zh_CN")
        self.assertEqual(self._titles(simplified), ("客户资料卡", "Customer Data Card"))
        traditional = self._render(CARD, self.dossier, lang="zh_TW")
        self.assertEqual(
            self._titles(traditional), ("客戶資料卡", "Customer Data Card")
        )

    def test_language_reaches_the_fonts_and_the_dates(self):
        tree = self._render(CARD, self.dossier, lang="zh_TW")
        self.assertEqual(tree.xpath("//div/@data-oe-lang"), ["zh_TW"])
        self.assertIn("2025年3月8日", tree.text_content())

    def test_blank_card_has_the_same_boxes_and_no_value(self):
        filled = self._render(CARD, self.dossier)
        blank = self._render(BLANK, self.dossier)
        self.assertEqual(blank.xpath("//th/text()"), filled.xpath("//th/text()"))
        boxes = blank.xpath(BOXES)
        self.assertTrue(boxes)
        self.assertFalse([box for box in boxes if box.text_content().strip()])
        self.assertNotIn("Printed on", blank.text_content())

    def test_form_of_a_hidden_dossier_is_refused(self):
        for report in (CARD, FILE_CARD, WHOLE, SHEET):
            for render in (self._render, self._pdf):
                with self.subTest(report=report), self.assertRaises(AccessError):
                    render(report, self.dossier, self.outsider)

    def test_each_dossier_gets_its_own_page(self):
        second = self._dossier()
        self.assertEqual(self._pdf(CARD, self.dossier).getNumPages(), 1)
        self.assertEqual(self._pdf(CARD, self.dossier | second).getNumPages(), 2)

    def test_blank_card_is_one_page(self):
        self.assertEqual(self._pdf(BLANK, self.dossier).getNumPages(), 1)

    # ------------------------------------------------------------ data card (A37)

    def test_card_shows_what_kind_of_customer_it_is(self):
        agent = self._customer("Agent Ltd")
        kind = self.env["customer.classification"].search(
            [("kind", "=", "business_category")], limit=1
        )
        self.partner.write(
            {
                "trade_channel": "indirect",
                "intermediary_id": agent.id,
                "business_category_id": kind.id,
                "staff_band": "500",
            }
        )
        self._purchaser(self.partner).contact_subject = "Payments"
        self.dossier.write(
            {
                "risk_level": "high",
                "referrer_id": agent.id,
                "lawful_source_confirmed": True,
                "background": "<p>Leader in <b>signals</b></p>",
            }
        )
        tree = self._render(CARD, self.dossier)
        facts = {}
        for name in ("identity", "registration", "origin", "background"):
            for line in self._block(tree, name):
                facts.update(zip(line[::2], line[1::2], strict=False))
        for label, value in (
            ("Identity Type", "Legal Person"),
            ("Trade Channel", "Indirect"),
            ("Intermediary", "Agent Ltd"),
            ("Business Category", kind.name),
            ("Staff", "500 or More"),
            ("Risk Level", "High"),
            ("Referring Customer", "Agent Ltd"),
            ("Lawfully Collected", "✓"),
            ("Background", "Leader in signals"),
        ):
            self.assertEqual(facts[label], value)
        self.assertIn("Payments", self._block(tree, "contacts")[2])

    def test_card_prints_what_the_unit_added(self):
        agent = self._customer("Agent Ltd")
        self.unit.dossier_properties_definition = [
            {"name": "p1", "string": "Listed", "type": "boolean"},
            {"name": "p2", "string": "Line", "type": "selection"}
            | {"selection": [["x", "Line One"], ["y", "Line Two"]]},
            {"name": "p3", "string": "Marks", "type": "tags"}
            | {"tags": [["a", "Fast", 1], ["b", "Big", 2]]},
            {"name": "p4", "string": "Builder", "type": "many2one"}
            | {"comodel": "res.partner"},
            {"name": "p5", "string": "Ends", "type": "date"},
            {"name": "p6", "string": "Stations", "type": "integer"},
            {"name": "p7", "string": "Volume", "type": "float"},
            {"name": "p8", "string": "Remark", "type": "char"},
            {"name": "p9", "string": "Line between", "type": "separator"},
        ]
        self.dossier.properties = {
            "p1": True,
            "p2": "y",
            "p3": ["a", "b"],
            "p4": agent.id,
            "p5": "2027-12-31",
            "p6": 1280,
            "p7": 1234.5,
            "p8": "<b>bold</b>",
        }
        tree = self._render(CARD, self.dossier)
        self.assertEqual(
            self._block(tree, "properties")[1:],
            [
                ["Listed", "✓", "Line", "Line Two"],
                ["Marks", "Fast, Big", "Builder", "Agent Ltd"],
                ["Ends", "December 31, 2027", "Stations", "1280"],
                ["Volume", "1,234.5", "Remark", "<b>bold</b>"],
            ],
        )

    def test_card_leaves_out_what_the_unit_hides(self):
        self.dossier.risk_level = "high"
        field = self.env["ir.model.fields"]._get("customer.dossier", "risk_level")
        listed = self.env["customer.dossier.field"].search(
            [("field_id", "=", field.id)]
        ) or self.env["customer.dossier.field"].create({"field_id": field.id})
        self.assertIn("Risk Level", self._render(CARD, self.dossier).text_content())
        self.unit.hidden_dossier_field_ids = listed
        self.dossier.invalidate_recordset(["hidden_fields"])
        self.assertNotIn("Risk Level", self._render(CARD, self.dossier).text_content())

    # ------------------------------------------------------------ file card (A38)

    def test_file_card_shows_what_is_filed(self):
        self._fill(self.dossier)
        tree = self._render(FILE_CARD, self.dossier, self.keeper)
        self.assertEqual(self._titles(tree), ("Customer File Card", "客户资料档案卡"))
        self.assertEqual(
            self._block(tree, "major_change_ids")[2],
            ["April 11, 2025", "Relocation", "New plant", "New address of delivery"],
        )
        self.assertEqual(
            self._block(tree, "dealing_ids")[2],
            [
                "May 20, 2025",
                "Negotiation",
                "Price of lot 2",
                "Liu Fang",
                self.rep.name,
                "Three percent less",
            ],
        )
        self.assertEqual(
            self._block(tree, "feedback_ids")[2][:4],
            [
                "June 25, 2025",
                "Suggestion",
                "Use wooden boxes",
                "Agreed with the store",
            ],
        )
        figures = self._block(tree, "financial_figure_ids")[2]
        self.assertEqual(figures[0], "2024")
        self.assertIn("1,280,000.00", figures[1])
        # what is not known is empty, never 0
        self.assertEqual(figures[2:], [""] * 4)

    def test_finance_is_for_its_readers_alone(self):
        self._fill(self.dossier)
        for report in (FILE_CARD, WHOLE):
            tree = self._render(report, self.dossier, self.rep)
            self.assertFalse(self._block(tree, "financial_figure_ids"))
            self.assertNotIn("Financial Status", tree.text_content())
            self.assertNotIn("1,280,000.00", tree.text_content())
            self.assertTrue(self._block(tree, "dealing_ids"))

    def test_table_without_entries_has_two_empty_lines(self):
        tree = self._render(FILE_CARD, self.dossier)
        self.assertEqual(self._block(tree, "dealing_ids")[2:], [[""] * 6] * 2)

    # ------------------------------------------------------------ whole dossier (A46)

    def test_whole_dossier_lists_and_prints_its_parts(self):
        dossier = self._formal_dossier(
            partner_id=self._customer(
                "Phoenix Ltd", child_ids=[Command.create({"name": "Wang Jun"})]
            ).id
        )
        self._fill(dossier)
        tree = self._render(WHOLE, dossier, self.keeper)
        parts = self._block(tree, "parts")[2:]
        self.assertEqual(
            parts,
            [
                ["Customer Data Card", ""],
                ["Decision Process", ""],
                ["Decision Makers", "1"],
                ["Papers", "0"],
                ["Contracts", "1"],
                ["Major Changes", "1"],
                ["Dealings", "1"],
                ["Feedback", "1"],
                ["Financial Status", "1"],
                ["Changes", "1"],
                ["Verifications", "0"],
                ["Hand-overs", "0"],
                ["Decisions", "2"],
                ["Log", "2"],
            ],
        )
        # every part that the cover lists is there
        text = tree.text_content()
        for title, _count in parts[1:]:
            self.assertGreaterEqual(text.count(title), 2)
        self.assertEqual(
            [line[1] for line in self._block(tree, "log_ids")[2:]],
            ["Became Formal", "Submitted"],
        )
        self.assertIn(self.mdo.name, self._block(tree, "approval_decision_ids")[3])
        self.assertIn(self.keeper.name, str(self._block(tree, "cover")))
        self.assertIn("The board decides", text)

    def test_decisions_of_the_customer_are_for_their_readers_alone(self):
        self._fill(self.dossier)
        self.dossier.service_user_ids = self.fug
        text = self._render(WHOLE, self.dossier, self.fug).text_content()
        self.assertIn("Three percent less", text)
        for secret in ("The board decides", "Decision Process", "Decision Makers"):
            self.assertNotIn(secret, text)

    # ------------------------------------------------------------ statistics (A39)

    def test_statistics_sheet_has_the_rows_of_the_spreadsheet(self):
        second = self._dossier(
            partner_id=self._customer(
                "Phoenix Ltd",
                registered_capital=250000.5,
                registered_currency_id=self.env.ref("base.CNY").id,
            ).id,
            first_contact_date="2025-09-01",
        )
        third = self._dossier(
            partner_id=self._customer(
                "Eagle Inc",
                registered_capital=1000,
                registered_currency_id=self.env.ref("base.USD").id,
            ).id,
            first_contact_date="2025-01-02",
        )
        dossiers = self.dossier | second | third
        tree = self._render(SHEET, dossiers)
        title, header, *rows = self._block(tree, "rows")
        self.assertIn("Unit North", title[0])
        self.assertIn("First contact January 2, 2025 – September 1, 2025", title[0])
        self.rep.group_ids += self.env.ref("base.group_allow_export")
        self._right(self.dossier.secrecy_level_id, "rep").export_scope = "related"
        sheet = load_workbook(
            io.BytesIO(
                self.env["customer.xlsx.report.dossier"]
                .with_user(self.rep)
                .with_context(lang="en_US")
                ._make_xlsx(dossiers)
            )
        ).active
        lines = list(sheet.iter_rows(min_row=4, values_only=True))
        self.assertEqual(header, list(lines[0]))
        self.assertEqual(len(rows), 3)
        capital = header.index("Registered Capital")
        for printed, exported in zip(rows, lines[1:4], strict=True):
            exported = [value or "" for value in exported]
            amount = exported.pop(capital)
            self.assertIn(f"{amount:,.2f}", printed.pop(capital))
            self.assertEqual(printed, exported)
        # one line per currency below the rows
        self.assertEqual(lines[4][0], "Number of Customers: 3")
        self.assertEqual([line[capital] for line in lines[4:]], [5250000.5, 1000])
        (totals,) = self._block(tree, "totals")
        self.assertEqual(totals[1], "3")
        self.assertIn("5,250,000.50", totals[3])
        self.assertIn("1,000.00", totals[3])

    def test_statistics_sheet_is_one_form_of_all(self):
        dossiers = self.dossier | self._dossier() | self._dossier()
        self.assertEqual(self._pdf(SHEET, dossiers).getNumPages(), 1)
        page = self._pdf(SHEET, self.dossier).getPage(0).mediabox
        self.assertGreater(page.width, page.height)

    # ------------------------------------------------------------ pages, queries

    def test_number_of_pages(self):
        self._fill(self.dossier)
        self.partner.child_ids = [
            Command.create({"name": f"Contact {i}"}) for i in range(3)
        ]
        self.dossier.dealing_ids = [
            Command.create({"subject": f"Lot {i}", "result": "Agreed\non\nit"})
            for i in range(20)
        ]
        self.dossier.background = "<p>Line</p>" * 20
        self.assertEqual(self._pdf(CARD, self.dossier).getNumPages(), 2)
        self.assertEqual(self._pdf(FILE_CARD, self.dossier).getNumPages(), 2)
        # the cover, two pages of the card, then the lists
        self.assertEqual(self._pdf(WHOLE, self.dossier).getNumPages(), 5)

    def test_number_of_queries_hardly_grows_with_the_dossiers(self):
        dossiers = self.env["customer.dossier"].concat(
            *(
                self._dossier(
                    partner_id=self._customer(
                        f"Customer {i}",
                        child_ids=[Command.create({"name": f"Contact {i}"})],
                    ).id
                )
                for i in range(12)
            )
        )
        for dossier in dossiers:
            self._fill(dossier)

        def count_queries(report, dossiers):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._render(report, dossiers, self.keeper)
            return self.env.cr.sql_log_count - before

        for report in (CARD, FILE_CARD, WHOLE, SHEET):
            count_queries(report, dossiers)
            few = count_queries(report, dossiers[:2])
            many = count_queries(report, dossiers)
            self.assertLessEqual(many, few, report)


@tagged("post_install", "-at_install")
class TestReportRoute(CustomerArchiveCommon, HttpCase):
    def test_forms_are_refused_at_the_route(self):
        dossier = self._dossier()
        for report in (CARD, FILE_CARD, WHOLE, SHEET):
            for converter in ("html", "pdf"):
                url = f"/report/{converter}/{report}/{dossier.id}"
                with self.subTest(url=url), mute_logger("odoo.http"):
                    self.authenticate(self.rep.login, self.rep.login)
                    self.assertEqual(self.url_open(url).status_code, 200)
                    self.authenticate(self.outsider.login, self.outsider.login)
                    refused = self.url_open(url)
                    self.assertEqual(refused.status_code, 403)
                    self.assertNotIn(dossier.number, refused.text)
