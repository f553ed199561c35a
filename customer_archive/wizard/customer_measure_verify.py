from odoo import api, fields, models


class CustomerMeasureVerify(models.TransientModel):
    """The verifier's judgement on a measure (G20)."""

    _name = "customer.measure.verify"
    _description = "Verify the Effect of a Measure"

    measure_id = fields.Many2one("customer.measure", required=True, ondelete="cascade")
    value_target = fields.Float(related="measure_id.value_target", related_sudo=False)
    # not in sudo: a figure is for who reads the measure
    is_measured = fields.Boolean(compute="_compute_is_measured", compute_sudo=False)
    value_after = fields.Float(
        string="After",
        digits=(16, 1),
        compute="_compute_value_after",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    evidence = fields.Text(required=True)

    @api.depends("measure_id")
    def _compute_is_measured(self):
        for wizard in self:
            wizard.is_measured = bool(wizard.measure_id._get_measured_values())

    @api.depends("measure_id")
    def _compute_value_after(self):
        for wizard in self:
            measured = wizard.measure_id._get_measured_values()
            wizard.value_after = measured.get("value_after", wizard.value_after)

    def action_effective(self):
        return self.measure_id.action_verify(True, self.evidence, self.value_after)

    def action_not_effective(self):
        return self.measure_id.action_verify(False, self.evidence, self.value_after)
