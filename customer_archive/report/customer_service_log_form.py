from odoo import api, models


class CustomerFormServiceLog(models.AbstractModel):
    """The printed service log (B35)."""

    _name = "customer.form.service.log"
    _description = "Printed Form of a Service Log"
    _inherit = "customer.form"

    @api.model
    def _get_blocks(self, log):
        """Return the blocks of the form of one ``log``; an empty one gives the blank
        form."""
        blocks = [
            self._get_facts(
                "service",
                self.env._("Service Performed"),
                [
                    self._get_fact(log, "partner_id"),
                    self._get_fact(log, "contact_id"),
                    self._get_fact(log, "complaint_id"),
                    self._get_fact(log, "mode"),
                    self._get_fact(log, "date_start"),
                    self._get_fact(log, "date_end"),
                    self._get_fact(log, "hours"),
                    self._get_fact(log, "user_id"),
                    self._get_fact(log, "place", wide=True),
                    self._get_fact(log, "product_id"),
                    self._get_fact(log, "serial"),
                ],
            ),
            self._get_facts(
                "work",
                self.env._("Problem and Work"),
                [
                    self._get_fact(log, "problem"),
                    self._get_fact(log, "work"),
                    self._get_fact(log, "result", wide=True),
                    self._get_fact(log, "note"),
                ],
            ),
            self._get_table(
                "parts",
                self.env._("Spare Parts"),
                log.part_ids,
                ["name", "quantity", "uom_id"],
            ),
        ]
        if log.is_training or not log:
            blocks.append(
                self._get_facts(
                    "training",
                    self.env._("Training"),
                    [
                        self._get_fact(log, "training_topic", wide=True),
                        self._get_fact(log, "attendees"),
                        self._get_fact(log, "training_score", wide=True),
                    ],
                )
            )
        return blocks
