from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestTourSales(CustomerArchiveCommon, HttpCase):
    """Contract review and deal trace in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the steps look for English words
        cls.env["res.lang"]._activate_lang("en_US")
        if "credit_default_control" in cls.company:
            cls.company.credit_default_control = "none"
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.partner.id,
                "user_id": cls.rep.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.env["product.product"]
                            .create({"name": "Desk", "taxes_id": [Command.clear()]})
                            .id,
                            "price_unit": 1000.0,
                        }
                    )
                ],
            }
        )

    def test_dossier_is_read_before_the_order(self):
        self.company.customer_review_mode = "block"
        self.start_tour(
            f"/odoo/sale.order/{self.order.id}",
            "customer_archive_contract_review",
            login=self.rep.login,
        )
        self.assertEqual(self.order.state, "sale")
        log = self.env["customer.access.log"].search(
            [("dossier_id", "=", self.dossier.id)]
        )
        self.assertRecordValues(
            log, [{"user_id": self.rep.id, "res_id": self.order.id}]
        )

    def test_deal_trace(self):
        with freeze_time("2031-01-10"):
            self.env["crm.lead"].create(
                {
                    "name": "Two floors",
                    "partner_id": self.partner.id,
                    "user_id": self.rep.id,
                }
            )
        self.order.action_confirm()
        self.order.date_order = "2031-03-08 12:00:00"
        self.start_tour(
            f"/odoo/dossiers/{self.dossier.id}",
            "customer_archive_deal_trace",
            login=self.rep.login,
        )
