from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# under which names core, other addons and manual fields keep what nobody is treated
# differently for
REFUSED_NAMES = frozenset(
    {
        "age",
        "birthdate",
        "birthdate_date",
        "birthday",
        "date_of_birth",
        "ethnicity",
        "gender",
        "marital",
        "race",
        "religion",
        "sex",
    }
)
PRIVATE_MODELS = ("customer.private.fact", "customer.private.group")


class CustomerRuleInputMixin(models.AbstractModel):
    """A rule that decides on customers: on their grade, credit, prices, priority or
    who approves what. Sex, race, religion, age and private data are no input (D11).

    A rule model inherits this and calls ``_check_rule_domain`` or
    ``_check_rule_field`` in a constraint.
    """

    _name = "customer.rule.input.mixin"
    _description = "Rule on Customers"

    @api.model
    def _find_refused_field(self, model_name, path):
        """Return the first field of the dotted ``path`` that is no input of a rule,
        None if there is none."""
        model = self.env[model_name]
        for name in path.split("."):
            field = model._fields.get(name)
            if field is None:  # a part of a date, or a property
                return None
            plain = name.removeprefix("x_").removeprefix("studio_")
            if plain in REFUSED_NAMES or {field.model_name, field.comodel_name} & {
                *PRIVATE_MODELS
            }:
                return field
            source = field.related and self._find_refused_field(
                model._name, field.related
            )
            if source:
                return source
            if not field.comodel_name:
                return None
            model = self.env[field.comodel_name]
        return None

    @api.model
    def _check_rule_field(self, model_name, path):
        """Refuse a dotted ``path`` from ``model_name`` as an input of a rule.

        :raise ValidationError: it leads to a private fact or a personal trait
        """
        field = self._find_refused_field(model_name, path)
        if field is not None:
            raise ValidationError(
                self.env._(
                    "%(field)s cannot decide how a customer is treated. Sex, race, "
                    "religion, age and private data are no input of a rule.",
                    field=field._description_string(self.env),
                )
            )

    @api.model
    def _check_rule_domain(self, model_name, domain):
        """Refuse such a field anywhere in ``domain`` on ``model_name``; see
        ``_check_rule_field``."""
        for condition in Domain(domain).iter_conditions():
            self._check_rule_field(model_name, condition.field_expr)
            if condition.operator.removesuffix("!") in ("any", "not any"):
                comodel = self.env[model_name]
                for name in condition.field_expr.split("."):
                    comodel = self.env[comodel._fields[name].comodel_name]
                self._check_rule_domain(comodel._name, condition.value)
