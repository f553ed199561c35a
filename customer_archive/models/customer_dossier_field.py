from odoo import api, fields, models
from odoo.tools import ormcache


class CustomerDossierField(models.Model):
    """The fields of the dossier and of the customer that the rules name."""

    _name = "customer.dossier.field"
    _description = "Dossier Field"
    _order = "sequence, id"
    _rec_name = "field_id"

    sequence = fields.Integer(default=10)
    field_id = fields.Many2one(
        "ir.model.fields",
        required=True,
        ondelete="cascade",
        domain=[("model", "in", ("customer.dossier", "res.partner"))],
    )
    watched = fields.Boolean(help="Changes are marked until the keeper has seen them.")
    is_key = fields.Boolean(string="Key Field")

    _field_uniq = models.UniqueIndex("(field_id)", "A field is listed once.")

    @api.model
    @ormcache("model_name")
    def _get_watched(self, model_name):
        """Return the names of the fields of ``model_name`` whose changes are marked."""
        # sudo: the list says which fields matter, it holds nothing of a customer
        listed_sudo = self.sudo().search(
            [("watched", "=", True), ("field_id.model", "=", model_name)]
        )
        return frozenset(listed_sudo.field_id.mapped("name"))

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
