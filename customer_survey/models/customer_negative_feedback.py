from odoo import api, fields, models
from odoo.fields import Domain


class CustomerNegativeFeedback(models.Model):
    """负面反馈: what follows when a customer said he is not satisfied, in a survey, on
    a feedback form or when a case was confirmed: a response in time and a measure
    (G22)."""

    _name = "customer.negative.feedback"
    _description = "Negative Feedback"
    _inherit = [
        "customer.guarded.mixin",
        "customer.secrecy.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "received_at desc, id desc"
    _rec_name = "number"
    _mail_post_access = "read"

    number = fields.Char(readonly=True, copy=False)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    dossier_id = fields.Many2one(
        "customer.dossier", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    team_id = fields.Many2one("crm.team", string="Business Unit", readonly=True)
    survey_response_id = fields.Many2one(
        "customer.survey.response",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    feedback_id = fields.Many2one(
        "customer.satisfaction.feedback",
        string="Feedback Form",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    complaint_id = fields.Many2one(
        "customer.complaint",
        string="Case",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    score = fields.Float(
        readonly=True, digits=(16, 1), aggregator="avg", help="0 to 100."
    )
    statement = fields.Text(
        string="What Was Said",
        readonly=True,
        help="The low dimensions and the customer's own words.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible Rep",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("responded", "Responded"), ("done", "Done")],
        required=True,
        default="open",
        readonly=True,
        tracking=True,
    )
    received_at = fields.Datetime(string="Received", required=True, readonly=True)
    response_due = fields.Datetime(required=True, readonly=True, index=True)
    responded_at = fields.Datetime(string="Responded On", readonly=True)
    responded_by_id = fields.Many2one("res.users", string="Responded By", readonly=True)
    response = fields.Text(string="Response to the Customer", readonly=True)
    escalation = fields.Selection(
        [("unit", "Unit Manager"), ("mdo", "Marketing Director's Office")],
        string="Escalated To",
        readonly=True,
        tracking=True,
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    measure_ids = fields.One2many("customer.measure", "negative_feedback_id")

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id", "in", dossiers.partner_id.ids)

    @api.model
    def _may_read_domain(self):
        """Return who reads it: who has to respond, whoever reads the dossier, the
        offices where there is none."""
        domain = (
            Domain("user_id", "=", self.env.uid)
            | self.env["customer.dossier"]._filed_may_read_domain()
        )
        if self.env.user._has_archive_role("MDO", "GMO"):
            domain |= Domain("dossier_id", "=", False)
        return domain

    @api.depends("user_id", "dossier_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("response_due", "responded_at")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for feedback in self:
            due = feedback.response_due
            feedback.is_late = not feedback.responded_at and bool(due) and due < now

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("responded_at", "=", False) & Domain(
            "response_due", "<", fields.Datetime.now()
        )
