from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class MailActivity(models.Model):
    """A to-do on a document under a secrecy rule is for those who may read the
    document now, its assignee included (D8)."""

    _inherit = "mail.activity"

    @api.constrains("user_id", "res_model", "res_id")
    def _check_user_reads_document(self):
        if self.env.su:
            # hidden from him all the same; the system's work does not stop for it
            return
        secret = self.env["customer.secrecy.mixin"]._get_secret_models()
        for (res_model, user), activities in self.grouped(
            lambda activity: (activity.res_model, activity.user_id)
        ).items():
            if res_model not in secret or not user:
                continue
            documents = self.env[res_model].browse(activities.mapped("res_id"))
            # sudo: whoever assigns it need not read the settings of other users
            if documents - documents._filter_readable(user.sudo()):
                raise ValidationError(
                    self.env._(
                        "%(user)s may not read this document. Assign the activity to "
                        "somebody who may, or let %(user)s be given access first.",
                        user=user.name,
                    )
                )

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
        activities = self.browse(query)
        hidden_ids = self.env["customer.secrecy.mixin"]._get_hidden_ids(
            self.browse(), Domain("id", "in", activities.ids)
        )
        if not hidden_ids:
            return query
        return (activities - self.browse(hidden_ids))._as_query(order)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        return self.env["customer.secrecy.mixin"]._forbid_hidden(self, result)
