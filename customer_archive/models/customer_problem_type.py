from odoo import fields, models


class CustomerProblemType(models.Model):
    """What a case is about, and which department handles that (B6, B9)."""

    _name = "customer.problem.type"
    _description = "Problem Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    team_id = fields.Many2one(
        "customer.service.team",
        string="Department",
        ondelete="restrict",
        help="Handles the cases of this type; empty: who the flow names.",
    )
    deadline_id = fields.Many2one(
        "customer.complaint.deadline",
        string="Deadline Class",
        ondelete="restrict",
        help="Empty: what the flow says.",
    )
