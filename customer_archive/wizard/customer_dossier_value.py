from odoo import fields, models


class CustomerDossierValue(models.TransientModel):
    """Whether an ended dossier is worth keeping (A61)."""

    _name = "customer.dossier.value"
    _description = "Decide on the Value of a Dossier"

    dossier_id = fields.Many2one("customer.dossier", required=True, ondelete="cascade")
    decision = fields.Selection(
        [("keep", "Keep"), ("destroy", "No Value, Destroy")],
        required=True,
        default="keep",
    )
    date_until = fields.Date(string="Keep Until")
    reason = fields.Text(required=True)

    def action_decide(self):
        self.ensure_one()
        self.dossier_id._decide_value(self.decision, self.date_until, self.reason)
        return {"type": "ir.actions.act_window_close"}
