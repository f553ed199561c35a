from odoo.tests import tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestDisposal(CustomerCreditCommon):
    def test_limit_and_hold_go_with_the_customer(self):
        self.team.company_id = False
        dossier = self.env["customer.dossier"].create(
            {"partner_id": self.customer.id, "team_id": self.team.id}
        )
        order = self._order(1500.0)
        wizard = (
            self.env["customer.credit.release"]
            .with_user(self.rep)
            .create({"order_ids": order.ids, "proposal": "He pays on delivery."})
        )
        wizard.action_submit()
        hold = order.credit_hold_id
        approval = hold.approval_id.with_env(self.env)
        self.assertEqual(approval.state, "pending")
        stranger = self._limit(self.stranger, 500.0)

        self.assertFalse(dossier._get_obstacles())
        counts = dossier._destroy_customers()[dossier.id]

        self.assertEqual(counts["customer.credit.hold"], 1)
        self.assertEqual(counts["customer.credit.account"], 1)
        for record in (hold, order, self.account):
            self.assertFalse(record.exists())
        self.assertEqual(approval.state, "withdrawn", "nobody is asked any more")
        self.assertTrue(stranger.exists())
