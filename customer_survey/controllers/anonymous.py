from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route


class CustomerSurveyAnonymous(Controller):
    """The link of an anonymous invitation, which works once (G24)."""

    @route(
        "/customer_survey/anonymous/<string:secret>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def show(self, secret):
        # changes nothing: scanners of mails open every link
        ticket = self._find_ticket(secret)
        return request.render(
            "customer_survey.anonymous",
            {
                "secret": secret,
                "campaign": ticket.campaign_id,
                "is_public": request.env.user._is_public(),
            },
        )

    @route(
        "/customer_survey/anonymous/<string:secret>/start",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def start(self, secret):
        ticket = self._find_ticket(secret)
        if not request.env.user._is_public():
            # the survey app would store who is signed in
            return request.redirect(f"/customer_survey/anonymous/{secret}")
        return request.redirect(ticket._use().get_start_url())

    @route(
        "/customer_survey/anonymous/<string:secret>/decline",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def decline(self, secret):
        self._find_ticket(secret).unlink()
        return request.render("customer_survey.declined")

    def _find_ticket(self, secret):
        # with_user: the participant is nobody to Odoo, and is to stay nobody
        ticket = request.env["customer.survey.ticket"].with_user(SUPERUSER_ID)
        ticket = ticket._find(secret)
        if not ticket:
            raise request.not_found()
        return ticket
