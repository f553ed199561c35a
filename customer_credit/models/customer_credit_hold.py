from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


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
    exposure_now = fields.Monetary(
        string="Used Now",
        currency_field="company_currency_id",
        related="account_id.exposure",
    )

    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    order_amount = fields.Monetary(string="Order Total", readonly=True)
    release_amount = fields.Monetary(
        string="Released up to", readonly=True, copy=False, tracking=True
    )
    release_until = fields.Date(
        string="Released until", readonly=True, copy=False, tracking=True
    )
    released_for = fields.Char(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            name
            for name, field in self._fields.items()
            if field.readonly and field.store and name not in models.MAGIC_COLUMNS
        }

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id.commercial_partner_id", "in", dossiers.partner_id.ids)

    @api.model
    def _may_read_domain(self):
        user = self.env.user
        if user.has_groups(
            "customer_archive.group_fin,customer_archive.group_mdo,"
            "customer_archive.group_gmo"
        ):
            return Domain.TRUE
        return (
            Domain("user_id", "=", user.id)
            | Domain("create_uid", "=", user.id)
            | Domain("team_id.user_id", "=", user.id)
            | Domain("approval_id.line_ids.user_ids", "in", [user.id])
        )

    @api.depends("user_id", "team_id.user_id", "approval_id.line_ids.user_ids")
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

    # ------------------------------------------------------------ making one

    @api.model
    def _create_for(self, order, proposal, amount):
        """Make the hold of one order with the figures of this moment and ask the
        deciders. Runs with superuser rights; the author of the request is the
        present employee, else the order's salesperson.

        :param amount: the order total to release, in the order's currency
        :raise UserError: an employee asks and nobody can decide
        """
        company = order.company_id
        accounts = self.env["customer.credit.account"]
        customers = order._credit_customers()
        rows = accounts._refresh(company, customers.ids)
        net = accounts._get_order_amounts(company, order)[order.id]
        is_counted = order.state == "sale" and company.credit_count_orders
        counted = net if is_counted else 0.0
        wanted = net + order.currency_id._convert(
            amount - order.amount_total,
            company.currency_id,
            company,
            fields.Date.context_today(self),
        )
        over = customers.filtered(
            lambda partner: (
                partner.id in rows
                and accounts._is_over(company, rows[partner.id], wanted - counted)
            )
        )
        customer = (over or order.partner_invoice_id.commercial_partner_id)[:1]
        row = rows.get(customer.id) or accounts._refresh_one(company, customer)
        codes = order._credit_get_reasons(company, rows, wanted)
        reasons = self.env["customer.credit.reason"]._get(codes)
        hold = self._system_create(
            {
                "number": self.env["ir.sequence"].next_by_code("customer.credit.hold"),
                "order_id": order.id,
                "company_id": company.id,
                "partner_id": customer.id,
                "user_id": order.user_id.id,
                "team_id": order.team_id.id,
                "account_id": row.id,
                "reason_ids": [Command.set(reasons.ids)],
                "proposal": proposal,
                "limit_amount": row.limit,
                "exposure": row.exposure - counted,
                "credit_amount": wanted,
                "excess": max(wanted - counted - row.available, 0.0),
                "currency_id": order.currency_id.id,
                "order_amount": order.amount_total,
                "release_amount": amount,
                "released_for": order._credit_checked_for(),
            }
        )
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

    # ------------------------------------------------------------ approval

    def _approval_kind(self):
        return "release"

    def _approval_amount(self):
        return self.excess

    def _approval_dossier(self):
        return self.env["customer.dossier"].search(
            [("partner_id", "=", self.partner_id.id)], limit=1
        )

    def _approval_responsible(self, resolution):
        people = {"rep": self.user_id, "unit_manager": self.team_id.user_id}
        return people.get(resolution) or super()._approval_responsible(resolution)

    def action_release(self, amount, until, comment=False):
        """Approve the present user's step and say up to which amount, in the
        order's currency, and until when the order may be confirmed.

        :raise UserError: no amount, or a day that has passed
        """
        self.ensure_one()
        if amount <= 0:
            raise UserError(self.env._("Release an amount above 0, or refuse."))
        until = fields.Date.to_date(until)
        if until and until < fields.Date.context_today(self):
            raise UserError(self.env._("A release cannot end before today."))
        self.action_approve(comment)
        # sudo: whoever is not asked for a decision was refused in the line above
        self.sudo()._system_write(
            {"release_amount": amount, "release_until": until or self.release_until}
        )
        return True

    def _get_default_release_until(self):
        return fields.Date.context_today(self) + relativedelta(
            days=self.company_id.credit_release_days
        )

    def _approval_on_approved(self, approval):
        self._system_write(
            {
                "state": "released",
                "release_until": self.release_until
                or self._get_default_release_until(),
                "decided_by_id": self.env.uid,
            }
        )
        self.order_id._credit_set(state="released")

    def _approval_on_rejected(self, approval):
        self._system_write({"state": "refused", "decided_by_id": self.env.uid})
        self.order_id._credit_set(state="refused")

    def _approval_on_withdrawn(self, approval):
        self._system_write({"state": "lapsed"})
        self.order_id._credit_set(state="none")

    def _lapse(self):
        """End a request that is not needed any more."""
        for hold_sudo in self.sudo():
            if hold_sudo.approval_id.state == "pending":
                hold_sudo.approval_id._close("withdrawn")
            hold_sudo._system_write({"state": "lapsed"})

    @api.model
    def _cron_lapse(self):
        """End the releases whose last day has passed without a confirmation."""
        holds = self.search(
            Domain("state", "=", "released")
            & Domain("release_until", "<", "today")
            & Domain("order_id.state", "!=", "sale")
        )
        holds._system_write({"state": "lapsed"})
        holds.order_id._credit_set(state="none")

    # ------------------------------------------------------------ actions

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
