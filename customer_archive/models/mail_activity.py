from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class MailActivity(models.Model):
    """A to-do on a document under a secrecy rule is for those who may read the
    document now, its assignee included (D8)."""

    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._check_assignee()
        return activities

    def write(self, vals):
        result = super().write(vals)
        if {"user_id", "res_model_id", "res_id"}.intersection(vals):
            self._check_assignee()
        return result

    # no constraint: those run in sudo, and could not tell who assigns
    def _check_assignee(self):
        if self.env.su:
            # hidden from him all the same; the system's work does not stop for it
            return
        secret = self.env["customer.secrecy.mixin"]._get_secret_models()
        # sudo: whoever assigns a to-do need not read it, nor other users' settings
        for (res_model, user_sudo), activities_sudo in (
            self.sudo().grouped(lambda todo: (todo.res_model, todo.user_id)).items()
        ):
            if res_model not in secret or not user_sudo:
                continue
            documents = self.env[res_model].browse(activities_sudo.mapped("res_id"))
            if documents - documents._filter_readable(user_sudo):
                raise ValidationError(
                    self.env._(
                        "%(user)s may not read this document. Assign the activity to "
                        "somebody who may, or grant access first.",
                        user=user_sudo.name,
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
