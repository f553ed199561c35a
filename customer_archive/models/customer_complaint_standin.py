from odoo import models


class CustomerComplaint(models.Model):
    """What slice solve brings; dropped with the merge."""

    _inherit = "customer.complaint"

    def _reopen(self, reason):
        for complaint in self:
            complaint._move_to(
                "investigating", note=reason, reopen_count=complaint.reopen_count + 1
            )

    def _get_closing_obstacles(self):
        return []
