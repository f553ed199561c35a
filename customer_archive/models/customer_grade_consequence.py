from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache


class CustomerGradeConsequence(models.Model):
    """What follows from a grade (E12, K1): a line for a tier, or for one grade, which
    goes before that of its tier. Addons add what follows in their field."""

    _name = "customer.grade.consequence"
    _description = "Consequence of a Grade"
    _inherit = ["customer.cached.mixin"]
    _order = "tier, grade_id"
    _rec_name = "tier"

    tier = fields.Selection(
        selection=lambda self: (
            self.env["customer.grade"]._fields["tier"]._description_selection(self.env)
        ),
        compute="_compute_tier",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    grade_id = fields.Many2one(
        "customer.grade",
        string="Only for Grade",
        ondelete="cascade",
        help="Empty: for all grades of the tier without a line of their own.",
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: for every company without its own line."
    )
    secrecy_level_id = fields.Many2one(
        "customer.secrecy.level",
        ondelete="restrict",
        help="The level that a dossier has at least. Where the paper file lies follows "
        "from it.",
    )

    _scope_uniq = models.UniqueIndex(
        "(tier, COALESCE(grade_id, 0), COALESCE(company_id, 0))",
        "There is a line for this tier or grade already.",
    )

    @api.depends("grade_id")
    def _compute_tier(self):
        for consequence in self:
            consequence.tier = consequence.grade_id.tier or consequence.tier or "3"

    @api.constrains("tier", "grade_id")
    def _check_tier(self):
        for consequence in self:
            grade = consequence.grade_id
            if grade and grade.tier != consequence.tier:
                raise ValidationError(
                    self.env._(
                        "%(grade)s has another tier. Choose the grade alone.",
                        grade=grade.name,
                    )
                )

    @api.model
    def _get_for(self, grade, company):
        """Return what follows from ``grade`` in ``company``, in sudo: the line of the
        grade before that of its tier, the company's own before the shared one."""
        return self.sudo().browse(self._get_id_for(grade.id, company.id))

    @ormcache("grade_id", "company_id")
    def _get_id_for(self, grade_id, company_id):
        # sudo: what follows binds those who may not read the rules, too
        grade_sudo = self.env["customer.grade"].sudo().browse(grade_id)
        lines_sudo = self.sudo().search(
            Domain("tier", "=", grade_sudo.tier)
            & Domain("grade_id", "in", [grade_id, False])
            & Domain("company_id", "in", [company_id, False])
        )
        return min(
            lines_sudo,
            key=lambda line: (not line.grade_id, not line.company_id),
            default=lines_sudo,
        ).id
