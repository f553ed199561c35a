from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_grade_evaluation_flow import FIRST_TIER, is_blank
from .customer_grade_run import TODO_TYPE
from .customer_grade_scheme_engine import TRADING_STATES

# a batch writes dossiers one by one, with all that follows from their grades
BATCH = 200


class CustomerGradeRun(models.Model):
    """One decision over the list of a run (E9, E10): on all proposals that need
    nobody's own reason. The list is frozen when it is submitted; a proposal that gets
    another result afterwards leaves it."""

    _inherit = "customer.grade.run"

    submitted_count = fields.Integer(
        string="Submitted Together", readonly=True, copy=False
    )
    left_out_count = fields.Integer(
        string="To Confirm One by One",
        readonly=True,
        copy=False,
        help="Into or out of the first tier, another grade than proposed now or when "
        "last confirmed, rejected before, or being decided on: each needs a decision "
        "of its own.",
    )
    confirmed_count = fields.Integer(
        string="Confirmed Together", readonly=True, copy=False
    )
    confirmation_state = fields.Selection(
        [("running", "Running"), ("stopped", "Stopped"), ("done", "Done")],
        string="Confirmation",
        readonly=True,
        copy=False,
        help="How far the grades approved together are in force.",
    )

    # ------------------------------------------------------------ the list

    def _eligible_query(self, domain):
        """Return the Query of the proposals of this run in ``domain`` that need
        nobody's own reason; in sudo."""
        evaluations = self.env["customer.grade.evaluation"].with_context(
            active_test=False
        )
        evaluations.flush_model()
        query = evaluations._search(
            self._proposals_domain()
            & Domain("approval_state", "=", "none")
            & Domain("grade_id.active", "=", True)
            & Domain("direction", "!=", "none")
            & Domain("grade_id.tier", "!=", FIRST_TIER)
            & (
                Domain("present_grade_id", "=", False)
                | Domain("present_grade_id.tier", "!=", FIRST_TIER)
            )
            & Domain("dossier_id.state", "in", TRADING_STATES)
            & self._carried_domain()
            & domain,
            order="id",
        )
        grade, proposed = (
            evaluations._field_to_sql(evaluations._table, name, query)
            for name in ("grade_id", "proposed_grade_id")
        )
        query.add_where(SQL("%s = %s", grade, proposed))
        # a grade that people gave against the figures is not taken back among many
        query.add_where(
            SQL(
                """NOT EXISTS (
                    SELECT FROM customer_grade_evaluation held
                     WHERE held.dossier_id = %(table)s.dossier_id
                       AND held.scheme_id = %(table)s.scheme_id
                       AND held.state = 'confirmed'
                       AND held.grade_id <> %(table)s.grade_id
                       AND held.grade_id IS DISTINCT FROM held.proposed_grade_id)""",
                table=SQL.identifier(evaluations._table),
            )
        )
        return query

    def _carried_domain(self):
        """A customer may have come with a grade of another company's scheme."""
        leading = self.scheme_id._get_leading(self.company_id)
        if self.scheme_id != leading:
            return Domain.TRUE
        return Domain("dossier_id.tier", "!=", FIRST_TIER)

    def _freeze_list(self):
        """Put the proposals that can be decided on together on the list of this run,
        in sudo; return how many they are."""
        query = self._eligible_query(Domain("submitted_run_id", "=", False))
        query.order = None
        self.env.cr.execute(
            SQL(
                "UPDATE customer_grade_evaluation SET submitted_run_id = %s "
                "WHERE id IN %s",
                self.id,
                query.subselect(),
            )
        )
        count = self.env.cr.rowcount
        self.env["customer.grade.evaluation"].invalidate_model(
            ["submitted_run_id"], flush=False
        )
        return count

    def _free_list(self):
        """Take what is still open off the list of this run, in sudo."""
        evaluations = self.env["customer.grade.evaluation"]
        evaluations.flush_model(["state", "submitted_run_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE customer_grade_evaluation SET submitted_run_id = NULL "
                "WHERE submitted_run_id = %s AND state = 'proposed'",
                self.id,
            )
        )
        evaluations.invalidate_model(["submitted_run_id"], flush=False)

    # ------------------------------------------------------------ request

    def action_submit(self):
        """Ask the Marketing Director to approve all proposals of this run that need
        nobody's own reason; count the others."""
        run_sudo = self._get_run_to_manage()
        run_sudo._check_value("state", "done")
        run_sudo._check_value("approval_state", "none", "rejected")
        submitted = run_sudo._freeze_list()
        if not submitted:
            raise UserError(
                self.env._(
                    "None of the open proposals of %(run)s can be confirmed together. "
                    "Confirm them one by one.",
                    run=self.name,
                )
            )
        total = run_sudo.env["customer.grade.evaluation"].search_count(
            run_sudo._proposals_domain()
        )
        run_sudo._system_write(
            {
                "submitted_count": submitted,
                "left_out_count": total - submitted,
                "confirmed_count": 0,
            }
        )
        run_sudo.activity_unlink([TODO_TYPE])
        self._request_approval(
            self.env._(
                "%(submitted)s proposals; %(left_out)s others are confirmed one by "
                "one.",
                submitted=submitted,
                left_out=total - submitted,
            )
        )
        return True

    def action_open_list(self):
        """Open the proposals that are decided on together."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Submitted Together"),
            "res_model": "customer.grade.evaluation",
            "view_mode": "list,kanban,form",
            "domain": [("submitted_run_id", "=", self.id)],
        }

    def _approval_on_approved(self, approval):
        result = super()._approval_on_approved(approval)
        self._system_write({"confirmation_state": "running"})
        self._go_on()
        return result

    def _approval_on_rejected(self, approval):
        self._free_list()
        return super()._approval_on_rejected(approval)

    def _approval_on_withdrawn(self, approval):
        self._free_list()
        return super()._approval_on_withdrawn(approval)

    # ------------------------------------------------------------ in force

    def _confirm_next(self):
        """Put the next proposals of the list in force, in sudo; return how many."""
        query = self._eligible_query(Domain("submitted_run_id", "=", self.id))
        query.limit = BATCH
        evaluations = self.env["customer.grade.evaluation"].browse(query)
        if not evaluations:
            self._free_list()
            self._system_write({"confirmation_state": "done"})
            return 0
        approval = self.approval_id
        decision = approval.decision_ids.filtered(
            lambda decision: decision.decision == "approved"
        )
        unexplained = evaluations.filtered(lambda e: is_blank(e.reason))
        unexplained._system_write({"reason": self.name})
        evaluations._put_in_force(decision[-1:].user_id, approval.requester_id)
        self._system_write({"confirmed_count": self.confirmed_count + len(evaluations)})
        return len(evaluations)

    def _is_working(self):
        return super()._is_working() or self.confirmation_state == "running"

    @api.model
    def _working_domain(self):
        return super()._working_domain() | Domain("confirmation_state", "=", "running")

    def _count_remaining(self):
        if self.confirmation_state == "running":
            return max(self.submitted_count - self.confirmed_count, 0)
        return super()._count_remaining()

    def _takes_long(self):
        if self.confirmation_state == "running":
            return self._count_remaining() > BATCH
        return super()._takes_long()

    def _work(self):
        if self.confirmation_state == "running":
            return self._confirm_next()
        return super()._work()

    def _prepare_stop(self):
        if self.confirmation_state == "running":
            return {"confirmation_state": "stopped"}
        return super()._prepare_stop()

    def _continue(self):
        if self.confirmation_state == "stopped":
            self._system_write({"confirmation_state": "running"})
            return None
        return super()._continue()
