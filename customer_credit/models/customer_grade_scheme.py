from odoo import api, models


class CustomerGradeScheme(models.Model):
    _inherit = "customer.grade.scheme"

    @api.model
    def _flush_sources(self):
        result = super()._flush_sources()
        for model in (
            "customer.credit.account",
            "customer.credit.assessment",
            "customer.credit.rating",
            "customer.credit.scheme",
        ):
            self.env[model].flush_model()
        return result
