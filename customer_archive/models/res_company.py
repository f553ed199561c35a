from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


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
    customer_update_mode = fields.Selection(
        [
            ("direct", "Departments Edit, the Keeper Acknowledges"),
            ("strict", "Departments Propose, the Keeper Enters"),
        ],
        string="Updates of Customer Data",
        default="direct",
        help="How watched data of customers with a formal dossier are changed.",
    )
    customer_verification_months = fields.Integer(
        string="Verification Interval",
        default=3,
        help="Months after which base data are verified again; 0 for never.",
    )
    customer_verification_yearly = fields.Boolean(
        string="Yearly Verification",
        default=True,
        help="Opens a verification of all formal dossiers once a year.",
    )

    customer_disposal_months = fields.Integer(
        string="Candidates for Destruction",
        default=24,
        help="Months without deal and contact after which the value of a preliminary "
        "dossier is decided on; 0 for never.",
    )
    customer_disposal_days = fields.Integer(
        string="Destruction Term",
        default=30,
        help="Days within which a candidate is kept by decision or destroyed.",
    )

    customer_close_hour = fields.Float(
        string="Close of Business",
        default=17.5,
        help="When what is due on the same day has to be back, in the time zone of the "
        "company's working hours.",
    )
    customer_lending_days = fields.Integer(
        string="Lending Period",
        default=3,
        help="Days until other borrowings are due.",
    )

    complaint_hotline = fields.Char(
        groups="base.group_user",
        help="Printed on the forms for customers of business units that have no "
        "hotline of their own.",
    )
    delivery_followup_from = fields.Date(
        string="Deliveries Followed Up From",
        # fills the companies that are there when the column comes: what was confirmed
        # before the installation is not followed up
        default=fields.Date.context_today,
        help="Orders confirmed from this day on are followed up; empty: none.",
    )
    delivery_tracking_first_days = fields.Integer(
        string="First Quality Tracking",
        default=30,
        help="Days after the delivery until the quality is tracked first.",
    )
    delivery_tracking_interval_days = fields.Integer(
        string="Quality Tracking Interval",
        default=90,
        help="Days between two trackings of a delivery; 0: once only.",
    )
    delivery_tracking_until_days = fields.Integer(
        string="Quality Tracking Ends",
        default=365,
        help="Days after the delivery until which the quality is tracked; 0: never.",
    )
    customer_complaint_share = fields.Float(
        string="Highlight of Complaint Shares",
        default=30.0,
        help="In percent: a share of more is highlighted; 0: none.",
    )
    grade_potential_from = fields.Float(
        string="High Potential from",
        default=70.0,
        groups="base.group_user",
        help="From which upgrade potential on, of 100, a customer stands on the list "
        "of high potential.",
    )

    grade_remark_length = fields.Integer(
        string="Length of the Detailed Remark",
        default=30,
        groups="base.group_user",
        help="How many characters the remark on a customer of the first tier has at "
        "least; white space does not count.",
    )

    _grade_remark_length_positive = models.Constraint(
        "CHECK(grade_remark_length >= 0)", "A number of characters is not negative."
    )

    @api.constrains("customer_close_hour", "customer_lending_days")
    def _check_customer_lending(self):
        for company in self:
            if not 0 < company.customer_close_hour < 24:
                raise ValidationError(
                    self.env._("The close of business is an hour between 0 and 24.")
                )
            if company.customer_lending_days < 1:
                raise ValidationError(self.env._("A lending lasts at least one day."))

    @api.constrains(
        "delivery_tracking_first_days",
        "delivery_tracking_interval_days",
        "delivery_tracking_until_days",
    )
    def _check_delivery_tracking(self):
        for company in self:
            if (
                min(
                    company.delivery_tracking_first_days,
                    company.delivery_tracking_interval_days,
                    company.delivery_tracking_until_days,
                )
                < 0
            ):
                raise ValidationError(self.env._("A number of days is not negative."))

    def _get_office_timezone(self):
        self.ensure_one()
        # sudo: a borrower may not read the company's working hours
        company_sudo = self.sudo()
        zone = company_sudo.resource_calendar_id.tz or company_sudo.partner_id.tz
        return ZoneInfo(zone or "UTC")

    def _get_office_date(self, moment):
        """Return the day that ``moment``, in UTC, falls on at the office."""
        return moment.replace(tzinfo=UTC).astimezone(self._get_office_timezone()).date()

    def _get_office_today(self):
        return self._get_office_date(fields.Datetime.now())

    def _get_close_of_business(self, moment):
        """Return the close of business, in UTC, of the day that ``moment``, in UTC,
        falls on at the office; the user's own time zone would be his to choose."""
        zone = self._get_office_timezone()
        day = self._get_office_date(moment)
        hours = timedelta(hours=self.sudo().customer_close_hour)
        close = datetime.combine(day, time.min, zone) + hours
        return close.astimezone(UTC).replace(tzinfo=None)

    def _get_lending_end(self, moment):
        """Return when a borrowing that begins at ``moment`` is due, if nothing makes
        it due on the same day."""
        days = timedelta(days=self.sudo().customer_lending_days)
        return self._get_close_of_business(moment + days)

    def _dossier_duty_domain(self):
        """Return the Domain of the dossiers that this company does periodic duties
        for. Customers that all companies share belong to the company of their
        business unit, else to the oldest company, so that nothing is done twice."""
        self.ensure_one()
        # sudo: a user need not be allowed in the oldest company
        oldest = self.sudo().search([], order="id", limit=1) == self
        units = [self.id, False] if oldest else [self.id]
        return Domain("company_id", "=", self.id) | (
            Domain("company_id", "=", False) & Domain("team_id.company_id", "in", units)
        )

    def _get_keepers(self):
        """Return the default keeper, else all active users with the role Keeper."""
        self.ensure_one()
        # sudo: plain employees may not read groups, and only users come back
        company_sudo = self.sudo()
        keeper = company_sudo.customer_keeper_id.filtered("active")
        if keeper:
            return keeper
        group = self.env.ref("customer_archive.group_keeper").sudo()
        return group.all_user_ids.filtered(
            lambda user: (
                user.active and not user.share and company_sudo in user.company_ids
            )
        )
