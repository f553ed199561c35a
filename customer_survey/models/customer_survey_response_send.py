from datetime import timedelta

from odoo import fields, models


class CustomerSurveyResponse(models.Model):
    """Issuing the forms and reminding of them (G3, G8, G24)."""

    _inherit = "customer.survey.response"

    def _get_mailable_contacts(self):
        """Return who of those asked for this customer can be written to; whoever has
        no address, opted out or bounces is asked otherwise."""
        contacts = self.contact_id
        if self.campaign_id.contact_mode == "several":
            contacts |= self.other_contact_ids
        return contacts.filtered(
            lambda contact: (
                contact.email_normalized
                and not contact.is_blacklisted
                and not contact.survey_opt_out
            )
        )

    def _send_forms(self, deadline):
        """Send the contacts of each customer that can be asked by e-mail their personal
        links, never one that was issued before.

        The queries do not grow with the customers, but for one batch of mails after
        the other.

        :param deadline: datetime in UTC after which the forms are refused
        """
        contacts = {
            response: mailable
            for response in self.filtered(lambda response: response.state == "to_ask")
            if (mailable := response._get_mailable_contacts())
        }
        to_send = self.browse().union(*contacts)
        for campaign, responses in to_send.grouped("campaign_id").items():
            responses._issue(campaign, contacts, deadline)
            # the date says it; a note in each chatter would say no more
            responses.with_context(mail_notrack=True)._move(
                "invited", issued_date=campaign._get_today()
            )

    def _issue(self, campaign, contacts, deadline):
        """Mail the forms of ``campaign`` to ``contacts`` of {response: contacts};
        extension point."""
        # nobody reads a note of each in a chatter that is nobody's to read
        forms = self.env["survey.user_input"].with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True
        )
        for contact in self.env["res.partner"].union(*contacts.values()):
            campaign.survey_id._check_answer_creation(
                False, contact, contact.email, check_attempts=False
            )
        # not by _create_answer, which takes one contact at a time
        forms = forms.create(
            [
                {
                    "survey_id": campaign.survey_id.id,
                    "partner_id": contact.id,
                    "email": contact.email,
                    "nickname": contact.name,
                    "invite_token": forms._generate_invite_token(),
                    **response._prepare_form(contact, deadline),
                }
                for response in self
                for contact in contacts[response]
            ]
        )
        campaign._mail("customer_survey.mail_template_form", forms)

    # ------------------------------------------------------------ reminders

    def _get_open_forms(self):
        """Return the forms that can still be filled in through their links."""
        now = fields.Datetime.now()
        return self.form_ids.filtered(
            lambda form: (
                form.customer_channel == "web"
                and form.state != "done"
                and not (form.deadline and form.deadline < now)
            )
        )

    def _remind(self):
        """Remind the customers who have been invited, have not answered and had no mail
        today.

        :return: the responses of those who were reminded
        """
        reminded = self.browse()
        for campaign, responses in self.grouped("campaign_id").items():
            today = campaign._get_today()
            due = responses.filtered(
                lambda response, today=today: (
                    response.state == "invited"
                    and today not in (response.issued_date, response.reminder_date)
                )
            )
            sent = due._mail_reminders(campaign)
            for count, alike in sent.grouped("reminder_count").items():
                alike._system_write(
                    {"reminder_count": count + 1, "reminder_date": today}
                )
            reminded |= sent
        return reminded

    def _mail_reminders(self, campaign):
        """Mail the links of ``campaign`` once more; extension point.

        :return: the responses of those who have a link and can be written to
        """
        forms = self.env["survey.user_input"]
        for response in self:
            contacts = response._get_mailable_contacts().filtered(
                lambda contact: not contact.message_bounce
            )
            forms |= response._get_open_forms().filtered(
                lambda form, contacts=contacts: form.partner_id in contacts
            )
        campaign._mail("customer_survey.mail_template_reminder", forms)
        return forms.customer_response_id

    # ------------------------------------------------------------ declining

    def _decline_form(self, form):
        """Let the person whom ``form`` was issued to decline: his open forms expire,
        and the customer has declined if nobody else of his is still asked (G24)."""
        open_forms = self._get_open_forms()
        declined = open_forms.filtered(
            lambda open_form: open_form.partner_id == form.partner_id
        )
        # a second ago, so that it is over at once
        declined.deadline = fields.Datetime.now() - timedelta(seconds=1)
        if open_forms == declined and self.state in ("invited", "unreachable"):
            self._move("declined")
