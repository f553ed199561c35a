from odoo.tests import HttpCase, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyInterviewHttp(SurveyCommon, HttpCase):
    """The page of an interview opens for its interviewer alone (G6)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Called")
        cls.campaign = cls._start_campaign()
        cls.response = cls._get_response(cls.campaign, cls.dossier)
        cls.web = cls.response.sudo().form_ids
        cls.response.interviewer_id = cls.rep
        dialog = (
            cls.env["customer.survey.interview"]
            .with_user(cls.rep)
            .create({"response_id": cls.response.id})
        )
        dialog.action_start()
        cls.form = cls.response.sudo().form_ids - cls.web

    def _call(self, form, step, **params):
        path = f"/survey/{step}/{self.survey.access_token}/{form.access_token}"
        result = self.make_jsonrpc_request(path, params)[1]
        self.env.invalidate_all()
        return result

    def _submit(self, form, value=10):
        """Return what each page answered."""
        return [
            self._call(
                form,
                "submit",
                page_id=page.id,
                **{
                    str(question.id): str(value) if question.dimension_id else ""
                    for question in page.question_ids
                },
            )
            for page in self.survey.page_ids
        ]

    def _as(self, user):
        self.authenticate(user.login, user.login)

    def _assert_refused(self, form, error="answer_wrong_user"):
        self.assertEqual(self._call(form, "begin"), {"error": error})
        page_id = self.survey.page_ids[0].id
        self.assertEqual(
            self._call(form, "submit", page_id=page_id, **self._first_answer()),
            {"error": error},
        )
        urls = [form.get_start_url()]
        if form.customer_interviewer_id:
            urls.append(form.get_print_url())
        for url in urls:
            self.assertNotIn("How satisfied are you", self.url_open(url).text)
        self.assertFalse(form.user_input_line_ids)
        self.assertEqual(form.state, "new")

    def _first_answer(self):
        return {str(self.survey.question_ids[0].id): "10"}

    def test_interviewer_asks_and_returns(self):
        self._as(self.rep)
        page = self.url_open(self.form.get_start_url())
        self.assertEqual(page.status_code, 200)
        self.assertIn("Called", page.text)
        self.assertNotIn("error", self._call(self.form, "begin"))
        pages = self._submit(self.form)
        self.assertFalse([content for content in pages if "error" in content])
        self.assertIn(
            f"/odoo/survey-responses/{self.response.id}", pages[-1]["survey_content"]
        )
        self.assertEqual(self.form.state, "done")
        self.assertEqual(self.form.partner_id, self.response.contact_id)
        self.assertRecordValues(
            self.response,
            [{"state": "answered", "channel": "phone", "index": 100}],
        )
        # replayed
        self.assertEqual(
            self._call(
                self.form,
                "submit",
                page_id=self.survey.page_ids[0].id,
                **self._first_answer(),
            ),
            {"error": "unauthorized"},
        )
        self.assertEqual(self.response.index, 100)

    def test_outsider_with_the_address(self):
        self.authenticate(None, None)
        self._assert_refused(self.form)

    def test_other_employees(self):
        for user in (self.other_rep, self.employee, self.director):
            self._as(user)
            self._assert_refused(self.form)

    def test_customer_at_the_portal(self):
        portal = self._create_user("called_portal", "base.group_portal")
        portal.partner_id.parent_id = self.dossier.partner_id
        self.form.partner_id = portal.partner_id
        self._as(portal)
        self._assert_refused(self.form)

    def test_replaced_interviewer(self):
        self.response.interviewer_id = self.other_rep
        self.env.flush_all()
        for user in (self.rep, self.other_rep):
            self._as(user)
            self._assert_refused(self.form)

    def test_interviewer_with_the_form_of_the_customer(self):
        self._as(self.rep)
        self._assert_refused(self.web)

    def test_token_of_another_survey(self):
        other = self.survey.copy()
        self._as(self.rep)
        result = self.make_jsonrpc_request(
            f"/survey/begin/{other.access_token}/{self.form.access_token}", {}
        )
        self.assertEqual(result[1], {"error": "token_wrong"})

    def test_deadline_of_the_links_does_not_stop_it_but_the_end_does(self):
        self.form.deadline = self.web.deadline = "2020-01-01"
        self.env.flush_all()
        self.assertEqual(self._call(self.web, "begin"), {"error": "answer_deadline"})
        self._as(self.rep)
        self.assertNotIn("error", self._call(self.form, "begin"))
        self.campaign.action_close()
        self.env.flush_all()
        self.assertEqual(
            self._submit(self.form)[0],
            {"error": "answer_deadline"},
        )
        self.assertFalse(self.form.user_input_line_ids)

    def test_excluded_meanwhile(self):
        self.response._system_write({"state": "excluded"})
        self.env.flush_all()
        self._as(self.rep)
        self._assert_refused(self.form, "answer_deadline")

    def test_customer_answers_first(self):
        self._as(self.rep)
        self._call(self.form, "begin")
        self._fill(self.web, {self.quality: (0, 0)})
        self.env.flush_all()
        pages = self._submit(self.form)
        self.assertIn("not needed any more", pages[-1]["survey_content"])
        self.assertIn("/odoo/survey-responses/", pages[-1]["survey_content"])
        page = self.url_open(self.form.get_start_url())
        self.assertIn("not needed any more", page.text)
        self.assertEqual(self.form.state, "in_progress")
        self.assertRecordValues(self.response, [{"channel": "web", "index": 0}])

    def test_interview_first(self):
        self._fill(self.form, {self.quality: (10, 10)})
        self.env.flush_all()
        self.authenticate(None, None)
        page = self.url_open(self.web.get_start_url())
        self.assertIn("not needed any more", page.text)
        self.assertNotIn("/odoo/survey-responses/", page.text)
        self.assertEqual(self._call(self.web, "begin"), {"error": "answer_superseded"})
        self.assertEqual(self.web.state, "new")
        self.assertEqual(self.response.index, 100)
