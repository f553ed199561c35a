from odoo import fields, models


class CustomerSurveyDimension(models.Model):
    """What customers are asked about (满意度维度, G4)."""

    _name = "customer.survey.dimension"
    _description = "Satisfaction Dimension"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    weight = fields.Float(
        required=True, default=1.0, help="The share of this dimension in the index."
    )
    required_level = fields.Float(
        required=True, default=80.0, help="Of 100; a lower score fails."
    )
    mandatory = fields.Boolean(
        help="A campaign cannot be started while its questionnaire has no scored "
        "question of this dimension."
    )

    _code_uniq = models.UniqueIndex("(code)", "A dimension code is used once.")
    _weight_positive = models.Constraint(
        "CHECK(weight > 0)", "The weight of a dimension is greater than zero."
    )
    _required_level_range = models.Constraint(
        "CHECK(required_level BETWEEN 0 AND 100)",
        "The required level lies between 0 and 100.",
    )
