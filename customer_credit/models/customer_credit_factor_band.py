from odoo import fields, models


class CustomerCreditFactorBand(models.Model):
    """From which figure on a factor has which score. A band ends where the next one
    begins, so that there is neither gap nor overlap."""

    _name = "customer.credit.factor.band"
    _description = "Band of a Credit Rating Factor"
    _order = "factor_id, min_value"

    factor_id = fields.Many2one(
        "customer.credit.factor", required=True, index=True, ondelete="cascade"
    )
    min_value = fields.Float(
        string="From Figure", help="The lowest band holds for what lies below, too."
    )
    score = fields.Float(digits=(5, 1), required=True)

    _threshold_uniq = models.Constraint(
        "UNIQUE(factor_id, min_value)", "Two bands cannot begin at the same figure."
    )
    _score_range = models.Constraint(
        "CHECK(score >= 0 AND score <= 100)", "A score lies between 0 and 100."
    )
