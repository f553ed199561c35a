from odoo import models
from odoo.fields import Domain

REEVALUATION_TYPE = "customer_credit.mail_activity_type_reevaluation"


class CustomerCreditAccount(models.Model):
    """What the customer's grade asks of the finance department (E12)."""

    _inherit = "customer.credit.account"

    def _has_approved_limit(self):
        """Return whether a limit was granted already, be it one of 0."""
        self.ensure_one()
        return bool(
            self.limit_amount
            or self.group_id
            or self.env["customer.credit.assessment"].search_count(
                Domain("account_id", "=", self.id)
                & Domain("approval_state", "=", "approved"),
                limit=1,
            )
        )

    def _open_default_assessment(self, consequence):
        """Open a draft with the limit that follows from the grade and ask finance to
        complete it; what is being worked on already is left alone. In sudo.

        :param consequence: a ``customer.grade.consequence`` with a limit
        """
        assessments = self.env["customer.credit.assessment"]
        if assessments.search_count(
            Domain("account_id", "=", self.id)
            & Domain("approval_state", "in", ("none", "pending")),
            limit=1,
        ):
            return
        values = {
            "account_id": self.id,
            "kind": "assessment",
            "limit_amount": consequence.credit_limit,
            "limit_currency_id": consequence.credit_currency_id.id,
            "reason": self.env._("Default limit of the customer's grade."),
        }
        if consequence.credit_term_days:
            values["term_days"] = consequence.credit_term_days
        self._ask_finance(
            assessments._system_create([values]),
            "mail.mail_activity_data_todo",
            lambda env: env._("Decide on the first limit of a graded customer"),
        )

    def _ask_reevaluation(self, fell):
        """Ask finance once to look at the limit again when the tier fell; a tier that
        did not fall asks nothing any more. In sudo."""
        if not fell:
            self.activity_unlink([REEVALUATION_TYPE])
        elif not self.activity_search([REEVALUATION_TYPE]):
            self._ask_finance(
                self,
                REEVALUATION_TYPE,
                lambda env: env._("The customer's grade fell: review his credit limit"),
            )

    def _ask_finance(self, document, activity_type, get_summary):
        """Give the finance department a to-do on ``document``, without figures.

        :param get_summary: gets an environment in the reader's language, returns a text
        """
        # the to-do is enough, no mail for each customer
        quiet = document.with_context(mail_activity_quick_update=True)
        for user in self.env["customer.role"]._get_members("FIN", self.company_id):
            quiet.activity_schedule(
                activity_type,
                user_id=user.id,
                summary=get_summary(self.with_context(lang=user.lang).env),
            )
