from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

ACTIVITY_TYPE = "customer_archive.mail_activity_type_verification"


class CustomerVerification(models.Model):
    """One check of a customer's base data: to do, done or exempted (A53, A54).

    Written by the system: the duty and the campaign open it, the button «Verify
    Data» of the dossier settles it.
    """

    _name = "customer.verification"
    _description = "Verification of Customer Data"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "date_due desc, id desc"
    _rec_name = "partner_id"

    campaign_id = fields.Many2one(
        "customer.verification.campaign",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    team_id = fields.Many2one(
        related="dossier_id.team_id", string="Business Unit", store=True
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible Rep", readonly=True, index=True
    )
    date_due = fields.Date(string="Due", required=True, readonly=True, index=True)
    state = fields.Selection(
        [("todo", "To Verify"), ("done", "Verified"), ("exempt", "Exempted")],
        required=True,
        default="todo",
        readonly=True,
    )
    result = fields.Selection(
        [
            ("unchanged", "Unchanged"),
            ("changed", "Changed"),
            ("unreachable", "Unreachable"),
        ],
        readonly=True,
    )
    method = fields.Selection(
        [("phone", "Phone"), ("email", "E-mail"), ("visit", "Visit")], readonly=True
    )
    confirmed_by = fields.Char(
        readonly=True, help="Who confirmed the data at the customer's."
    )
    done_on = fields.Date(string="Verified On", readonly=True)
    done_by_id = fields.Many2one("res.users", string="Verified By", readonly=True)
    note = fields.Text(readonly=True, prefetch="guarded")
    exempt_reason = fields.Text(string="Reason of Exemption", readonly=True)

    _state_idx = models.Index("(dossier_id, state)")
    _campaign_uniq = models.UniqueIndex(
        "(campaign_id, dossier_id)", "A campaign verifies a dossier once."
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "dossier_id",
            "campaign_id",
            "user_id",
            "date_due",
            "state",
            "result",
            "method",
            "confirmed_by",
            "done_on",
            "done_by_id",
            "note",
            "exempt_reason",
        }

    def action_verify(self):
        """Open the dialog «Verify Data» of the dossier."""
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_verification_do_action"
        ) | {"context": {"default_dossier_id": self.dossier_id.id}}

    def action_exempt(self, reason):
        """Leave customers out, with a reason; Keeper or Marketing Director (A53)."""
        if not self.env.user.has_groups(
            "customer_archive.group_keeper,customer_archive.group_mdo"
        ):
            raise AccessError(
                self.env._(
                    "Only the keeper or the Marketing Director exempts customers."
                )
            )
        self.check_access("read")
        if any(verification.state != "todo" for verification in self):
            raise UserError(self.env._("Only open verifications can be exempted."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the customer is not verified."))
        # sudo: who may was checked; verifications are written by the system
        verifications_sudo = self.sudo()
        verifications_sudo._system_write(
            {
                "state": "exempt",
                "exempt_reason": reason,
                "done_on": fields.Date.context_today(self),
                "done_by_id": self.env.uid,
            }
        )
        verifications_sudo.dossier_id.activity_unlink([ACTIVITY_TYPE])
        # an exempted customer is asked again after the usual interval
        verifications_sudo.dossier_id._plan_verification()
        return True

    @api.model
    def _duty_open_due(self, duty, start, end):
        """Ask the reps to verify the customers whose date has come, once (A54)."""
        due = self.env["customer.dossier"].search(
            self.env.company._dossier_duty_domain()
            & Domain("state", "=", "formal")
            & Domain("next_verification_date", "<=", fields.Date.context_today(self))
            & ~Domain("verification_ids.state", "=", "todo")
        )
        self._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "user_id": dossier.user_id.id,
                    "date_due": dossier.next_verification_date,
                }
                for dossier in due
            ]
        )
        for user, dossiers in due.grouped(
            lambda dossier: dossier.user_id or dossier.keeper_id
        ).items():
            if user.active:
                # the to-do is enough, no mail for each customer
                dossiers.with_context(
                    mail_activity_quick_update=True
                ).activity_schedule(
                    ACTIVITY_TYPE,
                    user_id=user.id,
                    summary=self.with_context(lang=user.lang).env._(
                        "Verify the base data"
                    ),
                )
