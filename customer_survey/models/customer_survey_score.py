from odoo import api, fields, models


class CustomerSurveyScore(models.Model):
    """A customer's score in one dimension, stored with the weight that it had in
    the index so that the index can be checked later."""

    _name = "customer.survey.score"
    _description = "Satisfaction Score"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "response_id, dimension_id"
    _rec_name = "dimension_id"

    response_id = fields.Many2one(
        "customer.survey.response", required=True, index=True, ondelete="cascade"
    )
    dimension_id = fields.Many2one(
        "customer.survey.dimension", required=True, ondelete="restrict"
    )
    score = fields.Float(required=True, aggregator="avg")
    weight = fields.Float(required=True, aggregator=None)
    answer_count = fields.Integer(string="Questions", required=True)

    _once = models.UniqueIndex(
        "(response_id, dimension_id)", "A response has one score per dimension."
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "response_id",
            "dimension_id",
            "score",
            "weight",
            "answer_count",
        }

    @api.model
    def _may_read_domain(self):
        return self.env["customer.survey.response"]._content_may_read_domain()

    @api.depends("response_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()
