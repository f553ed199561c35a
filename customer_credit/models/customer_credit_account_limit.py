from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date


class CustomerCreditAccount(models.Model):
    """What changes rating, limit and control of an account: approved assessments and
    exceptions, freezes and blocks (F8, F10, F14, F16, F20, F21). Whoever they let act,
    ``_apply_decision`` alone writes the columns that the limit of a day follows from.
    """

    _inherit = "customer.credit.account"

    rating_id = fields.Many2one(
        "customer.credit.rating",
        string="Credit Rating",
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    rating_date = fields.Date(string="Rated on", readonly=True, copy=False)
    review_date = fields.Date(
        string="Re-evaluation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The rating is judged anew on this day; after it, it is outdated.",
    )
    control_before = fields.Selection(
        [("none", "Not Controlled"), ("limited", "Limited")],
        string="Control Decided on",
        readonly=True,
        copy=False,
        help="What holds again when the block or the freeze ends.",
    )
    assessment_ids = fields.One2many(
        "customer.credit.assessment",
        "account_id",
        string="Assessments",
        groups="customer_archive.group_user",
    )
    exception_ids = fields.One2many(
        "customer.credit.exception",
        "account_id",
        string="Exceptions",
        groups="customer_archive.group_user",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "rating_id",
            "rating_date",
            "review_date",
            "control_before",
        }

    # ------------------------------------------------------------ cap (F16)

    @api.model
    def _check_cap(self, company, amount):
        """Refuse what no approval may grant.

        :param amount: in the currency of ``company``; None: without any limit
        :raise UserError: it lies above the cap
        """
        cap = company._get_credit_cap()
        if cap is None:
            return
        cap_text = format_amount(self.env, cap, company.currency_id)
        if amount is None:
            raise UserError(
                self.env._(
                    "No customer may owe more than %(cap)s, so each one has a limit. "
                    "Only a change of this cap in the settings would allow more.",
                    cap=cap_text,
                )
            )
        if company.currency_id.compare_amounts(amount, cap) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is above the %(cap)s that any customer may owe at "
                    "most. Ask for less; only a change of this cap in the settings "
                    "would allow more.",
                    amount=format_amount(self.env, amount, company.currency_id),
                    cap=cap_text,
                )
            )

    # ------------------------------------------------------------ effect

    def _apply_decision(self, vals=None, blocked=None):
        """Write what decisions and the exceptions in force make of these accounts.

        A block comes before a freeze, and this before the control that was decided on,
        which holds again afterwards.

        :param vals: columns that change
        :param blocked: whether the accounts are blocked; None: as they are
        """
        # sudo: the caller has checked who acts; exceptions count whoever reads them
        for account in self.sudo():
            values = dict(vals or {})
            running = account.exception_ids.filtered(
                lambda exception: exception.state == "in_force"
            )
            freezes = running.filtered(lambda exception: exception.kind == "down")
            raised = running - freezes
            currency = (
                account.limit_currency_id.browse(values.get("limit_currency_id"))
                or account.limit_currency_id
                or account.currency_id
            )
            decided = values.get("control") or account.control_before or account.control
            if decided == "blocked":
                decided = "limited"
            control = decided
            if account.control == "blocked" if blocked is None else blocked:
                control = "blocked"
            elif freezes and decided == "none":
                control = "limited"
            values.update(
                control=control,
                control_before=decided if decided != control else False,
                frozen=bool(freezes),
                reduced_amount=min(
                    (freeze._get_amount(currency) for freeze in freezes), default=0.0
                ),
                exception_amount=raised._get_amount(currency) if raised else 0.0,
                exception_until=raised.valid_until,
            )
            account._system_write(values)
            if "rating_id" in values:
                account._update_counted_security()

    # ------------------------------------------------------------ who may

    def _check_credit_role(self, *codes):
        """Refuse who may not read these accounts or has none of the archive roles with
        these codes."""
        self.check_access("read")
        self.env.user._check_archive_role(*codes)

    @api.model
    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why, for those who read it later."))

    # ------------------------------------------------------------ limit (F14)

    def action_propose_limit(self):
        """Open the draft assessment of this customer, a new one if there is none."""
        self.ensure_one()
        assessments = self.env["customer.credit.assessment"]
        draft = assessments.search(
            [("account_id", "=", self.id), ("approval_state", "=", "none")], limit=1
        ) or assessments.create({"account_id": self.id})
        return draft._get_open_action()

    # ------------------------------------------------------------ exceptions (F20, F21)

    def action_grant_exception(self, amount, until, reason):
        """Ask for a limit that holds until a date; who decides on such requests and may
        decide his own grants it at once (F20).

        :param amount: the whole limit, in the currency of the account's limit
        :param until: the last day
        :raise UserError: nothing to grant, above the cap, or asked for already
        """
        self.ensure_one()
        self._check_credit_role("REP", "BUM", "KEEPER", "FIN", "MDO")
        return self.env["customer.credit.exception"]._ask(self, amount, until, reason)

    def action_freeze(self, reason, amount=0.0):
        """Freeze the limit at once, or lower it to ``amount`` in its currency (F21)."""
        self.ensure_one()
        self._check_credit_role("FIN", "MDO", "GMO", "BUM")
        self._check_reason(reason)
        self._freeze(reason, amount)
        return True

    def _freeze(self, reason, amount=0.0, origin=None):
        """Lower at once what these customers may use, whatever their limit (F21). A
        document freezes an account once, as long as its freeze is in force.

        :param amount: what may still be used, in the currency of the account's limit
        :param origin: the document whose event this is
        :return: the ``customer.credit.exception`` that came into force
        """
        # sudo: the caller has checked who acts, or an event does
        exceptions_sudo = self.env["customer.credit.exception"].sudo()
        return exceptions_sudo._freeze(self.sudo(), reason, amount, origin).sudo(
            self.env.su
        )

    # ------------------------------------------------------------ block

    def action_block(self, reason):
        """Stop all sales on credit to this customer (FIN)."""
        self._change_block(reason, True)
        return True

    def action_unblock(self, reason):
        """Let hold again what was decided on before; no limit grows by it (FIN)."""
        self._change_block(reason, False)
        return True

    def _change_block(self, reason, blocked):
        self.ensure_one()
        self._check_credit_role("FIN")
        self._check_reason(reason)
        labels = dict(self._fields["control"]._description_selection(self.env))
        old = labels[self.control]
        if (self.control == "blocked") == blocked:
            raise UserError(
                self.env._(
                    "%(customer)s is %(control)s, there is nothing to change.",
                    customer=self.display_name,
                    control=old,
                )
            )
        self._apply_decision(blocked=blocked)
        # sudo: the role was checked; the author stays who acts
        self.sudo().message_post(
            body=self.env._(
                "%(old)s → %(new)s: %(reason)s",
                old=old,
                new=labels[self.control],
                reason=reason,
            )
        )

    # ------------------------------------------------------------ shared limit (F11)

    def action_join_group(self, group_id):
        """Let the shared limit with id ``group_id`` hold for this customer (FIN)."""
        self.ensure_one()
        self._check_credit_role("FIN")
        group = self.env["customer.credit.group"].browse(group_id).exists()
        group.check_access("write")
        if not group or group.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "Choose a shared limit of %(company)s.",
                    company=self.company_id.display_name,
                )
            )
        if self.group_id:
            raise UserError(
                self.env._(
                    "%(customer)s shares the limit %(group)s and leaves it first.",
                    customer=self.display_name,
                    group=self.group_id.display_name,
                )
            )
        # sudo: the role was checked; the fields are guarded
        self.sudo()._system_write({"group_id": group.id})
        return True

    def action_leave_group(self):
        """Let the customer's own limit hold again (FIN)."""
        self.ensure_one()
        self._check_credit_role("FIN")
        # sudo: the role was checked; the fields are guarded
        self.sudo()._system_write({"group_id": False})
        return True

    # ------------------------------------------------------------ re-evaluation (F8)

    @api.model
    def _duty_reevaluate(self, duty, start, end):
        """Open a draft assessment for every account whose rating is outdated and that
        has none yet, and ask who answers for the customer to complete it (F8)."""
        accounts = self.search(
            Domain("company_id", "=", self.env.company.id)
            & Domain("review_date", "<=", fields.Date.context_today(self))
        )
        assessments = self.env["customer.credit.assessment"]
        open_assessments = assessments.search(
            Domain("account_id", "in", accounts.ids)
            & Domain("kind", "=", "assessment")
            & Domain("approval_state", "!=", "approved")
        )
        # what was rejected since the date was dealt with once
        asked = open_assessments.filtered(
            lambda assessment: (
                assessment.approval_state != "rejected"
                or assessment.figures_date.date() >= assessment.account_id.review_date
            )
        )
        due = accounts - asked.account_id
        drafts = assessments._system_create(
            [{"account_id": account.id, "kind": "assessment"} for account in due]
        )
        for user, mine in drafts.grouped("responsible_id").items():
            if user:
                # the to-do is enough, no mail for each
                mine.with_context(mail_activity_quick_update=True).activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=self.with_context(lang=user.lang).env._(
                        "Re-evaluate the customer's credit"
                    ),
                )

    def _get_responsible_by_account(self):
        """Return {account: the user who completes its assessments}: the responsible
        rep, else the keeper or the manager of the unit, with their roles."""
        # sudo: who is responsible for a customer is no secret of his dossier
        dossiers_sudo = self.env["customer.dossier"].sudo()
        dossier_by_partner = dossiers_sudo.search_fetch(
            [("partner_id", "in", self.partner_id.ids)],
            ["partner_id", "user_id", "keeper_id", "team_id"],
        ).grouped("partner_id")
        responsible = {}
        for account in self:
            dossier_sudo = dossier_by_partner.get(account.partner_id, dossiers_sudo)
            candidates = [
                (dossier_sudo.user_id, "REP"),
                (account.partner_id.user_id, "REP"),
                (dossier_sudo.keeper_id, "KEEPER"),
                (dossier_sudo.team_id.user_id, "BUM"),
            ]
            responsible[account] = next(
                (
                    user.sudo(self.env.su)
                    for user, role in candidates
                    if user.active and user._has_archive_role(role)
                ),
                self.env["res.users"],
            )
        return responsible

    # ------------------------------------------------------------ bad events (F10)

    def _propose_downgrade(self, event):
        """Open the decision on a lower rating after a credit event and put it before
        the finance department at once; an event of bad faith freezes the limit
        meanwhile (F10).

        :param event: a ``customer.credit.event`` of this account
        :return: the ``customer.credit.assessment``
        """
        self.ensure_one()
        reason = self.env._(
            "Credit event of %(date)s: %(event)s",
            date=format_date(self.env, event.date),
            event=event.kind_id.name,
        )
        if event.is_bad_faith:
            self._freeze(reason, origin=event)
        # sudo: the system asks, whoever recorded the event
        assessments_sudo = self.env["customer.credit.assessment"].sudo()
        return assessments_sudo._open_downgrade(self.sudo(), event, reason).sudo(
            self.env.su
        )
