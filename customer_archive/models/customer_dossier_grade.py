from odoo import fields, models


class CustomerDossier(models.Model):
    """The customer's grade (E1, E5, E9, E12): the one of the leading scheme that was
    confirmed last. Nobody types it in."""

    _inherit = "customer.dossier"

    grade_id = fields.Many2one(
        "customer.grade",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    tier = fields.Selection(related="grade_id.tier", store=True, index=True)
    grade_date = fields.Date(string="Graded on", readonly=True, copy=False)
    potential_amount = fields.Monetary(
        string="Potential Demand",
        currency_field="potential_currency_id",
        tracking=True,
        help="What the customer could buy in a year (E5).",
    )
    potential_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Demand",
        default=lambda self: self.env.company.currency_id,
    )
    national_rank = fields.Integer(
        tracking=True,
        help="The customer's rank in scale and technology in the country. 0: not "
        "ranked.",
    )
    has_intention = fields.Boolean(
        string="Intends to Cooperate",
        tracking=True,
        help="The customer wants to work with us. An open opportunity says so, too.",
    )
    evaluation_ids = fields.One2many(
        "customer.grade.evaluation",
        "dossier_id",
        string="Evaluations",
        groups="customer_archive.group_rep,customer_archive.group_bum,"
        "customer_archive.group_keeper,customer_archive.group_mdo,"
        "customer_archive.group_gmo",
    )

    _potential_positive = models.Constraint(
        "CHECK(potential_amount >= 0 AND national_rank >= 0)",
        "A demand and a rank are never negative.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"grade_id", "grade_date"}

    def _get_grading_company(self):
        """Return the company that grades the customer: his own or, for one that all
        companies share, that of his unit, else the main company."""
        self.ensure_one()
        return (
            self.company_id
            or self.team_id.company_id
            or self.env["res.company"]._get_main_company()
        )

    def _set_grade(self, grade, date):
        """Put a confirmed grade of the leading scheme in force for all these customers
        (E12); in sudo."""
        former_by_dossier = {dossier: dossier.grade_id for dossier in self}
        self._system_write({"grade_id": grade.id, "grade_date": date})
        for dossier, former in former_by_dossier.items():
            if former != grade:
                dossier._on_grade_changed(former)

    def _on_grade_changed(self, former):
        """What follows from another grade, after it came into force: extension point
        (E12), in sudo.

        :param former: the grade before, maybe none
        """
        self.ensure_one()
