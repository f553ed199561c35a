from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

TODO = "mail.mail_activity_data_todo"


class CustomerComplaintTask(models.Model):
    """What another department does for a case, with its own owner and date (B13). The
    case is not closed while one is open."""

    _name = "customer.complaint.task"
    _description = "Department Task"
    _inherit = [
        "customer.complaint.content.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "state desc, date_due, id"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Task", required=True)
    department_id = fields.Many2one(
        "customer.service.team",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
        tracking=True,
        help="Empty: the head of the department is told.",
    )
    date_due = fields.Date(string="Due", required=True, tracking=True)
    note = fields.Text()
    state = fields.Selection(
        [("open", "Open"), ("done", "Done")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    done_at = fields.Datetime(readonly=True, copy=False)
    is_mine = fields.Boolean(compute="_compute_is_mine")

    def _guarded_fields(self):
        return super()._guarded_fields() | {"state", "done_at"}

    @api.model
    def _own_domain(self):
        """Return the Domain of the tasks of the present user and his departments."""
        own = self.env["customer.service.team"]._get_own()
        return Domain("user_id", "=", self.env.uid) | Domain(
            "department_id", "in", own.ids
        )

    @api.model
    def _may_read_domain(self):
        return super()._may_read_domain() | self._own_domain()

    @api.depends("complaint_id.may_read", "user_id", "department_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("user_id", "department_id", "state")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        # sudo: only the answer yes or no leaves this method
        mine = self._origin.sudo().filtered_domain(self._own_domain())
        for task in self:
            task.is_mine = task._origin.sudo() in mine and task.state == "open"

    @api.model_create_multi
    def create(self, vals_list):
        tasks = super().create(vals_list)
        tasks._ask_owner()
        return tasks

    def write(self, vals):
        result = super().write(vals)
        if "complaint_id" in vals and not self._is_system():
            # the rules have judged the case that it was of before
            self.check_access("write")
        if {"user_id", "department_id", "date_due"} & vals.keys():
            # sudo: to-dos were given by the system
            self.sudo().activity_unlink([TODO])
            self._ask_owner()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_openly(self):
        """What another department was to do is withdrawn for all to see (B13)."""
        if self._is_system():
            return
        for task in self:
            # sudo: who works on the case was checked
            task.sudo().complaint_id._message_log(
                body=self.env._(
                    "%(task)s of %(department)s was withdrawn.",
                    task=task.name,
                    department=task.sudo().department_id.name,
                )
            )

    def _ask_owner(self):
        """Give whoever does these tasks a to-do."""
        for task in self:
            # sudo: few may give others a to-do on any document
            task_sudo = task.sudo()
            user = task_sudo.user_id or task_sudo.department_id.user_id
            if user:
                task_sudo.activity_schedule(
                    TODO,
                    date_deadline=task.date_due,
                    user_id=user.id,
                    summary=task.name,
                )

    def action_report_done(self):
        """The owner, or a member of his department, reports the task done."""
        for task in self:
            task.check_access("read")
            if not task.is_mine and task.state == "open":
                raise AccessError(
                    self.env._(
                        "%(task)s: this is for %(department)s.",
                        task=task.name,
                        department=task.sudo().department_id.name,
                    )
                )
            if task.state != "open":
                raise UserError(
                    self.env._("%(task)s has been reported done.", task=task.name)
                )
            # sudo: who acts was checked; the fields are guarded
            task_sudo = task.sudo()
            task_sudo._system_write({"state": "done", "done_at": fields.Datetime.now()})
            task_sudo.activity_feedback([TODO])
        return True
