from odoo import api, fields, models


class CustomerSurveyInterview(models.TransientModel):
    """The dialog that a telephone or on-site interview begins with; the response
    decides who may (G6)."""

    _name = "customer.survey.interview"
    _description = "Start an Interview"

    response_id = fields.Many2one(
        "customer.survey.response", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="response_id.partner_id", related_sudo=False)
    contact_id = fields.Many2one(
        "res.partner",
        compute="_compute_contact_id",
        compute_sudo=False,
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person who answers.",
    )
    phone = fields.Char(related="contact_id.phone", related_sudo=False)
    channel = fields.Selection(
        [("phone", "Phone"), ("visit", "On-Site Visit")],
        required=True,
        default="phone",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)

    @api.depends("response_id")
    def _compute_contact_id(self):
        for interview in self:
            response = interview.response_id
            interview.contact_id = response.contact_id or response.partner_id

    def action_start(self):
        """Open the questionnaire for this customer."""
        self.ensure_one()
        form_sudo = self.response_id._start_interview(
            self.contact_id, self.channel, self.date
        )
        return {
            "type": "ir.actions.act_url",
            "url": form_sudo.get_start_url(),
            "target": "self",
        }
