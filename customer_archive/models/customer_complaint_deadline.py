from odoo import fields, models


class CustomerComplaintDeadline(models.Model):
    """How long a case of a class may take: three clocks that run from the complaint,
    by the wall or in working time (B10, B11, K9)."""

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
        help="Empty: the company's.",
    )
    contact_hours = fields.Float(string="First Contact (Hours)", default=24)
    response_hours = fields.Float(string="Response (Hours)", default=24)
    solution_hours = fields.Float(string="Solution (Hours)", default=48)
    alert_ids = fields.One2many(
        "customer.complaint.alert", "deadline_id", string="Alerts", copy=True
    )

    _hours_positive = models.Constraint(
        "CHECK(contact_hours >= 0 AND response_hours >= 0 AND solution_hours >= 0)",
        "A deadline is not negative. 0 hours: no deadline.",
    )


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
