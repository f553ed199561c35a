from odoo import api, fields, models


class CustomerDealing(models.Model):
    """往来记录: dealings other than orders (A26) and what the customer says about us
    (A28), in one log."""

    _name = "customer.dealing"
    _description = "Dealing"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "date desc, id desc"
    _rec_name = "subject"

    date = fields.Date(required=True, default=fields.Date.context_today)
    kind = fields.Selection(
        [
            ("negotiation", "Negotiation"),
            ("quotation", "Quotation Talk"),
            ("sample", "Sample"),
            ("agreement", "Agreement"),
            ("meeting", "Meeting"),
            ("opinion", "Opinion"),
            ("suggestion", "Suggestion"),
            ("praise", "Praise"),
            ("other", "Other"),
        ],
        required=True,
        default="negotiation",
        tracking=True,
    )
    is_feedback = fields.Boolean(
        string="Feedback", compute="_compute_is_feedback", store=True, precompute=True
    )
    subject = fields.Char(required=True)
    description = fields.Text(prefetch="guarded")
    contact_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', partner_id), "
        "('is_company', '=', False)]",
        help="The person at the customer's whom it was with or who said it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Employee",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        index=True,
    )
    handling = fields.Text(prefetch="guarded", help="What is done about the feedback.")
    result = fields.Text(prefetch="guarded", tracking=True)
    handled_on = fields.Date(tracking=True)

    @api.depends("kind")
    def _compute_is_feedback(self):
        for dealing in self:
            dealing.is_feedback = dealing.kind in ("opinion", "suggestion", "praise")

    @api.constrains("contact_id", "dossier_id")
    def _check_contact(self):
        for dealing in self:
            dealing.contact_id._check_contact_of(dealing.partner_id)
