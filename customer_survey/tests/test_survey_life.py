from datetime import date, datetime
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import SurveyCommon

CAMPAIGN = "customer.survey.campaign"
RESPONSE = "customer.survey.response"
REPORT = "customer.survey.report"
MEASURE = "customer.measure"
NEGATIVE = "customer.negative.feedback"


@tagged("post_install", "-at_install")
class TestSurveyLife(SurveyCommon):
    """Two years of the yearly survey, from the reminder of the duty to the file; all
    figures are reckoned by hand. Quality weighs twice, customers by their sales."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role, user in (("mdo", cls.director), ("gmo", cls.gmo)):
            group = cls.env.ref(f"customer_archive.group_{role}")
            (group.all_user_ids - user).group_ids = [Command.unlink(group.id)]
        cls.quality.weight = 2
        cls.department = cls.env["customer.service.team"].search([], limit=1)
        with freeze_time("2031-03-01 12:00:00"):
            cls.customers = {name: cls._customer(name) for name in "ABCDEF"}
        cls.customers["F"].partner_id.child_ids.email = False

    @classmethod
    def _customer(cls, name):
        dossier = cls._create_customer(name, with_order=False)
        dossier.user_id = cls.rep
        return dossier

    def setUp(self):
        super().setUp()
        cron = self.env.registry["ir.cron"]
        self.startPatcher(
            patch.object(cron, "_commit_progress", lambda *_a, **_k: float("inf"))
        )

    def _act(self, user, records, method, *args):
        """Call as ``user``'s client does and forget what was read before."""
        self.env.flush_all()
        self.env.invalidate_all()
        result = self._rpc(user, records._name, method, records.ids, *args)
        self.env.invalidate_all()
        return result

    def _create(self, user, model, values):
        [record_id] = self._rpc(user, model, "create", [values])
        return self.env[model].browse(record_id)

    def _sell(self, **amounts):
        for name, amount in amounts.items():
            order = self.env["sale.order"].create(
                {
                    "partner_id": self.customers[name].partner_id.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "price_unit": amount,
                                "tax_ids": False,
                            }
                        )
                    ],
                }
            )
            order.action_confirm()

    def _remind_of_duty(self):
        campaigns = self.env[CAMPAIGN].with_company(self.company)
        day = date.today()
        campaigns._duty_yearly_survey_missing(self.env["customer.duty"], day, day)

    def _get_todos(self, record, user):
        return record.sudo().activity_ids.filtered(lambda todo: todo.user_id == user)

    def _response(self, campaign, name):
        return self._get_response(campaign, self.customers[name])

    def _answer_on_web(self, campaign, name, answers, text=""):
        self._answer(self._response(campaign, name), answers, text)

    def _answer_by_phone(self, campaign, name, answers):
        response = self._response(campaign, name)
        self._act(self.director, response, "write", {"interviewer_id": self.rep.id})
        [todo] = self._get_todos(response, self.rep)
        dialog = self._create(
            self.rep,
            "customer.survey.interview",
            {"response_id": response.id, "channel": "phone"},
        )
        action = self._act(self.rep, dialog, "action_start")
        form = response.sudo().form_ids.filtered("customer_interviewer_id")
        self.assertEqual(action["url"], form.get_start_url())
        self._fill(form, answers)
        self.assertFalse(todo.exists().active)

    def _answer_on_paper(self, campaign, name, day, value):
        response = self._response(campaign, name)
        action = self._act(self.keeper, response, "action_enter_paper")
        paper = self.env[action["res_model"]].browse(action["res_id"])
        self._act(self.keeper, paper, "write", {"date": day})
        lines = paper.sudo().line_ids
        for line in lines.filtered("question_id.dimension_id"):
            self._act(
                self.keeper,
                line,
                "write",
                {"answer": value[line.question_id.dimension_id]},
            )
        self._act(self.keeper, paper, "action_save")

    def _get_results(self, campaign, *names):
        """Return {dimension or None: values} over all units."""
        return {
            result.dimension_id or None: tuple(
                round(result[name], 2)
                if isinstance(result[name], float)
                else result[name]
                for name in names
            )
            for result in campaign.sudo().result_ids
            if not result.team_id
        }

    def assertOneNumber(self, campaign, **expected):
        """Campaign, participation and report say the same."""
        values = self._act(self.director, campaign, "read", list(expected))[0]
        self.assertEqual({name: round(values[name], 2) for name in expected}, expected)
        [row] = self._rpc(
            self.director,
            "customer.survey.participation",
            "formatted_read_group",
            [("campaign_id", "=", campaign.id)],
            [],
            ["asked:sum", "excluded:sum", "issued:sum", "returned:sum", "rate:avg"],
        )
        for name, field in (
            ("customer_count", "asked:sum"),
            ("excluded_count", "excluded:sum"),
            ("issued_count", "issued:sum"),
            ("answered_count", "returned:sum"),
            ("response_rate", "rate:avg"),
        ):
            self.assertAlmostEqual(row[field], expected[name], 2, field)
        if campaign.sudo().report_ids:
            basis = campaign.sudo().report_ids.figures["basis"]
            for name, key in (
                ("customer_count", "asked"),
                ("excluded_count", "excluded"),
                ("issued_count", "issued"),
                ("answered_count", "returned"),
                ("response_rate", "rate"),
                ("coverage", "coverage"),
            ):
                self.assertAlmostEqual(basis[key], expected[name], 2, key)

    def assertReportIsResults(self, campaign):
        figures = campaign.sudo().report_ids.figures
        shown = {row["dimension"]: row for row in figures["dimensions"]}
        shown[None] = figures["index"]
        stored = campaign.sudo().result_ids.filtered(lambda row: not row.team_id)
        self.assertEqual(len(shown), len(stored))
        for result in stored:
            row = shown[result.dimension_id.name or None]
            self.assertEqual(
                (row["score"], row["required"], row["satisfied"], row["count"]),
                (
                    result.score,
                    result.required_level,
                    result.satisfied_rate,
                    result.customer_count,
                ),
            )
            self.assertEqual(row["failed"], result.is_failed)
            self.assertEqual(
                row["previous"], result.previous_score if result.has_previous else None
            )

    def _file_report(self, campaign):
        report = campaign.sudo().report_ids
        texts = {"conclusions": "<p>Better</p>", "proposals": "<p>Inspect</p>"}
        self._act(self.director, report, "write", texts)
        self._act(self.director, report, "action_submit")
        self.assertEqual(len(self._get_todos(report, self.gmo)), 1)
        return report

    # ------------------------------------------------------------ the two years

    def test_two_years(self):
        first = self._begin_first_year()
        self._ask_first_year(first)
        measures = self._end_first_year(first)
        self._report_first_year(first)
        self._carry_out(first, measures)
        second = self._run_second_year(first)
        self._verify(first, second, measures)

    def _begin_first_year(self):
        with freeze_time("2031-05-01 12:00:00"):
            self._sell(A=300, B=100, C=600, D=50, E=10, F=10)
        with freeze_time("2031-09-01 12:00:00"):
            self._remind_of_duty()
            self.assertFalse(self.env[CAMPAIGN].search([("state", "=", "draft")]))
        with freeze_time("2031-10-01 12:00:00"):
            self._remind_of_duty()
            [campaign] = self.env[CAMPAIGN].search([("state", "=", "draft")])
            self.assertEqual(len(self._get_todos(campaign, self.director)), 1)
        with freeze_time("2031-10-08 12:00:00"):
            values = {"date_deadline": "2031-10-31", "weighting": "sales"}
            self._act(self.director, campaign, "write", values)
            self._act(self.director, campaign, "action_check")
            self._act(self.director, campaign, "action_start")
            self.assertFalse(self._get_todos(campaign, self.director))
            self.assertEqual(str(campaign.date_started), "2031-10-08")
            dialog = self._create(
                self.director,
                "customer.survey.exclude",
                {
                    "response_ids": [Command.set(self._response(campaign, "E").ids)],
                    "reason": "In court with us",
                },
            )
            self._act(self.director, dialog, "action_exclude")
            self._act(self.director, campaign, "action_send")
        with freeze_time("2031-11-01 12:00:00"):
            self._remind_of_duty()
            self.assertFalse(self._get_todos(campaign, self.director))
        self.assertEqual(
            {name: self._response(campaign, name).state for name in "ABCDEF"},
            dict.fromkeys("ABCD", "invited") | {"E": "excluded", "F": "to_ask"},
        )
        self.assertOneNumber(
            campaign,
            customer_count=5,
            excluded_count=1,
            coverage=83.33,
            issued_count=4,
            answered_count=0,
            response_rate=0,
        )
        return campaign

    def _ask_first_year(self, campaign):
        with freeze_time("2031-10-10 12:00:00"):
            # quality 50, service 90, price 80, credit 90: 360 / 5 = 72
            answers = {
                self.quality: (6, 4),
                self.service: (9, 9),
                self.price: (8, 8),
                self.credit: (10, 8),
            }
            self._answer_on_web(campaign, "A", answers, "Seals leak")
            self._follow_up_negative(campaign)
        with freeze_time("2031-10-12 12:00:00"):
            # quality 80, service 90, price 70: 320 / 4 = 80
            answers = {
                self.quality: (9, 7),
                self.service: (9, None),
                self.price: (6, 8),
                self.credit: (None, None),
            }
            self._answer_by_phone(campaign, "B", answers)
            response = self._response(campaign, "F")
            dialog = self._create(
                self.director,
                "customer.survey.outcome",
                {"response_id": response.id, "outcome": "unreachable"},
            )
            self._act(self.director, dialog, "action_confirm")
        with freeze_time("2031-10-15 12:00:00"):
            self.env[CAMPAIGN]._cron_remind()
        with freeze_time("2031-10-16 12:00:00"):
            # 90, 80, 70, 90: 420 / 5 = 84
            keyed = {
                self.quality: "9",
                self.service: "8",
                self.price: "7",
                self.credit: "9",
            }
            self._answer_on_paper(campaign, "C", "2031-10-14", keyed)
        expected = {
            "A": ("answered", "web", 72, True, 0, date(2031, 10, 10)),
            "B": ("answered", "phone", 80, False, 0, date(2031, 10, 12)),
            "C": ("answered", "paper", 84, False, 1, date(2031, 10, 14)),
            "D": ("invited", "web", 0, False, 1, False),
            "E": ("excluded", "web", 0, False, 0, False),
            "F": ("unreachable", "web", 0, False, 0, False),
        }
        for name, row in expected.items():
            response = self._response(campaign, name).sudo()
            self.assertEqual(
                (
                    response.state,
                    response.channel,
                    round(response.index, 6),
                    response.is_negative,
                    response.reminder_count,
                    response.answered_date,
                ),
                row,
                name,
            )
        self.assertOneNumber(
            campaign,
            customer_count=5,
            excluded_count=1,
            coverage=83.33,
            issued_count=4,
            answered_count=3,
            response_rate=75,
            # (72 + 80 + 84) / 3
            index=78.67,
        )

    def _follow_up_negative(self, campaign):
        response = self._response(campaign, "A")
        [negative] = response.sudo().negative_feedback_ids
        self.assertRecordValues(
            negative,
            [
                {
                    "user_id": self.rep.id,
                    "state": "open",
                    "score": 72,
                    "response_due": datetime(2031, 10, 11, 12),
                }
            ],
        )
        self.assertEqual(len(self._get_todos(negative, self.rep)), 1)
        self._act(self.rep, negative, "action_respond", "We replace the seals.")
        with self.assertRaisesRegex(UserError, "measure"), self.env.cr.savepoint():
            self._act(self.rep, negative, "action_done")
        action = self._act(self.rep, negative, "action_new_measure")
        measure = self.env[MEASURE].browse(action["res_id"])
        self._act(self.rep, measure, "write", {"action": "Replace the seals"})
        self._act(self.rep, measure, "action_submit")
        self._act(self.rep, negative, "action_done")
        self.assertEqual(negative.state, "done")
        self.assertFalse(self._get_todos(negative, self.rep))
        self._act(self.gmo, measure, "action_approve")
        self.assertEqual(measure.state, "approved")

    def _end_first_year(self, campaign):
        with freeze_time("2031-11-03 12:00:00"):
            self._act(self.director, campaign, "action_close")
        self.assertEqual(str(campaign.date_closed), "2031-11-03")
        # by sales 300, 100, 600: quality (300*50 + 100*80 + 600*90) / 1000 and so on;
        # credit without B; the index (2*77 + 84 + 73 + 90) / 5
        self.assertEqual(
            self._get_results(
                campaign,
                "customer_count",
                "score",
                "satisfied_rate",
                "is_failed",
                "has_previous",
            ),
            {
                self.quality: (3, 77, 66.67, True, False),
                self.service: (3, 84, 100, False, False),
                self.price: (3, 73, 33.33, True, False),
                self.credit: (2, 90, 100, False, False),
                None: (3, 80.2, 66.67, False, False),
            },
        )
        measures = campaign.sudo().measure_ids.sorted("value_before")
        self.assertRecordValues(
            measures,
            [
                {
                    "dimension_id": dimension.id,
                    "value_before": score,
                    "value_target": 80,
                    "user_id": self.gmo.id,
                    "verifier_id": self.director.id,
                    "date_due": date(2031, 12, 3),
                }
                for dimension, score in ((self.price, 73), (self.quality, 77))
            ],
        )
        for measure in measures:
            self.assertEqual(len(self._get_todos(measure, self.gmo)), 1)
        with self.assertRaisesRegex(UserError, "report has not been written"):
            self._file(campaign, "2031-11-03")
        return measures

    def _file(self, campaign, day):
        with freeze_time(f"{day} 12:00:00"), self.env.cr.savepoint():
            self._act(self.director, campaign, "action_file")

    def _report_first_year(self, campaign):
        with freeze_time("2031-11-10 12:00:00"):
            [opinion] = campaign.sudo().opinion_ids
            self.assertEqual(opinion.text, "Seals leak")
            topic = self.env["customer.survey.topic"].search([], limit=1)
            values = {"topic_id": topic.id, "tone": "negative"}
            self._act(self.director, opinion, "write", values)
            self._act(self.director, campaign, "action_create_report")
            report = self._file_report(campaign)
            self.assertEqual(str(report.date_due), "2031-11-17")
        with freeze_time("2031-11-11 12:00:00"):
            self._act(self.gmo, report, "action_return", "Say what it costs.")
            self.assertFalse(self._get_todos(report, self.gmo))
            self.assertEqual(len(self._get_todos(report, self.director)), 1)
        with freeze_time("2031-11-12 12:00:00"):
            self._act(self.director, report, "write", {"proposals": "<p>5000</p>"})
            self._act(self.director, report, "action_submit")
        with freeze_time("2031-11-13 12:00:00"):
            self._act(self.gmo, report, "action_acknowledge")
        self.assertRecordValues(
            report,
            [
                {
                    "state": "acknowledged",
                    "submitted_by_id": self.director.id,
                    "submitted_at": datetime(2031, 11, 12, 12),
                    "decided_by_id": self.gmo.id,
                    "decided_at": datetime(2031, 11, 13, 12),
                }
            ],
        )
        self.assertOneNumber(
            campaign,
            customer_count=5,
            excluded_count=1,
            coverage=83.33,
            issued_count=4,
            answered_count=3,
            response_rate=75,
            index=80.2,
        )
        self.assertReportIsResults(campaign)
        figures = report.figures
        self.assertEqual(
            [
                (row["count"], row["negative"])
                for row in figures["opinions"]
                if row["name"] == topic.name
            ],
            [(1, 1)],
        )
        self.assertEqual(
            {row["name"]: row["score"] for row in figures["channel"]},
            {"Web": 72, "Phone": 80, "Paper Form": 84},
        )
        satisfaction = self._act(
            self.rep, self.customers["A"], "read", ["satisfaction_index"]
        )
        self.assertEqual(satisfaction[0]["satisfaction_index"], 72)

    def _carry_out(self, campaign, measures):
        with freeze_time("2031-11-20 12:00:00"):
            for measure in measures:
                values = {
                    "user_id": self.rep.id,
                    "cause": "Few inspections",
                    "action": "Inspect every lot",
                    "preventive_action": "Train",
                    "department_id": self.department.id,
                }
                self._act(self.gmo, measure, "write", values)
                self._act(self.rep, measure, "action_submit")
                self._act(self.gmo, measure, "action_approve")
                self._act(self.rep, measure, "action_start")
        with freeze_time("2031-12-01 12:00:00"):
            for measure in measures:
                self._act(self.rep, measure, "action_report_done")
                self.assertEqual(len(self._get_todos(measure, self.director)), 1)
                with (
                    self.assertRaisesRegex(UserError, "next result"),
                    self.env.cr.savepoint(),
                ):
                    self._act(self.director, measure, "action_verify", True, "Seen")
        with self.assertRaisesRegex(UserError, "not been verified"):
            self._file(campaign, "2031-12-31")

    def _run_second_year(self, first):
        with freeze_time("2032-02-01 12:00:00"):
            self._sell(A=500, B=250, C=250)
        with freeze_time("2032-06-01 12:00:00"):
            second = self._create(
                self.director,
                CAMPAIGN,
                {
                    "name": "Survey 2032",
                    "date_deadline": "2032-06-30",
                    "weighting": "sales",
                },
            )
            for method in ("action_check", "action_start", "action_send"):
                self._act(self.director, second, method)
            forms = (first | second).sudo().response_ids.form_ids
            tokens = forms.mapped("access_token")
            self.assertEqual(len(set(tokens)), len(tokens))
        with freeze_time("2032-06-05 12:00:00"):
            # 80, 90, 80, 90: 420 / 5 = 84; and all 90
            fair = {
                self.quality: (8, 8),
                self.service: (9, 9),
                self.price: (8, 8),
                self.credit: (9, 9),
            }
            for name in "AC":
                self._answer_on_web(second, name, fair)
            self._answer_on_web(second, "B", dict.fromkeys(fair, (9, 9)))
        with freeze_time("2032-07-01 12:00:00"):
            self._act(self.director, second, "action_close")
        # quality and price (500*80 + 250*90 + 250*80) / 1000,
        # the index (2*82.5 + 90 + 82.5 + 90) / 5
        self.assertEqual(
            self._get_results(second, "score", "previous_score", "is_failed"),
            {
                self.quality: (82.5, 77, False),
                self.service: (90, 84, False),
                self.price: (82.5, 73, False),
                self.credit: (90, 90, False),
                None: (85.5, 80.2, False),
            },
        )
        self.assertEqual(second.previous_id, first)
        self.assertFalse(second.sudo().measure_ids)
        with freeze_time("2032-07-02 12:00:00"):
            self._act(self.director, second, "action_create_report")
            report = self._file_report(second)
            self._act(self.gmo, report, "action_acknowledge")
        self.assertOneNumber(
            second,
            customer_count=3,
            excluded_count=0,
            coverage=100,
            issued_count=3,
            answered_count=3,
            response_rate=100,
            index=85.5,
        )
        self.assertReportIsResults(second)
        return second

    def _verify(self, first, second, measures):
        with freeze_time("2032-07-03 12:00:00"):
            for measure in measures:
                # the value that he claims counts for nothing
                self._act(self.director, measure, "action_verify", True, "Seen", 99)
                self.assertFalse(self._get_todos(measure, self.director))
        self.assertRecordValues(
            measures,
            [
                {
                    "state": "effective",
                    "value_after": 82.5,
                    "verified_date": date(2032, 7, 3),
                    "verifying_campaign_id": second.id,
                }
            ]
            * 2,
        )
        for campaign in (first, second):
            self._file(campaign, "2032-07-04")
            self.assertEqual(campaign.state, "filed")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._act(self.director, first, "action_draft")
        values = self._act(
            self.rep,
            self.customers["A"],
            "read",
            ["satisfaction_index", "satisfaction_date", "satisfaction_source"],
        )[0]
        self.assertEqual(values["satisfaction_index"], 84)
        self.assertEqual(values["satisfaction_date"], date(2032, 6, 5))
        self.assertEqual(values["satisfaction_source"], "Survey 2032")
