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
        response = cls.env["customer.survey.response"]._system_create(
            [
                {
                    "campaign_id": campaign.id,
                    "dossier_id": cls.dossier.id,
                    "state": "answered",
                    "answered_date": "2030-01-31",
                    "index": 43.21,
                }
            ]
        )
        cls.env["survey.user_input"].create(
            {"survey_id": survey.id, "customer_response_id": response.id}
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
        answer = cls.env["customer.survey.answer"]._system_create(
            [
                {
                    "response_id": response.id,
                    "question_id": survey.question_ids[0].id,
                    "score": 43.21,
                }
            ]
        )
        analysis = cls.env["customer.satisfaction.report"].search(
            [("response_id", "=", response.id), ("level", "=", "overall")]
        )
        opinion = cls.env["customer.survey.opinion"]._system_create(
            [
                {
                    "campaign_id": campaign.id,
                    "response_id": response.id,
                    "text": "43.21",
                }
            ]
        )
        result = cls.env["customer.survey.result"]._system_create(
            [{"campaign_id": campaign.id, "score": 43.21}]
        )
        report = cls.env["customer.survey.report"]._system_create(
            [
                {
                    "name": "43.21",
                    "campaign_id": campaign.id,
                    "date_due": "2031-01-14",
                }
            ]
        )
        feedback = cls.env["customer.satisfaction.feedback"].create(
            {
                "dossier_id": cls.dossier.id,
                "satisfaction": "2",
                "remark": "43.21",
            }
        )
        negative = cls.env["customer.negative.feedback"]._system_create(
            [
                {
                    "partner_id": cls.dossier.partner_id.id,
                    "dossier_id": cls.dossier.id,
                    "company_id": cls.env.company.id,
                    "user_id": cls.rep.id,
                    "statement": "43.21",
                    "received_at": "2030-01-31 08:00:00",
                    "response_due": "2030-02-01 08:00:00",
                }
            ]
        )
        assessment = cls.env["customer.satisfaction.assessment"]._system_create(
            [
                {
                    "name": "43.21",
                    "date_from": "2030-01-01",
                    "date_to": "2030-06-30",
                    "team_id": cls.unit.id,
                    "assessment": "43.21",
                }
            ]
        )
        assessment._system_write({"score": 43.21})
        figure = cls.env["customer.satisfaction.figure"]._system_create(
            [{"assessment_id": assessment.id, "source": "survey", "score": 43.21}]
        )
        return {
            record._name: record
            for record in (
                response,
                score,
                answer,
                analysis,
                opinion,
                result,
                cls.env["customer.survey.participation"].browse(response.id),
                report,
                feedback,
                negative,
                assessment,
                figure,
            )
        }
