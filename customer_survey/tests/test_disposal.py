from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestDisposal(SurveyCommon):
    def test_answers_go_with_the_customer(self):
        dossier = self._create_customer("Numbatworks")
        other = self._create_customer("Bilbyworks")
        campaign = self._start_campaign()
        response = self._get_response(campaign, dossier).sudo()
        self._answer(response, {self.quality: (5, 5)}, text="bandicootopinion")
        form = response.sudo().form_ids
        lines = form.user_input_line_ids
        self.assertIn("bandicootopinion", lines.mapped("value_text_box"))
        # the customer's orders are of another test: accounting needs none here
        orders = self.env["sale.order"].search(
            [("partner_id", "=", dossier.partner_id.id)]
        )
        orders._action_cancel()

        self.assertFalse(dossier._get_obstacles())
        counts = dossier._destroy_customers()[dossier.id]

        self.assertEqual(counts["customer.survey.response"], 1)
        for records in (response, form, lines):
            self.assertFalse(records.exists())
        self.assertEqual(self._get_response(campaign, other).state, "invited")
