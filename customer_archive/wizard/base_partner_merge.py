from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """EXTENDS 'base': it moves records by SQL, which would leave one customer
        with two dossiers."""
        # sudo: a dossier may be hidden from who merges the contacts
        dossiers_sudo = (
            self.env["customer.dossier"]
            .sudo()
            .search([("partner_id", "in", list(partner_ids))])
        )
        if len(dossiers_sudo) > 1:
            raise UserError(
                self.env._(
                    "%(customers)s each have a dossier. Their keeper ends all but one "
                    "before the contacts are merged.",
                    customers=dossiers_sudo.partner_id.mapped("display_name"),
                )
            )
        return super()._merge(partner_ids, dst_partner, extra_checks)
