from odoo import fields, models


class CustomerDossierHistory(models.TransientModel):
    """Why customers leave for the history library (A60)."""

    _name = "customer.dossier.history"
    _description = "Move Dossiers to History"

    dossier_ids = fields.Many2many("customer.dossier", required=True)
    churn_reason_id = fields.Many2one("crm.lost.reason", required=True)
    note = fields.Text()

    def action_move(self):
        self.ensure_one()
        self.dossier_ids._move_to_history(self.churn_reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}
