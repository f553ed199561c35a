from odoo import api, fields, models
from odoo.exceptions import UserError

ACTIVITY_TYPE = "mail.mail_activity_data_todo"


class CustomerHandover(models.Model):
    """The transfer of a formal dossier from its unit to the order follow-up group
    (A7): offered by the unit, in force once somebody of the group has accepted."""

    _name = "customer.handover"
    _description = "Dossier Hand-over"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "id desc"
    _rec_name = "dossier_id"

    team_id = fields.Many2one("crm.team", string="From Unit", readonly=True)
    user_id = fields.Many2one("res.users", string="Former Rep", readonly=True)
    offered_by_id = fields.Many2one("res.users", readonly=True)
    offered_on = fields.Datetime(readonly=True)
    items = fields.Text(
        readonly=True,
        prefetch="guarded",
        help="What the dossier held when it was offered.",
    )
    state = fields.Selection(
        [("open", "Open"), ("done", "Completed")],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    accepted_by_id = fields.Many2one("res.users", readonly=True)
    accepted_on = fields.Datetime(readonly=True)
    may_accept = fields.Boolean(compute="_compute_may_accept")

    _one_open = models.UniqueIndex(
        "(dossier_id) WHERE state = 'open'", "The dossier is being handed over already."
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "dossier_id",
            "team_id",
            "user_id",
            "offered_by_id",
            "offered_on",
            "items",
            "state",
            "accepted_by_id",
            "accepted_on",
        }

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_may_accept(self):
        in_group = self.env.user.has_group("customer_archive.group_fug")
        for handover in self:
            handover.may_accept = in_group and handover.state == "open"

    @api.model
    def _offer(self, dossiers):
        """Put ``dossiers`` into the inbox of the order follow-up group. The unit
        stays responsible until somebody there accepts."""
        # sudo: a hand-over is written by the system; the caller checked who acts
        handovers_sudo = self.sudo()._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "team_id": dossier.team_id.id,
                    "user_id": dossier.user_id.id,
                    "offered_by_id": self.env.uid,
                    "offered_on": fields.Datetime.now(),
                    "items": "\n".join(dossier._get_handover_items()),
                    "state": "open",
                }
                for dossier in dossiers
            ]
        )
        dossiers_sudo = dossiers.sudo()
        dossiers_sudo._system_write({"handover_state": "open"})
        dossiers_sudo._log("offered")
        group = self.env.ref("customer_archive.customer_role_fug").sudo().group_id
        for handover_sudo in handovers_sudo:
            for user in handover_sudo.dossier_id._readers_among(group.all_user_ids):
                handover_sudo.activity_schedule(
                    ACTIVITY_TYPE,
                    user_id=user.id,
                    summary=self.with_context(lang=user.lang).env._(
                        "Accept the dossier"
                    ),
                )
        return handovers_sudo.sudo(self.env.su)

    def action_accept(self):
        """Take the dossiers over: who accepts answers for them from now on; the rep
        so far stays in the service team (A7, A15)."""
        if not self.env.user.has_group("customer_archive.group_fug"):
            raise UserError(
                self.env._("Only the order follow-up group accepts a dossier.")
            )
        self.check_access("read")
        # sudo: who accepts gains the rights by this very act
        for handover_sudo in self.sudo():
            if handover_sudo.state != "open":
                raise UserError(
                    self.env._(
                        "The hand-over of %(dossier)s is completed already.",
                        dossier=handover_sudo.dossier_id.number,
                    )
                )
            handover_sudo._system_write(
                {
                    "state": "done",
                    "accepted_by_id": self.env.uid,
                    "accepted_on": fields.Datetime.now(),
                }
            )
            handover_sudo.activity_unlink([ACTIVITY_TYPE])
            handover_sudo.dossier_id._accept_handover(self.env.user)
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        if not self._is_system():
            raise UserError(self.env._("A hand-over stays on record."))
