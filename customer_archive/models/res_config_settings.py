from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    customer_keeper_id = fields.Many2one(
        related="company_id.customer_keeper_id", readonly=False
    )
    customer_retention_years = fields.Integer(
        related="company_id.customer_retention_years", readonly=False
    )
    customer_review_mode = fields.Selection(
        related="company_id.customer_review_mode", readonly=False
    )
    customer_review_days = fields.Integer(
        related="company_id.customer_review_days", readonly=False
    )
    customer_cooperation_role_ids = fields.Many2many(
        related="company_id.customer_cooperation_role_ids", readonly=False
    )
    customer_update_mode = fields.Selection(
        related="company_id.customer_update_mode", readonly=False
    )
    customer_verification_months = fields.Integer(
        related="company_id.customer_verification_months", readonly=False
    )
    customer_verification_yearly = fields.Boolean(
        related="company_id.customer_verification_yearly", readonly=False
    )
    customer_disposal_months = fields.Integer(
        related="company_id.customer_disposal_months", readonly=False
    )
    customer_disposal_days = fields.Integer(
        related="company_id.customer_disposal_days", readonly=False
    )
    customer_close_hour = fields.Float(
        related="company_id.customer_close_hour", readonly=False
    )
    customer_lending_days = fields.Integer(
        related="company_id.customer_lending_days", readonly=False
    )
    complaint_hotline = fields.Char(
        related="company_id.complaint_hotline", readonly=False
    )
    delivery_followup_from = fields.Date(
        related="company_id.delivery_followup_from", readonly=False
    )
    delivery_tracking_first_days = fields.Integer(
        related="company_id.delivery_tracking_first_days", readonly=False
    )
    delivery_tracking_interval_days = fields.Integer(
        related="company_id.delivery_tracking_interval_days", readonly=False
    )
    delivery_tracking_until_days = fields.Integer(
        related="company_id.delivery_tracking_until_days", readonly=False
    )
    customer_complaint_share = fields.Float(
        related="company_id.customer_complaint_share", readonly=False
    )
    grade_remark_length = fields.Integer(
        related="company_id.grade_remark_length", readonly=False
    )
    grade_potential_from = fields.Float(
        related="company_id.grade_potential_from", readonly=False
    )
