from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


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
