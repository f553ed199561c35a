from odoo import models


class MailThread(models.AbstractModel):
    # here and not in the secrecy mixin: a mixin that a model lists after mail.thread
    # would be skipped without a word
    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """EXTENDS 'mail': of a document under a secrecy rule, only employees who may
        read it now are told, be they followers or named in the message (D8)."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        values = msg_vals or {}
        # sudo: which document it is, whoever sends the message
        message_sudo = message.sudo()
        model = self._name if self else values.get("model", message_sudo.model)
        if model not in self.env["customer.secrecy.mixin"]._get_secret_models():
            return recipients
        document = self.env[model].browse(
            self.ids or values.get("res_id", message_sudo.res_id)
        )
        return [
            recipient
            for recipient in recipients
            if recipient["type"] == "user"
            and document._filter_readable(
                self.env["res.users"].sudo().browse(recipient["uid"])
            )
        ]
