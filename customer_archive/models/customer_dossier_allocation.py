from odoo import models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .customer_approval import ACTIVITY_TYPE


class CustomerDossier(models.Model):
    """Who looks after a customer, and what his successor takes over (A14, A15)."""

    _inherit = "customer.dossier"

    def write(self, vals):
        self._check_may_allocate(vals)
        former = self.grouped("user_id") if "user_id" in vals else {}
        result = super().write(vals)
        for rep, dossiers in former.items():
            for successor, passed_on in dossiers.grouped("user_id").items():
                if rep != successor:
                    passed_on._pass_on(rep, successor)
        return result

    def _check_may_allocate(self, vals):
        """A rep does not give a formal customer away himself (A14)."""
        if (
            {"user_id", "team_id", "keeper_id"}.isdisjoint(vals)
            or self.env.su
            or self.env.user._has_archive_role("BUM", "KEEPER", "MDO")
        ):
            return
        for dossier in self:
            if dossier.state == "formal":
                raise AccessError(
                    self.env._(
                        "%(number)s is formal: its business unit, rep and keeper are "
                        "changed by the unit's manager. Ask for the allocation.",
                        number=dossier.number,
                    )
                )

    def _pass_on(self, rep, successor):
        """Let ``successor`` take over the customers from ``rep``, who may be nobody,
        with the open to-dos and opportunities of ``rep`` (A15)."""
        # sudo: who gives a customer away need not see the rep's to-dos and leads
        customers_sudo = self.sudo().partner_id
        customers_sudo.user_id = successor
        if not rep or not successor:
            return
        quiet = {
            "mail_activity_quick_update": True,
            "mail_auto_subscribe_no_notify": True,
        }
        leads_sudo = self.env["crm.lead"].sudo().with_context(**quiet)
        leads_sudo.search(
            Domain("partner_id.commercial_partner_id", "in", customers_sudo.ids)
            & Domain("user_id", "=", rep.id)
            & Domain("won_status", "=", "pending")
        ).user_id = successor
        activities_sudo = self.env["mail.activity"].sudo().with_context(**quiet)
        activities_sudo.search(
            self._succession_domain()
            & Domain("user_id", "=", rep.id)
            # deciders follow from the routes
            & Domain("activity_type_id", "!=", self.env.ref(ACTIVITY_TYPE).id)
        ).user_id = successor

    def _succession_domain(self):
        """Return the Domain of the to-dos on the dossiers, their content, the
        customers and their contacts."""
        # sudo: see _pass_on
        contacts_sudo = self.env["res.partner"].sudo().with_context(active_test=False)
        customers_sudo = self.sudo().partner_id
        domains = [
            Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids),
            Domain("res_model", "=", "res.partner")
            & Domain(
                "res_id",
                "in",
                contacts_sudo._search(
                    [("commercial_partner_id", "in", customers_sudo.ids)]
                ),
            ),
        ]
        mixin = "customer.dossier.content.mixin"
        for name in self.env.registry.descendants([mixin], "_inherit"):
            content_sudo = self.env[name].sudo().with_context(active_test=False)
            if not content_sudo._abstract:
                query = content_sudo._search([("dossier_id", "in", self.ids)])
                domains.append(
                    Domain("res_model", "=", name) & Domain("res_id", "in", query)
                )
        return Domain.OR(domains)
