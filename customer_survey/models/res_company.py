from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    survey_reminder_month = fields.Selection(
        [
            ("1", "January"),
            ("2", "February"),
            ("3", "March"),
            ("4", "April"),
            ("5", "May"),
            ("6", "June"),
            ("7", "July"),
            ("8", "August"),
            ("9", "September"),
            ("10", "October"),
            ("11", "November"),
            ("12", "December"),
        ],
        string="Yearly Survey Reminder From",
        default="10",
        help="From the first of this month the marketing director is reminded every "
        "month until the yearly satisfaction survey has been started.",
    )
