from odoo import api, fields, models


class CustomerStorageLocation(models.Model):
    """Where paper files are kept; those of important customers apart (A45)."""

    _name = "customer.storage.location"
    _description = "Storage Location"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_important = fields.Boolean(
        string="Important Customers",
        help="Only the files of important customers are kept here.",
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: all companies keep files here."
    )

    @api.constrains("is_important")
    def _check_is_important(self):
        # sudo: every file that lies here counts, whoever may read its dossier
        dossiers_sudo = self.env["customer.dossier"].sudo()
        dossiers_sudo.search(
            [("storage_location_id", "in", self.ids)]
        )._check_storage_location()
