from odoo import models


class CustomerGradeEvaluation(models.Model):
    """What becomes of a proposal when its dossier ends or is merged (E9)."""

    _inherit = "customer.grade.evaluation"

    def _is_worked_on(self):
        """Return whether people judged, wrote or asked for something here, so that the
        proposal stays on record."""
        self.ensure_one()
        return bool(
            self.approval_id
            or self.deviation_reason
            or self.remark
            or self.reason
            or self.line_ids.filtered(
                lambda line: line.source == "entered" and line.has_value
            )
        )
