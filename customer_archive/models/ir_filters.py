from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class IrFilters(models.Model):
    """The domain of a filter tells what its author looked for: on models under a
    secrecy rule everybody has his own filters and sees only those (D8)."""

    _inherit = "ir.filters"

    @api.constrains("user_ids", "model_id")
    def _check_not_shared(self):
        secret = self.env["customer.secrecy.mixin"]._get_secret_models()
        for ir_filter in self:
            if ir_filter.model_id in secret and len(ir_filter.user_ids) != 1:
                raise ValidationError(
                    self.env._(
                        "Filters on confidential documents are not shared. Save "
                        "%(filter)s for yourself alone.",
                        filter=ir_filter.name,
                    )
                )

    def _not_of_others_domain(self):
        secret = self.env["customer.secrecy.mixin"]._get_secret_models()
        return Domain("model_id", "not in", list(secret)) | Domain(
            "user_ids", "in", self.env.uid
        )

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        # EXTENDS 'base'
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & self._not_of_others_domain()
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        # EXTENDS 'base'
        result = super()._check_access(operation)
        allowed = self - result[0] if result else self
        # sudo: the rules were asked by super
        own_sudo = allowed.sudo().filtered_domain(self._not_of_others_domain())
        secrecy = self.env["customer.secrecy.mixin"]
        return secrecy._forbid(result, allowed - own_sudo.with_env(self.env))
