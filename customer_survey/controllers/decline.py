from odoo import SUPERUSER_ID, fields
from odoo.http import Controller, request, route


class CustomerSurveyDecline(Controller):
    """The second link of an invitation: not to take part (G24).

    Whoever brings the token of an open form acts for the person it was issued to;
    for any other token there is no page, whatever is wrong with it.
    """

    @route(
        "/customer_survey/decline/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def ask(self, token):
        # changes nothing: scanners of mails open every link
        form_sudo = self._find_form(token)
        return request.render("customer_survey.decline", {"form": form_sudo})

    @route(
        "/customer_survey/decline/<string:token>/confirm",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def decline(self, token, opt_out=False):
        form_sudo = self._find_form(token)
        # with_user: the participant is nobody to Odoo; his token names his form
        form = form_sudo.with_user(SUPERUSER_ID)
        form.customer_response_id._decline_form(form)
        if opt_out:
            form.partner_id.survey_opt_out = True
        return request.render("customer_survey.declined", {"opt_out": opt_out})

    def _find_form(self, token):
        # sudo: the token, which is as long as a password, gives access to the form
        form_sudo = (
            request.env["survey.user_input"]
            .sudo()
            .search(
                [
                    ("access_token", "=", token),
                    (
                        "customer_response_id.state",
                        "in",
                        ("invited", "answered", "unreachable"),
                    ),
                    ("customer_campaign_id.state", "=", "running"),
                    ("customer_channel", "=", "web"),
                    ("test_entry", "=", False),
                    ("state", "!=", "done"),
                    ("deadline", ">=", fields.Datetime.now()),
                ]
            )
        )
        if not form_sudo:
            raise request.not_found()
        return form_sudo
