from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_grade_scheme_engine import TRADING_STATES


class CustomerGradeEvaluation(models.Model):
    """The evaluations on the list of a run and on the worklists (E10, E11, C43)."""

    _inherit = "customer.grade.evaluation"

    submitted_run_id = fields.Many2one(
        "customer.grade.run",
        string="Submitted with",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The run on whose list the proposal was decided on.",
    )
    is_current = fields.Boolean(
        compute="_compute_is_current",
        search="_search_is_current",
        help="What is known last of a customer that we trade with: the open proposal, "
        "else the grade confirmed.",
    )
    is_high_potential = fields.Boolean(
        string="High Potential",
        compute="_compute_is_high_potential",
        search="_search_is_high_potential",
        help="The upgrade potential reaches the score of the company's settings.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "grade_id" in vals:
            # not what was submitted any more
            changed = self.filtered("submitted_run_id")
            if changed:
                changed._system_write({"submitted_run_id": False})
        return result

    @api.model
    def _current_domain(self):
        """Return the Domain of one evaluation for each customer and scheme."""
        self.flush_model(["dossier_id", "scheme_id", "state"])
        outdated = SQL(
            """(SELECT held.id
                  FROM customer_grade_evaluation held
                  JOIN customer_grade_evaluation proposal
                    ON proposal.dossier_id = held.dossier_id
                   AND proposal.scheme_id = held.scheme_id
                   AND proposal.state = 'proposed'
                 WHERE held.state = 'confirmed')"""
        )
        return Domain("dossier_id", "any!", Domain("state", "in", TRADING_STATES)) & (
            Domain("state", "=", "proposed")
            | (Domain("state", "=", "confirmed") & Domain("id", "not in", outdated))
        )

    @api.depends("state", "dossier_id.state")
    def _compute_is_current(self):
        self._compute_by_domain("is_current", self._current_domain())

    @api.model
    def _search_is_current(self, operator, value):
        return self._search_by_domain(operator, self._current_domain())

    @api.model
    def _high_potential_domain(self):
        """Return the Domain of the evaluations from the score of the company on that
        grades."""
        self.flush_model(["grading_company_id", "potential_score"])
        self.env["res.company"].flush_model(["grade_potential_from"])
        high = SQL(
            """(SELECT high.id
                  FROM customer_grade_evaluation high
                  JOIN res_company company ON company.id = high.grading_company_id
                 WHERE high.potential_score >= company.grade_potential_from)"""
        )
        return Domain("id", "in", high)

    @api.depends("potential_score", "grading_company_id.grade_potential_from")
    def _compute_is_high_potential(self):
        self._compute_by_domain("is_high_potential", self._high_potential_domain())

    @api.model
    def _search_is_high_potential(self, operator, value):
        return self._search_by_domain(operator, self._high_potential_domain())
