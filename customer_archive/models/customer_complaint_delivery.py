from odoo import fields, models


class CustomerComplaint(models.Model):
    _inherit = "customer.complaint"

    tracking_id = fields.Many2one(
        "customer.delivery.tracking",
        string="Quality Tracking",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="In which the problem was found (B33).",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"tracking_id"}
