from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .customer_complaint_flow import KINDS
from .customer_dossier import MAX_LITERAL_IDS

# states that nothing leaves but by reopening
CLOSED = ("closed", "rejected")
# states in which kind and customer may still turn out to be others
OPEN_QUESTION = ("new", "contacted", "investigating")
CLOCKS = ("contact", "response", "solution")


class CustomerComplaint(models.Model):
    """A case: a complaint, an opinion, a problem or an enquiry of a customer, worked
    to deadlines by the flow of its kind (B1-B30).

    Steps are buttons of those who act in them; state, clocks and what follows from
    a step are written by the system alone. A closed case is read-only.
    """

    _name = "customer.complaint"
    _description = "Customer Case"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "priority desc, received_at desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "name", "partner_id.complete_name"]
    _check_company_auto = True
    _mail_post_access = "read"

    # ------------------------------------------------------------ intake

    number = fields.Char(readonly=True, copy=False)
    name = fields.Char(string="Subject", required=True, tracking=True)
    kind = fields.Selection(
        KINDS, required=True, default="problem", index=True, tracking=True
    )
    flow_id = fields.Many2one(
        "customer.complaint.flow", readonly=True, copy=False, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("contacted", "Contacted"),
            ("investigating", "Investigating"),
            ("proposed", "Solution Proposed"),
            ("decision", "Awaiting Decision"),
            ("executing", "Executing"),
            ("confirmation", "Customer Confirmation"),
            ("closed", "Closed"),
            ("rejected", "Refused"),
        ],
        required=True,
        default="new",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain=[("parent_id", "=", False)],
        check_company=True,
        help="Named before the case leaves the state New.",
    )
    dossier_id = fields.Many2one(
        "customer.dossier",
        compute="_compute_dossier_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Business Unit",
        compute="_compute_team_id",
        store=True,
        precompute=True,
        index=True,
        help="Of the dossier; without one, of the customer's salesperson.",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Contact Person",
        domain="[('id', 'child_of', partner_id)]",
        check_company=True,
    )
    complainant = fields.Char(
        compute="_compute_complainant",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Who complained, also when he is no contact yet.",
    )
    phone = fields.Char(
        compute="_compute_complainant",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="The number that the call came from.",
    )
    email = fields.Char(
        string="E-Mail",
        compute="_compute_complainant",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    channel = fields.Selection(
        [
            ("phone", "Telephone"),
            ("email", "E-Mail"),
            ("online", "Online Service"),
            ("visit", "Visit"),
            ("web", "Web Form"),
            ("proactive", "Proactive Feedback"),
            ("survey", "Survey"),
        ],
        required=True,
        default="phone",
    )
    received_at = fields.Datetime(
        string="Received",
        required=True,
        default=fields.Datetime.now,
        index=True,
        copy=False,
        help="When the customer complained: the clocks run from here.",
    )
    description = fields.Text(string="Matter", required=True)
    type_id = fields.Many2one(
        "customer.problem.type",
        string="Problem Type",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "High"), ("2", "Urgent")], default="0", required=True
    )
    is_complex = fields.Boolean(
        string="Complex",
        tracking=True,
        help="Needs a responsible person from the start and has the deadlines of "
        "complex cases.",
    )
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="restrict"
    )
    order_id = fields.Many2one(
        "sale.order",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('partner_id', 'child_of', partner_id)]",
        check_company=True,
    )

    # ------------------------------------------------------------ who works on it

    receiver_team_id = fields.Many2one(
        "customer.service.team",
        string="Receiving Department",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
    )
    receiver_id = fields.Many2one(
        "res.users",
        index=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        help="Of the department that receives cases: the customer's person.",
    )
    department_id = fields.Many2one(
        "customer.service.team",
        string="Handling Department",
        index=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        check_company=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    log_ids = fields.One2many("customer.complaint.log", "complaint_id", readonly=True)
    may_handle = fields.Boolean(
        compute="_compute_may_handle",
        search="_search_may_handle",
        compute_sudo=False,
        help="Whether the present user works on this case.",
    )

    # ------------------------------------------------------------ clocks (B10-B12)

    deadline_id = fields.Many2one(
        "customer.complaint.deadline",
        string="Deadline Class",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    contact_due = fields.Datetime(string="First Contact Due", readonly=True, copy=False)
    contact_at = fields.Datetime(string="Contacted", readonly=True, copy=False)
    response_due = fields.Datetime(readonly=True, copy=False)
    response_at = fields.Datetime(string="Responded", readonly=True, copy=False)
    solution_due = fields.Datetime(readonly=True, copy=False, index=True)
    solution_at = fields.Datetime(string="Solved", readonly=True, copy=False)

    # ------------------------------------------------------------ solution (B15-B24)

    cause = fields.Text(help="What the investigation found.")
    evidence = fields.Text(string="Proof")
    root_cause_id = fields.Many2one(
        "customer.root.cause", index="btree_not_null", ondelete="restrict"
    )
    liable_team_id = fields.Many2one(
        "customer.service.team",
        string="Department Found Responsible",
        ondelete="restrict",
        check_company=True,
    )
    liable_user_id = fields.Many2one(
        "res.users",
        string="Person Found Responsible",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("share", "=", False)],
        help="Neither decides on the solution nor closes the case.",
    )
    solution = fields.Text()
    outcome = fields.Selection(
        [
            ("accepted", "Agreed"),
            ("counter", "Counter-Demand"),
            ("compensation", "Compensation"),
        ],
        string="Negotiated",
        help="What was agreed with the customer.",
    )
    counter_demand = fields.Text()
    currency_id = fields.Many2one(related="company_id.currency_id")
    compensation = fields.Monetary(
        help="In company currency. Counted by the amounts of the decision's route."
    )
    measure_ids = fields.One2many("customer.measure", "complaint_id")
    confirmed_at = fields.Datetime(string="Customer Asked", readonly=True, copy=False)
    confirmed_by = fields.Char(
        string="Confirmed by", readonly=True, copy=False, help="Of the customer."
    )
    confirmation = fields.Selection(
        [
            ("satisfied", "Satisfied"),
            ("unsatisfied", "Not Satisfied"),
            ("unreachable", "Not Reachable"),
        ],
        readonly=True,
        copy=False,
    )
    score = fields.Integer(
        string="Satisfaction",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Of the customer with the solution, 1 to 5; 0: not asked.",
    )
    score_comment = fields.Text(string="Customer's Comment", readonly=True, copy=False)
    prevention = fields.Selection(
        [("measure", "Preventive Measure"), ("none", "None Needed")]
    )
    prevention_reason = fields.Text(string="Why None Is Needed")
    closed_at = fields.Datetime(string="Closed", readonly=True, copy=False)
    refusal_reason = fields.Text(readonly=True, copy=False)
    reopen_count = fields.Integer(
        string="Reopened", readonly=True, copy=False, aggregator="sum"
    )

    _number_uniq = models.UniqueIndex("(number)", "This case number is taken.")
    _order_idx = models.Index("(priority DESC, received_at DESC, id DESC)")
    _partner_state_idx = models.Index("(partner_id, state)")
    # the rule of who reads asks for the author
    _create_uid_idx = models.Index("(create_uid)")
    _type_product_idx = models.Index("(type_id, product_id)")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "number",
            "flow_id",
            "state",
            "receiver_team_id",
            "deadline_id",
            "contact_due",
            "contact_at",
            "response_due",
            "response_at",
            "solution_due",
            "solution_at",
            "confirmed_at",
            "confirmed_by",
            "confirmation",
            "score",
            "score_comment",
            "closed_at",
            "refusal_reason",
            "reopen_count",
        }

    def _approval_locked_fields(self):
        return {
            "kind",
            "partner_id",
            "company_id",
            "description",
            "cause",
            "evidence",
            "liable_team_id",
            "liable_user_id",
            "solution",
            "outcome",
            "counter_demand",
            "compensation",
        }

    def _prepare_system_values(self, vals):
        sequence = self.env["ir.sequence"].sudo()  # sudo: everybody may log a case
        return {"number": sequence.next_by_code("customer.complaint")}

    @api.model
    def _involved_domain(self):
        """Return the Domain of the cases that the present user works on: as receiver
        or handler, as member of a department that takes part, as manager of the
        business unit, and those that the customer complained to him about."""
        user = self.env.user
        uid = user.id
        domain = Domain.OR(
            Domain(name, "=", uid) for name in ("receiver_id", "user_id")
        )
        domain |= Domain("create_uid", "=", uid) & Domain("state", "=", "new")
        # literal ids: a subquery in an OR would cost PostgreSQL the other indexes
        teams = self.env["customer.service.team"]._get_own().ids
        if teams:
            domain |= Domain("receiver_team_id", "in", teams)
            domain |= Domain("department_id", "in", teams)
        if user.has_group("customer_archive.group_bum"):
            # env.user is in sudo: only ids are taken
            led_teams = user.led_team_ids.filtered("active")
            domain |= Domain("team_id", "in", led_teams.ids)
        return domain

    @api.model
    def _may_read_domain(self):
        """Return who reads a case: those who work on it, the offices that decide and
        dispatch, and who may read the customer's dossier."""
        user = self.env.user
        if user._has_archive_role("MDO", "GMO"):
            return Domain.TRUE
        domain = self._involved_domain() | Domain("create_uid", "=", user.id)
        domain |= self._literal_domain("partner_id", Domain("user_id", "=", user.id))
        if user._has_archive_role("KEEPER"):
            domain |= Domain("dossier_id", "=", False)
        dossiers = self.env["customer.dossier"]._may_read_domain()
        if dossiers.is_true():
            return domain | Domain("dossier_id", "!=", False)
        return domain | self._literal_domain("dossier_id", dossiers)

    @api.model
    def _content_may_read_domain(self):
        """Return the Domain of what may be read because its ``complaint_id`` may."""
        domain = self._may_read_domain()
        return domain if domain.is_true() else Domain("complaint_id", "any!", domain)

    @api.model
    def _literal_domain(self, name, domain):
        """Return the Domain of the cases whose ``name`` meets ``domain``, with the ids
        as they are now where they are few: a subquery in an OR would cost PostgreSQL
        the indexes of the other terms."""
        # sudo: the rule itself asks, and only ids are taken
        records_sudo = self.env[self._fields[name].comodel_name].sudo()
        ids = (
            records_sudo.with_context(active_test=False)
            ._search(domain, limit=MAX_LITERAL_IDS + 1)
            .get_result_ids()
        )
        few = len(ids) <= MAX_LITERAL_IDS
        return Domain(name, "in", ids) if few else Domain(name, "any!", domain)

    @api.depends(
        "receiver_id", "user_id", "receiver_team_id", "department_id", "dossier_id"
    )
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _may_handle_domain(self):
        """Return the Domain of the cases that the present user may change."""
        if self.env.user._get_archive_access() == "none":
            return Domain.FALSE
        domain = self._involved_domain()
        if self.env.user._has_archive_role("MDO"):
            domain = Domain.TRUE
        return domain & Domain("state", "not in", CLOSED)

    @api.depends("receiver_id", "user_id", "receiver_team_id", "department_id", "state")
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

    @api.depends("partner_id", "company_id")
    def _compute_dossier_id(self):
        # sudo: where a case is filed is the system's matter, not its author's right
        dossiers_sudo = self.env["customer.dossier"].sudo()
        partners = self.partner_id.commercial_partner_id
        found = dossiers_sudo.search(
            Domain("partner_id", "in", partners.ids)
            & Domain("state", "!=", "destroyed")
        ).grouped("partner_id")
        for complaint in self:
            companies = (complaint.company_id, self.env["res.company"])
            complaint.dossier_id = found.get(
                complaint.partner_id.commercial_partner_id, dossiers_sudo
            ).filtered(lambda dossier: dossier.company_id in companies)[:1]  # noqa: B023

    @api.depends("dossier_id.team_id", "partner_id.user_id.sale_team_id")
    def _compute_team_id(self):
        for complaint in self:
            # sudo: which unit serves a customer is no secret
            complaint_sudo = complaint.sudo()
            complaint.team_id = (
                complaint_sudo.dossier_id.team_id
                or complaint_sudo.partner_id.user_id.sale_team_id
            )

    @api.depends("contact_id")
    def _compute_complainant(self):
        for complaint in self:
            contact = complaint.contact_id
            complaint.complainant = contact.name or complaint.complainant
            complaint.phone = contact.phone or complaint.phone
            complaint.email = contact.email or complaint.email

    @api.constrains("received_at")
    def _check_received_at(self):
        now = fields.Datetime.now()
        for complaint in self:
            if complaint.received_at > now:
                raise ValidationError(
                    self.env._(
                        "A customer cannot have complained in the future. Enter when "
                        "he did."
                    )
                )

    @api.constrains("contact_id", "partner_id")
    def _check_contact(self):
        for complaint in self:
            contact = complaint.contact_id
            if contact and contact.commercial_partner_id != complaint.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is no contact of %(customer)s. Choose one of the "
                        "customer's people, or enter the name alone.",
                        contact=contact.name,
                        customer=complaint.partner_id.name,
                    )
                )

    # ------------------------------------------------------------ create, write

    @api.model_create_multi
    def create(self, vals_list):
        complaints = super().create([self._prepare_values(vals) for vals in vals_list])
        for complaint in complaints:
            complaint._take_in()
        return complaints

    @api.model
    def _prepare_values(self, vals):
        """Return ``vals`` with the customer and, where a contact was named in his
        place, the contact."""
        partner = self.env["res.partner"].browse(
            vals.get("partner_id") or vals.get("contact_id")
        )
        commercial = partner.commercial_partner_id
        if not commercial:
            return vals
        values = vals | {"partner_id": commercial.id}
        if partner != commercial and not vals.get("contact_id"):
            values["contact_id"] = partner.id
        return values

    def _take_in(self):
        """Give a new case its flow, its departments and its clocks."""
        self.ensure_one()
        flow = self._get_flow()
        # sudo: the flow is configuration that few may read
        flow_sudo = flow.sudo()
        self.sudo()._system_write(
            {
                "flow_id": flow.id,
                "receiver_team_id": flow_sudo.receiver_team_id.id,
                "department_id": self.department_id.id
                or self.sudo()._get_department(flow_sudo).id,
            }
        )
        self._plan_clocks()

    def _get_flow(self):
        """Return the flow of this case.

        :raise UserError: nobody has set up one for its kind
        """
        flow = self.env["customer.complaint.flow"]._get_flow(
            self.company_id, self.kind, self.type_id
        )
        if not flow:
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "There is no flow for %(kind)s. An administrator sets it up under "
                    "Configuration, Complaint Flows.",
                    kind=kinds[self.kind],
                )
            )
        return flow

    def _get_department(self, flow):
        return self.type_id.team_id or flow.department_id or flow.receiver_team_id

    def write(self, vals):
        self._check_not_closed(vals)
        result = super().write(vals)
        if not self._is_system() and {"company_id", "dossier_id"} & vals.keys():
            # the rules have judged what was there before
            self.check_access("write")
        return result

    def _check_not_closed(self, vals):
        """A closed case stays as it is; what was wrong is noted or reopened (B22)."""
        is_mail = all(name.startswith(("activity_", "message_")) for name in vals)
        if is_mail or self._is_system():
            return
        for complaint in self:
            if complaint.state in CLOSED:
                raise UserError(
                    self.env._(
                        "%(number)s is closed and stays as it is. Reopen it, or note "
                        "in a message what has to be corrected.",
                        number=complaint.number,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        if not self._is_system():
            raise UserError(
                self.env._("A case keeps its number and its record. Refuse it instead.")
            )

    # ------------------------------------------------------------ steps

    def _check_state(self, *states):
        """Refuse a step of a case that is in none of these states."""
        self._check_value("state", *states)

    def _refuse_step(self, names):
        """:param names: of the departments or offices whose step it is"""
        raise AccessError(
            self.env._(
                "%(number)s: this is for %(departments)s.",
                # sudo: who takes a step of a case is no secret to who may read it
                number=self.sudo().number,
                departments=names,
            )
        )

    def _check_handler(self, *departments):
        """Refuse a step to whoever does not take part in it.

        :param departments: names of the fields, ``receiver_team_id`` or
            ``department_id``, whose members may act, besides the responsible person
        """
        self.ensure_one()
        self.check_access("write")
        user = self.env.user
        own = self.env["customer.service.team"]._get_own()
        # sudo: whoever works on the case is no secret to whoever does, too
        complaint_sudo = self.sudo()
        teams_sudo = (
            self.env["customer.service.team"]
            .sudo()
            .union(*(complaint_sudo[name] for name in departments))
        )
        if not self.env.su and user != complaint_sudo.user_id and not teams_sudo & own:
            self._refuse_step(teams_sudo.mapped("name"))

    def _log(self, event, **values):
        """Enter in the log of each of these cases; see ``customer.complaint.log``."""
        # sudo: the log is the system's alone
        log_sudo = self.env["customer.complaint.log"].sudo()
        return log_sudo._system_create(
            [
                {
                    "complaint_id": complaint.id,
                    "user_id": self.env.uid,
                    "event": event,
                    **values,
                }
                for complaint in self
            ]
        )

    def _move_to(self, state, note=False, **values):
        """Go on to ``state``, with the time that the one before took (B14); the caller
        has checked who acts and from which state."""
        now = fields.Datetime.now()
        for complaint in self:
            # sudo: the log may be read by few
            steps = complaint.sudo().log_ids.filtered(lambda log: log.event == "state")
            since = max(steps.mapped("date"), default=complaint.create_date)
            complaint._log(
                "state",
                date=now,
                state_from=complaint.state,
                state_to=state,
                hours=(now - since).total_seconds() / 3600,
                note=note,
            )
        # sudo: who acts was checked; the fields are guarded
        self.sudo()._system_write({"state": state, **values})
