from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class CustomerServiceEvaluation(models.Model):
    """How well a department served the customers in a period (B41): its figures, kept
    as they were, what its head concludes from them and what is to be improved."""

    _name = "customer.service.evaluation"
    _description = "Service Evaluation"
    _inherit = [
        "customer.secrecy.mixin",
        "customer.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_start desc, department_id, id desc"
    _mail_post_access = "read"

    department_id = fields.Many2one(
        "customer.service.team",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To", required=True, readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed")],
        required=True,
        readonly=True,
        default="draft",
        tracking=True,
    )
    previous_id = fields.Many2one(
        "customer.service.evaluation", string="Period Before", readonly=True
    )
    received_count = fields.Integer(string="Received Cases", readonly=True)
    solved_count = fields.Integer(string="Solved Cases", readonly=True)
    due_count = fields.Integer(
        string="Due Cases",
        readonly=True,
        help="Whose solution was due in the period, without refused ones.",
    )
    on_time_count = fields.Integer(string="Solved in Time", readonly=True)
    on_time_rate = fields.Float(
        string="On Time (%)", readonly=True, digits=(16, 1), aggregator="avg"
    )
    score_count = fields.Integer(string="Scores Given", readonly=True)
    score = fields.Float(
        string="Satisfaction (0–100)",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Of the customers who were asked in the period.",
    )
    ended_count = fields.Integer(
        string="Closed or Reopened",
        readonly=True,
        help="Cases that were closed or reopened in the period.",
    )
    reopened_count = fields.Integer(string="Reopened Cases", readonly=True)
    reopen_rate = fields.Float(
        string="Reopened (%)", readonly=True, digits=(16, 1), aggregator="avg"
    )
    contact_hours = fields.Float(
        string="Hours to First Contact",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="By the clock on the wall, of what happened in the period.",
    )
    response_hours = fields.Float(
        string="Hours to Response", readonly=True, digits=(16, 1), aggregator="avg"
    )
    solution_hours = fields.Float(
        string="Hours to Solution", readonly=True, digits=(16, 1), aggregator="avg"
    )
    breach_count = fields.Integer(string="Deadlines Passed", readonly=True)
    escalation_count = fields.Integer(string="Escalations", readonly=True)
    previous_received_count = fields.Integer(
        string="Received Before",
        related="previous_id.received_count",
        related_sudo=False,
    )
    previous_solved_count = fields.Integer(
        string="Solved Before", related="previous_id.solved_count", related_sudo=False
    )
    previous_on_time_rate = fields.Float(
        string="On Time Before (%)",
        related="previous_id.on_time_rate",
        related_sudo=False,
    )
    previous_score = fields.Float(
        string="Satisfaction Before", related="previous_id.score", related_sudo=False
    )
    previous_reopen_rate = fields.Float(
        string="Reopened Before (%)",
        related="previous_id.reopen_rate",
        related_sudo=False,
    )
    conclusion = fields.Text(string="Conclusions", tracking=True)
    measure_ids = fields.One2many(
        "customer.measure", "evaluation_id", string="Improvements"
    )

    _once = models.UniqueIndex(
        "(department_id, company_id, date_start)",
        "A department is evaluated once in a period.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _may_read_domain(self):
        """Return who reads an evaluation: the department and the two offices."""
        if self.env.user._has_archive_role("MDO", "GMO"):
            return Domain.TRUE
        departments = self.env["customer.service.team"]._get_own()
        return Domain("department_id", "in", departments.ids)

    @api.depends("department_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("department_id", "date_start", "date_end")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for evaluation in self.sudo(False)._filtered_access("read").with_env(self.env):
            evaluation.display_name = self.env._(
                "%(department)s, %(start)s – %(end)s",
                department=evaluation.department_id.name,
                start=evaluation.date_start,
                end=evaluation.date_end,
            )
        return result

    # ------------------------------------------------------------ actions

    def action_confirm(self):
        """Let the marketing director's office confirm what the head concluded, which
        stays as it is from then on.

        :raise UserError: confirmed before, or no conclusion
        """
        self.env.user._check_archive_role("MDO")
        self.check_access("read")
        for evaluation in self:
            if evaluation.state != "draft":
                raise UserError(
                    self.env._(
                        "%(evaluation)s has been confirmed.",
                        evaluation=evaluation.display_name,
                    )
                )
            # sudo: who leads a department is no secret
            if evaluation.sudo().department_id.user_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "%(evaluation)s: you are the head of this department, so "
                        "another of the office confirms.",
                        evaluation=evaluation.display_name,
                    )
                )
            if not (evaluation.conclusion or "").strip():
                raise UserError(
                    self.env._(
                        "%(evaluation)s: enter what you conclude from the figures "
                        "before it is confirmed.",
                        evaluation=evaluation.display_name,
                    )
                )
        # sudo: who acts was checked; the state and the head's to-do are the system's
        evaluations_sudo = self.sudo()
        evaluations_sudo._system_write({"state": "confirmed"})
        evaluations_sudo.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    # ------------------------------------------------------------ the duty

    @api.model
    def _duty_evaluate_service(self, duty, start, end):
        """Evaluate each department that had cases from ``start`` until the day before
        ``end`` (B41) in the present company."""
        company = self.env.company
        departments = self._get_figures(company, start, end)
        last = end - timedelta(days=1)
        before = {
            evaluation.department_id: evaluation
            for evaluation in self.search(
                Domain("company_id", "=", company.id)
                & Domain("date_end", "=", start - timedelta(days=1))
            )
        }
        evaluations = self._system_create(
            [
                {
                    "department_id": department.id,
                    "company_id": company.id,
                    "date_start": start,
                    "date_end": last,
                    "previous_id": before.get(department, self).id,
                    **figures,
                }
                for department, figures in departments.items()
            ]
        )
        evaluations._ask_heads()

    def _ask_heads(self):
        for evaluation in self:
            head = evaluation.department_id.user_id
            if not head.active or evaluation.company_id not in head.company_ids:
                continue
            # sudo: the job gives the to-do
            evaluation.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=head.id,
                summary=self.with_context(lang=head.lang).env._(
                    "Draw conclusions from the service figures"
                ),
            )

    @api.model
    def _get_figures(self, company, start, end):
        """Return {department: {name: figure}} of the days from ``start`` to the one
        before ``end``, as the office counts days. The number of queries is fixed."""
        zone = company._get_office_timezone()
        first, after = (
            datetime.combine(day, time.min, zone).astimezone(UTC).replace(tzinfo=None)
            for day in (start, end)
        )
        # sudo: figures over all cases of the company, whoever may read each
        cases_sudo = self.env["customer.complaint.report"].sudo()
        logs_sudo = self.env["customer.complaint.log"].sudo()
        own = Domain("company_id", "=", company.id)
        figures = {}

        def within(name):
            return own & Domain(name, ">=", first) & Domain(name, "<", after)

        def collect(model, domain, path, **aggregates):
            for department, *values in model._read_group(
                domain, [path], list(aggregates.values())
            ):
                if department:
                    row = figures.setdefault(department, {})
                    row.update(zip(aggregates, values, strict=True))

        def collect_cases(domain, **aggregates):
            collect(cases_sudo, domain, "department_id", **aggregates)

        collect_cases(within("received_at"), received_count="__count")
        collect_cases(
            within("solution_at"),
            solved_count="__count",
            solution_hours="solution_hours:avg",
        )
        for clock in ("contact", "response"):
            name = f"{clock}_hours"
            collect_cases(within(f"{clock}_at"), **{name: f"{name}:avg"})
        on_time = Domain("on_time", ">", 0)
        collect_cases(
            within("solution_due") & (on_time | Domain("late", ">", 0)),
            due_count="__count",
            on_time_rate="on_time:avg",
        )
        collect_cases(within("solution_due") & on_time, on_time_count="__count")
        collect_cases(
            within("confirmed_at") & Domain("score", "!=", None),
            score_count="score:count",
            score="score:avg",
        )
        steps = within("date") & Domain("event", "=", "state")
        reopened = Domain("state_from", "in", ("confirmation", "closed", "rejected"))
        reopened &= Domain("state_to", "not in", ("closed", "rejected"))
        for name, domain in (
            ("ended_count", steps & (reopened | Domain("state_to", "=", "closed"))),
            ("reopened_count", steps & reopened),
            ("breach_count", within("date") & Domain("event", "=", "breached")),
            ("escalation_count", within("date") & Domain("event", "=", "escalated")),
        ):
            aggregate = "__count"
            if name in ("ended_count", "reopened_count"):
                aggregate = "complaint_id:count_distinct"
            collect(
                logs_sudo, domain, "complaint_id.department_id", **{name: aggregate}
            )
        for row in figures.values():
            if row.get("ended_count"):
                reopen_count = row.get("reopened_count", 0)
                row["reopen_rate"] = reopen_count / row["ended_count"] * 100
        return figures
