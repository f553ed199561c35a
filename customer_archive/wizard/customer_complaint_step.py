from odoo import fields, models

from ..models.customer_complaint_course import MEDIUMS


class CustomerComplaintStep(models.TransientModel):
    """The dialog of the steps of a case that ask for a text; the case decides who
    may."""

    _name = "customer.complaint.step"
    _description = "Step of a Case"

    complaint_id = fields.Many2one(
        "customer.complaint", required=True, ondelete="cascade"
    )
    step = fields.Selection(
        [
            ("contact", "Log Contact"),
            ("refuse", "Refuse Case"),
            ("reopen", "Reopen"),
        ],
        required=True,
        default="contact",
    )
    medium = fields.Selection(
        "_select_medium", string="Reached via", required=True, default="phone"
    )
    note = fields.Text(required=True)

    def _select_medium(self):
        channels = self.env["customer.complaint"]._fields["channel"]
        return [
            (value, label)
            for value, label in channels._description_selection(self.env)
            if value in MEDIUMS
        ]

    def action_confirm(self):
        complaint = self.complaint_id
        if self.step == "contact":
            complaint.action_log_contact(self.note, self.medium)
        elif self.step == "refuse":
            complaint.action_refuse(self.note)
        else:
            complaint.action_reopen(self.note)
        return {"type": "ir.actions.act_window_close"}
