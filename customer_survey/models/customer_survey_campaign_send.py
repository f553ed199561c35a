import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

_logger = logging.getLogger(__name__)
_CHUNK = 50


class CustomerSurveyCampaign(models.Model):
    """Issuing the forms and reminding of them (G3, G24)."""

    _inherit = "customer.survey.campaign"

    reminder_interval = fields.Integer(
        string="Remind Every",
        required=True,
        default=7,
        help="Days from the form to the first reminder and from one to the next.",
    )
    reminder_limit = fields.Integer(
        string="Reminders at Most",
        required=True,
        default=2,
        help="By themselves; 0 sends none. More can be sent with the button.",
    )

    _reminder_interval_positive = models.Constraint(
        "CHECK(reminder_interval > 0)", "A day at least lies between two reminders."
    )
    _reminder_limit_positive = models.Constraint(
        "CHECK(reminder_limit >= 0)", "The number of reminders is not negative."
    )

    # ------------------------------------------------------------ drawing

    def _prepare_responses(self, dossiers_sudo):
        # a customer whose every contact has opted out is not asked
        vals_list = super()._prepare_responses(dossiers_sudo)
        opted_out = self._get_opted_out_customers(dossiers_sudo.partner_id)
        dossiers = self.env["customer.dossier"].sudo()
        for vals in vals_list:
            if dossiers.browse(vals["dossier_id"]).partner_id in opted_out:
                vals |= {
                    "state": "excluded",
                    "exclusion_reason": self.env._(
                        "Whoever could be asked takes part in no surveys."
                    ),
                }
        return vals_list

    def _get_opted_out_customers(self, customers):
        """Return the customers who have opted out themselves or with all of their
        contacts."""
        opt_outs = {
            customer: set(values)
            for customer, values in customers._read_group(
                Domain("commercial_partner_id", "in", customers.ids)
                & Domain("parent_id", "!=", False)
                & Domain("type", "=", "contact"),
                ["commercial_partner_id"],
                ["survey_opt_out:array_agg_distinct"],
            )
        }
        return customers.filtered(
            lambda customer: customer.survey_opt_out or opt_outs.get(customer) == {True}
        )

    # ------------------------------------------------------------ mails

    def _mail(self, template_xmlid, records, **email_values):
        """Queue a mail made of the template for each of ``records``.

        It carries a personal link, so it hangs on no document and its author is the
        company: no employee can read it.
        """
        self.ensure_one()
        template = self.env.ref(template_xmlid).with_user(SUPERUSER_ID)
        return template.with_context(survey_campaign=self.sudo()).send_mail_batch(
            records.ids,
            email_values={
                "model": False,
                "res_id": False,
                "author_id": self.company_id.partner_id.id,
                "email_from": self.user_id.email_formatted
                or self.company_id.email_formatted,
                **email_values,
            },
        )

    # ------------------------------------------------------------ reminders

    def action_remind(self):
        """Remind those who have not answered, at most once a day."""
        self.env.user._check_archive_role("MDO")
        self.check_access("write")
        self._check_open()
        # sudo: nobody but the system may read personal links
        reminded_sudo = self.sudo().response_ids._remind()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if reminded_sudo else "warning",
                "message": self.env._("Customers reminded: %s", len(reminded_sudo)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_remind(self):
        """Remind by the rule of each campaign; after a downtime once, not for each
        reminder that was missed."""
        cron = self.env["ir.cron"]
        responses = self.env["customer.survey.response"]
        campaigns = self.search(
            [("state", "=", "running"), ("reminder_limit", ">", 0)], order="id"
        )
        for campaign in campaigns:
            responses |= campaign._get_responses_to_remind()
        ids = responses.ids
        cron._commit_progress(remaining=len(ids))
        for chunk in split_every(_CHUNK, ids):
            try:
                with self.env.cr.savepoint():
                    responses.browse(chunk)._remind()
            except Exception:
                _logger.exception("Reminders of responses %s failed", chunk)
            if not cron._commit_progress(len(chunk)):
                break

    def _get_responses_to_remind(self):
        today = self._get_today()
        responses = self.env["customer.survey.response"]
        if self.date_deadline < today:
            return responses
        last_date = today - timedelta(days=self.reminder_interval)
        return responses.search(
            Domain("campaign_id", "=", self.id)
            & Domain("state", "=", "invited")
            & Domain("reminder_count", "<", self.reminder_limit)
            & Domain("issued_date", "<=", last_date)
            & (
                Domain("reminder_date", "=", False)
                | Domain("reminder_date", "<=", last_date)
            )
        )
