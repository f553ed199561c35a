from odoo.fields import Command
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyScore(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Scored")

    def _get_scores(self, response):
        return {score.dimension_id: score.score for score in response.score_ids}

    def test_dimension_score_is_mean_of_its_questions(self):
        response = self._get_response(self._start_campaign(), self.dossier)
        self._answer(response, {self.quality: (8, 6)})
        self.assertRecordValues(
            response.score_ids,
            [{"dimension_id": self.quality.id, "score": 70, "answer_count": 2}],
        )
        self.assertAlmostEqual(response.index, 70)

    def test_index_weighs_the_dimensions(self):
        self.quality.weight = 3
        response = self._get_response(self._start_campaign(), self.dossier)
        self._answer(
            response,
            {
                self.quality: (8, 6),
                self.service: (9, 9),
                self.price: (5, 5),
                self.credit: (10, 10),
            },
        )
        self.assertAlmostEqual(response.index, (3 * 70 + 90 + 50 + 100) / 6)
        self.quality.weight = 1
        self.assertEqual(response.score_ids[0].weight, 3)
        self.assertAlmostEqual(response.index, 75)

    def test_skipped_question_and_dimension_drop_out(self):
        response = self._get_response(self._start_campaign(), self.dossier)
        self._answer(
            response,
            {self.quality: (8, None), self.service: (None, None), self.price: (6, 6)},
        )
        self.assertEqual(self._get_scores(response), {self.quality: 80, self.price: 60})
        self.assertAlmostEqual(response.index, 70)

    def test_zero_is_a_score(self):
        response = self._get_response(self._start_campaign(), self.dossier)
        self._answer(response, {self.quality: (0, 10), self.service: (0, 0)})
        self.assertEqual(
            self._get_scores(response), {self.quality: 50, self.service: 0}
        )
        self.assertAlmostEqual(response.index, 25)

    def test_other_scales_and_choices_are_normalised(self):
        survey = self.survey.copy()
        scale, choice = survey.question_ids.filtered(
            lambda question: question.dimension_id == self.quality
        )
        scale.write({"scale_min": 1, "scale_max": 5})
        choice.write(
            {
                "question_type": "simple_choice",
                "suggested_answer_ids": [
                    Command.create({"value": value, "answer_score": score})
                    for value, score in (("Bad", -2), ("Fair", 1), ("Good", 4))
                ],
            }
        )
        campaign = self._start_campaign(survey_id=survey.id)
        response = self._get_response(campaign, self.dossier)
        fair = choice.suggested_answer_ids[1]
        self._answer(response, {self.quality: (4, fair.id)})
        self.assertAlmostEqual(response.index, (75 + 50) / 2)

    def test_form_without_scored_answers_has_no_index(self):
        other = self._create_customer("Other")
        campaign = self._start_campaign()
        response = self._get_response(campaign, self.dossier)
        self._answer(response, {self.quality: (None, None)}, text="No figures from me")
        self._answer(self._get_response(campaign, other), {self.quality: (8, 8)})
        self.assertEqual(response.state, "answered")
        self.assertFalse(response.score_ids)
        self.assertIn("No figures from me", response.opinions)
        self.assertEqual(campaign.index, 80)
        self.assertEqual(
            campaign.response_ids._read_group(
                [("campaign_id", "=", campaign.id)], [], ["index:avg"]
            ),
            [(80,)],
        )

    def test_two_answers_of_80_give_80(self):
        other, silent = self._create_customer("Other"), self._create_customer("Silent")
        campaign = self._start_campaign()
        for dossier in (self.dossier, other):
            self._answer(
                self._get_response(campaign, dossier),
                dict.fromkeys(
                    (self.quality, self.service, self.price, self.credit), (8, 8)
                ),
            )
        self.assertEqual(self._get_response(campaign, silent).state, "invited")
        self.assertRecordValues(
            campaign, [{"answered_count": 2, "index": 80, "is_below": False}]
        )
        self.assertEqual(campaign.issued_count, campaign.customer_count)
        self.assertAlmostEqual(campaign.response_rate, 200 / campaign.issued_count)

    def test_dossier_shows_the_latest_index(self):
        for values in ((5, 5), (9, 8)):
            campaign = self._start_campaign()
            response = self._get_response(campaign, self.dossier)
            self._answer(response, {self.quality: values})
            self.assertEqual(response.is_below, values == (5, 5))
            campaign.action_close()
        self.assertRecordValues(
            self.dossier,
            [
                {
                    "survey_response_count": 2,
                    "satisfaction_index": 85,
                    "satisfaction_date": response.answered_date,
                }
            ],
        )

    def test_contract_review_shows_the_latest_index_to_the_reader(self):
        dossier = self._create_customer("Reviewed")
        campaign = self._start_campaign()
        response = self._get_response(campaign, dossier)
        self._answer(response, {self.quality: [8, 8]})
        order = self.env["sale.order"].create({"partner_id": dossier.partner_id.id})
        shown = order.with_user(self.rep)
        self.assertEqual(shown.dossier_satisfaction_index, response.index)
        self.assertEqual(shown.dossier_satisfaction_date, response.answered_date)
        self.assertTrue(response.index)
        hidden = order.with_user(self.employee).sudo()
        self.assertFalse(hidden.dossier_satisfaction_date)
        self.assertEqual(hidden.dossier_satisfaction_index, 0.0)
