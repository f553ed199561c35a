import re

from stdnum.cn import uscc

from odoo import api, fields, models
from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_grade import TIERS

# what the contact shows of the dossier, by field of the dossier
DOSSIER_HEAD = {
    "number": "dossier_number",
    "state": "dossier_state",
    "secrecy_level_id": "dossier_secrecy_level_id",
    "keeper_id": "dossier_keeper_id",
    "grade_id": "dossier_grade_id",
    "tier": "dossier_tier",
}
# and what can be typed or imported there
DOSSIER_EVERYDAY = {
    "team_id": "dossier_team_id",
    "user_id": "dossier_user_id",
    "source_id": "dossier_source_id",
    "first_contact_date": "dossier_first_contact_date",
}
# content of the dossier: shown and typed on the contact's form, in no list
DOSSIER_CONTENT = {
    "lawful_source": "dossier_lawful_source",
    "needs": "dossier_needs",
}
DOSSIER_TYPED = DOSSIER_EVERYDAY | DOSSIER_CONTENT
# a client must not switch off the search for duplicates
SYSTEM_FIELDS = ("contact_data_doubtful", "tax_key", "name_key", "domain_key")


class ResPartner(models.Model):
    """Registration facts that anybody can look up (A18), and the head of the
    dossier for those who may read it. Nothing confidential is stored here."""

    _inherit = "res.partner"

    legal_representative = fields.Char()
    credit_code = fields.Char(string="Unified Social Credit Code", size=18)
    enterprise_nature = fields.Selection(
        [
            ("state", "State-owned"),
            ("collective", "Collective"),
            ("private", "Private"),
            ("foreign", "Foreign-funded"),
            ("joint", "Joint Venture"),
            ("public_body", "Public Institution"),
            ("other", "Other"),
        ]
    )
    registered_capital = fields.Monetary(currency_field="registered_currency_id")
    registered_currency_id = fields.Many2one(
        "res.currency",
        string="Capital Currency",
        default=lambda self: self.env.company.currency_id,
    )
    founded_on = fields.Date()
    business_scope = fields.Text()
    fax = fields.Char()

    # what kind of customer he is (A13, A22, A35)
    business_category_id = fields.Many2one(
        "customer.classification",
        domain=[("kind", "=", "business_category")],
        ondelete="restrict",
        groups="base.group_user",
    )
    business_scale_id = fields.Many2one(
        "customer.classification",
        domain=[("kind", "=", "scale")],
        ondelete="restrict",
        groups="base.group_user",
    )
    sales_region_id = fields.Many2one(
        "customer.classification",
        domain=[("kind", "=", "region")],
        ondelete="restrict",
        groups="base.group_user",
    )
    staff_band = fields.Selection(
        [("1", "1–49"), ("50", "50–99"), ("100", "100–499"), ("500", "500 or More")],
        string="Staff",
        groups="base.group_user",
    )
    turnover_band = fields.Selection(
        [
            ("0", "Below 1,000,000"),
            ("1", "1,000,000–10,000,000"),
            ("10", "10,000,000–100,000,000"),
            ("100", "100,000,000 or More"),
        ],
        string="Yearly Turnover",
        groups="base.group_user",
        help="In the currency of the registered capital.",
    )
    trade_channel = fields.Selection(
        [("direct", "Direct"), ("indirect", "Indirect")], groups="base.group_user"
    )
    intermediary_id = fields.Many2one(
        "res.partner",
        domain=[("parent_id", "=", False)],
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="The dealer through whom an indirect customer buys.",
    )
    is_trading = fields.Boolean(
        string="Trading",
        compute="_compute_is_trading",
        search="_search_is_trading",
        groups="customer_archive.group_user",
        help="There are orders, invoices or opportunities of the customer.",
    )

    # how to deal with a contact (A21, A30)
    contact_subject = fields.Char(
        string="Subject in Charge",
        groups="base.group_user",
        help="What the contact is responsible for.",
    )
    preferred_channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("email", "Email"),
            ("wechat", "WeChat"),
            ("visit", "Visit"),
        ],
        groups="base.group_user",
    )
    preferred_time = fields.Char(groups="base.group_user")
    preferred_frequency = fields.Selection(
        [
            ("weekly", "Weekly"),
            ("monthly", "Monthly"),
            ("quarterly", "Quarterly"),
            ("yearly", "Yearly"),
            ("request", "On Request"),
        ],
        groups="base.group_user",
    )

    dossier_id = fields.Many2one(
        "customer.dossier",
        string="Customer Dossier",
        compute="_compute_dossier_head",
        search="_search_dossier_id",
        compute_sudo=False,
    )
    dossier_number = fields.Char(
        compute="_compute_dossier_head",
        search="_search_dossier_number",
        compute_sudo=False,
    )
    dossier_state = fields.Selection(
        selection=lambda self: (
            self.env["customer.dossier"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        compute="_compute_dossier_head",
        search="_search_dossier_state",
        compute_sudo=False,
    )
    dossier_secrecy_level_id = fields.Many2one(
        "customer.secrecy.level",
        string="Secrecy Level",
        compute="_compute_dossier_head",
        compute_sudo=False,
    )
    dossier_keeper_id = fields.Many2one(
        "res.users",
        string="Keeper",
        compute="_compute_dossier_head",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_grade_id = fields.Many2one(
        "customer.grade",
        string="Grade",
        compute="_compute_dossier_head",
        search="_search_dossier_grade_id",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_tier = fields.Selection(
        TIERS,
        string="Tier",
        compute="_compute_dossier_head",
        search="_search_dossier_tier",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_team_id = fields.Many2one(
        "crm.team",
        string="Business Unit",
        compute="_compute_dossier_head",
        compute_sudo=False,
        readonly=False,
        groups="base.group_user",
    )
    dossier_user_id = fields.Many2one(
        "res.users",
        string="Responsible Rep",
        compute="_compute_dossier_head",
        compute_sudo=False,
        readonly=False,
        domain=[("share", "=", False)],
        groups="base.group_user",
    )
    dossier_source_id = fields.Many2one(
        "utm.source",
        string="Acquisition Channel",
        compute="_compute_dossier_head",
        compute_sudo=False,
        readonly=False,
        groups="base.group_user",
    )
    dossier_first_contact_date = fields.Date(
        string="First Contact",
        compute="_compute_dossier_head",
        compute_sudo=False,
        readonly=False,
        groups="base.group_user",
    )
    dossier_lawful_source = fields.Text(
        string="Lawful Source of the Data",
        compute="_compute_dossier_content",
        compute_sudo=False,
        readonly=False,
        groups="base.group_user",
    )
    dossier_needs = fields.Text(
        string="Needs in Short",
        compute="_compute_dossier_content",
        compute_sudo=False,
        readonly=False,
        groups="base.group_user",
    )
    dossier_may_modify = fields.Boolean(
        compute="_compute_dossier_may_modify",
        compute_sudo=False,
        groups="base.group_user",
    )
    dossier_access = fields.Selection(
        [("none", "No Dossier"), ("hidden", "Not for You"), ("open", "Readable")],
        compute="_compute_dossier_access",
        search="_search_dossier_access",
        groups="base.group_user",
    )
    contact_data_doubtful = fields.Boolean(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="An e-mail came back or the customer could not be reached. A successful "
        "verification clears it.",
    )

    # ------------------------------------------------------------ head of the dossier

    @api.depends("commercial_partner_id")
    @api.depends_context("uid")
    def _compute_dossier_head(self):
        """Fetched as the reader, also for a caller in sudo: the cache is shared
        with him, and a related field would hand the head to everybody."""
        dossiers = self.env["customer.dossier"].sudo(False)
        head_by_partner = {}
        if dossiers.has_access("read"):
            head_by_partner = dossiers.search_fetch(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id", *DOSSIER_HEAD, *DOSSIER_EVERYDAY],
            ).grouped("partner_id")
        for partner in self:
            dossier = head_by_partner.get(
                partner.commercial_partner_id._origin, dossiers
            )[:1]
            partner.dossier_id = dossier
            for name, shown in (DOSSIER_HEAD | DOSSIER_EVERYDAY).items():
                partner[shown] = dossier[name]

    @api.depends("dossier_id")
    @api.depends_context("uid")
    def _compute_dossier_content(self):
        """Fetched as the reader, like the head; this is an opening of the dossier. The
        contact is for everybody, so whoever has not confirmed the confidentiality duty
        finds these empty."""
        confirmed = self.env.user._has_confirmed_confidentiality()
        for partner in self:
            dossier = partner.sudo(False).dossier_id if confirmed else None
            for name, shown in DOSSIER_CONTENT.items():
                partner[shown] = dossier[name] if dossier else False

    @api.depends("dossier_id")
    @api.depends_context("uid")
    def _compute_dossier_may_modify(self):
        for partner in self:
            partner.dossier_may_modify = partner.dossier_id.may_modify

    @api.depends("commercial_partner_id")
    @api.depends_context("uid")
    def _compute_dossier_access(self):
        # sudo: that a dossier exists is no secret, every customer has one
        dossiers_sudo = self.env["customer.dossier"].sudo()
        filed = {
            partner.id
            for (partner,) in dossiers_sudo._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"]
            )
        }
        for partner in self:
            if partner.sudo(False).dossier_id:
                partner.dossier_access = "open"
            else:
                hidden = partner.commercial_partner_id._origin.id in filed
                partner.dossier_access = "hidden" if hidden else "none"

    @api.model
    def _invalidate_dossier_head(self):
        """Forget the cached heads: no field of the partner leads to the dossier."""
        self.invalidate_model(
            [
                "dossier_id",
                "dossier_may_modify",
                "dossier_access",
                *DOSSIER_HEAD.values(),
                *DOSSIER_EVERYDAY.values(),
                *DOSSIER_CONTENT.values(),
            ],
            flush=False,
        )

    @api.model
    def _search_dossier_head(self, field_name, operator, value):
        dossiers = self.env["customer.dossier"]
        return dossiers._get_shown_domain(
            "commercial_partner_id", "partner_id", field_name, operator, value
        )

    @api.model
    def _search_dossier_id(self, operator, value):
        return self._search_dossier_head("id", operator, value)

    @api.model
    def _search_dossier_number(self, operator, value):
        return self._search_dossier_head("number", operator, value)

    @api.model
    def _search_dossier_state(self, operator, value):
        return self._search_dossier_head("state", operator, value)

    @api.model
    def _search_dossier_grade_id(self, operator, value):
        return self._search_dossier_head("grade_id", operator, value)

    @api.model
    def _search_dossier_tier(self, operator, value):
        return self._search_dossier_head("tier", operator, value)

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        """Contacts are grouped and sorted by the grade that the user may read."""
        name = {"dossier_grade_id": "grade_id", "dossier_tier": "tier"}.get(field_expr)
        if not name:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        link = self._field_to_sql(alias, "commercial_partner_id", query)
        dossiers = self.env["customer.dossier"]
        return dossiers._get_shown_sql(alias, link, "partner_id", name, query)

    @api.model
    def _search_dossier_access(self, operator, value):
        """Only «without dossier» (A13) can be asked for; it is no secret."""
        if operator != "in" or set(value) != {"none"}:
            return NotImplemented
        # sudo: see _compute_dossier_access
        filed = self.env["customer.dossier"].sudo()._search(Domain.TRUE)
        return Domain("commercial_partner_id", "not in", filed.subselect("partner_id"))

    def action_open_dossier(self):
        """Open the dossier, or the form of a new one; who may not read it learns
        who keeps it."""
        self.ensure_one()
        customer = self.commercial_partner_id
        if customer.dossier_access == "hidden":
            raise customer._dossier_hidden_error()
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.dossier",
            "res_id": customer.dossier_id.id,
            "views": [(False, "form")],
            "context": {"default_partner_id": customer.id},
        }

    # ------------------------------------------------------------ upkeep (A51 - A55)

    def _update_address(self, vals):
        return self.env["customer.change"]._watch(
            self,
            vals,
            lambda vals, records: super(ResPartner, records)._update_address(vals),
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_strict(self):
        self.env["customer.change"]._check_contacts_removed(self.filtered("parent_id"))

    def unlink(self):
        contacts = self.filtered("parent_id")
        self.env["customer.change"]._mark_contacts(contacts, added=False)
        return super().unlink()

    def _check_system_fields(self, *vals_list):
        names = {*SYSTEM_FIELDS, *(f"default_{name}" for name in SYSTEM_FIELDS)}
        if not self.env.su and any(
            names & vals.keys() for vals in (*vals_list, self.env.context)
        ):
            raise AccessError(
                self.env._(
                    "The system flags doubtful contact data, which a verification "
                    "clears, and looks for duplicates itself."
                )
            )

    def _message_receive_bounce(self, email, partner):
        """EXTENDS 'mail': what came back is verified anew (A55)."""
        result = super()._message_receive_bounce(email, partner)
        self._flag_doubtful()
        return result

    def _flag_doubtful(self):
        """Flag the contact data and plan the customers' verification for today."""
        # sudo: the system flags, whoever may read the dossier
        self.sudo().write({"contact_data_doubtful": True})
        dossiers_sudo = (
            self.env["customer.dossier"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.sudo().commercial_partner_id.ids),
                    ("state", "=", "formal"),
                ]
            )
        )
        if dossiers_sudo:
            dossiers_sudo._system_write(
                {"next_verification_date": fields.Date.context_today(self)}
            )

    def _dossier_hidden_error(self):
        """Return the exception that tells who keeps the dossier and how to get
        access to it (D4)."""
        # sudo: the keeper's name is what the refused reader is told (D4)
        keeper_sudo = (
            self.env["customer.dossier"]
            .sudo()
            .search([("partner_id", "=", self.id)], limit=1)
            .keeper_id
        )
        message = self.env._(
            "You may not open the dossier of %(customer)s. It is kept by %(keeper)s. "
            "Ask for access with a purpose and a period; the %(decider)s decides.",
            customer=self.display_name,
            keeper=keeper_sudo.name or self.env._("nobody yet"),
            decider=self.env.ref("customer_archive.customer_role_gmo").name,
        )
        button = self.env._("Request Access")
        action = {
            "type": "ir.actions.act_window",
            "name": button,
            "res_model": "customer.access.permit",
            "views": [[False, "form"]],
            "context": {"default_item_ids": [[0, 0, {"partner_id": self.id}]]},
        }
        return self._redirect_error(message, action, button)

    def _information_error(self, message, kind, button):
        """Return an exception whose button opens an entry of the information inbox
        about this customer."""
        action = {
            "type": "ir.actions.act_window",
            "name": button,
            "res_model": "customer.information",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_kind": kind, "default_partner_id": self.id},
        }
        return self._redirect_error(message, action, button)

    def _redirect_error(self, message, action, button):
        """Return the exception whose button opens ``action``; a file import shows
        only the sentence, with its row."""
        if self.env.context.get("import_file"):
            return ValidationError(message)
        return RedirectWarning(message, action, button)

    # ------------------------------------------------------------ everyday dossier

    # no inverse methods: they would open imported dossiers one by one, and could not
    # tell which values were given

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system_fields(*vals_list)
        split = [self._split_everyday(vals) for vals in vals_list]
        partners = super().create([contact_vals for contact_vals, _everyday in split])
        dossier_vals = []
        for partner, (_contact_vals, everyday) in zip(partners, split, strict=True):
            given = {name: value for name, value in everyday.items() if value}
            if "team_id" in given:
                dossier_vals.append(given | {"partner_id": partner.id})
            elif given:
                partner._write_dossier(given)
        self.env["customer.dossier"].create(dossier_vals)
        contacts = partners.filtered("parent_id")
        self.env["customer.change"]._mark_contacts(contacts, added=True)
        return partners

    def write(self, vals):
        self._check_system_fields(vals)
        self._check_customer_shown(vals)
        contact_vals, everyday = self._split_everyday(vals)
        result = self.env["customer.change"]._watch(
            self,
            contact_vals,
            lambda vals, records: super(ResPartner, records).write(vals),
        )
        if everyday:
            self._write_dossier(everyday)
        return result

    @api.model
    def _split_everyday(self, vals):
        """Return what of ``vals`` is the contact's, and what is the dossier's."""
        everyday = {
            name: vals[shown] for name, shown in DOSSIER_TYPED.items() if shown in vals
        }
        if not everyday:
            return vals, everyday
        names = vals.keys() - DOSSIER_TYPED.values()
        return {name: vals[name] for name in names}, everyday

    def _write_dossier(self, everyday):
        """Write what was typed in the contact on the dossier, with the user's own
        rights; a business unit opens a dossier for a customer without one.

        :raise ValidationError: values, but neither a dossier nor a business unit
        """
        customers = self.commercial_partner_id
        if customers.dossier_id:
            customers.dossier_id.write(everyday)
        if not any(everyday.values()):
            return
        for customer in customers - customers.dossier_id.partner_id:
            if customer.dossier_access == "hidden":
                raise customer._dossier_hidden_error()
            if not everyday.get("team_id"):
                raise ValidationError(
                    self.env._(
                        "%(customer)s has no dossier yet. Name the business unit to "
                        "open one, or leave the fields of the dossier empty.",
                        customer=customer.display_name,
                    )
                )
            self.env["customer.dossier"].create(everyday | {"partner_id": customer.id})

    def _convert_fields_to_values(self, field_names):
        """EXTENDS 'base': a rep imports people of a company, too; base copies to them
        what accounting alone may read of the company."""
        # sudo: the values go to contacts of the same company, not to the user
        return super(ResPartner, self.sudo())._convert_fields_to_values(field_names)

    @api.model
    def get_import_templates(self):
        folder = "/customer_archive/static/xls"
        return super().get_import_templates() + [
            {
                "label": self.env._("Import Template for Customers with a Dossier"),
                "template": f"{folder}/customer_import_template.xlsx",
            }
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_dossier(self):
        # sudo: the dossier may be hidden from who deletes the contact
        dossier_sudo = (
            self.env["customer.dossier"]
            .sudo()
            .search([("partner_id", "in", self.ids)], limit=1)
        )
        if dossier_sudo:
            raise UserError(
                self.env._(
                    "%(customer)s has a dossier and cannot be deleted. Archive the "
                    "contact, or merge it if it is a duplicate.",
                    customer=dossier_sudo.partner_id.name,
                )
            )

    def _check_customer_shown(self, vals):
        """A customer whose dossier is in force is the company's (D16): the data
        department alone takes him out of sight, by archiving or by moving him to
        another company."""
        if (
            self.env.su
            or not {"active", "company_id"} & vals.keys()
            or self.env.user._has_archive_role("KEEPER", "MDO")
        ):
            return
        hidden = self.filtered(
            lambda partner: (
                ("active" in vals and partner.active and not vals["active"])
                or (
                    vals.get("company_id")
                    and partner.company_id.id != vals["company_id"]
                )
            )
        )
        if not hidden:
            return
        # sudo: the dossier may be hidden from who changes the contact
        dossier_sudo = (
            self.env["customer.dossier"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", hidden.ids),
                    ("state", "not in", ("history", "destroyed")),
                ],
                limit=1,
            )
        )
        if dossier_sudo:
            raise UserError(
                self.env._(
                    "%(customer)s has a dossier in force and stays visible to all. Ask "
                    "the keeper to move the dossier to history first.",
                    customer=dossier_sudo.partner_id.name,
                )
            )

    # ------------------------------------------------------------ registration

    @api.constrains("credit_code")
    def _check_credit_code(self):
        for partner in self:
            if partner.credit_code and not uscc.is_valid(partner.credit_code):
                raise ValidationError(
                    self.env._(
                        "%(code)s is not a unified social credit code: 18 characters, "
                        "the last of which is a check character. Compare it with the "
                        "business licence of %(customer)s.",
                        code=partner.credit_code,
                        customer=partner.display_name,
                    )
                )

    @api.constrains("parent_id", "is_company")
    def _check_dossier_of_contact(self):
        """A dossier belongs to a commercial entity (A1)."""
        contacts = self.filtered(
            lambda partner: partner.commercial_partner_id != partner
        )
        if not contacts:
            return
        # sudo: the dossier may be hidden from who changes the contact
        dossier_sudo = (
            self.env["customer.dossier"]
            .sudo()
            .search([("partner_id", "in", contacts.ids)], limit=1)
        )
        if dossier_sudo:
            raise ValidationError(
                self.env._(
                    "%(customer)s has a dossier of its own and cannot become a contact "
                    "of %(company)s. Its keeper decides what becomes of the dossier.",
                    customer=dossier_sudo.partner_id.name,
                    company=dossier_sudo.partner_id.commercial_partner_id.name,
                )
            )

    # ------------------------------------------------------------ kind of customer

    @api.constrains("business_category_id", "business_scale_id", "sales_region_id")
    def _check_classifications(self):
        self.env["customer.classification"]._check_kinds(
            self,
            {
                "business_category_id": "business_category",
                "business_scale_id": "scale",
                "sales_region_id": "region",
            },
        )

    @api.constrains("trade_channel", "intermediary_id")
    def _check_intermediary(self):
        for partner in self:
            customer = partner.commercial_partner_id
            if partner.trade_channel == "indirect" and not partner.intermediary_id:
                raise ValidationError(
                    self.env._(
                        "%(customer)s is an indirect customer: name the intermediary "
                        "through whom he buys.",
                        customer=customer.display_name,
                    )
                )
            if partner.intermediary_id.commercial_partner_id == customer:
                raise ValidationError(
                    self.env._(
                        "%(customer)s cannot be his own intermediary. Name the company "
                        "through which he buys, or make him a direct customer.",
                        customer=customer.display_name,
                    )
                )

    @api.onchange("trade_channel")
    def _onchange_trade_channel(self):
        if self.trade_channel != "indirect":
            self.intermediary_id = False

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_trading(self):
        trading = self.search([("id", "in", self.ids), ("is_trading", "=", True)])
        for partner in self:
            partner.is_trading = partner._origin in trading

    @api.model
    def _search_is_trading(self, operator, value):
        """The customers with orders, invoices or opportunities in the present
        companies, whichever of their contacts stands on them (A13)."""
        # the groups of a field that is not stored do not hold in a search
        self._check_field_access(self._fields["is_trading"], "read")
        if operator != "in":
            return NotImplemented
        company = Domain("company_id", "in", self.env.companies.ids)
        documents = {
            "sale.order": company & Domain("state", "!=", "cancel"),
            "account.move": company
            & Domain("state", "!=", "cancel")
            & Domain("move_type", "in", ("out_invoice", "out_refund")),
            "crm.lead": Domain("company_id", "in", [False, *self.env.companies.ids])
            & Domain("type", "=", "opportunity")
            & Domain("partner_id", "!=", False),
        }
        # sudo: that somebody trades with a customer is told to who keeps the archive,
        # his documents are not
        traders = Domain.OR(
            Domain(
                "id",
                "in",
                self.env[model].sudo()._search(domain).subselect("partner_id"),
            )
            for model, domain in documents.items()
        )
        partners_sudo = self.sudo().with_context(active_test=False)
        return Domain(
            "commercial_partner_id",
            "in",
            partners_sudo._search(traders).subselect("commercial_partner_id"),
        )

    def _check_contact_of(self, customer):
        """Raise a ValidationError unless this is a person at ``customer``'s, or the
        customer is that person himself."""
        for contact in self:
            if contact.is_company or contact.commercial_partner_id != customer:
                raise ValidationError(
                    self.env._(
                        "%s is not a contact of the customer. Choose one of his "
                        "contacts or add the person there first.",
                        contact.display_name,
                    )
                )

    def _commercial_fields(self):
        return super()._commercial_fields() + [
            "legal_representative",
            "credit_code",
            "enterprise_nature",
            "registered_capital",
            "registered_currency_id",
            "founded_on",
            "business_scope",
            "business_category_id",
            "business_scale_id",
            "sales_region_id",
            "staff_band",
            "turnover_band",
            "trade_channel",
            "intermediary_id",
        ]

    @api.model
    def _find_by_phone(self, number, company):
        """Return the contacts, as far as the user may read them, that have this number,
        however it is written.

        :param company: whose country a number without country code belongs to
        """
        sanitized = self._phone_format(number=number, country=company.country_id)
        if sanitized:
            return self.search(Domain("phone_sanitized", "=", sanitized))
        digits = re.sub(r"\D", "", number)
        # an extension belongs to many
        if len(digits) < 7:
            return self.browse()
        return self.search(Domain("phone_mobile_search", "=", number))

    def _get_complaint_action(self, **defaults):
        """Return the action that opens the form of a new case of this contact.

        :param defaults: further values of the case, by field
        """
        self.ensure_one()
        # sudo: of whom a contact is, for whoever reads the contact
        customer = self.sudo().commercial_partner_id
        values = {"partner_id": customer.id, **defaults}
        if self != customer:
            values["contact_id"] = self.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log a Complaint"),
            "res_model": "customer.complaint",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {f"default_{name}": value for name, value in values.items()},
        }
