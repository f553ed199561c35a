import hashlib
import secrets

from odoo import api, fields, models
from odoo.tools import SQL


class CustomerSurveyTicket(models.Model):
    """The right to answer an anonymous survey once (G24).

    It knows neither whom it was mailed to nor when, it is deleted when it is used,
    and its secret is nowhere but in the mail: what remains says nothing of anybody.
    """

    _name = "customer.survey.ticket"
    _description = "Ticket of an Anonymous Survey"
    _log_access = False

    campaign_id = fields.Many2one(
        "customer.survey.campaign", required=True, index=True, ondelete="cascade"
    )
    digest = fields.Char(required=True)

    _digest_unique = models.UniqueIndex("(digest)")

    @api.model
    def _issue(self, campaign):
        """Return the secret of a new ticket of ``campaign``."""
        secret = secrets.token_urlsafe(32)
        inserted = False
        while not inserted:
            # a number by chance: in sequence it would tell whose mail came when
            inserted = self.env.execute_query(
                SQL(
                    """INSERT INTO customer_survey_ticket (id, campaign_id, digest)
                            VALUES (%s, %s, %s)
                       ON CONFLICT DO NOTHING RETURNING id""",
                    secrets.randbelow(2**31 - 1) + 1,
                    campaign.id,
                    self._get_digest(secret),
                )
            )
        return secret

    @api.model
    def _find(self, secret):
        """Return the ticket with this secret, if its campaign still takes answers."""
        ticket = self.search([("digest", "=", self._get_digest(secret))])
        campaign = ticket.campaign_id
        if campaign.state != "running" or (
            campaign._get_forms_deadline() < fields.Datetime.now()
        ):
            return self.browse()
        return ticket

    @staticmethod
    def _get_digest(secret):
        return hashlib.sha256(secret.encode()).hexdigest()

    def _use(self):
        """Give the ticket up for a form that is nobody's.

        Of two who use it at once, the database lets one delete it; the other is
        repeated by Odoo and finds no ticket.
        """
        campaign = self.campaign_id
        self.unlink()
        return campaign._create_anonymous_form()
