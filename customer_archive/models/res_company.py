from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    customer_keeper_id = fields.Many2one(
        "res.users",
        string="Default Dossier Keeper",
        domain=[("share", "=", False)],
        help="Keeps the dossiers of business units that name no keeper of their own.",
    )
    customer_retention_years = fields.Integer(
        string="Retention of Ended Dossiers (Years)",
        default=5,
        help="How long the dossier of a customer with deals is kept in the history "
        "library before its value may be decided.",
    )
