import io
from collections import defaultdict

import xlsxwriter
from openpyxl import load_workbook

from odoo.tests import tagged
from odoo.tools import file_open

from .common import CustomerArchiveCommon

CODE = "91310000775785552L"
COLUMNS = {
    "Name": "name",
    "Is a Company": "is_company",
    "Related Company": "parent_id",
    "Country": "country_id",
    "Phone": "phone",
    "Unified Social Credit Code": "credit_code",
    "Enterprise Nature": "enterprise_nature",
    "Registered Capital": "registered_capital",
    "Capital Currency": "registered_currency_id",
    "Founded On": "founded_on",
    "Business Unit": "dossier_team_id",
    "Responsible Rep": "dossier_user_id",
    "Acquisition Channel": "dossier_source_id",
    "First Contact": "dossier_first_contact_date",
    "Lawful Source": "dossier_lawful_source",
    "Needs": "dossier_needs",
}
# Odoo saves a file with a fault row by row, 30 ms each. It stops reading when more than
# one row of ten is refused.
ROWS = 400
DISTANCE = ROWS // 20
OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "date_format": "%Y-%m-%d",
    "datetime_format": "",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
}


@tagged("post_install", "-at_install")
class TestImport(CustomerArchiveCommon):
    """Customers and their dossiers come from a spreadsheet, all or none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["utm.source"].create({"name": "Canton Fair"})
        cls.claimed = cls._customer(
            "Phoenix Ltd",
            credit_code=CODE,
            phone="+86 21 5888 1234",
            country_id=cls.env.ref("base.cn").id,
        )
        cls._dossier(partner_id=cls.claimed.id)

    def _row(self, number, **values):
        return {
            "Name": f"Imported {number:04}",
            "Is a Company": "True",
            "Country": "China",
            "Enterprise Nature": "Private",
            "Registered Capital": 1000000,
            "Founded On": "2001-02-03",
            "Business Unit": "Unit North",
            "Acquisition Channel": "Canton Fair",
            "First Contact": "2025-03-08",
            "Lawful Source": "Business card",
            "Needs": "Pumps",
            **values,
        }

    def _file(self, rows):
        buffer = io.BytesIO()
        workbook = xlsxwriter.Workbook(buffer)
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for line, row in enumerate(rows, 1):
            sheet.write_row(line, 0, [row.get(label, "") for label in COLUMNS])
        workbook.close()
        return buffer.getvalue()

    def _import(self, rows, user=None):
        """Import ``rows`` as ``user`` does; return the messages by row."""
        wizard = (
            self.env["base_import.import"]
            .with_user(user or self.rep)
            .with_context(lang="en_US", allowed_company_ids=self.company.ids)
            .create(
                {
                    "res_model": "res.partner",
                    "file": self._file(rows),
                    "file_type": "application/vnd.openxmlformats-officedocument."
                    "spreadsheetml.sheet",
                    "file_name": "customers.xlsx",
                }
            )
        )
        result = wizard.execute_import(
            list(COLUMNS.values()), list(COLUMNS), dict(OPTIONS)
        )
        messages = defaultdict(str)
        for message in result["messages"]:
            # Odoo names no row for a number or a date that it cannot read
            row = message.get("rows", {}).get("from")
            messages[row] += f"{message['message']}\n"
        # and repeats the first refusal of a batch at the batch's first row
        first = messages.get(0)
        if first and any(row and first in text for row, text in messages.items()):
            del messages[0]
        self.env.invalidate_all()
        return result.get("ids"), messages

    def _count(self):
        self.env.flush_all()
        unfiltered = self.env["res.partner"].with_context(active_test=False)
        return (
            unfiltered.search_count([]),
            self.env["customer.dossier"].search_count([]),
        )

    def _faults(self):
        """Return faulty values, and the words by which each is refused."""
        company = self.env["res.company"].create({"name": "Other Company"})
        self._unit("Unit Abroad", company_id=company.id)
        return [
            ({"Unified Social Credit Code": "91310000775785552X"}, "check character"),
            ({"Name": ""}, "name"),
            ({"Business Unit": "Unit Nowhere"}, "Business Unit"),
            ({"Responsible Rep": "Nobody"}, "Responsible Rep"),
            ({"Country": "Atlantis"}, "Country"),
            ({"First Contact": "soon"}, "dossier_first_contact_date"),
            ({"Founded On": "2001-13-45"}, "founded_on"),
            ({"Enterprise Nature": "Feudal"}, "Enterprise Nature"),
            ({"Registered Capital": "a lot"}, "registered_capital"),
            ({"Capital Currency": "Shells"}, "Capital Currency"),
            ({"Acquisition Channel": "Telepathy"}, "Acquisition Channel"),
            ({"Unified Social Credit Code": CODE}, "same tax ID"),
            ({"Name": "PHOENIX Co., Ltd."}, "same name"),
            ({"Phone": "+86 21 58881234"}, "same phone"),
            ({"Related Company": "Nowhere Ltd"}, "Related Company"),
            ({"Is a Company": "perhaps"}, "Is a Company"),
            ({"Business Unit": ""}, "Name the business unit"),
            ({"Business Unit": "Unit Abroad"}, "Business Unit"),
            (
                {"Related Company": "Phoenix Ltd", "Is a Company": "False"},
                "already has dossier",
            ),
            (
                {"Business Unit": "Unit South", "Responsible Rep": "Archive_rep2"},
                "Archive_rep",
            ),
        ]

    # ------------------------------------------------------------ refused

    def test_every_fault_is_refused_with_its_reason(self):
        faults = self._faults()
        before = self._count()
        for values, words in faults:
            with self.subTest(values=values):
                ids, messages = self._import([self._row(1), self._row(2, **values)])
                self.assertFalse(ids)
                self.assertIn(list(messages), ([1], [None]), messages)
                self.assertIn(words, "".join(messages.values()))
                self.assertEqual(self._count(), before)

    def test_double_within_the_file_is_refused(self):
        before = self._count()
        ids, messages = self._import([self._row(1), self._row(2), self._row(1)])
        self.assertFalse(ids)
        self.assertIn("same name", messages[2])
        self.assertNotIn(1, messages)
        self.assertEqual(self._count(), before)

    # ------------------------------------------------------------ many rows

    def test_many_rows_with_twenty_faults(self):
        rows = [self._row(number) for number in range(ROWS)]
        faults = {}
        for position, (values, words) in enumerate(self._faults()):
            line = DISTANCE * (position + 1) - 5
            rows[line] = self._row(line, **values)
            faults[line] = words
        before = self._count()
        # what cannot be read is told first, then what cannot be saved
        told = {}
        while set(told) != set(faults):
            remaining = [line for line in range(ROWS) if line not in told]
            ids, messages = self._import([rows[line] for line in remaining])
            self.assertFalse(ids)
            found = {
                next(
                    line for line in faults if line not in told and faults[line] in text
                )
                if row is None
                else remaining[row]: text
                for row, text in messages.items()
            }
            self.assertTrue(found)
            self.assertLessEqual(set(found), set(faults), found)
            told |= found
            self.assertEqual(self._count(), before)
        for line, words in faults.items():
            self.assertIn(words, told[line])

        good = [row for line, row in enumerate(rows) if line not in faults]
        ids, messages = self._import(good)
        self.assertFalse(messages)
        self.assertEqual(len(ids), ROWS - len(faults))
        after = self._count()
        self.assertEqual(after, (before[0] + len(ids), before[1] + len(ids)))
        partner = self.env["res.partner"].browse(ids[-1]).with_user(self.rep)
        self.assertRecordValues(
            partner.dossier_id,
            [
                {
                    "state": "preliminary",
                    "team_id": self.unit.id,
                    "user_id": self.rep.id,
                    "keeper_id": self.keeper.id,
                    "lawful_source": "Business card",
                    "needs": "Pumps",
                }
            ],
        )

    # ------------------------------------------------------------ template

    def test_template_imports(self):
        templates = self.env["res.partner"].with_user(self.rep).get_import_templates()
        self.assertGreater(len(templates), 1)
        with file_open(templates[-1]["template"].lstrip("/"), "rb") as file:
            content = file.read()
        sheet = load_workbook(io.BytesIO(content)).active
        headings = [cell.value for cell in sheet[1]]
        units = {
            row[headings.index("Business Unit")].value for row in sheet.iter_rows(2)
        }
        for unit in units - {None}:
            self._unit(unit)
        for name in ("Trade Fair", "Recommendation"):
            self.env["utm.source"].create({"name": name})
        wizard = (
            self.env["base_import.import"]
            .with_user(self.rep)
            .with_context(lang="en_US")
            .create(
                {
                    "res_model": "res.partner",
                    "file": content,
                    "file_type": "application/vnd.openxmlformats-officedocument."
                    "spreadsheetml.sheet",
                    "file_name": "customer_import_template.xlsx",
                }
            )
        )
        preview = wizard.parse_preview(dict(OPTIONS))
        self.assertEqual(len(preview["matches"]), len(headings), preview["matches"])
        names = [preview["matches"][i][0] for i in range(len(headings))]
        self.assertLessEqual(
            {
                "credit_code",
                "dossier_team_id",
                "dossier_user_id",
                "dossier_source_id",
                "dossier_first_contact_date",
                "dossier_lawful_source",
                "dossier_needs",
            },
            set(names),
        )
        result = wizard.execute_import(names, headings, dict(OPTIONS))
        self.assertFalse(result["messages"])
        partners = self.env["res.partner"].browse(result["ids"])
        companies = partners.filtered("is_company").with_user(self.rep)
        self.assertTrue(all(partner.dossier_id for partner in companies))
