from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import format_amount, format_date, split_every

CAN_CONFIRM_TYPE = "customer_credit.mail_activity_type_can_confirm"


class CustomerCreditHold(models.Model):
    """One order that does not pass the credit check, and what was decided on it
    (F23): who released it, why, up to which amount and until when. The wall reads
    it; only a decision through ``customer.approval`` writes it."""

    _name = "customer.credit.hold"
    _description = "Credit Hold"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(readonly=True, copy=False)
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    order_state = fields.Selection(related="order_id.state")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one("res.users", string="Responsible Rep", readonly=True)
    team_id = fields.Many2one("crm.team", string="Business Unit", readonly=True)
    account_id = fields.Many2one(
        "customer.credit.account", readonly=True, ondelete="restrict"
    )
    decision = fields.Selection(
        [
            ("once", "Release Once"),
            ("prepay", "Require Prepayment"),
            ("raise", "Raise Limit"),
            ("refuse", "Refuse"),
        ],
        readonly=True,
        copy=False,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("released", "Released"),
            ("refused", "Refused"),
            ("lapsed", "Lapsed"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    kind = fields.Selection(
        [("release", "Release"), ("report", "Report to the Superior")],
        required=True,
        default="release",
        readonly=True,
        help="A report is made while the order only comes near the limit (F22).",
    )
    reason_ids = fields.Many2many(
        "customer.credit.reason", string="Reasons", readonly=True
    )
    proposal = fields.Text(string="Rep's Proposal", readonly=True)
    forced_reason = fields.Text(
        related="order_id.credit_forced_reason",
        string="Why It Was Put on Hold",
        groups="base.group_user",
    )
    superior = fields.Selection(
        [
            ("bum", "Unit Manager"),
            ("mdo", "Marketing Director"),
            ("gmo", "General Manager"),
        ],
        compute="_compute_superior",
        help="Whose opinion a report asks for: the first above its author.",
    )
    is_last_step = fields.Boolean(compute="_compute_is_last_step")
    waiting_hours = fields.Float(
        string="Waiting (Hours)", compute="_compute_waiting_hours", digits=(16, 1)
    )
    can_release = fields.Boolean(
        string="Can Be Released",
        readonly=True,
        copy=False,
        help="At the last evaluation the order would have passed the credit check.",
    )
    evaluated_at = fields.Datetime(string="Evaluated On", readonly=True, copy=False)

    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    limit_amount = fields.Monetary(
        string="Credit Limit", currency_field="company_currency_id", readonly=True
    )
    exposure = fields.Monetary(
        string="Used without This Order",
        currency_field="company_currency_id",
        readonly=True,
    )
    credit_amount = fields.Monetary(
        string="This Order", currency_field="company_currency_id", readonly=True
    )
    excess = fields.Monetary(
        string="Over by", currency_field="company_currency_id", readonly=True
    )
    overdue_amount = fields.Monetary(
        string="Overdue", currency_field="company_currency_id", readonly=True
    )
    limit_now = fields.Monetary(
        string="Limit Now",
        currency_field="company_currency_id",
        related="account_id.limit_today",
    )
    exposure_now = fields.Monetary(
        string="Used Now",
        currency_field="company_currency_id",
        related="account_id.exposure",
    )
    payment_record = fields.Text(related="account_id.payment_record")
    overdue_now = fields.Monetary(
        string="Overdue Now",
        currency_field="company_currency_id",
        related="account_id.overdue_amount",
    )

    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    order_amount = fields.Monetary(string="Order Total", readonly=True)
    release_amount = fields.Monetary(
        string="Released up to", readonly=True, copy=False, tracking=True
    )
    release_until = fields.Date(
        string="Released until", readonly=True, copy=False, tracking=True
    )
    prepay_amount = fields.Monetary(
        string="Prepayment",
        readonly=True,
        copy=False,
        tracking=True,
        help="The order may be confirmed once this much has been received for it.",
    )
    released_for = fields.Char(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime(string="Decided On", readonly=True, copy=False)

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id.commercial_partner_id", "in", dossiers.partner_id.ids)

    @api.model
    def _may_read_domain(self):
        """Deciders read what they are asked for; the figures are not for a salesperson
        who does not answer for the customer, even if he asked (F60)."""
        user = self.env.user
        if user.has_groups(
            "customer_archive.group_fin,customer_archive.group_mdo,"
            "customer_archive.group_gmo"
        ):
            return Domain.TRUE
        accounts = self.env["customer.credit.account"]
        domain = Domain("account_id", "any!", accounts._may_read_domain()) | Domain(
            "approval_id.line_ids.user_ids", "in", [user.id]
        )
        if user.has_group("customer_archive.group_bum"):
            # not by an order of his own: anybody's customer can be put on one
            domain |= (
                Domain("team_id.user_id", "=", user.id)
                & Domain("user_id", "!=", user.id)
                & Domain("create_uid", "!=", user.id)
            )
        return domain

    @api.depends(
        "account_id.partner_id.user_id",
        "team_id.user_id",
        "approval_id.line_ids.user_ids",
    )
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("number", "order_id.name")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for hold in self.filtered("display_name"):
            # sudo: the name of the order stands in the hold's own form
            hold.display_name = f"{hold.number} ({hold.sudo().order_id.name})"
        return result

    # ------------------------------------------------------------ computed

    @api.depends("team_id.user_id", "user_id", "create_uid")
    def _compute_superior(self):
        for hold in self:
            authors = hold.user_id | hold.create_uid
            manager = hold.team_id.user_id
            if (
                manager.active
                and manager._has_archive_role("BUM")
                and (manager not in authors)
            ):
                hold.superior = "bum"
            elif any(author._has_archive_role("MDO") for author in authors):
                hold.superior = "gmo"
            else:
                hold.superior = "mdo"

    @api.depends("kind", "approval_state", "approval_id.line_ids.state")
    @api.depends_context("uid")
    def _compute_is_last_step(self):
        for hold in self:
            # sudo: only the answer yes or no leaves this method
            open_lines_sudo = hold._origin.sudo().approval_id.line_ids.filtered(
                lambda line: line.state in ("waiting", "pending")
            )
            hold.is_last_step = hold.kind == "release" and len(open_lines_sudo) == 1

    @api.depends("create_date", "decided_at")
    def _compute_waiting_hours(self):
        now = fields.Datetime.now()
        for hold in self:
            waited = (hold.decided_at or now) - (hold.create_date or now)
            hold.waiting_hours = waited.total_seconds() / 3600

    # ------------------------------------------------------------ making one

    @api.model
    def _create_for(self, order, proposal, amount, ask=True):
        """Make the hold of one order with the figures of this moment and ask the
        deciders. Runs with superuser rights; the author of the request is the
        present employee, else the order's salesperson.

        :param amount: the order total to release, in the order's currency
        :param ask: submit it at once
        :raise UserError: an employee asks and nobody can decide
        """
        company = order.company_id
        accounts = self.env["customer.credit.account"]
        customers = order._credit_customers()
        rows = accounts._refresh(company, customers.ids)
        net = accounts._get_order_amounts(company, order)[order.id]
        is_counted = order.state == "sale" and company.credit_count_orders
        counted = net if is_counted else 0.0
        wanted = net + order._credit_to_company_currency(amount - order.amount_total)
        over = customers.filtered(
            lambda partner: (
                partner.id in rows
                and accounts._is_over(company, rows[partner.id], wanted - counted)
            )
        )
        customer = (over or order.partner_invoice_id.commercial_partner_id)[:1]
        row = rows.get(customer.id) or accounts._refresh_one(company, customer)
        codes = order._credit_get_reasons(company, rows, wanted, counted)
        hold = self._system_create(
            {
                "number": self.env["ir.sequence"].next_by_code("customer.credit.hold"),
                "order_id": order.id,
                "company_id": company.id,
                "partner_id": customer.id,
                "user_id": order.user_id.id,
                "team_id": order._credit_get_unit().id,
                "account_id": row.id,
                "kind": "report" if codes == {"near"} else "release",
                "reason_ids": [
                    Command.set(self.env["customer.credit.reason"]._get(codes).ids)
                ],
                "proposal": proposal,
                "limit_amount": row.limit,
                "exposure": row.exposure - counted,
                "credit_amount": wanted,
                "excess": max(wanted - counted - row.available, 0.0),
                "overdue_amount": accounts.browse(row.id).overdue_amount,
                "currency_id": order.currency_id.id,
                "order_amount": order.amount_total,
                "release_amount": amount,
                "released_for": order._credit_checked_for(),
            }
        )
        if ask:
            hold._ask_deciders()
        return hold

    def _ask_deciders(self):
        """Submit the hold; a customer at the portal must not meet an error because
        nobody holds a role, so then the salesperson is told to ask."""
        user = self.env.user
        if user._is_internal() and user.id != SUPERUSER_ID:
            self._request_approval(self.proposal)
            return
        author = self.user_id or self.env["res.users"].browse(SUPERUSER_ID)
        try:
            with self.env.cr.savepoint():
                self.with_user(author).sudo()._request_approval(self.proposal)
        except UserError as error:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=author.id,
                summary=self.with_context(lang=author.lang).env._("Ask for a release"),
                note=str(error),
            )

    # ------------------------------------------------------------ verdict

    def _covers(self, order, codes):
        """Return whether this decided release lets ``order`` pass although the
        reasons with ``codes`` hold it; an empty or undecided hold does not (F23).

        It covers what was decided: these customers, up to an amount, until a day,
        for these reasons, and after the prepayment that was asked for.
        """
        return (
            self.state == "released"
            and self.released_for == order._credit_checked_for()
            and self.release_until >= fields.Date.context_today(self)
            and self.currency_id.compare_amounts(
                order.amount_total, self.release_amount
            )
            <= 0
            and not self._get_uncovered(codes)
            and self._is_prepaid(order)
        )

    def _get_uncovered(self, codes):
        """Return those of ``codes`` that were not there when it was decided; who
        releases an order over the limit knows that it is near it."""
        covered = set(self.reason_ids.mapped("code"))
        if self.kind == "release":
            covered.add("near")
        return set(codes) - covered

    def _is_prepaid(self, order):
        if not self.prepay_amount:
            return True
        # sudo: what was received is read from invoices and payments; not the field,
        # which may have been read before the money was booked
        received = order.sudo()._credit_get_received()
        return self.currency_id.compare_amounts(received, self.prepay_amount) >= 0

    def _get_gap(self, order, codes):
        """Return, in a sentence, what this release lacks to let ``order`` pass that is
        neither its amount nor its last day; False for nothing."""
        uncovered = self._get_uncovered(codes)
        if uncovered and not self.sudo(False)._filtered_access("read"):
            # the reasons belong to the credit file (F60)
            return False
        if uncovered:
            reasons = self.env["customer.credit.reason"]._get(uncovered)
            return self.env._(
                "%(order)s was released before this came up: %(reasons)s. Ask again.",
                order=order.name,
                reasons=", ".join(reasons.mapped("name")),
            )
        if not self._is_prepaid(order):
            # sudo: see _is_prepaid
            return self.env._(
                "%(order)s was released on condition that %(prepayment)s is received "
                "first; %(received)s has arrived.",
                order=order.name,
                prepayment=format_amount(
                    self.env, self.prepay_amount, self.currency_id
                ),
                received=format_amount(
                    self.env, order.sudo()._credit_get_received(), self.currency_id
                ),
            )
        return False

    def _get_message(self):
        """Return the sentence of the band above the order, False for none."""
        if self.state == "refused":
            return self.approval_status
        if self.state == "released":
            values = {
                "amount": format_amount(
                    self.env, self.release_amount, self.currency_id
                ),
                "date": format_date(self.env, self.release_until),
                "name": self.decided_by_id.name,
            }
            if not self._is_prepaid(self.order_id):
                return self.env._(
                    "Released up to %(amount)s until %(date)s by %(name)s, once "
                    "%(prepayment)s has been received.",
                    prepayment=format_amount(
                        self.env, self.prepay_amount, self.currency_id
                    ),
                    **values,
                )
            return self.env._(
                "Released up to %(amount)s until %(date)s by %(name)s.", **values
            )
        if self.state != "waiting" and not self.order_id.credit_forced:
            return False
        if self.approval_state == "pending":
            return self.env._("On hold. %(status)s", status=self.approval_status)
        if self.decision == "raise":
            return self.env._(
                "On hold: %(name)s wants the limit raised first.",
                name=self.decided_by_id.name,
            )
        return self.env._("On hold: a release has to be asked for.")

    # ------------------------------------------------------------ approval

    def _approval_kind(self):
        return self.kind

    def _approval_amount(self):
        return self.excess

    def _approval_dossier(self):
        return self.account_id._get_dossier()

    def _approval_responsible(self, resolution):
        people = {"rep": self.user_id, "unit_manager": self.team_id.user_id}
        return people.get(resolution) or super()._approval_responsible(resolution)

    def action_approve(self, comment=False):
        """Give the opinion that the present user is asked for; the last step of a
        release releases once, as it was asked.

        :raise UserError: an opinion without words
        """
        self._get_approval_to_decide()
        if self.can_approve and self.is_last_step and not self.decision:
            return self.action_release(self.release_amount, comment=comment)
        opinion = self.can_approve and not self.is_last_step
        if opinion and not (comment or "").strip():
            raise UserError(self.env._("Say what you think should be done."))
        return super().action_approve(comment)

    def action_release(self, amount, until=False, comment=False):
        """Let the order be confirmed once, up to ``amount`` in its currency and until
        the day ``until``, by default as long as the company's releases last.

        :raise UserError: no amount, a day that has passed, or not the last step
        """
        return self._decide(
            comment, decision="once", **self._prepare_release(amount, until)
        )

    def action_require_prepayment(self, prepayment, amount, until=False, comment=False):
        """Let the order be confirmed, see ``action_release``, once ``prepayment`` has
        been received for it."""
        self.ensure_one()
        values = self._prepare_release(amount, until)
        if not 0 < prepayment <= amount:
            raise UserError(
                self.env._(
                    "Require a prepayment above 0 and not above what you release."
                )
            )
        return self._decide(
            comment, decision="prepay", prepay_amount=prepayment, **values
        )

    def action_raise_limit(self, comment=False):
        """Let the limit be raised first; the order waits until then."""
        self._decide(comment, decision="raise")
        return self._action_raise_limit()

    def _action_raise_limit(self):
        """Return the action in which a higher limit is proposed; extension point."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.credit.account",
            "res_id": self.account_id.id,
            "views": [(False, "form")],
        }

    def _prepare_release(self, amount, until):
        self.ensure_one()
        if not amount > 0:
            raise UserError(self.env._("Release an amount above 0, or refuse."))
        until = fields.Date.to_date(until)
        if until and until < fields.Date.context_today(self):
            raise UserError(self.env._("A release cannot end before today."))
        return {
            "release_amount": amount,
            "release_until": until or self._get_default_release_until(),
        }

    def _decide(self, comment, **values):
        """Approve the last step with what was decided."""
        self._get_approval_to_decide()
        if self.can_approve:
            if not self.is_last_step:
                raise UserError(
                    self.env._("Give your opinion; the last step decides what is done.")
                )
            # sudo: who is asked for the decision is checked in the lines above
            self.sudo()._system_write(values)
        return self.action_approve(comment)

    def _get_default_release_until(self):
        return fields.Date.context_today(self) + relativedelta(
            days=self.company_id.credit_release_days
        )

    def _approval_on_approved(self, approval):
        values = {"decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()}
        if self.decision != "raise":
            values["state"] = "released"
            if not self.release_until:
                values["release_until"] = self._get_default_release_until()
            self.order_id._credit_set(state="released")
        self._system_write(values)

    def _approval_on_rejected(self, approval):
        self._system_write(
            {
                "state": "refused",
                "decision": "refuse",
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        self.order_id._credit_set(state="refused")

    def _approval_on_withdrawn(self, approval):
        # what was put on hold by hand stays there
        if not self.order_id.credit_forced:
            self._end()

    def _approval_tell_author(self, approval):
        author = approval.requester_id
        if not author.active:
            return
        # who may not see the figures is told on his order
        document = self if self._readers_among(author) else self.order_id
        document.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=author.id,
            summary=self.with_context(lang=author.lang)._get_outcome(),
        )

    def _get_outcome(self):
        """Return what was decided, as the subject of the author's to-do."""
        if self.decision == "refuse":
            return self.env._("Not released")
        if self.decision == "raise":
            return self.env._("The limit is to be raised first")
        if self.decision == "prepay":
            return self.env._("Released after a prepayment")
        if self.kind == "report":
            return self.env._("Your superior agrees")
        return self.env._("Released once")

    # ------------------------------------------------------------ its end

    def _lapse(self):
        """End a request that is not needed any more."""
        for hold_sudo in self.sudo():
            if hold_sudo.approval_id.state == "pending":
                hold_sudo.approval_id._close("withdrawn")
        self.sudo()._end()

    def _end(self):
        """Let these holds lapse; their orders are judged anew."""
        self.filtered(lambda hold: not hold.decided_at)._system_write(
            {"decided_at": fields.Datetime.now()}
        )
        self._system_write({"state": "lapsed", "can_release": False})
        self._unlink_can_confirm()
        self._reset_orders()

    def _reset_orders(self):
        for hold in self:
            order = hold.order_id
            if order.credit_hold_id != hold:
                continue
            state = "ok" if order.state == "sale" else "none"
            order._credit_set(state="held" if order.credit_forced else state)

    @api.model
    def _cron_lapse(self):
        """End the releases whose last day has passed without a confirmation."""
        self.search(
            Domain("state", "=", "released")
            & Domain("release_until", "<", "today")
            & Domain("order_id.state", "!=", "sale")
        )._end()

    def _add_reason(self, code):
        """Say on this request that one more reason holds the order."""
        self._system_write(
            {
                "kind": "release",
                "reason_ids": [
                    Command.link(self.env["customer.credit.reason"]._get([code]).id)
                ],
            }
        )

    def _drop_reason(self, code):
        """One reason is gone: without another one the request has none."""
        reason = self.env["customer.credit.reason"]._get([code])
        if self.reason_ids != reason:
            self._system_write({"reason_ids": [Command.unlink(reason.id)]})
        elif self.state in ("waiting", "refused"):
            self._lapse()

    # ------------------------------------------------------------ evaluation

    @api.model
    def _trigger_evaluation(self):
        """Let the job evaluate soon: money came in or a limit was raised."""
        # sudo: whoever books; nothing but the time of the job's next run changes
        self.env.ref("customer_credit.ir_cron_evaluate_holds").sudo()._trigger()

    @api.model
    def _evaluation_domain(self):
        """Return the Domain of the holds that something may have changed for."""
        return Domain("order_id.state", "in", ("draft", "sent")) & (
            Domain("state", "=", "waiting")
            | (Domain("state", "=", "released") & Domain("prepay_amount", ">", 0))
        )

    def _evaluate(self):
        """Find out which of the quotations that these holds stand for would pass now,
        those that have waited longest first, and tell their reps once. In sudo.

        :return: the holds whose quotations would pass
        """
        current = self.sorted("id").filtered(
            lambda hold: hold.order_id.credit_hold_id == hold
        )
        failing = current.order_id._credit_failing()
        passing = current.filtered(lambda hold: hold.order_id not in failing)
        turned = passing.filtered(lambda hold: not hold.can_release)
        fallen = (self - passing).filtered("can_release")
        self._system_write({"evaluated_at": fields.Datetime.now()})
        fallen._system_write({"can_release": False})
        fallen._unlink_can_confirm()
        turned._system_write({"can_release": True})
        for rep, holds in turned.grouped("user_id").items():
            if not rep.active:
                continue
            readable = holds._filter_readable(rep)
            # who may not see the figures is told on his orders
            for documents in (readable, (holds - readable).order_id):
                documents.with_context(
                    mail_activity_quick_update=True
                ).activity_schedule(
                    CAN_CONFIRM_TYPE,
                    user_id=rep.id,
                    summary=self.with_context(lang=rep.lang).env._(
                        "The order can be confirmed now"
                    ),
                )
        return passing

    def _unlink_can_confirm(self):
        self.activity_unlink([CAN_CONFIRM_TYPE])
        self.order_id.activity_unlink([CAN_CONFIRM_TYPE])

    @api.model
    def _cron_evaluate(self):
        """Evaluate all holds that may pass by now, those of one customer together: what
        one order takes is not there for the next."""
        cron = self.env["ir.cron"]
        domain = self._evaluation_domain()
        # a run that was cut short goes on with those that it left
        holds = self.search(domain, order="evaluated_at nulls first, id")
        cron._commit_progress(remaining=len(holds))
        for account_ids in split_every(100, holds.account_id.ids):
            some = self.search(domain & Domain("account_id", "in", account_ids))
            some._evaluate()
            if not cron._commit_progress(len(some)):
                break

    # ------------------------------------------------------------ actions

    def action_evaluate(self):
        """Evaluate these holds, all that wait if none is selected, and say how many of
        them could be confirmed."""
        if not self.env.user._has_archive_role("FIN"):
            raise AccessError(self.env._("Only finance evaluates the orders on hold."))
        self.check_access("read")
        domain = self._evaluation_domain()
        holds = self.search(domain & Domain("id", "in", self.ids) if self else domain)
        # sudo: the result is the system's
        passing = holds.sudo()._evaluate()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if passing else "info",
                "message": self.env._(
                    "%(passing)s of %(total)s orders on hold can be confirmed now.",
                    passing=len(passing),
                    total=len(holds),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_open_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release Request"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_confirm_order(self):
        """Confirm the released order and show it."""
        self.ensure_one()
        order = self.order_id.sudo(False)
        order.action_confirm()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": order.id,
            "views": [(False, "form")],
        }
