from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyComplaint(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Dragon")
        campaign = cls._start_campaign(send=False)
        cls.response = cls._get_response(campaign, cls.dossier)

    def test_complaint_of_an_answer(self):
        action = self.response.with_user(self.rep).action_log_complaint()
        form = Form(
            self.env["customer.complaint"]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        form.complainant = "Liu"
        form.description = "He is not content with the deliveries."
        case = form.save()
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.dossier.partner_id.id,
                    "contact_id": self.response.contact_id.id,
                    "channel": "survey",
                    "survey_response_id": self.response.id,
                    "dossier_id": self.dossier.id,
                }
            ],
        )

    def test_who_may_not_read_the_answer_logs_none(self):
        for user in (self.other_rep, self.employee):
            with self.assertRaises(AccessError):
                self.response.with_user(user).action_log_complaint()
