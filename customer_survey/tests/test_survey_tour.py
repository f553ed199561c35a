from odoo.tests import HttpCase, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyTour(SurveyCommon, HttpCase):
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
