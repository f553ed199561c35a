from collections import Counter, defaultdict
from math import floor

from odoo import api, fields, models
from odoo.fields import Domain

from .customer_survey_response import CHANNELS, PROMOTERS


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
    campaign_id = fields.Many2one(
        "customer.survey.campaign", readonly=True, index=True, ondelete="restrict"
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
    band = fields.Integer(
        string="Value (Rounded)",
        readonly=True,
        aggregator=None,
        help="To count how often each value was given.",
    )
    score = fields.Float(required=True, readonly=True, aggregator="avg")
    satisfied_rate = fields.Float(
        string="Satisfied (%)",
        readonly=True,
        aggregator="avg",
        help="100 for a score at or above the satisfied level of the survey, else 0 "
        "(M31).",
    )
    promoter = fields.Selection(
        PROMOTERS,
        string="Recommendation",
        readonly=True,
        help="How likely this person is to recommend us.",
    )

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

    # ------------------------------------------------------------ net promoter score

    @api.model
    def _get_promoter(self, value):
        """Return what somebody is who would recommend us with ``value`` of 10; a mean
        of several is rounded half up."""
        value = floor(value + 0.5)
        if value >= 9:
            return "promoter"
        return "passive" if value >= 7 else "detractor"

    @api.model
    def _get_nps(self, domain, groupby):
        """Return {values of ``groupby``: (net promoter score, {promoter: count})} of
        the answers in ``domain`` to recommendation questions, each person asked being
        one opinion.

        The score is the percentage of promoters less that of detractors, −100 to 100.
        There is no entry where nobody answered.
        """
        counts = defaultdict(Counter)
        for *values, promoter, count in self._read_group(
            Domain(domain) & Domain("promoter", "!=", False),
            [*groupby, "promoter"],
            ["__count"],
        ):
            counts[tuple(values)][promoter] = count
        return {
            values: (
                (count["promoter"] - count["detractor"]) * 100 / count.total(),
                count,
            )
            for values, count in counts.items()
        }
