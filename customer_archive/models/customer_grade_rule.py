from itertools import combinations

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class CustomerGradeRule(models.Model):
    """One version of the thresholds of a scheme (E6): the keeper drafts it, the general
    manager approves it. An evaluation uses the version valid on its date; a day in the
    past is allowed, as evaluations that were made keep their version."""

    _name = "customer.grade.rule"
    _description = "Grade Rule Version"
    _inherit = ["customer.rule.version.mixin"]

    scheme_id = fields.Many2one(
        "customer.grade.scheme",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self.env["customer.grade.scheme"]._get_leading(
            self.env.company
        ),
    )
    company_id = fields.Many2one(
        compute="_compute_company_id", store=True, readonly=False, precompute=True
    )
    valid_from = fields.Date(copy=False)
    upgrade_percent = fields.Float(
        string="Upgradeable from (%)",
        default=80.0,
        digits=(5, 1),
        help="From which part of the thresholds of the next grade on a customer counts "
        "as upgradeable.",
    )
    line_ids = fields.One2many(
        "customer.grade.rule.line", "rule_id", string="Thresholds", copy=True
    )

    _upgrade_percent_range = models.Constraint(
        "CHECK(upgrade_percent > 0 AND upgrade_percent <= 100)",
        "The part of the next grade's thresholds lies above 0 and at most at 100 %.",
    )

    @api.depends("scheme_id")
    def _compute_company_id(self):
        for rule in self:
            rule.company_id = rule.scheme_id.company_id or rule.company_id

    @api.onchange("scheme_id")
    def _onchange_scheme_id(self):
        if self.line_ids.grade_id.scheme_id != self.scheme_id:
            grades = self.scheme_id.grade_ids
            potential = grades.filtered(lambda grade: grade.tier == "0")
            matches = {potential[-1:]: "need", (grades - potential)[-1:]: "deal"}
            self.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {"grade_id": grade.id, "match": matches.get(grade, "any")}
                    )
                    for grade in grades
                ),
            ]

    def _approval_locked_fields(self):
        return super()._approval_locked_fields() | {"upgrade_percent"}

    def _get_in_force(self, scheme, company, date):
        """Return the version of ``scheme`` in force for ``company`` on ``date``."""
        return self._find_version(company, date, Domain("scheme_id", "=", scheme.id))

    # ------------------------------------------------------------ what can be in force

    @api.constrains("line_ids")
    def _check_match_order(self):
        """A line for every customer with a deal leaves nobody to a line after it."""
        for rule in self:
            matches = rule._get_lines().mapped("match")
            parts = [{"deal": 1, "need": 2}.get(match, 0) for match in matches]
            if parts != sorted(parts) or any(parts.count(part) > 1 for part in (1, 2)):
                raise ValidationError(
                    self.env._(
                        "%(rule)s: the best grades have criteria, then comes at most "
                        "one grade for every customer with a deal, and at last at most "
                        "one for need and intention.",
                        rule=rule.name,
                    )
                )

    def _get_lines(self):
        """Return the lines from the best grade to the lowest."""
        return self.line_ids.sorted(
            lambda line: (line.grade_id.sequence, line.grade_id.id)
        )

    def _get_missing_names(self):
        return (self.scheme_id.grade_ids - self.line_ids.grade_id).mapped("name")

    def _check_complete(self):
        result = super()._check_complete()
        self._check_grades_active()
        self._check_match_order()
        self._check_day()
        self._check_strictness()
        return result

    def _check_grades_active(self):
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "%(scheme)s has no grades yet. Add them first.",
                    scheme=self.scheme_id.name,
                )
            )
        archived = self.line_ids.grade_id.filtered(lambda grade: not grade.active)
        if archived:
            raise UserError(
                self.env._(
                    "%(rule)s cannot be submitted yet. Take out the archived grades: "
                    "%(names)s.",
                    rule=self.name,
                    names=archived.mapped("name"),
                )
            )

    def _check_day(self):
        """Which of two versions of one day holds would be an accident."""
        other = self.search(
            Domain("id", "!=", self.id)
            & Domain("scheme_id", "=", self.scheme_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("valid_from", "=", self.valid_from)
            & Domain("approval_state", "in", ("pending", "approved")),
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "%(other)s holds from the same day on. Choose another day for "
                    "%(rule)s.",
                    other=other.name,
                    rule=self.name,
                )
            )

    def _check_strictness(self):
        """Refuse a criterion that is easier for the better of two grades. Nothing is
        said where the better grade asks for all criteria and the other for any."""
        lines = self._get_lines().filtered(lambda line: line.match in ("any", "all"))
        for better, worse in combinations(lines, 2):
            if better.match == "all" and worse.match == "any":
                continue
            criterion = better._get_laxer_criterion(worse)
            if criterion:
                raise UserError(
                    self.env._(
                        "%(better)s is easier to reach than %(worse)s by the criterion "
                        "%(criterion)s. Make it stricter for the better grade.",
                        better=better.grade_id.name,
                        worse=worse.grade_id.name,
                        criterion=criterion,
                    )
                )
