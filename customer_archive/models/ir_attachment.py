from odoo import models

# what a client can read of a file beside ``raw`` and ``datas``, which is made of it
CONTENT = {"db_datas", "index_content"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

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
        registered = self.pool["customer.register.mixin"]
        # sudo: where a file belongs to, whoever got at it
        for model, attachments in self.sudo().grouped("res_model").items():
            if model in self.env and isinstance(self.env[model], registered):
                ids = filter(None, attachments.mapped("res_id"))
                records = self.env[model].browse(ids).exists()
                records._register_act("download", field_names=["attachment_ids"])
