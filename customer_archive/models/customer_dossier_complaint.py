from odoo import api, fields, models
from odoo.fields import Domain

from .customer_complaint import CLOSED

CASE = "customer.complaint"


class CustomerDossier(models.Model):
    _inherit = "customer.dossier"

    complaint_count = fields.Integer(
        string="Complaints", compute="_compute_complaint_count", compute_sudo=False
    )
    open_complaint_count = fields.Integer(
        string="Open Complaints",
        compute="_compute_complaint_count",
        compute_sudo=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        dossiers = super().create(vals_list)
        dossiers._file_complaints()
        return dossiers

    def _file_complaints(self):
        """Take up the cases that these customers had without a dossier (B22)."""
        # sudo: whoever opens a dossier need not read the cases
        complaints_sudo = self.env["customer.complaint"].sudo()
        unfiled = complaints_sudo.search(
            Domain("partner_id", "in", self.sudo().partner_id.ids)
            & Domain("dossier_id", "=", False)
        )
        # the dossier of a case is found again, and the unit with it
        unfiled.modified(["partner_id"])
        for complaint_sudo in unfiled.filtered("measure_ids"):
            complaint_sudo.measure_ids._system_write(
                complaint_sudo._prepare_measure_values()
            )

    def _get_obstacles(self):
        """A customer whose case is open waits for an answer."""
        obstacles = super()._get_obstacles()
        for partner, count in self.env["customer.complaint"]._read_group(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("state", "not in", CLOSED),
            ["partner_id"],
            ["__count"],
        ):
            dossier = self.filtered(lambda dossier: dossier.partner_id == partner)  # noqa: B023
            names = [obstacles.get(dossier.id), self._name_counts({CASE: count})]
            obstacles[dossier.id] = ", ".join(filter(None, names))
        return obstacles

    def _compute_complaint_count(self):
        counts = {}
        for dossier, state, count in self.env["customer.complaint"]._read_group(
            [("dossier_id", "in", self.ids)], ["dossier_id", "state"], ["__count"]
        ):
            total, unfinished = counts.get(dossier.id, (0, 0))
            counts[dossier.id] = (
                total + count,
                unfinished + count * (state not in CLOSED),
            )
        for dossier in self:
            dossier.complaint_count, dossier.open_complaint_count = counts.get(
                dossier._origin.id, (0, 0)
            )

    def action_view_complaints(self):
        """Show the customer's cases, closed ones included (B22)."""
        return self._action_view_documents(
            "customer_archive.customer_complaint_action",
            Domain("dossier_id", "in", self.ids),
        )
