from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.customer_archive.report.view_query import select_columns


class CustomerSurveyParticipation(models.Model):
    """Who was asked and who answered, to be counted and grouped (G11, M31); the id of a
    row is that of the response. Of an anonymous campaign nobody knows who answered."""

    _name = "customer.survey.participation"
    _description = "Survey Participation"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.register.mixin",
        "customer.graded.mixin",
    ]
    _auto = False
    _order = "campaign_id desc, id"
    _rec_name = "response_id"
    _depends = {
        "customer.survey.campaign": ["is_anonymous", "kind"],
        "customer.survey.response": [
            "campaign_id",
            "channel",
            "company_id",
            "dossier_id",
            "interviewer_id",
            "issued_date",
            "partner_id",
            "state",
            "team_id",
        ],
        "res.partner": ["industry_id", "sales_region_id"],
    }

    response_id = fields.Many2one("customer.survey.response", readonly=True)
    campaign_id = fields.Many2one("customer.survey.campaign", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self._get_labels("customer.survey.campaign", "kind"),
        string="Type",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)
    dossier_id = fields.Many2one("customer.dossier", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    team_id = fields.Many2one("crm.team", string="Business Unit", readonly=True)
    region_id = fields.Many2one("customer.classification", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    channel = fields.Selection(
        selection=lambda self: self._get_labels("customer.survey.response", "channel"),
        readonly=True,
    )
    interviewer_id = fields.Many2one("res.users", readonly=True)
    state = fields.Selection(
        selection=lambda self: self._get_labels("customer.survey.response", "state"),
        readonly=True,
    )
    asked = fields.Integer(readonly=True)
    issued = fields.Integer(readonly=True)
    returned = fields.Integer(readonly=True)
    excluded = fields.Integer(readonly=True)
    rate = fields.Float(
        string="Returned (%)",
        readonly=True,
        aggregator="avg",
        help="Of the issued forms.",
    )

    @api.model
    def _get_labels(self, model, name):
        return self.env[model]._fields[name]._description_selection(self.env)

    @api.model
    def _may_read_domain(self):
        return self.env["customer.survey.response"]._content_may_read_domain()

    @api.depends("response_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @property
    def _table_query(self):
        return select_columns(self._get_columns(), self._get_from())

    @api.model
    def _get_columns(self):
        """Return {field name: SQL of its column}; extension point."""
        own = (
            "campaign_id channel company_id dossier_id id interviewer_id partner_id "
            "state team_id"
        )
        answered = SQL("response.state = 'answered'")
        issued = SQL("(response.issued_date IS NOT NULL OR %s)", answered)
        return {
            **{name: SQL.identifier("response", name) for name in own.split()},
            "response_id": SQL("response.id"),
            "kind": SQL("campaign.kind"),
            "region_id": SQL("partner.sales_region_id"),
            "industry_id": SQL("partner.industry_id"),
            "asked": SQL("(response.state != 'excluded')::int"),
            "excluded": SQL("(response.state = 'excluded')::int"),
            "issued": SQL("%s::int", issued),
            "returned": SQL(
                "CASE WHEN campaign.is_anonymous IS NOT TRUE THEN (%s)::int END",
                answered,
            ),
            "rate": SQL(
                """CASE WHEN campaign.is_anonymous OR NOT %s THEN NULL
                        WHEN %s THEN 100 ELSE 0 END""",
                issued,
                answered,
            ),
        }

    @api.model
    def _get_from(self):
        return SQL(
            """customer_survey_response response
          JOIN customer_survey_campaign campaign ON campaign.id = response.campaign_id
     LEFT JOIN res_partner partner ON partner.id = response.partner_id
         WHERE response.dossier_id IS NOT NULL"""
        )

    def action_open_response(self):
        """Return the action that opens the response of this row."""
        self.ensure_one()
        self.check_access("read")
        return self.response_id._get_records_action()
