from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_default_control = fields.Selection(
        related="company_id.credit_default_control", readonly=False
    )
    credit_warning_percent = fields.Float(
        related="company_id.credit_warning_percent", readonly=False
    )
    credit_release_days = fields.Integer(
        related="company_id.credit_release_days", readonly=False
    )
    credit_outdated_rating_blocks = fields.Boolean(
        related="company_id.credit_outdated_rating_blocks", readonly=False
    )
    credit_warning_report = fields.Boolean(
        related="company_id.credit_warning_report", readonly=False
    )
    credit_alert_percent = fields.Float(
        related="company_id.credit_alert_percent", readonly=False
    )
    credit_tolerance_percent = fields.Float(
        related="company_id.credit_tolerance_percent", readonly=False
    )
    credit_check_overdue = fields.Boolean(
        related="company_id.credit_check_overdue", readonly=False
    )
    credit_grace_days = fields.Integer(
        related="company_id.credit_grace_days", readonly=False
    )
    credit_count_orders = fields.Boolean(
        related="company_id.credit_count_orders", readonly=False
    )
    credit_count_drafts = fields.Boolean(
        related="company_id.credit_count_drafts", readonly=False
    )
    credit_count_bills = fields.Boolean(
        related="company_id.credit_count_bills", readonly=False
    )
    credit_has_cap = fields.Boolean(related="company_id.credit_has_cap", readonly=False)
    credit_cap_amount = fields.Monetary(
        related="company_id.credit_cap_amount",
        currency_field="credit_cap_currency_id",
        readonly=False,
    )
    credit_cap_currency_id = fields.Many2one(
        related="company_id.credit_cap_currency_id", readonly=False
    )
    credit_mail_steps = fields.Boolean(
        related="company_id.credit_mail_steps", readonly=False
    )
    credit_class_category_ids = fields.Many2many(
        related="company_id.credit_class_category_ids",
        readonly=False,
    )
    credit_class_currency_id = fields.Many2one(
        related="company_id.credit_class_currency_id",
        readonly=False,
    )
    credit_class_check_high = fields.Boolean(
        related="company_id.credit_class_check_high",
        readonly=False,
    )
    credit_class_high_balance = fields.Monetary(
        related="company_id.credit_class_high_balance",
        currency_field="credit_class_currency_id",
        readonly=False,
    )
    credit_class_check_low = fields.Boolean(
        related="company_id.credit_class_check_low",
        readonly=False,
    )
    credit_class_low_balance = fields.Monetary(
        related="company_id.credit_class_low_balance",
        currency_field="credit_class_currency_id",
        readonly=False,
    )
    credit_class_volume = fields.Monetary(
        related="company_id.credit_class_volume",
        currency_field="credit_class_currency_id",
        readonly=False,
    )
    credit_class_check_staff = fields.Boolean(
        related="company_id.credit_class_check_staff",
        readonly=False,
    )
    credit_class_staff = fields.Integer(
        related="company_id.credit_class_staff",
        readonly=False,
    )
    credit_class_check_age = fields.Boolean(
        related="company_id.credit_class_check_age",
        readonly=False,
    )
    credit_class_years = fields.Integer(
        related="company_id.credit_class_years",
        readonly=False,
    )
    credit_bill_reminder_days = fields.Integer(
        related="company_id.credit_bill_reminder_days", readonly=False
    )
    credit_guarantee_reminder_days = fields.Integer(
        related="company_id.credit_guarantee_reminder_days", readonly=False
    )
    credit_late_event_days = fields.Integer(
        related="company_id.credit_late_event_days", readonly=False
    )
