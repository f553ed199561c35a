from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CustomerFactorMixin(models.AbstractModel):
    """What a customer's score is counted from (E7, F4): a figure, a number on the
    customer or what a person judges. Sex, race, religion, age and private data are
    none (D11).

    A model that inherits this has a ``source``, a selection with «entered» and
    «field», and the ``band_ids`` of its scores, each with ``min_value`` and ``score``.
    """

    _name = "customer.factor.mixin"
    _description = "Factor of a Score"
    _inherit = ["customer.rule.input.mixin"]

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    weight = fields.Float(default=1.0, digits=(6, 2))
    field_name = fields.Char(
        string="Field",
        help="A number on the customer's contact. Empty or 0 counts as missing.",
    )

    _weight_positive = models.Constraint(
        "CHECK(weight >= 0)", "A weight is never negative."
    )

    @api.constrains("source", "field_name")
    def _check_field_name(self):
        customers = self.env["res.partner"]
        for factor in self:
            if factor.source != "field":
                continue
            field = customers._fields.get(factor.field_name)
            if (
                field is None
                or field.type not in ("integer", "float", "monetary")
                or not field.store
                or not customers._has_field_access(field, "read")
            ):
                raise ValidationError(
                    self.env._(
                        "%(factor)s: name a stored number on the customer's contact "
                        "that you may read, such as registered_capital.",
                        factor=factor.name,
                    )
                )
            factor._check_rule_field(customers._name, factor.field_name)

    def _get_score(self, value):
        """Return the score of the highest band that ``value`` reaches; the lowest band
        holds below its threshold as well. Without bands the value is the score."""
        bands = self.band_ids.sorted("min_value", reverse=True)
        if not bands:
            return min(max(value, 0.0), 100.0)
        reached = bands.filtered(lambda band: value >= band.min_value)
        return (reached[:1] or bands[-1:]).score


class CustomerFactorBandMixin(models.AbstractModel):
    """From which figure on a factor has which score. A band ends where the next one
    begins, so that there is neither gap nor overlap.

    A model that inherits this has a ``factor_id``.
    """

    _name = "customer.factor.band.mixin"
    _description = "Band of a Factor"

    min_value = fields.Float(
        string="From Figure", help="The lowest band holds for what lies below, too."
    )
    score = fields.Float(digits=(5, 1), required=True)

    _threshold_uniq = models.Constraint(
        "UNIQUE(factor_id, min_value)", "Two bands cannot begin at the same figure."
    )
    _score_range = models.Constraint(
        "CHECK(score >= 0 AND score <= 100)", "A score lies between 0 and 100."
    )
