from odoo import api, models
from odoo.tools import formatLang

from odoo.addons.customer_archive.models.customer_form import (
    FormBlock,
    FormColumn,
    FormFact,
)

# pixels of a chart: the labels left of the bars, one point of 100, a line
LABELS = 190
POINT = 3
LINE = 30


class CustomerFormSurveyReport(models.AbstractModel):
    """The printed survey analysis report and its charts (G13)."""

    _name = "customer.form.survey.report"
    _description = "Printed Survey Analysis Report"
    _inherit = "customer.form"

    @api.model
    def _get_number(self, value):
        return None if value is None else formatLang(self.env, value, digits=1)

    @api.model
    def _get_percent(self, value):
        return None if value is None else f"{self._get_number(value)} %"

    @api.model
    def _get_change(self, value):
        if value is None:
            return None
        arrow = "▲" if value > 0 else "▼" if value < 0 else ""
        return f"{arrow} {self._get_number(abs(value))}"

    # ------------------------------------------------------------ charts

    @api.model
    def _get_charts(self, data):
        """Return the charts of ``data``, see ``_get_report_data``: {name: dict with
        ``title``, ``height`` and ``bars``}; a chart without bars is left out."""
        if not data:
            return {}
        basis = data["basis"]
        index = [data["index"]] if data["index"] else []
        most = max((row["count"] for row in data["distribution"]), default=0) or 1
        charts = {
            "rate": (
                self.env._("Response Rate"),
                [
                    self._get_bar(
                        self.env._("Returned"),
                        basis["rate"] or 0.0,
                        f"{self._get_percent(basis['rate'] or 0.0)} "
                        f"({basis['returned']}/{basis['issued']})",
                    )
                ],
            ),
            "dimensions": (
                self.env._("Results by Dimension"),
                [
                    self._get_bar(
                        row["dimension"] or self.env._("Index"),
                        row["score"],
                        self._get_number(row["score"]),
                        row,
                    )
                    for row in data["dimensions"] + index
                ],
            ),
            "distribution": (
                self.env._("Customers by Index"),
                [
                    self._get_bar(
                        row["name"], row["count"] / most * 100, str(row["count"])
                    )
                    for row in data["distribution"]
                ],
            ),
        }
        return {
            name: {
                "title": title,
                "width": LABELS + 100 * POINT + 100,
                "height": LINE * len(bars) + 6,
                "bars": [bar | {"y": LINE * number} for number, bar in enumerate(bars)],
            }
            for name, (title, bars) in charts.items()
            if bars
        }

    @api.model
    def _get_bar(self, label, value, text, row=None):
        """Return what is drawn of ``value``, 0 to 100.

        :param row: figures with the required level and the value before
        """
        row = row or {}
        required, previous = row.get("required"), row.get("previous")
        return {
            "label": label,
            "x": LABELS,
            "width": round(value * POINT, 1),
            "whole": 100 * POINT,
            "text": text,
            "failed": row.get("failed"),
            "required": None
            if required is None
            else round(LABELS + required * POINT, 1),
            "previous": None if previous is None else round(previous * POINT, 1),
        }

    # ------------------------------------------------------------ tables

    @api.model
    def _get_basis_blocks(self, report, data):
        basis = data["basis"]
        return [
            self._get_facts(
                "basis",
                "",
                [
                    self._get_fact(report, "campaign_id", wide=True),
                    self._get_fact(report.campaign_id, "date_from"),
                    self._get_fact(report.campaign_id, "date_to"),
                    FormFact(self.env._("Customers"), str(basis["customers"])),
                    FormFact(
                        self.env._("Coverage"), self._get_percent(basis["coverage"])
                    ),
                    FormFact(self.env._("Issued"), str(basis["issued"])),
                    FormFact(self.env._("Returned"), str(basis["returned"])),
                    FormFact(
                        self.env._("Response Rate"), self._get_percent(basis["rate"])
                    ),
                    FormFact(self.env._("Declined"), str(basis["declined"])),
                ],
            )
        ]

    @api.model
    def _get_result_blocks(self, data):
        """Return the tables of the results, without those that are empty."""
        overall = data["dimensions"] + [row for row in [data["index"]] if row]
        blocks = [
            self._get_rows(
                "dimensions",
                self.env._("Results by Dimension"),
                self._get_result_columns(),
                [self._get_result_line(row) for row in overall],
            ),
            self._get_rows(
                "units",
                self.env._("Results by Business Unit"),
                [
                    FormColumn(self.env._("Business Unit"), 3),
                    *self._get_result_columns(),
                ],
                [[row["unit"], *self._get_result_line(row)] for row in data["units"]],
            ),
            self._get_rows(
                "questions",
                self.env._("Results by Question"),
                [
                    FormColumn(self.env._("Question"), 8),
                    FormColumn(self.env._("Dimension"), 3),
                    FormColumn(self.env._("Answers"), 2, True),
                    FormColumn(self.env._("Score"), 2, True),
                    FormColumn(self.env._("Satisfied"), 2, True),
                ],
                [
                    [
                        row["name"],
                        row["dimension"],
                        str(row["count"]),
                        self._get_number(row["score"]),
                        self._get_percent(row["satisfied"]),
                    ]
                    for row in data["questions"]
                ],
            ),
            *(
                self._get_rows(
                    name,
                    title,
                    [
                        FormColumn(label, 6),
                        FormColumn(self.env._("Customers"), 2, True),
                        FormColumn(self.env._("Index"), 2, True),
                    ],
                    [
                        [row["name"], str(row["count"]), self._get_number(row["score"])]
                        # figures that were kept before a split came have none of it
                        for row in data.get(name, [])
                    ],
                )
                for name, title, label in self._get_splits()
            ),
        ]
        return [block for block in blocks if block.lines]

    @api.model
    def _get_splits(self):
        """Return (key, title, heading) of the tables of the index."""
        return [
            ("channel", self.env._("Results by Channel"), self.env._("Channel")),
            ("grade", self.env._("Results by Grade"), self.env._("Grade")),
            ("industry", self.env._("Results by Industry"), self.env._("Industry")),
            ("region", self.env._("Results by Region"), self.env._("Region")),
        ]

    @api.model
    def _get_opinion_blocks(self, data):
        block = self._get_rows(
            "opinions",
            self.env._("Opinions by Topic"),
            [
                FormColumn(self.env._("Topic"), 4),
                FormColumn(self.env._("Positive"), 2, True),
                FormColumn(self.env._("Neutral"), 2, True),
                FormColumn(self.env._("Negative"), 2, True),
                FormColumn(self.env._("Not Classified"), 2, True),
                FormColumn(self.env._("Total"), 2, True),
            ],
            [
                [
                    row["name"],
                    *(
                        str(row[name])
                        for name in (
                            "positive",
                            "neutral",
                            "negative",
                            "unclassified",
                            "count",
                        )
                    ),
                ]
                for row in data["opinions"]
            ],
        )
        return [block] if block.lines else []

    @api.model
    def _get_result_columns(self):
        return [
            FormColumn(self.env._("Dimension"), 4),
            FormColumn(self.env._("Customers"), 2, True),
            FormColumn(self.env._("Score"), 2, True),
            FormColumn(self.env._("Required"), 2, True),
            FormColumn(self.env._("Satisfied"), 2, True),
            FormColumn(self.env._("Before"), 2, True),
            FormColumn(self.env._("Change"), 2, True),
            FormColumn(self.env._("Result"), 2),
        ]

    @api.model
    def _get_result_line(self, row):
        return [
            row["dimension"] or self.env._("Index"),
            str(row["count"]),
            self._get_number(row["score"]),
            self._get_number(row["required"]),
            self._get_percent(row["satisfied"]),
            self._get_number(row["previous"]),
            self._get_change(row["change"]),
            self.env._("Failed") if row["failed"] else self.env._("Reached"),
        ]

    @api.model
    def _get_rows(self, name, title, columns, lines):
        return FormBlock(name, title, lines, columns, len(lines))

    # ------------------------------------------------------------ signatures

    @api.model
    def _get_signatures(self, report):
        """Return who submitted and who acknowledged, as far as it has come."""
        boxes = [
            {"office": self.env._("Marketing Director")},
            {"office": self.env._("General Manager")},
        ]
        if report.state in ("submitted", "acknowledged"):
            date = self._get_value(report, "submitted_at")
            boxes[0] |= {
                "name": report.submitted_by_id.name,
                "date": report.submitted_at,
                "mark": self.env._("submitted %s", date),
            }
        if report.state == "acknowledged":
            date = self._get_value(report, "decided_at")
            boxes[1] |= {
                "name": report.decided_by_id.name,
                "date": report.decided_at,
                "mark": self.env._("acknowledged %s", date),
            }
        return boxes
