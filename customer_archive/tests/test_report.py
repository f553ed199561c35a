import io

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import CustomerArchiveCommon

CARD = "customer_archive.report_customer_data_card"
BLANK = "customer_archive.report_customer_data_card_blank"


@tagged("post_install", "-at_install")
class TestReport(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("en_US", "zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(lang)
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
        boxes = blank.xpath("//tbody//td")
        self.assertTrue(boxes)
        self.assertFalse([box for box in boxes if box.text_content().strip()])
        self.assertNotIn("Printed on", blank.text_content())

    def test_card_of_a_hidden_dossier_is_refused(self):
        for render in (self._render, self._pdf):
            with self.assertRaises(AccessError):
                render(CARD, self.dossier, self.outsider)

    def test_each_dossier_gets_its_own_page(self):
        second = self._dossier()
        self.assertEqual(self._pdf(CARD, self.dossier).getNumPages(), 1)
        self.assertEqual(self._pdf(CARD, self.dossier | second).getNumPages(), 2)

    def test_blank_card_is_one_page(self):
        self.assertEqual(self._pdf(BLANK, self.dossier).getNumPages(), 1)
