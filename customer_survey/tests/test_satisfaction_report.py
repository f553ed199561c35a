import random
from statistics import fmean

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.customer_archive.tests.common import CustomerArchiveCommon

from .common import SurveyCommon

REPORT = "customer.satisfaction.report"


@tagged("post_install", "-at_install")
class TestSatisfactionReport(SurveyCommon):
    """The figures against those worked out in Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_team = cls.env["crm.team"].create({"name": "Other Survey Unit"})
        cls.region = cls.env["customer.classification"].create(
            {"name": "Survey Region", "kind": "region"}
        )
        cls.industry = cls.env["res.partner.industry"].create({"name": "Survey Trade"})

    def _answer_at_random(self, count=12):
        """Return a campaign and {dossier: {dimension: values}} of random answers."""
        dice = random.Random(12)
        dossiers = [self._create_customer(f"Customer {n}") for n in range(count)]
        for dossier in dossiers[::3]:
            dossier.team_id = self.other_team
        for dossier in dossiers[::4]:
            dossier.partner_id.write(
                {"sales_region_id": self.region.id, "industry_id": self.industry.id}
            )
        campaign = self._start_campaign()
        answers = {}
        for dossier in dossiers:
            answers[dossier] = {
                dimension: [dice.choice([None, *range(11)]) for _i in range(2)]
                for dimension in (self.quality, self.service, self.price, self.credit)
            }
            response = self._get_response(campaign, dossier)
            self._answer(response, answers[dossier])
        return campaign, answers

    def _read_group(self, domain, groupby, aggregates, user=None):
        report = self.env[REPORT].with_user(user or self.director)
        return report._read_group(domain, groupby, aggregates)

    def assertFigures(self, groups, expected):
        """``groups`` (value, *figures) are ``expected``, {value: figures}."""
        self.assertEqual({value for value, *_rest in groups}, set(expected))
        for value, *figures in groups:
            for figure, wanted in zip(figures, expected[value], strict=True):
                self.assertAlmostEqual(figure, wanted)

    def test_survey_figures(self):
        campaign, answers = self._answer_at_random()
        domain = [("campaign_id", "=", campaign.id)]
        dimension_scores = {
            dossier: {
                dimension: fmean(value * 10 for value in values if value is not None)
                for dimension, values in by_dimension.items()
                if any(value is not None for value in values)
            }
            for dossier, by_dimension in answers.items()
        }
        index = {
            dossier: fmean(scores.values())
            for dossier, scores in dimension_scores.items()
            if scores
        }

        def mean_and_rate(values):
            return fmean(values), fmean(100 * (value >= 80) for value in values)

        for name, value_of in (
            ("team_id", lambda dossier: dossier.team_id),
            ("region_id", lambda dossier: dossier.partner_id.sales_region_id),
            ("industry_id", lambda dossier: dossier.partner_id.industry_id),
            ("source", lambda dossier: "survey"),
            ("level", lambda dossier: "overall"),
            ("campaign_id", lambda dossier: campaign),
        ):
            expected = {}
            for dossier, score in index.items():
                expected.setdefault(value_of(dossier), []).append(score)
            self.assertFigures(
                self._read_group(
                    [*domain, ("level", "=", "overall")],
                    [name],
                    ["answer_count:sum", "index:avg", "satisfied_rate:avg"],
                ),
                {
                    value: (len(values), *mean_and_rate(values))
                    for value, values in expected.items()
                },
            )
        self.assertFigures(
            self._read_group(
                [*domain, ("level", "=", "dimension")],
                ["dimension_id"],
                ["__count", "dimension_score:avg", "dimension_satisfied_rate:avg"],
            ),
            {
                dimension: (len(values), *mean_and_rate(values))
                for dimension in (self.quality, self.service, self.price, self.credit)
                if (
                    values := [
                        scores[dimension]
                        for scores in dimension_scores.values()
                        if dimension in scores
                    ]
                )
            },
        )
        by_question = {}
        for by_dimension in answers.values():
            for dimension, values in by_dimension.items():
                questions = self.survey.question_ids.filtered(
                    lambda question, dimension=dimension: (
                        question.dimension_id == dimension
                    )
                )
                for question, value in zip(questions, values, strict=True):
                    if value is not None:
                        by_question.setdefault(question, []).append(value * 10)
        self.assertFigures(
            self._read_group(
                [*domain, ("level", "=", "question")],
                ["question_id"],
                [
                    "__count",
                    "question_score:avg",
                    "question_satisfied_rate:avg",
                    "question_value:avg",
                ],
            ),
            {
                question: (len(v), *mean_and_rate(v), fmean(v) / 10)
                for question, v in by_question.items()
            },
        )
        self.assertEqual(
            self._read_group(domain, [], ["negative:sum"])[0][0],
            sum(
                min(score, *dimension_scores[dossier].values()) < 60
                for dossier, score in index.items()
            ),
        )

    def test_averages_do_not_mix(self):
        """Over all rows at once each measure is a mean over its own rows."""
        campaign, _answers = self._answer_at_random(5)
        domain = [("campaign_id", "=", campaign.id)]
        measures = ("index", "dimension_score", "question_score", "question_value")
        levels = ("overall", "dimension", "question", "question")
        aggregates = [f"{measure}:avg" for measure in measures]
        [mixed] = self._read_group(domain, [], aggregates)
        for figure, level, aggregate in zip(mixed, levels, aggregates, strict=True):
            own = self._read_group([*domain, ("level", "=", level)], [], [aggregate])
            self.assertEqual(own, [(figure,)])

    def test_net_promoter_score(self):
        survey = self.survey.copy()
        question = survey.question_ids[0]
        survey.question_ids.filtered("is_recommendation").is_recommendation = False
        question.is_recommendation = True
        dossiers = [self._create_customer(f"Customer {n}") for n in range(4)]
        campaign = self._start_campaign(survey_id=survey.id)
        for dossier, value in zip(dossiers, (10, 9, 7, 6), strict=True):
            response = self._get_response(campaign, dossier)
            self._answer(response, {self.quality: (value, 0)})
        self.assertEqual(
            self._read_group(
                [("campaign_id", "=", campaign.id)], [], ["nps:avg", "nps:count"]
            ),
            [((2 - 1) / 4 * 100, 4)],
        )

    def test_campaigns_are_compared(self):
        dossier = self._create_customer("Twice")
        campaigns = self.env["customer.survey.campaign"]
        for value in (5, 9):
            campaign = self._start_campaign(name=f"With {value}")
            response = self._get_response(campaign, dossier)
            self._answer(response, {self.quality: [value] * 2})
            campaign.action_close()
            campaigns |= campaign
        self.assertCountEqual(
            self._read_group(
                [("campaign_id", "in", campaigns.ids), ("level", "=", "dimension")],
                ["campaign_id", "dimension_id"],
                ["dimension_score:avg"],
            ),
            [(campaigns[0], self.quality, 50), (campaigns[1], self.quality, 90)],
        )

    def test_answer_without_a_score_and_anonymous_ones_are_not_in_it(self):
        dossier = self._create_customer("Silent")
        campaign = self._start_campaign()
        self._answer(
            self._get_response(campaign, dossier), {self.quality: (None, None)}
        )
        anonymous = self.env["customer.survey.response"]._system_create(
            [{"campaign_id": campaign.id, "state": "answered", "index": 50}]
        )
        self.env["customer.survey.score"]._system_create(
            [
                {
                    "response_id": anonymous.id,
                    "dimension_id": self.quality.id,
                    "score": 50,
                    "weight": 1,
                    "answer_count": 1,
                }
            ]
        )
        rows = self.env[REPORT].sudo().search([("campaign_id", "=", campaign.id)])
        self.assertFalse(rows)


@tagged("post_install", "-at_install")
class TestMonthlySatisfaction(CustomerArchiveCommon):
    """M6: the mean of all scores dated in a month, whatever they come from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.director = cls.mdo
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.campaign = cls.env["customer.survey.campaign"].create(
            {
                "name": "2031",
                "date_deadline": "2031-12-31",
                "satisfied_level": 90,
            }
        )
        cls.dimension = cls.env.ref("customer_survey.customer_survey_dimension_quality")
        # 31 January 23:59:59 and 1 February 00:00:00 at the office
        cls.cases = cls.env["customer.complaint"].union(
            cls._confirmed("2031-01-31 15:59:59", 2),
            cls._confirmed("2031-01-31 16:00:00", 5),
        )
        # unreachable: no score
        cls.cases |= cls._confirmed("2031-01-20 08:00:00", 0)
        with freeze_time("2031-02-01 08:00:00"):
            cls.feedback = cls.env["customer.satisfaction.feedback"].create(
                [
                    {
                        "dossier_id": cls.dossier.id,
                        "date": day,
                        "satisfaction": score,
                        "remark": "Slow",
                    }
                    for day, score in (
                        ("2031-01-01", "1"),
                        ("2031-01-31", "4"),
                        ("2031-02-01", "3"),
                    )
                ]
            )
        cls.responses = cls._answered("2031-01-31", 85)
        cls.env.flush_all()

    @classmethod
    def _confirmed(cls, moment, score):
        case = cls._case()
        case._system_write({"confirmed_at": moment, "score": score})
        return case

    @classmethod
    def _answered(cls, day, score):
        response = cls.env["customer.survey.response"]._system_create(
            [
                {
                    "campaign_id": cls.campaign.id,
                    "dossier_id": cls.dossier.id,
                    "state": "answered",
                    "answered_date": day,
                    "index": score,
                }
            ]
        )
        cls.env["customer.survey.score"]._system_create(
            [
                {
                    "response_id": response.id,
                    "dimension_id": cls.dimension.id,
                    "score": score,
                    "weight": 1,
                    "answer_count": 1,
                }
            ]
        )
        return response

    def _months(self, *domain, user=None, **context):
        report = self.env[REPORT].with_user(user or self.director)
        groups = report.with_context(**context)._read_group(
            [("partner_id", "=", self.partner.id), *domain],
            ["date:month"],
            ["index:avg", "answer_count:sum", "satisfied_rate:avg", "negative:sum"],
        )
        return {month.month: figures for month, *figures in groups}

    def test_all_sources(self):
        # 85, (2 − 1) / 4 = 25, 0 and 75; (5 − 1) / 4 = 100 and 50
        self.assertEqual(
            self._months(),
            {
                1: [(85 + 25 + 0 + 75) / 4, 4, 0, 2],
                2: [(100 + 50) / 2, 2, 50, 0],
            },
        )

    def test_sources_are_selectable(self):
        self.assertEqual(
            self._months(("source", "=", "case")),
            {1: [25, 1, 0, 1], 2: [100, 1, 100, 0]},
        )
        self.assertEqual(
            self._months(("source", "in", ("survey", "feedback"))),
            {1: [(85 + 0 + 75) / 3, 3, 0, 1], 2: [50, 1, 0, 0]},
        )

    def test_month_ends_at_the_office_wherever_the_reader_is(self):
        here = self._months()
        for zone in ("UTC", "America/Los_Angeles", "Pacific/Auckland"):
            self.assertEqual(self._months(tz=zone), here)

    def test_levels_of_the_company_and_of_the_survey(self):
        self.company.write({"survey_satisfied_level": 75, "survey_negative_score": 1})
        # of 85 (survey: 90), 25, 0 and 75
        self.assertEqual(self._months()[1][2:], [25, 1])

    def test_row_opens_what_it_is_about(self):
        for source, records in (
            ("case", self.cases[:2]),
            ("feedback", self.feedback),
            ("survey", self.responses),
        ):
            rows = (
                self.env[REPORT]
                .with_user(self.director)
                .search(
                    [
                        ("source", "=", source),
                        ("level", "=", "overall"),
                        ("partner_id", "=", self.partner.id),
                    ]
                )
            )
            opened = [row.action_open_origin() for row in rows]
            self.assertEqual(
                {(action["res_model"], action["res_id"]) for action in opened},
                {(records._name, record_id) for record_id in records.ids},
            )

    # ------------------------------------------------------------ who reads

    def _try(self, user):
        """Return what ``user`` gets from each of the ways to read."""
        domain = [("partner_id", "=", self.partner.id)]
        return [
            self._rpc(user, REPORT, "search_count", domain),
            len(self._rpc(user, REPORT, "search_read", domain, ["index"])),
            sum(
                group["__count"]
                for group in self._rpc(
                    user,
                    REPORT,
                    "formatted_read_group",
                    domain,
                    ["source"],
                    ["__count", "index:avg"],
                )
            ),
        ]

    def test_everybody_reads_his_own(self):
        # 2 cases, 3 feedback forms, 1 response with 1 dimension
        for user in (self.mdo, self.gmo, self.rep, self.bum):
            self.assertEqual(self._try(user), [7, 7, 7], user.login)
        for user in (self.rep2, self.bum2, self.outsider):
            self.assertEqual(self._try(user), [0, 0, 0], user.login)

    def test_rows_of_others_are_refused_one_by_one(self):
        rows = self.env[REPORT].sudo().search([("partner_id", "=", self.partner.id)])
        self.assertEqual(len(rows), 7)
        for user in (self.rep2, self.outsider):
            for row in rows:
                for method, *args in (
                    ("read", ["index"]),
                    ("export_data", ["index"]),
                    ("action_open_origin",),
                ):
                    with self.assertRaises(AccessError):
                        self._rpc(user, REPORT, method, row.ids, *args)

    def test_nobody_writes(self):
        row = self.env[REPORT].sudo().search([], limit=1)
        for user in (self.mdo, self.admin_user):
            for method, *args in (
                ("write", row.ids, {"index": 100}),
                ("unlink", row.ids),
                ("create", [{"index": 100}]),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, REPORT, method, *args)

    def test_export_takes_the_right_and_is_registered(self):
        rows = self.env[REPORT].search([("partner_id", "=", self.partner.id)])
        rep = self.rep
        with self.assertRaises(AccessError):
            self._rpc(rep, REPORT, "export_data", rows.ids, ["index"])
        self.gmo.group_ids += self.env.ref("base.group_allow_export")
        exported = self._rpc(self.gmo, REPORT, "export_data", rows.ids, ["index"])
        self.assertEqual(len(exported["datas"]), 7)
        entry = self.env["customer.access.log"].search(
            [("user_id", "=", self.gmo.id), ("operation", "=", "export")], limit=1
        )
        self.assertEqual(entry.dossier_ids, self.dossier)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        user = new_test_user(
            self.env,
            "satisfaction_other",
            groups="customer_archive.group_mdo",
            company_id=other.id,
            company_ids=other.ids,
        )
        domain = [("campaign_id", "=", self.campaign.id)]
        self.assertEqual(self._rpc(user, REPORT, "search_count", domain), 0)
        self.assertTrue(self._rpc(self.mdo, REPORT, "search_count", domain))
