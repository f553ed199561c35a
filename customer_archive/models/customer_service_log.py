from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.misc import clean_context

FINISHED = ("done", "confirmed")


class CustomerServiceLog(models.Model):
    """技术服务日志: one service or training by telephone, remote or on site, with or
    without a case (B35, B37, B38).

    It is written while it is a draft; what is done waits for the customer's signature
    alone, and what he signed stays.
    """

    _name = "customer.service.log"
    _description = "Service Log"
    _inherit = [
        "customer.complaint.content.mixin",
        "customer.signature.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_start desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "partner_id.complete_name"]
    _check_company_auto = True
    _mail_post_access = "read"

    number = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("done", "Done"),
            ("confirmed", "Customer Confirmed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    complaint_id = fields.Many2one(
        required=False, index="btree_not_null", check_company=True, tracking=True
    )
    partner_id = fields.Many2one(
        compute="_compute_partner_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
        domain=[("parent_id", "=", False)],
        check_company=True,
    )
    company_id = fields.Many2one(
        compute="_compute_company_id", compute_sudo=False, store=True, precompute=True
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Contact Person",
        domain="[('id', 'child_of', partner_id)]",
        ondelete="restrict",
        check_company=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Engineer",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        ondelete="restrict",
        index=True,
        tracking=True,
    )
    mode = fields.Selection(
        [("phone", "Telephone"), ("remote", "Remote"), ("on_site", "On Site")],
        string="Service Mode",
        required=True,
        tracking=True,
    )
    date_start = fields.Datetime(
        string="Start Time", required=True, default=fields.Datetime.now, index=True
    )
    date_end = fields.Datetime(string="End Time")
    hours = fields.Float(
        compute="_compute_hours",
        store=True,
        precompute=True,
        help="From start to end, by the clock on the wall.",
    )
    place = fields.Char(
        string="Visit Address",
        compute="_compute_place",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="Where the engineer was; on site it is mandatory.",
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Meeting",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Moving it does not change the log.",
    )
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="restrict"
    )
    serial = fields.Char(string="Serial Number")
    problem = fields.Text(required=True)
    work = fields.Text(string="Work Done")
    part_ids = fields.One2many("customer.service.part", "log_id", string="Spare Parts")
    result = fields.Selection(
        [
            ("solved", "Problem Solved"),
            ("provisional", "Provisionally Solved"),
            ("unsolved", "Not Solved"),
            ("visit", "Further Visit Needed"),
        ],
        tracking=True,
    )
    is_training = fields.Boolean(string="Training")
    training_topic = fields.Char()
    attendees = fields.Text(help="Names of the customer's people who took part.")
    training_score = fields.Integer(
        string="Satisfaction with the Training",
        aggregator=None,
        help="Of the attendees, 1 to 5; 0: not asked.",
    )
    note = fields.Text()
    photo_ids = fields.Many2many(
        "ir.attachment", "customer_service_log_photo_rel", string="Photos", copy=False
    )
    finished_at = fields.Datetime(readonly=True, copy=False)
    cancel_reason = fields.Text(readonly=True, copy=False)

    _number_uniq = models.UniqueIndex("(number)", "This log number is taken.")
    _end_after_start = models.Constraint(
        "CHECK(date_end >= date_start)", "A service cannot end before it started."
    )
    _training_score_range = models.Constraint(
        "CHECK(training_score BETWEEN 0 AND 5)",
        "Satisfaction goes from 1 to 5; 0 means not asked.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "number",
            "state",
            "event_id",
            "finished_at",
            "cancel_reason",
        }

    def _prepare_system_values(self, vals):
        sequence = self.env["ir.sequence"].sudo()  # sudo: engineers draw no numbers
        return {"number": sequence.next_by_code("customer.service.log")}

    @api.model
    def _may_read_domain(self):
        """Return who reads a log: its engineer and who reads the case; without a case
        the groups that serve and who may read the customer's dossier."""
        user = self.env.user
        if user._has_archive_role("MDO", "GMO"):
            return Domain.TRUE
        with_case = super()._may_read_domain()
        if with_case.is_true():
            with_case = Domain("complaint_id", "!=", False)
        without_case = Domain("complaint_id", "=", False)
        if not user._has_archive_role("ASG", "FUG"):
            dossiers = self.env["customer.dossier"]
            # sudo: the domain names the dossiers that the present user may read
            query = dossiers.sudo()._search(dossiers._may_read_domain())
            without_case &= Domain("partner_id", "in", query.subselect("partner_id"))
        return Domain("user_id", "=", user.id) | with_case | without_case

    @api.depends("complaint_id.may_read", "user_id", "partner_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    # ------------------------------------------------------------ computed, checked

    @api.depends("complaint_id.partner_id")
    def _compute_partner_id(self):
        for log in self:
            # naming a case that one may not read tells nothing of it
            complaint = log.complaint_id._origin._filtered_access("read")
            log.partner_id = complaint.partner_id or log.partner_id

    @api.depends("complaint_id.company_id")
    def _compute_company_id(self):
        for log in self:
            complaint = log.complaint_id._origin._filtered_access("read")
            log.company_id = complaint.company_id or log.company_id or self.env.company

    @api.depends("date_start", "date_end")
    def _compute_hours(self):
        for log in self:
            duration = (log.date_end or log.date_start) - log.date_start
            log.hours = duration.total_seconds() / 3600

    @api.depends("mode", "contact_id", "partner_id")
    def _compute_place(self):
        for log in self:
            visited = log.contact_id or log.partner_id
            if log.mode == "on_site" and not log.place and visited:
                lines = visited._display_address(without_company=True).splitlines()
                log.place = ", ".join(filter(None, map(str.strip, lines)))

    @api.constrains("complaint_id", "partner_id", "contact_id")
    def _check_partner(self):
        for log in self:
            customer = log.complaint_id.partner_id or log.partner_id
            customer = customer.commercial_partner_id
            if log.partner_id != customer or (
                log.contact_id and log.contact_id.commercial_partner_id != customer
            ):
                raise ValidationError(
                    self.env._(
                        "%(number)s is about %(customer)s: choose this customer and "
                        "one of its people.",
                        number=log.number,
                        customer=customer.name,
                    )
                )

    @api.constrains("photo_ids")
    def _check_photos(self):
        for log in self:
            if any(
                (photo.res_model, photo.res_id) != (log._name, log.id)
                for photo in log.photo_ids
            ):
                raise ValidationError(
                    self.env._("Upload photos here; other files stay where they are.")
                )

    # ------------------------------------------------------------ create, write

    @api.model_create_multi
    def create(self, vals_list):
        logs = super().create(vals_list)
        logs._check_author()
        return logs

    def write(self, vals):
        self._check_not_locked(vals)
        result = super().write(vals)
        if {"complaint_id", "user_id"} & vals.keys():
            self._check_author()
        return result

    def _check_author(self):
        """Refuse a log of somebody who does not serve: without a case that is the
        after-sales group, for a technical case its department, for another case who
        works on it."""
        if self.env.su or self._is_system():
            return
        for log in self:
            complaint = log.complaint_id
            if not complaint:
                self.env.user._check_archive_role("ASG")
                continue
            complaint.check_access("write")
            if complaint.technical_team_id:
                complaint._check_member("technical_team_id")
                log._check_engineer()

    def _check_engineer(self):
        complaint = self.complaint_id
        team = complaint.technical_team_id
        if self.user_id not in team._get_members(complaint.company_id):
            raise ValidationError(
                self.env._(
                    "%(user)s does not belong to %(department)s, which serves "
                    "%(number)s.",
                    user=self.user_id.name,
                    department=team.name,
                    number=complaint.number,
                )
            )

    def _check_not_locked(self, vals):
        """What is done stays as it is; mail goes on."""
        is_mail = all(name.startswith(("activity_", "message_")) for name in vals)
        if is_mail or self._is_system():
            return
        for log in self:
            if log.state != "draft":
                raise UserError(
                    self.env._(
                        "%(number)s is finished and stays as it is. Note in a message "
                        "what has to be corrected, or write a new log.",
                        number=log.number,
                    )
                )

    # ------------------------------------------------------------ steps

    def _check_own(self):
        self.ensure_one()
        self.check_access("read")
        if self.env.user != self.user_id:
            raise AccessError(
                self.env._(
                    "Only %(user)s can do this with %(number)s.",
                    user=self.user_id.name,
                    number=self.number,
                )
            )

    def action_finish(self):
        """The engineer closes his entry (B35)."""
        now = fields.Datetime.now()
        for log in self:
            log._check_own()
            log._check_case_open({"state": "done"})
            log._check_value("state", "draft")
            needed = ["date_end", "work", "result"]
            needed += ["place"] * (log.mode == "on_site")
            needed += ["training_topic", "attendees"] * log.is_training
            missing = [
                log._fields[name]._description_string(self.env)
                for name in needed
                if not log[name]
            ]
            if missing:
                raise UserError(
                    self.env._(
                        "%(number)s lacks: %(fields)s.",
                        number=log.number,
                        fields=missing,
                    )
                )
            if log.date_end > now:
                raise UserError(
                    self.env._(
                        "%(number)s ends in the future. Finish it when the service is "
                        "over.",
                        number=log.number,
                    )
                )
        # sudo: who acts was checked; the fields are guarded
        self.sudo()._system_write({"state": "done", "finished_at": now})
        return True

    def action_sign(self, signature, name):
        """The customer confirms on the engineer's screen (B35); see ``_sign``."""
        self._check_own()
        self._check_case_open({"state": "confirmed"})
        self._check_value("state", "done")
        self._sign(signature, name, state="confirmed")
        # a thing the engineer could enter himself is on record with his name
        self._message_log(
            body=self.env._("Signed by %(name)s on the screen.", name=self.signed_by)
        )
        return True

    def action_cancel(self, reason):
        """Take back an entry that was not signed.

        :param reason: text, required
        """
        for log in self:
            log._check_own()
            log._check_case_open({"state": "cancelled"})
            log._check_value("state", "draft", "done")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the entry is cancelled."))
        # sudo: who acts was checked; the fields are guarded
        self.sudo()._system_write({"state": "cancelled", "cancel_reason": reason})
        return True

    def action_plan_event(self):
        """Enter the visit in the calendars of the engineer and the contact (B37). The
        meeting names log and customer, never the problem."""
        self.ensure_one()
        self.check_access("write")
        self._check_value("state", "draft")
        if self.mode != "on_site":
            raise UserError(
                self.env._(
                    "Visits on site are planned in the calendar; others are not."
                )
            )
        if not self.event_id:
            events = self.env["calendar.event"]
            # defaults of a client do not reach what others are invited to
            context = clean_context(self.env.context)
            # pylint: disable=context-overridden
            event = events.with_context(context).create(
                {
                    "name": f"{self.number} {self.partner_id.name}",
                    "user_id": self.user_id.id,
                    "partner_ids": [
                        Command.set((self.user_id.partner_id | self.contact_id).ids)
                    ],
                    "start": self.date_start,
                    "stop": self.date_end or self.date_start + timedelta(hours=1),
                    "location": self.place,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                }
            )
            # sudo: who plans was checked; the field is guarded
            self.sudo()._system_write({"event_id": event.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": "calendar.event",
            "res_id": self.event_id.id,
            "views": [(False, "form")],
        }
