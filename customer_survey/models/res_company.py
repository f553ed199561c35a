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

    survey_reminder_days = fields.Integer(
        string="Yearly Survey Reminder Before Year End",
        default=60,
        help="Days before the end of the year on which the marketing director is "
        "reminded once more.",
    )
    survey_required_level = fields.Float(
        string="Required Satisfaction", default=80.0, help="Of 100; equal passes."
    )
    survey_satisfied_level = fields.Float(
        string="Satisfied From",
        default=80.0,
        help="Of 100; from here an answer counts as satisfied.",
    )
    survey_negative_level = fields.Float(
        string="Negative Below",
        default=60.0,
        help="Of 100. Such an answer is followed up.",
    )
    survey_negative_score = fields.Integer(
        string="Negative Up To",
        default=2,
        help="Of 5 on a feedback form or when a case is confirmed.",
    )
    survey_negative_hours = fields.Float(
        string="Response to Negative Feedback",
        default=24.0,
        help="Hours by the clock on the wall.",
    )
    survey_report_days = fields.Integer(
        string="Report After",
        default=14,
        help="Days after the end of a survey by which its report is submitted.",
    )
    survey_measure_days = fields.Integer(
        string="Measures After",
        default=30,
        help="Days after the end of a survey by which what failed is mended.",
    )
    survey_minimum_answers = fields.Integer(
        string="Least Answers Shown",
        default=5,
        help="An anonymous survey shows no figure over fewer answers.",
    )
    survey_feedback_months = fields.Integer(
        string="Months of Feedback",
        default=12,
        help="Without a survey result, a customer's satisfaction is the mean of what "
        "he said in so many months (E13).",
    )

    _survey_reminder_days_range = models.Constraint(
        "CHECK(survey_reminder_days BETWEEN 0 AND 364)",
        "The reminder comes 0 to 364 days before the end of the year.",
    )
    _survey_levels_range = models.Constraint(
        "CHECK(survey_required_level BETWEEN 0 AND 100"
        " AND survey_satisfied_level BETWEEN 0 AND 100"
        " AND survey_negative_level BETWEEN 0 AND 100)",
        "The levels of satisfaction lie between 0 and 100.",
    )
    # with fewer, whoever knows what one of them answered knows the other's, too
    _survey_minimum_answers_least = models.Constraint(
        "CHECK(survey_minimum_answers >= 3)",
        "An anonymous survey shows no figure over fewer than 3 answers.",
    )
    _survey_feedback_months_positive = models.Constraint(
        "CHECK(survey_feedback_months > 0)",
        "Feedback counts for one month at least.",
    )
