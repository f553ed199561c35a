from odoo import fields, models


class CustomerGradeDeviate(models.TransientModel):
    """The dialog of another grade than the proposed one; the evaluation decides who
    may."""

    _name = "customer.grade.deviate"
    _description = "Deviate from a Proposed Grade"

    evaluation_id = fields.Many2one(
        "customer.grade.evaluation", required=True, ondelete="cascade"
    )
    # related_sudo: the dialog tells nothing of an evaluation that is hidden
    scheme_id = fields.Many2one(related="evaluation_id.scheme_id", related_sudo=False)
    proposed_grade_id = fields.Many2one(
        related="evaluation_id.proposed_grade_id", related_sudo=False
    )
    grade_id = fields.Many2one(
        "customer.grade",
        required=True,
        domain="[('scheme_id', '=', scheme_id), ('id', '!=', proposed_grade_id)]",
    )
    tier = fields.Selection(related="grade_id.tier")
    deviation_reason = fields.Text(string="Why Not as Proposed", required=True)
    remark = fields.Text(string="Detailed Remark")

    def action_submit(self):
        """Enter the grade with its reason and submit it."""
        self.ensure_one()
        values = {
            "grade_id": self.grade_id.id,
            "deviation_reason": self.deviation_reason,
        }
        if self.remark:
            values["remark"] = self.remark
        self.evaluation_id.write(values)
        self.evaluation_id.action_confirm()
        return {"type": "ir.actions.act_window_close"}
