from odoo.tests import HttpCase, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyLink(SurveyCommon, HttpCase):
    """The personal link, used by somebody who is nobody to Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survey.with_context(lang="zh_CN").title = "客户满意度调查表"
        cls.dossier = cls._create_customer("Linked", lang="zh_CN")
        cls.campaign = cls._start_campaign()
        cls.response = cls._get_response(cls.campaign, cls.dossier)
        cls.form = cls.response.sudo().form_ids

    def _call(self, step, **params):
        path = f"/survey/{step}/{self.survey.access_token}/{self.form.access_token}"
        return self.make_jsonrpc_request(path, params)

    def _submit_pages(self, answers, text):
        for page in self.survey.page_ids:
            values = {
                str(question.id): str(answers.get(question.dimension_id, 9))
                if question.question_type == "scale"
                else text
                for question in page.question_ids
            }
            _correct, content = self._call("submit", page_id=page.id, **values)
            self.assertNotIn("error", content)

    def test_answers_through_the_link_are_filed(self):
        page = self.url_open(self.form.get_start_url())
        self.assertEqual(page.status_code, 200)
        self.assertIn("客户满意度调查表", page.text)
        self._call("begin")
        answers = {self.quality: 9, self.service: 8, self.price: 6, self.credit: 0}
        self._submit_pages(answers, "Deliver faster")
        self.env.invalidate_all()
        self.assertEqual(self.form.state, "done")
        self.assertRecordValues(
            self.response,
            [{"state": "answered", "channel": "web", "index": (90 + 80 + 60) / 4}],
        )
        self.assertEqual(
            {score.dimension_id: score.score for score in self.response.score_ids},
            {dimension: value * 10 for dimension, value in answers.items()},
        )
        self.assertIn("Deliver faster", self.response.opinions)
        self.assertEqual(self.dossier.satisfaction_index, 57.5)

        responses = self.env["customer.survey.response"].search_count([])
        again = self.url_open(self.form.get_start_url())
        self.assertEqual(again.status_code, 200)
        page_id = self.survey.page_ids[0].id
        self.assertEqual(
            self._call("submit", page_id=page_id)[1], {"error": "unauthorized"}
        )
        self.url_open(
            f"/survey/retry/{self.survey.access_token}/{self.form.access_token}"
        )
        self.env.invalidate_all()
        self.assertEqual(
            self.env["customer.survey.response"].search_count([]), responses
        )
        self.assertEqual(self.response.index, 57.5)

    def test_closed_campaign_takes_no_answers(self):
        self.campaign.action_close()
        self.env.flush_all()
        self.assertEqual(self._call("begin")[1], {"error": "answer_deadline"})

    def test_unfinished_form_counts_nowhere(self):
        self._call("begin")
        page = self.survey.page_ids[0]
        self._call("submit", page_id=page.id, **{str(page.question_ids[0].id): "3"})
        self.env.invalidate_all()
        self.assertEqual(self.response.state, "invited")
        self.assertFalse(self.response.score_ids)

    def test_test_entry_counts_nowhere(self):
        responses = self.env["customer.survey.response"].search_count([])
        entry = self.survey._create_answer(user=self.env.user, test_entry=True)
        entry.customer_response_id = self.response
        entry._mark_in_progress()
        for question in self.survey.question_ids.filtered("dimension_id"):
            entry._save_lines(question, "10")
        entry._mark_done()
        self.assertEqual(
            self.env["customer.survey.response"].search_count([]), responses
        )
        self.assertEqual(self.response.state, "invited")
        self.assertFalse(self.response.score_ids)

    def test_link_without_personal_token_is_refused(self):
        page = self.url_open(f"/survey/start/{self.survey.access_token}")
        self.assertNotIn("客户满意度调查表", page.text)
