from odoo import api, models


class CustomerMeasure(models.Model):
    _inherit = "customer.measure"

    # What belongs to a closed case neither comes nor goes (B22); a measure that it
    # has is followed to its effect.

    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals.get("complaint_id") for vals in vals_list}
        cases = self.env["customer.complaint"].browse(ids - {None, False})
        if not self._is_system():
            # before it is told that a case is closed
            cases.check_access("read")
        self._check_cases_open(cases)
        return super().create(vals_list)

    def write(self, vals):
        if "complaint_id" not in vals:
            return super().write(vals)
        # sudo: whatever the user may read of the case
        self._check_cases_open(self.sudo().complaint_id)
        result = super().write(vals)
        # afterwards: who may not name that case is not told that it is closed
        self._check_cases_open(self.sudo().complaint_id)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed_case(self):
        # sudo: whatever the user may read of the case
        self._check_cases_open(self.sudo().complaint_id)

    def _check_cases_open(self, cases):
        # sudo: only its state is looked at
        cases.sudo()._check_not_closed({"measure_ids": True})
