from odoo import SUPERUSER_ID, api, models


class CustomerSurveyResponse(models.Model):
    """Answers of which nobody can tell whose they are (G24)."""

    _inherit = "customer.survey.response"

    def _issue(self, campaign, contacts, deadline):
        # EXTENDS: instead of a form, a ticket that is not linked to the customer
        if not campaign.is_anonymous:
            return super()._issue(campaign, contacts, deadline)
        campaign._check_enough(
            self | campaign.response_ids.filtered(lambda response: response.issued_date)
        )
        return campaign._mail(
            "customer_survey.mail_template_anonymous",
            self.env["res.partner"].union(*(contacts[response] for response in self)),
            customer_survey_campaign_id=campaign.id,
        )

    def _mail_reminders(self, campaign):
        # EXTENDS: all of them, as nobody knows who has answered, and without a link
        if not campaign.is_anonymous:
            return super()._mail_reminders(campaign)
        contacts = {
            response: response._get_mailable_contacts().filtered(
                lambda contact: not contact.message_bounce
            )
            for response in self
        }
        campaign._mail(
            "customer_survey.mail_template_anonymous_reminder",
            self.env["res.partner"].union(*contacts.values()),
        )
        return self.filtered(contacts.get)

    @api.model
    def _file_answers(self, user_inputs):
        anonymous = user_inputs.filtered(
            lambda form: (
                form.customer_campaign_id.is_anonymous and not form.customer_response_id
            )
        )
        # The system files, as for personal forms. A form of an anonymous survey was
        # made by a ticket and is bound to its campaign alone.
        for form in anonymous.with_user(SUPERUSER_ID):
            self._file_anonymous_answer(form)
        return super()._file_answers(user_inputs - anonymous)

    def _file_anonymous_answer(self, form):
        """Store the figures of ``form`` in a row without customer and time, which
        nobody reads; only figures over many are made of it."""
        campaign = form.customer_campaign_id
        if campaign.state != "running":
            return
        response = (
            self.with_user(SUPERUSER_ID)
            .with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
            ._system_create(
                [
                    {
                        "campaign_id": campaign.id,
                        "channel": form.customer_channel,
                        "state": "answered",
                        "answered_date": campaign.date_started,
                    }
                ]
            )
        )
        form.customer_response_id = response
        response.with_context(mail_notrack=True)._store_scores()
        # last: the survey app writes to the form once more after it is done
        self.env.cr.precommit.add(form._hide_time)
