from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyResult(SurveyCommon):
    """Numbers reckoned by hand: unit 1 has A and B, unit 2 has C, who bought nothing.
    Quality weighs twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality.weight = 2
        cls.other_bum = cls._create_user("survey_bum2", "customer_archive.group_bum")
        cls.other_team = cls.env["crm.team"].create(
            {"name": "Second Unit", "user_id": cls.other_bum.id}
        )
        cls.customers = [cls._create_customer(name) for name in "ABC"]
        cls.customers[2].team_id = cls.other_team
        for dossier, amount in zip(cls.customers, (300, 100, 0), strict=True):
            dossier._system_write({"state": "formal"})
            dossier.partner_id.sale_order_ids.order_line.price_unit = amount
        cls.formal = {"scope": "formal"}

    def _score(self, response, scores):
        """Store an answer with these dimension scores as the system does."""
        self.env["customer.survey.score"]._system_create(
            [
                {
                    "response_id": response.id,
                    "dimension_id": dimension.id,
                    "score": score,
                    "weight": dimension.weight,
                    "answer_count": 1,
                }
                for dimension, score in scores.items()
            ]
        )
        weight = sum(dimension.weight for dimension in scores)
        index = sum(dimension.weight * score for dimension, score in scores.items())
        response.sudo()._system_write(
            {
                "state": "answered",
                "index": index / weight,
                "is_negative": index / weight < 60,
            }
        )

    def _run(self, **values):
        """Return a closed campaign with the answers of A, B and C."""
        campaign = self._start_campaign(**self.formal | values)
        for dossier, scores in zip(
            self.customers,
            (
                {self.quality: 90, self.service: 60},
                {self.quality: 70, self.service: 90},
                {self.quality: 50},
            ),
            strict=True,
        ):
            self._score(self._get_response(campaign, dossier), scores)
        campaign.action_close()
        return campaign

    def _get_results(self, campaign, team=None):
        """Return {dimension or None for the index: result}."""
        results = campaign.sudo().result_ids.filtered(
            lambda result: result.team_id == (team or result.team_id.browse())
        )
        return {result.dimension_id or None: result for result in results}

    def assertScores(self, results, expected):
        self.assertEqual(
            {
                dimension: (result.customer_count, result.score)
                for dimension, result in results.items()
                if result.has_score
            },
            expected,
        )

    def test_every_customer_weighs_the_same(self):
        campaign = self._run()
        results = self._get_results(campaign)
        # quality (90 + 70 + 50) / 3, service (60 + 90) / 2, index (2 * 70 + 75) / 3
        self.assertScores(
            results,
            {self.quality: (3, 70), self.service: (2, 75), None: (3, 71.67)},
        )
        # A alone is satisfied with the quality, B with the service; over all A has
        # (2 * 90 + 60) / 3 = 80, B 76.7, C 50
        self.assertEqual(results[self.quality].satisfied_rate, 33.33)
        self.assertAlmostEqual(results[self.service].satisfied_rate, 50)
        self.assertEqual(results[None].satisfied_rate, 33.33)
        self.assertFalse(results[self.price].has_score)
        self.assertFalse(results[self.price].is_failed)
        self.assertEqual(results[self.price].customer_count, 0)
        self.assertScores(
            self._get_results(campaign, self.team),
            {self.quality: (2, 80), self.service: (2, 75), None: (2, 78.33)},
        )
        self.assertScores(
            self._get_results(campaign, self.other_team),
            {self.quality: (1, 50), None: (1, 50)},
        )

    def test_customers_weigh_by_their_sales(self):
        campaign = self._run(weighting="sales")
        # quality (300 * 90 + 100 * 70) / 400, service (300 * 60 + 100 * 90) / 400
        self.assertScores(
            self._get_results(campaign),
            {self.quality: (3, 85), self.service: (2, 67.5), None: (3, 79.17)},
        )
        # nobody in the second unit bought anything: all weigh the same there
        self.assertScores(
            self._get_results(campaign, self.other_team),
            {self.quality: (1, 50), None: (1, 50)},
        )

    def test_equal_passes_and_lower_fails(self):
        self.quality.required_level = 70
        self.service.required_level = 75.01
        campaign = self._run(required_level=71.67)
        results = self._get_results(campaign)
        self.assertFalse(results[self.quality].is_failed)
        self.assertTrue(results[self.service].is_failed)
        self.assertFalse(results[None].is_failed)
        self.assertRecordValues(
            campaign,
            [
                {
                    "failed_count": 1,
                    "failed_dimension_names": self.service.name,
                    "is_below": False,
                }
            ],
        )

    def test_unit_has_a_required_level_of_its_own(self):
        self.env["customer.survey.level"].create(
            [
                {
                    "year": 2020,
                    "team_id": self.other_team.id,
                    "dimension_id": self.quality.id,
                    "required_level": 50,
                },
                {"year": 2020, "required_level": 65},
            ]
        )
        campaign = self._run()
        self.assertEqual(campaign.required_level, 65)
        results = self._get_results(campaign, self.other_team)
        self.assertRecordValues(
            results[self.quality] + results[None],
            [
                {"required_level": 50, "is_failed": False},
                {"required_level": 65, "is_failed": True},
            ],
        )
        first = self._get_results(campaign, self.team)[self.quality]
        self.assertEqual(first.required_level, self.quality.required_level)

    def test_weights_are_those_of_the_check(self):
        campaign = self._start_campaign(**self.formal)
        self.quality.weight = 100
        for dossier in self.customers:
            self._score(
                self._get_response(campaign, dossier),
                {self.quality: 40, self.service: 100},
            )
        campaign.action_close()
        self.assertAlmostEqual(campaign.index, (2 * 40 + 100) / 3)

    def test_stored_results_stand_while_levels_change(self):
        campaign = self._run()
        self.assertTrue(campaign.has_index)
        self.assertAlmostEqual(campaign.index, 71.67)
        self.assertEqual(campaign.negative_count, 1)
        response = self._get_response(campaign, self.customers[2])
        response.sudo()._system_write({"index": 100})
        response.score_ids.sudo()._system_write({"score": 100})
        self.assertAlmostEqual(campaign.index, 71.67)
        results = campaign.sudo().result_ids
        campaign._store_results()
        self.assertEqual(campaign.sudo().result_ids, results)
        # quality (90 + 70 + 100) / 3, service 75
        self.assertAlmostEqual(campaign.index, 82.78)

    def test_live_mean_while_running(self):
        campaign = self._start_campaign(**self.formal)
        self.assertFalse(campaign.has_index)
        self._score(self._get_response(campaign, self.customers[0]), {self.quality: 0})
        self.assertRecordValues(
            campaign, [{"has_index": True, "index": 0, "is_below": True}]
        )

    def test_compared_with_the_last_one_of_its_kind(self):
        first = self._run()
        second = self._run(weighting="sales")
        self.assertEqual(second.previous_id, first)
        self.assertFalse(self._create_campaign(kind="periodic").previous_id)
        results = self._get_results(second)
        self.assertRecordValues(
            results[self.quality] + results[self.price],
            [
                {"score": 85, "has_previous": True, "previous_score": 70},
                {"score": 0, "has_previous": False, "previous_score": 0},
            ],
        )
        unit = self._get_results(second, self.other_team)[None]
        self.assertRecordValues(unit, [{"has_previous": True, "previous_score": 50}])
        periodic = self._create_campaign(kind="periodic")
        periodic.action_check()
        self.assertFalse(periodic.previous_id)

    # ------------------------------------------------------------ anonymous (G24)

    def _start_anonymously(self):
        self.company.survey_minimum_answers = 3
        campaign = self._start_campaign(is_anonymous=True, **self.formal)
        self.company.survey_minimum_answers = 5
        return campaign

    def _answer_anonymously(self, campaign, number, quality=40):
        rows = self.env["customer.survey.response"]._system_create(
            [{"campaign_id": campaign.id}] * number
        )
        for row in rows:
            self._score(row, {self.quality: quality})

    def test_anonymous_survey_shows_no_figure_over_few_answers(self):
        campaign = self._start_anonymously()
        self._answer_anonymously(campaign, 4)
        self.assertRecordValues(
            campaign,
            [
                {
                    "customer_count": 3,
                    "issued_count": 3,
                    "answered_count": 4,
                    "negative_count": 0,
                    "has_index": False,
                }
            ],
        )
        campaign.action_close()
        result = self._get_results(campaign)[self.quality]
        self.assertRecordValues(
            result, [{"customer_count": 4, "has_score": False, "score": 0}]
        )
        self.assertFalse(campaign.sudo().result_ids.filtered("has_score"))
        self.assertRecordValues(campaign, [{"has_index": False, "negative_count": 0}])

    def test_anonymous_survey_shows_totals_after_its_end(self):
        campaign = self._start_anonymously()
        self._answer_anonymously(campaign, 4)
        self._answer_anonymously(campaign, 1, 90)
        rows = self.env["customer.survey.response"].search(
            [("campaign_id", "=", campaign.id), ("dossier_id", "=", False)]
        )
        # one of them said something about the service, too
        self._score(rows[0], {self.service: 100})
        self.assertFalse(campaign.has_index)
        campaign.action_close()
        # the service is not shown, nor can it be reckoned back from the index
        self.assertScores(
            self._get_results(campaign), {self.quality: (5, 50), None: (5, 50)}
        )
        self.assertFalse(campaign.sudo().result_ids.team_id)
        self.assertAlmostEqual(campaign.index, 50)
        self.assertEqual(campaign.negative_count, 3)
        for user in (self.rep, self.bum, self.employee):
            with self.subTest(user=user.login):
                self.assertFalse(
                    self.env["customer.survey.result"].with_user(user).search([])
                    & campaign.sudo().result_ids
                )
        self.assertEqual(campaign.with_user(self.rep).answered_count, 0)
        self.assertFalse(campaign.with_user(self.rep).has_index)

    # ------------------------------------------------------------ access, cost

    def test_results_are_read_by_right_and_written_by_nobody(self):
        campaign = self._run()
        results = campaign.sudo().result_ids
        model = "customer.survey.result"
        domain = [("campaign_id", "=", campaign.id)]

        def search_read(user):
            rows = self._rpc(user, model, "search_read", domain, ["id"])
            return results.browse(row["id"] for row in rows)

        for user in (self.director, self.gmo, self.keeper):
            self.assertEqual(search_read(user), results)
        for user, team in ((self.bum, self.team), (self.other_bum, self.other_team)):
            self.assertEqual(search_read(user).team_id, team)
        for user in (self.rep, self.employee):
            self.assertFalse(search_read(user))
            with self.assertRaises(AccessError):
                self._rpc(user, model, "read", results.ids, ["score"])
            groups = self._rpc(
                user, model, "formatted_read_group", domain, [], ["__count"]
            )
            self.assertEqual(groups[0]["__count"], 0)
        for user in (self.director, self.gmo, self.bum, self.rep, self.employee):
            for method, *args in (
                ("write", results.ids, {"score": 100}),
                ("unlink", results.ids),
                ("create", {"campaign_id": campaign.id, "score": 100}),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, model, method, *args)

    def test_cost_of_closing_does_not_grow_with_answers(self):
        def count_queries():
            campaign = self._start_campaign(send=False, **self.formal)
            for response in campaign.response_ids:
                self._score(response, {self.quality: 80, self.service: 40})
                response.sudo()._create_form(False)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            campaign.action_close()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before, len(campaign.response_ids)

        count_queries()
        few, few_customers = count_queries()
        for number in range(120):
            self._create_customer(
                f"Many {number}", with_contact=False, with_order=False
            )._system_write({"state": "formal"})
        many, many_customers = count_queries()
        self.assertEqual(many_customers - few_customers, 120)
        self.assertLessEqual(many, few)
