from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

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
    "grade_ids",
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
    _check_company_auto = True

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
    # empty where it ended before a report and measures were asked for
    date_closed = fields.Date(string="Ended", readonly=True, copy=False)
    required_level = fields.Float(
        compute="_compute_required_level",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        required=True,
        help="Of 100; a lower index fails.",
    )
    satisfied_level = fields.Float(
        compute="_compute_company_levels",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        required=True,
        help="Of 100; an answer at or above it counts as satisfied.",
    )
    negative_level = fields.Float(
        compute="_compute_company_levels",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        required=True,
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

    _period_order = models.Constraint(
        "CHECK(date_from <= date_to)", "The period ends after it has begun."
    )
    _required_level_range = models.Constraint(
        "CHECK(required_level BETWEEN 0 AND 100)",
        "The required level lies between 0 and 100.",
    )
    _other_levels_range = models.Constraint(
        "CHECK(satisfied_level BETWEEN 0 AND 100 AND negative_level BETWEEN 0 AND 100)",
        "The levels of satisfaction lie between 0 and 100.",
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
        if "date_deadline" in vals and not self._is_system():
            self._check_value("state", "draft", "checked", "running")
        result = super().write(vals)
        if "company_id" in vals:
            # the rules have judged the company that it came from
            self.check_access("write")
        if "date_deadline" in vals:
            for campaign in self.filtered(lambda campaign: campaign.state == "running"):
                campaign._set_forms_deadline(campaign._get_forms_deadline())
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_draft(self):
        for campaign in self:
            if campaign.state != "draft":
                raise UserError(
                    self.env._(
                        "%(campaign)s stays on record. Only a draft can be deleted.",
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

    @api.depends("company_id", "team_id", "date_to")
    def _compute_required_level(self):
        for campaign in self:
            company = campaign.company_id
            date_to = campaign.date_to or fields.Date.context_today(campaign)
            levels = self.env["customer.survey.level"]._get_levels(
                company, date_to.year, campaign.team_id
            )
            campaign.required_level = levels.get(False, company.survey_required_level)

    @api.depends("company_id")
    def _compute_company_levels(self):
        for campaign in self:
            campaign.satisfied_level = campaign.company_id.survey_satisfied_level
            campaign.negative_level = campaign.company_id.survey_negative_level

    # ------------------------------------------------------------ constraints

    @api.constrains("kind", "scope", "team_id")
    def _check_comprehensive(self):
        for campaign in self:
            if campaign.kind == "yearly" and (
                campaign.scope == "chosen" or campaign.team_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(campaign)s: a yearly survey is comprehensive. It asks all "
                        "customers with an order or with a formal dossier, of all "
                        "units.",
                        campaign=campaign.name,
                    )
                )

    @api.constrains("survey_id")
    def _check_survey_type(self):
        """The forms of other types are open to the officers of the survey app."""
        for campaign in self:
            if campaign.survey_id.survey_type != "customer_satisfaction":
                raise ValidationError(
                    self.env._(
                        "%(campaign)s needs a questionnaire of the type Customer "
                        "Satisfaction; %(questionnaire)s is of another one.",
                        campaign=campaign.name,
                        questionnaire=campaign.survey_id.title,
                    )
                )

    # ------------------------------------------------------------ actions

    def action_check(self):
        """Settle what is asked about whom; every mandatory dimension needs a scored
        question (G4)."""
        self._check_move("checked")
        self._check_dimensions()
        for campaign in self:
            campaign._settle_results()
            campaign._system_write(
                {"state": "checked", "previous_id": campaign._get_previous().id}
            )
        return True

    def action_draft(self):
        self._check_move("draft")
        # sudo: who leads the survey was checked; results, and the responses of
        # customers who have been chosen already, are the system's
        self.sudo().result_ids.unlink()
        self.sudo().response_ids.unlink()
        self._system_write({"state": "draft"})
        return True

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
        self.env.user._check_archive_role("MDO")
        self._check_open()
        for campaign in self:
            # sudo: nobody but the system may read and make personal links
            campaign.sudo().response_ids._send_forms(campaign._get_forms_deadline())
        return True

    def action_close(self):
        """End the survey; the links that are still out lose their force."""
        self._check_move("closed")
        for campaign in self:
            # one that has ended since the check is the nearer one
            campaign._system_write({"previous_id": campaign._get_previous().id})
        self._system_write(
            {"state": "closed", "date_closed": fields.Date.context_today(self)}
        )
        self._set_forms_deadline(fields.Datetime.now())
        for campaign in self:
            # sudo: who leads the survey was checked. All responses are written before
            # they are added up: of an answer filed at the same moment and this end the
            # later one fails, is repeated by Odoo and then sees the other.
            campaign._store_sales(campaign.sudo().response_ids)
            campaign._store_results()
            campaign._on_closed()
        return True

    def _on_closed(self):
        """What follows when this survey has ended; extension point."""
        self.ensure_one()
        # sudo: the to-dos of the interviewers; nobody is asked any more
        self.sudo().response_ids._withdraw_todos()

    def action_file(self):
        """Put the survey away when all that follows from it was done.

        :raise UserError: with all that is missing
        """
        self._check_move("filed")
        for campaign in self.filtered("date_closed"):
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

    def action_view_negative(self):
        action = self.action_view_responses()
        negative = [("campaign_id", "=", self.id), ("is_negative", "=", True)]
        return action | {"domain": negative, "context": {}}

    # ------------------------------------------------------------ steps

    def _get_directors(self):
        """Return who leads the surveys of this company."""
        return self.env["customer.role"]._get_members("MDO", self.company_id)

    def _get_leaders(self, user):
        """Return ``user`` if he still leads surveys of this company, else everybody
        who does."""
        directors = self._get_directors()
        return user & directors or directors

    def _check_move(self, state):
        self.env.user._check_archive_role("MDO")
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

    def _get_previous(self):
        """Return the campaign that this one is compared with: the last one of the same
        kind, company and unit that has ended."""
        self.ensure_one()
        return self.search(
            Domain("state", "in", ("closed", "filed"))
            & Domain("kind", "=", self.kind)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("team_id", "=", self.team_id.id),
            order="date_closed desc nulls last, date_to desc, id desc",
            limit=1,
        )

    def _check_open(self):
        """Refuse to write to customers whose answers would be refused."""
        self._check_value("state", "running")
        for campaign in self:
            if campaign.date_deadline < campaign._get_today():
                raise UserError(
                    self.env._(
                        "Answers to %(campaign)s were due by %(date)s. Set a later "
                        "date to send more forms.",
                        campaign=campaign.name,
                        date=campaign.date_deadline,
                    )
                )

    def _get_today(self):
        """Return the date in the time zone of the responsible, as of the deadline."""
        return fields.Date.context_today(self.with_context(tz=self.user_id.tz or "UTC"))

    def _get_forms_deadline(self):
        """Return the end of the last day, in the time zone of the responsible."""
        zone = ZoneInfo(self.user_id.tz or "UTC")
        day_end = datetime.combine(self.date_deadline, time(23, 59, 59), zone)
        return day_end.astimezone(UTC).replace(tzinfo=None)

    def _set_forms_deadline(self, deadline):
        """Set when the links that are still out lose their force, in one statement
        however many there are."""
        forms = self.env["survey.user_input"]
        forms.flush_model(["customer_campaign_id", "deadline", "state"])
        self.env.cr.execute(
            SQL(
                """UPDATE survey_user_input
                      SET deadline = %s
                    WHERE customer_campaign_id = ANY(%s) AND state != 'done'""",
                deadline,
                self.ids,
            )
        )
        forms.invalidate_model(["deadline"])
