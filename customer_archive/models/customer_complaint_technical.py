from odoo import api, fields, models
from odoo.exceptions import UserError

from .customer_complaint import CLOSED
from .customer_service_log import FINISHED

TODO = "customer_archive.mail_activity_type_technical"


class CustomerComplaint(models.Model):
    """The technical track of a case: the department that received it transfers it to
    the technical one, which accepts it, serves with a log and answers by form; the
    first confirms with the customer and closes (B34, B36)."""

    _inherit = "customer.complaint"

    technical_team_id = fields.Many2one(
        related="flow_id.technical_team_id", string="Technical Service by"
    )
    service_state = fields.Selection(
        [
            ("none", "Not Transferred"),
            ("transferred", "Transferred"),
            ("accepted", "Accepted"),
            ("answered", "Answered"),
        ],
        string="Technical Service",
        required=True,
        default="none",
        readonly=True,
        copy=False,
        tracking=True,
    )
    transferred_at = fields.Datetime(readonly=True, copy=False)
    transferred_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    accepted_at = fields.Datetime(readonly=True, copy=False)
    accepted_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    answered_at = fields.Datetime(readonly=True, copy=False)
    service_log_ids = fields.One2many("customer.service.log", "complaint_id")
    service_log_count = fields.Integer(
        string="Service Logs", compute="_compute_technical_counts", compute_sudo=False
    )
    feedback_form_ids = fields.One2many("customer.feedback.form", "complaint_id")
    feedback_form_count = fields.Integer(
        string="Feedback Forms", compute="_compute_technical_counts", compute_sudo=False
    )
    is_receiver = fields.Boolean(
        compute="_compute_is_technician",
        help="Whether the present user belongs to the department that received it.",
    )
    is_technician = fields.Boolean(
        compute="_compute_is_technician",
        help="Whether the present user belongs to the technical department.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "service_state",
            "transferred_at",
            "transferred_by_id",
            "accepted_at",
            "accepted_by_id",
            "answered_at",
        }

    # ------------------------------------------------------------ computed

    @api.depends_context("uid")
    @api.depends("service_log_ids", "feedback_form_ids")
    def _compute_technical_counts(self):
        for name, model in (
            ("service_log_count", "customer.service.log"),
            ("feedback_form_count", "customer.feedback.form"),
        ):
            counts = dict(
                self.env[model]._read_group(
                    [("complaint_id", "in", self.ids)], ["complaint_id"], ["__count"]
                )
            )
            for complaint in self:
                complaint[name] = counts.get(complaint._origin, 0)

    @api.depends("flow_id", "receiver_team_id")
    @api.depends_context("uid")
    def _compute_is_technician(self):
        own = self.env["customer.service.team"]._get_own()
        for complaint in self:
            complaint.is_receiver = complaint.receiver_team_id in own
            complaint.is_technician = complaint.technical_team_id in own

    # ------------------------------------------------------------ checks

    def _check_technical(self):
        """Refuse a technical step of a case whose flow has no such department."""
        for complaint in self:
            if not complaint.technical_team_id:
                raise UserError(
                    self.env._(
                        "%(number)s is no technical request. Change its kind first.",
                        number=complaint.number,
                    )
                )

    def _check_member(self, name):
        """Refuse a step to whoever may not change the case or does not belong to the
        department in field ``name``: who transfers is not who accepts."""
        self.ensure_one()
        self.check_access("write")
        team = self[name]
        if team not in self.env["customer.service.team"]._get_own():
            # sudo: the name of a department is no secret
            self._refuse_step([team.sudo().name])

    def _check_reroute(self, flow):
        """Whoever transferred a case does not take it from the technicians; they say
        themselves that it is another kind of case (B36)."""
        result = super()._check_reroute(flow)
        team = self.technical_team_id
        if self.service_state != "none" and flow.technical_team_id != team:
            self.sudo(False)._check_member("technical_team_id")
        return result

    # ------------------------------------------------------------ steps

    def action_transfer(self):
        """The receiving department hands a technical case over with the customer's
        problem on a form (B34)."""
        for complaint in self:
            complaint._check_technical()
            complaint._check_member("receiver_team_id")
            complaint._check_state("contacted", "investigating")
            complaint._check_value("service_state", "none", "answered")
            forms = complaint.feedback_form_ids.filtered(
                lambda form: form.state == "draft"
            )
            if not forms:
                raise UserError(
                    self.env._(
                        "%(number)s: write the customer's problem on a feedback form "
                        "first.",
                        number=complaint.number,
                    )
                )
            forms._send()
            team = complaint.technical_team_id
            # sudo: who acts was checked; the fields are guarded
            complaint.sudo()._system_write(
                {
                    "service_state": "transferred",
                    "transferred_at": fields.Datetime.now(),
                    "transferred_by_id": self.env.uid,
                    # whoever serves it reads it
                    "department_id": team.id,
                }
            )
            complaint._log("routed", note=team.name)
            for user in team._get_members(complaint.company_id):
                complaint._ask_for_service(user, "accept")
        return True

    def action_return_transfer(self, reason):
        """The technical department refuses a transfer that it has not accepted; the
        forms can be corrected.

        :param reason: text, required
        """
        self.ensure_one()
        self._check_member("technical_team_id")
        self._check_value("service_state", "transferred")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the transfer is returned."))
        # sudo: who acts was checked; the fields are guarded
        complaint_sudo = self.sudo()
        sent = complaint_sudo.feedback_form_ids.filtered(
            lambda form: form.state == "sent"
        )
        sent._system_write({"state": "draft", "sent_at": False})
        complaint_sudo._system_write({"service_state": "none"})
        self._log("routed", note=reason)
        complaint_sudo.activity_unlink([TODO])
        self._ask_for_service(self.transferred_by_id, "returned")
        return True

    def action_accept(self):
        """A member of the technical department takes the case over (B34)."""
        for complaint in self:
            complaint._check_member("technical_team_id")
            complaint._check_state("contacted", "investigating")
            complaint._check_value("service_state", "transferred")
            complaint._move_to(
                "investigating",
                service_state="accepted",
                accepted_at=fields.Datetime.now(),
                accepted_by_id=self.env.uid,
                user_id=self.env.uid,
            )
            complaint._meet_clock("response")
            # sudo: to-dos of the whole department
            complaint.sudo().activity_unlink([TODO])
        return True

    def action_answer(self):
        """The technical department gives the case back, served and answered (B36)."""
        for complaint in self:
            complaint._check_member("technical_team_id")
            complaint._check_state("investigating")
            complaint._check_value("service_state", "accepted")
            obstacles = complaint._get_service_obstacles(complaint.answered_at)
            if obstacles:
                raise UserError(
                    self.env._(
                        "%(number)s cannot be answered: %(obstacles)s.",
                        number=complaint.number,
                        obstacles=obstacles,
                    )
                )
            # sudo: the flow is configuration; forms are read by who works on the case
            complaint_sudo = complaint.sudo()
            form = complaint_sudo.feedback_form_ids[:1]
            complaint._move_to(
                "proposed" if complaint_sudo.flow_id.route_id else "executing",
                service_state="answered",
                answered_at=fields.Datetime.now(),
                cause=complaint.cause or form.cause,
                solution=complaint.solution or form.answer,
            )
            complaint._meet_clock("solution")
        return True

    def action_start_investigation(self):
        self._refuse_technical()
        return super().action_start_investigation()

    def action_propose(self):
        self._refuse_technical()
        return super().action_propose()

    def _refuse_technical(self):
        """A technical case is accepted and answered instead: nobody goes round its
        department."""
        self.check_access("read")
        for complaint in self:
            if complaint.technical_team_id:
                raise UserError(
                    self.env._(
                        "%(number)s is a technical request: %(department)s accepts "
                        "and answers it.",
                        number=complaint.number,
                        # sudo: the name of a department is no secret
                        department=complaint.sudo().technical_team_id.name,
                    )
                )

    def action_open_answer(self):
        """Return the dialog of the reply to the form that waits for one."""
        self._check_member("technical_team_id")
        form = self.feedback_form_ids.filtered(lambda form: form.state == "sent")[-1:]
        if not form:
            return self.action_answer()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_feedback_answer_action"
        )
        return action | {"context": {"default_form_id": form.id}}

    def _get_service_obstacles(self, since=False):
        """Return in words what the technical service of this case lacks.

        :param since: only logs finished after this time count: the case was
            reopened
        """
        self.ensure_one()
        # sudo: whoever works on the case is told what it lacks
        complaint_sudo = self.sudo()
        logs = complaint_sudo.service_log_ids
        forms = complaint_sudo.feedback_form_ids
        obstacles = []
        if not any(
            log.state in FINISHED and (not since or log.finished_at > since)
            for log in logs
        ):
            obstacles.append(self.env._("there is no finished service log"))
        drafts = len(logs.filtered(lambda log: log.state == "draft"))
        if drafts:
            obstacles.append(
                self.env._("%(count)s service logs are not finished", count=drafts)
            )
        if not forms or any(form.state != "answered" for form in forms):
            obstacles.append(self.env._("the feedback form has not been answered"))
        return obstacles

    def _get_closing_obstacles(self):
        obstacles = super()._get_closing_obstacles()
        drafts = self.service_log_ids.filtered(lambda log: log.state == "draft")
        if self.technical_team_id:
            obstacles += self._get_service_obstacles()
            if self.service_state != "answered":
                obstacles.append(
                    self.env._("the technical department has not answered")
                )
        elif drafts:
            obstacles.append(
                self.env._("%(count)s service logs are not finished", count=len(drafts))
            )
        return obstacles

    def _move_to(self, state, note=False, **values):
        result = super()._move_to(state, note, **values)
        if state == "investigating":
            reopened = self.filtered(
                lambda complaint: complaint.service_state == "answered"
            )
            # sudo: who acts was checked; the technical department serves again
            reopened.sudo()._system_write({"service_state": "accepted"})
        if state in CLOSED:
            self.sudo().activity_unlink([TODO])  # sudo: to-dos of others, too
        return result

    def _ask_for_service(self, user, step):
        """Give ``user``, if there is one, the to-do of ``step`` in his language."""
        if not user:
            return
        # sudo: his settings, and the to-dos of others, are not the author's
        complaint_sudo = self.sudo().with_context(lang=user.sudo().lang)
        env = complaint_sudo.env
        summary = {
            "accept": env._("Accept the transfer"),
            "returned": env._("Correct the returned transfer"),
        }[step]
        complaint_sudo.activity_schedule(TODO, user_id=user.id, summary=summary)

    # ------------------------------------------------------------ windows

    def _action_view_technical(self, xmlid):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return action | {
            "domain": [("complaint_id", "=", self.id)],
            "context": {
                "default_complaint_id": self.id,
                "default_contact_id": self.contact_id.id,
            },
        }

    def action_view_service_logs(self):
        return self._action_view_technical(
            "customer_archive.customer_service_log_action"
        )

    def action_view_feedback_forms(self):
        return self._action_view_technical(
            "customer_archive.customer_feedback_form_action"
        )
