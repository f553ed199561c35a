from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CustomerCreditRuleLine(models.Model):
    """The terms of one rating (F2, F14): what a customer of this rating may get."""

    _name = "customer.credit.rule.line"
    _description = "Credit Terms of a Rating"
    _inherit = ["customer.rule.line.mixin"]
    _order = "rule_id, rating_id"
    _rec_name = "rating_id"

    rule_id = fields.Many2one(
        "customer.credit.rule", required=True, index=True, ondelete="cascade"
    )
    rating_id = fields.Many2one(
        "customer.credit.rating", required=True, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(
        "res.currency", help="Empty: the currency of the customer's company."
    )
    max_amount = fields.Monetary(
        string="Maximum Limit",
        help="More needs an exception. 0: no credit at all.",
    )
    coefficient = fields.Float(
        default=1.0,
        digits=(6, 2),
        help="How many times the average sales of the credit days are suggested as "
        "limit.",
    )
    term_days = fields.Integer(string="Credit Days", default=30)
    warning_percent = fields.Float(
        string="Near the Limit from (%)",
        digits=(5, 1),
        help="0: what the company's settings say.",
    )
    review_months = fields.Integer(string="Review Interval (Months)", default=12)
    counts_guarantees = fields.Boolean(help="Guarantees add to the limit.")
    needs_approval_always = fields.Boolean(
        string="Always by Decision",
        help="Every limit above 0 is decided by a person, however small.",
    )
    measures = fields.Text(
        string="Measures on Deterioration",
        translate=True,
        help="What is done when the customer's credit gets worse.",
    )
    conditions = fields.Text(string="Required Conditions", translate=True)

    _rating_uniq = models.Constraint(
        "UNIQUE(rule_id, rating_id)", "A version holds the terms of a rating once."
    )
    _figures_positive = models.Constraint(
        "CHECK(max_amount >= 0 AND coefficient >= 0 AND term_days >= 0 "
        "AND warning_percent >= 0 AND warning_percent <= 100 AND review_months > 0)",
        "Terms are never negative, a warning lies at most at 100 % and a rating is "
        "reviewed after one month or more.",
    )

    @api.constrains("rule_id", "rating_id")
    def _check_scheme(self):
        for line in self:
            if line.rating_id.scheme_id != line.rule_id.scheme_id:
                raise ValidationError(
                    self.env._(
                        "%(rating)s is no rating of %(scheme)s.",
                        rating=line.rating_id.name,
                        scheme=line.rule_id.scheme_id.name,
                    )
                )

    def _get_max_amount(self, company, date=None):
        """Return the maximum limit in the currency of ``company`` at the rate of the
        day."""
        self.ensure_one()
        currency = self.currency_id or company.currency_id
        return currency._convert(
            self.max_amount,
            company.currency_id,
            company,
            date or fields.Date.context_today(self),
        )
