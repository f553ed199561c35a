from odoo import api, fields, models
from odoo.fields import Domain

KINDS = [
    ("quality", "Quality Complaint"),
    ("service", "Service Complaint"),
    ("nonconformity", "Nonconformity Opinion"),
    ("suggestion", "Suggestion"),
    ("technical", "Technical Request"),
    ("problem", "General Problem"),
    ("enquiry", "Enquiry"),
]


class CustomerComplaintFlow(models.Model):
    """Who does what with a kind of case (B2, B25-B30, K8): who receives it, who
    organises it, who decides on the solution and who sends the result."""

    _name = "customer.complaint.flow"
    _description = "Complaint Flow"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    kind = fields.Selection(KINDS, required=True, index=True)
    type_ids = fields.Many2many(
        "customer.problem.type",
        string="Only for",
        help="Empty: for all problem types that no other flow of the kind names.",
    )
    receiver_team_id = fields.Many2one(
        "customer.service.team",
        string="Received by",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Takes in every case and confirms the result with the customer.",
    )
    department_id = fields.Many2one(
        "customer.service.team",
        string="Handled by",
        ondelete="restrict",
        check_company=True,
        help="Unless the problem type names a department. Empty: who received it.",
    )
    organiser = fields.Selection(
        [
            ("receiver", "The department that received it"),
            ("department", "The department that handles it"),
            ("unit", "The customer's business unit"),
            ("role", "An office"),
        ],
        string="Organised by",
        required=True,
        default="department",
        help="Submits the solution for decision.",
    )
    organiser_role_id = fields.Many2one(
        "customer.role", string="Organising Office", ondelete="restrict"
    )
    route_id = fields.Many2one(
        "customer.approval.route",
        string="Decided by",
        domain=[("model", "=", "customer.complaint")],
        ondelete="restrict",
        help="Empty: the solution needs no decision.",
    )
    collects_views = fields.Boolean(
        string="Deciders Record Views",
        help="They do not approve or reject: each states the view of his office.",
    )
    dispatcher_role_id = fields.Many2one(
        "customer.role",
        string="Dispatched by",
        ondelete="restrict",
        help="Sends the numbered letter with the result. Empty: who handles the case "
        "answers the customer.",
    )
    technical_team_id = fields.Many2one(
        "customer.service.team",
        string="Technical Service by",
        ondelete="restrict",
        check_company=True,
        help="Cases are transferred there, served with a log and answered by form.",
    )
    needs_investigation = fields.Boolean(
        default=True, help="Cause and responsibility come before a solution."
    )
    needs_confirmation = fields.Boolean(
        string="Customer Confirms",
        default=True,
        help="The customer is asked before the case is closed.",
    )
    attempts = fields.Integer(
        default=3,
        required=True,
        help="After so many fruitless attempts on different days a customer counts as "
        "unreachable.",
    )
    deadline_id = fields.Many2one(
        "customer.complaint.deadline",
        string="Deadline Class",
        required=True,
        ondelete="restrict",
        check_company=True,
    )
    complex_deadline_id = fields.Many2one(
        "customer.complaint.deadline",
        string="Class of Complex Cases",
        ondelete="restrict",
        check_company=True,
    )

    _organiser_named = models.Constraint(
        "CHECK(organiser != 'role' OR organiser_role_id IS NOT NULL)",
        "Name the organising office.",
    )
    _attempts_positive = models.Constraint(
        "CHECK(attempts > 0)", "Try to reach the customer once at least."
    )

    @api.model
    def _get_flow(self, company, kind, problem_type):
        """Return the flow of a case: the company's own before a shared one, one for
        the problem type before one for all types."""
        # sudo: everybody may log a case, few read the configuration
        flows_sudo = self.sudo().search(
            Domain("kind", "=", kind)
            & Domain("company_id", "in", [company.id, False])
            & (
                Domain("type_ids", "=", False)
                | Domain("type_ids", "in", problem_type.ids)
            )
        )
        return flows_sudo.sorted(lambda flow: (not flow.company_id, not flow.type_ids))[
            :1
        ].sudo(self.env.su)
