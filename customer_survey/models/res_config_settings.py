from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    survey_reminder_month = fields.Selection(
        related="company_id.survey_reminder_month", readonly=False
    )
    survey_reminder_days = fields.Integer(
        related="company_id.survey_reminder_days", readonly=False
    )
    survey_required_level = fields.Float(
        related="company_id.survey_required_level", readonly=False
    )
    survey_satisfied_level = fields.Float(
        related="company_id.survey_satisfied_level", readonly=False
    )
    survey_negative_level = fields.Float(
        related="company_id.survey_negative_level", readonly=False
    )
    survey_negative_score = fields.Integer(
        related="company_id.survey_negative_score", readonly=False
    )
    survey_negative_hours = fields.Float(
        related="company_id.survey_negative_hours", readonly=False
    )
    survey_report_days = fields.Integer(
        related="company_id.survey_report_days", readonly=False
    )
    survey_measure_days = fields.Integer(
        related="company_id.survey_measure_days", readonly=False
    )
    survey_minimum_answers = fields.Integer(
        related="company_id.survey_minimum_answers", readonly=False
    )
    survey_feedback_months = fields.Integer(
        related="company_id.survey_feedback_months", readonly=False
    )
