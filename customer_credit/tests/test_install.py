from odoo.tests import tagged

from odoo.addons.customer_credit import post_init_hook

from .common import CustomerCreditCommon

LINES = ("sale.order.line", "account.move.line")
DOCUMENTS = ("sale.order", "account.move", "payment.transaction", "res.partner")


@tagged("post_install", "-at_install")
class TestInstall(CustomerCreditCommon):
    """Installing on a database in use works by statements, not by records."""

    def _own_columns(self, models):
        """Return the columns that this addon adds to the models of others."""
        return [
            field
            for model in models
            for field in self.env[model]._fields.values()
            if field.column_type
            and field.store
            and field._modules
            and field._modules[0] == "customer_credit"
        ]

    def _queries(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        return self.env.cr.sql_log_count - before

    def test_lines_get_no_column(self):
        self.assertFalse(self._own_columns(LINES))

    def test_no_column_is_computed_for_each_record(self):
        columns = self._own_columns(DOCUMENTS)
        self.assertIn(self.env["sale.order"]._fields["credit_state"], columns)
        self.assertFalse([field for field in columns if field.compute])

    def test_hook_takes_the_same_statements_for_more_orders(self):
        self.account._system_write({"control": "none"})
        orders = self.env["sale.order"]
        counts = []
        # translations are read once more and fill caches
        post_init_hook(self.env)
        for _round in range(2):
            for _number in range(5):
                orders += self._confirmed(5000.0)
            orders.sudo()._system_write(
                {"credit_checked_amount": 0.0, "credit_checked_for": False}
            )
            counts.append(self._queries(lambda: post_init_hook(self.env)))
            self.assertEqual(set(orders.mapped("credit_checked_amount")), {5000.0})
            self.assertTrue(all(orders.mapped("credit_checked_for")))
        self.assertEqual(counts[0], counts[1])

    def test_accounts_of_existing_customers_take_the_same_statements(self):
        self.company.credit_default_control = "none"
        accounts = self.env["customer.credit.account"].with_company(self.company)
        counts = []
        # the first time a few things are read that are kept then
        for number in (1, 5, 10):
            partners = self.env["res.partner"].create(
                [{"name": f"Existing {index}"} for index in range(number)]
            )
            for partner in partners:
                self._confirmed(300.0, partner_id=partner.id)
            accounts.search([("partner_id", "in", partners.ids)]).unlink()
            made = []
            counts.append(
                self._queries(
                    lambda made=made: made.append(
                        accounts._create_for_existing_customers(
                            self.company, "limited", False
                        )
                    )
                )
            )
            self.assertEqual(made, [number])
        self.assertEqual(counts[1], counts[2])
