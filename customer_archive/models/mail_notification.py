from odoo import api, models
from odoo.fields import Domain

DOCUMENT = "mail_message_id.model", "mail_message_id.res_id"


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        """EXTENDS 'base': core lets every employee read who was told what (D8)."""
        if not (self.env.su or bypass_access):
            secrecy = self.env["customer.secrecy.mixin"]
            hidden_ids = secrecy._get_hidden_ids(self.browse(), domain, DOCUMENT)
            if hidden_ids:
                domain = Domain(domain) & Domain("id", "not in", hidden_ids)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        secrecy = self.env["customer.secrecy.mixin"]
        return secrecy._forbid_hidden(self, result, DOCUMENT)
