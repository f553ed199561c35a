from odoo import api, models
from odoo.fields import Domain


class CustomerApproval(models.Model):
    _inherit = "customer.approval"

    @api.model
    def _may_read_domain(self):
        """EXTENDS 'customer_archive': the amount of a request is a figure of the credit
        file, so who asked without seeing that does not read it either (F60)."""
        domain = super()._may_read_domain()
        uid = self.env.uid
        asked = Domain("line_ids.user_ids", "in", [uid]) | Domain(
            "decision_ids.user_id", "=", uid
        )
        for model in self.env["customer.credit.account"]._get_content_models():
            if model not in self._document_models():
                continue
            documents = self.env[model].with_user(uid)
            shown = asked | Domain("res_model", "!=", model)
            if documents.has_access("read"):
                shown |= Domain("res_id", "in", documents._search(Domain.TRUE))
            domain &= shown
        return domain
