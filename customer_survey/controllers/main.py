from odoo import http
from odoo.http import request

from odoo.addons.survey.controllers.main import Survey


class CustomerSurvey(Survey):
    def _check_validity(
        self,
        survey_sudo,
        answer_sudo,
        answer_token,
        ensure_token=True,
        check_partner=True,
    ):
        """The form of an interview stays the customer's, but only the interviewer
        fills it in, and nobody finishes a form when another one has been counted
        (G6, G8)."""
        # EXTENDS 'survey'
        is_interview = bool(answer_sudo and answer_sudo.customer_interviewer_id)
        if is_interview and not answer_sudo._is_interviewed_by(request.env.user):
            return "answer_wrong_user"
        validity = super()._check_validity(
            survey_sudo,
            answer_sudo,
            answer_token,
            ensure_token=ensure_token,
            check_partner=check_partner and not is_interview,
        )
        if is_interview and validity in (True, "answer_deadline"):
            validity = answer_sudo._is_interview_open() or "answer_deadline"
        if validity is True and answer_sudo and answer_sudo._is_superseded():
            return "answer_superseded"
        return validity

    def _redirect_with_error(self, access_data, error_key):
        # EXTENDS 'survey'
        if error_key == "answer_superseded":
            return request.render(
                "customer_survey.form_superseded_page",
                {
                    "survey": access_data["survey_sudo"],
                    # as "answer" the layout would look for the page it has got to
                    "form": access_data["answer_sudo"],
                },
            )
        return super()._redirect_with_error(access_data, error_key)

    @http.route()
    def survey_submit(self, survey_token, answer_token, **post):
        """Say on the page that an answer came too late, where the survey app would
        only know of an error."""
        # EXTENDS 'survey'
        correct_answers, content = super().survey_submit(
            survey_token, answer_token, **post
        )
        if content.get("error") == "answer_superseded":
            _survey_sudo, answer_sudo = self._fetch_from_access_token(
                survey_token, answer_token
            )
            values = {"form": answer_sudo}
            content = {
                "survey_content": request.env["ir.qweb"]._render(
                    "customer_survey.form_superseded", values
                )
            }
        return correct_answers, content
