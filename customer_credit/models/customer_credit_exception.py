from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date


class CustomerCreditException(models.Model):
    """特别批示: what holds for a customer beside his rating and limit.

    Up: a higher limit until a date, decided by approval (F20). Down: a freeze or a
    lower limit at once, until it is lifted (F21). Everything here is written by the
    system; people act through the buttons of the account and of the record.
    """

    _name = "customer.credit.exception"
    _description = "Credit Exception"
    _inherit = [
        "customer.credit.content.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _mail_post_access = "read"
    _rec_name = "partner_id"

    account_id = fields.Many2one(readonly=True)
    kind = fields.Selection(
        [("up", "Special Exception"), ("down", "Freeze")],
        required=True,
        default="up",
        readonly=True,
    )
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("in_force", "In Force"),
            ("ended", "Ended"),
            ("refused", "Refused"),
        ],
        required=True,
        default="requested",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one("res.users", string="Responsible Rep", readonly=True)
    requester_id = fields.Many2one("res.users", string="Author", readonly=True)
    reason = fields.Text(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(
        string="Usable Limit",
        readonly=True,
        help="The whole limit that holds meanwhile, not what is added to it.",
    )
    valid_until = fields.Date(readonly=True, help="The last day it holds.")
    origin_model = fields.Char(readonly=True, copy=False)
    origin_id = fields.Many2oneReference(
        model_field="origin_model", readonly=True, copy=False
    )
    date_start = fields.Date(string="In Force Since", readonly=True, copy=False)
    date_end = fields.Date(string="Ended on", readonly=True, copy=False)
    end_reason = fields.Text(string="Why It Ended", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )

    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A credit limit is never negative."
    )
    _up_ends = models.Constraint(
        "CHECK(kind = 'down' OR valid_until IS NOT NULL)",
        "A special exception ends on a date.",
    )

    # ------------------------------------------------------------ guard

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    def _get_amount(self, currency):
        """Return the amount in ``currency`` at the rate of the day (F17)."""
        self.ensure_one()
        return self.currency_id._convert(
            self.amount, currency, self.company_id, fields.Date.context_today(self)
        )

    # ------------------------------------------------------------ up (F20)

    @api.model
    def _ask(self, account, amount, until, reason):
        """Ask for an exception on ``account``; the caller has checked who asks."""
        account._check_reason(reason)
        until = fields.Date.to_date(until)
        if not until:
            raise UserError(self.env._("Say until which day the exception holds."))
        if amount <= 0:
            raise UserError(self.env._("Ask for a limit above 0."))
        # sudo: exceptions are written by the system; the account was read by who asks
        account_sudo = account.sudo()
        if self.sudo().search_count(
            [("account_id", "=", account.id), ("state", "=", "requested")], limit=1
        ):
            raise UserError(
                self.env._(
                    "An exception for %(customer)s has been asked for already. "
                    "Withdraw it or wait for the decision.",
                    customer=account.display_name,
                )
            )
        exception_sudo = self.sudo()._system_create(
            {
                "account_id": account.id,
                "kind": "up",
                "user_id": account_sudo.user_ids[:1].id,
                "requester_id": self.env.uid,
                "reason": reason,
                "currency_id": account_sudo.limit_currency_id.id
                or account_sudo.currency_id.id,
                "amount": amount,
                "valid_until": until,
            }
        )
        exception_sudo._check_grantable()
        exception = exception_sudo.sudo(self.env.su)
        exception._request_approval(reason)
        if exception.can_approve:
            exception.action_approve(reason)
        return exception._get_open_action()

    def _check_grantable(self):
        """Refuse what has come to nothing or has become too much since it was asked."""
        if self.valid_until < fields.Date.context_today(self):
            raise UserError(self.env._("An exception cannot end before today."))
        if self.account_id.control != "limited":
            raise UserError(
                self.env._(
                    "%(customer)s is not limited now, so no exception from his limit "
                    "can be granted.",
                    customer=self.partner_id.display_name,
                )
            )
        self.account_id._check_cap(
            self.company_id, self._get_amount(self.company_id.currency_id)
        )

    def _approval_amount(self):
        return self._get_amount(self.company_id.currency_id)

    def _approval_on_approved(self, approval):
        self._check_grantable()
        running = self.account_id.exception_ids.filtered(
            lambda exception: exception.kind == "up" and exception.state == "in_force"
        )
        running._end(self.env._("Replaced by a new exception."))
        self._come_into_force()

    def _approval_on_rejected(self, approval):
        self._system_write({"state": "refused", "decided_by_id": self.env.uid})

    def _approval_on_withdrawn(self, approval):
        self._system_write({"state": "ended"})

    def action_revoke(self, reason):
        """End a special exception before its day."""
        self._check_running("up")
        self.account_id._check_credit_role("MDO", "GMO", "FIN")
        self._stop(reason)
        return True

    @api.model
    def _cron_end(self):
        """Close the exceptions whose last day has passed and tell the reps. The limit
        fell back before by itself: its dates are compared whenever it is used."""
        lapsed = self.search(
            Domain("kind", "=", "up")
            & Domain("state", "=", "in_force")
            & Domain("valid_until", "<", fields.Date.context_today(self))
        )
        lapsed._end(self.env._("The last day has passed."))
        lapsed.account_id._apply_decision()
        for exception in lapsed:
            exception._tell_ended()

    def _tell_ended(self):
        for user in self._readers_among(self.account_id.user_ids):
            exception = self.with_context(lang=user.lang)
            exception.message_notify(
                partner_ids=user.partner_id.ids,
                subject=exception.env._("Special exception ended"),
                body=exception.env._(
                    "The limit of %(amount)s for %(customer)s ended on %(date)s. The "
                    "ordinary limit holds again.",
                    amount=format_amount(exception.env, self.amount, self.currency_id),
                    customer=self.partner_id.display_name,
                    date=format_date(exception.env, self.valid_until),
                ),
            )

    # ------------------------------------------------------------ down (F21)

    @api.model
    def _freeze(self, accounts, reason, amount, origin):
        """Freeze ``accounts`` and return the new exceptions; in sudo."""
        if amount < 0:
            raise UserError(self.env._("A credit limit is never negative."))
        if origin:
            frozen = self.search(
                [
                    ("account_id", "in", accounts.ids),
                    ("state", "=", "in_force"),
                    ("origin_model", "=", origin._name),
                    ("origin_id", "=", origin.id),
                ]
            )
            accounts -= frozen.account_id
        exceptions = self._system_create(
            [
                {
                    "account_id": account.id,
                    "kind": "down",
                    "user_id": account.user_ids[:1].id,
                    "requester_id": self.env.uid,
                    "reason": reason,
                    "currency_id": account.limit_currency_id.id
                    or account.currency_id.id,
                    "amount": amount,
                    "origin_model": origin._name if origin else False,
                    "origin_id": origin.id if origin else False,
                }
                for account in accounts
            ]
        )
        exceptions._come_into_force()
        for exception in exceptions:
            exception.account_id.message_post(
                body=self.env._("Limit frozen: %(reason)s", reason=reason)
            )
        return exceptions

    def action_lift(self, reason):
        """End a freeze. Finance lifts it, whoever or whatever caused it."""
        self._check_running("down")
        self.account_id._check_credit_role("FIN")
        self._stop(reason)
        return True

    # ------------------------------------------------------------ beginning and end

    def _come_into_force(self):
        self._system_write(
            {
                "state": "in_force",
                "date_start": fields.Date.context_today(self),
                "decided_by_id": self.env.uid,
            }
        )
        self.account_id._apply_decision()

    def _end(self, reason):
        self._system_write(
            {
                "state": "ended",
                "date_end": fields.Date.context_today(self),
                "end_reason": reason,
            }
        )

    def _stop(self, reason):
        """End a running exception by hand; the caller has checked who may."""
        self.account_id._check_reason(reason)
        # sudo: exceptions are written by the system
        exception_sudo = self.sudo()
        exception_sudo._end(reason)
        exception_sudo.account_id._apply_decision()
        exception_sudo.message_post(
            body=self.env._("Ended before its day: %(reason)s", reason=reason)
        )

    def _check_running(self, kind):
        self.ensure_one()
        self.check_access("read")
        if (self.kind, self.state) != (kind, "in_force"):
            raise UserError(
                self.env._(
                    "%(exception)s is not in force and cannot be ended this way.",
                    exception=self.display_name,
                )
            )
