from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

CHANNELS = [
    ("web", "Web"),
    ("phone", "Phone"),
    ("visit", "On-Site Visit"),
    ("paper", "Paper Form"),
]
PROMOTERS = [
    ("promoter", "Promoter"),
    ("passive", "Passive"),
    ("detractor", "Detractor"),
]
_MOVES = {
    "to_ask": {"invited", "answered", "declined", "unreachable", "excluded"},
    "excluded": {"to_ask"},
    "invited": {"answered", "declined", "unreachable"},
    "unreachable": {"invited", "answered", "declined"},
    "declined": {"answered"},
    "answered": set(),
}


class CustomerSurveyResponse(models.Model):
    """One customer in one campaign, whichever way he is asked (G6, G8)."""

    _name = "customer.survey.response"
    _description = "Survey Response"
    _inherit = ["customer.dossier.content.mixin", "customer.graded.mixin"]
    _order = "campaign_id desc, id"
    _rec_name = "partner_id"

    campaign_id = fields.Many2one(
        "customer.survey.campaign", required=True, index=True, ondelete="restrict"
    )
    # an anonymous answer belongs to no dossier, and nobody reads it
    dossier_id = fields.Many2one(required=False)
    company_id = fields.Many2one(related="campaign_id.company_id")
    team_id = fields.Many2one(related="dossier_id.team_id", store=True)
    contact_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', partner_id)]",
        ondelete="restrict",
        help="The person who is asked.",
    )
    other_contact_ids = fields.Many2many(
        "res.partner",
        "customer_survey_response_contact_rel",
        "response_id",
        "contact_id",
        string="Others Asked",
        domain="[('commercial_partner_id', '=', partner_id), ('id', '!=', contact_id)]",
        help="Where the campaign asks several contacts of a customer.",
    )
    phone = fields.Char(related="contact_id.phone")
    channel = fields.Selection(CHANNELS, required=True, default="web")
    interviewer_id = fields.Many2one(
        "res.users", domain=[("share", "=", False)], index=True, tracking=True
    )
    state = fields.Selection(
        [
            ("to_ask", "To Ask"),
            ("invited", "Form Sent"),
            ("answered", "Answered"),
            ("declined", "Declined"),
            ("unreachable", "Unreachable"),
            ("excluded", "Excluded"),
        ],
        required=True,
        default="to_ask",
        readonly=True,
        tracking=True,
        group_expand=True,
    )
    exclusion_reason = fields.Text(readonly=True, tracking=True)
    form_ids = fields.One2many(
        "survey.user_input",
        "customer_response_id",
        string="Forms",
        readonly=True,
        groups=fields.NO_ACCESS,
    )
    has_form = fields.Boolean(compute="_compute_has_form", compute_sudo=True)
    issued_date = fields.Date(string="Issued", readonly=True)
    reminder_count = fields.Integer(string="Reminders", readonly=True)
    reminder_date = fields.Date(string="Last Reminder", readonly=True)
    attempt_count = fields.Integer(
        string="Attempts", readonly=True, help="Days on which nobody was reached."
    )
    attempt_date = fields.Date(string="Last Attempt", readonly=True)
    sales_amount = fields.Monetary(
        string="Sales in the Period",
        currency_field="currency_id",
        readonly=True,
        help="Confirmed orders without tax, in the currency of the company.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    answered_date = fields.Date(string="Answered", readonly=True)
    score_ids = fields.One2many("customer.survey.score", "response_id", readonly=True)
    answer_ids = fields.One2many("customer.survey.answer", "response_id", readonly=True)
    opinion_ids = fields.One2many(
        "customer.survey.opinion", "response_id", readonly=True
    )
    index = fields.Float(readonly=True, aggregator="avg")
    promoter = fields.Selection(
        PROMOTERS,
        string="Recommendation",
        readonly=True,
        help="9 and 10 recommend, 7 and 8 are passive, 0 to 6 advise against. Of "
        "several contacts the mean, rounded half up.",
    )
    is_negative = fields.Boolean(
        string="Negative",
        readonly=True,
        help="The index or a dimension lies below the negative limit.",
    )
    complaint_ids = fields.One2many("customer.complaint", "survey_response_id")
    is_below = fields.Boolean(string="Below Required", compute="_compute_is_below")
    opinions = fields.Text(compute="_compute_opinions", compute_sudo=True)
    can_edit = fields.Boolean(compute="_compute_can_edit")

    _once = models.UniqueIndex(
        "(campaign_id, dossier_id)", "A customer is asked once in a campaign."
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "campaign_id",
            "dossier_id",
            "state",
            "exclusion_reason",
            "form_ids",
            "issued_date",
            "reminder_count",
            "reminder_date",
            "attempt_count",
            "attempt_date",
            "sales_amount",
            "answered_date",
            "score_ids",
            "answer_ids",
            "opinion_ids",
            "complaint_ids",
            "index",
            "promoter",
            "is_negative",
        }

    @api.model
    def _may_read_domain(self):
        readable = super()._may_read_domain() | Domain(
            "interviewer_id", "=", self.env.uid
        )
        # an anonymous answer is read by nobody (G24)
        return readable & Domain("dossier_id", "!=", False)

    @api.model
    def _content_may_read_domain(self):
        """Return the Domain of what may be read because its ``response_id`` may."""
        return Domain("response_id", "any!", self._may_read_domain())

    @api.model
    def _counted_domain(self):
        """Return the Domain of the responses that carry a result."""
        return Domain("state", "=", "answered") & Domain(
            "score_ids", "any!", Domain.TRUE
        )

    @api.depends("interviewer_id")
    def _compute_may_read(self):
        return super()._compute_may_read()

    def _destroy(self):
        # the forms with the answers go, too
        self.form_ids.unlink()
        return super()._destroy()

    def write(self, vals):
        if not self._is_system():
            self._check_editable(vals)
        result = super().write(vals)
        if not self._is_system() and {"contact_id", "other_contact_ids"} & vals.keys():
            self._check_contacts()
        return result

    def _check_contacts(self):
        """Refuse to send the link of one customer to people of another."""
        for response in self:
            contacts = response.contact_id | response.other_contact_ids
            if contacts.commercial_partner_id - response.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(customer)s: choose contacts of this customer.",
                        customer=response.partner_id.display_name,
                    )
                )

    def _check_editable(self, vals):
        if {"contact_id", "other_contact_ids", "channel", "interviewer_id"} & (
            vals.keys()
        ):
            # sudo: an interviewer need not read the campaign
            self.campaign_id.sudo()._check_value("state", "checked", "running")
        if "interviewer_id" in vals:
            self.env.user._check_archive_role("MDO")
        for response in self:
            locked = {"contact_id"} if response.has_form else set()
            if response.state == "answered":
                locked |= {
                    "contact_id",
                    "other_contact_ids",
                    "channel",
                    "interviewer_id",
                }
            if locked & vals.keys():
                raise UserError(
                    self.env._(
                        "%(customer)s: the form has been issued; who was asked and how "
                        "stays on record.",
                        customer=response.partner_id.display_name,
                    )
                )

    # ------------------------------------------------------------ computed

    @api.depends("form_ids")
    def _compute_has_form(self):
        for response in self:
            response.has_form = bool(response.form_ids)

    @api.depends("score_ids", "index", "campaign_id.required_level")
    def _compute_is_below(self):
        for response in self:
            # sudo: the required level is no secret to who reads the result
            required_level = response.campaign_id.sudo().required_level
            response.is_below = (
                bool(response.score_ids) and response.index < required_level
            )

    @api.depends("state")
    def _compute_opinions(self):
        for response in self:
            answered = response.state == "answered"
            response.opinions = answered and "\n\n".join(
                filter(None, (form._get_opinions() for form in response.form_ids))
            )

    @api.depends("state", "interviewer_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        editable = self._filtered_access("write")
        for response in self:
            response.can_edit = response.state != "answered" and response in editable

    # ------------------------------------------------------------ actions

    def action_log_complaint(self):
        """Open the form of a new case out of what the customer answered (B5, G23)."""
        self.ensure_one()
        self.check_access("read")
        return self._get_complaint_action(self.opinions)

    def _get_complaint_action(self, words, **defaults):
        """Return the action that opens the form of a new case of who was asked.

        :param words: the customer's own, what the case is about
        """
        person = self.contact_id or self.partner_id
        if words:
            defaults["description"] = words
        return person._get_complaint_action(
            channel="survey",
            survey_response_id=self.id,
            company_id=self.company_id.id,
            **defaults,
        )

    def _move(self, state, **vals):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for response in self:
            if state not in _MOVES[response.state]:
                raise UserError(
                    self.env._(
                        "%(customer)s: %(state)s cannot become %(target)s.",
                        customer=response.partner_id.display_name,
                        state=labels[response.state],
                        target=labels[state],
                    )
                )
        self._system_write({"state": state, **vals})

    # ------------------------------------------------------------ forms and answers

    def _create_form(self, deadline, contact=False, **values):
        """Return a new form of the survey app, the customer's own whoever fills it in;
        never one that was issued before (G3, G6).

        :param deadline: datetime in UTC after which it is refused
        :param contact: the person asked, ``contact_id`` by default
        :param values: further fields of the form, such as the channel
        """
        contact = contact or self.contact_id or self.partner_id
        return self.campaign_id.survey_id._create_answer(
            partner=contact,
            check_attempts=False,
            **(self._prepare_form(contact, deadline) | values),
        )

    def _prepare_form(self, contact, deadline):
        survey = self.campaign_id.survey_id
        lang = contact.lang
        if lang not in survey._get_supported_lang_codes():
            lang = False
        return {
            "deadline": deadline,
            "lang_id": self.env["res.lang"]._get_data(code=lang).id,
            "customer_campaign_id": self.campaign_id.id,
            "customer_response_id": self.id,
            "customer_channel": "web",
        }

    @api.model
    def _file_answers(self, user_inputs):
        """File finished forms into the dossiers of the customers they were issued to.

        The participant is mostly nobody to Odoo, so the system files. That is safe:
        he was identified by the secret token of his form, only the response that
        this form was issued for is touched, and nothing is taken from the request
        but the answers that ``survey`` has validated and stored. A form that belongs
        to no response, or to a campaign that has ended, counts nowhere.
        """
        for form in user_inputs.with_user(SUPERUSER_ID):
            response = form.customer_response_id
            if response.campaign_id.state != "running" or response.state == "excluded":
                continue
            if response.state != "answered" or (
                response.campaign_id.contact_mode == "several"
            ):
                response._file_answer(form)

    def _file_answer(self, form):
        """Store the figures of this response, of which ``form`` has been finished."""
        self._touch()
        vals = {
            "answered_date": form.customer_date or fields.Date.context_today(self),
            "channel": form.customer_channel,
        }
        if self.campaign_id.contact_mode == "one":
            vals["contact_id"] = form.partner_id.id
        if self.state != "answered":
            self._move("answered", **vals)
        self._store_scores()
        self._on_answered(form)

    def _on_answered(self, form):
        """What follows when ``form`` of this response was finished and scored;
        extension point."""
        self.ensure_one()

    def _get_counted_forms(self):
        """Return the finished forms that the scores are made of (G8)."""
        done = self.form_ids.filtered(
            lambda form: form.state == "done" and not form.test_entry
        )
        several = self.campaign_id.contact_mode == "several"
        return done if several else done.sorted("end_datetime")[:1]
