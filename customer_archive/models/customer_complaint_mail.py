import logging

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import (
    email_normalize,
    html2plaintext,
    parse_contact_from_email,
)

from .customer_complaint import CLOSED

_logger = logging.getLogger(__name__)


class CustomerComplaint(models.Model):
    """Mails to the address of a department become cases (B5).

    ``mail`` finds the route, drops a mail that came before (Message-ID), keeps mails
    of bouncing servers and answers to its own bounces out, limits how many cases one
    sender opens (``mail.gateway.loop.threshold``), puts a reply into the chatter of
    its case and keeps body and attachments in the first message. Added here:

    - an automatic answer (out of office, vacation, without return path) or a mail from
      one of our own addresses opens no case and is not answered, so nothing can go
      round; as a reply to a mail of a case it stands in its chatter like any other.
      A mail that a system of the customer's generated is no answer and opens one.
    - texts that are in another encoding than they say are read all the same, see
      ``mail.thread``.
    - a case that the mail's data do not fit is opened without them.
    """

    _inherit = "customer.complaint"
    # by which mail counts the cases of a sender
    _primary_email = "email"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Open a case from a mail. ``custom_values``, the defaults of the alias, name
        the department under ``service_team_id``."""
        if not self.env.su:
            # else a client learned whose address it is
            raise AccessError(
                self.env._("Mails become cases at the mail gateway. Log the case.")
            )
        values = {
            name: value
            for name, value in (custom_values or {}).items()
            if name not in self._guarded_fields()
        }
        team = self.env["customer.service.team"].browse(
            values.pop("service_team_id", False)
        )
        company = team._get_mail_company()
        sender_name, address = parse_contact_from_email(msg_dict.get("email_from"))
        if self.env.user.email_normalized != email_normalize(address):
            # else whoever feeds the gateway would count as who logged the case
            self = self.with_user(SUPERUSER_ID)  # pylint: disable=self-cls-assignment
        self = self.with_company(company)  # pylint: disable=self-cls-assignment
        text = html2plaintext(msg_dict.get("body") or "").replace("\x00", "").strip()
        subject = (msg_dict.get("subject") or "").replace("\x00", "").strip()
        sender = {
            "description": text or subject or self.env._("The mail has no text."),
            "complainant": sender_name or address or self.env._("Unknown Sender"),
            "email": address,
            "channel": "email",
            "company_id": company.id,
        }
        if subject:
            sender["name"] = subject
        values = team._get_mail_values(company) | values
        partners = self._find_senders(address, company)
        customer = self._get_sender_values(partners)
        try:
            with self.env.cr.savepoint():
                complaint = self.create(values | customer | sender)
        except (UserError, ValueError, IntegrityError) as error:
            _logger.warning("Case from %s opened with fewer data: %s", address, error)
            complaint = self.create(sender)
        complaint._note_senders(partners)
        return complaint

    @api.model
    def _find_senders(self, address, company):
        """Return the contacts outside of the company with this e-mail address."""
        normalized = email_normalize(address)
        if not normalized:
            return self.env["res.partner"]
        return self.env["res.partner"].search(
            Domain("email_normalized", "=", normalized)
            & Domain("partner_share", "=", True)
            & Domain("commercial_partner_id.ref_company_ids", "=", False)
            & Domain("company_id", "in", [company.id, False])
        )

    @api.model
    def _get_sender_values(self, partners):
        customer = partners.commercial_partner_id
        if len(customer) != 1:
            return {}
        contact = partners - customer
        return {
            "partner_id": customer.id,
            "contact_id": contact.id if len(contact) == 1 else False,
        }

    def _note_senders(self, partners):
        """Say in the chatter which customers the address fits, if several."""
        customers = partners.commercial_partner_id
        if len(customers) < 2:
            return
        receiver = self.receiver_id
        lang = receiver.lang or self.env.lang
        readable = customers.with_user(receiver)._filtered_access("read").sudo()
        self._message_log(
            body=self.with_context(lang=lang).env._(
                "%(count)s customers have the address %(email)s: %(names)s. Choose "
                "the right one.",
                count=len(customers),
                email=self.email,
                names=readable.mapped("display_name"),
            )
        )

    def message_update(self, msg_dict, update_vals=None):
        """A mail about a closed case stays in its chatter; the receiver looks whether
        it has to be reopened."""
        result = super().message_update(msg_dict, update_vals)
        if not self.env.su:
            # only the gateway brings mails
            return result
        for complaint in self.filtered(lambda complaint: complaint.state in CLOSED):
            receiver = complaint.receiver_id
            if receiver:
                complaint.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=receiver.id,
                    summary=self.with_context(lang=receiver.lang).env._(
                        "The customer wrote about this closed case"
                    ),
                )
        return result

    @api.model
    def _is_unwanted_mail(self, message, message_dict):
        """Return whether this mail is an automatic answer or comes from one of our own
        addresses: it opens no case."""
        submitted = (message.get("Auto-Submitted") or "").strip().lower()
        precedence = (message.get("Precedence") or "").strip().lower()
        if (
            submitted.startswith("auto-replied")
            or precedence in ("auto_reply", "auto-reply")
            or (message.get("Return-Path") or "").strip() == "<>"
            or any(
                message.get(name)
                for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
            )
        ):
            return True
        sender = email_normalize(message_dict["email_from"])
        # sudo: which addresses are ours
        domains_sudo = self.env["mail.alias.domain"].sudo()
        return bool(sender and domains_sudo._find_aliases([sender]))
