from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_register import CARD, RegisterCommon

BLANK = "customer_archive.report_customer_data_card_blank"
WHOLE = "customer_archive.report_customer_dossier"
PAPER = "customer_archive.report_customer_dossier_paper"
REPORTS = (
    CARD,
    "customer_archive.report_customer_file_card",
    WHOLE,
    "customer_archive.report_customer_statistics_sheet",
)


@tagged("post_install", "-at_install")
class TestCopies(RegisterCommon):
    """Copying is a right apart from reading; copies are numbered and marked (D22)."""

    def _render(self, user, report, dossiers):
        reports = self.env["ir.actions.report"].with_user(user)
        content, _type = reports.with_context(lang="en_US")._render_qweb_html(
            report, dossiers.ids
        )
        return content.decode()

    def _forbid_copies(self):
        self._right(self.level, "rep").copy_scope = "none"

    def test_each_print_is_one_numbered_row(self):
        numbers = set()
        for report in REPORTS:
            rows = self._act(lambda: self._render(self.rep, report, self.plain))  # noqa: B023
            self.assertEqual(rows.mapped("operation"), ["print"])
            self.assertEqual(rows.user_id, self.rep)
            self.assertEqual(rows.dossier_id, self.plain)
            self.assertTrue(rows.copy_number)
            numbers.add(rows.copy_number)
            self.assertNoValue(rows)
        self.assertEqual(len(numbers), len(REPORTS))

    def test_print_of_several_is_one_row(self):
        rows = self._act(
            lambda: self._render(self.rep, CARD, self.plain | self.dossier)
        )
        self.assertEqual(rows.mapped("operation"), ["print"])
        self.assertEqual(rows.dossier_ids, self.plain | self.dossier)

    def test_copy_carries_user_time_level_and_number(self):
        with freeze_time("2031-05-06 07:08:09"):
            rows = self._act(
                lambda: self.assertMarked(self._render(self.rep, CARD, self.dossier))
            )
        mark = rows.with_user(self.rep)._get_copy_mark()
        self.assertIn(rows.copy_number, mark["text"])

    def assertMarked(self, content):
        tree = html.fromstring(content)
        form = tree.xpath("//div[contains(@class, 'o_customer_form ')]")[0]
        self.assertIn("data:image/svg+xml", form.get("style"))
        text = tree.text_content()
        self.assertIn("Copy No.", text)
        self.assertIn(self.rep.name, text)
        self.assertIn("2031", text)
        self.assertIn(self.level.name, text)

    def test_name_does_not_break_the_watermark(self):
        self.rep.name = '<b>O\'Neil & "Co"</b>'
        self.assertIn("data:image/svg", self._render(self.rep, CARD, self.dossier))

    def test_blank_form_is_no_copy(self):
        self._forbid_copies()
        rows = self._act(lambda: self._render(self.rep, BLANK, self.dossier))
        self.assertFalse(rows)
        self.assertNotIn("svg+xml", self._render(self.rep, BLANK, self.dossier))

    def test_reading_does_not_entitle_to_print(self):
        self._forbid_copies()
        self.assertTrue(self.dossier.with_user(self.rep).has_access("read"))
        for report in (*REPORTS, PAPER):
            rows = self._act(
                lambda: self.assertNoPrint(report, self.dossier | self.plain)  # noqa: B023
            )
            self.assertFalse(rows)
        self.assertFalse(self.dossier.with_user(self.rep).may_copy)
        self.assertTrue(self.plain.with_user(self.rep).may_copy)
        reports = self.env["ir.actions.report"].search(
            [("model", "=", "customer.dossier"), ("domain", "!=", False)]
        )
        self.assertGreaterEqual(len(reports), 5)
        self.assertFalse(
            reports.with_user(self.rep).get_valid_action_reports(
                "customer.dossier", self.dossier.ids
            )
        )

    def assertNoPrint(self, report, dossiers):
        with self.assertRefused(AccessError, "right to copy"):
            self._render(self.rep, report, dossiers)

    # ------------------------------------------------------------ paper copy (A46)

    def _print_paper(self, user, dossier):
        return (
            self.env["ir.actions.report"]
            .with_user(user)
            ._render_qweb_pdf(PAPER, dossier.ids)
        )

    def test_keeper_prints_the_paper_copy(self):
        with freeze_time("2031-01-02 03:04:05"):
            self._print_paper(self.keeper, self.dossier)
        self.assertEqual(
            self.dossier.paper_copy_date,
            fields.Datetime.to_datetime("2031-01-02 03:04:05"),
        )
        self.assertEqual(self.dossier.paper_copy_user_id, self.keeper)
        with self.assertRefused(UserError):
            self._print_paper(self.rep, self.plain)
        self.assertFalse(self.plain.paper_copy_date)
        with self.assertRefused(AccessError, "writes this itself"):
            self._rpc(
                self.keeper,
                "customer.dossier",
                "write",
                self.plain.ids,
                {"paper_copy_date": "2031-01-01 00:00:00"},
            )

    def test_paper_copy_goes_out_of_date(self):
        domain = [("is_paper_outdated", "=", True)]
        dossiers = self.env["customer.dossier"].with_user(self.keeper)
        self.assertNotIn(self.dossier, dossiers.search(domain))
        with freeze_time("2001-01-02 03:04:05"):
            self._print_paper(self.keeper, self.dossier)
        self.env.flush_all()
        # older than what is filed
        self.assertTrue(self.dossier.is_paper_outdated)
        self.assertIn(self.dossier, dossiers.search(domain))
        with freeze_time("2099-01-02 03:04:05"):
            self._print_paper(self.keeper, self.dossier)
        self.env.invalidate_all()
        self.assertFalse(self.dossier.is_paper_outdated)
        self.assertNotIn(self.dossier, dossiers.search(domain))
        self.assertIn(
            self.dossier,
            dossiers.search([("is_paper_outdated", "=", False)]),
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_dealing SET write_date = '2099-01-03' WHERE id = %s",
            [self.dealing.id],
        )
        self.env.invalidate_all()
        self.assertTrue(self.dossier.is_paper_outdated)
        self.assertIn(self.dossier, dossiers.search(domain))

    def test_queries_do_not_grow_with_the_dossiers(self):
        dossiers = self.env["customer.dossier"].concat(
            *(self._dossier() for _i in range(20))
        )
        dossiers._system_write({"paper_copy_date": "2001-01-01"})
        counts = []
        for some in (dossiers[:2], dossiers):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            some.mapped("is_paper_outdated")
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestCopiesHttp(RegisterCommon, HttpCase):
    @mute_logger("odoo.http")
    def test_report_by_address(self):
        url = f"/report/html/{CARD}/{self.dossier.id}"
        self.authenticate(self.rep.login, self.rep.login)
        before = self._rows()
        self.assertEqual(self.url_open(url).status_code, 200)
        self.assertEqual((self._rows() - before).mapped("operation"), ["print"])
        self._right(self.level, "rep").copy_scope = "none"
        before = self._rows()
        for kind in ("html", "pdf"):
            response = self.url_open(url.replace("html", kind, 1))
            self.assertEqual(response.status_code, 403)
        self.assertFalse(self._rows() - before)
