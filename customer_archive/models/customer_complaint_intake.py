from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .customer_complaint import CLOSED, OPEN_QUESTION

# what decides on the flow, the department and the deadlines of a case
ROUTING = ("kind", "type_id", "is_complex", "company_id")
TAKE_IN = "customer_archive.mail_activity_type_take_in"


class CustomerComplaint(models.Model):
    """How a case is taken in: who receives it, which department handles it, and how
    both follow when it turns out to be another kind of case (B7-B9)."""

    _inherit = "customer.complaint"

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Visit",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Where the customer complained.",
    )
    is_routed_by_hand = fields.Boolean(
        readonly=True,
        copy=False,
        help="Somebody chose the handling department: a new kind or problem type does "
        "not change it.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {"is_routed_by_hand"}

    @api.model
    def _may_read_domain(self):
        """Who passed an open case on to others sees what becomes of it."""
        domain = super()._may_read_domain()
        if domain.is_true():
            return domain
        # sudo: a rule asks this, and only the user's own steps come back
        logs_sudo = self.env["customer.complaint.log"].sudo()
        [(passed_on,)] = logs_sudo._read_group(
            Domain("event", "=", "routed")
            & Domain("user_id", "=", self.env.uid)
            & Domain("complaint_id.state", "not in", CLOSED),
            aggregates=["complaint_id:recordset"],
        )
        # literal ids: a subquery in an OR would cost PostgreSQL the other indexes
        return domain | Domain("id", "in", passed_on.ids)

    # ------------------------------------------------------------ computed, checked

    @api.depends("description")
    def _compute_name(self):
        for complaint in self:
            lines = (complaint.description or "").strip().splitlines()
            complaint.name = complaint.name or self._shorten(lines[0] if lines else "")

    @api.model
    def _shorten(self, text, width=80):
        return text if len(text) <= width else text[: width - 1] + "…"

    @api.constrains("receiver_id", "receiver_team_id")
    def _check_receiver(self):
        for complaint in self:
            team, receiver = complaint.receiver_team_id, complaint.receiver_id
            if team and receiver - team._get_members(complaint.company_id):
                raise ValidationError(
                    self.env._(
                        "%(user)s does not belong to %(department)s, which receives "
                        "this case. Choose one of its members.",
                        user=receiver.name,
                        department=team.name,
                    )
                )

    @api.onchange("phone")
    def _onchange_phone(self):
        """Propose the customer whose number this is, if it is one customer's."""
        if self.phone and not self.partner_id:
            partners = self.env["res.partner"]._find_by_phone(
                self.phone, self.company_id or self.env.company
            )
            if len(partners.commercial_partner_id) == 1:
                self.partner_id = partners.commercial_partner_id
                contact = partners - self.partner_id
                if len(contact) == 1:
                    self.update(
                        {
                            "contact_id": contact.id,
                            "complainant": contact.name,
                            "email": contact.email,
                            # as the call came in, not as the contact has it
                            "phone": self.phone,
                        }
                    )

    # ------------------------------------------------------------ taking in

    def _take_in(self):
        result = super()._take_in()
        self._assign_receiver()
        return result

    def _check_taken_in(self):
        """Refuse to go on with cases that lack what must be known first (B6, B8).

        :raise UserError: names everything that is missing
        """
        for complaint in self:
            missing = []
            if not complaint.partner_id:
                missing.append(self.env._("the customer"))
            if not complaint.type_id:
                missing.append(self.env._("the problem type"))
            if complaint.is_complex and not complaint.user_id:
                missing.append(self.env._("the responsible person, as it is complex"))
            if missing:
                raise UserError(
                    self.env._(
                        "%(number)s: enter %(missing)s first.",
                        number=complaint.number,
                        missing=missing,
                    )
                )

    def _assign_receiver(self):
        """Give each of these cases a receiver of the department that receives it: who
        logged it, else the member with the fewest open cases (B7)."""
        for complaint in self:
            # sudo: whoever logs a case need not read the other cases
            complaint_sudo = complaint.sudo()
            team_sudo = complaint_sudo.receiver_team_id
            members = team_sudo._get_members(complaint_sudo.company_id)
            receiver = complaint_sudo.receiver_id & members
            if not receiver and self.env.user in members:
                receiver = self.env.user
            receiver = receiver or complaint_sudo._get_least_busy(members)
            if receiver != complaint_sudo.receiver_id:
                complaint_sudo._system_write({"receiver_id": receiver.id})
            complaint_sudo._remind_receiver()
            if not receiver:
                complaint_sudo._message_log(
                    body=self.env._(
                        "%(department)s has no members: nobody received this case. "
                        "An administrator names them under Configuration, "
                        "Departments; then choose a receiver.",
                        department=team_sudo.name,
                    )
                )

    def _get_least_busy(self, users):
        """Return who of ``users`` receives the fewest open cases, in sudo."""
        counts = dict(
            self._read_group(
                Domain("receiver_id", "in", users.ids)
                & Domain("state", "not in", CLOSED),
                ["receiver_id"],
                ["__count"],
            )
        )
        return users.sorted(lambda user: (counts.get(user, 0), user.id))[:1]

    def _remind_receiver(self):
        """Leave the to-do to contact the customer with the receiver alone, in sudo;
        who logged a new case himself needs none."""
        self.activity_unlink([TAKE_IN])
        for complaint in self.filtered(lambda complaint: complaint.state == "new"):
            receiver = complaint.receiver_id
            if receiver and receiver != self.env.user:
                complaint.activity_schedule(
                    TAKE_IN,
                    user_id=receiver.id,
                    summary=self.with_context(lang=receiver.lang).env._(
                        "Contact the customer: %(subject)s", subject=complaint.name
                    ),
                )

    def _move_to(self, state, note=False, **values):
        result = super()._move_to(state, note, **values)
        # sudo: the to-do of another is done, too
        self.sudo().activity_unlink([TAKE_IN])
        return result

    # ------------------------------------------------------------ changes, routing

    def write(self, vals):
        if self._is_system():
            return super().write(vals)
        if vals.get("partner_id") or vals.get("contact_id"):
            vals = self._prepare_values(vals)
        watched = ("partner_id", "receiver_id", "department_id", *ROUTING)
        # sudo: whoever works on the case changes it, what he sees of others or not
        before = {
            complaint: {name: complaint[name] for name in watched}
            for complaint in self.sudo()
            if vals.keys() & set(watched)
        }
        result = super().write(vals)
        for complaint_sudo, values in before.items():
            complaint_sudo._follow_change(
                {
                    name: value
                    for name, value in values.items()
                    if value != complaint_sudo[name]
                }
            )
        return result

    def _follow_change(self, old):
        """Do what follows when somebody changed this case, in sudo.

        :param old: the values before of the fields that are others now
        """
        if "partner_id" in old and self.state != "new":
            raise UserError(
                self.env._(
                    "%(number)s was taken in for this customer. Refuse it and log "
                    "another one for the right customer.",
                    number=self.number,
                )
            )
        if "department_id" in old:
            self._system_write({"is_routed_by_hand": True})
            self._log_routing({"department_id": old["department_id"]})
        if not old.keys().isdisjoint(ROUTING):
            self._reroute(old)
        elif "receiver_id" in old:
            self._remind_receiver()

    def _reroute(self, old):
        """Give this case the flow, the departments and the deadlines of its new kind
        and problem type, openly (B9, B12), in sudo.

        :param old: the values before of the fields that are others now
        :raise UserError: the case has gone too far
        """
        if self.state not in OPEN_QUESTION:
            raise UserError(
                self.env._(
                    "%(number)s: kind, problem type and complexity are settled once a "
                    "solution is proposed.",
                    number=self.number,
                )
            )
        old = {name: value for name, value in old.items() if name in ROUTING}
        flow = self._get_flow()
        self._check_reroute(flow)
        values = {"flow_id": flow.id, "receiver_team_id": flow.receiver_team_id.id}
        if not self.is_routed_by_hand:
            values["department_id"] = self._get_department(flow).id
        members = flow.receiver_team_id._get_members(self.company_id)
        if self.receiver_id - members:
            values["receiver_id"] = False
        changed = {name: self[name] for name in values if self[name].id != values[name]}
        self._system_write(values)
        if not self.receiver_id:
            self._assign_receiver()
        changed = {name: was for name, was in changed.items() if was != self[name]}
        note = self._log_routing(old | changed)
        self._plan_clocks(note)
        self._message_log(
            body=self.env._(
                "Routed anew, the deadlines are planned again from when the customer "
                "complained. %(changes)s",
                changes=note,
            )
        )

    def _check_reroute(self, flow):
        """Refuse ``flow`` where it goes round those who decide: what they were asked
        about, be it refused or reopened since, stays theirs (B25, B26). In sudo."""
        asked = self._get_approvals().filtered(
            lambda approval: approval.state != "withdrawn"
        )
        if asked and flow.route_id != self.flow_id.route_id:
            raise UserError(
                self.env._(
                    "%(number)s was submitted for decision and stays with those who "
                    "decide on it: %(flow)s.",
                    number=self.number,
                    flow=self.flow_id.name,
                )
            )

    def _log_routing(self, old):
        """Enter in the log what this case was routed by and to, and return that.

        :param old: the values before of the fields that are others now
        """
        note = "; ".join(
            self.env._(
                "%(field)s: %(old)s → %(new)s",
                field=self._fields[name]._description_string(self.env),
                old=self._get_label(name, value),
                new=self._get_label(name, self[name]),
            )
            for name, value in old.items()
        )
        self._log("routed", note=note)
        # who passed it on reads it still
        self.invalidate_recordset(["may_read"])
        return note

    def _get_label(self, name, value):
        field = self._fields[name]
        if field.type == "many2one":
            return value.display_name or "–"
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        return dict(field._description_selection(self.env))[value]

    # ------------------------------------------------------------ hotline (B4)

    def _get_hotline(self):
        """Return the complaint hotline for this case's customer."""
        self.ensure_one()
        # sudo: a hotline is published
        return self.sudo().team_id._get_hotline(self.company_id)

    def action_open(self):
        """Open the form of this case, after a call was logged in the dialog."""
        return self._get_records_action()
