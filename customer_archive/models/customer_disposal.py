import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

OPEN = ("candidate", "approved")
ACTIVITY_TYPE = "customer_archive.mail_activity_type_disposal"


class CustomerDisposal(models.Model):
    """资料销毁: a dossier without deal that may be of no value (D30), from candidate to
    the certificate of its destruction (D31), in due time (D32).

    The keeper decides on the value and executes, the approval route of this model
    approves; nobody does both. Everything here is written by the system. What is
    left after the destruction is the certificate, without personal data; what is
    destroyed says ``customer.dossier._destroy_customers``.
    """

    _name = "customer.disposal"
    _description = "Destruction"
    _inherit = ["customer.approval.mixin", "customer.dossier.content.mixin"]
    _order = "date_due, id"
    _rec_name = "number"

    dossier_id = fields.Many2one(readonly=True)
    number = fields.Char(string="Dossier Number", readonly=True)
    origin = fields.Selection(
        [
            ("inactive", "No Deal and No Contact"),
            ("valued", "Ended and of No Value"),
        ],
        required=True,
        default="inactive",
        readonly=True,
        help="Why the dossier became a candidate.",
    )
    state = fields.Selection(
        [
            ("candidate", "Candidate"),
            ("approved", "Approved"),
            ("done", "Destroyed"),
            ("kept", "Kept"),
        ],
        required=True,
        default="candidate",
        readonly=True,
        index=True,
        group_expand=True,
    )
    date = fields.Date(string="Candidate Since", readonly=True)
    date_due = fields.Date(string="Due", required=True, readonly=True, index=True)
    reminded_for = fields.Date(readonly=True)
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    reason_kind = fields.Selection(
        [
            ("no_need", "No Need for Our Services"),
            ("unreachable", "Cannot Be Reached"),
            ("useless", "Useless Data"),
            ("request", "Wish of the Customer"),
            ("term", "Retention Term Is Over"),
            ("other", "Other"),
        ],
        string="Ground",
        readonly=True,
    )
    reason = fields.Text(readonly=True)
    decided_by_id = fields.Many2one(
        "res.users", string="Value Decided By", readonly=True
    )
    decided_on = fields.Date(string="Value Decided On", readonly=True)
    kept_until = fields.Date(readonly=True)
    approver_id = fields.Many2one("res.users", string="Approved By", readonly=True)
    approved_on = fields.Date(readonly=True)
    destroyed_by_id = fields.Many2one("res.users", readonly=True)
    destroyed_on = fields.Datetime(readonly=True)
    contents = fields.Json(
        readonly=True, help="How many records of which kind were destroyed."
    )
    contents_summary = fields.Char(
        string="Destroyed Contents", compute="_compute_contents_summary"
    )
    paper_destroyed = fields.Boolean(string="Paper Copy Destroyed", readonly=True)
    paper_destroyed_by_id = fields.Many2one("res.users", readonly=True)
    paper_destroyed_on = fields.Datetime(readonly=True)

    _one_open = models.UniqueIndex(
        "(dossier_id) WHERE state IN ('candidate', 'approved')",
        "The dossier is a candidate for destruction already.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if any(disposal.state == "done" for disposal in self):
            raise UserError(
                self.env._("The certificate of a destruction stays on record.")
            )

    def _destroy(self):
        # the certificate stays; what was said when a dossier was kept does not
        kept = self.filtered(lambda disposal: disposal.state == "kept")
        kept._system_write({"reason": False})

    # ------------------------------------------------------------ computed

    @api.depends("state", "date_due")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for disposal in self:
            disposal.is_late = disposal.state in OPEN and disposal.date_due < today

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "in", OPEN) & Domain("date_due", "<", "today")

    @api.depends("contents")
    @api.depends_context("lang")
    def _compute_contents_summary(self):
        for disposal in self:
            disposal.contents_summary = self.env["customer.dossier"]._name_counts(
                disposal.contents or {}
            )

    # ------------------------------------------------------------ candidates (D30)

    @api.model
    def _open(self, dossiers, origin):
        """Make candidates of those of ``dossiers`` that are none yet, and tell their
        keepers."""
        # sudo: the system finds candidates, whoever reads the dossiers
        dossiers_sudo = dossiers.sudo()
        filed = self.sudo().search(
            [("dossier_id", "in", dossiers.ids), ("state", "in", OPEN)]
        )
        today = fields.Date.context_today(self)
        disposals_sudo = self.sudo()._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "number": dossier.number,
                    "origin": origin,
                    "date": today,
                    "date_due": fields.Date.add(
                        today,
                        days=(
                            dossier.company_id or self.env.company
                        ).customer_disposal_days,
                    ),
                }
                for dossier in dossiers_sudo - filed.dossier_id
            ]
        )
        disposals_sudo._ask_keepers(
            lambda env: env._("Decide on the value, then keep or destroy")
        )
        return disposals_sudo.sudo(self.env.su)

    @api.model
    def _call_off(self, dossiers, reason):
        """Destroy nothing by what was decided before ``dossiers`` changed: became
        formal, or one."""
        # sudo: the system's act, whoever changed the dossiers
        open_sudo = self.sudo().search(
            [("dossier_id", "in", dossiers.ids), ("state", "in", OPEN)]
        )
        open_sudo.approval_id._call_off(reason)
        open_sudo._system_write({"state": "kept", "reason": reason})
        open_sudo.activity_unlink([ACTIVITY_TYPE])

    def _ask_keepers(self, get_summary):
        """Give the keepers who may read them a to-do for each of these destructions.

        :param get_summary: function of an environment in the keeper's language
        """
        for keepers, disposals in self.grouped(
            lambda disposal: disposal.dossier_id._get_keepers()
        ).items():
            for keeper in keepers:
                # the to-do is enough, no mail for each dossier
                readable = disposals._filter_readable(keeper).with_context(
                    mail_activity_quick_update=True
                )
                for date_due, due in readable.grouped("date_due").items():
                    due.activity_schedule(
                        ACTIVITY_TYPE,
                        date_deadline=date_due,
                        user_id=keeper.id,
                        summary=get_summary(self.with_context(lang=keeper.lang).env),
                    )

    @api.model
    def _duty_open_candidates(self, duty, start, end):
        """Find the dossiers that are to be destroyed unless they are worth keeping:
        preliminary ones without deal and contact, and ended ones without value."""
        company = self.env.company
        dossiers = self.env["customer.dossier"]
        mine = company._dossier_duty_domain()
        valued = dossiers.search(
            mine
            & Domain("state", "=", "history")
            & Domain("value_decision", "=", "destroy")
        )
        self._open(valued, "valued")
        if not company.customer_disposal_months:
            return
        since = fields.Date.subtract(end, months=company.customer_disposal_months)
        kept = self._search(
            Domain("state", "=", "kept")
            & Domain("kept_until", ">", fields.Date.context_today(self))
        )
        idle = dossiers.search(
            mine
            & Domain("state", "=", "preliminary")
            & Domain("create_date", "<", since)
            & Domain("id", "not in", kept.subselect("dossier_id"))
        )
        idle -= idle._get_contacted(since)
        with_deal = idle._has_deal() | idle._get_deal_dates().keys()
        self._open(
            idle.filtered(lambda dossier: dossier.id not in with_deal), "inactive"
        )

    @api.model
    def _duty_remind_late(self, duty, start, end):
        """Remind the keepers once of each candidate that is overdue (D32)."""
        late = self.search(
            Domain("is_late", "=", True)
            & Domain("reminded_for", "=", False)
            & Domain("company_id", "in", [self.env.company.id, False])
        )
        late._ask_keepers(lambda env: env._("The destruction is overdue"))
        for date_due, disposals in late.grouped("date_due").items():
            disposals._system_write({"reminded_for": date_due})

    # ------------------------------------------------------------ value (D30)

    def action_decide_value(self):
        """Open the dialog in which the keeper decides on the value."""
        self.ensure_one()
        self._check_acting(*OPEN)
        return self._get_dialog(
            self.env._("Decide on Value"),
            "customer.disposal.decide",
            {"default_disposal_id": self.id},
        )

    def action_destroy(self):
        """Open the dialog that asks before approved dossiers are destroyed."""
        self._check_acting("approved")
        self._check_executor()
        return self._get_dialog(
            self.env._("Destroy"),
            "customer.disposal.destroy",
            {"default_disposal_ids": self.ids},
        )

    @api.model
    def _get_dialog(self, name, model, context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    def _decide_value(self, decision, until, reason_kind, reason):
        """Keep a candidate until a day, or ask for the approval of its destruction.

        :param decision: ``keep`` or ``destroy``
        :param until: the first day on which it may be a candidate again
        """
        self.ensure_one()
        self._check_acting(*OPEN)
        today = fields.Date.context_today(self)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        if decision == "keep" and (not until or until <= today):
            raise UserError(self.env._("Say until which later day it is kept."))
        if decision == "destroy":
            if not reason_kind:
                raise UserError(self.env._("Name the ground of the destruction."))
            self._check_destroyable()
            self._check_anonymous(reason)
        # sudo: who decides was checked; destructions are written by the system
        disposal_sudo = self.sudo()
        disposal_sudo._system_write(
            {
                "state": "kept" if decision == "keep" else "candidate",
                "kept_until": decision == "keep" and until,
                "reason_kind": reason_kind,
                "reason": reason,
                "decided_by_id": self.env.uid,
                "decided_on": today,
            }
        )
        if decision == "destroy":
            self._request_approval()
            return
        disposal_sudo.activity_unlink([ACTIVITY_TYPE])
        dossier_sudo = disposal_sudo.dossier_id
        if dossier_sudo.state == "history":
            dossier_sudo._log("valued", reason)
            dossier_sudo._system_write(
                {"value_decision": "keep", "retention_until": until}
            )

    def _check_acting(self, *states):
        """Refuse who is no keeper, other states than ``states``, and what is being
        decided on."""
        self.check_access("read")
        self.dossier_id._check_role("KEEPER")
        labels = dict(self._fields["state"]._description_selection(self.env))
        for disposal in self:
            if disposal.state not in states:
                raise UserError(
                    self.env._(
                        "The destruction of %(number)s is %(state)s: this cannot be "
                        "done with it.",
                        number=disposal.number,
                        state=labels[disposal.state],
                    )
                )
            if disposal.approval_state == "pending":
                raise UserError(
                    self.env._(
                        "The destruction of %(number)s waits for a decision. Withdraw "
                        "the request or wait for it.",
                        number=disposal.number,
                    )
                )

    def _check_anonymous(self, text):
        """The certificate stays, so its words must not name the customer."""
        # sudo: also names of contacts that the keeper may not read
        dossier_sudo = self.dossier_id.sudo()
        words = dossier_sudo._get_personal_words()
        words.update(filter(None, dossier_sudo._get_contacts().mapped("name_key")))
        for word in words:
            pattern = re.escape(word)
            if word.isascii():
                pattern = rf"(?<!\w){pattern}(?!\w)"
            if re.search(pattern, text, re.IGNORECASE):
                raise UserError(
                    self.env._(
                        "The reason stays on the certificate and must not name the "
                        "customer, his contacts or how to reach them."
                    )
                )

    # ------------------------------------------------------------ approval

    def _approval_on_approved(self, approval):
        approved = approval.decision_ids.filtered(
            lambda given: given.decision == "approved"
        )
        self._system_write(
            {
                "state": "approved",
                "approver_id": approved[-1:].user_id.id,
                "approved_on": fields.Date.context_today(self),
            }
        )

    # ------------------------------------------------------------ destruction (D31)

    def _check_executor(self):
        """Who approved a destruction does not carry it out."""
        for disposal in self:
            # sudo: who decided is asked, not what was said
            if self.env.user in disposal.sudo().approval_decision_ids.filtered(
                lambda given: given.decision == "approved"
            ).mapped("user_id"):
                raise AccessError(
                    self.env._(
                        "You approved the destruction of %(number)s: another keeper "
                        "carries it out.",
                        number=disposal.number,
                    )
                )

    def _check_destroyable(self):
        """Refuse to destroy what accounting or the retention term needs.

        :raise UserError: names the reasons of each dossier
        """
        reasons = []
        # sudo: whether the customer is needed in any company decides, not who
        # may read the documents
        dossiers_sudo = self.dossier_id.sudo()
        with_deal = dossiers_sudo._has_deal() | dossiers_sudo._get_deal_dates().keys()
        obstacles = dossiers_sudo._get_obstacles()
        incidents = dossiers_sudo.env["customer.leak.incident"].search(
            [("dossier_ids", "in", dossiers_sudo.ids), ("state", "!=", "closed")]
        )
        lent = dossiers_sudo.env["customer.access.permit.item"].search(
            [
                ("dossier_id", "in", dossiers_sudo.ids),
                ("permit_id.state", "=", "issued"),
            ]
        )
        today = fields.Date.context_today(self)
        for dossier in dossiers_sudo:
            if dossier in lent.dossier_id:
                reasons.append(
                    self.env._(
                        "%(number)s is lent out: %(permits)s.",
                        number=dossier.number,
                        permits=", ".join(
                            lent.filtered(
                                lambda item, dossier=dossier: item.dossier_id == dossier
                            ).permit_id.mapped("number")
                        ),
                    )
                )
            if dossier in incidents.dossier_ids:
                reasons.append(
                    self.env._(
                        "%(number)s belongs to a leak incident that is not closed.",
                        number=dossier.number,
                    )
                )
            if dossier.id in obstacles:
                reasons.append(
                    self.env._(
                        "%(number)s is needed by: %(documents)s.",
                        number=dossier.number,
                        documents=obstacles[dossier.id],
                    )
                )
            if dossier.approval_state == "pending" or dossier.state not in (
                "preliminary",
                "history",
            ):
                reasons.append(
                    self.env._(
                        "%(number)s is neither preliminary nor in the history library.",
                        number=dossier.number,
                    )
                )
            elif dossier.state == "preliminary" and dossier.id in with_deal:
                reasons.append(
                    self.env._(
                        "%(number)s has had deals and goes to the history library.",
                        number=dossier.number,
                    )
                )
            elif dossier.state == "history" and (
                dossier.value_decision != "destroy"
                or (dossier.id in with_deal and dossier.retention_until > today)
            ):
                reasons.append(
                    self.env._(
                        "%(number)s is kept until %(date)s.",
                        number=dossier.number,
                        date=format_date(self.env, dossier.retention_until),
                    )
                )
        if reasons:
            raise UserError(
                self.env._(
                    "This cannot be destroyed:\n%(reasons)s", reasons="\n".join(reasons)
                )
            )

    def _destroy_dossiers(self, paper_destroyed):
        """Destroy approved dossiers with everything that is known of their customers,
        for good.

        :param paper_destroyed: whether the paper copies were destroyed, too (K12)
        """
        self._lock()
        self._check_acting("approved")
        self._check_executor()
        self._check_destroyable()
        # sudo: who executes what was checked; it reaches further than his rights
        disposals_sudo = self.sudo()
        counts = disposals_sudo.dossier_id._destroy_customers()
        now = fields.Datetime.now()
        for disposal in disposals_sudo:
            disposal._system_write(
                {
                    "state": "done",
                    "destroyed_by_id": self.env.uid,
                    "destroyed_on": now,
                    "contents": dict(counts[disposal.dossier_id.id]),
                }
            )
        if paper_destroyed:
            self._note_paper_destroyed()

    def _lock(self):
        """Of two who destroy at once the second fails, is repeated and refused."""
        self.env.cr.execute(
            SQL(
                "UPDATE customer_disposal SET write_date = write_date "
                "WHERE id = ANY(%s)",
                self.ids,
            )
        )
        self.invalidate_recordset()

    def action_note_paper_destroyed(self):
        """The keeper has destroyed the paper copy later than the data (K12)."""
        self._check_acting("done")
        if any(disposal.paper_destroyed for disposal in self):
            raise UserError(self.env._("This has been noted already."))
        self._note_paper_destroyed()
        return True

    def _note_paper_destroyed(self):
        # sudo: who acts was checked; destructions are written by the system
        self.sudo()._system_write(
            {
                "paper_destroyed": True,
                "paper_destroyed_by_id": self.env.uid,
                "paper_destroyed_on": fields.Datetime.now(),
            }
        )
