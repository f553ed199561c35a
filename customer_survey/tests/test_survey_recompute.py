import random
from statistics import fmean

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyRecompute(SurveyCommon):
    """Scores are worked out anew from what the forms say."""

    def _start_answered(self, count, **values):
        """Return a campaign and the responses of ``count`` customers who answered,
        each by random values."""
        dice = random.Random(28)
        dossiers = [self._create_customer(f"Customer {n}") for n in range(count)]
        campaign = self._start_campaign(**values)
        responses = self.env["customer.survey.response"]
        for dossier in dossiers:
            response = self._get_response(campaign, dossier)
            self._answer(
                response,
                {
                    dimension: [dice.choice([None, *range(11)]) for _i in range(2)]
                    for dimension in (self.quality, self.service, self.price)
                },
            )
            responses |= response
        return campaign, responses.sudo()

    def _read_figures(self, responses):
        return [
            (
                response.index,
                response.is_negative,
                response.promoter,
                [
                    (score.dimension_id, score.score, score.weight, score.answer_count)
                    for score in response.score_ids
                ],
                [
                    (answer.question_id, answer.value, answer.score, answer.band)
                    for answer in response.answer_ids
                ],
            )
            for response in responses
        ]

    def test_recomputed_is_what_was_filed(self):
        campaign, responses = self._start_answered(6)
        filed = self._read_figures(responses)
        self.assertTrue(any(index for index, *_rest in filed))
        for _time in range(2):
            campaign.action_recompute_scores()
            self.env.invalidate_all()
            self.assertEqual(self._read_figures(responses), filed)

    def test_recomputed_figures_are_those_of_the_forms(self):
        campaign, responses = self._start_answered(3)
        for response in responses:
            values = {}
            for line in response.form_ids.user_input_line_ids:
                if not line.skipped and line.answer_type == "scale":
                    dimension = line.question_id.dimension_id
                    values.setdefault(dimension, []).append(line.value_scale * 10)
            response.answer_ids._system_write({"score": 1})
            response.score_ids._as_system().unlink()
            response._system_write({"index": 1, "is_negative": False})
            campaign.action_recompute_scores()
            self.assertEqual(
                {score.dimension_id: score.score for score in response.score_ids},
                {dimension: fmean(scores) for dimension, scores in values.items()},
            )
            if values:
                index = fmean(map(fmean, values.values()))
                self.assertAlmostEqual(response.index, index)
                self.assertEqual(
                    response.is_negative,
                    min(index, *map(fmean, values.values())) < 60,
                )

    def test_answers_keep_what_statistics_group_by(self):
        dossier = self._create_customer("Grouped")
        campaign = self._start_campaign()
        response = self._get_response(campaign, dossier)
        self._answer(response, {self.quality: (8, 7)})
        self.assertRecordValues(
            response.answer_ids,
            [
                {"band": 8, "satisfied_rate": 100, "campaign_id": campaign.id},
                {"band": 7, "satisfied_rate": 0, "campaign_id": campaign.id},
            ],
        )
        action = campaign.action_view_questions()
        groups = self._rpc(
            self.director,
            action["res_model"],
            "formatted_read_group",
            action["domain"],
            ["question_id", "band"],
            ["__count", "score:avg", "satisfied_rate:avg"],
        )
        self.assertEqual(
            [(group["band"], group["__count"], group["score:avg"]) for group in groups],
            [(8, 1, 80), (7, 1, 70)],
        )

    def test_closed_survey_gets_new_results(self):
        campaign, _responses = self._start_answered(2)
        campaign.action_close()
        stored = []
        self.patch(
            type(campaign), "_store_results", lambda self: stored.append(self.ids)
        )
        campaign.action_recompute_scores()
        self.assertEqual(stored, [campaign.ids])

    def test_anonymous_answers_are_recomputed(self):
        campaign, _responses = self._start_answered(1)
        anonymous = self.env["customer.survey.response"]._system_create(
            [{"campaign_id": campaign.id, "state": "answered"}]
        )
        form = anonymous._create_form(False)
        form.state = "done"
        form._save_lines(self.survey.question_ids[0], "4")
        campaign.action_recompute_scores()
        self.assertAlmostEqual(anonymous.index, 40)
        self.assertFalse(anonymous.answer_ids.contact_id)

    def test_refused(self):
        campaign, _responses = self._start_answered(1)
        for user in (self.gmo, self.bum, self.keeper, self.rep, self.employee):
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    "customer.survey.campaign",
                    "action_recompute_scores",
                    campaign.ids,
                )
        draft = self._create_campaign()
        with self.assertRaisesRegex(UserError, "needs .*Running.*Closed"):
            draft.action_recompute_scores()
        campaign.action_close()
        campaign._system_write({"state": "filed"})
        with self.assertRaisesRegex(UserError, "needs .*Running.*Closed"):
            campaign.action_recompute_scores()

    def _count_queries(self, responses):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        responses._store_scores()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_the_answers(self):
        _campaign, responses = self._start_answered(12)
        self._count_queries(responses[:1])
        self.assertEqual(
            self._count_queries(responses[:3]), self._count_queries(responses)
        )
