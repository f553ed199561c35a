from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import SurveyCommon

CAMPAIGN = "customer.survey.campaign"
RESPONSE = "customer.survey.response"
REPORT = "customer.survey.report"


@tagged("post_install", "-at_install")
class TestSurveyActingAttacks(SurveyCommon):
    """What people with every right to take part try, beyond their part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Dragon")
        cls.other_dossier = cls._create_customer("Phoenix")

    def assertRpcRefused(self, exception, user, model, method, *args, message="."):
        with (
            self.assertRaisesRegex(exception, message),
            self.env.cr.savepoint(),
        ):
            self._rpc(user, model, method, *args)
        self.env.invalidate_all()

    # ------------------------------------------------------------ questionnaire

    def test_only_satisfaction_questionnaires_are_asked(self):
        """The answers of any other type are open to all who make surveys."""
        survey = self.survey.copy({"survey_type": "survey"})
        for user, method, args in (
            (self.director, "create", [[{"name": "x", "survey_id": survey.id}]]),
            (self.director, "write", [{"survey_id": survey.id}]),
        ):
            campaign = self._create_campaign()
            args = args if method == "create" else [campaign.ids, *args]
            if method == "create":
                args[0][0]["date_deadline"] = "2031-12-31"
            self.assertRpcRefused(
                UserError, user, CAMPAIGN, method, *args, message="Satisfaction"
            )

    def test_checked_questionnaire_is_frozen(self):
        """Before a form was issued, too: the weights and levels were settled, and
        paper forms may have been printed."""
        survey = self.survey.copy()
        campaign = self._create_campaign(survey_id=survey.id)
        campaign.action_check()
        question = survey.question_ids[0]
        for model, record, values in (
            ("survey.question", question, {"scale_max": 5}),
            ("survey.question", question, {"dimension_id": self.price.id}),
            ("survey.survey", survey, {"survey_type": "survey"}),
            (
                "survey.survey",
                survey,
                {
                    "question_and_page_ids": [
                        Command.create({"title": "New", "question_type": "scale"})
                    ]
                },
            ),
        ):
            self.assertRpcRefused(
                UserError, self.director, model, "write", record.ids, values
            )
        self._rpc(self.director, CAMPAIGN, "action_draft", campaign.ids)
        question.with_user(self.director).scale_max = 5

    def test_running_questionnaire_stays_open_to_customers(self):
        survey = self.survey.copy()
        campaign = self._start_campaign(survey_id=survey.id)
        form = self._get_response(campaign, self.dossier).sudo().form_ids
        self.assertTrue(form)
        for user in (self.director, self.survey_manager):
            for values in (
                {"active": False},
                {"users_login_required": True},
                {"access_mode": "public"},
                {"access_token": "0" * 36},
                {"is_time_limited": True, "time_limit": 0.01},
                {"questions_selection": "random"},
                {"scoring_type": "scoring_with_answers"},
            ):
                with self.subTest(user=user.login, values=values):
                    self.assertRpcRefused(
                        UserError, user, "survey.survey", "write", survey.ids, values
                    )
        with self.assertRaises(UserError), self.env.cr.savepoint():
            survey.action_archive()
        campaign.action_close()
        survey.action_archive()
        self.assertFalse(survey.active)

    def test_two_surveys_with_one_questionnaire_do_not_mix(self):
        first = self._start_campaign(name="First")
        second = self._start_campaign(name="Second")
        responses = [
            self._get_response(campaign, self.dossier) for campaign in (first, second)
        ]
        self._answer(responses[1], {self.quality: (10, 10)})
        first.action_close()
        self.assertEqual(
            [response.state for response in responses], ["invited", "answered"]
        )
        self.assertFalse(first.answered_count)
        self._answer(
            self._get_response(second, self.other_dossier), {self.quality: (0, 0)}
        )
        second.action_close()
        self.assertEqual(second.sudo().index, 50)
        self.assertFalse(first.sudo().has_index)

    # ------------------------------------------------------------ who is asked

    def test_strangers_are_not_asked_for_a_customer(self):
        campaign = self._start_campaign(send=False, contact_mode="several")
        response = self._get_response(campaign, self.dossier)
        stranger = self.other_dossier.partner_id.child_ids
        response.interviewer_id = self.rep
        for user in (self.director, self.rep):
            for values in (
                {"contact_id": stranger.id},
                {"other_contact_ids": [Command.link(stranger.id)]},
            ):
                with self.subTest(user=user.login, values=values):
                    self.assertRpcRefused(
                        ValidationError,
                        user,
                        RESPONSE,
                        "write",
                        response.ids,
                        values,
                        message="contact",
                    )

    def test_ended_survey_asks_nobody_any_more(self):
        campaign = self._start_campaign(send=False)
        response = self._get_response(campaign, self.dossier)
        campaign.action_close()
        for values in (
            {"interviewer_id": self.rep.id},
            {"channel": "phone"},
            {"contact_id": False},
        ):
            with self.subTest(values=values):
                self.assertRpcRefused(
                    UserError, self.director, RESPONSE, "write", response.ids, values
                )
        self.assertFalse(response.sudo().activity_ids)

    def test_who_was_asked_stays_on_record(self):
        campaign = self._start_campaign()
        response = self._get_response(campaign, self.dossier)
        self._answer(response, {self.quality: (10, 10)})
        contact = response.sudo().contact_id
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            contact.unlink()
        self.env.invalidate_all()
        self.assertEqual(response.sudo().contact_id, contact)

    def test_merged_contacts_keep_their_answers(self):
        campaign = self._start_campaign(contact_mode="several")
        response = self._get_response(campaign, self.dossier)
        self._answer(response, {self.quality: (10, 10)})
        contact = response.sudo().contact_id
        double = self.env["res.partner"].create(
            {
                "name": "Double",
                "parent_id": self.dossier.partner_id.id,
                "email": contact.email,
            }
        )
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((contact | double).ids, double)
        self.env.invalidate_all()
        response = response.sudo()
        self.assertEqual(response.contact_id, double)
        self.assertEqual(response.form_ids.partner_id, double)
        self.assertEqual(response.answer_ids.contact_id, double)
        self.assertEqual(response.index, 100)

    def test_merged_customers_keep_their_answers(self):
        campaign = self._start_campaign()
        responses = campaign.sudo().response_ids
        self._answer(
            self._get_response(campaign, self.dossier), {self.quality: (10, 10)}
        )
        partners = (self.dossier | self.other_dossier).partner_id
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            merge._merge(partners.ids, partners[0])
        self.env.invalidate_all()
        self.assertEqual(len(responses.exists()), 2)
        self.assertEqual(responses.partner_id, partners)

    # ------------------------------------------------------------ what is in use

    def test_what_is_in_use_is_not_deleted(self):
        campaign = self._start_campaign()
        response = self._get_response(campaign, self.dossier)
        self._answer(response, {self.quality: (0, 0)}, text="Too late")
        opinion = response.sudo().opinion_ids
        topic = self.env["customer.survey.topic"].search([], limit=1)
        opinion.with_user(self.director).topic_id = topic
        campaign.action_close()
        used = (self.quality, topic, self.dossier, self.survey, self.team, response)
        for exception, records in (
            (IntegrityError, used),
            (UserError, (self.dossier.partner_id, campaign)),
        ):
            for record in records:
                with (
                    self.subTest(model=record._name),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(exception),
                    self.env.cr.savepoint(),
                ):
                    record.sudo().unlink()
                    self.env.flush_all()
                self.env.invalidate_all()
        self.assertTrue(response.sudo().score_ids)

    def test_archived_dimension_keeps_its_figures(self):
        campaign = self._start_campaign()
        self._answer(self._get_response(campaign, self.dossier), {self.price: (5, 5)})
        self.price.sudo().active = False
        campaign.action_close()
        result = campaign.sudo().result_ids.filtered(
            lambda result: result.dimension_id == self.price
        )
        self.assertEqual(result.mapped("has_score"), [True, True])

    # ------------------------------------------------------------ figures

    def test_required_level_of_a_unit_is_that_of_the_check(self):
        year = self._create_campaign().date_to.year
        level = self.env["customer.survey.level"].create(
            {
                "year": year,
                "team_id": self.team.id,
                "dimension_id": self.quality.id,
                "required_level": 90,
            }
        )
        campaign = self._start_campaign()
        self._answer(self._get_response(campaign, self.dossier), {self.quality: (9, 8)})
        level.with_user(self.director).required_level = 10
        campaign.action_close()
        result = campaign.sudo().result_ids.filtered(
            lambda result: result.dimension_id == self.quality and result.team_id
        )
        self.assertRecordValues(result, [{"required_level": 90, "is_failed": True}])
        level.with_user(self.director).unlink()
        campaign.action_recompute_scores()
        self.assertRecordValues(result, [{"required_level": 90, "is_failed": True}])

    def test_figures_of_a_submitted_report_are_not_worked_out_anew(self):
        campaign = self._start_campaign()
        self._answer(self._get_response(campaign, self.dossier), {self.quality: (9, 8)})
        campaign.action_close()
        campaign.action_create_report()
        campaign.action_recompute_scores()
        report = campaign.report_ids
        report.write({"conclusions": "Well", "proposals": "None"})
        report.action_submit()
        self.assertRpcRefused(
            UserError,
            self.director,
            CAMPAIGN,
            "action_recompute_scores",
            campaign.ids,
            message="submitted",
        )

    def test_report_over_refunds(self):
        """Sales that add up to nothing weigh nothing, and stop no report."""
        campaign = self._start_campaign(weighting="sales")
        for dossier, amount in ((self.dossier, 100), (self.other_dossier, -100)):
            response = self._get_response(campaign, dossier)
            self._answer(response, {self.quality: (10, 10)})
            dossier.partner_id.sale_order_ids.order_line.price_unit = amount
        campaign.action_close()
        campaign.action_create_report()
        figures = campaign.report_ids._get_report_data()
        self.assertEqual([row["score"] for row in figures["channel"]], [100])

    def test_one_number_everywhere(self):
        """Who was not reached by telephone has got no form, on no figure."""
        third = self._create_customer("Tiger")
        campaign = self._start_campaign(send=False)
        self._get_response(campaign, third).action_exclude("Sued us")
        self._answer_by_phone(self._get_response(campaign, self.dossier))
        self._get_response(campaign, self.other_dossier).action_unreachable()
        campaign.action_close()
        campaign.action_create_report()
        basis = campaign.report_ids._get_report_data()["basis"]
        self.assertEqual(
            (campaign.issued_count, campaign.answered_count, campaign.response_rate),
            (1, 1, 100),
        )
        self.assertEqual(
            (basis["issued"], basis["returned"], basis["rate"]), (1, 1, 100)
        )
        self.assertAlmostEqual(campaign.coverage, 200 / 3)
        self.assertAlmostEqual(basis["coverage"], 200 / 3)
        [row] = self._rpc(
            self.director,
            "customer.survey.participation",
            "formatted_read_group",
            [("campaign_id", "=", campaign.id)],
            [],
            ["asked:sum", "issued:sum", "returned:sum", "rate:avg"],
        )
        for name, value in (
            ("asked:sum", 2),
            ("issued:sum", 1),
            ("returned:sum", 1),
            ("rate:avg", 100),
        ):
            self.assertEqual(row[name], value)

    def _answer_by_phone(self, response):
        form = response.with_user(self.director)._start_interview(
            response.contact_id, "phone", response.campaign_id.date_started
        )
        self._fill(form, {self.quality: (10, 10)})

    # ------------------------------------------------------------ report, measures

    def test_author_does_not_acknowledge_his_report(self):
        both = self._create_user(
            "survey_both", "customer_archive.group_mdo,customer_archive.group_gmo"
        )
        campaign = self._start_campaign()
        campaign.action_close()
        campaign.action_create_report()
        report = campaign.report_ids
        report.write({"user_id": both.id, "conclusions": "x", "proposals": "y"})
        report.with_user(self.director).action_submit()
        self.assertFalse(report.with_user(both).can_decide)
        for method, args in (("action_acknowledge", []), ("action_return", ["No"])):
            self.assertRpcRefused(
                UserError, both, REPORT, method, report.ids, *args, message="else"
            )
        self.assertNotIn(both, report.sudo().activity_ids.user_id)
        self._rpc(self.gmo, REPORT, "action_acknowledge", report.ids)

    def _fail(self, day, score, **values):
        with freeze_time(f"{day} 12:00:00"):
            campaign = self._start_campaign(
                date_deadline=day, date_from="2020-01-01", **values
            )
            self._answer(
                self._get_response(campaign, self.dossier), {self.quality: score}
            )
            campaign.action_close()
        return campaign

    def _execute(self, measure, day):
        measure = measure.with_user(self.gmo)
        with freeze_time(f"{day} 12:00:00"):
            measure.write(
                {
                    "user_id": self.rep.id,
                    "cause": "x",
                    "action": "x",
                    "preventive_action": "x",
                    "department_id": self.env["customer.service.team"]
                    .search([], limit=1)
                    .id,
                }
            )
            measure.with_user(self.rep).action_submit()
            measure.action_approve()
            measure.with_user(self.rep).action_start()
            measure.with_user(self.rep).action_report_done()

    def test_too_few_anonymous_answers_judge_no_measure(self):
        self._create_customer("Tiger")
        campaign = self._fail("2031-01-10", (1, 1))
        measure = campaign.sudo().measure_ids
        self._execute(measure, "2031-02-01")
        self.company.survey_minimum_answers = 3
        with freeze_time("2032-01-10 12:00:00"):
            following = self._start_campaign(
                is_anonymous=True, date_deadline="2032-01-10", date_from="2020-01-01"
            )
            self._fill(
                following.sudo()._create_anonymous_form(), {self.quality: (10, 10)}
            )
            following.action_close()
            self.assertRpcRefused(
                UserError,
                measure.verifier_id,
                "customer.measure",
                "action_verify",
                measure.ids,
                False,
                "Seen",
                message="next result",
            )

    def test_measure_is_judged_by_the_level_that_was_missed(self):
        """A level with two digits is met by what the survey itself lets pass."""
        self.quality.required_level = 82.56
        campaign = self._fail("2031-01-10", (1, 1))
        measure = campaign.sudo().measure_ids
        self._execute(measure, "2031-02-01")
        following = self._fail("2032-01-10", (10, 10))
        result = following.sudo().result_ids.filtered(
            lambda result: result.dimension_id == self.quality and not result.team_id
        )
        result._system_write({"score": 82.57})
        self._rpc(
            measure.verifier_id,
            "customer.measure",
            "action_verify",
            measure.ids,
            True,
            "Seen",
        )
        self.assertEqual(measure.state, "effective")

    def test_measures_take_no_foreign_survey(self):
        campaign = self._fail("2031-01-10", (1, 1))
        result = campaign.sudo().measure_ids.survey_result_id
        values = {
            "name": "x",
            "verifier_id": self.gmo.id,
            "date_due": "2031-06-30",
            "team_id": self.team.id,
        }
        forged = {
            "campaign_id": campaign.id,
            "survey_result_id": result.id,
            "verifying_result_id": result.id,
        }
        for name, value in forged.items():
            self.assertRpcRefused(
                AccessError,
                self.director,
                "customer.measure",
                "create",
                [values | {name: value}],
            )
        context = {f"default_{name}": value for name, value in forged.items()}
        [measure_id] = (
            self.env["customer.measure"]
            .with_user(self.director)
            .with_context(**context)
            .create(values)
            .ids
        )
        measure = self.env["customer.measure"].browse(measure_id)
        self.assertFalse(measure.campaign_id or measure.survey_result_id)
        for command in (
            Command.link(measure_id),
            Command.create(values),
            Command.clear(),
        ):
            self.assertRpcRefused(
                AccessError,
                self.director,
                CAMPAIGN,
                "write",
                campaign.ids,
                {"measure_ids": [command]},
            )

    def test_ended_survey_keeps_its_deadline(self):
        campaign = self._start_campaign()
        campaign.action_close()
        self.assertRpcRefused(
            UserError,
            self.director,
            CAMPAIGN,
            "write",
            campaign.ids,
            {"date_deadline": "2031-01-01"},
        )

    def test_archived_director_leaves_a_survey_that_goes_on(self):
        second = self._create_user("survey_mdo2", "customer_archive.group_mdo")
        campaign = self._start_campaign()
        self._answer(self._get_response(campaign, self.dossier), {self.quality: (1, 1)})
        self.director.sudo().active = False
        campaign.with_user(second).action_close()
        measure = campaign.sudo().measure_ids
        self.assertNotIn(self.director, measure.user_id | measure.verifier_id)
        campaign.with_user(second).action_create_report()
        self.assertEqual(campaign.sudo().report_ids.user_id, second)

    # ------------------------------------------------------------ other companies

    def test_campaign_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        campaign = self._create_campaign()
        for values in (
            {"company_id": other.id},
            {"team_id": self._team_of(other).id, "kind": "periodic"},
        ):
            self.assertRpcRefused(
                UserError, self.director, CAMPAIGN, "write", campaign.ids, values
            )

    def _team_of(self, company):
        return self.env["crm.team"].create({"name": "Far", "company_id": company.id})

    def test_previous_survey_may_end_after_the_check(self):
        first = self._start_campaign(name="First")
        self._answer(self._get_response(first, self.dossier), {self.quality: (5, 5)})
        second = self._create_campaign(name="Second")
        second.action_check()
        first.action_close()
        second.action_start()
        second.action_close()
        self.assertEqual(second.previous_id, first)
