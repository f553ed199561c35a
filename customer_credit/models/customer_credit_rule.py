from odoo import fields, models


class CustomerCreditRule(models.Model):
    """One version of the terms of a scheme's ratings (F2): customer service drafts it,
    finance approves it (K15)."""

    _name = "customer.credit.rule"
    _description = "Credit Rule Version"
    _inherit = ["customer.rule.version.mixin"]

    company_id = fields.Many2one(
        help="Empty: the terms of every company without its own."
    )
    scheme_id = fields.Many2one(
        "customer.credit.scheme",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self.env["customer.credit.scheme"]._get_leading(
            self.env.company
        ),
    )
    line_ids = fields.One2many(
        "customer.credit.rule.line", "rule_id", string="Terms", copy=True
    )

    def _get_missing_names(self):
        return (self.scheme_id.rating_ids - self.line_ids.rating_id).mapped("name")
