from base64 import b64encode
from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestDossierLifecycle(CustomerArchiveCommon):
    """From the prospect to the history library and back (A4-A12, A59-A61)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Moved abroad"})

    def _events(self, dossier):
        return dossier.log_ids.sorted("id").mapped("event")

    def _require(self, model, name, **required):
        field = self.env["ir.model.fields"]._get(model, name)
        listed = self.env["customer.dossier.field"]
        record = listed.search([("field_id", "=", field.id)])
        record = record or listed.create({"field_id": field.id})
        record.write(required)
        return record

    def _to_history(self, dossier, user=None):
        wizard = (
            self.env["customer.dossier.history"]
            .with_user(user or self.keeper)
            .create(
                {
                    "dossier_ids": [Command.set(dossier.ids)],
                    "churn_reason_id": self.reason.id,
                    "note": "Plant closed",
                }
            )
        )
        wizard.action_move()

    # ------------------------------------------------------------ completeness

    def test_missing_is_named_with_its_page(self):
        self._require("res.partner", "phone", required_legal=True, page="contact")
        self._require("customer.dossier", "needs", required_legal=True)
        dossier = self._dossier()
        self._deal(dossier)
        self.assertEqual(dossier.completeness, 0)
        self.assertTrue(dossier.is_incomplete)
        self.assertEqual(
            dossier.missing_fields, "Phone (Contact), Needs in Short (Background)"
        )
        with self.assertRefused(
            UserError, r"Missing: Phone \(Contact\), Needs in Short"
        ):
            self._submit(dossier)
        dossier.partner_id.phone = "+86 10 6550 0101"
        dossier.invalidate_recordset()
        self.assertEqual(dossier.completeness, 50)
        dossier.needs = "Chairs"
        dossier.invalidate_recordset()
        self.assertEqual(dossier.completeness, 100)
        self.assertFalse(dossier.is_incomplete)
        self.assertFalse(dossier.missing_fields)
        self._submit(dossier)
        self.assertEqual(dossier.state, "submitted")

    def test_mandatory_differs_by_identity_type(self):
        self._require("res.partner", "registered_capital", required_legal=True)
        company = self._dossier()
        person = self._dossier(
            partner_id=self._customer("Wang Fang", is_company=False).id
        )
        other = self._dossier(identity_type="other")
        self.assertEqual(
            (company + person + other).mapped("identity_type"),
            ["legal", "person", "other"],
        )
        self.assertEqual(
            (company + person + other).mapped("completeness"), [0, 100, 100]
        )
        incomplete = self.env["customer.dossier"].search(
            [
                ("is_incomplete", "=", True),
                ("id", "in", (company + person + other).ids),
            ]
        )
        self.assertEqual(incomplete, company)
        complete = self.env["customer.dossier"].search(
            [
                ("is_incomplete", "=", False),
                ("id", "in", (company + person + other).ids),
            ]
        )
        self.assertEqual(complete, person + other)

    def test_contact_person_counts(self):
        self._require("res.partner", "child_ids", required_legal=True)
        dossier = self._dossier()
        self.assertTrue(dossier.is_incomplete)
        contact = self.env["res.partner"].create(
            {"name": "Li Wei", "parent_id": dossier.partner_id.id}
        )
        dossier.invalidate_recordset()
        self.assertFalse(dossier.is_incomplete)
        contact.active = False
        dossier.invalidate_recordset()
        self.assertTrue(dossier.is_incomplete)

    def test_empty_editor_is_nothing(self):
        self._require("customer.dossier", "background", required_legal=True)
        dossier = self._dossier(background="<p><br></p>")
        self.assertFalse(dossier.background)
        self.assertTrue(dossier.is_incomplete)
        dossier.background = "<p>Leads its market</p>"
        dossier.invalidate_recordset()
        self.assertFalse(dossier.is_incomplete)

    def test_referral_names_who_referred(self):
        dossier = self._dossier(
            source_id=self.env.ref("customer_archive.utm_source_referral").id
        )
        self._deal(dossier)
        self.assertEqual(dossier.missing_fields, "Referring Customer (Background)")
        dossier.referrer_id = self.partner
        self.assertFalse(dossier.missing_fields)

    def test_papers_and_a_deal_are_mandatory(self):
        licence = self.env.ref(
            "customer_archive.customer_document_type_business_licence"
        )
        licence.mandatory_for_legal = True
        dossier = self._dossier()
        with self.assertRefused(
            UserError, "Missing: Business Licence, Signed Contract or Order with its"
        ):
            dossier.with_user(self.rep).action_submit()
        self._deal(dossier)
        self.env["customer.document"].create(
            {
                "dossier_id": dossier.id,
                "type_id": licence.id,
                "number": "91110000600037341L",
                "file": b64encode(b"scan"),
            }
        )
        dossier.with_user(self.rep).action_submit()
        self.assertEqual(dossier.state, "submitted")
        dossier.document_ids.unlink()
        dossier.with_user(self.bum).action_approve()
        with self.assertRefused(UserError, "Missing: Business Licence"):
            dossier.with_user(self.mdo).action_approve()
        self.assertEqual(dossier.state, "submitted")

    def test_completeness_costs_the_same_for_many(self):
        self._require("res.partner", "phone", required_legal=True)
        self._require("res.partner", "child_ids", required_legal=True)
        dossiers = self.env["customer.dossier"].union(
            *(self._dossier() for _i in range(6))
        )
        self.env.flush_all()

        def count(records):
            self.env.invalidate_all()
            records.fetch(["partner_id", "identity_type"])
            before = self.env.cr.sql_log_count
            records.mapped("completeness")
            return self.env.cr.sql_log_count - before

        count(dossiers[:1])
        self.assertEqual(count(dossiers[:1]), count(dossiers))
        self.assertEqual(count(dossiers), 1)

    def test_first_contact_not_in_the_future(self):
        with freeze_time("2026-03-02"):
            dossier = self._dossier(first_contact_date="2026-03-02")
            with self.assertRefused(ValidationError, "cannot be after today"):
                dossier.first_contact_date = "2026-03-03"

    def test_field_of_another_model_is_no_dossier_field(self):
        field = self.env["ir.model.fields"]._get("res.users", "login")
        with self.assertRefused(ValidationError, "not a stored field"):
            self.env["customer.dossier.field"].create({"field_id": field.id})

    # ------------------------------------------------------------ units differ

    def test_unit_hides_and_adds_fields(self):
        listed = self._require("customer.dossier", "needs")
        self.unit.write(
            {
                "hidden_dossier_field_ids": [Command.set(listed.ids)],
                "dossier_properties_definition": [
                    {"name": "fleet", "type": "integer", "string": "Fleet Size"}
                ],
            }
        )
        dossier = self._dossier(properties={"fleet": 12})
        self.assertEqual(dossier.hidden_fields, "needs")
        self.assertEqual(dossier.properties["fleet"], 12)
        other = self._dossier(team_id=self.other_unit.id)
        self.assertFalse(other.hidden_fields)
        with (
            Form(dossier.with_user(self.rep)) as form,
            self.assertRaisesRegex(AssertionError, "invisible"),
        ):
            form.needs = "Hidden"
        with Form(other.with_user(self.rep)) as form:
            form.needs = "Shown"

    def test_new_dossier_knows_what_its_customer_is(self):
        form = Form(self.env["customer.dossier"].with_user(self.rep))
        self.assertFalse(form.identity_type)
        form.partner_id = self.partner
        self.assertEqual(form.identity_type, "legal")

    # ------------------------------------------------------------ hand-over

    def test_handed_over_to_the_follow_up_group(self):
        self.unit.handover_rule = "follow_up"
        dossier = self._formal_dossier()
        self.assertEqual(dossier.handover_state, "open")
        self.assertEqual(dossier.user_id, self.rep)
        handover = dossier.handover_ids
        self.assertEqual(handover.state, "open")
        self.assertEqual(handover.team_id, self.unit)
        self.assertEqual(handover.activity_ids.user_id, self.fug)
        self.assertEqual(
            handover.items.splitlines(),
            [
                "Contacts (0): –",
                "Papers (0): –",
                f"Contracts (1): HT-{dossier.number}",
                "Dealings (0): –",
            ],
        )
        for user in (self.rep, self.bum, self.keeper, self.mdo):
            with self.assertRefused(UserError, "Only the order follow-up group"):
                self._rpc(user, handover._name, "action_accept", handover.ids)
        for user in (self.rep2, self.asg, self.outsider):
            with self.assertRefused(UserError):
                self._rpc(user, handover._name, "action_accept", handover.ids)
        self.assertTrue(dossier.with_user(self.fug).has_access("read"))
        self._rpc(self.fug, dossier._name, "action_accept_handover", dossier.ids)
        self.assertRecordValues(
            dossier,
            [
                {
                    "handover_state": "done",
                    "user_id": self.fug.id,
                    "team_id": self.unit.id,
                    "service_user_ids": self.rep.ids,
                }
            ],
        )
        self.assertEqual(handover.accepted_by_id, self.fug)
        self.assertFalse(handover.activity_ids)
        self.assertTrue(dossier.with_user(self.rep).has_access("read"))
        self.assertTrue(dossier.with_user(self.fug).has_access("write"))
        self.assertEqual(self._events(dossier)[-2:], ["offered", "handed_over"])
        with self.assertRefused(UserError, "completed already"):
            handover.with_user(self.fug).action_accept()

    def test_unit_that_keeps_its_dossiers(self):
        self.unit.handover_rule = "unit"
        dossier = self._formal_dossier()
        self.assertEqual(dossier.handover_state, "none")
        self.assertFalse(dossier.handover_ids)
        self.assertIn(
            "Decide who looks after this customer",
            dossier.activity_ids.filtered(
                lambda activity: activity.user_id == self.bum
            ).mapped("summary"),
        )
        self.assertFalse(dossier.with_user(self.fug).has_access("read"))
        with self.assertRefused(AccessError):
            self._rpc(self.rep, dossier._name, "action_hand_over", dossier.ids)
        self._rpc(self.bum, dossier._name, "action_hand_over", dossier.ids)
        self.assertEqual(dossier.handover_state, "open")
        with self.assertRefused(UserError, "handed over already"):
            self._rpc(self.bum, dossier._name, "action_hand_over", dossier.ids)

    def test_handover_is_written_by_the_system_alone(self):
        self.unit.handover_rule = "follow_up"
        handover = self._formal_dossier().handover_ids
        for user in (self.rep, self.bum, self.keeper, self.fug, self.mdo):
            with self.assertRefused(AccessError):
                self._rpc(
                    user, handover._name, "write", handover.ids, {"state": "done"}
                )
            with self.assertRefused(AccessError):
                self._rpc(
                    user,
                    handover._name,
                    "create",
                    [{"dossier_id": handover.dossier_id.id}],
                )
            with self.assertRefused(AccessError):
                self._rpc(user, handover._name, "unlink", handover.ids)

    # ------------------------------------------------------------ to confirm again

    def test_changed_key_facts_are_confirmed_again(self):
        dossier = self._formal_dossier()
        dossier.with_user(self.rep)._note_key_changes({dossier: "Tax ID"})
        self.assertTrue(dossier.to_reconfirm)
        self.assertEqual(dossier.state, "formal")
        self.assertEqual(dossier.approval_state, "pending")
        self.assertEqual(dossier.approval_id.kind, "reconfirm")
        with self.assertRefused(UserError):
            self._rpc(self.mdo, dossier._name, "action_approve", dossier.ids)
        self._rpc(self.bum, dossier._name, "action_approve", dossier.ids)
        self.assertTrue(dossier.to_reconfirm)
        self._rpc(self.mdo, dossier._name, "action_approve", dossier.ids)
        self.assertFalse(dossier.to_reconfirm)
        self.assertEqual(dossier.state, "formal")
        self.assertEqual(self._events(dossier)[-2:], ["changed", "confirmed"])

    def test_later_change_is_asked_of_everybody_again(self):
        dossier = self._formal_dossier()
        dossier.with_user(self.rep)._note_key_changes({dossier: "Tax ID"})
        first = dossier.approval_id
        dossier.with_user(self.rep)._note_key_changes({dossier: "Name"})
        self.assertEqual(dossier.approval_id, first)
        self._rpc(self.bum, dossier._name, "action_approve", dossier.ids)
        dossier.with_user(self.rep)._note_key_changes({dossier: "Name"})
        self.assertEqual(first.state, "withdrawn")
        self._rpc(self.bum, dossier._name, "action_approve", dossier.ids)
        self.assertTrue(dossier.to_reconfirm)
        self._rpc(self.mdo, dossier._name, "action_approve", dossier.ids)
        self.assertFalse(dossier.to_reconfirm)

    def test_refused_changes_stay_marked_until_submitted_again(self):
        dossier = self._formal_dossier()
        dossier.with_user(self.rep)._note_key_changes({dossier: "Tax ID"})
        self._rpc(self.bum, dossier._name, "action_reject", dossier.ids, "No proof")
        self.assertTrue(dossier.to_reconfirm)
        self.assertEqual(
            (dossier.state, dossier.approval_state), ("formal", "rejected")
        )
        self._rpc(self.rep, dossier._name, "action_submit_changes", dossier.ids)
        self._rpc(self.bum, dossier._name, "action_approve", dossier.ids)
        self._rpc(self.mdo, dossier._name, "action_approve", dossier.ids)
        self.assertFalse(dossier.to_reconfirm)

    def test_change_by_the_only_decider_is_marked_all_the_same(self):
        self._retire(self.bum2)
        dossier = self._formal_dossier()
        dossier.with_user(self.bum)._note_key_changes({dossier: "Tax ID"})
        self.assertTrue(dossier.to_reconfirm)
        self.assertEqual(dossier.state, "formal")

    def test_bank_account_is_a_key_fact(self):
        dossier = self._formal_dossier()
        accounts = self.env["res.partner.bank"]
        account = accounts.create(
            {"acc_number": "6222 0202", "partner_id": dossier.partner_id.id}
        )
        self.assertTrue(dossier.to_reconfirm)
        self.assertEqual(dossier.log_ids[0].reason, "Banks")
        self._rpc(self.bum, dossier._name, "action_approve", dossier.ids)
        self._rpc(self.mdo, dossier._name, "action_approve", dossier.ids)
        account.acc_number = "6222 0203"
        self.assertTrue(dossier.to_reconfirm)
        self.assertEqual(dossier.approval_state, "pending")

    # ------------------------------------------------------------ history library

    def test_history_library(self):
        with freeze_time("2026-03-02"):
            dossier = self._formal_dossier()
            for user in (self.rep, self.bum, self.fug, self.gmo):
                with self.assertRefused(AccessError):
                    self._to_history(dossier, user)
            self._to_history(dossier)
        self.assertRecordValues(
            dossier,
            [{"state": "history", "churn_reason_id": self.reason.id}],
        )
        line = dossier.log_ids.sorted("id")[-1]
        self.assertRecordValues(
            line,
            [
                {
                    "event": "history",
                    "state_from": "formal",
                    "state_to": "history",
                    "reason": "Moved abroad: Plant closed",
                    "user_id": self.keeper.id,
                }
            ],
        )
        for user in (self.rep, self.bum, self.fug, self.outsider):
            self.assertFalse(dossier.with_user(user).has_access("read"))
        for user in (self.keeper, self.mdo, self.gmo):
            self.assertTrue(dossier.with_user(user).has_access("read"))
        with (
            Form(dossier.with_user(self.keeper)) as form,
            self.assertRaisesRegex(AssertionError, "readonly"),
        ):
            form.needs = "Changed"
        with self.assertRefused(UserError, "history library"):
            dossier.with_user(self.keeper).needs = "Changed"
        with self.assertRefused(
            ValidationError, "already has dossier .* \\(History\\)"
        ):
            self._dossier(partner_id=dossier.partner_id.id)

    def test_reactivated_with_approval(self):
        dossier = self._formal_dossier()
        self._to_history(dossier)
        with self.assertRefused(AccessError):
            self._rpc(self.rep, dossier._name, "action_reactivate", dossier.ids)
        self._rpc(self.keeper, dossier._name, "action_reactivate", dossier.ids)
        self.assertEqual(
            (dossier.state, dossier.approval_state), ("history", "pending")
        )
        with self.assertRefused(UserError):
            self._rpc(self.keeper, dossier._name, "action_approve", dossier.ids)
        self._rpc(self.mdo, dossier._name, "action_approve", dossier.ids)
        self.assertRecordValues(
            dossier,
            [{"state": "formal", "churn_reason_id": False, "retention_until": False}],
        )
        self.assertEqual(self._events(dossier)[-1], "reactivated")

    def test_value_is_decided_in_its_time(self):
        self.company.customer_retention_years = 3
        product = self.env["product.product"].create({"name": "Product"})
        dossier = self._formal_dossier()
        self.env["sale.order"].create(
            {
                "partner_id": dossier.partner_id.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        ).action_confirm()
        prospect = self._dossier()
        with freeze_time("2026-03-02"):
            (dossier + prospect).invalidate_recordset()
            self._to_history(dossier + prospect)
            self.assertEqual(str(dossier.retention_until), "2029-03-02")
            self.assertEqual(str(prospect.retention_until), "2026-03-02")
            with self.assertRefused(UserError, "is kept until"):
                dossier.with_user(self.keeper)._decide_value("destroy", False, "Old")
            with self.assertRefused(UserError, "Say until which later day"):
                dossier.with_user(self.keeper)._decide_value("keep", False, "Useful")
            prospect.with_user(self.keeper)._decide_value("destroy", False, "Nothing")
            self.assertEqual(prospect.value_decision, "destroy")
            with self.assertRefused(AccessError):
                dossier.with_user(self.mdo)._decide_value("destroy", False, "Old")
        with freeze_time("2029-03-02"):
            dossier.with_user(self.keeper)._decide_value("destroy", False, "Old")
        self.assertEqual(dossier.value_decision, "destroy")
        self.assertEqual(self._events(dossier)[-1], "valued")

    def test_keeper_is_reminded_once_of_each_term(self):
        dossier = self._dossier(keeper_id=self.keeper.id)
        duty = self.env.ref("customer_archive.customer_duty_dossier_value")
        todo = self.env.ref("customer_archive.mail_activity_type_value")
        dossiers = self.env["customer.dossier"]

        def count():
            return len(
                dossier.activity_ids.filtered(lambda a: a.activity_type_id == todo)
            )

        with freeze_time("2026-03-02"):
            self._to_history(dossier)
            dossiers._duty_remind_value(duty, False, False)
            dossiers._duty_remind_value(duty, False, False)
            self.assertEqual(count(), 1)
            dossier.with_user(self.keeper)._decide_value(
                "keep", date(2027, 1, 1), "Good"
            )
            self.assertEqual(count(), 0)
            dossiers._duty_remind_value(duty, False, False)
            self.assertEqual(count(), 0)
        with freeze_time("2027-01-01"):
            dossiers._duty_remind_value(duty, False, False)
            self.assertEqual(count(), 1)

    # ------------------------------------------------------------ log

    def test_log_says_who_when_why(self):
        with freeze_time("2026-03-02 08:00:00"):
            dossier = self._dossier()
            self._submit(dossier)
            dossier.with_user(self.bum).action_reject("Which needs?")
            self._submit(dossier)
            dossier.with_user(self.rep).action_withdraw()
        self.assertRecordValues(
            dossier.log_ids.sorted("id"),
            [
                {
                    "event": event,
                    "state_from": old,
                    "state_to": new,
                    "user_id": user.id,
                    "reason": reason,
                }
                for event, old, new, user, reason in (
                    ("submitted", "preliminary", "submitted", self.rep, False),
                    ("rejected", "submitted", "preliminary", self.bum, "Which needs?"),
                    ("submitted", "preliminary", "submitted", self.rep, False),
                    ("withdrawn", "submitted", "preliminary", self.rep, False),
                )
            ],
        )
        self.assertEqual(str(dossier.log_ids[0].date), "2026-03-02 08:00:00")

    def test_log_is_append_only(self):
        dossier = self._formal_dossier()
        line = dossier.log_ids[0]
        values = {"dossier_id": dossier.id, "event": "formal"}
        for user in (self.rep, self.bum, self.keeper, self.mdo, self.admin_user):
            for method, args in (
                ("write", [line.ids, {"reason": "x"}]),
                ("create", [[values]]),
                ("unlink", [line.ids]),
            ):
                with self.assertRefused(AccessError):
                    self._rpc(user, line._name, method, *args)
        with self.assertRefused(AccessError, "the system writes this itself"):
            line.reason = "x"
        with self.assertRefused(UserError, "never deleted"):
            line.unlink()
        for user in (self.rep2, self.outsider):
            with self.assertRefused(AccessError):
                self._rpc(user, line._name, "read", line.ids, ["reason"])

    # ------------------------------------------------------------ every wrong move

    def test_every_move_from_every_wrong_state(self):
        moves = {
            "action_submit": ("preliminary", self.rep),
            "action_submit_changes": ("formal", self.rep),
            "action_hand_over": ("formal", self.bum),
            "action_reactivate": ("history", self.keeper),
            "action_decide_value": ("history", self.keeper),
        }
        submitted = self._dossier()
        self._submit(submitted)
        history = self._dossier()
        self._to_history(history)
        by_state = {
            "preliminary": self._dossier(),
            "submitted": submitted,
            "formal": self._formal_dossier(),
            "history": history,
        }
        for method, (right_state, user) in moves.items():
            for state, dossier in by_state.items():
                if state == right_state:
                    continue
                with self.subTest(method=method, state=state):
                    self.assertEqual(dossier.state, state)
                    with self.assertRefused(UserError):
                        self._rpc(user, dossier._name, method, dossier.ids)
        for state in ("submitted", "history"):
            with self.assertRefused(UserError):
                self._to_history(by_state[state])

    def test_no_state_is_written_past_the_buttons(self):
        dossier = self._dossier()
        guarded = {
            "state": "formal",
            "formal_date": "2026-03-02",
            "to_reconfirm": False,
            "handover_state": "done",
            "history_date": "2026-03-02",
            "churn_reason_id": self.reason.id,
            "retention_until": "2026-03-02",
            "value_decision": "destroy",
            "value_reminded_for": "2026-03-02",
        }
        for user in (self.rep, self.bum, self.keeper, self.mdo):
            for name, value in guarded.items():
                with self.subTest(user=user.login, field=name):
                    with self.assertRefused(AccessError):
                        self._rpc(
                            user, dossier._name, "write", dossier.ids, {name: value}
                        )
