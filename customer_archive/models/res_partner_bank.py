from odoo import api, models
from odoo.fields import Domain

KEY_FIELDS = frozenset(
    ("acc_number", "acc_holder_name", "active", "bank_id", "currency_id", "partner_id")
)


class ResPartnerBank(models.Model):
    """Where a customer's money goes or comes from is a key fact (A12)."""

    _inherit = "res.partner.bank"

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._note_key_change()
        return accounts

    def write(self, vals):
        if not KEY_FIELDS & vals.keys():
            return super().write(vals)
        self._note_key_change()
        result = super().write(vals)
        if "partner_id" in vals:
            self._note_key_change()
        return result

    def unlink(self):
        self._note_key_change()
        return super().unlink()

    def _note_key_change(self):
        field = self.env["res.partner"]._fields["bank_ids"]
        if field.name not in self.env["customer.dossier.field"]._get_key("res.partner"):
            return
        # sudo: who books a payment may have no right to the dossier
        dossiers_sudo = (
            self.env["customer.dossier"]
            .sudo()
            .search(
                Domain("partner_id", "in", self.partner_id.commercial_partner_id.ids)
                & Domain("state", "=", "formal")
            )
        )
        label = field._description_string(self.env)
        dossiers_sudo.sudo(self.env.su)._note_key_changes(
            dict.fromkeys(dossiers_sudo.sudo(self.env.su), label)
        )
