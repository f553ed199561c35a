from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestSelling(CustomerArchiveCommon):
    """A hidden dossier does not stand in the way of an order (D9)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user(False, login="archive_seller")
        cls.accountant = cls._user(False, login="archive_accountant")
        cls.accountant.group_ids = [
            Command.link(cls.env.ref(group).id)
            for group in (
                "account.group_account_invoice",
                "sales_team.group_sale_salesman_all_leads",
            )
        ]
        cls.product = cls.env["product.product"].create(
            {"name": "Pump", "list_price": 100, "invoice_policy": "order"}
        )
        cls.dossier = cls._formal_dossier(
            partner_id=cls.partner.id, needs="Everything before May"
        )
        cls.dossier._system_write(
            {
                "secrecy_level_id": cls.env.ref(
                    "customer_archive.customer_secrecy_level_core"
                ).id
            }
        )

    def _everything(self, record):
        """Read all that the form of ``record`` shows, as its user."""
        view = record.get_views([(False, "form")])["views"]["form"]
        self.assertTrue(view["arch"])
        return Form(record)

    def test_hidden_customer_is_sold_to(self):
        for user in (self.seller, self.accountant):
            with self.assertRefused(AccessError):
                self._rpc(user, "customer.dossier", "read", self.dossier.ids, ["needs"])
        # he is picked by his name
        found = self._rpc(self.seller, "res.partner", "name_search", "Dragon")
        self.assertEqual(found, [(self.partner.id, "Dragon Ltd")])
        with Form(self.env["sale.order"].with_user(self.seller)) as form:
            form.partner_id = self.partner.with_user(self.seller)
            with form.order_line.new() as line:
                line.product_id = self.product
                line.product_uom_qty = 2
        order = form.record
        order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ("sale", 200))
        # the order is printed
        report = self.env["ir.actions.report"].with_user(self.seller)
        html, _type = report._render_qweb_html("sale.report_saleorder", order.ids)
        self.assertIn("Dragon Ltd", html.decode())
        self.assertNotIn(self.dossier.number, html.decode())
        # order and customer open
        for record in (order, self.partner.with_user(self.seller)):
            self.assertNotIn("Everything before May", str(self._everything(record)))
        # and the order is invoiced
        invoice = order.with_user(self.accountant)._create_invoices()
        invoice.action_post()
        self.assertEqual(
            (invoice.state, invoice.partner_id.id), ("posted", self.partner.id)
        )
        with self.assertRefused(AccessError):
            self._rpc(
                self.seller, "customer.dossier", "read", self.dossier.ids, ["needs"]
            )
