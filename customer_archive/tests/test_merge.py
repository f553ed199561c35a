from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestMerge(CustomerArchiveCommon):
    """A customer entered twice: one dossier stays, with both histories (A58)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = cls.env.ref("base.group_partner_manager")
        for user in (cls.keeper, cls.mdo, cls.bum, cls.outsider):
            user.group_ids = [Command.link(manager.id)]
        cls.twin = cls._customer("Dragon Limited")
        cls.dossier = cls._dossier(partner_id=cls.partner.id, needs="Pumps")
        cls.folded = cls._dossier(
            partner_id=cls.twin.id, needs="Valves", lawful_source="Card"
        )

    def _merge(self, *partners, into=None, user=None):
        partners = self.partner.union(*partners)
        self.env["base.partner.merge.automatic.wizard"].with_user(
            user or self.keeper
        ).create(
            {
                "partner_ids": [Command.set(partners.ids)],
                "dst_partner_id": (into or self.partner).id,
            }
        ).action_merge()
        self.env.invalidate_all()

    def _content(self, dossier):
        """Give ``dossier`` one of everything that refers to it."""
        measure = self._measure(dossier_id=dossier.id)
        message = dossier.message_post(body=f"Word on {dossier.number}")
        attachment = self.env["ir.attachment"].create(
            {
                "name": "licence.txt",
                "raw": dossier.number.encode(),
                "res_model": dossier._name,
                "res_id": dossier.id,
            }
        )
        activity = dossier.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.rep.id
        )
        dossier.message_subscribe((self.rep + self.bum).partner_id.ids)
        return measure, message, attachment, activity

    def _references(self, dossiers):
        """Return how many rows point to ``dossiers``, by column."""
        self.env.flush_all()
        counts = {}
        for name in self.env.registry:
            model = self.env[name]
            if model._abstract or not model._auto:
                continue
            for field in model._fields.values():
                if field.type == "many2one" and field.comodel_name == dossiers._name:
                    kind = SQL("TRUE")
                elif name in ("mail.message", "ir.attachment", "mail.activity"):
                    if field.name != "res_id":
                        continue
                    kind = SQL(
                        "%s = %s", SQL.identifier(field.model_field), dossiers._name
                    )
                elif name == "customer.approval" and field.name == "res_id":
                    kind = SQL("res_model = %s", dossiers._name)
                else:
                    continue
                if field.store:
                    ((counts[str(field)],),) = self.env.execute_query(
                        SQL(
                            "SELECT count(*) FROM %s WHERE %s IN %s AND %s",
                            SQL.identifier(model._table),
                            SQL.identifier(field.name),
                            tuple(dossiers.ids),
                            kind,
                        )
                    )
        return counts

    # ------------------------------------------------------------ both histories

    def test_both_histories_survive(self):
        kept = self._content(self.dossier)
        moved = self._content(self.folded)
        self._submit(self.folded)
        self.folded.with_user(self.bum).action_reject("Known already")
        approval = self.folded.approval_id
        number = self.folded.number
        before = self._references(self.dossier + self.folded)
        self._merge(self.twin)

        self.assertFalse(self.folded.exists())
        self.assertFalse(self.twin.exists())
        after = self._references(self.dossier)
        # the merge itself is logged, and the customer's change tracked
        for logged in ("mail.message.res_id", "customer.dossier.log.dossier_id"):
            self.assertGreaterEqual(after.pop(logged), before.pop(logged))
        self.assertEqual(after, before)
        for measure, message, attachment, activity in (kept, moved):
            self.assertEqual(measure.dossier_id, self.dossier)
            self.assertEqual(measure.partner_id, self.partner)
            self.assertEqual(message.res_id, self.dossier.id)
            self.assertEqual(attachment.res_id, self.dossier.id)
            self.assertEqual(activity.res_id, self.dossier.id)
        self.assertEqual(moved[2].raw, number.encode())
        self.assertEqual(approval.res_id, self.dossier.id)
        self.assertIn(
            "Known already", self.dossier.approval_decision_ids.mapped("comment")
        )
        followers = self.dossier.message_follower_ids.partner_id
        self.assertLessEqual((self.rep + self.bum).partner_id, followers)
        self.assertEqual(len(followers), len(self.dossier.message_follower_ids))

    def test_what_the_one_that_stays_says_counts_first(self):
        number = self.folded.number
        self.folded.service_user_ids = self.fug
        self.dossier.service_user_ids = self.pl
        self._merge(self.twin)
        self.assertRecordValues(
            self.dossier,
            [
                {
                    "needs": "Pumps",
                    "lawful_source": "Card",
                    "former_numbers": number,
                    "service_user_ids": (self.pl + self.fug).ids,
                }
            ],
        )
        self.assertIn(number, str(self.dossier.log_ids.mapped("reason")))
        found = self.dossier.name_search(number)
        self.assertEqual([id_ for id_, _name in found], self.dossier.ids)
        self.assertNotEqual(self._dossier().number, number)

    def test_strictest_level_holds(self):
        core = self.env.ref("customer_archive.customer_secrecy_level_core")
        self.folded._system_write({"secrecy_level_id": core.id})
        self._merge(self.twin, user=self.mdo)
        self.assertEqual(self.dossier.secrecy_level_id, core)

    def test_pending_request_is_withdrawn(self):
        self._submit(self.folded)
        approval = self.folded.approval_id
        self._merge(self.twin)
        self.assertEqual(approval.state, "withdrawn")
        self.assertEqual(approval.res_id, self.dossier.id)
        self.assertRecordValues(
            self.dossier, [{"state": "preliminary", "approval_state": "none"}]
        )
        self.assertIn(
            f"Folded into {self.dossier.number}.",
            approval.decision_ids.mapped("comment"),
        )

    # ------------------------------------------------------------ which one stays

    def test_customer_without_dossier_takes_over_the_formal_one(self):
        formal = self._formal_dossier()
        third = formal.partner_id
        number = self.dossier.number
        empty = self._customer("Dragon Company")
        self._merge(third, empty, into=empty)
        self.assertEqual(formal.partner_id, empty)
        self.assertEqual(formal.former_numbers, number)
        self.assertFalse(self.dossier.exists())
        self.assertEqual(formal.needs, "Pumps")

    def test_three_at_once(self):
        third = self._dossier()
        numbers = f"{self.folded.number}, {third.number}"
        self._merge(self.twin, third.partner_id)
        self.assertEqual(self.dossier.former_numbers, numbers)
        self.assertFalse((self.folded + third).exists())
        fourth = self._dossier()
        expected = f"{self.dossier.number}, {numbers}"
        self._merge(fourth.partner_id, into=fourth.partner_id)
        self.assertEqual(fourth.former_numbers, expected)

    def test_one_dossier_moves_with_its_customer(self):
        empty = self._customer("Dragon Company")
        measure = self._measure(dossier_id=self.dossier.id)
        self._merge(empty, into=empty, user=self.outsider)
        self.assertEqual(self.dossier.partner_id, empty)
        self.assertEqual(measure.partner_id, empty)

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        self.twin.company_id = company
        self.assertEqual(self.folded.company_id, company)
        self.keeper.company_ids += company
        self._merge(self.twin, into=self.twin)
        self.assertEqual(self.folded.company_id, company)
        self.assertFalse(self.dossier.exists())
        shared = self._customer("Dragon Company")
        self.partner = shared
        self._merge(self.twin, into=shared)
        self.assertEqual(self.folded.partner_id, shared)
        self.assertEqual(self.folded.company_id, shared.company_id)

    # ------------------------------------------------------------ who may

    def test_keeper_or_marketing_director_merges(self):
        for user in (self.bum, self.outsider):
            with self.assertRefused(UserError, "each have a dossier"):
                self._merge(self.twin, user=user)
        with self.assertRaises(AccessError):
            self._merge(self.twin, user=self.rep)
        core = self.env.ref("customer_archive.customer_secrecy_level_core")
        self._right(core, "keeper").read_scope = "related"
        self.folded._system_write({"secrecy_level_id": core.id})
        self.folded.keeper_id = False
        with self.assertRefused(UserError, "keeper who may read them"):
            self._merge(self.twin)
        self.assertTrue(self.folded.exists())
        self._merge(self.twin, user=self.mdo)
        self.assertFalse(self.folded.exists())

    def test_formal_dossier_is_deleted_by_nobody_else(self):
        formal = self._formal_dossier()
        for user in (self.rep, self.keeper, self.mdo):
            with self.assertRaises(UserError):
                self._rpc(
                    user,
                    formal._name,
                    "unlink",
                    formal.ids,
                    context={"customer_archive_system": True},
                )
        with self.assertRaises(AccessError):
            self._rpc(
                self.keeper,
                formal._name,
                "write",
                formal.ids,
                {"former_numbers": "KH-1"},
            )
        self.assertTrue(formal.exists())

    def test_what_both_have_is_left_out_and_named(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX one_measure ON customer_measure (dossier_id)"
        )
        self._measure(dossier_id=self.dossier.id)
        other = self._measure(dossier_id=self.folded.id, name="Twice")
        name = other.display_name
        self._merge(self.twin)
        self.assertFalse(other.exists())
        logged = str(self.dossier.log_ids.mapped("reason"))
        self.assertIn("had it already", logged)
        self.assertIn(name, logged)
