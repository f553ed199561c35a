import re

from odoo import http
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyDecline(SurveyCommon, HttpCase):
    """The second link of the invitation, used by friend and foe (G24)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Declining")
        cls.contact = cls.dossier.partner_id.child_ids
        cls.other = cls._create_customer("Other")
        cls.campaign = cls._start_campaign()
        cls.response = cls._get_response(cls.campaign, cls.dossier)
        cls.form = cls.response.sudo().form_ids
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _get(self, token=None):
        token = token or self.form.access_token
        return self.url_open(f"/customer_survey/decline/{token}")

    def _post(self, token=None, csrf=True, **data):
        token = token or self.form.access_token
        if csrf:
            data["csrf_token"] = http.Request.csrf_token(self)
        page = self.url_open(
            f"/customer_survey/decline/{token}/confirm", data=data or {"x": "1"}
        )
        self.env.invalidate_all()
        return page

    def assertUntouched(self):
        self.env.invalidate_all()
        self.assertEqual(self.response.state, "invited")
        self.assertFalse(self.contact.survey_opt_out)
        self.assertTrue(self.response.sudo()._get_open_forms())

    def test_looking_changes_nothing(self):
        for _count in range(2):
            page = self._get()
            self.assertEqual(page.status_code, 200)
            self.assertIn("voluntary", page.text)
            self.assertIn("Decline All Surveys", page.text)
            self.assertNotIn(self.contact.name, page.text)
        self.assertUntouched()

    def test_decline_this_survey(self):
        page = self._post()
        self.assertEqual(page.status_code, 200)
        self.assertIn("Thank you", page.text)
        self.assertEqual(self.response.state, "declined")
        self.assertFalse(self.contact.survey_opt_out)
        self.assertFalse(self.response.sudo()._get_open_forms())
        path = f"/survey/begin/{self.survey.access_token}/{self.form.access_token}"
        result = self.make_jsonrpc_request(path, {})
        self.assertEqual(result[1], {"error": "answer_deadline"})
        self.assertEqual(self._get_response(self.campaign, self.other).state, "invited")
        self.assertEqual(self.campaign.declined_count, 1)

    def test_decline_all_surveys(self):
        self._post(opt_out="1")
        self.assertEqual(self.response.state, "declined")
        self.assertTrue(self.contact.survey_opt_out)
        self.assertFalse(self.dossier.partner_id.survey_opt_out)
        again = self._start_campaign()
        second = self._get_response(again, self.dossier)
        self.assertEqual(second.state, "excluded")
        self.assertFalse(second.sudo().form_ids)

    def test_replay_finds_no_page(self):
        self._post()
        self.assertEqual(self._get().status_code, 404)
        self.assertEqual(self._post(opt_out="1").status_code, 404)
        self.assertFalse(self.contact.survey_opt_out)

    def test_missing_or_foreign_csrf_token_is_refused(self):
        self.assertEqual(self._post(csrf=False).status_code, 400)
        page = self._post(csrf=False, csrf_token="forged", opt_out="1")
        self.assertEqual(page.status_code, 400)
        url = f"/customer_survey/decline/{self.form.access_token}/confirm"
        self.assertEqual(self.url_open(url).status_code, 405)
        self.assertUntouched()

    def test_wrong_tokens_get_the_same_page(self):
        foreign = self.env["survey.survey"].create({"title": "Canteen"})
        entry = self.survey._create_answer(user=self.env.user, test_entry=True)
        entry.write(
            {
                "customer_response_id": self.response.id,
                "customer_campaign_id": self.campaign.id,
            }
        )
        answered = self._get_response(self.campaign, self.other)
        self._answer(answered, {self.quality: (5, 5)})
        closed = self._start_campaign()
        closed_form = self._get_response(closed, self.dossier).sudo().form_ids
        closed.action_close()
        expired = self._start_campaign()
        expired_form = self._get_response(expired, self.dossier).sudo().form_ids
        expired_form.deadline = "2020-01-01"
        self.env.flush_all()
        tokens = {
            "guessed": "00000000-0000-4000-8000-000000000000",
            "id": str(self.form.id),
            "survey": self.survey.access_token,
            "foreign": foreign._create_answer().access_token,
            "test entry": entry.access_token,
            "answered": answered.sudo().form_ids.access_token,
            "closed": closed_form.access_token,
            "expired": expired_form.access_token,
            "pattern": "%",
        }
        self.env.flush_all()
        pages = set()
        for name, token in tokens.items():
            with self.subTest(token=name):
                for page in (self._get(token), self._post(token, opt_out="1")):
                    self.assertEqual(page.status_code, 404)
                    # but for what the layout makes of the address and the session
                    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.text))
                    pages.add(text.replace(token, "").split("404", 1)[-1])
        self.assertUntouched()
        self.assertEqual(answered.state, "answered")
        self.assertEqual(self._get_response(closed, self.dossier).state, "invited")
        self.assertFalse(
            (self.other.partner_id.child_ids | self.contact).filtered("survey_opt_out")
        )
        self.assertEqual(len(pages), 1)

    def test_one_of_several_declines_for_himself(self):
        second = self.env["res.partner"].create(
            {
                "name": "Second",
                "parent_id": self.dossier.partner_id.id,
                "email": "second@example.com",
            }
        )
        campaign = self._start_campaign(contact_mode="several")
        response = self._get_response(campaign, self.dossier)
        forms = response.sudo().form_ids
        self.env.flush_all()
        self._post(forms.filtered(lambda form: form.partner_id == second).access_token)
        self.assertEqual(response.state, "invited")
        left = response.sudo()._get_open_forms()
        self.assertEqual(left.partner_id, self.contact)
        self._post(left.access_token)
        self.assertEqual(response.state, "declined")

    def test_opt_out_is_for_staff_alone_and_on_record(self):
        portal = self._create_user("survey_portal", "base.group_portal")
        with self.assertRaises(AccessError):
            self._rpc(
                portal, "res.partner", "read", portal.partner_id.ids, ["survey_opt_out"]
            )
        with self.assertRaises(AccessError):
            self._rpc(
                portal,
                "res.partner",
                "search",
                [("survey_opt_out", "=", True)],
            )
        contact = self.contact.with_context(tracking_disable=False, mail_notrack=False)
        contact.survey_opt_out = True
        self.env.flush_all()
        self.env.cr.precommit.run()
        tracked = contact.message_ids.sudo().tracking_value_ids.field_id
        self.assertIn("survey_opt_out", tracked.mapped("name"))
