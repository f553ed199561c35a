from odoo import fields, models


class CustomerDisposalDecide(models.TransientModel):
    """Whether a candidate for destruction is worth keeping (D30)."""

    _name = "customer.disposal.decide"
    _description = "Decide on the Value of a Candidate"

    disposal_id = fields.Many2one(
        "customer.disposal", string="Destruction", required=True, ondelete="cascade"
    )
    decision = fields.Selection(
        [("keep", "Keep"), ("destroy", "No Value, Destroy")],
        required=True,
        default="keep",
    )
    date_until = fields.Date(string="Keep Until")
    reason_kind = fields.Selection(
        selection=lambda self: (
            self.env["customer.disposal"]
            ._fields["reason_kind"]
            ._description_selection(self.env)
        ),
        string="Ground",
    )
    reason = fields.Text(required=True)

    def action_decide(self):
        self.ensure_one()
        self.disposal_id._decide_value(
            self.decision, self.date_until, self.reason_kind, self.reason
        )
        return {"type": "ir.actions.act_window_close"}
