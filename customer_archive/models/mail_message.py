from odoo import api, models
from odoo.fields import Domain

DOCUMENT = "model", "res_id"


class MailMessage(models.Model):
    """Who has written, received or followed a message reads it only as long as he
    may read the document that it is about (D8)."""

    _inherit = "mail.message"

    def _get_hidden(self):
        secrecy = self.env["customer.secrecy.mixin"]
        domain = Domain("id", "in", self.ids)
        return self.browse(secrecy._get_hidden_ids(self.browse(), domain, DOCUMENT))

    @api.model
    def _search(
        self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs
    ):
        # EXTENDS 'mail'
        query = super()._search(
            domain, offset, limit, order, bypass_access=bypass_access, **kwargs
        )
        if self.env.su or bypass_access or query.is_empty():
            return query
        # mail has found the ids already
        messages = self.browse(query)
        hidden = messages._get_hidden()
        return (messages - hidden)._as_query(order) if hidden else query

    def _get_forbidden_access(self, operation):
        # EXTENDS 'mail'
        forbidden = super()._get_forbidden_access(operation)
        return forbidden + (self - forbidden)._get_hidden()

    @api.depends_context("uid")
    def _compute_display_name(self):
        # many2one labels are fetched in sudo: a hidden message's stays empty
        hidden = self._get_hidden()
        hidden.display_name = False
        return super(MailMessage, self - hidden)._compute_display_name()
