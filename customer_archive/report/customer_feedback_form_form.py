from odoo import api, models


class CustomerFormFeedback(models.AbstractModel):
    """The printed problem feedback form: the problem above, the reply below (B33)."""

    _name = "customer.form.feedback"
    _description = "Printed Problem Feedback Form"
    _inherit = "customer.form"

    @api.model
    def _get_problem(self, form):
        """Return the blocks of the upper half; an empty ``form`` gives the blank
        one."""
        return [
            self._get_facts(
                "problem",
                self.env._("Problem of the Customer"),
                [
                    self._get_fact(form, "partner_id"),
                    self._get_fact(form, "complaint_id"),
                    self._get_fact(form, "product_id"),
                    self._get_fact(form, "serial"),
                    self._get_fact(form, "problem"),
                ],
            )
        ]

    @api.model
    def _get_reply(self, form):
        """Return the blocks of the lower half."""
        return [
            self._get_facts(
                "reply",
                self.env._("Reply"),
                [self._get_fact(form, "cause"), self._get_fact(form, "answer")],
            )
        ]
