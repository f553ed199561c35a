from odoo import models


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    # pylint: disable=too-many-arguments
    def _find_record(
        self,
        xmlid=None,
        res_model="ir.attachment",
        res_id=None,
        access_token=None,
        field=None,
    ):
        """EXTENDS 'base': a token opens no file under a secrecy rule: it needs no
        login, can be passed on and outlives the right to the document (D8)."""
        if access_token and self._is_secret(xmlid, res_model, res_id):
            access_token = None
        return super()._find_record(xmlid, res_model, res_id, access_token, field)

    def _is_secret(self, xmlid, res_model, res_id):
        if xmlid:
            record = self.env.ref(xmlid, raise_if_not_found=False)
        else:
            record = res_model in self.env and self.env[res_model].browse(res_id)
        if not record or not record.exists():
            return False
        if record._name == "ir.attachment":
            return record._is_secret()
        return record._name in self.env["customer.secrecy.mixin"]._get_secret_models()
