from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CustomerSecrecyDecision(models.Model):
    """The decision on the secrecy level of a dossier or of one of its papers (D1).

    The keeper proposes, the route decides, the proposer gets it back; until then the
    old level applies.
    """

    _name = "customer.secrecy.decision"
    _description = "Decision on Secrecy"
    _inherit = ["customer.approval.mixin", "customer.dossier.content.mixin"]
    _order = "id desc"
    _rec_name = "level_id"

    document_id = fields.Many2one(
        "customer.document",
        string="Paper",
        domain="[('dossier_id', '=', dossier_id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the whole dossier.",
    )
    former_level_id = fields.Many2one(
        "customer.secrecy.level", readonly=True, ondelete="restrict"
    )
    level_id = fields.Many2one(
        "customer.secrecy.level",
        string="Proposed Level",
        required=True,
        ondelete="restrict",
    )
    reason = fields.Text(required=True)
    decided_on = fields.Datetime(readonly=True, copy=False)

    _one_pending = models.UniqueIndex(
        "(dossier_id, COALESCE(document_id, 0)) WHERE approval_state = 'pending'",
        "Another proposal is being decided on. Wait for it or withdraw it.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"former_level_id", "decided_on"}

    def _approval_locked_fields(self):
        return {"dossier_id", "document_id", "level_id", "reason"}

    @api.constrains("dossier_id", "document_id")
    def _check_document(self):
        for decision in self:
            document = decision.document_id
            if document and document.dossier_id != decision.dossier_id:
                raise ValidationError(
                    self.env._("The paper belongs to another dossier.")
                )

    def write(self, vals):
        if self._approval_locked_fields() & vals.keys() and not self._is_system():
            self._check_undecided()
        return super().write(vals)

    def _check_undecided(self):
        """What was decided stays on record, refused or not (D1)."""
        for decision in self:
            if decision.approval_state in ("approved", "rejected"):
                raise UserError(
                    self.env._(
                        "%(level)s was decided on already. Make a new proposal.",
                        level=decision.level_id.name,
                    )
                )

    @api.onchange("document_id")
    def _onchange_document_id(self):
        self.level_id = False

    def _get_level(self):
        """Return the level in force of what is decided on."""
        return self.document_id.secrecy_level_id or self.dossier_id.secrecy_level_id

    def action_submit(self):
        """Propose the level; only keepers do (D1)."""
        self.dossier_id._check_role("KEEPER")
        self.check_access("write")
        self._check_undecided()
        for decision in self:
            level = decision._get_level()
            if decision.level_id == level:
                raise UserError(
                    self.env._(
                        "%(level)s is the present level. Choose another one.",
                        level=level.name,
                    )
                )
            decision._system_write({"former_level_id": level.id})
            decision._request_approval(decision.reason)
        return {"type": "ir.actions.act_window_close"}

    def _approval_on_approved(self, approval):
        self._system_write({"decided_on": fields.Datetime.now()})
        if self.document_id:
            self.document_id._system_write({"secrecy_level_id": self.level_id.id})
        else:
            self.dossier_id._set_secrecy_level(self.level_id, self.reason)

    def _approval_on_rejected(self, approval):
        self._system_write({"decided_on": fields.Datetime.now()})
