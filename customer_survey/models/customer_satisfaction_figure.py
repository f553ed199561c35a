from odoo import api, fields, models


class CustomerSatisfactionFigure(models.Model):
    """What one kind of answers says in an assessment (G18)."""

    _name = "customer.satisfaction.figure"
    _description = "Figure of a Satisfaction Assessment"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "assessment_id desc, source desc, id"
    _rec_name = "source"

    assessment_id = fields.Many2one(
        "customer.satisfaction.assessment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    source = fields.Selection(
        [("survey", "Surveys"), ("case", "Cases"), ("feedback", "Feedback Forms")],
        required=True,
        readonly=True,
    )
    customer_count = fields.Integer(string="Customers", readonly=True)
    answer_count = fields.Integer(string="Answers", readonly=True)
    score = fields.Float(
        string="Satisfaction", readonly=True, digits=(16, 1), aggregator=None
    )
    satisfied_rate = fields.Float(
        string="Satisfied (%)", readonly=True, digits=(16, 1), aggregator=None
    )
    negative_count = fields.Integer(string="Negative Answers", readonly=True)

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _may_read_domain(self):
        return self.env["customer.satisfaction.assessment"]._content_may_read_domain()

    @api.depends("assessment_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()
