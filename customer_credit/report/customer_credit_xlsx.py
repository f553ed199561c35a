from odoo import api, fields, models

from odoo.addons.customer_archive.models.customer_xlsx_report import XlsxColumn

LARGEST = 10


class CustomerXlsxReportCredit(models.AbstractModel):
    """The credit report as a spreadsheet, the ten largest uses as a chart (F26)."""

    _name = "customer.xlsx.report.credit"
    _description = "Credit Report (XLSX)"
    _inherit = ["customer.xlsx.report"]

    @api.model
    def _get_model(self):
        return "customer.credit.report"

    @api.model
    def _get_title(self):
        return self.env._("Credit Report")

    @api.model
    def _get_rows(self, records):
        return super()._get_rows(records.sorted("exposure", reverse=True))

    @api.model
    def _get_columns(self):
        def controlled(name, factor=1):
            return lambda row: None if row.control == "none" else row[name] * factor

        def money(label, value):
            return XlsxColumn(
                label, value, 18, "money", lambda row: row.currency_id, total=True
            )

        return [
            XlsxColumn(self.env._("Customer"), "partner_id", 30),
            XlsxColumn(self.env._("Company"), "company_id", 20),
            XlsxColumn(self.env._("Responsible Rep"), "user_id"),
            XlsxColumn(self.env._("Business Unit"), "team_id"),
            XlsxColumn(self.env._("Credit Rating"), "rating_id", 12),
            XlsxColumn(self.env._("Control"), "control", 12),
            XlsxColumn(self.env._("Status"), "status", 14),
            money(self.env._("Limit"), controlled("limit_today")),
            money(self.env._("Used"), "exposure"),
            money(self.env._("Available"), controlled("available")),
            XlsxColumn(
                self.env._("Limit Use"), controlled("usage", 0.01), 10, "percent"
            ),
            money(self.env._("Overdue"), "overdue_amount"),
            XlsxColumn(
                self.env._("Overdue Days"),
                lambda row: row.overdue_days or None,
                10,
                "integer",
            ),
            XlsxColumn(self.env._("Oldest Open Item Due"), "oldest_due", 14, "date"),
            money(self.env._("Counted Guarantees"), "counted_security"),
        ]

    @api.model
    def _write_more(self, workbook, records):
        """Draw the ten largest uses, in the currency of the present company."""
        currency = self.env.company.currency_id
        today = fields.Date.context_today(self)
        used = sorted(
            (
                (
                    row.currency_id._convert(
                        row.exposure, currency, self.env.company, today
                    ),
                    row.partner_id.display_name or "",
                )
                for row in self._get_rows(records)
                if row.exposure > 0
            ),
            reverse=True,
        )[:LARGEST]
        if not used:
            return
        title = self.env._("Ten Largest Uses")
        sheet = workbook.add_worksheet(title[:31])
        bold = workbook.add_format({"bold": True})
        money = workbook.add_format(
            {"num_format": self._get_number_format("money", currency)}
        )
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 18)
        sheet.write_string(0, 0, self.env._("Customer"), bold)
        sheet.write_string(0, 1, self.env._("Used"), bold)
        for line, (amount, name) in enumerate(used, 1):
            sheet.write_string(line, 0, name)
            sheet.write_number(line, 1, amount, money)
        chart = workbook.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": [title[:31], 0, 1],
                "categories": [title[:31], 1, 0, len(used), 0],
                "values": [title[:31], 1, 1, len(used), 1],
            }
        )
        chart.set_title({"name": title})
        chart.set_legend({"none": True})
        # the largest one on top
        chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 720, "height": 420})
        sheet.insert_chart(0, 3, chart)
