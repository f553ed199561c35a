from statistics import fmean

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

_MOVES = {
    "to_ask": {"invited", "answered", "declined", "unreachable"},
    "invited": {"answered", "declined", "unreachable"},
    "unreachable": {"invited", "answered", "declined"},
    "declined": {"answered"},
    "answered": set(),
}


class CustomerSurveyResponse(models.Model):
    """One customer in one campaign, whichever way he is asked (G6, G8)."""

    _name = "customer.survey.response"
    _description = "Survey Response"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "campaign_id desc, id"
    _rec_name = "partner_id"

    campaign_id = fields.Many2one(
        "customer.survey.campaign", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="campaign_id.company_id")
    contact_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person who is asked.",
    )
    phone = fields.Char(related="contact_id.phone")
    channel = fields.Selection(
        [
            ("web", "Web"),
            ("phone", "Phone"),
            ("visit", "On-Site Visit"),
            ("paper", "Paper Form"),
        ],
        required=True,
        default="web",
    )
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
        ],
        required=True,
        default="to_ask",
        readonly=True,
        tracking=True,
        group_expand=True,
    )
    user_input_id = fields.Many2one(
        "survey.user_input",
        string="Form",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    answered_date = fields.Date(string="Answered", readonly=True)
    score_ids = fields.One2many("customer.survey.score", "response_id", readonly=True)
    index = fields.Float(readonly=True, aggregator="avg")
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
            "user_input_id",
            "answered_date",
            "score_ids",
            "index",
        }

    @api.model
    def _may_read_domain(self):
        return super()._may_read_domain() | Domain("interviewer_id", "=", self.env.uid)

    @api.depends("interviewer_id")
    def _compute_may_read(self):
        return super()._compute_may_read()

    def _destroy(self):
        # the forms with the answers go, too
        forms = self.user_input_id
        result = super()._destroy()
        forms.unlink()
        return result

    def write(self, vals):
        if not self._is_system():
            self._check_editable(vals)
        return super().write(vals)

    def _check_editable(self, vals):
        if "interviewer_id" in vals and not self.env.user.has_group(
            "customer_archive.group_mdo"
        ):
            raise AccessError(
                self.env._("Only the marketing director assigns interviewers.")
            )
        for response in self:
            locked = {"contact_id"} if response.user_input_id else set()
            if response.state == "answered":
                locked |= {"contact_id", "channel", "interviewer_id"}
            if locked & vals.keys():
                raise UserError(
                    self.env._(
                        "%(customer)s: the form has been issued; who was asked and how "
                        "stays on record.",
                        customer=response.partner_id.display_name,
                    )
                )

    # ------------------------------------------------------------ computed

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
            response.opinions = answered and response.user_input_id._get_opinions()

    @api.depends("state", "interviewer_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        editable = self._filtered_access("write")
        for response in self:
            response.can_edit = response.state != "answered" and response in editable

    # ------------------------------------------------------------ actions

    def action_decline(self):
        """The customer does not want to take part (G24)."""
        return self._close_without_answer("declined")

    def action_unreachable(self):
        return self._close_without_answer("unreachable")

    def action_log_complaint(self):
        """Open the form of a new case out of what the customer answered (B5)."""
        self.ensure_one()
        self.check_access("read")
        person = self.contact_id or self.partner_id
        return person._get_complaint_action(
            channel="survey",
            survey_response_id=self.id,
            company_id=self.company_id.id,
        )

    def _close_without_answer(self, state):
        self.check_access("write")
        for response in self:
            # sudo: an interviewer need not read the campaign
            campaign_sudo = response.campaign_id.sudo()
            if campaign_sudo.state != "running":
                raise UserError(
                    self.env._(
                        "%(campaign)s is not running.", campaign=campaign_sudo.name
                    )
                )
        self._move(state)
        return True

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

    def _send_forms(self, deadline):
        """Send each customer that can be asked by e-mail his personal link; one
        who has none or opted out is left to be asked otherwise (G3, G24)."""
        to_send = self.filtered(
            lambda response: (
                response.state == "to_ask"
                and response.contact_id.email_normalized
                and not response.contact_id.is_blacklisted
            )
        )
        for response in to_send:
            response._move("invited", user_input_id=response._create_form(deadline).id)
        for campaign, responses in to_send.grouped("campaign_id").items():
            # The message carries the personal link, so it hangs on no document and
            # its author is the company: no employee can read it.
            template = self.env.ref("customer_survey.mail_template_form")
            template.with_user(SUPERUSER_ID).with_context(
                tz=campaign.user_id.tz
            ).send_mail_batch(
                responses.user_input_id.ids,
                email_values={
                    "model": False,
                    "res_id": False,
                    "author_id": campaign.company_id.partner_id.id,
                    "email_from": campaign.user_id.email_formatted
                    or campaign.company_id.email_formatted,
                },
            )

    def _create_form(self, deadline):
        survey = self.campaign_id.survey_id
        lang = self.contact_id.lang
        if lang not in survey._get_supported_lang_codes():
            lang = False
        return survey._create_answer(
            partner=self.contact_id,
            check_attempts=False,
            deadline=deadline,
            lang_id=self.env["res.lang"]._get_data(code=lang).id,
        )

    @api.model
    def _file_answers(self, user_inputs):
        """File finished forms into the dossiers of the customers they were issued to.

        The participant is mostly nobody to Odoo, so the system files. That is safe:
        he was identified by the secret token of his form, only the response that
        this form was issued for is touched, and nothing is taken from the request
        but the answers that ``survey`` has validated and stored. A form that belongs
        to no response, or to a campaign that has ended, counts nowhere.
        """
        responses = self.with_user(SUPERUSER_ID).search(
            [
                ("user_input_id", "in", user_inputs.ids),
                ("campaign_id.state", "=", "running"),
                ("state", "!=", "answered"),
            ]
        )
        for response in responses:
            response._file_answer()

    def _file_answer(self):
        """Store the scores by dimension and the index over those that were answered
        (M28, M30)."""
        values_by_dimension = self.user_input_id._get_dimension_scores()
        scores = self.env["customer.survey.score"]._system_create(
            [
                {
                    "response_id": self.id,
                    "dimension_id": dimension.id,
                    "score": fmean(values),
                    "weight": dimension.weight,
                    "answer_count": len(values),
                }
                for dimension, values in values_by_dimension.items()
            ]
        )
        vals = {"answered_date": fields.Date.context_today(self), "channel": "web"}
        if scores:
            vals["index"] = sum(score.weight * score.score for score in scores) / sum(
                scores.mapped("weight")
            )
        self._move("answered", **vals)
