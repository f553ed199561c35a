from base64 import b64decode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

# what a customer may choose; the kinds beside these are found by customer service
PORTAL_KINDS = ("quality", "service", "suggestion", "technical", "enquiry")
MAX_SUBJECT = 200
MAX_TEXT = 10000


class CustomerComplaint(models.Model):
    """The customer's own pages (B5, B18, B21).

    Portal users have no right to any model of cases. What they get goes through
    ``_get_portal_cases``, which finds only cases of the company that they belong to,
    and ``_get_portal_values``, which returns only what the customer may know.
    """

    _inherit = "customer.complaint"

    portal_token = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Of the form that made the case: sent twice, it makes no second one.",
    )

    _portal_token_uniq = models.UniqueIndex("(portal_token)")

    def _guarded_fields(self):
        return super()._guarded_fields() | {"portal_token"}

    # ------------------------------------------------------------ whose cases

    @api.model
    def _get_portal_domain(self):
        """Return the Domain of the cases that the present user follows at the portal:
        all of the company that he belongs to, in the companies that serve him.
        Employees work in the back end, by the rules there."""
        user = self.env.user
        if not user._is_portal():
            return Domain.FALSE
        customer = user.partner_id.commercial_partner_id
        return Domain("partner_id", "=", customer.id) & Domain(
            "company_id", "in", user.company_ids.ids
        )

    @api.model
    def _get_portal_cases(self, domain=Domain.TRUE, **kwargs):
        """Return the cases among ``domain`` that the present user follows at the
        portal, in sudo; the only way there.

        :param kwargs: as of ``search``
        """
        # sudo: portal users have no right to cases; the domain is what they may see
        return self.sudo().search(self._get_portal_domain() & domain, **kwargs)

    @api.model
    def _count_portal_cases(self, domain=Domain.TRUE):
        # sudo: as above
        return self.sudo().search_count(self._get_portal_domain() & domain)

    # ------------------------------------------------------------ what is shown

    def _get_portal_summary(self):
        """Return what a list at the portal shows of this case, a dict."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        label, colour = self._get_portal_state()
        return {
            "id": self.id,
            "number": self.number,
            "name": self.name,
            "kind": kinds[self.kind],
            "received_at": self.received_at,
            "state": self.state,
            "state_label": label,
            "state_colour": colour,
        }

    def _get_portal_state(self):
        """Return how far the case is in words for the customer, and the colour."""
        if self.state == "new":
            return self.env._("Received"), "info"
        if self.state == "contacted":
            return self.env._("Contacted"), "info"
        if self.state == "confirmation":
            return self.env._("Waiting for Your Confirmation"), "warning"
        if self.state == "closed":
            return self.env._("Closed"), "success"
        if self.state == "rejected":
            return self.env._("Refused"), "secondary"
        if self._get_portal_letters():
            return self.env._("Answered"), "info"
        return self.env._("In Progress"), "info"

    def _get_portal_values(self):
        """Return all that the portal shows of this case, a dict. Causes, persons,
        measures, decisions, notes and the log are not the customer's matter."""
        self.ensure_one()
        values = {
            **self._get_portal_summary(),
            "description": self.description,
            "complainant": self.complainant,
            "product": self.product_id.display_name,
            "order": self.order_id.name,
            "closed_at": self.closed_at,
            "refusal_reason": self.state == "rejected" and self.refusal_reason,
            "letters": self._get_portal_letters(),
            "messages": [
                self._get_portal_message_values(message)
                for message in self._get_portal_messages()
            ],
            "confirmation": False,
        }
        if self.confirmation in ("satisfied", "unsatisfied"):
            labels = dict(self._fields["confirmation"]._description_selection(self.env))
            values |= {
                "confirmation": labels[self.confirmation],
                "confirmed_by": self.confirmed_by,
                "confirmed_at": self.confirmed_at,
                "score": self.score,
                "score_comment": self.score_comment,
            }
        return values

    def _get_portal_messages(self):
        """Return the comments that the customer's people wrote or that were addressed
        to them; neither notes nor what the system tells."""
        self.ensure_one()
        people = Domain("commercial_partner_id", "=", self.partner_id.id)
        return self.env["mail.message"].search(
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("message_type", "in", ("comment", "email", "email_outgoing"))
            & Domain("is_internal", "=", False)
            & Domain("subtype_id", "!=", False)
            & Domain("subtype_id.internal", "=", False)
            & (
                Domain("author_id", "any", people)
                | Domain("partner_ids", "any", people)
            ),
            order="date, id",
        )

    def _get_portal_message_values(self, message):
        is_own = message.author_id.commercial_partner_id == self.partner_id
        return {
            "date": message.date,
            "is_own": is_own,
            # who of the staff has written is not the customer's matter
            "author": message.author_id.name
            if is_own
            else self.env._("Customer Service"),
            "body": message.body,
            "attachments": [
                {"id": attachment.id, "name": attachment.name}
                for attachment in message.attachment_ids
            ],
        }

    def _get_portal_attachment(self, attachment_id):
        """Return the file that the customer uploaded or was sent, or none."""
        attachments = self._get_portal_messages().attachment_ids
        return attachments.filtered(lambda file: file.id == attachment_id)

    def _get_portal_letters(self):
        """Return what was dispatched to the customer, a list of dicts: id, name, date,
        body (markup) and has_file."""
        self.ensure_one()
        return [
            {
                "id": dispatch.id,
                "name": dispatch.number or dispatch.subject,
                "date": dispatch.date,
                "body": dispatch.body,
                "has_file": bool(dispatch.file_name),
            }
            for dispatch in self.dispatch_ids
        ]

    def _get_portal_letter(self, letter_id):
        """Return file name and content of a letter that was sent to the customer about
        this case, or None."""
        self.ensure_one()
        letter = self.dispatch_ids.filtered(
            lambda dispatch: dispatch.id == letter_id and dispatch.file_name
        )
        return (letter.file_name, b64decode(letter.file)) if letter else None

    # ------------------------------------------------------------ what he does

    @api.model
    def _get_portal_orders(self):
        """Return the orders of his company that the present user may name."""
        customer = self.env.user.partner_id.commercial_partner_id
        return self.env["sale.order"].search(
            Domain("partner_id", "child_of", customer.id)
            & Domain("company_id", "=", self.env.user.company_id.id)
            & Domain("state", "=", "sale"),
            limit=100,
        )

    @api.model
    def _create_from_portal(self, values, attachments=(), token=False):
        """File a case of the present user, a customer, and return it in sudo (B5).

        What he does not choose is set here: whatever else ``values`` hold is ignored.

        :param values: strings by name: kind, name, description, product, order_id
        :param attachments: pairs of file name and content
        :param token: of the form; another case with the same one is refused by the
            database
        :raise UserError: something is missing, too long or not his own
        """
        user = self.env.user
        if not user._is_portal():
            raise AccessError(
                self.env._("This form is for customers. Use the app Customer Archive.")
            )
        name = self._get_portal_text(values, "name", MAX_SUBJECT)
        description = self._get_portal_text(values, "description", MAX_TEXT)
        kind = values.get("kind")
        if not (name and description and kind in PORTAL_KINDS):
            raise UserError(self.env._("Enter kind, subject and description."))
        product = self._get_portal_text(values, "product", MAX_SUBJECT)
        if product:
            label = self.env._("Product")
            description = f"{description}\n\n{label}: {product}"
        order_id = values.get("order_id")
        order = self._get_portal_orders().filtered(lambda o: str(o.id) == order_id)
        if order_id and not order:
            raise UserError(self.env._("Choose one of your own orders."))
        # sudo: portal users have no right to cases; each value is checked above
        complaint_sudo = (
            self.sudo()
            .with_company(user.company_id)
            .create(
                {
                    "kind": kind,
                    "name": name,
                    "description": description,
                    "order_id": order.id,
                    "channel": "web",
                    "company_id": user.company_id.id,
                    "partner_id": user.partner_id.commercial_partner_id.id,
                    # gives complainant, telephone and e-mail, too
                    "contact_id": user.partner_id.id,
                }
            )
        )
        if token:
            complaint_sudo._system_write({"portal_token": f"{user.id}-{token}"})
        if attachments:
            complaint_sudo._post_from_portal("", attachments)
        return complaint_sudo

    @api.model
    def _get_portal_text(self, values, name, size):
        text = (values.get(name) or "").strip()
        if len(text) > size:
            raise UserError(
                self.env._(
                    "This is too long (%(count)s characters). Shorten it to %(size)s, "
                    "or attach it as a file.",
                    count=len(text),
                    size=size,
                )
            )
        return text

    def _comment_from_portal(self, values, attachments=()):
        """Add the customer's comment to this case, in sudo, and tell who works on it
        (B18).

        :param values: strings by name: body
        :param attachments: pairs of file name and content
        :raise UserError: there is nothing in it
        """
        body = self._get_portal_text(values, "body", MAX_TEXT)
        if not (body or attachments):
            raise UserError(self.env._("Write a message or attach a file."))
        self._post_from_portal(body, attachments, notify=True)

    def _post_from_portal(self, body, attachments, notify=False):
        self.ensure_one()
        users = self.receiver_id | self.user_id
        if not users:
            users = self.receiver_team_id._get_members(self.company_id)
        self.message_post(
            body=body,
            attachments=list(attachments),
            author_id=self.env.user.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=users.partner_id.ids if notify else [],
        )

    def _confirm_from_portal(self, values):
        """Record what the customer says about the solution (B21), in sudo.

        :param values: strings by name: result, score (1 to 5), comment
        :raise UserError: something is missing, or he was not asked
        """
        self.ensure_one()
        if self.state != "confirmation":
            raise UserError(
                self.env._(
                    "%(number)s does not wait for your confirmation now. Write a "
                    "message if something is left.",
                    number=self.number,
                )
            )
        result, score = values.get("result"), values.get("score")
        comment = self._get_portal_text(values, "comment", MAX_TEXT)
        if (
            result not in ("satisfied", "unsatisfied")
            or score not in ("1", "2", "3", "4", "5")
            or not comment
        ):
            raise UserError(
                self.env._("Choose whether you are satisfied and a score; comment it.")
            )
        self._record_confirmation(
            result, self.env.user.name, int(score), comment, "portal"
        )
