from datetime import date

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestLead(CustomerArchiveCommon):
    """From the prospect to the dossier (H5, H6, H7, A41)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second, cls.third = cls.env["crm.stage"].create(
            [
                {"name": "Step In", "sequence": 900, "team_ids": cls.unit.ids},
                {"name": "Step On", "sequence": 901, "team_ids": cls.unit.ids},
                {"name": "Step Out", "sequence": 902, "team_ids": cls.unit.ids},
            ]
        )

    def _lead(self, user=None, **values):
        return (
            self.env["crm.lead"]
            .with_user(user or self.rep)
            .create(
                {
                    "name": "Two floors of furniture",
                    "type": "opportunity",
                    "partner_name": "Phoenix Ltd",
                    "contact_name": "Wang",
                    "email_from": "wang@example.com",
                    "user_id": self.rep.id,
                    "team_id": self.unit.id,
                    "stage_id": self.first.id,
                    **values,
                }
            )
        )

    # ------------------------------------------------------------ first contact (H6)

    def test_stage_demands_the_first_contact(self):
        self.second.require_first_contact = True
        lead = self._lead()
        with self.assertRefused(
            ValidationError,
            "stage Step On yet. Missing of the first contact: First Contact Date, "
            "First Contact Channel, and Needs",
        ):
            self._rpc(
                self.rep,
                "crm.lead",
                "write",
                lead.ids,
                {"stage_id": self.second.id},
            )
        with self.assertRefused(ValidationError, "contact: Needs"):
            self._lead(
                stage_id=self.second.id,
                first_contact_date="2031-01-01",
                first_contact_channel="phone",
                needs=" ",
            )
        lead.write(
            {
                "stage_id": self.second.id,
                "first_contact_date": "2031-01-01",
                "first_contact_channel": "phone",
                "needs": "Desks",
            }
        )
        self.assertEqual(lead.stage_id, self.second)
        with self.assertRefused(ValidationError, "contact: Needs"):
            lead.needs = False
        lead.stage_id = self.third

    def test_shipped_stages_demand_nothing(self):
        for stage in self.env["crm.stage"].search([]) - (
            self.first + self.second + self.third
        ):
            lead = self._lead(stage_id=stage.id)
            self.assertEqual(lead.stage_id, stage)

    # ------------------------------------------------------------ checklist (A41)

    def test_stage_is_left_when_its_checklist_is_done(self):
        self.second.write(
            {
                "require_steps": True,
                "step_ids": [
                    Command.create({"name": "Visit the site"}),
                    Command.create({"name": "Ask for the budget"}),
                ],
            }
        )
        self.first.step_ids = [Command.create({"name": "Call"})]
        visit, budget = self.second.step_ids
        lead = self._lead()
        self.assertEqual(lead.sales_step_ids, self.first.step_ids)
        self.assertEqual(lead.sales_step_progress, 0.0)
        lead.stage_id = self.second
        self.assertEqual(lead.sales_step_ids, self.first.step_ids + visit + budget)
        lead.sales_step_done_ids = visit
        self.assertAlmostEqual(lead.sales_step_progress, 100 / 3)
        for stage in (self.third, self.first):
            with self.assertRefused(
                UserError, "cannot leave stage Step On yet. Open steps: Ask for"
            ):
                self._rpc(
                    self.rep, "crm.lead", "write", lead.ids, {"stage_id": stage.id}
                )
        self.assertEqual(lead.stage_id, self.second)
        lead.write(
            {
                "sales_step_done_ids": [Command.link(budget.id)],
                "stage_id": self.third.id,
            }
        )
        self.assertEqual(lead.stage_id, self.third)

    def test_steps_are_configured_by_managers(self):
        step = self.env["customer.sales.step"].create(
            {"name": "Call", "stage_id": self.first.id}
        )
        values = {"name": "Own", "stage_id": self.first.id}
        for user in (self.rep, self.keeper, self.outsider):
            self.assertEqual(
                self._rpc(user, step._name, "read", step.ids, ["name"])[0]["name"],
                "Call",
            )
            for method, args in (
                ("create", [values]),
                ("write", [step.ids, {"name": "Other"}]),
                ("unlink", [step.ids]),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, step._name, method, *args)
        self._rpc(self.admin_user, step._name, "write", step.ids, {"name": "Ring"})
        self.assertEqual(step.name, "Ring")

    # ------------------------------------------------------------ cooperation (H7)

    def test_intention_to_cooperate_notifies_once(self):
        self.company.customer_cooperation_role_ids = self.env.ref(
            "customer_archive.customer_role_mdo"
        ) + self.env.ref("customer_archive.customer_role_bum")
        lead = self._lead()
        lead.intends_to_cooperate = True
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "crm.lead"),
                ("res_id", "=", lead.id),
                ("message_type", "=", "user_notification"),
            ]
        )
        partners = messages.notified_partner_ids
        self.assertIn(self.mdo.partner_id, partners)
        self.assertIn(self.bum.partner_id, partners)
        self.assertNotIn(self.bum2.partner_id, partners)
        self.assertIn("Phoenix Ltd intends to cooperate", messages[0].body)
        (activity,) = lead.activity_ids
        self.assertEqual(activity.user_id, self.rep)
        self.assertEqual(activity.summary, "Conduct the business negotiation")
        lead.intends_to_cooperate = False
        lead.intends_to_cooperate = True
        self.assertEqual(lead.activity_ids, activity)

    def test_lead_that_comes_with_the_intention(self):
        lead = self._lead(intends_to_cooperate=True)
        self.assertTrue(lead.cooperation_date)
        self.assertEqual(lead.activity_ids.user_id, self.rep)

    # ------------------------------------------------------------ dossier (H5)

    def test_dossier_takes_over_what_the_lead_knows(self):
        source = self.env["utm.source"].create({"name": "Fair"})
        lead = self._lead(
            business_scope="Trade in furniture",
            first_contact_date="2021-01-02",
            first_contact_channel="exhibition",
            needs="Desks",
            presented="Our catalogue",
            concerns="Delivery <time>",
            description="<p>Met at the fair.</p>",
            source_id=source.id,
        )
        action = self._rpc(self.rep, "crm.lead", "action_create_dossier", lead.ids)
        dossier = self.env["customer.dossier"].browse(action["res_id"])
        self.assertEqual(lead.partner_id.name, "Wang")
        self.assertRecordValues(
            dossier,
            [
                {
                    "partner_id": lead.partner_id.parent_id.id,
                    "state": "preliminary",
                    "user_id": self.rep.id,
                    "team_id": self.unit.id,
                    "source_id": source.id,
                    "first_contact_date": date(2021, 1, 2),
                    "needs": "Desks",
                }
            ],
        )
        self.assertEqual(dossier.partner_id.name, "Phoenix Ltd")
        self.assertEqual(dossier.partner_id.business_scope, "Trade in furniture")
        for text in ("Met at the fair.", "Our catalogue", "Delivery &lt;time&gt;"):
            self.assertIn(text, dossier.background)
        again = self._rpc(self.rep, "crm.lead", "action_create_dossier", lead.ids)
        self.assertEqual(again["res_id"], dossier.id)

    def test_dossier_of_somebody_else(self):
        self._dossier(
            partner_id=self.partner.id,
            user_id=self.rep2.id,
            team_id=self.other_unit.id,
            keeper_id=self.keeper.id,
        )
        lead = self._lead(partner_id=self.partner.id)
        with self.assertRefused(RedirectWarning, f"kept by {self.keeper.name}"):
            self._rpc(self.rep, "crm.lead", "action_create_dossier", lead.ids)

    def test_no_dossier_without_the_right(self):
        lead = self._lead(self.outsider, user_id=self.outsider.id)
        with self.assertRaises(AccessError):
            self._rpc(self.outsider, "crm.lead", "action_create_dossier", lead.ids)
        self.assertFalse(lead.partner_id)
        with self.assertRaises(AccessError):
            self._rpc(self.rep2, "crm.lead", "action_create_dossier", lead.ids)
