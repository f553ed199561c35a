from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerDossier(models.Model):
    """The one guarded file of a customer (A1, A2, A4, A10)."""

    _name = "customer.dossier"
    _description = "Customer Dossier"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "number desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "partner_id.complete_name"]
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
        group_expand=True,
    )
    formal_date = fields.Date(string="Formal Since", readonly=True, copy=False)

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
    first_contact_date = fields.Date(
        string="First Contact", default=fields.Date.context_today
    )
    lawful_source = fields.Text(
        string="Lawful Source of the Data",
        help="On what ground the customer's data were collected.",
    )
    needs = fields.Text(string="Needs in Short")
    background = fields.Html()
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

    _state_team_idx = models.Index("(team_id, state)")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "number",
            "state",
            "formal_date",
            "secrecy_level_id",
            "last_verification_date",
            "next_verification_date",
        }

    def _prepare_system_values(self, vals):
        return {
            "number": self.env["ir.sequence"].next_by_code("customer.dossier"),
            "secrecy_level_id": self.env["customer.secrecy.level"]._get_default().id,
        }

    @api.model
    def _responsible_domain(self):
        """Return the Domain of the dossiers that the present user answers for: as
        responsible rep, as keeper or, with the role, as manager of their unit."""
        uid = self.env.uid
        domain = Domain("user_id", "=", uid) | Domain("keeper_id", "=", uid)
        if self.env.user.has_group("customer_archive.group_bum"):
            # sudo: a plain employee may not read every team; only ids are taken
            teams_sudo = self.env["crm.team"].sudo().with_context(active_test=False)
            led = teams_sudo._search([("user_id", "=", uid), ("active", "=", True)])
            domain |= Domain("team_id", "in", list(led))
        return domain

    @api.model
    def _related_domain(self):
        """Return the Domain of the dossiers that the present user is related to
        by his work (D5)."""
        # sudo: the rule itself asks; ids are literal because a subquery in an OR
        # would cost PostgreSQL the indexes of the other terms
        dossiers_sudo = self.sudo().with_context(active_test=False)
        served = dossiers_sudo._search([("service_user_ids", "in", [self.env.uid])])
        return self._responsible_domain() | Domain("id", "in", list(served))

    @api.model
    def _may_read_domain(self):
        level = self.env["customer.secrecy.level"]
        if level._is_cleared_for_all():
            return Domain.TRUE
        cleared = Domain("secrecy_level_id", "in", level._get_cleared_ids())
        return cleared | self._related_domain()

    @api.depends("user_id", "keeper_id", "service_user_ids", "team_id.user_id")
    @api.depends("secrecy_level_id.role_ids")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _may_modify_domain(self):
        """Return the Domain of the dossiers that the present user may change:
        those he answers for; somebody with the role Keeper, all he may read (A2)."""
        if self.env.user.has_group("customer_archive.group_keeper"):
            return self._may_read_domain()
        return self._responsible_domain()

    @api.depends("user_id", "keeper_id", "team_id.user_id")
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
        unfiltered = self.with_context(active_test=False)
        for partner, dossiers in unfiltered._read_group(
            [("partner_id", "in", self.partner_id.ids)],
            ["partner_id"],
            ["id:recordset"],
            having=[("__count", ">", 1)],
        ):
            existing = (dossiers - self)[:1] or dossiers[:1]
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

    @api.model_create_multi
    def create(self, vals_list):
        dossiers = super().create([self._with_commercial_entity(v) for v in vals_list])
        self.env["res.partner"]._invalidate_dossier_head()
        return dossiers

    def write(self, vals):
        result = self.env["customer.change"]._watch(
            self,
            self._with_commercial_entity(vals),
            lambda vals, records: super(CustomerDossier, records).write(vals),
        )
        self.env["res.partner"]._invalidate_dossier_head()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["res.partner"]._invalidate_dossier_head()
        return result

    @api.model
    def _with_commercial_entity(self, vals):
        """Child contacts share the dossier of their commercial entity (A1)."""
        if not vals.get("partner_id"):
            return vals
        partner = self.env["res.partner"].browse(vals["partner_id"])
        return vals | {"partner_id": partner.commercial_partner_id.id}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_formal(self):
        if any(dossier.state != "preliminary" for dossier in self):
            raise UserError(
                self.env._(
                    "Only a preliminary dossier can be deleted. A dossier that was "
                    "formal ends in the history library or is destroyed by decision."
                )
            )

    # ------------------------------------------------------------ approval (A11)

    def _approval_kind(self):
        return "formal"

    def _approval_dossier(self):
        return self

    def _approval_locked_fields(self):
        # an approved dossier is kept current, for the same customer; a submitted
        # one waits unchanged
        if any(dossier.approval_state == "pending" for dossier in self):
            return {"partner_id", "team_id", "user_id", "keeper_id"}
        return {"partner_id"}

    def action_submit(self):
        """Submit preliminary dossiers for the decision that makes them formal."""
        for dossier in self:
            dossier.check_access("write")
            if dossier.state != "preliminary":
                raise UserError(
                    self.env._(
                        "Dossier %(number)s is not preliminary any more.",
                        number=dossier.number,
                    )
                )
            dossier._request_approval()
            # sudo: from here on only the deciders may change the dossier's state
            if dossier.approval_state == "pending":
                dossier.sudo()._system_write({"state": "submitted"})
        return True

    def _approval_on_approved(self, approval):
        self._system_write(
            {"state": "formal", "formal_date": fields.Date.context_today(self)}
        )

    def _approval_on_rejected(self, approval):
        self._system_write({"state": "preliminary"})

    def _approval_on_withdrawn(self, approval):
        self._system_write({"state": "preliminary"})

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
    def _next_numbers(self, count):
        """Return ``count`` dossier numbers; drawn in one statement unless an
        administrator gave the sequence yearly ranges or a gapless form."""
        # sudo: numbering belongs to the opening of a dossier
        sequence_sudo = (
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
        numbers = self._next_numbers(len(partner_ids))
        level = self.env["customer.secrecy.level"]._get_default()
        self.env["res.partner"].flush_model(
            ["user_id", "company_id", "commercial_partner_id"]
        )
        self.env["crm.team"].flush_model(["active", "keeper_id"])
        self.env["sale.order"].flush_model(["team_id", "date_order"])
        self.env.cr.execute(
            SQL(
                """
                WITH latest AS (
                    SELECT DISTINCT ON (partner.commercial_partner_id)
                           partner.commercial_partner_id AS partner_id,
                           sale_order.team_id
                      FROM sale_order
                      JOIN res_partner partner ON partner.id = sale_order.partner_id
                      JOIN crm_team ON crm_team.id = sale_order.team_id
                     WHERE sale_order.state = 'sale'
                       AND sale_order.company_id = %(company)s
                       AND crm_team.active
                  ORDER BY partner.commercial_partner_id, sale_order.date_order DESC
                )
                INSERT INTO customer_dossier (
                    number, partner_id, company_id, state, approval_state, team_id,
                    user_id, keeper_id, secrecy_level_id, first_contact_date,
                    create_uid, write_uid, create_date, write_date)
                SELECT given.number, partner.id, partner.company_id, 'preliminary',
                       'none', COALESCE(latest.team_id, %(team)s), partner.user_id,
                       COALESCE(unit.keeper_id, %(keeper)s), %(level)s,
                       partner.create_date::date, %(uid)s, %(uid)s,
                       now() at time zone 'UTC', now() at time zone 'UTC'
                  FROM unnest(%(partners)s, %(numbers)s) AS given(partner_id, number)
                  JOIN res_partner partner ON partner.id = given.partner_id
             LEFT JOIN latest ON latest.partner_id = partner.id
                  JOIN crm_team unit ON unit.id = COALESCE(latest.team_id, %(team)s)
                """,
                company=company.id,
                team=team.id,
                keeper=keeper.id or None,
                level=level.id,
                uid=self.env.uid,
                partners=partner_ids,
                numbers=numbers,
            )
        )
        self.env["res.partner"]._invalidate_dossier_head()
        return len(partner_ids)
