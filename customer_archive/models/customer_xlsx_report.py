import io
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import xlsxwriter

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date, formatLang, split_every

from .customer_form import FormBlock, FormColumn, FormFact

BATCH_SIZE = 1000
HEADER_ROW = 3
NUMBER_KINDS = ("integer", "money", "percent")
NUMBER_FORMATS = {
    "text": "General",
    "date": "yyyy-mm-dd",
    "integer": "0",
    "money": "#,##0.00",
    "percent": "0.0%",
}


class XlsxColumn(NamedTuple):
    """A column of a ``customer.xlsx.report``.

    :param value: field of a row, dots allowed, or a function of the row
    :param kind: text, date, integer, money or percent (a fraction)
    :param currency: function of the row that returns the currency of its money
    :param total: whether the money is added up, each currency by itself
    """

    label: str
    value: str | Callable[[Any], Any]
    width: float = 16
    kind: str = "text"
    currency: Callable[[Any], Any] | None = None
    total: bool = False


class CustomerXlsxReport(models.AbstractModel):
    """A spreadsheet with one row per record, for users with the export right.

    A report inherits this and gives ``_get_model``, ``_get_title`` and
    ``_get_columns``; a button or server action returns ``_get_action``. The same
    rows print as an office form through ``_get_blocks``, for whoever may read them.
    """

    _name = "customer.xlsx.report"
    _description = "Spreadsheet Report"

    # ------------------------------------------------------------ what it shows

    @api.model
    def _get_model(self):
        """Return the name of the model whose records are exported."""
        raise NotImplementedError

    @api.model
    def _get_title(self):
        raise NotImplementedError

    @api.model
    def _get_columns(self):
        """Return the ``XlsxColumn`` of the sheet in order."""
        raise NotImplementedError

    @api.model
    def _get_subtitle(self, records):
        """Return the companies of the rows and the day."""
        # sudo: the names of companies that the rows belong to
        companies_sudo = (records.company_id or self.env.company).sudo()
        names = ", ".join(companies_sudo.mapped("name"))
        today = format_date(
            self.env, fields.Date.context_today(self), date_format="long"
        )
        return f"{names} · {today}"

    @api.model
    def _get_rows(self, records):
        """Yield the rows, by default ``records`` read batch by batch."""
        for ids in split_every(BATCH_SIZE, records.ids):
            yield from records.browse(ids)

    @api.model
    def _get_total_label(self, records):
        return self.env._("Total")

    @api.model
    def _get_totals(self, columns, records):
        """Return {currency: {index of the column: sum}} of what is to be added up."""
        indexes = [index for index, column in enumerate(columns) if column.total]
        totals = defaultdict(lambda: dict.fromkeys(indexes, 0.0))
        for row in self._get_rows(records) if indexes else ():
            for index in indexes:
                value = self._get_value(row, columns[index].value)
                if value:
                    totals[columns[index].currency(row)][index] += value
        return totals

    # ------------------------------------------------------------ printed on paper

    @api.model
    def _get_blocks(self, records):
        """Return the rows and the totals as ``form_blocks`` prints them."""
        records.check_access("read")
        columns = self._get_columns()
        rows = FormBlock(
            "rows",
            self._get_subtitle(records),
            [
                [self._get_text(row, column) for column in columns]
                for row in self._get_rows(records)
            ],
            [
                FormColumn(column.label, column.width, column.kind in NUMBER_KINDS)
                for column in columns
            ],
            len(records),
        )
        totals = self._get_totals(columns, records)
        facts = [FormFact(self._get_total_label(records), len(records))]
        facts += [
            FormFact(
                column.label,
                ", ".join(
                    formatLang(self.env, sums[index], currency_obj=currency)
                    for currency, sums in totals.items()
                ),
            )
            for index, column in enumerate(columns)
            if column.total
        ]
        return [rows, self.env["customer.form"]._get_facts("totals", "", facts)]

    @api.model
    def _get_text(self, row, column):
        value = self._get_value(row, column.value)
        if value is False or value in (None, ""):
            return None
        if column.kind == "date":
            return format_date(self.env, value, date_format="long")
        if column.kind == "percent":
            return f"{formatLang(self.env, value * 100, digits=1)} %"
        if column.kind == "money":
            currency = column.currency and column.currency(row)
            return formatLang(self.env, value, currency_obj=currency)
        return str(value)

    # ------------------------------------------------------------ access, link

    @api.model
    def _check_export(self, records):
        """Refuse whoever may not export, or may not read one of ``records``."""
        if not self.env.user.has_group("base.group_allow_export"):
            raise AccessError(
                self.env._(
                    "Exporting needs the export right. Ask the keeper for a "
                    "copy permit."
                )
            )
        self.env.user._check_takes_copies()
        records = records.with_env(self.env)
        records.check_access("read")
        if isinstance(records, self.pool["customer.register.mixin"]):
            records._check_registered_operation("export")

    @api.model
    def _get_action(self, records):
        """Return the action that downloads the sheet of ``records``."""
        self._check_export(records)
        ids = ",".join(map(str, records.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/customer_archive/xlsx/{self._name}?ids={ids}",
            "target": "download",
        }

    # ------------------------------------------------------------ making the file

    @api.model
    def _make_xlsx(self, records):
        """Return the content of the spreadsheet of ``records``, registered as an export
        if they belong to dossiers."""
        self._check_export(records)
        columns = self._get_columns()
        if isinstance(records, self.pool["customer.register.mixin"]):
            records.with_env(self.env)._register_act(
                "export", field_names=[column.label for column in columns]
            )
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as workbook:
            sheet = workbook.add_worksheet(self._get_title()[:31])
            self._write_head(workbook, sheet, columns, records)
            last_line = self._write_rows(workbook, sheet, columns, records)
            self._write_totals(workbook, sheet, columns, records, last_line + 1)
            sheet.autofilter(HEADER_ROW, 0, last_line, len(columns) - 1)
            self._write_more(workbook, records)
        return output.getvalue()

    @api.model
    def _write_more(self, workbook, records):
        """Add sheets to ``workbook``, such as one with a chart; extension point."""

    @api.model
    def _add_table(self, workbook, title, header, lines):
        """Add a sheet with ``lines``; a cell is a text, or a number and its format."""
        sheet = workbook.add_worksheet(title[:31])
        bold = workbook.add_format({"bold": True, "border": 1, "bg_color": "#DCDCDC"})
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, len(header), 16)
        for index, label in enumerate(header):
            sheet.write_string(0, index, label, bold)
        for row, line in enumerate(lines, 1):
            for index, cell in enumerate(line):
                if isinstance(cell, str):
                    sheet.write_string(row, index, cell)
                elif cell is not None:
                    sheet.write_number(row, index, *cell)
        return sheet

    @api.model
    def _write_head(self, workbook, sheet, columns, records):
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW)
        sheet.freeze_panes(HEADER_ROW + 1, 0)
        title_format = workbook.add_format({"bold": True, "font_size": 14})
        sheet.write_string(0, 0, self._get_title(), title_format)
        sheet.write_string(1, 0, self._get_subtitle(records))
        header_format = workbook.add_format(
            {"bold": True, "border": 1, "bg_color": "#DCDCDC", "text_wrap": True}
        )
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)
            sheet.write_string(HEADER_ROW, index, column.label, header_format)

    @api.model
    def _write_rows(self, workbook, sheet, columns, records):
        """Write the rows and return the number of the last line."""
        style = {"border": 1, "valign": "top", "text_wrap": True}
        formats = {}
        line = HEADER_ROW
        for line, row in enumerate(self._get_rows(records), HEADER_ROW + 1):
            for index, column in enumerate(columns):
                currency = column.currency and column.currency(row)
                number_format = self._get_number_format(column.kind, currency)
                if number_format not in formats:
                    formats[number_format] = workbook.add_format(
                        {"num_format": number_format, **style}
                    )
                self._write_cell(
                    sheet, line, index, row, column, formats[number_format]
                )
        return line

    @api.model
    def _write_totals(self, workbook, sheet, columns, records, line):
        """Write one line per currency from ``line`` on, below the filtered rows."""
        if not any(column.total for column in columns):
            return
        style = {"border": 1, "bold": True}
        label = f"{self._get_total_label(records)}: {len(records)}"
        sheet.write_string(line, 0, label, workbook.add_format(style))
        for currency, sums in self._get_totals(columns, records).items():
            number_format = self._get_number_format("money", currency)
            cell_format = workbook.add_format({"num_format": number_format, **style})
            for index, total in sums.items():
                sheet.write_number(line, index, total, cell_format)
            line += 1

    @api.model
    def _write_cell(self, sheet, line, index, row, column, cell_format):
        value = self._get_value(row, column.value)
        if value is False or value in (None, ""):
            sheet.write_blank(line, index, None, cell_format)
        elif column.kind == "date":
            sheet.write_datetime(line, index, value, cell_format)
        elif column.kind == "text":
            # never write(): it would turn a text that begins with = into a formula
            sheet.write_string(line, index, str(value), cell_format)
        else:
            sheet.write_number(line, index, value, cell_format)

    @api.model
    def _get_value(self, row, value):
        if callable(value):
            return value(row)
        *path, name = value.split(".")
        for step in path:
            row = row[step]
        return row._fields[name].convert_to_export(row[name], row)

    @api.model
    def _get_number_format(self, kind, currency):
        number_format = NUMBER_FORMATS[kind]
        if not currency:
            return number_format
        symbol = f'"{currency.symbol}"'
        if currency.position == "before":
            return f"{symbol} {number_format}"
        return f"{number_format} {symbol}"
