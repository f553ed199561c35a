import re
from datetime import timedelta
from html import unescape

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import SurveyCommon


class SurveyBrowserCommon(SurveyCommon, HttpCase):
    """A visitor, nobody to Odoo, fills in the form that was mailed to him."""

    def _ask(self, lang):
        """Return the response of a new customer and the link in his mail."""
        dossier = self._create_customer("Dragon", lang=lang)
        campaign = self._start_campaign()
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", dossier.partner_id.child_ids.ids)]
        )
        [link] = re.findall(r'href="[^"]*(/survey/start/[^"]+)"', mail.body_html)
        return self._get_response(campaign, dossier), unescape(link)

    def _check_filed(self, response, text):
        self.env.invalidate_all()
        self.assertRecordValues(
            response,
            [
                {
                    "state": "answered",
                    "channel": "web",
                    "index": (95 + 80 + 35 + 100) / 4,
                    "answered_date": fields.Date.today(),
                }
            ],
        )
        self.assertEqual(
            {score.dimension_id: score.score for score in response.score_ids},
            {self.quality: 95, self.service: 80, self.price: 35, self.credit: 100},
        )
        self.assertEqual(len(response.answer_ids), 7, "the skipped one has no score")
        self.assertIn(text, response.opinions)

    def _check_chinese(self):
        response, link = self._ask("zh_CN")
        self.start_tour(link, "customer_survey_fill_chinese", login=None)
        self._check_filed(response, "交货再快一些就更好了。")
        self.assertEqual(response.sudo().form_ids.lang_id.code, "zh_CN")


@tagged("post_install", "-at_install")
class TestSurveyBrowser(SurveyBrowserCommon):
    def test_chinese(self):
        self._check_chinese()

    def test_english(self):
        response, link = self._ask("en_US")
        self.start_tour(link, "customer_survey_fill_english", login=None)
        self._check_filed(response, "Deliver faster.")

    def test_going_back_and_reloading_loses_nothing(self):
        response, link = self._ask("zh_CN")
        self.start_tour(link, "customer_survey_interrupt", login=None)
        self.env.invalidate_all()
        self.assertEqual(response.state, "invited")
        # days later, from the same mail
        self.start_tour(link, "customer_survey_resume", login=None)
        self.env.invalidate_all()
        self.assertEqual(response.state, "answered")
        self.assertEqual(
            {score.dimension_id: score.score for score in response.score_ids},
            {self.quality: 95, self.service: 35, self.price: 55, self.credit: 20},
        )
        self.assertEqual(len(response.sudo().form_ids), 1)


@tagged("post_install", "-at_install")
class TestSurveyPhone(SurveyBrowserCommon):
    browser_size = "375x667"
    touch_enabled = True

    def test_chinese_on_a_phone(self):
        self._check_chinese()


@tagged("post_install", "-at_install")
class TestSurveySecondYear(SurveyCommon, HttpCase):
    """The same questionnaire, a year later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.faithful = cls._create_customer("Faithful")
        cls.silent = cls._create_customer("Silent")
        today = fields.Date.today()
        last_year = today - timedelta(days=365)
        for dossier in cls.faithful + cls.silent:
            cls._create_order(dossier.partner_id).date_order = last_year
        cls.first = cls._start_campaign(
            name="First Year",
            date_from=last_year.replace(month=1, day=1),
            date_to=last_year.replace(month=12, day=31),
        )
        cls._answer(
            cls._get_response(cls.first, cls.faithful),
            {
                cls.quality: (4, 6),
                cls.service: (5, 5),
                cls.price: (2, 4),
                cls.credit: (7, 7),
            },
        )
        cls.first.action_close()
        cls.second = cls._start_campaign(name="Second Year")

    def _get_form(self, campaign, dossier):
        return self._get_response(campaign, dossier).sudo().form_ids

    def test_no_token_is_used_twice(self):
        for dossier in self.faithful + self.silent:
            old = self._get_form(self.first, dossier)
            new = self._get_form(self.second, dossier)
            self.assertEqual((len(old), len(new)), (1, 1))
            self.assertNotEqual(old.access_token, new.access_token)
            self.assertEqual(old.survey_id, new.survey_id)

    def test_link_of_last_year_is_refused(self):
        old = self._get_form(self.first, self.silent)
        # closing set it to the present second
        old.deadline -= timedelta(seconds=1)
        self.env.flush_all()
        page = self.url_open(old.get_start_url(), headers={"Accept-Language": "en"})
        self.assertEqual(page.status_code, 200)
        self.assertIn("This survey is now closed", page.text)
        self.assertNotIn("o_survey_form", page.text)
        path = f"{self.survey.access_token}/{old.access_token}"
        for step in ("begin", "submit"):
            _correct, content = self.make_jsonrpc_request(
                f"/survey/{step}/{path}", {"page_id": self.survey.page_ids[0].id}
            )
            self.assertEqual(content, {"error": "answer_deadline"})
        self.env.invalidate_all()
        for campaign in self.first + self.second:
            self.assertEqual(self._get_response(campaign, self.silent).state, "invited")

    def test_answered_link_of_last_year_changes_nothing(self):
        old = self._get_form(self.first, self.faithful)
        self.env.flush_all()
        self.url_open(old.get_start_url())
        old._mark_done()
        self.env.invalidate_all()
        self.assertEqual(
            self._get_response(self.second, self.faithful).state, "invited"
        )
        self.assertEqual(self._get_response(self.first, self.faithful).index, 50)

    def test_trend_over_two_years(self):
        self._answer(
            self._get_response(self.second, self.faithful),
            {
                self.quality: (8, 8),
                self.service: (9, 9),
                self.price: (0, None),
                self.credit: (10, 9),
            },
        )
        indexes = [
            self._get_response(campaign, self.faithful).index
            for campaign in self.first + self.second
        ]
        self.assertEqual(indexes, [50, (80 + 90 + 0 + 95) / 4])
        self.assertEqual(self.first.index, 50)
        self.assertEqual(self.second.index, 66.25)
        trend = self.env["customer.survey.score"]._read_group(
            [("response_id.campaign_id", "in", (self.first + self.second).ids)],
            ["dimension_id", "response_id"],
            ["score:avg"],
        )
        by_dimension = {
            (dimension, response.campaign_id): score
            for dimension, response, score in trend
        }
        for dimension, before, now in (
            (self.quality, 50, 80),
            (self.service, 50, 90),
            (self.price, 30, 0),
            (self.credit, 70, 95),
        ):
            self.assertEqual(by_dimension[dimension, self.first], before)
            self.assertEqual(by_dimension[dimension, self.second], now)
        # shown with one digit
        self.assertEqual(self.faithful.satisfaction_index, 66.3)
        self.assertEqual(self.second.previous_id, self.first)
