from odoo import api, models


class CustomerCachedMixin(models.AbstractModel):
    """Configuration that is read from Odoo's cache and clears it when it changes."""

    _name = "customer.cached.mixin"
    _description = "Cached Configuration"

    def _clear_cached(self):
        self.env.registry.clear_cache()
        # another thread may have kept what was true until the commit
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    @api.model_create_multi
    def create(self, vals_list):
        self._clear_cached()
        return super().create(vals_list)

    def write(self, vals):
        self._clear_cached()
        return super().write(vals)

    def unlink(self):
        self._clear_cached()
        return super().unlink()
