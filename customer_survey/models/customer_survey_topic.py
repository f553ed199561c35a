from odoo import fields, models


class CustomerSurveyTopic(models.Model):
    """What opinions are about; the list under which they are classified (G15)."""

    _name = "customer.survey.topic"
    _description = "Opinion Topic"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    dimension_id = fields.Many2one(
        "customer.survey.dimension",
        ondelete="restrict",
        help="The dimension of an opinion about this, unless another is chosen.",
    )
