from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .grade_common import GradeCommon

LEVEL_TYPE = "customer_archive.mail_activity_type_level"


@tagged("post_install", "-at_install")
class TestGradeConsequence(GradeCommon):
    """What follows from a grade, and what becomes of it in the dossier's life (E12)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = cls.env.ref("base.group_partner_manager")
        cls.keeper.group_ids = [Command.link(manager.id)]
        cls.ordinary = cls.env.ref("customer_archive.customer_secrecy_level_internal")
        cls.trade = cls.env.ref("customer_archive.customer_secrecy_level_trade")
        cls.core = cls.env.ref("customer_archive.customer_secrecy_level_core")
        cls.shelf, cls.safe = cls.env["customer.storage.location"].create(
            [{"name": "Shelf"}, {"name": "Safe", "is_important": True}]
        )
        cls.trade.is_important = True
        cls.dossier = cls._dossier()
        cls.dossier._system_write(
            {
                "secrecy_level_id": cls.ordinary.id,
                "storage_location_id": cls.shelf.id,
                "keeper_id": cls.keeper.id,
            }
        )

    def _grade(self, *grades, dossier=None):
        for grade in grades:
            (dossier or self.dossier).sudo()._set_grade(grade, "2025-12-31")

    def _evaluation(self, dossier, grade, state="confirmed", **values):
        return self.env["customer.grade.evaluation"]._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "scheme_id": grade.scheme_id.id,
                    "rule_id": self.rule.id,
                    "date": "2025-12-31",
                    "grading_company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "proposed_grade_id": grade.id,
                    "grade_id": grade.id,
                    "state": state,
                    **values,
                }
            ]
        )

    def _pending(self, dossier, grade):
        """Return a proposal that somebody submitted."""
        proposal = self._evaluation(dossier, grade, state="proposed")
        with patch.object(type(proposal), "_approval_kind", lambda self: "confirm"):
            proposal.with_user(self.rep)._request_approval()
        self.assertEqual(proposal.approval_state, "pending")
        return proposal

    def _confirmed(self, dossier, grade, **values):
        evaluation = self._evaluation(dossier, grade, **values)
        dossier.sudo()._set_grade(grade, "2025-12-31")
        return evaluation

    # ------------------------------------------------------------ secrecy

    def test_level_rises_at_once(self):
        self._grade(self.important)
        self.assertRecordValues(
            self.dossier,
            [
                {
                    "grade_id": self.important.id,
                    "tier": "1",
                    "secrecy_level_id": self.trade.id,
                    "level_before_grade_id": self.ordinary.id,
                    "storage_location_id": False,
                }
            ],
        )
        self.assertIn(
            "Move the paper file", " ".join(self.dossier.activity_ids.mapped("summary"))
        )
        log = self.dossier.log_ids.filtered(lambda line: line.event == "secrecy")
        self.assertEqual(
            log.reason, f"{self.trade.name}: The customer's grade: Important Customer"
        )

    def test_stricter_level_stays(self):
        self.dossier._system_write(
            {"secrecy_level_id": self.core.id, "storage_location_id": False}
        )
        self._grade(self.important, self.general)
        self.assertEqual(self.dossier.secrecy_level_id, self.core)
        self.assertFalse(self.dossier.level_before_grade_id)
        self.assertFalse(self.dossier.activity_search([LEVEL_TYPE]))

    def test_nothing_is_declassified_by_itself(self):
        self._grade(self.important, self.stable)
        self.assertEqual(self.dossier.secrecy_level_id, self.trade)
        todo = self.dossier.activity_search([LEVEL_TYPE])
        self.assertEqual(todo.user_id, self.keeper)
        # once, as long as it goes on falling
        self._grade(self.general)
        self.assertEqual(self.dossier.activity_search([LEVEL_TYPE]), todo)
        todo.action_feedback()
        self._grade(self.potential)
        self.assertFalse(self.dossier.activity_search([LEVEL_TYPE]))

    def test_todo_goes_when_the_grade_is_back(self):
        self._grade(self.important, self.general, self.important)
        self.assertFalse(self.dossier.activity_search([LEVEL_TYPE]))
        self._grade(self.general)
        self.assertEqual(len(self.dossier.activity_search([LEVEL_TYPE])), 1)

    def test_decision_on_the_level_ends_it(self):
        self._grade(self.important, self.general)
        self.dossier.sudo()._set_secrecy_level(self.ordinary, "No longer important")
        self.assertFalse(self.dossier.activity_search([LEVEL_TYPE]))
        self.assertFalse(self.dossier.level_before_grade_id)

    def test_laxer_proposal_is_called_off(self):
        self.dossier._system_write(
            {"secrecy_level_id": self.core.id, "storage_location_id": False}
        )
        decisions = self.env["customer.secrecy.decision"]
        laxer = decisions.with_user(self.keeper).create(
            {
                "dossier_id": self.dossier.id,
                "level_id": self.ordinary.id,
                "reason": "Nothing secret left",
            }
        )
        laxer.action_submit()
        self.dossier._system_write({"secrecy_level_id": self.ordinary.id})
        self._grade(self.important)
        self.assertEqual(laxer.approval_state, "none")
        self.assertEqual(self.dossier.secrecy_level_id, self.trade)

    def test_stricter_proposal_stays_pending(self):
        stricter = (
            self.env["customer.secrecy.decision"]
            .with_user(self.keeper)
            .create(
                {
                    "dossier_id": self.dossier.id,
                    "level_id": self.core.id,
                    "reason": "Very secret",
                }
            )
        )
        stricter.action_submit()
        self._grade(self.important)
        self.assertEqual(stricter.approval_state, "pending")

    def test_tier_without_level(self):
        self._grade(self.stable, self.general)
        self.assertEqual(self.dossier.secrecy_level_id, self.ordinary)
        self.assertEqual(self.dossier.storage_location_id, self.shelf)

    def test_line_of_a_grade_goes_before_its_tier(self):
        self.env["customer.grade.consequence"].create(
            {"grade_id": self.important.id, "secrecy_level_id": self.core.id}
        )
        self._grade(self.important)
        self.assertEqual(self.dossier.secrecy_level_id, self.core)

    def test_nobody_writes_it(self):
        for name in ("grade_id", "grade_date", "level_before_grade_id"):
            value = self.trade.id if "level" in name else self.important.id
            value = "2025-12-31" if "date" in name else value
            with self.assertRefused(AccessError):
                self._rpc(
                    self.keeper,
                    "customer.dossier",
                    "write",
                    self.dossier.ids,
                    {name: value},
                )

    # ------------------------------------------------------------ hook

    def test_hook_is_called_for_real_changes_alone(self):
        calls = []

        def spy(dossier, former):
            calls.append((dossier, former))

        with patch.object(type(self.env["customer.dossier"]), "_on_grade_changed", spy):
            self._grade(self.stable, self.stable, self.general)
            other = self.env.ref("customer_archive.customer_grade_a")
            self._evaluation(self.dossier, other)
        none = self.stable.browse()
        self.assertEqual(calls, [(self.dossier, none), (self.dossier, self.stable)])

    def test_queries_do_not_grow(self):
        def count(number):
            dossiers = self.env["customer.dossier"]
            for _index in range(number):
                dossiers += self._dossier()
            dossiers.sudo()._system_write({"grade_id": self.stable.id})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            for dossier in dossiers.sudo():
                dossier._on_grade_changed(self.general)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(20), count(1))

    # ------------------------------------------------------------ merge

    def _merge(self, kept, folded):
        self.env["base.partner.merge.automatic.wizard"].with_user(self.keeper).create(
            {
                "partner_ids": [Command.set((kept + folded).partner_id.ids)],
                "dst_partner_id": kept.partner_id.id,
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertFalse(folded.exists())

    def test_merge_keeps_the_grade_and_all_history(self):
        folded = self._dossier()
        mine = self._confirmed(self.dossier, self.general)
        theirs = self._confirmed(folded, self.stable)
        old = self._evaluation(folded, self.general, state="superseded")
        untouched = self._evaluation(self.dossier, self.stable, state="proposed")
        pending = self._pending(folded, self.important)
        self._merge(self.dossier, folded)
        self.assertEqual(self.dossier.grade_id, self.general)
        self.assertRecordValues(
            mine + theirs + old + pending,
            [
                {"state": "confirmed", "approval_state": "none"},
                {"state": "superseded", "approval_state": "none"},
                {"state": "superseded", "approval_state": "none"},
                {"state": "superseded", "approval_state": "none"},
            ],
        )
        self.assertEqual((mine + theirs + old + pending).dossier_id, self.dossier)
        self.assertEqual(theirs.partner_id, self.dossier.partner_id)
        self.assertFalse(untouched.exists())
        self.assertEqual(pending.approval_id.state, "withdrawn")

    def test_merge_proposes_what_both_bought(self):
        folded = self._dossier()
        self._confirmed(self.dossier, self.general)
        self._confirmed(folded, self.stable)
        for dossier in (self.dossier, folded):
            self._order(dossier, "2025-03-03", 1600)
        self._merge(self.dossier, folded)
        proposal = self._evaluate(self.dossier, "2025-12-31")
        self.assertRecordValues(
            proposal,
            [
                {
                    "present_grade_id": self.general.id,
                    "proposed_grade_id": self.important.id,
                    "year_amount": 3200,
                }
            ],
        )

    def test_merge_takes_over_a_grade_that_is_missing(self):
        folded, third = self._dossier(), self._dossier()
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        theirs = self._confirmed(
            folded, self.important, confirmed_on="2025-05-31 20:00:00"
        )
        older = self._confirmed(third, self.stable, confirmed_on="2024-06-01")
        (self.dossier + folded + third)._fold(self.dossier.partner_id)
        self.env.invalidate_all()
        self.assertRecordValues(
            self.dossier,
            [
                {
                    "grade_id": self.important.id,
                    "tier": "1",
                    "grade_date": fields.Date.to_date("2025-06-01"),
                    "secrecy_level_id": self.trade.id,
                }
            ],
        )
        self.assertEqual((theirs + older).mapped("state"), ["confirmed", "superseded"])
        self.assertEqual((theirs + older).dossier_id, self.dossier)

    # ------------------------------------------------------------ end and destruction

    def test_history_ends_what_is_proposed(self):
        confirmed = self._confirmed(self.dossier, self.stable)
        pending = self._pending(self.dossier, self.important)
        reason = self.env["crm.lost.reason"].search([], limit=1)
        self.dossier.with_user(self.keeper)._move_to_history(reason, "")
        self.assertEqual(
            (confirmed + pending).mapped("state"), ["confirmed", "superseded"]
        )
        self.assertEqual(pending.approval_id.state, "withdrawn")
        self.assertEqual(self.dossier.grade_id, self.stable)
        graded = self.env["customer.grade.run"]._graded_domain(self.company)
        self.assertFalse(self.dossier.filtered_domain(graded))

    def test_preliminary_dossier_with_a_proposal_is_deleted(self):
        dossier = self._dossier(user_id=self.rep.id)
        proposal = self._evaluate(dossier, "2025-12-31")
        self.assertTrue(proposal)
        dossier.unlink()
        self.assertFalse(proposal.exists())

    def test_judged_proposal_stays_on_record(self):
        factor = self.env.ref("customer_archive.customer_grade_factor_needs")
        judged = self._evaluation(
            self.dossier,
            self.stable,
            state="proposed",
            line_ids=[
                Command.create({"factor_id": factor.id, "value": 80, "has_value": True})
            ],
        )
        self.dossier._close_proposals("End")
        self.assertEqual(judged.state, "superseded")

    def test_destruction_leaves_no_grade(self):
        self.dossier._system_write(
            {
                "potential_amount": 500,
                "national_rank": 3,
                "has_intention": True,
            }
        )
        factor = self.env.ref("customer_archive.customer_grade_factor_needs")
        evaluation = self._confirmed(
            self.dossier,
            self.important,
            line_ids=[
                Command.create({"factor_id": factor.id, "value": 80, "has_value": True})
            ],
        )
        line = evaluation.line_ids
        pending = self._pending(self.dossier, self.stable)
        approval = pending.approval_id
        self.dossier.sudo()._destroy_customers()
        self.assertFalse((evaluation + pending).exists())
        self.assertFalse(line.exists())
        self.assertEqual(approval.state, "withdrawn")
        self.assertRecordValues(
            self.dossier,
            [
                {
                    "state": "destroyed",
                    "grade_id": False,
                    "tier": False,
                    "grade_date": False,
                    "potential_amount": 0,
                    "potential_currency_id": False,
                    "national_rank": 0,
                    "has_intention": False,
                    "level_before_grade_id": False,
                }
            ],
        )

    def test_hand_over_changes_nothing(self):
        self._grade(self.important)
        self.dossier._system_write(
            {"user_id": self.mdo.id, "team_id": self.other_unit.id}
        )
        self.assertEqual(self.dossier.grade_id, self.important)
