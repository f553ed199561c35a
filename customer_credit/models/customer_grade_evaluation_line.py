from odoo import models
from odoo.fields import Domain


class CustomerGradeEvaluationLine(models.Model):
    """The credit standing stands in the score sheet only for those who may see the
    customer's credit (F60)."""

    _inherit = "customer.grade.evaluation.line"

    def _may_read_domain(self):
        readable = super()._may_read_domain()
        accounts = self.env["customer.credit.account"]
        of_seen = accounts._may_read_domain()
        if of_seen.is_true():
            return readable
        # sudo: the rule itself asks; the accounts only name the customers
        seen = accounts.sudo()._search(of_seen)
        return readable & (
            Domain("factor_id.source", "!=", "credit")
            | Domain("evaluation_id.partner_id", "in", seen.subselect("partner_id"))
        )
