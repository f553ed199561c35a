from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# from the best to the lowest
TIERS = [("1", "Key"), ("2", "Core"), ("3", "General"), ("0", "Potential")]
_RANKS = {tier: rank for rank, (tier, _label) in enumerate(TIERS)}


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
        return bool(self and other) and _RANKS[self.tier] > _RANKS[other.tier]

    @api.constrains("sequence", "tier", "scheme_id", "active")
    def _check_order(self):
        for scheme in self.scheme_id:
            grades = scheme.grade_ids.filtered("active").sorted(_by_sequence)
            if not grades:
                raise ValidationError(
                    self.env._(
                        "%(scheme)s keeps at least one grade.", scheme=scheme.name
                    )
                )
            ranks = [_RANKS[grade.tier] for grade in grades]
            if ranks != sorted(ranks):
                raise ValidationError(
                    self.env._(
                        "%(scheme)s: a better grade never has a lower tier. Order the "
                        "grades by their tier: %(tiers)s.",
                        scheme=scheme.name,
                        tiers=[
                            label
                            for _tier, label in self._fields[
                                "tier"
                            ]._description_selection(self.env)
                        ],
                    )
                )

    def write(self, vals):
        if "tier" in vals:
            self.filtered(lambda grade: grade.tier != vals["tier"])._check_not_given()
        if "scheme_id" in vals:
            self.filtered(
                lambda grade: grade.scheme_id.id != vals["scheme_id"]
            )._check_unused()
        named = self._get_named() if "sequence" in vals else self.browse()
        order = named.sorted(_by_sequence).ids
        result = super().write(vals)
        if named.sorted(_by_sequence).ids != order:
            raise UserError(
                self.env._(
                    "Submitted rule versions go through these grades in their order, "
                    "it stays: %(grades)s. Archive a grade and make a new one instead.",
                    grades=named.browse(order).mapped("name"),
                )
            )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    # ------------------------------------------------------------ where it is used

    @api.model
    def _get_uses(self):
        """Return the names of (model, field) by which customers were given a grade."""
        return [
            ("customer.dossier", "grade_id"),
            ("customer.grade.evaluation", "present_grade_id"),
            ("customer.grade.evaluation", "proposed_grade_id"),
            ("customer.grade.evaluation", "grade_id"),
            ("customer.grade.evaluation", "upgrade_grade_id"),
        ]

    def _check_not_given(self):
        """Refuse what would change the customers that have one of these grades."""
        used = self._find_used(self._get_uses())
        if used:
            raise UserError(
                self.env._(
                    "Customers have the grade %(grade)s or were proposed for it, and "
                    "rules hang on its tier. Archive it and make a new grade.",
                    grade=used.name,
                )
            )

    def _check_unused(self):
        used = self._find_used(
            [*self._get_uses(), ("customer.grade.rule.line", "grade_id")]
        )
        if used:
            raise UserError(
                self.env._(
                    "The grade %(grade)s is in use by customers or rule versions. "
                    "Archive it instead.",
                    grade=used.name,
                )
            )

    def _find_used(self, uses):
        for model, name in uses:
            # sudo: whether there is one, of customers of whatever secrecy
            records_sudo = self.env[model].sudo().with_context(active_test=False)
            used = records_sudo.search(Domain(name, "in", self.ids), limit=1)[name]
            if used:
                return used.with_env(self.env)
        return self.browse()

    def _get_named(self):
        """Return the grades in submitted versions of the schemes of these grades."""
        # sudo: versions of all companies count
        lines_sudo = self.env["customer.grade.rule.line"].sudo()
        return lines_sudo.search(
            Domain("rule_id.scheme_id", "in", self.scheme_id.ids)
            & Domain("rule_id.approval_state", "in", ("pending", "approved"))
        ).grade_id


def _by_sequence(grade):
    return grade.sequence, grade.id
