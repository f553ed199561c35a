from odoo import api, models

from odoo.addons.customer_archive.models.customer_form import TICK, FormFact


class CustomerFormSatisfactionFeedback(models.AbstractModel):
    """The printed short feedback form (C19)."""

    _name = "customer.form.satisfaction.feedback"
    _description = "Printed Short Feedback Form"
    _inherit = "customer.form"

    @api.model
    def _get_contact(self, feedback, customer):
        """Return the blocks above the scores; an empty ``feedback`` gives the blank
        form, of ``customer`` where one is named."""
        return [
            self._get_facts(
                "contact",
                self.env._("Customer and Occasion"),
                [
                    FormFact(self.env._("Customer"), customer.name or None, wide=True),
                    self._get_fact(
                        feedback, "contact_id", self.env._("Contact Person")
                    ),
                    self._get_fact(feedback, "date"),
                    self._get_fact(feedback, "occasion"),
                    self._get_fact(feedback, "user_id"),
                ],
            )
        ]

    @api.model
    def _get_scores(self, feedback):
        """Return (1 to 5, what it means, tick or nothing) of the five boxes."""
        labels = feedback._fields["satisfaction"]._description_selection(self.env)
        return [
            (value, label, TICK if feedback.satisfaction == value else None)
            for value, label in labels
        ]
