from odoo import models
from odoo.exceptions import UserError


class CustomerGradeEvaluation(models.Model):
    """The score sheet of an evaluation (E7, M10). Proposals of a scheme with a score
    sheet have theirs from the start; the others get one by the button."""

    _inherit = "customer.grade.evaluation"

    def action_fill_sheet(self):
        """Make the lines of the score sheet or bring them up to date (E7).

        :raise UserError: the evaluation is decided on, or its scheme has no factors
        """
        self.check_access("write")
        # a submission at the same time fails on the row and is run again; sudo: the
        # rules have judged who may write it
        evaluations_sudo = self.sudo()
        evaluations_sudo.lock_for_update()
        evaluations_sudo._check_undecided()
        evaluations_sudo._fill_sheet()
        return True

    def _complete_sheet(self):
        """Give the evaluations that are graded by a score sheet theirs, if they were
        made before the scheme had one; in sudo, before a confirmation."""
        self.filtered(
            lambda evaluation: (
                evaluation.scheme_id.method == "score" and not evaluation.line_ids
            )
        )._fill_sheet()

    def _fill_sheet(self):
        for evaluation in self:
            scheme = evaluation.scheme_id
            if "grade" not in scheme.factor_ids.mapped("usage"):
                raise UserError(
                    self.env._(
                        "%(scheme)s has no factors of a score sheet yet. Add them "
                        "under Configuration, Grading.",
                        scheme=scheme.name,
                    )
                )
            scope = scheme._get_stored_scope(evaluation)
            scheme._fill_sheets(
                scope, scheme._get_total_profit(scope["company"], scope["date"])
            )
            evaluation._follow_sheet()

    def _follow_sheet(self):
        """Let score and proposal follow the lines of the sheet, as the engine would
        have it from the figures stored; in sudo."""
        for evaluation in self:
            scheme = evaluation.scheme_id
            scope = scheme._get_stored_scope(evaluation)
            scheme._flush_sources()
            query = scheme._proposals_sql(scope, evaluation.dossier_id.ids, None)
            scheme._store_proposals(query, scope, evaluation.run_id)
        self.invalidate_model(flush=False)
