from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date


class CustomerMajorChange(models.Model):
    """重大变动事项: an event at the customer's that those who work with him must
    know (A25). Whoever is responsible is told once when it is entered; finance,
    once it matters for his credit."""

    _name = "customer.major.change"
    _description = "Major Change"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "date desc, id desc"
    _rec_name = "change_type"

    date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    change_type = fields.Selection(
        [
            ("legal_representative", "Legal Representative"),
            ("ownership", "Ownership"),
            ("relocation", "Relocation"),
            ("restructuring", "Restructuring"),
            ("business_scope", "Business Scope"),
            ("other", "Other"),
        ],
        string="Type of Change",
        required=True,
        tracking=True,
    )
    description = fields.Text(required=True, prefetch="guarded")
    consequence = fields.Text(
        prefetch="guarded", help="What the change means for the business with us."
    )
    credit_relevant = fields.Boolean(
        tracking=True, help="Finance and Audit is told about the change."
    )
    finance_told = fields.Boolean(readonly=True, copy=False)

    def _guarded_fields(self):
        return super()._guarded_fields() | {"finance_told"}

    @api.depends("change_type")
    @api.depends_context("lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        # the name of a change that the user may not read stays empty
        for change in self.filtered("display_name"):
            change.display_name = change._get_type_label()
        return result

    @api.constrains("date")
    def _check_date(self):
        today = fields.Date.context_today(self)
        for change in self:
            if change.date > today:
                raise ValidationError(
                    self.env._(
                        "%(date)s is in the future. Enter the day on which the change "
                        "happened.",
                        date=format_date(self.env, change.date),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        for change in changes:
            dossier = change.dossier_id
            change._tell(dossier.user_id | dossier.keeper_id | change._take_finance())
        return changes

    def write(self, vals):
        result = super().write(vals)
        if vals.get("credit_relevant"):
            for change in self:
                change._tell(change._take_finance())
        return result

    def _take_finance(self):
        """Return the users of finance that are to be told now, and note it."""
        if not self.credit_relevant or self.finance_told:
            return self.env["res.users"]
        self._system_write({"finance_told": True})
        role = self.env.ref("customer_archive.customer_role_fin")
        return role._get_users(self.dossier_id)

    def _tell(self, users):
        """Give a to-do to those of ``users`` who may read the dossier, the author
        excepted."""
        users = (users - self.env.user).filtered("active")
        for user in self.dossier_id._readers_among(users):
            # sudo: an employee may not schedule to-dos for others on any document
            change_sudo = self.sudo().with_context(lang=user.lang)
            change_sudo.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=change_sudo.env._(
                    "Major change of %(customer)s: %(type)s",
                    customer=change_sudo.partner_id.name,
                    type=change_sudo._get_type_label(),
                ),
            )

    def _get_type_label(self):
        field = self._fields["change_type"]
        return dict(field._description_selection(self.env))[self.change_type]
