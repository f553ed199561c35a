from odoo import fields, models


class CustomerGradeConsequence(models.Model):
    """The limit that customers of a grade start with (E12)."""

    _inherit = "customer.grade.consequence"

    credit_limit = fields.Monetary(
        string="Default Limit",
        currency_field="credit_currency_id",
        help="Proposed to the finance department for a customer who has no limit yet; "
        "only its approval puts it in force. 0: none.",
    )
    credit_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Default Limit",
        default=lambda self: self.env.company.currency_id,
    )
    credit_term_days = fields.Integer(
        string="Default Credit Days", help="0: those of the credit rating."
    )

    _credit_positive = models.Constraint(
        "CHECK(credit_limit >= 0 AND credit_term_days >= 0)",
        "Limits and credit days are never negative.",
    )
    _credit_currency = models.Constraint(
        "CHECK(COALESCE(credit_limit, 0) = 0 OR credit_currency_id IS NOT NULL)",
        "Say in which currency the default limit is.",
    )
