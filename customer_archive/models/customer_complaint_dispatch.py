import hashlib
from base64 import b64encode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import formataddr

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

MEDIA = [
    ("email", "E-Mail"),
    ("post", "Post"),
    ("fax", "Fax"),
    ("hand", "In Person"),
    ("portal", "Portal"),
    ("phone", "Telephone"),
]


class CustomerComplaintDispatch(models.Model):
    """What the customer was sent about his case (B18, B27): the numbered letter of
    the office that dispatches, kept exactly as sent, or the plain answer of who
    handled the case. The system alone writes it."""

    _name = "customer.complaint.dispatch"
    _description = "Letter or Answer to the Customer"
    _inherit = ["customer.complaint.content.mixin"]
    _order = "date desc, id desc"
    _rec_name = "subject"
    _rec_names_search = ["number", "subject"]

    number = fields.Char(
        string="Dispatch Number", readonly=True, help="Of a letter; never used again."
    )
    date = fields.Datetime(string="Sent", required=True, readonly=True)
    medium = fields.Selection(MEDIA, string="Sent via", required=True, readonly=True)
    recipient_id = fields.Many2one(
        "res.partner", string="Contact", readonly=True, ondelete="restrict"
    )
    recipient = fields.Char(required=True, readonly=True)
    email = fields.Char(string="E-Mail", readonly=True)
    address = fields.Text(readonly=True)
    subject = fields.Char(required=True, readonly=True)
    body = fields.Html(string="Text", readonly=True)
    file = fields.Binary(string="Letter", readonly=True)
    file_name = fields.Char(readonly=True)
    sha256 = fields.Char(
        string="SHA-256",
        readonly=True,
        help="Of the letter: whoever has a copy can prove that it is this one.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Sent by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    turn = fields.Integer(
        readonly=True, help="How often the case had been reopened by then."
    )
    reply = fields.Text(string="Customer's Reply", readonly=True)
    reply_file = fields.Binary(string="Reply as Received", readonly=True)
    reply_file_name = fields.Char(readonly=True)
    reply_date = fields.Datetime(string="Reply Added", readonly=True)

    _number_uniq = models.UniqueIndex("(number)", "This dispatch number is taken.")

    # ------------------------------------------------------------ guard

    def _guarded_fields(self):
        return self._get_readonly_fields() | {"complaint_id"}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        if not self._is_system():
            raise UserError(self.env._("What the customer was sent stays on record."))

    # ------------------------------------------------------------ sending

    def _keep_letter(self, content):
        """Keep ``content``, the bytes of the letter exactly as sent."""
        self._system_write(
            {
                "file": b64encode(content),
                "file_name": f"{self.number or self.complaint_id.number}.pdf",
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )

    def _send_mail(self):
        """Send this by e-mail, now: a letter that did not leave is none.

        :raise UserError: the mail server refused it
        """
        template = self.env.ref("customer_archive.mail_template_complaint_result")
        values = {
            "subject": self.subject,
            "body_html": self.body,
            "email_to": formataddr((self.recipient, self.email)),
        }
        if self.file:
            values["attachments"] = [(self.file_name, self.file)]
        try:
            template.send_mail(
                self.complaint_id.id,
                force_send=True,
                raise_exception=True,
                email_values=values,
            )
        except (MailDeliveryException, OSError) as error:
            raise UserError(
                self.env._(
                    "The letter was not sent to %(email)s: %(reason)s. Nothing was "
                    "recorded; send it again, or by another medium.",
                    email=self.email,
                    reason=str(error),
                )
            ) from error

    # ------------------------------------------------------------ the reply (B18)

    def action_add_reply(self):
        """Open the dialog in which the customer's reply is added."""
        self.ensure_one()
        self._check_reply()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customer's Reply"),
            "res_model": "customer.complaint.reply",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_dispatch_id": self.id},
        }

    def _check_reply(self):
        self.check_access("read")
        self.complaint_id._check_handler("receiver_team_id")
        if self.reply_date:
            raise UserError(
                self.env._(
                    "The customer's reply was added and stays as it is. Note in a "
                    "message of the case what he said later."
                )
            )

    def _add_reply(self, text, file=False, file_name=False):
        """Add what the customer replied, once (B18).

        :param file: what he sent, in base64
        """
        self.ensure_one()
        self._check_reply()
        # sudo: who acts was checked; the fields are guarded
        self.sudo()._system_write(
            {
                "reply": text,
                "reply_file": file,
                "reply_file_name": file_name,
                "reply_date": fields.Datetime.now(),
            }
        )
        self.complaint_id._log("replied", note=text)


class CustomerComplaintLetter(models.AbstractModel):
    """The letter is made once, when it is sent; later it is read where it is kept."""

    _name = "report.customer_archive.report_customer_complaint_letter"
    _description = "Letter with the Result of a Case"

    @api.model
    def _get_report_values(self, docids, data=None):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "A letter to the customer is printed by sending it. Open the copy "
                    "that is kept with the case."
                )
            )
        return {
            "docs": self.env["customer.complaint"].browse(docids),
            "letter": data["letter"],
        }
