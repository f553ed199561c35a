from odoo import api, models
from odoo.exceptions import UserError

from ..models.customer_form import FormBlock, FormColumn, FormFact


class CustomerFormDisposal(models.AbstractModel):
    """资料销毁证明: the certificate of a destruction, without personal data (D31)."""

    _name = "customer.form.disposal"
    _description = "Printed Certificate of a Destruction"
    _inherit = "customer.form"

    @api.model
    def _get_certificate(self, disposal):
        if disposal and disposal.state != "done":
            raise UserError(
                self.env._(
                    "%(number)s has not been destroyed: there is no certificate yet.",
                    number=disposal.number,
                )
            )
        facts = self._get_facts(
            "disposal",
            self.env._("Destruction"),
            [
                self._get_fact(disposal, "number"),
                self._get_fact(disposal, "origin", self.env._("Candidate Because")),
                self._get_fact(disposal, "reason_kind"),
                self._get_fact(disposal, "reason"),
                self._get_fact(disposal, "decided_by_id"),
                self._get_fact(disposal, "decided_on"),
                self._get_fact(disposal, "approver_id"),
                self._get_fact(disposal, "approved_on"),
                self._get_fact(disposal, "destroyed_by_id"),
                self._get_fact(disposal, "destroyed_on"),
                FormFact(
                    self._get_label(disposal, "paper_destroyed"),
                    self.env._("Yes") if disposal.paper_destroyed else self.env._("No"),
                ),
                self._get_fact(disposal, "paper_destroyed_on"),
            ],
        )
        # sudo: names of models
        models_sudo = self.env["ir.model"].sudo()
        contents = disposal.contents or {}
        return [
            facts,
            FormBlock(
                "contents",
                self.env._("Destroyed Contents"),
                [
                    [models_sudo._get(name).name, str(count)]
                    for name, count in sorted(contents.items())
                ],
                [
                    FormColumn(self.env._("Kind"), 6),
                    FormColumn(self.env._("Number of Records"), 2, is_number=True),
                ],
                len(contents),
            ),
        ]
