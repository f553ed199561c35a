from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerComplaintLog(models.Model):
    """What happened to a case and when, written by the system alone: steps with the
    time that the state before took, alerts, routing by hand, attempts (B12, B14)."""

    _name = "customer.complaint.log"
    _description = "Log of a Case"
    _inherit = ["customer.complaint.content.mixin"]
    _order = "date desc, id desc"
    _rec_name = "event"

    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, ondelete="restrict"
    )
    event = fields.Selection(
        [
            ("state", "Step"),
            ("routed", "Routed"),
            ("planned", "Deadlines Planned"),
            ("warned", "Warned"),
            ("breached", "Deadline Passed"),
            ("escalated", "Escalated"),
            ("attempt", "Customer Not Reached"),
            ("recurred", "Recurred"),
            ("sent", "Sent to Customer"),
            ("replied", "Customer Replied"),
            ("confirmed", "Confirmation Recorded"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    clock = fields.Selection(
        [
            ("contact", "First Contact"),
            ("response", "Response"),
            ("solution", "Solution"),
        ],
        readonly=True,
    )
    state_from = fields.Selection(
        lambda self: self.env["customer.complaint"]._fields["state"].selection,
        string="From",
        readonly=True,
    )
    state_to = fields.Selection(
        lambda self: self.env["customer.complaint"]._fields["state"].selection,
        string="To",
        readonly=True,
    )
    hours = fields.Float(
        string="Hours in the State Before",
        readonly=True,
        help="By the clock on the wall.",
    )
    note = fields.Text(readonly=True)
    due_before = fields.Datetime(readonly=True)
    due_after = fields.Datetime(readonly=True)
    told_ids = fields.Many2many(
        "res.users", "customer_complaint_log_told_rel", readonly=True
    )

    # the rule of cases asks it at each search
    _routed_idx = models.Index("(user_id) WHERE event = 'routed'")

    def _guarded_fields(self):
        return self._get_readonly_fields() | {"complaint_id"}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        if not self._is_system():
            raise UserError(self.env._("The log of a case stays as it is."))
