from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

SCORES = [
    ("1", "Very Dissatisfied"),
    ("2", "Dissatisfied"),
    ("3", "Neither Nor"),
    ("4", "Satisfied"),
    ("5", "Very Satisfied"),
]
# what the keeper may put right where a form was filed under the wrong customer
FILING = {"dossier_id", "contact_id"}


def normalise(score):
    """Return the score 0 to 100 of one from 1 to 5 (M28)."""
    return (score - 1) / 4 * 100


class CustomerSatisfactionFeedback(models.Model):
    """客户满意度反馈表: the short form at a contact with the customer, one score and a
    remark (C19).

    Its author changes it on the day he entered it. After that it stays; the keeper
    corrects it with a reason.
    """

    _name = "customer.satisfaction.feedback"
    _description = "Satisfaction Feedback"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "date desc, id desc"
    _rec_name = "number"
    _mail_post_access = "read"

    number = fields.Char(readonly=True, copy=False)
    team_id = fields.Many2one(related="dossier_id.team_id", store=True, index=True)
    contact_id = fields.Many2one(
        "res.partner",
        domain="[('commercial_partner_id', '=', partner_id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="Who of the customer gave the score.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    occasion = fields.Selection(
        [
            ("visit", "Visit"),
            ("call", "Telephone Call"),
            ("service", "Technical Service"),
            ("delivery", "Delivery"),
            ("event", "Customer Event"),
            ("other", "Other"),
        ],
        required=True,
        default="visit",
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Meeting",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    service_log_id = fields.Many2one(
        "customer.service.log",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Recorded By",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    satisfaction = fields.Selection(SCORES, required=True, tracking=True)
    score = fields.Float(
        compute="_compute_score",
        store=True,
        aggregator="avg",
        help="0 to 100: (x − 1) / 4 × 100.",
    )
    is_negative = fields.Boolean(
        string="Negative",
        compute="_compute_is_negative",
        store=True,
        help="By the limit of the day on which it was recorded (G22).",
    )
    remark = fields.Text(
        prefetch="guarded",
        tracking=True,
        help="In the customer's words; mandatory where he is not satisfied.",
    )
    can_edit = fields.Boolean(compute="_compute_can_edit")

    _number_uniq = models.UniqueIndex("(number)", "This form number is taken.")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {"number", "user_id"}

    def _prepare_system_values(self, vals):
        sequence = self.env["ir.sequence"].sudo()  # sudo: users draw no numbers
        return {"number": sequence.next_by_code("customer.satisfaction.feedback")}

    # ------------------------------------------------------------ computed, checked

    @api.depends("satisfaction")
    def _compute_score(self):
        for feedback in self:
            feedback.score = normalise(int(feedback.satisfaction or 1))

    @api.depends("satisfaction")
    def _compute_is_negative(self):
        for feedback in self:
            company = feedback.company_id or self.env.company
            feedback.is_negative = (
                bool(feedback.satisfaction)
                and int(feedback.satisfaction) <= company.survey_negative_score
            )

    @api.depends("user_id", "dossier_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        for feedback in self:
            feedback.can_edit = not feedback._origin or feedback._is_editable()

    def _is_editable(self):
        """Return whether the present user wrote this form on this day, by the clock
        where he lives whatever a client says."""
        here = self.with_context(tz=False)
        entered = fields.Datetime.context_timestamp(here, self.create_date)
        return (
            self.user_id == self.env.user
            and entered.date() == fields.Date.context_today(here)
        )

    @api.constrains("contact_id", "dossier_id")
    def _check_contact(self):
        for feedback in self:
            feedback.contact_id._check_contact_of(feedback.partner_id)

    @api.constrains("satisfaction", "remark")
    def _check_remark(self):
        for feedback in self:
            if feedback.is_negative and not (feedback.remark or "").strip():
                raise ValidationError(
                    self.env._(
                        "%(customer)s is not satisfied: write down why.",
                        customer=feedback.partner_id.name,
                    )
                )

    @api.constrains("date", "event_id", "service_log_id", "dossier_id")
    def _check_occasion(self):
        """What was said is dated between the contact it belongs to and today, and
        that contact was with this customer."""
        here = self.with_context(tz=False)
        for feedback in self:
            event, log = feedback.event_id, feedback.service_log_id
            met = event.partner_ids.commercial_partner_id | log.partner_id
            if (event or log) and feedback.partner_id not in met:
                raise ValidationError(
                    self.env._(
                        "%(customer)s did not take part. Record the feedback of a "
                        "customer who did.",
                        customer=feedback.partner_id.name,
                    )
                )
            starts = [
                fields.Datetime.context_timestamp(here, start).date()
                for start in (event.start, log.date_start)
                if start
            ]
            earliest = max(
                filter(None, [*starts, feedback.dossier_id.first_contact_date]),
                default=feedback.date,
            )
            if feedback.date > fields.Date.context_today(here):
                raise ValidationError(
                    self.env._(
                        "Nobody has said anything yet: choose today or a day before."
                    )
                )
            if feedback.date < earliest:
                raise ValidationError(
                    self.env._(
                        "The contact with %(customer)s was on %(date)s: choose this "
                        "day or a later one.",
                        customer=feedback.partner_id.name,
                        date=earliest,
                    )
                )

    # ------------------------------------------------------------ create, write

    @api.model_create_multi
    def create(self, vals_list):
        feedbacks = super().create(vals_list)
        if not (self.env.su or self._is_system()):
            feedbacks._check_author()
        feedbacks._follow_up()
        return feedbacks

    def _check_author(self):
        """Refuse who only reads the dossiers, and whoever names a meeting or log that
        he may not read."""
        dossiers = self.dossier_id
        # sudo: the domains say what the present user may
        served_sudo = dossiers.sudo().search(
            Domain("id", "in", dossiers.ids)
            & (dossiers._may_modify_domain() | dossiers._related_domain())
        )
        if dossiers - served_sudo.sudo(False):
            raise AccessError(
                self.env._(
                    "Only who looks after the customer records his feedback. Ask to be "
                    "added to the service team of the dossier."
                )
            )
        self.event_id.check_access("read")
        self.service_log_id.check_access("read")

    def write(self, vals):
        if not (self.env.su or self._is_system()):
            self._check_unlocked(vals)
        result = super().write(vals)
        if "satisfaction" in vals:
            self._follow_up()
        return result

    def _check_unlocked(self, vals):
        names = {
            name for name in vals if not name.startswith(("activity_", "message_"))
        }
        if not names:
            return
        self.check_access("write")
        if names & {"event_id", "service_log_id"}:
            raise AccessError(
                self.env._("The contact that a feedback belongs to stays as it is.")
            )
        if names <= FILING and self.env.user._has_archive_role("KEEPER"):
            return
        for feedback in self:
            if not feedback._is_editable():
                raise UserError(
                    self.env._(
                        "%(number)s is filed. Ask the keeper to correct it and say "
                        "why.",
                        number=feedback.number,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_destroyed(self):
        if not self._is_system():
            raise UserError(
                self.env._("What a customer said stays on record with his dossier.")
            )

    # ------------------------------------------------------------ low scores (G22)

    def _follow_up(self):
        # sudo: the system opens what follows
        for feedback_sudo in self.sudo().filtered("is_negative"):
            self.env["customer.negative.feedback"]._open(
                feedback_sudo,
                feedback_sudo.score,
                feedback_sudo.team_id,
                feedback_sudo._get_negative_statement,
            )

    def _get_negative_statement(self, env):
        """Return, in the language of ``env``, what the customer said."""
        labels = dict(self._fields["satisfaction"]._description_selection(env))
        return "\n\n".join(filter(None, (labels[self.satisfaction], self.remark)))

    # ------------------------------------------------------------ actions

    def action_correct(self, satisfaction, remark, reason):
        """The keeper corrects what was recorded wrongly; the log keeps what stood
        there before (C19, D7).

        :param satisfaction: "1" to "5"
        :param reason: text, required
        """
        self.ensure_one()
        self.check_access("write")
        self.env.user._check_archive_role("KEEPER")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the feedback is corrected."))
        self._check_dossier_open()
        self._system_write({"satisfaction": satisfaction, "remark": remark})
        self._message_log(body=self.env._("Corrected: %(reason)s", reason=reason))
        return True

    @api.model
    def _get_form_action(self, person, **defaults):
        """Return the action that opens a new form for ``person``, a customer or one of
        his people.

        :param defaults: further values of the form, by field
        :raise UserError: the present user reads no dossier of the customer
        """
        # sudo: of whom a contact is, for whoever reads the contact
        customer_sudo = person.sudo().commercial_partner_id
        dossier = self.env["customer.dossier"].search(
            [("partner_id", "=", customer_sudo.id)], limit=1
        )
        if not dossier:
            raise UserError(
                self.env._(
                    "You read no dossier of %(customer)s. Ask for access before you "
                    "record feedback.",
                    customer=customer_sudo.name,
                )
            )
        values = {"dossier_id": dossier.id, **defaults}
        if not person.is_company:
            values["contact_id"] = person.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Satisfaction Feedback"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {f"default_{name}": value for name, value in values.items()},
        }
