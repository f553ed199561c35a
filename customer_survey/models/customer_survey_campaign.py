from datetime import datetime, time

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

_MOVES = {
    "draft": {"checked"},
    "checked": {"draft", "running"},
    "running": {"closed"},
    "closed": {"filed"},
    "filed": set(),
}
_SETTLED_BY_CHECK = {
    "kind",
    "survey_id",
    "company_id",
    "team_id",
    "scope",
    "trigger",
    "contact_mode",
    "is_anonymous",
    "date_from",
    "date_to",
    "required_level",
    "satisfied_level",
    "negative_level",
    "weighting",
}


class CustomerSurveyCampaign(models.Model):
    """One survey of the customers that the company dealt with in a period (G1–G9)."""

    _name = "customer.survey.campaign"
    _description = "Survey Campaign"
    _inherit = ["customer.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_to desc, id desc"

    name = fields.Char(required=True, tracking=True)
    number = fields.Char(readonly=True, copy=False)
    kind = fields.Selection(
        [
            ("yearly", "Yearly"),
            ("periodic", "Periodic"),
            ("event", "After an Event"),
        ],
        string="Type",
        required=True,
        default="yearly",
        help="Only a yearly survey fulfils the duty to ask the customers each year.",
    )
    survey_id = fields.Many2one(
        "survey.survey",
        string="Questionnaire",
        required=True,
        domain=[("survey_type", "=", "customer_satisfaction")],
        ondelete="restrict",
        default=lambda self: self._default_survey_id(),
        tracking=True,
    )
    missing_dimension_ids = fields.Many2many(
        "customer.survey.dimension",
        string="Missing Dimensions",
        compute="_compute_missing_dimension_ids",
        compute_sudo=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Business Unit",
        check_company=True,
        help="Empty: the customers of all units are asked.",
    )
    scope = fields.Selection(
        [
            ("deal", "Customers With an Order in the Period"),
            ("formal", "Customers With a Formal Dossier"),
            ("chosen", "Chosen Customers"),
        ],
        string="Customers Asked",
        required=True,
        default="deal",
        help="A yearly survey is comprehensive: it asks every customer with an order "
        "in the period.",
    )
    contact_mode = fields.Selection(
        [("one", "One per Customer"), ("several", "Several per Customer")],
        string="Contacts",
        required=True,
        default="one",
        help="With several contacts the customer's score is the mean of theirs.",
    )
    is_anonymous = fields.Boolean(
        string="Anonymous",
        help="Nobody can tell whose answer it is; only figures over all are shown.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(yearday=1),
        help="Customers with a confirmed order in the period are asked.",
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(month=12, day=31)
        ),
    )
    date_deadline = fields.Date(
        string="Answers Until", required=True, copy=False, tracking=True
    )
    date_started = fields.Date(string="Started", readonly=True, copy=False)
    date_closed = fields.Date(string="Ended", readonly=True, copy=False)
    required_level = fields.Float(
        required=True,
        default=lambda self: self.env.company.survey_required_level,
        help="Of 100; a lower index fails.",
    )
    satisfied_level = fields.Float(
        required=True,
        default=lambda self: self.env.company.survey_satisfied_level,
        help="Of 100; an answer at or above it counts as satisfied.",
    )
    negative_level = fields.Float(
        required=True,
        default=lambda self: self.env.company.survey_negative_level,
        help="Of 100; a lower index or dimension is negative feedback.",
    )
    weighting = fields.Selection(
        [("equal", "Every Customer the Same"), ("sales", "By Sales in the Period")],
        required=True,
        default="equal",
        help="How the scores of the customers make up the score of a dimension.",
    )
    previous_id = fields.Many2one(
        "customer.survey.campaign",
        string="Compared With",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("checked", "Checked"),
            ("running", "Running"),
            ("closed", "Closed"),
            ("filed", "Filed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    response_ids = fields.One2many("customer.survey.response", "campaign_id")
    result_ids = fields.One2many("customer.survey.result", "campaign_id")
    opinion_ids = fields.One2many("customer.survey.opinion", "campaign_id")
    report_ids = fields.One2many("customer.survey.report", "campaign_id")
    measure_ids = fields.One2many("customer.measure", "campaign_id")
    customer_count = fields.Integer(string="Customers", compute="_compute_figures")
    issued_count = fields.Integer(string="Issued", compute="_compute_figures")
    answered_count = fields.Integer(string="Returned", compute="_compute_figures")
    declined_count = fields.Integer(string="Declined", compute="_compute_figures")
    response_rate = fields.Float(
        string="Returned (%)", compute="_compute_figures", help="Of the issued forms."
    )
    index = fields.Float(
        compute="_compute_figures", help="The mean over the customers who answered."
    )
    is_below = fields.Boolean(string="Below Required", compute="_compute_figures")

    _period_order = models.Constraint(
        "CHECK(date_from <= date_to)", "The period ends after it has begun."
    )
    _required_level_range = models.Constraint(
        "CHECK(required_level BETWEEN 0 AND 100)",
        "The required level lies between 0 and 100.",
    )

    def _default_survey_id(self):
        return self.env.ref(
            "customer_survey.survey_customer_satisfaction", raise_if_not_found=False
        )

    # ------------------------------------------------------------ guard

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "number",
            "state",
            "date_started",
            "date_closed",
            "previous_id",
            "response_ids",
            "result_ids",
            "opinion_ids",
            "report_ids",
        }

    def _prepare_system_values(self, vals):
        return super()._prepare_system_values(vals) | {
            "number": self.env["ir.sequence"].next_by_code("customer.survey.campaign")
        }

    def write(self, vals):
        settled = _SETTLED_BY_CHECK & vals.keys()
        for campaign in self:
            if settled and campaign.state != "draft":
                raise UserError(
                    self.env._(
                        "%(campaign)s has been checked: %(fields)s cannot be changed. "
                        "Set a survey that has not been started back to draft.",
                        campaign=campaign.name,
                        fields=[self._fields[name].string for name in sorted(settled)],
                    )
                )
        result = super().write(vals)
        if "date_deadline" in vals:
            for campaign in self.filtered(lambda campaign: campaign.state == "running"):
                campaign._set_forms_deadline(campaign._get_forms_deadline())
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        for campaign in self:
            if campaign.state not in ("draft", "checked"):
                raise UserError(
                    self.env._(
                        "%(campaign)s has been started and stays on record.",
                        campaign=campaign.name,
                    )
                )

    # ------------------------------------------------------------ computed

    @api.depends(
        "survey_id.question_and_page_ids.dimension_id",
        "survey_id.question_and_page_ids.question_type",
        "survey_id.question_and_page_ids.scale_min",
        "survey_id.question_and_page_ids.scale_max",
        "survey_id.question_and_page_ids.suggested_answer_ids.answer_score",
    )
    def _compute_missing_dimension_ids(self):
        mandatory = self.env["customer.survey.dimension"].search(
            [("mandatory", "=", True)]
        )
        for campaign in self:
            scored = campaign.survey_id.question_ids.filtered(
                lambda question: question._is_dimension_scored()
            )
            campaign.missing_dimension_ids = mandatory - scored.dimension_id

    @api.depends("response_ids.state", "response_ids.index", "required_level")
    def _compute_figures(self):
        """The figures over the responses that the user may read (M29, M31)."""
        responses = self.env["customer.survey.response"]
        count_by_state = {
            (campaign.id, state): count
            for campaign, state, count in responses._read_group(
                [("campaign_id", "in", self.ids)], ["campaign_id", "state"], ["__count"]
            )
        }
        index_by_campaign = {
            campaign.id: index
            for campaign, index in responses._read_group(
                [("campaign_id", "in", self.ids), ("score_ids", "!=", False)],
                ["campaign_id"],
                ["index:avg"],
            )
        }
        states = [state for state, _label in responses._fields["state"].selection]
        for campaign in self:
            count = {
                state: count_by_state.get((campaign._origin.id, state), 0)
                for state in states
            }
            index = index_by_campaign.get(campaign._origin.id)
            campaign.customer_count = sum(count.values())
            campaign.issued_count = campaign.customer_count - count["to_ask"]
            campaign.answered_count = count["answered"]
            campaign.declined_count = count["declined"]
            campaign.response_rate = (
                campaign.answered_count / campaign.issued_count * 100
                if campaign.issued_count
                else 0.0
            )
            campaign.index = index or 0.0
            campaign.is_below = index is not None and index < campaign.required_level

    # ------------------------------------------------------------ actions

    def action_check(self):
        """Settle what is asked about whom; every mandatory dimension needs a scored
        question (G4)."""
        self._check_move("checked")
        self._check_dimensions()
        for campaign in self:
            campaign._settle_results()
        self._system_write({"state": "checked"})
        return True

    def action_draft(self):
        self._check_move("draft")
        # sudo: who leads the survey was checked; results are the system's
        self.sudo().result_ids.unlink()
        self._system_write({"state": "draft"})
        return True

    def _settle_results(self):
        """Keep, for each dimension that is asked and for the index, the weight and
        the required level of this campaign (G16)."""
        asked = self.survey_id.question_ids.filtered(
            lambda question: question._is_dimension_scored()
        ).dimension_id
        levels = self.env["customer.survey.level"]._get_levels(
            self.company_id, self.date_to.year, self.team_id
        )
        # sudo: who leads the survey was checked; results are the system's
        self.env["customer.survey.result"].sudo()._system_create(
            [
                {
                    "campaign_id": self.id,
                    "dimension_id": dimension.id,
                    "weight": dimension.weight,
                    "required_level": levels.get(
                        dimension.id, dimension.required_level
                    ),
                }
                for dimension in asked
            ]
            + [{"campaign_id": self.id, "required_level": self.required_level}]
        )

    def action_start(self):
        """Draw the customers who are to be asked (G2)."""
        self._check_move("running")
        self._check_dimensions()
        for campaign in self:
            campaign._draw_customers()
        self._system_write(
            {"state": "running", "date_started": fields.Date.context_today(self)}
        )
        self.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def action_send(self):
        """Send the forms that have not been sent yet (G3)."""
        self._check_director()
        for campaign in self:
            if campaign.state != "running":
                raise UserError(
                    self.env._("%(campaign)s is not running.", campaign=campaign.name)
                )
            if campaign.date_deadline < fields.Date.context_today(campaign):
                raise UserError(
                    self.env._(
                        "Answers to %(campaign)s were due by %(date)s. Set a later "
                        "date to send more forms.",
                        campaign=campaign.name,
                        date=campaign.date_deadline,
                    )
                )
            # sudo: nobody but the system may read and make personal links
            campaign.sudo().response_ids._send_forms(campaign._get_forms_deadline())
        return True

    def action_close(self):
        """End the survey; the links that are still out lose their force."""
        self._check_move("closed")
        self._system_write(
            {"state": "closed", "date_closed": fields.Date.context_today(self)}
        )
        self._set_forms_deadline(fields.Datetime.now())
        for campaign in self:
            campaign._on_closed()
        return True

    def _on_closed(self):
        """What follows when this survey has ended; extension point."""
        self.ensure_one()

    def action_file(self):
        """Put the survey away when all that follows from it was done.

        :raise UserError: with all that is missing
        """
        self._check_move("filed")
        for campaign in self:
            if obstacles := campaign._get_filing_obstacles():
                raise UserError(
                    self.env._(
                        "%(campaign)s cannot be filed: %(obstacles)s.",
                        campaign=campaign.name,
                        obstacles="; ".join(obstacles),
                    )
                )
        self._system_write({"state": "filed"})
        return True

    def _get_filing_obstacles(self):
        """Return the texts of what forbids to file this survey; extension point."""
        self.ensure_one()
        return []

    def action_view_responses(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_survey.customer_survey_response_action"
        )
        return action | {
            "display_name": self.name,
            "domain": [("campaign_id", "=", self.id)],
            "context": {"search_default_group_state": True},
        }

    # ------------------------------------------------------------ steps

    def _check_director(self):
        if not self.env.user.has_group("customer_archive.group_mdo"):
            raise AccessError(
                self.env._("Satisfaction surveys are led by the marketing director.")
            )

    def _check_move(self, state):
        self._check_director()
        labels = dict(self._fields["state"]._description_selection(self.env))
        for campaign in self:
            if state not in _MOVES[campaign.state]:
                raise UserError(
                    self.env._(
                        "%(campaign)s is %(state)s and cannot become %(target)s.",
                        campaign=campaign.name,
                        state=labels[campaign.state],
                        target=labels[state],
                    )
                )

    def _check_dimensions(self):
        for campaign in self:
            if campaign.missing_dimension_ids:
                raise UserError(
                    self.env._(
                        "%(questionnaire)s asks no scored question about "
                        "%(dimensions)s. Add one for each.",
                        questionnaire=campaign.survey_id.title,
                        dimensions=campaign.missing_dimension_ids.mapped("name"),
                    )
                )

    def _get_dossiers_to_ask(self):
        """Return the dossiers of the customers with a confirmed order of this company
        in the period, found in one statement."""
        self.ensure_one()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        # sudo: the rule decides who is asked, not what its user may read
        buyers_sudo = (
            self.env["res.partner"]
            .sudo()
            ._search(
                Domain(
                    "sale_order_ids",
                    "any",
                    Domain("state", "=", "sale")
                    & Domain("company_id", "=", self.company_id.id)
                    & Domain("date_order", ">=", self.date_from)
                    & Domain("date_order", "<=", self.date_to),
                ),
                active_test=False,
            )
        )
        return (
            self.env["customer.dossier"]
            .sudo()
            .search(
                Domain("state", "not in", ("history", "destroyed"))
                & Domain("company_id", "in", (self.company_id.id, False))
                & Domain(
                    "partner_id", "in", buyers_sudo.subselect("commercial_partner_id")
                )
            )
        )

    def _get_contacts_to_ask(self, customers):
        """Return {customer: the contact to ask}: the first one with an e-mail
        address, else the company itself."""
        contacts = customers.search_fetch(
            Domain("commercial_partner_id", "in", customers.ids)
            & Domain("parent_id", "!=", False)
            & Domain("type", "=", "contact")
            & Domain("email_normalized", "!=", False),
            ["commercial_partner_id"],
        ).grouped("commercial_partner_id")
        return {
            customer: contacts.get(customer, customer)[:1] for customer in customers
        }

    def _draw_customers(self):
        dossiers_sudo = self._get_dossiers_to_ask()
        if not dossiers_sudo:
            raise UserError(
                self.env._(
                    "No customer with a dossier has a confirmed order between "
                    "%(date_from)s and %(date_to)s.",
                    date_from=self.date_from,
                    date_to=self.date_to,
                )
            )
        self._add_customers(dossiers_sudo)

    def _add_customers(self, dossiers_sudo):
        """Return the new responses, to be asked, of the customers that this survey
        does not ask yet; the caller has checked who adds them."""
        asked_sudo = self.sudo().response_ids.dossier_id
        dossiers_sudo -= asked_sudo
        contacts = self._get_contacts_to_ask(dossiers_sudo.partner_id)
        # nobody follows or discusses a response just because he drew it
        responses = self.env["customer.survey.response"].with_context(
            mail_create_nosubscribe=True, mail_create_nolog=True
        )
        return responses.sudo()._system_create(
            [
                {
                    "campaign_id": self.id,
                    "dossier_id": dossier.id,
                    "contact_id": contacts[dossier.partner_id].id,
                }
                for dossier in dossiers_sudo
            ]
        )

    def _get_forms_deadline(self):
        """Return the end of the last day, in the time zone of the responsible."""
        timezone = pytz.timezone(self.user_id.tz or "UTC")
        day_end = datetime.combine(self.date_deadline, time(23, 59, 59))
        return timezone.localize(day_end).astimezone(pytz.utc).replace(tzinfo=None)

    def _set_forms_deadline(self, deadline):
        # sudo: nobody but the system may read and change personal links
        forms_sudo = self.env["survey.user_input"].sudo()
        forms_sudo.search(
            Domain("customer_campaign_id", "in", self.ids)
            & Domain("state", "!=", "done")
        ).deadline = deadline

    # ------------------------------------------------------------ duty (G1)

    @api.model
    def _duty_yearly_survey_missing(self, duty, start, end):
        """Remind the marketing director, on a prepared draft, that no yearly survey
        has been started in the year of ``end``."""
        company = self.env.company
        year_start, year_end = (
            end.replace(month=1, day=1),
            end.replace(month=12, day=31),
        )
        if end.month < int(company.survey_reminder_month or 1):
            return
        yearly = Domain("kind", "=", "yearly") & Domain("company_id", "=", company.id)
        if self.search_count(
            yearly
            & Domain("date_started", ">=", year_start)
            & Domain("date_started", "<=", year_end),
            limit=1,
        ):
            return
        directors = self.env.ref("customer_archive.group_mdo").all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        )
        if not directors:
            return
        campaign = self.search(
            yearly
            & Domain("state", "in", ("draft", "checked"))
            & Domain("date_to", ">=", year_start)
            & Domain("date_to", "<=", year_end),
            limit=1,
        ) or self.create(
            {
                "name": self.with_context(lang=directors[0].lang).env._(
                    "Customer Satisfaction Survey %s", end.year
                ),
                "company_id": company.id,
                "user_id": directors[0].id,
                "date_from": year_start,
                "date_to": year_end,
                "date_deadline": year_end,
            }
        )
        campaign.activity_unlink(["mail.mail_activity_data_todo"])
        for director in directors:
            campaign.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=director.id,
                summary=self.with_context(lang=director.lang).env._(
                    "Start this year's satisfaction survey"
                ),
            )
