from odoo import fields, models


class CustomerConfidentialityConfirm(models.TransientModel):
    """Dialog in which a user reads and confirms the confidentiality duty (D12)."""

    _name = "customer.confidentiality.confirm"
    _description = "Confirm the Confidentiality Duty"

    duty_id = fields.Many2one(
        "customer.confidentiality.duty",
        string="Version",
        required=True,
        readonly=True,
        default=lambda self: self.env[
            "customer.confidentiality.duty"
        ]._get_current_id(),
    )
    text = fields.Html(related="duty_id.text")

    def action_confirm(self):
        self.ensure_one()
        self.duty_id.action_confirm()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
