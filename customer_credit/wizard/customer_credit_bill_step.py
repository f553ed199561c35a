from odoo import api, fields, models


class CustomerCreditBillStep(models.TransientModel):
    """What finance says about a step in the life of a bill (F13)."""

    _name = "customer.credit.bill.step"
    _description = "Step of a Bill"

    bill_id = fields.Many2one("customer.credit.bill", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="bill_id.currency_id", related_sudo=False)
    step = fields.Selection(
        [
            ("endorse", "Endorse"),
            ("discount", "Discount"),
            ("settle", "Settle"),
            ("delay", "Delay"),
            ("dishonour", "Dishonour"),
        ],
        required=True,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    receiver = fields.Char(string="Given To")
    fee = fields.Monetary(string="Discount Fee")
    with_recourse = fields.Boolean(default=True)
    delayed_until = fields.Date()
    reason = fields.Text()
    warning = fields.Char(compute="_compute_warning")

    @api.depends("step")
    def _compute_warning(self):
        for wizard in self:
            wizard.warning = wizard.step in ("delay", "dishonour") and self.env._(
                "It becomes a credit event, which may freeze the limit at once."
            )

    def action_take(self):
        """Take the step."""
        self.ensure_one()
        bill = self.bill_id
        if self.step == "endorse":
            bill.action_endorse(self.receiver, self.with_recourse, self.date)
        elif self.step == "discount":
            bill.action_discount(self.receiver, self.fee, self.with_recourse, self.date)
        elif self.step == "settle":
            bill.action_settle(self.date)
        elif self.step == "delay":
            bill.action_delay(self.delayed_until, self.reason, self.date)
        else:
            bill.action_dishonour(self.reason, self.date)
        return {"type": "ir.actions.act_window_close"}
