from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CrmLead(models.Model):
    """Prospects: first contact (H6), intention to cooperate (H7), checklist of the
    stages (A41) and the way into a dossier (H5)."""

    _inherit = "crm.lead"

    business_scope = fields.Text()
    first_contact_date = fields.Date()
    first_contact_channel = fields.Selection(
        [
            ("phone", "Telephone"),
            ("email", "E-Mail"),
            ("meeting", "Meeting"),
            ("exhibition", "Exhibition"),
            ("online", "Online"),
            ("other", "Other"),
        ]
    )
    presented = fields.Text(
        string="What Was Presented", help="Products and services shown to the customer."
    )
    needs = fields.Text()
    expectations = fields.Text()
    concerns = fields.Text()

    intends_to_cooperate = fields.Boolean(
        string="Intends to Cooperate",
        tracking=True,
        help="Notifies the departments that negotiate, once, and gives the salesperson "
        "a to-do.",
    )
    cooperation_date = fields.Datetime(
        string="Departments Notified On", readonly=True, copy=False
    )

    sales_step_ids = fields.Many2many(
        "customer.sales.step",
        string="Steps up to This Stage",
        compute="_compute_sales_step_ids",
    )
    sales_step_done_ids = fields.Many2many(
        "customer.sales.step",
        "crm_lead_sales_step_done_rel",
        string="Steps Done",
        copy=False,
    )
    sales_step_progress = fields.Float(
        string="Checklist Progress (%)", compute="_compute_sales_step_progress"
    )

    # ------------------------------------------------------------ computed, checked

    @api.depends("stage_id")
    def _compute_sales_step_ids(self):
        """The steps of the stages that a lead of this team passes up to its own."""
        steps = self.env["customer.sales.step"].search(
            [
                (
                    "stage_sequence",
                    "<=",
                    max(self.stage_id.mapped("sequence"), default=-1),
                )
            ]
        )
        for lead in self:
            lead.sales_step_ids = steps.filtered(
                lambda step, lead=lead: (
                    step.stage_id == lead.stage_id
                    or (
                        step.stage_sequence < lead.stage_id.sequence
                        and (
                            not step.stage_id.team_ids
                            or lead.team_id in step.stage_id.team_ids
                        )
                    )
                )
            )

    @api.depends("sales_step_ids", "sales_step_done_ids")
    def _compute_sales_step_progress(self):
        for lead in self:
            steps = lead.sales_step_ids._origin
            done = steps & lead.sales_step_done_ids._origin
            lead.sales_step_progress = 100 * len(done) / len(steps) if steps else 0.0

    @api.constrains("stage_id", "first_contact_date", "first_contact_channel", "needs")
    def _check_first_contact(self):
        """A stage may demand the record of the first contact (H6)."""
        for lead in self.filtered("stage_id.require_first_contact"):
            missing = [
                lead._fields[name]._description_string(self.env)
                for name in ("first_contact_date", "first_contact_channel", "needs")
                if not lead[name] or name == "needs" and not lead.needs.strip()
            ]
            if missing:
                raise ValidationError(
                    self.env._(
                        "%(lead)s cannot be in stage %(stage)s yet. Missing of the "
                        "first contact: %(fields)s.",
                        lead=lead.name,
                        stage=lead.stage_id.name,
                        fields=missing,
                    )
                )

    # ------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._notify_cooperation()
        return leads

    def write(self, vals):
        stages = {lead: lead.stage_id for lead in self} if "stage_id" in vals else {}
        result = super().write(vals)
        for lead, stage in stages.items():
            if stage != lead.stage_id:
                lead._check_steps_of(stage)
        if vals.get("intends_to_cooperate"):
            self._notify_cooperation()
        return result

    def _check_steps_of(self, stage):
        """Refuse to leave ``stage`` while its checklist is open (A41)."""
        if not stage.require_steps:
            return
        missing = stage.step_ids - self.sales_step_done_ids
        if missing:
            raise UserError(
                self.env._(
                    "%(lead)s cannot leave stage %(stage)s yet. Open steps: %(steps)s.",
                    lead=self.name,
                    stage=stage.name,
                    steps=missing.mapped("name"),
                )
            )

    def _merge_get_fields(self):
        # EXTENDS 'crm': the record of the first contact outlives a merge
        return super()._merge_get_fields() + [
            "business_scope",
            "first_contact_date",
            "first_contact_channel",
            "presented",
            "needs",
            "expectations",
            "concerns",
        ]

    # ------------------------------------------------------------ cooperation (H7)

    def _notify_cooperation(self):
        """Tell the departments that negotiate, once for each lead."""
        leads = self.filtered(
            lambda lead: lead.intends_to_cooperate and not lead.cooperation_date
        )
        leads.cooperation_date = fields.Datetime.now()
        for lead in leads:
            company = lead.company_id or self.env.company
            # sudo: who sells need not read roles; only users come back
            roles_sudo = company.sudo().customer_cooperation_role_ids
            users_sudo = self.env["res.users"].sudo()
            for role_sudo in roles_sudo:
                users_sudo |= role_sudo._get_users(lead)
            for lang, users in users_sudo.grouped("lang").items():
                in_lang = lead.with_context(lang=lang)
                lead.message_notify(
                    partner_ids=users.partner_id.ids,
                    subject=in_lang.env._("%s intends to cooperate", lead.name),
                    body=in_lang.env._(
                        "%(customer)s intends to cooperate. %(rep)s conducts the "
                        "negotiation.",
                        customer=lead.partner_id.name
                        or lead.partner_name
                        or lead.contact_name
                        or lead.name,
                        rep=lead.user_id.name or in_lang.env._("Nobody yet"),
                    ),
                )
            if lead.user_id:
                lead.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=lead.user_id.id,
                    summary=lead.with_context(lang=lead.user_id.lang).env._(
                        "Conduct the business negotiation"
                    ),
                )

    def _approval_company(self):
        return self.company_id

    def _approval_responsible(self, resolution):
        """Return the users behind ``resolution`` (see ``customer.role``)."""
        return {
            "rep": self.user_id,
            "keeper": self.team_id.keeper_id,
            "unit_manager": self.team_id.user_id,
        }[resolution]

    # ------------------------------------------------------------ dossier (H5)

    def action_create_dossier(self):
        """Open a preliminary dossier with what the lead knows, or the one there is;
        a customer without contact gets one as core creates it."""
        self.ensure_one()
        self.check_access("write")
        self.env["customer.dossier"].check_access("create")
        self._handle_partner_assignment(create_missing=True)
        customer = self.partner_id.commercial_partner_id
        if customer.dossier_access != "none":
            return customer.action_open_dossier()
        if (
            self.business_scope
            and not customer.business_scope
            and customer.has_access("write")
        ):
            customer.business_scope = self.business_scope
        self.env["customer.dossier"].create(self._prepare_dossier_values())
        return customer.action_open_dossier()

    def _prepare_dossier_values(self):
        self.ensure_one()
        values = {
            "partner_id": self.partner_id.id,
            "user_id": self.user_id.id or self.env.uid,
            "source_id": self.source_id.id,
            "first_contact_date": self.first_contact_date
            or fields.Datetime.context_timestamp(self, self.create_date).date(),
            "needs": self.needs,
            "background": self._get_dossier_background(),
        }
        if self.team_id:
            values["team_id"] = self.team_id.id
        return values

    def _get_dossier_background(self):
        background = self.description or Markup()
        for name in ("presented", "expectations", "concerns"):
            if self[name]:
                background += Markup("<p><b>%s</b><br/>%s</p>") % (
                    self._fields[name]._description_string(self.env),
                    self[name],
                )
        return background
