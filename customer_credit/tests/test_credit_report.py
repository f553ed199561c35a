import io

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.customer_archive.tests.common import CustomerArchiveCommon

from .common import CustomerCreditCommon

REPORT = "customer.credit.report"
XLSX = "customer.xlsx.report.credit"
TODAY = "2026-03-10"
HEADER_LINE = 4


class CreditReportCommon(CustomerCreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.unit = cls.env["crm.team"].create({"name": "Unit North"})
        cls.other = cls._account("Other Customer", control="limited")
        cls.free = cls._account("Free Customer", control="none")
        cls._figures(cls.account, 1000.0, 900.0, oldest_due="2026-01-09")
        cls._figures(cls.other, 3000.0, 300.0, status="normal")
        cls._figures(cls.free, 0.0, 5000.0, status="normal")
        cls.account._system_write({"overdue_amount": 250.0})
        cls.accounts = cls.account | cls.other | cls.free
        cls.env["customer.dossier"].create(
            {
                "partner_id": cls.customer.id,
                "user_id": cls.rep.id,
                "team_id": cls.unit.id,
            }
        )

    @classmethod
    def _account(cls, name, company=None, **values):
        partner = cls.env["res.partner"].create({"name": name, "is_company": True})
        account = cls.env["customer.credit.account"]._get(
            partner, company or cls.company
        )
        account._system_write(values)
        return account

    @classmethod
    def _figures(cls, account, limit, exposure, status="warning", **values):
        """Store figures, as the check of a day would."""
        account._system_write(
            {
                "limit_today": limit,
                "exposure": exposure,
                "available": limit - exposure,
                "usage": exposure / limit * 100 if limit else 0.0,
                "status": status,
                **values,
            }
        )
        account.flush_recordset()

    def _rows(self, accounts=None, user=None):
        reports = self.env[REPORT].with_user(user or self.fin)
        return reports.browse((accounts or self.accounts).ids)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCreditReport(CreditReportCommon):
    def test_rows_are_the_accounts(self):
        row = self._rows(self.account)
        self.assertEqual(row.account_id, self.account)
        self.assertEqual(row.partner_id, self.customer)
        self.assertEqual(row.user_id, self.rep)
        self.assertEqual(row.team_id, self.unit)
        for name in ("limit_today", "exposure", "available", "usage", "status"):
            self.assertEqual(row[name], self.account[name], name)
        self.assertEqual(row.overdue_amount, 250.0)
        self.assertEqual(row.overdue_days, 60)
        self.assertFalse(row.exception_running or row.frozen)
        self.assertFalse(self._rows(self.other).overdue_days)
        # not controlled: what he owes is no use of a limit
        free = self._rows(self.free)
        self.assertEqual((free.limit_today, free.available, free.usage), (0, 0, 0))
        self.assertEqual(free.exposure, 5000.0)

    def test_exception_freeze_and_guarantee(self):
        self.account._system_write(
            {
                "exception_amount": 2000.0,
                "exception_until": TODAY,
                "frozen": True,
                "counted_security": 70.0,
                "counted_security_until": TODAY,
            }
        )
        row = self._rows(self.account)
        self.assertTrue(row.exception_running and row.frozen)
        self.assertEqual(row.counted_security, 70.0)
        with freeze_time("2026-03-11"):
            self.env.invalidate_all()
            self.assertFalse(row.exception_running)
            self.assertFalse(row.counted_security)

    def test_totals_and_use_of_all_limits(self):
        [(limit, exposure, available, usage, days)] = (
            self.env[REPORT]
            .with_user(self.fin)
            ._read_group(
                [("id", "in", self.accounts.ids)],
                [],
                [
                    "limit_today:sum",
                    "exposure:sum",
                    "available:sum",
                    "usage:avg",
                    "overdue_days:max",
                ],
            )
        )
        self.assertEqual(limit, 4000.0)
        self.assertEqual(exposure, sum(self.accounts.mapped("exposure")))
        self.assertEqual(available, 2800.0)
        # 1,200 of 4,000; the mean of 90 % and 10 % would be 50 %
        self.assertAlmostEqual(usage, 30.0)
        self.assertEqual(days, 60)
        groups = self.env[REPORT].formatted_read_group(
            [("id", "in", self.accounts.ids)], ["team_id"], ["usage:avg"]
        )
        self.assertEqual(
            {
                group["team_id"] and group["team_id"][0]: group["usage:avg"]
                for group in groups
            },
            {self.unit.id: 90.0, False: 10.0},
        )

    def test_shared_limit_counts_once(self):
        shared = self.env["customer.credit.group"].create({"name": "Holding"})
        third = self._account("Third", control="limited")
        members = self.account | self.other | third
        members._system_write({"group_id": shared.id})
        for account, exposure in zip(members, (500.0, 300.0, 0.0), strict=True):
            self._figures(account, 1000.0, exposure)
        [(limit, available, usage)] = self.env[REPORT]._read_group(
            [("id", "in", members.ids)],
            [],
            ["limit_today:sum", "available:sum", "usage:avg"],
        )
        self.assertAlmostEqual(limit, 1000.0)
        self.assertAlmostEqual(available, 200.0)
        self.assertAlmostEqual(usage, 80.0)

    def test_use_over_two_currencies(self):
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        company = self.env["res.company"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        abroad = self._account("Foreign", company, control="limited")
        self._figures(abroad, 4000.0, 200.0)
        companies = self.company | company
        reports = self.env[REPORT].with_context(allowed_company_ids=companies.ids)
        [(usage,)] = reports._read_group(
            [("id", "in", (self.account | abroad).ids)], [], ["usage:avg"]
        )
        # 4,000 and 200 are worth 2,000 and 100: 1,000 of 3,000
        self.assertAlmostEqual(usage, 100 * 1000 / 3000)

    def test_rows_do_not_cost_queries(self):
        self._rows().read(["display_name"])
        counts = []
        for accounts in (self.account, self.accounts):
            self.env.invalidate_all()
            with self.assertQueryCount(20):
                start = self.env.cr.sql_log_count
                self.env[REPORT].with_user(self.fin).search_read(
                    [("id", "in", accounts.ids)], ["exposure", "usage", "overdue_days"]
                )
                counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*counts)

    def test_who_sees_which_rows(self):
        for user, accounts in (
            (self.fin, self.accounts),
            (self.mdo, self.accounts),
            (self.gmo, self.accounts),
            (self.rep, self.account),
            (self.sales, self.account.browse()),
        ):
            reports = self.env[REPORT].with_user(user)
            with self.subTest(user=user.login):
                found = reports.search([("id", "in", self.accounts.ids)])
                self.assertEqual(set(found.ids), set(accounts.ids))
                total = reports._read_group(
                    [("id", "in", self.accounts.ids)], [], ["exposure:sum"]
                )
                self.assertEqual(total[0][0] or 0.0, sum(accounts.mapped("exposure")))
        for method, args in (
            ("read", (["exposure"],)),
            ("export_data", (["exposure"],)),
            ("action_open_account", ()),
        ):
            if method == "action_open_account":
                continue
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self._rows(user=self.sales), method)(*args)
        for method, args in (
            ("write", ({"exposure": 0.0},)),
            ("unlink", ()),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self._rows(self.account), method)(*args)
        with self.assertRaises(AccessError):
            self.env[REPORT].with_user(self.fin).create({"partner_id": 1})

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self._account("Hidden", other, control="limited")
        self.assertFalse(
            self.env[REPORT].with_user(self.fin).search([("id", "=", hidden.id)])
        )

    def test_row_opens_the_account(self):
        action = self._rows(self.account).action_open_account()
        self.assertEqual(action["res_model"], "customer.credit.account")
        self.assertEqual(action["res_id"], self.account.id)

    def test_menus(self):
        for user, names in (
            (self.rep, {"customer_credit_report_menu"}),
            (
                self.fin,
                {"customer_credit_report_menu", "customer_credit_report_menu_account"},
            ),
            (self.sales, set()),
        ):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(
                {
                    name
                    for name in (
                        "customer_credit_report_menu",
                        "customer_credit_report_menu_account",
                    )
                    if self.env.ref(f"customer_credit.{name}").id in visible
                },
                names,
                user.login,
            )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCreditXlsx(CreditReportCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.fin | cls.rep | cls.sales:
            user.group_ids = [Command.link(cls.env.ref("base.group_allow_export").id)]

    def _book(self, user=None, accounts=None):
        records = self._rows(accounts, user)
        content = records.env[XLSX]._make_xlsx(records)
        return load_workbook(io.BytesIO(content))

    def test_rows_and_totals(self):
        book = self._book()
        sheet = book.worksheets[0]
        lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
        self.assertEqual(lines[0][0], "Credit Report")
        self.assertEqual(lines[1][0], f"{self.company.name} · March 10, 2026")
        header, *rows, total = lines[HEADER_LINE - 1 :]
        self.assertEqual(
            [row[0] for row in rows],
            ["Free Customer", "Customer of the Rep", "Other Customer"],
        )
        row = dict(zip(header, rows[1], strict=True))
        self.assertEqual(row["Company"], self.company.name)
        self.assertEqual(row["Responsible Rep"], self.rep.name)
        self.assertEqual(row["Business Unit"], "Unit North")
        self.assertEqual(row["Limit"], 1000.0)
        self.assertEqual(row["Used"], 900.0)
        self.assertEqual(row["Available"], 100.0)
        self.assertAlmostEqual(row["Limit Use"], 0.9)
        self.assertEqual(row["Overdue"], 250.0)
        self.assertEqual(row["Overdue Days"], 60)
        self.assertEqual(str(row["Oldest Open Item Due"])[:10], "2026-01-09")
        free = dict(zip(header, rows[0], strict=True))
        self.assertEqual((free["Limit"], free["Limit Use"]), (None, None))
        sums = dict(zip(header, total, strict=True))
        self.assertEqual(sums["Customer"], "Total: 3")
        self.assertEqual(sums["Used"], sum(self.accounts.mapped("exposure")))
        self.assertEqual(sums["Limit"], 4000.0)
        self.assertEqual(sums["Available"], 2800.0)
        self.assertEqual(sums["Overdue"], 250.0)
        used = header.index("Used") + 1
        self.assertIn("#,##0.00", sheet.cell(HEADER_LINE + 1, used).number_format)
        use = header.index("Limit Use") + 1
        self.assertEqual(sheet.cell(HEADER_LINE + 2, use).number_format, "0.0%")

    def test_chart_of_the_ten_largest(self):
        for number in range(10):
            account = self._account(f"Small {number}", control="limited")
            self._figures(account, 100.0, 10.0 + number)
            self.accounts |= account
        sheet = self._book().worksheets[1]
        self.assertEqual(len(sheet._charts), 1)
        lines = list(sheet.iter_rows(min_row=2, max_col=2, values_only=True))
        self.assertEqual(len(lines), 10)
        self.assertEqual(lines[0], ("Free Customer", 5000.0))
        self.assertEqual(lines[1], ("Customer of the Rep", 900.0))
        self.assertEqual(lines[-1], ("Small 3", 13.0))
        # nothing used: no chart
        self.assertEqual(len(self._book(accounts=self._unused()).worksheets), 1)

    def _unused(self):
        account = self._account("Unused", control="limited")
        self._figures(account, 100.0, 0.0)
        return account

    def test_export_right_and_access(self):
        self.assertEqual(
            self._book(self.rep, self.account).worksheets[0].title, "Credit Report"
        )
        for user, accounts in (
            (self.mdo, self.account),  # no export right
            (self.sales, self.account),  # no access
            (self.rep, self.accounts),  # not to all
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._book(user, accounts)
        records = self._rows(user=self.mdo)
        with self.assertRaisesRegex(AccessError, "export right"):
            records.env[XLSX]._get_action(records)
        self.authenticate(self.sales.login, self.sales.login)
        response = self.url_open(f"/customer_archive/xlsx/{XLSX}?ids={self.account.id}")
        self.assertEqual(response.status_code, 403)

    def test_download_through_the_list(self):
        for model, name in (
            (REPORT, "action_xlsx_customer_credit_report"),
            ("customer.credit.account", "action_xlsx_customer_credit_account"),
        ):
            action = self.env.ref(f"customer_credit.{name}").with_user(self.fin)
            result = action.with_context(
                active_model=model, active_ids=self.account.ids
            ).run()
            self.authenticate(self.fin.login, self.fin.login)
            response = self.url_open(result["url"])
            self.assertEqual(response.status_code, 200)
            self.assertIn("spreadsheetml", response.headers["Content-Type"])

    def test_export_is_registered(self):
        log = self.env["customer.access.log"]
        dossier = self.account._get_dossier()
        before = log.search([("dossier_id", "=", dossier.id)])
        self._book()
        self._rows().export_data(["exposure"])
        self._rows(self.other).export_data(["exposure"])  # has no dossier
        rows = log.search([("dossier_id", "=", dossier.id)]) - before
        self.assertEqual(rows.mapped("operation"), ["export", "export"])
        self.assertEqual(rows.user_id, self.fin)
        self.assertEqual(set(rows.mapped("res_model")), {REPORT})
        self.assertNotIn("900", str(rows.read()))


@tagged("post_install", "-at_install")
class TestCreditReportOfUnit(CustomerArchiveCommon):
    def test_unit_manager_sees_his_unit(self):
        self._dossier(partner_id=self.partner.id)
        account = self.env["customer.credit.account"]._get(self.partner, self.company)
        for user, is_seen in (
            (self.bum, True),
            (self.bum2, False),
            (self.rep2, False),
            (self.outsider, False),
        ):
            reports = self.env[REPORT].with_user(user)
            self.assertEqual(
                bool(reports.search([("id", "=", account.id)])), is_seen, user.login
            )
