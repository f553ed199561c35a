from odoo import api, models
from odoo.exceptions import UserError


class IrAttachment(models.Model):
    """A file of a customer is the company's: it hangs on a record that decides who
    reads it. Without a record its creator alone would (D16)."""

    _inherit = "ir.attachment"

    @api.model
    def _is_customer_model(self, model):
        return model == "res.partner" or (
            model
            in self.env.registry.descendants(["customer.secrecy.mixin"], "_inherit")
        )

    @api.model_create_multi
    def create(self, vals_list):
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
        if not self.env.su and {"res_model", "res_id"} & vals.keys():
            for attachment in self:
                model = vals.get("res_model", attachment.res_model)
                kept = model and vals.get("res_id", attachment.res_id)
                if not kept and attachment._is_customer_model(attachment.res_model):
                    raise UserError(
                        self.env._(
                            "%(file)s belongs to a customer and stays with him.",
                            file=attachment.name,
                        )
                    )
        return super().write(vals)
