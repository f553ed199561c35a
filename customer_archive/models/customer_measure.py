from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import formatLang

from .customer_complaint import CLOSED

LATE_TYPE = "customer_archive.mail_activity_type_measure_late"


class CustomerMeasure(models.Model):
    """措施: a corrective, preventive or improvement action, followed until its
    effect was verified (G19, G20, design.md §3). The one mechanism for all
    follow-ups: complaints, surveys and reports open measures through
    ``origin_model`` and ``origin_id``."""

    _name = "customer.measure"
    _description = "Measure"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_due, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Problem", required=True, tracking=True)
    kind = fields.Selection(
        [
            ("corrective", "Corrective"),
            ("preventive", "Preventive"),
            ("improvement", "Improvement"),
        ],
        required=True,
        default="corrective",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("executing", "Executing"),
            ("effective", "Effective"),
            ("not_effective", "Not Effective"),
        ],
        required=True,
        default="proposed",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    origin_model = fields.Char(readonly=True, copy=False)
    origin_id = fields.Many2oneReference(
        model_field="origin_model", readonly=True, copy=False
    )
    complaint_id = fields.Many2one(
        "customer.complaint",
        string="Case",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    evaluation_id = fields.Many2one(
        "customer.service.evaluation",
        string="Service Evaluation",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    dossier_id = fields.Many2one(
        "customer.dossier", index="btree_not_null", ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    team_id = fields.Many2one("crm.team", string="Business Unit", check_company=True)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        index=True,
        tracking=True,
    )
    verifier_id = fields.Many2one(
        "res.users",
        required=True,
        domain=[("share", "=", False)],
        index=True,
        tracking=True,
        help="Judges the effect; never the responsible person.",
    )
    date_due = fields.Date(string="Due", required=True, index=True, tracking=True)
    date_done = fields.Date(string="Done", readonly=True, copy=False)
    department_id = fields.Many2one(
        "customer.service.team",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Where it is carried out.",
    )
    cause = fields.Text()
    action = fields.Text(string="Measure")
    preventive_action = fields.Text(
        string="Preventive Measure", help="What keeps it from happening elsewhere."
    )
    value_before = fields.Float(string="Before", digits=(16, 1))
    value_target = fields.Float(string="Target", digits=(16, 1))
    value_after = fields.Float(
        string="After", readonly=True, copy=False, digits=(16, 1)
    )
    verification = fields.Text(string="Evidence", readonly=True, copy=False)
    verified_date = fields.Date(string="Verified", readonly=True, copy=False)
    previous_id = fields.Many2one(
        "customer.measure",
        string="Follows",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The measure that was not effective and was followed by this one.",
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    reminded_for = fields.Date(
        readonly=True,
        copy=False,
        help="The due date that the responsible person was reminded of.",
    )
    may_edit = fields.Boolean(
        compute="_compute_may_edit", search="_search_may_edit", compute_sudo=False
    )
    is_part_of_solution = fields.Boolean(
        compute="_compute_is_part_of_solution",
        compute_sudo=True,
        help="Decided on with the solution of the case, not by itself.",
    )

    _action_given = models.Constraint(
        "CHECK(action IS NOT NULL OR (state = 'proposed' AND complaint_id IS NULL))",
        "Say what is done: a measure that is decided on, or of a case, needs it.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "state",
            "date_done",
            "value_after",
            "verification",
            "verified_date",
            "previous_id",
            "origin_model",
            "origin_id",
            "reminded_for",
        }

    def _approval_locked_fields(self):
        return {
            "name",
            "kind",
            "department_id",
            "action",
            "preventive_action",
            "user_id",
            "verifier_id",
            "date_due",
            "value_target",
            "dossier_id",
            "team_id",
            "company_id",
        }

    @api.model
    def _may_read_domain(self):
        uid = self.env.uid
        involved = (
            Domain("user_id", "=", uid)
            | Domain("verifier_id", "=", uid)
            | Domain("create_uid", "=", uid)
        )
        dossiers = self.env["customer.dossier"]._may_read_domain()
        if self.env.user.has_groups(
            "customer_archive.group_mdo,customer_archive.group_gmo"
        ):
            involved |= Domain("dossier_id", "=", False)
            involved |= Domain("complaint_id", "!=", False)
        else:
            # not all who read the case: its dossier is asked for below
            involved |= Domain(
                "complaint_id",
                "any!",
                self.env["customer.complaint"]._involved_domain(),
            )
        if dossiers.is_true():
            return involved | Domain("dossier_id", "!=", False)
        return involved | Domain("dossier_id", "any!", dossiers)

    @api.model
    def _customer_data_domain(self, dossiers):
        # a case need not be filed
        return super()._customer_data_domain(dossiers) | Domain(
            "partner_id", "in", dossiers.partner_id.ids
        )

    @api.depends(
        "user_id", "verifier_id", "create_uid", "dossier_id.may_read", "complaint_id"
    )
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _may_edit_domain(self):
        """Return the Domain of the measures that the present user may change, as far
        as their state lets him; extension point."""
        return (
            Domain("create_uid", "=", self.env.uid)
            | Domain("user_id", "=", self.env.uid)
            | Domain("complaint_id.may_handle", "=", True)
        )

    @api.depends("create_uid", "user_id", "complaint_id")
    @api.depends_context("uid")
    def _compute_may_edit(self):
        self._compute_by_domain("may_edit", self._may_edit_domain())

    @api.model
    def _search_may_edit(self, operator, value):
        return self._search_by_domain(operator, self._may_edit_domain())

    # ------------------------------------------------------------ computed, checked

    @api.depends("dossier_id.partner_id", "complaint_id.partner_id")
    def _compute_partner_id(self):
        for measure in self:
            # sudo: the customer's name is no secret, the dossier's content is
            measure_sudo = measure.sudo()
            measure.partner_id = (
                measure_sudo.dossier_id.partner_id
                or measure_sudo._get_named("complaint_id").partner_id
            )

    @api.depends("date_due", "state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for measure in self:
            measure.is_late = (
                measure.state in ("proposed", "approved", "executing")
                and not measure.date_done
                and bool(measure.date_due)
                and measure.date_due < today
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return (
            Domain("state", "in", ("proposed", "approved", "executing"))
            & Domain("date_done", "=", False)
            & Domain("date_due", "<", "today")
        )

    @api.depends("complaint_id.state")
    def _compute_is_part_of_solution(self):
        for measure in self:
            measure.is_part_of_solution = measure._get_named("complaint_id").state in (
                "contacted",
                "investigating",
                "proposed",
                "decision",
            )

    @api.constrains("user_id", "verifier_id")
    def _check_verifier(self):
        for measure in self:
            if measure.user_id == measure.verifier_id:
                raise ValidationError(
                    self.env._(
                        "%(measure)s: the responsible person cannot verify the effect. "
                        "Name another verifier.",
                        measure=measure.name,
                    )
                )
            if measure.complaint_id:
                measure._check_verifier_not_liable()

    def _check_verifier_not_liable(self):
        """Who was found responsible does not judge what is done about it (B16)."""
        liable = self.complaint_id.liable_user_id
        if liable and liable == self.verifier_id:
            raise ValidationError(
                self.env._(
                    "%(measure)s: %(user)s was found responsible and cannot verify "
                    "the effect. Name another verifier.",
                    measure=self.name,
                    user=liable.name,
                )
            )

    def _prepare_system_values(self, vals):
        values = super()._prepare_system_values(vals)
        if vals.get("evaluation_id"):
            values |= {
                "origin_model": "customer.service.evaluation",
                "origin_id": vals["evaluation_id"],
            }
        if not vals.get("complaint_id"):
            return values
        # sudo: that the user works on the case was checked
        complaint_sudo = self.env["customer.complaint"].browse(vals["complaint_id"])
        complaint_sudo = complaint_sudo.sudo()
        values |= complaint_sudo._prepare_measure_values()
        if not vals.get("verifier_id"):
            values["verifier_id"] = complaint_sudo.receiver_id.id
        return values

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_complaint_id")
        if default:
            vals_list = [{"complaint_id": default, **vals} for vals in vals_list]
        if not (self.env.su or self._is_system()):
            ids = {vals.get("complaint_id") for vals in vals_list} - {None, False}
            self._check_case_open(self.env["customer.complaint"].browse(ids))
        measures = super().create(vals_list)
        own = measures.filtered(lambda measure: not measure.complaint_id)
        own.dossier_id.check_access("read")
        measures._check_evaluation()
        return measures

    def _check_evaluation(self):
        """Refuse measures of an evaluation to whoever may not change it."""
        # even of none, a department's member without a role has no access
        if evaluations := self.evaluation_id:
            evaluations.check_access("write")

    def _check_case_open(self, complaints):
        """Refuse measures to whoever does not work on these cases, and while they are
        being decided on."""
        complaints.check_access("write")
        complaints._touch()
        complaints._check_state(
            "contacted", "investigating", "proposed", "executing", "confirmation"
        )

    def _check_of_case(self, vals):
        """A measure of a case is part of its solution: it is changed by who works on
        the case, until it was decided (B17)."""
        if self.env.su or self._is_system():
            return
        locked = self._approval_locked_fields().intersection(vals)
        for measure in self:
            # sudo: a responsible person need not be entitled to read the case
            complaint_sudo = measure.sudo().complaint_id
            if vals.get("complaint_id", complaint_sudo.id) != complaint_sudo.id:
                raise UserError(self.env._("A measure stays with its case."))
            if not complaint_sudo or not locked:
                continue
            if measure.state != "proposed":
                # nor could whoever was found responsible verify it
                is_liable = measure.verifier_id == complaint_sudo.liable_user_id
                if not (is_liable and locked == {"verifier_id"}):
                    raise UserError(
                        self.env._(
                            "%(measure)s was decided on: %(fields)s cannot be changed.",
                            measure=measure.name,
                            fields=[
                                self._fields[name].string for name in sorted(locked)
                            ],
                        )
                    )
            if locked & {"dossier_id", "team_id", "company_id"}:
                raise UserError(self.env._("A measure is filed with its case."))
            if complaint_sudo.state not in CLOSED:
                self._check_case_open(complaint_sudo.sudo(False))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if self.env.su or self._is_system():
            return
        for measure in self.filtered("complaint_id"):
            self._check_case_open(measure.complaint_id)
            if measure.state != "proposed":
                raise UserError(
                    self.env._(
                        "%(measure)s was decided on and stays on record.",
                        measure=measure.name,
                    )
                )

    def write(self, vals):
        self._check_not_closed(vals)
        self._check_of_case(vals)
        result = super().write(vals)
        # the rules have judged what was there before
        if "company_id" in vals:
            self.check_access("write")
        if "dossier_id" in vals and not self._is_system():
            self.dossier_id.check_access("read")
        if "evaluation_id" in vals:
            self._check_evaluation()
        if {"date_due", "user_id"} & vals.keys():
            # who has to do it now, and until when, has not been reminded
            reminded = self.filtered("reminded_for")
            reminded._close_reminders()
            reminded._advance({"reminded_for": False})
        return result

    def _check_not_closed(self, vals):
        """A verified measure stays as it is; what was wrong is noted (D7)."""
        is_mail = all(name.startswith(("activity_", "message_")) for name in vals)
        if is_mail or self.env.su or self._is_system():
            return
        for measure in self:
            if measure.state in ("effective", "not_effective"):
                raise UserError(
                    self.env._(
                        "%(measure)s is closed and stays as it is. Note in a message "
                        "what has to be corrected.",
                        measure=measure.name,
                    )
                )

    # ------------------------------------------------------------ actions

    def action_submit(self):
        for measure in self:
            measure.check_access("write")
            measure._check_state("proposed")
            measure._check_complete()
            # sudo: a responsible person need not be entitled to read the case
            complaint_sudo = measure.sudo().complaint_id
            if measure.is_part_of_solution:
                raise UserError(
                    self.env._(
                        "%(measure)s is decided on with the solution of %(case)s.",
                        measure=measure.name,
                        case=complaint_sudo.number,
                    )
                )
            if complaint_sudo and not complaint_sudo.flow_id.route_id:
                measure.sudo()._approve_with_case()
            else:
                measure._request_approval()
        return True

    def _get_submission_fields(self):
        """Return the names of the fields that a measure needs to be submitted;
        extension point."""
        return ["action"]

    def _check_complete(self):
        missing = [
            self._fields[name]._description_string(self.env)
            for name in self._get_submission_fields()
            if not self[name]
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(measure)s cannot be submitted yet. Enter: %(fields)s.",
                    measure=self.name,
                    fields=", ".join(missing),
                )
            )

    def _approval_dossier(self):
        return self.dossier_id

    def _approval_responsible(self, resolution):
        if resolution == "unit_manager" and not self.dossier_id:
            return self.team_id.user_id
        return super()._approval_responsible(resolution)

    def _approval_on_approved(self, approval):
        self._system_write({"state": "approved"})

    def _approval_excluded_users(self):
        return super()._approval_excluded_users() | self.complaint_id.liable_user_id

    def _approve_with_case(self):
        """Have the proposed ones of these carried out, in sudo: the solution of their
        case was decided, or needs no decision."""
        for measure in self:
            if measure.state != "proposed" or measure.approval_state == "pending":
                continue
            measure._system_write({"state": "approved"})
            measure.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=measure.date_due,
                user_id=measure.user_id.id,
                summary=measure.with_context(lang=measure.user_id.lang).env._(
                    "Carry out the measure"
                ),
            )

    def _fail_for(self, complaint):
        """Take these measures for not effective because of ``complaint``, in sudo."""
        for measure in self:
            measure._system_write({"state": "not_effective"})
            for user in (measure.verifier_id | measure.user_id).filtered("active"):
                env = measure.with_context(lang=user.lang).env
                measure.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=env._(
                        "Not effective: it happened again, see %(number)s",
                        number=complaint.number,
                    ),
                )
            measure.message_post(
                body=self.env._(
                    "Not effective: it happened again, see %(number)s",
                    number=complaint.number,
                )
            )
            measure.complaint_id._log("recurred", note=complaint.number)
            complaint._log("recurred", note=measure.complaint_id.number)

    def action_start(self):
        """The responsible person begins to execute an approved measure."""
        for measure in self:
            measure._check_state("approved")
            measure._check_user(measure.user_id)
            measure._advance({"state": "executing"})
        return True

    def action_report_done(self):
        """The responsible person reports the measure done; the verifier is asked."""
        for measure in self:
            measure._check_state("executing")
            measure._check_user(measure.user_id)
            if measure.date_done:
                raise UserError(
                    self.env._(
                        "%(measure)s has been reported done already.",
                        measure=measure.name,
                    )
                )
            measure._advance({"date_done": fields.Date.context_today(self)})
            measure._close_reminders()
            # sudo: an employee may not schedule to-dos for others on any document
            measure.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=measure.verifier_id.id,
                summary=measure.with_context(lang=measure.verifier_id.lang).env._(
                    "Verify the effect"
                ),
            )
        return True

    def _check_verifying(self):
        """Refuse whoever does not judge this measure, and before it was done."""
        self.ensure_one()
        self._check_state("executing")
        self._check_user(self.verifier_id)
        # sudo: a verifier need not be entitled to read the case
        self.sudo().complaint_id._check_not_liable()
        if not self.date_done:
            raise UserError(
                self.env._("%(measure)s has not been reported done.", measure=self.name)
            )

    def _get_measured_values(self):
        """Return the values (a dict with ``value_after``) that the system itself has
        found out about the effect; empty where the verifier enters the value.
        Extension point.

        :raise UserError: the system does not know yet
        """
        return {}

    def action_open_verification(self):
        """Open the dialog in which the verifier judges the effect (G20)."""
        self._check_verifying()
        measured = self._get_measured_values()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_measure_verify_action"
        )
        return action | {
            "context": {
                "default_measure_id": self.id,
                "default_is_measured": bool(measured),
                "default_value_after": measured.get("value_after"),
            }
        }

    def action_verify(self, effective, evidence, value_after=0.0):
        """The verifier judges a measure that was reported done (G20).

        :param effective: False opens the next measure and returns its form
        :param evidence: text, required
        :param value_after: counts only where the system does not measure it
        """
        self._check_verifying()
        values = {"value_after": value_after}
        if measured := self._get_measured_values():
            values = measured
            self._check_reached(effective, measured["value_after"])
        if not (evidence or "").strip():
            raise UserError(self.env._("Say on what evidence you judge the effect."))
        self._advance(
            {
                "state": "effective" if effective else "not_effective",
                "verification": evidence,
                "verified_date": fields.Date.context_today(self),
                **values,
            }
        )
        # sudo: the to-do was given by the system, see action_report_done
        self.sudo().activity_feedback(
            ["mail.mail_activity_data_todo"], user_id=self.verifier_id.id
        )
        if effective:
            return True
        follower = self._open_follower()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": follower.id,
            "views": [(False, "form")],
        }

    def _get_target_value(self):
        """Return what a measured value has to reach; extension point."""
        return self.value_target

    def _check_reached(self, effective, value):
        if effective and value < self._get_target_value():
            raise UserError(
                self.env._(
                    "%(measure)s had no sufficient effect: %(after)s was reached, "
                    "%(target)s is required. Choose Not Effective; the next measure "
                    "is opened.",
                    measure=self.name,
                    after=formatLang(self.env, value, digits=1),
                    target=formatLang(self.env, self.value_target, digits=1),
                )
            )

    def _open_follower(self):
        # sudo: a verifier is not entitled to open measures; this one is the
        # consequence of his judgement
        follower_sudo = self.sudo().copy({"date_due": fields.Date.context_today(self)})
        follower_sudo._system_write(self._prepare_follower_values())
        return follower_sudo.sudo(self.env.su)

    def _prepare_follower_values(self):
        """Return what the measure that follows this one takes over from it beside
        what a copy does; extension point."""
        return {
            "previous_id": self.id,
            "complaint_id": self.complaint_id.id,
            "origin_model": self.origin_model,
            "origin_id": self.origin_id,
            "value_before": self.value_after,
        }

    def _get_origin_name(self):
        """Return the name of what this measure arises from, as far as the present
        user may read it; extension point."""
        return (self.complaint_id or self.evaluation_id).display_name

    # ------------------------------------------------------------ reminders (G20)

    @api.model
    def _duty_remind_late(self, duty, start, end):
        """Remind the responsible people, once for each due date, of measures that are
        past it."""
        late = self.search(
            Domain("is_late", "=", True)
            & Domain("date_due", "<", end)
            & Domain("reminded_for", "=", False)
            & Domain("company_id", "=", self.env.company.id)
        )
        for (user, date_due), measures in late.grouped(
            lambda measure: (measure.user_id, measure.date_due)
        ).items():
            # whoever cannot see it waits for a responsible person who can
            reminded = user.active and measures._filter_readable(user)
            if reminded:
                # the to-do is enough, no mail for each measure
                reminded.with_context(
                    mail_activity_quick_update=True
                ).activity_schedule(LATE_TYPE, date_deadline=date_due, user_id=user.id)
                reminded._system_write({"reminded_for": date_due})

    def _close_reminders(self):
        # sudo: the system gave them, see _duty_remind_late
        self.sudo().activity_unlink([LATE_TYPE])

    def _check_state(self, state):
        if self.state != state:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(measure)s is %(state)s; this step needs %(needed)s.",
                    measure=self.name,
                    state=labels[self.state],
                    needed=labels[state],
                )
            )

    def _check_user(self, user):
        if self.env.user != user:
            raise AccessError(
                self.env._(
                    "Only %(user)s can do this with %(measure)s.",
                    user=user.name,
                    measure=self.name,
                )
            )

    def _advance(self, vals):
        # sudo: who acts and from which state was checked; the fields are guarded
        self.sudo()._system_write(vals)
