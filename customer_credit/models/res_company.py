from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_default_control = fields.Selection(
        [
            ("none", "Not controlled"),
            ("limited", "Prepayment only until a limit is approved"),
        ],
        string="Customers without Credit Account",
        default="none",
        help="What holds for a customer for whom nothing was decided yet.",
    )
    credit_warning_percent = fields.Float(
        string="Near the Limit from (%)", default=80.0, digits=(5, 1)
    )
    credit_release_days = fields.Integer(
        string="A Release Lasts (Days)",
        default=30,
        help="How long an order may be confirmed after its release, unless the "
        "decider says otherwise.",
    )

    _credit_warning_percent_range = models.Constraint(
        "CHECK(credit_warning_percent > 0 AND credit_warning_percent <= 100)",
        "Warn from more than 0 % to at most 100 % of the limit.",
    )
    _credit_release_days_positive = models.Constraint(
        "CHECK(credit_release_days >= 0)", "A release lasts at least today."
    )
