from odoo import api, fields, models

from ..models.customer_access_permit import CONDITIONS


class CustomerAccessPermitHandle(models.TransientModel):
    """The dialog of Hand Out, Take Back and Revoke; the permit decides who may."""

    _name = "customer.access.permit.handle"
    _description = "Hand Out, Take Back or Revoke"

    permit_id = fields.Many2one(
        "customer.access.permit", required=True, ondelete="cascade"
    )
    step = fields.Selection(
        [
            ("hand_out", "Hand Out"),
            ("take_back", "Take Back"),
            ("revoke", "Revoke"),
        ],
        required=True,
    )
    signature = fields.Binary(string="Borrower's Signature", attachment=False)
    reason = fields.Text()
    line_ids = fields.One2many(
        "customer.access.permit.handle.line",
        "handle_id",
        default=lambda self: self._default_line_ids(),
    )

    @api.model
    def _default_line_ids(self):
        permits = self.env["customer.access.permit"]
        permit = permits.browse(self.env.context.get("default_permit_id"))
        return [fields.Command.create({"item_id": item.id}) for item in permit.item_ids]

    def action_confirm(self):
        self.ensure_one()
        permit = self.permit_id
        if self.step == "hand_out":
            permit.action_hand_out(self.signature)
        elif self.step == "take_back":
            permit.action_take_back(
                [
                    {
                        "item_id": line.item_id.id,
                        "condition": line.condition,
                        "remark": line.remark,
                    }
                    for line in self.line_ids
                ]
            )
        else:
            permit.action_revoke(self.reason)
        return {"type": "ir.actions.act_window_close"}


class CustomerAccessPermitHandleLine(models.TransientModel):
    _name = "customer.access.permit.handle.line"
    _description = "Item Handed Out or Taken Back"

    handle_id = fields.Many2one(
        "customer.access.permit.handle", required=True, ondelete="cascade"
    )
    item_id = fields.Many2one(
        "customer.access.permit.item", required=True, ondelete="cascade"
    )
    condition = fields.Selection(CONDITIONS, string="Returned As")
    remark = fields.Char()
