from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CustomerPrivateGroup(models.Model):
    """A group of private data about the people at a customer's (D10, K10), out of
    use until the company states what it needs them for."""

    _name = "customer.private.group"
    _description = "Group of Private Data"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    value_type = fields.Selection(
        [("text", "Text"), ("day", "Day and Month")],
        string="What Is Entered",
        required=True,
        default="text",
    )
    in_use = fields.Boolean(
        tracking=True,
        help="Off: nobody enters, reads, searches or exports data of this group.",
    )
    purpose = fields.Text(
        translate=True,
        tracking=True,
        help="What the company needs these data for. It is shown where they are "
        "entered.",
    )
    erase_months = fields.Integer(
        string="Erased After (Months)",
        help="Months from the day the dossier goes to the history library until these "
        "data are erased; 0: with the next run of the duty.",
    )

    _code_uniq = models.UniqueIndex("(code)", "The code of a group is used once.")
    _erase_months_positive = models.Constraint(
        "CHECK(erase_months >= 0)", "The months until erasure cannot be negative."
    )

    @api.constrains("in_use", "purpose")
    def _check_purpose(self):
        for group in self:
            if group.in_use and not (group.purpose or "").strip():
                raise ValidationError(
                    self.env._(
                        "%(group)s: state for what purpose the company needs these "
                        "data before you put the group to use.",
                        group=group.name,
                    )
                )

    def write(self, vals):
        if "value_type" in vals and any(
            group.value_type != vals["value_type"] for group in self
        ):
            raise UserError(
                self.env._(
                    "What is entered in a group of private data does not change. "
                    "Take it out of use and create another one."
                )
            )
        return super().write(vals)
