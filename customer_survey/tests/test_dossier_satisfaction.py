import json

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged

from .common import SurveyCommon

DOSSIER = "customer.dossier"


class SatisfactionCommon(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_dossier("Valued")

    @classmethod
    def _create_dossier(cls, name):
        dossier = cls._create_customer(name, with_order=False)
        dossier.first_contact_date = "2028-01-01"
        return dossier

    @classmethod
    def _say(cls, dossier, satisfaction, date="2030-06-01"):
        return cls.env["customer.satisfaction.feedback"].create(
            {
                "dossier_id": dossier.id,
                "satisfaction": satisfaction,
                "remark": "Said so",
                "date": date,
            }
        )

    @classmethod
    def _confirm_case(cls, dossier, score, at="2030-06-10 10:00:00", **values):
        case = cls.env["customer.complaint"].create(
            {
                "name": "Seals leak",
                "kind": "quality",
                "partner_id": dossier.partner_id.id,
                "complainant": "Li",
                "description": "Every third seal leaks.",
                "type_id": cls.env.ref(
                    "customer_archive.customer_problem_type_quality"
                ).id,
            }
        )
        case._system_write(
            {
                "confirmation": "satisfied",
                "confirmed_at": at,
                "score": score,
                **values,
            }
        )
        return case

    @classmethod
    def _file_result(cls, dossier, index, date="2030-05-05", **values):
        campaign = cls._create_campaign()
        response = cls.env["customer.survey.response"]._system_create(
            [
                {
                    "campaign_id": campaign.id,
                    "dossier_id": dossier.id,
                    "state": "answered",
                    "answered_date": date,
                    "index": index,
                    **values,
                }
            ]
        )
        cls.env["customer.survey.score"]._system_create(
            [
                {
                    "response_id": response.id,
                    "dimension_id": cls.quality.id,
                    "score": index,
                    "weight": 1.0,
                    "answer_count": 1,
                }
            ]
        )
        return response


@tagged("post_install", "-at_install")
@freeze_time("2030-06-15 10:00:00")
class TestDossierSatisfaction(SatisfactionCommon):
    def assertSatisfaction(self, index, date, source, dossier=None, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        dossier = (dossier or self.dossier).with_user(user or self.rep)
        self.assertRecordValues(
            dossier,
            [
                {
                    "has_satisfaction": bool(source),
                    "satisfaction_index": index,
                    "satisfaction_date": date and fields.Date.to_date(date),
                    "satisfaction_source": source,
                }
            ],
        )

    # ------------------------------------------------------------ value (E13, G17)

    def test_without_a_word_there_is_none(self):
        self.assertSatisfaction(0, False, False)
        self.assertFalse(self.dossier.is_satisfaction_below)

    def test_mean_of_recent_feedback_and_cases(self):
        self._say(self.dossier, "5", "2030-06-01")
        self.assertSatisfaction(100, "2030-06-01", "Feedback (1)")
        self._say(self.dossier, "1", "2030-05-01")
        self._confirm_case(self.dossier, 4)
        self.assertSatisfaction(175 / 3, "2030-06-10", "Feedback (3)")

    def test_old_or_unconfirmed_words_do_not_count(self):
        self._say(self.dossier, "1", "2029-06-14")
        self._confirm_case(self.dossier, 1, "2029-06-14 23:00:00")
        unreachable = self._confirm_case(self.dossier, 0, confirmation="unreachable")
        self.assertFalse(unreachable.score)
        self.assertSatisfaction(0, False, False)
        self._say(self.dossier, "5", "2029-06-15")
        self.assertSatisfaction(100, "2029-06-15", "Feedback (1)")
        self.company.survey_feedback_months = 13
        self.assertSatisfaction(100 / 3, "2029-06-15", "Feedback (3)")

    def test_survey_result_comes_first_however_old(self):
        self._say(self.dossier, "5")
        self._file_result(self.dossier, 40, "2028-05-05")
        self.assertSatisfaction(40, "2028-05-05", "Survey 2028")
        self._file_result(self.dossier, 86, "2029-05-05")
        self.assertSatisfaction(86, "2029-05-05", "Survey 2029")

    def test_zero_is_a_value(self):
        self._file_result(self.dossier, 0)
        self.assertSatisfaction(0, "2030-05-05", "Survey 2030")
        self.assertTrue(self.dossier.is_satisfaction_below)

    def test_answer_without_scores_is_no_result(self):
        response = self._file_result(self.dossier, 0, "2030-06-02")
        response.score_ids._as_system().unlink()
        self._say(self.dossier, "5")
        self.assertSatisfaction(100, "2030-06-01", "Feedback (1)")

    def test_answer_is_filed_by_itself(self):
        """G17, A43."""
        self._create_order(self.dossier.partner_id)
        response = self._get_response(self._start_campaign(), self.dossier)
        self._answer(response, {self.quality: (8, 6)})
        self.assertEqual(self.dossier.survey_response_ids, response)
        self.assertSatisfaction(70, "2030-06-15", "Survey 2030")

    def test_anonymous_answer_counts_for_nobody(self):
        self._file_result(self.env[DOSSIER], 10)
        self.assertSatisfaction(0, False, False)
        other = self._create_dossier("Other")
        self.assertSatisfaction(0, False, False, other)

    def test_result_cannot_be_detached(self):
        """A43."""
        response = self._file_result(self.dossier, 40)
        other = self._create_dossier("Other")
        for user in (self.rep, self.bum, self.keeper, self.director):
            for model, record in (
                ("customer.survey.response", response),
                ("customer.survey.score", response.score_ids),
            ):
                with self.subTest(user=user.login, model=model):
                    with self.assertRaises(AccessError):
                        self._rpc(user, model, "unlink", record.ids)
            for vals in (
                {"dossier_id": other.id},
                {"dossier_id": False},
                {"index": 100},
                {"state": "excluded"},
            ):
                with self.assertRaises(AccessError):
                    self._rpc(
                        user, "customer.survey.response", "write", response.ids, vals
                    )
        for command in ([(3, response.id)], [(2, response.id)], [(5,)]):
            with self.assertRaises(AccessError):
                self._rpc(
                    self.rep,
                    DOSSIER,
                    "write",
                    self.dossier.ids,
                    {"survey_response_ids": command},
                )
        self.assertEqual(response.dossier_id, self.dossier)

    # ------------------------------------------------------------ required level

    def _find_below(self, user=None):
        found = self._rpc(
            user or self.rep,
            DOSSIER,
            "search",
            [("is_satisfaction_below", "=", True)],
        )
        return self.env[DOSSIER].browse(found)

    def test_below_what_is_required_of_the_unit(self):
        fine = self._create_dossier("Fine")
        poor = self._create_dossier("Poor")
        silent = self._create_dossier("Silent")
        self._file_result(fine, 80)
        self._file_result(poor, 79)
        self._say(self.dossier, "4")
        below = self._find_below()
        self.assertEqual(
            below & (fine | poor | silent | self.dossier), poor | self.dossier
        )
        self.assertTrue(poor.is_satisfaction_below)
        self.assertFalse(fine.is_satisfaction_below)
        self.env["customer.survey.level"].create(
            {"year": 2030, "team_id": self.team.id, "required_level": 76}
        )
        self.assertEqual(
            self._find_below() & (fine | poor | self.dossier), self.dossier
        )
        others = self._rpc(
            self.rep, DOSSIER, "search", [("is_satisfaction_below", "=", False)]
        )
        self.assertIn(poor.id, others)

    def test_what_one_may_not_read_is_not_found(self):
        self._file_result(self.dossier, 10)
        self.assertIn(self.dossier, self._find_below())
        for user in (self.other_rep, self.employee):
            self.assertNotIn(self.dossier, self._find_below(user))
            with self.assertRaises(AccessError):
                self._rpc(
                    user, DOSSIER, "read", self.dossier.ids, ["satisfaction_index"]
                )

    # ------------------------------------------------------------ cost

    def test_number_of_queries_does_not_grow(self):
        dossiers = self.env[DOSSIER].concat(
            *(self._create_dossier(f"C{i}") for i in range(12))
        )
        for dossier in dossiers:
            self._file_result(dossier, 50)
            self._say(dossier, "4")
            self._confirm_case(dossier, 4)
        names = [
            "satisfaction_index",
            "satisfaction_source",
            "is_satisfaction_below",
            "satisfaction_trend",
            "satisfaction_feedback_count",
        ]

        def count_queries(dossiers):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            dossiers.with_user(self.rep).read(names)
            return self.env.cr.sql_log_count - before

        count_queries(dossiers)
        self.assertEqual(count_queries(dossiers[:2]), count_queries(dossiers))

        def count_search():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._find_below()
            return self.env.cr.sql_log_count - before

        count_search()
        few = count_search()
        for i in range(8):
            dossier = self._create_dossier(f"D{i}")
            self._file_result(dossier, 50)
        self.assertEqual(count_search(), few)

    # ------------------------------------------------------------ shown

    def test_trend_is_in_the_order_of_time(self):
        self._say(self.dossier, "5", "2030-06-01")
        self.assertFalse(self.dossier.satisfaction_trend)
        self._file_result(self.dossier, 40, "2028-05-05")
        self._confirm_case(self.dossier, 4)
        self.dossier.invalidate_recordset()
        [line] = json.loads(self.dossier.satisfaction_trend)
        self.assertEqual([point["y"] for point in line["values"]], [40, 100, 75])

    def test_form_shows_value_and_history(self):
        self._file_result(self.dossier, 86)
        self._say(self.dossier, "5")
        with Form(self.dossier.with_user(self.rep)) as form:
            self.assertEqual(form.satisfaction_index, 86)
            self.assertEqual(form.satisfaction_feedback_count, 1)
            self.assertEqual(len(form.survey_response_ids), 1)

    def test_stat_button_opens_the_responses(self):
        self._file_result(self.dossier, 86)
        action = self._rpc(
            self.rep, DOSSIER, "action_view_survey_responses", self.dossier.ids
        )
        found = self.env["customer.survey.response"].search(action["domain"])
        self.assertEqual(found, self.dossier.survey_response_ids)

    def test_contract_review_shows_the_same(self):
        self._say(self.dossier, "5")
        order = self.env["sale.order"].create(
            {"partner_id": self.dossier.partner_id.id}
        )
        self.assertRecordValues(
            order.with_user(self.rep),
            [
                {
                    "dossier_satisfaction_index": 100,
                    "dossier_satisfaction_date": fields.Date.to_date("2030-06-01"),
                    "dossier_satisfaction_source": "Feedback (1)",
                }
            ],
        )
        hidden = order.with_user(self.employee).sudo()
        self.assertFalse(hidden.dossier_satisfaction_source)

    def test_printed_cards_say_it(self):
        report = self.env["ir.actions.report"].with_user(self.keeper)
        card = "customer_archive.report_customer_file_card"
        content, _type = report._render_qweb_html(card, self.dossier.ids)
        self.assertNotIn(b'name="satisfaction"', content)
        feedback = self._say(self.dossier, "5")
        self._file_result(self.dossier, 86)
        self.env.invalidate_all()
        content, _type = report._render_qweb_html(card, self.dossier.ids)
        for text in (b'name="satisfaction"', b"86.0", b"Survey 2030"):
            self.assertIn(text, content)
        content, _type = report._render_qweb_html(
            "customer_archive.report_customer_dossier", self.dossier.ids
        )
        for text in (feedback.number.encode(), b"Survey Results", b"Feedback Forms"):
            self.assertIn(text, content)
