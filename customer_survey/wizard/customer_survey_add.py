from odoo import api, fields, models


class CustomerSurveyAdd(models.TransientModel):
    """The dialog in which the marketing director chooses whom a campaign asks; the
    campaign decides whether he may (G2)."""

    _name = "customer.survey.add"
    _description = "Customers to Ask"

    campaign_id = fields.Many2one(
        "customer.survey.campaign", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="campaign_id.company_id")
    team_id = fields.Many2one(related="campaign_id.team_id")
    asked_dossier_ids = fields.Many2many(
        "customer.dossier", compute="_compute_asked_dossier_ids"
    )
    dossier_ids = fields.Many2many(
        "customer.dossier",
        string="Customers",
        required=True,
        domain="""[
            ('id', 'not in', asked_dossier_ids),
            ('state', 'not in', ('history', 'destroyed')),
            ('company_id', 'in', (company_id, False)),
            ('team_id', '=?', team_id),
        ]""",
    )

    @api.depends("campaign_id")
    def _compute_asked_dossier_ids(self):
        for dialog in self:
            dialog.asked_dossier_ids = dialog.campaign_id.response_ids.dossier_id

    def action_add(self):
        self.ensure_one()
        self.campaign_id._add_chosen(self.dossier_ids)
        return {"type": "ir.actions.act_window_close"}
