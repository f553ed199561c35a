from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .customer_dossier import ENDED


class CustomerDossier(models.Model):
    """Evaluating one customer on demand (E9)."""

    _inherit = "customer.dossier"

    @api.model
    def _may_grade_domain(self):
        """Return the Domain of the dossiers whose customers the present user may
        evaluate: those that he may change; the Marketing Director, all that have not
        ended."""
        if self.env.user._has_archive_role("MDO"):
            return Domain("state", "not in", ENDED)
        if self.env.user._has_archive_role("REP", "BUM", "KEEPER"):
            return self._may_modify_domain()
        return Domain.FALSE

    def action_evaluate(self):
        """Propose the customer's grade with the figures of today, by the leading scheme
        and by each other one with a version in force, and open the leading proposal.

        :raise AccessError: the user does not answer for this customer
        :raise UserError: the dossier has ended, no scheme leads or no version of its
            rule is in force
        """
        self.ensure_one()
        self.check_access("read")
        self._check_open()
        # sudo: the domain itself says what the present user may
        dossier_sudo = self.sudo()
        if not dossier_sudo.search_count(
            Domain("id", "=", self.id) & self._may_grade_domain()
        ):
            raise AccessError(
                self.env._(
                    "You do not answer for this customer, so you do not grade him. "
                    "Ask his responsible rep or the keeper."
                )
            )
        company = dossier_sudo._get_grading_company()
        today = company._get_office_today()
        schemes_sudo = dossier_sudo.env["customer.grade.scheme"]
        leading_sudo = schemes_sudo._get_leading(company)
        if not leading_sudo:
            raise UserError(
                self.env._(
                    "No grade scheme leads. The keeper sets one up under "
                    "Configuration, Grading."
                )
            )
        rules_sudo = dossier_sudo.env["customer.grade.rule"]
        parallel_sudo = schemes_sudo.search(
            Domain("company_id", "in", [company.id, False])
            & Domain("id", "!=", leading_sudo.id)
        ).filtered(lambda scheme: rules_sudo._get_in_force(scheme, company, today))
        for scheme_sudo in leading_sudo + parallel_sudo:
            scheme_sudo._evaluate(company, self, today)
        proposal_sudo = dossier_sudo.evaluation_ids.filtered(
            lambda e: e.scheme_id == leading_sudo and e.state == "proposed"
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": proposal_sudo._name,
            "res_id": proposal_sudo.id,
            "views": [(False, "form")],
        }
