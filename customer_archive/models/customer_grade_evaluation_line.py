from odoo import fields, models


class CustomerGradeEvaluationLine(models.Model):
    """One factor of a score sheet (E7, M10): the figure proposed or judged, its weight
    and score as they were."""

    _name = "customer.grade.evaluation.line"
    _description = "Line of a Score Sheet"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "evaluation_id, sequence, id"
    _rec_name = "factor_id"

    evaluation_id = fields.Many2one(
        "customer.grade.evaluation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", related="evaluation_id.company_id", store=True, index=True
    )
    factor_id = fields.Many2one(
        "customer.grade.factor", required=True, readonly=True, ondelete="restrict"
    )
    sequence = fields.Integer(readonly=True)
    source = fields.Selection(related="factor_id.source")
    weight = fields.Float(readonly=True, digits=(6, 2))
    value = fields.Float(digits=(16, 2))
    has_value = fields.Boolean(
        string="Judged", help="Off: there is no figure, the factor counts nothing."
    )
    score = fields.Float(readonly=True, digits=(5, 2))

    _factor_uniq = models.Constraint(
        "UNIQUE(evaluation_id, factor_id)", "A factor stands once in a score sheet."
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    def _may_read_domain(self):
        return fields.Domain(
            "evaluation_id",
            "any!",
            self.env["customer.grade.evaluation"]._may_read_domain(),
        )
