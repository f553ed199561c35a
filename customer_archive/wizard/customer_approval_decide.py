from odoo import fields, models
from odoo.exceptions import UserError


class CustomerApprovalDecide(models.TransientModel):
    """The dialog of Approve, Reject and Delegate; the document decides who may."""

    _name = "customer.approval.decide"
    _description = "Decide on a Document"

    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    decision = fields.Selection(
        [
            ("approve", "Approve"),
            ("view", "Record View"),
            ("reject", "Reject"),
            ("delegate", "Delegate"),
        ],
        required=True,
        default="approve",
    )
    comment = fields.Text()
    delegate_id = fields.Many2one("res.users", domain=[("share", "=", False)])

    def _get_document(self):
        self.ensure_one()
        mixin = self.env.registry["customer.approval.mixin"]
        model = self.env.get(self.res_model)
        if model is None or not issubclass(self.env.registry[self.res_model], mixin):
            raise UserError(self.env._("This document is not decided on here."))
        return model.browse(self.res_id)

    def action_decide(self):
        document = self._get_document()
        if self.decision in ("approve", "view"):
            document.action_approve(self.comment)
        elif self.decision == "reject":
            document.action_reject(self.comment)
        else:
            document.action_delegate(self.delegate_id.id, self.comment)
        return {"type": "ir.actions.act_window_close"}
