from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_grade_sheet import SheetCommon

FORM = "customer_archive.report_customer_grade_evaluation"


@tagged("post_install", "-at_install")
class TestGradePrint(SheetCommon):
    """成交客户分级评价表 on paper (E8)."""

    def setUp(self):
        super().setUp()
        self.evaluation = self._sheet()
        self._judge(self.evaluation, 80)

    def _print(self, report=FORM, user=None, lang="en_US"):
        reports = self.env["ir.actions.report"].with_user(user or self.bum)
        content, _type = reports.with_context(lang=lang)._render_qweb_html(
            report, self.evaluation.ids
        )
        return html.fromstring(content)

    def _prints(self):
        return self.env["customer.access.log"].search(
            [("operation", "=", "print"), ("user_id", "=", self.bum.id)]
        )

    def _block(self, tree, name):
        rows = tree.xpath(f"//table[@name='{name}']//tr[td]")
        return [
            [" ".join(cell.text_content().split()) for cell in row.xpath("td")]
            for row in rows
        ]

    def test_form(self):
        self.evaluation.write(
            {"reason": "Grows", "deviation_reason": "Pays late", "remark": "Key buyer"}
        )
        self.evaluation._system_write({"evaluator_id": self.bum.id})
        tree = self._print()
        text = " ".join(tree.text_content().split())
        for printed in (
            self.dossier.partner_id.name,
            self.dossier.number,
            self.dossier.secrecy_level_id.name,
            self.rule.name,
            "Important Customer",
            "Grows",
            "Pays late",
            "Key buyer",
            self.bum.name,
        ):
            with self.subTest(printed=printed):
                self.assertIn(printed, text)
        sheet = self._block(tree, "sheet")
        self.assertEqual(len(sheet), 6)
        self.assertEqual(
            sheet[3],
            ["Customer Needs", "Judged by a Person", "80.00", "15.00", "80.00"],
        )
        self.assertEqual(sheet[5][-1], f"{self.evaluation.score:.2f}")
        criteria = self._block(tree, "criteria")
        self.assertIn(
            [
                "Important Customer (Any Criterion)",
                "Single Contract",
                "$ 5,000.00",
                "$ 120,000.00",
                "✓",
            ],
            criteria,
        )
        signatures = tree.xpath("//table[contains(@class, 'signatures')]//td")
        self.assertEqual(len(signatures), 2)

    def test_unjudged_is_no_zero(self):
        self._judge(self.evaluation, False)
        self.assertEqual(self._block(self._print(), "sheet")[3][2], "")
        self._judge(self.evaluation, 0)
        self.assertEqual(self._block(self._print(), "sheet")[3][2], "0.00")

    def test_form_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        tree = self._print(lang="zh_CN")
        self.assertEqual(tree.xpath("//h1")[0].text_content(), "成交客户分级评价表")

    def test_blank_form(self):
        tree = self._print(f"{FORM}_blank")
        self.assertTrue(tree.xpath("//div[contains(@class, 'o_customer_form_blank')]"))
        self.assertNotIn(self.dossier.partner_id.name, tree.text_content())
        self.assertIn("Customer Needs", self._block(tree, "sheet")[3])
        self.assertFalse(self._prints())

    def test_form_is_a_copy_of_the_dossier(self):
        tree = self._print()
        self.assertTrue(tree.xpath("//div[@name='copy']"))
        self.assertEqual(self._prints().dossier_id, self.dossier)
        for user in (self.rep2, self.bum2, self.fin, self.outsider):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._print(user=user)

    def test_rep_prints_no_profit(self):
        self.assertEqual(len(self._block(self._print(user=self.rep), "sheet")), 5)
