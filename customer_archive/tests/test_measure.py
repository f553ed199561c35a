from datetime import date, timedelta
from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

MOVES = ("action_submit", "action_start", "action_report_done", "action_verify")


@tagged("post_install", "-at_install")
class TestMeasure(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.measure = cls._measure(
            dossier_id=cls.dossier.id, value_before=60, value_target=80
        )
        cls.department = cls.env["customer.service.team"].search([], limit=1)

    def _move(self, measure, method, user):
        args = [True, "Seen at the customer's"] if method == "action_verify" else []
        return self._rpc(user, measure._name, method, measure.ids, *args)

    def _approved(self, measure):
        measure.with_user(self.rep).action_submit()
        measure.with_user(self.gmo).action_approve()

    def _done(self, measure):
        self._approved(measure)
        measure.with_user(self.rep).action_start()
        measure.with_user(self.rep).action_report_done()

    @freeze_time("2031-05-07 12:00:00")
    def test_from_proposal_to_effect(self):
        measure = self.measure
        self.assertEqual(measure.partner_id, self.partner)
        measure.with_user(self.rep).action_submit()
        self.assertRecordValues(
            measure, [{"state": "proposed", "approval_state": "pending"}]
        )
        measure.with_user(self.gmo).action_approve()
        self.assertEqual(measure.state, "approved")
        measure.with_user(self.rep).action_start()
        self.assertEqual(measure.state, "executing")
        measure.with_user(self.rep).action_report_done()
        self.assertRecordValues(
            measure, [{"state": "executing", "date_done": date(2031, 5, 7)}]
        )
        self.assertIn(self.keeper, measure.activity_ids.user_id)
        result = measure.with_user(self.keeper).action_verify(True, "Asked them", 85)
        self.assertIs(result, True)
        self.assertNotIn(self.keeper, measure.activity_ids.user_id)
        self.assertRecordValues(
            measure,
            [
                {
                    "state": "effective",
                    "verification": "Asked them",
                    "value_after": 85,
                    "verified_date": date(2031, 5, 7),
                }
            ],
        )
        self.assertFalse(
            self.env["customer.measure"].search([("previous_id", "=", measure.id)])
        )

    @freeze_time("2031-05-07 12:00:00")
    def test_what_had_no_effect_is_followed_by_the_next(self):
        measure = self.measure
        measure._system_write({"origin_model": "res.partner", "origin_id": 1})
        self._done(measure)
        action = measure.with_user(self.keeper).action_verify(False, "No change", 62)
        follower = measure.browse(action["res_id"])
        self.assertEqual(measure.state, "not_effective")
        self.assertRecordValues(
            follower,
            [
                {
                    "state": "proposed",
                    "approval_state": "none",
                    "approval_id": False,
                    "previous_id": measure.id,
                    "origin_model": "res.partner",
                    "origin_id": 1,
                    "dossier_id": self.dossier.id,
                    "user_id": self.rep.id,
                    "verifier_id": self.keeper.id,
                    "value_before": 62,
                    "value_target": 80,
                    "value_after": 0,
                    "verification": False,
                    "date_done": False,
                }
            ],
        )
        self._done(follower)
        self.assertEqual(follower.state, "executing")

    def test_verification_without_effect_through_the_dialog(self):
        self._done(self.measure)
        dialog = (
            self.env["customer.measure.verify"]
            .with_user(self.keeper)
            .create(
                {
                    "measure_id": self.measure.id,
                    "value_after": 70,
                    "evidence": "Nothing changed",
                }
            )
        )
        self.assertEqual(dialog.value_target, 80)
        action = self._rpc(
            self.keeper, dialog._name, "action_not_effective", dialog.ids
        )
        follower = self.measure.browse(action["res_id"])
        self.assertEqual(follower.value_before, 70)

    def test_dialog_of_somebody_else(self):
        self._done(self.measure)
        values = {
            "measure_id": self.measure.id,
            "value_after": 70,
            "evidence": "Wonderful",
        }
        dialog = (
            self.env["customer.measure.verify"].with_user(self.keeper).create(values)
        )
        with self.assertRaises(AccessError):
            self._rpc(self.rep, dialog._name, "action_effective", dialog.ids)
        own_id = self._rpc(self.rep, dialog._name, "create", values)
        with self.assertRaises(AccessError):
            self._rpc(self.rep, dialog._name, "action_effective", [own_id])
        self.assertEqual(self.measure.state, "executing")

    def test_closed_measure_stays_as_it_is(self):
        measure = self._measure()
        measure._system_write({"state": "effective"})
        for user in (self.rep, self.keeper):
            with self.assertRefused(UserError, "is closed"):
                self._rpc(user, measure._name, "write", measure.ids, {"cause": "new"})
        self._rpc(
            self.rep, measure._name, "message_post", measure.ids, body="The cause was…"
        )
        self.assertFalse(measure.cause)

    def test_verification_needs_evidence_and_a_report(self):
        self._approved(self.measure)
        self.measure.with_user(self.rep).action_start()
        as_verifier = self.measure.with_user(self.keeper)
        with self.assertRefused(UserError, "has not been reported done"):
            as_verifier.action_verify(True, "Seen")
        self.measure.with_user(self.rep).action_report_done()
        for evidence in (False, "", "  \n"):
            with self.assertRefused(UserError, "on what evidence"):
                as_verifier.action_verify(True, evidence)
        self.assertEqual(self.measure.state, "executing")

    def test_nobody_verifies_his_own(self):
        with self.assertRefused(ValidationError, "cannot verify"):
            self._measure(verifier_id=self.rep.id)
        with self.assertRefused(ValidationError, "cannot verify"):
            self.measure.with_user(self.rep).write({"verifier_id": self.rep.id})
        with self.assertRefused(ValidationError, "cannot verify"):
            self.measure.user_id = self.keeper

    def test_each_move_from_its_state_only(self):
        steps = (
            ("proposed", lambda: None, "action_submit"),
            (
                "approved",
                lambda: self._approved(self.measure),
                "action_start",
            ),
            (
                "executing",
                lambda: self.measure.with_user(self.rep).action_start(),
                "action_report_done",
            ),
        )
        for state, reach, allowed in steps:
            reach()
            self.assertEqual(self.measure.state, state)
            for method in MOVES:
                user = self.keeper if method == "action_verify" else self.rep
                if method == allowed:
                    continue
                with (
                    self.subTest(state=state, method=method),
                    self.assertRaises(UserError),
                ):
                    self._move(self.measure, method, user)
        self.measure.with_user(self.rep).action_report_done()
        self.measure.with_user(self.keeper).action_verify(True, "Seen")
        for method in MOVES:
            for user in (self.rep, self.keeper):
                with self.assertRaises(UserError):
                    self._move(self.measure, method, user)
        self.assertEqual(self.measure.state, "effective")

    def test_reported_done_once(self):
        self._done(self.measure)
        with self.assertRefused(UserError, "reported done"):
            self.measure.with_user(self.rep).action_report_done()
        self.assertEqual(
            len(
                self.measure.activity_ids.filtered(
                    lambda activity: activity.user_id == self.keeper
                )
            ),
            1,
        )

    def test_each_move_by_its_person_only(self):
        everybody = {
            self.rep,
            self.rep2,
            self.bum,
            self.keeper,
            self.mdo,
            self.gmo,
            self.outsider,
            self.admin_user,
        }
        measure = self.measure
        for method, who in (
            ("action_submit", self.rep),
            ("action_start", self.rep),
            ("action_report_done", self.rep),
            ("action_verify", self.keeper),
        ):
            state = measure.state
            for user in everybody - {who}:
                with (
                    self.subTest(method=method, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    self._move(measure, method, user)
                self.assertEqual(measure.state, state)
            self._move(measure, method, who)
            if method == "action_submit":
                measure.with_user(self.gmo).action_approve()
        self.assertEqual(measure.state, "effective")

    def test_guarded_fields_are_not_written(self):
        for values in (
            {"state": "approved"},
            {"state": "executing"},
            {"state": "effective"},
            {"date_done": "2031-01-01"},
            {"verification": "Fine"},
            {"value_after": 100},
            {"verified_date": "2031-01-01"},
            {"previous_id": self.measure.id},
            {"origin_model": "res.users"},
            {"origin_id": 1},
        ):
            for user in (self.rep, self.keeper, self.gmo, self.admin_user):
                for context in ({}, {"customer_archive_system": True}):
                    with (
                        self.subTest(user=user.login, values=values),
                        self.assertRaises(AccessError),
                    ):
                        self._rpc(
                            user,
                            "customer.measure",
                            "write",
                            self.measure.ids,
                            values,
                            context=context,
                        )

    def test_what_was_decided_on_is_locked(self):
        self._done(self.measure)
        for values in (
            {"user_id": self.rep2.id},
            {"verifier_id": self.mdo.id},
            {"date_due": "2040-01-01"},
            {"value_target": 1},
            {"dossier_id": False},
            {"team_id": self.other_unit.id},
        ):
            with self.assertRefused(UserError, "cannot be changed"):
                self.measure.with_user(self.rep).write(values)

    def test_copy_of_a_measure_with_an_origin(self):
        self.measure._system_write({"origin_model": "res.partner", "origin_id": 1})
        (copy_id,) = self._rpc(
            self.rep, "customer.measure", "copy", self.measure.ids, {}
        )
        self.assertRecordValues(
            self.measure.browse(copy_id),
            [{"state": "proposed", "origin_model": False, "origin_id": 0}],
        )

    def test_submitted_measure_is_not_deleted(self):
        self._approved(self.measure)
        for user in (self.rep, self.env.user):
            with self.assertRaises(UserError):
                self.measure.with_user(user).unlink()
        other = self._measure()
        other.with_user(self.rep).unlink()
        self.assertFalse(other.exists())

    def test_measure_is_not_put_into_a_hidden_dossier(self):
        values = {
            "name": "Planted",
            "action": "None",
            "user_id": self.rep2.id,
            "verifier_id": self.rep.id,
            "date_due": "2030-06-30",
        }
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep2,
                "customer.measure",
                "create",
                [values | {"dossier_id": self.dossier.id}],
            )
        (measure_id,) = self._rpc(self.rep2, "customer.measure", "create", [values])
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep2,
                "customer.measure",
                "write",
                [measure_id],
                {"dossier_id": self.dossier.id},
            )

    def test_measure_is_not_moved_to_a_foreign_company(self):
        company = self.env["res.company"].create({"name": "Foreign"})
        measure = self._measure(team_id=False)
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep,
                measure._name,
                "write",
                measure.ids,
                {"company_id": company.id},
            )

    def test_late(self):
        with freeze_time("2031-05-07 12:00:00"):
            today = self._measure(date_due="2031-05-07")
            late = self._measure(date_due="2031-05-06")
            done = self._measure(date_due="2031-05-06")
            self._done(done)
            every = today + late + done
            self.assertEqual(every.mapped("is_late"), [False, True, False])
            domain = [("id", "in", every.ids)]
            self.assertEqual(every.search(domain + [("is_late", "=", True)]), late)
            self.assertEqual(
                every.search(domain + [("is_late", "=", False)]), today + done
            )

    def test_manager_of_the_unit_without_dossier(self):
        measure = self._measure()
        bum_role = self.env.ref("customer_archive.customer_role_bum")
        self.assertEqual(bum_role._get_users(measure), self.bum)
        self.assertFalse(bum_role._get_users(self._measure(team_id=False)))

    # ------------------------------------------------------------ what it needs

    def test_submission_needs_what_is_done(self):
        measure = self._measure(action=False)
        with self.assertRefused(UserError, "Enter: Measure"):
            self._move(measure, "action_submit", self.rep)
        self.assertEqual(measure.approval_state, "none")
        measure.with_user(self.rep).action = "Change the carrier"
        self._move(measure, "action_submit", self.rep)
        self.assertEqual(measure.approval_state, "pending")
        for values in (
            {"preventive_action": "Ask for two offers"},
            {"department_id": self.department.id},
        ):
            with self.assertRefused(UserError, "cannot be changed"):
                self._rpc(self.rep, measure._name, "write", measure.ids, values)

    @mute_logger("odoo.sql_db")
    def test_measure_of_a_case_says_what_is_done(self):
        case = self._case()
        case._system_write({"state": "investigating"})
        with self.assertRefused(Exception, "action_given|Say what is done"):
            self._measure(complaint_id=case.id, action=False)
            self.env.flush_all()

    def test_verification_of_a_value_that_the_system_knows(self):
        self._done(self.measure)
        known = patch.object(
            type(self.measure),
            "_get_measured_values",
            lambda self: {"value_after": 79.9},
        )
        with known:
            action = self.measure.with_user(self.keeper).action_open_verification()
            self.assertEqual(
                action["context"],
                {
                    "default_measure_id": self.measure.id,
                    "default_is_measured": True,
                    "default_value_after": 79.9,
                },
            )
            with self.assertRefused(UserError, "79.9 was reached, 80.0 is required"):
                self._rpc(
                    self.keeper,
                    self.measure._name,
                    "action_verify",
                    self.measure.ids,
                    True,
                    "Seen",
                    100,
                )
            self._rpc(
                self.keeper,
                self.measure._name,
                "action_verify",
                self.measure.ids,
                False,
                "Seen",
                100,
            )
        self.assertEqual(self.measure.value_after, 79.9)

    def test_dialog_of_the_verifier_alone(self):
        with self.assertRefused(UserError, "needs Executing"):
            self._move(self.measure, "action_open_verification", self.keeper)
        self._done(self.measure)
        for user in (self.rep, self.rep2, self.gmo, self.outsider):
            with self.assertRefused(AccessError):
                self._move(self.measure, "action_open_verification", user)
        action = self._rpc(
            self.keeper,
            self.measure._name,
            "action_open_verification",
            self.measure.ids,
        )
        self.assertEqual(action["context"]["default_measure_id"], self.measure.id)
        self.assertFalse(action["context"]["default_is_measured"])

    # ------------------------------------------------------------ reminders

    def _remind(self, day):
        duty = self.env.ref("customer_archive.customer_duty_measure_late")
        with freeze_time(f"{day} 12:00:00"):
            end = date.fromisoformat(day)
            self.env["customer.measure"]._duty_remind_late(
                duty, end - timedelta(days=1), end
            )

    def test_late_measures_are_reminded_once(self):
        self.measure.date_due = "2031-05-06"
        done = self._measure(date_due="2031-05-01")
        self._done(done)
        (self.measure | done).activity_ids.unlink()
        self._remind("2031-05-06")
        self.assertFalse(self.measure.activity_ids)
        for day in ("2031-05-07", "2031-05-08"):
            self._remind(day)
            self.assertRecordValues(
                self.measure.activity_ids,
                [{"user_id": self.rep.id, "date_deadline": date(2031, 5, 6)}],
            )
        self.assertFalse(done.activity_ids)
        # nobody is nagged again who has put it off his list
        self.measure.activity_ids.unlink()
        self._remind("2031-05-09")
        self.assertFalse(self.measure.activity_ids)

    def test_another_date_is_reminded_anew(self):
        self.measure.date_due = "2031-05-06"
        self._remind("2031-05-07")
        self.measure.with_user(self.rep).date_due = "2031-05-09"
        self.assertFalse(self.measure.activity_ids)
        self.assertFalse(self.measure.reminded_for)
        self._remind("2031-05-10")
        self.assertEqual(self.measure.activity_ids.user_id, self.rep)

    def test_what_was_done_is_not_late(self):
        self.measure.date_due = "2031-05-06"
        self._approved(self.measure)
        self.measure.with_user(self.rep).action_start()
        self.measure.activity_ids.unlink()
        self._remind("2031-05-07")
        self.measure.with_user(self.rep).action_report_done()
        self.assertEqual(self.measure.activity_ids.user_id, self.keeper)

    def test_measures_of_other_companies_wait_for_theirs(self):
        company = self.env["res.company"].create({"name": "Foreign"})
        self.measure._system_write(
            {
                "date_due": "2031-05-06",
                "company_id": company.id,
                "team_id": False,
                "dossier_id": False,
            }
        )
        self._remind("2031-05-07")
        self.assertFalse(self.measure.activity_ids)

    def test_reminders_of_many(self):
        def count(number):
            for _number in range(number):
                self._measure(date_due="2031-05-06")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._remind("2031-05-07")
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(count(20) - count(2), 20 * 2)

    # ------------------------------------------------------------ print (G21)

    def _print(self, report, measure, user=None, lang="en_US"):
        reports = self.env["ir.actions.report"].with_user(user or self.rep)
        content, _type = reports.with_context(lang=lang)._render_qweb_html(
            f"customer_archive.{report}", measure.ids
        )
        return html.fromstring(content)

    def test_sheet(self):
        self.measure.write(
            {
                "cause": "One carrier for all",
                "preventive_action": "Two carriers for each region",
                "department_id": self.department.id,
            }
        )
        self._done(self.measure)
        self.measure.with_user(self.keeper).action_verify(True, "Asked them", 85)
        tree = self._print("report_customer_measure", self.measure)
        text = " ".join(tree.text_content().split())
        for printed in (
            "Corrective and Preventive Action Sheet",
            "Deliveries are late",
            "One carrier for all",
            "Change the carrier",
            "Two carriers for each region",
            self.department.name,
            "60.0",
            "80.0",
            "85.0",
            "Asked them",
            self.rep.name,
            self.keeper.name,
            self.gmo.name,
        ):
            with self.subTest(printed=printed):
                self.assertIn(printed, text)
        signatures = tree.xpath("//table[contains(@class, 'signatures')]//td")
        self.assertEqual(len(signatures), 3)

    def test_sheet_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        tree = self._print("report_customer_measure", self.measure, lang="zh_CN")
        self.assertEqual(tree.xpath("//h1")[0].text_content(), "纠正预防措施表")

    def test_blank_sheet(self):
        tree = self._print("report_customer_measure_blank", self.measure)
        self.assertTrue(tree.xpath("//div[contains(@class, 'o_customer_form_blank')]"))
        self.assertNotIn("Deliveries", tree.text_content())
        self.assertFalse(self._prints())

    def test_sheet_is_a_copy_of_the_dossier(self):
        tree = self._print("report_customer_measure", self.measure)
        self.assertTrue(tree.xpath("//div[@name='copy']"))
        self.assertEqual(self._prints().dossier_id, self.dossier)
        for user in (self.rep2, self.outsider, self.bum2):
            with self.assertRefused(AccessError):
                self._print("report_customer_measure", self.measure, user)

    def test_sheet_without_a_dossier(self):
        tree = self._print("report_customer_measure", self._measure())
        self.assertFalse(tree.xpath("//div[@name='copy']"))
        self.assertFalse(self._prints())

    def _prints(self):
        return self.env["customer.access.log"].search(
            [("operation", "=", "print"), ("user_id", "=", self.rep.id)]
        )
