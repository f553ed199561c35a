from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date, format_datetime

# the reasons of a hold that have sentences of their own
SAID_CODES = {"over", "near", "blocked", "frozen", "no_limit", "expired", "overdue"}
# that the customer has less credit than the order needs
AMOUNT_CODES = frozenset({"over", "no_limit", "expired", "frozen", "blocked"})


class SaleOrder(models.Model):
    """The wall: no way to a confirmed order leads past the credit limit (F23, F24).

    ``_check_credit`` is a constraint and so sees create, write, load, copy, every
    controller and every line that raises a confirmed order. It opens for nobody
    and for no context key; it reads three things only: the account's figures, the
    money received for the order, and a release that was decided.
    """

    _name = "sale.order"
    _inherit = ["customer.guarded.mixin", "sale.order"]

    credit_state = fields.Selection(
        [
            ("none", "Not Checked"),
            ("ok", "Within Limit"),
            ("warning", "Near Limit"),
            ("held", "On Hold"),
            ("released", "Released"),
            ("refused", "Refused"),
        ],
        string="Credit",
        default="none",
        groups="base.group_user",
        readonly=True,
        copy=False,
        index=True,
    )
    credit_hold_id = fields.Many2one(
        "customer.credit.hold",
        string="Release Request",
        groups="base.group_user",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    credit_checked_amount = fields.Monetary(
        readonly=True, copy=False, groups="base.group_user"
    )
    credit_checked_for = fields.Char(
        readonly=True, copy=False, groups="base.group_user"
    )

    credit_account_id = fields.Many2one(
        "customer.credit.account",
        compute="_compute_credit_figures",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_limit_amount = fields.Monetary(
        string="Credit Limit",
        currency_field="company_currency_id",
        compute="_compute_credit_figures",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_exposure = fields.Monetary(
        string="Credit Used",
        currency_field="company_currency_id",
        compute="_compute_credit_figures",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_available = fields.Monetary(
        string="Available Credit",
        currency_field="company_currency_id",
        compute="_compute_credit_figures",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_usage = fields.Float(
        string="Limit Use with This Order (%)",
        digits=(16, 1),
        compute="_compute_credit_figures",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_overdue_days = fields.Integer(
        string="Oldest Overdue (Days)",
        compute="_compute_credit_figures",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_light = fields.Selection(
        [("normal", "Normal"), ("warning", "Near Limit"), ("hold", "Credit on Hold")],
        string="Credit Status",
        compute="_compute_credit_light",
        groups="base.group_user",
    )
    # the band above the order: danger, warning, report (a warning that the superior has
    # to know of), info or success
    credit_band = fields.Char(
        compute="_compute_credit_message",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_message = fields.Text(
        compute="_compute_credit_message",
        compute_sudo=False,
        groups="base.group_user",
    )
    credit_received_amount = fields.Monetary(
        compute="_compute_credit_received_amount", groups="base.group_user"
    )
    # when the order or its growth was accepted: its other dates can be set back
    credit_accepted_at = fields.Datetime(
        readonly=True, copy=False, groups="base.group_user"
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    def _guarded_fields(self):
        # not what core computes: it lets some of that be written
        guarded = {
            "credit_state",
            "credit_hold_id",
            "credit_checked_amount",
            "credit_checked_for",
            "credit_accepted_at",
        }
        if self.env.su:
            return guarded
        # what the verdict is counted from: only core's own code writes that
        return guarded | {"amount_total", "invoice_status", "transaction_ids"}

    # ------------------------------------------------------------ computed

    @api.depends(
        "partner_id",
        "partner_invoice_id",
        "company_id",
        "currency_id",
        "amount_total",
        "state",
        "transaction_ids.state",
    )
    @api.depends_context("uid")
    def _compute_credit_figures(self):
        """What the salesperson of the customer sees (F26); nobody else does."""
        accounts_by_key = self._get_credit_accounts(
            self.env["customer.credit.account"].sudo(False)
        )
        for order in self:
            outlook = order._get_credit_outlook(accounts_by_key)
            account = outlook.account
            order.credit_account_id = account
            order.credit_limit_amount = account.limit_today
            order.credit_exposure = account.exposure
            order.credit_available = account.available
            order.credit_usage = outlook.usage
            order.credit_overdue_days = account.overdue_days

    @api.depends("partner_id", "partner_invoice_id", "company_id")
    def _compute_credit_light(self):
        # sudo: the traffic light is for everybody who sells, the figures are not (F60)
        accounts_by_key = self._get_credit_accounts(
            self.env["customer.credit.account"].sudo()
        )
        for order in self:
            accounts_sudo = order._pick_credit_accounts(accounts_by_key)
            order.credit_light = accounts_sudo._get_worst_status()

    def _credit_keys(self):
        """Return the (customer, company) whose limits an order uses, who is invoiced
        first."""
        customers = (self.partner_invoice_id | self.partner_id).commercial_partner_id
        return [(customer, self.company_id._origin) for customer in customers._origin]

    def _get_credit_accounts(self, accounts):
        """Return {(customer, company): account} of who is invoiced and who ordered, as
        far as the user of ``accounts`` may read them."""
        if accounts.has_access("read"):
            customers = (
                self.partner_invoice_id | self.partner_id
            ).commercial_partner_id
            accounts = accounts.search_fetch(
                Domain("partner_id", "in", customers._origin.ids)
                # a form names whatever company its client likes
                & Domain("company_id", "in", self.company_id._origin.ids)
                & Domain("company_id", "in", self.env.companies.ids)
                & Domain("control", "!=", "none")
            )
        return accounts.grouped(
            lambda account: (account.partner_id, account.company_id)
        )

    def _pick_credit_accounts(self, accounts_by_key):
        """Return those of ``accounts_by_key`` whose limits the order uses."""
        picked = [
            accounts_by_key[key]
            for key in self._credit_keys()
            if key in accounts_by_key
        ]
        accounts = self.env["customer.credit.account"].concat(*picked)
        return accounts.with_env(picked[0].env) if picked else accounts

    def _get_credit_outlook(self, accounts_by_key):
        """Return the CreditOutlook of this order: of the account that it suits worst,
        from the stored figures; empty without account."""
        accounts = self._pick_credit_accounts(accounts_by_key)
        if not accounts:
            return accounts._get_no_outlook()
        # what is confirmed is among what is used already
        added = 0.0
        if self.state != "sale":
            added = self._credit_to_company_currency(
                self.amount_total - self.credit_received_amount
            )
        outlooks = [account._get_outlook(added) for account in accounts]
        if self.state != "sale":
            company = self.company_id
            outlooks = [
                outlook._replace(
                    codes=self._credit_without_paid(company, added, outlook.codes)
                )
                for outlook in outlooks
            ]
        return max(
            outlooks,
            key=lambda outlook: (len(outlook.codes - {"near"}), outlook.usage),
        )

    @api.depends("transaction_ids.state", "transaction_ids.amount")
    def _compute_credit_received_amount(self):
        for order in self:
            # shown to the customer who paid, at the portal
            order_sudo = order._get_stored_sudo()
            order.credit_received_amount = (
                order_sudo._credit_get_received() if order_sudo else 0.0
            )

    @api.depends(
        "credit_state", "credit_hold_id", "credit_usage", "credit_light", "state"
    )
    @api.depends_context("uid", "lang")
    def _compute_credit_message(self):
        accounts = self.env["customer.credit.account"]
        readable = self._get_credit_accounts(accounts.sudo(False))
        # sudo: only the traffic light of what the user may not read leaves this method
        every = self._get_credit_accounts(accounts.sudo())
        for order in self:
            order.credit_band, order.credit_message = (
                order._get_credit_decision_band()
                or order._get_credit_figures_band(readable)
                or order._get_credit_light_band(every, readable)
                or (False, False)
            )

    def _get_stored_sudo(self):
        """Return the order as it is stored, in sudo; nothing if this is a form that
        names an order which its client may not read."""
        order = self if self.id else self._origin._filtered_access("read")
        # sudo: the forged values of a form are left out
        return order.sudo()

    def _get_credit_decision_band(self):
        """Return colour and text of the band of what was asked or decided."""
        # where a release stands is said to everybody who sees the order
        order_sudo = self._get_stored_sudo()
        colours = {"held": "info", "released": "success", "refused": "danger"}
        colour = colours.get(order_sudo.credit_state)
        if not colour:
            return False
        hold_sudo = order_sudo.credit_hold_id
        if not hold_sudo.sudo(False)._filtered_access("read"):
            # reasons belong to the credit file (F60); how many decide follows from by
            # how much the limit is exceeded
            if order_sudo.credit_state == "refused":
                return colour, self.env._("The release was refused.")
            if hold_sudo.approval_state == "pending":
                return colour, order_sudo._get_credit_waiting_text()
        return colour, hold_sudo._get_message()

    def _get_credit_waiting_text(self):
        """Return who has not decided on this order's release yet; in sudo."""
        hold = self.credit_hold_id
        return self.env._(
            "%(order)s is on hold since %(time)s: %(names)s (%(office)s) has not "
            "decided yet. You get an activity when it is decided.",
            order=self.name,
            time=format_datetime(self.env, hold.create_date),
            names=", ".join(hold.approval_line_ids.user_ids.mapped("name")),
            office=hold.approval_id.current_step,
        )

    def _get_credit_figures_band(self, accounts_by_key):
        """Return colour and text of the band for who may see the figures."""
        if self.state not in ("draft", "sent"):
            return False
        outlook = self._get_credit_outlook(accounts_by_key)
        if not outlook.codes:
            return False
        lines = self._get_credit_reason_lines(outlook)
        if outlook.row.control == "limited":
            lines.append(self._get_credit_figures(outlook))
        text = "\n".join(lines)
        if outlook.codes != {"near"}:
            return "danger", text
        return "report" if self.company_id.credit_warning_report else "warning", text

    def _get_credit_light_band(self, accounts_by_key, readable_by_key):
        """Return colour and text of the band for who sees the traffic light alone: the
        same whatever the order's amount, which would tell how much is available."""
        accounts = self._pick_credit_accounts(
            {
                key: account
                for key, account in accounts_by_key.items()
                if key not in readable_by_key
            }
        )
        status = accounts._get_worst_status()
        if self.state not in ("draft", "sent") or status not in ("warning", "hold"):
            return False
        names = ", ".join(accounts.user_ids.mapped("name")) or self.env._("Finance")
        if status == "hold":
            return "danger", self.env._(
                "The customer's credit is on hold. Ask %(names)s before you confirm.",
                names=names,
            )
        return "warning", self.env._(
            "The customer is near the credit limit. Ask %(names)s before you confirm.",
            names=names,
        )

    def _get_credit_reason_lines(self, outlook):
        """Return a sentence for each reason of an outlook."""
        accounts, codes = outlook.account, set(outlook.codes)
        lines = accounts._get_reason_texts(self.company_id, outlook.row, codes)
        if codes & {"over", "near"}:
            used = self.env._(
                "%(percent)s %% of the credit limit would be used.",
                percent=round(outlook.usage),
            )
            if "near" in codes and self.company_id.credit_warning_report:
                used = self.env._(
                    "%(used)s Your superior's opinion is needed first.", used=used
                )
            lines.insert(0, used)
        # an addon's reason says what it is by its name
        names = self.env["customer.credit.reason"]._get(codes - SAID_CODES)
        return [*lines, *(f"{name}." for name in names.mapped("name"))]

    def _get_credit_figures(self, outlook):
        company, row = self.company_id, outlook.row
        # as if the order had been confirmed
        counted = outlook.added if company.credit_count_orders else 0.0
        return self._get_credit_figures_text(
            company, row._replace(available=row.available - counted), outlook.added
        )

    def _get_credit_portal_message(self):
        """Return what the customer reads at the portal while the order is on hold."""
        contact = self.user_id.name or self.company_id.name
        message = self.env._(
            "Thank you. We have received your order %(order)s and are checking it; "
            "%(contact)s will contact you.",
            order=self.name,
            contact=contact,
        )
        if not self.credit_received_amount:
            return message
        return self.env._(
            "%(message)s We have your payment of %(paid)s.",
            message=message,
            paid=format_amount(self.env, self.credit_received_amount, self.currency_id),
        )

    # ------------------------------------------------------------ the wall

    @api.constrains(
        "state",
        "amount_total",
        "partner_id",
        "partner_invoice_id",
        "company_id",
        "currency_id",
    )
    def _check_credit(self):
        """Judge what has grown; lowering, cancelling and notes always pass."""
        grown = self.browse()
        eased = self.browse()
        self.filtered(lambda order: order.state == "sale")._credit_customers()
        for order in self:
            if order.state != "sale":
                eased += order.filtered("credit_checked_for")
                order._credit_leave_sale()
                continue
            growth = order.currency_id.compare_amounts(
                order.amount_total, order.credit_checked_amount
            )
            if growth > 0 or order.credit_checked_for != order._credit_checked_for():
                grown += order
            elif growth < 0:
                order._credit_set(checked_amount=order.amount_total)
                eased += order
        for company, orders in grown.grouped("company_id").items():
            orders._credit_judge_confirmed(company)
        # sudo: the figures are the system's, whoever lowers an order
        accounts_sudo = self.env["customer.credit.account"].sudo()
        for company, orders in eased.grouped("company_id").items():
            accounts_sudo._refresh(company, orders._credit_customers().ids)

    def _credit_customers(self):
        """Return whose limit an order uses: who is invoiced and who ordered."""
        partners = self.partner_invoice_id | self.partner_id
        # fetches one column: all of them would be read along, at the verdict's price
        partners.fetch(["commercial_partner_id"])
        return partners.commercial_partner_id

    def _credit_checked_for(self):
        """Return what an accepted amount was accepted for."""
        ids = (
            self.partner_invoice_id.commercial_partner_id.id,
            self.partner_id.commercial_partner_id.id,
            self.company_id.id,
            self.currency_id.id,
        )
        return ",".join(map(str, ids))

    @api.model
    def _credit_accept_as_is(self, condition, with_amount):
        """Tie the confirmed orders that fulfil ``condition`` to their customers of
        today, in one statement, so that only their growth is judged.

        :param with_amount: accept their present totals, too
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_order
                   SET credit_checked_amount = CASE WHEN %(with_amount)s
                           THEN amount_total ELSE credit_checked_amount END,
                       credit_checked_for = concat_ws(
                           ',', invoiced.commercial_partner_id,
                           ordering.commercial_partner_id,
                           sale_order.company_id, sale_order.currency_id)
                  FROM res_partner ordering, res_partner invoiced
                 WHERE sale_order.state = 'sale'
                   AND ordering.id = sale_order.partner_id
                   AND invoiced.id = sale_order.partner_invoice_id
                   AND %(condition)s
                """,
                with_amount=with_amount,
                condition=condition,
            )
        )
        self.invalidate_model(["credit_checked_amount", "credit_checked_for"])

    def _credit_set(self, **values):
        """Set fields of the verdict as a computation does: they are stored in the one
        UPDATE of the order, without a second round of what a write sets off."""
        names = [f"credit_{name}" for name in values]
        # sudo: a judgement is the system's, whoever caused it
        orders_sudo = self.sudo()
        with self.env.protecting([self._fields[name] for name in names], orders_sudo):
            for order_sudo in orders_sudo:
                for name, value in zip(names, values.values(), strict=True):
                    field = self._fields[name]
                    if field.convert_to_write(order_sudo[name], order_sudo) != value:
                        order_sudo[name] = value
        orders_sudo.modified(names)

    def _credit_leave_sale(self):
        """An order that is no order any more has used nothing and keeps no release
        request; a new confirmation is judged anew."""
        if self.credit_checked_for:
            self._credit_set(
                checked_amount=0.0, checked_for=False, accepted_at=False, state="none"
            )
        if self.state == "cancel" and self.credit_hold_id.state == "waiting":
            self.credit_hold_id._lapse()

    def _credit_judge_confirmed(self, company):
        """Accept the confirmed orders ``self`` of one company or refuse them all."""
        # written before the verdict, which a refusal rolls back, to be stored in one
        # statement with the confirmation itself
        for order in self:
            order._credit_set(
                state="ok",
                checked_amount=order.amount_total,
                checked_for=order._credit_checked_for(),
                accepted_at=fields.Datetime.now(),
            )
        accounts = self.env["customer.credit.account"].sudo()
        rows = self._credit_refresh_customers(company)
        extras = dict.fromkeys(self._credit_customers().ids, 0.0)
        if not company.credit_count_orders:
            extras |= self._credit_get_planned(company, rows)
        held = self._credit_get_held(
            company, accounts._get_hold_reasons(company, rows, extras)
        )
        if held:
            self._credit_refuse(company, rows, held)
        for order in self:
            order._credit_accept(rows)

    def _credit_refresh_customers(self, company):
        """Return {partner id: CreditRow} of the customers of these orders who are
        judged; where everybody is, a missing account is made."""
        accounts = self.env["customer.credit.account"].sudo()
        customers = self._credit_customers()
        rows = accounts._refresh(company, customers.ids, controlled_only=True)
        if company.credit_default_control == "limited":
            # who is judged has an account: nothing to ask for
            unjudged = set(customers.ids) - rows.keys()
            missing = unjudged and accounts._without_account(company, unjudged)
            if missing:
                accounts._create_missing(company, missing)
                rows = accounts._refresh(company, customers.ids, controlled_only=True)
        return rows

    def _credit_get_planned(self, company, rows):
        """Return {partner id: amount} that these orders put on the limit of each
        customer or on one that he shares."""
        accounts = self.env["customer.credit.account"].sudo()
        amounts = accounts._get_order_amounts(company, self)
        by_pool = defaultdict(float)
        for order in self:
            for pool in order._credit_get_pools(rows):
                by_pool[pool] += amounts[order.id]
        return {partner_id: by_pool[row.pool] for partner_id, row in rows.items()}

    def _credit_get_pools(self, rows):
        """Return the limits that this order uses, each once."""
        ids = self._credit_customers().ids
        return {rows[partner_id].pool for partner_id in ids if partner_id in rows}

    def _credit_get_order_reasons(self):
        """Return why an order does not pass whoever the customer is, as
        {order id: set of codes of ``customer.credit.reason``}; extension point."""
        return {}

    def _credit_get_held(self, company, codes_by_customer):
        """Return {order: codes} of those of ``self`` that do not pass: neither paid
        nor released.

        :param codes_by_customer: what ``_get_hold_reasons`` returns
        """
        codes_by_order = self._credit_get_order_reasons()
        suspects = {}
        for order in self:
            codes = set(codes_by_order.get(order.id, ())).union(
                *(
                    codes_by_customer.get(partner_id, ())
                    for partner_id in order._credit_customers().ids
                )
            )
            if codes:
                suspects[order] = codes
        accounts = self.env["customer.credit.account"].sudo()
        amounts = accounts._get_order_amounts(company, self.browse().union(*suspects))
        held = {
            order: order._credit_not_passing(company, amounts[order.id], codes)
            for order, codes in suspects.items()
        }
        return {order: codes for order, codes in held.items() if codes}

    def _credit_not_passing(self, company, amount, codes):
        """Return which of ``codes`` hold this order, an empty set if it passes.

        :param amount: what it puts on the limit, in the currency of ``company``
        """
        codes = self._credit_without_paid(company, amount, codes)
        return set() if codes and self._credit_is_released(codes) else codes

    @api.model
    def _credit_without_paid(self, company, amount, codes):
        """Return those of ``codes`` that hold an order which puts ``amount``, in the
        currency of ``company``, on the limit: one that is paid passes most of them."""
        if company.currency_id.compare_amounts(amount, 0.0) > 0:
            return codes
        return codes & self.env["customer.credit.reason"]._get_codes_of_prepaid()

    def _credit_to_company_currency(self, amount):
        """Return ``amount`` of the order's currency in the company's, at the day's
        rate."""
        return self.currency_id._convert(
            amount,
            self.company_id.currency_id,
            self.company_id,
            fields.Date.context_today(self),
        )

    def _credit_accept(self, rows):
        """Record what was accepted, so that only growth is judged again."""
        if self.credit_hold_id.state == "waiting":
            self.credit_hold_id._lapse()
        statuses = {
            rows[partner_id].status
            for partner_id in self._credit_customers().ids
            if partner_id in rows
        }
        if self._credit_is_released(set()):
            state = "released"
        elif "warning" in statuses:
            state = "warning"
        else:
            state = "ok" if statuses else "none"
        self._credit_set(state=state)

    def _credit_is_released(self, codes):
        """Return whether a decided release lets the order pass as it is now, although
        ``codes`` hold it: a reason that came later needs a new release."""
        return self.sudo().credit_hold_id._covers(self, codes)

    # ------------------------------------------------------------ refusing

    def _credit_refuse(self, company, rows, held):
        """Refuse orders with a dialog that offers what to do next.

        :param held: {order: codes}
        """
        orders = self.browse().union(*held)
        accounts = self.env["customer.credit.account"].sudo()
        amounts = accounts._get_order_amounts(company, orders)
        message = "\n\n".join(
            order._get_credit_refusal(company, rows, amounts[order.id], codes)
            for order, codes in held.items()
        )
        if self.env.context.get("import_file"):
            raise ValidationError(message)
        waiting = orders.credit_hold_id.filtered(
            lambda hold: hold.state == "waiting" and hold.approval_state == "pending"
        )
        if waiting and len(orders) == 1:
            action = waiting._get_open_action()
            button = self.env._("Open Release Request")
        else:
            is_report = set().union(*held.values()) == {"near"}
            action = orders._get_credit_release_action(is_report)
            button = self.env._("Ask for Release")
            if is_report:
                button = action["name"] = self.env._("Report to Superior")
        raise RedirectWarning(message, action, button)

    def _get_credit_refusal(self, company, rows, amount, codes):
        """Return why this order does not pass, with the figures for those who may
        see them."""
        # sudo: the sentence itself decides what the reader may see
        hold_sudo = self.sudo().credit_hold_id
        if hold_sudo.state == "waiting" and hold_sudo.decision == "raise":
            return hold_sudo._get_message()
        if hold_sudo.state == "waiting" and hold_sudo.approval_state == "pending":
            return self.sudo()._get_credit_waiting_text()
        if hold_sudo.state == "released" and self.currency_id.compare_amounts(
            self.amount_total, hold_sudo.release_amount
        ):
            return self.env._(
                "The release of %(order)s covers %(released)s until %(date)s; the "
                "order is now %(amount)s. Ask again.",
                order=self.name,
                released=format_amount(
                    self.env, hold_sudo.release_amount, hold_sudo.currency_id
                ),
                date=format_date(self.env, hold_sudo.release_until),
                amount=format_amount(self.env, self.amount_total, self.currency_id),
            )
        if hold_sudo.state == "released" and (gap := hold_sudo._get_gap(self, codes)):
            return gap
        accounts_sudo = self.env["customer.credit.account"].sudo()
        customer, row = self._credit_get_culprit(company, rows)
        account_sudo = accounts_sudo.browse(row.id if row else ())
        is_reader = account_sudo.with_env(self.env(su=False)).has_access("read")
        sentence = self._get_credit_refusal_sentence(
            company, customer, row if is_reader else None, codes
        )
        if not is_reader:
            return self.env._(
                "%(sentence)s Ask %(rep)s.",
                sentence=sentence,
                rep=", ".join(account_sudo.user_ids.mapped("name"))
                or self.env._("Finance"),
            )
        lines = [sentence]
        if row and row.control == "limited":
            lines.append(self._get_credit_figures_text(company, row, amount))
        lines += accounts_sudo._get_reason_texts(company, row, codes)
        if codes == {"near"}:
            lines.append(
                self.env._(
                    "Report to your superior and wait for the opinion, then confirm."
                )
            )
        elif codes & AMOUNT_CODES:
            lines.append(
                self.env._(
                    "Ask for a release; until the decision it stays a quotation. You "
                    "can also lower the order or collect first."
                )
            )
        else:
            lines.append(
                self.env._(
                    "Ask for a release; until the decision it stays a quotation."
                )
            )
        return "\n".join(lines)

    def _credit_get_culprit(self, company, rows):
        """Return (customer, CreditRow or None) that a refusal is about: who is
        invoiced, unless only who ordered is over his limit."""
        accounts = self.env["customer.credit.account"].sudo()
        invoiced = self.partner_invoice_id.commercial_partner_id
        customers = invoiced | self.partner_id.commercial_partner_id
        over = customers.filtered(
            lambda customer: (
                customer.id in rows and accounts._is_over(company, rows[customer.id])
            )
        )
        customer = over[:1] or invoiced
        return customer, rows.get(customer.id)

    def _get_credit_refusal_sentence(self, company, customer, row, codes):
        if codes == {"near"} and not row:
            # who may not see the figures is not told the share either
            return self.env._(
                "%(order)s comes near the credit limit of %(customer)s.",
                order=self.name,
                customer=customer.display_name,
            )
        if codes == {"near"}:
            return self.env._(
                "%(order)s comes near the credit limit of %(customer)s (report from "
                "%(warning)s %%).",
                order=self.name,
                customer=customer.display_name,
                warning=round(row.warning),
            )
        if codes & AMOUNT_CODES:
            return self.env._(
                "%(order)s was not confirmed: it would exceed the credit limit of "
                "%(customer)s.",
                order=self.name,
                customer=customer.display_name,
            )
        return self.env._(
            "%(order)s was not confirmed: orders of %(customer)s are on hold.",
            order=self.name,
            customer=customer.display_name,
        )

    def _get_credit_figures_text(self, company, row, amount):
        """Return the figures without this order, which was written before it was
        judged."""
        counted = amount if company.credit_count_orders else 0.0
        available = row.available + counted
        money = {
            name: format_amount(self.env, value, company.currency_id)
            for name, value in {
                "limit": row.limit,
                "used": row.limit - available,
                "available": available,
                "amount": amount,
                "excess": amount - available,
            }.items()
        }
        if company.currency_id.compare_amounts(amount, available) > 0:
            return self.env._(
                "Limit %(limit)s · used %(used)s · available %(available)s · this "
                "order %(amount)s · over by %(excess)s.",
                **money,
            )
        return self.env._(
            "Limit %(limit)s · used %(used)s · available %(available)s · this order "
            "%(amount)s.",
            limit=money["limit"],
            used=money["used"],
            available=money["available"],
            amount=money["amount"],
        )

    # ------------------------------------------------------------ judged before

    def _credit_failing(self):
        """Return the quotations of ``self`` that the wall would refuse.

        They are judged together and in the order of their ids: what an earlier one
        takes is not there for a later one.
        """
        failing = self.browse()
        accounts = self.env["customer.credit.account"].sudo()
        for company, orders in self.grouped("company_id").items():
            rows = orders._credit_refresh_customers(company)
            amounts = accounts._get_order_amounts(company, orders)
            standing = accounts._get_hold_reasons(
                company, rows, dict.fromkeys(orders._credit_customers().ids, 0.0)
            )
            codes_by_order = orders._credit_get_order_reasons()
            taken = defaultdict(float)
            for order in orders.sorted("id"):
                codes = set(codes_by_order.get(order.id, ())) | order._credit_get_codes(
                    company, rows, amounts[order.id], standing, taken
                )
                if order._credit_not_passing(company, amounts[order.id], codes):
                    failing += order
                    continue
                for pool in order._credit_get_pools(rows):
                    taken[pool] += amounts[order.id]
        return failing

    def _credit_get_codes(self, company, rows, amount, standing, taken):
        """Return why this quotation's customers may not take ``amount`` more.

        :param standing: what holds them whatever the amount
        :param taken: {pool: amount} that earlier quotations take
        """
        accounts = self.env["customer.credit.account"].sudo()
        codes = set()
        for partner_id in self._credit_customers().ids:
            codes |= standing.get(partner_id, set())
            if row := rows.get(partner_id):
                codes -= {"near"}
                codes |= accounts._get_amount_reasons(
                    company, row, taken[row.pool] + amount
                )
        return codes

    def _credit_get_reasons(self, company, rows, amount, counted):
        """Return why this order would not pass with ``amount``, of which ``counted``
        is in the figures already; both in the currency of ``company``."""
        accounts = self.env["customer.credit.account"].sudo()
        extras = dict.fromkeys(self._credit_customers().ids, amount - counted)
        codes = set(self._credit_get_order_reasons().get(self.id, ())).union(
            *accounts._get_hold_reasons(company, rows, extras).values()
        )
        return self._credit_without_paid(company, amount, codes)

    def _credit_hold_failing(self):
        """Put the quotations of ``self`` that do not pass on hold, without raising,
        and return them: where nobody can answer a dialog."""
        failing = self._credit_failing()
        for order in failing:
            # caused by the customer, read by the salesperson and the deciders
            lang = order.user_id.lang or order.company_id.partner_id.lang
            order = order.with_context(lang=lang)
            order._credit_put_on_hold(
                order.env._("The customer has accepted or paid this order online.")
            )
        return failing

    def _credit_put_on_hold(self, proposal, amount=0.0):
        """Make a release request for one order and submit it to the deciders.

        :param proposal: the author's reason, shown to the deciders
        :param amount: the total to release, in the order's currency; 0: as it is
        :return: the ``customer.credit.hold``
        """
        self.ensure_one()
        if self.credit_hold_id.state == "waiting":
            return self.credit_hold_id
        # sudo: a hold is written by the system, its author may be a customer
        order_sudo = self.sudo()
        hold_sudo = self.env["customer.credit.hold"].sudo()
        hold_sudo = hold_sudo._create_for(
            order_sudo, proposal, amount or self.amount_total
        )
        state = self.credit_state if self.state == "sale" else "held"
        self._credit_set(state=state, hold_id=hold_sudo.id)
        order_sudo.message_post(
            body=self.env._("On hold: the order would exceed the credit limit.")
        )
        return hold_sudo.sudo(self.env.su)

    def action_confirm_or_hold(self):
        """Confirm the quotations that pass and put the others on hold; say which."""
        self.check_access("write")
        quotations = self.filtered(lambda order: order.state in ("draft", "sent"))
        if not quotations:
            raise UserError(self.env._("Select quotations that are not confirmed yet."))
        held = quotations._credit_failing()
        for order in held:
            order._credit_put_on_hold(
                self.env._("Confirmed together with other orders.")
            )
        confirmed = quotations - held
        if confirmed:
            confirmed.action_confirm()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if held else "success",
                "message": self.env._(
                    "%(confirmed)s orders confirmed, %(held)s put on hold: %(orders)s",
                    confirmed=len(confirmed),
                    held=len(held),
                    orders=", ".join(held.mapped("name")) or "–",
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_ask_credit_release(self):
        """Open the dialog that asks for the release of this order, or reports to the
        superior that it comes near the limit."""
        self.ensure_one()
        return self._get_credit_release_action(self.credit_band == "report")

    def _get_credit_release_action(self, is_report):
        """Return the dialog that asks for the release of these orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_credit.customer_credit_release_action"
        )
        action["context"] = {
            "default_order_ids": self.ids,
            "default_amount": self.amount_total if len(self) == 1 else 0.0,
            "default_kind": "report" if is_report else "release",
        }
        return action

    def action_open_credit_hold(self):
        self.ensure_one()
        hold = self.credit_hold_id
        if not hold._filtered_access("read"):
            raise UserError(
                self.env._(
                    "The figures of this request are for those who answer for the "
                    "customer. You are told here what is decided."
                )
            )
        return hold._get_open_action()

    def _validate_order(self):
        # EXTENDS 'sale': a signature or a free order cannot answer a dialog
        passing = self - self._credit_hold_failing()
        return super(SaleOrder, passing)._validate_order() if passing else None
