from odoo import api, fields, models


class CustomerServiceSign(models.TransientModel):
    """The customer signs a service log or a feedback form on the screen; these decide
    who may ask for it."""

    _name = "customer.service.sign"
    _description = "Get Signature"

    log_id = fields.Many2one("customer.service.log", ondelete="cascade")
    form_id = fields.Many2one("customer.feedback.form", ondelete="cascade")
    name = fields.Char(
        string="Signed By",
        compute="_compute_name",
        compute_sudo=False,
        store=True,
        readonly=False,
        required=True,
    )
    signature = fields.Binary(attachment=False, required=True)

    @api.depends("log_id", "form_id")
    def _compute_name(self):
        for dialog in self:
            complaint = dialog.log_id.complaint_id | dialog.form_id.complaint_id
            contact = dialog.log_id.contact_id or complaint.contact_id
            dialog.name = contact.name or complaint.complainant

    def action_confirm(self):
        self.ensure_one()
        paper = self.log_id or self.form_id
        paper.action_sign(self.signature, self.name)
        # the picture stays with the paper alone
        self.unlink()
        return {"type": "ir.actions.act_window_close"}
