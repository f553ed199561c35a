from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .customer_grade_scheme_engine import TRADING_STATES

BATCH = 20000


class CustomerGradeRun(models.Model):
    """The grades of all customers proposed anew (E10), in batches of their own
    transaction: it shows how far it is, can be stopped and goes on where it stopped."""

    _name = "customer.grade.run"
    _description = "Grading Run"
    _inherit = ["customer.approval.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"

    name = fields.Char(required=True, readonly=True)
    scheme_id = fields.Many2one(
        "customer.grade.scheme",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["customer.grade.scheme"]._get_leading(
            self.env.company
        ),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    date = fields.Date(
        string="Figures up to",
        required=True,
        default=fields.Date.context_today,
        help="The thresholds of this day count, and what was bought until then.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("done", "Done"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    last_dossier_id = fields.Integer(readonly=True, copy=False)
    total_count = fields.Integer(string="Customers", readonly=True, copy=False)
    done_count = fields.Integer(string="Evaluated", readonly=True, copy=False)
    total_profit = fields.Float(readonly=True, copy=False)
    has_total_profit = fields.Boolean(readonly=True, copy=False)
    evaluation_ids = fields.One2many("customer.grade.evaluation", "run_id")

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    def _approval_locked_fields(self):
        return {"scheme_id", "company_id", "date"}

    def _approval_dossier(self):
        return self.env["customer.dossier"]

    @api.model
    def _graded_domain(self, company):
        """Return the Domain of the dossiers that ``company`` grades: its own, and of
        those that all companies share the ones of its units, or of no company's units
        for the main company."""
        shared = Domain("team_id.company_id", "=", company.id)
        if company == company._get_main_company():
            shared |= Domain("team_id.company_id", "=", False)
        return Domain("state", "in", TRADING_STATES) & (
            Domain("company_id", "=", company.id)
            | (Domain("company_id", "=", False) & shared)
        )

    def _evaluate_next(self, limit=BATCH):
        """Evaluate the next ``limit`` customers in sudo; return how many they were."""
        self.ensure_one()
        # sudo: all customers of the company are graded, whoever started it
        run_sudo = self.sudo()
        dossiers_sudo = run_sudo.env["customer.dossier"].with_context(active_test=False)
        batch_sudo = dossiers_sudo.search(
            self._graded_domain(self.company_id)
            & Domain("id", ">", self.last_dossier_id),
            order="id",
            limit=limit,
        )
        if not batch_sudo:
            run_sudo._system_write({"state": "done"})
            return 0
        run_sudo.scheme_id._evaluate(
            self.company_id,
            batch_sudo,
            self.date,
            run=run_sudo,
            total_profit=self.total_profit if self.has_total_profit else None,
        )
        run_sudo._system_write(
            {
                "last_dossier_id": batch_sudo[-1:].id,
                "done_count": self.done_count + len(batch_sudo),
            }
        )
        return len(batch_sudo)

    def _start(self):
        """Begin a run; in sudo."""
        for run in self:
            profit = run.scheme_id._get_total_profit(run.company_id, run.date)
            run._system_write(
                {
                    "state": "running",
                    "last_dossier_id": 0,
                    "done_count": 0,
                    "total_count": run.env["customer.dossier"].search_count(
                        run._graded_domain(run.company_id)
                    ),
                    "total_profit": profit or 0.0,
                    "has_total_profit": profit is not None,
                }
            )
            if not run.total_count:
                raise UserError(self.env._("There is no customer to grade."))
