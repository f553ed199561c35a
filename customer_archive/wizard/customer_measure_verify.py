from odoo import fields, models


class CustomerMeasureVerify(models.TransientModel):
    """The verifier's judgement on a measure (G20)."""

    _name = "customer.measure.verify"
    _description = "Verify the Effect of a Measure"

    measure_id = fields.Many2one("customer.measure", required=True, ondelete="cascade")
    value_target = fields.Float(related="measure_id.value_target", related_sudo=False)
    is_measured = fields.Boolean(
        readonly=True, help="The value is what the system has found out."
    )
    value_after = fields.Float(string="After", digits=(16, 1))
    evidence = fields.Text(required=True)

    def action_effective(self):
        return self.measure_id.action_verify(True, self.evidence, self.value_after)

    def action_not_effective(self):
        return self.measure_id.action_verify(False, self.evidence, self.value_after)
