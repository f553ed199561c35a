from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from .customer_approval import ACTIVITY_TYPE


class CustomerApprovalMixin(models.AbstractModel):
    """A document that is decided on through ``customer.approval`` (X3).

    A model inherits this and ``mail.activity.mixin``, ships a route for itself,
    and says what a decision does in ``_approval_on_approved``,
    ``_approval_on_rejected`` and ``_approval_on_withdrawn``, which run with
    superuser rights after the decider was checked. The button Submit is the
    model's own method: it checks what a submission needs, then calls
    ``_request_approval``.
    """

    _name = "customer.approval.mixin"
    _description = "Document to Approve"
    _inherit = ["customer.guarded.mixin"]

    approval_id = fields.Many2one(
        "customer.approval", string="Request", readonly=True, copy=False
    )
    approval_state = fields.Selection(
        [
            ("none", "Not Submitted"),
            ("pending", "Pending"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
        ],
        string="Approval",
        default="none",
        required=True,
        readonly=True,
        copy=False,
    )
    approval_line_ids = fields.Many2many(
        "customer.approval.line", compute="_compute_approval_lines"
    )
    approval_decision_ids = fields.Many2many(
        "customer.approval.decision", compute="_compute_approval_lines"
    )
    approval_status = fields.Char(compute="_compute_approval_status")
    approval_waiting_since = fields.Datetime(related="approval_id.waiting_since")
    can_approve = fields.Boolean(compute="_compute_can_approve")
    can_withdraw = fields.Boolean(compute="_compute_can_approve")

    def _guarded_fields(self):
        return super()._guarded_fields() | {"approval_id", "approval_state"}

    # ------------------------------------------------------------ what it is about

    def _approval_kind(self):
        """Return which kind of route decides on this document now."""
        return "default"

    def _approval_amount(self):
        """Return the amount at stake, in the currency of the document's company."""
        return 0.0

    def _approval_company(self):
        return self.company_id if "company_id" in self else self.env["res.company"]

    def _approval_dossier(self):
        """Return the dossier through which roles become people."""
        return self.dossier_id

    def _approval_responsible(self, resolution):
        """Return the users behind ``resolution`` (see ``customer.role``)."""
        dossier = self._approval_dossier()
        return {
            "rep": dossier.user_id,
            "keeper": dossier.keeper_id,
            "unit_manager": dossier.team_id.user_id,
        }[resolution]

    def _readers_among(self, users):
        """Return those of ``users`` who may read this document."""
        self.ensure_one()
        return users.filtered(
            lambda user: (
                self.with_user(user)
                .with_context(allowed_company_ids=user._get_company_ids())
                .has_access("read")
            )
        )

    def _approval_excluded_users(self):
        """Return who may not decide on this document for what it says of him."""
        return self.env["res.users"]

    def _approval_locked_fields(self):
        """Return the fields that nobody changes while a decision is pending or
        after it was given: what was decided on stays what was decided on."""
        return set()

    # ------------------------------------------------------------ computed

    @api.depends("approval_id")
    def _compute_approval_lines(self):
        approvals_by_document = self._get_approvals().grouped("res_id")
        for document in self:
            approvals = approvals_by_document.get(
                document.id, self.env["customer.approval"]
            )
            document.approval_line_ids = approvals.line_ids
            document.approval_decision_ids = approvals.decision_ids

    def _get_approvals(self):
        return self.env["customer.approval"].search(
            Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids),
            order="id",
        )

    @api.depends("approval_state", "approval_id.line_ids.state")
    @api.depends_context("uid", "lang")
    def _compute_approval_status(self):
        for document in self:
            # sudo: who is asked is said to everybody who may read the document;
            # _origin: a form names whatever request its client likes
            document_sudo = document._origin.sudo()
            document.approval_status = document_sudo._get_approval_status()

    def _get_approval_status(self):
        """Return one sentence on where the request stands."""
        approval = self.approval_id
        if approval.state == "pending":
            lines = approval.line_ids
            pending = lines.filtered(lambda line: line.state == "pending")
            done = lines.filtered(lambda line: line.state == "approved")
            return self.env._(
                "Step %(step)s of %(steps)s: %(office)s, waiting for %(names)s since "
                "%(time)s",
                step=len(done) + 1,
                steps=len(lines),
                office=approval.current_step,
                names=", ".join(pending.user_ids.mapped("name")),
                time=format_datetime(
                    self.env, approval.waiting_since, dt_format="short"
                ),
            )
        if approval.state == "rejected":
            rejection = approval.decision_ids.filtered(
                lambda decision: decision.decision == "rejected"
            )
            return self.env._(
                "Rejected by %(name)s (%(office)s): %(reason)s",
                name=rejection.user_id.name,
                office=rejection.step,
                reason=rejection.comment,
            )
        return False

    @api.depends("approval_state", "approval_id.line_ids.state")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        for document in self:
            # sudo: only the answer yes or no leaves this method; _origin: see above
            approval_sudo = document._origin.sudo().approval_id
            pending = approval_sudo.state == "pending"
            document.can_withdraw = (
                pending and approval_sudo.requester_id == self.env.user
            )
            document.can_approve = pending and bool(
                approval_sudo._get_line_to_decide(self.env.user)[0]
            )

    # ------------------------------------------------------------ guard

    def write(self, vals):
        locked = self._approval_locked_fields().intersection(vals)
        if locked and not self._is_system():
            for document in self:
                if document.approval_state in ("pending", "approved"):
                    raise UserError(
                        self.env._(
                            "%(document)s is being decided on or was decided: "
                            "%(fields)s cannot be changed. Withdraw the request first.",
                            document=document.display_name,
                            fields=[
                                self._fields[name].string for name in sorted(locked)
                            ],
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        if not self._is_system() and self.sudo()._get_approvals():
            raise UserError(
                self.env._(
                    "What was submitted for approval stays on record and cannot be "
                    "deleted."
                )
            )

    # ------------------------------------------------------------ actions

    def _request_approval(self, note=False):
        """Submit this document; the caller has checked that the user may.

        :raise UserError: it is pending already, or nobody can decide
        """
        self.ensure_one()
        if self.approval_state == "pending":
            raise UserError(
                self.env._(
                    "%(document)s has been submitted already.",
                    document=self.display_name,
                )
            )
        approval = self.env["customer.approval"]._create_request(
            self, self._approval_kind(), self._approval_amount(), note
        )
        # sudo: the author may lack rights to write what he may submit
        self.sudo()._system_write(
            {
                "approval_id": approval.id,
                "approval_state": self._approval_state_of(approval),
            }
        )
        return approval

    def action_approve(self, comment=False):
        """Approve the step that is asked of the present user."""
        self._get_approval_to_decide()._decide("approved", comment)
        return True

    def action_reject(self, reason=False):
        """Reject the request; a reason is required."""
        self._get_approval_to_decide()._decide("rejected", reason)
        return True

    def action_withdraw(self):
        self._get_approval_to_decide()._withdraw()
        return True

    def action_delegate(self, user_id, comment=False):
        """Pass the present user's step on to the user with id ``user_id``."""
        delegate = self.env["res.users"].browse(user_id).exists()
        self._get_approval_to_decide()._delegate(delegate, comment)
        return True

    def _get_approval_to_decide(self):
        self.ensure_one()
        self.check_access("read")
        # sudo: the request refuses whoever is not its author or decider
        approval = self.sudo().approval_id.sudo(False)
        if not approval:
            raise UserError(
                self.env._(
                    "%(document)s has not been submitted.", document=self.display_name
                )
            )
        return approval

    def action_open_decision(self):
        """Open the dialog of the buttons Approve, Reject and Delegate; which
        one stands in the context as ``default_decision``."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "customer.approval.decide",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                **self.env.context,
                "default_res_model": self._name,
                "default_res_id": self.id,
            },
        }

    # ------------------------------------------------------------ consequences

    def _approval_on_asked(self, approval, asked):
        """Give the deciders their to-dos.

        :param asked: list of (user, name of the step in his language) who have not
            been asked before
        """
        for user, step in asked:
            self.activity_schedule(ACTIVITY_TYPE, user_id=user.id, summary=step)

    def _approval_state_of(self, approval):
        return "none" if approval.state == "withdrawn" else approval.state

    def _approval_closed(self, approval):
        self.ensure_one()
        self._system_write(
            {
                "approval_id": approval.id,
                "approval_state": self._approval_state_of(approval),
            }
        )
        getattr(self, f"_approval_on_{approval.state}")(approval)
        if approval.state != "withdrawn":
            self._approval_tell_author(approval)

    def _approval_tell_author(self, approval):
        author = self._readers_among(approval.requester_id)
        if not author:
            return
        labels = approval._fields["state"]._description_selection(
            self.with_context(lang=author.lang).env
        )
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=author.id,
            summary=dict(labels)[approval.state],
        )

    def _approval_on_approved(self, approval):
        """What an approval does."""

    def _approval_on_rejected(self, approval):
        """What a rejection does."""

    def _approval_on_withdrawn(self, approval):
        """What a withdrawal does."""
