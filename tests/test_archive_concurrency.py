from odoo import Command
from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
)
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .concurrency import ConcurrencyCase

ROUNDS = 2


@tagged("post_install", "-at_install")
class TestArchiveConcurrency(ConcurrencyCase):
    """Two people decide, or open a dossier, at the same moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {}
        cls.records = []
        cls.addClassCleanup(cls._clean_up)
        with cls.environment() as env:
            for login, groups in (
                ("rep", "customer_archive.group_rep,base.group_partner_manager"),
                ("rep2", "customer_archive.group_rep,base.group_partner_manager"),
                ("bum", "customer_archive.group_bum"),
                ("mdo", "customer_archive.group_mdo"),
                ("mdo2", "customer_archive.group_mdo"),
                ("gmo", "customer_archive.group_gmo"),
                ("fug", "customer_archive.group_fug"),
                ("fug2", "customer_archive.group_fug"),
                ("keeper", "customer_archive.group_keeper"),
            ):
                user = new_test_user(
                    env, f"concurrent_{login}", groups=groups, lang="en_US"
                )
                cls.users[login] = user.id
                cls.records.append((user._name, user.id))
            team = env["crm.team"].create(
                {"name": "Concurrent", "user_id": cls.users["bum"]}
            )
            cls.team_id = team.id
            cls.records.append((team._name, team.id))
            route = env["customer.approval.route"].create(
                {
                    "name": "Concurrent",
                    "model_id": env["ir.model"]._get_id("customer.measure"),
                    "company_id": env.company.id,
                    "sequence": -1,
                }
            )
            cls.route_id = route.id
            cls.records.append((route._name, route.id))

    @classmethod
    def _clean_up(cls):
        with cls.environment() as env:
            users = tuple(cls.users.values())
            partners = env["res.users"].browse(users).partner_id
            for query in (
                "DELETE FROM customer_approval_decision WHERE user_id IN %s",
                "DELETE FROM customer_approval WHERE requester_id IN %s",
                "DELETE FROM mail_activity WHERE user_id IN %s",
                "DELETE FROM mail_message WHERE create_uid IN %s",
                "DELETE FROM customer_measure WHERE user_id IN %s",
                "DELETE FROM customer_verification WHERE create_uid IN %s",
                "DELETE FROM customer_verification_campaign WHERE create_uid IN %s",
                "DELETE FROM customer_handover WHERE offered_by_id IN %s",
                "DELETE FROM customer_dossier_log WHERE user_id IN %s",
                "DELETE FROM customer_dossier WHERE create_uid IN %s",
            ):
                env.cr.execute(SQL(query, users))
            env.invalidate_all(flush=False)
            for model, record_id in reversed(cls.records):
                env[model].browse(record_id).exists().unlink()
            partners.exists().unlink()

    def _document(self, *turns):
        """Return the id of a submitted measure whose steps, decided by marketing
        directors and the general manager, have ``turns``."""
        with self.environment() as env:
            roles = ("customer_role_mdo", "customer_role_gmo")
            env["customer.approval.route"].browse(self.route_id).step_ids = [
                Command.clear(),
                *[
                    Command.create(
                        {
                            "name": role,
                            "turn": turn,
                            "role_id": env.ref(f"customer_archive.{role}").id,
                        }
                    )
                    for turn, role in zip(turns, roles, strict=False)
                ],
            ]
            measure = env["customer.measure"].create(
                {
                    "name": "Concurrent",
                    "action": "Decide at once",
                    "user_id": self.users["rep"],
                    "verifier_id": self.users["bum"],
                    "team_id": self.team_id,
                    "date_due": "2030-06-30",
                }
            )
            measure.with_user(self.users["rep"]).action_submit()
            return measure.id

    def _decide(self, measure_id, method, *args):
        def job(env):
            return getattr(env["customer.measure"].browse(measure_id), method)(*args)

        return job

    def _result(self, measure_id):
        with self.environment() as env:
            measure = env["customer.measure"].browse(measure_id)
            decisions = measure.approval_decision_ids.mapped("decision")
            return measure.approval_state, sorted(decisions)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_one_of_two_deciders_wins(self):
        for _round in range(ROUNDS):
            measure_id = self._document(1)
            results = self.at_once(
                (self.users["mdo"], self._decide(measure_id, "action_approve")),
                (self.users["mdo2"], self._decide(measure_id, "action_approve")),
            )
            errors = [result for result in results if result is not True]
            self.assertEqual(len(errors), 1, results)
            self.assertIsInstance(errors[0], UserError)
            self.assertIn("decided already", str(errors[0]))
            self.assertEqual(self._result(measure_id), ("approved", ["approved"]))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_approval_and_rejection_at_once(self):
        for _round in range(ROUNDS):
            measure_id = self._document(1)
            results = self.at_once(
                (self.users["mdo"], self._decide(measure_id, "action_approve")),
                (self.users["mdo2"], self._decide(measure_id, "action_reject", "No")),
            )
            self.assertEqual(results.count(True), 1, results)
            state, decisions = self._result(measure_id)
            self.assertEqual(decisions, [state])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_parallel_steps_are_recorded_once_each(self):
        for _round in range(ROUNDS):
            measure_id = self._document(1, 1)
            results = self.at_once(
                (self.users["mdo"], self._decide(measure_id, "action_approve")),
                (self.users["gmo"], self._decide(measure_id, "action_approve")),
            )
            self.assertEqual(results, [True, True])
            self.assertEqual(
                self._result(measure_id), ("approved", ["approved", "approved"])
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_one_person_in_two_windows(self):
        for _round in range(ROUNDS):
            measure_id = self._document(1, 2)
            decide = (self.users["mdo"], self._decide(measure_id, "action_approve"))
            results = self.at_once(decide, decide)
            self.assertEqual(results.count(True), 1, results)
            self.assertEqual(self._result(measure_id), ("pending", ["approved"]))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_withdrawal_and_decision_at_once(self):
        for _round in range(ROUNDS):
            measure_id = self._document(1)
            results = self.at_once(
                (self.users["rep"], self._decide(measure_id, "action_withdraw")),
                (self.users["mdo"], self._decide(measure_id, "action_approve")),
            )
            self.assertEqual(results.count(True), 1, results)
            self.assertIn(
                self._result(measure_id),
                [("none", ["withdrawn"]), ("approved", ["approved"])],
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_submitted_at_once(self):
        for _round in range(ROUNDS):
            measure_id = self._document(1)
            with self.environment() as env:
                env["customer.measure"].browse(measure_id).with_user(
                    self.users["rep"]
                ).action_withdraw()
            submit = (self.users["rep"], self._decide(measure_id, "action_submit"))
            results = self.at_once(submit, submit)
            self.assertEqual(results.count(True), 1, results)
            with self.environment() as env:
                self.assertEqual(
                    env["customer.approval"].search_count(
                        [
                            ("res_model", "=", "customer.measure"),
                            ("res_id", "=", measure_id),
                            ("state", "=", "pending"),
                        ]
                    ),
                    1,
                )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_dossiers_of_one_customer_at_once(self):
        for _round in range(ROUNDS):
            partner_id = self._partner()

            def job(env, partner_id=partner_id):
                return (
                    env["customer.dossier"]
                    .create({"partner_id": partner_id, "team_id": self.team_id})
                    .id
                )

            results = self.at_once((self.users["rep"], job), (self.users["rep2"], job))
            (error,) = [result for result in results if not isinstance(result, int)]
            self.assertIsInstance(error, RedirectWarning)
            self.assertIn("This customer exists already", str(error))
            with self.environment() as env:
                self.assertEqual(
                    env["customer.dossier"].search_count(
                        [("partner_id", "=", partner_id)]
                    ),
                    1,
                )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_dossier_opened_in_the_contact_form_at_once(self):
        for _round in range(ROUNDS):
            partner_id = self._partner()

            def job(env, partner_id=partner_id):
                return (
                    env["res.partner"]
                    .browse(partner_id)
                    .write({"dossier_team_id": self.team_id, "dossier_needs": "x"})
                )

            results = self.at_once((self.users["rep"], job), (self.users["rep2"], job))
            self.assertEqual(results.count(True), 1, results)
            (error,) = [result for result in results if result is not True]
            self.assertIsInstance(error, RedirectWarning)
            self.assertIn("It is kept by", str(error))
            with self.environment() as env:
                self.assertEqual(
                    env["customer.dossier"].search_count(
                        [("partner_id", "=", partner_id)]
                    ),
                    1,
                )

    def _partner(self):
        with self.environment() as env:
            partner = env["res.partner"].create(
                {"name": f"Concurrent {len(self.records)}", "is_company": True}
            )
            self.records.append((partner._name, partner.id))
            return partner.id

    def _formal_dossier(self):
        """Return the id of a formal dossier of the rep."""
        partner_id = self._partner()
        with self.environment(self.users["rep"]) as env:
            dossier = env["customer.dossier"].create(
                {"partner_id": partner_id, "team_id": self.team_id}
            )
            dossier.sudo()._system_write({"state": "formal"})
            return dossier.id

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_handover_accepted_at_once(self):
        for _round in range(ROUNDS):
            dossier_id = self._formal_dossier()
            with self.environment(self.users["bum"]) as env:
                env["customer.dossier"].browse(dossier_id).action_hand_over()

            def job(env, dossier_id=dossier_id):
                dossier = env["customer.dossier"].browse(dossier_id)
                return dossier.action_accept_handover()

            results = self.at_once((self.users["fug"], job), (self.users["fug2"], job))
            self.assertEqual(results.count(True), 1, results)
            (error,) = [result for result in results if result is not True]
            # the dossier has left his inbox
            self.assertIsInstance(error, AccessError)
            winner = ("fug", "fug2")[results.index(True)]
            with self.environment() as env:
                dossier = env["customer.dossier"].browse(dossier_id)
                self.assertEqual(dossier.user_id.id, self.users[winner])
                self.assertEqual(dossier.handover_ids.mapped("state"), ["done"])
                self.assertEqual(
                    dossier.log_ids.mapped("event").count("handed_over"), 1
                )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_handover_offered_at_once(self):
        for _round in range(ROUNDS):
            dossier_id = self._formal_dossier()

            def job(env, dossier_id=dossier_id):
                return env["customer.dossier"].browse(dossier_id).action_hand_over()

            results = self.at_once((self.users["bum"], job), (self.users["bum"], job))
            self.assertEqual(results.count(True), 1, results)
            with self.environment() as env:
                dossier = env["customer.dossier"].browse(dossier_id)
                self.assertEqual(len(dossier.handover_ids), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_campaign_opened_at_once(self):
        dossier_id = self._formal_dossier()
        for _round in range(ROUNDS):
            with self.environment(self.users["keeper"]) as env:
                campaign_id = (
                    env["customer.verification.campaign"]
                    .create({"name": "Concurrent"})
                    .id
                )

            def job(env, campaign_id=campaign_id):
                campaign = env["customer.verification.campaign"].browse(campaign_id)
                return campaign.action_open()

            results = self.at_once(
                (self.users["keeper"], job), (self.users["keeper"], job)
            )
            self.assertEqual(results.count(True), 1, results)
            (error,) = [result for result in results if result is not True]
            self.assertIn("is open already", str(error))
            with self.environment() as env:
                self.assertEqual(
                    env["customer.verification"].search_count(
                        [
                            ("campaign_id", "=", campaign_id),
                            ("dossier_id", "=", dossier_id),
                        ]
                    ),
                    1,
                )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_verified_at_once(self):
        """Two people may verify the same data; the open task is settled once."""
        for _round in range(ROUNDS):
            dossier_id = self._formal_dossier()
            with self.environment(self.users["keeper"]) as env:
                env["customer.verification"].sudo()._system_create(
                    [{"dossier_id": dossier_id, "date_due": "2026-01-31"}]
                )

            def job(env, dossier_id=dossier_id):
                env["customer.dossier"].browse(dossier_id)._verify(
                    {"result": "unchanged", "method": "phone"}
                )
                return True

            results = self.at_once((self.users["rep"], job), (self.users["bum"], job))
            self.assertEqual(results, [True, True])
            with self.environment() as env:
                dossier = env["customer.dossier"].browse(dossier_id)
                self.assertNotIn("todo", dossier.verification_ids.mapped("state"))
                self.assertEqual(
                    set(dossier.verification_ids.done_by_id.ids),
                    {self.users["rep"], self.users["bum"]},
                )
