from odoo import api, fields, models
from odoo.fields import Domain


class CustomerGradeEvaluation(models.Model):
    """成交客户分级评价: the grade proposed to a customer, with the figures and the
    version of the rule that it follows from, and who confirmed it, when and why (E8,
    E9).

    The system makes and updates proposals; a grade takes effect by the approval
    alone. Money in the currency of the company that grades.
    """

    _name = "customer.grade.evaluation"
    _description = "Grade Evaluation"
    _inherit = ["customer.approval.mixin", "customer.dossier.content.mixin"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _mail_post_access = "read"

    team_id = fields.Many2one(related="dossier_id.team_id")
    scheme_id = fields.Many2one(
        "customer.grade.scheme",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    rule_id = fields.Many2one(
        "customer.grade.rule",
        string="Rule Version",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    run_id = fields.Many2one(
        "customer.grade.run",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The run that wrote the figures. Empty: the customer was evaluated alone.",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposal"),
            ("confirmed", "Confirmed"),
            ("superseded", "Superseded"),
        ],
        required=True,
        default="proposed",
        readonly=True,
        copy=False,
        tracking=True,
    )
    date = fields.Date(required=True, readonly=True, help="The day of the figures.")
    date_start = fields.Date(
        string="Year from", readonly=True, help="The first day of the year evaluated."
    )
    grading_company_id = fields.Many2one(
        "res.company", string="Graded by", required=True, readonly=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)

    present_grade_id = fields.Many2one(
        "customer.grade", readonly=True, ondelete="restrict"
    )
    proposed_grade_id = fields.Many2one(
        "customer.grade", readonly=True, ondelete="restrict"
    )
    grade_id = fields.Many2one(
        "customer.grade",
        string="Grade to Confirm",
        ondelete="restrict",
        domain="[('scheme_id', '=', scheme_id)]",
        tracking=True,
        help="The grade proposed, or another one with a reason.",
    )
    tier = fields.Selection(related="grade_id.tier")
    direction = fields.Selection(
        [
            ("up", "Up"),
            ("down", "Down"),
            ("same", "Unchanged"),
            ("new", "First Grade"),
            ("none", "No Grade"),
        ],
        required=True,
        default="none",
        readonly=True,
    )

    # what it follows from
    has_deal = fields.Boolean(readonly=True)
    has_need = fields.Boolean(
        readonly=True, help="A need and the intention to cooperate are on record."
    )
    first_deal_date = fields.Date(string="First Deal", readonly=True)
    year_amounts = fields.Json(readonly=True)
    year_amount = fields.Monetary(string="Amount of the Year", readonly=True)
    single_amount = fields.Monetary(string="Largest Contract", readonly=True)
    recent_amount = fields.Monetary(string="Amount of 12 Months", readonly=True)
    former_amount = fields.Monetary(
        string="Amount of the 12 Months before", readonly=True
    )
    profit_amount = fields.Monetary(
        string="Gross Profit of 12 Months",
        readonly=True,
        groups="customer_archive.group_bum,customer_archive.group_keeper,"
        "customer_archive.group_mdo,customer_archive.group_gmo",
    )
    order_count = fields.Integer(string="Orders of 12 Months", readonly=True)
    referral_count = fields.Integer(
        string="Referred Customers with a Deal", readonly=True
    )
    potential_amount = fields.Monetary(string="Potential Demand", readonly=True)
    national_rank = fields.Integer(readonly=True)
    score = fields.Float(
        digits=(5, 2),
        readonly=True,
        aggregator=None,
        help="Σ weight × score / Σ weight of the factors with a figure.",
    )
    has_score = fields.Boolean(
        readonly=True, help="Off: no factor of the score sheet has a figure."
    )
    potential_score = fields.Float(
        string="Upgrade Potential",
        digits=(5, 2),
        readonly=True,
        aggregator="avg",
        help="From 0 to 100, from years of cooperation, orders, growth and referred "
        "customers.",
    )
    upgrade_grade_id = fields.Many2one(
        "customer.grade", string="Next Grade", readonly=True, ondelete="restrict"
    )
    upgrade_percent = fields.Float(
        string="Reached of the Next Grade (%)",
        digits=(5, 2),
        readonly=True,
        aggregator="avg",
    )
    is_upgradeable = fields.Boolean(string="Upgradeable", readonly=True)
    line_ids = fields.One2many(
        "customer.grade.evaluation.line", "evaluation_id", string="Score Sheet"
    )

    # what people say
    deviation_reason = fields.Text(string="Why Not as Proposed", copy=False)
    remark = fields.Text(
        string="Detailed Remark",
        copy=False,
        prefetch="guarded",
        help="Required for customers of the first tier.",
    )
    reason = fields.Text(copy=False)
    evaluator_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    confirmed_on = fields.Datetime(readonly=True, copy=False)
    may_edit = fields.Boolean(
        compute="_compute_may_edit", search="_search_may_edit", compute_sudo=False
    )

    _proposed_uniq = models.UniqueIndex(
        "(dossier_id, scheme_id) WHERE state = 'proposed'",
        "There is an open proposal for this customer already.",
    )
    _confirmed_uniq = models.UniqueIndex(
        "(dossier_id, scheme_id) WHERE state = 'confirmed'",
        "A customer has one grade in a scheme.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        # the figures are those of this customer: nobody files them elsewhere
        return super()._guarded_fields() | self._get_readonly_fields() | {"dossier_id"}

    def _approval_locked_fields(self):
        return {"grade_id", "deviation_reason", "remark", "reason", "line_ids"}

    @api.model
    def _may_edit_domain(self):
        """Return the Domain of the evaluations that the present user works on: the
        open proposals of the dossiers that he may grade. What was confirmed stays."""
        return Domain("state", "=", "proposed") & Domain(
            "dossier_id", "any!", self.env["customer.dossier"]._may_grade_domain()
        )

    @api.depends("state", "dossier_id.may_modify")
    @api.depends_context("uid")
    def _compute_may_edit(self):
        self._compute_by_domain("may_edit", self._may_edit_domain())

    @api.model
    def _search_may_edit(self, operator, value):
        return self._search_by_domain(operator, self._may_edit_domain())
