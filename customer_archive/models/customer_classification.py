from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CustomerClassification(models.Model):
    """The values of the dimensions by which customers are grouped (A22, A35)."""

    _name = "customer.classification"
    _description = "Customer Classification"
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [
            ("business_category", "Business Category"),
            ("scale", "Scale"),
            ("region", "Region"),
            ("project_type", "Project Type"),
            ("market_position", "Market Position"),
        ],
        required=True,
        index=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    def write(self, vals):
        if "kind" in vals and any(entry.kind != vals["kind"] for entry in self):
            raise UserError(
                self.env._(
                    "The kind of a classification does not change, customers may "
                    "carry it. Archive it and create another one."
                )
            )
        return super().write(vals)

    @api.model
    def _check_kinds(self, records, kind_by_field):
        """Raise a ValidationError unless the classifications that ``records`` carry
        are of the kind of their field."""
        for field_name, kind in kind_by_field.items():
            wrong = [entry for entry in records[field_name] if entry.kind != kind]
            if wrong:
                field = records._fields[field_name]
                raise ValidationError(
                    self.env._(
                        "%(name)s is not a value of the field %(field)s. Choose one "
                        "from its list.",
                        name=wrong[0].name,
                        field=field._description_string(self.env),
                    )
                )
