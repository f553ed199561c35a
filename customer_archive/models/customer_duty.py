import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

_logger = logging.getLogger(__name__)


class CustomerDuty(models.Model):
    """A periodic duty (X7): what has to happen once in every period.

    One scheduled job works through the periods that have ended since the duty
    was last done and calls ``_duty_<method>(duty, start, end)`` on its model for
    each company. What was done is kept in ``customer.duty.run``, one row per
    duty, company and period, so that a job that runs twice does nothing twice.
    After downtime a duty with ``catch_up`` «each» is done for every missed
    period, one with «latest» for the last one only; the others are recorded as
    missed.
    """

    _name = "customer.duty"
    _description = "Periodic Duty"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    model = fields.Char(required=True)
    method = fields.Char(
        required=True, help="The model's method _duty_<this> does the work."
    )
    interval_number = fields.Integer(string="Every", default=1, required=True)
    interval_type = fields.Selection(
        [
            ("days", "Days"),
            ("weeks", "Weeks"),
            ("months", "Months"),
            ("years", "Years"),
        ],
        required=True,
        default="weeks",
    )
    anchor_date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="The first day of the first period. Nothing is made up for before it.",
    )
    catch_up = fields.Selection(
        [("each", "Every missed period"), ("latest", "Only the latest period")],
        required=True,
        default="latest",
        help="What is done after the server was down for several periods.",
    )
    run_ids = fields.One2many("customer.duty.run", "duty_id", readonly=True)

    _interval_positive = models.Constraint(
        "CHECK(interval_number > 0)", "A period is at least one day long."
    )

    @api.constrains("model", "method")
    def _check_method(self):
        for duty in self:
            model = self.env.get(duty.model)
            if model is None or not hasattr(model, f"_duty_{duty.method}"):
                raise ValidationError(
                    self.env._(
                        "%(model)s has no duty %(method)s.",
                        model=duty.model,
                        method=duty.method,
                    )
                )

    def _get_start(self, index):
        """Return the first day of the period number ``index``, counted from the
        anchor so that months of different lengths do not drift."""
        step = {self.interval_type: self.interval_number * index}
        return self.anchor_date + relativedelta(**step)

    def _get_ended_periods(self, company, today):
        """Return (start, end) of the periods that ended before ``today`` and that
        have no run yet, oldest first; ``end`` is the first day after the period."""
        self.ensure_one()
        done = set(
            self.env["customer.duty.run"]
            .search([("duty_id", "=", self.id), ("company_id", "=", company.id)])
            .mapped("date_start")
        )
        periods = []
        index = 0
        while (end := self._get_start(index + 1)) <= today:
            start = self._get_start(index)
            if start not in done:
                periods.append((start, end))
            index += 1
        return periods

    @api.model
    def _cron_run_duties(self):
        """Do what is due, a transaction per duty, company and period."""
        cron = self.env["ir.cron"]
        today = fields.Date.context_today(self)
        todo = [
            (duty, company, start, end, missed)
            for duty in self.search([])
            for company in self.env["res.company"].search([])
            for start, end, missed in duty._get_todo(company, today)
        ]
        cron._commit_progress(remaining=len(todo))
        for duty, company, start, end, missed in todo:
            duty._run(company, start, end, missed)
            if not cron._commit_progress(1):
                break

    def _get_todo(self, company, today):
        """Yield (start, end, missed) for each period to settle; a missed one is
        recorded without being done."""
        periods = self._get_ended_periods(company, today)
        for start, end in periods:
            missed = self.catch_up == "latest" and (start, end) != periods[-1]
            yield start, end, missed

    def _run(self, company, start, end, missed):
        """Settle one period; an error is recorded and does not stop the others."""
        self.ensure_one()
        run = self.env["customer.duty.run"]
        values = {
            "duty_id": self.id,
            "company_id": company.id,
            "date_start": start,
            "date_end": end,
        }
        if missed:
            run._system_create(values | {"state": "missed"})
            return
        try:
            with self.env.cr.savepoint():
                # the row first: a second job that runs at once fails here, before
                # it has done anything
                run._system_create(values | {"state": "done"})
                self.env.flush_all()
                model = self.env[self.model].with_company(company)
                getattr(model, f"_duty_{self.method}")(self, start, end)
                self.env.flush_all()
        except Exception:
            _logger.exception("Duty %s of %s failed", self.name, start)


class CustomerDutyRun(models.Model):
    _name = "customer.duty.run"
    _description = "Period of a Duty"
    _inherit = ["customer.guarded.mixin"]
    _order = "date_start desc, id desc"
    _rec_name = "date_start"

    duty_id = fields.Many2one(
        "customer.duty", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="Up To", required=True, readonly=True)
    state = fields.Selection(
        [("done", "Done"), ("missed", "Missed")], required=True, readonly=True
    )

    _once = models.UniqueIndex(
        "(duty_id, company_id, date_start)", "A duty is done once in a period."
    )

    def _guarded_fields(self):
        return {"duty_id", "company_id", "date_start", "date_end", "state"}
