from odoo import fields, models


class CrmStage(models.Model):
    _inherit = "crm.stage"

    require_first_contact = fields.Boolean(
        help="A lead enters this stage only with the record of the first contact: "
        "date, channel and needs."
    )
    step_ids = fields.One2many("customer.sales.step", "stage_id", string="Checklist")
    require_steps = fields.Boolean(
        string="Require the Checklist",
        help="A lead leaves this stage only when its checklist is done.",
    )
