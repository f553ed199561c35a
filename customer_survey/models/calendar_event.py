from odoo import models
from odoo.exceptions import UserError


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def action_record_feedback(self):
        """Open a new feedback form of the customer who was visited (C19)."""
        self.ensure_one()
        self.check_access("read")
        person = self.complaint_partner_id
        if not person:
            raise UserError(self.env._("No customer takes part in this meeting."))
        return self.env["customer.satisfaction.feedback"]._get_form_action(
            person, event_id=self.id, occasion="visit"
        )
