from odoo import fields, models


class CustomerDeliveryTrackingRecord(models.TransientModel):
    """What the customer said of a delivered product, or why he was not asked (B32)."""

    _name = "customer.delivery.tracking.record"
    _description = "Record a Quality Tracking"

    tracking_id = fields.Many2one(
        "customer.delivery.tracking", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="tracking_id.partner_id", related_sudo=False)
    date_done = fields.Date(string="Asked On", default=fields.Date.context_today)
    contact_id = fields.Many2one(
        "res.partner",
        string="Spoken To",
        domain="[('id', 'child_of', partner_id)]",
    )
    usage = fields.Text()
    rating = fields.Selection(
        [
            ("0", "Not Rated"),
            ("1", "Very Poor"),
            ("2", "Poor"),
            ("3", "Fair"),
            ("4", "Good"),
            ("5", "Very Good"),
        ],
        string="Quality",
        default="0",
    )
    problems = fields.Text(string="Problems Found")
    kind = fields.Selection(
        [("technical", "Technical Request"), ("quality", "Quality Complaint")],
        string="Kind of Case",
        default="technical",
    )
    reason = fields.Text()

    def action_record(self):
        self.ensure_one()
        return self.tracking_id.action_record(
            self.date_done,
            self.usage,
            int(self.rating),
            self.problems,
            self.contact_id.id,
        )

    def action_record_and_open_case(self):
        self.action_record()
        return self.tracking_id.action_open_case(self.kind)

    def action_skip(self):
        self.ensure_one()
        return self.tracking_id.action_skip(self.reason)
