from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import CustomerArchiveCommon

CREDIT_CODE = "91110000600037341L"


@tagged("post_install", "-at_install")
class TestTourRoles(CustomerArchiveCommon, HttpCase):
    """Each role goes through its own work in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the steps look for English words
        cls.env["res.lang"]._activate_lang("en_US")
        if "credit_default_control" in cls.company:
            cls.company.credit_default_control = "none"
        cls.customer = cls._customer(
            "Toured Ltd", user_id=cls.rep.id, phone="+86 10 6550 0101"
        )
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Moved abroad"})

    def _tour(self, user, name, url="/odoo/dossiers"):
        self.start_tour(url, f"customer_archive_{name}", login=user.login)
        self.env.invalidate_all()

    def _submitted(self):
        dossier = self._dossier(partner_id=self.customer.id)
        self._submit(dossier)
        return dossier

    def _toured(self, **values):
        """Return the formal dossier of the customer."""
        return self._formal_dossier(partner_id=self.customer.id, **values)

    def _kept(self):
        """Return another formal dossier of the unit."""
        return self._formal_dossier(partner_id=self._customer("Kept Ltd").id)

    def _move_to_history(self, dossier):
        self.env["customer.dossier.history"].with_user(self.keeper).create(
            {
                "dossier_ids": [Command.set(dossier.ids)],
                "churn_reason_id": self.reason.id,
            }
        ).action_move()

    def _submissions(self):
        return self.env["customer.information"].search(
            [("partner_id", "=", self.customer.id)]
        )

    # ------------------------------------------------------------ sales

    def test_rep_submits(self):
        needs = self.env["ir.model.fields"]._get("customer.dossier", "needs")
        self.env["customer.dossier.field"].search(
            [("field_id", "=", needs.id)]
        ).required_legal = True
        licence = self.env.ref(
            "customer_archive.customer_document_type_business_licence"
        )
        licence.mandatory_for_legal = True
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.env["product.product"]
                            .create({"name": "Desk"})
                            .id
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        self.env["ir.attachment"].create(
            {
                "name": "order.pdf",
                "raw": b"signed",
                "res_model": order._name,
                "res_id": order.id,
            }
        )
        self.unit.member_ids = [Command.link(self.rep.id)]
        self._tour(self.rep, "rep_submits", f"/odoo/res.partner/{self.customer.id}")
        dossier = self.env["customer.dossier"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertRecordValues(
            dossier,
            [
                {
                    "state": "submitted",
                    "approval_state": "pending",
                    "user_id": self.rep.id,
                    "team_id": self.unit.id,
                    "needs": "Two floors of furniture",
                }
            ],
        )
        self.assertRecordValues(
            dossier.document_ids,
            [
                {
                    "type_id": licence.id,
                    "number": CREDIT_CODE,
                    "file_name": "licence.pdf",
                    "state": "valid",
                    "create_uid": self.rep.id,
                }
            ],
        )

    def test_rep_verifies(self):
        dossier = self._toured()
        dossier._system_write({"next_verification_date": "2026-01-01"})
        self._tour(self.rep, "rep_verifies", f"/odoo/dossiers/{dossier.id}")
        self.assertRecordValues(
            dossier.verification_ids,
            [
                {
                    "state": "done",
                    "result": "unchanged",
                    "method": "phone",
                    "confirmed_by": "Ms Li",
                    "done_by_id": self.rep.id,
                }
            ],
        )
        self.assertTrue(dossier.last_verification_date)

    def test_unit_manager(self):
        dossier = self._submitted()
        dossier.contract_ids._system_write({"number": "HT-TOUR"})
        kept = self._kept()
        self._tour(self.bum, "bum")
        self.assertRecordValues(
            dossier.approval_decision_ids,
            [
                {
                    "user_id": self.bum.id,
                    "decision": "approved",
                    "comment": "Papers are complete.",
                }
            ],
        )
        self.assertEqual(dossier.state, "submitted")
        self.assertEqual(kept.user_id, self.rep2)
        self.assertRecordValues(
            kept.log_ids[0],
            [
                {
                    "event": "allocated",
                    "user_id": self.bum.id,
                    "reason": "Nearer to the customer",
                }
            ],
        )

    def test_outsider(self):
        self._toured()
        self._tour(self.outsider, "outsider", "/odoo/contacts")
        permit = self.env["customer.access.permit"].search(
            [("user_id", "=", self.outsider.id)]
        )
        self.assertRecordValues(
            permit,
            [
                {
                    "kind": "read",
                    "state": "requested",
                    "approval_state": "pending",
                    "purpose": "To prepare the visit of Monday",
                }
            ],
        )

    # ------------------------------------------------------------ directors

    def test_marketing_director(self):
        dossier = self._submitted()
        dossier.with_user(self.bum).action_approve()
        contract = (
            self.env["customer.contract"]
            .with_user(self.rep)
            .create(
                {
                    "dossier_id": self._dossier().id,
                    "number": "HT-TOUR",
                    "name": "Framework",
                }
            )
        )
        contract.action_submit()
        kept = self._kept()
        self._tour(self.mdo, "mdo")
        self.assertEqual(dossier.state, "formal")
        self.assertRecordValues(
            contract,
            [
                {
                    "state": "review",
                    "approval_state": "approved",
                    "review_result": "approved",
                    "reviewer_id": self.mdo.id,
                    "review_legality": "Every clause is lawful.",
                    "review_fairness": "Rights and duties are balanced.",
                    "review_risks": "Payment in advance.",
                }
            ],
        )
        self.assertEqual(contract.approval_decision_ids.comment, "Sign it.")
        self.assertEqual(kept.user_id, self.rep2)
        self.assertEqual(kept.log_ids[0].user_id, self.mdo)

    def test_general_manager(self):
        dossier = self._toured(decision_process="The owner decides alone.")
        kept = self._kept()
        self._move_to_history(kept)
        self._tour(self.gmo, "gmo")
        self.assertEqual(dossier.state, "formal")
        self.assertEqual(kept.state, "history")

    # ------------------------------------------------------------ keeper

    def test_keeper(self):
        self.env["customer.dossier"].search([("state", "=", "formal")])._system_write(
            {"state": "history"}
        )
        dossier = self._toured()
        kept = self._kept()
        self.env["customer.information"].with_user(self.asg).create(
            {"partner_id": self.customer.id, "text": "They build a second plant"}
        )
        self.customer.with_user(self.rep).legal_representative = "Wang Fang"
        campaign = self.env["customer.verification.campaign"].create(
            {"name": "Tour of all customers", "company_id": self.company.id}
        )
        campaign.action_open()
        dossier.with_user(self.rep)._verify(
            {"result": "unchanged", "method": "phone", "confirmed_by": "Ms Li"}
        )
        self._tour(self.keeper, "keeper")
        self.assertRecordValues(
            self._submissions(),
            [
                {
                    "state": "handled",
                    "result": "Noted in the dossier",
                    "handled_by_id": self.keeper.id,
                }
            ],
        )
        self.assertRecordValues(
            dossier.change_ids,
            [{"state": "acknowledged", "decided_by_id": self.keeper.id}],
        )
        self.assertRecordValues(
            kept, [{"state": "history", "churn_reason_id": self.reason.id}]
        )
        self.assertRecordValues(
            kept.log_ids[0],
            [{"event": "history", "reason": "Moved abroad: Plant closed"}],
        )

    # ------------------------------------------------------------ service, finance

    def test_follow_up_group(self):
        self.unit.handover_rule = "follow_up"
        dossier = self._toured()
        self._tour(self.fug, "fug")
        self.assertRecordValues(
            dossier, [{"handover_state": "done", "user_id": self.fug.id}]
        )
        self.assertEqual(dossier.handover_ids.accepted_by_id, self.fug)

    def test_after_sales_group(self):
        self._toured(service_user_ids=self.asg.ids)
        self._tour(self.asg, "asg")
        self.assertRecordValues(
            self._submissions(),
            [
                {
                    "kind": "submission",
                    "user_id": self.asg.id,
                    "text": "Their second line stands still",
                }
            ],
        )

    def test_project_lead(self):
        self._toured()
        self._tour(self.pl, "pl")
        self.assertRecordValues(
            self._submissions(),
            [
                {
                    "kind": "submission",
                    "user_id": self.pl.id,
                    "text": "They plan a second plant",
                }
            ],
        )

    def test_finance(self):
        dossier = self._toured(service_user_ids=self.fin.ids)
        self._tour(self.fin, "fin")
        self.assertRecordValues(
            dossier.financial_figure_ids,
            [
                {
                    "year": 2030,
                    "turnover": 1250000.0,
                    "profit": 80000.0,
                    "create_uid": self.fin.id,
                }
            ],
        )
