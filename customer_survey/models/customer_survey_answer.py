from odoo import api, fields, models
from odoo.fields import Domain

from .customer_survey_response import CHANNELS


class CustomerSurveyAnswer(models.Model):
    """The score of one answered question, 0 to 100 (M28), with the value that it was
    worked out from. An answer without a score has none."""

    _name = "customer.survey.answer"
    _description = "Scored Answer"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "response_id, id"
    _rec_name = "response_id"

    response_id = fields.Many2one(
        "customer.survey.response",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    question_id = fields.Many2one(
        "survey.question", required=True, readonly=True, index=True, ondelete="restrict"
    )
    dimension_id = fields.Many2one(
        "customer.survey.dimension", readonly=True, ondelete="restrict"
    )
    contact_id = fields.Many2one("res.partner", readonly=True, ondelete="set null")
    channel = fields.Selection(CHANNELS, readonly=True)
    value = fields.Float(readonly=True, aggregator="avg")
    score = fields.Float(required=True, readonly=True, aggregator="avg")

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("response_id.dossier_id", "in", dossiers.ids)

    @api.model
    def _may_read_domain(self):
        return self.env["customer.survey.response"]._content_may_read_domain()

    @api.depends("response_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()
