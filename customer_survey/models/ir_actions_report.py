from odoo import api, models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _get_blank_forms(self):
        return super()._get_blank_forms() | {
            "customer_survey.report_customer_satisfaction_feedback_blank"
        }
