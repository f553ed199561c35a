from odoo import api, fields, models

SCORES = [
    ("1", "Very Dissatisfied"),
    ("2", "Dissatisfied"),
    ("3", "Neither Nor"),
    ("4", "Satisfied"),
    ("5", "Very Satisfied"),
]


class CustomerSatisfactionFeedback(models.Model):
    """客户满意度反馈表: the short form at a contact with the customer, one score and a
    remark (C19)."""

    _name = "customer.satisfaction.feedback"
    _description = "Satisfaction Feedback"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "date desc, id desc"
    _rec_name = "number"

    number = fields.Char(readonly=True, copy=False)
    contact_id = fields.Many2one(
        "res.partner",
        domain="[('commercial_partner_id', '=', partner_id)]",
        index="btree_not_null",
        help="Who of the customer gave the score.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    occasion = fields.Selection(
        [
            ("visit", "Visit"),
            ("call", "Telephone Call"),
            ("service", "Technical Service"),
            ("delivery", "Delivery"),
            ("event", "Customer Event"),
            ("other", "Other"),
        ],
        required=True,
        default="visit",
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Meeting",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    service_log_id = fields.Many2one(
        "customer.service.log",
        string="Service Log",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Recorded By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    satisfaction = fields.Selection(SCORES, required=True, tracking=True)
    score = fields.Float(
        compute="_compute_score",
        store=True,
        aggregator="avg",
        help="0 to 100: (x − 1) / 4 × 100.",
    )
    remark = fields.Text()

    def _guarded_fields(self):
        return super()._guarded_fields() | {"number", "user_id"}

    @api.depends("satisfaction")
    def _compute_score(self):
        for feedback in self:
            feedback.score = (int(feedback.satisfaction or 1) - 1) / 4 * 100
