from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import CustomerArchiveCommon


class ChangeCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.dossier.field"].search([]).unlink()
        cls._watch("res.partner", "name", "phone", "street", "vat", "country_id")
        cls._watch("res.partner", "child_ids", "is_company", "category_id")
        cls._watch("customer.dossier", "needs", "source_id", "service_user_ids")
        cls.dossier = cls._formal_dossier(partner_id=cls.partner.id)
        cls.changes = cls.env["customer.change"]
        cls.manager_rights = cls.env.ref("base.group_partner_manager")

    @classmethod
    def _watch(cls, model, *names):
        cls.env["customer.dossier.field"].create(
            [
                {
                    "field_id": cls.env["ir.model.fields"]._get(model, name).id,
                    "watched": True,
                }
                for name in names
            ]
        )

    def _marks(self, dossier=None):
        return self.changes.search(
            [("dossier_id", "=", (dossier or self.dossier).id)], order="id"
        )

    def _write(self, user, values, record=None):
        record = record or self.partner
        return self._rpc(user, record._name, "write", record.ids, values)


@tagged("post_install", "-at_install")
class TestChange(ChangeCommon):
    # ------------------------------------------------------------ marking

    def test_change_is_marked_with_old_and_new(self):
        self.partner.phone = "1"
        self._marks().sudo()._decide("acknowledged")
        count = len(self._marks())
        self._write(self.rep, {"phone": "2", "ref": "unwatched"})
        self.assertRecordValues(
            self._marks()[count:],
            [
                {
                    "res_model": "res.partner",
                    "res_id": self.partner.id,
                    "partner_id": self.partner.id,
                    "record_name": "Dragon Ltd",
                    "field_label": "Phone",
                    "old_value": "1",
                    "new_value": "2",
                    "user_id": self.rep.id,
                    "state": "marked",
                    "decided_on": False,
                }
            ],
        )

    def test_what_did_not_change_is_not_marked(self):
        self._write(self.rep, {"name": "Dragon Ltd", "phone": False})
        self._write(self.rep, {"ref": "X"})
        self.assertFalse(self._marks())

    def test_relations_are_marked_by_name(self):
        country = self.env.ref("base.cn")
        self._write(self.rep, {"country_id": country.id})
        self._write(
            self.rep, {"service_user_ids": [Command.link(self.fug.id)]}, self.dossier
        )
        self.assertEqual(
            self._marks().mapped("new_value"), [country.name, self.fug.name]
        )

    def test_several_fields_in_one_insert(self):
        values = {"phone": "1", "street": "A", "name": "B"}
        self._write(self.rep, values)
        self.assertEqual(
            set(self._marks().mapped("field_id.name")), {"phone", "street", "name"}
        )

    def test_preliminary_and_history_are_not_marked(self):
        dossier = self._dossier()
        dossier.with_user(self.rep).needs = "First"
        dossier.partner_id.with_user(self.rep).phone = "1"
        self.assertFalse(self._marks(dossier))
        self._submit(dossier)
        dossier.partner_id.with_user(self.rep).phone = "2"
        self.assertEqual(len(self._marks(dossier)), 1)
        self.dossier._system_write({"state": "history"})
        self.partner.phone = "3"
        self.assertFalse(self._marks())

    def test_keeper_acknowledges_by_changing(self):
        self._write(self.keeper, {"phone": "2"})
        self.assertRecordValues(
            self._marks(),
            [
                {
                    "state": "acknowledged",
                    "decided_by_id": self.keeper.id,
                    "turnaround_hours": 0,
                }
            ],
        )

    def test_system_is_marked(self):
        self.partner.phone = "9"
        self.assertRecordValues(
            self._marks(), [{"state": "marked", "user_id": self.env.uid}]
        )

    def test_contacts_come_change_and_go(self):
        contact = (
            self.env["res.partner"]
            .with_user(self.rep)
            .create({"name": "Li", "parent_id": self.partner.id})
        )
        contact.phone = "5"
        contact.active = False
        contact.active = True
        other = self._customer("Elsewhere")
        contact.parent_id = other
        texts = [
            (mark.field_id.name, mark.old_value, mark.new_value)
            for mark in self._marks()
        ]
        name = "Dragon Ltd, Li"
        self.assertEqual(
            texts,
            [
                ("child_ids", False, name),
                ("phone", "", "5"),
                ("child_ids", name, False),
                ("child_ids", False, name),
                ("child_ids", "Elsewhere, Li", False),
            ],
        )
        contact.parent_id = self.partner
        self.assertEqual(len(self._marks()), 6)
        contact.sudo().unlink()
        self.assertEqual(len(self._marks()), 7)

    def test_synced_fields_are_marked_once(self):
        for name in ("A", "B", "C"):
            self._customer(name, is_company=False, parent_id=self.partner.id)
        count = len(self._marks())
        self.partner.write({"street": "New Street", "vat": "123"})
        marks = self._marks()[count:]
        self.assertEqual(set(marks.mapped("field_id.name")), {"street", "vat"})
        self.assertEqual(marks.mapped("res_id"), [self.partner.id] * 2)
        contact = self.partner.child_ids[0]
        contact.street = "By the contact"
        self.assertEqual(self.partner.street, "By the contact")
        self.assertEqual(self._marks()[-1].res_id, self.partner.id)
        self.assertEqual(len(self._marks()), count + 3)

    def test_cost_without_dossier(self):
        partners = self.env["res.partner"].create([{"name": str(i)} for i in range(9)])
        partners.mapped("commercial_partner_id")
        self.changes._get_dossiers(partners[0], {"phone": "warm"})
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertFalse(self.changes._get_dossiers(partners, {"phone": "1"}))
        with self.assertQueryCount(0):
            self.assertFalse(self.changes._get_dossiers(partners, {"ref": "1"}))

    def test_cost_does_not_grow(self):
        def cost(count):
            dossiers = self.env["customer.dossier"].browse()
            for _index in range(count):
                dossiers |= self._dossier()
            dossiers._system_write({"state": "formal"})
            self.env.flush_all()
            before = self.cr.sql_log_count
            dossiers.write({"needs": "Many"})
            self.env.flush_all()
            self.assertEqual(
                self.changes.search_count([("dossier_id", "in", dossiers.ids)]), count
            )
            return self.cr.sql_log_count - before

        cost(1)
        self.assertLessEqual(cost(20), cost(2) + 1)

    # ------------------------------------------------------------ acknowledging

    def test_keeper_acknowledges(self):
        with freeze_time("2031-03-03 08:00:00"):
            self._write(self.rep, {"phone": "2", "name": "New"})
        self.assertEqual(
            self.dossier.with_user(self.rep).unacknowledged_change_count, 2
        )
        found = self.dossier.search(
            [("change_ids.state", "in", ("marked", "proposed"))]
        )
        self.assertIn(self.dossier, found)
        with freeze_time("2031-03-03 10:30:00"):
            self._rpc(
                self.keeper,
                "customer.dossier",
                "action_acknowledge_changes",
                self.dossier.ids,
            )
        self.assertRecordValues(
            self._marks(),
            [
                {
                    "state": "acknowledged",
                    "decided_by_id": self.keeper.id,
                    "turnaround_hours": 2.5,
                }
            ]
            * 2,
        )
        self.assertFalse(
            self.dossier.with_user(self.keeper).unacknowledged_change_count
        )

    def test_attackers(self):
        self._write(self.rep, {"phone": "2"})
        mark = self._marks()
        for user in (self.outsider, self.rep, self.bum, self.admin_user):
            for method, args in (
                ("action_acknowledge", [mark.ids]),
                ("action_apply", [mark.ids]),
                ("action_reject", [mark.ids, "No"]),
                ("write", [mark.ids, {"state": "acknowledged"}]),
                ("unlink", [mark.ids]),
                ("create", [{"dossier_id": self.dossier.id, "state": "applied"}]),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, mark._name, method, *args)
        with self.assertRaises(AccessError):
            self._rpc(
                self.bum,
                "customer.dossier",
                "action_acknowledge_changes",
                self.dossier.ids,
            )
        self.assertEqual(mark.state, "marked")
        for method, args in (
            ("read", [mark.ids, ["new_value"]]),
            ("export_data", [mark.ids, ["new_value"]]),
        ):
            # exporting is refused as such to who lacks that right
            with self.assertRaises(UserError):
                self._rpc(self.outsider, mark._name, method, *args)
        domain = [("id", "in", mark.ids)]
        self.assertFalse(
            self._rpc(self.outsider, mark._name, "search_read", domain, ["new_value"])
        )
        with self.assertRefused(AccessError, "not searched, sorted or grouped"):
            self._rpc(
                self.outsider, mark._name, "formatted_read_group", domain, ["new_value"]
            )

    def test_fields_with_groups_stay_confidential(self):
        field = self.env["customer.dossier"]._fields["needs"]
        self.patch(field, "groups", "customer_archive.group_gmo")
        self.dossier.sudo().needs = "Secret"
        mark = self._marks()
        self.assertEqual(mark.new_value, "Secret")
        self.assertFalse(mark.with_user(self.rep).has_access("read"))
        self.assertTrue(mark.with_user(self.gmo).has_access("read"))

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.partner.company_id = company
        self.partner.phone = "7"
        mark = self._marks()
        self.assertEqual(mark.company_id, company)
        self.assertFalse(mark.with_user(self.keeper).has_access("read"))


@tagged("post_install", "-at_install")
class TestStrict(ChangeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.customer_update_mode = "strict"

    def _propose(self, values=None, user=None):
        self._write(user or self.rep, values or {"phone": "2"})
        return self._marks().filtered(lambda change: change.state == "proposed")

    def test_values_become_proposals(self):
        self.partner.phone = "1"
        proposal = self._propose({"phone": "2", "ref": "at once"})
        self.assertEqual(self.partner.phone, "1")
        self.assertEqual(self.partner.ref, "at once")
        self.assertRecordValues(
            proposal,
            [
                {
                    "old_value": "1",
                    "new_value": "2",
                    "new_json": "2",
                    "user_id": self.rep.id,
                }
            ],
        )
        activity = self.dossier.activity_ids.filtered(
            lambda activity: activity.user_id == self.keeper
        )
        self.assertEqual(len(activity), 1)
        self._propose({"phone": "2", "street": "S"})
        self.assertEqual(
            self._marks()
            .filtered(lambda change: change.state == "proposed")
            .mapped("field_id.name"),
            ["phone", "street"],
        )
        self.assertEqual(
            self.dossier.activity_ids.filtered(lambda a: a.user_id == self.keeper),
            activity,
        )

    def test_author_is_told(self):
        messages = []
        self.patch(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, message, **kw: messages.append((user, kind, message)),
        )
        self._propose()
        told = [m for user, kind, m in messages if kind == "simple_notification"]
        self.assertEqual(len(told), 1)
        self.assertIn("Phone", told[0]["message"])

    def test_who_writes_at_once(self):
        self._write(self.keeper, {"phone": "3"})
        self.assertEqual(self.partner.phone, "3")
        self.partner.with_user(self.rep).sudo().phone = "4"
        self.assertEqual(self.partner.phone, "4")
        preliminary = self._dossier()
        self._write(self.rep, {"phone": "5"}, preliminary.partner_id)
        self.assertEqual(preliminary.partner_id.phone, "5")
        self.assertFalse(
            self.changes.search([("state", "=", "proposed")]).filtered(
                lambda change: change.dossier_id in self.dossier | preliminary
            )
        )

    def test_mixed_records(self):
        other = self._customer()
        self._write(self.rep, {"phone": "6"}, self.partner + other)
        self.assertFalse(self.partner.phone)
        self.assertEqual(other.phone, "6")

    def test_dossier_field_and_right(self):
        self._write(self.rep, {"needs": "More"}, self.dossier)
        self.assertFalse(self.dossier.needs)
        self.assertEqual(self._marks().new_value, "More")
        with self.assertRaises(AccessError):
            self._write(self.rep2, {"needs": "x"}, self.dossier)
        self.assertEqual(len(self._marks()), 1)

    def test_guarded_fields_are_refused_as_ever(self):
        self._watch("customer.dossier", "state")
        with self.assertRaises(AccessError):
            self._write(self.rep, {"state": "history"}, self.dossier)

    def test_by_way_of_a_contact(self):
        contact = self._customer("Li", is_company=False, parent_id=self.partner.id)
        self._write(self.rep, {"street": "Past the keeper", "vat": "1"}, contact)
        self.assertFalse(self.partner.street)
        self.assertFalse(self.partner.vat)
        # x2many commands run as the user whom the request came from
        self.patch(self.env.transaction, "default_env", self.env(user=self.rep))
        self._write(
            self.rep,
            {"child_ids": [Command.update(contact.id, {"phone": "Past, too"})]},
        )
        self.assertFalse(contact.phone)
        self._rpc(
            self.rep,
            "res.partner",
            "create",
            [{"name": "New", "parent_id": self.partner.id, "street": "Once more"}],
        )
        self.assertFalse(self.partner.street)
        for values in ({"active": False}, {"parent_id": False}):
            self._write(self.rep, values, contact)
        self.assertTrue(contact.active)
        self.assertEqual(contact.parent_id, self.partner)
        manager = new_test_user(
            self.env, "deleter", groups="base.group_partner_manager", lang="en_US"
        )
        with self.assertRefused(UserError, "Ask him"):
            self._rpc(manager, "res.partner", "unlink", contact.ids)

    def test_many_values_are_asked_for(self):
        with self.assertRefused(UserError, "entered by the keeper"):
            self._write(self.rep, {"category_id": [Command.create({"name": "T"})]})

    def test_apply(self):
        country = self.env.ref("base.cn")
        proposals = self._propose({"phone": "2", "country_id": country.id})
        self._rpc(self.keeper, "customer.change", "action_apply", proposals.ids)
        self.assertRecordValues(
            self.partner, [{"phone": "2", "country_id": country.id}]
        )
        self.assertEqual(proposals.mapped("state"), ["applied"] * 2)
        self.assertEqual(self._marks(), proposals.sorted("id"))
        self.assertFalse(
            self.dossier.activity_ids.filtered(lambda a: a.user_id == self.keeper)
        )
        with self.assertRefused(UserError, "open proposals"):
            self._rpc(self.keeper, "customer.change", "action_apply", proposals.ids)

    def test_apply_after_another_change(self):
        proposal = self._propose()
        self._write(self.keeper, {"phone": "77"})
        with self.assertRefused(UserError, "now 77"):
            self._rpc(self.keeper, "customer.change", "action_apply", proposal.ids)
        self.assertEqual(proposal.state, "proposed")

    def test_reject(self):
        proposal = self._propose()
        with self.assertRefused(UserError, "Say why"):
            self._rpc(
                self.keeper, "customer.change", "action_reject", proposal.ids, " "
            )
        wizard = self._rpc(
            self.keeper,
            "customer.upkeep.decide",
            "create",
            [{"decision": "reject", "reason": "Not confirmed"}],
        )
        self.env["customer.upkeep.decide"].browse(wizard).with_user(
            self.keeper
        ).with_context(active_ids=proposal.ids).action_decide()
        self.assertRecordValues(
            proposal, [{"state": "rejected", "reason": "Not confirmed"}]
        )
        self.assertFalse(self.partner.phone)
        told = self.env["mail.message"].search(
            [
                ("partner_ids", "in", self.rep.partner_id.ids),
                ("body", "ilike", "Not confirmed"),
            ]
        )
        self.assertEqual(len(told), 1)

    def test_attackers_do_not_decide(self):
        proposal = self._propose()
        for user in (self.rep, self.bum, self.gmo, self.outsider):
            for method, args in (("action_apply", []), ("action_reject", ["No"])):
                with self.assertRaises(AccessError):
                    self._rpc(user, "customer.change", method, proposal.ids, *args)
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    "customer.change",
                    "write",
                    proposal.ids,
                    {"state": "applied"},
                    context={"customer_change_applying": True},
                )
        self._write(self.rep, {"phone": "3"})
        self.assertFalse(self.partner.phone)

    def test_shared_customer_under_a_direct_company(self):
        direct = self.env["res.company"].create({"name": "Direct"})
        self.rep.company_ids = [Command.link(direct.id)]
        self._rpc(
            self.rep,
            "res.partner",
            "write",
            self.partner.ids,
            {"phone": "9"},
            context={"allowed_company_ids": direct.ids},
        )
        self.assertFalse(self.partner.phone)
        self.partner.company_id = direct
        self._rpc(
            self.rep,
            "res.partner",
            "write",
            self.partner.ids,
            {"phone": "9"},
            context={"allowed_company_ids": direct.ids},
        )
        self.assertEqual(self.partner.phone, "9")


@tagged("post_install", "-at_install")
class TestDigest(ChangeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.duty"].search([]).action_archive()
        cls.duty = cls.env.ref("customer_archive.customer_duty_change_digest")
        cls.duty.write({"anchor_date": "2031-03-03", "active": True})
        cls.env["customer.dossier"].search([("id", "!=", cls.dossier.id)]).filtered(
            lambda dossier: dossier.state in ("submitted", "formal")
        )._system_write({"state": "history"})
        # the company whose duty covers shared customers
        cls.first = cls.env["res.company"].search([], order="id", limit=1)
        (cls.keeper | cls.rep | cls.keeper).company_ids = [Command.link(cls.first.id)]

    def _run(self, day):
        mails = self.env["mail.mail"].search([])
        with freeze_time(f"{day} 03:00:00"), self.enter_registry_test_mode():
            cron = self.env.ref("customer_archive.ir_cron_run_duties")
            cron.with_user(self.env.ref("base.user_root")).method_direct_trigger()
        self.env.invalidate_all()
        return self.env["mail.mail"].search([]) - mails

    def test_changes_of_the_week(self):
        with freeze_time("2031-03-04 08:00:00"):
            self._write(self.rep, {"phone": "4711"})
        with freeze_time("2031-03-11 08:00:00"):
            self._write(self.rep, {"phone": "4712"})
        mail = self._run("2031-03-10")
        self.assertEqual(mail.recipient_ids, self.keeper.partner_id)
        for text in ("Dragon Ltd", "Phone", "4711", self.rep.name, "Unit North"):
            self.assertIn(text, mail.body_html)
        self.assertNotIn("4712", mail.body_html)
        self.assertFalse(self._run("2031-03-10"))
        self.assertIn("4712", self._run("2031-03-17").body_html)

    def test_nil_and_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.keeper.lang = "zh_CN"
        mail = self._run("2031-03-10")
        self.assertEqual(len(mail), 1)
        self.assertNotIn("<table", mail.body_html)
        self.keeper.lang = "en_US"
        self.assertIn("Nil", self._run("2031-03-17").body_html)

    def test_every_missed_week(self):
        self.assertEqual(len(self._run("2031-03-25")), 3)

    def test_split_by_right(self):
        secret = self._formal_dossier(
            partner_id=self._customer("Tiger Ltd").id, keeper_id=self.mdo.id
        )
        outsider_keeper = self._formal_dossier(
            partner_id=self._customer("Crane Ltd").id, keeper_id=self.fug.id
        )
        (self.mdo | self.fug).company_ids = [Command.link(self.first.id)]
        with freeze_time("2031-03-04 08:00:00"):
            self.partner.phone = "111"
            secret.partner_id.phone = "222"
            outsider_keeper.partner_id.phone = "333"
        by_reader = {mail.recipient_ids: mail for mail in self._run("2031-03-10")}
        self.assertEqual(
            set(by_reader),
            {self.keeper.partner_id, self.mdo.partner_id, self.fug.partner_id},
        )
        self.assertIn("333", by_reader[self.fug.partner_id].body_html)
        self.assertNotIn("111", by_reader[self.fug.partner_id].body_html)
        self.assertIn("111", by_reader[self.mdo.partner_id].body_html)
