from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from heapq import heapify, heapreplace

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

BATCH = 1000
# what decides on which days the quality is tracked
PLANNING = {"date_delivered", "first_days", "interval_days", "until_days"}


class CustomerDeliveryFollowup(models.Model):
    """The delivery of a confirmed order and what the customer makes of it (B31), with
    the quality trackings that follow (B32).

    A scheduled job plans them, so that confirming an order costs nothing. The state
    follows from the facts: delivered or not, tracked or not.
    """

    _name = "customer.delivery.followup"
    _description = "Delivery Follow-up"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_promised desc, id desc"
    _rec_names_search = ["name", "partner_id.complete_name"]
    _check_company_auto = True
    _mail_post_access = "read"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade"
    )
    # who follows up need not read the order
    name = fields.Char(related="order_id.name", string="Order Number", store=True)
    order_date = fields.Datetime(related="order_id.date_order", string="Confirmed On")
    salesperson_id = fields.Many2one(related="order_id.user_id")
    goods = fields.Text(
        compute="_compute_goods",
        compute_sudo=True,
        help="What the order delivers, without amounts.",
    )
    partner_id = fields.Many2one(
        related="order_id.partner_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    dossier_id = fields.Many2one(
        "customer.dossier",
        compute="_compute_dossier_id",
        store=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Business Unit",
        compute="_compute_team_id",
        store=True,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Followed Up by",
        index=True,
        tracking=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
        check_company=True,
        help="At first the member of the follow-up group with the fewest open orders. "
        "Empty: whoever of the group takes it.",
    )
    state = fields.Selection(
        [
            ("planned", "To Deliver"),
            ("delivered", "Delivered"),
            ("tracking", "In Tracking"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="planned",
        readonly=True,
        index=True,
        tracking=True,
        group_expand=True,
    )

    # ------------------------------------------------------------ delivery, use (B31)

    date_promised = fields.Date(
        string="Promised",
        required=True,
        index=True,
        tracking=True,
        help="Taken from the order when it was confirmed. What was agreed later is "
        "entered here.",
    )
    date_delivered = fields.Date(
        string="Delivery Date",
        tracking=True,
        help="Taken from the first finished delivery order where stock is in use.",
    )
    on_time = fields.Boolean(
        compute="_compute_on_time", store=True, help="Delivered by the promised day."
    )
    on_time_rate = fields.Float(
        string="On-Time Rate (%)",
        compute="_compute_on_time",
        store=True,
        aggregator="avg",
        help="Of what is delivered.",
    )
    is_late = fields.Boolean(
        string="Late",
        compute="_compute_is_late",
        search="_search_is_late",
        help="Not delivered although the promised day has passed.",
    )
    commissioning = fields.Selection(
        [
            ("none", "Not Started"),
            ("running", "Being Commissioned"),
            ("in_use", "In Operation"),
            ("out_of_use", "Out of Operation"),
        ],
        required=True,
        default="none",
        tracking=True,
    )
    date_commissioned = fields.Date(string="Commissioned On")
    usage = fields.Text(help="How the customer uses the product.")
    progress = fields.Text(help="How far the order has come before it is delivered.")

    # ------------------------------------------------------------ tracking (B32)

    first_days = fields.Integer(
        string="First Tracking After (Days)", help="From the delivery date."
    )
    interval_days = fields.Integer(
        string="Tracking Interval (Days)", help="0: the quality is tracked once."
    )
    until_days = fields.Integer(
        string="Tracked for (Days)", help="From the delivery date; 0: not at all."
    )
    date_until = fields.Date(
        string="Tracked Until", compute="_compute_date_until", store=True
    )
    tracking_ids = fields.One2many(
        "customer.delivery.tracking", "followup_id", readonly=True
    )
    may_handle = fields.Boolean(
        compute="_compute_may_handle",
        search="_search_may_handle",
        compute_sudo=False,
        help="Whether the present user follows this delivery up.",
    )

    _order_uniq = models.UniqueIndex("(order_id)", "This order is followed up already.")
    _days_positive = models.Constraint(
        "CHECK(first_days >= 0 AND interval_days >= 0 AND until_days >= 0)",
        "A number of days is not negative.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {"order_id", "state"}

    @api.model
    def _may_read_domain(self):
        """Return who reads it: who may read the customer's dossier and who follows
        the order up; without a dossier its salesperson, the group and the offices.
        What nobody follows up yet is open to the whole group."""
        user = self.env.user
        in_group = user._has_archive_role("FUG")
        domain = Domain("user_id", "=", user.id)
        if in_group:
            domain |= Domain("user_id", "=", False)
        unfiled = Domain("dossier_id", "=", False)
        if not in_group and not user._has_archive_role("MDO", "GMO"):
            unfiled &= Domain("order_id", "any!", Domain("user_id", "=", user.id))
        dossiers = self.env["customer.dossier"]._filed_may_read_domain()
        if dossiers.is_true():
            dossiers = Domain("dossier_id", "!=", False)
        return domain | unfiled | dossiers

    @api.depends("user_id", "order_id.user_id", "dossier_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _may_handle_domain(self):
        """Return the Domain of what the present user may change, as far as he reads
        it."""
        user = self.env.user
        if user._get_archive_access() == "none":
            return Domain.FALSE
        domain = Domain.TRUE
        if not user._has_archive_role("FUG", "MDO"):
            domain = Domain("user_id", "=", user.id)
        return domain & Domain("state", "!=", "cancelled")

    @api.depends("user_id", "state")
    @api.depends_context("uid")
    def _compute_may_handle(self):
        self._compute_by_domain("may_handle", self._may_handle_domain())

    @api.model
    def _search_may_handle(self, operator, value):
        return self._search_by_domain(operator, self._may_handle_domain())

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id", "in", dossiers.partner_id.ids) | Domain(
            "dossier_id", "in", dossiers.ids
        )

    # ------------------------------------------------------------ computed, checked

    @api.depends("order_id")
    def _compute_goods(self):
        for followup in self:
            # of what is stored: a client could name any order
            lines = followup._origin.order_id.order_line.filtered(
                lambda line: line.product_id.type == "consu"
            )
            followup.goods = "\n".join(
                f"{line.product_id.display_name} × "
                f"{line.product_uom_qty:g} {line.product_uom_id.name}"
                for line in lines
            )

    @api.depends("partner_id", "company_id")
    def _compute_dossier_id(self):
        # sudo: where it is filed is the system's matter
        dossiers_sudo = self.env["customer.dossier"].sudo()
        found = dossiers_sudo.search_fetch(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("state", "!=", "destroyed"),
            ["partner_id", "company_id"],
        )
        dossier_by_owner = {
            (dossier.partner_id, dossier.company_id): dossier for dossier in found
        }
        for followup in self:
            customer, company = followup.partner_id, followup.company_id
            followup.dossier_id = dossier_by_owner.get(
                (customer, company)
            ) or dossier_by_owner.get((customer, company.browse()))

    @api.depends("dossier_id.team_id", "order_id.team_id")
    def _compute_team_id(self):
        for followup in self:
            # sudo: which unit serves a customer is no secret
            followup_sudo = followup.sudo()
            followup.team_id = (
                followup_sudo.dossier_id.team_id or followup_sudo.order_id.team_id
            )

    @api.depends("date_promised", "date_delivered")
    def _compute_on_time(self):
        for followup in self:
            followup.on_time = (
                bool(followup.date_delivered)
                and followup.date_delivered <= followup.date_promised
            )
            followup.on_time_rate = 100.0 * followup.on_time

    @api.depends("date_promised", "state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for followup in self:
            followup.is_late = (
                followup.state == "planned"
                and bool(followup.date_promised)
                and followup.date_promised < today
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "=", "planned") & Domain("date_promised", "<", "today")

    @api.depends("date_delivered", "until_days")
    def _compute_date_until(self):
        for followup in self:
            start = followup.date_delivered
            followup.date_until = start and start + timedelta(days=followup.until_days)

    @api.constrains("date_delivered")
    def _check_date_delivered(self):
        now = fields.Datetime.now()
        today = fields.Date.context_today(self)
        for followup in self:
            delivered = followup.date_delivered
            latest = max(today, followup.company_id._get_office_date(now))
            if delivered and delivered > latest:
                raise ValidationError(
                    self.env._(
                        "%(order)s cannot have been delivered in the future. Enter "
                        "the day when it was.",
                        order=followup.name,
                    )
                )
            if not delivered and followup.tracking_ids.filtered(
                lambda tracking: tracking.state in ("done", "skipped")
            ):
                raise ValidationError(
                    self.env._(
                        "The quality of %(order)s was tracked already, so it was "
                        "delivered. Correct the date instead of removing it.",
                        order=followup.name,
                    )
                )

    # ------------------------------------------------------------ write

    def write(self, vals):
        result = super().write(vals)
        # sudo: the rules have judged the change; the trackings follow from it
        followups_sudo = self.sudo()
        if not self._is_system() and PLANNING & vals.keys():
            followups_sudo._replan()
        if "user_id" in vals:
            followups_sudo.tracking_ids._pass_on()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        if not self._is_system():
            raise UserError(
                self.env._(
                    "A delivery follow-up stays on record. It is cancelled with its "
                    "order."
                )
            )

    def action_deliver(self):
        """Enter that these orders were delivered today (B31)."""
        self.check_access("write")
        for followup in self:
            if followup.date_delivered:
                raise UserError(
                    self.env._(
                        "%(order)s has been delivered already.",
                        order=followup.name,
                    )
                )
        self.write({"date_delivered": fields.Date.context_today(self)})
        return True

    # ------------------------------------------------------------ planning

    @api.model
    def _plan(self, orders):
        """Return new follow-ups of ``orders``, which are confirmed and have none.

        In sudo: the caller checked who acts.
        """
        followers = {
            company: self._get_followers(company) for company in orders.company_id
        }
        return self.with_context(tracking_disable=True)._system_create(
            [
                {
                    "order_id": order.id,
                    "user_id": next(followers[order.company_id], False),
                    "date_promised": self._get_promised_date(order),
                    "first_days": order.company_id.delivery_tracking_first_days,
                    "interval_days": order.company_id.delivery_tracking_interval_days,
                    "until_days": order.company_id.delivery_tracking_until_days,
                }
                for order in orders
            ]
        )

    @api.model
    def _get_followers(self, company):
        """Yield the ids of those who take the next orders of ``company``: always the
        member of the follow-up group who has the fewest open ones."""
        # sudo: plain employees may not read groups, and only users come back
        group_sudo = self.env.ref("customer_archive.group_fug").sudo()
        users = group_sudo.all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and company in user.company_ids
                and not user.archive_access
            )
        )
        counts = dict(
            self.sudo()._read_group(
                Domain("user_id", "in", users.ids)
                & Domain("state", "not in", ("done", "cancelled")),
                ["user_id"],
                ["__count"],
            )
        )
        heap = [(counts.get(user, 0), user.id) for user in users]
        heapify(heap)
        while heap:
            count, user_id = heap[0]
            heapreplace(heap, (count + 1, user_id))
            yield user_id

    @api.model
    def _get_promised_date(self, order):
        """Return the day by which ``order`` was promised."""
        promised = order.commitment_date or order.expected_date or order.date_order
        return order.company_id._get_office_date(promised)

    @api.model
    def _get_effective_date(self, orders):
        """Return {order: when it was delivered} of those of ``orders`` that the system
        knows to be delivered; extension point for other ways of delivering."""
        if "effective_date" not in orders._fields:  # stock is not managed here
            return {}
        return {order: order.effective_date for order in orders if order.effective_date}

    def _replan(self):
        """Plan what is not tracked yet anew."""
        planned = self.tracking_ids.filtered(
            lambda tracking: tracking.state == "planned"
        )
        planned._as_system().unlink()
        self._update_tracking()

    def _update_tracking(self):
        """Plan the next quality tracking where the one before is settled or its day
        has passed (B32), and note how far these orders have come. In sudo."""
        now = fields.Datetime.now()
        today = {company: company._get_office_date(now) for company in self.company_id}
        news = {}
        for followup in self:
            due = followup._get_next_date(today[followup.company_id])
            if due:
                news[followup] = due
        self.env["customer.delivery.tracking"]._system_create(
            [
                {"followup_id": followup.id, "date_due": due}
                for followup, due in news.items()
            ]
        )
        by_state = defaultdict(self.browse)
        for followup in self:
            state = followup._get_state(today[followup.company_id])
            if followup.state != state:
                by_state[state] += followup
        for state, followups in by_state.items():
            followups._system_write({"state": state})

    def _get_next_date(self, today):
        """Return when the quality is tracked next, if that is to be planned now.
        After a standstill what was missed is not made up for."""
        trackings = self.tracking_ids.filtered(
            lambda tracking: tracking.state != "cancelled"
        )
        if not self.date_delivered or any(
            tracking.state == "planned" and tracking.date_due >= today
            for tracking in trackings
        ):
            return None
        if not self.until_days:
            return None
        if trackings:
            step = timedelta(days=self.interval_days)
            if not step:
                return None
            due = max(trackings.mapped("date_due")) + step
            if due < today:
                due += -((due - today) // step) * step
        else:
            due = self.date_delivered + timedelta(days=self.first_days)
        return due if max(due, today) <= self.date_until else None

    def _get_state(self, today):
        if not self.date_delivered:
            return "planned"
        trackings = self.tracking_ids.filtered(
            lambda tracking: tracking.state != "cancelled"
        )
        if all(tracking.state != "planned" for tracking in trackings):
            return "done"
        begun = any(
            tracking.state != "planned" or tracking.date_due <= today
            for tracking in trackings
        )
        return "tracking" if begun else "delivered"

    # ------------------------------------------------------------ scheduled job

    @api.model
    def _cron_follow_deliveries(self):
        """Plan, cancel and track what is due, a transaction per batch. What was done
        is not found again."""
        cron = self.env["ir.cron"]
        quiet = self.with_context(tracking_disable=True)
        steps = [
            (company, find, follow)
            for company in self.env["res.company"].search([])
            for find, follow in quiet._get_steps()
        ]
        for company, find, follow in steps:
            records = find(company)
            cron._commit_progress(remaining=len(records))
            for ids in split_every(BATCH, records.ids):
                follow(records.browse(ids))
                if not cron._commit_progress(len(ids)):
                    return

    @api.model
    def _get_steps(self):
        """Return what the job does for a company: (method that finds records, function
        that works on a batch of them)."""
        followup = type(self)
        trackings = self.env["customer.delivery.tracking"]
        return [
            (self._find_orders, self._plan),
            (self._find_cancelled, followup._cancel),
            (self._find_confirmed_again, followup._update_tracking),
            (self._find_unfiled, followup._file),
            (self._find_undelivered, followup._notice_deliveries),
            (self._find_untracked, followup._update_tracking),
            (trackings._find_due, type(trackings)._remind),
        ]

    @api.model
    def _find_orders(self, company):
        """Return the confirmed orders of goods without a follow-up, from the day on
        that ``company`` follows deliveries up. The goods chosen in a combo are lines
        of their own."""
        start = company.delivery_followup_from
        if not start:
            return self.env["sale.order"]
        midnight = datetime.combine(start, time.min, company._get_office_timezone())
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT sale.id FROM sale_order sale
                    WHERE sale.state = 'sale' AND sale.company_id = %(company)s
                      AND sale.date_order >= %(start)s
                      AND NOT EXISTS (SELECT FROM customer_delivery_followup followup
                                       WHERE followup.order_id = sale.id)
                      AND EXISTS (SELECT FROM sale_order_line line
                                    JOIN product_product product
                                      ON product.id = line.product_id
                                    JOIN product_template template
                                      ON template.id = product.product_tmpl_id
                                   WHERE line.order_id = sale.id
                                     AND template.type = 'consu')
                    ORDER BY sale.id""",
                company=company.id,
                start=midnight.astimezone(UTC).replace(tzinfo=None),
            )
        )
        return self.env["sale.order"].browse(order_id for (order_id,) in rows)

    @api.model
    def _find_open(self, company, *domains):
        return self.search(
            Domain.AND(
                [
                    Domain("company_id", "=", company.id),
                    Domain("state", "not in", ("done", "cancelled")),
                    *domains,
                ]
            )
        )

    @api.model
    def _find_cancelled(self, company):
        return self._find_open(company, Domain("order_id.state", "!=", "sale"))

    def _cancel(self):
        planned = self.tracking_ids.filtered(
            lambda tracking: tracking.state == "planned"
        )
        planned._settle("cancelled")
        self._system_write({"state": "cancelled"})

    @api.model
    def _find_confirmed_again(self, company):
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "cancelled")
            & Domain("order_id.state", "=", "sale")
        )

    @api.model
    def _find_unfiled(self, company):
        """Return those whose customer was given a dossier since they were planned."""
        dossiers = self.env["customer.dossier"]._search(
            Domain("state", "!=", "destroyed")
            & Domain("company_id", "in", (company.id, False))
        )
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("dossier_id", "=", False)
            & Domain("partner_id", "in", dossiers.subselect("partner_id"))
        )

    def _file(self):
        self.env.add_to_compute(self._fields["dossier_id"], self)
        self._recompute_recordset(["dossier_id"])

    @api.model
    def _find_undelivered(self, company):
        return self._find_open(company, Domain("date_delivered", "=", False))

    def _notice_deliveries(self):
        moments = self._get_effective_date(self.order_id)
        delivered = self.filtered(lambda followup: followup.order_id in moments)
        for date, followups in delivered.grouped(
            lambda followup: followup.company_id._get_office_date(
                moments[followup.order_id]
            )
        ).items():
            followups._system_write({"date_delivered": date})
        delivered._update_tracking()

    @api.model
    def _find_untracked(self, company):
        """Return those that wait for no tracking, because the last one is settled or
        its day has passed."""
        today = company._get_office_today()
        waiting = Domain("state", "=", "planned") & Domain("date_due", ">=", today)
        return self._find_open(
            company,
            Domain("date_delivered", "!=", False),
            Domain("tracking_ids", "not any", waiting),
        )
