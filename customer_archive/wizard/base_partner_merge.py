from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """EXTENDS 'base': it moves records by SQL, which would leave one customer
        with two dossiers, so they are folded before (A58)."""
        # sudo: a dossier may be hidden from who merges the contacts
        dossiers_sudo = (
            self.env["customer.dossier"]
            .sudo()
            .search([("partner_id", "in", list(partner_ids))])
        )
        if len(set(partner_ids)) > 1 and "destroyed" in dossiers_sudo.mapped("state"):
            raise UserError(
                self.env._(
                    "What is left of a destroyed customer is not merged with others."
                )
            )
        if len(dossiers_sudo) > 1:
            dossiers = dossiers_sudo.sudo(False)
            if not self.env.user._has_archive_role(
                "KEEPER", "MDO"
            ) or not dossiers.has_access("read"):
                raise UserError(
                    self.env._(
                        "%(customers)s each have a dossier. A keeper who may read them "
                        "or the marketing director's office merges them.",
                        customers=dossiers_sudo.partner_id.mapped("display_name"),
                    )
                )
            if not dst_partner or dst_partner.id not in partner_ids:
                dst_partner = self._get_ordered_partner(list(partner_ids))[-1]
        kept_sudo = dossiers_sudo._fold(dst_partner)
        # sudo: base would write the flag as the user, who may not
        partners_sudo = self.env["res.partner"].sudo().browse(partner_ids)
        doubtful = bool(partners_sudo.filtered("contact_data_doubtful"))
        partners_sudo.contact_data_doubtful = False
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        partners_sudo.exists().contact_data_doubtful = doubtful
        # the customer was written by SQL
        kept_sudo.invalidate_recordset()
        kept_sudo.modified(["partner_id"])
        kept_sudo.partner_id._check_dossier_of_contact()
        return result
