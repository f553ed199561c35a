from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

IDENTITY_TYPES = [
    ("legal", "Legal Person"),
    ("person", "Natural Person"),
    ("other", "Other Organisation"),
]
MODELS = ("customer.dossier", "res.partner")


class CustomerDossierField(models.Model):
    """What a company wants to know about its customers, field by field: what is
    mandatory for which kind of customer (A19, A42), what is marked when it changes
    (A51) and what has to be confirmed again (A12)."""

    _name = "customer.dossier.field"
    _description = "Field of the Dossier"
    _inherit = ["customer.cached.mixin", "customer.rule.input.mixin"]
    _order = "sequence, id"

    name = fields.Char(related="field_id.field_description")
    field_id = fields.Many2one(
        "ir.model.fields",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("model", "in", MODELS), ("store", "=", True)],
    )
    model = fields.Char(related="field_id.model", store=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    page = fields.Selection(
        [
            ("contact", "Contact"),
            ("registration", "Registration"),
            ("responsibility", "Responsibility"),
            ("background", "Background"),
        ],
        required=True,
        default="background",
        help="Where the user finds the field; named with what is missing.",
    )
    required_legal = fields.Boolean(string="Required of Legal Persons")
    required_person = fields.Boolean(string="Required of Natural Persons")
    required_other = fields.Boolean(string="Required of Other Organisations")
    watched = fields.Boolean(
        string="Mark Changes", help="A change is marked until the keeper acknowledges."
    )
    is_key = fields.Boolean(
        string="Key Fact",
        help="A change in an approved dossier has to be confirmed by the unit manager "
        "and the marketing director.",
    )
    is_personal = fields.Boolean(
        string="Personal Data", help="Says something about a person."
    )

    _field_uniq = models.UniqueIndex("(field_id)", "Each field is listed once.")

    @api.constrains("field_id")
    def _check_field(self):
        for record in self:
            if record.field_id.model not in MODELS or not record.field_id.store:
                raise ValidationError(
                    self.env._(
                        "%(field)s is not a stored field of the customer or his "
                        "dossier.",
                        field=record.field_id.display_name,
                    )
                )

    @api.constrains("field_id", "required_legal", "required_person", "required_other")
    def _check_required(self):
        """Nobody is obliged to ask for private data (D10, D11)."""
        for record in self:
            if any(
                record[f"required_{identity}"] for identity, _label in IDENTITY_TYPES
            ):
                self._check_rule_field(record.field_id.model, record.field_id.name)

    @api.model
    @ormcache("model_name", "flag")
    def _get_field_names(self, model_name, flag):
        """Return the names of the fields of ``model_name`` with the given flag."""
        # sudo: the list steers everybody's work and holds nothing of a customer
        listed_sudo = self.sudo().search(
            Domain("model", "=", model_name) & Domain(flag, "=", True)
        )
        return frozenset(listed_sudo.field_id.mapped("name"))

    @api.model
    def _get_watched(self, model_name):
        """Return the names of the fields whose changes are marked; key facts are."""
        return self._get_key(model_name) | self._get_field_names(model_name, "watched")

    @api.model
    def _get_key(self, model_name):
        return self._get_field_names(model_name, "is_key")

    @api.model
    @ormcache()
    def _get_required(self):
        """Return {identity type: {id: (model, field)}} of the required fields, in
        their order."""
        # sudo: see _get_field_names
        listed_sudo = self.sudo().search(
            Domain.OR(
                Domain(f"required_{identity}", "=", True)
                for identity, _label in IDENTITY_TYPES
            )
        )
        return {
            identity: {
                listed.id: (listed.model, listed.field_id.name)
                for listed in listed_sudo.filtered(f"required_{identity}")
            }
            for identity, _label in IDENTITY_TYPES
        }

    @api.model
    def _filled_domain(self, model, name):
        """Return the Domain of the dossiers in which the field is filled."""
        filled = Domain(name, "!=", False)
        return (
            Domain("partner_id", "any!", filled) if model == "res.partner" else filled
        )

    def _get_label(self):
        """Return the field's name and where the user finds it."""
        self.ensure_one()
        pages = dict(self._fields["page"]._description_selection(self.env))
        return self.env._(
            "%(field)s (%(page)s)", field=self.name, page=pages[self.page]
        )
