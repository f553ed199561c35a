from odoo import fields, models


class CustomerComplaint(models.Model):
    _inherit = "customer.complaint"

    survey_response_id = fields.Many2one(
        "customer.survey.response",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Where the customer complained.",
    )
