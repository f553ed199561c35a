from odoo import models


class ResGroups(models.Model):
    _inherit = "res.groups"

    def write(self, vals):
        """Who loses the employees' group this way is let go, too (D29)."""
        if {"user_ids", "implied_ids", "implied_by_ids"}.isdisjoint(vals):
            return super().write(vals)
        # sudo: only whether somebody is an employee matters
        employees = self.env.ref("base.group_user").sudo()
        before = employees.all_user_ids
        result = super().write(vals)
        (before - employees.all_user_ids)._check_handed_over()
        return result
