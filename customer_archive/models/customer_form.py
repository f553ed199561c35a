from typing import Any, NamedTuple

from odoo import api, models

TICK = "✓"
# what a column of a table takes of its width, relative to the others
WIDTHS = {"char": 3, "date": 3, "datetime": 3, "monetary": 3, "text": 5}
NUMBERS = ("float", "monetary")
OPTIONS = {"date": {"format": "long"}, "datetime": {"hide_seconds": True}}


class FormFact(NamedTuple):
    """A label and what is printed beside it; ``wide`` takes a line of its own."""

    label: str
    value: Any
    wide: bool = False
    tall: bool = False


class FormColumn(NamedTuple):
    label: str
    width: int = 2
    is_number: bool = False


class FormBlock(NamedTuple):
    """A bordered block of a printed form: lines of facts, or with ``columns`` a
    table.

    :param lines: of facts: lists of one or two; of a table: lists of values
    :param count: number of entries of a table
    """

    name: str
    title: str
    lines: list
    columns: list = ()
    count: int | None = None


class CustomerForm(models.AbstractModel):
    """What is printed on an office form, as template ``form_blocks`` takes it (X5).

    Every value is read as the user who prints: a field that he may not read is
    left out with its label.
    """

    _name = "customer.form"
    _description = "Printed Form"

    @api.model
    def _is_printed(self, record, name):
        return record._has_field_access(record._fields[name], "read")

    @api.model
    def _get_label(self, record, name):
        return record._fields[name]._description_string(self.env)

    @api.model
    def _get_converter(self, kind):
        return self.env.get(f"ir.qweb.field.{kind}", self.env["ir.qweb.field"])

    @api.model
    def _get_value(self, record, name):
        """Return the field as it is printed, None for what is not filled."""
        value, kind = record[name], record._fields[name].type
        if not value:
            return None
        if kind == "boolean":
            return TICK
        if kind == "integer":
            return str(value)  # a year has no thousands
        if kind == "many2one" and value._name == "res.partner":
            # sudo: like Odoo's own reports; without the company of a contact, which
            # stands above
            return value.sudo().name
        return self._get_converter(kind).record_to_html(
            record, name, OPTIONS.get(kind, {})
        )

    @api.model
    def _get_property_value(self, definition):
        """Return the value of a property as it is printed.

        :param definition: as ``Properties.convert_to_read`` gives it
        """
        value, kind = definition.get("value"), definition["type"]
        if not value:
            return None
        if kind == "boolean":
            return TICK
        if kind == "integer":
            return str(value)
        if kind == "selection":
            return dict(definition["selection"]).get(value)
        if kind == "tags":
            labels = {tag: label for tag, label, _color in definition["tags"]}
            return ", ".join(labels[tag] for tag in value)
        if kind == "many2one":
            return value[1]
        if kind == "many2many":
            return ", ".join(name for _id, name in value if name)
        if kind == "monetary":
            kind = "float"  # a dossier has no currency
        return self._get_converter(kind).value_to_html(value, OPTIONS.get(kind, {}))

    @api.model
    def _get_fact(self, record, name, label=None, wide=False):
        """Return the ``FormFact`` of a field, or None if it is not printed."""
        if not self._is_printed(record, name):
            return None
        tall = record._fields[name].type in ("text", "html")
        return FormFact(
            label or self._get_label(record, name),
            self._get_value(record, name),
            wide or tall,
            tall,
        )

    @api.model
    def _get_facts(self, name, title, facts):
        """Return the block of ``facts`` (None among them is skipped), two in a line."""
        lines = []
        for fact in filter(None, facts):
            if fact.wide or not lines or len(lines[-1]) == 2 or lines[-1][0].wide:
                lines.append([])
            lines[-1].append(fact)
        return FormBlock(name, title, lines)

    @api.model
    def _get_table(self, name, title, records, names, labels=None, empty=2):
        """Return the block with a line per record.

        :param labels: {field name: heading} where the field's own does not do
        :param empty: number of empty lines of a table without records
        """
        names = [name for name in names if self._is_printed(records, name)]
        columns = [
            FormColumn(
                (labels or {}).get(name) or self._get_label(records, name),
                WIDTHS.get(records._fields[name].type, 2),
                records._fields[name].type in NUMBERS,
            )
            for name in names
        ]
        lines = [
            [self._get_value(record, name) for name in names] for record in records
        ]
        lines = lines or [[""] * len(names)] * empty
        return FormBlock(name, title, lines, columns, len(records))
