from odoo import fields, models
from odoo.tools import SQL


class CustomerGradeFactor(models.Model):
    """The credit standing as a factor of the score sheet (E7, M10)."""

    _inherit = "customer.grade.factor"

    source = fields.Selection(
        selection_add=[("credit", "Credit Standing")],
        ondelete={"credit": lambda factors: factors._unset_credit()},
    )

    def _unset_credit(self):
        """Without this addon people judge the credit standing."""
        computed = self.filtered(lambda factor: factor.usage == "potential")
        (self - computed).source = "entered"
        computed.unlink()

    def _fill_in_credit(self):
        """Count the shipped factor from the credit ratings, unless somebody has changed
        where its figure comes from."""
        factor = self.env.ref(
            "customer_archive.customer_grade_factor_credit", raise_if_not_found=False
        )
        if factor and factor.source == "entered":
            factor.source = "credit"

    def _value_sql(self, scope, total_profit):
        if self.source == "credit":
            return self._credit_sql(scope)
        return super()._value_sql(scope, total_profit)

    def _credit_sql(self, scope):
        """Return the score of the customer's last approved rating in the company that
        grades; of a rating that deviates from what its figures proposed, the score it
        begins with. Ratings of a scheme without scores have none."""
        return SQL(
            """(SELECT CASE WHEN assessment.has_score
                             AND assessment.rating_id = assessment.proposed_rating_id
                            THEN assessment.proposed_score::numeric
                            WHEN scheme.method = 'score'
                            THEN rating.min_score::numeric END
                  FROM customer_credit_account account
                  JOIN customer_credit_assessment assessment
                    ON assessment.account_id = account.id
                  JOIN customer_credit_rating rating
                    ON rating.id = assessment.rating_id
                  JOIN customer_credit_scheme scheme ON scheme.id = rating.scheme_id
                 WHERE account.partner_id = figure.partner_id
                   AND account.company_id = %s
                   AND assessment.kind IN ('assessment', 'downgrade')
                   AND assessment.approval_state = 'approved'
                   AND assessment.decided_date <= %s
              ORDER BY assessment.decided_date DESC, assessment.id DESC
                 LIMIT 1)""",
            scope["company"].id,
            scope["date"],
        )
