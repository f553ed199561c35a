from odoo import SUPERUSER_ID, fields
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT


class CustomerCreditCommon(AccountTestInvoicingCommon):
    """A company that controls everybody, a customer with a limit of 1,000, a
    salesperson and the deciders; products without tax, one for each invoicing
    policy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what it asks has tests of its own
        cls.env["customer.confidentiality.duty"].sudo().search([]).action_archive()
        cls.company = cls.company_data["company"]
        cls.env = cls.env(
            user=SUPERUSER_ID,
            context={
                **DISABLED_MAIL_CONTEXT,
                "lang": "en_US",
                "allowed_company_ids": cls.company.ids,
            },
        )
        cls.company = cls.company.with_env(cls.env)
        cls.company.credit_default_control = "limited"
        # has tests of its own
        cls.company.credit_warning_report = False
        cls.sales = cls._user("sales_team.group_sale_salesman,base.group_allow_export")
        cls.rep = cls._user(
            "sales_team.group_sale_salesman,customer_archive.group_rep", "rep"
        )
        cls.mdo = cls._user("customer_archive.group_mdo", "mdo")
        cls.gmo = cls._user("customer_archive.group_gmo", "gmo")
        cls.fin = cls._user(
            "customer_archive.group_fin,account.group_account_manager", "fin"
        )
        cls.team = cls.env["crm.team"].create(
            {"name": "Unit", "company_id": cls.company.id, "user_id": cls.mdo.id}
        )
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Customer of the Rep",
                "is_company": True,
                "email": "customer@example.com",
                "user_id": cls.rep.id,
            }
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.customer.id, "type": "other"}
        )
        cls.stranger = cls.env["res.partner"].create(
            {"name": "Third Party", "is_company": True}
        )
        cls.product = cls._product("order")
        cls.product_delivered = cls._product("delivery")
        cls.account = cls._limit(cls.customer, 1000.0)

    @classmethod
    def _user(cls, groups, login="sales"):
        return new_test_user(
            cls.env,
            f"credit_{login}",
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            lang="en_US",
        )

    @classmethod
    def _product(cls, policy):
        return cls.env["product.product"].create(
            {
                "name": f"Invoiced by {policy}",
                "type": "service",
                "invoice_policy": policy,
                "list_price": 100.0,
                "taxes_id": [Command.clear()],
            }
        )

    @classmethod
    def _limit(cls, partner, amount, **values):
        account = cls.env["customer.credit.account"]._get(partner, cls.company)
        account._system_write({"control": "limited", "limit_amount": amount, **values})
        return account

    def _order(self, amount, user=None, **values):
        """Return a quotation of ``amount`` in pieces of 100 by ``user`` (the rep)."""
        product = values.pop("product", self.product)
        order = (
            self.env["sale.order"]
            .with_user(user or self.rep)
            .create(
                {
                    "partner_id": self.customer.id,
                    "team_id": self.team.id,
                    "user_id": (user or self.rep).id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": amount / 100,
                                "price_unit": 100.0,
                            }
                        )
                    ],
                    **values,
                }
            )
        )
        self.assertEqual(order.amount_total, amount)
        return order

    def _confirmed(self, amount, **values):
        order = self._order(amount, **values)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        return order

    def _invoice(self, amount, partner=None, post=True, **values):
        invoice = (
            self.env["account.move"]
            .with_user(self.fin)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": (partner or self.customer).id,
                    "invoice_date": fields.Date.today(),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "quantity": 1,
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                    **values,
                }
            )
        )
        if post:
            invoice.action_post()
        return invoice

    def _pay_online(self, order, amount, state="done", **values):
        """Return a transaction of the customer for ``order``, not booked yet."""
        provider = self.env["payment.provider"].create(
            {"name": "Test", "code": "none", "company_id": self.company.id}
        )
        method = self.env["payment.method"].create(
            {"name": "Wire", "code": f"wire_{order[:1].id}_{state}"}
        )
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"{order[:1].name}-{state}-{amount}",
                "amount": amount,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_invoice_id.id,
                "sale_order_ids": [Command.set(order.ids)],
                "operation": "online_direct",
                **values,
            }
        )
        transaction.state = state
        return transaction

    def _exposure(self, partner=None):
        customer = (partner or self.customer).commercial_partner_id
        figures = self.env["customer.credit.account"]._get_figures(
            self.company, customer
        )
        return figures[customer.id]["exposure"]

    # ------------------------------------------------------------ holds

    def _rpc(self, user, records, method, *args):
        """Call a method of ``records`` like a client of ``user`` does."""
        self.env.flush_all()
        model = self.env(user=user, su=False)[records._name]
        return call_kw(model, method, [records.ids, *args], {})

    def _ask(self, orders, proposal="He pays on delivery.", user=None):
        """Ask for the release of ``orders``."""
        wizard = (
            self.env["customer.credit.release"]
            .with_user(user or self.rep)
            .create({"order_ids": orders.ids, "proposal": proposal})
        )
        return wizard.action_submit()

    def _hold(self, amount=1500.0, **values):
        order = self._order(amount, **values)
        self._ask(order)
        return order, order.credit_hold_id

    def _release(self, hold, amount=None, until="2099-12-31"):
        hold.with_user(self.mdo).action_approve("Good customer")
        hold.with_user(self.gmo).action_release(amount or hold.order_amount, until)
