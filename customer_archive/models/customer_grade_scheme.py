from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class CustomerGradeScheme(models.Model):
    """A way to grade customers (E1, K1): by thresholds (E2 to E5) or by a score sheet
    (E7). Several run side by side; the grades of the leading one are those that the
    dossiers carry and that everything else follows."""

    _name = "customer.grade.scheme"
    _description = "Grade Scheme"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Empty: the scheme of every company without its own."
    )
    method = fields.Selection(
        [("threshold", "Thresholds"), ("score", "Score Sheet")],
        required=True,
        default="threshold",
        help="What the grade is proposed from.",
    )
    is_leading = fields.Boolean(
        string="Leading",
        readonly=True,
        copy=False,
        help="The scheme whose grades the dossiers carry.",
    )
    grade_ids = fields.One2many(
        "customer.grade", "scheme_id", string="Grades", copy=True
    )
    factor_ids = fields.One2many(
        "customer.grade.factor",
        "scheme_id",
        string="Factors",
        copy=True,
        groups="customer_archive.group_user",
    )
    rule_ids = fields.One2many(
        "customer.grade.rule",
        "scheme_id",
        string="Rule Versions",
        groups="customer_archive.group_user",
    )

    _leading_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0)) WHERE is_leading AND active",
        "One scheme leads. Take the mark from the other one first.",
    )

    @api.model
    def _get_leading(self, company):
        """Return the leading scheme of ``company``: its own, else the shared one."""
        schemes = self.search(
            Domain("is_leading", "=", True)
            & Domain("company_id", "in", [company.id, False])
        )
        return schemes.sorted(lambda scheme: not scheme.company_id)[:1]

    @api.model
    def _check_manager(self):
        """Refuse whoever neither keeps the dossiers nor directs the marketing."""
        if not self.env.su and not self.env.user._has_archive_role("KEEPER", "MDO"):
            raise AccessError(
                self.env._(
                    "Only the keeper and the Marketing Director set up and run the "
                    "grading."
                )
            )
