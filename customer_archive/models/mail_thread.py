import re

from odoo import api, models
from odoo.exceptions import AccessError

# what Chinese mails are in, whatever they say: the first that fits is taken
CHARSETS = ("utf-8", "gb18030")
GB_WORD = re.compile(r"=\?(?:gb2312|gbk)(?=\?)", re.IGNORECASE)


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

    # ------------------------------------------------------------ mail gateway (B5)

    @api.model
    def message_process(self, model, message, *args, **kwargs):
        """EXTENDS 'mail': a client does not say to which document under a secrecy rule
        a mail belongs; its address and its references do."""
        secret = self.env["customer.secrecy.mixin"]._get_secret_models()
        if model in secret and not self.env.is_system():
            raise AccessError(
                self.env._("Only the mail gateway files mails in documents.")
            )
        return super().message_process(model, message, *args, **kwargs)

    @api.model
    def message_parse(self, message, save_original=False):
        """EXTENDS 'mail': what is in another encoding than it says is read, too."""
        self._repair_charsets(message)
        return super().message_parse(message, save_original=save_original)

    @api.model
    def _repair_charsets(self, message):
        for name in ("Subject", "From"):
            raw = dict(message.raw_items()).get(name)
            # mail programs say GB 2312 and write characters that only GB 18030 has
            if raw and GB_WORD.search(raw):
                words = "".join(raw.splitlines())
                message.replace_header(name, GB_WORD.sub("=?gb18030", words))
        for part in message.walk():
            if part.get_content_maintype() != "text":
                continue
            content = part.get_payload(decode=True) or b""
            stated = part.get_content_charset("utf-8")
            for charset in (stated, *CHARSETS):
                try:
                    content.decode(charset)
                except (LookupError, UnicodeDecodeError):
                    continue
                if charset != stated:
                    part.set_param("charset", charset)
                break
            else:
                part.set_param("charset", CHARSETS[0])

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        # EXTENDS 'mail'
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        complaints = self.env["customer.complaint"]
        if any(route[0] == complaints._name and not route[1] for route in routes) and (
            complaints._is_unwanted_mail(message, message_dict)
        ):
            return [route for route in routes if route[0] != complaints._name]
        return routes
