from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    survey_opt_out = fields.Boolean(
        string="No Satisfaction Surveys",
        tracking=True,
        groups="base.group_user",
        help="This person is neither invited to nor reminded of any survey.",
    )
