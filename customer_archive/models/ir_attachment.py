from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

# what a client can read of a file beside ``raw`` and ``datas``, which is made of it
CONTENT = {"db_datas", "index_content"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _is_secret(self):
        """Return whether this file belongs to a document under a secrecy rule or to a
        message on one (D8)."""
        self.ensure_one()
        secret = self.env["customer.secrecy.mixin"]._get_secret_models()
        # sudo: where the file belongs decides, readable or not
        file_sudo = self.sudo()
        if file_sudo.res_model in secret:
            return True
        on_messages = Domain("attachment_ids", "in", file_sudo.ids)
        if file_sudo.res_model == "mail.message":
            on_messages |= Domain("id", "=", file_sudo.res_id)
        return bool(
            file_sudo.env["mail.message"].search_count(
                on_messages & Domain("model", "in", list(secret)), limit=1
            )
        )

    @api.constrains("public", "res_model", "res_id")
    def _check_public(self):
        if any(file.public and file._is_secret() for file in self):
            raise ValidationError(
                self.env._(
                    "A file of a confidential document is never public. Whoever may "
                    "read the document downloads the file there."
                )
            )

    def _has_attachments_ownership(self, attachment_tokens):
        """EXTENDS 'mail': a token would outlive the right to the document."""
        if attachment_tokens and len(attachment_tokens) == len(self):
            attachment_tokens = [
                token if token and file.exists() and not file._is_secret() else None
                for file, token in zip(self, attachment_tokens, strict=True)
            ]
        return super()._has_attachments_ownership(attachment_tokens)

    # ------------------------------------------------------------ register (D14)

    def _compute_raw(self):
        # EXTENDS 'base'
        if not self.env.su:
            self._origin._register_download()
        return super()._compute_raw()

    def _fetch_query(self, query, fields):
        # EXTENDS 'base'
        fetched = super()._fetch_query(query, fields)
        if not self.env.su and any(field.name in CONTENT for field in fields):
            fetched._register_download()
        return fetched

    def _register_download(self):
        """Register that the present user takes the files among these that belong to a
        dossier; one row for each kind of record."""
        for records in self._get_registered_documents():
            records._register_act("download", field_names=["attachment_ids"])
        # sudo: whose release file it is, is the question
        permits_sudo = self.env["customer.access.permit"].sudo()
        if permits_sudo._name in self.sudo().mapped("res_model"):
            domain = [("release_attachment_id", "in", self.ids)]
            permits_sudo.search(domain).sudo(False)._check_release()

    def copy_data(self, default=None):
        """A copy of a file would outlive the right to the document (D16, D25)."""
        # EXTENDS 'base'
        if not self.env.su:
            copied = self._get_registered_documents()
            known = {records._name for records in copied}
            for attachment in self:
                if attachment._is_secret() and attachment.res_model not in known:
                    attachment._refuse_to_part()
            for records in copied:
                records._check_registered_operation("export")
                records._register_act("copy", field_names=["attachment_ids"])
        return super().copy_data(default)

    # ------------------------------------------------------------ whose it is (D16)

    @api.model
    def _is_customer_model(self, model):
        secret = self.env["customer.secrecy.mixin"]._get_secret_models()
        return model == "res.partner" or model in secret

    def _check_not_in_field(self, vals):
        """Refuse clients to change the file of a field around its record, which would
        not notice.

        :param vals: what is to be written of these files, or of a new one
        """
        self._check_not_kept(vals)
        if self.env.su:
            return
        secret = self.env["customer.secrecy.mixin"]._get_secret_models()
        # sudo: where the file belongs decides, readable or not
        files = [(file.res_field, file.res_model) for file in self.sudo()]
        if any(
            (field or vals.get("res_field"))
            and not secret.isdisjoint((model, vals.get("res_model")))
            for field, model in files or [(False, False)]
        ):
            raise AccessError(
                self.env._(
                    "This file is replaced or removed in the form of its record."
                )
            )

    def _check_not_kept(self, vals):
        """Refuse to touch the letter that a customer was sent: not even superuser code
        changes or removes it (B27)."""
        dispatches = self.env["customer.complaint.dispatch"]
        if dispatches._is_system():
            return
        # sudo: where the file belongs decides, readable or not
        models = {vals.get("res_model"), *self.sudo().mapped("res_model")}
        if dispatches._name in models:
            raise AccessError(
                self.env._("What the customer was sent stays as it was sent.")
            )

    def unlink(self):
        self._check_not_in_field({})
        return super().unlink()

    @api.model_create_multi
    def create(self, vals_list):
        given = {
            name: self.env.context.get(f"default_{name}")
            for name in ("res_field", "res_model")
        }
        for vals in vals_list:
            self.browse()._check_not_in_field(given | vals)
        if not self.env.su and any(
            not vals.get("res_id") and self._is_customer_model(vals.get("res_model"))
            for vals in vals_list
        ):
            raise UserError(
                self.env._(
                    "A file about a customer cannot be kept for oneself. Save the "
                    "record first and attach the file there."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_in_field(vals)
        if not self.env.su and {"res_model", "res_id"} & vals.keys():
            secret = self.env["customer.secrecy.mixin"]._get_secret_models()
            for attachment in self:
                model = vals.get("res_model", attachment.res_model)
                kept = model and vals.get("res_id", attachment.res_id)
                if not kept and attachment._is_customer_model(attachment.res_model):
                    attachment._refuse_to_part()
                if attachment.res_model in secret and model not in secret:
                    attachment._refuse_to_part()
        return super().write(vals)

    def _refuse_to_part(self):
        raise UserError(
            self.env._(
                "%(file)s belongs to a customer and stays with him.", file=self.name
            )
        )
