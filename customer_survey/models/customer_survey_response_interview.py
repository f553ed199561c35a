import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

ACTIVITY_TYPE = "customer_survey.mail_activity_type_interview"
ASKABLE = ("to_ask", "invited", "unreachable")


class CustomerSurveyResponse(models.Model):
    """Answers that staff ask for and enter: telephone, on-site and paper (G6)."""

    _inherit = "customer.survey.response"
    _rec_names_search = ["partner_id", "number"]

    number = fields.Char(compute="_compute_number", search="_search_number")
    can_interview = fields.Boolean(compute="_compute_can_enter")
    can_enter = fields.Boolean(compute="_compute_can_enter")
    can_settle = fields.Boolean(compute="_compute_can_enter")

    # ------------------------------------------------------------ computed

    @api.depends("campaign_id.number")
    def _compute_number(self):
        for response in self:
            # sudo: an interviewer need not read the campaign
            campaign_sudo = response.campaign_id.sudo()
            response.number = f"{campaign_sudo.number}-{response.id}"

    @api.model
    def _search_number(self, operator, value):
        """Find what is printed on a form, or the end of it."""
        if operator not in ("in", "ilike"):
            return NotImplemented
        numbers = [value] if operator == "ilike" else value
        found = [re.search(r"(\d{1,9})\s*$", number or "") for number in numbers]
        return Domain("id", "in", [int(match[1]) for match in found if match])

    @api.depends("state", "interviewer_id", "campaign_id.state")
    @api.depends_context("uid")
    def _compute_can_enter(self):
        user = self.env.user
        is_director = user._has_archive_role("MDO")
        is_keeper = user._has_archive_role("KEEPER")
        for response in self:
            # sudo: an interviewer need not read the campaign
            campaign_sudo = response.campaign_id.sudo()
            is_running = campaign_sudo.state == "running"
            can_answer = is_running and not campaign_sudo.is_anonymous
            states = ASKABLE
            if campaign_sudo.contact_mode == "several":
                states += ("answered",)
            may_ask = is_director or response.interviewer_id == user
            response.can_settle = is_running and may_ask and response.state in ASKABLE
            response.can_interview = can_answer and may_ask and response.state in states
            response.can_enter = (
                can_answer
                and (may_ask or is_keeper)
                and response.state in (*states, "declined")
            )

    # ------------------------------------------------------------ assignment

    def write(self, vals):
        if "interviewer_id" not in vals:
            return super().write(vals)
        interviewer = self.env["res.users"].browse(vals["interviewer_id"] or ())
        to_assign = self.filtered(
            lambda response: response.interviewer_id != interviewer
        )
        to_assign._check_interviewer_of(interviewer)
        result = super().write(vals)
        to_assign._remind_interviewer()
        return result

    def _check_interviewer_of(self, interviewer):
        # sudo: whoever assigns need not read users of other companies
        interviewer_sudo = interviewer.sudo()
        if interviewer and not (
            interviewer_sudo._is_internal()
            and self.company_id <= interviewer_sudo.company_ids
        ):
            raise UserError(
                self.env._(
                    "%(user)s cannot ask these customers. Choose an employee of the "
                    "company.",
                    user=interviewer_sudo.name,
                )
            )

    def _remind_interviewer(self):
        """Give the interviewer a to-do for each customer that he is to ask, and take
        back what others had to do."""
        # sudo: who assigns was checked; to-dos belong to others
        open_sudo = self.sudo().filtered(lambda response: response.state in ASKABLE)
        open_sudo._withdraw_todos()
        # one mail for one customer; for many the to-dos are enough
        open_sudo = open_sudo.with_context(
            mail_activity_quick_update=len(open_sudo) > 1
        )
        open_sudo.mapped("display_name")  # at once; each to-do would look for its own
        today = fields.Date.context_today(self)
        for (interviewer, campaign), responses in open_sudo.grouped(
            lambda response: (response.interviewer_id, response.campaign_id)
        ).items():
            if interviewer:
                responses.activity_schedule(
                    ACTIVITY_TYPE,
                    date_deadline=max(campaign.date_deadline, today),
                    user_id=interviewer.id,
                    summary=self.with_context(lang=interviewer.lang).env._(
                        "Ask the customer how satisfied he is"
                    ),
                )

    def _move(self, state, **vals):
        result = super()._move(state, **vals)
        # sudo: the to-dos belong to others
        if state in ("answered", "declined"):
            self.sudo().activity_feedback([ACTIVITY_TYPE])
        elif state == "excluded":
            self.sudo()._withdraw_todos()
        return result

    def _withdraw_todos(self):
        self.activity_unlink([ACTIVITY_TYPE])

    # ------------------------------------------------------------ who asks whom, when

    def _check_interviewer(self):
        """Refuse everybody but the interviewer and the marketing director."""
        self.check_access("read")
        user = self.env.user
        if not user._has_archive_role("MDO") and self.interviewer_id != user:
            raise AccessError(
                self.env._(
                    "Only the interviewer of a customer and the marketing director "
                    "do this."
                )
            )

    def _check_enters(self):
        """Refuse everybody who does not enter paper forms."""
        if self.env.user._has_archive_role("KEEPER"):
            self.check_access("read")
        else:
            self._check_interviewer()

    def _check_running(self):
        # sudo: an interviewer need not read the campaign
        self.campaign_id.sudo()._check_value("state", "running")

    def _is_answered_by(self, contact):
        """Return whether an answer of this customer has been counted; where several
        contacts are asked, an answer of ``contact`` (G8)."""
        # sudo: forms are read by nobody but the system
        response_sudo = self.sudo()
        if response_sudo.state != "answered":
            return False
        if response_sudo.campaign_id.contact_mode == "one":
            return True
        return contact in response_sudo._get_counted_forms().partner_id

    def _check_answerable(self, contact, date, states):
        """Refuse to enter an answer that ``contact`` gave on ``date``.

        :raise UserError: says what forbids it
        """
        self.ensure_one()
        self._check_running()
        # sudo: an interviewer need not read the campaign
        campaign_sudo = self.campaign_id.sudo()
        customer = self.partner_id.display_name
        if campaign_sudo.is_anonymous:
            raise UserError(
                self.env._(
                    "%(campaign)s is anonymous: only the customers themselves answer, "
                    "nobody asks them or enters their answers.",
                    campaign=campaign_sudo.name,
                )
            )
        if contact.commercial_partner_id != self.partner_id.commercial_partner_id:
            raise UserError(
                self.env._(
                    "%(contact)s does not belong to %(customer)s.",
                    contact=contact.display_name,
                    customer=customer,
                )
            )
        today = fields.Date.context_today(self)
        # it may have started on what is tomorrow where the user is
        if not min(campaign_sudo.date_started, today) <= date <= today:
            raise UserError(
                self.env._(
                    "The answer was given between the start of the survey on %(start)s "
                    "and today.",
                    start=campaign_sudo.date_started,
                )
            )
        if self._is_answered_by(contact):
            raise UserError(
                self.env._(
                    "%(customer)s has answered already; one answer counts.",
                    customer=customer,
                )
            )
        if self.state not in (*states, "answered"):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(customer)s: no answer can be entered, the state is %(state)s.",
                    customer=customer,
                    state=labels[self.state],
                )
            )

    # ------------------------------------------------------------ interview

    def _start_interview(self, contact, channel, date):
        """Return, in sudo, the form of the interview that the present user holds: his
        unfinished one with ``contact`` or a new one (G6)."""
        self._check_interviewer()
        self._touch()
        self._check_answerable(contact, date, ASKABLE)
        user = self.env.user
        # sudo: who asks whom was checked; forms are read by nobody but the system
        response_sudo = self.sudo()
        if response_sudo.interviewer_id != user:
            response_sudo.interviewer_id = user
        values = {"customer_channel": channel, "customer_date": date}
        form_sudo = response_sudo.form_ids.filtered(
            lambda form: (
                form.customer_interviewer_id == user
                and form.partner_id == contact
                and form.state != "done"
            )
        )[:1]
        if form_sudo:
            form_sudo.write(values)
            return form_sudo
        return response_sudo._create_form(
            False, contact, customer_interviewer_id=user.id, **values
        )

    # ------------------------------------------------------------ no answer

    def action_decline(self, reason=None):
        """The customer does not want to take part (G24).

        :param reason: text for the log
        """
        self._check_interviewer()
        self._check_running()
        # sudo: who acts was checked
        self.sudo()._move("declined")
        self._log_outcome(reason)
        return True

    def action_unreachable(self, note=None):
        """Nobody was reached today, which counts once a day; he can be asked again.

        :param note: text for the log
        """
        self._check_interviewer()
        self._check_running()
        today = fields.Date.context_today(self)
        # sudo: who acts was checked
        for response in self.sudo():
            vals = {}
            if response.attempt_date != today:
                vals = {
                    "attempt_count": response.attempt_count + 1,
                    "attempt_date": today,
                }
            if response.state == "unreachable":
                response._system_write(vals)
            else:
                response._move("unreachable", **vals)
        self._log_outcome(note)
        return True

    def _log_outcome(self, note):
        if note:
            for response in self:
                # sudo: who acts was checked
                response.sudo()._message_log(body=note)

    # ------------------------------------------------------------ paper

    def action_enter_paper(self):
        """Open the quick entry of the paper form that this customer sent."""
        self.ensure_one()
        self._check_enters()
        self._check_running()
        # sudo: an interviewer need not read the campaign
        campaign_sudo = self.campaign_id.sudo()
        paper = self.env["customer.survey.paper"].create(
            {"campaign_id": campaign_sudo.id, "response_id": self.id}
        )
        return paper._open()

    def _get_next_to_enter(self):
        """Return the next customer of the same survey who has not answered and whose
        form the present user may enter."""
        self.ensure_one()
        domain = Domain("campaign_id", "=", self.campaign_id.id) & Domain(
            "state", "in", ASKABLE
        )
        if not self.env.user._has_archive_role("KEEPER", "MDO"):
            domain &= Domain("interviewer_id", "=", self.env.uid)
        later = Domain("id", ">", self.id)
        return self.search(domain & later, order="id", limit=1) or self.search(
            domain & ~later, order="id", limit=1
        )

    def _file_paper(self, contact, date, answers):
        """File the paper form that ``contact`` has filled in on ``date``.

        :param answers: {question: (answer, comment)}, as the survey app takes them
        :raise UserError: names the question that must be answered
        """
        self._check_enters()
        self._check_answerable(contact, date, (*ASKABLE, "declined"))
        # sudo: who enters what was checked; forms are written by the system alone
        form_sudo = self.sudo()._create_form(
            False, contact, customer_channel="paper", customer_date=date
        )
        form_sudo._mark_in_progress()
        for question, (answer, comment) in answers.items():
            form_sudo._save_lines(question, answer, comment)
        form_sudo._check_mandatory()
        form_sudo._clear_inactive_conditional_answers()
        form_sudo._mark_done()
