from odoo import fields, models


class CustomerMeasure(models.Model):
    """Measures that a survey or negative feedback has opened (G19, G22)."""

    _inherit = "customer.measure"

    campaign_id = fields.Many2one(
        "customer.survey.campaign",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    survey_result_id = fields.Many2one(
        "customer.survey.result",
        string="Survey Result",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="What failed.",
    )
    dimension_id = fields.Many2one(related="survey_result_id.dimension_id", store=True)
    negative_feedback_id = fields.Many2one(
        "customer.negative.feedback",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "campaign_id",
            "survey_result_id",
            "negative_feedback_id",
        }
