from types import SimpleNamespace
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import RedirectWarning, UserError
from odoo.service import model as service_model
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .concurrency import ConcurrencyCase

ROUNDS = 20
LIMIT = 1000.0


@tagged("post_install", "-at_install")
class TestCreditConcurrency(ConcurrencyCase):
    """Two transactions use one credit limit at the same moment.

    Every test counts the repetitions as well: without the write on the account's row
    there would be none, and both would be judged on figures that are none any more.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo waits up to two seconds before it repeats
        cls.startClassPatcher(
            patch.object(
                service_model,
                "random",
                SimpleNamespace(uniform=lambda _shortest, _longest: 0.01),
            )
        )
        cls._clean_up()  # what a killed run left
        cls.addClassCleanup(cls._clean_up)
        with cls.environment() as env:
            company = env["res.company"].create(
                {
                    "name": "Concurrent Credit",
                    "credit_default_control": "limited",
                    "credit_warning_report": False,
                }
            )
            cls.company_id = company.id
        with cls.environment() as env:
            company = env["res.company"].browse(cls.company_id)
            users = [
                new_test_user(
                    env,
                    f"concurrent_credit_{login}",
                    groups="sales_team.group_sale_salesman_all_leads,"
                    "account.group_account_invoice",
                    company_id=company.id,
                    company_ids=[Command.set(company.ids)],
                    lang="en_US",
                )
                for login in ("rep", "rep2")
            ]
            cls.user_ids = [user.id for user in users]
            env = env["base"].with_company(company).env
            income, receivable = env["account.account"].create(
                [
                    {"code": "CONCURRENT1", "name": "Income", "account_type": "income"},
                    {
                        "code": "CONCURRENT2",
                        "name": "Receivable",
                        "account_type": "asset_receivable",
                        "reconcile": True,
                    },
                ]
            )
            cls.receivable_id = receivable.id
            cls.income_id = income.id
            journal = env["account.journal"].create(
                {
                    "name": "Concurrent",
                    "code": "CONC",
                    "type": "sale",
                    "default_account_id": income.id,
                }
            )
            cls.journal_id = journal.id
            product = env["product.product"].create(
                {
                    "name": "Concurrent",
                    "type": "service",
                    "invoice_policy": "order",
                    "list_price": 100.0,
                    "taxes_id": [Command.clear()],
                    "company_id": company.id,
                }
            )
            cls.product_id = product.id

    @classmethod
    def _clean_up(cls):
        with cls.environment() as env:
            company = (
                env["res.company"]
                .with_context(active_test=False)
                .search([("name", "=", "Concurrent Credit")])
            )
            own = SQL("company_id IN %s", tuple(company.ids) or (0,))
            for model in ("account.move", "sale.order", "customer.credit.account"):
                messages = SQL(
                    "model = %s AND res_id IN (SELECT id FROM %s WHERE %s)",
                    model,
                    SQL.identifier(env[model]._table),
                    own,
                )
                env.cr.execute(SQL("DELETE FROM mail_message WHERE %s", messages))
            for query in (
                "DELETE FROM payment_transaction WHERE %s",
                "DELETE FROM payment_provider WHERE %s",
                "DELETE FROM account_move WHERE %s",
                "DELETE FROM sale_order WHERE %s",
                "DELETE FROM customer_credit_exception WHERE %s",
                "DELETE FROM customer_credit_account WHERE %s",
                "DELETE FROM customer_credit_group WHERE %s",
            ):
                env.cr.execute(SQL(query, own))
            env.invalidate_all(flush=False)
            everything = env["base"].with_context(active_test=False).env
            users = everything["res.users"].search(
                [("login", "=like", "concurrent\\_credit\\_%")]
            )
            partners = users.partner_id
            users.unlink()
            partners |= everything["res.partner"].search(
                [("company_id", "in", company.ids)]
            )
            partners.unlink()
            for model, field in (
                ("product.template", "company_id"),
                ("account.journal", "company_id"),
                ("account.account", "company_ids"),
            ):
                everything[model].search([(field, "in", company.ids)]).unlink()
            everything["payment.method"].search(
                [("code", "=", "concurrent_credit")]
            ).unlink()
            partners = company.partner_id
            company.unlink()
            partners.unlink()

    # ------------------------------------------------------------ builders

    def _environment(self, env):
        return env["base"].with_company(self.company_id).env

    def _customer(self, env, limit=LIMIT):
        """Return a new customer, with a credit account unless ``limit`` is None."""
        env = self._environment(env)
        customer = env["res.partner"].create(
            {
                "name": "Concurrent",
                "is_company": True,
                "company_id": self.company_id,
                "property_account_receivable_id": self.receivable_id,
            }
        )
        if limit is not None:
            account = env["customer.credit.account"]._get(customer, env.company)
            account._system_write({"control": "limited", "limit_amount": limit})
        return customer

    def _order(self, customer, amount=600.0, **values):
        return customer.env["sale.order"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company_id,
                "user_id": self.user_ids[0],
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product_id,
                            "product_uom_qty": amount / 100,
                        }
                    )
                ],
                **values,
            }
        )

    def _pay_online(self, orders):
        """Record that the customer paid the orders online; nothing is booked."""
        env = orders.env
        provider = env["payment.provider"].create(
            {"name": "Concurrent", "code": "none", "company_id": self.company_id}
        )
        method = env["payment.method"].search(
            [("code", "=", "concurrent_credit")]
        ) or env["payment.method"].create(
            {"name": "Concurrent", "code": "concurrent_credit", "active": False}
        )
        for order in orders:
            transaction = env["payment.transaction"].create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": method.id,
                    "reference": f"concurrent-{order.id}",
                    "amount": order.amount_total,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "sale_order_ids": [Command.set(order.ids)],
                    "operation": "online_direct",
                }
            )
            transaction.state = "done"

    # ------------------------------------------------------------ running

    def _count(self, job, tries):
        def counted(env):
            tries.append(1)
            return job(self._environment(env))

        return counted

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def _run(self, *jobs, in_between=False):
        """Run two jobs, each as a user of its own.

        :param in_between: not at once; the first one is committed after the second
            one's first query and before the rest of it
        :return: what each returned or raised, and how often Odoo repeated one
        """
        tries = []
        jobs = [
            (uid, self._count(job, tries))
            for uid, job in zip(self.user_ids, jobs, strict=True)
        ]
        results = self._one_in_between(*jobs) if in_between else self.at_once(*jobs)
        return results, len(tries) - len(jobs)

    def _one_in_between(self, first, second):
        def attempt(env, job):
            return service_model.retrying(lambda: job(env), env)

        results = [None, None]
        try:
            with self.environment(second[0]) as env:
                env.cr.execute("SELECT 1")  # the first query takes the snapshot
                with self.environment(first[0]) as first_env:
                    results[0] = attempt(first_env, first[1])
                results[1] = attempt(env, second[1])
        except Exception as error:
            results[1] = error
        return results

    def _confirm(self, *order_ids):
        return lambda env: env["sale.order"].browse(order_ids).action_confirm()

    def _exposure(self, customer_id):
        """Return the exposure as it is and as it is stored, None without account."""
        with self.environment() as env:
            env = self._environment(env)
            customer = env["res.partner"].browse(customer_id)
            account = env["customer.credit.account"].search(
                [("partner_id", "=", customer_id)]
            )
            figures = account._get_figures(env.company, customer)[customer_id]
            self.assertLessEqual(len(account), 1)
            return figures["exposure"], account.exposure if account else None

    def _states(self, order_ids):
        with self.environment() as env:
            return env["sale.order"].browse(order_ids).mapped("state")

    def _assert_one_refused(self, results, refusal):
        errors = [result for result in results if isinstance(result, Exception)]
        self.assertEqual(len(errors), 1, results)
        self.assertIsInstance(errors[0], refusal)

    def _two_orders(self, amount=600.0):
        with self.environment() as env:
            customer = self._customer(env)
            orders = self._order(customer, amount) + self._order(customer, amount)
            return customer.id, orders.ids

    # ------------------------------------------------------------ tests

    def _confirm_two(self, in_between):
        repeated = 0
        for _round in range(ROUNDS):
            customer_id, order_ids = self._two_orders()
            jobs = [self._confirm(order_id) for order_id in order_ids]
            results, repetitions = self._run(*jobs, in_between=in_between)
            repeated += repetitions
            self._assert_one_refused(results, RedirectWarning)
            self.assertCountEqual(self._states(order_ids), ["draft", "sale"])
            self.assertEqual(self._exposure(customer_id), (600.0, 600.0))
        self.assertGreaterEqual(repeated, ROUNDS)

    def test_two_orders_at_once(self):
        self._confirm_two(in_between=False)

    def test_first_order_is_committed_in_between(self):
        self._confirm_two(in_between=True)

    def _confirm_for_members(self, in_between):
        """Two customers share the limit: each order fits, both do not."""
        repeated = 0
        for _round in range(ROUNDS // 2):
            with self.environment() as env:
                group = self._environment(env)["customer.credit.group"].create(
                    {"name": "Concurrent", "company_id": self.company_id}
                )
                group._system_write({"limit_amount": LIMIT})
                customers = self._customer(env) + self._customer(env)
                accounts = group.env["customer.credit.account"].search(
                    [("partner_id", "in", customers.ids)]
                )
                accounts._system_write({"group_id": group.id})
                order_ids = [self._order(customer).id for customer in customers]
                group_id = group.id
            jobs = [self._confirm(order_id) for order_id in order_ids]
            results, repetitions = self._run(*jobs, in_between=in_between)
            repeated += repetitions
            self._assert_one_refused(results, RedirectWarning)
            self.assertCountEqual(self._states(order_ids), ["draft", "sale"])
            with self.environment() as env:
                stored = env["customer.credit.group"].browse(group_id)
                self.assertEqual(stored.exposure, 600.0)
        self.assertGreaterEqual(repeated, ROUNDS // 2)

    def test_two_members_of_a_group_at_once(self):
        self._confirm_for_members(in_between=False)

    def test_order_of_another_member_is_committed_in_between(self):
        self._confirm_for_members(in_between=True)

    def test_decision_is_committed_before_the_confirmation(self):
        """What finance decides meanwhile holds the order, although the confirmation
        began before."""

        def freeze(env, account, order):
            account._freeze("Bad news")

        def block(env, account, order):
            account._apply_decision(blocked=True)

        def force(env, account, order):
            order._system_write({"credit_forced": True, "credit_forced_reason": "No"})

        def share(env, account, order):
            group = env["customer.credit.group"].create(
                {"name": "Concurrent", "company_id": self.company_id}
            )
            account._system_write({"group_id": group.id})

        for decide in (freeze, block, force, share):
            with self.environment() as env:
                order = self._order(self._customer(env))
                account = order.env["customer.credit.account"]._get(
                    order.partner_id, order.company_id
                )
                account_id, order_id = account.id, order.id

            def decision(env, decide=decide, ids=(account_id, order_id)):
                env = env(su=True)
                decide(
                    env,
                    env["customer.credit.account"].browse(ids[0]),
                    env["sale.order"].browse(ids[1]),
                )

            results, repetitions = self._run(
                decision, self._confirm(order_id), in_between=True
            )
            with self.subTest(decision=decide.__name__):
                self._assert_one_refused(results, RedirectWarning)
                self.assertEqual(self._states([order_id]), ["draft"])
                self.assertEqual(repetitions, 1)

    def test_written_state_at_once(self):
        """By RPC, past the button."""
        for _round in range(ROUNDS // 4):
            customer_id, order_ids = self._two_orders()
            results, repetitions = self._run(
                *(
                    lambda env, order_id=order_id: (
                        env["sale.order"].browse(order_id).write({"state": "sale"})
                    )
                    for order_id in order_ids
                )
            )
            self._assert_one_refused(results, RedirectWarning)
            self.assertEqual(self._exposure(customer_id), (600.0, 600.0))
            self.assertGreaterEqual(repetitions, 1)

    def test_both_pass_within_the_limit(self):
        for _round in range(ROUNDS // 4):
            customer_id, order_ids = self._two_orders(400.0)
            results, repetitions = self._run(*map(self._confirm, order_ids))
            self.assertEqual(results, [True, True])
            self.assertEqual(self._states(order_ids), ["sale", "sale"])
            self.assertEqual(self._exposure(customer_id), (800.0, 800.0))
            self.assertGreaterEqual(repetitions, 1)

    def test_batches_in_opposite_order(self):
        """Each of two recordsets has an order of both customers: no deadlock."""
        for _round in range(ROUNDS // 4):
            with self.environment() as env:
                customers = [self._customer(env), self._customer(env)]
                first, second = (
                    [self._order(customer).id for customer in customers]
                    for _batch in range(2)
                )
            results, repetitions = self._run(
                self._confirm(*first), self._confirm(*reversed(second))
            )
            self._assert_one_refused(results, RedirectWarning)
            for customer in customers:
                self.assertEqual(self._exposure(customer.id), (600.0, 600.0))
            self.assertGreaterEqual(repetitions, 1)

    def test_account_made_by_both(self):
        """Without an approved limit the account is made on the fly: paid orders pass
        and share one account, unpaid ones do not."""
        repeated = 0
        for paid in [False, True] * (ROUNDS // 2):
            with self.environment() as env:
                customer = self._customer(env, limit=None)
                orders = self._order(customer) + self._order(customer)
                if paid:
                    self._pay_online(orders)
                order_ids = orders.ids
            results, repetitions = self._run(*map(self._confirm, order_ids))
            repeated += repetitions
            self.assertEqual(
                [isinstance(result, RedirectWarning) for result in results],
                [not paid] * 2,
                results,
            )
            state = "sale" if paid else "draft"
            self.assertEqual(self._states(order_ids), [state] * 2)
            exposure, stored = self._exposure(customer.id)
            self.assertEqual(exposure, 0.0)
            self.assertEqual(stored, 0.0 if paid else None)
        # a refused order takes the account that it made away with it
        self.assertGreaterEqual(repeated, ROUNDS // 2)

    def test_two_confirmed_orders_raised_at_once(self):
        for in_between in [False, True] * (ROUNDS // 2):
            customer_id, order_ids = self._two_orders(400.0)
            with self.environment() as env:
                self._confirm(*order_ids)(env)
            results, repetitions = self._run(
                *(
                    lambda env, order_id=order_id: (
                        env["sale.order"]
                        .browse(order_id)
                        .order_line.write({"product_uom_qty": 6})
                    )
                    for order_id in order_ids
                ),
                in_between=in_between,
            )
            self._assert_one_refused(results, RedirectWarning)
            with self.environment() as env:
                orders = env["sale.order"].browse(order_ids)
                self.assertCountEqual(orders.mapped("amount_total"), [400.0, 600.0])
            self.assertEqual(self._exposure(customer_id), (LIMIT, LIMIT))
            self.assertGreaterEqual(repetitions, 1)

    def test_order_and_invoice_without_order_at_once(self):
        for in_between in [False, True] * (ROUNDS // 2):
            with self.environment() as env:
                customer_id = self._customer(env).id
                order_id = self._order(env["res.partner"].browse(customer_id)).id

            def invoice(env, customer_id=customer_id):
                move = env["account.move"].create(
                    {
                        "move_type": "out_invoice",
                        "partner_id": customer_id,
                        "journal_id": self.journal_id,
                        "invoice_date": fields.Date.today(),
                        "invoice_line_ids": [
                            Command.create(
                                {
                                    "product_id": self.product_id,
                                    "price_unit": 600.0,
                                    "account_id": self.income_id,
                                    "tax_ids": [Command.clear()],
                                }
                            )
                        ],
                    }
                )
                move.action_post()
                return move.state

            results, repetitions = self._run(
                self._confirm(order_id), invoice, in_between=in_between
            )
            self._assert_one_refused(results, UserError)
            self.assertEqual(
                self._states([order_id]),
                ["sale"] if results[0] is True else ["draft"],
            )
            self.assertEqual(self._exposure(customer_id), (600.0, 600.0))
            self.assertGreaterEqual(repetitions, 1)
