from base64 import b64encode

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.customer_complaint_dispatch import MEDIA


class CustomerComplaintSend(models.TransientModel):
    """How, to whom and with which text the result of a case goes out (B18, B27)."""

    _name = "customer.complaint.send"
    _description = "Send the Result to the Customer"

    complaint_id = fields.Many2one(
        "customer.complaint", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="complaint_id.partner_id", string="Customer", related_sudo=False
    )
    is_numbered = fields.Boolean(compute="_compute_is_numbered")
    medium = fields.Selection(
        MEDIA,
        string="Sent via",
        compute="_compute_medium",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    recipient_id = fields.Many2one(
        "res.partner",
        string="Contact",
        compute="_compute_recipient_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'child_of', partner_id)]",
    )
    recipient = fields.Char(
        compute="_compute_recipient",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    email = fields.Char(
        string="E-Mail",
        compute="_compute_recipient",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    address = fields.Text(
        compute="_compute_recipient",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    subject = fields.Char(
        compute="_compute_text",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    body = fields.Html(
        string="Text",
        compute="_compute_text",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    with_letter = fields.Boolean(string="With the Letter")
    preview = fields.Binary(string="Draft of the Letter", compute="_compute_preview")

    @api.depends("complaint_id")
    def _compute_is_numbered(self):
        self.complaint_id.check_access("read")
        for wizard in self:
            # sudo: the flow is configuration that few may read
            flow_sudo = wizard.complaint_id.sudo().flow_id
            wizard.is_numbered = bool(flow_sudo.dispatcher_role_id)

    @api.depends("complaint_id")
    def _compute_medium(self):
        for wizard in self:
            wizard.medium = "email" if wizard.complaint_id.email else "post"

    @api.depends("complaint_id")
    def _compute_recipient_id(self):
        for wizard in self:
            wizard.recipient_id = wizard.complaint_id.contact_id

    @api.depends("complaint_id", "recipient_id")
    def _compute_recipient(self):
        for wizard in self:
            complaint, contact = wizard.complaint_id, wizard.recipient_id
            is_complainant = contact == complaint.contact_id
            wizard.recipient = complaint.complainant if is_complainant else contact.name
            wizard.email = complaint.email if is_complainant else contact.email
            address = (contact or complaint.partner_id)._display_address(
                without_company=True
            )
            lines = filter(None, map(str.strip, address.splitlines()))
            wizard.address = "\n".join(lines)

    @api.depends("complaint_id")
    def _compute_text(self):
        template = self.env.ref("customer_archive.mail_template_complaint_result")
        for wizard in self:
            ids = wizard.complaint_id.ids
            texts = {
                name: template._render_field(name, ids, compute_lang=True)
                for name in ("subject", "body_html")
            }
            wizard.subject = texts["subject"].get(wizard.complaint_id.id)
            wizard.body = texts["body_html"].get(wizard.complaint_id.id)

    @api.depends("with_letter")
    def _compute_preview(self):
        self.preview = False
        for wizard in self.filtered("id"):
            if not (wizard.is_numbered or wizard.with_letter):
                continue
            # the letter is made in sudo: here it is shown to who may send it alone
            wizard.complaint_id._check_dispatch()
            content = wizard.complaint_id._render_letter(
                {
                    "number": False,
                    "recipient": wizard.recipient,
                    "address": wizard.address,
                }
            )
            wizard.preview = b64encode(content)

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispatch Result"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_preview(self):
        """Show the letter again, as changed."""
        self.ensure_one()
        return self._open()

    def action_send(self):
        self.ensure_one()
        if not self.exists():
            raise UserError(self.env._("This has been sent. Close the dialog."))
        self.complaint_id._send_result(
            {
                "medium": self.medium,
                "recipient_id": self.recipient_id.id,
                "recipient": self.recipient,
                "email": self.email,
                "address": self.address,
                "subject": self.subject,
                "body": self.body,
            },
            self.with_letter,
            self.create_date,
        )
        # a second click sends no second letter
        self.sudo().unlink()  # sudo: nobody deletes dialogs; this one is his own
        return {"type": "ir.actions.act_window_close"}
