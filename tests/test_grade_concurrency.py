from types import SimpleNamespace
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.service import model as service_model
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.customer_archive.models import customer_grade_run

from .concurrency import ConcurrencyCase

ROUNDS = 3


@tagged("post_install", "-at_install")
class TestGradeConcurrency(ConcurrencyCase):
    """Customers are graded while others buy, confirm, or change what leads."""

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
            company = env["res.company"].create({"name": "Concurrent Grades"})
            cls.company_id = company.id
        with cls.environment() as env:
            company = env["res.company"].browse(cls.company_id)
            cls.users = {
                role: new_test_user(
                    env,
                    f"concurrent_grade_{role}",
                    groups=f"customer_archive.group_{role}",
                    company_id=company.id,
                    company_ids=[Command.set(company.ids)],
                    lang="en_US",
                ).id
                for role in ("bum", "keeper", "mdo")
            }
            team = env["crm.team"].create(
                {
                    "name": "Concurrent",
                    "company_id": company.id,
                    "user_id": cls.users["bum"],
                }
            )
            cls.team_id = team.id
            product = env["product.product"].create(
                {
                    "name": "Concurrent",
                    "type": "service",
                    "taxes_id": [Command.clear()],
                    "company_id": company.id,
                }
            )
            cls.product_id = product.id
            first, second = (cls._scheme(env, name) for name in ("First", "Second"))
            first._system_write({"is_leading": True})
            cls.scheme_ids = first.id, second.id

    @classmethod
    def _scheme(cls, env, name):
        """Return a scheme: a deal is worth its last grade, 1,000 in a year another."""
        scheme = env["customer.grade.scheme"].create(
            {
                "name": name,
                "company_id": cls.company_id,
                "grade_ids": [
                    Command.create(
                        {
                            "name": f"{name} {tier}",
                            "tier": tier,
                            "sequence": int(tier),
                        }
                    )
                    for tier in ("2", "3")
                ],
            }
        )
        large, small = scheme.grade_ids
        env["customer.grade.rule"]._system_create(
            [
                {
                    "name": name,
                    "scheme_id": scheme.id,
                    "company_id": cls.company_id,
                    "valid_from": "2001-01-01",
                    "approval_state": "approved",
                    "line_ids": [
                        Command.create(
                            {
                                "grade_id": large.id,
                                "match": "any",
                                "total_amount": 1000.0,
                            }
                        ),
                        Command.create({"grade_id": small.id, "match": "deal"}),
                    ],
                }
            ]
        )
        return scheme

    @classmethod
    def _clean_up(cls):
        with cls.environment() as env:
            everything = env["base"].with_context(active_test=False).env
            company = everything["res.company"].search(
                [("name", "=", "Concurrent Grades")]
            )
            users = everything["res.users"].search(
                [("login", "=like", "concurrent\\_grade\\_%")]
            )
            partners = users.partner_id
            own = tuple(company.ids) or (0,)
            people = tuple(users.ids) or (0,)
            queries = [
                "DELETE FROM customer_grade_evaluation WHERE grading_company_id IN %s",
                "DELETE FROM customer_grade_run WHERE company_id IN %s",
                "DELETE FROM customer_dossier WHERE company_id IN %s",
                "DELETE FROM customer_grade_rule WHERE company_id IN %s",
                "DELETE FROM customer_grade_scheme WHERE company_id IN %s",
                "DELETE FROM sale_order WHERE company_id IN %s",
                # a new company gets a copy of each
                "DELETE FROM payment_provider WHERE company_id IN %s",
            ]
            if "customer.credit.account" in env:
                queries.append(
                    "DELETE FROM customer_credit_account WHERE company_id IN %s"
                )
            for query in queries:
                env.cr.execute(SQL(query, own))
            for query in (
                "DELETE FROM customer_approval_decision WHERE user_id IN %s",
                "DELETE FROM customer_approval WHERE requester_id IN %s",
                "DELETE FROM mail_activity WHERE user_id IN %s",
                "DELETE FROM mail_message WHERE create_uid IN %s",
            ):
                env.cr.execute(SQL(query, people))
            env.invalidate_all(flush=False)
            for model in ("crm.team", "product.template"):
                everything[model].search([("company_id", "in", company.ids)]).unlink()
            users.unlink()
            partners |= everything["res.partner"].search(
                [("company_id", "in", company.ids)]
            )
            partners.unlink()
            partners = company.partner_id
            company.unlink()
            partners.unlink()

    # ------------------------------------------------------------ builders

    def _customer(self, *amounts):
        """Return the ids of a formal dossier and of the orders of its customer, the
        first of them confirmed."""
        with self.environment() as env:
            env = env["base"].with_company(self.company_id).env
            partner = env["res.partner"].create(
                {
                    "name": f"Concurrent {amounts}",
                    "is_company": True,
                    "company_id": self.company_id,
                }
            )
            dossier = env["customer.dossier"].create(
                {"partner_id": partner.id, "team_id": self.team_id}
            )
            dossier._system_write({"state": "formal"})
            orders = env["sale.order"].create(
                [
                    {
                        "partner_id": partner.id,
                        "company_id": self.company_id,
                        "order_line": [
                            Command.create(
                                {"product_id": self.product_id, "price_unit": amount}
                            )
                        ],
                    }
                    for amount in amounts
                ]
            )
            orders[:1].action_confirm()
            return dossier.id, orders.ids

    def _propose(self, dossier_id, scheme=0):
        """Evaluate the customer and return the id of the proposal."""
        with self.environment() as env:
            self._evaluate(env, dossier_id, scheme)
            return self._get(env, dossier_id, "proposed", scheme).id

    def _evaluate(self, env, dossier_id, scheme=0):
        return (
            env["customer.grade.scheme"]
            .browse(self.scheme_ids[scheme])
            ._evaluate(
                env["res.company"].browse(self.company_id),
                env["customer.dossier"].browse(dossier_id),
                fields.Date.today(),
            )
        )

    def _get(self, env, dossier_id, state, scheme=0):
        return env["customer.grade.evaluation"].search(
            [
                ("dossier_id", "=", dossier_id),
                ("scheme_id", "=", self.scheme_ids[scheme]),
                ("state", "=", state),
            ]
        )

    def _run(self):
        """Return the id of a draft run of the first scheme."""
        with self.environment(self.users["keeper"]) as env:
            run = env["customer.grade.run"].create({"scheme_id": self.scheme_ids[0]})
            return run.id

    def _call(self, model, record_id, method):
        def job(env):
            getattr(env[model].browse(record_id), method)()
            return True

        return job

    def _start(self, run_id):
        return self._call("customer.grade.run", run_id, "action_start")

    def _confirm(self, proposal_id):
        return self._call("customer.grade.evaluation", proposal_id, "action_confirm")

    def _lead(self, scheme):
        scheme_id = self.scheme_ids[scheme]
        return self._call("customer.grade.scheme", scheme_id, "action_lead")

    # ------------------------------------------------------------ tests

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_order_confirmed_during_a_run(self):
        for _round in range(ROUNDS):
            dossier_id, (_first, order_id) = self._customer(500, 700)
            results = self.at_once(
                (self.users["keeper"], self._start(self._run())),
                (1, self._call("sale.order", order_id, "action_confirm")),
            )
            self.assertEqual(results, [True, True])
            with self.environment() as env:
                proposal = self._get(env, dossier_id, "proposed")
                self.assertIn(proposal.year_amount, (500, 1200))
                self._evaluate(env, dossier_id)
                self.assertEqual(proposal.year_amount, 1200)
                self.assertEqual(proposal.grade_id.tier, "2")

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_run_started_twice(self):
        self._customer(500)
        for _round in range(ROUNDS):
            start = (self.users["keeper"], self._start(self._run()))
            results = self.at_once(start, start)
            (error,) = [result for result in results if result is not True]
            self.assertIsInstance(error, UserError)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_long_runs_started_at_once(self):
        self._customer(500)
        with (
            patch.object(customer_grade_run, "DIRECT", -1),
            patch.object(self.registry["customer.grade.run"], "_trigger_job"),
        ):
            ids = self._run(), self._run()
            results = self.at_once(
                (self.users["keeper"], self._start(ids[0])),
                (self.users["mdo"], self._start(ids[1])),
            )
        (error,) = [result for result in results if result is not True]
        self.assertIsInstance(error, UserError)
        self.assertIn("going on", str(error))
        with self.environment() as env:
            started = env["customer.grade.run"].browse(ids)
            self.assertEqual(sorted(started.mapped("state")), ["draft", "running"])
            started._system_write({"state": "stopped"})

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_short_runs_started_at_once(self):
        dossier_id, _orders = self._customer(500)
        for _round in range(ROUNDS):
            ids = self._run(), self._run()
            results = self.at_once(
                (self.users["keeper"], self._start(ids[0])),
                (self.users["mdo"], self._start(ids[1])),
            )
            self.assertEqual(results, [True, True])
            with self.environment() as env:
                first, second = env["customer.grade.run"].browse(ids)
                self.assertEqual((first + second).mapped("state"), ["done", "done"])
                self.assertEqual(first.proposal_count, second.proposal_count)
                self.assertEqual(len(self._get(env, dossier_id, "proposed")), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_evaluated_at_once(self):
        for _round in range(ROUNDS):
            dossier_id, _orders = self._customer(500)

            def job(env, dossier_id=dossier_id):
                self._evaluate(env, dossier_id)
                return True

            self.assertEqual(self.at_once((1, job), (1, job)), [True, True])
            with self.environment() as env:
                self.assertEqual(len(self._get(env, dossier_id, "proposed")), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_confirmed_while_a_run_updates_it(self):
        for _round in range(ROUNDS):
            dossier_id, (_first, order_id) = self._customer(500, 700)
            proposal_id = self._propose(dossier_id)
            with self.environment() as env:
                env["sale.order"].browse(order_id).action_confirm()
            results = self.at_once(
                (self.users["bum"], self._confirm(proposal_id)),
                (self.users["keeper"], self._start(self._run())),
            )
            self.assertEqual(results, [True, True])
            with self.environment() as env:
                confirmed = self._get(env, dossier_id, "confirmed")
                self.assertEqual(confirmed.id, proposal_id)
                # what was confirmed is what its figures say
                self.assertEqual(confirmed.grade_id, confirmed.proposed_grade_id)
                self.assertEqual(
                    confirmed.grade_id.tier, "2" if confirmed.year_amount > 999 else "3"
                )
                self.assertEqual(confirmed.dossier_id.grade_id, confirmed.grade_id)
                proposal = self._get(env, dossier_id, "proposed")
                if confirmed.year_amount == 500:
                    self.assertEqual(proposal.year_amount, 1200)
                    self.assertEqual(proposal.direction, "up")

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_confirm_one_proposal(self):
        for _round in range(ROUNDS):
            dossier_id, _orders = self._customer(500)
            confirm = self._confirm(self._propose(dossier_id))
            results = self.at_once(
                (self.users["bum"], confirm), (self.users["bum"], confirm)
            )
            (error,) = [result for result in results if result is not True]
            self.assertIsInstance(error, UserError)
            self.assertIn("confirmed already", str(error))
            with self.environment() as env:
                confirmed = self._get(env, dossier_id, "confirmed")
                self.assertEqual(len(confirmed.approval_decision_ids), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_confirmed_alone_and_with_the_list(self):
        for _round in range(ROUNDS):
            dossier_id, _orders = self._customer(500)
            run_id = self._run()
            with self.environment(self.users["keeper"]) as env:
                env["customer.grade.run"].browse(run_id).action_start()
                env["customer.grade.run"].browse(run_id).action_submit()
            with self.environment() as env:
                proposal_id = self._get(env, dossier_id, "proposed").id
            results = self.at_once(
                (self.users["bum"], self._confirm(proposal_id)),
                (
                    self.users["mdo"],
                    self._call("customer.grade.run", run_id, "action_approve"),
                ),
            )
            self.assertIs(results[1], True)
            if results[0] is not True:
                self.assertIsInstance(results[0], UserError)
                self.assertIn("confirmed already", str(results[0]))
            with self.environment() as env:
                confirmed = self._get(env, dossier_id, "confirmed")
                self.assertEqual(confirmed.id, proposal_id)
                run = env["customer.grade.run"].browse(run_id)
                self.assertEqual(run.confirmation_state, "done")

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_confirmed_while_another_scheme_takes_the_lead(self):
        """The dossier carries the grade of the scheme that leads in the end, whichever
        of both was first."""
        leading = 0
        for _round in range(ROUNDS):
            for confirmed in (leading, 1 - leading):
                dossier_id, _orders = self._customer(500)
                proposal_id = self._propose(dossier_id, confirmed)
                leading = 1 - leading
                results = self.at_once(
                    (self.users["bum"], self._confirm(proposal_id)),
                    (self.users["keeper"], self._lead(leading)),
                )
                self.assertEqual(results, [True, True])
                with self.environment() as env:
                    evaluation = self._get(env, dossier_id, "confirmed", confirmed)
                    self.assertTrue(evaluation)
                    dossier = env["customer.dossier"].browse(dossier_id)
                    self.assertEqual(
                        dossier.grade_id,
                        evaluation.grade_id
                        if confirmed == leading
                        else env["customer.grade"],
                    )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_schemes_take_the_lead(self):
        for _round in range(ROUNDS):
            with self.environment() as env:
                schemes = env["customer.grade.scheme"].browse(self.scheme_ids)
                schemes._system_write({"is_leading": False})
            results = self.at_once(
                (self.users["keeper"], self._lead(0)),
                (self.users["mdo"], self._lead(1)),
            )
            errors = [result for result in results if result is not True]
            for error in errors:
                self.assertIsInstance(error, UserError)
                self.assertIn("One scheme leads", str(error))
            with self.environment() as env:
                schemes = env["customer.grade.scheme"].browse(self.scheme_ids)
                self.assertEqual(len(schemes.filtered("is_leading")), 1)
