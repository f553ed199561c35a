from odoo import api, fields, models


class CustomerApprovalDecide(models.TransientModel):
    _inherit = "customer.approval.decide"

    is_credit_hold = fields.Boolean(compute="_compute_is_credit_hold")
    is_last_step = fields.Boolean(compute="_compute_is_credit_hold")
    is_report = fields.Boolean(compute="_compute_is_credit_hold")
    currency_id = fields.Many2one("res.currency", compute="_compute_is_credit_hold")
    credit_decision = fields.Selection(
        [
            ("once", "Release Once"),
            ("prepay", "Require Prepayment"),
            ("raise", "Raise Limit"),
        ],
        default="once",
    )
    release_amount = fields.Monetary(string="Release up to")
    release_until = fields.Date(string="Until")
    prepay_amount = fields.Monetary(string="Prepayment")

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
            hold = self.env["customer.credit.hold"]
            wizard.is_credit_hold = wizard.res_model == hold._name
            if wizard.is_credit_hold:
                hold = wizard._get_document()
            wizard.is_last_step = hold.is_last_step
            wizard.is_report = hold.kind == "report"
            wizard.currency_id = hold.currency_id

    def action_decide(self):
        if not (self.is_last_step and self.decision == "approve"):
            return super().action_decide()
        hold = self._get_document()
        if self.credit_decision == "raise":
            return hold.action_raise_limit(self.comment)
        if self.credit_decision == "prepay":
            hold.action_require_prepayment(
                self.prepay_amount,
                self.release_amount,
                self.release_until,
                self.comment,
            )
        else:
            hold.action_release(self.release_amount, self.release_until, self.comment)
        return {"type": "ir.actions.act_window_close"}
