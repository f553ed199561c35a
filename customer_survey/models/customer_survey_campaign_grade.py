from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CustomerSurveyCampaign(models.Model):
    """Whom a campaign asks by the customers' grades (E12). Customers who are chosen by
    a person or asked after an event are asked whatever their grade."""

    _inherit = "customer.survey.campaign"

    grade_ids = fields.Many2many(
        "customer.grade",
        string="Only Grades",
        domain=[("scheme_id.is_leading", "=", True)],
        ondelete="restrict",
        help="Empty: customers of all grades are asked.",
    )

    @api.constrains("kind", "grade_ids")
    def _check_all_grades(self):
        for campaign in self:
            if campaign.kind == "yearly" and campaign.grade_ids:
                raise ValidationError(
                    self.env._(
                        "%(campaign)s: a yearly survey is comprehensive. It is not "
                        "limited to some grades.",
                        campaign=campaign.name,
                    )
                )

    def _get_askable_domain(self):
        domain = super()._get_askable_domain()
        if self.grade_ids and self._draws_by_rule():
            domain &= Domain("grade_id", "in", self.grade_ids.ids)
        return domain

    def _get_grades_left_out(self, grades):
        """Return those of ``grades`` whose customers are not surveyed, without a query
        for each of them."""
        consequences = self.env["customer.grade.consequence"]
        left_out = grades.browse()
        for grade in grades:
            consequence = consequences._get_for(grade, self.company_id)
            if consequence and not consequence.is_surveyed:
                left_out += grade
        return left_out

    def _prepare_responses(self, dossiers_sudo):
        vals_list = super()._prepare_responses(dossiers_sudo)
        if not self._draws_by_rule():
            return vals_list
        left_out = self._get_grades_left_out(dossiers_sudo.grade_id)
        for vals in vals_list:
            grade = dossiers_sudo.browse(vals["dossier_id"]).grade_id
            if grade in left_out and vals.get("state") != "excluded":
                vals |= {
                    "state": "excluded",
                    "excluded_grade_id": grade.id,
                    "exclusion_reason": self.env._(
                        "Customers of the grade %(grade)s are not surveyed.",
                        grade=grade.name,
                    ),
                }
        return vals_list

    def _update_customers(self):
        """Ask, besides, who was left out for a grade that he has no longer; who was
        drawn stays."""
        count = super()._update_customers()
        # sudo: who leads the survey was checked; the rule decides who is asked
        responses_sudo = self.sudo().response_ids.filtered(
            lambda response: response.state == "excluded" and response.excluded_grade_id
        )
        dossiers_sudo = responses_sudo.dossier_id
        left_out = self._get_grades_left_out(dossiers_sudo.grade_id)
        to_ask_sudo = dossiers_sudo.filtered_domain(
            self._get_askable_domain()
        ).filtered(lambda dossier: dossier.grade_id not in left_out)
        included_sudo = responses_sudo.filtered(
            lambda response: response.dossier_id in to_ask_sudo
        )
        included_sudo._move("to_ask", exclusion_reason=False, excluded_grade_id=False)
        return count + len(included_sudo)
