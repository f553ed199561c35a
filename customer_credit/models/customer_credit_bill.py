from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

# not paid yet and nobody has said that they will not be
OPEN = ("held", "endorsed", "discounted", "delayed")
PASSED_ON = ("endorsed", "discounted")
# what says how the payment in accounting belongs to the bill
BOOKING = {"payment_id"}


class CustomerCreditBill(models.Model):
    """A bill of exchange, promissory note or post-dated cheque of a customer, from its
    receipt until it is settled (F13).

    A bill that is booked as payment has lowered the receivable, so it counts in the
    exposure itself as long as it can come back; one without posted payment does not,
    because the receivable still stands (M24).
    """

    _name = "customer.credit.bill"
    _description = "Bill"
    _inherit = ["customer.credit.paper.mixin"]
    _order = "date_payable, id"
    _rec_name = "number"

    number = fields.Char(required=True, tracking=True)
    kind = fields.Selection(
        [
            ("exchange", "Bill of Exchange"),
            ("promissory", "Promissory Note"),
            ("cheque", "Post-Dated Cheque"),
        ],
        required=True,
        default="exchange",
        tracking=True,
    )
    drawer = fields.Char(help="Who drew the bill, if not the customer himself.")
    acceptor = fields.Char(string="Acceptor or Bank")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(required=True, tracking=True)
    received_on = fields.Date(required=True, default=fields.Date.context_today)
    due_on = fields.Date(required=True, tracking=True)
    delayed_until = fields.Date(readonly=True, copy=False, tracking=True)
    date_payable = fields.Date(
        string="Payable On", compute="_compute_date_payable", store=True, index=True
    )
    payment_id = fields.Many2one(
        "account.payment",
        copy=False,
        tracking=True,
        index="btree_not_null",
        ondelete="set null",
        domain="[('partner_id', 'child_of', partner_id), "
        "('company_id', '=', company_id), ('currency_id', '=', currency_id), "
        "('payment_type', '=', 'inbound'), ('partner_type', '=', 'customer')]",
        help="The payment as which the bill was booked in Accounting.",
    )
    state = fields.Selection(
        [
            ("held", "Held"),
            ("endorsed", "Endorsed"),
            ("discounted", "Discounted"),
            ("settled", "Settled"),
            ("delayed", "Delayed"),
            ("dishonoured", "Dishonoured"),
        ],
        required=True,
        default="held",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        group_expand=True,
    )
    with_recourse = fields.Boolean(
        default=True,
        readonly=True,
        copy=False,
        help="Who was given the bill can claim the amount from us if it is not paid.",
    )
    endorsed_to = fields.Char(readonly=True, copy=False)
    discount_bank = fields.Char(readonly=True, copy=False)
    discount_fee = fields.Monetary(readonly=True, copy=False)
    passed_on = fields.Date(
        readonly=True, copy=False, help="The day of endorsement or discount."
    )
    passed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    settled_on = fields.Date(readonly=True, copy=False)
    settled_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    delayed_on = fields.Date(readonly=True, copy=False)
    delayed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    dishonoured_on = fields.Date(readonly=True, copy=False)
    dishonoured_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reason = fields.Text(
        string="Reason of Non-Payment", readonly=True, copy=False, tracking=True
    )
    replaces_id = fields.Many2one(
        "customer.credit.bill",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        domain="[('account_id', '=', account_id), "
        "('state', 'in', ('delayed', 'dishonoured'))]",
        help="The delayed or dishonoured bill that the customer replaced by this one.",
    )
    replacement_ids = fields.One2many(
        "customer.credit.bill", "replaces_id", string="Replaced By"
    )
    reminded_on = fields.Date(readonly=True, copy=False)
    note = fields.Text()
    counted_amount = fields.Monetary(
        string="Counted in the Exposure",
        currency_field="company_currency_id",
        compute="_compute_counted_amount",
        help="In company currency, at the rate of the day.",
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The amount of a bill is more than 0."
    )
    _due_after_receipt = models.Constraint(
        "CHECK(due_on >= received_on)", "A bill is not due before it is received."
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    def _is_correctable(self, names):
        if names <= BOOKING or names <= {"note"}:
            return True
        return (
            self.state == "held"
            and not self.payment_id
            and "replaces_id" not in names
            and not ("account_id" in names and self.replaces_id)
        )

    # ------------------------------------------------------------ computed, checked

    @api.depends("due_on", "delayed_until")
    def _compute_date_payable(self):
        for bill in self:
            bill.date_payable = bill.delayed_until or bill.due_on

    @api.depends(
        "amount",
        "currency_id",
        "state",
        "with_recourse",
        "payment_id.move_id.state",
        "payment_id.move_id.reversal_move_ids.state",
        "company_id.credit_count_bills",
    )
    def _compute_counted_amount(self):
        today = fields.Date.context_today(self)
        for bill in self:
            company = bill.company_id
            bill.counted_amount = bill._counts() and bill.currency_id._convert(
                bill.amount, company.currency_id, company, today
            )

    def _can_come_back(self):
        """Return whether the amount may still be claimed from the customer by us."""
        self.ensure_one()
        if self.state in PASSED_ON:
            return self.with_recourse
        return self.state != "settled"

    def _counts(self):
        """Return whether this bill counts in the exposure of its customer (M24)."""
        self.ensure_one()
        # sudo: whether the payment is booked decides, whoever may read it
        entry_sudo = self.sudo().payment_id.move_id
        return (
            self.company_id.credit_count_bills
            and self._can_come_back()
            and entry_sudo.state == "posted"
            and "posted" not in entry_sudo.reversal_move_ids.mapped("state")
        )

    @api.constrains("number", "kind")
    def _check_registered_once(self):
        for bill in self:
            # sudo: a bill of the customer, whoever may read it
            same = bill.sudo().search(
                Domain("account_id", "=", bill.account_id.id)
                & Domain("kind", "=", bill.kind)
                & Domain("number", "=", bill.number)
                & Domain("id", "!=", bill.id),
                limit=1,
            )
            if same:
                raise ValidationError(
                    self.env._(
                        "%(number)s of %(customer)s is registered already.",
                        number=bill.number,
                        customer=bill.partner_id.display_name,
                    )
                )

    @api.constrains("payment_id", "amount", "currency_id")
    def _check_payment(self):
        # sudo: all bills of the payment, whoever may read them
        for payment, bills_sudo in self.sudo().grouped("payment_id").items():
            if not payment:
                continue
            if any(
                payment.payment_type != "inbound"
                or payment.partner_type != "customer"
                or payment.partner_id.commercial_partner_id != bill.partner_id
                or payment.company_id != bill.company_id
                or payment.currency_id != bill.currency_id
                for bill in bills_sudo
            ):
                raise ValidationError(
                    self.env._(
                        "The payment of a bill is one of the same customer, company "
                        "and currency."
                    )
                )
            booked = sum(
                bills_sudo.search([("payment_id", "=", payment.id)]).mapped("amount")
            )
            if payment.currency_id.compare_amounts(booked, payment.amount) > 0:
                raise ValidationError(
                    self.env._("The bills of a payment are not more than the payment.")
                )

    @api.constrains("replaces_id")
    def _check_replaces(self):
        for bill in self:
            if bill.replaces_id and (
                bill.replaces_id.account_id != bill.account_id
                or bill.replaces_id.currency_id != bill.currency_id
            ):
                raise ValidationError(
                    self.env._("A bill replaces one of the same customer and currency.")
                )

    # ------------------------------------------------------------ registering

    @api.model_create_multi
    def create(self, vals_list):
        if not (self.env.su or self._is_system()):
            self._check_may_book(vals_list)
        bills = super().create(vals_list)
        for bill in bills:
            if bill.replaces_id:
                bill._take_over(bill.replaces_id)
        # sudo: the figures are the system's, whoever registers
        bills.sudo().account_id._refresh_all()
        return bills

    @api.model
    def _check_may_book(self, vals_list):
        """The rep registers what he received; how it is booked is for finance."""
        booking = BOOKING | {"replaces_id"}
        given = any(
            vals.get(name, self.env.context.get(f"default_{name}"))
            for vals in vals_list
            for name in booking
        )
        if given and not self.env.user._has_archive_role("FIN"):
            raise AccessError(
                self.env._("Finance says how a bill is booked and what it replaces.")
            )

    def _take_over(self, replaced):
        """The payment of a bill passes to the one that replaces it, which settles it
        towards us."""
        replaced._check_state("delayed", "dishonoured")
        payment = replaced.payment_id
        replaced._advance(
            {
                "payment_id": False,
                "state": "settled",
                "settled_on": fields.Date.context_today(self),
                "settled_by_id": self.env.uid,
            }
        )
        if payment:
            self._advance({"payment_id": payment.id})
        replaced.sudo().message_post(
            body=self.env._("Replaced by %(number)s.", number=self.number)
        )

    def write(self, vals):
        result = super().write(vals)
        if not {
            "account_id",
            "amount",
            "currency_id",
            "payment_id",
            "state",
            "with_recourse",
        }.isdisjoint(vals):
            # sudo: the figures are the system's, whoever writes
            self.sudo().account_id._refresh_all()
        return result

    def unlink(self):
        accounts_sudo = self.sudo().account_id
        result = super().unlink()
        accounts_sudo._refresh_all()
        return result

    # ------------------------------------------------------------ steps

    def action_open_step(self):
        """Open the dialog of the step that the context names."""
        self.ensure_one()
        self._check_role("FIN")
        steps = self.env["customer.credit.bill.step"]._fields["step"]
        labels = dict(steps._description_selection(self.env))
        step = self.env.context.get("default_step")
        return {
            "type": "ir.actions.act_window",
            "name": labels.get(step),
            "res_model": "customer.credit.bill.step",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_bill_id": self.id, "default_step": step},
        }

    def _get_step_date(self, date):
        """Return the day of a step: today, or an earlier one since the receipt."""
        today = fields.Date.context_today(self)
        date = fields.Date.to_date(date) or today
        if any(date > today or date < bill.received_on for bill in self):
            raise UserError(
                self.env._("The step was taken since the receipt, at latest today.")
            )
        return date

    def action_endorse(self, endorsed_to, with_recourse=True, date=False):
        """Give bills on to somebody else (背书).

        :param endorsed_to: to whom, a text
        :param with_recourse: whether he can come back to us
        """
        self._pass_on("endorsed", endorsed_to, with_recourse, date)
        self._advance({"endorsed_to": endorsed_to})
        return True

    def action_discount(self, bank, fee=0.0, with_recourse=True, date=False):
        """Sell bills to a bank before they are due (贴现).

        :param fee: what the bank keeps of each, in the currency of the bill
        """
        if fee < 0 or any(fee > bill.amount for bill in self):
            raise UserError(self.env._("The fee is a part of the bill."))
        self._pass_on("discounted", bank, with_recourse, date)
        self._advance({"discount_bank": bank, "discount_fee": fee})
        return True

    def _pass_on(self, state, receiver, with_recourse, date):
        self._check_role("FIN")
        self._check_state("held")
        if not (receiver or "").strip():
            raise UserError(self.env._("Say who was given the bill."))
        self._advance(
            {
                "state": state,
                "with_recourse": bool(with_recourse),
                "passed_on": self._get_step_date(date),
                "passed_by_id": self.env.uid,
            }
        )
        for bill in self:
            bill.sudo().message_post(
                body=self.env._("Given to %(receiver)s.", receiver=receiver)
            )

    def action_settle(self, date=False):
        """The bills are paid: nothing of them counts any more (兑付)."""
        self._check_role("FIN")
        self._check_state(*OPEN, "dishonoured")
        self._advance(
            {
                "state": "settled",
                "settled_on": self._get_step_date(date),
                "settled_by_id": self.env.uid,
            }
        )
        self._settle_todos()
        return True

    def action_delay(self, until, reason, date=False):
        """The bills will be paid later (延付), which is a credit event.

        :param until: the new day, later than the one agreed so far
        """
        self._check_not_paid(reason)
        until = fields.Date.to_date(until)
        date = self._get_step_date(date)
        if any(
            not until or until <= bill.date_payable or until <= date for bill in self
        ):
            raise UserError(self.env._("Say until which later day it is delayed."))
        self._advance(
            {
                "state": "delayed",
                "delayed_until": until,
                "delayed_on": date,
                "delayed_by_id": self.env.uid,
                "reason": reason,
                # the new day is asked about once more
                "reminded_on": False,
            }
        )
        for bill in self:
            bill.sudo().message_post(
                body=self.env._(
                    "Delayed until %(date)s: %(reason)s",
                    date=format_date(self.env, until),
                    reason=reason,
                )
            )
        self._settle_todos()
        self._record_event("bill_delay", date, reason)
        return True

    def action_dishonour(self, reason, date=False):
        """The bills were refused (拒付), which is a credit event. They count until
        the payment is taken back in Accounting and the receivable stands again."""
        self._check_not_paid(reason)
        date = self._get_step_date(date)
        self._advance(
            {
                "state": "dishonoured",
                "dishonoured_on": date,
                "dishonoured_by_id": self.env.uid,
                "reason": reason,
            }
        )
        for bill in self:
            bill.sudo().message_post(
                body=self.env._("Dishonoured: %(reason)s", reason=reason)
            )
        self._settle_todos()
        self._record_event("dishonour", date, reason)
        return True

    def _check_not_paid(self, reason):
        self._check_role("FIN")
        self._check_state(*OPEN)
        for bill in self:
            if not bill._can_come_back():
                raise UserError(
                    self.env._(
                        "%(number)s was given on without recourse: what becomes of it "
                        "is no claim of ours. Enter a credit event instead.",
                        number=bill.number,
                    )
                )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))

    def _record_event(self, code, date, reason):
        events = self.env["customer.credit.event"]
        events._record(
            [
                {
                    "date": date,
                    "account_id": bill.account_id.id,
                    "kind_id": events._get_kind(code).id,
                    "amount": bill.amount,
                    "currency_id": bill.currency_id.id,
                    "description": reason,
                    "bill_id": bill.id,
                }
                for bill in self
            ]
        )

    # ------------------------------------------------------------ accounting

    def action_register_payment(self):
        """Open a draft payment of this bill in Accounting, made as the present user."""
        self.ensure_one()
        self._check_role("FIN")
        self._check_state(*OPEN)
        if self.payment_id:
            return self.action_open_payment()
        self.payment_id = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "currency_id": self.currency_id.id,
                "amount": self.amount,
                "date": self.received_on,
                "memo": self.number,
            }
        )
        return self.action_open_payment()

    def action_open_payment(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "res_id": self.payment_id.id,
            "views": [(False, "form")],
        }

    def action_take_back_payment(self):
        """Cancel the payment of a dishonoured bill, as the present user and with all
        checks of Accounting, so that the receivable stands again."""
        self.ensure_one()
        self._check_role("FIN")
        self._check_state("dishonoured")
        payment = self.payment_id
        # sudo: a bill of the same payment counts, whoever may read it
        others = self.sudo().search_count(
            [("payment_id", "=", payment.id), ("id", "!=", self.id)], limit=1
        )
        if not payment or others:
            raise UserError(
                self.env._(
                    "There is no payment of this bill alone. Correct it in Accounting."
                )
            )
        payment.action_draft()
        payment.action_cancel()
        # sudo: the figures are the system's
        self.sudo().account_id._refresh_all()
        self.sudo().message_post(
            body=self.env._("The payment was taken back: the receivable stands again.")
        )
        return True

    # ------------------------------------------------------------ reminder

    @api.model
    def _duty_remind_due(self, duty, start, end):
        """Remind finance and the rep once of each bill that falls due soon."""
        company = self.env.company
        until = fields.Date.add(end, days=company.credit_bill_reminder_days)
        due = self.search(
            Domain("company_id", "=", company.id)
            & Domain("reminded_on", "=", False)
            & Domain("date_payable", "<=", until)
            & (
                Domain("state", "in", ("held", "delayed"))
                | Domain("state", "in", PASSED_ON) & Domain("with_recourse", "=", True)
            )
        )
        due._ask_finance_and_reps("date_payable", lambda env: env._("The bill is due"))
        due._system_write({"reminded_on": end})
