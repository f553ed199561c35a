from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .customer_approval import ACTIVITY_TYPE
from .customer_complaint import CLOSED
from .customer_dossier import ENDED

OPEN = ("draft", "started")
# whoever takes over sees it in his lists: no mail for each record
QUIET = {
    "mail_activity_quick_update": True,
    "mail_auto_subscribe_no_notify": True,
    "dont_notify": True,
}


class Holding(NamedTuple):
    """What an employee may hold.

    :param model: name of a model
    :param field: its field with the person
    :param domain: Domain of the records that are still to be handed over
    :param counted: one line with their number instead of one line per record
    :param moves: False: settled where it belongs, the successor does not get it
    :param blocks: whether the hand-over is completed only without it
    :param binds: Domain of those that keep a user from being deactivated (D29)
    """

    model: str
    field: str
    domain: Domain = Domain.TRUE
    counted: bool = False
    moves: bool = True
    blocks: bool = True
    binds: Domain = Domain.FALSE


class CustomerStaffHandover(models.Model):
    """资料交接: an employee leaves the company or his department and hands over
    what he holds of the customers (D27, D28).

    From the start he takes no copies along, on completion he has no access; both
    follow from ``res.users.archive_access``, which only this procedure writes.
    """

    _name = "customer.staff.handover"
    _description = "Staff Hand-over"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "user_id"
    _check_company_auto = True

    user_id = fields.Many2one(
        "res.users",
        string="Employee",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
        tracking=True,
    )
    reason = fields.Selection(
        [
            ("leaving", "Leaves the Company"),
            ("transfer", "Moves to Another Department"),
        ],
        required=True,
        default="leaving",
        tracking=True,
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Department",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        tracking=True,
    )
    head_id = fields.Many2one(
        "res.users",
        string="Department Head",
        compute="_compute_head_id",
        store=True,
        help="Empty where the department has none but the employee: the marketing "
        "director signs instead.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    date_last = fields.Date(string="Last Day", required=True, tracking=True)
    successor_id = fields.Many2one(
        "res.users",
        required=True,
        domain=[("share", "=", False)],
        tracking=True,
        help="Takes over every line that names nobody else.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("started", "Being Handed Over"),
            ("done", "Completed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    started_on = fields.Datetime(readonly=True, copy=False)
    done_on = fields.Datetime(string="Completed On", readonly=True, copy=False)
    cancel_reason = fields.Text(readonly=True, copy=False)
    line_ids = fields.One2many("customer.staff.handover.line", "handover_id")
    open_count = fields.Integer(string="Open Items", compute="_compute_open_count")
    unmoved_count = fields.Integer(compute="_compute_open_count")
    is_late = fields.Boolean(compute="_compute_is_late")
    may_manage = fields.Boolean(
        compute="_compute_may_manage", search="_search_may_manage"
    )

    _one_open = models.UniqueIndex(
        "(user_id) WHERE state IN ('draft', 'started')",
        "This employee is handing over already.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "state",
            "started_on",
            "done_on",
            "cancel_reason",
        }

    def _approval_locked_fields(self):
        return {
            "user_id",
            "reason",
            "team_id",
            "company_id",
            "date_last",
            "successor_id",
        }

    @api.model
    def _managed_domain(self):
        """Return the Domain of what the present user works on: the data department
        and the director all, a manager what concerns his unit; nobody his own."""
        user = self.env.user
        others = Domain("user_id", "!=", user.id)
        if user._has_archive_role("KEEPER", "MDO"):
            return others
        if user._has_archive_role("BUM"):
            led_teams = user.led_team_ids.filtered("active")
            return others & Domain("team_id", "in", led_teams.ids)
        return Domain.FALSE

    @api.model
    def _involved_domain(self):
        domain = self._managed_domain() | Domain("user_id", "=", self.env.uid)
        return Domain.TRUE if self.env.user._has_archive_role("GMO") else domain

    @api.model
    def _may_read_domain(self):
        uid = self.env.uid
        return (
            self._involved_domain()
            | Domain("successor_id", "=", uid)
            | Domain("line_ids.successor_id", "=", uid)
        )

    @api.depends("user_id", "team_id.user_id", "successor_id", "line_ids.successor_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("user_id", "team_id.user_id")
    @api.depends_context("uid")
    def _compute_may_manage(self):
        self._compute_by_domain("may_manage", self._managed_domain())

    @api.model
    def _search_may_manage(self, operator, value):
        return self._search_by_domain(operator, self._managed_domain())

    def _check_may_manage(self, *states):
        self.check_access("write")
        for handover in self:
            if handover.state not in states:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "The hand-over of %(user)s is %(state)s: this cannot be done "
                        "with it.",
                        user=handover.user_id.name,
                        state=labels[handover.state],
                    )
                )
            if handover.approval_state == "pending":
                raise UserError(
                    self.env._(
                        "The hand-over of %(user)s waits for the signatures. Withdraw "
                        "the request first.",
                        user=handover.user_id.name,
                    )
                )

    # ------------------------------------------------------------ computed, checked

    @api.depends("user_id")
    def _compute_team_id(self):
        for handover in self:
            handover.team_id = handover.user_id.sale_team_id or handover.team_id

    @api.depends("team_id.user_id", "user_id")
    def _compute_head_id(self):
        for handover in self:
            # sudo: who leads a department is no secret
            head_sudo = handover.sudo().team_id.user_id
            signs = (
                head_sudo.active
                and head_sudo != handover.user_id
                and head_sudo._has_archive_role("BUM")
            )
            handover.head_id = signs and head_sudo

    @api.depends("line_ids.is_settled", "line_ids.moved_on")
    def _compute_open_count(self):
        counts = {
            handover.id: (count, count - moved)
            for handover, count, moved in self.env[
                "customer.staff.handover.line"
            ]._read_group(
                [("handover_id", "in", self.ids), ("is_settled", "=", False)],
                ["handover_id"],
                ["__count", "moved_on:count"],
            )
        }
        for handover in self:
            handover.open_count, handover.unmoved_count = counts.get(
                handover._origin.id, (0, 0)
            )

    @api.depends("date_last", "state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for handover in self:
            handover.is_late = (
                handover.state == "started" and handover.date_last < today
            )

    @api.constrains("user_id", "successor_id")
    def _check_people(self):
        for handover in self:
            if handover.user_id.share:
                raise ValidationError(
                    self.env._("Only an employee hands over customer data.")
                )
            handover._check_successor(handover.successor_id)

    def _check_successor(self, users):
        # sudo: whether somebody is leaving himself is asked of no client
        for user_sudo in users.sudo():
            if (
                user_sudo in self.user_id
                or user_sudo.share
                or not user_sudo.active
                or user_sudo.archive_access
            ):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot take over. Choose an active employee who is "
                        "not leaving himself.",
                        user=user_sudo.name,
                    )
                )

    def _check_unit(self):
        """A manager opens the procedure for the people of his unit alone."""
        if self.env.su or self.env.user._has_archive_role("KEEPER", "MDO"):
            return
        for handover in self:
            if handover.user_id not in handover.team_id.member_ids:
                raise AccessError(
                    self.env._(
                        "%(user)s does not belong to your business unit. The keeper or "
                        "the marketing director opens this hand-over.",
                        user=handover.user_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        handovers = super().create(vals_list)
        handovers._check_unit()
        return handovers

    def write(self, vals):
        fixed = {"user_id", "reason", "team_id", "company_id"}.intersection(vals)
        if fixed and not self._is_system():
            self._check_may_manage("draft")
        elif {"date_last", "successor_id"} & vals.keys() and not self._is_system():
            self._check_may_manage(*OPEN)
        result = super().write(vals)
        if fixed:
            # the rules have judged what was there before
            self.check_access("write")
            self._check_unit()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if any(handover.state != "draft" for handover in self):
            raise UserError(self.env._("A hand-over that was started stays on record."))

    # ------------------------------------------------------------ what he holds

    @api.model
    def _get_holdings(self):
        """Return {kind of line: ``Holding``}. An addon whose records have a person
        extends this and the kinds of ``customer.staff.handover.line``."""
        in_use = Domain("state", "not in", ENDED)
        measures = Domain("state", "in", ("proposed", "approved", "executing"))
        dossiers, cases = "customer.dossier", "customer.complaint"
        open_cases = Domain("state", "not in", CLOSED)
        # sudo: a unit has dossiers whoever may read them
        filed = self.env[dossiers].sudo()._search(in_use)
        with_dossiers = Domain("id", "in", filed.subselect("team_id"))
        return {
            "dossier": Holding(dossiers, "user_id", in_use, binds=Domain.TRUE),
            "kept": Holding(dossiers, "keeper_id", in_use, binds=Domain.TRUE),
            "served": Holding(dossiers, "service_user_ids", in_use, binds=Domain.TRUE),
            "customer": Holding(
                "res.partner",
                "user_id",
                Domain("parent_id", "=", False),
                binds=Domain.TRUE,
            ),
            "contact": Holding(
                "res.partner", "user_id", Domain("parent_id", "!=", False), counted=True
            ),
            "team": Holding("crm.team", "user_id", binds=with_dossiers),
            "team_keeper": Holding("crm.team", "keeper_id"),
            "company_keeper": Holding("res.company", "customer_keeper_id"),
            "lead": Holding(
                "crm.lead", "user_id", Domain("won_status", "=", "pending")
            ),
            "order": Holding(
                "sale.order",
                "user_id",
                Domain("state", "in", ("draft", "sent"))
                | Domain("state", "=", "sale")
                & Domain("invoice_status", "!=", "invoiced"),
            ),
            "meeting": Holding(
                "calendar.event",
                "user_id",
                Domain("start", ">=", fields.Datetime.now())
                & Domain("partner_ids.partner_share", "=", True),
                counted=True,
            ),
            "measure": Holding("customer.measure", "user_id", measures),
            "measure_verifier": Holding("customer.measure", "verifier_id", measures),
            "verification": Holding(
                "customer.verification",
                "user_id",
                Domain("state", "=", "todo"),
                counted=True,
            ),
            "delivery": Holding(
                "customer.delivery.followup",
                "user_id",
                Domain("state", "not in", ("done", "cancelled")),
                counted=True,
            ),
            "case_receiver": Holding(cases, "receiver_id", open_cases, counted=True),
            "case": Holding(cases, "user_id", open_cases, counted=True),
            "case_task": Holding(
                "customer.complaint.task",
                "user_id",
                Domain("state", "=", "open"),
                counted=True,
            ),
            # after what they hang on: a successor may read it then
            "activity": Holding(
                "mail.activity",
                "user_id",
                Domain("activity_type_id", "!=", self.env.ref(ACTIVITY_TYPE).id),
                counted=True,
            ),
            # what is lent is brought back, not passed on
            "borrowed": Holding(
                "customer.access.permit",
                "user_id",
                Domain("kind", "=", "borrow") & Domain("state", "=", "issued"),
                moves=False,
                binds=Domain.TRUE,
            ),
            # deciders follow from the routes, and nobody decides who has no access
            "approval": Holding(
                "customer.approval.line",
                "user_ids",
                Domain("state", "=", "pending"),
                counted=True,
                moves=False,
                blocks=False,
            ),
            "delegation": Holding(
                "customer.approval.delegation",
                "delegate_id",
                Domain("date_to", ">=", fields.Date.today()),
                counted=True,
            ),
        }

    @api.model
    def _get_held_model(self, holding):
        # sudo: the list is complete whoever draws it up
        model_sudo = self.env[holding.model].sudo().with_context(**QUIET)
        # what has no archive is searched for users who are inactive by now, too
        return model_sudo.with_context(active_test=bool(model_sudo._active_name))

    def _search_held(self, holding):
        """Return in sudo the records of one kind that the employee holds, in every
        company: his access is one."""
        self.ensure_one()
        return self._get_held_model(holding).search(
            holding.domain & Domain(holding.field, "in", self.user_id.ids)
        )

    @api.model
    def _count_bound(self, users):
        """Return {user: {kind: number}} of what keeps ``users`` from being
        deactivated (D29), in one query per kind."""
        counts = {user: {} for user in users}
        for kind, holding in self._get_holdings().items():
            if holding.binds.is_false():
                continue
            for user, count in self._get_held_model(holding)._read_group(
                holding.domain & holding.binds & Domain(holding.field, "in", users.ids),
                [holding.field],
                ["__count"],
            ):
                if user.id in users._ids:
                    counts[users.browse(user.id)][kind] = count
        return counts

    @api.model
    def _get_counts_text(self, counts):
        return ", ".join(
            f"{label}: {count}" for label, count in counts.items() if count
        )

    def _collect_lines(self):
        """Bring the list in line with what the employee holds now, in a number of
        queries that does not grow with it."""
        self.ensure_one()
        # sudo: lines of what is held are written by the system
        lines_sudo = self.sudo().line_ids
        listed = {(line.kind, line.res_id): line for line in lines_sudo}
        again_sudo = lines_sudo.browse()
        vals_list = []
        holdings = self._get_holdings()
        for kind, holding in holdings.items():
            records = self._search_held(holding)
            if kind == "customer":
                # the customers with a dossier follow it
                records -= self._search_held(holdings["dossier"]).partner_id
            for item in [records] if holding.counted and records else records:
                line_sudo = listed.get((kind, 0 if holding.counted else item.id))
                if not line_sudo:
                    vals_list.append(self._prepare_line(kind, holding, item))
                elif line_sudo.count != len(item):
                    line_sudo._system_write({"count": len(item), "moved_on": False})
                elif line_sudo.moved_on:
                    again_sudo |= line_sudo
        again_sudo._system_write({"moved_on": False})
        lines_sudo._system_create(vals_list)

    def _prepare_line(self, kind, holding, records):
        vals = {
            "handover_id": self.id,
            "kind": kind,
            "res_model": holding.model,
            "count": len(records),
            "successor_id": self.successor_id.id,
        }
        if holding.counted:
            return vals
        vals["res_id"] = records.id
        if holding.model == "res.partner":
            vals["partner_id"] = records.id
        elif "partner_id" in records:
            vals["partner_id"] = records.partner_id.id
        if holding.model == "res.company":
            vals["company_id"] = records.id
        elif "company_id" in records:
            vals["company_id"] = records.company_id.id
        return vals

    def _check_settled(self):
        """Refuse while anything is not moved, received or returned (D28)."""
        self.ensure_one()
        # sudo: what lies in another company counts, too; only numbers are said
        handover_sudo = self.sudo()
        labels = dict(
            handover_sudo.line_ids._fields["kind"]._description_selection(self.env)
        )
        held = {
            labels[kind]: len(handover_sudo._search_held(holding))
            for kind, holding in self._get_holdings().items()
            if holding.blocks
        }
        if any(held.values()):
            raise UserError(
                self.env._(
                    "%(user)s still holds: %(items)s. Update the list and move it, or "
                    "have it returned.",
                    user=handover_sudo.user_id.name,
                    items=self._get_counts_text(held),
                )
            )
        unsettled = handover_sudo.line_ids.filtered(lambda line: not line.is_settled)
        if unsettled:
            raise UserError(
                self.env._(
                    "%(count)s items are not received by the department and the data "
                    "department yet.",
                    count=len(unsettled),
                )
            )

    # ------------------------------------------------------------ actions

    def action_start(self):
        """Draw up the list; from this minute the employee takes no copies."""
        self._check_may_manage("draft")
        for handover in self:
            handover._check_unit()
            # sudo: asked of no client
            if handover.sudo().user_id.archive_access:
                raise UserError(
                    self.env._(
                        "%(user)s has handed over already and has no access.",
                        user=handover.user_id.name,
                    )
                )
            handover._collect_lines()
        # sudo: who may was checked; state and access are written by the system
        handovers_sudo = self.sudo()
        handovers_sudo._system_write(
            {"state": "started", "started_on": fields.Datetime.now()}
        )
        handovers_sudo.user_id.archive_access = "no_copies"
        return True

    def action_update(self):
        """Add to the list what the employee came to hold since the start."""
        self._check_may_manage("started")
        for handover in self:
            handover._collect_lines()
        return True

    def action_move(self):
        """Give everything that is not moved yet to its successors."""
        self._check_may_manage("started")
        self.line_ids.filtered(lambda line: not line.moved_on).action_move()
        return True

    def action_receive_department(self):
        """The head of the department has received all items."""
        lines = self.line_ids.filtered(lambda line: not line.department_user_id)
        return lines.action_receive_department()

    def action_receive_data(self):
        """The data department has received all items."""
        lines = self.line_ids.filtered(lambda line: not line.keeper_user_id)
        return lines.action_receive_data()

    def action_submit(self):
        """Ask the heads of both departments to sign."""
        self._check_may_manage("started")
        for handover in self:
            handover.sudo().line_ids._note_settled()
            handover._check_settled()
            handover._request_approval()
        return True

    def action_cancel(self, reason):
        """The marketing director calls the procedure off; access comes back."""
        self.check_access("write")
        if not self.env.user._has_archive_role("MDO"):
            raise AccessError(
                self.env._("Only the marketing director cancels a hand-over.")
            )
        if any(handover.state not in OPEN for handover in self):
            raise UserError(self.env._("Only an open hand-over can be cancelled."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the hand-over is cancelled."))
        # sudo: who may was checked; state and access are written by the system
        for handover_sudo in self.sudo():
            handover_sudo.approval_id._call_off(reason)
            if handover_sudo.state == "started":
                handover_sudo.user_id.archive_access = False
            handover_sudo._system_write({"state": "cancelled", "cancel_reason": reason})
        return True

    def action_restore(self):
        """The marketing director gives access back to who returns to the company."""
        self.check_access("write")
        if not self.env.user._has_archive_role("MDO"):
            raise AccessError(
                self.env._("Only the marketing director gives access back.")
            )
        if any(
            handover.state != "done" or handover.reason != "leaving"
            for handover in self
        ):
            raise UserError(self.env._("Access is given back to who left the company."))
        # sudo: who may was checked; access is written by the system
        self.sudo().user_id.filtered(
            lambda user: user.archive_access == "none"
        ).archive_access = False
        for handover in self:
            handover.message_post(body=self.env._("Access was given back."))
        return True

    # ------------------------------------------------------------ two signatures

    def _approval_responsible(self, resolution):
        if resolution == "unit_manager":
            return self.head_id
        return self.env["res.users"]

    def _readers_among(self, users):
        return super()._readers_among(users) - self.user_id

    def _get_approval_to_decide(self):
        if self.env.user in self.user_id:
            raise AccessError(
                self.env._("Nobody signs or withdraws the hand-over of his own items.")
            )
        return super()._get_approval_to_decide()

    def _approval_on_approved(self, approval):
        self._check_settled()
        self._system_write({"state": "done", "done_on": fields.Datetime.now()})
        self.user_id.archive_access = "none" if self.reason == "leaving" else False
        dossiers = self.env["customer.dossier"]
        filed = self.line_ids.filtered(lambda line: line.res_model == dossiers._name)
        dossiers.browse(set(filed.mapped("res_id"))).exists()._log(
            "staff_handover", self.user_id.name
        )
        self._unfollow()
        self.env["customer.approval"]._refresh_deciders(self.user_id)

    def _unfollow(self):
        """The employee is told no more of what happens to the customers' files."""
        models_ = self._get_secret_models()
        self.env["mail.followers"].search(
            Domain("res_model", "in", list(models_))
            & Domain("partner_id", "=", self.user_id.partner_id.id)
        ).unlink()

    # ------------------------------------------------------------ successors

    def _pass_on(self, kind, records, successor):
        """Give ``records`` (in sudo) of one kind to ``successor``; extension point."""
        self.ensure_one()
        leaver = self.user_id
        if kind == "delegation":
            # who is absent chooses another himself
            records.unlink()
            return
        field = self._get_holdings()[kind].field
        vals = {field: successor.id}
        if kind == "served":
            vals = {field: [Command.unlink(leaver.id), Command.link(successor.id)]}
        elif kind == "meeting":
            vals["partner_ids"] = [
                Command.unlink(leaver.partner_id.id),
                Command.link(successor.partner_id.id),
            ]
        if hasattr(records, "_system_write"):
            # what is submitted and waits for a decision moves, too
            records._system_write(vals)
        else:
            records.write(vals)
        if kind == "dossier":
            records._log(
                "allocated", self.env._("Hand-over of %(user)s", user=leaver.name)
            )
