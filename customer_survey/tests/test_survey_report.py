from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import html2plaintext

from .common import SurveyCommon

REPORT = "customer.survey.report"


class SurveyReportCommon(SurveyCommon):
    """Four customers, three asked, two answers; the results as they are worked out by
    hand from these."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.industry = cls.env["res.partner.industry"].create({"name": "Steel"})
        cls.first = cls._create_customer("First", industry_id=cls.industry.id)
        cls.second = cls._create_customer("Second")
        cls.third = cls._create_customer("Third")
        cls.unasked = cls._create_customer("Unasked", with_contact=False)
        cls.campaign = cls._start_campaign(
            name="2031 & <b>more</b>", date_from="2026-01-01", date_to="2031-12-31"
        )
        # index 60: quality 70, price 50
        cls._answer(
            cls._get_response(cls.campaign, cls.first),
            {cls.quality: (8, 6), cls.price: (4, 6)},
            text="<script>alert(1)</script> too late",
        )
        # index 80: quality 90, price 70
        cls._answer(
            cls._get_response(cls.campaign, cls.second),
            {cls.quality: (10, 8), cls.price: (10, 4)},
            text="=1+1",
        )
        with freeze_time("2031-02-01 08:00:00"):
            cls.campaign.action_close()
        cls._store_result(cls.quality, score=80, satisfied_rate=75)
        cls._store_result(
            cls.price,
            score=60,
            satisfied_rate=25,
            is_failed=True,
            has_previous=True,
            previous_score=65.5,
        )
        cls._store_result(
            False, score=70, satisfied_rate=50, has_previous=True, previous_score=60
        )
        cls._store_result(False, cls.team, score=70, satisfied_rate=50)

    @classmethod
    def _store_result(cls, dimension, team=False, **values):
        results = cls.campaign.sudo().result_ids
        keys = {
            "campaign_id": cls.campaign.id,
            "dimension_id": dimension and dimension.id,
            "team_id": team and team.id,
        }
        result = results.filtered_domain(
            [(name, "=", value) for name, value in keys.items()]
        ) or results._system_create([keys])
        result._system_write(
            {
                "customer_count": 2,
                "required_level": 80,
                "is_failed": False,
                "has_previous": False,
                **values,
            }
        )

    @classmethod
    def _change_settled(cls, **values):
        """Have the survey be one that was checked with ``values``."""
        cls.campaign._system_write({"state": "draft"})
        cls.campaign._system_write({**values, "state": "closed"})

    @classmethod
    def _create_report(cls, filled=True):
        with freeze_time("2031-02-03 08:00:00"):
            cls.campaign.action_create_report()
        report = cls.campaign.report_ids
        if filled:
            report.write({"conclusions": "<p>Fine</p>", "proposals": "<p>More</p>"})
        return report


@tagged("post_install", "-at_install")
class TestSurveyReport(SurveyReportCommon):
    # ------------------------------------------------------------ creating

    def test_create(self):
        action = self._rpc(
            self.director,
            "customer.survey.campaign",
            "action_create_report",
            self.campaign.ids,
        )
        report = self.campaign.report_ids
        self.assertEqual(action["res_id"], report.id)
        self.assertRegex(report.number, r"^DCBG-\d{4}-\d{4}$")
        self.assertEqual(str(report.date_due), "2031-02-15")
        self.assertEqual(report.user_id, self.director)
        self.assertEqual(report.state, "draft")
        with self.assertRaisesRegex(UserError, "has a report"):
            self.campaign.action_create_report()

    def test_only_the_director_creates_of_an_ended_survey(self):
        for user in (self.gmo, self.keeper, self.bum, self.rep, self.employee):
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    "customer.survey.campaign",
                    "action_create_report",
                    self.campaign.ids,
                )
        running = self._start_campaign()
        with self.assertRaisesRegex(UserError, "Running"):
            running.action_create_report()
        for user in (self.director, self.gmo, self.employee):
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    REPORT,
                    "create",
                    [{"name": "x", "campaign_id": running.id}],
                )

    # ------------------------------------------------------------ figures

    def test_figures(self):
        data = self._create_report()._get_report_data()
        self.assertEqual(
            data["basis"],
            {
                "customers": 4,
                "excluded": 0,
                "asked": 4,
                "issued": 3,
                "coverage": 100,
                "returned": 2,
                "rate": 2 / 3 * 100,
                "declined": 0,
                "unreachable": 0,
                "channels": [{"name": "Web", "count": 2}],
            },
        )
        self.assertEqual(
            [
                (
                    row["dimension"],
                    row["count"],
                    row["score"],
                    row["required"],
                    row["satisfied"],
                    row["previous"],
                    row["change"],
                    row["failed"],
                )
                for row in data["dimensions"]
            ],
            [
                ("Product Quality", 2, 80, 80, 75, None, None, False),
                ("Product Price", 2, 60, 80, 25, 65.5, -5.5, True),
            ],
        )
        self.assertEqual((data["index"]["score"], data["index"]["change"]), (70, 10))
        self.assertEqual(
            [(row["unit"], row["score"]) for row in data["units"]][:1],
            [("Survey Unit", 70)],
        )
        self.assertEqual(
            [
                (row["dimension"], row["count"], row["score"], row["satisfied"])
                for row in data["questions"]
            ],
            [
                ("Product Quality", 2, 90, 100),
                ("Product Quality", 2, 70, 50),
                ("Product Price", 2, 70, 50),
                ("Product Price", 2, 50, 0),
            ],
        )
        self.assertEqual(
            [row["count"] for row in data["distribution"]], [0, 0, 0, 1, 1]
        )
        self.assertEqual(
            data["industry"],
            [
                {"name": "None", "count": 1, "score": 80},
                {"name": "Steel", "count": 1, "score": 60},
            ],
        )
        self.assertEqual(data["channel"], [{"name": "Web", "count": 2, "score": 70}])

    def test_index_by_grade(self):
        grade = self.env["customer.grade"].search([("tier", "=", "1")], limit=1)
        self.first._set_grade(grade, "2031-01-31")
        self.unasked._set_grade(grade, "2031-01-31")
        # who leads the survey need not read each dossier
        self.first.secrecy_level_id.right_ids.filtered(
            lambda right: right.role_id.code == "MDO"
        ).read_scope = "related"
        self.env.invalidate_all()
        as_director = self.first.with_user(self.director)
        self.assertFalse(as_director.has_access("read"))
        report = self._create_report()
        data = report._get_report_data()
        self.assertEqual(
            data["grade"],
            [
                {"name": grade.name, "count": 1, "score": 60},
                {"name": "None", "count": 1, "score": 80},
            ],
        )
        form = self.env["customer.form.survey.report"]
        (block,) = (
            block for block in form._get_result_blocks(data) if block.name == "grade"
        )
        self.assertEqual(
            block.lines, [[grade.name, "1", "60.0"], ["None", "1", "80.0"]]
        )

    def test_figures_kept_before_grades_are_shown(self):
        report = self._create_report()
        figures = dict(report.figures)
        del figures["grade"]
        report._system_write({"figures": figures})
        form = self.env["customer.form.survey.report"]
        names = [
            block.name for block in form._get_result_blocks(report._get_report_data())
        ]
        self.assertIn("industry", names)
        self.assertNotIn("grade", names)
        self.assertTrue(self.env["customer.xlsx.report.survey"]._make_xlsx(report))

    def test_splits_follow_the_weighting(self):
        self._change_settled(weighting="sales")
        for dossier, amount in ((self.first, 300), (self.second, 100)):
            response = self._get_response(self.campaign, dossier).sudo()
            response._system_write({"sales_amount": amount})
        data = self._create_report()._get_report_data()
        # (60 * 300 + 80 * 100) / 400
        self.assertEqual(data["channel"], [{"name": "Web", "count": 2, "score": 65}])

    def test_figures_stay_as_they_were(self):
        report = self._create_report()
        before = report._get_report_data()
        self._store_result(self.quality, score=1)
        self._get_response(self.campaign, self.first).sudo().answer_ids.unlink()
        report.invalidate_recordset()
        self.assertEqual(report._get_report_data(), before)
        report.action_fill_in()
        self.assertEqual(report._get_report_data()["dimensions"][0]["score"], 1)

    def test_anonymous_survey_shows_only_what_stands_for_all(self):
        self._change_settled(is_anonymous=True)
        self.company.survey_minimum_answers = 3
        data = self._create_report()._get_report_data()
        for name in (
            "dimensions",
            "units",
            "questions",
            "distribution",
            "channel",
            "grade",
            "industry",
            "region",
        ):
            self.assertEqual(data[name], [], name)
        self.assertIsNone(data["index"])
        self.assertEqual(data["basis"]["channels"], [])
        # less than is allowed: there are but two answers
        self.patch(type(self.company), "survey_minimum_answers", 2)
        self.campaign.report_ids.action_fill_in()
        data = self.campaign.report_ids._get_report_data()
        self.assertEqual(len(data["dimensions"]), 2)
        self.assertEqual(len(data["questions"]), 4)
        for name in ("units", "channel", "grade", "industry", "region"):
            self.assertEqual(data[name], [], name)

    def test_anonymous_answers_are_counted_once(self):
        self.company.survey_minimum_answers = 3
        campaign = self._start_campaign(is_anonymous=True)
        self.env["customer.survey.response"]._system_create(
            [{"campaign_id": campaign.id, "state": "answered"}]
        )
        campaign.action_close()
        campaign.action_create_report()
        basis = campaign.report_ids._get_report_data()["basis"]
        self.assertEqual(
            (basis["customers"], basis["issued"], basis["returned"]), (4, 3, 1)
        )

    def test_cost_does_not_grow(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            report._get_figures()
            return self.env.cr.sql_log_count - before

        report = self._create_report()
        cost()
        few = cost()
        responses = self.env["customer.survey.response"]._system_create(
            [
                {
                    "campaign_id": self.campaign.id,
                    "dossier_id": self._create_customer(f"C{number}").id,
                    "state": "answered",
                    "index": 50,
                }
                for number in range(10)
            ]
        )
        self.env["customer.survey.score"]._system_create(
            [
                {
                    "response_id": response.id,
                    "dimension_id": self.quality.id,
                    "score": 50,
                    "weight": 1,
                    "answer_count": 1,
                }
                for response in responses
            ]
        )
        self.assertEqual(cost(), few)

    # ------------------------------------------------------------ texts

    def test_texts(self):
        topic = self.env.ref("customer_survey.customer_survey_topic_delivery")
        opinions = self.campaign.opinion_ids.sorted("text")
        opinions[0].write({"topic_id": topic.id, "tone": "negative"})
        report = self._create_report(filled=False)
        basis = html2plaintext(report.basis)
        self.assertIn("January 1, 2026 to December 31, 2031", basis)
        self.assertIn(
            "Of 4 customers 4 were to be asked (100.0 %); 3 forms were issued and 2 "
            "returned, a response rate of 66.7 %.",
            basis,
        )
        self.assertIn("Web: 2 answered", basis)
        weak = html2plaintext(report.weak_points)
        self.assertIn("Product Price: 60.0, required 80.0", weak)
        self.assertNotIn("Product Quality: 80.0", weak)
        # the lowest question first, after the failed dimensions
        self.assertLess(
            weak.index("required 80.0"), weak.index("50.0, satisfied 0.0 %")
        )
        self.assertLess(
            weak.index("50.0, satisfied 0.0 %"), weak.index("70.0, satisfied 50.0 %")
        )
        self.assertIn(
            "Delivery: 1, of which 0 positive, 0 neutral, 1 negative",
            html2plaintext(report.opinions),
        )
        self.assertIn("&lt;script&gt;", report.opinions)
        self.assertNotIn("First", report.opinions)
        comparison = html2plaintext(report.comparison)
        self.assertIn("Product Price: 60.0 after 65.5 (−5.5)", comparison)
        self.assertIn("Index: 70.0 after 60.0 (+10.0)", comparison)
        self.assertFalse(report.conclusions)
        self.assertFalse(report.proposals)

    def test_texts_are_in_the_language_of_the_author(self):
        self.director.lang = "zh_CN"
        with freeze_time("2031-02-03"):
            self.campaign.with_user(self.director).with_context(
                lang="en_US"
            ).action_create_report()
        self.assertIn("2026年1月1日", self.campaign.report_ids.basis)

    def test_filled_in_again(self):
        report = self._create_report()
        report.weak_points = "<p>Mine</p>"
        self._rpc(self.director, REPORT, "action_fill_in", report.ids)
        self.assertIn("Product Price", report.weak_points)
        self.assertEqual(report.conclusions, "<p>Fine</p>")
        for user in (self.gmo, self.employee):
            with self.assertRaises(AccessError):
                self._rpc(user, REPORT, "action_fill_in", report.ids)
        report.action_submit()
        with self.assertRaisesRegex(UserError, "Submitted"):
            self._rpc(self.director, REPORT, "action_fill_in", report.ids)

    # ------------------------------------------------------------ flow (G14)

    def test_flow(self):
        report = self._create_report(filled=False)
        for name in ("conclusions", "proposals"):
            with self.assertRaisesRegex(UserError, name.capitalize()):
                report.action_submit()
            report[name] = "<p>Done</p>"
        with freeze_time("2031-02-10 09:00:00"):
            self._rpc(self.director, REPORT, "action_submit", report.ids)
        self.assertRecordValues(
            report,
            [
                {
                    "state": "submitted",
                    "submitted_by_id": self.director.id,
                    "decided_by_id": False,
                }
            ],
        )
        self.assertEqual(str(report.submitted_at), "2031-02-10 09:00:00")
        self.assertIn(self.gmo, report.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, "Say what"):
            self._rpc(self.gmo, REPORT, "action_return", report.ids, "  ")
        wizard = (
            self.env["customer.survey.report.return"]
            .with_user(self.gmo)
            .create({"report_id": report.id, "remark": "Name who does it."})
        )
        with freeze_time("2031-02-11 10:00:00"):
            wizard.action_confirm()
        self.assertRecordValues(
            report,
            [
                {
                    "state": "rework",
                    "remark": "Name who does it.",
                    "decided_by_id": self.gmo.id,
                }
            ],
        )
        self.assertEqual(report.activity_ids.user_id, self.director)
        self.assertEqual(report.activity_ids.summary, "Rework the survey report")
        report.proposals = "<p>Li does it</p>"
        report.action_submit()
        self.assertFalse(report.decided_by_id)
        with freeze_time("2031-02-12 11:00:00"):
            self._rpc(self.gmo, REPORT, "action_acknowledge", report.ids)
        self.assertEqual(report.state, "acknowledged")
        self.assertEqual(str(report.decided_at), "2031-02-12 11:00:00")
        self.assertEqual(report.activity_ids.user_id, self.director)
        for user, method, args in (
            (self.gmo, "action_acknowledge", ()),
            (self.gmo, "action_return", ("x",)),
            (self.director, "action_submit", ()),
        ):
            with self.assertRaisesRegex(UserError, "Acknowledged"):
                self._rpc(user, REPORT, method, report.ids, *args)

    def test_wrong_roles_are_refused(self):
        report = self._create_report()
        others = (
            self.bum,
            self.keeper,
            self.rep,
            self.employee,
            self.survey_manager,
        )
        for user in (self.gmo, *others):
            with self.assertRaises(AccessError):
                self._rpc(user, REPORT, "action_submit", report.ids)
            with self.assertRaises(AccessError):
                self._rpc(user, REPORT, "write", report.ids, {"basis": "x"})
            with self.assertRaises(AccessError):
                self._rpc(user, REPORT, "unlink", report.ids)
        report.action_submit()
        for user in others:
            user.group_ids += self.env.ref("base.group_allow_export")
        for user in (self.director, *others):
            for method, args in (
                ("action_acknowledge", ()),
                ("action_return", ("x",)),
                ("action_return_dialog", ()),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, REPORT, method, report.ids, *args)
        for user in others:
            domain = [("id", "=", report.id)]
            with self.assertRaises(AccessError):
                self._rpc(user, REPORT, "read", report.ids, ["figures"])
            self.assertFalse(self._rpc(user, REPORT, "search_read", domain, ["basis"]))
            groups = self._rpc(
                user, REPORT, "formatted_read_group", domain, ["state"], ["__count"]
            )
            self.assertFalse(groups)
            with self.assertRaises(AccessError):
                self._rpc(user, REPORT, "export_data", report.ids, ["basis"])

    def test_nobody_decides_on_his_own_report(self):
        self.director.group_ids = [
            Command.link(self.env.ref("customer_archive.group_gmo").id)
        ]
        report = self._create_report()
        report.action_submit()
        self.assertNotIn(self.director, report.activity_ids.user_id)
        self.assertFalse(report.can_decide)
        self.assertTrue(report.with_user(self.gmo).can_decide)
        for method, args in (("action_acknowledge", ()), ("action_return", ("x",))):
            with self.assertRaisesRegex(UserError, "yourself"):
                self._rpc(self.director, REPORT, method, report.ids, *args)

    def test_guarded_fields(self):
        report = self._create_report()
        for name, value in {
            "state": "acknowledged",
            "figures": {},
            "number": "X",
            "campaign_id": False,
            "company_id": False,
            "date_due": "2040-01-01",
            "submitted_by_id": self.rep.id,
            "submitted_at": "2031-01-01 00:00:00",
            "decided_by_id": self.gmo.id,
            "decided_at": "2031-01-01 00:00:00",
            "remark": "Well done",
        }.items():
            for user in (self.director, self.gmo):
                with self.subTest(name), self.assertRaises(AccessError):
                    self._rpc(user, REPORT, "write", report.ids, {name: value})

    def test_texts_are_locked_once_submitted(self):
        report = self._create_report()
        report.action_submit()
        for name in ("name", "basis", "conclusions", "user_id"):
            with self.assertRaisesRegex(UserError, "Submitted"):
                report.write({name: False if name != "user_id" else self.director.id})
        report.message_post(body="A note stays possible.")

    def test_author_reads_reports(self):
        report = self._create_report()
        with self.assertRaisesRegex(UserError, "may not read"):
            report.user_id = self.rep

    # ------------------------------------------------------------ duty, filing

    def _run_duty(self):
        duty = self.env.ref("customer_survey.customer_duty_survey_report")
        self.env[REPORT].sudo()._duty_survey_report_late(duty, None, None)

    def test_late_report_is_reminded_of_once(self):
        with freeze_time("2031-02-15 08:00:00"):
            self._run_duty()
            self.assertFalse(self.campaign.activity_ids)
        with freeze_time("2031-02-16 08:00:00"):
            self._run_duty()
            self._run_duty()
            todo = self.campaign.activity_ids
            self.assertEqual(todo.user_id, self.director)
            self.assertIn("overdue", todo.summary)
        report = self._create_report()
        self.assertFalse(self.campaign.activity_ids)
        with freeze_time("2031-02-15 08:00:00"):
            self._run_duty()
            self.assertFalse(report.activity_ids)
            self.assertFalse(report.is_late)
        report.invalidate_recordset()
        with freeze_time("2031-02-16 08:00:00"):
            self._run_duty()
            self._run_duty()
            self.assertEqual(report.activity_ids.user_id, self.director)
            self.assertTrue(report.is_late)
            self.assertIn(report, report.search([("is_late", "=", True)]))
            report.action_submit()
        self.assertNotIn(self.director, report.activity_ids.user_id)

    def test_unread_report_is_reminded_of(self):
        report = self._create_report()
        with freeze_time("2031-02-10 08:00:00"):
            report.action_submit()
        for day, summary in (
            ("2031-02-16", "Read the survey report"),
            ("2031-02-18", "The survey report has not been read for a week"),
        ):
            with freeze_time(f"{day} 09:00:00"):
                self._run_duty()
                self._run_duty()
            todo = report.activity_ids.filtered(lambda todo: todo.user_id == self.gmo)
            self.assertEqual(todo.mapped("summary"), [summary])

    def test_a_survey_is_filed_with_its_acknowledged_report(self):
        with self.assertRaisesRegex(UserError, "has not been written"):
            self.campaign.action_file()
        report = self._create_report()
        report.action_submit()
        with self.assertRaisesRegex(UserError, "has not been acknowledged"):
            self.campaign.action_file()
        report.with_user(self.gmo).action_acknowledge()
        self.assertNotIn("report", " ".join(self.campaign._get_filing_obstacles()))

    def test_office_starts_with_what_it_has_to_read(self):
        reports = self.env[REPORT]
        self.assertTrue(
            reports.with_user(self.gmo)._get_list_action()["context"][
                "search_default_to_read"
            ]
        )
        self.assertFalse(
            "to_read" in str(reports.with_user(self.director)._get_list_action())
        )
