from odoo import models


class CustomerDossier(models.Model):
    """What a grade means for the credit of the customer (E12)."""

    _inherit = "customer.dossier"

    def _on_grade_changed(self, former):
        result = super()._on_grade_changed(former)
        self._follow_credit(former)
        return result

    def _follow_credit(self, former):
        """Have finance decide on the first limit of a customer whose grade has one, and
        look again at the limit of one whose tier fell. Nothing is granted or taken away
        by the grade alone."""
        company = self._get_grading_company()
        consequence = self._get_consequence(self.grade_id)
        fell = self.grade_id._is_below(former)
        if not fell and not consequence.credit_limit:
            return
        account = self.env["customer.credit.account"]._get(self.partner_id, company)
        if account.control != "limited":
            return
        if account._has_approved_limit():
            account._ask_reevaluation(fell)
        elif not fell:
            account._open_default_assessment(consequence)
