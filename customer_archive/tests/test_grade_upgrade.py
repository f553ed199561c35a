from odoo.modules.module import get_module_path, load_script
from odoo.tests import tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestGradeUpgrade(CustomerArchiveCommon):
    """Dossiers that were there before 19.0.1.5.0 can be graded."""

    def test_currency_of_the_demand(self):
        own = self.company.currency_id
        other = self.env["res.currency"].create({"name": "GRD", "symbol": "g"})
        company = self.env["res.company"].create(
            {"name": "Abroad", "currency_id": other.id}
        )
        unit = self.env["crm.team"].create({"name": "Abroad"})
        shared = self._dossier()
        of_unit = self._dossier(team_id=unit.id)
        unit.company_id = company
        of_company = self._dossier(
            partner_id=self._customer(company_id=company.id).id, team_id=unit.id
        )
        dossiers = shared + of_unit + of_company
        # as Odoo fills in the new column
        dossiers.potential_currency_id = own
        self.env.flush_all()
        path = get_module_path("customer_archive")
        script = load_script(
            f"{path}/migrations/19.0.1.5.0/post-migration.py", "customer_grade_upgrade"
        )
        script.migrate(self.env.cr, "19.0.1.4.0")
        self.env.invalidate_all()
        self.assertEqual(shared.potential_currency_id, own)
        self.assertEqual(of_unit.potential_currency_id, other)
        self.assertEqual(of_company.potential_currency_id, other)
