from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CustomerGradeRuleLine(models.Model):
    """Who has a grade (E2 to E5): the thresholds of the criteria, or every customer
    with or without a deal. A criterion that is 0 is off."""

    _name = "customer.grade.rule.line"
    _description = "Thresholds of a Grade"
    _inherit = ["customer.rule.line.mixin"]
    # the order of the grades, from the best to the lowest
    _order = "rule_id, sequence, grade_id.id"
    _rec_name = "grade_id"

    rule_id = fields.Many2one(
        "customer.grade.rule", required=True, index=True, ondelete="cascade"
    )
    grade_id = fields.Many2one(
        "customer.grade", required=True, index=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="grade_id.sequence", store=True)
    match = fields.Selection(
        [
            ("any", "Any Criterion"),
            ("all", "All Criteria"),
            ("deal", "Every Customer with a Deal"),
            ("need", "Need and Intention, No Deal"),
        ],
        required=True,
        default="any",
        help="Who has this grade, unless he has a better one. A criterion that is 0 is "
        "off.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        help="Empty: the currency of the company. Compared in it at the rate "
        "of the day of the evaluation.",
    )
    years = fields.Integer(
        string="Consecutive Years",
        help="In how many years in a row, up to the last one, the yearly amount was "
        "reached.",
    )
    yearly_amount = fields.Monetary(
        help="Contracts and orders of each of the consecutive years, without taxes and "
        "less credit notes.",
    )
    single_amount = fields.Monetary(
        string="Single Contract", help="The largest contract or order of the year."
    )
    total_amount = fields.Monetary(
        string="Year or Potential",
        help="Contracts and orders of the year, or the potential demand.",
    )
    max_rank = fields.Integer(
        string="National Rank up to",
        help="The rank in scale and technology in the country.",
    )

    _grade_uniq = models.Constraint(
        "UNIQUE(rule_id, grade_id)", "A version holds the thresholds of a grade once."
    )
    _figures_positive = models.Constraint(
        "CHECK(years >= 0 AND years <= 10 AND yearly_amount >= 0 "
        "AND single_amount >= 0 AND total_amount >= 0 AND max_rank >= 0)",
        "Thresholds are never negative, and at most 10 years are looked at.",
    )
    _years_with_amount = models.Constraint(
        "CHECK(yearly_amount = 0 OR years > 0)",
        "Say for how many consecutive years the yearly amount has to be reached.",
    )

    @api.constrains("rule_id", "grade_id")
    def _check_scheme(self):
        for line in self:
            if line.grade_id.scheme_id != line.rule_id.scheme_id:
                raise ValidationError(
                    self.env._(
                        "%(grade)s is no grade of %(scheme)s.",
                        grade=line.grade_id.name,
                        scheme=line.rule_id.scheme_id.name,
                    )
                )

    def _get_laxer_criterion(self, worse):
        """Return the label of a criterion that this line asks less of than ``worse``,
        False if there is none. Amounts in different currencies are not compared."""
        self.ensure_one()
        comparable = []
        if self.currency_id == worse.currency_id:
            comparable = ["yearly_amount", "single_amount", "total_amount"]
        for name in (*comparable, "max_rank"):
            if not self[name] or not worse[name]:
                continue
            own, other = self[name], worse[name]
            if name == "max_rank":
                own, other = other, own
            is_laxer = own < other
            if name == "yearly_amount":
                # fewer years and a higher amount are neither laxer nor stricter
                terms = (self.years, own), (worse.years, other)
                is_laxer = terms[0] != terms[1] and all(
                    one <= two for one, two in zip(*terms, strict=True)
                )
            if is_laxer:
                return self._fields[name]._description_string(self.env)
        return False
