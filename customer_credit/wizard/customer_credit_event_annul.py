from odoo import fields, models


class CustomerCreditEventAnnul(models.TransientModel):
    """Why finance annuls a credit event (F59)."""

    _name = "customer.credit.event.annul"
    _description = "Annul a Credit Event"

    event_id = fields.Many2one(
        "customer.credit.event", required=True, ondelete="cascade"
    )
    reason = fields.Text(required=True)

    def action_annul(self):
        return self.event_id.action_annul(self.reason)
