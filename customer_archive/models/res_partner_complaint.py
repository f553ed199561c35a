from odoo import fields, models

from .customer_complaint import CLOSED


class ResPartner(models.Model):
    _inherit = "res.partner"

    complaint_count = fields.Integer(
        string="Complaints",
        compute="_compute_complaint_count",
        compute_sudo=False,
        groups="base.group_user",
    )
    open_complaint_count = fields.Integer(
        string="Open Complaints",
        compute="_compute_complaint_count",
        compute_sudo=False,
        groups="base.group_user",
    )

    def _compute_complaint_count(self):
        counts = {}
        for partner, state, count in self.env["customer.complaint"]._read_group(
            [("partner_id", "in", self.commercial_partner_id.ids)],
            ["partner_id", "state"],
            ["__count"],
        ):
            total, unfinished = counts.get(partner.id, (0, 0))
            counts[partner.id] = (
                total + count,
                unfinished + count * (state not in CLOSED),
            )
        for partner in self:
            partner.complaint_count, partner.open_complaint_count = counts.get(
                partner.commercial_partner_id.id, (0, 0)
            )

    def action_view_complaints(self):
        """Show the cases of the customer that these contacts belong to (B22)."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_complaint_action"
        )
        return action | {
            "domain": [("partner_id", "in", self.commercial_partner_id.ids)],
            "context": {},
        }
