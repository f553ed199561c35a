from unittest.mock import patch

from odoo.tests import tagged

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestPerformance(CustomerCreditCommon):
    """What the wall costs beside the same confirmation without it (design: at most
    three queries for one order, five for any number)."""

    def _orders(self, count):
        """Return quotations of ``count`` customers, each with a limit."""
        orders = self.env["sale.order"]
        for number in range(count):
            customer = self.env["res.partner"].create(
                {"name": f"Customer {number}", "is_company": True}
            )
            self._limit(customer, 1000.0)
            orders += self._order(500.0, partner_id=customer.id)
        return orders.with_user(self.rep)

    def _count(self, orders):
        """Return the number of queries of a confirmation that is undone again."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        orders.action_confirm()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)
        return queries

    def _cost_of_the_wall(self, orders):
        """Return by how many queries a confirmation grows."""
        constraints = [
            method
            for method in orders._constraint_methods
            if method.__name__ != "_check_credit"
        ]
        for _warm_up in range(2):
            queries = self._count(orders)
            with patch.object(type(orders), "_constraint_methods", constraints):
                without = self._count(orders)
        self.assertGreater(queries, without, "the wall was not there")
        return queries - without

    def test_one_order(self):
        self.assertLessEqual(self._cost_of_the_wall(self._orders(1)), 3)

    def test_one_order_without_a_limit(self):
        """The account of a customer who is not controlled is looked for as well."""
        self.company.credit_default_control = "none"
        order = self._order(500.0, partner_id=self.stranger.id).with_user(self.rep)
        self.assertLessEqual(self._cost_of_the_wall(order), 3)

    def test_many_orders_at_once(self):
        costs = {
            count: self._cost_of_the_wall(self._orders(count)) for count in (5, 20)
        }
        self.assertLessEqual(costs[20], 5)
        self.assertEqual(costs[5], costs[20])
