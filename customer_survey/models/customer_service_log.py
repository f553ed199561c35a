from odoo import models


class CustomerServiceLog(models.Model):
    _inherit = "customer.service.log"

    def action_record_feedback(self):
        """Open a new feedback form of the customer who was served (C19)."""
        self.ensure_one()
        self.check_access("read")
        self._check_value("state", "done", "confirmed")
        return self.env["customer.satisfaction.feedback"]._get_form_action(
            self.contact_id or self.partner_id,
            service_log_id=self.id,
            occasion="service",
        )
