from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestAllocation(CustomerArchiveCommon):
    """Customers are given to others with a reason (A14), and the successor takes over
    what was open (A15)."""

    def _allocate(self, user, dossiers, **values):
        values = {"reason": "New region", "dossier_ids": dossiers.ids, **values}
        wizard_id = self._rpc(user, "customer.dossier.allocate", "create", values)
        self._rpc(user, "customer.dossier.allocate", "action_allocate", [wizard_id])
        self.env.invalidate_all()

    # ------------------------------------------------------------ allocation

    def test_marketing_director_allocates_between_units(self):
        dossiers = self._dossier() + self._dossier(team_id=self.other_unit.id)
        self._allocate(
            self.mdo, dossiers, team_id=self.other_unit.id, user_id=self.rep2.id
        )
        self.assertEqual(dossiers.team_id, self.other_unit)
        self.assertEqual(dossiers.user_id, self.rep2)
        for dossier in dossiers:
            self.assertEqual(dossier.log_ids[0].reason, "New region")
            self.assertTrue(dossier.with_user(self.rep2).has_access("write"))
            self.assertFalse(dossier.with_user(self.rep).has_access("read"))

    def test_rep_does_not_give_a_formal_customer_away(self):
        dossier = self._formal_dossier()
        for values in (
            {"user_id": self.rep2.id},
            {"team_id": self.other_unit.id},
            {"keeper_id": self.rep.id},
        ):
            with self.assertRefused(AccessError, "Ask for the allocation"):
                self._rpc(self.rep, dossier._name, "write", dossier.ids, values)
            with self.assertRefused(AccessError, "Ask for the allocation"):
                self._rpc(
                    self.rep,
                    "res.partner",
                    "write",
                    dossier.partner_id.ids,
                    {"dossier_user_id": self.rep2.id},
                )
        self._rpc(
            self.bum, dossier._name, "write", dossier.ids, {"user_id": self.rep2.id}
        )
        self.assertEqual(dossier.user_id, self.rep2)

    def test_unit_manager_allocates_within_his_unit(self):
        dossier = self._dossier()
        self._allocate(self.bum, dossier, user_id=self.rep2.id)
        self.assertEqual(dossier.user_id, self.rep2)
        with self.assertRefused(AccessError, "within your own business unit"):
            self._allocate(self.bum, dossier, team_id=self.other_unit.id)
        foreign = self._dossier(team_id=self.other_unit.id, user_id=self.bum.id)
        with self.assertRefused(AccessError, "within your own business unit"):
            self._allocate(self.bum, dossier + foreign, user_id=self.rep.id)
        self.assertEqual(foreign.user_id, self.bum)

    def test_others_do_not_allocate(self):
        dossier = self._dossier()
        for user in (self.rep, self.keeper, self.gmo, self.outsider, self.admin_user):
            with self.assertRaises(AccessError):
                self._allocate(user, dossier, user_id=self.rep2.id)
        hidden = self._dossier(team_id=self.other_unit.id)
        with self.assertRaises(AccessError):
            self._allocate(self.bum, hidden, user_id=self.rep2.id)
        self.assertEqual((dossier + hidden).user_id, self.rep)

    def test_nothing_to_allocate(self):
        with self.assertRefused(UserError, "Choose dossiers"):
            self._allocate(self.mdo, self._dossier())

    def test_dialog_starts_with_the_selection(self):
        dossiers = self._dossier() + self._dossier()
        dialog = (
            self.env["customer.dossier.allocate"]
            .with_user(self.mdo)
            .with_context(active_ids=dossiers.ids, active_model=dossiers._name)
            .create({"reason": "New region", "user_id": self.rep2.id})
        )
        self.assertEqual(dialog.dossier_ids, dossiers.with_user(self.mdo))
        dialog.action_allocate()
        self.assertEqual(dossiers.user_id, self.rep2)

    # ------------------------------------------------------------ successor

    def _todo(self, record, user):
        return record.activity_schedule("mail.mail_activity_data_todo", user_id=user.id)

    def _lead(self, partner, **values):
        return self.env["crm.lead"].create(
            {
                "name": "Pumps",
                "type": "opportunity",
                "partner_id": partner.id,
                "user_id": self.rep.id,
                **values,
            }
        )

    def test_successor_takes_over_what_is_open(self):
        self.partner.user_id = self.rep
        dossier = self._dossier(partner_id=self.partner.id)
        buyer = self._customer("Buyer", is_company=False, parent_id=self.partner.id)
        other = self._customer()
        his = (
            self._todo(dossier, self.rep)
            + self._todo(self.partner, self.rep)
            + self._todo(buyer, self.rep)
        )
        keepers = self._todo(dossier, self.keeper)
        elsewhere = self._todo(other, self.rep)
        done = self._todo(dossier, self.rep)
        done.action_archive()
        open_lead = self._lead(buyer)
        colleagues = self._lead(self.partner, user_id=self.rep2.id)
        lost = self._lead(self.partner)
        lost.action_set_lost()
        won = self._lead(self.partner)
        won.action_set_won()
        unrelated = self._lead(other)

        self._rpc(
            self.bum,
            "customer.dossier",
            "write",
            dossier.ids,
            {"user_id": self.rep2.id},
        )
        self.env.invalidate_all()
        self.assertEqual(his.user_id, self.rep2)
        self.assertEqual(keepers.user_id, self.keeper)
        self.assertEqual((elsewhere + done).user_id, self.rep)
        self.assertEqual((open_lead + colleagues).user_id, self.rep2)
        self.assertEqual((lost + won + unrelated).user_id, self.rep)
        self.assertEqual(self.partner.user_id, self.rep2)

    def test_request_for_a_decision_stays_with_the_decider(self):
        dossier = self._dossier(user_id=self.bum.id)
        todo = dossier.activity_schedule(
            "customer_archive.mail_activity_type_approval", user_id=self.bum.id
        )
        dossier.user_id = self.rep2
        self.assertEqual(todo.user_id, self.bum)

    def test_no_successor_yet(self):
        dossier = self._dossier()
        todo = self._todo(dossier, self.rep)
        dossier.user_id = False
        self.assertEqual(todo.user_id, self.rep)
        self.assertFalse(dossier.partner_id.user_id)
        dossier.user_id = self.rep2
        self.assertEqual(dossier.partner_id.user_id, self.rep2)

    def test_number_of_queries_does_not_grow(self):
        counts = []
        for size in (2, 20):
            dossiers = self.env["customer.dossier"].create(
                [
                    {
                        "partner_id": self._customer().id,
                        "team_id": self.unit.id,
                        "user_id": self.rep.id,
                    }
                    for _i in range(size)
                ]
            )
            for dossier in dossiers:
                self._todo(dossier, self.rep)
            self.env.flush_all()
            self.env.invalidate_all()
            dossiers.mapped("partner_id.name")
            start = self.env.cr.sql_log_count
            dossiers._pass_on(self.rep, self.rep2)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        # core looks up the sales team of each opportunity that changes hands
        self.assertLessEqual(counts[1], counts[0])
