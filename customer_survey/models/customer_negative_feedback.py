import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

TODO_TYPE = "customer_survey.mail_activity_type_negative_feedback"
SOURCES = {
    "customer.survey.response": "survey_response_id",
    "customer.satisfaction.feedback": "feedback_id",
    "customer.complaint": "complaint_id",
}


class CustomerNegativeFeedback(models.Model):
    """负面反馈: what follows when a customer said he is not satisfied, in a survey, on
    a feedback form or when a case was confirmed: a response in time and a measure
    (G22)."""

    _name = "customer.negative.feedback"
    _description = "Negative Feedback"
    _inherit = [
        "customer.guarded.mixin",
        "customer.secrecy.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "received_at desc, id desc"
    _rec_name = "number"
    _mail_post_access = "read"

    number = fields.Char(readonly=True, copy=False)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    dossier_id = fields.Many2one(
        "customer.dossier", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    team_id = fields.Many2one("crm.team", string="Business Unit", readonly=True)
    survey_response_id = fields.Many2one(
        "customer.survey.response",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    feedback_id = fields.Many2one(
        "customer.satisfaction.feedback",
        string="Feedback Form",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    complaint_id = fields.Many2one(
        "customer.complaint",
        string="Case",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    score = fields.Float(
        readonly=True, digits=(16, 1), aggregator="avg", help="0 to 100."
    )
    statement = fields.Text(
        string="What Was Said",
        readonly=True,
        help="The low dimensions and the customer's own words.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible Rep",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("responded", "Responded"), ("done", "Done")],
        required=True,
        default="open",
        readonly=True,
        tracking=True,
    )
    received_at = fields.Datetime(string="Received", required=True, readonly=True)
    response_due = fields.Datetime(required=True, readonly=True, index=True)
    responded_at = fields.Datetime(string="Responded On", readonly=True)
    responded_by_id = fields.Many2one("res.users", readonly=True)
    response = fields.Text(string="Response to the Customer", readonly=True)
    escalation = fields.Selection(
        [("unit", "Unit Manager"), ("mdo", "Marketing Director's Office")],
        string="Escalated To",
        readonly=True,
        tracking=True,
    )
    next_escalation = fields.Datetime(
        readonly=True,
        index="btree_not_null",
        help="When somebody else is told unless it has been responded to.",
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    can_act = fields.Boolean(
        compute="_compute_can_act", help="Whether the present user responds to it."
    )
    can_lead = fields.Boolean(
        compute="_compute_can_act", help="Whether the present user hands it over."
    )
    measure_ids = fields.One2many("customer.measure", "negative_feedback_id")

    _response_once = models.UniqueIndex(
        "(survey_response_id) WHERE survey_response_id IS NOT NULL",
        "An answer is followed up once.",
    )
    _feedback_once = models.UniqueIndex(
        "(feedback_id) WHERE feedback_id IS NOT NULL",
        "A feedback form is followed up once.",
    )

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id", "in", dossiers.partner_id.ids)

    @api.model
    def _may_read_domain(self):
        """Return who reads it: who has to respond, whoever reads the dossier, the
        offices where there is none."""
        domain = (
            Domain("user_id", "=", self.env.uid)
            | self.env["customer.dossier"]._filed_may_read_domain()
        )
        if self.env.user._has_archive_role("MDO", "GMO"):
            domain |= Domain("dossier_id", "=", False)
        return domain

    @api.depends("user_id", "dossier_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("response_due", "responded_at")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for feedback in self:
            due = feedback.response_due
            feedback.is_late = not feedback.responded_at and bool(due) and due < now

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("responded_at", "=", False) & Domain(
            "response_due", "<", fields.Datetime.now()
        )

    @api.depends("user_id", "team_id.user_id")
    @api.depends_context("uid")
    def _compute_can_act(self):
        for feedback in self:
            feedback.can_lead = feedback._is_led()
            feedback.can_act = feedback.can_lead or feedback.user_id == self.env.user

    # ------------------------------------------------------------ opening

    @api.model
    def _open(self, source, score, team, get_statement):
        """Open the follow-up of what a customer said, unless one is open already, and
        tell who has to respond (G22).

        The system does it, through whomever the customer's words came: nothing is
        taken from the request, only what was checked and stored.

        :param source: the response, the feedback form or the case
        :param score: 0 to 100
        :param team: the business unit whose manager is told when it is late
        :param get_statement: called with an environment, returns what was said in
            its language
        """
        feedbacks = self.with_user(SUPERUSER_ID)
        source = source.with_user(SUPERUSER_ID)
        same_source = Domain(SOURCES[source._name], "=", source.id)
        if source._name == "customer.complaint":
            # the customer of a case may be asked again, after it was reopened
            same_source &= Domain("state", "!=", "done")
        if feedbacks.search_count(same_source, limit=1):
            return
        company = source.company_id or self.env.company
        user = feedbacks._choose_responsible(source.dossier_id, team, company)
        now = fields.Datetime.now()
        due = now + timedelta(hours=company.survey_negative_hours)
        feedbacks._system_create(
            {
                SOURCES[source._name]: source.id,
                "number": feedbacks._draw_number(company),
                "partner_id": source.partner_id.id,
                "dossier_id": source.dossier_id.id,
                "company_id": company.id,
                "team_id": team.id,
                "score": score,
                "statement": get_statement(source.with_context(lang=user.lang).env),
                "user_id": user.id,
                "received_at": now,
                "response_due": due,
                "next_escalation": due,
            }
        )._ask(user)

    @api.model
    def _draw_number(self, company):
        sequences = self.env["ir.sequence"].with_company(company)
        return sequences.next_by_code("customer.negative.feedback")

    @api.model
    def _choose_responsible(self, dossier, team, company):
        """Return the first who works in ``company`` now: the responsible rep, the
        manager of the unit, a keeper, a member of the marketing director's office."""
        keepers = dossier._get_keepers() if dossier else company._get_keepers()
        directors = self.env["customer.role"]._get_members("MDO", company)
        for users in (dossier.user_id, team.user_id, keepers, directors):
            if acting := users._filter_acting(company):
                return acting[0]
        # the customer's words are not lost; whoever reads the dossier finds them
        return self.env.ref("base.user_root")

    def _ask(self, user):
        """Give ``user`` the to-do to respond, in sudo."""
        if not user.active:
            return
        self.activity_schedule(
            TODO_TYPE,
            date_deadline=fields.Datetime.context_timestamp(
                self.with_context(tz=user.tz), self.response_due
            ).date(),
            user_id=user.id,
            summary=self.with_context(lang=user.lang).env._(
                "Respond to %(customer)s", customer=self.partner_id.name
            ),
        )

    # ------------------------------------------------------------ actions

    def _is_led(self):
        """Return whether the present user leads who has to respond."""
        # sudo: who manages the unit is no secret
        manager = self.sudo().team_id.user_id
        return manager == self.env.user or self.env.user._has_archive_role("MDO")

    def _check_acting(self):
        self.ensure_one()
        self.check_access("read")
        if self.env.user != self.user_id and not self._is_led():
            raise AccessError(
                self.env._(
                    "%(user)s responds to %(number)s, or the manager of the unit or "
                    "the marketing director for him.",
                    user=self.user_id.name,
                    number=self.number,
                )
            )

    def action_respond(self, response):
        """Record what the customer was answered.

        :param response: text, required
        """
        self._check_acting()
        self._touch()
        self._check_value("state", "open")
        if not isinstance(response, str) or not response.strip():
            raise UserError(self.env._("Enter what the customer was answered."))
        # sudo: who acts was checked; the fields are guarded
        self_sudo = self.sudo()
        self_sudo._system_write(
            {
                "state": "responded",
                "response": response,
                "responded_at": fields.Datetime.now(),
                "responded_by_id": self.env.uid,
                "next_escalation": False,
            }
        )
        self_sudo.activity_unlink([TODO_TYPE])
        return True

    def action_new_measure(self):
        """Open the form of an improvement measure of this feedback: the one that has
        not been submitted yet, else a new one."""
        self._check_acting()
        self._touch()
        self._check_value("state", "open", "responded")
        # sudo: who responds was checked; he need not read dossier and other measures
        self_sudo = self.sudo()
        measure_sudo = (
            self_sudo.measure_ids.filtered(
                lambda measure: (
                    measure.state == "proposed"
                    and measure.approval_state in ("none", "rejected")
                )
            )[:1]
            or self_sudo._create_measure()
        )
        return measure_sudo._get_records_action()

    def _create_measure(self):
        members = self.env["customer.role"]._get_members
        company = self.company_id
        verifiers = (
            self.team_id.user_id._filter_acting(company)
            | members("MDO", company)
            | members("GMO", company)
            | members("KEEPER", company)
        ) - self.user_id
        if not verifiers:
            raise UserError(
                self.env._(
                    "Nobody can judge the effect of a measure of %(user)s. Give "
                    "somebody else the role Marketing Director first.",
                    user=self.user_id.name,
                )
            )
        return self.env["customer.measure"]._system_create(
            {
                "name": self.env._(
                    "Negative feedback %(number)s: %(customer)s",
                    number=self.number,
                    customer=self.partner_id.name,
                ),
                "kind": "improvement",
                "user_id": self.user_id.id,
                "verifier_id": verifiers[0].id,
                "date_due": fields.Date.add(
                    fields.Date.context_today(self), days=company.survey_measure_days
                ),
                "dossier_id": self.dossier_id.id,
                "team_id": self.team_id.id,
                "company_id": company.id,
                "negative_feedback_id": self.id,
                "origin_model": self._name,
                "origin_id": self.id,
            }
        )

    def _has_measure(self):
        """Return whether a measure of this feedback, in sudo, was submitted."""
        return any(
            measure.state != "proposed"
            or measure.approval_state in ("pending", "approved")
            for measure in self.measure_ids
        )

    def action_done(self):
        """Close it: the customer was answered and a measure was submitted."""
        for feedback in self:
            feedback._check_acting()
            feedback._touch()
            feedback._check_value("state", "responded")
            # sudo: who acts was checked; he need not read the measure
            feedback_sudo = feedback.sudo()
            if not feedback_sudo._has_measure():
                raise UserError(
                    self.env._(
                        "%(number)s needs a measure: choose New Measure, say what is "
                        "improved and submit it.",
                        number=feedback.number,
                    )
                )
            feedback_sudo._system_write({"state": "done"})
        return True

    def _require_measure(self):
        """Take these, in sudo, for not done whose only measure was withdrawn or
        rejected."""
        for feedback in self:
            if feedback.state == "done" and not feedback._has_measure():
                feedback._system_write({"state": "responded"})
                feedback._ask(feedback.user_id)

    def action_hand_over(self, user_id):
        """Let the user with id ``user_id`` respond; the deadline stays."""
        self.ensure_one()
        self.check_access("read")
        if not self._is_led():
            raise AccessError(
                self.env._(
                    "Only the manager of the unit or the marketing director hands "
                    "%(number)s over.",
                    number=self.number,
                )
            )
        self._touch()
        self._check_value("state", "open", "responded")
        # sudo: only whether he works here is looked at
        user_sudo = self.env["res.users"].sudo().browse(user_id).exists()
        acting_sudo = user_sudo._filter_acting(self.sudo().company_id)
        if not acting_sudo or not acting_sudo.has_group("customer_archive.group_user"):
            raise UserError(
                self.env._(
                    "Choose somebody who works in %(company)s and has a role of the "
                    "customer archive.",
                    company=self.sudo().company_id.name,
                )
            )
        # sudo: who acts was checked; the fields are guarded
        self_sudo = self.sudo()
        former = self.user_id
        self_sudo._system_write({"user_id": user_sudo.id})
        if self.state == "open":
            self_sudo.activity_unlink([TODO_TYPE], user_id=former.id)
            self_sudo._ask(user_sudo)
        return True

    # ------------------------------------------------------------ escalation

    @api.model
    def _cron_escalate(self):
        """Tell the next in line of what was not responded to in time, a transaction
        for each; what came due in a downtime is made up for."""
        cron = self.env["ir.cron"]
        late = self.search(
            [("next_escalation", "<", fields.Datetime.now())],
            order="next_escalation, id",
        )
        cron._commit_progress(remaining=len(late))
        for feedback in late:
            try:
                with self.env.cr.savepoint():
                    # alone: after a commit all others would be read again, too
                    feedback[0]._escalate()
            except Exception:
                _logger.exception("Escalation of %s failed", feedback.id)
            if not cron._commit_progress(1):
                break

    def _escalate(self):
        """Tell the manager of the unit, and a further period later the marketing
        director's office; where there is nobody to tell, the next at once."""
        now = fields.Datetime.now()
        company = self.company_id
        while self.next_escalation and self.next_escalation < now:
            manager = self.team_id.user_id._filter_acting(company) - self.user_id
            if manager and not self.escalation:
                level, users = "unit", manager
                next_escalation = self.next_escalation + timedelta(
                    hours=company.survey_negative_hours
                )
            else:
                level, next_escalation = "mdo", False
                users = self.env["customer.role"]._get_members("MDO", company)
            # the row first: whoever responds at once fails here, before anybody is told
            self._system_write(
                {"escalation": level, "next_escalation": next_escalation}
            )
            self.flush_recordset()
            for user in users:
                self._ask(user)
            self.message_post(
                body=self.env._(
                    "Not responded to in time; told: %(names)s",
                    names=", ".join(users.mapped("name")),
                )
            )
