from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerFeedbackForm(models.Model):
    """客户问题反馈表: the follow-up group writes down the customer's problem, which he
    confirms; the technical department replies to it (B33, B36)."""

    _name = "customer.feedback.form"
    _description = "Problem Feedback Form"
    _inherit = [
        "customer.complaint.content.mixin",
        "customer.signature.mixin",
        "mail.thread",
    ]
    _order = "id desc"
    _rec_name = "number"
    _check_company_auto = True
    _mail_post_access = "read"

    number = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("sent", "Awaiting Reply"), ("answered", "Answered")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    problem = fields.Text(
        compute="_compute_problem",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_problem",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    serial = fields.Char(string="Serial Number")
    sent_at = fields.Datetime(readonly=True, copy=False)
    cause = fields.Text(readonly=True, copy=False, help="What the technicians found.")
    answer = fields.Text(readonly=True, copy=False)
    answered_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    answered_at = fields.Datetime(readonly=True, copy=False)
    can_answer = fields.Boolean(compute="_compute_can_act")
    can_edit = fields.Boolean(compute="_compute_can_act")
    can_send = fields.Boolean(compute="_compute_can_act")

    _number_uniq = models.UniqueIndex("(number)", "This form number is taken.")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "number",
            "state",
            "sent_at",
            "cause",
            "answer",
            "answered_by_id",
            "answered_at",
        }

    def _prepare_system_values(self, vals):
        sequence = self.env["ir.sequence"].sudo()  # sudo: users draw no numbers
        return {"number": sequence.next_by_code("customer.feedback.form")}

    @api.depends("complaint_id")
    def _compute_problem(self):
        for form in self:
            # naming a case that one may not read tells nothing of it
            complaint = form.complaint_id._origin._filtered_access("read")
            form.problem = form.problem or complaint.description
            form.product_id = form.product_id or complaint.product_id

    @api.depends(
        "complaint_id.is_receiver",
        "complaint_id.is_technician",
        "complaint_id.may_handle",
        "complaint_id.service_state",
        "state",
    )
    @api.depends_context("uid")
    def _compute_can_act(self):
        for form in self:
            complaint, state = form.complaint_id, form.complaint_id.service_state
            form.can_edit = complaint.may_handle and complaint.is_receiver
            form.can_send = (
                form.can_edit
                and form.state == "draft"
                and state in ("transferred", "accepted")
            )
            form.can_answer = (
                complaint.may_handle
                and complaint.is_technician
                and form.state == "sent"
                and state == "accepted"
            )

    # ------------------------------------------------------------ create, write

    @api.model_create_multi
    def create(self, vals_list):
        forms = super().create(vals_list)
        forms._check_author()
        return forms

    def write(self, vals):
        is_mail = all(name.startswith("message_") for name in vals)
        if not (is_mail or self._is_system()):
            self._check_open()
            self._check_author()
        result = super().write(vals)
        if "complaint_id" in vals:
            self._check_author()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if not self._is_system():
            self._check_open()
            self._check_author()

    def _check_open(self):
        for form in self:
            if form.state != "draft" or form.signed_on:
                raise UserError(
                    self.env._(
                        "%(number)s was signed or sent and stays as it is. Note in a "
                        "message what has to be corrected, or write a new form.",
                        number=form.number,
                    )
                )

    def _check_author(self):
        """Refuse a form of anybody but the department that receives the case, which
        must be a technical one."""
        if self.env.su or self._is_system():
            return
        for complaint in self.complaint_id:
            complaint._check_technical()
            complaint._check_member("receiver_team_id")

    # ------------------------------------------------------------ steps

    def action_sign(self, signature, name):
        """The customer confirms the problem as it stands (B33); see ``_sign``."""
        self.ensure_one()
        self._check_author()
        if self.state == "answered":
            raise UserError(
                self.env._(
                    "%(number)s has been answered; the customer confirms a problem "
                    "before.",
                    number=self.number,
                )
            )
        self._sign(signature, name)
        self._message_log(
            body=self.env._("Signed by %(name)s on the screen.", name=self.signed_by)
        )
        return True

    def action_send(self):
        """Send a further form to the department that has the case already."""
        for form in self:
            form._check_author()
            form.complaint_id._check_value("service_state", "transferred", "accepted")
            form._check_value("state", "draft")
        self._send()
        return True

    def _send(self):
        # sudo: who acts was checked; the fields are guarded
        self.sudo()._system_write({"state": "sent", "sent_at": fields.Datetime.now()})

    def action_answer(self, cause, answer):
        """The technical department replies (B36).

        :param cause: text, required
        :param answer: text, required
        """
        for form in self:
            form.complaint_id._check_member("technical_team_id")
            form.complaint_id._check_value("service_state", "accepted")
            form._check_value("state", "sent")
        if not (cause or "").strip() or not (answer or "").strip():
            raise UserError(self.env._("Enter the cause and the answer."))
        # sudo: who acts was checked; the fields are guarded
        self.sudo()._system_write(
            {
                "state": "answered",
                "cause": cause,
                "answer": answer,
                "answered_by_id": self.env.uid,
                "answered_at": fields.Datetime.now(),
            }
        )
        return True
