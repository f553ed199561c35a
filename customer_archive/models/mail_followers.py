from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain


class MailFollowers(models.Model):
    _inherit = "mail.followers"

    def _insert_followers(
        self,
        res_model,
        res_ids,
        partner_ids,
        subtypes=None,
        customer_ids=None,
        check_existing=True,
        existing_policy="skip",
    ):
        """EXTENDS 'mail': only employees who may read it now follow a document under
        a secrecy rule (D8)."""
        rest = subtypes, customer_ids, check_existing, existing_policy
        insert = super()._insert_followers
        if res_model not in self.env["customer.secrecy.mixin"]._get_secret_models():
            return insert(res_model, res_ids, partner_ids, *rest)
        documents = self.env[res_model].browse(res_ids)
        partner_ids_by_documents = defaultdict(list)
        # sudo: whoever subscribes need not read the users behind the partners
        for partner_sudo in self.env["res.partner"].sudo().browse(partner_ids):
            readable = documents.browse()
            for user_sudo in partner_sudo.user_ids:
                readable |= documents._filter_readable(user_sudo)
            partner_ids_by_documents[readable].append(partner_sudo.id)
        for readable, reader_ids in partner_ids_by_documents.items():
            if readable:
                insert(res_model, readable.ids, reader_ids, *rest)
        return None

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        """EXTENDS 'base': core lets every employee read who follows what (D8)."""
        if not (self.env.su or bypass_access):
            secrecy = self.env["customer.secrecy.mixin"]
            hidden_ids = secrecy._get_hidden_ids(self.browse(), domain)
            if hidden_ids:
                domain = Domain(domain) & Domain("id", "not in", hidden_ids)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        return self.env["customer.secrecy.mixin"]._forbid_hidden(self, result)
