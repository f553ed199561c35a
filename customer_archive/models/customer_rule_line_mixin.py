from odoo import api, models


class CustomerRuleLineMixin(models.AbstractModel):
    """What one version of a rule says; see ``customer.rule.version.mixin``.

    A model that inherits this has a ``rule_id``, its version.
    """

    _name = "customer.rule.line.mixin"
    _description = "Terms of a Version of a Rule"
    _inherit = ["customer.cached.mixin", "customer.guarded.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_open()
        return lines

    def write(self, vals):
        self._check_open()
        result = super().write(vals)
        if "rule_id" in vals:
            self._check_open()
        return result

    def _update_field_translations(self, field_name, *args, **kwargs):
        """EXTENDS 'base': it writes past ``write``."""
        self._check_open()
        return super()._update_field_translations(field_name, *args, **kwargs)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self._check_open()

    def _check_open(self):
        if not self._is_system():
            self.check_access("write")
            # sudo: who may write the terms may not be entitled to the version's row
            rules_sudo = self.rule_id.sudo()
            # a submission at the same time fails on the row and is run again
            rules_sudo.lock_for_update()
            rules_sudo._check_open()
