from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import email_normalize

from .customer_complaint_dispatch import MEDIA

LETTER = "customer_archive.report_customer_complaint_letter"
# an answer may come before the solution, a decided result only after the decision
ANSWER_STATES = ("contacted", "investigating", "proposed", "executing")


class CustomerComplaint(models.Model):
    _inherit = "customer.complaint"

    dispatch_ids = fields.One2many(
        "customer.complaint.dispatch",
        "complaint_id",
        string="Sent to the Customer",
        readonly=True,
    )
    is_result_sent = fields.Boolean(
        string="Result Sent",
        compute="_compute_is_result_sent",
        store=True,
        help="Since the case was last reopened; where an office dispatches, by its "
        "numbered letter.",
    )
    can_dispatch = fields.Boolean(
        compute="_compute_can_dispatch",
        help="Whether the present user sends the result.",
    )
    can_ask = fields.Boolean(
        compute="_compute_can_ask",
        help="Whether the present user asks the customer now.",
    )
    attempt_count = fields.Integer(
        string="Days without Success",
        compute="_compute_attempt_count",
        help="Days on which the customer was not reached, since he was to be asked.",
    )
    confirmation_medium = fields.Selection(
        MEDIA, string="Asked by", readonly=True, copy=False
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"confirmation_medium"}

    # ------------------------------------------------------------ computed

    @api.depends(
        "dispatch_ids.turn",
        "dispatch_ids.number",
        "reopen_count",
        "flow_id.dispatcher_role_id",
    )
    def _compute_is_result_sent(self):
        for complaint in self:
            needs_letter = complaint.flow_id.dispatcher_role_id
            complaint.is_result_sent = any(
                dispatch.turn == complaint.reopen_count
                and (dispatch.number or not needs_letter)
                for dispatch in complaint.dispatch_ids
            )

    @api.depends("state", "approval_state", "flow_id", "liable_user_id", "user_id")
    @api.depends_context("uid")
    def _compute_can_dispatch(self):
        for complaint in self:
            may = bool(complaint._origin)
            try:
                if may:
                    complaint._origin._check_dispatch()
            except UserError:  # AccessError is one: the button is not his
                may = False
            # after the check: a refusal empties the cache
            complaint.can_dispatch = may

    @api.depends("state", "is_result_sent", "liable_user_id")
    @api.depends_context("uid")
    def _compute_can_ask(self):
        own = self.env["customer.service.team"]._get_own()
        for complaint in self:
            # _origin: a form names whatever department its client likes
            case = complaint._origin
            complaint.can_ask = (
                case.state in ("executing", "confirmation")
                and case.needs_confirmation
                and case.may_handle
                and case.receiver_team_id in own
                and self.env.user != case.liable_user_id
                and not case._get_dispatch_obstacle()
            )

    @api.depends("log_ids.event", "log_ids.date")
    def _compute_attempt_count(self):
        for complaint in self:
            zone = complaint.company_id._get_office_timezone()
            asked = complaint.log_ids.filtered(
                lambda log: log.state_to == "confirmation"
            )
            attempts = complaint.log_ids.filtered(
                lambda log: (
                    log.event == "attempt" and (not asked or log.date >= asked[0].date)  # noqa: B023
                )
            )
            complaint.attempt_count = len(
                {
                    log.date.replace(tzinfo=UTC).astimezone(zone).date()
                    for log in attempts
                }
            )

    # ------------------------------------------------------------ sending (B18, B27)

    def _check_dispatch(self):
        """Refuse to send the result to whoever may not, or before it was decided."""
        self.ensure_one()
        self.check_access("read")
        # sudo: the flow is configuration that few may read
        complaint_sudo = self.sudo()
        flow_sudo = complaint_sudo.flow_id
        role_sudo = flow_sudo.dispatcher_role_id
        if not role_sudo:
            self._check_handler("receiver_team_id", "department_id")
        elif self.env.user not in role_sudo._get_users(self):
            raise AccessError(
                self.env._(
                    "Only %(office)s sends the result of %(number)s to the customer.",
                    office=role_sudo.name,
                    number=self.number,
                )
            )
        self._check_not_liable()
        route_sudo = flow_sudo.route_id
        if route_sudo and self.approval_state != "approved":
            approval_sudo = complaint_sudo.approval_id
            pending = approval_sudo.state == "pending" and approval_sudo.current_step
            raise UserError(
                self.env._(
                    "%(number)s cannot be sent to the customer: %(office)s has not "
                    "decided.",
                    number=self.number,
                    office=pending or ", ".join(route_sudo.step_ids.mapped("name")),
                )
            )
        self._check_state(
            *(("executing",) if role_sudo or route_sudo else ANSWER_STATES)
        )

    def action_dispatch(self):
        """Open the dialog that sends the result, with the letter as it will be."""
        self._check_dispatch()
        self._check_dated_measure()
        wizard = self.env["customer.complaint.send"].create({"complaint_id": self.id})
        return wizard._open()

    def _check_dated_measure(self):
        """A result names what is done until when (B17)."""
        # sudo: that there is a measure is no secret to who sends the result
        complaint_sudo = self.sudo()
        if (
            complaint_sudo.flow_id.needs_investigation
            and not complaint_sudo.measure_ids.filtered("date_due")
        ):
            raise UserError(
                self.env._(
                    "%(number)s has no measure with a date yet. Enter what is done "
                    "until when; the customer is told.",
                    number=self.number,
                )
            )

    def _send_result(self, values, with_letter=True, opened_on=False):
        """Send the customer the result and keep what was sent (B18, B27).

        The number is drawn and the letter made here; if anything fails nothing is
        recorded.

        :param values: of the dispatch: medium, recipient_id, recipient, email, address,
            subject, body
        :param with_letter: of a plain answer: whether it has the letter, too
        :param opened_on: when who sends it began to, in UTC; see
            ``_check_not_sent_since``
        :return: the ``customer.complaint.dispatch``
        """
        self._touch()
        self._check_dispatch()
        self._check_dated_measure()
        self._check_not_sent_since(opened_on)
        # sudo: who sends was checked; the record is the system's alone
        complaint_sudo = self.sudo()
        is_numbered = bool(complaint_sudo.flow_id.dispatcher_role_id)
        self._check_recipient(values, is_numbered)
        number = is_numbered and self._draw_dispatch_number()
        dispatch_sudo = complaint_sudo.env[
            "customer.complaint.dispatch"
        ]._system_create(
            [
                {
                    **values,
                    "complaint_id": self.id,
                    "number": number,
                    "date": fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "turn": self.reopen_count,
                }
            ]
        )
        if is_numbered or with_letter:
            dispatch_sudo._keep_letter(
                self._render_letter(
                    {
                        "number": number,
                        "recipient": dispatch_sudo.recipient,
                        "address": dispatch_sudo.address,
                    }
                )
            )
        self._log("sent", note=" · ".join(filter(None, (number, values["subject"]))))
        self._meet_clock("response")
        self._remind_next()
        if values["medium"] == "email":
            # what could still fail fails before the mail is out
            self.env.flush_all()
            dispatch_sudo._send_mail()
        return dispatch_sudo.sudo(self.env.su)

    def _check_not_sent_since(self, moment):
        """Refuse to send the result again to whoever began to before it was sent and
        so does not know that it was."""
        # sudo: who sends the result may know who has
        later_sudo = self.sudo().dispatch_ids.filtered(
            lambda dispatch: moment and dispatch.create_date > moment
        )
        if later_sudo:
            raise UserError(
                self.env._(
                    "%(number)s: %(user)s has sent the result in the meantime. To send "
                    "it again, close this window and begin anew.",
                    number=self.number,
                    user=later_sudo[0].user_id.name,
                )
            )

    @api.model
    def _draw_dispatch_number(self):
        # sudo: nobody has rights to draw from a sequence; nor does a client choose
        # the year that numbers carry
        sequence_sudo = self.env["ir.sequence"].sudo()
        return sequence_sudo.with_context(
            ir_sequence_date=None, ir_sequence_date_range=None
        ).next_by_code("customer.complaint.dispatch")

    def _check_recipient(self, values, is_numbered):
        contact = self.env["res.partner"].browse(values.get("recipient_id"))
        if contact and contact.commercial_partner_id != self.partner_id:
            raise UserError(
                self.env._(
                    "%(contact)s is no contact of %(customer)s. Choose one of the "
                    "customer's people, or enter the name alone.",
                    contact=contact.name,
                    customer=self.partner_id.name,
                )
            )
        if values["medium"] == "email" and not email_normalize(values["email"]):
            raise UserError(
                self.env._("Enter the one e-mail address that the result goes to.")
            )
        if is_numbered and values["medium"] == "phone":
            raise UserError(
                self.env._("The result is sent by letter. Choose how it is sent.")
            )

    def _render_letter(self, letter):
        """Return the letter with the result in the customer's language, as PDF.

        :param letter: number (empty: a draft), recipient and address to print
        """
        # sudo: the letter says what was decided, whatever its sender may read
        reports_sudo = self.env["ir.actions.report"].sudo()
        content, _type = reports_sudo.with_context(
            lang=self.sudo().partner_id.lang or self.env.lang
        )._render_qweb_pdf(LETTER, self.ids, data={"letter": letter})
        return content

    def export_data(self, fields_to_export):
        self._register_export(self, fields_to_export)
        return super().export_data(fields_to_export)

    def _register_export(self, origin, field_names):
        """Register that the present user takes a list of these cases along, as of
        anything else that is filed in their dossiers: that takes the right (D25).

        :param origin: the records that are exported, these or rows about them
        """
        self.check_access("read")
        self.dossier_id._check_operation("export")
        self.env["customer.access.log"]._log_access(
            self.dossier_id, "export", origin=origin, field_names=field_names
        )

    # ------------------------------------------------------------ asking (B21)

    def action_ask_customer(self):
        """The result is out: the customer is asked whether he is satisfied."""
        for complaint in self:
            complaint._check_receiving()
            complaint._check_state("executing")
            # sudo: the flow is configuration that few may read
            if not complaint.sudo().flow_id.needs_confirmation:
                raise UserError(
                    self.env._(
                        "%(number)s: the customer is not asked about cases of this "
                        "kind. Close it.",
                        number=complaint.number,
                    )
                )
            if obstacle := complaint._get_dispatch_obstacle():
                raise UserError(
                    self.env._(
                        "%(number)s: the customer cannot be asked: %(obstacle)s.",
                        number=complaint.number,
                        obstacle=obstacle,
                    )
                )
            complaint._move_to(
                "confirmation",
                confirmation=False,
                confirmation_medium=False,
                confirmed_at=False,
                confirmed_by=False,
                score=0,
                score_comment=False,
            )
        return True

    def action_open_confirmation(self):
        """Open the dialog for what the customer says, or that he was not reached."""
        self.ensure_one()
        self._check_confirming()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirmation by the Customer"),
            "res_model": "customer.complaint.confirm",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_complaint_id": self.id},
        }

    def _check_confirming(self):
        """Refuse whoever does not ask this customer now."""
        self._check_receiving()
        self._check_not_liable()
        self._check_state("confirmation")

    def action_log_attempt(self, note=False):
        """Log that the customer was tried and not reached; a day counts once."""
        self.ensure_one()
        self._check_confirming()
        self._log("attempt", note=note)
        return True

    def _record_confirmation(
        self, result, by=False, score=0, comment=False, medium=False
    ):
        """Record what the customer said, or that he cannot be reached (B21); the
        caller has checked who records it.

        :param result: "satisfied", "unsatisfied", which reopens the case, or
            "unreachable", which takes as many fruitless days as the flow says and is
            never the customer's own word
        :param by: name of who said it
        :param score: 1 to 5; 0 for unreachable
        """
        self.ensure_one()
        self._check_state("confirmation")
        if result != "unsatisfied" and not self.env.user.share:
            self._check_not_said()
        if result == "unreachable":
            self._check_unreachable()
            by, score = False, 0
        else:
            self._check_answer(result, by, score, comment)
        # sudo: who records it was checked; the fields are guarded
        self.sudo()._system_write(
            {
                "confirmation": result,
                "confirmation_medium": medium,
                "confirmed_at": fields.Datetime.now(),
                "confirmed_by": by,
                "score": score,
                "score_comment": comment,
            }
        )
        labels = dict(self._fields["confirmation"]._description_selection(self.env))
        parts = (labels[result], score and str(score), by, comment)
        self._log("confirmed", note=" · ".join(filter(None, parts)))
        if result == "unsatisfied":
            self._reopen(comment)

    def _check_not_said(self):
        """What the customer said himself is not replaced by what others say he did."""
        if self.confirmation == "satisfied" and self.confirmation_medium == "portal":
            raise UserError(
                self.env._(
                    "%(number)s: the customer has confirmed himself at the portal. "
                    "Close the case, or record that he is not satisfied.",
                    number=self.number,
                )
            )

    def _check_unreachable(self):
        # sudo: flow and log are not the customer's to read
        complaint_sudo = self.sudo()
        missing = complaint_sudo.flow_id.attempts - complaint_sudo.attempt_count
        if self.env.user.share:
            raise AccessError(self.env._("Say whether you are satisfied."))
        if missing > 0:
            raise UserError(
                self.env._(
                    "%(number)s: try to reach the customer on %(count)s more days and "
                    "log each attempt before he counts as unreachable.",
                    number=self.number,
                    count=missing,
                )
            )

    def _check_answer(self, result, by, score, comment):
        if result not in ("satisfied", "unsatisfied"):
            raise ValidationError(self.env._("Say whether the customer is satisfied."))
        if not isinstance(score, int) or not 1 <= score <= 5:
            raise ValidationError(self.env._("Satisfaction is a score from 1 to 5."))
        if not (by or "").strip():
            raise ValidationError(self.env._("Enter who of the customer said it."))
        if result == "unsatisfied" and not (comment or "").strip():
            raise ValidationError(
                self.env._("Enter what the customer is not satisfied with.")
            )

    # ------------------------------------------------------------ closing (B20)

    def _get_dispatch_obstacle(self):
        """Return why the customer does not know the result yet, or None. Who is not
        asked at the end has been answered at least."""
        # sudo: the flow is configuration that few may read
        flow_sudo = self.sudo().flow_id
        if self.is_result_sent:
            return None
        if flow_sudo.dispatcher_role_id:
            return self.env._("the result has not been dispatched")
        if not flow_sudo.needs_confirmation:
            return self.env._("the customer has not been answered")
        return None

    def _get_closing_obstacles(self):
        obstacles = super()._get_closing_obstacles()
        if obstacle := self._get_dispatch_obstacle():
            obstacles.append(obstacle)
        return obstacles
