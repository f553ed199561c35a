import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_date

from .customer_grade_scheme_engine import TRADING_STATES

_logger = logging.getLogger(__name__)

BATCH = 20000
# up to so many customers, nobody waits for the job
DIRECT = 1000
TODO_TYPE = "mail.mail_activity_data_todo"


class CustomerGradeRun(models.Model):
    """The grades of all customers proposed anew (E10), in batches of their own
    transaction: it shows how far it is, can be stopped and goes on where it stopped.

    Its proposals are the open ones of its scheme, company and day, whichever run wrote
    them: a second run of a day finds nothing to write and shows the same list.
    """

    _name = "customer.grade.run"
    _description = "Grading Run"
    _inherit = ["customer.approval.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", required=True, readonly=True, copy=False)
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
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    date = fields.Date(
        string="Figures up to",
        required=True,
        default=lambda self: self.env.company._get_office_today(),
        help="The thresholds of this day count, and what was bought until then.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Started by",
        readonly=True,
        copy=False,
        help="Empty: the yearly duty.",
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
    proposal_count = fields.Integer(string="Open Proposals", compute="_compute_counts")
    up_count = fields.Integer(string="Up", compute="_compute_counts")
    down_count = fields.Integer(string="Down", compute="_compute_counts")
    new_count = fields.Integer(string="First Grade", compute="_compute_counts")
    same_count = fields.Integer(string="Unchanged", compute="_compute_counts")
    upgradeable_count = fields.Integer(string="Upgradeable", compute="_compute_counts")

    _running_uniq = models.UniqueIndex(
        "(scheme_id, company_id) WHERE state = 'running'",
        "A run of this scheme is going on already. Wait for it or stop it.",
    )

    # ------------------------------------------------------------ guard

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    def _prepare_system_values(self, vals):
        # sudo: plain users may not draw numbers
        sequence_sudo = self.env["ir.sequence"].sudo()
        return {"name": sequence_sudo.next_by_code("customer.grade.run")}

    def _approval_locked_fields(self):
        return {"scheme_id", "company_id", "date"}

    def _approval_dossier(self):
        return self.env["customer.dossier"]

    def write(self, vals):
        if not self._is_system() and self._approval_locked_fields() & vals.keys():
            self._check_value("state", "draft")
        result = super().write(vals)
        if "company_id" in vals:
            # the rules have judged the company that it had
            self.check_access("write")
        return result

    # ------------------------------------------------------------ what it found

    def _proposals_domain(self):
        """Return the Domain of the open proposals of these runs."""
        return Domain("state", "=", "proposed") & Domain.OR(
            Domain("scheme_id", "=", run.scheme_id.id)
            & Domain("grading_company_id", "=", run.company_id.id)
            & Domain("date", "=", run.date)
            for run in self
        )

    @api.depends("scheme_id", "company_id", "date", "state", "done_count")
    @api.depends_context("uid")
    def _compute_counts(self):
        groups = self.env["customer.grade.evaluation"]._read_group(
            self._proposals_domain(),
            [
                "scheme_id",
                "grading_company_id",
                "date:day",
                "direction",
                "is_upgradeable",
            ],
            ["__count"],
        )
        for run in self:
            key = (run.scheme_id, run.company_id, run.date)
            counts = [group[3:] for group in groups if group[:3] == key]
            run.proposal_count = sum(count for *_x, count in counts)
            run.upgradeable_count = sum(
                count for _direction, is_upgradeable, count in counts if is_upgradeable
            )
            for name in ("up", "down", "new", "same"):
                run[f"{name}_count"] = sum(
                    count for direction, _x, count in counts if direction == name
                )

    def action_open_proposals(self):
        """Open the open proposals of this run by direction."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open Proposals"),
            "res_model": "customer.grade.evaluation",
            "view_mode": "list,kanban,form",
            "domain": list(self._proposals_domain()),
            "context": {"group_by": ["direction"]},
        }

    # ------------------------------------------------------------ evaluation

    @api.model
    def _graded_domain(self, company):
        """Return the Domain of the dossiers that ``company`` grades in a run."""
        schemes = self.env["customer.grade.scheme"]
        return schemes._graded_domain(company) & Domain("state", "in", TRADING_STATES)

    @api.model
    def _graded_dossiers(self):
        """Return where ``_graded_domain`` is searched: no dossier, in sudo."""
        # sudo: all customers of the company are graded, whoever started the run, which
        # says how many they are and not who
        return self.env["customer.dossier"].sudo().with_context(active_test=False)

    def _evaluate_next(self, limit=BATCH):
        """Evaluate the next ``limit`` customers in sudo; return how many they were."""
        self.ensure_one()
        # sudo: all customers of the company are graded, whoever started it
        run_sudo = self.sudo()
        batch_sudo = run_sudo._graded_dossiers().search(
            self._graded_domain(self.company_id)
            & Domain("id", ">", self.last_dossier_id),
            order="id",
            limit=limit,
        )
        if not batch_sudo:
            run_sudo._system_write({"state": "done", "total_count": self.done_count})
            run_sudo._give_todos()
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
        """Begin a run; in sudo.

        :raise UserError: a day to come, nobody to grade, or another run is going on
        """
        for run in self:
            run._check_alone()
            if run.date > run.company_id._get_office_today():
                raise UserError(
                    self.env._(
                        "The figures up to %(date)s are not known yet. Choose today "
                        "or a day before.",
                        date=format_date(self.env, run.date),
                    )
                )
            profit = run.scheme_id._get_total_profit(run.company_id, run.date)
            run._system_write(
                {
                    "state": "running",
                    "last_dossier_id": 0,
                    "done_count": 0,
                    "total_count": run._graded_dossiers().search_count(
                        run._graded_domain(run.company_id)
                    ),
                    "total_profit": profit or 0.0,
                    "has_total_profit": profit is not None,
                }
            )
            if not run.total_count:
                raise UserError(self.env._("There is no customer to grade."))

    def _check_alone(self):
        """Refuse a run beside another one of the same scheme and company; in sudo."""
        running = self.search(
            Domain("scheme_id", "=", self.scheme_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "running"),
            limit=1,
        )
        if running:
            raise UserError(
                self.env._(
                    "%(run)s of the same scheme is going on. Wait for it or stop it.",
                    run=running.name,
                )
            )

    # ------------------------------------------------------------ work in batches

    def _is_working(self):
        self.ensure_one()
        return self.state == "running"

    def _count_remaining(self):
        """Return how many customers are left, a guess."""
        return max(self.total_count - self.done_count, 0)

    def _work(self):
        """Do the next batch; return how many customers it had."""
        return self._evaluate_next(BATCH)

    def _takes_long(self):
        return self._count_remaining() > DIRECT

    def _go_on(self):
        """Do at once what takes a few seconds, and let the job do what takes longer;
        in sudo."""
        self.ensure_one()
        if self._takes_long():
            self._trigger_job()
            return
        while self._is_working():
            self._work()

    @api.model
    def _trigger_job(self):
        self.env.ref("customer_archive.ir_cron_customer_grade_run")._trigger()

    @api.model
    def _working_domain(self):
        return Domain("state", "=", "running")

    @api.model
    def _cron_run(self):
        """Go on with the runs, a transaction per batch: what a batch has done stays
        done, and who stops a run stops it after the batch at the latest."""
        cron = self.env["ir.cron"]
        runs = self.search(self._working_domain(), order="id")
        # one more each: it takes a batch without customers to find that none is left
        cron._commit_progress(remaining=sum(run._count_remaining() + 1 for run in runs))
        for run in runs:
            while run._is_working():
                if not cron._commit_progress(run._try_work()):
                    return

    def _try_work(self):
        """Do the next batch; a batch that fails leaves nothing behind and stops the
        run."""
        try:
            count = self._work()
            self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # somebody stopped the run or wrote one of its proposals: see and try again
            self.env.cr.rollback()
            return 0
        except Exception as error:
            _logger.exception("Batch of %s failed", self.id)
            self.env.cr.rollback()
            if self._is_working():
                self._fail(error)
            return 0
        return count

    def _fail(self, error):
        """Stop after ``error`` and say so to who can do something about it."""
        self._system_write(self._prepare_stop())
        self.message_post(
            body=self._in_language_of(self.user_id).env._(
                "The work stopped: %(error)s What was done stays. Continue when the "
                "cause is mended.",
                error=error,
            )
        )
        self._give_todos(has_failed=True)

    def _prepare_stop(self):
        return {"state": "stopped"}

    def _in_language_of(self, user):
        return self.with_context(lang=user.lang or self.company_id.partner_id.lang)

    def _give_todos(self, has_failed=False):
        """Ask who started the run for the next step; of the yearly run the keepers and
        the Marketing Director."""
        users = self.user_id.filtered("active")
        if not users:
            roles = self.env["customer.role"]
            users = self.company_id._get_keepers()
            users |= roles._get_members("MDO", self.company_id)
        for user in self._readers_among(users):
            env = self._in_language_of(user).env
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                TODO_TYPE,
                user_id=user.id,
                summary=env._("Find out why %(run)s stopped", run=self.name)
                if has_failed
                else env._("Confirm the grades of %(run)s", run=self.name),
            )

    # ------------------------------------------------------------ actions

    def _get_run_to_manage(self):
        """Return this run in sudo, for one who may start and stop it."""
        self.ensure_one()
        self.env["customer.grade.scheme"]._check_manager()
        self.check_access("write")
        self._touch()
        # sudo: the system writes states and grades all customers
        return self.sudo()

    def action_start(self):
        """Grade all customers (E10)."""
        run_sudo = self._get_run_to_manage()
        run_sudo._check_value("state", "draft")
        # a large run would tell it in the background alone
        run_sudo.scheme_id._get_rule(run_sudo.company_id, run_sudo.date)
        run_sudo._system_write({"user_id": self.env.uid})
        run_sudo._start()
        return run_sudo._go_on_and_tell()

    def action_stop(self):
        """Stop after the present batch."""
        run_sudo = self._get_run_to_manage()
        run_sudo._check_value("state", "running")
        run_sudo._system_write({"state": "stopped"})
        return True

    def action_continue(self):
        """Go on where the run was stopped."""
        run_sudo = self._get_run_to_manage()
        run_sudo._continue()
        run_sudo.activity_unlink([TODO_TYPE])
        return run_sudo._go_on_and_tell()

    def _continue(self):
        """Make a stopped run work again; in sudo."""
        self._check_value("state", "stopped")
        self._check_alone()
        self._system_write({"state": "running"})

    def _go_on_and_tell(self):
        self._go_on()
        is_working = self._is_working()
        if is_working:
            message = self.env._(
                "%(count)s customers are left. The work goes on in the background and "
                "this page shows how far it is.",
                count=self._count_remaining(),
            )
        else:
            message = self.env._("%(run)s is done.", run=self.name)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info" if is_working else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------ every year

    @api.model
    def _duty_grade_customers(self, duty, start, end):
        """Start a run of the leading scheme of the present company with the figures of
        its last fiscal year that ended before ``end`` (E10)."""
        company = self.env.company
        scheme = self.env["customer.grade.scheme"]._get_leading(company)
        customers = self._graded_dossiers().search_count(
            self._graded_domain(company), limit=1
        )
        if not scheme or not customers:
            return
        date = fields.Date.subtract(end, days=1)
        year = company.compute_fiscalyear_dates(date)
        if year["date_to"] != date:
            date = fields.Date.subtract(year["date_from"], days=1)
        run = self.create(
            {"scheme_id": scheme.id, "company_id": company.id, "date": date}
        )
        run._start()
        # whatever its size: what fails there is noted on the run
        run._trigger_job()
