from odoo import api, models


class CustomerFormLeakIncident(models.AbstractModel):
    """The printed leak incident with its extract of the access register (D26)."""

    _name = "customer.form.leak.incident"
    _description = "Printed Form of a Leak Incident"
    _inherit = "customer.form"

    @api.model
    def _get_blocks(self, incident):
        """Return the blocks of the form of one ``incident``."""
        return [
            self._get_facts(
                "incident",
                self.env._("Discovery"),
                [
                    self._get_fact(incident, "discovered_on"),
                    self._get_fact(incident, "discovered_by_id"),
                    self._get_fact(incident, "person_id"),
                    self._get_fact(incident, "person_name"),
                    self._get_fact(incident, "loss_amount"),
                    self._get_fact(incident, "state", self.env._("Status")),
                    self._get_fact(incident, "dossier_numbers", wide=True),
                    self._get_fact(incident, "description"),
                ],
            ),
            self._get_facts(
                "decision",
                self.env._("Investigation and Decision"),
                [
                    self._get_fact(incident, "investigation"),
                    self._get_fact(incident, "decision_kind", wide=True),
                    self._get_fact(incident, "decision"),
                ],
            ),
            self._get_table(
                "register",
                self.env._("Extract of the Access Register"),
                incident.access_log_ids,
                ["create_date", "user_id", "operation", "dossier_id", "purpose"],
            ),
            self._get_table(
                "approval",
                self.env._("Approval of the Closing"),
                incident.approval_decision_ids,
                ["date", "step", "decision", "user_id", "comment"],
                empty=1,
            ),
        ]
