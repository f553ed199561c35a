from odoo.tests import tagged

from odoo.addons.customer_archive.tests.grade_shown_common import GradeShownCommon

from .common import SurveyCommon

RESPONSE = "customer.survey.response"
PARTICIPATION = "customer.survey.participation"
SATISFACTION = "customer.satisfaction.report"


@tagged("post_install", "-at_install")
class TestSurveyGrade(GradeShownCommon, SurveyCommon):
    """Surveys by the grade of the customers (G11, G12), for who reads their dossiers:
    an interviewer reads responses, not dossiers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        scheme = cls.env.ref("customer_archive.customer_grade_scheme_class")
        cls.important, cls.stable = scheme.grade_ids[:2]
        cls.dossiers = cls.env["customer.dossier"].union(
            *(cls._create_customer(name) for name in ("Key", "Core", "Ungraded"))
        )
        cls.key, cls.core, cls.ungraded = cls.dossiers
        cls.key._set_grade(cls.important, "2031-01-31")
        cls.core._set_grade(cls.stable, "2031-01-31")
        cls.strangers = cls.other_rep
        cls.env.ref("base.group_allow_export").user_ids += cls.rep + cls.other_rep

    @classmethod
    def _start_with_interviewer(cls, **values):
        campaign = cls._start_campaign(**values)
        responses = cls.env[RESPONSE].union(
            *(cls._get_response(campaign, dossier) for dossier in cls.dossiers)
        )
        responses.with_user(cls.director).interviewer_id = cls.other_rep
        return campaign, responses

    def test_responses_and_participation(self):
        campaign, responses = self._start_with_interviewer()
        domain = [("campaign_id", "=", campaign.id)]
        self._check_shown(RESPONSE, domain, responses)
        rows = self.env[PARTICIPATION].browse(responses.ids)
        self._check_shown(PARTICIPATION, domain, rows)

    def test_satisfaction(self):
        campaign, responses = self._start_with_interviewer()
        for response in responses:
            self._answer(response, {self.quality: (8, 8)})
        domain = [("campaign_id", "=", campaign.id), ("level", "=", "overall")]
        rows = (
            self.env[SATISFACTION]
            .search(domain)
            .sorted(lambda row: responses.ids.index(row.response_id.id))
        )
        self.assertEqual(rows.dossier_id, self.dossiers)
        self._check_shown(SATISFACTION, domain, rows)

    def test_response_rate_by_grade(self):
        campaign, responses = self._start_with_interviewer()
        self._answer(responses[0], {self.quality: (8, 8)})
        groups = (
            self.env[PARTICIPATION]
            .with_user(self.director)
            ._read_group(
                [("campaign_id", "=", campaign.id)],
                ["grade_id"],
                ["issued:sum", "returned:sum", "rate:avg"],
            )
        )
        self.assertEqual(
            groups,
            [
                (self.important, 1, 1, 100),
                (self.stable, 1, 0, 0),
                (self.important[:0], 1, 0, 0),
            ],
        )

    def test_satisfaction_by_grade(self):
        campaign, responses = self._start_with_interviewer()
        self.ungraded._set_grade(self.important, "2031-02-28")
        # index 80, 60 and 70
        for response, value in zip(responses, (8, 6, 7), strict=True):
            self._answer(response, {self.quality: (value, value)})
        groups = (
            self.env[SATISFACTION]
            .with_user(self.director)
            ._read_group(
                [("campaign_id", "=", campaign.id), ("level", "=", "overall")],
                ["tier", "team_id"],
                ["answer_count:sum", "index:avg"],
            )
        )
        self.assertEqual(groups, [("1", self.team, 2, 75), ("2", self.team, 1, 60)])

    def test_anonymous_answer_has_no_grade(self):
        """Nobody tells by the grades who answered (G24)."""
        self.company.survey_minimum_answers = 3
        campaign, _responses = self._start_with_interviewer(is_anonymous=True)
        self.env[RESPONSE]._system_create(
            [{"campaign_id": campaign.id, "state": "answered", "index": 80}]
        )
        domain = [("campaign_id", "=", campaign.id)]
        for user in (self.director, self.rep, self.other_rep):
            groups = (
                self.env[PARTICIPATION]
                .with_user(user)
                ._read_group(domain, ["grade_id"], ["returned:sum", "rate:avg"])
            )
            self.assertTrue(groups)
            self.assertFalse(any(any(figures) for _grade, *figures in groups))
            groups = (
                self.env[RESPONSE]
                .with_user(user)
                ._read_group(domain, ["grade_id", "state"], ["index:avg"])
            )
            self.assertFalse(
                [state for _grade, state, _i in groups if state == "answered"]
            )
            self.assertFalse(
                self.env[SATISFACTION].with_user(user).search_count(domain)
            )

    def test_cost_of_a_list_does_not_grow(self):
        counts = []
        for size in (4, 40):
            dossiers = self.env["customer.dossier"].union(
                *(
                    self._create_customer(f"C {size}-{n}", with_order=False)
                    for n in range(size)
                )
            )
            dossiers._set_grade(self.important, "2031-01-31")
            campaign = self._create_campaign()
            responses = self.env[RESPONSE]._system_create(
                [
                    {"campaign_id": campaign.id, "dossier_id": dossier.id}
                    for dossier in dossiers
                ]
            )
            self.env.flush_all()
            for model in (RESPONSE, PARTICIPATION):
                rows = self.env[model].with_user(self.director).browse(responses.ids)
                rows.read(["grade_id"])
                self.env.invalidate_all()
                start = self.env.cr.sql_log_count
                read = rows.read(["partner_id", "grade_id", "tier"])
                self.assertEqual({row["tier"] for row in read}, {"1"})
                counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[:2], counts[2:])
