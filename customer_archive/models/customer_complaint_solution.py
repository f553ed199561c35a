from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# what the decision is about: unchanged while the solution is carried out
SOLUTION_FIELDS = {
    "cause",
    "evidence",
    "liable_team_id",
    "liable_user_id",
    "solution",
    "outcome",
    "counter_demand",
    "compensation",
}


class CustomerComplaint(models.Model):
    """What was found, what is done about it and how it is kept from happening again
    (B15-B24)."""

    _inherit = "customer.complaint"

    liable_user_id = fields.Many2one(tracking=True)
    similar_count = fields.Integer(string="Similar Cases", compute="_compute_similar")
    measure_count = fields.Integer(string="Measures", compute="_compute_measure_count")

    _compensation_positive = models.Constraint(
        "CHECK(compensation >= 0)", "A compensation cannot be negative."
    )

    # ------------------------------------------------------------ earlier cases (B24)

    @api.depends("partner_id", "type_id", "product_id", "received_at")
    @api.depends_context("uid")
    def _compute_similar(self):
        for complaint in self:
            complaint.similar_count = self.search_count(complaint._similar_domain())

    def _similar_domain(self):
        """Return the Domain of the earlier cases of the same customer, or of the same
        type and product."""
        same = Domain.FALSE
        if not self.received_at:
            return same
        if self.partner_id:
            same |= Domain("partner_id", "=", self.partner_id.id)
        if self.type_id and self.product_id:
            same |= Domain("type_id", "=", self.type_id.id) & Domain(
                "product_id", "=", self.product_id.id
            )
        return (
            same
            & Domain("id", "not in", self._origin.ids)
            & Domain("received_at", "<=", self.received_at)
        )

    def action_view_similar(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Similar Cases"),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": list(self._similar_domain()),
        }

    def _judge_recurrence(self):
        """Take the preventive measures that did not keep this case from happening for
        not effective: of an earlier case of the same company, type and product, and
        done before the customer complained (B24)."""
        self.ensure_one()
        if not self.type_id or not self.product_id:
            return
        # sudo: whoever investigates need not know the other customers' cases
        earlier = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("type_id", "=", self.type_id.id)
            & Domain("product_id", "=", self.product_id.id)
            & Domain("received_at", "<", self.received_at)
            & Domain("id", "!=", self.id)
        )
        measures_sudo = self.env["customer.measure"].sudo()
        measures_sudo.search(
            Domain("kind", "=", "preventive")
            & Domain("state", "in", ("executing", "effective"))
            & Domain("date_done", "<", self.received_at.date())
            & Domain("complaint_id", "any", earlier)
        )._fail_for(self.sudo())

    # ------------------------------------------------------------ measures

    @api.depends("measure_ids")
    def _compute_measure_count(self):
        for complaint in self:
            complaint.measure_count = len(complaint.measure_ids)

    def action_view_measures(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Measures"),
            "res_model": "customer.measure",
            "views": [(False, "list"), (False, "form")],
            "domain": [("complaint_id", "=", self.id)],
            "context": {
                "default_complaint_id": self.id,
                "default_verifier_id": self.receiver_id.id,
            },
        }

    # ------------------------------------------------------------ guard

    def write(self, vals):
        changed = SOLUTION_FIELDS.intersection(vals)
        if changed and not self._is_system():
            self._check_solution_open(changed)
        result = super().write(vals)
        if {"partner_id", "company_id"} & vals.keys():
            # sudo: where measures are filed follows the case
            for complaint_sudo in self.sudo().filtered("measure_ids"):
                complaint_sudo.measure_ids._system_write(
                    complaint_sudo._prepare_measure_values()
                )
        return result

    def _check_solution_open(self, names):
        for complaint in self:
            if complaint.state in ("executing", "confirmation"):
                raise UserError(
                    self.env._(
                        "The solution of %(number)s is being carried out: %(fields)s "
                        "cannot be changed.",
                        number=complaint.number,
                        fields=[self._fields[name].string for name in sorted(names)],
                    )
                )
            if "liable_user_id" in names and not self.env.su:
                # whoever was found responsible does not clear himself (B16)
                complaint._check_not_liable()

    def _prepare_measure_values(self):
        """Return what a measure takes over from this case, in sudo."""
        return {
            "origin_model": self._name,
            "origin_id": self.id,
            "dossier_id": self.dossier_id.id,
            "team_id": self.team_id.id,
            "company_id": self.company_id.id,
        }

    # ------------------------------------------------------------ what is missing

    def _get_missing_in_solution(self):
        """Return the names of what a solution lacks (B15, B17, B19)."""
        self.ensure_one()
        # sudo: the flow is configuration
        names = ["solution"]
        if self.sudo().flow_id.needs_investigation:
            names = ["cause", "liable_team_id", "liable_user_id", *names]
        if self.outcome == "counter":
            names.append("counter_demand")
        elif self.outcome == "compensation":
            names.append("compensation")
        missing = [
            self._fields[name]._description_string(self.env)
            for name in names
            if not (self[name].strip() if isinstance(self[name], str) else self[name])
        ]
        if not self.sudo().flow_id.needs_investigation:
            return missing
        if not (self.evidence or "").strip() and not self.message_attachment_count:
            missing.append(self.env._("evidence, as text or file"))
        # sudo: what is missing is said to everybody who works on the case
        measures_sudo = self.sudo().measure_ids.filtered(
            lambda measure: measure.state in ("proposed", "approved", "executing")
        )
        if not measures_sudo:
            missing.append(self.env._("a measure with responsible person and date"))
        if self.liable_user_id & measures_sudo.verifier_id:
            missing.append(
                self.env._(
                    "another verifier than %(name)s, who was found responsible",
                    name=self.liable_user_id.name,
                )
            )
        return missing

    def _get_missing_prevention(self):
        """Return what is missing for it not to happen again, each a clause of one
        sentence; in sudo (B23)."""
        missing = []
        if not self.root_cause_id:
            missing.append(self.env._("the root cause is missing"))
        if not self.prevention:
            missing.append(
                self.env._("whether a preventive measure is needed is not said")
            )
        elif self.prevention == "none" and not (self.prevention_reason or "").strip():
            missing.append(
                self.env._("the reason why no prevention is needed is missing")
            )
        elif self.prevention == "measure" and "preventive" not in (
            self.measure_ids.mapped("kind")
        ):
            missing.append(self.env._("the preventive measure is missing"))
        return missing
