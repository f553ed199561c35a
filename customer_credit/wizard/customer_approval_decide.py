from odoo import api, fields, models


class CustomerApprovalDecide(models.TransientModel):
    _inherit = "customer.approval.decide"

    is_credit_hold = fields.Boolean(compute="_compute_is_credit_hold")
    currency_id = fields.Many2one("res.currency", compute="_compute_is_credit_hold")
    release_amount = fields.Monetary(string="Release up to")
    release_until = fields.Date(string="Until")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if values.get("res_model") == "customer.credit.hold":
            hold = self.env["customer.credit.hold"].browse(values.get("res_id"))
            values.update(
                release_amount=hold.release_amount,
                release_until=hold.release_until or hold._get_default_release_until(),
            )
        return values

    @api.depends("res_model", "res_id")
    def _compute_is_credit_hold(self):
        for wizard in self:
            wizard.is_credit_hold = wizard.res_model == "customer.credit.hold"
            wizard.currency_id = (
                wizard._get_document().currency_id if wizard.is_credit_hold else False
            )

    def action_decide(self):
        if self.is_credit_hold and self.decision == "approve":
            self._get_document().action_release(
                self.release_amount, self.release_until, self.comment
            )
            return {"type": "ir.actions.act_window_close"}
        return super().action_decide()
