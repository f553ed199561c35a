from odoo import api, models

from ..models.customer_form import FormFact


class CustomerFormMeasure(models.AbstractModel):
    """纠正预防措施表: the printed sheet of a measure (G21)."""

    _name = "customer.form.measure"
    _description = "Printed Form of a Measure"
    _inherit = "customer.form"

    @api.model
    def _get_blocks(self, measure):
        """Return the blocks of the sheet of one ``measure``; an empty one gives the
        blank sheet."""
        origin = FormFact(
            self.env._("Origin"), measure and measure._get_origin_name(), wide=True
        )
        return [
            self._get_facts(
                "problem",
                self.env._("Problem and Cause"),
                [
                    self._get_fact(measure, "name", wide=True),
                    origin,
                    self._get_fact(measure, "kind"),
                    self._get_fact(measure, "partner_id"),
                    self._get_fact(measure, "cause"),
                ],
            ),
            self._get_facts(
                "measures",
                self.env._("Measures"),
                [
                    self._get_fact(measure, "action", self.env._("Corrective Measure")),
                    self._get_fact(measure, "preventive_action"),
                    self._get_fact(measure, "department_id"),
                    self._get_fact(measure, "user_id"),
                    self._get_fact(measure, "date_due"),
                    self._get_fact(measure, "date_done"),
                ],
            ),
            self._get_verification(measure),
        ]

    @api.model
    def _get_verification(self, measure):
        """Return the block of the effect; a figure that is 0 is printed, unless none
        is expected at all."""
        figures = []
        for name in ("value_before", "value_target", "value_after"):
            fact = self._get_fact(measure, name)
            known = measure.verified_date or name != "value_after"
            if fact and measure.value_target and known:
                fact = fact._replace(value=f"{measure[name]:.1f}")
            figures.append(fact)
        return self._get_facts(
            "verification",
            self.env._("Effect Check"),
            [
                *figures,
                self._get_fact(measure, "state", self.env._("Status")),
                self._get_fact(measure, "verification"),
            ],
        )

    @api.model
    def _get_signatures(self, measure):
        """Return who answered for it, judged and approved it: dicts of ``office``,
        ``name``, ``date`` and ``mark``, the decision on record."""
        approved = measure.approval_decision_ids.filtered(
            lambda decision: decision.decision == "approved"
        )
        boxes = [
            {
                "office": self.env._("Responsible"),
                "name": measure.user_id.name,
                "date": measure.date_done,
            },
            {
                "office": self.env._("Verifier"),
                "name": measure.verifier_id.name,
                "date": measure.verified_date,
            },
        ]
        decision = approved[-1:]
        if not decision:
            return [*boxes, {"office": self.env._("General Manager")}]
        return [
            *boxes,
            {
                "office": decision.step,
                "name": decision.user_id.name,
                "date": decision.date,
                "mark": self.env._(
                    "approved %(date)s", date=self._get_value(decision, "date")
                ),
            },
        ]
