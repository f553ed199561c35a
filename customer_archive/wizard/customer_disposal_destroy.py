from collections import Counter

from odoo import api, fields, models


class CustomerDisposalDestroy(models.TransientModel):
    """The last question before dossiers are destroyed (D31)."""

    _name = "customer.disposal.destroy"
    _description = "Destroy Dossiers"

    disposal_ids = fields.Many2many(
        "customer.disposal", string="Destruction", required=True
    )
    numbers = fields.Char(string="Dossiers", compute="_compute_contents")
    contents = fields.Char(
        compute="_compute_contents", help="What will be destroyed with them."
    )
    paper_destroyed = fields.Boolean(
        string="Paper Copy Destroyed",
        help="The paper copies of these dossiers have been destroyed, too.",
    )

    @api.depends("disposal_ids")
    @api.depends_context("uid", "lang")
    def _compute_contents(self):
        for dialog in self:
            disposals = dialog.disposal_ids._origin
            disposals._check_acting("approved")
            dialog.numbers = ", ".join(disposals.mapped("number"))
            # sudo: numbers are counted of what the keeper may not read
            dossiers_sudo = disposals.sudo().dossier_id
            counts = dossiers_sudo._count_holdings(dossiers_sudo._get_holdings())
            dialog.contents = dossiers_sudo._name_counts(
                sum(counts.values(), Counter())
            )

    def action_destroy(self):
        self.ensure_one()
        self.disposal_ids._destroy_dossiers(self.paper_destroyed)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
