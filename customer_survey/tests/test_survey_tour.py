from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyTour(SurveyCommon, HttpCase):
    """The screens of those who lead a survey and of those who ask."""

    def test_director_starts_a_campaign(self):
        dossier = self._create_customer("Toured")
        self.start_tour(
            "/odoo/survey-campaigns", "customer_survey_campaign", login="survey_mdo"
        )
        campaign = self.env["customer.survey.campaign"].search(
            [("name", "=", "Satisfaction of the Year")]
        )
        self.assertEqual(campaign.state, "running")
        self.assertIn(dossier, campaign.response_ids.dossier_id)

    def test_survey_ends_and_its_report_is_read(self):
        dossier = self._create_customer("Low")
        campaign = self._start_campaign()
        self._answer(
            self._get_response(campaign, dossier),
            {self.quality: (4, 5), self.service: (9, 9)},
        )
        self.start_tour(
            f"/odoo/survey-campaigns/{campaign.id}",
            "customer_survey_report",
            login="survey_mdo",
        )
        self.env.invalidate_all()
        report = campaign.report_ids
        self.assertEqual((campaign.state, report.state), ("closed", "submitted"))
        self.assertIn("too low", report.conclusions)
        self.assertRecordValues(
            campaign.sudo().measure_ids,
            [
                {
                    "dimension_id": self.quality.id,
                    "value_before": 45,
                    "value_target": 80,
                    "state": "proposed",
                }
            ],
        )
        self.start_tour(
            "/odoo/survey-analysis-reports",
            "customer_survey_report_read",
            login="survey_gmo",
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            report, [{"state": "acknowledged", "decided_by_id": self.gmo.id}]
        )

    def test_rep_responds_to_negative_feedback(self):
        dossier = self._create_customer("Angry")
        response = self._get_response(self._start_campaign(), dossier)
        self._answer(response, {self.service: (1, 2)}, text="Nobody calls back")
        self.start_tour(
            "/odoo/negative-feedback", "customer_survey_negative", login="survey_rep"
        )
        self.env.invalidate_all()
        negative = self.env["customer.negative.feedback"].search(
            [("survey_response_id", "=", response.id)]
        )
        self.assertRecordValues(
            negative,
            [
                {
                    "state": "responded",
                    "score": 15,
                    "responded_by_id": self.rep.id,
                    "response": "We deliver anew tomorrow.",
                }
            ],
        )


@tagged("post_install", "-at_install")
class TestSurveyTourPhone(SurveyCommon, HttpCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_interview(self):
        dossier = self._create_customer("Called")
        response = self._get_response(self._start_campaign(), dossier)
        response.interviewer_id = self.other_rep
        self.start_tour(
            f"/odoo/survey-responses/{response.id}",
            "customer_survey_interview",
            login="survey_rep2",
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            response,
            [
                {
                    "state": "answered",
                    "channel": "phone",
                    "interviewer_id": self.other_rep.id,
                    "answered_date": fields.Date.today(),
                    "index": 70,
                }
            ],
        )
