from datetime import timedelta

from odoo import fields, models


class CustomerSurveyResponse(models.Model):
    """A customer who is asked some days after something has happened (G9, G10)."""

    _inherit = "customer.survey.response"

    date_ask = fields.Date(
        string="To Be Asked On",
        readonly=True,
        help="In a survey after an event: from this day on the form is sent.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"date_ask"}

    def _send_forms(self, deadline):
        # who is not due yet, or is spared, waits
        today = fields.Date.context_today(self)
        due = self.filtered(
            lambda response: not response.date_ask or response.date_ask <= today
        )
        due -= due._get_spared(today)
        return super(CustomerSurveyResponse, due)._send_forms(deadline)

    def _get_spared(self, today):
        """Return those of these responses to surveys after an event, in sudo, whose
        customers were asked or have answered in any survey lately."""
        after_event = self.filtered(
            lambda response: (
                response.campaign_id.kind == "event" and response.state == "to_ask"
            )
        )
        last_days = {
            dossier: max(filter(None, (issued, answered)), default=None)
            for dossier, issued, answered in self._read_group(
                [("dossier_id", "in", after_event.dossier_id.ids)],
                ["dossier_id"],
                ["issued_date:max", "answered_date:max"],
            )
        }

        def is_spared(response):
            last_day = last_days.get(response.dossier_id)
            spare = timedelta(days=response.campaign_id.spare_days)
            return bool(last_day) and today < last_day + spare

        return after_event.filtered(is_spared)
