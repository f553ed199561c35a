from odoo import models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """EXTENDS 'base': it moves records by SQL and deletes those of which a
        customer may have only one, so the credit accounts are folded before."""
        if not self.env.su:
            # what is merged into one's own customer would be seen (F60)
            partners = self.env["res.partner"].browse(partner_ids)
            partners._check_credit_salesperson()
        # sudo: the accounts may be hidden from who merges the contacts
        accounts_sudo = (
            self.env["customer.credit.account"]
            .sudo()
            .search([("partner_id", "in", list(partner_ids))])
        )
        kept_sudo = accounts_sudo._fold(dst_partner)
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        kept_sudo.invalidate_recordset()
        members = kept_sudo.partner_id.commercial_partner_id.child_ids
        members |= kept_sudo.partner_id
        if members:
            ids = tuple(members.ids)
            self.env["sale.order"]._credit_accept_as_is(
                SQL(
                    "credit_checked_for IS NOT NULL AND (sale_order.partner_id IN %s "
                    "OR sale_order.partner_invoice_id IN %s)",
                    ids,
                    ids,
                ),
                with_amount=False,
            )
        kept_sudo._update_counted_security()
        kept_sudo._refresh_all()
        return result
