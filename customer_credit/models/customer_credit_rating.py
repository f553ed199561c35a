from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import ormcache


class CustomerCreditRating(models.Model):
    """One grade of a scheme (F4, K2)."""

    _name = "customer.credit.rating"
    _description = "Credit Rating"
    _order = "scheme_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="The best rating comes first.")
    scheme_id = fields.Many2one(
        "customer.credit.scheme", required=True, index=True, ondelete="cascade"
    )
    method = fields.Selection(related="scheme_id.method")
    risk_band = fields.Selection(
        [("low", "Low Risk"), ("medium", "Medium Risk"), ("high", "High Risk")],
        required=True,
        default="medium",
        help="What ratings of different schemes are compared by. The rules of the "
        "classes propose the rating of the band.",
    )
    min_score = fields.Float(
        string="From Score",
        digits=(5, 1),
        help="The lowest score of this rating. Below all thresholds it is the lowest "
        "rating.",
    )
    color = fields.Integer()

    _code_uniq = models.Constraint(
        "UNIQUE(scheme_id, code)", "A code is used once in a scheme."
    )

    def _get_terms(self, company, date=None):
        """Return the terms in force for this rating, a ``customer.credit.rule.line``:
        of the approved versions the one that became valid last, the company's own
        before the shared ones. Empty without rating or without approved version (F2).

        :param date: the day of question, today if empty
        """
        lines = self.env["customer.credit.rule.line"]
        if not self:
            return lines
        self.ensure_one()
        return lines.browse(
            self._get_terms_id(company.id, date or fields.Date.context_today(self))
        )

    @ormcache("self.id", "company_id", "date")
    def _get_terms_id(self, company_id, date):
        # sudo: whoever may not read the terms does not read what is returned either
        rule_sudo = (
            self.env["customer.credit.rule"]
            .sudo()
            ._find_version(
                self.env["res.company"].browse(company_id),
                date,
                Domain("line_ids.rating_id", "=", self.id),
            )
        )
        lines_sudo = rule_sudo.line_ids.filtered(lambda line: line.rating_id == self)
        return lines_sudo.id
