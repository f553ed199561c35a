from odoo import fields, models
from odoo.fields import Domain


class CustomerGradeRule(models.Model):
    """One version of the thresholds of a scheme (E6): the keeper drafts it, the general
    manager approves it. An evaluation uses the version valid on its date."""

    _name = "customer.grade.rule"
    _description = "Grade Rule Version"
    _inherit = ["customer.rule.version.mixin"]

    scheme_id = fields.Many2one(
        "customer.grade.scheme",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self.env["customer.grade.scheme"]._get_leading(
            self.env.company
        ),
    )
    upgrade_percent = fields.Float(
        string="Upgradeable from (%)",
        default=80.0,
        digits=(5, 1),
        help="From which part of the thresholds of the next grade on a customer counts "
        "as upgradeable.",
    )
    line_ids = fields.One2many(
        "customer.grade.rule.line", "rule_id", string="Thresholds", copy=True
    )

    _upgrade_percent_range = models.Constraint(
        "CHECK(upgrade_percent > 0 AND upgrade_percent <= 100)",
        "The part of the next grade's thresholds lies above 0 and at most at 100 %.",
    )

    def _approval_locked_fields(self):
        return super()._approval_locked_fields() | {"upgrade_percent"}

    def _get_missing_names(self):
        return (self.scheme_id.grade_ids - self.line_ids.grade_id).mapped("name")

    def _get_in_force(self, scheme, company, date):
        """Return the version of ``scheme`` in force for ``company`` on ``date``."""
        return self._find_version(company, date, Domain("scheme_id", "=", scheme.id))
