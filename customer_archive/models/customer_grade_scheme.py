from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerGradeScheme(models.Model):
    """A way to grade customers (E1, K1): by thresholds (E2 to E5) or by a score sheet
    (E7). Several run side by side; the grades of the leading one are those that the
    dossiers carry and that everything else follows."""

    _name = "customer.grade.scheme"
    _description = "Grade Scheme"
    _inherit = ["customer.guarded.mixin", "mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Empty: the scheme of every company without its own."
    )
    method = fields.Selection(
        [("threshold", "Thresholds"), ("score", "Score Sheet")],
        required=True,
        default="threshold",
        tracking=True,
        help="What the grade is proposed from.",
    )
    is_leading = fields.Boolean(
        string="Leading",
        readonly=True,
        copy=False,
        tracking=True,
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

    # ------------------------------------------------------------ guard

    def _guarded_fields(self):
        return super()._guarded_fields() | {"is_leading"}

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for scheme, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", scheme.name)
        return vals_list

    def write(self, vals):
        for scheme in self:
            if "company_id" in vals and vals["company_id"] != scheme.company_id.id:
                scheme._check_company_free()
            if "method" in vals and vals["method"] != scheme.method:
                scheme._check_undecided()
        return super().write(vals)

    def _check_company_free(self):
        if self.is_leading or self._get_evaluations():
            raise UserError(
                self.env._(
                    "Customers were graded by %(scheme)s: its company stays. Duplicate "
                    "the scheme for another company.",
                    scheme=self.name,
                )
            )

    def _check_undecided(self):
        if self._get_evaluations(Domain("approval_state", "=", "pending")):
            raise UserError(
                self.env._(
                    "Grades of %(scheme)s are being decided on. Change the method "
                    "after that.",
                    scheme=self.name,
                )
            )

    def _get_evaluations(self, domain=Domain.TRUE):
        # sudo: whether there is one, of customers of whatever secrecy
        evaluations_sudo = self.env["customer.grade.evaluation"].sudo()
        return evaluations_sudo.search(
            Domain("scheme_id", "in", self.ids) & domain, limit=1
        )

    @api.constrains("active")
    def _check_active(self):
        for scheme in self:
            if scheme.is_leading and not scheme.active:
                raise ValidationError(
                    self.env._(
                        "%(scheme)s leads and cannot be archived. Make another scheme "
                        "leading first.",
                        scheme=scheme.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for scheme in self:
            # sudo: versions of all companies count
            if scheme.is_leading or scheme.sudo().rule_ids or scheme._get_evaluations():
                raise UserError(
                    self.env._(
                        "%(scheme)s leads, was used or has rule versions. Archive it "
                        "instead of deleting it.",
                        scheme=scheme.name,
                    )
                )

    # ------------------------------------------------------------ leading scheme

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

    @api.model
    def _lead_shipped(self):
        """Let the first shipped scheme lead where none does, once."""
        if not self.search(Domain("is_leading", "=", True), limit=1):
            self.env.ref("customer_archive.customer_grade_scheme_class")._system_write(
                {"is_leading": True}
            )

    def action_lead(self):
        """Make this scheme the leading one of its companies (E1, K1): their dossiers
        carry the grades confirmed in it from now on.

        :raise UserError: it is archived, or has no version in force for one of them
        """
        self.ensure_one()
        self._check_manager()
        self.check_access("write")
        if self.is_leading:
            return True
        # sudo: it binds all customers of the companies, whoever may read them
        scheme_sudo = self.sudo()
        companies_sudo = scheme_sudo._get_followers()
        scheme_sudo._check_in_force(companies_sudo)
        former_sudo = scheme_sudo.search(
            Domain("is_leading", "=", True)
            & Domain("company_id", "=", self.company_id.id)
        )
        former_sudo._system_write({"is_leading": False})
        former_sudo.flush_recordset(["is_leading"])  # the index allows one
        scheme_sudo._system_write({"is_leading": True})
        for company_sudo in companies_sudo:
            scheme_sudo._grade_dossiers(company_sudo)
        return True

    def action_stop_leading(self):
        """Let the company of this leading scheme follow the shared one again."""
        self.ensure_one()
        self._check_manager()
        self.check_access("write")
        # sudo: as in action_lead
        scheme_sudo = self.sudo()
        shared_sudo = scheme_sudo.search(
            Domain("is_leading", "=", True) & Domain("company_id", "=", False)
        )
        if not (self.is_leading and self.company_id and shared_sudo):
            raise UserError(
                self.env._(
                    "One scheme has to lead. Make the other scheme leading instead."
                )
            )
        shared_sudo._check_in_force(scheme_sudo.company_id)
        scheme_sudo._system_write({"is_leading": False})
        shared_sudo._grade_dossiers(scheme_sudo.company_id)
        return True

    def _get_followers(self):
        """Return the companies that follow this scheme when it leads."""
        if self.company_id:
            return self.company_id
        with_own = self.search(
            Domain("is_leading", "=", True) & Domain("company_id", "!=", False)
        ).company_id
        return self.env["res.company"].search(Domain("id", "not in", with_own.ids))

    def _check_in_force(self, companies):
        rules = self.env["customer.grade.rule"]
        lacking = companies.filtered(
            lambda company: (
                not rules._get_in_force(self, company, company._get_office_today())
            )
        )
        if not self.active or lacking:
            raise UserError(
                self.env._(
                    "%(scheme)s cannot lead: it is archived or has no approved version "
                    "in force for %(companies)s. Submit one under Configuration, "
                    "Grading.",
                    scheme=self.name,
                    companies=(lacking or companies).mapped("name"),
                )
            )

    @api.model
    def _graded_domain(self, company):
        """Return the Domain of the dossiers whose ``_get_grading_company`` is
        ``company``; units may be archived, so search with ``active_test`` off."""
        shared = Domain("team_id.company_id", "=", company.id)
        if company == company._get_main_company():
            shared |= Domain("team_id.company_id", "=", False)
        return Domain("company_id", "=", company.id) | (
            Domain("company_id", "=", False) & shared
        )

    def _grade_dossiers(self, company):
        """Give the dossiers that ``company`` grades the grade confirmed in this
        scheme, and none where there is none; in sudo.

        One statement for all of them, so that the change stands in the history of the
        scheme and not in that of each dossier. What hangs on the tier follows for
        those whose tier changed or whose grade has a line of consequences of its own
        (E12).
        """
        dossiers = self.env["customer.dossier"].with_context(active_test=False)
        graded = dossiers.search(self._graded_domain(company))
        self.env.flush_all()
        # of this and a grade being confirmed, the second is repeated by Odoo
        graded._touch()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE customer_dossier dossier
                   SET grade_id = present.grade_id,
                       grade_date = present.grade_date,
                       write_uid = %(user)s,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM (SELECT held.id, held.grade_id AS former_id,
                               evaluation.grade_id,
                               (evaluation.confirmed_on AT TIME ZONE 'UTC'
                                AT TIME ZONE %(zone)s)::date AS grade_date
                          FROM customer_dossier held
                     LEFT JOIN customer_grade_evaluation evaluation
                            ON evaluation.dossier_id = held.id
                           AND evaluation.scheme_id = %(scheme)s
                           AND evaluation.state = 'confirmed'
                         WHERE held.id = ANY(%(graded)s)
                           AND held.grade_id IS DISTINCT FROM evaluation.grade_id
                       ) present
                 WHERE dossier.id = present.id
             RETURNING dossier.id, present.former_id
                """,
                user=self.env.uid,
                zone=company._get_office_timezone().key,
                scheme=self.id,
                graded=graded.ids,
            )
        )
        changed = dossiers.browse(row[0] for row in rows)
        names = ["grade_id", "grade_date"]
        changed.invalidate_recordset(names, flush=False)
        changed.modified(names)
        self.env["res.partner"]._invalidate_dossier_head()
        grades = self.env["customer.grade"]
        with_own_line = (
            self.env["customer.grade.consequence"]
            .search(Domain("grade_id", "!=", False))
            .grade_id
        )
        for dossier, (_id, former_id) in zip(changed, rows, strict=True):
            former = grades.browse(former_id)
            given = former | dossier.grade_id
            if former.tier != dossier.tier or given & with_own_line:
                dossier._on_grade_changed(former)
