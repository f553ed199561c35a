import io

from freezegun import freeze_time
from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import config
from odoo.tools.pdf import PdfFileReader

from .test_credit_report import CreditReportCommon

SHEET = "customer_credit.report_customer_credit_sheet"


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10")
class TestCreditSheet(CreditReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("en_US", "zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.env["ir.config_parameter"].set_param(
            "report.url", f"http://127.0.0.1:{config['http_port']}"
        )
        cls.account._system_write({"term_days": 30, "valid_until": "2026-12-31"})

    def _render(self, account=None, user=None, lang="en_US"):
        reports = self.env["ir.actions.report"].with_user(user or self.fin)
        content, _type = reports.with_context(lang=lang)._render_qweb_html(
            SHEET, (account or self.account).ids
        )
        return html.fromstring(content)

    def _facts(self, tree, name):
        """Return {label: value} of a block of facts."""
        facts = {}
        for line in tree.xpath(f"//table[@name='{name}']//tr[td]"):
            labels = [cell.text_content().strip() for cell in line.xpath("th")]
            values = [cell.text_content().strip() for cell in line.xpath("td")]
            facts.update(zip(labels, values, strict=True))
        return facts

    def _lines(self, tree, name):
        return [
            [cell.text_content().strip() for cell in line]
            for line in tree.xpath(f"//table[@name='{name}']//tr[td]")
        ]

    def test_head_terms_and_figures(self):
        self._invoice(150.0)
        self._confirmed(200.0)
        tree = self._render()
        dossier = self.account._get_dossier()
        text = tree.text_content()
        self.assertIn("Credit Sheet", text)
        self.assertIn(dossier.number, text)
        self.assertIn(self.company.name, text)
        mark = tree.xpath("//span[contains(@class, 'o_customer_form_secrecy')]")
        self.assertEqual(mark[0].text, dossier.secrecy_level_id.name)
        head = self._facts(tree, "customer")
        self.assertEqual(head["Customer"], "Customer of the Rep")
        self.assertEqual(head["Responsible Rep"], self.rep.name)
        terms = self._facts(tree, "terms")
        self.assertEqual(terms["Control"], "Limited")
        self.assertIn("1,000.00", terms["Approved Limit"])
        self.assertEqual(terms["Credit Days"], "30")
        self.assertEqual(terms["Valid Until"], "December 31, 2026")
        self.assertEqual(terms["Near the Limit from (%)"], "80.0 %")
        self.assertNotIn("Exceptional Limit", terms)
        figures = self._facts(tree, "figures")
        self.assertIn("350.00", figures["Used"])
        self.assertIn("150.00", figures["Receivable"])
        self.assertIn("200.00", figures["Order to Invoice"])
        self.assertIn("0.00", figures["Draft Invoice"])
        offices = tree.xpath("//div[@class='o_customer_form_office']/text()")
        self.assertEqual(offices, ["Responsible Rep", "Finance", "General Manager"])

    def test_exception_freeze_and_guarantees_only_when_so(self):
        self.account._system_write(
            {
                "exception_amount": 1500.0,
                "exception_until": "2026-04-01",
                "frozen": True,
                "reduced_amount": 100.0,
                "counted_security": 60.0,
                "counted_security_until": "2026-05-01",
                "warning_percent": 70.0,
            }
        )
        terms = self._facts(self._render(), "terms")
        self.assertIn("1,500.00", terms["Exceptional Limit"])
        self.assertEqual(terms["Exception Until"], "April 1, 2026")
        self.assertIn("100.00", terms["Usable while Frozen"])
        self.assertIn("60.00", terms["Counted Security"])
        self.assertEqual(terms["Near the Limit from (%)"], "70.0 %")

    def test_customer_without_control_or_dossier(self):
        tree = self._render(self.free)
        self.assertNotIn("Approved Limit", self._facts(tree, "terms"))
        self.assertNotIn("Available", self._facts(tree, "figures"))
        level = self.env["customer.secrecy.level"]._get_default()
        mark = tree.xpath("//span[contains(@class, 'o_customer_form_secrecy')]")
        self.assertEqual(mark[0].text, level.name)
        # nothing to number a copy by
        self.assertFalse(tree.xpath("//div[@name='copy']"))

    def test_holds_of_twelve_months(self):
        old = self._order(1100.0)._credit_put_on_hold("Long ago")
        self.env.cr.execute(
            "UPDATE customer_credit_hold SET create_date = '2025-03-09' WHERE id = %s",
            [old.id],
        )
        order = self._order(1200.0)
        hold = order._credit_put_on_hold("Pays next week")
        hold.with_user(self.mdo).action_approve("Agreed")
        hold.with_user(self.gmo).action_reject("Too much is open")
        [line] = self._lines(self._render(), "holds")
        self.assertIn(order.name, line[1])
        self.assertIn("1,200.00", line[2])
        self.assertIn("Refused", line)
        self.assertIn(self.gmo.name, line)

    def test_open_items_make_up_what_is_used(self):
        self.assertEqual(self._lines(self._render(), "items"), [[""] * 5])
        invoice = self._invoice(150.0)
        order = self._confirmed(200.0)
        tree = self._render()
        lines = {line[1]: line for line in self._lines(tree, "items")}
        self.assertEqual(set(lines), {invoice.name, order.name})
        self.assertEqual(lines[invoice.name][0], "Receivable")
        self.assertIn("150.00", lines[invoice.name][4])
        self.assertIn("200.00", lines[order.name][4])
        self.assertIn("350.00", self._facts(tree, "figures")["Used"])

    def test_chinese(self):
        tree = self._render(lang="zh_CN")
        self.assertEqual(tree.xpath("//h1/text()"), ["客户信用额度表"])
        self.assertEqual(tree.xpath("//h2/text()"), ["Credit Sheet"])
        tree = self._render(lang="zh_TW")
        self.assertEqual(tree.xpath("//h1/text()"), ["客戶信用額度表"])

    def test_who_may_print(self):
        for user in (self.fin, self.mdo, self.gmo, self.rep):
            self.assertIn("Credit Sheet", self._render(user=user).text_content())
        for user, account in ((self.sales, self.account), (self.rep, self.other)):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._render(account, user)
        self.rep.archive_access = "no_copies"
        with self.assertRaisesRegex(AccessError, "handing over"):
            self._render(user=self.rep)

    def test_copy_is_numbered_and_registered(self):
        log = self.env["customer.access.log"]
        dossier = self.account._get_dossier()
        domain = [("dossier_id", "=", dossier.id), ("operation", "=", "print")]
        before = log.search(domain)
        tree = self._render()
        row = log.search(domain) - before
        self.assertEqual(len(row), 1)
        self.assertEqual(row.user_id, self.fin)
        self.assertEqual(row.res_model, "customer.credit.account")
        self.assertEqual(row.res_id, self.account.id)
        [copy] = tree.xpath("//div[@name='copy']")
        self.assertIn(row.copy_number, copy.text_content())

    def test_pdf(self):
        reports = self.env["ir.actions.report"].with_user(self.fin)
        with self.allow_pdf_render():
            content, _type = reports.with_context(
                force_report_rendering=True
            )._render_qweb_pdf(SHEET, (self.account | self.free).ids)
        self.assertEqual(PdfFileReader(io.BytesIO(content)).getNumPages(), 2)

    def test_print_menu(self):
        bindings = self.env["ir.actions.actions"]._get_bindings(
            "customer.credit.account"
        )
        self.assertIn(
            self.env.ref("customer_credit.action_report_customer_credit_sheet").id,
            [action["id"] for action in bindings["report"]],
        )
