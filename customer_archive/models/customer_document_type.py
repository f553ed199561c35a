from odoo import api, fields, models
from odoo.fields import Domain


class CustomerDocumentType(models.Model):
    """A kind of paper that a customer is asked for (A20)."""

    _name = "customer.document.type"
    _description = "Type of Paper"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    mandatory_for_legal = fields.Boolean(string="Mandatory for Legal Persons")
    mandatory_for_person = fields.Boolean(string="Mandatory for Natural Persons")
    mandatory_for_other = fields.Boolean(string="Mandatory for Other Organisations")
    has_validity = fields.Boolean(string="Has a Validity")
    remind_days = fields.Integer(
        default=30, help="How many days before the end of its validity a paper expires."
    )
    check_credit_code = fields.Boolean(
        string="Number Is the Credit Code",
        help="The number must be the customer's unified social credit code.",
    )

    _remind_days_positive = models.Constraint(
        "CHECK(remind_days >= 0)", "The days before expiry cannot be negative."
    )

    @api.model
    def _get_mandatory_types(self):
        """Return {identity type of a dossier: the types mandatory for it}."""
        fields_by_identity = {
            identity: f"mandatory_for_{identity}"
            for identity in ("legal", "person", "other")
        }
        types = self.search_fetch(
            Domain.OR(
                Domain(field_name, "=", True)
                for field_name in fields_by_identity.values()
            ),
            [*fields_by_identity.values(), "name"],
        )
        return {
            identity: types.filtered(field_name)
            for identity, field_name in fields_by_identity.items()
        }
