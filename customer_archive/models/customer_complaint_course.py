from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .customer_complaint import CLOSED

NEXT_STEP = "customer_archive.mail_activity_type_next_step"
# how one speaks with a customer; what reaches us by itself is no medium
MEDIUMS = ("phone", "email", "online", "visit")


class CustomerComplaint(models.Model):
    """The steps of a case from New to Closed, each by those who act in it (B14)."""

    _inherit = "customer.complaint"

    task_ids = fields.One2many("customer.complaint.task", "complaint_id")
    needs_investigation = fields.Boolean(related="flow_id.needs_investigation")
    needs_confirmation = fields.Boolean(related="flow_id.needs_confirmation")
    collects_views = fields.Boolean(related="flow_id.collects_views")
    can_receive = fields.Boolean(compute="_compute_can_act")
    can_work = fields.Boolean(compute="_compute_can_act")
    can_submit = fields.Boolean(compute="_compute_can_act")
    can_close = fields.Boolean(compute="_compute_can_act")
    can_reopen = fields.Boolean(compute="_compute_can_act")

    # ------------------------------------------------------------ who acts

    @api.model
    def _may_read_domain(self):
        """Who helps with an open case reads it, too (B13)."""
        domain = super()._may_read_domain()
        if domain.is_true():
            return domain
        task_model = self.env["customer.complaint.task"]
        # sudo: the rule of tasks asks the rule of cases, and only ids are taken
        [(helped,)] = task_model.sudo()._read_group(
            task_model._own_domain() & Domain("complaint_id.state", "not in", CLOSED),
            aggregates=["complaint_id:recordset"],
        )
        return domain | Domain("id", "in", helped.ids)

    @api.depends(
        "state",
        "receiver_team_id",
        "receiver_id",
        "department_id",
        "user_id",
        "team_id",
        "liable_user_id",
    )
    @api.depends_context("uid")
    def _compute_can_act(self):
        """Compute which buttons the present user sees; each step checks by itself."""
        user = self.env.user
        own = self.env["customer.service.team"]._get_own()
        is_mdo = user._has_archive_role("MDO")
        for complaint in self:
            # sudo: only answers yes or no leave this method; _origin: a form names
            # whatever department its client likes
            case_sudo = complaint._origin.sudo()
            is_receiver = case_sudo.receiver_team_id in own
            is_organiser = user in case_sudo._get_organisers()
            is_open = complaint._origin.may_handle
            complaint.can_receive = is_open and (
                is_receiver or user == case_sudo.receiver_id
            )
            complaint.can_work = is_open and (
                is_organiser
                or user == case_sudo.user_id
                or case_sudo.department_id in own
            )
            complaint.can_submit = is_organiser and case_sudo.state == "proposed"
            complaint.can_close = (
                is_receiver
                and user != case_sudo.liable_user_id
                and case_sudo.state in case_sudo._get_last_states()
            )
            complaint.can_reopen = (is_receiver or is_mdo) and case_sudo.state in CLOSED

    def _get_organisers(self):
        """Return the users who submit the solution of this case, in sudo (B25-B30,
        K8). A customer without business unit has his case organised by the department
        that handles it."""
        flow = self.flow_id
        if flow.organiser == "role":
            return flow.organiser_role_id._get_users(self)
        if flow.organiser == "receiver":
            return self.receiver_team_id._get_members(self.company_id)
        unit = self.team_id.user_id | self._approval_responsible("rep")
        # who has left submits nothing
        unit = unit.filtered(
            lambda user: user.active and user._get_archive_access() != "none"
        )
        if flow.organiser == "unit" and unit:
            return unit
        return self.department_id._get_members(self.company_id) | self.user_id

    def _check_organiser(self):
        """Refuse a step to whoever does not submit the solution for decision."""
        self.check_access("read")
        # sudo: who organises a case is no secret to who may read it
        organisers_sudo = self.sudo()._get_organisers()
        if not self.env.su and self.env.user not in organisers_sudo:
            self._refuse_step(organisers_sudo.mapped("name"))

    def _check_worker(self):
        """Refuse a step to whoever neither handles nor organises this case."""
        self.check_access("write")
        # sudo: see _check_organiser
        if self.env.user not in self.sudo()._get_organisers():
            self._check_handler("department_id")

    def _check_receiving(self, *roles):
        """Refuse a step to whoever is not of the department that received this case,
        and has none of the ``roles`` (codes)."""
        self.check_access("read")
        # sudo: who received a case is no secret to who may read it
        team_sudo = self.sudo().receiver_team_id
        own = self.env["customer.service.team"]._get_own()
        may = team_sudo in own or self.env.user._has_archive_role(*roles)
        if not self.env.su and not may:
            roles_names = self.env["customer.role"]._get_names(roles)
            self._refuse_step([team_sudo.name, *roles_names])

    def _check_not_liable(self):
        """Refuse a step to the person found responsible (B16)."""
        for complaint in self:
            # sudo: the answer concerns the user himself
            if complaint.sudo().liable_user_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "%(number)s: you were found responsible, so others decide, "
                        "verify and close.",
                        number=complaint.sudo().number,
                    )
                )

    # ------------------------------------------------------------ who is next

    def _move_to(self, state, note=False, **values):
        result = super()._move_to(state, note, **values)
        self._remind_next()
        return result

    def _remind_next(self):
        """Leave the to-do of the next step with those who take it, if that is an
        office that does not work on these cases anyway."""
        # sudo: to-dos of others, too
        for complaint_sudo in self.sudo():
            complaint_sudo.activity_unlink([NEXT_STEP])
            users = complaint_sudo._get_next_users() - complaint_sudo.liable_user_id
            for user in users - self.env.user:
                if complaint_sudo._filter_readable(user):
                    complaint_sudo.activity_schedule(
                        NEXT_STEP,
                        user_id=user.id,
                        summary=complaint_sudo.with_context(
                            lang=user.lang
                        )._get_next_step(),
                    )

    def _get_next_users(self):
        """Return who takes the next step of this case, in sudo."""
        if self.state == "proposed":
            organisers = self._get_organisers()
            return self.user_id & organisers or organisers
        if self.state == "executing" and self._get_dispatch_obstacle():
            role = self.flow_id.dispatcher_role_id
            return role._get_users(self) if role else self.user_id
        if self.state == "executing" and self.flow_id.needs_confirmation:
            return self.receiver_id
        return self.env["res.users"]

    def _get_next_step(self):
        if self.state == "proposed":
            return self.env._("Submit the solution for decision")
        if self._get_dispatch_obstacle():
            return self.env._("Send the customer the result")
        return self.env._("Ask the customer whether he is satisfied")

    # ------------------------------------------------------------ until the decision

    def action_log_contact(self, note, medium="phone"):
        """Record the first contact with the complainant (B11).

        :param note: what was said, required
        :param medium: one of ``MEDIUMS``
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: whom a case was given is no secret to who works on it
        if self.env.user != self.sudo().receiver_id:
            # naming oneself responsible is not receiving
            self._check_receiving()
        self._check_state("new")
        self._check_text(note, self.env._("Say what was said to the customer."))
        if medium not in MEDIUMS:
            raise UserError(self.env._("Say how you reached the customer."))
        self._check_taken_in()
        mediums = dict(self._fields["channel"]._description_selection(self.env))
        self._meet_clock("contact")
        self._move_to("contacted", note=f"{mediums[medium]}: {note}")
        return True

    def action_refuse(self, reason):
        """Refuse a case that is none; a reason is required."""
        self.ensure_one()
        self._check_receiving()
        self._check_state("new")
        self._check_text(reason, self.env._("Say why the case is refused."))
        self._move_to("rejected", note=reason, refusal_reason=reason)
        return True

    def action_start_investigation(self):
        """Begin to look for the cause; whoever begins is responsible unless somebody
        is already."""
        self.ensure_one()
        self._check_worker()
        self._check_state("contacted")
        self._meet_clock("response")
        # sudo: whom a case was given is no secret to who works on it
        user = self.sudo().user_id or self.env.user
        self._move_to("investigating", user_id=user.id)
        self._judge_recurrence()
        return True

    def action_propose(self):
        """Propose the solution; it is carried out at once where nobody decides."""
        self.ensure_one()
        self._check_worker()
        # sudo: the flow is configuration
        flow_sudo = self.sudo().flow_id
        early = () if flow_sudo.needs_investigation else ("contacted",)
        self._check_state("investigating", *early)
        self._refuse_missing(self._get_missing_in_solution())
        self._judge_recurrence()
        self._meet_clock("response")
        self._meet_clock("solution")
        if flow_sudo.route_id:
            self._move_to("proposed")
        else:
            # sudo: who acts was checked
            self.sudo()._execute()
        return True

    # ------------------------------------------------------------ decision (B25-B30)

    def action_submit(self):
        """Submit the proposed solution to those who decide by the flow."""
        self.ensure_one()
        self._check_organiser()
        self._check_state("proposed")
        # sudo: an organiser need not be entitled to read all that is checked
        self._refuse_missing(self.sudo()._get_missing_in_solution())
        self._request_approval()
        self._move_to("decision")
        return True

    def action_approve(self, comment=False):
        if self.collects_views:
            self._check_text(comment, self.env._("State the view of your office."))
        return super().action_approve(comment)

    def action_reject(self, reason=False):
        if self.collects_views:
            raise UserError(
                self.env._(
                    "You are asked for the view of your office, not for approval: "
                    "state it, also if you are against."
                )
            )
        return super().action_reject(reason)

    def _approval_kind(self):
        # sudo: the flow is configuration
        return self.sudo().flow_id.route_id.kind

    def _approval_amount(self):
        return self.compensation

    def _approval_responsible(self, resolution):
        if resolution == "rep" and not self.dossier_id:
            return self.partner_id.user_id
        if resolution == "unit_manager":
            return self.team_id.user_id
        return super()._approval_responsible(resolution)

    def _approval_excluded_users(self):
        return super()._approval_excluded_users() | self.liable_user_id

    def _approval_on_approved(self, approval):
        self._execute()

    def _approval_on_rejected(self, approval):
        reason = approval.decision_ids[-1:].comment
        self._move_to("investigating", note=reason)
        # the customer still waits for a solution
        self._reset_clock("solution", reason)

    def _approval_on_withdrawn(self, approval):
        self._move_to("proposed")

    def _execute(self):
        """Have the solution carried out, in sudo."""
        self._move_to("executing")
        self.measure_ids._approve_with_case()

    # ------------------------------------------------------------ closing, reopening

    def action_close(self):
        """Close a case in which nothing is left to do (B20-B23).

        :raise UserError: names all that is left to do
        """
        self.ensure_one()
        self._check_receiving()
        self._check_not_liable()
        self._check_state(*self.sudo()._get_last_states())
        # sudo: what is left is counted, whoever may read it
        obstacles = self.sudo()._get_closing_obstacles()
        if obstacles:
            raise UserError(
                self.env._(
                    "%(number)s cannot be closed: %(obstacles)s.",
                    number=self.number,
                    obstacles="; ".join(obstacles),
                )
            )
        self._move_to("closed", closed_at=fields.Datetime.now())
        return True

    def _get_last_states(self):
        """Return the states from which this case is closed."""
        if self.flow_id.needs_confirmation:
            return ("confirmation",)
        return ("executing", "confirmation")

    def _get_closing_obstacles(self):
        """Return what is left to do before this case is closed, each a clause of one
        sentence; in sudo. Extension point."""
        self.ensure_one()
        obstacles = []
        measures = self.measure_ids.filtered(
            lambda measure: (
                measure.kind != "preventive"
                and measure.state in ("proposed", "approved", "executing")
            )
        )
        if measures:
            obstacles.append(
                self.env._("%(count)s measures are open", count=len(measures))
            )
        tasks = self.task_ids.filtered(lambda task: task.state == "open")
        if tasks:
            obstacles.append(
                self.env._("%(count)s department tasks are open", count=len(tasks))
            )
        if self.flow_id.needs_confirmation and self.confirmation not in (
            "satisfied",
            "unreachable",
        ):
            obstacles.append(self.env._("the customer's confirmation is missing"))
        if self.flow_id.needs_investigation:
            obstacles += self._get_missing_prevention()
        return obstacles

    def action_reopen(self, reason):
        """Work on a closed or refused case again; a reason is required."""
        self.ensure_one()
        self._check_receiving("MDO")
        self._check_state(*CLOSED)
        self._check_text(reason, self.env._("Say why the case is reopened."))
        self._reopen(reason)
        return True

    def _reopen(self, reason):
        """Work on these cases again; the caller has checked who asks for it. The old
        request for a decision stays on record, as does what the customer said."""
        for complaint in self:
            # sudo: who acts was checked
            complaint_sudo = complaint.sudo()
            refused = complaint_sudo.state == "rejected"
            complaint_sudo._move_to(
                "new" if refused else "investigating",
                note="\n".join(filter(None, (reason, complaint_sudo._get_reply()))),
                reopen_count=complaint_sudo.reopen_count + 1,
                confirmation=False,
                confirmed_at=False,
                confirmed_by=False,
                score=0,
                score_comment=False,
                closed_at=False,
                refusal_reason=False,
                approval_id=False,
                approval_state="none",
            )
            if not refused:
                complaint_sudo._reset_clock("solution", reason, anew=True)
            user = complaint_sudo.user_id or complaint_sudo.receiver_id
            if user.active:
                complaint_sudo.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=complaint.with_context(lang=user.lang).env._(
                        "The case was reopened"
                    ),
                    note=reason,
                )

    def _get_reply(self):
        """Return what the customer said of the solution, for the log."""
        if not self.confirmation:
            return ""
        results = dict(self._fields["confirmation"]._description_selection(self.env))
        said = [results[self.confirmation], self.confirmed_by, self.score_comment]
        if self.score:
            said.insert(1, str(self.score))
        return " · ".join(filter(None, said))

    # ------------------------------------------------------------ helpers

    def _check_text(self, text, message):
        if not isinstance(text, str) or not text.strip():
            raise UserError(message)

    def _refuse_missing(self, missing):
        """:param missing: the names of what is missing, in the user's language"""
        if missing:
            raise UserError(
                self.env._(
                    "%(number)s cannot go on yet. Missing: %(missing)s.",
                    number=self.number,
                    missing=missing,
                )
            )

    def action_open_step(self):
        """Open the dialog of a step that asks for a text; which one stands in the
        context as ``default_step``."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "customer.complaint.step",
            "views": [(False, "form")],
            "target": "new",
            "context": {**self.env.context, "default_complaint_id": self.id},
        }
