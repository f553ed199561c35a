from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerCreditAssessmentLine(models.Model):
    """One factor of an assessment: its figure from accounting, or what a person judged,
    and what it counted (F4, F9)."""

    _name = "customer.credit.assessment.line"
    _description = "Factor of a Credit Assessment"
    _inherit = ["customer.credit.content.mixin"]
    _order = "assessment_id, id"

    assessment_id = fields.Many2one(
        "customer.credit.assessment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(
        related="assessment_id.account_id", store=True, required=False
    )
    factor_id = fields.Many2one(
        "customer.credit.factor", required=True, readonly=True, ondelete="restrict"
    )
    source = fields.Selection(related="factor_id.source")
    is_entered = fields.Boolean(related="factor_id.is_entered")
    has_value = fields.Boolean(readonly=True)
    value = fields.Float(string="Figure", readonly=True, digits=(16, 2))
    is_judged = fields.Boolean(string="Judged")
    entered_value = fields.Float(
        string="Judgement",
        digits=(16, 2),
        help="For a question: 1 for yes, 0 for no. It counts once it is judged.",
    )
    has_score = fields.Boolean(readonly=True)
    score = fields.Float(readonly=True, digits=(16, 1))
    weight = fields.Float(readonly=True, digits=(6, 2))

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "assessment_id",
            "factor_id",
            "has_value",
            "value",
            "has_score",
            "score",
            "weight",
        }

    @api.onchange("entered_value")
    def _onchange_entered_value(self):
        if self.entered_value:
            self.is_judged = True

    def write(self, vals):
        if not self._is_system():
            # a submission at the same time fails on the row and is run again; sudo:
            # the line was judged by its own rules
            self.assessment_id.sudo().lock_for_update()
            self.assessment_id._check_draft()
            if any(not line.is_entered for line in self):
                raise UserError(
                    self.env._("Figures of accounting are not judged by a person.")
                )
        return super().write(vals)
