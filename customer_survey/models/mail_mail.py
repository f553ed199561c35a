from odoo import SUPERUSER_ID, fields, models
from odoo.orm.models import NO_ACCESS

# stands in the stored mail where the secret of a ticket goes
PLACEHOLDER = "one-time-ticket"


class MailMail(models.Model):
    _inherit = "mail.mail"

    customer_survey_campaign_id = fields.Many2one(
        "customer.survey.campaign",
        string="Anonymous Survey",
        groups=NO_ACCESS,
        ondelete="cascade",
        help="Its mails get a ticket when they leave, so that it is stored nowhere.",
    )

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        # EXTENDS 'mail'
        emails = super()._prepare_outgoing_list(mail_server, doc_to_followers)
        # sudo: the field is the system's; the mail says nothing of it
        campaign_sudo = self.sudo().customer_survey_campaign_id
        # defaults reach what others let the system create: only its own mails count
        if campaign_sudo and self.sudo().create_uid.id == SUPERUSER_ID:
            tickets_sudo = self.env["customer.survey.ticket"].sudo()
            for email in emails:
                secret = tickets_sudo._issue(campaign_sudo)
                for part in ("body", "body_alternative"):
                    email[part] = email[part].replace(PLACEHOLDER, secret)
        return emails
