from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class CustomerStaffHandoverLine(models.Model):
    """One item of a staff hand-over: what the employee holds in the system, drawn up
    by it, or a paper or key that was entered by hand."""

    _name = "customer.staff.handover.line"
    _description = "Item of a Staff Hand-over"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "handover_id, id"
    _rec_name = "item"

    handover_id = fields.Many2one(
        "customer.staff.handover", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    kind = fields.Selection(
        [
            ("dossier", "Responsible Rep"),
            ("kept", "Keeper"),
            ("served", "Service Team"),
            ("customer", "Customers"),
            ("contact", "Contacts"),
            ("team", "Business Unit Led"),
            ("team_keeper", "Default Keeper"),
            ("company_keeper", "Default Dossier Keeper"),
            ("lead", "Opportunities"),
            ("order", "Orders"),
            ("meeting", "Planned Meetings"),
            ("measure", "Measures"),
            ("measure_verifier", "Measures to Verify"),
            ("verification", "Verifications"),
            ("delivery", "Delivery Follow-ups"),
            ("case_receiver", "Cases Received"),
            ("case", "Cases"),
            ("case_task", "Department Tasks"),
            ("activity", "Activities"),
            ("approval", "Decisions"),
            ("delegation", "Approval Delegation"),
            ("borrowed", "Borrowed Items"),
            ("paper", "Papers and Keys"),
        ],
        required=True,
        default="paper",
        readonly=True,
    )
    name = fields.Char(
        string="Description",
        help="Of what is entered by hand: copies, notebooks, keys, cards.",
    )
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    count = fields.Integer(default=1, readonly=True)
    item = fields.Char(compute="_compute_item")
    successor_id = fields.Many2one("res.users", domain=[("share", "=", False)])
    moved_on = fields.Datetime(readonly=True)
    department_user_id = fields.Many2one(
        "res.users", string="Received by Department", readonly=True
    )
    department_on = fields.Datetime(string="Received by Department On", readonly=True)
    keeper_user_id = fields.Many2one(
        "res.users", string="Received by Data Department", readonly=True
    )
    keeper_on = fields.Datetime(string="Received by Data Department On", readonly=True)
    is_settled = fields.Boolean(
        string="Received",
        compute="_compute_is_settled",
        store=True,
        help="Moved to the successor and received by both departments.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "company_id",
            "res_model",
            "res_id",
            "partner_id",
            "moved_on",
            "department_user_id",
            "department_on",
            "keeper_user_id",
            "keeper_on",
        }

    @api.model
    def _may_read_domain(self):
        handovers = self.env["customer.staff.handover"]
        return Domain("successor_id", "=", self.env.uid) | Domain(
            "handover_id", "any!", handovers._involved_domain()
        )

    @api.depends("successor_id", "handover_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id", "in", dossiers._get_contacts().ids)

    def _destroy(self):
        """What was handed over stays on record, without a word on the customer."""
        self._system_write({"partner_id": False, "name": False})

    # ------------------------------------------------------------ computed, checked

    @api.depends("moved_on", "kind", "department_user_id", "keeper_user_id")
    def _compute_is_settled(self):
        holdings = self.env["customer.staff.handover"]._get_holdings()
        for line in self:
            holding = holdings.get(line.kind)
            line.is_settled = (
                line.department_user_id
                and line.keeper_user_id
                and (line.moved_on or not holding or not holding.blocks)
            )

    @api.depends("name", "res_model", "res_id", "partner_id", "count")
    @api.depends_context("uid", "lang")
    def _compute_item(self):
        # _origin: a form names whatever document its client likes
        for model, lines in self.grouped(lambda line: line._origin.res_model).items():
            ids = [id_ for id_ in lines._origin.mapped("res_id") if id_]
            # sudo: who works on the hand-over learns what passes hands; the name of
            # what is secret to him stays empty all the same
            documents = self.env[model].sudo().browse(ids).exists() if ids else ()
            names = {document.id: document.display_name for document in documents}
            for line in lines:
                drawn_up = line._origin
                if model and not drawn_up.res_id:
                    line.item = str(line.count)
                    continue
                customer = drawn_up.partner_id.sudo().name
                parts = dict.fromkeys((customer, names.get(drawn_up.res_id), line.name))
                line.item = " · ".join(filter(None, parts))

    @api.depends("item")
    def _compute_display_name(self):
        # EXTENDS the secrecy mixin, which leaves hidden lines without a name
        return super()._compute_display_name()

    @api.constrains("successor_id")
    def _check_successor_id(self):
        for line in self:
            line.handover_id._check_successor(line.successor_id)

    def _check_open(self):
        # sudo: a manager writes the lines of his own hand-overs by the rules
        self.sudo().handover_id.with_env(self.env)._check_may_manage("draft", "started")

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_system():
            if any(vals.get("kind", "paper") != "paper" for vals in vals_list):
                raise AccessError(
                    self.env._("What the system knows of is listed by the system.")
                )
            vals_list = [vals | {"kind": "paper"} for vals in vals_list]
        lines = super().create(vals_list)
        if not self._is_system():
            lines._check_open()
        return lines

    def write(self, vals):
        if not self._is_system():
            self._check_open()
            fixed = {"handover_id", "kind", "count"}.intersection(vals)
            if any(line.department_user_id or line.keeper_user_id for line in self):
                fixed |= {"name"}.intersection(vals)
            if any(line.moved_on for line in self):
                fixed |= {"successor_id"}.intersection(vals)
            if fixed:
                raise UserError(
                    self.env._("What was handed over or received stays as it is.")
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_drawn_up(self):
        for line in self:
            if line.handover_id.state == "draft":
                continue
            if line.kind != "paper" or line.department_user_id or line.keeper_user_id:
                raise UserError(
                    self.env._("Only what was entered by hand is deleted again.")
                )

    # ------------------------------------------------------------ moving

    def action_move(self):
        """Give the items to their successors.

        :raise AccessError: a manager moves dossiers of another unit
        """
        self.handover_id._check_may_manage("started")
        holdings = self.env["customer.staff.handover"]._get_holdings()
        # in the order of the holdings: what hangs on a customer follows him
        for kind, holding in holdings.items():
            lines = self.filtered(lambda line, kind=kind: line.kind == kind)
            if not holding.moves:
                lines.sudo()._note_settled()
                continue
            for (handover, successor), group in lines.grouped(
                lambda line: (line.handover_id, line.successor_id)
            ).items():
                group._pass_on(handover, holding, successor)
        self.filtered(lambda line: line.kind == "paper")._note_moved()
        return True

    def _pass_on(self, handover, holding, successor):
        kind = self[0].kind
        if not successor:
            raise UserError(
                self.env._("Name a successor: %(item)s.", item=self[0].item)
            )
        handover._check_successor(successor)
        records = handover._search_held(holding)
        if not holding.counted:
            records &= records.browse(self.mapped("res_id"))
        if holding.model == "customer.dossier":
            self._check_may_allocate(records)
        self._check_companies(records, successor)
        # sudo: in sudo by _search_held; who may was checked
        handover.sudo()._pass_on(kind, records, successor.sudo())
        self._note_moved()

    def _note_moved(self):
        # sudo: who may was checked by the caller
        self.sudo()._system_write({"moved_on": fields.Datetime.now()})

    def _note_settled(self):
        """Note what was settled where it belongs, as borrowed items that are back;
        in sudo."""
        holdings = self.env["customer.staff.handover"]._get_holdings()
        for (handover, kind), lines in self.grouped(
            lambda line: (line.handover_id, line.kind)
        ).items():
            if kind not in holdings:
                lines.filtered(lambda line: not line.moved_on)._note_moved()
                continue
            held = set(handover._search_held(holdings[kind])._ids)
            lines.filtered(
                lambda line, held=held: (
                    not line.moved_on
                    and (line.res_id not in held if line.res_id else not held)
                )
            )._note_moved()

    def _check_may_allocate(self, dossiers_sudo):
        if self.env.user._has_archive_role("KEEPER", "MDO"):
            return
        if any(team.user_id != self.env.user for team in dossiers_sudo.team_id):
            raise AccessError(
                self.env._(
                    "You allocate customers within your own business unit only. "
                    "The marketing director's office moves them between units."
                )
            )

    def _check_companies(self, records_sudo, successor):
        if "company_id" not in records_sudo:
            return
        # sudo: in which companies somebody works is no secret to who names him
        missing = records_sudo.company_id - successor.sudo().company_ids
        if missing:
            raise UserError(
                self.env._(
                    "%(user)s does not work for %(company)s. Name another successor.",
                    user=successor.name,
                    company=", ".join(missing.mapped("name")),
                )
            )

    # ------------------------------------------------------------ receiving

    def action_receive_department(self):
        """The head of the department has received the items (D28)."""
        user = self.env.user
        for handover in self.handover_id:
            if user != handover.head_id and (
                handover.head_id or not user._has_archive_role("MDO")
            ):
                raise AccessError(
                    self.env._(
                        "Items are received for the department by its head, and by the "
                        "marketing director where it has none."
                    )
                )
        return self._receive("department_user_id", "department_on", "keeper_user_id")

    def action_receive_data(self):
        """The data department has received the items (D28)."""
        if not self.env.user._has_archive_role("KEEPER"):
            raise AccessError(
                self.env._("Items are received for the data department by a keeper.")
            )
        return self._receive("keeper_user_id", "keeper_on", "department_user_id")

    def _receive(self, user_field, date_field, other_field):
        self.handover_id._check_may_manage("started")
        if any(line[other_field] == self.env.user for line in self):
            raise UserError(
                self.env._("An item is received by two persons, not by one for both.")
            )
        # sudo: who may was checked; the ticks are written by the system
        self.sudo().filtered(lambda line: not line[user_field])._system_write(
            {user_field: self.env.uid, date_field: fields.Datetime.now()}
        )
        return True

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
