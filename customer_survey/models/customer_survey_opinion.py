from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_CLASSIFIED = {"topic_id", "dimension_id", "tone"}


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
    line_id = fields.Many2one(
        "survey.user_input.line",
        readonly=True,
        ondelete="set null",
        groups=fields.NO_ACCESS,
        help="The line of the form, which makes one opinion; empty in an anonymous "
        "survey.",
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
    dimension_id = fields.Many2one(
        "customer.survey.dimension",
        compute="_compute_dimension_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        help="Proposed from the question and the topic.",
    )
    tone = fields.Selection(
        [("positive", "Positive"), ("neutral", "Neutral"), ("negative", "Negative")],
        group_expand=True,
    )
    classified_by_id = fields.Many2one("res.users", readonly=True)
    classified_at = fields.Datetime(string="Classified", readonly=True)
    complaint_id = fields.Many2one(
        "customer.complaint",
        string="Case",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _line_uniq = models.UniqueIndex("(line_id)", "A text is one opinion.")

    # ------------------------------------------------------------ guard, access

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

    # ------------------------------------------------------------ classification

    @api.depends("topic_id")
    def _compute_dimension_id(self):
        for opinion in self:
            opinion.dimension_id = opinion.topic_id.dimension_id or opinion.dimension_id

    def write(self, vals):
        if self._is_system():
            return super().write(vals)
        # what a submitted report has counted stays
        self.campaign_id._check_not_reported()
        result = super().write(vals)
        if _CLASSIFIED & vals.keys():
            classified = self.filtered(lambda opinion: opinion.topic_id or opinion.tone)
            classified._system_write(
                {
                    "classified_by_id": self.env.uid,
                    "classified_at": fields.Datetime.now(),
                }
            )
            (self - classified)._system_write(
                {"classified_by_id": False, "classified_at": False}
            )
        return result

    # ------------------------------------------------------------ case (G23)

    def action_log_complaint(self):
        """Return the form of a new case out of this opinion (G23)."""
        self.ensure_one()
        self.check_access("read")
        response = self.response_id
        if not response:
            raise UserError(
                self.env._(
                    "Nobody knows who wrote this: the survey is anonymous. No case can "
                    "be logged."
                )
            )
        if self.complaint_id:
            return self.action_view_complaint()
        return response._get_complaint_action(self.text, survey_opinion_id=self.id)

    def action_view_complaint(self):
        self.ensure_one()
        self.check_access("read")
        return self.complaint_id._get_records_action()
