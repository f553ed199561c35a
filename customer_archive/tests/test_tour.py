from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestTour(CustomerArchiveCommon, HttpCase):
    """What the roles do in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the steps look for English words
        cls.env["res.lang"]._activate_lang("en_US")

    def test_dossier_from_contact_to_formal(self):
        customer = self._customer("Toured Ltd", user_id=self.rep.id)
        product = self.env["product.product"].create({"name": "Product"})
        order = self.env["sale.order"].create(
            {
                "partner_id": customer.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        order.action_confirm()
        self.env["ir.attachment"].create(
            {
                "name": "order.pdf",
                "raw": b"signed",
                "res_model": order._name,
                "res_id": order.id,
            }
        )
        self.unit.member_ids = [Command.link(self.rep.id)]
        self.start_tour(
            "/odoo/dossiers", "customer_archive_create_dossier", login=self.rep.login
        )
        dossier = self.env["customer.dossier"].search(
            [("partner_id", "=", customer.id)]
        )
        self.assertRecordValues(
            dossier,
            [
                {
                    "state": "submitted",
                    "user_id": self.rep.id,
                    "team_id": self.unit.id,
                    "keeper_id": self.keeper.id,
                    "needs": "Two floors of furniture",
                }
            ],
        )
        self.assertIn("Leads its market.", dossier.background)
        for user in (self.bum, self.mdo):
            self.start_tour(
                "/odoo/approvals", "customer_archive_approve_dossier", login=user.login
            )
        self.assertEqual(dossier.state, "formal")
        self.assertEqual(
            dossier.approval_decision_ids.mapped("user_id"), self.bum + self.mdo
        )

    def test_keeper_opens_dossiers_of_existing_customers(self):
        customer = self._customer("Old Customer")
        product = self.env["product.product"].create({"name": "Product"})
        self.env["sale.order"].create(
            {
                "partner_id": customer.id,
                "order_line": [
                    Command.create({"product_id": product.id, "price_unit": 10})
                ],
            }
        ).action_confirm()
        self.start_tour(
            "/odoo/dossiers", "customer_archive_open_dossiers", login=self.keeper.login
        )
        dossier = self.env["customer.dossier"].search(
            [("partner_id", "=", customer.id)]
        )
        self.assertEqual(dossier.state, "preliminary")

    def test_configuration(self):
        user = new_test_user(
            self.env,
            "archive_configuration",
            groups="customer_archive.group_admin,base.group_system,"
            "sales_team.group_sale_manager",
            lang="en_US",
        )
        self.start_tour(
            "/odoo/dossiers", "customer_archive_configuration", login=user.login
        )
