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

    customer_review_mode = fields.Selection(
        [("off", "Off"), ("warn", "Warn"), ("block", "Block")],
        string="Contract Review",
        default="off",
        help="Whether an order is confirmed although the customer's dossier was not "
        "read.",
    )
    customer_review_days = fields.Integer(
        string="Consultation Valid (Days)",
        help="0: the dossier must have been read since the quotation was made. "
        "Otherwise a consultation within so many days counts as well.",
    )
    customer_cooperation_role_ids = fields.Many2many(
        "customer.role",
        string="Notified of an Intention to Cooperate",
    )
