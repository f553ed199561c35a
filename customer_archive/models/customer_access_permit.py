import io
from base64 import b64decode
from datetime import timedelta

from PIL import Image
from reportlab.pdfgen import canvas

from odoo import api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_datetime
from odoo.tools.mimetypes import guess_mimetype
from odoo.tools.pdf import PdfFileReader, PdfFileWriter, merge_pdf

# who sees which dossier an item stands for, and whether it is important: to the
# requester a permit does not tell whether there is a dossier
OFFICES = ("KEEPER", "MDO", "GMO")
OFFICE_GROUPS = ",".join(f"customer_archive.group_{code.lower()}" for code in OFFICES)
# whose borrowings are due on the same day and stay in the office (D17)
SALES_ROLES = ("REP", "BUM")
# characters without which the recipient's measures say nothing (D24)
MEASURES_LENGTH = 6
CONDITIONS = [
    ("complete", "Complete"),
    ("damaged", "Damaged"),
    ("missing", "Not Returned"),
]
TODO = "mail.mail_activity_data_todo"
RETURN = "customer_archive.mail_activity_type_return"


class CustomerAccessPermit(models.Model):
    """查阅借阅单: leave to read, copy, borrow or disclose dossiers for a time (D4,
    D17-D19, D23).

    What is in force is decided by ``_in_force_domain`` when it is asked, so a right
    lapses by the minute; the state follows later, for display only.
    """

    _name = "customer.access.permit"
    _description = "Access Permit"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "number"
    _mail_post_access = "read"

    number = fields.Char(readonly=True, copy=False, index="trigram")
    kind = fields.Selection(
        [
            ("read", "Read"),
            ("copy", "Copy"),
            ("borrow", "Borrow"),
            ("disclose", "Disclose to Outsiders"),
        ],
        required=True,
        default="read",
        tracking=True,
    )
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("approved", "Approved"),
            ("issued", "Handed Out"),
            ("returned", "Returned"),
            ("rejected", "Rejected"),
            ("expired", "Lapsed"),
        ],
        required=True,
        default="requested",
        readonly=True,
        copy=False,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Requester",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    team_id = fields.Many2one(
        "crm.team", string="Business Unit", readonly=True, copy=False
    )
    department = fields.Char(default=lambda self: self.env.user.sale_team_id.name)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    purpose = fields.Text(required=True)
    date_from = fields.Datetime(
        string="From", required=True, copy=False, default=fields.Datetime.now
    )
    date_until = fields.Datetime(
        string="Until",
        required=True,
        copy=False,
        tracking=True,
        default=lambda self: self.env.company._get_lending_end(fields.Datetime.now()),
    )
    item_ids = fields.One2many(
        "customer.access.permit.item", "permit_id", string="Items", copy=True
    )
    copies = fields.Integer(string="Number of Copies", default=1)
    recipient = fields.Char(help="Who outside the company is given the data.")
    recipient_measures = fields.Text(
        string="Recipient's Protection Measures",
        help="How the recipient keeps the data confidential.",
    )
    undertaking_file = fields.Binary(
        string="Undertaking", copy=False, help="The confidentiality agreement, signed."
    )
    undertaking_name = fields.Char(copy=False)

    submitted_on = fields.Datetime(readonly=True, copy=False)
    same_day_return = fields.Boolean(
        string="Same-Day Return", readonly=True, copy=False
    )
    not_to_leave = fields.Boolean(
        string="Not to Leave the Office", readonly=True, copy=False
    )
    is_related = fields.Boolean(
        string="Requester Could Read Already", readonly=True, copy=False
    )
    issued_on = fields.Datetime(string="Handed Out On", readonly=True, copy=False)
    issued_by_id = fields.Many2one(
        "res.users", string="Handed Out By", readonly=True, copy=False
    )
    signature = fields.Binary(
        string="Borrower's Signature", attachment=False, readonly=True, copy=False
    )
    returned_on = fields.Datetime(readonly=True, copy=False)
    returned_to_id = fields.Many2one("res.users", readonly=True, copy=False)
    revoked_on = fields.Datetime(readonly=True, copy=False)
    revoked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    revoke_reason = fields.Text(
        string="Reason of Revocation", readonly=True, copy=False
    )
    borrower_reminded = fields.Boolean(readonly=True, copy=False)
    offices_told = fields.Boolean(readonly=True, copy=False)
    release_attachment_id = fields.Many2one(
        "ir.attachment", string="Release File", readonly=True, copy=False
    )

    is_in_force = fields.Boolean(string="In Force", compute="_compute_is_in_force")
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    rules_of_use = fields.Text(string="Rules of Use", compute="_compute_rules_of_use")
    can_revoke = fields.Boolean(compute="_compute_can_revoke")

    _in_force_idx = models.Index("(user_id, state, date_until)")
    _copies_positive = models.Constraint(
        "CHECK(copies > 0)", "There is at least one copy."
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "number",
            "state",
            "user_id",
            "team_id",
            "submitted_on",
            "same_day_return",
            "not_to_leave",
            "is_related",
            "issued_on",
            "issued_by_id",
            "signature",
            "returned_on",
            "returned_to_id",
            "revoked_on",
            "revoked_by_id",
            "revoke_reason",
            "borrower_reminded",
            "offices_told",
            "release_attachment_id",
        }

    def _prepare_system_values(self, vals):
        # sudo: numbering belongs to the request
        sequence_sudo = self.env["ir.sequence"].sudo()
        return {
            "number": sequence_sudo.next_by_code("customer.access.permit"),
            "user_id": self.env.uid,
            "team_id": self.env.user.sale_team_id.id,
            "state": "requested",
        }

    def _approval_locked_fields(self):
        return {
            "kind",
            "department",
            "company_id",
            "purpose",
            "date_from",
            "date_until",
            "item_ids",
            "copies",
            "recipient",
            "recipient_measures",
            "undertaking_file",
            "undertaking_name",
        }

    @api.model
    def _customer_data_domain(self, dossiers):
        """The permits for these customers alone (D31)."""
        return Domain("item_ids.dossier_id", "in", dossiers.ids) & ~Domain(
            "item_ids", "any", [("dossier_id", "not in", dossiers.ids)]
        )

    def _destroy(self):
        # who was permitted when stays, without the words
        self._system_write(
            {
                "purpose": "–",
                "recipient": False,
                "recipient_measures": False,
                "undertaking_file": False,
                "undertaking_name": False,
                "revoke_reason": False,
                "signature": False,
            }
        )
        waiting = self.filtered(
            lambda permit: permit.state in ("requested", "approved")
        )
        waiting._system_write({"state": "expired"})

    @api.model
    def _may_read_domain(self):
        """The requester reads his own; once it is asked for, the head of his unit and
        the offices, who must be allowed to read every dossier named in it."""
        user = self.env.user
        own = Domain("user_id", "=", user.id)
        if not user._has_archive_role("BUM", *OFFICES):
            return own
        asked = Domain("submitted_on", "!=", False)
        dossiers = self.env["customer.dossier"]._may_read_domain()
        items = Domain("dossier_id", "!=", False)
        readable = asked
        if not dossiers.is_true():
            hidden = items & Domain("dossier_id", "not any!", dossiers)
            readable &= Domain("item_ids", "not any!", hidden)
        if not user._has_archive_role(*OFFICES):
            readable &= Domain("item_ids", "any!", items)
        if user._has_archive_role("BUM"):
            led_teams = user.led_team_ids.filtered("active")
            readable |= asked & Domain("team_id", "in", led_teams.ids)
        return own | readable

    @api.depends(
        "user_id", "team_id.user_id", "submitted_on", "item_ids.dossier_id.may_read"
    )
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    # ------------------------------------------------------------ in force (D4)

    @api.model
    def _in_force_domain(self):
        """Return the Domain of the permits that open dossiers at this minute: to read
        or copy between the two times, borrowed from the hand-out to the return."""
        now = fields.Datetime.now()
        read = (
            Domain("kind", "in", ("read", "copy"))
            & Domain("state", "=", "approved")
            & Domain("date_from", "<=", now)
        )
        borrowed = Domain("kind", "=", "borrow") & Domain("state", "=", "issued")
        return Domain("date_until", ">", now) & (read | borrowed)

    @api.depends("kind", "state", "date_from", "date_until")
    def _compute_is_in_force(self):
        in_force = self.filtered_domain(self._in_force_domain())
        for permit in self:
            permit.is_in_force = permit in in_force

    @api.model
    def _overdue_domain(self):
        return Domain("state", "=", "issued") & Domain(
            "date_until", "<", fields.Datetime.now()
        )

    @api.depends("state", "date_until")
    def _compute_is_overdue(self):
        overdue = self.filtered_domain(self._overdue_domain())
        for permit in self:
            permit.is_overdue = permit in overdue

    @api.model
    def _search_is_overdue(self, operator, value):
        return self._overdue_domain() if operator == "in" else NotImplemented

    # ------------------------------------------------------------ computed, checked

    @api.depends("state", "item_ids.partner_id")
    @api.depends_context("uid", "lang")
    def _compute_rules_of_use(self):
        """Those of the strictest level concerned (D13). Who may not read the dossiers
        sees the strictest there are until it is approved: his own would tell him how
        secret the customer is."""
        # sudo: the rules are for everybody who asks
        levels_sudo = self.env["customer.secrecy.level"].sudo().search(Domain.TRUE)
        for permit in self:
            dossiers_sudo = permit.sudo().item_ids.dossier_id
            # _origin: what a client says in a form is no approval
            state = permit._origin.state
            known = state in ("approved", "issued", "returned", "expired") or (
                dossiers_sudo.sudo(False).has_access("read")
            )
            concerned = dossiers_sudo.secrecy_level_id if known else levels_sudo
            strictest = (concerned or levels_sudo).sorted("rank")[-1:]
            permit.rules_of_use = strictest.with_env(self.env).sudo().rules_of_use

    @api.depends("state", "approval_id.decision_ids")
    @api.depends_context("uid")
    def _compute_can_revoke(self):
        for permit in self:
            permit.can_revoke = (
                permit.state in ("approved", "issued") and permit._is_revoker()
            )

    def _is_revoker(self):
        # sudo: only the answer yes or no leaves this method
        deciders = self.sudo().approval_id._get_past_deciders()
        user = self.env.user
        return user != self.user_id and (
            user._has_archive_role(*OFFICES) or user in deciders
        )

    @api.constrains("date_from", "date_until")
    def _check_dates(self):
        # later the system shortens it, to a time that may be before it was to begin
        for permit in self.filtered(lambda permit: permit.state == "requested"):
            if permit.date_from >= permit.date_until:
                raise ValidationError(self.env._("A permit ends after it begins."))

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind == "borrow":
            self.date_until = self._get_end(fields.Datetime.now(), self._is_sales())

    # ------------------------------------------------------------ request

    def action_submit(self):
        """Ask for the decision; only the requester does, and for himself."""
        for permit in self:
            permit.check_access("write")
            permit._check_state("requested")
            if permit.user_id != self.env.user:
                raise AccessError(
                    self.env._("Only the requester submits his own request.")
                )
            if permit.approval_state != "pending":
                permit._check_request()
                # sudo: what the dossiers say decides; the requester may not read them
                now = fields.Datetime.now()
                permit.sudo()._find_dossiers()
                permit.sudo()._prepare_decision(
                    max(now, permit.date_from), is_request=True
                )
                permit.sudo()._system_write({"submitted_on": now})
            permit._request_approval()
        return True

    def _check_request(self):
        self.ensure_one()
        if not self.item_ids:
            raise UserError(
                self.env._("Say which customers' dossiers or papers are meant.")
            )
        self._check_period()
        if self.kind == "borrow":
            self._check_nothing_overdue()
        if self.kind == "disclose":
            self._check_recipient()
            for item in self.item_ids:
                if item.description and not item.document_id:
                    raise UserError(
                        self.env._(
                            "%(item)s: choose the paper to be disclosed, or clear the "
                            "description to disclose the whole dossier.",
                            item=item.name,
                        )
                    )

    def _check_period(self):
        if self.date_until <= fields.Datetime.now():
            raise UserError(
                self.env._(
                    "The period of %(permit)s is over. A new request is needed.",
                    permit=self.number,
                )
            )

    def _check_nothing_overdue(self):
        """Who has not returned what was due borrows nothing else (D20)."""
        # sudo: the borrower's own lendings, whoever asks
        overdue_sudo = self.sudo().search(
            Domain("user_id", "=", self.user_id.id) & self._overdue_domain(),
            order="date_until",
        )
        if not overdue_sudo:
            return
        count = len(overdue_sudo.item_ids)
        since = format_datetime(self.env, overdue_sudo[0].date_until, dt_format="short")
        if self.user_id != self.env.user:
            raise UserError(
                self.env._(
                    "%(user)s cannot borrow: %(n)s items are overdue since %(date)s.",
                    user=self.user_id.name,
                    n=count,
                    date=since,
                )
            )
        button = self.env._("My Lendings")
        action = {
            "type": "ir.actions.act_window",
            "name": button,
            "res_model": self._name,
            "views": [[False, "list"], [False, "form"]],
            "domain": [("user_id", "=", self.env.uid), ("state", "=", "issued")],
        }
        raise RedirectWarning(
            self.env._(
                "You cannot borrow: %(n)s items are overdue since %(date)s. Return "
                "them first.",
                n=count,
                date=since,
            ),
            action,
            button,
        )

    def _check_recipient(self):
        """Nothing is disclosed to whom does not keep it confidential (D24)."""
        measures = "".join((self.recipient_measures or "").split())
        if not (self.recipient or "").strip() or (
            len(measures) < MEASURES_LENGTH and not self.undertaking_file
        ):
            raise UserError(
                self.env._(
                    "Name the recipient and describe his protection measures, or "
                    "attach his undertaking: without it nothing is disclosed."
                )
            )

    def _is_sales(self):
        # sudo: the roles of the requester, whoever hands out
        return self.sudo().user_id._has_archive_role(*SALES_ROLES)

    def _get_end(self, start, same_day):
        """Return when the lending that begins at ``start`` ends: at the close of
        business of that day, or of the next where it is past, if it has to (D17, D19),
        else as asked."""
        if not same_day:
            return self.date_until
        company = (self.company_id or self.env.company).sudo()
        close = company._get_close_of_business(start)
        if close <= start:
            close = company._get_close_of_business(start + timedelta(days=1))
        return close

    def _find_dossiers(self):
        """Ask for the customers whose dossiers are meant, in sudo: a contact could
        become one of another customer while it is decided."""
        items = self.item_ids
        for item in items:
            customer = item.partner_id.commercial_partner_id
            if self.submitted_on and item.partner_id != customer:
                raise UserError(
                    self.env._(
                        "%(item)s belongs to another customer now. A new request is "
                        "needed.",
                        item=item.name,
                    )
                )
            if item.partner_id != customer:
                item._system_write({"partner_id": customer.id})
        self.env.add_to_compute(items._fields["dossier_id"], items)

    def _prepare_decision(self, start, is_request=False):
        """Bring what the dossiers decide up to date: whether it is due on the same
        day, and the end. A request tells its author nothing of what he may not read.
        """
        items = self.item_ids
        is_sales = self._is_sales()
        dossiers = items.dossier_id.with_user(self.user_id)
        important = items.filtered("is_important").dossier_id
        if is_request:
            important &= dossiers._filtered_access("read")
        same_day = self.kind == "borrow" and bool(is_sales or important)
        self._system_write(
            {
                "same_day_return": same_day,
                "not_to_leave": self.kind == "borrow" and is_sales,
                "is_related": all(item.dossier_id for item in items)
                and dossiers.has_access("read"),
                "date_until": self._get_end(start, same_day),
            }
        )

    # ------------------------------------------------------------ decision (X3)

    def _approval_kind(self):
        return self.kind

    def _approval_responsible(self, resolution):
        """The head of the department is that of the requester; for himself, and for
        who has none, that of the customers'."""
        dossiers = self.item_ids.dossier_id
        if resolution == "unit_manager":
            head = self.team_id.user_id - self.user_id
            return head or dossiers.team_id.user_id - self.user_id
        return {"rep": dossiers.user_id, "keeper": dossiers.keeper_id}[resolution]

    def _approval_on_approved(self, approval):
        now = fields.Datetime.now()
        if self.kind == "disclose":
            self._check_recipient()
        self._find_dossiers()
        self._prepare_decision(max(now, self.date_from))
        self._check_period()
        self._move_to("approved")

    def _approval_on_rejected(self, approval):
        self._move_to("rejected")

    # ------------------------------------------------------------ hand out, take back

    def action_hand_out(self, signature=False):
        """Hand the items out to the borrower (D18).

        :param signature: image, base64, of what he signed on the screen
        :raise UserError: too late for it, or he has not returned others
        """
        now = fields.Datetime.now()
        for permit in self:
            permit._check_keeper()
            permit._check_state("approved", kind="borrow")
            permit._check_period()
            permit._check_nothing_overdue()
            # sudo: the keeper was checked; the fields are guarded
            permit_sudo = permit.sudo()
            permit_sudo._prepare_decision(now)
            close = permit_sudo.company_id._get_close_of_business(now)
            if permit_sudo.same_day_return and close <= now:
                raise UserError(
                    self.env._(
                        "Business is closed. What is due on the same day is handed "
                        "out tomorrow."
                    )
                )
            permit_sudo._move_to(
                "issued",
                date_from=min(permit_sudo.date_from, now),
                issued_on=now,
                issued_by_id=self.env.uid,
                signature=signature,
            )
            # sudo: it is the borrower's act, which the keeper enters
            log_sudo = self.env["customer.access.log"].with_user(permit.user_id).sudo()
            log_sudo._log_access(
                permit_sudo.item_ids.dossier_id, "borrow", permit, permit.number
            )
        return True

    def action_take_back(self, conditions):
        """Record the return and what state each item was in; the right ends.

        :param conditions: list of dicts with item_id, condition and remark, one for
            every item
        """
        self.ensure_one()
        self._check_keeper()
        self._check_state("issued")
        # sudo: the keeper was checked; the fields are guarded
        permit_sudo = self.sudo()
        given = {line["item_id"]: line for line in conditions}
        if given.keys() != set(permit_sudo.item_ids.ids) or not all(
            line.get("condition") for line in given.values()
        ):
            raise UserError(self.env._("Say of every item how it came back."))
        for item in permit_sudo.item_ids:
            item._system_write(
                {
                    "condition": given[item.id]["condition"],
                    "remark": given[item.id].get("remark"),
                }
            )
        permit_sudo._move_to(
            "returned",
            returned_on=fields.Datetime.now(),
            returned_to_id=self.env.uid,
        )
        permit_sudo.activity_unlink([RETURN])
        return True

    def action_revoke(self, reason):
        """End a permit before its time. What was handed out is due back at once."""
        now = fields.Datetime.now()
        for permit in self:
            permit.check_access("read")
            permit._check_state("approved", "issued")
            if not permit._is_revoker():
                raise AccessError(
                    self.env._(
                        "Only the keeper, the directors and who approved it revoke a "
                        "permit."
                    )
                )
            if not (reason or "").strip():
                raise UserError(self.env._("Say why the permit is revoked."))
            # sudo: who acts was checked; the fields are guarded
            permit_sudo = permit.sudo()
            values = {
                "revoked_on": now,
                "revoked_by_id": self.env.uid,
                "revoke_reason": reason,
                "borrower_reminded": False,
            }
            permit_sudo.release_attachment_id.unlink()
            if permit_sudo.state == "issued":
                until = min(permit_sudo.date_until, now)
                permit_sudo._move_to("issued", date_until=until, **values)
            else:
                permit_sudo._move_to("expired", **values)
            user = permit_sudo.user_id
            permit_sudo.activity_schedule(
                TODO,
                user_id=user.id,
                summary=permit.with_context(lang=user.lang).env._(
                    "Your permit was revoked"
                ),
            )
        return True

    def _move_to(self, state, **values):
        self._system_write({"state": state, **values})
        # no field of the contact leads to the permits
        self.env["res.partner"]._invalidate_dossier_head()

    def _check_state(self, *states, kind=False):
        for permit in self:
            if permit.state not in states or (kind and permit.kind != kind):
                labels = dict(self._fields["state"]._description_selection(self.env))
                kinds = dict(self._fields["kind"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(permit)s (%(kind)s) is %(state)s: this cannot be done with "
                        "it.",
                        permit=permit.number,
                        kind=kinds[permit.kind],
                        state=labels[permit.state],
                    )
                )

    def _check_keeper(self):
        self.check_access("read")
        if not self.env.user._has_archive_role("KEEPER"):
            raise AccessError(self.env._("Only a keeper does this."))
        if self.user_id == self.env.user:
            raise AccessError(
                self.env._("What you asked for yourself is handled by another keeper.")
            )

    def _open_dialog(self, step, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "customer.access.permit.handle",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_permit_id": self.id, "default_step": step},
        }

    def action_open_hand_out(self):
        return self._open_dialog("hand_out", self.env._("Hand Out"))

    def action_open_take_back(self):
        return self._open_dialog("take_back", self.env._("Take Back"))

    def action_open_revoke(self):
        return self._open_dialog("revoke", self.env._("Revoke"))

    # ------------------------------------------------------------ disclosure (D23)

    def action_make_release_file(self):
        """Make the one file that is given to the recipient: a cover, then the named
        items, the number on every page (D23). It cannot exist before the approvals.

        :return: the action that downloads it
        """
        self.ensure_one()
        self._check_keeper()
        self._check_state("approved", kind="disclose")
        now = fields.Datetime.now()
        if not self.date_from <= now < self.date_until:
            raise UserError(
                self.env._("Data are disclosed only within the approved period.")
            )
        dossiers = self.item_ids.dossier_id
        dossiers._check_operation("copy")
        self.item_ids.document_id._check_registered_operation("copy")
        parts = [self._render_pdf("action_report_customer_release", self)]
        parts += [item._get_release_pdf() for item in self.item_ids]
        content = self._mark_pages(merge_pdf(parts), f"{self.number} · {now:%Y-%m-%d}")
        # sudo: the keeper was checked; the file is written by the system alone
        permit_sudo = self.sudo()
        permit_sudo.release_attachment_id.unlink()
        attachment_sudo = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{self.number}.pdf",
                    "raw": content,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )
        permit_sudo._system_write({"release_attachment_id": attachment_sudo.id})
        self.env["customer.access.log"]._log_access(
            dossiers, "disclose", self, f"{self.number}: {self.purpose}"
        )
        return self.action_download_release_file()

    def action_download_release_file(self):
        self.ensure_one()
        self.check_access("read")
        if not self.release_attachment_id:
            raise UserError(self.env._("The keeper has not made the file yet."))
        self._check_release()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.release_attachment_id.id}?download=true",
            "target": "new",
        }

    def _check_release(self):
        """Refuse the release file to who is leaving, and when the permit does not run
        to everybody but the offices, who keep it on record."""
        self.check_access("read")
        self.env.user._check_takes_copies()
        if self.env.user._has_archive_role(*OFFICES):
            return
        now = fields.Datetime.now()
        for permit in self:
            runs = permit.date_from <= now < permit.date_until
            if permit.state != "approved" or not runs:
                raise AccessError(
                    self.env._(
                        "%(permit)s is not in force. A new request is needed.",
                        permit=permit.number,
                    )
                )

    @api.model
    def _mark_pages(self, content, text):
        """Return the PDF ``content`` with ``text`` and the page number at the
        foot of every page: the release mark."""
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        writer = PdfFileWriter()
        count = reader.getNumPages()
        for index in range(count):
            writer.addPage(reader.getPage(index))
            # of the writer: a page of the reader cannot be merged into
            page = writer.getPage(index)
            packet = io.BytesIO()
            size = float(page.mediaBox.getWidth()), float(page.mediaBox.getHeight())
            sheet = canvas.Canvas(packet, pagesize=size)
            sheet.setFillColorRGB(0.69, 0, 0.13)
            sheet.setFontSize(9)
            sheet.drawCentredString(size[0] / 2, 12, f"{text} · {index + 1}/{count}")
            sheet.save()
            packet.seek(0)
            page.mergePage(PdfFileReader(packet).getPage(0))
        output = io.BytesIO()
        writer.write(output)
        return output.getvalue()

    @api.model
    def _render_pdf(self, report, records):
        content, _type = self.env["ir.actions.report"]._render_qweb_pdf(
            f"customer_archive.{report}", records.ids
        )
        return content

    def action_view_use(self):
        """Open what the register says of the requester while the permit ran."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_access_log_action"
        )
        until = self.returned_on or self.revoked_on or self.date_until
        action["domain"] = [
            ("user_id", "=", self.user_id.id),
            ("dossier_ids", "in", self.item_ids.dossier_id.ids),
            ("create_date", ">=", self.issued_on or self.date_from),
            ("create_date", "<=", until),
        ]
        return action

    # ------------------------------------------------------------ follow-up (D20)

    @api.model
    def _cron_follow_permits(self):
        """Show what has lapsed as lapsed and remind the borrowers, once, of what is
        overdue. No right depends on it."""
        now = fields.Datetime.now()
        self.search(
            Domain("state", "=", "approved") & Domain("date_until", "<=", now)
        )._system_write({"state": "expired"})
        cron = self.env["ir.cron"]
        overdue = self.search(
            self._overdue_domain() & Domain("borrower_reminded", "=", False)
        )
        cron._commit_progress(remaining=len(overdue))
        for permit in overdue:
            permit.with_context(lang=permit.user_id.lang)._remind_borrower()
            if not cron._commit_progress(1):
                break

    def _remind_borrower(self):
        self._system_write({"borrower_reminded": True})
        self.activity_schedule(
            RETURN,
            user_id=self.user_id.id,
            summary=self.env._("Return what you borrowed"),
        )
        self.message_notify(
            partner_ids=self.user_id.partner_id.ids,
            subject=self.env._("Return what you borrowed"),
            body=self.env._(
                "%(items)s had to be back by %(time)s. Return it to %(keeper)s now; "
                "tomorrow the Marketing Director will be told.",
                items=", ".join(self.item_ids.mapped("name")),
                time=format_datetime(
                    self.env,
                    self.date_until,
                    tz=self.company_id._get_office_timezone().key,
                    dt_format="short",
                ),
                keeper=self.issued_by_id.name,
            ),
        )

    @api.model
    def _duty_tell_overdue(self, duty, start, end):
        """Tell the keepers and the marketing director, once, of what was not back
        when the day ended."""
        overdue = self.search(
            self._overdue_domain()
            & Domain("date_until", "<", end)
            & Domain("offices_told", "=", False)
            & Domain("company_id", "=", self.env.company.id)
        )
        roles = self.env["customer.role"].search([("code", "in", ("KEEPER", "MDO"))])
        for permit in overdue:
            users = self.env["res.users"]
            for role in roles:
                users |= role._get_users(permit)
            readers = permit._readers_among(users - permit.user_id)
            for lang, group in readers.grouped("lang").items():
                permit.with_context(lang=lang)._tell_offices(group)
            permit._system_write({"offices_told": True})

    def _tell_offices(self, users):
        self.message_notify(
            partner_ids=users.partner_id.ids,
            subject=self.env._("Overdue return"),
            body=self.env._(
                "%(user)s has not returned: %(items)s.",
                user=self.user_id.name,
                items=", ".join(self.item_ids.mapped("name")),
            ),
        )

    @api.model
    def _get_list_action(self):
        """Return the list as the present user starts: the keeper with what waits for
        him, everybody else with his own."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_access_permit_action"
        )
        if self.env.user._has_archive_role("KEEPER"):
            action["context"] = {"search_default_out": 1}
        return action


class CustomerAccessPermitItem(models.Model):
    """What a permit is for: a customer's whole dossier, or something in it."""

    _name = "customer.access.permit.item"
    _description = "Item of an Access Permit"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "permit_id, id"
    _rec_name = "name"
    _rec_names_search = ["partner_id.complete_name", "description"]

    permit_id = fields.Many2one(
        "customer.access.permit", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="Item", compute="_compute_name")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="restrict"
    )
    dossier_id = fields.Many2one(
        "customer.dossier",
        compute="_compute_dossier_id",
        store=True,
        index="btree_not_null",
        groups=OFFICE_GROUPS,
    )
    document_id = fields.Many2one(
        "customer.document", string="Paper", ondelete="restrict"
    )
    description = fields.Char(
        help="What of the dossier is meant; empty: the whole dossier."
    )
    is_important = fields.Boolean(
        string="Important Material",
        compute="_compute_is_important",
        store=True,
        groups=OFFICE_GROUPS,
    )
    condition = fields.Selection(
        CONDITIONS, string="Returned As", readonly=True, copy=False
    )
    remark = fields.Char(readonly=True, copy=False)

    def _guarded_fields(self):
        return super()._guarded_fields() | {"condition", "remark"}

    def _destroy(self):
        # which number was lent to whom stays
        for item in self:
            item._system_write(
                {
                    "partner_id": item.partner_id.commercial_partner_id.id,
                    "document_id": False,
                    "description": False,
                    "remark": False,
                }
            )

    @api.model
    def _may_read_domain(self):
        permits = self.env["customer.access.permit"]
        return Domain("permit_id", "any!", permits._may_read_domain())

    @api.depends("permit_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _in_force_domain(self, user, operation="read"):
        """Return the Domain of what is open to ``user`` at this minute.

        :param operation: "read", or "copy" and "export", for which a permit to copy
            is needed
        """
        permits = self.env["customer.access.permit"]._in_force_domain()
        permits &= Domain("user_id", "=", user.id)
        if operation != "read":
            permits &= Domain("kind", "=", "copy")
        return Domain("dossier_id", "!=", False) & Domain("permit_id", "any!", permits)

    @api.depends("partner_id", "document_id", "description")
    def _compute_name(self):
        for item in self:
            customer, paper = item.partner_id._origin, item.document_id._origin
            if item.id:
                # sudo: the names are on the permit for all its readers
                customer, paper = customer.sudo(), paper.sudo()
            else:
                # a form names whatever its client likes
                customer = customer._filtered_access("read")
                paper = paper._filtered_access("read")
            names = customer.name, paper.name, item.description
            item.name = " · ".join(filter(None, names))

    @api.depends("partner_id")
    def _compute_dossier_id(self):
        customers = self.partner_id.commercial_partner_id
        dossiers = self.env["customer.dossier"].search(
            [("partner_id", "in", customers.ids)]
        )
        dossier_by_customer = {dossier.partner_id: dossier for dossier in dossiers}
        for item in self:
            item.dossier_id = dossier_by_customer.get(
                item.partner_id.commercial_partner_id
            )

    @api.depends(
        "dossier_id.secrecy_level_id.same_day_return", "document_id.is_important"
    )
    def _compute_is_important(self):
        for item in self:
            item.is_important = (
                item.dossier_id.secrecy_level_id.same_day_return
                or item.document_id.is_important
            )

    @api.constrains("partner_id", "document_id")
    def _check_document(self):
        for item in self:
            # sudo: whose paper it is, is the question
            owner = item.sudo().document_id.partner_id
            if owner and owner != item.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(paper)s is not a paper of %(customer)s.",
                        paper=item.document_id.display_name,
                        customer=item.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items._check_named()
        return items

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals or "document_id" in vals:
            self._check_named()
        if "permit_id" in vals:
            # the rules have judged the permit that the item came from
            self.check_access("write")
        return result

    def _check_named(self):
        # what the requester may not read is not shown to him this way
        self.partner_id.check_access("read")
        self.document_id.check_access("read")

    def _get_release_pdf(self):
        """Return the pages of this item that are disclosed."""
        self.ensure_one()
        if not self.document_id:
            if not self.dossier_id:
                raise UserError(
                    self.env._(
                        "%(item)s has no dossier that could be disclosed.",
                        item=self.name,
                    )
                )
            return self.permit_id._render_pdf(
                "action_report_customer_dossier", self.dossier_id
            )
        content = b64decode(self.document_id.with_context(bin_size=False).file or b"")
        mimetype = guess_mimetype(content)
        if mimetype == "application/pdf":
            return content
        if not mimetype.startswith("image/") or "svg" in mimetype:
            raise UserError(
                self.env._(
                    "%(item)s: attach the paper as a PDF or an image first.",
                    item=self.name,
                )
            )
        pages = io.BytesIO()
        Image.open(io.BytesIO(content)).convert("RGB").save(pages, "PDF")
        return pages.getvalue()
