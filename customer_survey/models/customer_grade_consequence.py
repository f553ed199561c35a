from odoo import fields, models


class CustomerGradeConsequence(models.Model):
    """Whether customers of a grade are asked how satisfied they are (E12)."""

    _inherit = "customer.grade.consequence"

    is_surveyed = fields.Boolean(
        string="Surveyed",
        default=True,
        help="Off: surveys that find their customers by a rule leave them out, with "
        "this reason on record.",
    )
