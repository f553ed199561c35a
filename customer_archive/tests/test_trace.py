from datetime import date

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestTrace(CustomerArchiveCommon):
    """The chain of documents (A17) and the figures of the dealings (A24, A16)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "credit_default_control" in cls.company:
            cls.company.credit_default_control = "none"
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.contact = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.partner.id}
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Product", "type": "service", "taxes_id": [Command.clear()]}
        )

    def _order(self, day, amount, partner=None, confirm=True):
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.partner).id,
                "user_id": self.rep.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "price_unit": amount}
                    )
                ],
            }
        )
        if confirm:
            order.action_confirm()
            order.date_order = f"{day} 12:00:00"
        return order

    def _trace(self, user=None):
        return self._rpc(
            user or self.rep, "customer.dossier", "get_trace", self.dossier.ids
        )

    def test_one_chronological_chain(self):
        with freeze_time("2031-01-10"):
            lead = self.env["crm.lead"].create(
                {
                    "name": "Two floors",
                    "partner_id": self.contact.id,
                    "user_id": self.rep.id,
                    "type": "opportunity",
                    "first_contact_date": "2031-01-12",
                    "first_contact_channel": "phone",
                    "needs": "Desks",
                }
            )
        order = self._order("2031-03-08", 1000.0, self.contact)
        meeting = self.env["calendar.event"].create(
            {
                "name": "Talk",
                "start": "2031-02-01 10:00:00",
                "stop": "2031-02-01 11:00:00",
                "partner_ids": [Command.set(self.contact.ids)],
                "user_id": self.rep.id,
            }
        )
        self._measure(dossier_id=self.dossier.id)
        self._order("2031-03-08", 1.0, self._customer("Other"))
        trace = self._trace()
        self.assertEqual((trace["name"], trace["limit"]), ("Dragon Ltd", 0))
        dates = [line["date"] for line in trace["lines"]]
        self.assertEqual(dates, sorted(dates))
        lines = {
            (line["label"], line["res_model"], line["res_id"]): line
            for line in trace["lines"]
        }
        first_contact = lines["First Contact", "crm.lead", lead.id]
        self.assertEqual(first_contact["date"], "2031-01-12")
        self.assertEqual(first_contact["text"], "Desks")
        self.assertEqual(first_contact["state"], "Telephone")
        confirmed = lines["Order", "sale.order", order.id]
        self.assertEqual(confirmed["number"], order.name)
        self.assertEqual(confirmed["amount"], 1000.0)
        self.assertEqual(confirmed["currency_id"], order.currency_id.id)
        self.assertEqual(confirmed["date"], "2031-03-08")
        self.assertIn(("Quotation", "sale.order", order.id), lines)
        self.assertIn(("Lead", "crm.lead", lead.id), lines)
        self.assertIn(("Meeting", "calendar.event", meeting.id), lines)
        self.assertEqual(
            [line["text"] for line in trace["lines"] if line["label"] == "Measure"],
            ["Deliveries are late"],
        )
        self.assertEqual(len(lines), 6)

    def test_every_document_with_the_rights_of_the_reader(self):
        own = self._order("2031-03-08", 10.0)
        other = self._order("2031-03-08", 20.0)
        other.user_id = self.rep2
        ids = {
            line["res_id"]
            for line in self._trace()["lines"]
            if line["res_model"] == "sale.order"
        }
        self.assertEqual(ids, set(own.ids))
        plain = new_test_user(
            self.env, "archive_plain_fug", groups="customer_archive.group_fug"
        )
        self.dossier.service_user_ids = plain
        models = {line["res_model"] for line in self._trace(plain)["lines"]}
        self.assertFalse(models & {"sale.order", "crm.lead", "account.move"})

    def test_not_without_right_to_the_dossier(self):
        for user in (self.rep2, self.outsider):
            for method in (
                "get_trace",
                "action_open_deal_trace",
                "action_view_orders",
                "action_view_meetings",
            ):
                with self.subTest(method=method), self.assertRaises(AccessError):
                    self._rpc(user, "customer.dossier", method, self.dossier.ids)

    def test_opened_from_dossier_and_order(self):
        order = self._order("2031-03-08", 10.0)
        for model, ids in (("customer.dossier", self.dossier), ("sale.order", order)):
            action = self._rpc(self.rep, model, "action_open_deal_trace", ids.ids)
            self.assertEqual(action["tag"], "customer_archive.deal_trace")
            self.assertEqual(action["context"]["active_id"], self.dossier.id)

    def test_queries_do_not_grow_and_the_newest_are_shown(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.dossier.with_user(self.rep).get_trace()
            return self.env.cr.sql_log_count - before

        self._order("2031-03-08", 10.0)
        self._order("2031-03-08", 10.0, confirm=False)
        queries()
        few = queries()
        for number in range(10):
            self._order(f"2031-04-{number + 1:02}", 10.0)
        # what new records clear is cached again
        queries()
        self.assertEqual(queries(), few)
        self.patch(
            __import__(
                "odoo.addons.customer_archive.models.customer_dossier_trace",
                fromlist=["TRACE_LIMIT"],
            ),
            "TRACE_LIMIT",
            3,
        )
        trace = self._trace()
        self.assertEqual(trace["limit"], 3)
        self.assertEqual(
            [line["date"] for line in trace["lines"]],
            ["2031-04-08", "2031-04-09", "2031-04-10"],
        )

    # ------------------------------------------------------------ figures

    def test_figures_by_year(self):
        self._order("2030-12-31", 100.0)
        self._order("2031-01-15", 200.0, self.contact)
        self._order("2031-02-15", 300.0)
        self._order("2031-02-15", 999.0, confirm=False)
        figures = self.dossier._get_trade_figures()[self.dossier.id]
        self.assertEqual(
            [
                (year["year"], year["order_count"], year["order_amount"])
                for year in figures["years"]
            ],
            [(2031, 2, 500.0), (2030, 1, 100.0)],
        )
        self.assertRecordValues(
            self.dossier,
            [
                {
                    "first_deal_date": date(2030, 12, 31),
                    "last_deal_date": date(2031, 2, 15),
                }
            ],
        )
        self.assertIn("2031", self.dossier.with_user(self.rep).trade_years)
        self.assertEqual(
            self.dossier._get_deal_dates(),
            {self.dossier.id: (date(2030, 12, 31), date(2031, 2, 15))},
        )

    def test_day_of_an_order_is_that_of_the_user(self):
        order = self._order("2031-01-15", 100.0)
        order.date_order = "2030-12-31 20:00:00"
        for tz, year in (("UTC", 2030), ("Asia/Shanghai", 2031)):
            figures = self.dossier.with_context(tz=tz)._get_trade_figures()
            self.assertEqual(figures[self.dossier.id]["years"][0]["year"], year)

    def test_nothing_dealt(self):
        self.assertEqual(self.dossier._get_trade_figures(), {})
        self.assertEqual(self.dossier._get_deal_dates(), {})
        self.assertRecordValues(
            self.dossier, [{"first_deal_date": False, "trade_years": False}]
        )

    def test_figures_of_the_companies_of_the_user_alone(self):
        company = self.env["res.company"].create({"name": "Second"})
        order = self._order("2031-01-15", 100.0)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s",
            [company.id, order.id],
        )
        self.env.invalidate_all()
        dossier = self.dossier.with_user(self.rep)
        self.assertEqual(dossier._get_trade_figures(), {})
        self.assertFalse(dossier.last_deal_date)
        self.assertTrue(dossier._get_deal_dates())
        self.assertFalse(dossier.with_context(allowed_company_ids=[1]).trade_years)

    def test_figures_are_one_query(self):
        dossiers = self.dossier + self._dossier() + self._dossier()
        for dossier in dossiers:
            self._order("2031-01-15", 100.0, dossier.partner_id)
        self.env.flush_all()
        dossiers.mapped("partner_id.name")
        self.env.company.currency_id.mapped("rounding")
        for method in ("_get_trade_figures", "_get_deal_dates"):
            before = self.env.cr.sql_log_count
            self.assertEqual(len(getattr(dossiers, method)()), 3)
            self.assertLessEqual(self.env.cr.sql_log_count - before, 2)

    # ------------------------------------------------------------ stat buttons

    def test_counts_as_the_user(self):
        self._order("2031-01-15", 100.0)
        self._order("2031-01-15", 100.0, self.contact)
        hidden = self._order("2031-01-15", 100.0)
        hidden.user_id = self.rep2
        self.env["crm.lead"].create(
            {
                "name": "Chance",
                "type": "opportunity",
                "partner_id": self.contact.id,
                "user_id": self.rep.id,
            }
        )
        self.env["calendar.event"].create(
            {
                "name": "Talk",
                "start": "2031-02-01 10:00:00",
                "stop": "2031-02-01 11:00:00",
                "partner_ids": [Command.set((self.contact + self.partner).ids)],
            }
        )
        self._measure(dossier_id=self.dossier.id)
        self.assertRecordValues(
            self.dossier.with_user(self.rep),
            [
                {
                    "order_count": 2,
                    "opportunity_count": 1,
                    "meeting_count": 1,
                    "measure_count": 1,
                    "open_measure_count": 1,
                }
            ],
        )
        for method, model, count in (
            ("action_view_orders", "sale.order", 2),
            ("action_view_opportunities", "crm.lead", 1),
            ("action_view_meetings", "calendar.event", 1),
            ("action_view_measures", "customer.measure", 1),
        ):
            action = self._rpc(self.rep, "customer.dossier", method, self.dossier.ids)
            self.assertEqual(action["res_model"], model)
            self.assertEqual(
                self.env[model].with_user(self.rep).search_count(action["domain"]),
                count,
            )


@tagged("post_install", "-at_install")
class TestTradeFigures(AccountTestInvoicingCommon):
    """Invoices, credit notes and payments among the dealings (A24, A17)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.company_data["company"]
        cls.env = cls.env(
            user=SUPERUSER_ID,
            context={"lang": "en_US", "allowed_company_ids": company.ids},
        )

    def _invoice(self, move_type, amount, day):
        invoice = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.contact.id,
                "invoice_date": day,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Desk", "price_unit": amount, "tax_ids": []}
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def test_invoices_credit_notes_and_payments(self):
        customer = self.env["res.partner"].create({"name": "C", "is_company": True})
        self.contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": customer.id}
        )
        team = self.env["crm.team"].create({"name": "Unit", "company_id": False})
        dossier = self.env["customer.dossier"].create(
            {"partner_id": customer.id, "team_id": team.id}
        )
        self._invoice("out_invoice", 100.0, "2030-01-05")
        self._invoice("out_invoice", 300.0, "2031-02-05")
        self._invoice("out_refund", 30.0, "2031-03-05")
        for payment_type, amount in (("inbound", 250.0), ("outbound", 20.0)):
            self.env["account.payment"].create(
                {
                    "partner_id": self.contact.id,
                    "partner_type": "customer",
                    "payment_type": payment_type,
                    "amount": amount,
                    "date": "2031-04-05",
                    "journal_id": self.company_data["default_journal_bank"].id,
                }
            ).action_post()
        figures = dossier._get_trade_figures()[dossier.id]
        self.assertEqual(
            figures["years"],
            [
                {
                    "year": 2031,
                    "order_count": 0,
                    "order_amount": 0.0,
                    "invoice_amount": 300.0,
                    "refund_amount": -30.0,
                    "payment_amount": 230.0,
                },
                {
                    "year": 2030,
                    "order_count": 0,
                    "order_amount": 0.0,
                    "invoice_amount": 100.0,
                    "refund_amount": 0.0,
                    "payment_amount": 0.0,
                },
            ],
        )
        self.assertEqual(figures["first_deal_date"], date(2030, 1, 5))
        self.assertEqual(figures["last_deal_date"], date(2031, 2, 5))
        self.assertIn("300.00", dossier.trade_years)
        self.assertEqual(
            [(line["label"], line["amount"]) for line in dossier.get_trace()["lines"]],
            [
                ("Invoice", 100.0),
                ("Invoice", 300.0),
                ("Credit Note", 30.0),
                ("Payment", 250.0),
                ("Refund", 20.0),
            ],
        )
