from odoo import fields, models


class CustomerDossier(models.Model):
    _inherit = "customer.dossier"

    negative_feedback_count = fields.Integer(
        compute="_compute_negative_feedback_count", compute_sudo=False
    )

    def _compute_negative_feedback_count(self):
        counts = dict(
            self.env["customer.negative.feedback"]._read_group(
                [("dossier_id", "in", self.ids)], ["dossier_id"], ["__count"]
            )
        )
        for dossier in self:
            dossier.negative_feedback_count = counts.get(dossier._origin, 0)

    def action_view_negative_feedback(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_survey.customer_negative_feedback_action"
        )
        return action | {"domain": [("dossier_id", "=", self.id)], "context": {}}
