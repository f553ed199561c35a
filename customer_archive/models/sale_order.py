from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import RedirectWarning, ValidationError
from odoo.fields import Domain


class SaleOrder(models.Model):
    """Contract review (A47, A48) and the trading event of a confirmation (A49).

    An order of a company that blocks enters ``sale`` only when the customer's
    dossier was consulted. ``create`` and ``write`` judge it, so button, RPC, import
    and copy meet the same wall; no context key opens it. Only the entry is judged:
    to the state, or of a confirmed order to another customer or company.
    """

    _inherit = "sale.order"

    customer_review_mode = fields.Selection(
        related="company_id.customer_review_mode",
        string="Contract Review Mode",
        groups="base.group_user",
    )
    dossier_review = fields.Selection(
        [("none", "No Dossier"), ("unread", "Not Read Yet"), ("read", "Consulted")],
        string="Contract Review",
        compute="_compute_dossier_review",
        groups="base.group_user",
    )
    dossier_read_on = fields.Datetime(
        compute="_compute_dossier_review",
        groups="base.group_user",
        help="Your last consultation that counts for this order.",
    )
    dossier_id = fields.Many2one(
        "customer.dossier",
        string="Customer Dossier",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_state = fields.Selection(
        selection=lambda self: (
            self.env["customer.dossier"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_secrecy_level_id = fields.Many2one(
        "customer.secrecy.level",
        string="Secrecy Level",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_grade_id = fields.Many2one(
        "customer.grade",
        string="Grade",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_user_id = fields.Many2one(
        "res.users",
        string="Responsible Rep",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_keeper_id = fields.Many2one(
        "res.users",
        string="Keeper",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_open_measure_count = fields.Integer(
        string="Open Measures",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )

    dossier_completeness = fields.Integer(
        string="Completeness",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_verified_on = fields.Date(
        string="Last Verification",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_expired_papers = fields.Char(
        string="Expired Papers",
        compute="_compute_review_digest",
        compute_sudo=False,
        groups="base.group_user",
    )

    # ------------------------------------------------------------ digest (A48)

    @api.model
    def _get_review_digest_fields(self):
        """Return {field of the order: field of the dossier} that the reader of the
        dossier sees on the order; addons add theirs."""
        return {
            "dossier_state": "state",
            "dossier_secrecy_level_id": "secrecy_level_id",
            "dossier_grade_id": "grade_id",
            "dossier_user_id": "user_id",
            "dossier_keeper_id": "keeper_id",
            "dossier_open_measure_count": "open_measure_count",
            "dossier_completeness": "completeness",
            "dossier_verified_on": "last_verification_date",
            "dossier_expired_papers": "expired_document_names",
        }

    @api.depends("partner_id.commercial_partner_id")
    @api.depends_context("uid")
    def _compute_review_digest(self):
        """Fetched as the reader, also for a caller in sudo (see res.partner)."""
        digest = self._get_review_digest_fields()
        dossiers = self.env["customer.dossier"].sudo(False)
        dossier_by_partner = {}
        if dossiers.has_access("read"):
            found = dossiers.search_fetch(
                [("partner_id", "in", self.partner_id.commercial_partner_id.ids)],
                ["partner_id", *digest.values()],
            )
            # not sliced: what is computed on a dossier is computed for all of them
            dossier_by_partner = {dossier.partner_id: dossier for dossier in found}
        for order in self:
            customer = order.partner_id.commercial_partner_id._origin
            dossier = dossier_by_partner.get(customer, dossiers)
            order.dossier_id = dossier
            for order_field, dossier_field in digest.items():
                order[order_field] = dossier[dossier_field]

    # ------------------------------------------------------------ consultation (A47)

    @api.depends("partner_id.commercial_partner_id", "company_id", "create_date")
    @api.depends_context("uid")
    def _compute_dossier_review(self):
        filed, read_on = self._get_dossier_readings()
        for order in self:
            order.dossier_read_on = read_on.get(order)
            if order not in filed:
                order.dossier_review = "none"
            else:
                order.dossier_review = "read" if order.dossier_read_on else "unread"

    def _get_dossier_readings(self):
        """Return the orders of ``self`` whose customer has a dossier, and {order:
        time of the last consultation that counts}.

        The present user must have read himself; where nobody is there to read (the
        portal, the processing of a payment), the salesperson counts, and whoever
        opened the dossier from the order.
        """
        read_on = {}
        # sudo: that a dossier exists is no secret, nor what somebody read himself;
        # where the customer acts, only the fact of a consultation is used
        dossier_by_partner = (
            self.env["customer.dossier"]
            .sudo()
            .search_fetch(
                Domain("partner_id", "in", self.partner_id.commercial_partner_id.ids)
                & Domain("state", "!=", "destroyed"),
                ["partner_id"],
            )
            .grouped("partner_id")
        )
        filed = self.filtered(
            lambda order: (
                order.partner_id.commercial_partner_id._origin in dossier_by_partner
            )
        )
        if not filed:
            return filed, read_on
        attended = self.env.uid != SUPERUSER_ID and self.env.user._is_internal()
        since = {order: order._get_review_start() for order in filed}
        dossier_ids = [
            dossier.id
            for dossiers in dossier_by_partner.values()
            for dossier in dossiers
        ]
        domain = (
            Domain("dossier_id", "in", dossier_ids)
            & Domain("operation", "=", "read")
            & Domain("create_date", ">=", min(since.values()))
        )
        own = Domain("user_id", "=", self.env.uid)
        from_order = Domain("res_model", "=", "sale.order")
        if not attended:
            own = Domain("user_id", "in", filed.user_id.ids)
            own |= from_order & Domain("res_id", "in", filed.ids)
        readings = (
            self.env["customer.access.log"]
            .sudo()
            ._read_group(
                domain & own,
                ["dossier_id", "user_id", "res_model", "res_id"],
                ["create_date:max"],
            )
        )
        for order in filed:
            dossier = dossier_by_partner[order.partner_id.commercial_partner_id._origin]
            times = [
                time
                for read, user, res_model, res_id, time in readings
                if read in dossier
                and time >= since[order]
                and (
                    attended
                    or user == order.user_id
                    or (res_model == "sale.order" and res_id == order.id)
                )
            ]
            if times:
                read_on[order] = max(times)
        return filed, read_on

    def _get_review_start(self):
        """Return since when a consultation counts for this order."""
        now = fields.Datetime.now()
        start = self._origin.create_date or now
        days = self.company_id.customer_review_days
        return min(start, fields.Datetime.subtract(now, days=days)) if days else start

    def action_consult_dossier(self):
        """Open the customer's dossier; this is the registered consultation (A47).
        Who may not read it learns who keeps it."""
        self.ensure_one()
        self.check_access("read")
        action = self.partner_id.action_open_dossier()
        self.env["customer.access.log"]._log_access(
            self.partner_id.dossier_id,
            "read",
            origin=self,
            purpose=self.env._("Contract review of %(order)s", order=self.name),
        )
        self.invalidate_recordset(["dossier_review", "dossier_read_on"], flush=False)
        return action

    def action_open_deal_trace(self):
        """Open the deal trace of the order's customer (A17)."""
        self.ensure_one()
        self.check_access("read")
        self.dossier_id.check_access("read")
        return self.dossier_id.action_open_deal_trace()

    # ------------------------------------------------------------ the wall (A47)

    def _get_trade(self):
        """Return with whom which of our companies trades by this order, or None."""
        self.ensure_one()
        if self.state != "sale":
            return None
        return self.partner_id.commercial_partner_id, self.company_id

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered(lambda order: order.state == "sale")._enter_trade()
        return orders

    def write(self, vals):
        if not vals.keys() & {"state", "partner_id", "company_id"}:
            return super().write(vals)
        before = {order: order._get_trade() for order in self}
        result = super().write(vals)
        self.filtered(
            # of one that was not confirmed the customer need not be fetched
            lambda order: (
                order.state == "sale"
                and (not before[order] or order._get_trade() != before[order])
            )
        )._enter_trade()
        return result

    def _enter_trade(self):
        """Judge the orders that have just been confirmed together, and note the
        trading event."""
        if not self:
            return
        reviewed = self.filtered(
            lambda order: order.company_id.customer_review_mode in ("warn", "block")
        )
        unread = reviewed._filter_unread()
        refused = unread.filtered(
            lambda order: order.company_id.customer_review_mode == "block"
        )
        if refused:
            refused._refuse_unread()
        if unread:
            unread._message_log_batch(
                {
                    order.id: self.env._(
                        "Confirmed without reading the dossier of the customer."
                    )
                    for order in unread
                }
            )
        self.env["customer.dossier"]._note_trading_event_of(self.partner_id)

    def _filter_unread(self):
        """Return the orders of ``self`` whose dossier has not been consulted."""
        if not self:
            return self
        filed, read_on = self._get_dossier_readings()
        return filed.filtered(lambda order: order not in read_on)

    def _refuse_unread(self):
        """Refuse the orders ``self`` with a dialog that opens the dossier."""
        message = "\n\n".join(
            self.env._(
                "%(order)s was not confirmed: the dossier of %(customer)s must be "
                "read for the contract review. Open it, then confirm.",
                order=order.name,
                customer=order.partner_id.commercial_partner_id.display_name,
            )
            for order in self
        )
        if self.env.context.get("import_file"):
            raise ValidationError(message)
        raise RedirectWarning(
            message,
            self.env.ref("customer_archive.sale_order_action_consult_dossier").id,
            self.env._("Open Dossier"),
            {
                "active_model": self._name,
                "active_id": self[:1].id,
                "active_ids": self[:1].ids,
            },
        )

    # ------------------------------------------------------------ nobody to ask

    def _is_review_blocking(self):
        return (
            self.state in ("draft", "sent")
            and self.company_id.customer_review_mode == "block"
        )

    def _hold_unread(self):
        """Return the quotations of ``self`` that the wall would refuse, without
        raising; their salesperson is asked to read and confirm."""
        unread = self.filtered(lambda order: order._is_review_blocking())
        unread = unread._filter_unread()
        activity = "customer_archive.mail_activity_type_contract_review"
        for order in unread:
            # sudo: whoever accepts or pays at the portal, the system asks
            order_sudo = order.sudo()
            if order_sudo.activity_search([activity]):
                continue
            order_sudo.message_post(
                body=self.env._(
                    "The customer has accepted or paid this order online. It was not "
                    "confirmed: his dossier must be read for the contract review."
                )
            )
            user_sudo = order_sudo.user_id or order_sudo.team_id.user_id
            if user_sudo:
                order_sudo.activity_schedule(
                    activity,
                    user_id=user_sudo.id,
                    summary=order_sudo.with_context(lang=user_sudo.lang).env._(
                        "Read the dossier, then confirm the order"
                    ),
                )
        return unread

    def _validate_order(self):
        # EXTENDS 'sale': a signature cannot answer a dialog
        passing = self - self._hold_unread()
        return super(SaleOrder, passing)._validate_order() if passing else None
