from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerLeakIncident(models.Model):
    """泄密事件: customer data got out (D26). The offices of the general manager and
    the marketing director investigate; the person concerned never reads it, whatever
    his office."""

    _name = "customer.leak.incident"
    _description = "Leak Incident"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "number desc, id desc"
    _rec_name = "number"
    _check_company_auto = True
    _mail_post_access = "read"

    number = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("open", "Reported"),
            ("investigating", "Under Investigation"),
            ("decided", "Decided"),
            ("closed", "Closed"),
        ],
        required=True,
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    discovered_on = fields.Date(required=True, default=fields.Date.context_today)
    discovered_by_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    description = fields.Text(
        string="What Got Out",
        required=True,
        help="Which data, to whom, and how it was found out.",
    )
    dossier_ids = fields.Many2many("customer.dossier", string="Dossiers Concerned")
    dossier_numbers = fields.Char(
        string="Numbers of the Dossiers", compute="_compute_dossier_numbers"
    )
    person_id = fields.Many2one(
        "res.users",
        string="Employee Concerned",
        index=True,
        domain=[("share", "=", False)],
        help="He does not read this incident, whatever his role.",
    )
    person_name = fields.Char(
        string="Other Person Concerned", help="Somebody who is no user."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    loss_amount = fields.Monetary(string="Loss", tracking=True)
    investigation = fields.Text(string="Result of the Investigation")
    decision_kind = fields.Selection(
        [
            ("none", "No Penalty"),
            ("warning", "Written Warning"),
            ("fine", "Deduction from Pay"),
            ("transfer", "Removal from the Post"),
            ("dismissal", "Dismissal"),
            ("legal", "Legal Action"),
        ],
        string="Penalty",
        tracking=True,
    )
    decision = fields.Text(string="Decision on the Incident")
    access_from = fields.Datetime(string="Register From")
    access_until = fields.Datetime(string="Register Until")
    access_log_ids = fields.Many2many(
        "customer.access.log",
        string="Extract of the Access Register",
        compute="_compute_access_log_ids",
    )

    _number_uniq = models.UniqueIndex("(number)", "This incident number is taken.")
    _loss_positive = models.Constraint(
        "CHECK(loss_amount >= 0)", "A loss cannot be negative."
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {"number", "state"}

    def _prepare_system_values(self, vals):
        # sudo: nobody has rights to draw from a sequence
        sequence_sudo = self.env["ir.sequence"].sudo()
        return {"number": sequence_sudo.next_by_code("customer.leak.incident")}

    def _approval_locked_fields(self):
        return {
            "company_id",
            "discovered_on",
            "discovered_by_id",
            "description",
            "dossier_ids",
            "person_id",
            "person_name",
            "loss_amount",
            "investigation",
            "decision_kind",
            "decision",
            "access_from",
            "access_until",
        }

    def _approval_amount(self):
        return self.loss_amount

    def _approval_dossier(self):
        return self.env["customer.dossier"]

    @api.model
    def _may_read_domain(self):
        if not self.env.user._has_archive_role("MDO", "GMO"):
            return Domain.FALSE
        return Domain("person_id", "!=", self.env.uid)

    @api.depends("person_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    # ------------------------------------------------------------ computed

    @api.depends("dossier_ids")
    def _compute_dossier_numbers(self):
        # sudo: of a dossier that is not for the reader he gets the number; asked from
        # the database because the cache holds what he may read
        pairs_sudo = self.sudo()._read_group(
            [("id", "in", self.ids), ("dossier_ids", "!=", False)],
            ["id", "dossier_ids"],
        )
        numbers = {}
        for incident_sudo, dossier_sudo in pairs_sudo:
            numbers.setdefault(incident_sudo.id, []).append(dossier_sudo.number)
        for incident in self:
            known = numbers.get(incident._origin.id, [])
            incident.dossier_numbers = ", ".join(sorted(known))

    @api.depends("dossier_ids", "access_from", "access_until")
    @api.depends_context("uid")
    def _compute_access_log_ids(self):
        log = self.env["customer.access.log"]
        for incident in self:
            incident.access_log_ids = log._get_extract(
                incident.dossier_ids._origin,
                incident.access_from,
                incident.access_until,
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A leak incident stays on record."))

    # ------------------------------------------------------------ actions

    def action_investigate(self):
        for incident in self:
            incident._check_state("open")
            incident._advance("investigating")
        return True

    def action_decide(self):
        """The penalty is fixed after the investigation."""
        for incident in self:
            incident._check_state("investigating")
            incident._check_filled("investigation", "decision_kind", "decision")
            incident._advance("decided")
        return True

    def action_submit(self):
        """Ask for the approval that closes the incident."""
        for incident in self:
            incident._check_state("decided")
            incident._check_filled("investigation", "decision_kind", "decision")
            incident._request_approval()
        return True

    def _approval_on_approved(self, approval):
        self._system_write({"state": "closed"})

    def _check_state(self, state):
        self.check_access("write")
        if self.state != state:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Incident %(number)s is %(state)s; this step needs %(needed)s.",
                    number=self.number,
                    state=labels[self.state],
                    needed=labels[state],
                )
            )

    def _check_filled(self, *names):
        missing = [
            self._fields[name]._description_string(self.env)
            for name in names
            if not self[name]
        ]
        if missing:
            raise UserError(
                self.env._(
                    "Incident %(number)s lacks: %(fields)s.",
                    number=self.number,
                    fields=missing,
                )
            )

    def _advance(self, state):
        # as the user: he was checked, and the person concerned stays refused
        self._system_write({"state": state})
