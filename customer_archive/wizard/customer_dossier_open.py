from odoo import api, fields, models


class CustomerDossierOpen(models.TransientModel):
    """Open dossiers for all existing customers at once (A9)."""

    _name = "customer.dossier.open"
    _description = "Open Dossiers for Existing Customers"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Business Unit",
        required=True,
        default=lambda self: self.env["crm.team"]._get_default_team_id(),
        help="For customers whose orders name none.",
    )
    keeper_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.company.customer_keeper_id,
        domain=[("share", "=", False)],
        help="For business units that name none.",
    )
    customer_count = fields.Integer(
        string="Customers without Dossier", compute="_compute_customer_count"
    )

    @api.depends("company_id")
    def _compute_customer_count(self):
        for wizard in self:
            query = self.env["customer.dossier"]._existing_customers_query(
                wizard.company_id
            )
            wizard.customer_count = len(query)

    def action_open(self):
        self.ensure_one()
        count = self.env["customer.dossier"]._create_for_existing_customers(
            self.company_id, self.team_id, self.keeper_id
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s dossiers opened.", count=count),
                "next": {
                    "type": "ir.actions.act_window",
                    "res_model": "customer.dossier",
                    "name": self.env._("Dossiers"),
                    "views": [(False, "list"), (False, "form")],
                },
            },
        }
