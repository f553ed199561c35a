from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

ACTIVITY_TYPE = "customer_archive.mail_activity_type_approval"


class CustomerApproval(models.Model):
    """One request for a decision on a document (X3).

    The steps of its route are copied into ``line_ids`` when it is made, so a
    later change of the route does not touch what runs. Everything here is
    written by the system; people act through the document
    (``customer.approval.mixin``).
    """

    _name = "customer.approval"
    _description = "Approval Request"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "id desc"
    _rec_name = "document_name"
    _rec_names_search = ["requester_id"]

    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, readonly=True
    )
    document_name = fields.Char(compute="_compute_document_name")
    document_type = fields.Char(compute="_compute_document_type")
    route_id = fields.Many2one(
        "customer.approval.route", readonly=True, ondelete="set null"
    )
    kind = fields.Char(required=True, readonly=True)
    allow_same_decider = fields.Boolean(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    requester_id = fields.Many2one(
        "res.users", string="Author", required=True, readonly=True, index=True
    )
    note = fields.Text(string="Author's Note", readonly=True)
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="pending",
        readonly=True,
    )
    waiting_since = fields.Datetime(readonly=True)
    line_ids = fields.One2many("customer.approval.line", "approval_id", readonly=True)
    decision_ids = fields.One2many(
        "customer.approval.decision", "approval_id", readonly=True
    )
    current_step = fields.Char(compute="_compute_current_step")
    can_decide = fields.Boolean(compute="_compute_can_decide", search="_search_decide")

    _document_idx = models.Index("(res_model, res_id)")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return set(self._fields) - {"id", "display_name", *models.MAGIC_COLUMNS}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(
            self.env._("Requests and decisions are the record of who decided what.")
        )

    @api.model
    def _may_read_domain(self):
        uid = self.env.uid
        domains = [
            Domain("requester_id", "=", uid),
            Domain("line_ids.user_ids", "in", [uid]),
            Domain("decision_ids.user_id", "=", uid),
        ]
        for model in self._document_models():
            documents = self.env[model].with_user(uid)
            if documents.has_access("read"):
                domains.append(
                    Domain("res_model", "=", model)
                    & Domain("res_id", "in", documents._search(Domain.TRUE))
                )
        return Domain.OR(domains)

    @api.depends("requester_id", "line_ids.user_ids", "decision_ids.user_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _document_models(self):
        """Return the names of the models whose records can be decided on."""
        mixin = "customer.approval.mixin"
        return [
            name
            for name in self.env.registry.descendants([mixin], "_inherit")
            if not self.env[name]._abstract
        ]

    # ------------------------------------------------------------ computed

    def _document(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "lang")
    def _compute_document_name(self):
        for approval in self:
            document = approval.sudo(False)._document()
            approval.document_name = document.display_name or ""

    @api.depends("res_model")
    @api.depends_context("lang")
    def _compute_document_type(self):
        for approval in self:
            model_sudo = self.env["ir.model"].sudo()._get(approval.res_model)
            approval.document_type = model_sudo.name

    @api.depends("line_ids.state")
    @api.depends_context("lang")
    def _compute_current_step(self):
        for approval in self:
            pending = approval.line_ids.filtered(lambda line: line.state == "pending")
            approval.current_step = ", ".join(
                pending.mapped(lambda line: line.name or "")
            )

    @api.depends("line_ids.state", "line_ids.user_ids")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for approval in self:
            approval.can_decide = bool(
                approval.sudo()._get_line_to_decide(self.env.user)[0]
            )

    @api.model
    def _search_decide(self, operator, value):
        if operator != "in":
            return NotImplemented
        principals = self.env["customer.approval.delegation"]._get_principals(
            self.env.user
        )
        pending = Domain("state", "=", "pending")
        own = Domain("user_ids", "in", self.env.user.ids)
        lines = pending & (own | Domain("user_ids", "in", principals.ids))
        return (
            pending
            & Domain("line_ids", "any", lines)
            & (
                Domain("requester_id", "!=", self.env.uid)
                | Domain(
                    "line_ids",
                    "any",
                    pending & own & Domain("allow_requester", "=", True),
                )
            )
        )

    # ------------------------------------------------------------ request

    @api.model
    def _create_request(self, document, kind, amount, note):
        """Open a request for ``document`` and ask the first deciders.

        :param amount: in the currency of the document's company
        :raise UserError: no route, no step applies, or nobody can decide
        """
        document.ensure_one()
        route_sudo = self.env["customer.approval.route"]._get_route(document, kind)
        steps_sudo = route_sudo._get_applicable_steps(document, amount)
        if not steps_sudo:
            raise UserError(
                self.env._(
                    "No approval route applies to %(document)s. An administrator "
                    "sets it up under Configuration, Approval Routes.",
                    document=document.display_name,
                )
            )
        company = document._approval_company()
        # sudo: nobody has rights to write requests; the document's own action
        # has checked that the user may submit it
        approval_sudo = self.sudo()._system_create(
            {
                "res_model": document._name,
                "res_id": document.id,
                "route_id": route_sudo.id,
                "kind": kind,
                "allow_same_decider": route_sudo.allow_same_decider,
                "company_id": company.id,
                "currency_id": (company or self.env.company).currency_id.id,
                "amount": amount,
                "requester_id": self.env.uid,
                "note": note,
            }
        )
        lines_sudo = (
            self.env["customer.approval.line"]
            .sudo()
            ._system_create(
                [
                    {
                        "approval_id": approval_sudo.id,
                        "name": step.name,
                        "turn": step.turn,
                        "role_id": step.role_id.id,
                        "allow_requester": step.allow_requester,
                    }
                    for step in steps_sudo
                ]
            )
        )
        names = route_sudo.step_ids._fields["name"]
        for line_sudo, step_sudo in zip(lines_sudo, steps_sudo, strict=True):
            # each decider reads the step in his own language
            line_sudo._as_system().update_field_translations(
                "name", names._get_stored_translations(step_sudo)
            )
        approval_sudo._ask_next()
        return approval_sudo.sudo(self.env.su)

    def _ask_next(self):
        """Ask the deciders of the next turn; approve when no turn is left."""
        self.ensure_one()
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        if not waiting:
            self._close("approved")
            return
        turn = min(waiting.mapped("turn"))
        lines = waiting.filtered(lambda line: line.turn == turn)
        for line in lines:
            line._ask()
        if not self.allow_same_decider and len(lines.user_ids) < len(lines):
            # one person in all offices of the turn decides for one of them
            lines[-1]._refuse_to_ask()
        self._system_write({"waiting_since": fields.Datetime.now()})
        self._update_todos()

    def _update_todos(self):
        """Bring the deciders' to-dos on the document in line with what is pending."""
        self.ensure_one()
        document = self._document()
        activity_type = self.env.ref(ACTIVITY_TYPE, raise_if_not_found=False)
        pending = self.line_ids.filtered(lambda line: line.state == "pending")
        missing = {
            (user, line.with_context(lang=user.lang).name): True
            for line in pending
            for user in line._get_asked()
        }
        for activity in document.activity_ids:
            if activity.activity_type_id != activity_type:
                continue
            if not missing.pop((activity.user_id, activity.summary), None):
                activity.unlink()
        if missing:
            document._approval_on_asked(self, list(missing))

    def _close(self, state):
        self.line_ids.filtered(
            lambda line: line.state in ("waiting", "pending")
        )._skip()
        self._system_write({"state": state, "waiting_since": False})
        document = self._document()
        document.activity_unlink([ACTIVITY_TYPE])
        document._approval_closed(self)

    # ------------------------------------------------------------ decision

    def _get_line_to_decide(self, user):
        """Return the pending line that ``user`` may decide and in whose place
        (empty: his own); both empty when he may not."""
        self.ensure_one()
        principals = self.env["customer.approval.delegation"]._get_principals(user)
        for line in self.line_ids.filtered(lambda line: line.state == "pending"):
            if user in line._get_excluded():
                continue
            deciders = line._get_deciders()
            if user in deciders:
                return line, self.env["res.users"]
            # an office may decide on its own request, who stands in for it may not
            if principals & deciders and user != self.requester_id:
                return line, (principals & deciders)[:1]
        return self.env["customer.approval.line"], self.env["res.users"]

    def _get_past_deciders(self):
        approved = self.decision_ids.filtered(lambda d: d.decision == "approved")
        return approved.user_id | approved.on_behalf_id

    def _decide(self, decision, comment):
        """Record the present user's decision and go on with the request.

        Two deciders at once: the request's row is written before it is judged,
        so the second transaction fails, is run again by Odoo and then sees the
        first decision.

        :param decision: ``approved`` or ``rejected``
        :raise UserError: nothing to decide any more, own request, no reason
        :raise AccessError: the user is not one of the deciders
        """
        self.ensure_one()
        user = self.env.user
        # sudo: deciders have no rights on the log; they are checked right here
        approval_sudo = self.sudo()
        approval_sudo._touch()
        if approval_sudo.state != "pending":
            raise UserError(
                self.env._(
                    "%(document)s has been decided already.",
                    document=approval_sudo._document().display_name,
                )
            )
        line_sudo, principal = approval_sudo._get_line_to_decide(user)
        if not line_sudo:
            approval_sudo._refuse_decider(user)
        if decision == "rejected" and not (comment or "").strip():
            raise UserError(
                self.env._("Say why you reject it, so that it can be mended.")
            )
        line_sudo._close(decision)
        approval_sudo._log(line_sudo, decision, comment, principal)
        if decision == "rejected":
            approval_sudo._close("rejected")
        elif approval_sudo.line_ids.filtered(lambda line: line.state == "pending"):
            approval_sudo._update_todos()
        else:
            approval_sudo._ask_next()

    def _withdraw(self):
        self.ensure_one()
        # sudo: the author has no rights on the log; he is checked right here
        approval_sudo = self.sudo()
        approval_sudo._touch()
        if approval_sudo.requester_id != self.env.user:
            raise AccessError(
                self.env._("Only the author of a request can withdraw it.")
            )
        if approval_sudo.state != "pending":
            raise UserError(self.env._("This request has been decided already."))
        approval_sudo._log(self.env["customer.approval.line"], "withdrawn", False)
        approval_sudo._close("withdrawn")

    def _call_off(self, reason):
        """Withdraw the pending ones of these requests, whose documents are no longer
        what was asked about; in sudo."""
        for approval in self.filtered(lambda approval: approval.state == "pending"):
            approval._log(self.env["customer.approval.line"], "withdrawn", reason)
            approval._close("withdrawn")

    def _delegate(self, delegate, comment):
        """Let ``delegate`` decide the present user's step in his place.

        :raise UserError: the delegate is the author or may not read the document
        """
        self.ensure_one()
        # sudo: deciders have no rights on the log; they are checked right here
        approval_sudo = self.sudo()
        approval_sudo._touch()
        line_sudo, principal = approval_sudo._get_line_to_decide(self.env.user)
        if not line_sudo:
            approval_sudo._refuse_decider(self.env.user)
        document = approval_sudo._document()
        if (
            delegate in self.env.user | principal | line_sudo._get_excluded()
            or delegate.share
            or not delegate.active
            or delegate == approval_sudo.requester_id
            or not document._readers_among(delegate)
        ):
            raise UserError(
                self.env._(
                    "%(user)s cannot decide on %(document)s. Choose somebody else who "
                    "may read it and took no part in the request yet.",
                    user=delegate.name,
                    document=document.display_name,
                )
            )
        approval_sudo._log(line_sudo, "delegated", comment, delegate)
        line_sudo._delegate(principal or self.env.user, delegate)
        approval_sudo._update_todos()

    def _refuse_decider(self, user):
        """Raise the reason why ``user`` may not decide the pending steps."""
        pending = self.line_ids.filtered(lambda line: line.state == "pending")
        names = ", ".join(pending._get_deciders().mapped("name"))
        if user == self.requester_id:
            raise UserError(
                self.env._(
                    "You cannot decide your own request. %(names)s (%(office)s) has "
                    "been asked.",
                    names=names,
                    office=self.current_step,
                )
            )
        raise AccessError(
            self.env._(
                "The decision is not yours: %(office)s (%(names)s) has been asked.",
                office=self.current_step,
                names=names,
            )
        )

    def _log(self, line, decision, comment, other=None):
        """Append to the log. ``other``: in whose place a decision was taken, or
        to whom it was delegated."""
        self.env["customer.approval.decision"]._system_create(
            {
                "approval_id": self.id,
                "line_id": line.id,
                "decision": decision,
                "comment": comment,
                "user_id": self.env.uid,
                "on_behalf_id": other.id if other else False,
                "date": fields.Datetime.now(),
            }
        )

    def _destroy(self):
        # who decided when stays, without the words
        self.decision_ids._system_write({"comment": False})
        pending = self.filtered(lambda approval: approval.state == "pending")
        pending.line_ids._skip()
        pending._system_write({"state": "withdrawn", "waiting_since": False})
        self._system_write({"note": False})

    def _touch(self):
        result = super()._touch()
        self.invalidate_recordset()
        return result

    # ------------------------------------------------------------ upkeep

    @api.model
    def _refresh_deciders(self, users=None):
        """Bring the deciders of what is pending in line with today's roles.

        :param users: only of what these were asked
        """
        domain = Domain("state", "=", "pending")
        if users is not None:
            domain &= Domain("user_ids", "in", users.ids)
        lines = self.env["customer.approval.line"].search(domain)
        for line in lines:
            users = line._get_deciders()
            if users and users != line.user_ids:
                line._system_write({"user_ids": users.ids})
        for approval in lines.approval_id:
            approval._update_todos()

    @api.model
    def _duty_remind_deciders(self, duty, start, end):
        """Remind the deciders of what has waited since before ``end``."""
        overdue = self.search(
            Domain("state", "=", "pending")
            & Domain("waiting_since", "<", end)
            & Domain("company_id", "in", [self.env.company.id, False])
        )
        for approval in overdue:
            pending = approval.line_ids.filtered(lambda line: line.state == "pending")
            for lang, users in pending.user_ids.grouped("lang").items():
                approval.with_context(lang=lang)._remind(users)

    def _remind(self, users):
        self._document().message_notify(
            partner_ids=users.partner_id.ids,
            subject=self.env._("Waiting for your decision"),
            body=self.env._(
                "%(office)s: a request has been waiting for you since %(date)s.",
                office=self.current_step,
                date=format_date(self.env, self.waiting_since),
            ),
        )

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }


class CustomerApprovalLine(models.Model):
    _name = "customer.approval.line"
    _description = "Approval Step of a Request"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "approval_id, turn, id"

    approval_id = fields.Many2one(
        "customer.approval",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    name = fields.Char(string="Step", required=True, readonly=True, translate=True)
    turn = fields.Integer(readonly=True)
    role_id = fields.Many2one(
        "customer.role", required=True, readonly=True, ondelete="restrict"
    )
    allow_requester = fields.Boolean(readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Not Asked Yet"),
            ("pending", "Pending"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("skipped", "Not Needed"),
        ],
        default="waiting",
        required=True,
        readonly=True,
    )
    user_ids = fields.Many2many("res.users", string="Asked", readonly=True)
    delegate_ids = fields.Many2many(
        "res.users",
        "customer_approval_line_delegate_rel",
        string="Delegated To",
        readonly=True,
    )
    delegated_by_ids = fields.Many2many(
        "res.users", "customer_approval_line_delegated_by_rel", readonly=True
    )
    decision_ids = fields.One2many(
        "customer.approval.decision", "line_id", readonly=True
    )

    def _guarded_fields(self):
        return set(self._fields) - {"id", "display_name", *models.MAGIC_COLUMNS}

    @api.model
    def _may_read_domain(self):
        return Domain(
            "approval_id", "any!", self.env["customer.approval"]._may_read_domain()
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(
            self.env._("Requests and decisions are the record of who decided what.")
        )

    def _get_deciders(self):
        """Return who may decide this step today: those who may read the document
        among the holders of the role and those it was delegated to."""
        deciders = self.env["res.users"]
        for line in self:
            document = line.approval_id._document()
            if not document:
                continue
            users = line.role_id._get_users(document) - line.delegated_by_ids
            users |= line.delegate_ids.filtered("active")
            deciders |= document._readers_among(users - line._get_excluded())
        return deciders

    def _get_excluded(self):
        """Return who may not decide this step: who took part already and whom the
        document excludes."""
        self.ensure_one()
        excluded = self.approval_id._document()._approval_excluded_users()
        if not self.allow_requester:
            excluded |= self.approval_id.requester_id
        if not self.approval_id.allow_same_decider:
            excluded |= self.approval_id._get_past_deciders()
        return excluded

    def _get_asked(self):
        """Return the deciders and those who stand in for them today."""
        self.ensure_one()
        deciders = self._get_deciders()
        delegates = self.env["customer.approval.delegation"]._get_delegates(deciders)
        document = self.approval_id._document()
        excluded = self._get_excluded() | self.approval_id.requester_id
        return deciders | document._readers_among(delegates - excluded)

    def _ask(self):
        self.ensure_one()
        users = self._get_deciders()
        if not users:
            self._refuse_to_ask()
        self._system_write({"state": "pending", "user_ids": users.ids})

    def _refuse_to_ask(self):
        raise UserError(
            self.env._(
                "Nobody can decide the step %(step)s: the role %(role)s has no "
                "holder who may read %(document)s, other than those who took part "
                "already. Ask an administrator to give the role to somebody.",
                step=self.name,
                role=self.role_id.name,
                document=self.approval_id._document().display_name,
            )
        )

    def _close(self, state):
        self._system_write({"state": state})

    def _skip(self):
        self._system_write({"state": "skipped"})

    def _delegate(self, user, delegate):
        self._system_write(
            {
                "delegate_ids": [
                    fields.Command.unlink(user.id),
                    fields.Command.link(delegate.id),
                ],
                "delegated_by_ids": [
                    fields.Command.unlink(delegate.id),
                    fields.Command.link(user.id),
                ],
            }
        )
        self._system_write({"user_ids": self._get_deciders().ids})


class CustomerApprovalDecision(models.Model):
    """The append-only log of decisions (X3)."""

    _name = "customer.approval.decision"
    _description = "Approval Decision"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "id"

    approval_id = fields.Many2one(
        "customer.approval",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    line_id = fields.Many2one(
        "customer.approval.line", readonly=True, ondelete="restrict"
    )
    step = fields.Char(related="line_id.name")
    decision = fields.Selection(
        [
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("delegated", "Delegated"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    on_behalf_id = fields.Many2one(
        "res.users",
        string="For or To",
        readonly=True,
        ondelete="restrict",
        help="In whose place it was decided, or to whom it was delegated.",
    )
    date = fields.Datetime(required=True, readonly=True)
    comment = fields.Text(readonly=True)

    def _guarded_fields(self):
        return set(self._fields) - {"id", "display_name", *models.MAGIC_COLUMNS}

    @api.model
    def _may_read_domain(self):
        return Domain(
            "approval_id", "any!", self.env["customer.approval"]._may_read_domain()
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(
            self.env._("Requests and decisions are the record of who decided what.")
        )
