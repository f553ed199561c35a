from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyMeasure(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([("id", "!=", cls.gmo.id)]).write(
            {"group_ids": [(3, cls.env.ref("customer_archive.group_gmo").id)]}
        )
        cls.dossier = cls._create_customer("Dragon")
        cls.department = cls.env["customer.service.team"].search([], limit=1)

    def _close(self, scores, day, **values):
        """Return a survey that ended on ``day`` with these scores over all customers
        by dimension, required are 80."""
        with freeze_time(f"{day} 12:00:00"):
            values = {"date_deadline": day, "date_from": "2020-01-01"} | values
            campaign = self._create_campaign(**values)
            campaign.action_check()
            campaign.action_start()
            campaign.action_close()
            results = campaign.sudo().result_ids
            for result in results:
                score = scores.get(result.dimension_id)
                if score is not None:
                    result._system_write(
                        {
                            "required_level": 80,
                            "score": score,
                            "customer_count": 7,
                            "has_score": True,
                            "is_failed": score < 80,
                        }
                    )
            campaign._open_measures()
        return campaign

    def _execute(self, measure, day="2031-03-01"):
        """Let the rep, who answers for it now, carry ``measure`` out."""
        with freeze_time(f"{day} 12:00:00"):
            measure.with_user(self.gmo).write(
                {
                    "user_id": self.rep.id,
                    "cause": "Too few inspections",
                    "action": "Inspect every lot",
                    "preventive_action": "Train the inspectors",
                    "department_id": self.department.id,
                }
            )
            measure.with_user(self.rep).action_submit()
            measure.with_user(self.gmo).action_approve()
            measure.with_user(self.rep).action_start()
            measure.with_user(self.rep).action_report_done()

    # ------------------------------------------------------------ opening (G19)

    def test_closing_opens_them(self):
        campaign = self._start_campaign()
        self._answer(self._get_response(campaign, self.dossier), {self.quality: (1, 1)})
        result = campaign.sudo().result_ids.filtered(
            lambda result: result.dimension_id == self.quality
        )
        result._system_write({"customer_count": 1, "score": 0, "is_failed": True})
        campaign.action_close()
        self.assertEqual(campaign.sudo().measure_ids.dimension_id, self.quality)

    def test_submitting_settles_the_todos_of_the_organisers(self):
        campaign = self._close({self.quality: 70}, "2031-01-10")
        measure = campaign.sudo().measure_ids
        self.assertEqual(measure.activity_ids.user_id, self.gmo)
        todo = measure.activity_ids
        self._execute(measure)
        self.assertFalse(todo.exists().filtered("active"))

    def test_failed_dimensions_open_a_measure_each(self):
        self.gmo.lang = "zh_CN"
        self.company.survey_measure_days = 20
        self.quality.with_context(lang="zh_CN").name = "产品质量"
        index = self.env["customer.survey.dimension"]
        campaign = self._close(
            {self.quality: 55.2, self.service: 80, self.price: 61, index: 65},
            "2031-01-10",
        )
        measures = campaign.sudo().measure_ids.sorted("value_before")
        self.assertRecordValues(
            measures,
            [
                {
                    "dimension_id": dimension.id,
                    "value_before": score,
                    "value_target": 80,
                    "state": "proposed",
                    "approval_state": "none",
                    "kind": "corrective",
                    "user_id": self.gmo.id,
                    "verifier_id": self.director.id,
                    "date_due": date(2031, 1, 30),
                    "company_id": self.company.id,
                    "origin_model": campaign._name,
                    "origin_id": campaign.id,
                    "dossier_id": False,
                    "action": False,
                }
                for dimension, score in ((self.quality, 55.2), (self.price, 61))
            ],
        )
        self.assertIn("产品质量", measures[0].name)
        self.assertIn("55.2", measures[0].name)
        for measure in measures:
            self.assertEqual(measure.activity_ids.user_id, self.gmo)
        campaign._open_measures()
        self.assertEqual(len(campaign.sudo().measure_ids), 2)

    def test_results_of_a_unit_open_none(self):
        campaign = self._close({}, "2031-01-10")
        self.env["customer.survey.result"]._system_create(
            {
                "campaign_id": campaign.id,
                "team_id": self.team.id,
                "dimension_id": self.quality.id,
                "is_failed": True,
            }
        )
        campaign._open_measures()
        self.assertFalse(campaign.sudo().measure_ids)

    def test_index_that_fails_alone(self):
        # less than is allowed: one answer is enough here
        self.patch(type(self.company), "survey_minimum_answers", 1)
        index = self.env["customer.survey.dimension"]
        campaign = self._close(
            {self.quality: 80, index: 79.9}, "2031-01-10", is_anonymous=True
        )
        self.assertRecordValues(
            campaign.sudo().measure_ids,
            [{"dimension_id": False, "value_before": 79.9, "dossier_id": False}],
        )

    def test_all_passed(self):
        self.assertFalse(
            self._close({self.quality: 80}, "2031-01-10").sudo().measure_ids
        )

    def test_nobody_in_the_general_managers_office(self):
        self.gmo.group_ids = [(3, self.env.ref("customer_archive.group_gmo").id)]
        second = self._create_user("survey_mdo2", "customer_archive.group_mdo")
        measure = self._close({self.quality: 50}, "2031-01-10").sudo().measure_ids
        self.assertEqual(measure.user_id, self.director)
        self.assertNotEqual(measure.verifier_id, self.director)
        self.assertTrue(measure.verifier_id.has_group("customer_archive.group_mdo"))
        self.assertIn("Nobody has the role", measure.activity_ids.summary)
        self.assertEqual(measure.activity_ids.user_id, self.director)
        self.assertTrue(second)

    def test_one_person_alone(self):
        groups = self.env.ref("customer_archive.group_gmo") | self.env.ref(
            "customer_archive.group_mdo"
        )
        others = groups.all_user_ids - self.director
        others.write({"group_ids": [(3, group.id) for group in groups]})
        with self.assertRaisesRegex(UserError, "to two people"):
            self._close({self.quality: 50}, "2031-01-10")

    # ------------------------------------------------------------ completing

    def test_submission_names_all_that_is_missing(self):
        measure = self._close({self.quality: 50}, "2031-01-10").sudo().measure_ids
        with self.assertRaises(UserError) as caught:
            self._rpc(self.gmo, measure._name, "action_submit", measure.ids)
        for label in ("Cause", "Measure", "Preventive Measure", "Department"):
            self.assertIn(label, str(caught.exception))
        self.assertEqual(measure.approval_state, "none")

    def test_who_completes_it(self):
        measure = self._close({self.quality: 50}, "2031-01-10").sudo().measure_ids
        for user in (self.director, self.rep, self.bum, self.keeper, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(
                    user, measure._name, "write", measure.ids, {"cause": "Weather"}
                )
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(user, measure._name, "action_submit", measure.ids)
        self.assertFalse(measure.cause)
        self._rpc(
            self.gmo, measure._name, "write", measure.ids, {"user_id": self.rep.id}
        )
        self._rpc(self.rep, measure._name, "write", measure.ids, {"cause": "Haste"})
        self.assertEqual(measure.cause, "Haste")

    def test_what_the_survey_said_stays(self):
        measure = self._close({self.quality: 50}, "2031-01-10").sudo().measure_ids
        for values in (
            {"value_target": 10},
            {"value_before": 90},
            {"dossier_id": self.dossier.id},
            {"team_id": self.team.id},
        ):
            with self.assertRaisesRegex(UserError, "as the survey has set"):
                self._rpc(self.gmo, measure._name, "write", measure.ids, values)
        for values in (
            {"survey_result_id": False},
            {"campaign_id": False},
            {"verifying_result_id": measure.survey_result_id.id},
            {"negative_feedback_id": False},
            {"dimension_id": self.price.id},
            {"value_after": 100},
        ):
            with self.assertRaises(AccessError):
                self._rpc(self.gmo, measure._name, "write", measure.ids, values)
            with self.assertRaises(AccessError):
                self._rpc(
                    self.gmo,
                    measure._name,
                    "create",
                    [
                        {
                            "name": "Forged",
                            "verifier_id": self.director.id,
                            "date_due": "2031-01-31",
                            "campaign_id": measure.campaign_id.id,
                            **{name: value or 1 for name, value in values.items()},
                        }
                    ],
                )

    def test_it_is_not_deleted(self):
        measure = self._close({self.quality: 50}, "2031-01-10").sudo().measure_ids
        with self.assertRaisesRegex(UserError, "stays on record"):
            self._rpc(self.gmo, measure._name, "unlink", measure.ids)
        with self.assertRaises(AccessError):
            self._rpc(self.director, measure._name, "unlink", measure.ids)
        with self.assertRaisesRegex(UserError, "stays on record"):
            measure.unlink()

    def test_who_reads_it(self):
        measure = self._close({self.quality: 50}, "2031-01-10").sudo().measure_ids
        for user in (self.rep, self.bum, self.keeper, self.employee):
            found = self._rpc(
                user, measure._name, "search_read", [("id", "=", measure.id)], ["name"]
            )
            self.assertFalse(found)
            with self.assertRaises(AccessError):
                self._rpc(user, measure._name, "read", measure.ids, ["name"])
        for user in (self.gmo, self.director):
            self.assertTrue(
                self._rpc(user, measure._name, "read", measure.ids, ["name"])
            )

    def test_nobody_approves_his_own(self):
        measure = self._close({self.quality: 50}, "2031-01-10").sudo().measure_ids
        second = self._create_user("survey_gmo2", "customer_archive.group_gmo")
        measure.with_user(second).write(
            {
                "cause": "x",
                "action": "x",
                "preventive_action": "x",
                "department_id": self.department.id,
            }
        )
        # neither who answers for it nor who submits it
        with self.assertRaises(UserError):
            self._rpc(second, measure._name, "action_submit", measure.ids)
        measure.with_user(second).user_id = self.rep
        self._rpc(second, measure._name, "action_submit", measure.ids)
        for user in (second, self.rep, self.director):
            with self.assertRaises(UserError):
                self._rpc(user, measure._name, "action_approve", measure.ids)
        self._rpc(self.gmo, measure._name, "action_approve", measure.ids)
        self.assertEqual(measure.state, "approved")
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            measure.with_user(second).write({"preventive_action": "Nothing"})

    # ------------------------------------------------------------ filing

    def test_filing_waits_for_the_measures(self):
        campaign = self._close({self.quality: 50, self.price: 60}, "2031-01-10")
        quality, price = campaign.sudo().measure_ids.sorted("value_before")
        obstacles = campaign._get_filing_obstacles()
        self.assertTrue(any(quality.name in text for text in obstacles))
        self.assertTrue(any(price.name in text for text in obstacles))
        with self.assertRaisesRegex(UserError, "not been verified"):
            campaign.action_file()
        quality._system_write({"survey_result_id": False, "campaign_id": False})
        self.assertTrue(
            any(self.quality.name in text for text in campaign._get_filing_obstacles())
        )
        quality._system_write(
            {
                "survey_result_id": campaign.sudo()
                .result_ids.filtered(lambda result: result.dimension_id == self.quality)
                .id
            }
        )
        (quality | price)._system_write({"action": "x"})
        (quality | price)._system_write({"state": "effective"})
        self.assertFalse(
            [text for text in campaign._get_filing_obstacles() if "measure" in text]
        )

    # ------------------------------------------------------------ verifying (G20)

    def test_effect_is_judged_by_the_next_result(self):
        campaign = self._close({self.quality: 50}, "2031-01-10", name="Survey 2031")
        measure = campaign.sudo().measure_ids
        self._execute(measure)
        args = (measure._name, "action_verify", measure.ids, True, "Asked")
        with self.assertRaisesRegex(UserError, "a survey after Survey 2031"):
            self._rpc(self.director, *args, 100)
        with self.assertRaisesRegex(UserError, "a survey after Survey 2031"):
            self._rpc(
                self.director, measure._name, "action_open_verification", measure.ids
            )
        running = self._create_campaign(name="Survey 2032", date_deadline="2032-01-01")
        running.action_check()
        with self.assertRaisesRegex(UserError, "Survey 2032 has to end first"):
            self._rpc(self.director, *args, 100)
        running.action_draft()
        # not what ended before it was done, of another unit or of no answers
        self._close({self.quality: 99}, "2031-02-10")
        self._close(
            {self.quality: 99}, "2031-04-10", kind="periodic", team_id=self.team.id
        )
        self._close({self.price: 99}, "2031-04-11")
        with self.assertRaisesRegex(UserError, "a survey after"):
            self._rpc(self.director, *args, 100)
        following = self._close({self.quality: 84.5}, "2032-01-10")
        self._close({self.quality: 95}, "2033-01-10")

        action = self._rpc(
            self.director, measure._name, "action_open_verification", measure.ids
        )
        wizard = (
            self.env["customer.measure.verify"]
            .with_user(self.director)
            .with_context(**action["context"])
            .create({"evidence": "Asked"})
        )
        self.assertEqual((wizard.is_measured, wizard.value_after), (True, 84.5))
        wizard.value_after = 3
        wizard.action_effective()
        self.assertRecordValues(
            measure,
            [
                {
                    "state": "effective",
                    "value_after": 84.5,
                    "verifying_campaign_id": following.id,
                }
            ],
        )

    def test_no_effect_below_the_target(self):
        campaign = self._close({self.quality: 50}, "2031-01-10")
        measure = campaign.sudo().measure_ids
        self._execute(measure)
        second = self._close({self.quality: 79.9}, "2032-01-10")
        with self.assertRaisesRegex(UserError, "79.9 was reached, 80.0 is required"):
            self._rpc(
                self.director,
                measure._name,
                "action_verify",
                measure.ids,
                True,
                "Wonderful",
                100,
            )
        action = self._rpc(
            self.director, measure._name, "action_verify", measure.ids, False, "Not yet"
        )
        follower = measure.browse(action["res_id"])
        self.assertRecordValues(
            measure | follower,
            [
                {
                    "state": "not_effective",
                    "value_after": 79.9,
                    "previous_id": False,
                    "campaign_id": campaign.id,
                },
                {
                    "state": "proposed",
                    "value_after": 0,
                    "previous_id": measure.id,
                    "campaign_id": campaign.id,
                },
            ],
        )
        self.assertEqual(follower.survey_result_id, measure.survey_result_id)
        self.assertEqual(follower.value_before, 79.9)
        # what showed that the former had none says nothing of the next
        self._execute(follower, "2032-01-10")
        with self.assertRaisesRegex(UserError, f"a survey after {second.name}"):
            follower.with_user(self.director).action_verify(True, "Seen")
        self._close({self.quality: 80}, "2032-01-10")
        follower.with_user(self.director).action_verify(True, "Seen")
        self.assertEqual((follower.state, follower.value_after), ("effective", 80))

    def test_only_the_verifier_judges(self):
        measure = self._close({self.quality: 50}, "2031-01-10").sudo().measure_ids
        self._execute(measure)
        self._close({self.quality: 90}, "2032-01-10")
        for user in (self.gmo, self.rep, self.bum, self.employee):
            for method, args in (
                ("action_verify", [True, "Seen"]),
                ("action_open_verification", []),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, measure._name, method, measure.ids, *args)
        self.assertEqual(measure.state, "executing")

    def test_origin_on_the_sheet(self):
        campaign = self._close({self.quality: 50}, "2031-01-10", name="Survey 2031")
        measure = campaign.sudo().measure_ids
        self.assertEqual(
            measure.with_user(self.gmo)._get_origin_name(),
            f"Survey 2031 · {self.quality.name}",
        )
