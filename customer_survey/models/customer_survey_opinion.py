from odoo import api, fields, models
from odoo.fields import Domain


class CustomerSurveyOpinion(models.Model):
    """What a customer wrote in his own words, to be classified and counted (G15)."""

    _name = "customer.survey.opinion"
    _description = "Customer's Opinion"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "campaign_id desc, id"
    _rec_name = "campaign_id"

    campaign_id = fields.Many2one(
        "customer.survey.campaign",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="campaign_id.company_id")
    response_id = fields.Many2one(
        "customer.survey.response",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty in an anonymous survey.",
    )
    partner_id = fields.Many2one(
        related="response_id.partner_id",
        string="Customer",
        store=True,
        index="btree_not_null",
    )
    question_id = fields.Many2one("survey.question", readonly=True, ondelete="restrict")
    text = fields.Text(required=True, readonly=True)
    topic_id = fields.Many2one("customer.survey.topic", ondelete="restrict")
    dimension_id = fields.Many2one("customer.survey.dimension", ondelete="restrict")
    tone = fields.Selection(
        [("positive", "Positive"), ("neutral", "Neutral"), ("negative", "Negative")]
    )
    classified_by_id = fields.Many2one(
        "res.users", string="Classified By", readonly=True
    )
    classified_at = fields.Datetime(string="Classified", readonly=True)
    complaint_id = fields.Many2one(
        "customer.complaint",
        string="Case",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("response_id.dossier_id", "in", dossiers.ids)

    @api.model
    def _may_read_domain(self):
        """Return who reads an opinion: whoever reads the response; one without a
        response, the offices that lead the survey."""
        readable = self.env["customer.survey.response"]._content_may_read_domain()
        if self.env.user._has_archive_role("MDO", "GMO"):
            readable |= Domain("response_id", "=", False)
        return readable

    @api.depends("response_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()
