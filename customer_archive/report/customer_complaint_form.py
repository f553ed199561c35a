from odoo import api, models


class CustomerFormComplaint(models.AbstractModel):
    """投诉处理意见书: the opinion on a case for the files, and the letter that tells
    the customer (B28)."""

    _name = "customer.form.complaint"
    _description = "Printed Form of a Case"
    _inherit = "customer.form"

    @api.model
    def _get_blocks(self, complaint):
        """Return the blocks of the opinion for the files: complete, with names."""
        return [
            self._get_facts(
                "complaint",
                self.env._("Complaint"),
                [
                    self._get_fact(complaint, "partner_id"),
                    self._get_fact(complaint, "complainant"),
                    self._get_fact(complaint, "received_at"),
                    self._get_fact(complaint, "channel"),
                    self._get_fact(complaint, "kind"),
                    self._get_fact(complaint, "type_id"),
                    self._get_fact(complaint, "product_id"),
                    self._get_fact(complaint, "order_id"),
                    self._get_fact(complaint, "description"),
                ],
            ),
            self._get_facts(
                "investigation",
                self.env._("Investigation"),
                [
                    self._get_fact(complaint, "cause"),
                    self._get_fact(complaint, "evidence"),
                    self._get_fact(complaint, "liable_team_id"),
                    self._get_fact(complaint, "liable_user_id"),
                ],
            ),
            self._get_facts(
                "decision",
                self.env._("Handling Opinion"),
                [
                    self._get_fact(complaint, "solution"),
                    self._get_fact(complaint, "outcome"),
                    self._get_fact(complaint, "compensation"),
                    self._get_fact(complaint, "counter_demand"),
                ],
            ),
            self._get_table(
                "measures",
                self.env._("Measures"),
                complaint.measure_ids,
                ["action", "user_id", "date_due", "state"],
            ),
            self._get_table(
                "approval",
                self.env._("Approvals"),
                complaint.approval_decision_ids,
                ["date", "step", "decision", "user_id", "comment"],
                empty=1,
            ),
            self._get_table(
                "dispatch",
                self.env._("Sent to the Customer"),
                complaint.dispatch_ids,
                ["number", "date", "medium", "recipient", "user_id"],
                empty=1,
            ),
        ]

    @api.model
    def _get_letter_blocks(self, complaint):
        """Return the blocks of the letter: what concerns the customer, no names of
        employees, nothing that is not filled in."""
        blocks = [
            self._get_facts(
                "complaint",
                self.env._("Your Complaint"),
                [
                    self._get_fact(complaint, "number", self.env._("Case Number")),
                    self._get_fact(complaint, "received_at"),
                    self._get_filled(complaint, "product_id"),
                    self._get_filled(complaint, "order_id"),
                    self._get_fact(complaint, "description"),
                ],
            ),
            self._get_facts(
                "investigation",
                self.env._("What We Found"),
                [
                    self._get_filled(complaint, "cause"),
                    self._get_filled(complaint, "liable_team_id"),
                ],
            ),
            self._get_facts(
                "decision",
                self.env._("What We Decided"),
                [
                    self._get_filled(complaint, "solution"),
                    self._get_filled(complaint, "compensation"),
                ],
            ),
        ]
        if complaint.measure_ids:
            blocks.append(
                self._get_table(
                    "measures",
                    self.env._("What We Do"),
                    complaint.measure_ids,
                    ["action", "date_due"],
                )
            )
        return [block for block in blocks if block.lines]

    @api.model
    def _get_filled(self, complaint, name):
        return self._get_fact(complaint, name) if complaint[name] else None

    @api.model
    def _get_signatures(self, complaint):
        """Return who organised, decided and dispatched: dicts of ``office``, ``name``,
        ``date`` and ``mark``, the decision on record."""
        approval = complaint.approval_id
        boxes = [
            {
                "office": self.env._("Organiser"),
                "name": approval.requester_id.name,
                "date": approval.create_date,
            }
        ]
        approved = approval.decision_ids.filtered(
            lambda decision: decision.decision == "approved"
        )
        boxes += [
            {
                "office": decision.step,
                "name": decision.user_id.name,
                "date": decision.date,
                "mark": self.env._(
                    "approved %(date)s", date=self._get_value(decision, "date")
                ),
            }
            for decision in approved
        ] or [{"office": self.env._("Decided by")}]
        letter = complaint.dispatch_ids.filtered("number")[:1]
        return [
            *boxes,
            {
                "office": self.env._("Dispatched by"),
                "name": letter.user_id.name,
                "date": letter.date,
                "mark": letter.number,
            },
        ]
