from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import SurveyCommon

MODEL = "customer.negative.feedback"
NOW = datetime(2031, 5, 7, 8, 30)


@tagged("post_install", "-at_install")
class NegativeFeedbackCommon(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Dragon")
        cls.dossier.user_id = cls.rep
        # offices of this test alone
        for role, users in (("mdo", cls.director), ("gmo", cls.gmo)):
            group = cls.env.ref(f"customer_archive.group_{role}")
            (group.all_user_ids - users).group_ids = [Command.unlink(group.id)]
        cls.negatives = cls.env[MODEL]

    def _feedback(self, satisfaction="2", user=None, **values):
        return (
            self.env["customer.satisfaction.feedback"]
            .with_user(user or self.rep)
            .create(
                {
                    "dossier_id": self.dossier.id,
                    "satisfaction": satisfaction,
                    "remark": "Nobody called back",
                }
                | values
            )
        )

    def _negative(self, **values):
        """Return what follows a low score on a feedback form of now."""
        feedback = self._feedback(**values)
        return self.negatives.search([("feedback_id", "=", feedback.id)])

    def _escalate(self, time):
        with (
            freeze_time(time),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=1),
        ):
            self.negatives._cron_escalate()


@tagged("post_install", "-at_install")
class TestNegativeFeedbackSources(NegativeFeedbackCommon):
    def _answered(self, answers, text="", **values):
        campaign = self._start_campaign(**values)
        response = self._get_response(campaign, self.dossier)
        self._answer(response, answers, text)
        return response

    def _of(self, response):
        return self.negatives.search([("survey_response_id", "=", response.id)])

    def test_low_dimension_of_an_answer(self):
        self.rep.lang = "zh_CN"
        self.service.with_context(lang="zh_CN").name = "服务质量"
        with freeze_time(NOW):
            response = self._answered(
                {
                    self.quality: (10, 10),
                    self.service: (2, 3),
                    self.price: (10, 10),
                },
                "Nobody answers the phone",
                date_from="2020-01-01",
            )
        negative = self._of(response)
        self.assertRecordValues(
            negative,
            [
                {
                    "partner_id": self.dossier.partner_id.id,
                    "dossier_id": self.dossier.id,
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "user_id": self.rep.id,
                    "state": "open",
                    "received_at": NOW,
                    "response_due": NOW + timedelta(hours=24),
                    "next_escalation": NOW + timedelta(hours=24),
                    "escalation": False,
                    "create_uid": self.env.ref("base.user_root").id,
                }
            ],
        )
        self.assertAlmostEqual(negative.score, response.index, 1)
        self.assertRegex(negative.number, r"^FMFK-2031-\d{4}$")
        self.assertIn("服务质量: 25.0", negative.statement)
        self.assertIn("Nobody answers the phone", negative.statement)
        self.assertNotIn("100.0", negative.statement)
        self.assertRecordValues(
            negative.activity_ids,
            [{"user_id": self.rep.id, "date_deadline": datetime(2031, 5, 8).date()}],
        )

    def test_equal_to_the_limit_is_not_negative(self):
        answers = {self.quality: (5, 5)}
        response = self._answered(answers, negative_level=50)
        self.assertEqual(response.sudo().index, 50)
        self.assertFalse(self._of(response))

    def test_below_the_limit_of_the_campaign(self):
        self.assertTrue(self._of(self._answered({self.quality: (5, 5)})))

    def test_once_for_one_answer(self):
        response = self._answered({self.quality: (1, 1)}).sudo()
        response._on_answered(response.form_ids)
        self.assertEqual(len(self._of(response)), 1)

    def test_anonymous_answer(self):
        # less than is allowed: one answer is enough here
        self.patch(type(self.company), "survey_minimum_answers", 1)
        campaign = self._start_campaign(is_anonymous=True)
        response = self.env["customer.survey.response"]._system_create(
            [{"campaign_id": campaign.id, "state": "answered", "is_negative": True}]
        )
        response._on_answered(response._create_form(False))
        self.assertFalse(self._of(response))
        self.assertFalse(
            self.negatives.search([("partner_id", "=", self.dossier.partner_id.id)])
        )

    def test_feedback_form(self):
        self.company.survey_negative_score = 2
        negative = self._negative()
        self.assertEqual((negative.score, negative.user_id), (25, self.rep))
        self.assertIn("Dissatisfied", negative.statement)
        self.assertIn("Nobody called back", negative.statement)
        self.assertFalse(self._negative(satisfaction="3"))

    def test_feedback_form_corrected_down(self):
        feedback = self._feedback("4")
        domain = [("feedback_id", "=", feedback.id)]
        self.assertFalse(self.negatives.search(domain))
        feedback.satisfaction = "1"
        self.assertEqual(len(self.negatives.search(domain)), 1)
        feedback.satisfaction = "2"
        self.assertEqual(len(self.negatives.search(domain)), 1)

    def test_case_confirmed_with_a_low_score(self):
        case = self._confirmable_case()
        domain = [("complaint_id", "=", case.id)]
        case.with_user(self.keeper)._record_confirmation("satisfied", "Li", 3)
        self.assertFalse(self.negatives.search(domain))
        case.with_user(self.keeper)._record_confirmation("satisfied", "Li", 2, "Slow")
        negative = self.negatives.search(domain)
        self.assertRecordValues(
            negative,
            [
                {
                    "score": 25,
                    "user_id": self.rep.id,
                    "dossier_id": self.dossier.id,
                    "partner_id": self.dossier.partner_id.id,
                }
            ],
        )
        self.assertIn("Slow", negative.statement)
        case.with_user(self.keeper)._record_confirmation("satisfied", "Li", 1, "Slow")
        self.assertEqual(self.negatives.search(domain), negative)
        # when it was dealt with and the customer is asked again
        negative._system_write({"state": "done"})
        case.with_user(self.keeper)._record_confirmation("unsatisfied", "Li", 1, "No")
        self.assertEqual(case.state, "investigating")
        self.assertEqual(len(self.negatives.search(domain)), 2)

    def test_portal_customer_confirms_with_a_low_score(self):
        case = self._confirmable_case()
        portal = self._create_user(
            "survey_portal", "base.group_portal", name="Customer"
        )
        case.with_user(portal).sudo()._record_confirmation(
            "satisfied", "Li", 1, "Bad", "portal"
        )
        negative = self.negatives.search([("complaint_id", "=", case.id)])
        self.assertEqual(negative.user_id, self.rep)
        self.assertEqual(negative.create_uid, self.env.ref("base.user_root"))

    def _confirmable_case(self):
        case = self.env["customer.complaint"].create(
            {
                "name": "Seals leak",
                "partner_id": self.dossier.partner_id.id,
                "complainant": "Li",
                "description": "They leak.",
            }
        )
        case._system_write({"state": "confirmation"})
        return case

    def test_who_is_responsible(self):
        choose = self.negatives.sudo()._choose_responsible
        self.dossier.keeper_id = self.keeper
        self.company.customer_keeper_id = False
        keepers = self.env.ref("customer_archive.group_keeper").all_user_ids
        foreign = self.env["res.company"].create({"name": "Foreign"})
        for user in (self.rep, self.bum, self.keeper):
            self.assertEqual(choose(self.dossier, self.team, self.company), user)
            user.sudo().write(
                {
                    "company_id": foreign.id,
                    "company_ids": [Command.set(foreign.ids)],
                }
            )
        (keepers - self.keeper).group_ids = [
            Command.unlink(self.env.ref("customer_archive.group_keeper").id)
        ]
        self.assertEqual(choose(self.dossier, self.team, self.company), self.director)
        nobody = self.env["customer.dossier"]
        self.assertEqual(
            choose(nobody, self.env["crm.team"], self.company), self.director
        )

    def test_who_has_left_is_not_responsible(self):
        self.rep.sudo().archive_access = "none"
        self.assertEqual(
            self.negatives.sudo()._choose_responsible(
                self.dossier, self.team, self.company
            ),
            self.bum,
        )

    def test_cost_of_opening_does_not_hang_on_what_there_is(self):
        self._negative()
        counts = []
        for _run in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._negative()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestNegativeFeedback(NegativeFeedbackCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.department = cls.env["customer.service.team"].search([], limit=1)

    def setUp(self):
        super().setUp()
        with freeze_time(NOW):
            self.negative = self._negative()

    def _rpc_on(self, user, method, *args):
        return self._rpc(user, MODEL, method, self.negative.ids, *args)

    # ------------------------------------------------------------ response

    def test_respond(self):
        for user in (self.rep, self.bum, self.director):
            with self.subTest(user=user.login):
                negative = self._negative()
                with freeze_time("2031-05-07 09:00:00"):
                    self._rpc(user, MODEL, "action_respond", negative.ids, "Called Li")
                self.assertRecordValues(
                    negative,
                    [
                        {
                            "state": "responded",
                            "response": "Called Li",
                            "responded_at": datetime(2031, 5, 7, 9),
                            "responded_by_id": user.id,
                            "next_escalation": False,
                        }
                    ],
                )
                self.assertFalse(negative.activity_ids)
                with self.assertRaisesRegex(UserError, "this step needs"):
                    self._rpc(user, MODEL, "action_respond", negative.ids, "Again")

    def test_response_is_mandatory(self):
        for text in (False, "", " \n", None, {"x": 1}, 5):
            with self.subTest(text=text), self.assertRaises(UserError):
                self._rpc_on(self.rep, "action_respond", text)
        self.assertEqual(self.negative.state, "open")

    def test_others_do_not_act(self):
        measure = self.negative.with_user(self.rep).action_new_measure()["res_id"]
        self.assertTrue(measure)
        other_bum = self._create_user("survey_bum2", "customer_archive.group_bum")
        for user in (
            self.other_rep,
            other_bum,
            self.employee,
            self.survey_manager,
            self.keeper,
            self.gmo,
        ):
            for method, args in (
                ("action_respond", ["Done"]),
                ("action_new_measure", []),
                ("action_done", []),
                ("action_hand_over", [user.id]),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    self._rpc_on(user, method, *args)
        self.assertEqual(self.negative.state, "open")
        self.assertEqual(self.negative.user_id, self.rep)

    def test_dialog(self):
        values = {
            "negative_feedback_id": self.negative.id,
            "step": "respond",
            "response": "Called Li",
        }
        model = "customer.negative.feedback.step"
        foreign_id = self._rpc(self.other_rep, model, "create", values)
        with self.assertRaises(AccessError):
            self._rpc(self.other_rep, model, "action_confirm", [foreign_id])
        with self.assertRaises(AccessError):
            self._rpc(self.rep, model, "action_confirm", [foreign_id])
        own_id = self._rpc(self.rep, model, "create", values)
        self._rpc(self.rep, model, "action_confirm", [own_id])
        self.assertEqual(self.negative.response, "Called Li")

    # ------------------------------------------------------------ hand-over

    def test_hand_over(self):
        self._rpc_on(self.bum, "action_hand_over", self.other_rep.id)
        self.assertEqual(self.negative.user_id, self.other_rep)
        self.assertEqual(self.negative.response_due, NOW + timedelta(hours=24))
        self.assertEqual(self.negative.activity_ids.user_id, self.other_rep)
        # he need not be entitled to read the dossier
        self.assertFalse(self.dossier.with_user(self.other_rep).has_access("read"))
        self._rpc_on(self.other_rep, "action_respond", "Called Li")
        measure_id = self._rpc_on(self.other_rep, "action_new_measure")["res_id"]
        self._rpc(
            self.other_rep,
            "customer.measure",
            "write",
            [measure_id],
            {"action": "A second telephone"},
        )
        self._rpc(self.other_rep, "customer.measure", "action_submit", [measure_id])
        self._rpc_on(self.other_rep, "action_done")
        self.assertEqual(self.negative.state, "done")
        with self.assertRaises(UserError):
            self._rpc_on(self.bum, "action_hand_over", self.rep.id)

    def test_hand_over_to_whom(self):
        foreign = self.env["res.company"].create({"name": "Foreign"})
        stranger = self._create_user(
            "survey_stranger",
            "customer_archive.group_rep",
            company_id=foreign.id,
            company_ids=[Command.set(foreign.ids)],
        )
        portal = self._create_user("survey_portal2", "base.group_portal")
        for user_id in (self.employee.id, stranger.id, portal.id, False, 10**9):
            with self.subTest(user=user_id), self.assertRaises(UserError):
                self._rpc_on(self.director, "action_hand_over", user_id)
        with self.assertRaises(AccessError):
            self._rpc_on(self.rep, "action_hand_over", self.other_rep.id)
        self.assertEqual(self.negative.user_id, self.rep)

    # ------------------------------------------------------------ measure

    def test_done_needs_a_submitted_measure(self):
        with self.assertRaisesRegex(UserError, "this step needs"):
            self._rpc_on(self.rep, "action_done")
        self._rpc_on(self.rep, "action_respond", "Called Li")
        with self.assertRaisesRegex(UserError, "needs a measure"):
            self._rpc_on(self.rep, "action_done")
        with freeze_time(NOW):
            measure_id = self._rpc_on(self.rep, "action_new_measure")["res_id"]
        measure = self.env["customer.measure"].browse(measure_id)
        self.assertRecordValues(
            measure,
            [
                {
                    "kind": "improvement",
                    "state": "proposed",
                    "user_id": self.rep.id,
                    "verifier_id": self.bum.id,
                    "dossier_id": self.dossier.id,
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "negative_feedback_id": self.negative.id,
                    "origin_model": MODEL,
                    "origin_id": self.negative.id,
                    "date_due": (NOW + timedelta(days=30)).date(),
                }
            ],
        )
        # the one that was begun, not another one
        again = self._rpc_on(self.rep, "action_new_measure")["res_id"]
        self.assertEqual(again, measure_id)
        with self.assertRaisesRegex(UserError, "needs a measure"):
            self._rpc_on(self.rep, "action_done")
        with self.assertRaisesRegex(UserError, "Enter: Measure"):
            self._rpc(self.rep, measure._name, "action_submit", measure.ids)
        measure.with_user(self.rep).action = "Call back within an hour"
        self._rpc(self.rep, measure._name, "action_submit", measure.ids)
        self._rpc_on(self.rep, "action_done")
        self.assertEqual(self.negative.state, "done")
        # what was withdrawn is no measure
        self._rpc(self.rep, measure._name, "action_withdraw", measure.ids)
        self.assertEqual(self.negative.state, "responded")
        with self.assertRaisesRegex(UserError, "needs a measure"):
            self._rpc_on(self.rep, "action_done")

    def test_forged_measure(self):
        values = {
            "name": "Forged",
            "action": "Nothing",
            "verifier_id": self.bum.id,
            "date_due": "2031-06-01",
        }
        for context in (
            {},
            {"default_negative_feedback_id": self.negative.id},
            {"default_origin_model": MODEL},
        ):
            for forged in ({"negative_feedback_id": self.negative.id}, {}):
                if not context and not forged:
                    continue
                if forged:
                    with self.assertRaises(AccessError):
                        self._rpc(
                            self.rep,
                            "customer.measure",
                            "create",
                            [values | forged],
                            context=context,
                        )
                else:
                    self._rpc(
                        self.rep,
                        "customer.measure",
                        "create",
                        [values],
                        context=context,
                    )
        self.assertFalse(self.negative.measure_ids)

    # ------------------------------------------------------------ escalation

    def test_late_by_the_minute(self):
        due = NOW + timedelta(hours=24)
        domain = [("id", "=", self.negative.id), ("is_late", "=", True)]
        for time, late in ((due, False), (due + timedelta(minutes=1), True)):
            with freeze_time(time):
                self.negative.invalidate_recordset()
                self.assertEqual(self.negative.is_late, late)
                self.assertEqual(bool(self.negatives.search(domain)), late)

    def test_escalation_by_the_minute(self):
        due = NOW + timedelta(hours=24)
        todos = self.negative.activity_ids
        for time, escalation, users in (
            (due, False, self.rep),
            (due + timedelta(minutes=1), "unit", self.rep | self.bum),
            (due + timedelta(minutes=2), "unit", self.rep | self.bum),
            (due + timedelta(hours=24), "unit", self.rep | self.bum),
            (
                due + timedelta(hours=24, minutes=1),
                "mdo",
                self.rep | self.bum | self.director,
            ),
            (due + timedelta(days=9), "mdo", self.rep | self.bum | self.director),
        ):
            with self.subTest(time=time):
                self._escalate(time)
                todos = self.negative.activity_ids
                self.assertEqual(self.negative.escalation, escalation)
                self.assertEqual(todos.user_id, users)
                self.assertEqual(len(todos), len(users))
        bodies = " ".join(self.negative.message_ids.mapped("body"))
        self.assertIn(self.bum.name, bodies)
        self.assertIn(self.director.name, bodies)

    def test_escalation_after_a_downtime(self):
        self._escalate(NOW + timedelta(days=9))
        self.assertEqual(self.negative.escalation, "mdo")
        self.assertEqual(
            self.negative.activity_ids.user_id, self.rep | self.bum | self.director
        )

    def test_answered_is_not_escalated(self):
        self._rpc_on(self.rep, "action_respond", "Called Li")
        self._escalate(NOW + timedelta(days=9))
        self.assertFalse(self.negative.escalation)
        self.assertFalse(self.negative.activity_ids)

    def test_unit_without_manager(self):
        for manager in (False, self.rep):
            self.team.user_id = manager
            with freeze_time(NOW):
                negative = self._negative()
            self._escalate(NOW + timedelta(hours=24, minutes=1))
            self.assertEqual(negative.escalation, "mdo")
            self.assertIn(self.director, negative.activity_ids.user_id)

    def test_hours_are_the_companys(self):
        self.company.survey_negative_hours = 1.5
        with freeze_time(NOW):
            negative = self._negative()
        self.assertEqual(negative.response_due, NOW + timedelta(minutes=90))

    # ------------------------------------------------------------ attacks

    def test_nobody_writes(self):
        for user in (self.rep, self.bum, self.director, self.gmo, self.survey_manager):
            for method, args in (
                ("write", [self.negative.ids, {"state": "done"}]),
                ("write", [self.negative.ids, {"user_id": user.id}]),
                ("write", [self.negative.ids, {"response_due": "2040-01-01"}]),
                ("unlink", [self.negative.ids]),
                (
                    "create",
                    [
                        {
                            "partner_id": self.dossier.partner_id.id,
                            "company_id": self.company.id,
                            "user_id": self.other_rep.id,
                            "received_at": "2031-01-01",
                            "response_due": "2031-01-01",
                        }
                    ],
                ),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, MODEL, method, *args)
        with self.assertRaises(AccessError):
            self.negative.state = "done"

    def test_strangers_read_nothing(self):
        for user in (self.other_rep, self.employee, self.survey_manager):
            domain = [("id", "=", self.negative.id)]
            self.assertFalse(
                self._rpc(user, MODEL, "search_read", domain, ["statement"])
            )
            groups = self._rpc(
                user, MODEL, "formatted_read_group", domain, ["state"], ["__count"]
            )
            self.assertFalse(sum(group["__count"] for group in groups))
            with self.assertRaises(AccessError):
                self._rpc_on(user, "read", ["statement"])
            with self.assertRaises(UserError):
                self._rpc_on(user, "export_data", ["statement"])

    def test_counts_are_the_readers(self):
        self.assertEqual(
            self.dossier.with_user(self.rep).negative_feedback_count,
            1,
        )
        self.assertEqual(
            self.dossier.with_user(self.rep).action_view_negative_feedback()["domain"],
            [("dossier_id", "=", self.dossier.id)],
        )

    def test_it_goes_with_the_customer(self):
        self._rpc_on(self.rep, "action_new_measure")
        measure = self.negative.measure_ids
        self.env["sale.order"].search(
            [("partner_id", "=", self.dossier.partner_id.id)]
        )._action_cancel()
        self.assertFalse(self.dossier._get_obstacles())
        self.dossier._destroy_customers()
        self.assertFalse(self.negative.exists())
        self.assertFalse(measure.exists())
