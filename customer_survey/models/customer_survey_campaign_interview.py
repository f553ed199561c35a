from odoo import models

from .customer_survey_response_interview import ACTIVITY_TYPE


class CustomerSurveyCampaign(models.Model):
    _inherit = "customer.survey.campaign"

    def _on_closed(self):
        result = super()._on_closed()
        # sudo: the to-dos of the interviewers; nobody is asked any more
        self.sudo().response_ids.activity_unlink([ACTIVITY_TYPE])
        return result
