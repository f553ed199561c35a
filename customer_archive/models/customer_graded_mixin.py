from odoo import api, fields, models
from odoo.tools import SQL

from .customer_grade import TIERS

# what is shown of the dossier, here and there under the same name
_SHOWN = ("grade_id", "tier")


class CustomerGradedMixin(models.AbstractModel):
    """The customer's grade on documents that more people read than his dossier.

    The grade is content of the dossier: whoever may not read it finds none, whether he
    reads, searches, sorts or groups, and the customer counts as one without a grade. It
    is never stored here, so it follows the dossier at once. A model that inherits this
    has the field ``dossier_id``.
    """

    _name = "customer.graded.mixin"
    _description = "Document that Shows the Customer's Grade"

    grade_id = fields.Many2one(
        "customer.grade",
        compute="_compute_grade",
        search="_search_grade_id",
        compute_sudo=False,
    )
    tier = fields.Selection(
        TIERS,
        compute="_compute_grade",
        search="_search_tier",
        compute_sudo=False,
    )

    @api.depends("dossier_id.grade_id", "dossier_id.tier")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_grade(self):
        """Fetched as the reader, also for a caller in sudo: the cache is shared with
        him."""
        dossiers = self.env["customer.dossier"].sudo(False)
        readable = dossiers
        if dossiers.has_access("read"):
            domain = [("id", "in", self.dossier_id._origin.ids)]
            readable = dossiers.search_fetch(domain, _SHOWN)
        for record in self:
            dossier = record.dossier_id._origin.sudo(False) & readable
            for name in _SHOWN:
                record[name] = dossier[name]

    @api.model
    def _search_grade_id(self, operator, value):
        return self._search_shown("grade_id", operator, value)

    @api.model
    def _search_tier(self, operator, value):
        return self._search_shown("tier", operator, value)

    @api.model
    def _search_shown(self, name, operator, value):
        dossiers = self.env["customer.dossier"]
        return dossiers._get_shown_domain("dossier_id", "id", name, operator, value)

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr not in _SHOWN:
            return super()._field_to_sql(alias, field_expr, query)
        link = self._field_to_sql(alias, "dossier_id", query)
        dossiers = self.env["customer.dossier"]
        return dossiers._get_shown_sql(alias, link, "id", field_expr, query)
