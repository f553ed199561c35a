from odoo import fields, models

TIERS = [("1", "Key"), ("2", "Core"), ("3", "General"), ("0", "Potential")]


class CustomerGrade(models.Model):
    """One grade of a scheme, mapped to the tier that rules of all schemes hang on (E1,
    K1)."""

    _name = "customer.grade"
    _description = "Customer Grade"
    _order = "scheme_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="The best grade comes first.")
    scheme_id = fields.Many2one(
        "customer.grade.scheme", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scheme_id.company_id")
    tier = fields.Selection(
        TIERS,
        required=True,
        default="3",
        help="What the grades of different schemes are compared by, and what the rules "
        "for customers hang on.",
    )
    min_score = fields.Float(
        string="From Score",
        digits=(5, 1),
        help="The lowest score of this grade, for schemes with a score sheet.",
    )
    color = fields.Integer()

    def _is_below(self, other):
        """Return whether this grade is of a lower tier than ``other``; both exist."""
        tiers = [tier for tier, _label in TIERS]
        return bool(self and other) and (
            tiers.index(self.tier) > tiers.index(other.tier)
        )
