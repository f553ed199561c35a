from odoo import api, fields, models
from odoo.fields import Domain


class CustomerSurveyResult(models.Model):
    """The result of a campaign in one dimension, or the index where none is named,
    over all customers or those of one unit, kept as it was when the campaign ended
    (M29–M31, G12, G16). Scores and levels are 0 to 100, rates in percent."""

    _name = "customer.survey.result"
    _description = "Survey Result"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "campaign_id desc, team_id nulls first, dimension_id, id"
    _rec_names_search = ["dimension_id"]

    name = fields.Char(compute="_compute_name", help="The dimension, or the index.")
    campaign_id = fields.Many2one(
        "customer.survey.campaign",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", related="campaign_id.company_id", store=True
    )
    team_id = fields.Many2one(
        "crm.team", string="Business Unit", readonly=True, ondelete="restrict"
    )
    dimension_id = fields.Many2one(
        "customer.survey.dimension", readonly=True, ondelete="restrict"
    )
    weight = fields.Float(readonly=True, aggregator=None)
    required_level = fields.Float(readonly=True, aggregator=None)
    customer_count = fields.Integer(
        string="Customers", readonly=True, help="Who gave a score."
    )
    has_score = fields.Boolean(
        readonly=True,
        help="Not before the end, nor where too few answered anonymously.",
    )
    score = fields.Float(readonly=True, digits=(16, 2), aggregator=None)
    satisfied_rate = fields.Float(
        string="Satisfied (%)", readonly=True, digits=(16, 2), aggregator=None
    )
    previous_score = fields.Float(
        string="Before", readonly=True, digits=(16, 2), aggregator=None
    )
    has_previous = fields.Boolean(readonly=True)
    is_failed = fields.Boolean(string="Failed", readonly=True)
    nps = fields.Float(
        string="NPS",
        readonly=True,
        digits=(16, 1),
        aggregator=None,
        help="Net promoter score, −100 to 100; stands with the index.",
    )
    has_nps = fields.Boolean(readonly=True)
    measure_ids = fields.One2many("customer.measure", "survey_result_id")

    _once = models.UniqueIndex(
        "(campaign_id, COALESCE(team_id, 0), COALESCE(dimension_id, 0))",
        "A campaign has one result per unit and dimension.",
    )

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _may_read_domain(self):
        """Return who reads results: the offices and the keeper all, the manager of a
        unit those of his unit."""
        user = self.env.user
        if user._has_archive_role("MDO", "GMO", "KEEPER"):
            return Domain.TRUE
        if user._has_archive_role("BUM"):
            return Domain("team_id.user_id", "=", user.id)
        return Domain.FALSE

    @api.depends("dimension_id.name")
    @api.depends_context("lang")
    def _compute_name(self):
        for result in self:
            result.name = result.dimension_id.name or self.env._("Index")

    def _by_key(self):
        """Return {(id of the unit or False, id of the dimension or False): result}."""
        return {(result.team_id.id, result.dimension_id.id): result for result in self}
