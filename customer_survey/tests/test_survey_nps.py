from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyNps(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.questionnaire = cls.survey.copy()
        cls.recommendation = cls.questionnaire.question_ids.filtered(
            "is_recommendation"
        ) or cls.env["survey.question"].create(
            {
                "survey_id": cls.questionnaire.id,
                "title": "How likely are you to recommend us?",
                "question_type": "scale",
                "is_recommendation": True,
                "sequence": 60,
            }
        )

    @classmethod
    def _finish(cls, response, *values):
        """Finish a form of ``response`` for each of ``values``, answers to the
        recommendation question; None skips it."""
        response = response.sudo()
        for number, value in enumerate(values):
            form = response.form_ids[number : number + 1] or response._create_form(
                False, response.other_contact_ids[:1]
            )
            form._save_lines(cls.recommendation, "" if value is None else str(value))
            form._mark_done()

    def _start(self, *names, **values):
        dossiers = [self._create_customer(name) for name in names]
        campaign = self._start_campaign(survey_id=self.questionnaire.id, **values)
        return campaign, [self._get_response(campaign, d) for d in dossiers]

    def assertNps(self, campaign, nps, promoters, passives, detractors):
        self.assertRecordValues(
            campaign,
            [
                {
                    "has_nps": True,
                    "promoter_count": promoters,
                    "passive_count": passives,
                    "detractor_count": detractors,
                }
            ],
        )
        self.assertAlmostEqual(campaign.nps, nps)

    def test_bounds(self):
        promoter = self.env["customer.survey.answer"]._get_promoter
        self.assertEqual([promoter(value) for value in range(7)], ["detractor"] * 7)
        self.assertEqual([promoter(value) for value in (7, 8)], ["passive"] * 2)
        self.assertEqual([promoter(value) for value in (9, 10)], ["promoter"] * 2)

    def test_promoters_less_detractors_of_those_who_answered(self):
        campaign, responses = self._start(*"ABCDEFG")
        # 3 promoters, 1 passive, 2 detractors; one left the question out
        for response, value in zip(responses, (10, 9, 9, 8, 6, 0, None), strict=True):
            self._finish(response, value)
        self.assertNps(campaign, (3 - 2) / 6 * 100, 3, 1, 2)
        self.assertEqual(
            [response.promoter for response in responses],
            ["promoter"] * 3 + ["passive"] + ["detractor"] * 2 + [False],
        )

    def test_extremes(self):
        campaign, (response,) = self._start("A")
        self.assertFalse(campaign.has_nps)
        self._finish(response, 0)
        self.assertNps(campaign, -100, 0, 0, 1)
        campaign, (response,) = self._start("B", name="Second")
        self._finish(response, 10)
        self.assertNps(campaign, 100, 1, 0, 0)

    def test_no_dimension_and_no_index_from_it(self):
        campaign, (response,) = self._start("A")
        self._finish(response, 3)
        self.assertFalse(response.score_ids)
        self.assertRecordValues(
            response.answer_ids,
            [{"value": 3, "score": 30, "promoter": "detractor", "dimension_id": False}],
        )

    def test_each_contact_is_one_opinion(self):
        dossier = self._create_customer("Many")
        second = self.env["res.partner"].create(
            {"name": "Second", "parent_id": dossier.partner_id.id}
        )
        campaign = self._start_campaign(
            survey_id=self.questionnaire.id, contact_mode="several"
        )
        response = self._get_response(campaign, dossier)
        response.other_contact_ids = second
        self._finish(response, 10, 7)
        # (10 + 7) / 2 = 8.5 is 9
        self.assertEqual(response.promoter, "promoter")
        self.assertNps(campaign, 50, 1, 1, 0)

    def test_stored_when_it_ends(self):
        campaign, responses = self._start("A", "B")
        self._finish(responses[0], 10)
        self._finish(responses[1], 3)
        campaign.action_close()
        campaign.sudo()._store_results()
        index = campaign.sudo().result_ids.filtered(
            lambda result: not result.dimension_id and not result.team_id
        )
        self.assertRecordValues(index, [{"nps": 0, "has_nps": True}])
        index._system_write({"nps": 12.5})
        self.env.invalidate_all()
        self.assertEqual(campaign.nps, 12.5)

    def test_nobody_asked_stores_none(self):
        self._create_customer("A")
        campaign = self._start_campaign()
        campaign.action_close()
        campaign.sudo()._store_results()
        self.assertFalse(any(campaign.sudo().result_ids.mapped("has_nps")))
        self.assertFalse(campaign.has_nps)

    def test_small_anonymous_survey_shows_none(self):
        self.company.survey_minimum_answers = 3
        campaign, _responses = self._start(*"ABC", is_anonymous=True)
        self.company.survey_minimum_answers = 5
        anonymous = self.env["customer.survey.response"]._system_create(
            [{"campaign_id": campaign.id, "state": "answered"} for _i in range(5)]
        )
        for response in anonymous:
            form = response._create_form(False)
            form.state = "done"
            form._save_lines(self.recommendation, "9")
        index = campaign.sudo().result_ids.filtered(lambda r: not r.dimension_id)
        anonymous[:4]._store_scores()
        campaign._store_nps()
        self.assertRecordValues(index, [{"nps": 0, "has_nps": False}])
        anonymous._store_scores()
        campaign._store_nps()
        self.assertRecordValues(index, [{"nps": 100, "has_nps": True}])
        self.assertFalse(anonymous.answer_ids.contact_id)
        # single answers stay nobody's to read
        self.env.invalidate_all()
        self.assertEqual(campaign.promoter_count, 0)

    def test_manager_sees_the_figure_over_his_unit(self):
        other_unit = self.env["crm.team"].create({"name": "Other Unit"})
        campaign, responses = self._start("A", "B")
        responses[1].sudo().dossier_id.team_id = other_unit
        self._finish(responses[0], 10)
        self._finish(responses[1], 0)
        self.assertNps(campaign, 0, 1, 0, 1)
        self.assertNps(campaign.with_user(self.bum), 100, 1, 0, 0)

    def test_score_is_written_by_the_system_alone(self):
        campaign, (response,) = self._start("A")
        self._finish(response, 3)
        result = campaign.sudo().result_ids[:1]
        for record, vals in (
            (response.answer_ids, {"promoter": "promoter"}),
            (response.answer_ids, {"value": 10}),
            (response, {"promoter": "promoter"}),
            (result, {"nps": 100}),
            (result, {"has_nps": True}),
        ):
            for user in (self.director, self.env.ref("base.user_admin")):
                with self.assertRaises(AccessError):
                    self._rpc(user, record._name, "write", record.ids, vals)
