from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .customer_dossier import ENDED

FIRST_TIER = "1"


def is_blank(text):
    return not (text or "").strip()


class CustomerGradeEvaluation(models.Model):
    """From the proposal to the grade in force (E9, E12, A44). Confirmed as proposed,
    deviating or leaving the first tier: each has its own route."""

    _inherit = "customer.grade.evaluation"

    @api.constrains("grade_id", "scheme_id")
    def _check_grade_of_scheme(self):
        for evaluation in self:
            grade = evaluation.grade_id
            if grade and grade.scheme_id != evaluation.scheme_id:
                raise ValidationError(
                    self.env._(
                        "%(grade)s is no grade of %(scheme)s. Choose one of this "
                        "scheme.",
                        grade=grade.name,
                        scheme=evaluation.scheme_id.name,
                    )
                )

    # ------------------------------------------------------------ actions

    def action_recompute(self):
        """Bring these proposals up to date with the figures of today.

        :raise UserError: one is confirmed or being decided on
        """
        self.check_access("write")
        self._check_undecided()
        # sudo: which company grades is said by unit and customer; write was checked
        for (scheme, company), evaluations in (
            self.sudo()
            .grouped(lambda e: (e.scheme_id, e.dossier_id._get_grading_company()))
            .items()
        ):
            today = company._get_office_today()
            scheme._evaluate(company, evaluations.dossier_id, today)
        return True

    def action_confirm(self):
        """Submit the grades to confirm; who may decide on his own request, such as the
        unit manager on a grade as proposed, confirms them at once (E9).

        :raise UserError: one is no open proposal or something is missing
        """
        self._check_proposed()
        self.check_access("write")
        self._touch()
        for evaluation in self:
            # sudo: what was entered is judged, not shown
            evaluation_sudo = evaluation.sudo()
            evaluation_sudo._complete_sheet()
            evaluation_sudo._check_complete()
            evaluation._request_approval(
                evaluation_sudo.deviation_reason or evaluation_sudo.reason
            )
            if evaluation.can_approve:
                evaluation.action_approve()
        return True

    def action_deviate(self):
        """Open the dialog in which another grade is given with its reason."""
        self.ensure_one()
        self.check_access("write")
        self._check_proposed()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deviate"),
            "res_model": "customer.grade.deviate",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_evaluation_id": self.id},
        }

    # ------------------------------------------------------------ what is needed

    def _check_proposed(self):
        for evaluation in self:
            if evaluation.state != "proposed":
                raise UserError(
                    self.env._(
                        "This grade of %(customer)s was confirmed already. Evaluate "
                        "the customer anew.",
                        customer=evaluation.partner_id.name,
                    )
                )

    def _check_undecided(self):
        """Refuse what was confirmed or is being decided on."""
        self._check_proposed()
        for evaluation in self:
            if evaluation.approval_state == "pending":
                raise UserError(
                    self.env._(
                        "The grade of %(customer)s is being decided on. Withdraw the "
                        "request first.",
                        customer=evaluation.partner_id.name,
                    )
                )

    def _is_worked_on(self):
        """Return whether people judged, wrote or asked for something here, so that the
        proposal stays on record when its dossier ends or is folded into another."""
        self.ensure_one()
        return bool(
            self.approval_id
            or self.deviation_reason
            or self.remark
            or self.reason
            or self.line_ids.filtered(
                lambda line: line.source == "entered" and line.has_value
            )
        )

    def _deviates(self):
        """Return whether another grade than the proposed one is to be confirmed."""
        self.ensure_one()
        return self.grade_id != self.proposed_grade_id

    def _filter_leaving_first_tier(self):
        """Return those of these evaluations by which a customer would leave the first
        tier, of their scheme or of the grade that the dossier carries (E12)."""
        leading = self._filter_leading()
        return self.filtered(
            lambda e: (
                e.grade_id.tier != FIRST_TIER
                and (
                    e.present_grade_id.tier == FIRST_TIER
                    or (e in leading and e.dossier_id.tier == FIRST_TIER)
                )
            )
        )

    def _filter_leading(self):
        """Return those of these evaluations whose grade the dossier carries: of the
        scheme that leads in the company that grades the customer now."""
        schemes = self.env["customer.grade.scheme"]
        leading = self.browse()
        for company, evaluations in self.grouped(
            lambda e: e.dossier_id._get_grading_company()
        ).items():
            scheme = schemes._get_leading(company)
            leading += evaluations.filtered(lambda e, led=scheme: e.scheme_id == led)
        return leading

    def _check_complete(self):
        """Refuse grades without the reason or the remark that they need, in sudo (E9,
        A44)."""
        leaving = self._filter_leaving_first_tier()
        for evaluation in self:
            customer = evaluation.partner_id.name
            if not evaluation.grade_id:
                raise UserError(
                    self.env._(
                        "There is no grade to confirm for %(customer)s. Give one with "
                        "its reason by Deviate.",
                        customer=customer,
                    )
                )
            if not evaluation.grade_id.active:
                raise UserError(
                    self.env._(
                        "%(grade)s was archived and is given to nobody. Choose another "
                        "grade for %(customer)s.",
                        grade=evaluation.grade_id.name,
                        customer=customer,
                    )
                )
            no_reason = is_blank(evaluation.deviation_reason)
            if no_reason and evaluation._deviates():
                raise UserError(
                    self.env._(
                        "Say why %(customer)s does not get the grade proposed.",
                        customer=customer,
                    )
                )
            if no_reason and evaluation in leaving and is_blank(evaluation.reason):
                raise UserError(
                    self.env._(
                        "Enter the reason why %(customer)s leaves the first tier.",
                        customer=customer,
                    )
                )
            length = evaluation.grading_company_id.grade_remark_length
            # white space says nothing
            given = len("".join((evaluation.remark or "").split()))
            if evaluation.grade_id.tier == FIRST_TIER and given < length:
                raise UserError(
                    self.env._(
                        "%(customer)s becomes a customer of the first tier: enter a "
                        "detailed remark of at least %(length)s characters.",
                        customer=customer,
                        length=length,
                    )
                )

    # ------------------------------------------------------------ approval (X3)

    def _approval_kind(self):
        """To leave the first tier is decided higher than any other deviation."""
        if self.sudo()._filter_leaving_first_tier():
            return "down"
        return "deviate" if self._deviates() else "confirm"

    def _approval_company(self):
        return self.grading_company_id

    def _approval_tell_author(self, approval):
        # who decided himself knows
        if approval.requester_id == self.env.user:
            return None
        return super()._approval_tell_author(approval)

    def _approval_on_approved(self, approval):
        if self.dossier_id.state in ENDED:
            raise UserError(
                self.env._(
                    "Dossier %(number)s is in the history library: its customer is "
                    "graded no longer. Reject the request.",
                    number=self.dossier_id.number,
                )
            )
        if approval.kind != "down" and self._approval_kind() == "down":
            raise UserError(
                self.env._(
                    "%(customer)s has become a customer of the first tier since this "
                    "was submitted. Reject it, so that it is submitted to those who "
                    "decide on leaving that tier.",
                    customer=self.partner_id.name,
                )
            )
        self._put_in_force(self.env.user, approval.requester_id)

    # ------------------------------------------------------------ in force (E12)

    def _put_in_force(self, decider, evaluator=None):
        """Let these proposals take effect: they replace the grades confirmed before,
        and the dossiers carry those of the leading scheme. In sudo; the caller has
        checked that ``decider`` may. It takes as many statements for one as for many,
        beside what follows from each changed grade.

        :param evaluator: the user who submitted them; without one, the decider
        :raise UserError: one is no proposal, or lacks its reason or remark
        """
        self._check_proposed()
        # of this and another scheme taking the lead, the second is repeated by Odoo
        self.dossier_id._touch()
        self._check_complete()
        # a message on each of many would take longer than their grades
        proposals = self.with_context(mail_notrack=len(self) > 1)
        former = proposals._get_confirmed()
        former._system_write({"state": "superseded"})
        # one alone may be confirmed, at every moment
        former.flush_recordset(["state"])
        unexplained = proposals.filtered(
            lambda e: not e._deviates() and is_blank(e.reason)
        )
        for rule, evaluations in unexplained.grouped("rule_id").items():
            evaluations._system_write(
                {"reason": self.env._("As proposed by %(rule)s.", rule=rule.name)}
            )
        proposals._system_write(
            {
                "state": "confirmed",
                "confirmed_on": fields.Datetime.now(),
                "decided_by_id": decider.id,
                "evaluator_id": (evaluator or decider).id,
            }
        )
        # what is missing was counted from the grade proposed
        deviating = proposals.filtered(lambda evaluation: evaluation._deviates())
        deviating._system_write({"is_upgradeable": False})
        for (company, grade), evaluations in (
            proposals._filter_leading()
            .grouped(lambda e: (e.grading_company_id, e.grade_id))
            .items()
        ):
            evaluations.dossier_id._set_grade(grade, company._get_office_today())

    def _get_confirmed(self):
        """Return the evaluations in force that these would replace."""
        replaced = {(e.dossier_id.id, e.scheme_id.id) for e in self}
        confirmed = self.search(
            Domain("state", "=", "confirmed")
            & Domain("dossier_id", "in", self.dossier_id.ids)
            & Domain("scheme_id", "in", self.scheme_id.ids)
        )
        return confirmed.filtered(
            lambda e: (e.dossier_id.id, e.scheme_id.id) in replaced
        )
