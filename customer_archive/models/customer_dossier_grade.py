from odoo import api, fields, models
from odoo.tools import ormcache

LEVEL_TYPE = "customer_archive.mail_activity_type_level"


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
        help="What the customer could buy in a year.",
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
    level_before_grade_id = fields.Many2one(
        "customer.secrecy.level",
        string="Level before the Grade",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The secrecy level that a grade raised; empty as soon as the level was "
        "decided on.",
    )

    _potential_positive = models.Constraint(
        "CHECK(potential_amount >= 0 AND national_rank >= 0)",
        "A demand and a rank are never negative.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "grade_id",
            "grade_date",
            "level_before_grade_id",
        }

    def _get_grading_company(self):
        """Return the company that grades the customer: his own or, for one that all
        companies share, that of his unit, else the main company."""
        self.ensure_one()
        return (
            self.company_id
            or self.team_id.company_id
            or self.env["res.company"].browse(self._get_main_company_id())
        )

    @api.model
    @ormcache()
    def _get_main_company_id(self):
        # asked for each customer of a batch, and a query each time
        return self.env["res.company"]._get_main_company().id

    def _set_grade(self, grade, date):
        """Put a confirmed grade of the leading scheme in force for all these customers
        (E12); in sudo."""
        former_by_dossier = {dossier: dossier.grade_id for dossier in self}
        self._system_write({"grade_id": grade.id, "grade_date": date})
        for dossier, former in former_by_dossier.items():
            if former != grade:
                dossier._on_grade_changed(former)

    # ------------------------------------------------------------ consequences (E12)

    def _get_consequence(self, grade):
        """Return what follows from ``grade`` for this customer, in sudo; maybe none."""
        return self.env["customer.grade.consequence"]._get_for(
            grade, self._get_grading_company()
        )

    def _on_grade_changed(self, former):
        """What follows from another grade, once it is in force: extension point (E12).

        Called in sudo with one dossier, for each real change of the leading grade;
        when another scheme leads, for those changes alone from which anything can
        follow: of the tier, or of a grade with a line of its own. What an addon
        derives from a grade later, such as the interval of a visit or a verification,
        hangs here: a column on ``customer.grade.consequence`` says what,
        ``_get_consequence`` reads it without a query.

        :param former: the grade before, maybe none
        """
        self.ensure_one()
        self._follow_secrecy(former)

    def _follow_secrecy(self, former):
        """Raise the secrecy level to that of the grade (K1); nothing is declassified by
        itself, the keepers are asked whether it should be."""
        level = self._get_consequence(self.grade_id).secrecy_level_id
        rank = self.secrecy_level_id.rank
        if level and level.rank > rank:
            self._raise_level(level)
        elif self.level_before_grade_id:
            if level and level.rank == rank:
                self.activity_unlink([LEVEL_TYPE])
            elif self._get_consequence(former).secrecy_level_id.rank > level.rank:
                self._ask_for_laxer_level()

    def _raise_level(self, level):
        before = self.level_before_grade_id or self.secrecy_level_id
        reason = self.env._("The customer's grade: %s", self.grade_id.name)
        # who proposed less than that did not know the grade
        laxer = self.secrecy_decision_ids.filtered(
            lambda decision: (
                not decision.document_id and decision.level_id.rank < level.rank
            )
        )
        laxer.approval_id._call_off(reason)
        self._set_secrecy_level(level, reason)
        self._system_write({"level_before_grade_id": before.id})

    def _set_secrecy_level(self, level, reason):
        """What was decided holds from now on, whatever a grade had raised."""
        result = super()._set_secrecy_level(level, reason)
        raised = self.filtered("level_before_grade_id")
        raised._system_write({"level_before_grade_id": False})
        raised.activity_unlink([LEVEL_TYPE])
        return result

    def _ask_for_laxer_level(self):
        """Give the keepers one to-do to propose a level."""
        if self.activity_search([LEVEL_TYPE]):
            return
        for keeper in self._get_keepers():
            self.activity_schedule(
                LEVEL_TYPE,
                user_id=keeper.id,
                summary=self.with_context(lang=keeper.lang).env._(
                    "The grade fell: propose a secrecy level or keep the present one"
                ),
            )

    # ------------------------------------------------------------ life of the dossier

    @api.ondelete(at_uninstall=False)
    def _unlink_proposals(self):
        # sudo: the system made them, nobody has rights to delete them
        self.sudo()._close_proposals(self.env._("The dossier was deleted."))

    def _move_to_history(self, reason, note):
        result = super()._move_to_history(reason, note)
        # sudo: the system made them, nobody has rights to close them
        self.sudo()._close_proposals(self.env._("The dossier was moved to history."))
        return result

    def _close_proposals(self, reason):
        """Call off what is proposed for these dossiers, in sudo. What people worked on
        stays on record as superseded."""
        proposals = self.env["customer.grade.evaluation"].search(
            [("dossier_id", "in", self.ids), ("state", "=", "proposed")]
        )
        proposals.approval_id._call_off(reason)
        touched = proposals.filtered(lambda proposal: proposal._is_worked_on())
        touched._system_write({"state": "superseded"})
        (proposals - touched)._as_system().unlink()

    def _take_over_grades(self, others):
        """Before ``others`` are folded into this dossier, in sudo: it keeps its grade,
        theirs become history and are proposed anew by the next evaluation, which counts
        what both bought. Only a grade that it lacks is taken over."""
        both = self + others
        both._close_proposals(self.env._("Folded into %(number)s.", number=self.number))
        confirmed = self.env["customer.grade.evaluation"].search(
            [("dossier_id", "in", both.ids), ("state", "=", "confirmed")],
            order="confirmed_on desc, id desc",
        )
        mine = confirmed.filtered(lambda evaluation: evaluation.dossier_id == self)
        graded = mine.scheme_id
        company = self._get_grading_company()
        leading = self.env["customer.grade.scheme"]._get_leading(company)
        for evaluation in confirmed - mine:
            if evaluation.scheme_id in graded:
                evaluation._system_write({"state": "superseded"})
                continue
            graded += evaluation.scheme_id
            if evaluation.scheme_id == leading and not self.grade_id:
                self._set_grade(
                    evaluation.grade_id,
                    company._get_office_date(evaluation.confirmed_on),
                )
