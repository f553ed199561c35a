from odoo import models
from odoo.exceptions import AccessError, RedirectWarning


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _record_to_stream(self, record, field_name):
        """A file of a dossier that is downloaded is registered (D14)."""
        # EXTENDS 'base'
        try:
            if record._name == "ir.attachment":
                record.with_env(self.env)._register_download()
            elif isinstance(record, self.pool["customer.register.mixin"]):
                record.with_env(self.env)._register_act(
                    "download", field_names=[field_name]
                )
        except RedirectWarning as warning:
            # where a file is asked for there is no dialog to lead to
            raise AccessError(warning.args[0]) from warning
        return super()._record_to_stream(record, field_name)
