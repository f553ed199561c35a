from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from odoo.addons.base.models.ir_actions_report import IrActionsReport

from .grade_common import GradeCommon

APPROVALS = "/odoo/approvals"
EVALUATIONS = "/odoo/grade-evaluations"


class TourGradeCommon(GradeCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the steps look for English words
        cls.env["res.lang"]._activate_lang("en_US")
        cls.today = cls.company._get_office_date(fields.Datetime.now())
        cls.dossier = cls._dossier(partner_id=cls._customer("Toured Ltd").id)

    def _tour(self, user, name, url):
        self.start_tour(url, f"customer_archive_grade_{name}", login=user.login)
        self.env.invalidate_all()

    def _proposal(self, amount, dossier=None, scheme=None):
        """Return the proposal of a customer who bought for ``amount`` today."""
        dossier = dossier or self.dossier
        self._order(dossier, self.today, amount)
        return self._evaluate(dossier, self.today, scheme)


@tagged("post_install", "-at_install")
class TestTourGrade(TourGradeCommon):
    """Grading in the browser, from the rules to the grade on the dossier."""

    def test_proposal(self):
        """The rep submits what follows from the figures, his manager decides (E9)."""
        self._order(self.dossier, self.today, 300)
        self._tour(self.rep, "evaluate", f"/odoo/dossiers/{self.dossier.id}")
        evaluation = self.dossier.evaluation_ids.filtered(
            lambda evaluation: evaluation.scheme_id == self.scheme
        )
        self.assertRecordValues(
            evaluation, [{"state": "proposed", "approval_state": "pending"}]
        )
        self.assertFalse(self.dossier.grade_id)
        self._tour(self.bum, "approve", APPROVALS)
        self.assertRecordValues(
            evaluation,
            [
                {
                    "state": "confirmed",
                    "grade_id": self.stable.id,
                    "evaluator_id": self.rep.id,
                    "decided_by_id": self.bum.id,
                    "rule_id": self.rule.id,
                }
            ],
        )
        self.assertEqual(self.dossier.grade_id, self.stable)
        self.assertEqual(evaluation.approval_decision_ids.comment, "He grows.")

    def test_first_tier(self):
        """Nobody becomes a customer of the first tier without a remark (A44)."""
        evaluation = self._proposal(5000)
        self._tour(self.bum, "first_tier", EVALUATIONS)
        self.assertRecordValues(
            evaluation,
            [
                {
                    "state": "confirmed",
                    "grade_id": self.important.id,
                    "evaluator_id": self.bum.id,
                    "decided_by_id": self.bum.id,
                }
            ],
        )
        self.assertIn("largest buyer", evaluation.remark)
        self.assertEqual(
            (self.dossier.grade_id, self.dossier.tier), (self.important, "1")
        )

    def test_deviation(self):
        """Another grade needs a reason and the Marketing Director (E9)."""
        evaluation = self._proposal(300)
        self._tour(self.bum, "deviate", EVALUATIONS)
        self.assertEqual(evaluation.approval_id.kind, "deviate")
        self.assertFalse(self.dossier.grade_id)
        self._tour(self.mdo, "approve", APPROVALS)
        self.assertRecordValues(
            evaluation,
            [
                {
                    "state": "confirmed",
                    "proposed_grade_id": self.stable.id,
                    "grade_id": self.important.id,
                    "deviation_reason": "The contract of next year is ready.",
                    "decided_by_id": self.mdo.id,
                }
            ],
        )
        self.assertEqual(evaluation.approval_decision_ids.user_id, self.bum + self.mdo)
        self.assertEqual(self.dossier.grade_id, self.important)

    def _score_scheme(self, **values):
        """Return a scheme of two judged factors, with its version in force."""
        scheme = self.env["customer.grade.scheme"].create(
            {
                "name": "Toured Scheme",
                "method": "score",
                "grade_ids": [
                    Command.create({"name": "Top", "tier": "2", "min_score": 80}),
                    Command.create({"name": "Low", "tier": "3", "sequence": 20}),
                ],
                "factor_ids": [
                    Command.create(
                        {
                            "name": name,
                            "usage": "grade",
                            "source": "entered",
                            "weight": weight,
                        }
                    )
                    for name, weight in (("Needs", 75), ("Prospects", 25))
                ],
                **values,
            }
        )
        top, low = scheme.grade_ids
        self._rule("2001-01-01", {top: {"match": "any"}, low: {"match": "deal"}})
        return scheme

    def test_score_sheet(self):
        """The grade follows from what is judged, and is printed (E7, E8)."""
        scheme = self._score_scheme()
        evaluation = self._proposal(10, scheme=scheme)
        self.assertFalse(evaluation.has_score)
        with patch.object(IrActionsReport, "get_wkhtmltopdf_state", lambda _self: "ok"):
            self._tour(self.bum, "sheet", f"{EVALUATIONS}/{evaluation.id}")
        self.assertRecordValues(
            evaluation,
            [
                {
                    "score": 87.5,
                    "has_score": True,
                    "proposed_grade_id": scheme.grade_ids[0].id,
                }
            ],
        )
        printed = self.env["customer.access.log"].search(
            [("operation", "=", "print"), ("user_id", "=", self.bum.id)]
        )
        self.assertEqual(printed.dossier_ids, self.dossier)

    def test_run(self):
        """All customers are graded, one decision confirms the list (E10, E11)."""
        others = self.env["customer.dossier"].with_context(active_test=False)
        others.search([("id", "!=", self.dossier.id)])._system_write(
            {"state": "history"}
        )
        near, far = (
            self._dossier(partner_id=self._customer(name).id)
            for name in ("Near Ltd", "Far Ltd")
        )
        for dossier, amount in ((self.dossier, 5000), (near, 290), (far, 10)):
            self._order(dossier, self.today, amount)
        self._tour(self.keeper, "run", "/odoo/grading-runs")
        run = self.env["customer.grade.run"].search([("user_id", "=", self.keeper.id)])
        self.assertRecordValues(
            run,
            [
                {
                    "state": "done",
                    "done_count": 3,
                    "submitted_count": 2,
                    "left_out_count": 1,
                    "approval_state": "pending",
                }
            ],
        )
        self.assertFalse((near | far).grade_id)
        self._tour(self.mdo, "run_approve", APPROVALS)
        self.assertRecordValues(
            run, [{"confirmation_state": "done", "confirmed_count": 2}]
        )
        self.assertEqual((near | far).grade_id, self.general)
        self.assertFalse(self.dossier.grade_id)

    def test_configuration(self):
        """A change is a new version; another scheme may lead (E1, E6)."""
        scheme = self._score_scheme()
        top = scheme.grade_ids[0]
        self._proposal(10, scheme=scheme)._system_write(
            {"grade_id": top.id, "state": "confirmed", "confirmed_on": self.today}
        )
        self.dossier._set_grade(self.general, self.today)
        self._tour(self.keeper, "configure", "/odoo/dossiers")
        version = self.env["customer.grade.rule"].search(
            [("name", "=", "Stricter Thresholds")]
        )
        self.assertRecordValues(
            version,
            [
                {
                    "scheme_id": self.scheme.id,
                    "approval_state": "pending",
                    "create_uid": self.keeper.id,
                }
            ],
        )
        rules = self.env["customer.grade.rule"]
        day = version.valid_from
        self.assertEqual(rules._get_in_force(self.scheme, self.company, day), self.rule)
        self.assertEqual(
            self.env["customer.grade.scheme"]._get_leading(self.company), scheme
        )
        self.assertEqual(self.dossier.grade_id, top)
        self._tour(self.gmo, "rule_approve", APPROVALS)
        self.assertEqual(rules._get_in_force(self.scheme, self.company, day), version)
        self.assertEqual(version._get_lines()[0].single_amount, 6000)
        self.assertEqual(self.rule._get_lines()[0].single_amount, 5000)

    def test_wrong_roles(self):
        """Finance reads no evaluation and no run, the rep sets up nothing."""
        self._proposal(300)
        for url in (EVALUATIONS, "/odoo/grading-runs"):
            with self.subTest(url=url):
                self._tour(self.fin, "refused", url)
        self._tour(self.rep, "no_menu", "/odoo/dossiers")


@tagged("post_install", "-at_install")
class TestTourGradePhone(TourGradeCommon):
    browser_size = "375x667"
    touch_enabled = True

    def test_confirm(self):
        evaluation = self._proposal(300)
        self._tour(self.bum, "phone", EVALUATIONS)
        self.assertRecordValues(
            evaluation, [{"state": "confirmed", "decided_by_id": self.bum.id}]
        )
        self.assertEqual(self.dossier.grade_id, self.stable)
