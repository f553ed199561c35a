from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import is_html_empty

TODO = "mail.mail_activity_data_todo"
EDITABLE = ("draft", "rework")
# days in which the general manager's office reads a report
READING_DAYS = 7


def remind(record, users, get_summary, date_deadline=None):
    """Give each of ``users`` one to-do on ``record`` in his language; one that he has
    already is replaced only by another text.

    :param get_summary: function of an environment in his language
    """
    # sudo: a to-do is also given on what its user does not write
    record_sudo = record.sudo()
    for user in users:
        summary = get_summary(record.with_context(lang=user.lang).env)
        todos_sudo = record_sudo.activity_ids.filtered(
            lambda todo, user=user: todo.automated and todo.user_id == user
        )
        if summary not in todos_sudo.mapped("summary"):
            todos_sudo.unlink()
            record_sudo.activity_schedule(
                TODO, date_deadline=date_deadline, user_id=user.id, summary=summary
            )


class CustomerSurveyReport(models.Model):
    """顾客满意度调查分析报告: what the marketing director's office concludes from a
    campaign and submits to the general manager's office (G13, G14)."""

    _name = "customer.survey.report"
    _description = "Survey Analysis Report"
    _inherit = [
        "customer.guarded.mixin",
        "customer.secrecy.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "create_date desc, id desc"
    _mail_post_access = "read"

    name = fields.Char(string="Title", required=True, tracking=True)
    number = fields.Char(readonly=True, copy=False)
    campaign_id = fields.Many2one(
        "customer.survey.campaign",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", related="campaign_id.company_id", store=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
    )
    date_due = fields.Date(string="Due", required=True, readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("rework", "Returned for Rework"),
            ("acknowledged", "Acknowledged"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    submitted_at = fields.Datetime(string="Submitted On", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Read By", readonly=True, copy=False
    )
    decided_at = fields.Datetime(string="Read On", readonly=True, copy=False)
    remark = fields.Text(
        readonly=True,
        copy=False,
        tracking=True,
        help="What the general manager's office says.",
    )
    basis = fields.Html(help="Period, issued and returned forms, response rate.")
    weak_points = fields.Html()
    opinions = fields.Html(string="Customers' Opinions")
    comparison = fields.Html(string="Comparison With Before")
    conclusions = fields.Html()
    proposals = fields.Html()
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )
    can_decide = fields.Boolean(compute="_compute_can_decide")

    _once = models.UniqueIndex("(campaign_id)", "A campaign has one report.")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return self._get_readonly_fields()

    @api.model
    def _may_read_domain(self):
        """Return who reads reports: the offices that write and read them."""
        if self.env.user._has_archive_role("MDO", "GMO"):
            return Domain.TRUE
        return Domain.FALSE

    def write(self, vals):
        is_mail = all(name.startswith(("activity_", "message_")) for name in vals)
        if not is_mail and not self._is_system():
            self.env.user._check_archive_role("MDO")
            self._check_value("state", *EDITABLE)
        result = super().write(vals)
        if "user_id" in vals:
            self._check_author()
        return result

    def _check_author(self):
        for report in self:
            if not report.user_id._has_archive_role("MDO"):
                raise UserError(
                    self.env._(
                        "%s may not read survey reports. Choose somebody of the "
                        "marketing director's office.",
                        report.user_id.name,
                    )
                )

    # ------------------------------------------------------------ computed

    @api.model
    def _late_domain(self):
        return Domain("state", "in", EDITABLE) & Domain(
            "date_due", "<", fields.Date.context_today(self)
        )

    @api.depends("state", "date_due")
    def _compute_is_late(self):
        late = self.filtered_domain(self._late_domain())
        late.is_late = True
        (self - late).is_late = False

    @api.model
    def _search_is_late(self, operator, value):
        return self._late_domain() if operator == "in" else NotImplemented

    @api.depends("state", "submitted_by_id", "user_id")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        is_gmo = self.env.user._has_archive_role("GMO")
        for report in self:
            report.can_decide = (
                is_gmo
                and report.state == "submitted"
                and self.env.user not in report._get_authors()
            )

    # ------------------------------------------------------------ steps (G14)

    def action_submit(self):
        """Submit the report to the general manager's office (G14).

        :raise UserError: it has been submitted, or conclusions or proposals are missing
        """
        self.env.user._check_archive_role("MDO")
        self._touch()
        self._check_value("state", *EDITABLE)
        for report in self:
            for name in ("conclusions", "proposals"):
                if is_html_empty(report[name]):
                    raise UserError(
                        self.env._(
                            "%(report)s: write the %(section)s before you submit it.",
                            report=report.name,
                            section=self._fields[name]._description_string(self.env),
                        )
                    )
        now = fields.Datetime.now()
        self._system_write(
            {
                "state": "submitted",
                "submitted_by_id": self.env.uid,
                "submitted_at": now,
                "decided_by_id": False,
                "decided_at": False,
            }
        )
        for report in self:
            report._finish_todos()
            report._ask_readers(
                lambda env: env._("Read the survey report"),
                fields.Date.context_today(self) + relativedelta(days=READING_DAYS),
            )
        return True

    def action_acknowledge(self):
        """The general manager's office has read the report and accepts it (G14)."""
        self._decide("acknowledged", lambda env: env._("The report is acknowledged"))
        return True

    def action_return(self, remark):
        """Return the report to its author, who has to rework it (G14).

        :param remark: what has to be changed
        :raise UserError: nothing is said
        """
        remark = (remark or "").strip()
        if not remark:
            raise UserError(self.env._("Say what has to be changed."))
        self._decide(
            "rework", lambda env: env._("Rework the survey report"), remark=remark
        )
        return True

    def action_return_dialog(self):
        self.ensure_one()
        self._check_reader()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return for Rework"),
            "res_model": "customer.survey.report.return",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_report_id": self.id},
        }

    def _get_authors(self):
        """Return who does not decide on this report, which is his own."""
        return self.user_id | self.submitted_by_id

    def _check_reader(self):
        self.env.user._check_archive_role("GMO")
        self._check_value("state", "submitted")
        for report in self:
            if self.env.user in report._get_authors():
                raise UserError(
                    self.env._(
                        "You have written or submitted %s yourself: somebody else of "
                        "the general manager's office reads it.",
                        report.name,
                    )
                )

    def _decide(self, state, get_summary, **values):
        self._check_reader()
        self._touch()
        # sudo: who decides was checked; he reads reports and does not write them
        reports_sudo = self.sudo()
        reports_sudo._system_write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                **values,
            }
        )
        for report_sudo in reports_sudo:
            report_sudo._finish_todos()
            report_sudo._ask_author(get_summary)

    # ------------------------------------------------------------ to-dos

    def _ask_readers(self, get_summary, date_deadline=None):
        readers = self.env["customer.role"]._get_members("GMO", self.company_id)
        remind(self, readers - self._get_authors(), get_summary, date_deadline)

    def _ask_author(self, get_summary):
        remind(self, self.campaign_id._get_leaders(self.user_id), get_summary)

    def _finish_todos(self):
        # sudo: the to-dos of both offices are settled by the step
        self.sudo().activity_feedback([TODO])

    @api.model
    def _duty_survey_report_late(self, duty, start, end):
        """Remind of the reports that are not submitted on their day, not read within
        a week after, or not even begun (G14)."""
        company = Domain("company_id", "=", self.env.company.id)
        for report in self.search(company & self._late_domain()):
            report._ask_author(lambda env: env._("The survey report is overdue"))
        unread = Domain("state", "=", "submitted") & Domain(
            "submitted_at",
            "<",
            fields.Datetime.now() - relativedelta(days=READING_DAYS),
        )
        for report in self.search(company & unread):
            report._ask_readers(
                lambda env: env._("The survey report has not been read for a week")
            )
        self.env["customer.survey.campaign"]._remind_of_missing_reports()

    @api.model
    def _get_list_action(self):
        """Return the list as the present user starts: the general manager's office
        with what it has to read."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_survey.customer_survey_report_action"
        )
        if self.env.user._has_archive_role("GMO"):
            action["context"] = {"search_default_to_read": 1}
        return action
