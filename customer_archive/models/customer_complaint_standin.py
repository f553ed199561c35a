from odoo import models
from odoo.exceptions import AccessError


class CustomerComplaint(models.Model):
    """What slice solve brings; dropped with the merge."""

    _inherit = "customer.complaint"

    def _reopen(self, reason):
        for complaint in self:
            complaint_sudo = complaint.sudo()
            complaint_sudo._move_to(
                "investigating",
                note=reason,
                reopen_count=complaint_sudo.reopen_count + 1,
                confirmation=False,
                confirmed_at=False,
                confirmed_by=False,
                score=0,
                score_comment=False,
                approval_id=False,
                approval_state="none",
            )
            user = complaint_sudo.user_id or complaint_sudo.receiver_id
            complaint_sudo.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary="The case was reopened",
                note=reason,
            )

    def _check_not_liable(self):
        for complaint in self:
            if complaint.sudo().liable_user_id == self.env.user:
                raise AccessError("you were found responsible")

    def _get_closing_obstacles(self):
        if self.flow_id.needs_confirmation and self.confirmation not in (
            "satisfied",
            "unreachable",
        ):
            return ["the customer's confirmation is missing"]
        return []
