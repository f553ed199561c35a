from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerDossierLog(models.Model):
    """What happened to a dossier, when, by whom and why (A4, A14); append-only."""

    _name = "customer.dossier.log"
    _description = "Dossier Log"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "id desc"
    _rec_name = "event"

    dossier_id = fields.Many2one(
        "customer.dossier", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="dossier_id.company_id", store=True)
    event = fields.Selection(
        [
            ("submitted", "Submitted"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
            ("formal", "Became Formal"),
            ("offered", "Offered for Hand-over"),
            ("handed_over", "Handed Over"),
            ("allocated", "Allocated"),
            ("team", "Service Team Changed"),
            ("secrecy", "Secrecy Level Decided"),
            ("changed", "Key Facts Changed"),
            ("confirmed", "Changes Confirmed"),
            ("history", "Moved to History"),
            ("destroyed", "Destroyed"),
            ("reactivated", "Reactivated"),
            ("valued", "Value Decided"),
            ("merged", "Merged"),
            ("private_erased", "Private Data Erased"),
            ("staff_handover", "Staff Hand-over"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Acted By", required=True, readonly=True
    )
    date = fields.Datetime(required=True, readonly=True)
    state_from = fields.Char(readonly=True)
    state_to = fields.Char(readonly=True)
    reason = fields.Text(readonly=True)

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "dossier_id",
            "event",
            "user_id",
            "date",
            "state_from",
            "state_to",
            "reason",
        }

    @api.model
    def _may_read_domain(self):
        return self.env["customer.dossier"]._filed_may_read_domain()

    @api.depends("dossier_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    def _destroy(self):
        # what happened and when stays, without the words
        self._system_write({"reason": False})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        if not self._is_system():
            raise UserError(self.env._("The log of a dossier is never deleted."))
