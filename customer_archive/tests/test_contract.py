import base64
from datetime import date, datetime

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

PIXEL = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
SCAN = base64.b64encode(b"signed copy").decode()
OTHER_SCAN = base64.b64encode(b"another text").decode()
REVIEW = {
    "review_legality": "Lawful",
    "review_fairness": "Balanced",
    "review_risks": "Delay is penalised",
}


@tagged("post_install", "-at_install")
@freeze_time("2031-05-07 12:00:00")
class TestContract(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._dossier(partner_id=cls.partner.id, keeper_id=cls.keeper.id)
        cls.clauses = cls.env["customer.contract.clause"].search([("id", ">", 0)])
        cls.contract = cls._contract()

    @classmethod
    def _contract(cls, **values):
        """Return a complete draft, entered by the rep, with the signed copy."""
        numbers = cls.env["customer.contract"].search_count([("id", ">", 0)])
        return (
            cls.env["customer.contract"]
            .with_user(cls.rep)
            .create(
                {
                    "dossier_id": cls.dossier.id,
                    "number": f"HT-{numbers + 1}",
                    "name": "Supply of bearings",
                    "amount": 50000,
                    "signed_on": "2031-05-06",
                    "file": SCAN,
                    "file_name": "contract.pdf",
                    "clause_ids": cls.clauses.ids,
                    **values,
                }
            )
            .with_env(cls.env)
        )

    def _call(self, user, method, *args, contract=None):
        contract = contract or self.contract
        return self._rpc(user, "customer.contract", method, contract.ids, *args)

    def _approved(self, contract):
        contract.with_user(self.rep).action_submit()
        contract.with_user(self.mdo).write(REVIEW)
        contract.with_user(self.mdo).action_approve()
        return contract

    def _signed(self, contract):
        self._approved(contract).with_user(self.rep).action_sign()
        return contract

    # ------------------------------------------------------------ lifecycle

    def test_from_draft_to_end(self):
        contract = self.contract
        self.assertEqual(contract.display_name, contract.number)
        self.assertEqual(contract.company_id, self.company)
        self._call(self.rep, "action_submit")
        self.assertRecordValues(
            contract, [{"state": "review", "approval_state": "pending"}]
        )
        self.assertEqual(contract.activity_ids.user_id, self.mdo)
        self._call(self.mdo, "write", REVIEW)
        self._call(self.mdo, "action_approve")
        self.assertRecordValues(
            contract,
            [
                {
                    "state": "review",
                    "approval_state": "approved",
                    "review_result": "approved",
                    "reviewer_id": self.mdo.id,
                    "review_date": datetime(2031, 5, 7, 12),
                    **REVIEW,
                }
            ],
        )
        self._call(self.rep, "action_sign")
        self.assertRecordValues(contract, [{"state": "signed", "sign_remark": False}])
        self._call(self.mdo, "action_end", "Replaced by a new one")
        self.assertRecordValues(
            contract, [{"state": "ended", "end_reason": "Replaced by a new one"}]
        )

    def test_rejected_contract_is_mended_and_reviewed_anew(self):
        contract = self.contract
        self._call(self.rep, "action_submit")
        self._call(self.mdo, "write", {"review_risks": "Too high"})
        self._call(self.mdo, "action_reject", "Name a court")
        self.assertRecordValues(
            contract,
            [
                {
                    "state": "draft",
                    "approval_state": "rejected",
                    "review_result": "rejected",
                    "reviewer_id": self.mdo.id,
                    "review_risks": "Too high",
                }
            ],
        )
        self._call(self.rep, "write", {"amount": 40000})
        self._call(self.rep, "action_submit")
        self.assertRecordValues(
            contract,
            [
                {
                    "state": "review",
                    "amount": 40000,
                    "review_result": False,
                    "reviewer_id": False,
                    "review_date": False,
                    "review_risks": False,
                }
            ],
        )

    def test_withdrawn_contract_is_a_draft_again(self):
        self._call(self.rep, "action_submit")
        self._call(self.rep, "action_withdraw")
        self.assertRecordValues(
            self.contract, [{"state": "draft", "approval_state": "none"}]
        )

    def test_approved_contract_is_taken_back_to_be_changed(self):
        contract = self._approved(self.contract)
        with self.assertRefused(AccessError, "answers for the dossier"):
            self._call(self.gmo, "action_reset")
        self._call(self.rep, "action_reset")
        self.assertRecordValues(
            contract, [{"state": "draft", "approval_state": "none"}]
        )
        self.assertEqual(len(contract.approval_decision_ids), 1)
        self._call(self.rep, "write", {"amount": 40000})
        with self.assertRefused(UserError, "is Draft"):
            self._call(self.rep, "action_reset")
        self._call(self.rep, "action_submit")
        self.assertFalse(contract.review_legality)
        with self.assertRefused(UserError, "being reviewed"):
            self._call(self.rep, "action_reset")

    def test_steps_from_the_wrong_state(self):
        contract = self.contract
        for method, pattern in (
            ("action_sign", "is Draft; this step needs In Review"),
            ("action_end", "is Draft; this step needs Signed"),
        ):
            with self.assertRefused(UserError, pattern):
                self._call(self.rep, method, "Remark")
        self._call(self.rep, "action_submit")
        with self.assertRefused(UserError, "needs Draft"):
            self._call(self.rep, "action_submit")
        with self.assertRefused(UserError, "review has not passed"):
            self._call(self.rep, "action_sign", "Remark")
        self._call(self.mdo, "write", REVIEW)
        self._call(self.mdo, "action_approve")
        for method in ("action_submit", "action_end"):
            with self.assertRefused(UserError, "is In Review"):
                self._call(self.rep, method)
        with self.assertRefused(UserError, "decided already"):
            self._call(self.mdo, "action_reject", "No")
        self._call(self.rep, "action_sign")
        for method in ("action_submit", "action_sign"):
            with self.assertRefused(UserError, "is Signed"):
                self._call(self.rep, method)
        with self.assertRefused(UserError, f"why contract {contract.number} ends"):
            self._call(self.rep, "action_end", " ")
        self._call(self.rep, "action_end", "Fulfilled")
        for method in ("action_submit", "action_sign", "action_end"):
            with self.assertRefused(UserError, "is Ended"):
                self._call(self.rep, method)

    def test_steps_by_the_wrong_people(self):
        self.dossier.service_user_ids = self.fug
        readers = self.fug, self.gmo
        strangers = self.rep2, self.bum2, self.outsider
        for step in ("action_submit", "action_sign", "action_end"):
            for user in readers:
                with self.assertRefused(AccessError, "answers for the dossier"):
                    self._call(user, step)
            for user in strangers:
                with self.assertRaises(AccessError):
                    self._call(user, step)
            if step == "action_submit":
                self._call(self.rep, step)
                for user in (self.gmo, self.keeper, self.bum):
                    with self.assertRefused(AccessError, "not yours"):
                        self._call(user, "action_approve")
                with self.assertRefused(UserError, "your own request"):
                    self._call(self.rep, "action_approve")
                self._call(self.mdo, "write", REVIEW)
                self._call(self.mdo, "action_approve")
            elif step == "action_sign":
                self._call(self.keeper, step)
        self._call(self.bum, "action_end", "Fulfilled")
        self.assertEqual(self.contract.state, "ended")

    def test_contracts_of_the_history_library_stay_as_they_are(self):
        signed = self._signed(self._contract())
        self._call(self.rep, "action_submit")
        self.dossier._system_write({"state": "history"})
        for method, contract, *args in (
            ("action_end", signed, "Over"),
            ("write", self.contract, REVIEW),
            ("action_reset", self.contract),
        ):
            with self.assertRefused(UserError, "history library"):
                self._call(self.mdo, method, *args, contract=contract)

    def test_states_and_findings_are_not_written_directly(self):
        for values in (
            {"state": "signed"},
            {"approval_state": "approved"},
            {"review_result": "approved"},
            {"reviewer_id": self.mdo.id},
            {"review_date": "2031-05-07 00:00:00"},
            {"sign_remark": "Fine"},
            {"end_reason": "Over"},
        ):
            for user in (self.rep, self.mdo):
                with self.assertRefused(AccessError, "system writes"):
                    self._call(user, "write", values)
                with self.assertRefused(AccessError, "system writes"):
                    self._rpc(
                        user,
                        "customer.contract",
                        "create",
                        [
                            {
                                "dossier_id": self.dossier.id,
                                "number": "HT-X",
                                "name": "X",
                                **values,
                            }
                        ],
                    )
        with self.assertRefused(AccessError, "system writes"):
            self._contract(**REVIEW)

    # ------------------------------------------------------------ review (H18)

    def test_review_is_recorded_by_the_decider_while_he_is_asked(self):
        for user in (self.rep, self.mdo):
            with self.assertRefused(AccessError, "recorded by whoever is asked"):
                self._call(user, "write", REVIEW)
        self._call(self.rep, "action_submit")
        for user in (self.rep, self.keeper, self.gmo):
            with self.assertRefused(AccessError, "recorded by whoever is asked"):
                self._call(user, "write", REVIEW)
        for user in (self.rep2, self.outsider):
            with self.assertRaises(AccessError):
                self._call(user, "write", REVIEW)
        self._call(self.mdo, "write", REVIEW)
        with self.assertRefused(UserError, "cannot be changed"):
            self._call(self.mdo, "write", {**REVIEW, "amount": 1})
        self._call(self.mdo, "action_approve")
        for user in (self.rep, self.mdo):
            with self.assertRefused(AccessError, "recorded by whoever is asked"):
                self._call(user, "write", {"review_risks": "None"})
        self.assertRecordValues(self.contract, [{"amount": 50000, **REVIEW}])

    def test_approval_needs_the_review(self):
        self._call(self.rep, "action_submit")
        with self.assertRefused(UserError, "Legality, Fairness.* Risks"):
            self._call(self.mdo, "action_approve")
        self._call(self.mdo, "write", REVIEW | {"review_fairness": " "})
        with self.assertRefused(UserError, "review first: Fairness"):
            self._call(self.mdo, "action_approve")
        dialog = (
            self.env["customer.approval.decide"]
            .with_user(self.mdo)
            .create({"res_model": "customer.contract", "res_id": self.contract.id})
        )
        with self.assertRefused(UserError, "review first: Fairness"):
            dialog.action_decide()
        self._call(self.mdo, "write", {"review_fairness": "Balanced"})
        dialog.action_decide()
        self.assertEqual(self.contract.approval_state, "approved")

    def test_who_decides_in_place_of_the_director_reviews(self):
        self._call(self.rep, "action_submit")
        self._call(self.mdo, "action_delegate", self.gmo.id)
        with self.assertRefused(AccessError, "recorded by whoever is asked"):
            self._call(self.mdo, "write", REVIEW)
        self._call(self.gmo, "write", REVIEW)
        self._call(self.gmo, "action_approve")
        self.assertEqual(self.contract.reviewer_id, self.gmo)

    def test_review_in_the_form(self):
        self._call(self.rep, "action_submit")
        with Form(self.contract.with_user(self.mdo)) as form:
            for name, value in REVIEW.items():
                form[name] = value
        self.assertRecordValues(self.contract, [REVIEW])
        with (
            self.assertRaisesRegex(AssertionError, "readonly"),
            Form(self.contract.with_user(self.keeper)) as form,
        ):
            form.review_risks = "None"

    # ------------------------------------------------------------ locks

    def test_what_is_decided_on_stays_what_it_is(self):
        contract = self.contract
        content = (
            {"number": "HT-Y"},
            {"name": "Y"},
            {"contract_type": "cooperation"},
            {"dossier_id": self._dossier().id},
            {"date_start": "2031-01-01"},
            {"date_end": "2031-01-01"},
            {"amount": 1},
            {"payment_term_id": False},
            {"clause_ids": [Command.clear()]},
        )
        copy = ({"file": OTHER_SCAN}, {"signed_on": "2031-05-05"})
        self._call(self.rep, "action_submit")
        for user in (self.rep, self.mdo):
            for values in (*content, *copy):
                with self.assertRefused(UserError, "cannot be changed"):
                    self._call(user, "write", values)
        self._call(self.mdo, "write", REVIEW)
        self._call(self.mdo, "action_approve")
        for values in content:
            with self.assertRefused(UserError, "cannot be changed"):
                self._call(self.rep, "write", values)
        for values in copy:
            self._call(self.rep, "write", values)
        self.assertEqual(contract.file, OTHER_SCAN.encode())
        self._call(self.rep, "action_sign")
        for user in (self.rep, self.mdo):
            for values in (*content, *copy):
                with self.assertRefused(UserError, "cannot be changed"):
                    self._call(user, "write", values)
            with self.assertRaises(AccessError):
                self._call(user, "unlink")

    def test_file_cannot_be_replaced_through_its_attachment(self):
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "customer.contract"),
                ("res_id", "=", self.contract.id),
                ("res_field", "=", "file"),
            ]
        )

        def replace(user):
            self._rpc(
                user, "ir.attachment", "write", attachment.ids, {"datas": OTHER_SCAN}
            )

        with self.assertRaises(AccessError):
            replace(self.rep2)
        with self.assertRaises(AccessError):
            self._rpc(self.rep2, "ir.attachment", "read", attachment.ids, ["datas"])
        self._call(self.rep, "action_submit")
        for user in (self.rep, self.mdo):
            with self.assertRaises(AccessError):
                replace(user)
        self._call(self.mdo, "write", REVIEW)
        self._call(self.mdo, "action_approve")
        self._call(self.rep, "action_sign")
        for user in (self.rep, self.mdo):
            with self.assertRaises(AccessError):
                replace(user)
            with self.assertRaises(AccessError):
                self._rpc(user, "ir.attachment", "unlink", attachment.ids)
        self.assertEqual(self.contract.file, SCAN.encode())

    def test_signed_contract_is_still_discussed(self):
        self._signed(self.contract)
        self.contract.with_user(self.gmo).message_post(body="Renew it in autumn")
        self.assertIn("Renew", self.contract.message_ids[0].body)

    # ------------------------------------------------------------ signature (H17)

    def test_signature_needs_a_past_day_and_the_signed_copy(self):
        self._approved(self.contract)
        for values, pattern in (
            ({"signed_on": False}, "enter the day"),
            ({"signed_on": "2031-05-08"}, "enter the day"),
            ({"signed_on": "2031-05-07", "file": False}, "attach the signed copy"),
        ):
            self._call(self.rep, "write", values)
            with self.assertRefused(UserError, pattern):
                self._call(self.rep, "action_sign", "Remark")
        self._call(self.rep, "write", {"file": SCAN})
        self._call(self.rep, "action_sign")
        self.assertEqual(self.contract.signed_on, date(2031, 5, 7))

    def test_missing_clauses_are_shown_and_need_a_remark_at_signing(self):
        breach = self.env.ref("customer_archive.customer_contract_clause_breach")
        self.assertEqual(len(self.clauses), 4)
        self.assertFalse(self.contract.missing_clause_ids)
        contract = self._contract(clause_ids=(self.clauses - breach).ids)
        self.assertEqual(contract.missing_clause_ids, breach)
        self._approved(contract)
        for remark in ([], ["  "]):
            with self.assertRefused(UserError, "nothing on: Liability for Breach"):
                self._call(self.rep, "action_sign", *remark, contract=contract)
        dialog = Form(
            self.env["customer.contract.remark"]
            .with_user(self.rep)
            .with_context(default_contract_id=contract.id, default_step="sign")
        )
        self.assertEqual(dialog.missing_clause_ids[:].ids, breach.ids)
        with self.assertRaisesRegex(AssertionError, "remark"):
            dialog.save()
        dialog.remark = "Agreed by letter"
        dialog.save().action_confirm()
        self.assertRecordValues(
            contract, [{"state": "signed", "sign_remark": "Agreed by letter"}]
        )
        dialog = self.env["customer.contract.remark"].create(
            {"contract_id": contract.id, "step": "end", "remark": "Fulfilled"}
        )
        dialog.with_user(self.rep).action_confirm()
        self.assertRecordValues(
            contract, [{"state": "ended", "end_reason": "Fulfilled"}]
        )

    def test_clause_groups_are_configured_by_the_administrator(self):
        model = "customer.contract.clause"
        for user in (self.outsider, self.rep, self.mdo):
            self.assertTrue(self._rpc(user, model, "read", self.clauses.ids, ["name"]))
            with self.assertRaises(AccessError):
                self._rpc(user, model, "create", [{"name": "Disputes"}])
            with self.assertRaises(AccessError):
                self._rpc(user, model, "unlink", self.clauses.ids)
        self._rpc(self.admin_user, model, "create", [{"name": "Disputes"}])
        self.assertEqual(self.contract.missing_clause_ids.name, "Disputes")

    # ------------------------------------------------------------ register (A29)

    def test_number_is_taken_once_per_company(self):
        company = self.env["res.company"].create({"name": "Second"})
        number = self.contract.number
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError, "number"):
            self._contract(number=number)
        partner = self._customer(company_id=company.id)
        dossier = self._dossier(partner_id=partner.id)
        contract = self.env["customer.contract"].create(
            {"dossier_id": dossier.id, "number": number, "name": "Same number"}
        )
        self.assertEqual(contract.company_id, company)

    def test_taken_number_is_explained(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError) as caught,
            self.env.cr.savepoint(),
        ):
            self._contract(number=self.contract.number)
        message = (
            self.env["ir.model.constraint"]
            .env.registry["customer.contract"]
            ._table_objects["customer_contract_number_unique"]
            .get_error_message(self.env["customer.contract"], caught.exception.diag)
        )
        self.assertIn("This contract number is taken", message)

    def test_dates_and_amount(self):
        for values in (
            {"date_start": "2031-05-02", "date_end": "2031-05-01"},
            {"amount": -1},
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                self._contract(**values)

    def test_orders_are_those_of_the_customer(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.partner.id}
        )
        order, strange = self.env["sale.order"].create(
            [
                {"partner_id": partner.id, "user_id": self.rep.id}
                for partner in (contact, self._customer())
            ]
        )
        self._call(self.rep, "write", {"order_ids": order.ids})
        self.assertEqual(self.contract.order_ids, order)
        with self.assertRefused(ValidationError, "orders of this customer only"):
            self._call(self.rep, "write", {"order_ids": strange.ids})
        company = self.env["res.company"].create({"name": "Second"})
        foreign = self.env["sale.order"].create(
            {"partner_id": self.partner.id, "company_id": company.id}
        )
        with self.assertRefused(UserError, "compan"):
            self.contract.order_ids = foreign

    def test_amount_at_stake_is_in_the_currency_of_the_company(self):
        currency = self.env["res.currency"].create(
            {
                "name": "XTS",
                "symbol": "X",
                "rate_ids": [Command.create({"name": "2031-01-01", "rate": 4})],
            }
        )
        contract = self._contract(currency_id=currency.id, amount=1000)
        contract.with_user(self.rep).action_submit()
        self.assertEqual(contract.approval_id.amount, 250)

    def test_copy_starts_as_a_draft(self):
        self._signed(self.contract)
        copy = self.contract.with_user(self.mdo).copy({"number": "HT-COPY"})
        self.assertRecordValues(
            copy,
            [
                {
                    "state": "draft",
                    "approval_state": "none",
                    "signed_on": False,
                    "file": False,
                    "review_result": False,
                    "review_risks": False,
                }
            ],
        )

    # ------------------------------------------------------------ access

    def test_who_enters_contracts(self):
        def values(user):
            return {
                "dossier_id": self.dossier.id,
                "number": f"HT-{user.login}",
                "name": "Entered",
            }

        for user in (self.rep, self.bum, self.keeper, self.mdo):
            ids = self._rpc(user, "customer.contract", "create", [values(user)])
            self._rpc(user, "customer.contract", "write", ids, {"amount": 5})
            self._rpc(user, "customer.contract", "unlink", ids)
            self.assertFalse(self.env["customer.contract"].browse(ids).exists())
        self.dossier.service_user_ids = self.fug | self.outsider
        for user in (self.gmo, self.fug, self.outsider):
            self.assertTrue(self._call(user, "read", ["number"]))
            with self.assertRaises(AccessError):
                self._rpc(user, "customer.contract", "create", [values(user)])
            with self.assertRaises(AccessError):
                self._call(user, "write", {"amount": 5})
            with self.assertRaises(AccessError):
                self._call(user, "unlink")

    def test_strangers_see_nothing(self):
        domain = [("id", "=", self.contract.id)]
        for user in (self.rep2, self.bum2, self.fin, self.outsider, self.admin_user):
            user.group_ids += self.env.ref("base.group_allow_export")

            def call(method, *args, user=user):
                return self._rpc(user, "customer.contract", method, *args)

            self.assertEqual(call("search_read", domain, ["number"]), [])
            self.assertEqual(
                call("formatted_read_group", domain, ["state"], ["amount:sum"]), []
            )
            self.assertEqual(call("name_search", self.contract.number), [])
            for method, *args in (
                ("read", ["number"]),
                ("export_data", ["number"]),
                ("write", {"name": "X"}),
                ("unlink",),
                ("action_withdraw",),
                ("action_reject", "No"),
                ("action_delegate", self.gmo.id),
            ):
                with self.assertRaises(AccessError):
                    call(method, self.contract.ids, *args)
            dialog = {"contract_id": self.contract.id, "step": "end", "remark": "X"}
            with self.assertRaises(AccessError):
                (dialog_id,) = self._rpc(
                    user, "customer.contract.remark", "create", [dialog]
                )
                self._rpc(
                    user, "customer.contract.remark", "action_confirm", [dialog_id]
                )

    def test_contract_does_not_move_into_a_dossier_of_others(self):
        theirs = self._dossier(team_id=self.other_unit.id, user_id=self.rep2.id)
        with self.assertRaises(AccessError):
            self._call(self.rep, "write", {"dossier_id": theirs.id})
        self.assertEqual(self.contract.dossier_id, self.dossier)

    def test_contracts_of_another_company_stay_there(self):
        company = self.env["res.company"].create({"name": "Second"})
        foreigner = self._user(
            "mdo",
            login="archive_mdo_second",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        with self.assertRaises(AccessError):
            self._call(foreigner, "read", ["number"])
        with self.assertRaises(AccessError):
            self._call(foreigner, "action_end", "Over")
        self.assertFalse(self.dossier.company_id)
        (contract_id,) = self._rpc(
            foreigner,
            "customer.contract",
            "create",
            [{"dossier_id": self.dossier.id, "number": "HT-1", "name": "Theirs"}],
        )
        contract = self.env["customer.contract"].browse(contract_id)
        self.assertEqual(contract.company_id, company)

    # ------------------------------------------------------------ deal on record (A6)

    def _order(self, dossier, **values):
        return self.env["sale.order"].create(
            {"partner_id": dossier.partner_id.id, "state": "sale", **values}
        )

    def _attach(self, order, **values):
        return self.env["ir.attachment"].create(
            {
                "name": "Signed order",
                "datas": SCAN,
                "res_model": "sale.order",
                "res_id": order.id,
                **values,
            }
        )

    def test_signed_contract_is_a_deal(self):
        self._approved(self.contract)
        self.assertEqual(self.dossier._has_deal(), set())
        self._call(self.rep, "action_sign")
        self.assertEqual(self.dossier._has_deal(), {self.dossier.id})

    def test_confirmed_order_with_its_document_is_a_deal(self):
        quotation = self._order(self.dossier, state="draft")
        self._attach(quotation)
        order = self._order(self.dossier)
        self.assertEqual(self.dossier._has_deal(), set())
        attachment = self._attach(order)
        self.assertEqual(self.dossier._has_deal(), {self.dossier.id})
        attachment.unlink()
        self.assertEqual(self.dossier._has_deal(), set())
        order.signature = PIXEL
        self.assertEqual(self.dossier._has_deal(), {self.dossier.id})

    def test_order_of_a_contact_counts_and_that_of_others_does_not(self):
        dossiers = self.dossier | self._dossier()
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.partner.id}
        )
        self._attach(self._order(self.dossier, partner_id=contact.id))
        self.assertEqual(dossiers.with_user(self.rep)._has_deal(), {self.dossier.id})

    def test_order_counts_in_the_company_of_the_dossier(self):
        company = self.env["res.company"].create({"name": "Second"})
        self._attach(self._order(self.dossier, company_id=company.id))
        self.assertEqual(self.dossier._has_deal(), {self.dossier.id})
        self.dossier.partner_id.company_id = self.company
        self.assertEqual(self.dossier._has_deal(), set())

    def test_deals_of_many_dossiers_cost_as_much_as_of_one(self):
        counts = []
        for number in (1, 8):
            dossiers = self.env["customer.dossier"].browse(
                self._dossier().id for _i in range(number)
            )
            for dossier in dossiers:
                self._attach(self._order(dossier))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(dossiers._has_deal(), set(dossiers.ids))
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
