from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CustomerComplaintDeadline(models.Model):
    """How long a case of a class may take: three clocks that run from the complaint,
    by the wall or in working time (B10, B11, K9).

    A running case keeps what was planned for it when its class is changed.
    """

    _name = "customer.complaint.deadline"
    _description = "Deadline Class"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    mode = fields.Selection(
        [("calendar", "Hours of the Clock"), ("working", "Working Hours")],
        string="Hours Are",
        required=True,
        default="calendar",
        help="Hours of the clock run on at night, on weekends and on holidays.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Schedule",
        check_company=True,
        help="Empty: the company's. Its public holidays count as closed.",
    )
    contact_hours = fields.Float(
        string="First Contact (Hours)",
        default=24,
        help="Until the complainant was contacted. 0: no deadline. Running cases keep "
        "the deadlines that were planned for them.",
    )
    response_hours = fields.Float(
        string="Response (Hours)",
        default=24,
        help="Until the case was taken up in substance. 0: no deadline.",
    )
    solution_hours = fields.Float(
        string="Solution (Hours)",
        default=48,
        help="Until the solution was proposed. 0: no deadline.",
    )
    alert_ids = fields.One2many(
        "customer.complaint.alert", "deadline_id", string="Alerts", copy=True
    )

    _hours_positive = models.Constraint(
        "CHECK(contact_hours >= 0 AND response_hours >= 0 AND solution_hours >= 0)",
        "A deadline is not negative. 0 hours: no deadline.",
    )

    @api.constrains("mode", "calendar_id")
    def _check_calendar(self):
        for deadline in self:
            calendar = deadline.mode == "working" and deadline.calendar_id
            if calendar and not calendar.plan_hours(1, fields.Datetime.now()):
                raise ValidationError(
                    self.env._(
                        "%(calendar)s has no working hours. Enter them, or choose "
                        "another working schedule.",
                        calendar=calendar.name,
                    )
                )

    def _add_hours(self, moment, hours, company):
        """Return when ``hours`` of this class have gone by after ``moment`` (naive
        UTC) in ``company``; before it where they are negative."""
        calendar = self.calendar_id or company.resource_calendar_id
        # in working time, 0 hours after closing time would be the next morning
        if hours and self.mode == "working" and calendar:
            # holidays of all schedules are those of their company alone
            domain = [
                ("time_type", "=", "leave"),
                ("company_id", "in", [company.id, False]),
            ]
            planned = calendar.plan_hours(hours, moment, True, domain)
            if planned:
                return planned.replace(microsecond=0)
        # a schedule without working hours must not stop the intake
        return moment + timedelta(hours=hours)


class CustomerComplaintAlert(models.Model):
    """Who is told how long before or after a clock has run out (B12)."""

    _name = "customer.complaint.alert"
    _description = "Alert of a Deadline Class"
    _order = "hours, id"

    deadline_id = fields.Many2one(
        "customer.complaint.deadline", required=True, index=True, ondelete="cascade"
    )
    hours = fields.Float(
        string="Hours after the Deadline",
        help="Below 0: a warning before it; 0: when it has passed; above: escalation. "
        "Counted like the hours of the class.",
    )
    recipient = fields.Selection(
        [
            ("responsible", "Responsible Person"),
            ("manager", "His Manager"),
            ("role", "Office"),
        ],
        required=True,
        default="responsible",
    )
    role_id = fields.Many2one("customer.role", string="Office", ondelete="restrict")

    _role_named = models.Constraint(
        "CHECK(recipient != 'role' OR role_id IS NOT NULL)", "Name the office."
    )
    _once = models.UniqueIndex(
        "(deadline_id, hours, recipient, COALESCE(role_id, 0))",
        "This alert is in the class already.",
    )

    def _get_event(self):
        """Return the event of the log that this alert is."""
        if self.hours < 0:
            return "warned"
        return "escalated" if self.hours else "breached"
