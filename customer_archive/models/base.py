from odoo import models

# what hangs on documents and names them by res_model and res_id; messages are exported
# by administrators alone
HANGS_ON_DOCUMENTS = {"ir.attachment", "mail.activity"}


class Base(models.AbstractModel):
    _inherit = "base"

    def export_data(self, fields_to_export):
        """Exporting dossiers, or through them from any other record, is a right of its
        own and one row of the register (D25)."""
        # EXTENDS 'base'
        # who leaves takes along no list of any kind (D27)
        self.env.user._check_takes_copies()
        exported = self._get_exported_records(fields_to_export)
        dossiers = self.env["customer.dossier"]
        for records in exported:
            dossiers |= records._get_registered_dossiers()
        if not dossiers:
            return super().export_data(fields_to_export)
        for records in exported:
            records._check_registered_operation("export")
        self.env["customer.access.log"]._log_access(
            dossiers, "export", origin=self, field_names=fields_to_export
        )
        return super().export_data(fields_to_export)

    def _get_exported_records(self, paths):
        """Return a list of recordsets, what of dossiers ``paths`` (a/b/c) export a
        field of; the name of a dossier beside another record is none."""
        registered = self.pool["customer.register.mixin"]
        prefixes = {""} if isinstance(self, registered) else set()
        for path in paths:
            model, walked = self, []
            *steps, last = path.split("/")
            for step in [*steps, last]:
                field = model._fields.get(step)
                if not field or not field.relational:
                    break
                model = self.env[field.comodel_name]
                walked.append(step)
                is_name = field.type == "many2one" and walked == [*steps, last]
                if isinstance(model, registered) and not is_name:
                    prefixes.add(".".join(walked))
        exported = [self.mapped(prefix) if prefix else self for prefix in prefixes]
        if self._name in HANGS_ON_DOCUMENTS:
            self.check_access("read")
            exported += self._get_registered_documents()
        return exported

    def _get_registered_documents(self):
        """Return what these records hang on as far as its accesses are registered, a
        list with a recordset for each ``res_model``."""
        registered = self.pool["customer.register.mixin"]
        # sudo: where a record belongs to, whoever got at it
        return [
            self.env[model].browse(filter(None, records.mapped("res_id"))).exists()
            for model, records in self.sudo().grouped("res_model").items()
            if model in self.env and isinstance(self.env[model], registered)
        ]
