from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

# the share in all gross profit says what the company earns
PROFIT_ROLES = ("BUM", "KEEPER", "MDO", "GMO")


class CustomerGradeEvaluationLine(models.Model):
    """One factor of a score sheet (E7, M10): the figure proposed or judged, its weight
    and score as they were."""

    _name = "customer.grade.evaluation.line"
    _description = "Line of a Score Sheet"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "evaluation_id, sequence, id"
    _rec_name = "factor_id"

    evaluation_id = fields.Many2one(
        "customer.grade.evaluation",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", related="evaluation_id.company_id", store=True
    )
    factor_id = fields.Many2one(
        "customer.grade.factor", required=True, readonly=True, ondelete="restrict"
    )
    sequence = fields.Integer(readonly=True)
    source = fields.Selection(related="factor_id.source")
    source_text = fields.Char(string="Taken from", compute="_compute_source_text")
    weight = fields.Float(readonly=True, digits=(6, 2))
    value = fields.Float(
        digits=(16, 2),
        help="A judgement is a score from 0 to 100, unless the factor has bands.",
    )
    has_value = fields.Boolean(
        string="Judged", help="Off: there is no figure, the factor counts nothing."
    )
    score = fields.Float(readonly=True, digits=(5, 2))

    _factor_uniq = models.Constraint(
        "UNIQUE(evaluation_id, factor_id)", "A factor stands once in a score sheet."
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    def _may_read_domain(self):
        domain = fields.Domain(
            "evaluation_id",
            "any!",
            self.env["customer.grade.evaluation"]._may_read_domain(),
        )
        if not self.env.user._has_archive_role(*PROFIT_ROLES):
            domain &= fields.Domain("factor_id.source", "!=", "profit_share")
        return domain

    @api.depends("factor_id.source", "factor_id.field_name", "evaluation_id.date")
    @api.depends_context("lang")
    def _compute_source_text(self):
        factors = self.env["customer.grade.factor"]
        labels = dict(factors._fields["source"]._description_selection(self.env))
        customers = self.env["res.partner"]
        for line in self:
            factor = line.factor_id
            if factor.source == "field":
                field = customers._fields[factor.field_name]
                line.source_text = field._description_string(self.env)
            elif factor.source == "entered" or not line.evaluation_id.date:
                line.source_text = labels.get(factor.source)
            else:
                line.source_text = self.env._(
                    "%(figure)s, up to %(date)s",
                    figure=labels[factor.source],
                    date=format_date(self.env, line.evaluation_id.date),
                )

    # ------------------------------------------------------------ judgement

    @api.onchange("value")
    def _onchange_value(self):
        self.has_value = bool(self.value)

    def write(self, vals):
        if self._is_system() or not {"value", "has_value"}.intersection(vals):
            return super().write(vals)
        self.check_access("write")
        # a submission at the same time fails on the row and is run again; sudo: the
        # lines were judged by their own rules
        evaluations_sudo = self.sudo().evaluation_id
        evaluations_sudo.lock_for_update()
        evaluations_sudo._check_undecided()
        if any(line.source != "entered" for line in self):
            raise UserError(self.env._("Figures from data are not judged by a person."))
        result = super().write(self._complete_judgement(vals))
        self._check_judgement()
        for line_sudo in self.sudo():
            score = line_sudo.factor_id._get_score(line_sudo.value)
            line_sudo._system_write({"score": score if line_sudo.has_value else 0.0})
        evaluations_sudo._follow_sheet()
        return result

    @api.model
    def _complete_judgement(self, vals):
        """Return ``vals`` with both fields of a judgement: 0 counts, a value that was
        emptied does not."""
        if "has_value" not in vals:
            value = vals["value"]
            return vals | {"has_value": value is not False and value is not None}
        if not vals["has_value"]:
            return vals | {"value": 0.0}
        return vals

    def _check_judgement(self):
        for line in self:
            if not line.factor_id.band_ids and not 0 <= line.value <= 100:
                raise ValidationError(
                    self.env._(
                        "%(factor)s is judged by a score from 0 to 100.",
                        factor=line.factor_id.name,
                    )
                )
