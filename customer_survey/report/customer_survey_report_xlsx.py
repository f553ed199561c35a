from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.customer_archive.models.customer_xlsx_report import XlsxColumn


class CustomerXlsxReportSurvey(models.AbstractModel):
    """The figures of a survey analysis report as a spreadsheet (G13)."""

    _name = "customer.xlsx.report.survey"
    _description = "Survey Analysis Report (XLSX)"
    _inherit = ["customer.xlsx.report"]

    @api.model
    def _get_model(self):
        return "customer.survey.report"

    @api.model
    def _get_title(self):
        return self.env._("Survey Analysis Report")

    @api.model
    def _get_columns(self):
        def basis(name, share=1):
            def get(report):
                value = report._get_report_data().get("basis", {}).get(name)
                return value if value is None else value / share

            return get

        def index(name):
            return lambda report: (report._get_report_data().get("index") or {}).get(
                name
            )

        return [
            XlsxColumn(self.env._("Number"), "number"),
            XlsxColumn(self.env._("Title"), "name", 40),
            XlsxColumn(self.env._("From"), "campaign_id.date_from", 14, "date"),
            XlsxColumn(self.env._("To"), "campaign_id.date_to", 14, "date"),
            XlsxColumn(self.env._("Customers"), basis("customers"), 12, "integer"),
            XlsxColumn(self.env._("Coverage"), basis("coverage", 100), 12, "percent"),
            XlsxColumn(self.env._("Issued"), basis("issued"), 12, "integer"),
            XlsxColumn(self.env._("Returned"), basis("returned"), 12, "integer"),
            XlsxColumn(self.env._("Response Rate"), basis("rate", 100), 12, "percent"),
            XlsxColumn(self.env._("Index"), index("score"), 12, "money"),
            XlsxColumn(self.env._("Required"), index("required"), 12, "money"),
            XlsxColumn(self.env._("Status"), "state"),
        ]

    @api.model
    def _check_export(self, records):
        # EXTENDS 'customer_archive'
        if len(records) != 1:
            raise UserError(self.env._("Choose one report."))
        return super()._check_export(records)

    @api.model
    def _write_more(self, workbook, records):
        # EXTENDS 'customer_archive'
        report = records.with_env(self.env)
        data = report._get_report_data()
        if not data:
            return
        form = self.env["customer.form.survey.report"]
        number = workbook.add_format({"num_format": "0.0"})

        def cell(value):
            return None if value is None else (value, number)

        def result(row):
            return [
                row["dimension"] or self.env._("Index"),
                (row["count"],),
                cell(row["score"]),
                cell(row["required"]),
                cell(row["satisfied"]),
                cell(row["previous"]),
                cell(row["change"]),
                self.env._("Failed") if row["failed"] else self.env._("Reached"),
            ]

        header = [column.label for column in form._get_result_columns()]
        overall = data["dimensions"] + [row for row in [data["index"]] if row]
        title = self.env._("Dimensions")
        sheet = self._add_table(workbook, title, header, map(result, overall))
        if overall:
            self._add_dimension_chart(workbook, sheet, title, len(overall))
        self._add_table(
            workbook,
            self.env._("Business Units"),
            [self.env._("Business Unit"), *header],
            [[row["unit"], *result(row)] for row in data["units"]],
        )
        self._add_table(
            workbook,
            self.env._("Questions"),
            [
                self.env._("Question"),
                self.env._("Dimension"),
                self.env._("Answers"),
                self.env._("Score"),
                self.env._("Satisfied"),
            ],
            [
                [
                    row["name"],
                    row["dimension"],
                    (row["count"],),
                    cell(row["score"]),
                    cell(row["satisfied"]),
                ]
                for row in data["questions"]
            ],
        )
        for name, split_title, label in form._get_splits():
            self._add_table(
                workbook,
                split_title,
                [label, self.env._("Customers"), self.env._("Index")],
                [
                    [row["name"], (row["count"],), cell(row["score"])]
                    for row in data.get(name, [])
                ],
            )
        self._write_distribution(workbook, data["distribution"])
        self._write_opinions(workbook, report)

    @api.model
    def _add_dimension_chart(self, workbook, sheet, title, count):
        """Draw score, required level and value before of each line."""
        chart = workbook.add_chart({"type": "bar"})
        for column in (2, 3, 5):
            chart.add_series(
                {
                    "name": [title, 0, column],
                    "categories": [title, 1, 0, count, 0],
                    "values": [title, 1, column, count, column],
                }
            )
        chart.set_title({"name": title})
        chart.set_x_axis({"min": 0, "max": 100})
        chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 720, "height": 120 + 60 * count})
        sheet.insert_chart(count + 2, 0, chart)

    @api.model
    def _write_distribution(self, workbook, rows):
        title = self.env._("Customers by Index")
        sheet = self._add_table(
            workbook,
            title,
            [self.env._("Index"), self.env._("Customers")],
            [[row["name"], (row["count"],)] for row in rows],
        )
        if not rows:
            return
        chart = workbook.add_chart({"type": "column"})
        chart.add_series(
            {
                "name": [title, 0, 1],
                "categories": [title, 1, 0, len(rows), 0],
                "values": [title, 1, 1, len(rows), 1],
            }
        )
        chart.set_title({"name": title})
        chart.set_legend({"none": True})
        sheet.insert_chart(0, 3, chart)

    @api.model
    def _write_opinions(self, workbook, report):
        """Write the opinions that the present user may read, without customers."""
        opinions = self.env["customer.survey.opinion"].search(
            Domain("campaign_id", "=", report.campaign_id.id)
        )
        tones = dict(opinions._fields["tone"]._description_selection(self.env))
        self._add_table(
            workbook,
            self.env._("Opinions"),
            [
                self.env._("Topic"),
                self.env._("Dimension"),
                self.env._("Tone"),
                self.env._("Text"),
            ],
            [
                [
                    opinion.topic_id.name or None,
                    opinion.dimension_id.name or None,
                    tones.get(opinion.tone),
                    opinion.text,
                ]
                for opinion in opinions
            ],
        )
