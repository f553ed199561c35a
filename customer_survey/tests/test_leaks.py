from odoo.tests import HttpCase, tagged

from odoo.addons.customer_archive.tests import (
    test_leaks,
    test_leaks_http,
    test_leaks_mail,
)


@tagged("post_install", "-at_install")
class TestLeaks(
    test_leaks.LeaksLoop,
    test_leaks_mail.LeaksMailLoop,
    test_leaks_http.LeaksHttpLoop,
    test_leaks.LeaksCommon,
    HttpCase,
):
    """The attacks on what is secret in this addon (D8)."""

    ADDON = "customer_survey"
    FIGURES = ("43.21",)

    @classmethod
    def _strangers(cls):
        return (cls.bum2, cls.fug, cls.outsider, cls.rep2, cls.admin_user)

    @classmethod
    def _records(cls):
        campaign = cls.env["customer.survey.campaign"].create(
            {"name": "2030", "date_deadline": "2030-12-31"}
        )
        survey = cls.env.ref("customer_survey.survey_customer_satisfaction")
        form = cls.env["survey.user_input"].create({"survey_id": survey.id})
        response = cls.env["customer.survey.response"]._system_create(
            [
                {
                    "campaign_id": campaign.id,
                    "dossier_id": cls.dossier.id,
                    "state": "answered",
                    "user_input_id": form.id,
                    "answered_date": "2030-01-31",
                    "index": 43.21,
                }
            ]
        )
        score = cls.env["customer.survey.score"]._system_create(
            [
                {
                    "response_id": response.id,
                    "dimension_id": cls.env.ref(
                        "customer_survey.customer_survey_dimension_quality"
                    ).id,
                    "score": 43.21,
                    "weight": 1.0,
                    "answer_count": 1,
                }
            ]
        )
        return {response._name: response, score._name: score}
