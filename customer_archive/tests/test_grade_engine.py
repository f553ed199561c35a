from odoo.tests import tagged

from .grade_common import GradeCommon


@tagged("post_install", "-at_install")
class TestGradeEngine(GradeCommon):
    """The grade proposed, each threshold crossed from both sides (E2 to E6)."""

    def test_consecutive_years(self):
        dossier = self._dossier()
        for year, amount in ((2023, 1000), (2024, 1000), (2025, 999.99)):
            self._order(dossier, f"{year}-05-05", amount)
        evaluation = self._evaluate(dossier, "2025-12-31")
        self.assertEqual(evaluation.proposed_grade_id, self.stable)
        self._order(dossier, "2025-12-31", 0.01)
        self._evaluate(dossier, "2025-12-31")
        self.assertEqual(evaluation.proposed_grade_id, self.important)
        self.assertEqual(evaluation.year_amounts[:3], [1000, 1000, 1000])
