from odoo import fields, models


class CustomerSurveyReportReturn(models.TransientModel):
    """What has to be changed in a report; the report decides who may say so (G14)."""

    _name = "customer.survey.report.return"
    _description = "Return of a Survey Report"

    report_id = fields.Many2one(
        "customer.survey.report", required=True, ondelete="cascade"
    )
    remark = fields.Text(string="What Has to Be Changed", required=True)

    def action_confirm(self):
        self.ensure_one()
        return self.report_id.action_return(self.remark)
