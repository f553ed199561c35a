from odoo.modules.module import get_module_path, load_script
from odoo.tests import tagged
from odoo.tools import SQL

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyUpgrade(SurveyCommon):
    """What was stored before 19.0.1.3.0 means the same afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossiers = [cls._create_customer(f"Buyer {number}") for number in range(3)]
        cls.ended = cls._start_campaign(name="Ended")
        for dossier, value in zip(cls.dossiers, (10, 5, None), strict=True):
            if value is not None:
                cls._reply(cls._get_response(cls.ended, dossier), value)
        cls.ended.action_close()
        cls.running = cls._start_campaign(name="Running")
        cls._reply(cls._get_response(cls.running, cls.dossiers[0]), 2)

    @classmethod
    def _reply(cls, response, value):
        cls._answer(
            response,
            {
                dimension: [value] * len(questions)
                for dimension, questions in cls.survey.question_ids.grouped(
                    "dimension_id"
                ).items()
                if dimension
            },
            "Be faster",
        )

    def _bring_back(self):
        """Store the campaigns as the former version did."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                ALTER TABLE customer_survey_response ADD COLUMN user_input_id INTEGER;
                UPDATE customer_survey_response response
                   SET user_input_id = form.id, issued_date = NULL,
                       sales_amount = NULL, is_negative = NULL
                  FROM survey_user_input form
                 WHERE form.customer_response_id = response.id;
                UPDATE survey_user_input
                   SET customer_response_id = NULL, customer_campaign_id = NULL,
                       customer_channel = NULL;
                UPDATE customer_survey_campaign
                   SET date_closed = NULL, previous_id = NULL;
                UPDATE customer_survey_score SET weight = 2;
                DELETE FROM customer_measure WHERE campaign_id IS NOT NULL;
                DELETE FROM customer_negative_feedback;
                DELETE FROM customer_survey_opinion;
                DELETE FROM customer_survey_answer;
                DELETE FROM customer_survey_result;
                """
            )
        )
        self.env.invalidate_all()

    def _upgrade(self):
        path = get_module_path("customer_survey")
        script = load_script(
            f"{path}/migrations/19.0.1.3.0/post-migration.py", "customer_survey_upgrade"
        )
        script.migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()

    def test_figures_stay(self):
        responses = (self.ended | self.running).sudo().response_ids
        before = responses.mapped("index"), responses.form_ids
        indexes = {
            result.dimension_id: result.score
            for result in self.ended.sudo().result_ids
            if not result.team_id
        }
        self._bring_back()
        self._upgrade()
        self.assertEqual((responses.mapped("index"), responses.form_ids), before)
        results = self.ended.sudo().result_ids.filtered(lambda row: not row.team_id)
        self.assertEqual(
            {result.dimension_id: result.score for result in results}, indexes
        )
        self.assertEqual(self.ended.index, 75.0)
        # what it weighed when the customers answered
        self.assertEqual(results.filtered("dimension_id").mapped("weight"), [2.0] * 4)
        answered = responses.filtered(lambda response: response.state == "answered")
        self.assertEqual(len(answered.answer_ids), 3 * 8)
        self.assertEqual(answered.opinion_ids.mapped("text"), ["Be faster"] * 3)
        negative = answered.filtered("is_negative")
        self.assertCountEqual(negative.mapped("index"), [50.0, 20.0])
        self.assertEqual(responses.mapped("sales_amount"), [10.0] * 6)

    def test_nothing_is_asked_for_afterwards(self):
        self._bring_back()
        self._upgrade()
        self.assertFalse(self.ended.measure_ids)
        self.assertFalse(self.env["customer.negative.feedback"].search([]))
        self.ended.action_recompute_scores()
        self.assertFalse(self.ended.measure_ids)
        self.ended.action_file()
        self.assertEqual(self.ended.state, "filed")
        self.assertEqual(self.running.reminder_limit, 0)

    def test_running_survey_goes_on(self):
        self._bring_back()
        self._upgrade()
        self.assertEqual(self.running.issued_count, 3)
        self.assertEqual(self.running.previous_id, self.ended)
        response = self._get_response(self.running, self.dossiers[1])
        self._reply(response, 10)
        self.assertEqual(response.index, 100.0)
        self.running.action_close()
        self.assertEqual(self.running.index, 60.0)
        self.assertEqual(self.running.measure_count, 4)
        result = self.running.sudo().result_ids.filtered(
            lambda row: not row.team_id and not row.dimension_id
        )
        self.assertEqual(result.previous_score, 75.0)

    def _set_wording(self, is_shipped):
        template = self.env.ref("customer_survey.mail_template_form")
        template.body_html = "<p>Former</p>"
        self.env.flush_all()
        if is_shipped:
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_template SET write_date = create_date WHERE id = %s",
                    template.id,
                )
            )
        return template

    def test_shipped_wording_is_renewed(self):
        template = self._set_wording(is_shipped=True)
        self._bring_back()
        self._upgrade()
        self.assertIn("/customer_survey/decline/", template.body_html)

    def test_wording_of_the_company_is_kept(self):
        template = self._set_wording(is_shipped=False)
        self._bring_back()
        self._upgrade()
        self.assertEqual(template.body_html, "<p>Former</p>")
