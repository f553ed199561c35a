from collections import defaultdict
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, is_html_empty

from .customer_dossier_field import IDENTITY_TYPES

# ended dossiers: read-only, for the history library's readers alone (A59)
ENDED = ("history", "destroyed")
# beyond, PostgreSQL is quicker with a subquery than with the ids
MAX_LITERAL_IDS = 1000
VALUE_ACTIVITY = "customer_archive.mail_activity_type_value"

# who sees how the customer decides (A23, A30) and his finances (A27)
DECISION_GROUPS = ",".join(
    f"customer_archive.group_{role}" for role in ("rep", "bum", "keeper", "mdo", "gmo")
)
FINANCE_GROUPS = ",".join(
    f"customer_archive.group_{role}" for role in ("fin", "keeper", "mdo", "gmo")
)


class CustomerDossier(models.Model):
    """The one guarded file of a customer (A1, A2, A4, A10)."""

    _name = "customer.dossier"
    _description = "Customer Dossier"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.register.mixin",
        "customer.approval.mixin",
        "customer.filing.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "number desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "former_numbers", "partner_id.complete_name"]
    _check_company_auto = True

    number = fields.Char(readonly=True, copy=False, index="trigram")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("parent_id", "=", False)],
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        index=True,
        help="Empty for a customer that all companies share.",
    )
    state = fields.Selection(
        [
            ("preliminary", "Preliminary"),
            ("submitted", "Submitted"),
            ("formal", "Formal"),
            ("history", "History"),
            ("destroyed", "Destroyed"),
        ],
        required=True,
        default="preliminary",
        readonly=True,
        copy=False,
        tracking=True,
    )
    formal_date = fields.Date(string="Formal Since", readonly=True, copy=False)
    identity_type = fields.Selection(
        IDENTITY_TYPES,
        compute="_compute_identity_type",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="Decides which data and papers are mandatory.",
    )
    to_reconfirm = fields.Boolean(
        readonly=True,
        copy=False,
        help="Key facts have changed since the approval.",
    )
    handover_state = fields.Selection(
        [("none", "Not Handed Over"), ("open", "Offered"), ("done", "Handed Over")],
        string="Hand-over",
        required=True,
        default="none",
        readonly=True,
        copy=False,
        index=True,
    )
    handover_ids = fields.One2many("customer.handover", "dossier_id")
    handover_rule = fields.Selection(related="team_id.handover_rule")
    log_ids = fields.One2many("customer.dossier.log", "dossier_id")

    team_id = fields.Many2one(
        "crm.team",
        string="Business Unit",
        required=True,
        check_company=True,
        tracking=True,
        default=lambda self: self.env["crm.team"]._get_default_team_id(),
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible Rep",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        domain=[("share", "=", False)],
        index=True,
        tracking=True,
    )
    keeper_id = fields.Many2one(
        "res.users",
        compute="_compute_keeper_id",
        store=True,
        readonly=False,
        precompute=True,
        domain=[("share", "=", False)],
        index=True,
        tracking=True,
    )
    service_user_ids = fields.Many2many(
        "res.users",
        "customer_dossier_service_user_rel",
        string="Service Team",
        domain=[("share", "=", False)],
        tracking=True,
        help="Employees who work with this customer and may therefore read his "
        "dossier.",
    )
    secrecy_level_id = fields.Many2one(
        "customer.secrecy.level",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["customer.secrecy.level"]._get_default(),
        tracking=True,
    )

    source_id = fields.Many2one("utm.source", string="Acquisition Channel")
    is_referral = fields.Boolean(related="source_id.is_referral")
    referrer_id = fields.Many2one(
        "res.partner", string="Referring Customer", index="btree_not_null"
    )
    first_contact_date = fields.Date(
        string="First Contact", default=fields.Date.context_today
    )
    lawful_source = fields.Text(
        string="Lawful Source of the Data",
        prefetch="guarded",
        help="On what ground the customer's data were collected.",
    )
    lawful_source_confirmed = fields.Boolean(
        string="Lawfully Collected",
        help="The author confirms that the data were collected lawfully.",
    )
    needs = fields.Text(string="Needs in Short", prefetch="guarded")
    background = fields.Html(prefetch="guarded")
    properties = fields.Properties(
        definition="team_id.dossier_properties_definition",
        copy=True,
        prefetch="guarded",
    )
    hidden_fields = fields.Char(compute="_compute_hidden_fields")

    document_ids = fields.One2many("customer.document", "dossier_id", string="Papers")
    contract_ids = fields.One2many(
        "customer.contract", "dossier_id", string="Contracts"
    )
    expired_document_names = fields.Char(
        string="Expired Papers", compute="_compute_expired_document_names"
    )

    completeness = fields.Integer(
        compute="_compute_completeness",
        help="Filled fields of those that are mandatory for this kind of customer, "
        "in percent.",
    )
    is_incomplete = fields.Boolean(
        compute="_compute_completeness", search="_search_is_incomplete"
    )
    missing_fields = fields.Char(string="Missing", compute="_compute_missing_fields")

    history_date = fields.Date(string="In History Since", readonly=True, copy=False)
    churn_reason_id = fields.Many2one("crm.lost.reason", readonly=True, copy=False)
    retention_until = fields.Date(
        string="Keep Until",
        readonly=True,
        copy=False,
        help="On this day it has to be decided whether the dossier is worth keeping.",
    )
    value_decision = fields.Selection(
        [
            ("none", "Not Decided"),
            ("keep", "Keep"),
            ("destroy", "No Value, Destroy"),
        ],
        required=True,
        default="none",
        readonly=True,
        copy=False,
    )
    value_reminded_for = fields.Date(readonly=True, copy=False)
    may_modify = fields.Boolean(
        compute="_compute_may_modify", search="_search_may_modify"
    )
    change_ids = fields.One2many("customer.change", "dossier_id", readonly=True)
    unacknowledged_change_count = fields.Integer(
        string="Open Changes", compute="_compute_unacknowledged_change_count"
    )
    verification_ids = fields.One2many(
        "customer.verification", "dossier_id", readonly=True
    )
    last_verification_date = fields.Date(
        string="Last Verification", readonly=True, copy=False
    )
    next_verification_date = fields.Date(
        string="Next Verification", readonly=True, copy=False, index=True
    )

    # what kind of customer he is: copied from the contact to group by (A34, A35)
    industry_id = fields.Many2one(related="partner_id.industry_id", store=True)
    business_category_id = fields.Many2one(
        related="partner_id.business_category_id", store=True
    )
    business_scale_id = fields.Many2one(
        related="partner_id.business_scale_id", store=True
    )
    sales_region_id = fields.Many2one(related="partner_id.sales_region_id", store=True)
    enterprise_nature = fields.Selection(
        related="partner_id.enterprise_nature", store=True
    )
    category_ids = fields.Many2many(related="partner_id.category_id", string="Tags")
    market_position_id = fields.Many2one(
        "customer.classification",
        domain=[("kind", "=", "market_position")],
        ondelete="restrict",
        tracking=True,
    )
    project_type_ids = fields.Many2many(
        "customer.classification",
        string="Project Types",
        domain=[("kind", "=", "project_type")],
        ondelete="restrict",
    )
    risk_level = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")], tracking=True
    )
    contact_ids = fields.One2many(
        related="partner_id.child_ids",
        string="Contacts",
        readonly=False,
        related_sudo=False,
    )
    decision_process = fields.Text(
        prefetch="guarded",
        groups=DECISION_GROUPS,
        help="How the customer comes to a decision: the steps and who takes them.",
    )
    contact_profile_ids = fields.One2many(
        "customer.contact.profile", "dossier_id", groups=DECISION_GROUPS
    )
    dealing_ids = fields.One2many(
        "customer.dealing", "dossier_id", domain=[("is_feedback", "=", False)]
    )
    feedback_ids = fields.One2many(
        "customer.dealing",
        "dossier_id",
        domain=[("is_feedback", "=", True)],
    )
    private_fact_ids = fields.One2many(
        "customer.private.fact",
        "dossier_id",
        string="Private Entries",
        groups="customer_archive.group_private_data",
    )
    financial_figure_ids = fields.One2many(
        "customer.financial.figure", "dossier_id", groups=FINANCE_GROUPS
    )
    major_change_ids = fields.One2many("customer.major.change", "dossier_id")
    permit_item_ids = fields.One2many(
        "customer.access.permit.item", "dossier_id", groups=fields.NO_ACCESS
    )
    rules_of_use = fields.Text(
        string="Rules of Use", related="secrecy_level_id.rules_of_use"
    )

    _state_team_idx = models.Index("(team_id, state)")
    _number_uniq = models.UniqueIndex("(number)", "This dossier number is taken.")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "number",
            "state",
            "formal_date",
            "secrecy_level_id",
            "to_reconfirm",
            "handover_state",
            "history_date",
            "churn_reason_id",
            "retention_until",
            "value_decision",
            "value_reminded_for",
            "last_verification_date",
            "next_verification_date",
        }

    @api.model
    def _filed_fields(self):
        """What classifies the customer; the keeper judges it (A2, D15)."""
        return super()._filed_fields() | {
            "identity_type",
            "market_position_id",
            "project_type_ids",
            "risk_level",
        }

    def _prepare_system_values(self, vals):
        return {
            "number": self._next_numbers(self._get_sequence_team(vals), 1)[0],
            "secrecy_level_id": self.env["customer.secrecy.level"]._get_default().id,
            "handover_state": "none",
            "value_decision": "none",
        }

    @api.model
    def _responsible_domain(self):
        """Return the Domain of the dossiers that the present user answers for: as
        responsible rep, as keeper or, with the role, as manager of their unit."""
        uid = self.env.uid
        domain = Domain("user_id", "=", uid) | Domain("keeper_id", "=", uid)
        if self.env.user.has_group("customer_archive.group_bum"):
            # env.user is in sudo: only ids are taken
            led_teams = self.env.user.led_team_ids.filtered("active")
            domain |= Domain("team_id", "in", led_teams.ids)
        return domain

    @api.model
    def _related_domain(self):
        """Return the Domain of the dossiers that the present user is related to
        by his work (D5)."""
        # env.user is in sudo: the rule itself asks; ids are literal because a subquery
        # in an OR would cost PostgreSQL the indexes of the other terms
        served = self.env.user.served_dossier_ids
        domain = self._responsible_domain() | Domain("id", "in", served.ids)
        if self.env.user.has_group("customer_archive.group_fug"):
            # what is offered to the group lies in its inbox (A7)
            domain |= Domain("handover_state", "=", "open")
        return domain

    @api.model
    def _reads_history(self):
        """Return whether the present user may use the history library (A59)."""
        return self.env.user._has_archive_role("KEEPER", "MDO", "GMO")

    @api.model
    def _permitted_domain(self, operation):
        """Return the Domain of the dossiers for which the present user holds a permit
        for ``operation`` that is in force at this minute."""
        user = self.env.user
        # env.user is in sudo: only ids are taken
        permitted = {
            "read": user.permitted_dossier_ids,
            "copy": user.copyable_dossier_ids,
            "export": user.copyable_dossier_ids,
        }.get(operation, self.browse())
        if not permitted:
            return Domain.FALSE
        if len(permitted) > MAX_LITERAL_IDS:
            # sudo: the rule itself asks
            items_sudo = self.env["customer.access.permit.item"].sudo()
            query = items_sudo._search(
                items_sudo._in_force_domain(user, operation)
                & Domain("document_id", "=", False)
            )
            domain = Domain("id", "in", query.subselect("dossier_id"))
        else:
            domain = Domain("id", "in", permitted.ids)
        return domain & Domain("state", "!=", "destroyed")

    def action_view_permits(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_access_permit_action"
        )
        return {
            **action,
            "context": {},
            "domain": [("item_ids.dossier_id", "=", self.id)],
        }

    @api.model
    def _matrix_domain(self, operation, own):
        """Return the Domain of the dossiers with which the present user may do
        ``operation`` by the matrix of levels and roles.

        :param own: Domain of the customers that are his own for this operation
        """
        all_ids, own_ids, is_all = self.env["customer.secrecy.level"]._get_scope(
            operation
        )
        if is_all:
            return Domain.TRUE
        return Domain("secrecy_level_id", "in", all_ids) | (
            Domain("secrecy_level_id", "in", own_ids) & own
        )

    @api.model
    def _standing_domain(self):
        """Return the Domain of the dossiers that the present user reads without a
        permit: by the matrix, or because he is related to the customer (D5)."""
        domain = self._matrix_domain("read", Domain.FALSE)
        if not domain.is_true():
            domain |= self._related_domain()
        if not self._reads_history():
            domain &= Domain("state", "not in", ENDED)
        return domain

    @api.model
    def _operation_domain(self, operation):
        """Return the Domain of the dossiers with which the present user may do
        ``operation`` (D2-D5): by the matrix of levels and roles, by being related to
        the customer, or by a permit.

        :param operation: "read", "modify", "copy" (copy and print) or "export"
        """
        closed = self.env.user._get_archive_access()
        if closed == "none" or (closed and operation in ("copy", "export")):
            return Domain.FALSE
        domain = self._standing_domain()
        if operation == "modify":
            domain &= self._matrix_domain(operation, self._responsible_domain())
            return domain & Domain("state", "not in", ENDED)
        if operation != "read":
            domain &= self._matrix_domain(operation, self._related_domain())
        return domain | self._permitted_domain(operation)

    @api.model
    def _may_read_domain(self):
        return self._operation_domain("read")

    def _check_operation(self, operation):
        """Refuse to copy or export dossiers without the right to (D22, D25).

        :raise AccessError: names whom to ask for a permit
        """
        self.check_access("read")
        # sudo: the domain itself says what the present user may
        unfiltered = self.sudo().with_context(active_test=False)
        domain = Domain("id", "in", self.ids) & self._operation_domain(operation)
        refused_sudo = unfiltered - unfiltered.search(domain)
        if refused_sudo:
            refused_sudo._refuse_operation(operation)

    def _refuse_operation(self, operation):
        keepers = self[0]._get_keepers().mapped("name")
        if operation == "export":
            raise AccessError(
                self.env._(
                    "Exporting dossiers needs the export right. Ask %(keeper)s for a "
                    "copy permit.",
                    keeper=", ".join(keepers),
                )
            )
        raise AccessError(
            self.env._(
                "Copying and printing dossiers needs the right to copy. Ask "
                "%(keeper)s for a copy permit.",
                keeper=", ".join(keepers),
            )
        )

    @api.depends(
        "user_id",
        "keeper_id",
        "service_user_ids",
        "team_id.user_id",
        "team_id.active",
        "state",
        "handover_state",
        "secrecy_level_id.right_ids.read_scope",
        "permit_item_ids.permit_id.state",
        "permit_item_ids.permit_id.date_from",
        "permit_item_ids.permit_id.date_until",
    )
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _filed_may_read_domain(self):
        """Return the Domain of what may be read because its ``dossier_id`` may."""
        domain = self._may_read_domain()
        return domain if domain.is_true() else Domain("dossier_id", "any!", domain)

    @api.model
    def _may_modify_domain(self):
        """Return the Domain of the dossiers that the present user may change: as the
        matrix says, those he answers for or all he may read (A2, D3). What has ended
        is changed by nobody, its files included (A59)."""
        return self._operation_domain("modify")

    @api.depends(
        "user_id",
        "keeper_id",
        "team_id.user_id",
        "team_id.active",
        "state",
        "secrecy_level_id.right_ids.modify_scope",
    )
    @api.depends_context("uid")
    def _compute_may_modify(self):
        self._compute_by_domain("may_modify", self._may_modify_domain())

    @api.model
    def _search_may_modify(self, operator, value):
        return self._search_by_domain(operator, self._may_modify_domain())

    # ------------------------------------------------------------ computed, checked

    @api.depends("partner_id.company_id")
    def _compute_company_id(self):
        for dossier in self:
            dossier.company_id = dossier.partner_id.company_id

    @api.depends("partner_id.is_company")
    def _compute_identity_type(self):
        for dossier in self:
            customer = dossier.partner_id
            default = customer and ("legal" if customer.is_company else "person")
            dossier.identity_type = dossier.identity_type or default or False

    @api.depends("team_id.hidden_dossier_field_ids")
    def _compute_hidden_fields(self):
        for dossier in self:
            # sudo: which fields a unit does without is no secret
            listed_sudo = dossier.team_id.sudo().hidden_dossier_field_ids
            dossier.hidden_fields = ",".join(listed_sudo.field_id.mapped("name"))

    @api.depends("partner_id")
    def _compute_user_id(self):
        for dossier in self:
            dossier.user_id = (
                dossier.user_id or dossier.partner_id.user_id or self.env.user
            )

    @api.depends("team_id")
    def _compute_keeper_id(self):
        for dossier in self:
            company = dossier.company_id or self.env.company
            dossier.keeper_id = (
                dossier.keeper_id
                or dossier.team_id.keeper_id
                or company.customer_keeper_id
            )

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """The form does without the fields that the dossier's unit hides; that of an
        ended dossier is read-only."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            for node in arch.xpath("//sheet//field[not(ancestor::field)]"):
                name = node.get("name")
                hidden = f"',{name},' in ',' + (hidden_fields or '') + ','"
                invisible = node.get("invisible")
                node.set(
                    "invisible", f"({invisible}) or {hidden}" if invisible else hidden
                )
                # what the view says takes the place of what the field says
                readonly = node.get("readonly", str(self._fields[name].readonly))
                node.set("readonly", f"({readonly}) or state in {ENDED}")
        return arch, view

    # ------------------------------------------------------------ completeness (A42)

    def _get_empty_fields(self):
        """Return {dossier id: (number of required fields, ids of those that are
        empty)} as ``customer.dossier.field`` says, in one query."""
        listed = self.env["customer.dossier.field"]
        required = listed._get_required()
        every = {
            id_: key for wanted in required.values() for id_, key in wanted.items()
        }
        # sudo: counted for whoever may read the dossier; no value leaves
        dossiers_sudo = self.sudo()
        query = dossiers_sudo._search(Domain("id", "in", self._origin.ids))
        filled = [
            listed._filled_domain(*key)
            .optimize_full(dossiers_sudo)
            ._to_sql(dossiers_sudo, self._table, query)
            for key in every.values()
        ]
        identity = dossiers_sudo._field_to_sql(self._table, "identity_type", query)
        rows = self.env.execute_query(
            query.select(SQL.identifier(self._table, "id"), identity, *filled)
        )
        result = {}
        for dossier_id, identity_type, *values in rows:
            wanted = required.get(identity_type, {})
            full = dict(zip(every, values, strict=True))
            result[dossier_id] = (
                len(wanted),
                [id_ for id_ in wanted if not full[id_]],
            )
        return result

    @api.depends("partner_id", "identity_type")
    def _compute_completeness(self):
        empty_fields = self._get_empty_fields()
        for dossier in self:
            wanted, empty = empty_fields.get(dossier._origin.id, (0, ()))
            filled = wanted - len(empty)
            dossier.completeness = filled * 100 // wanted if wanted else 100
            dossier.is_incomplete = bool(empty)

    @api.model
    def _search_is_incomplete(self, operator, value):
        if operator != "in":
            return NotImplemented
        listed = self.env["customer.dossier.field"]
        incomplete = Domain.OR(
            Domain("identity_type", "=", identity_type)
            & Domain.OR(~listed._filled_domain(*key) for key in wanted.values())
            for identity_type, wanted in listed._get_required().items()
        )
        # sudo: that something is missing may be searched, what is filled in may not
        unfiltered = self.sudo().with_context(active_test=False)
        return Domain("id", "in", unfiltered._search(incomplete))

    @api.depends("partner_id", "identity_type", "source_id", "referrer_id")
    @api.depends_context("lang")
    def _compute_missing_fields(self):
        missing = self._get_missing()
        for dossier in self:
            dossier.missing_fields = ", ".join(missing.get(dossier._origin.id, ()))

    def _get_missing(self):
        """Return {dossier id: names of what is missing} before these dossiers can
        become formal (A5, A6, A19-A21, A31-A33), in a constant number of queries."""
        # sudo: what the company wants to know is no secret
        listed_sudo = self.env["customer.dossier.field"].sudo()
        empty_fields = self._get_empty_fields()
        papers = self._get_missing_papers()
        with_deal = self._origin._has_deal()
        missing = {}
        for dossier in self._origin:
            _wanted, empty = empty_fields[dossier.id]
            names = [field._get_label() for field in listed_sudo.browse(empty)]
            names += papers[dossier.id]
            if dossier.id not in with_deal:
                names.append(self.env._("Signed Contract or Order with its Document"))
            if dossier.is_referral and not dossier.referrer_id:
                names.append(self.env._("Referring Customer (Background)"))
            missing[dossier.id] = names
        return missing

    def _check_complete(self):
        for dossier_id, names in self._get_missing().items():
            if names:
                raise UserError(
                    self.env._(
                        "Dossier %(number)s cannot be submitted yet. Missing: "
                        "%(items)s. Fill them in and submit again.",
                        number=self.browse(dossier_id).number,
                        items=", ".join(names),
                    )
                )

    @api.constrains("first_contact_date")
    def _check_first_contact_date(self):
        for dossier in self:
            if (dossier.first_contact_date or date.min) > fields.Date.context_today(
                self
            ):
                raise ValidationError(
                    self.env._("The first contact cannot be after today.")
                )

    @api.constrains("partner_id")
    def _check_one_dossier(self):
        """A customer has one dossier (A1), whatever became of it.

        No SQL constraint: Odoo's merge of two contacts would delete a dossier to
        keep one. The customer's row is written instead, so of two transactions
        that open a dossier at once the second fails, is repeated and refused.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET write_date = write_date WHERE id IN %s",
                tuple(self.partner_id.ids),
            )
        )
        # sudo: a dossier that is hidden from the user counts, too
        unfiltered = self.sudo().with_context(active_test=False)
        for partner, dossiers in unfiltered._read_group(
            [("partner_id", "in", self.partner_id.ids)],
            ["partner_id"],
            ["id:recordset"],
            having=[("__count", ">", 1)],
        ):
            existing = (dossiers - self)[:1] or dossiers[:1]
            if not existing.sudo(False).has_access("read"):
                raise existing._claim_error(self.env._("contact"))
            states = dict(self._fields["state"]._description_selection(self.env))
            raise ValidationError(
                self.env._(
                    "%(customer)s already has dossier %(number)s (%(state)s). "
                    "A customer has one dossier.",
                    customer=partner.display_name,
                    number=existing.number,
                    state=states[existing.state],
                )
            )

    @api.constrains("market_position_id", "project_type_ids")
    def _check_classifications(self):
        self.env["customer.classification"]._check_kinds(
            self,
            {
                "market_position_id": "market_position",
                "project_type_ids": "project_type",
            },
        )

    @api.model_create_multi
    def create(self, vals_list):
        dossiers = super().create([self._prepare_values(vals) for vals in vals_list])
        self.env["res.partner"]._invalidate_dossier_head()
        return dossiers

    def write(self, vals):
        self._check_open()
        if "partner_id" in vals:
            self._check_customer_kept()
        result = self.env["customer.change"]._watch(
            self,
            self._prepare_values(vals),
            lambda vals, records: super(CustomerDossier, records).write(vals),
        )
        self.env["res.partner"]._invalidate_dossier_head()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["res.partner"]._invalidate_dossier_head()
        return result

    @api.model
    def _prepare_values(self, vals):
        """Child contacts share the dossier of their commercial entity (A1); an empty
        editor counts as nothing written."""
        vals = dict(vals)
        if vals.get("partner_id"):
            partner = self.env["res.partner"].browse(vals["partner_id"])
            vals["partner_id"] = partner.commercial_partner_id.id
        if vals.get("background") and is_html_empty(vals["background"]):
            vals["background"] = False
        return vals

    def _check_open(self):
        """The dossier in the history library is read-only with all it holds (A59)."""
        if self.env.su or self._is_system():
            return
        # sudo: the dossier's state decides, readable or not
        for dossier_sudo in self.sudo():
            if dossier_sudo.state in ENDED:
                raise UserError(
                    self.env._(
                        "Dossier %(number)s is in the history library and cannot be "
                        "changed. Reactivate it first.",
                        number=dossier_sudo.number,
                    )
                )

    def _check_customer_kept(self):
        if self.env.su or self._is_system():
            return
        for dossier in self:
            if dossier.state != "preliminary":
                raise UserError(
                    self.env._(
                        "Dossier %(number)s belongs to its customer for good. Merge "
                        "the contacts instead.",
                        number=dossier.number,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_formal(self):
        if self._is_system():  # folded into another one
            return
        if any(dossier.state != "preliminary" for dossier in self):
            raise UserError(
                self.env._(
                    "Only a preliminary dossier can be deleted. A dossier that was "
                    "formal ends in the history library or is destroyed by decision."
                )
            )

    # ------------------------------------------------------------ lifecycle (A4)

    def _log(self, event, reason=False, state_to=False):
        """Write one log line for each of these dossiers."""
        # sudo: nobody has rights to write the log; who acts is kept in it
        self.env["customer.dossier.log"].sudo()._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "event": event,
                    "user_id": self.env.uid,
                    "date": fields.Datetime.now(),
                    "state_from": dossier.state,
                    "state_to": state_to or dossier.state,
                    "reason": reason,
                }
                for dossier in self.sudo()
            ]
        )

    def _move_to(self, state, event, reason=False, **values):
        """Move these dossiers to ``state`` and log it; the caller has checked who
        acts and from where."""
        self._log(event, reason, state)
        # sudo: nobody has rights to write a state
        self.sudo()._system_write({"state": state, **values})

    def _check_state(self, *states):
        for dossier in self:
            if dossier.state not in states:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "Dossier %(number)s is %(state)s: this cannot be done with it.",
                        number=dossier.number,
                        state=labels[dossier.state],
                    )
                )
            if dossier.approval_state == "pending":
                raise UserError(
                    self.env._(
                        "Dossier %(number)s waits for a decision. Withdraw the "
                        "request or wait for it.",
                        number=dossier.number,
                    )
                )

    def _check_role(self, *roles):
        """Refuse who has none of the archive roles with these codes."""
        self.check_access("read")
        self.env.user._check_archive_role(*roles)

    # ------------------------------------------------------------ approval (A11, A12)

    def _approval_kind(self):
        """A prospect becomes formal, an approved dossier is confirmed again, an
        ended one reactivated."""
        return {
            "preliminary": "formal",
            "formal": "reconfirm",
            "history": "reactivate",
        }[self.state]

    def _approval_dossier(self):
        return self

    def _approval_locked_fields(self):
        # an approved dossier is kept current; a submitted one waits unchanged
        if any(dossier.state == "submitted" for dossier in self):
            return {"team_id", "user_id", "keeper_id"}
        return set()

    def action_submit(self):
        """Submit preliminary dossiers for the decision that makes them formal."""
        self.check_access("write")
        self._check_state("preliminary")
        self._check_complete()
        for dossier in self:
            dossier._request_approval()
            if dossier.approval_state == "pending":
                dossier._move_to("submitted", "submitted")
        return True

    def action_submit_changes(self):
        """Ask again for the confirmation of changed key facts (A12)."""
        self.check_access("write")
        self._check_state("formal")
        for dossier in self.filtered("to_reconfirm"):
            dossier._request_approval()
        return True

    def _note_key_changes(self, labels_by_dossier):
        """Key facts of formal dossiers have changed: the unit's manager and the
        marketing director are asked to confirm them (A12).

        :param labels_by_dossier: {dossier: names of the changed fields}
        """
        for dossier, labels in labels_by_dossier.items():
            dossier._log("changed", labels)
            # sudo: who changed a fact may have no right to the dossier
            dossier_sudo = dossier.sudo()
            dossier_sudo._system_write({"to_reconfirm": True})
            approval_sudo = dossier_sudo.approval_id
            if approval_sudo.state == "pending":
                if "approved" not in approval_sudo.line_ids.mapped("state"):
                    continue
                # who has confirmed already has not seen this change
                approval_sudo._close("withdrawn")
            try:
                with self.env.cr.savepoint():
                    dossier_sudo._request_approval(labels)
            except UserError:
                # nobody but the author could decide: the mark stays, and somebody
                # else submits the changes
                dossier_sudo.invalidate_recordset()

    def _approval_on_approved(self, approval):
        if approval.kind == "formal":
            self._check_complete()
            today = fields.Date.context_today(self)
            self._move_to("formal", "formal", formal_date=today)
            self._call_off_disposals()
            self._on_formal()
        elif approval.kind == "reconfirm":
            self._log("confirmed")
            self._system_write({"to_reconfirm": False})
        else:
            self._move_to(
                "formal",
                "reactivated",
                approval.note,
                history_date=False,
                churn_reason_id=False,
                retention_until=False,
                value_decision="none",
            )
            self._call_off_disposals()

    def _call_off_disposals(self):
        reason = self.env._("The dossier became formal.")
        self.env["customer.disposal"]._call_off(self, reason)

    def _approval_on_rejected(self, approval):
        decisions = approval.decision_ids
        rejection = decisions.filtered(lambda given: given.decision == "rejected")
        state = "preliminary" if approval.kind == "formal" else self.state
        self._move_to(state, "rejected", rejection.comment)

    def _approval_on_withdrawn(self, approval):
        state = "preliminary" if approval.kind == "formal" else self.state
        self._move_to(state, "withdrawn")

    def _on_formal(self):
        """The unit hands the dossier over or its manager reassigns it (A7, A8); from
        now on its data are verified in turn (A54)."""
        self._plan_verification()
        if self.team_id.handover_rule == "follow_up":
            self.env["customer.handover"]._offer(self)
            return
        manager = self.team_id.user_id
        if manager and manager.active:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=manager.id,
                summary=self.with_context(lang=manager.lang).env._(
                    "Decide who looks after this customer"
                ),
            )

    # ------------------------------------------------------------ hand-over (A7)

    def action_hand_over(self):
        """Offer formal dossiers to the order follow-up group."""
        self.check_access("write")
        self._check_role("BUM")
        self._check_state("formal")
        if any(dossier.handover_state != "none" for dossier in self):
            raise UserError(self.env._("The dossier was handed over already."))
        self.env["customer.handover"]._offer(self)
        return True

    def action_accept_handover(self):
        """Accept what is offered to the order follow-up group."""
        self.check_access("read")
        # sudo: the hand-over refuses who may not accept it
        offered_sudo = self.sudo().handover_ids.filtered(
            lambda handover: handover.state == "open"
        )
        if not offered_sudo:
            raise UserError(self.env._("Nothing is offered here."))
        return offered_sudo.sudo(False).action_accept()

    def _accept_handover(self, user):
        self._log("handed_over", user.name)
        self._system_write(
            {
                "handover_state": "done",
                "user_id": user.id,
                "service_user_ids": [Command.link(self.user_id.id)]
                if self.user_id
                else [],
            }
        )

    def _get_handover_items(self):
        """Return one line for each kind of content that is handed over."""
        self.ensure_one()
        # sudo: the list counts what the dossier holds, whoever hands it over
        dossier_sudo = self.sudo()
        contents = (
            (self.env._("Contacts"), dossier_sudo.contact_ids.mapped("name")),
            (self.env._("Papers"), dossier_sudo.document_ids.mapped("display_name")),
            (self.env._("Contracts"), dossier_sudo.contract_ids.mapped("number")),
            (self.env._("Dealings"), dossier_sudo.dealing_ids.mapped("subject")),
        )
        return [
            f"{title} ({len(names)}): {', '.join(filter(None, names)) or '–'}"
            for title, names in contents
        ]

    # ------------------------------------------------------------ history (A59-A61)

    def action_move_to_history(self):
        """Open the dialog that asks for the reason."""
        self._check_role("KEEPER", "MDO")
        self._check_state("preliminary", "formal")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to History"),
            "res_model": "customer.dossier.history",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_dossier_ids": self.ids},
        }

    def _move_to_history(self, reason, note):
        """End these dossiers (A59).

        :param reason: ``crm.lost.reason``, required (A60)
        """
        self._check_role("KEEPER", "MDO")
        self._check_state("preliminary", "formal")
        today = fields.Date.context_today(self)
        with_deal = self._get_deal_dates()
        for dossier in self:
            company = dossier.company_id or self.env.company
            # without a deal the value is decided at once (K12)
            years = company.customer_retention_years if dossier.id in with_deal else 0
            dossier._move_to(
                "history",
                "history",
                ": ".join(filter(None, (reason.name, note))),
                history_date=today,
                churn_reason_id=reason.id,
                retention_until=today + relativedelta(years=years),
                to_reconfirm=False,
            )
        # sudo: what was planned ends with the dossier, whoever planned it
        self.sudo().activity_ids.unlink()

    def action_reactivate(self):
        """Ask for a decision that brings ended dossiers back."""
        self._check_role("KEEPER", "MDO")
        self._check_state("history")
        for dossier in self:
            dossier._request_approval()
        return True

    def action_decide_value(self):
        """Open the dialog on whether an ended dossier is worth keeping (A61)."""
        self.ensure_one()
        self._check_role("KEEPER")
        self._check_state("history")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide on Value"),
            "res_model": "customer.dossier.value",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_dossier_id": self.id},
        }

    def _decide_value(self, decision, until, reason):
        """Keep an ended dossier until a day, or give it up for destruction; one with
        a deal not before its retention term is over (K12)."""
        self.ensure_one()
        self._check_role("KEEPER")
        self._check_state("history")
        today = fields.Date.context_today(self)
        if (
            decision == "destroy"
            and self.retention_until > today
            and self._get_deal_dates()
        ):
            raise UserError(
                self.env._(
                    "%(number)s had deals and is kept until %(date)s.",
                    number=self.number,
                    date=format_date(self.env, self.retention_until),
                )
            )
        if decision == "keep" and (not until or until <= today):
            raise UserError(self.env._("Say until which later day it is kept."))
        self._log("valued", reason)
        # sudo: the decision is written by the system
        self.sudo()._system_write(
            {
                "value_decision": decision,
                "retention_until": until
                if decision == "keep"
                else self.retention_until,
            }
        )
        self.activity_unlink([VALUE_ACTIVITY])
        if decision == "destroy":
            self.env["customer.disposal"]._open(self, "valued")

    @api.model
    def _duty_remind_value(self, duty, start, end):
        """Remind the keepers once of each ended dossier whose term is over."""
        due = self.search(
            Domain("state", "=", "history")
            & Domain("value_decision", "!=", "destroy")
            & Domain("retention_until", "<=", fields.Date.context_today(self))
            & Domain("company_id", "in", [self.env.company.id, False])
            & Domain("keeper_id", "!=", False)
        ).filtered(
            lambda dossier: dossier.value_reminded_for != dossier.retention_until
        )
        for dossier in due:
            dossier.activity_schedule(
                VALUE_ACTIVITY,
                user_id=dossier.keeper_id.id,
                summary=self.with_context(lang=dossier.keeper_id.lang).env._(
                    "Decide whether the dossier is worth keeping"
                ),
            )
            dossier._system_write({"value_reminded_for": dossier.retention_until})

    # ------------------------------------------------------------ papers, contracts

    @api.depends("identity_type", "document_ids.state")
    @api.depends_context("lang")
    def _compute_expired_document_names(self):
        """The mandatory papers that expired and have no valid successor."""
        self.expired_document_names = False
        expired = self._get_paper_types(Domain("state", "=", "expired"))
        affected = self.filtered(lambda dossier: dossier._origin.id in expired)
        missing = affected._get_missing_paper_types() if affected else {}
        for dossier in affected:
            types = expired[dossier._origin.id] & missing[dossier._origin.id]
            dossier.expired_document_names = ", ".join(types.mapped("name"))

    def _get_paper_types(self, domain):
        """Return {dossier id: types of the papers in ``domain``}."""
        types_by_dossier = defaultdict(self.env["customer.document.type"].browse)
        for dossier, types in self.env["customer.document"]._read_group(
            Domain("dossier_id", "in", self._origin.ids) & domain,
            ["dossier_id"],
            ["type_id:recordset"],
        ):
            types_by_dossier[dossier.id] = types
        return types_by_dossier

    def _get_missing_paper_types(self):
        no_types = self.env["customer.document.type"]
        mandatory = no_types._get_mandatory_types()
        held = self._get_paper_types(
            Domain("state", "!=", "expired") & Domain("file", "!=", False)
        )
        return {
            dossier._origin.id: mandatory.get(dossier.identity_type, no_types)
            - held[dossier._origin.id]
            for dossier in self
        }

    def _get_missing_papers(self):
        """Return {dossier id: names of the mandatory types of paper of which there
        is none that is unexpired and has a file} (A20)."""
        return {
            dossier_id: types.mapped("name")
            for dossier_id, types in self._get_missing_paper_types().items()
        }

    def _has_deal(self):
        """Return the ids of the dossiers with a deal on record: a signed contract
        with its file, or a confirmed order with a document or signature (A6)."""
        # sudo: whether there is a deal matters, not who may see contract or order
        contracts_sudo = self.env["customer.contract"].sudo()
        signed = contracts_sudo._read_group(
            [
                ("dossier_id", "in", self.ids),
                ("state", "=", "signed"),
                ("file", "!=", False),
            ],
            ["dossier_id"],
        )
        documents = (
            self.env["ir.attachment"]
            .sudo()
            ._search(
                [
                    ("res_model", "=", "sale.order"),
                    ("res_field", "in", [False, "signature"]),
                ]
            )
        )
        ordered = {
            key
            for partner, company in self.env["sale.order"]
            .sudo()
            ._read_group(
                [
                    ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
                    ("state", "=", "sale"),
                    ("id", "in", documents.subselect("res_id")),
                ],
                ["partner_id", "company_id"],
            )
            for customer in partner.commercial_partner_id
            for key in ((customer, company), (customer, company.browse()))
        }
        with_order = self.filtered(
            lambda dossier: (dossier.partner_id, dossier.company_id) in ordered
        )
        return {dossier.id for (dossier,) in signed} | set(with_order.ids)

    # ------------------------------------------------------------ upkeep (A51 - A55)

    @api.depends("change_ids.state")
    @api.depends_context("uid")
    def _compute_unacknowledged_change_count(self):
        counts = dict(
            self.env["customer.change"]._read_group(
                [
                    ("dossier_id", "in", self.ids),
                    ("state", "in", ("marked", "proposed")),
                ],
                ["dossier_id"],
                ["__count"],
            )
        )
        for dossier in self:
            dossier.unacknowledged_change_count = counts.get(dossier._origin, 0)

    def action_acknowledge_changes(self):
        """The keeper has seen all marked changes of these dossiers (A51)."""
        self.check_access("read")
        changes = self.env["customer.change"].search(
            [("dossier_id", "in", self.ids), ("state", "=", "marked")]
        )
        return changes.action_acknowledge()

    def _get_keepers(self):
        """Return the users who keep the dossier, or who stand in: the default keeper
        of the company, else everybody with the role."""
        self.ensure_one()
        company = self.company_id or self.team_id.company_id or self.env.company
        keeper = self.keeper_id.filtered("active")
        return keeper or company._get_keepers()

    def _plan_verification(self):
        """Set the date of the next verification, counted from today (A54)."""
        today = fields.Date.context_today(self)
        for company, dossiers in self.grouped("company_id").items():
            # sudo: the interval is no secret
            months = (company or self.env.company).sudo().customer_verification_months
            dossiers._system_write(
                {
                    "next_verification_date": months
                    and fields.Date.add(today, months=months)
                }
            )

    def _verify(self, vals):
        """Record that the present user verified the customer's base data (A54).

        :param vals: result, method, confirmed_by and note. «Unreachable» is an
            attempt: the customer stays to be verified and his data are doubtful.
        """
        self.ensure_one()
        self.check_access("write")
        if self.state != "formal":
            raise UserError(
                self.env._("Only the data of a formal dossier are verified.")
            )
        today = fields.Date.context_today(self)
        # sudo: who may was checked; verifications are written by the system
        dossier_sudo = self.sudo()
        todo = dossier_sudo.verification_ids.filtered(lambda v: v.state == "todo")
        done = vals | {"state": "done", "done_on": today, "done_by_id": self.env.uid}
        if vals["result"] == "unreachable" or not todo:
            dossier_sudo.env["customer.verification"]._system_create(
                [
                    done
                    | {
                        "dossier_id": self.id,
                        "user_id": self.user_id.id,
                        "date_due": today,
                    }
                ]
            )
        if vals["result"] == "unreachable":
            dossier_sudo.partner_id._flag_doubtful()
            return
        todo._system_write(done)
        dossier_sudo._system_write({"last_verification_date": today})
        dossier_sudo._plan_verification()
        customer = dossier_sudo.partner_id
        doubtful = customer.search(
            [("id", "child_of", customer.id), ("contact_data_doubtful", "=", True)]
        )
        doubtful.write({"contact_data_doubtful": False})
        dossier_sudo.activity_feedback(
            ["customer_archive.mail_activity_type_verification"]
        )

    # ------------------------------------------------------------ existing customers

    @api.model
    def _existing_customers_query(self, company):
        """Return the Query of the commercial entities that ``company`` has traded
        with (a confirmed order or a posted customer invoice) and that have no
        dossier yet (A9)."""
        traded = SQL(
            """(SELECT partner.commercial_partner_id
                  FROM sale_order
                  JOIN res_partner partner ON partner.id = sale_order.partner_id
                 WHERE sale_order.state = 'sale' AND sale_order.company_id = %(company)s
                 UNION
                SELECT commercial_partner_id
                  FROM account_move
                 WHERE state = 'posted' AND company_id = %(company)s
                   AND move_type IN ('out_invoice', 'out_refund'))""",
            company=company.id,
        )
        self.env["sale.order"].flush_model(["state", "partner_id", "company_id"])
        self.env["account.move"].flush_model(
            ["state", "company_id", "move_type", "commercial_partner_id"]
        )
        self.flush_model(["partner_id"])
        query = self.env["res.partner"]._search(
            Domain("company_id", "in", [company.id, False]), active_test=False
        )
        query.add_where(SQL("res_partner.id IN %s", traded))
        query.add_where(
            SQL(
                "NOT EXISTS (SELECT FROM customer_dossier dossier "
                "WHERE dossier.partner_id = res_partner.id)"
            )
        )
        return query

    @api.model
    def _get_sequence_team(self, vals):
        """Return the business unit whose numbers a dossier made of ``vals`` takes."""
        team_id = vals.get("team_id") or self.default_get(["team_id"]).get("team_id")
        return self.env["crm.team"].browse(team_id)

    @api.model
    def _next_numbers(self, team, count):
        """Return ``count`` numbers for dossiers of ``team``, of its own sequence if it
        has one (A3); drawn in one statement unless an administrator gave the
        sequence yearly ranges or a gapless form."""
        # sudo: numbering belongs to the opening of a dossier
        sequence_sudo = team.sudo().dossier_sequence_id or (
            self.env["ir.sequence"]
            .sudo()
            .search(
                Domain("code", "=", "customer.dossier")
                & Domain("company_id", "in", [self.env.company.id, False]),
                order="company_id",
                limit=1,
            )
        )
        if sequence_sudo.use_date_range or sequence_sudo.implementation != "standard":
            return [sequence_sudo.next_by_id() for _i in range(count)]
        prefix, suffix = sequence_sudo._get_prefix_suffix()
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence_sudo.id:03d}",
                count,
            )
        )
        return [
            f"{prefix}{number:0{sequence_sudo.padding}d}{suffix}" for (number,) in rows
        ]

    @api.model
    def _get_latest_teams(self, company):
        """Return {customer id: id of the active business unit of his latest order}."""
        self.env["crm.team"].flush_model(["active"])
        self.env["sale.order"].flush_model(
            ["team_id", "date_order", "state", "company_id", "partner_id"]
        )
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (partner.commercial_partner_id)
                           partner.commercial_partner_id, sale_order.team_id
                      FROM sale_order
                      JOIN res_partner partner ON partner.id = sale_order.partner_id
                      JOIN crm_team ON crm_team.id = sale_order.team_id
                     WHERE sale_order.state = 'sale'
                       AND sale_order.company_id = %s
                       AND crm_team.active
                  ORDER BY partner.commercial_partner_id, sale_order.date_order DESC""",
                    company.id,
                )
            )
        )

    @api.model
    def _create_for_existing_customers(self, company, team, keeper):
        """Open a preliminary dossier for every existing customer without one, in
        one statement however many they are (A9).

        The unit is that of the customer's latest order, else ``team``; the rep is
        the customer's salesperson.

        :return: the number of dossiers opened
        """
        self.check_access("create")
        if company not in self.env.companies:
            raise AccessError(
                self.env._("Switch to %(company)s first.", company=company.name)
            )
        query = self._existing_customers_query(company)
        partner_ids = list(query)
        if not partner_ids:
            return 0
        team_by_partner = self._get_latest_teams(company)
        partners_by_team = {}
        for partner_id in partner_ids:
            team_id = team_by_partner.get(partner_id, team.id)
            partners_by_team.setdefault(team_id, []).append(partner_id)
        partner_ids, team_ids, numbers = [], [], []
        for team_id, ids in partners_by_team.items():
            partner_ids += ids
            team_ids += [team_id] * len(ids)
            numbers += self._next_numbers(
                self.env["crm.team"].browse(team_id), len(ids)
            )
        level = self.env["customer.secrecy.level"]._get_default()
        self.env["res.partner"].flush_model(
            [
                "is_company",
                "user_id",
                "company_id",
                "commercial_partner_id",
                "industry_id",
                "business_category_id",
                "business_scale_id",
                "sales_region_id",
                "enterprise_nature",
            ]
        )
        self.env["crm.team"].flush_model(["keeper_id"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_dossier (
                    number, partner_id, company_id, state, approval_state, team_id,
                    user_id, keeper_id, secrecy_level_id, first_contact_date,
                    identity_type, handover_state, value_decision,
                    industry_id, business_category_id, business_scale_id,
                    sales_region_id, enterprise_nature,
                    create_uid, write_uid, create_date, write_date)
                SELECT given.number, partner.id, partner.company_id, 'preliminary',
                       'none', unit.id, partner.user_id,
                       COALESCE(unit.keeper_id, %(keeper)s), %(level)s,
                       partner.create_date::date,
                       CASE WHEN partner.is_company THEN 'legal' ELSE 'person' END,
                       'none', 'none',
                       partner.industry_id, partner.business_category_id,
                       partner.business_scale_id, partner.sales_region_id,
                       partner.enterprise_nature, %(uid)s, %(uid)s,
                       now() at time zone 'UTC', now() at time zone 'UTC'
                  FROM unnest(%(partners)s, %(teams)s, %(numbers)s)
                       AS given(partner_id, team_id, number)
                  JOIN res_partner partner ON partner.id = given.partner_id
                  JOIN crm_team unit ON unit.id = given.team_id
                """,
                keeper=keeper.id or None,
                level=level.id,
                uid=self.env.uid,
                partners=partner_ids,
                teams=team_ids,
                numbers=numbers,
            )
        )
        self.env["res.partner"]._invalidate_dossier_head()
        return len(partner_ids)
