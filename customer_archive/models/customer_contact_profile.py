from odoo import api, fields, models


class CustomerContactProfile(models.Model):
    """What a contact counts for in the customer's decisions (A23) and what he
    likes (A30)."""

    _name = "customer.contact.profile"
    _description = "Contact Profile"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "is_decision_maker desc, id"
    _rec_name = "contact_id"

    contact_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', partner_id), "
        "('is_company', '=', False)]",
    )
    is_decision_maker = fields.Boolean(string="Decision Maker", tracking=True)
    decision_role = fields.Selection(
        [
            ("initiator", "Initiator"),
            ("user", "Product User"),
            ("influencer", "Influencer"),
            ("approver", "Approver"),
            ("decider", "Decider"),
            ("gatekeeper", "Gatekeeper"),
        ],
        tracking=True,
    )
    influence = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")], tracking=True
    )
    attitude = fields.Selection(
        [
            ("supportive", "Supportive"),
            ("neutral", "Neutral"),
            ("critical", "Critical"),
            ("unknown", "Unknown"),
        ],
        default="unknown",
        tracking=True,
    )
    preferences = fields.Text(
        string="Business Preferences",
        prefetch="guarded",
        help="What to mind when dealing with the contact: topics, manner, occasions.",
    )
    interests = fields.Text(prefetch="guarded")
    habits = fields.Text(prefetch="guarded")

    _contact_uniq = models.UniqueIndex(
        "(dossier_id, contact_id)",
        "The contact has a profile. Change it instead of adding another one.",
    )

    @api.constrains("contact_id", "dossier_id")
    def _check_contact(self):
        for profile in self:
            profile.contact_id._check_contact_of(profile.partner_id)
