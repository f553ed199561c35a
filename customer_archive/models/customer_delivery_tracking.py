from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .customer_approval import ACTIVITY_TYPE


class CustomerDeliveryTracking(models.Model):
    """A day on which the customer is asked how a delivered product does, and what he
    said (B32). Planned and settled by the system; a problem becomes a case (B33)."""

    _name = "customer.delivery.tracking"
    _description = "Quality Tracking"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_due desc, id desc"
    _mail_post_access = "read"

    followup_id = fields.Many2one(
        "customer.delivery.followup", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(related="followup_id.name", store=True)
    order_id = fields.Many2one(related="followup_id.order_id")
    partner_id = fields.Many2one(
        related="followup_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(
        related="followup_id.company_id", store=True, index=True
    )
    user_id = fields.Many2one(related="followup_id.user_id", store=True, index=True)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("done", "Done"),
            ("skipped", "Skipped"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="planned",
        readonly=True,
        index=True,
        tracking=True,
    )
    date_due = fields.Date(string="Due", required=True, readonly=True, index=True)
    reminded = fields.Boolean(readonly=True)
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )
    date_done = fields.Date(string="Tracked On", readonly=True)
    recorded_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    contact_id = fields.Many2one(
        "res.partner", string="Spoken To", readonly=True, ondelete="restrict"
    )
    usage = fields.Text(readonly=True)
    rating = fields.Integer(
        string="Quality",
        readonly=True,
        aggregator="avg",
        help="Of the product in use, 1 to 5; 0: not asked.",
    )
    problems = fields.Text(string="Problems Found", readonly=True)
    skip_reason = fields.Text(string="Why It Was Skipped", readonly=True)
    complaint_ids = fields.One2many(
        "customer.complaint", "tracking_id", string="Cases", readonly=True
    )
    may_handle = fields.Boolean(related="followup_id.may_handle", related_sudo=False)

    _day_uniq = models.UniqueIndex(
        "(followup_id, date_due) WHERE state != 'cancelled'",
        "A quality tracking is planned once for a day.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return self._get_readonly_fields() | {"followup_id"}

    @api.model
    def _may_read_domain(self):
        followups = self.env["customer.delivery.followup"]._may_read_domain()
        return Domain("followup_id", "any!", followups)

    @api.depends("followup_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _customer_data_domain(self, dossiers):
        followups = self.env["customer.delivery.followup"]
        return Domain("followup_id", "any!", followups._customer_data_domain(dossiers))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        if not self._is_system():
            raise UserError(
                self.env._("A quality tracking stays on record. Skip it instead.")
            )

    # ------------------------------------------------------------ computed

    @api.depends("date_due", "state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for tracking in self:
            tracking.is_late = (
                tracking.state == "planned"
                and bool(tracking.date_due)
                and tracking.date_due < today
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "=", "planned") & Domain("date_due", "<", "today")

    # ------------------------------------------------------------ steps

    def action_record(self, date_done, usage, rating, problems=False, contact_id=False):
        """Record what the customer said (B32).

        :param date_done: the day, not in the future
        :param usage: text, how the product is used
        :param rating: quality, 1 to 5
        :param problems: text, what was found wrong
        :param contact_id: id of the customer or of one of his contacts
        :raise AccessError: neither follower nor member of the group or office
        :raise UserError: it is settled
        :raise ValidationError: a value is missing or wrong
        """
        self.ensure_one()
        self._check_planned()
        day = fields.Date.to_date(date_done)
        if not day or day > fields.Date.context_today(self):
            raise ValidationError(
                self.env._("Enter the day when you asked: today or before.")
            )
        if rating not in range(1, 6):
            raise ValidationError(self.env._("Rate the quality from 1 to 5."))
        if not (usage or "").strip():
            raise ValidationError(self.env._("Enter how the product is used."))
        # sudo: whose contact it is decides, readable or not
        contact_sudo = self.env["res.partner"].sudo().browse(contact_id or ()).exists()
        if contact_sudo and contact_sudo.commercial_partner_id != self.partner_id:
            # naming a contact tells nothing of it to who may not read it
            contact_sudo.sudo(self.env.su).check_access("read")
            raise ValidationError(
                self.env._(
                    "%(contact)s is no contact of %(customer)s. Choose one of the "
                    "customer's people.",
                    contact=contact_sudo.name,
                    customer=self.partner_id.name,
                )
            )
        self._settle(
            "done",
            date_done=day,
            usage=usage,
            rating=rating,
            problems=(problems or "").strip() or False,
            contact_id=contact_sudo.id,
            recorded_by_id=self.env.uid,
        )
        return True

    def action_skip(self, reason):
        """Leave this tracking out, for a reason (text, required)."""
        self.ensure_one()
        self._check_planned()
        if not (reason or "").strip():
            raise ValidationError(
                self.env._("Say why the quality is not tracked this time.")
            )
        self._settle("skipped", skip_reason=reason, recorded_by_id=self.env.uid)
        return True

    def action_open_case(self, kind="technical"):
        """Open a case about the problems that were found, and its form (B33).

        :param kind: ``technical`` or ``quality``
        """
        self.ensure_one()
        self.followup_id.check_access("write")
        if kind not in ("technical", "quality") or not self.problems:
            raise UserError(
                self.env._(
                    "Record the problems found first. They become a technical request "
                    "or a quality complaint."
                )
            )
        # sudo: that there is a case is said even to who may not read it
        if existing_sudo := self.sudo().complaint_ids[:1]:
            raise UserError(
                self.env._(
                    "%(number)s was opened about these problems.",
                    number=existing_sudo.number,
                )
            )
        case = self.env["customer.complaint"].create(self._prepare_case_values(kind))
        # sudo: where a case comes from is guarded, and this is it
        case.sudo()._system_write({"tracking_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": case._name,
            "res_id": case.id,
            "views": [(False, "form")],
        }

    def _prepare_case_values(self, kind):
        # sudo: the order may belong to another salesperson
        order_sudo = self.sudo().order_id
        products = order_sudo.order_line.product_id.filtered(
            lambda product: product.type == "consu"
        )
        contact = self.contact_id
        return {
            "name": self.env._("Problems found tracking %(order)s", order=self.name),
            "kind": kind,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "contact_id": contact != self.partner_id and contact.id,
            "complainant": (contact or self.partner_id).name,
            "channel": "proactive",
            "description": self.problems,
            "order_id": order_sudo.id,
            "product_id": len(products) == 1 and products.id,
        }

    def _check_planned(self):
        self.followup_id.check_access("write")
        if self.state != "planned":
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "This quality tracking of %(order)s is %(state)s already.",
                    order=self.name,
                    state=labels[self.state],
                )
            )

    def _settle(self, state, **values):
        """Settle these trackings; the caller has checked who acts."""
        # sudo: the fields are guarded and the to-dos were given by the system
        trackings_sudo = self.sudo()
        trackings_sudo._system_write({"state": state, **values})
        if state == "done":
            trackings_sudo.activity_feedback([ACTIVITY_TYPE])
        else:
            trackings_sudo.activity_unlink([ACTIVITY_TYPE])
        if state != "cancelled":
            trackings_sudo.followup_id._update_tracking()

    # ------------------------------------------------------------ to-dos, in sudo

    @api.model
    def _find_due(self, company):
        today = company._get_office_today()
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "planned")
            & Domain("date_due", "<=", today)
            & Domain("reminded", "=", False)
            & Domain("user_id", "!=", False)
        )

    def _remind(self):
        """Give the followers, once, the to-dos of what is due."""
        for (user, date_due), trackings in self.grouped(
            lambda tracking: (tracking.user_id, tracking.date_due)
        ).items():
            # the to-do is enough, no mail for each
            trackings._filter_readable(user).with_context(
                mail_activity_quick_update=True
            ).activity_schedule(
                ACTIVITY_TYPE,
                date_deadline=date_due,
                user_id=user.id,
                summary=self.with_context(lang=user.lang).env._(
                    "Ask the customer about the quality"
                ),
            )
        self._system_write({"reminded": True})
        self.followup_id._update_tracking()

    def _pass_on(self):
        """Let whoever follows up now be reminded instead of who did before."""
        planned = self.filtered(
            lambda tracking: tracking.state == "planned" and tracking.reminded
        )
        planned.activity_unlink([ACTIVITY_TYPE])
        planned._system_write({"reminded": False})
