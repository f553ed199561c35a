from datetime import UTC, datetime, time, timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerSurveyCampaign(models.Model):
    """Whom a campaign asks (G2)."""

    _inherit = "customer.survey.campaign"

    # ------------------------------------------------------------ actions

    def action_draw(self):
        """Ask, besides, who has become due since the start; the others stay as they
        are."""
        self.env.user._check_archive_role("MDO")
        self._check_value("state", "running")
        count = 0
        for campaign in self:
            if not campaign._draws_by_rule():
                raise UserError(
                    self.env._(
                        "%(campaign)s asks no customers by a rule. Add them.",
                        campaign=campaign.name,
                    )
                )
            count += campaign._update_customers()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Customers added: %s", count),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _update_customers(self):
        """Ask who has become due and return how many they are; extension point."""
        return len(self._add_customers(self._get_dossiers_to_ask()))

    def _add_chosen(self, dossiers):
        """Ask these customers, whom the marketing director has chosen.

        :raise AccessError: when he may not read one of the dossiers
        :raise UserError: when one cannot be asked in this campaign
        """
        self.ensure_one()
        self.env.user._check_archive_role("MDO")
        self._check_value("state", "checked", "running")
        if self._draws_by_rule():
            raise UserError(
                self.env._(
                    "%(campaign)s asks customers by a rule. Update them instead.",
                    campaign=self.name,
                )
            )
        dossiers.check_access("read")
        refused = dossiers - dossiers.filtered_domain(self._get_askable_domain())
        if refused:
            raise UserError(
                self.env._(
                    "%(customers)s cannot be asked: their dossiers are of another "
                    "company or unit, or have been closed.",
                    customers=refused.partner_id.mapped("display_name"),
                )
            )
        return self._add_customers(dossiers.sudo())

    # ------------------------------------------------------------ the rule

    def _draws_by_rule(self):
        """Return whether the customers are found by a rule, and not chosen by the
        marketing director or asked when something happens."""
        self.ensure_one()
        return self.kind != "event" and self.scope != "chosen"

    def _get_askable_domain(self):
        """Return the Domain of the dossiers that this campaign can ask at all."""
        domain = Domain("state", "not in", ("history", "destroyed")) & Domain(
            "company_id", "in", (self.company_id.id, False)
        )
        if self.team_id:
            domain &= Domain("team_id", "=", self.team_id.id)
        return domain

    def _get_dossiers_to_ask(self):
        """Return the dossiers of the customers that the rule of this campaign finds,
        in one statement: none where they are chosen or asked after an event."""
        self.ensure_one()
        # sudo: the rule decides who is asked, not what its user may read
        dossiers_sudo = self.env["customer.dossier"].sudo()
        if not self._draws_by_rule():
            return dossiers_sudo
        if self.scope == "formal":
            rule = Domain("state", "=", "formal")
        else:
            self.env["res.partner"].flush_model(["commercial_partner_id"])
            start, end = self._get_period()
            buyers_sudo = (
                self.env["res.partner"]
                .sudo()
                ._search(
                    Domain(
                        "sale_order_ids",
                        "any",
                        Domain("state", "=", "sale")
                        & Domain("company_id", "=", self.company_id.id)
                        & Domain("date_order", ">=", start)
                        & Domain("date_order", "<", end),
                    ),
                    active_test=False,
                )
            )
            rule = Domain(
                "partner_id", "in", buyers_sudo.subselect("commercial_partner_id")
            )
        return dossiers_sudo.search(self._get_askable_domain() & rule)

    def _get_period(self):
        """Return the start of the first day and the end of the last one at the office,
        in UTC, the latter no longer in the period."""
        zone = self.company_id._get_office_timezone()
        days = self.date_from, self.date_to + timedelta(days=1)
        return [
            datetime.combine(day, time.min, zone).astimezone(UTC).replace(tzinfo=None)
            for day in days
        ]

    def _get_contacts_to_ask(self, customers):
        """Return {customer: the contacts to ask}: those with an e-mail address who did
        not opt out, else the company itself."""
        contacts = customers.search_fetch(
            Domain("commercial_partner_id", "in", customers.ids)
            & Domain("parent_id", "!=", False)
            & Domain("type", "=", "contact")
            & Domain("email_normalized", "!=", False)
            & Domain("survey_opt_out", "=", False),
            ["commercial_partner_id"],
        ).grouped("commercial_partner_id")
        return {customer: contacts.get(customer, customer) for customer in customers}

    # ------------------------------------------------------------ drawing

    def _draw_customers(self):
        """Add the customers that the rule finds.

        :raise UserError: when it finds nobody
        """
        if not self._draws_by_rule():
            return
        dossiers_sudo = self._get_dossiers_to_ask()
        if not dossiers_sudo and self.scope == "formal":
            raise UserError(self.env._("No customer has a formal dossier."))
        if not dossiers_sudo:
            raise UserError(
                self.env._(
                    "No customer with a dossier has a confirmed order between "
                    "%(date_from)s and %(date_to)s.",
                    date_from=self.date_from,
                    date_to=self.date_to,
                )
            )
        self._add_customers(dossiers_sudo)

    def _add_customers(self, dossiers_sudo):
        """Return the new responses, to be asked, of the customers that this survey
        does not ask yet; the caller has checked who adds them."""
        asked_sudo = self.sudo().response_ids.dossier_id
        dossiers_sudo -= asked_sudo
        # nobody follows or discusses a response just because he drew it
        responses = self.env["customer.survey.response"].with_context(
            mail_create_nosubscribe=True, mail_create_nolog=True
        )
        responses_sudo = responses.sudo()._system_create(
            self._prepare_responses(dossiers_sudo)
        )
        self._store_sales(responses_sudo)
        return responses_sudo

    def _prepare_responses(self, dossiers_sudo):
        """Return the values of the responses of customers who are added; extension
        point."""
        contacts = self._get_contacts_to_ask(dossiers_sudo.partner_id)
        return [
            {
                "campaign_id": self.id,
                "dossier_id": dossier.id,
                "contact_id": contacts[dossier.partner_id][:1].id,
                "other_contact_ids": (
                    contacts[dossier.partner_id][1:].ids
                    if self.contact_mode == "several"
                    else []
                ),
            }
            for dossier in dossiers_sudo
        ]

    def _store_sales(self, responses_sudo):
        """Store what the customers of these responses bought in the period, their
        contacts included: confirmed orders without tax in the currency of the company,
        each at its own rate, as in Odoo's sales analysis (M29). One statement."""
        self.ensure_one()
        order_fields = ["amount_untaxed", "company_id", "currency_rate", "date_order"]
        self.env["sale.order"].flush_model([*order_fields, "partner_id", "state"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        responses_sudo.flush_recordset(["partner_id", "sales_amount"])
        start, end = self._get_period()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_survey_response response
                   SET sales_amount = ROUND(COALESCE(sales.amount, 0), %(digits)s)
                  FROM customer_survey_response asked
             LEFT JOIN (
                        SELECT partner.commercial_partner_id,
                               SUM(sale.amount_untaxed
                                   / COALESCE(NULLIF(sale.currency_rate, 0), 1)
                               )::numeric AS amount
                          FROM sale_order sale
                          JOIN res_partner partner ON partner.id = sale.partner_id
                         WHERE sale.state = 'sale'
                           AND sale.company_id = %(company)s
                           AND sale.date_order >= %(start)s
                           AND sale.date_order < %(end)s
                      GROUP BY partner.commercial_partner_id
                       ) sales ON sales.commercial_partner_id = asked.partner_id
                 WHERE asked.id = response.id
                   AND response.id = ANY(%(responses)s)
                """,
                digits=self.company_id.currency_id.decimal_places,
                company=self.company_id.id,
                start=start,
                end=end,
                responses=responses_sudo.ids,
            )
        )
        responses_sudo.invalidate_recordset(["sales_amount"], flush=False)
