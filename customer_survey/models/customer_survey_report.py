from odoo import api, fields, models
from odoo.fields import Domain


class CustomerSurveyReport(models.Model):
    """顾客满意度调查分析报告: what the marketing director's office concludes from a
    campaign and submits to the general manager's office (G13, G14)."""

    _name = "customer.survey.report"
    _description = "Survey Analysis Report"
    _inherit = [
        "customer.guarded.mixin",
        "customer.secrecy.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "create_date desc, id desc"
    _mail_post_access = "read"

    name = fields.Char(string="Title", required=True, tracking=True)
    number = fields.Char(readonly=True, copy=False)
    campaign_id = fields.Many2one(
        "customer.survey.campaign",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", related="campaign_id.company_id", store=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
    )
    date_due = fields.Date(string="Due", required=True, readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("rework", "Returned for Rework"),
            ("acknowledged", "Acknowledged"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    submitted_by_id = fields.Many2one(
        "res.users", string="Submitted By", readonly=True, copy=False
    )
    submitted_at = fields.Datetime(string="Submitted On", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Read By", readonly=True, copy=False
    )
    decided_at = fields.Datetime(string="Read On", readonly=True, copy=False)
    remark = fields.Text(
        readonly=True,
        copy=False,
        tracking=True,
        help="What the general manager's office says.",
    )
    basis = fields.Html(help="Period, issued and returned forms, response rate.")
    weak_points = fields.Html()
    opinions = fields.Html(string="Customers' Opinions")
    comparison = fields.Html(string="Comparison With Before")
    conclusions = fields.Html()
    proposals = fields.Html()

    _once = models.UniqueIndex("(campaign_id)", "A campaign has one report.")

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _may_read_domain(self):
        """Return who reads reports: the offices that write and read them."""
        if self.env.user._has_archive_role("MDO", "GMO"):
            return Domain.TRUE
        return Domain.FALSE
