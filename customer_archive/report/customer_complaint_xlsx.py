from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..models.customer_xlsx_report import XlsxColumn


class CustomerXlsxReportComplaint(models.AbstractModel):
    """The complaint analysis as a spreadsheet: the cases, and what they add up to by
    month, region, cause and recurrence (B39, B40, E41)."""

    _name = "customer.xlsx.report.complaint"
    _description = "Complaint Analysis (XLSX)"
    _inherit = ["customer.xlsx.report"]

    @api.model
    def _get_model(self):
        return "customer.complaint.report"

    @api.model
    def _get_title(self):
        return self.env._("Complaint Analysis")

    @api.model
    def _get_columns(self):
        return [
            XlsxColumn(self.env._("Case"), "complaint_id.number"),
            XlsxColumn(self.env._("Received"), "received_at", 14, "date"),
            XlsxColumn(self.env._("Customer"), "partner_id", 30),
            XlsxColumn(self.env._("Grade"), "grade_id"),
            XlsxColumn(self.env._("Region"), "region_id"),
            XlsxColumn(self.env._("Kind"), "kind"),
            XlsxColumn(self.env._("Problem Type"), "type_id"),
            XlsxColumn(self.env._("Root Cause"), "root_cause_id"),
            XlsxColumn(self.env._("Handling Department"), "department_id", 20),
            XlsxColumn(self.env._("Responsible"), "user_id"),
            XlsxColumn(self.env._("Solution Due"), "solution_due", 14, "date"),
            XlsxColumn(self.env._("Solved"), "solution_at", 14, "date"),
            XlsxColumn(self.env._("Closed"), "closed_at", 14, "date"),
            XlsxColumn(self.env._("Status"), "state"),
        ]

    @api.model
    def _check_export(self, records):
        # EXTENDS 'customer.xlsx.report'
        result = super()._check_export(records)
        cases = records.with_env(self.env).complaint_id
        cases.dossier_id._check_operation("export")
        return result

    @api.model
    def _make_xlsx(self, records):
        # EXTENDS 'customer.xlsx.report'
        content = super()._make_xlsx(records)
        labels = [column.label for column in self._get_columns()]
        records = records.with_env(self.env)
        records.complaint_id._register_export(records, labels)
        return content

    @api.model
    def _write_more(self, workbook, records):
        domain = Domain("id", "in", records.ids)
        self._write_months(workbook, records, domain)
        self._write_on_time(workbook, records, domain)
        self._write_shares(workbook, records, domain)
        self._write_ranking(
            workbook, records, domain, self.env._("Causes"), "root_cause_id"
        )
        self._write_ranking(
            workbook,
            records,
            domain & Domain("recurred", ">", 0),
            self.env._("Recurrences"),
            "type_id",
        )

    @api.model
    def _get_label(self, records, name, value):
        """Return what a group of the field ``name`` is called."""
        field = records._fields[name.partition(":")[0]]
        if field.type == "datetime":
            return value and format_date(self.env, value, date_format="yyyy-MM")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value)
        return (value and value.display_name) or self.env._("None")

    @api.model
    def _write_months(self, workbook, records, domain):
        groups = records._read_group(domain, ["received_at:month", "kind"], ["__count"])
        kinds = list(dict.fromkeys(kind for _month, kind, _count in groups))
        counts = {(month, kind): (count,) for month, kind, count in groups}
        self._add_table(
            workbook,
            self.env._("By Month"),
            [
                self.env._("Month"),
                *(self._get_label(records, "kind", kind) for kind in kinds),
            ],
            [
                [
                    self._get_label(records, "received_at", month),
                    *(counts.get((month, kind)) for kind in kinds),
                ]
                for month in dict.fromkeys(month for month, _kind, _count in groups)
            ],
        )

    @api.model
    def _write_on_time(self, workbook, records, domain):
        """Write M5 of each month and draw it."""
        title = self.env._("On-Time Rate")
        percent = workbook.add_format({"num_format": "0.0"})
        lines = [
            [
                self._get_label(records, "solution_due", month),
                (count,),
                (late,),
                (rate, percent),
            ]
            for month, count, late, rate in records._read_group(
                domain & (Domain("on_time", ">", 0) | Domain("late", ">", 0)),
                ["solution_due:month"],
                ["__count", "late:sum", "on_time:avg"],
            )
        ]
        header = [
            self.env._("Month"),
            self.env._("Due Cases"),
            self.env._("Late Cases"),
            self.env._("On Time (%)"),
        ]
        sheet = self._add_table(workbook, title, header, lines)
        if not lines:
            return
        chart = workbook.add_chart({"type": "line"})
        chart.add_series(
            {
                "name": [title[:31], 0, 3],
                "categories": [title[:31], 1, 0, len(lines), 0],
                "values": [title[:31], 1, 3, len(lines), 3],
                "marker": {"type": "automatic"},
            }
        )
        chart.set_title({"name": title})
        chart.set_legend({"none": True})
        chart.set_y_axis({"min": 0, "max": 100})
        chart.set_size({"width": 720, "height": 360})
        sheet.insert_chart(0, 5, chart)

    @api.model
    def _write_shares(self, workbook, records, domain):
        """Write M7, region by type, with the highlight of the company."""
        shares = records._get_shares(domain)
        plain = {"num_format": '0.0"%"'}
        formats = {
            False: workbook.add_format(plain),
            True: workbook.add_format(
                plain | {"bold": True, "bg_color": "#FFE699", "font_color": "#9C0006"}
            ),
        }
        # sudo: a setting of the present company
        limit = self.env.company.sudo().customer_complaint_share
        types = list(dict.fromkeys(by for _region, by in shares))
        regions = list(dict.fromkeys(region for region, _by in shares))

        def cell(region, by):
            count, share = shares.get((region, by), (0, 0))
            return count and (share, formats[0 < limit < share]) or None

        self._add_table(
            workbook,
            self.env._("Complaint Shares"),
            [
                self.env._("Region"),
                self.env._("Number of Cases"),
                *(self._get_label(records, "type_id", by) for by in types),
            ],
            [
                [
                    self._get_label(records, "region_id", region),
                    (sum(shares.get((region, by), (0,))[0] for by in types),),
                    *(cell(region, by) for by in types),
                ]
                for region in regions
            ],
        )

    @api.model
    def _write_ranking(self, workbook, records, domain, title, name):
        """Write how many cases each value of the field ``name`` has, most first."""
        groups = records._read_group(domain, [name], ["__count"])
        self._add_table(
            workbook,
            title,
            [
                records._fields[name]._description_string(self.env),
                self.env._("Number of Cases"),
            ],
            [
                [self._get_label(records, name, value), (count,)]
                for value, count in sorted(groups, key=lambda group: -group[1])
            ],
        )
