from odoo import fields, models


class CustomerSurveyResult(models.Model):
    _inherit = "customer.survey.result"

    nps = fields.Float(
        string="NPS",
        readonly=True,
        digits=(16, 1),
        aggregator=None,
        help="Net promoter score, −100 to 100; stands with the index.",
    )
    has_nps = fields.Boolean(readonly=True)
