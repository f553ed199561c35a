from odoo import api, models
from odoo.tools import format_datetime

CUSTOMERS = ("dossier", "kept", "served", "customer", "contact")
LENT = ("borrowed",)
PAPERS = ("paper",)


class CustomerFormStaffHandover(models.AbstractModel):
    """客户资料交接清单: what an employee hands over, item by item (D28)."""

    _name = "customer.form.staff.handover"
    _description = "Printed Hand-over List"
    _inherit = ["customer.form"]

    @api.model
    def _get_blocks(self, handover):
        names = ["kind", "item", "successor_id", "department_user_id", "keeper_user_id"]
        return [
            self._get_facts(
                "handover",
                "",
                [
                    self._get_fact(handover, "user_id"),
                    self._get_fact(handover, "team_id"),
                    self._get_fact(handover, "reason"),
                    self._get_fact(handover, "date_last"),
                    self._get_fact(handover, "successor_id"),
                    self._get_fact(handover, "state", self.env._("Status")),
                    self._get_fact(handover, "started_on"),
                    self._get_fact(handover, "done_on"),
                ],
            ),
            *(
                self._get_table(name, title, lines, names, empty=1)
                for name, title, lines in self._get_parts(handover.line_ids)
            ),
        ]

    @api.model
    def _get_parts(self, lines):
        """Return (name, title, lines) of the tables."""
        listed = (*CUSTOMERS, *LENT, *PAPERS)
        return [
            (
                "customers",
                self.env._("Customers"),
                lines.filtered(lambda line: line.kind in CUSTOMERS),
            ),
            (
                "tasks",
                self.env._("Open Tasks"),
                lines.filtered(lambda line: line.kind not in listed),
            ),
            (
                "lent",
                self.env._("Lent Items"),
                lines.filtered(lambda line: line.kind in LENT),
            ),
            (
                "papers",
                self.env._("Papers and Keys"),
                lines.filtered(lambda line: line.kind in PAPERS),
            ),
        ]

    @api.model
    def _get_signature(self, handover, *codes):
        """Return the decision by which a role with one of ``codes`` signed."""
        return handover.approval_id.decision_ids.filtered(
            lambda given: (
                given.decision == "approved" and given.line_id.role_id.code in codes
            )
        )

    @api.model
    def _get_signature_text(self, decision):
        """Return the record of the approval in place of a drawn signature."""
        if not decision:
            return ""
        return self.env._(
            "approved %(time)s",
            time=format_datetime(self.env, decision.date, dt_format="short"),
        )
