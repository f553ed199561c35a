import io

from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import CustomerArchiveCommon

REPORT = "customer.complaint.report"


class ComplaintFiguresCommon(CustomerArchiveCommon):
    """Cases with given times, as the steps would have set them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.east, cls.north = cls.env["customer.classification"].create(
            [{"name": name, "kind": "region"} for name in ("East", "North")]
        )
        cls.partner.sales_region_id = cls.east
        cls.northern = cls._customer(sales_region_id=cls.north.id)
        cls.logistics, cls.goods = cls.env["customer.problem.type"].create(
            [{"name": "Logistics"}, {"name": "Goods"}]
        )

    @classmethod
    def _past(cls, received, due=False, solved=False, state="closed", **values):
        """Return a case that was received, due and solved at these times."""
        system = {
            name: values.pop(name)
            for name in (
                "contact_at",
                "response_at",
                "confirmed_at",
                "score",
                "reopen_count",
            )
            if name in values
        }
        case = cls._case(received_at=received, **values)
        case._system_write(
            {"solution_due": due, "solution_at": solved, "state": state, **system}
        )
        return case


@tagged("post_install", "-at_install")
@freeze_time("2031-03-20 12:00:00")
class TestComplaintReport(ComplaintFiguresCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = cls.env["customer.complaint"].union(
            # due in January: at the second, a second late, a second into February
            cls._past("2031-01-01", "2031-01-10 08:00:00", "2031-01-10 08:00:00"),
            cls._past("2031-01-02", "2031-01-31 23:59:59", "2031-02-01 00:00:00"),
            cls._past("2031-01-30", "2031-02-01 00:00:00", "2031-01-31 09:00:00"),
            # unsolved and due, refused, not due yet, solved before it is due, no clock
            cls._past("2031-01-05", "2031-01-20", state="investigating"),
            cls._past("2031-01-05", "2031-01-20", state="rejected"),
            cls._past("2031-03-19", "2031-03-20 12:00:00", state="executing"),
            cls._past("2031-03-19", "2031-03-29", "2031-03-19 18:00:00"),
            cls._past("2031-03-19", state="new"),
            # reopened and solved again, too late now
            cls._past("2031-01-03", "2031-01-08", "2031-01-25", reopen_count=2),
        )
        cls.domain = [("complaint_id", "in", cls.cases.ids)]

    def _read_group(self, *args, user=None):
        return self.env[REPORT].with_user(user or self.mdo)._read_group(*args)

    # ------------------------------------------------------------ formulas

    def test_on_time_rate_by_month(self):
        """M5: of those due in the month, refused ones left out."""
        groups = self._read_group(
            self.domain, ["solution_due:month"], ["on_time:avg", "late:sum"]
        )
        figures = {month and month.month: (rate, late) for month, rate, late in groups}
        # January: 1 of 4, February: 1 of 1, March: 1 of 1, one being still open
        self.assertEqual(
            figures, {1: (25.0, 3), 2: (100.0, 0), 3: (100.0, 0), False: (False, 0)}
        )

    def test_unsolved_is_late_once_due(self):
        row = self.env[REPORT].browse(self.cases[5].id)
        self.assertEqual(row.late, 0)
        with freeze_time("2031-03-20 12:00:01"):
            self.env.invalidate_all()
            self.assertEqual(row.late, 1)

    def test_figures_of_a_case(self):
        case = self._past(
            "2031-01-01 08:00:00",
            "2031-01-10",
            "2031-01-03 08:00:00",
            contact_at="2031-01-01 08:30:00",
            response_at="2031-01-01 20:00:00",
            score=4,
        )
        row = self.env[REPORT].browse(case.id)
        self.assertEqual(
            (row.contact_hours, row.response_hours, row.solution_hours, row.score),
            (0.5, 12, 48, 75),
        )
        self.assertEqual((row.region_id, row.complaint_id), (self.east, case))

    def test_satisfaction_counts_who_was_asked(self):
        cases = self.env["customer.complaint"].union(
            *(self._past("2031-01-01", score=score) for score in (0, 1, 3, 5))
        )
        [[score, count]] = self._read_group(
            [("id", "in", cases.ids)], [], ["score:avg", "score:count"]
        )
        self.assertEqual((score, count), (50.0, 3))

    def test_reopened_of_those_closed(self):
        [[rate]] = self._read_group(self.domain, [], ["reopened:avg"])
        # 4 closed, 1 of them and no other had been reopened
        self.assertEqual(rate, 20.0)

    def test_recurrences(self):
        self.cases[0]._log("recurred")
        self.cases[0]._log("recurred")
        [[count]] = self._read_group(self.domain, [], ["recurred:sum"])
        self.assertEqual(count, 1)

    def _regional(self):
        """Return 3 cases of logistics and 1 of goods in the east, 2 of goods north."""
        return self.env["customer.complaint"].union(
            *(
                self._past("2031-02-01", partner_id=partner.id, type_id=kind.id)
                for partner, kind, number in (
                    (self.partner, self.logistics, 3),
                    (self.partner, self.goods, 1),
                    (self.northern, self.goods, 2),
                )
                for _n in range(number)
            )
        )

    def test_shares(self):
        """M7; no entry where there is nothing to divide by."""
        rows = self.env[REPORT].with_user(self.mdo)
        cases = self._regional()
        self.assertEqual(
            rows._get_shares([("id", "in", cases.ids)]),
            {
                (self.east, self.logistics): (3, 75.0),
                (self.east, self.goods): (1, 25.0),
                (self.north, self.goods): (2, 100.0),
            },
        )
        self.assertEqual(rows._get_shares([("id", "=", 0)]), {})

    # ------------------------------------------------------------ access

    def test_everybody_counts_what_he_may_read(self):
        dossier = self._formal_dossier()
        case = self._case(user=self.fug, partner_id=dossier.partner_id.id)
        domain = [("id", "in", (self.cases | case).ids)]
        for user, count in (
            (self.mdo, 10),
            (self.gmo, 10),
            (self.keeper, 10),  # of customer service, who received them
            (self.bum, 1),
            (self.rep, 1),
            (self.bum2, 0),
            (self.rep2, 0),
            (self.outsider, 0),
            (self.admin_user, 0),
        ):
            with self.subTest(user=user.login):
                [group] = self._rpc(
                    user, REPORT, "formatted_read_group", domain, [], ["__count"]
                )
                self.assertEqual(group["__count"], count)

    def test_leaver_and_portal_count_nothing(self):
        leaver = self._user("gmo", login="archive_leaver")
        leaver.archive_access = "none"
        self.assertEqual(self._rpc(leaver, REPORT, "search_count", self.domain), 0)
        portal = new_test_user(self.env, "archive_portal", groups="base.group_portal")
        for method, args in (
            ("formatted_read_group", [self.domain, [], ["__count"]]),
            ("search_read", [self.domain]),
            ("read", [self.cases.ids]),
            ("action_open_case", [self.cases[:1].ids]),
        ):
            with self.subTest(call=method), self.assertRefused(AccessError):
                self._rpc(portal, REPORT, method, *args)

    def test_nobody_writes(self):
        for method, args in (
            ("create", [{"state": "new"}]),
            ("write", [self.cases.ids, {"state": "new"}]),
            ("unlink", [self.cases.ids]),
        ):
            with self.subTest(call=method), self.assertRefused(AccessError):
                self._rpc(self.mdo, REPORT, method, *args)

    def test_queries_do_not_grow(self):
        rows = self.env[REPORT].with_user(self.bum)
        counts = []
        for number in (1, 1, 20):
            for _n in range(number):
                self._past("2031-02-01")
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            rows._read_group([], ["kind"], ["on_time:avg"])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    # ------------------------------------------------------------ spreadsheet

    def _sheets(self, cases):
        self.mdo.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
        reports = self.env["customer.xlsx.report.complaint"].with_user(self.mdo)
        content = reports._make_xlsx(self.env[REPORT].browse(cases.ids))
        return load_workbook(io.BytesIO(content))

    def test_xlsx(self):
        cases = self._regional()
        self.company.customer_complaint_share = 30
        cases[0]._log("recurred")
        book = self._sheets(self.cases | cases)
        self.assertEqual(
            book.sheetnames,
            [
                "Complaint Analysis",
                "By Month",
                "On-Time Rate",
                "Complaint Shares",
                "Causes",
                "Recurrences",
            ],
        )
        self.assertEqual(book.worksheets[0].max_row, 4 + 15)
        self.assertEqual(
            list(book["By Month"].values),
            [
                ("Month", "Quality Complaint"),
                ("2031-01", 6),
                ("2031-02", 6),
                ("2031-03", 3),
            ],
        )
        on_time = list(book["On-Time Rate"].values)
        self.assertEqual(on_time[1], ("2031-01", 4, 3, 25))
        self.assertEqual(len(book["On-Time Rate"]._charts), 1)
        shares = book["Complaint Shares"]
        cells = {
            (row[0].value, head.value): cell
            for row in shares.iter_rows(min_row=2)
            for head, cell in zip(shares[1], row, strict=True)
        }
        self.assertEqual(cells["North", "Goods"].value, 100)
        self.assertIsNone(cells["North", "Logistics"].value)
        self.assertTrue(cells["North", "Goods"].font.bold)
        # 1 of 13 cases of the east
        self.assertAlmostEqual(cells["East", "Goods"].value, 100 / 13)
        self.assertFalse(cells["East", "Goods"].font.bold)
        self.assertEqual(list(book["Recurrences"].values)[1], ("Logistics", 1))

    def test_xlsx_shows_the_grade(self):
        dossier = self._dossier(partner_id=self.partner.id)
        grade = self.env["customer.grade"].search([("tier", "=", "1")], limit=1)
        dossier._set_grade(grade, "2031-01-31")
        for right in dossier.secrecy_level_id.right_ids:
            right.export_scope = "all"
        sheet = self._sheets(self._past("2031-02-01")).worksheets[0]
        header, row = list(sheet.values)[3:5]
        self.assertEqual(dict(zip(header, row, strict=True))["Grade"], grade.name)

    def test_xlsx_needs_the_export_right(self):
        reports = self.env["customer.xlsx.report.complaint"].with_user(self.mdo)
        self.mdo.group_ids = [
            Command.unlink(self.env.ref("base.group_allow_export").id)
        ]
        with self.assertRefused(AccessError, "export right"):
            reports._make_xlsx(self.env[REPORT].browse(self.cases.ids))
        self.outsider.group_ids = [
            Command.link(self.env.ref("base.group_allow_export").id)
        ]
        with self.assertRefused(AccessError):
            reports.with_user(self.outsider)._make_xlsx(
                self.env[REPORT].browse(self.cases.ids)
            )
