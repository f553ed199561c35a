from base64 import b64encode
from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import convert_file

from odoo.addons.customer_archive.tests.common import CustomerArchiveCommon

CREDIT_CODE = "91110000600037341L"
SCAN = b64encode(b"scan").decode()
# data of the archive that say what is mandatory as it is shipped
REQUIREMENTS = ("customer_dossier_field_data.xml", "customer_document_type_data.xml")
DUTIES = (
    "customer_duty_document_expiry",
    "customer_duty_dossier_update",
    "customer_duty_dossier_value",
    "customer_duty_verification_campaign",
    "customer_duty_verification_due",
)


@tagged("post_install", "-at_install")
class TestCustomerLife(CustomerArchiveCommon):
    """One customer from the first call to the history library and back, through the
    calls of the web client, with everything mandatory that is shipped so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for file in REQUIREMENTS:
            convert_file(cls.env, "customer_archive", f"data/{file}", {}, mode="init")
        # the yearly campaign comprises every formal dossier of the company
        cls.env["customer.dossier"].search([("state", "=", "formal")])._system_write(
            {"state": "history"}
        )
        cls.env["customer.duty"].search([]).action_archive()
        for name in DUTIES:
            cls.env.ref(f"customer_archive.{name}").write(
                {"active": True, "anchor_date": "2031-01-01"}
            )
        cls.env["crm.team"].search([]).keeper_id = False
        cls.unit.write({"handover_rule": "follow_up", "keeper_id": cls.keeper.id})
        cls.company.write(
            {
                "customer_review_mode": "block",
                "customer_retention_years": 5,
                "customer_verification_months": 3,
                "customer_verification_yearly": True,
                "customer_update_mode": "direct",
                "customer_cooperation_role_ids": [
                    Command.set(cls.env.ref("customer_archive.customer_role_mdo").ids)
                ],
            }
        )
        if "credit_default_control" in cls.company:
            cls.company.credit_default_control = "none"
        cls.first, cls.second = cls.env["crm.stage"].create(
            [
                {
                    "name": "Contacted",
                    "sequence": 900,
                    "team_ids": cls.unit.ids,
                    "require_first_contact": True,
                    "require_steps": True,
                    "step_ids": [Command.create({"name": "Visit the site"})],
                },
                {"name": "Negotiation", "sequence": 901, "team_ids": cls.unit.ids},
            ]
        )
        cls.source = cls.env["utm.source"].create({"name": "Canton Fair"})
        cls.lost = cls.env["crm.lost.reason"].create({"name": "Moved abroad"})
        cls.product = cls.env["product.product"].create(
            {"name": "Desk", "taxes_id": [Command.clear()]}
        )

    # ------------------------------------------------------------ helpers

    @contextmanager
    def _on(self, day):
        # records are stamped with the time of the transaction
        with (
            freeze_time(f"{day} 09:00:00"),
            patch.object(self.env.cr, "now", fields.Datetime.now),
        ):
            yield

    def _do(self, user, records, method, *args):
        return self._rpc(user, records._name, method, records.ids, *args)

    def _new(self, user, model, values):
        return self.env[model].browse(self._rpc(user, model, "create", values))

    def _run_duties(self, day):
        with freeze_time(f"{day} 03:00:00"), self.enter_registry_test_mode():
            cron = self.env.ref("customer_archive.ir_cron_run_duties")
            cron.with_user(self.env.ref("base.user_root")).method_direct_trigger()
        self.env.invalidate_all()

    def _verify(self, user):
        wizard = self._new(
            user,
            "customer.verification.do",
            {
                "dossier_id": self.dossier.id,
                "result": "unchanged",
                "method": "phone",
                "confirmed_by": "Ms Li",
            },
        )
        self._do(user, wizard, "action_verify")

    def assertDossier(self, **expected):
        self.env.invalidate_all()
        self.assertRecordValues(self.dossier, [expected])

    # ------------------------------------------------------------ the story

    def test_whole_life(self):
        with self._on("2031-01-06"):
            self._meet_the_customer()
        with self._on("2031-01-08"):
            self._open_the_dossier()
        with self._on("2031-01-10"):
            self._complete_the_dossier()
            self._sign_the_contract()
        with self._on("2031-01-15"):
            self._make_it_formal()
        with self._on("2031-01-16"):
            self._hand_it_over()
        with self._on("2031-02-03"):
            self._win_the_order()
        self._bring_it_up_to_date()
        with self._on("2031-03-03"):
            self._give_it_back_to_the_rep()
            self._change_a_key_fact()
        self._verify_after_three_months()
        self._let_a_paper_expire()
        self._verify_once_a_year()
        with self._on("2032-03-01"):
            self._lose_the_customer()
        with self._on("2032-05-03"):
            self._win_him_back()
        self._check_trace()
        self._check_log()
        self._check_decisions()
        self._check_changes()

    def _meet_the_customer(self):
        values = {
            "name": "Two floors of furniture",
            "type": "opportunity",
            "partner_name": "Phoenix Ltd",
            "user_id": self.rep.id,
            "team_id": self.unit.id,
            "stage_id": self.first.id,
            "source_id": self.source.id,
            "business_scope": "Trade in furniture",
            "presented": "Our catalogue",
        }
        with self.assertRefused(ValidationError, "Missing of the first contact"):
            self._new(self.rep, "crm.lead", values)
        self.lead = self._new(
            self.rep,
            "crm.lead",
            values
            | {
                "first_contact_date": "2031-01-05",
                "first_contact_channel": "exhibition",
                "needs": "Desks",
            },
        )
        self._do(self.rep, self.lead, "write", {"intends_to_cooperate": True})
        self.assertRecordValues(
            self.lead.activity_ids,
            [
                {
                    "user_id": self.rep.id,
                    "summary": "Conduct the business negotiation",
                }
            ],
        )
        with self.assertRefused(UserError, "Open steps: Visit the site"):
            self._do(self.rep, self.lead, "write", {"stage_id": self.second.id})
        self._do(
            self.rep,
            self.lead,
            "write",
            {
                "sales_step_done_ids": [Command.link(self.first.step_ids.id)],
                "stage_id": self.second.id,
            },
        )
        self.assertEqual(self.lead.sales_step_progress, 100)

    def _open_the_dossier(self):
        action = self._do(self.rep, self.lead, "action_create_dossier")
        self.dossier = self.env["customer.dossier"].browse(action["res_id"])
        self.customer = self.dossier.partner_id
        self.assertEqual(self.customer.name, "Phoenix Ltd")
        self.assertEqual(self.customer.business_scope, "Trade in furniture")
        self.assertDossier(
            state="preliminary",
            approval_state="none",
            user_id=self.rep.id,
            team_id=self.unit.id,
            keeper_id=self.keeper.id,
            identity_type="legal",
            source_id=self.source.id,
            first_contact_date=date(2031, 1, 5),
            needs="Desks",
        )
        self.assertIn("Our catalogue", self.dossier.background)
        self.assertFalse(self.dossier.log_ids)

    def _complete_the_dossier(self):
        missing = (
            "Phone (Contact), Street (Contact), Country (Contact), Contact (Contact), "
            "Legal Representative (Registration), Unified Social Credit Code "
            "(Registration), Registered Capital (Registration), Lawful Source of the "
            "Data (Background), Lawfully Collected (Background), Business Licence, "
            "Tax Registration, Signed Contract or Order with its Document"
        )
        with self.assertRaises(UserError) as refused:
            self._do(self.rep, self.dossier, "action_submit")
        self.assertEqual(
            str(refused.exception),
            f"Dossier {self.dossier.number} cannot be submitted yet. Missing: "
            f"{missing}. Fill them in and submit again.",
        )
        self.assertDossier(
            state="preliminary", missing_fields=missing, completeness=7 * 100 // 16
        )
        self._do(
            self.rep,
            self.customer,
            "write",
            {
                "phone": "+86 10 6550 0101",
                "street": "1 Jianguo Road",
                "country_id": self.env.ref("base.cn").id,
                "legal_representative": "Zhang Wei",
                "credit_code": CREDIT_CODE,
                "registered_capital": 5000000,
                "child_ids": [Command.create({"name": "Ms Li"})],
            },
        )
        self._do(
            self.rep,
            self.dossier,
            "write",
            {
                "lawful_source": "Business card given at the fair",
                "lawful_source_confirmed": True,
            },
        )
        self.assertDossier(
            completeness=100,
            missing_fields="Business Licence, Tax Registration, Signed Contract or "
            "Order with its Document",
        )
        for name, number, valid_to in (
            ("business_licence", CREDIT_CODE, "2031-06-30"),
            ("tax_registration", CREDIT_CODE, False),
        ):
            paper_type = self.env.ref(f"customer_archive.customer_document_type_{name}")
            values = {
                "dossier_id": self.dossier.id,
                "type_id": paper_type.id,
                "valid_to": valid_to,
                "file": SCAN,
            }
            with self.assertRefused(ValidationError, "check character"):
                self._new(
                    self.rep,
                    "customer.document",
                    values | {"number": "91110000600037341A"},
                )
            self._new(self.rep, "customer.document", values | {"number": number})
        self.licence, _tax = self.dossier.document_ids
        self.assertDossier(missing_fields="Signed Contract or Order with its Document")

    def _sign_the_contract(self):
        self.contract = self._new(
            self.rep,
            "customer.contract",
            {
                "dossier_id": self.dossier.id,
                "number": "HT-2031-1",
                "name": "Framework contract",
            },
        )
        self._do(self.rep, self.contract, "action_submit")
        self.assertEqual(self.contract.state, "review")
        with self.assertRefused(UserError, "review has not passed yet"):
            self._do(self.rep, self.contract, "action_sign")
        with self.assertRefused(UserError, "Legality, Fairness, and Risks"):
            self._do(self.mdo, self.contract, "action_approve")
        self._do(
            self.mdo,
            self.contract,
            "write",
            {
                "review_legality": "Lawful",
                "review_fairness": "Balanced",
                "review_risks": "None",
            },
        )
        self._do(self.mdo, self.contract, "action_approve")
        self._do(
            self.rep,
            self.contract,
            "write",
            {"signed_on": "2031-01-10", "file": SCAN, "file_name": "HT-2031-1.pdf"},
        )
        with self.assertRefused(UserError, "has nothing on"):
            self._do(self.rep, self.contract, "action_sign")
        self._do(self.rep, self.contract, "action_sign", "The customer's own text")
        self.assertRecordValues(
            self.contract,
            [
                {
                    "state": "signed",
                    "review_result": "approved",
                    "reviewer_id": self.mdo.id,
                }
            ],
        )
        # a signature is a trading event
        self.assertDossier(
            state="preliminary", completeness=100, missing_fields="", update_due=True
        )
        self._do(self.keeper, self.dossier, "action_mark_updated")
        self.assertDossier(update_due=False)

    def _make_it_formal(self):
        self._do(self.rep, self.dossier, "action_submit")
        self.assertDossier(state="submitted", approval_state="pending")
        with self.assertRefused(UserError, "Say why you reject it"):
            self._do(self.bum, self.dossier, "action_reject")
        self._do(self.bum, self.dossier, "action_reject", "How many desks?")
        self.assertDossier(state="preliminary", approval_state="rejected")
        self._do(self.rep, self.dossier, "write", {"needs": "Two hundred desks"})
        self._do(self.rep, self.dossier, "action_submit")
        for user in (self.rep, self.mdo, self.keeper, self.bum2):
            with self.assertRefused(UserError):
                self._do(user, self.dossier, "action_approve")
        self._do(self.bum, self.dossier, "action_approve")
        self.assertDossier(state="submitted", approval_state="pending")
        self._do(self.mdo, self.dossier, "action_approve", "Welcome")
        self.assertDossier(
            state="formal",
            approval_state="approved",
            formal_date=date(2031, 1, 15),
            handover_state="open",
            next_verification_date=date(2031, 4, 15),
            user_id=self.rep.id,
        )

    def _hand_it_over(self):
        handover = self.dossier.handover_ids
        self.assertRecordValues(
            handover,
            [{"state": "open", "team_id": self.unit.id, "user_id": self.rep.id}],
        )
        self.assertEqual(handover.activity_ids.user_id, self.fug)
        self.assertIn("Ms Li", handover.items)
        self._do(self.fug, handover, "action_accept")
        self.assertRecordValues(
            handover, [{"state": "done", "accepted_by_id": self.fug.id}]
        )
        self.assertDossier(
            state="formal",
            handover_state="done",
            user_id=self.fug.id,
            service_user_ids=self.rep.ids,
        )

    def _win_the_order(self):
        # the follow-up group now conducts what the rep had begun
        self.assertEqual(self.lead.user_id, self.fug)
        self.order = self._new(
            self.fug,
            "sale.order",
            {
                "partner_id": self.customer.id,
                "opportunity_id": self.lead.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "price_unit": 1000.0}
                    )
                ],
            },
        )
        with self.assertRefused(RedirectWarning, "must be read for the contract"):
            self._do(self.fug, self.order, "action_confirm")
        self.assertEqual(self.order.state, "draft")
        action = self._do(self.fug, self.order, "action_consult_dossier")
        self.assertEqual(action["res_id"], self.dossier.id)
        self._do(self.fug, self.order, "action_confirm")
        self.assertEqual(self.order.state, "sale")
        log = self.env["customer.access.log"].search(
            [("dossier_id", "=", self.dossier.id), ("res_model", "=", "sale.order")]
        )
        self.assertRecordValues(
            log,
            [
                {
                    "user_id": self.fug.id,
                    "operation": "read",
                    "res_id": self.order.id,
                }
            ],
        )
        self.assertDossier(state="formal", update_due=True)

    def _bring_it_up_to_date(self):
        activity_type = self.env.ref(
            "customer_archive.mail_activity_type_dossier_update"
        )

        def todos():
            return self.dossier.activity_ids.filtered(
                lambda activity: activity.activity_type_id == activity_type
            )

        self._run_duties("2031-02-04")
        self.assertEqual(todos().user_id, self.keeper)
        with self._on("2031-02-05"):
            with self.assertRefused(AccessError):
                self._do(self.rep, self.dossier, "action_mark_updated")
            self._do(self.keeper, self.dossier, "action_mark_updated")
        self.assertDossier(state="formal", update_due=False)
        self.assertFalse(todos())

    def _give_it_back_to_the_rep(self):
        values = {
            "dossier_ids": [Command.set(self.dossier.ids)],
            "user_id": self.rep.id,
            "reason": "He knows the customer",
        }
        wizard = self._new(self.bum, "customer.dossier.allocate", values)
        self._do(self.bum, wizard, "action_allocate")
        self.assertDossier(state="formal", user_id=self.rep.id)

    def _change_a_key_fact(self):
        self._do(
            self.rep, self.customer, "write", {"legal_representative": "Wang Fang"}
        )
        self.assertDossier(state="formal", approval_state="pending", to_reconfirm=True)
        marked = self.dossier.change_ids.filtered(
            lambda change: change.state == "marked"
        )
        # two changes of the responsible rep, and the key fact
        self.assertEqual(
            sorted(marked.mapped("field_label")),
            ["Legal Representative", "Responsible Rep", "Responsible Rep"],
        )
        with self.assertRefused(AccessError, "Only the keeper"):
            self._do(self.rep, self.dossier, "action_acknowledge_changes")
        self._do(self.keeper, self.dossier, "action_acknowledge_changes")
        self.assertEqual(set(marked.mapped("state")), {"acknowledged"})
        self.assertDossier(to_reconfirm=True)
        self._do(self.bum, self.dossier, "action_approve")
        self.assertDossier(to_reconfirm=True, approval_state="pending")
        self._do(self.mdo, self.dossier, "action_approve")
        self.assertDossier(
            state="formal", approval_state="approved", to_reconfirm=False
        )

    def _verify_after_three_months(self):
        self._run_duties("2031-04-14")
        self.assertFalse(self.dossier.verification_ids)
        for day in ("2031-04-15", "2031-04-16"):
            self._run_duties(day)
            self.assertRecordValues(
                self.dossier.verification_ids,
                [
                    {
                        "state": "todo",
                        "user_id": self.rep.id,
                        "date_due": date(2031, 4, 15),
                    }
                ],
            )
        with self._on("2031-04-16"):
            self._verify(self.rep)
        self.assertRecordValues(
            self.dossier.verification_ids,
            [
                {
                    "state": "done",
                    "result": "unchanged",
                    "method": "phone",
                    "confirmed_by": "Ms Li",
                    "done_by_id": self.rep.id,
                    "done_on": date(2031, 4, 16),
                }
            ],
        )
        self.assertDossier(
            last_verification_date=date(2031, 4, 16),
            next_verification_date=date(2031, 7, 16),
        )

    def _let_a_paper_expire(self):
        self._run_duties("2031-05-30")
        self.assertFalse(self.licence.activity_ids)
        for day in ("2031-06-02", "2031-06-03", "2031-07-02"):
            self._run_duties(day)
            self.assertRecordValues(
                self.licence.activity_ids,
                [
                    {
                        "user_id": self.rep.id,
                        "date_deadline": date(2031, 6, 30),
                        "summary": "Ask the customer for the renewed paper",
                    }
                ],
            )
        with self._on("2031-06-30"):
            self.env.invalidate_all()
            self.assertEqual(self.licence.state, "expiring")
        with self._on("2031-07-01"):
            self.assertDossier(
                state="formal",
                expired_document_names="Business Licence",
                missing_fields="Business Licence",
            )
            self.assertEqual(self.licence.state, "expired")

    def _verify_once_a_year(self):
        self._run_duties("2032-01-02")
        campaign = self.env["customer.verification.campaign"].search(
            [("year", "=", 2032), ("company_id", "=", self.company.id)]
        )
        self.assertRecordValues(
            campaign, [{"state": "open", "total_count": 1, "todo_count": 1}]
        )
        with self._on("2032-01-05"):
            with self.assertRefused(UserError, "not verified, among them Phoenix Ltd"):
                self._do(self.keeper, campaign, "action_close")
            self._verify(self.rep)
            self.env.invalidate_all()
            self.assertEqual(campaign.progress, 100)
            self._do(self.keeper, campaign, "action_close")
        self.assertRecordValues(
            campaign, [{"state": "closed", "total_count": 1, "todo_count": 0}]
        )
        self.assertEqual(set(self.dossier.verification_ids.mapped("state")), {"done"})
        self.assertDossier(
            state="formal",
            last_verification_date=date(2032, 1, 5),
            next_verification_date=date(2032, 4, 5),
        )

    def _lose_the_customer(self):
        values = {
            "dossier_ids": [Command.set(self.dossier.ids)],
            "churn_reason_id": self.lost.id,
            "note": "Plant closed",
        }
        with self.assertRefused(AccessError):
            self._new(self.rep, "customer.dossier.history", values)
        wizard = self._new(self.keeper, "customer.dossier.history", values)
        self._do(self.keeper, wizard, "action_move")
        self.assertDossier(
            state="history",
            history_date=date(2032, 3, 1),
            churn_reason_id=self.lost.id,
            retention_until=date(2037, 3, 1),
            value_decision="none",
            activity_ids=[],
        )
        for user in (self.rep, self.bum, self.fug):
            with self.assertRefused(AccessError):
                self._do(user, self.dossier, "read", ["number"])
        for user in (self.keeper, self.mdo, self.gmo):
            (values,) = self._do(user, self.dossier, "read", ["number"])
            self.assertEqual(values["number"], self.dossier.number)
        self._refuse_to_touch_it()
        duplicate = {"partner_id": self.customer.id, "team_id": self.unit.id}
        with self.assertRefused(RedirectWarning, "belongs to Unit North, Archive_rep"):
            self._new(self.rep, "customer.dossier", duplicate)
        with self.assertRefused(
            ValidationError,
            rf"Phoenix Ltd already has dossier {self.dossier.number} \(History\)",
        ):
            self._new(self.keeper, "customer.dossier", duplicate)
        wizard = self._new(
            self.keeper,
            "customer.dossier.value",
            {"dossier_id": self.dossier.id, "decision": "destroy", "reason": "Old"},
        )
        with self.assertRefused(UserError, "had deals and is kept until"):
            self._do(self.keeper, wizard, "action_decide")
        self.assertDossier(state="history", value_decision="none")

    def _refuse_to_touch_it(self):
        """Neither the ended dossier nor what belongs to it is changed."""
        for records, values in (
            (self.dossier, {"needs": "Nothing"}),
            (self.licence, {"valid_to": "2040-01-01"}),
        ):
            for user in (self.keeper, self.mdo):
                with self.assertRefused(UserError, "history library"):
                    self._do(user, records, "write", values)
                with self.assertRefused(UserError, "history library"):
                    self._do(user, self.contract, "action_end", "Over")
        card = "customer_archive.customer_document_type_identity_card"
        with self.assertRefused(UserError, "history library"):
            self._new(
                self.keeper,
                "customer.document",
                {
                    "dossier_id": self.dossier.id,
                    "type_id": self.env.ref(card).id,
                },
            )

    def _win_him_back(self):
        self._do(self.keeper, self.dossier, "action_reactivate")
        self.assertDossier(state="history", approval_state="pending")
        with self.assertRefused(UserError, "cannot decide your own request"):
            self._do(self.keeper, self.dossier, "action_approve")
        self._do(self.mdo, self.dossier, "action_approve", "He is back")
        self.assertDossier(
            state="formal",
            approval_state="approved",
            history_date=False,
            churn_reason_id=False,
            retention_until=False,
            user_id=self.rep.id,
        )
        self._do(self.rep, self.dossier, "read", ["number"])

    # ------------------------------------------------------------ what stays

    def _check_trace(self):
        self.mdo.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        trace = self._do(self.mdo, self.dossier, "get_trace")
        self.assertEqual(trace["name"], "Phoenix Ltd")
        self.assertEqual(
            [(line["date"], line["label"], line["res_id"]) for line in trace["lines"]],
            [
                ("2031-01-05", "First Contact", self.lead.id),
                ("2031-01-06", "Lead", self.lead.id),
                ("2031-02-03", "Quotation", self.order.id),
                ("2031-02-03", "Order", self.order.id),
            ],
        )

    def _check_log(self):
        self.assertRecordValues(
            self.dossier.log_ids.sorted("id"),
            [
                {
                    "event": event,
                    "state_from": state_from,
                    "state_to": state_to,
                    "user_id": user.id,
                    "reason": reason,
                }
                for event, state_from, state_to, user, reason in (
                    ("submitted", "preliminary", "submitted", self.rep, False),
                    (
                        "rejected",
                        "submitted",
                        "preliminary",
                        self.bum,
                        "How many desks?",
                    ),
                    ("submitted", "preliminary", "submitted", self.rep, False),
                    ("formal", "submitted", "formal", self.mdo, False),
                    ("offered", "formal", "formal", self.mdo, False),
                    ("handed_over", "formal", "formal", self.fug, "Archive_fug"),
                    (
                        "allocated",
                        "formal",
                        "formal",
                        self.bum,
                        "He knows the customer",
                    ),
                    ("changed", "formal", "formal", self.rep, "Legal Representative"),
                    ("confirmed", "formal", "formal", self.mdo, False),
                    (
                        "history",
                        "formal",
                        "history",
                        self.keeper,
                        "Moved abroad: Plant closed",
                    ),
                    ("reactivated", "history", "formal", self.mdo, False),
                )
            ],
        )
        self.assertEqual(
            [str(line.date) for line in self.dossier.log_ids.sorted("id")],
            ["2031-01-15 09:00:00"] * 5
            + ["2031-01-16 09:00:00"]
            + ["2031-03-03 09:00:00"] * 3
            + ["2032-03-01 09:00:00", "2032-05-03 09:00:00"],
        )

    def _check_decisions(self):
        refused = ("Unit Manager", "rejected", "archive_bum")
        manager = ("Unit Manager", "approved", "archive_bum")
        director = ("Marketing Director", "approved", "archive_mdo")
        decisions = self.dossier.approval_decision_ids | (
            self.contract.approval_decision_ids
        )
        self.assertEqual(
            [
                (
                    given.approval_id.res_model,
                    given.approval_id.kind,
                    given.approval_id.state,
                    given.step,
                    given.decision,
                    given.user_id.login,
                    given.comment,
                )
                for given in decisions.sorted("id")
            ],
            [
                ("customer.contract", "default", "approved", *director, False),
                ("customer.dossier", "formal", "rejected", *refused, "How many desks?"),
                ("customer.dossier", "formal", "approved", *manager, False),
                ("customer.dossier", "formal", "approved", *director, "Welcome"),
                ("customer.dossier", "reconfirm", "approved", *manager, False),
                ("customer.dossier", "reconfirm", "approved", *director, False),
                ("customer.dossier", "reactivate", "approved", *director, "He is back"),
            ],
        )

    def _check_changes(self):
        self.assertEqual(
            [
                (
                    change.field_label,
                    change.old_value,
                    change.new_value,
                    change.user_id.login,
                    change.state,
                )
                for change in self.dossier.change_ids.sorted("id")
            ],
            [
                (
                    "Responsible Rep",
                    "Archive_rep",
                    "Archive_fug",
                    "archive_fug",
                    "acknowledged",
                ),
                (
                    "Responsible Rep",
                    "Archive_fug",
                    "Archive_rep",
                    "archive_bum",
                    "acknowledged",
                ),
                (
                    "Legal Representative",
                    "Zhang Wei",
                    "Wang Fang",
                    "archive_rep",
                    "acknowledged",
                ),
            ],
        )
