from odoo import api, models


class CustomerCachedMixin(models.AbstractModel):
    """Configuration that is read from Odoo's cache and clears it when it changes."""

    _name = "customer.cached.mixin"
    _description = "Cached Configuration"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
