from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.customer_complaint_dispatch import MEDIA


class CustomerComplaintConfirm(models.TransientModel):
    """What the customer says about the solution, or that he was not reached (B21)."""

    _name = "customer.complaint.confirm"
    _description = "Customer Confirmation of a Case"

    complaint_id = fields.Many2one(
        "customer.complaint", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="complaint_id.partner_id", string="Customer", related_sudo=False
    )
    attempt_count = fields.Integer(
        related="complaint_id.attempt_count", related_sudo=False
    )
    contact_id = fields.Many2one(
        "res.partner",
        compute="_compute_contact_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'child_of', partner_id)]",
    )
    confirmed_by = fields.Char(
        string="Confirmed by",
        compute="_compute_confirmed_by",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    medium = fields.Selection(MEDIA, string="Asked by", default="phone", required=True)
    result = fields.Selection(
        [
            ("satisfied", "Satisfied"),
            ("unsatisfied", "Not Satisfied"),
            ("unreachable", "Not Reachable"),
        ]
    )
    score = fields.Selection(
        [
            ("0", "Not Asked"),
            ("1", "Very Poor"),
            ("2", "Poor"),
            ("3", "Fair"),
            ("4", "Good"),
            ("5", "Very Good"),
        ],
        string="Satisfaction",
        default="0",
    )
    comment = fields.Text(string="Customer's Comment")

    @api.depends("complaint_id")
    def _compute_contact_id(self):
        for wizard in self:
            wizard.contact_id = wizard.complaint_id.contact_id

    @api.depends("complaint_id", "contact_id")
    def _compute_confirmed_by(self):
        for wizard in self:
            wizard.confirmed_by = (
                wizard.contact_id.name or wizard.complaint_id.complainant
            )

    def action_record(self):
        self.ensure_one()
        self.complaint_id._check_confirming()
        if not (self.comment or "").strip():
            raise ValidationError(
                self.env._("Enter a comment: what the customer said, in his words.")
            )
        self.complaint_id._record_confirmation(
            self.result,
            self.confirmed_by,
            int(self.score or 0),
            self.comment,
            self.medium,
        )
        return {"type": "ir.actions.act_window_close"}

    def action_log_attempt(self):
        self.ensure_one()
        self.complaint_id.action_log_attempt(self.comment)
        return {"type": "ir.actions.act_window_close"}
