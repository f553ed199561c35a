from odoo import fields, models


class CustomerComplaintReply(models.TransientModel):
    """What the customer replied to a letter or an answer (B18)."""

    _name = "customer.complaint.reply"
    _description = "Reply of the Customer"

    dispatch_id = fields.Many2one(
        "customer.complaint.dispatch",
        string="Reply to",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    reply = fields.Text(string="Customer's Reply", required=True)
    file = fields.Binary(string="Reply as Received")
    file_name = fields.Char()

    def action_add(self):
        self.ensure_one()
        self.dispatch_id._add_reply(self.reply, self.file, self.file_name)
        return {"type": "ir.actions.act_window_close"}
