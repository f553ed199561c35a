from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestInformation(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = cls._user(False, login="archive_plain")
        cls.plain.group_ids = [Command.set(cls.env.ref("base.group_user").ids)]
        cls.model = cls.env["customer.information"]
        cls.company.customer_keeper_id = False

    def _submit(self, user=None, **values):
        values = {"text": "They build a second plant", **values}
        entry = self._rpc(user or self.plain, "customer.information", "create", values)
        return self.model.browse(entry)

    def _todos(self, user):
        return self.env["mail.activity"].search(
            [
                ("user_id", "=", user.id),
                (
                    "activity_type_id",
                    "=",
                    self.env.ref("customer_archive.mail_activity_type_information").id,
                ),
            ]
        )

    def _readers(self, entry, users):
        return [user for user in users if entry.with_user(user).has_access("read")]

    # ------------------------------------------------------------ who sees what

    def test_everybody_submits_and_sees_his_own(self):
        entry = self._submit(partner_id=self.partner.id)
        self.assertRecordValues(
            entry, [{"user_id": self.plain.id, "state": "new", "kind": "submission"}]
        )
        rows = self._rpc(
            self.plain, entry._name, "search_read", [], ["text", "state", "result"]
        )
        self.assertEqual([row["id"] for row in rows], entry.ids)
        for method, args in (
            ("read", [entry.ids, ["text"]]),
            ("write", [entry.ids, {"text": "x"}]),
            ("unlink", [entry.ids]),
            ("action_handle", [entry.ids, "Done"]),
            ("action_dismiss", [entry.ids, "No"]),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(self.outsider, entry._name, method, *args)
        # exporting is refused as such to who lacks that right
        with self.assertRaises(UserError):
            self._rpc(self.outsider, entry._name, "export_data", entry.ids, ["text"])
        self.assertFalse(
            self._rpc(
                self.outsider, entry._name, "search_read", [("id", "=", entry.id)], []
            )
        )
        self.assertFalse(
            self._rpc(
                self.outsider,
                entry._name,
                "formatted_read_group",
                [("id", "=", entry.id)],
                ["kind"],
            )
        )

    def test_inbox_by_role(self):
        self._dossier(partner_id=self.partner.id, keeper_id=self.fug.id)
        secret = self._customer("Secret Ltd")
        level = self.env["customer.secrecy.level"].create(
            {"name": "Nobody", "rank": 99}
        )
        hidden = self._dossier(
            partner_id=secret.id, team_id=self.other_unit.id, user_id=self.rep2.id
        )
        hidden._system_write({"secrecy_level_id": level.id})
        users = (self.keeper, self.bum, self.bum2, self.mdo, self.gmo, self.fug)
        users += (self.rep, self.outsider)
        self.assertEqual(
            self._readers(self._submit(partner_id=self.partner.id), users),
            [self.keeper, self.bum, self.mdo, self.gmo, self.fug],
        )
        self.assertEqual(
            self._readers(self._submit(partner_id=secret.id), users),
            [self.bum2, self.mdo, self.gmo],
        )
        self.assertEqual(
            self._readers(self._submit(), users), [self.keeper, self.mdo, self.gmo]
        )

    def test_other_company(self):
        entry = self._submit()
        entry.sudo()._system_write(
            {"company_id": self.env["res.company"].create({"name": "Other"}).id}
        )
        self.assertFalse(entry.with_user(self.mdo).has_access("read"))

    def test_author_does_not_learn_of_the_dossier(self):
        plain_customer = self._customer("No Dossier")
        self._dossier(partner_id=self.partner.id, keeper_id=self.keeper.id)
        entries = self._submit(partner_id=self.partner.id, kind="major") + self._submit(
            partner_id=plain_customer.id, kind="major"
        )
        self.assertTrue(self._todos(self.keeper))
        fields = list(self._rpc(self.plain, entries._name, "fields_get"))
        rows = self._rpc(self.plain, entries._name, "read", entries.ids, fields)
        differing = {
            name
            for name in fields
            if rows[0][name] != rows[1][name]
            and name not in ("id", "partner_id", "commercial_partner_id")
            and not name.endswith(("_date", "_on", "_hours"))
        }
        self.assertFalse(differing)
        for model in ("mail.activity", "mail.message", "mail.notification"):
            records = self.env[model].with_user(self.plain).search([])
            self.assertFalse(
                records.filtered(lambda r: self.keeper.name in str(r.sudo().read()))
            )
        self.assertFalse(self.env["mail.activity"].with_user(self.plain).search([]))

    def test_customer_that_may_not_be_read(self):
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self._customer("Foreign", company_id=company.id)
        with self.assertRaises(AccessError):
            self._submit(partner_id=foreign.id)

    # ------------------------------------------------------------ what is fixed

    def test_author_changes_the_text_while_new(self):
        entry = self._submit(partner_id=self.partner.id)
        self._rpc(self.plain, entry._name, "write", entry.ids, {"text": "Better"})
        for values in (
            {"kind": "major"},
            {"partner_id": False},
            {"learned_on": "2020-01-01 00:00:00"},
        ):
            with self.assertRefused(UserError, "stays"):
                self._rpc(self.plain, entry._name, "write", entry.ids, values)
        for values in (
            {"state": "handled"},
            {"user_id": self.rep.id},
            {"result": "Praise"},
            {"reported_on": "2020-01-01 00:00:00"},
        ):
            for user in (self.plain, self.keeper, self.gmo):
                with self.assertRaises(AccessError):
                    self._rpc(user, entry._name, "write", entry.ids, values)
        self._rpc(self.keeper, entry._name, "action_handle", entry.ids, "Entered")
        with self.assertRaises(AccessError):
            self._rpc(self.plain, entry._name, "write", entry.ids, {"text": "Late"})
        self.assertEqual(entry.text, "Better")

    def test_requests_that_a_refusal_leads_to(self):
        """The form that «Request Allocation» opens, and entries from before permits."""
        self._dossier(partner_id=self.partner.id)
        for kind in ("duplicate", "access"):
            entry = self._submit(kind=kind, partner_id=self.partner.id)
            self.assertRecordValues(
                entry,
                [{"kind": kind, "user_id": self.plain.id, "state": "new"}],
            )
            self.assertTrue(entry.with_user(self.keeper).can_handle)
            self.assertFalse(entry.with_user(self.plain).can_handle)
            self.assertFalse(entry.with_user(self.rep2).has_access("read"))

    # ------------------------------------------------------------ major information

    def test_major_information_is_told_at_once(self):
        self._dossier(partner_id=self.partner.id)
        with freeze_time("2031-03-03 12:00:00"):
            entry = self._submit(
                kind="major",
                subject_kind="market",
                partner_id=self.partner.id,
                text="<b>They</b> close",
                learned_on="2031-03-03 09:30:00",
                channel="phone",
            )
        self.assertEqual(entry.delay_hours, 2.5)
        for user, count in ((self.bum, 1), (self.keeper, 1), (self.bum2, 0)):
            todos = self._todos(user)
            self.assertEqual(len(todos), count, user.login)
            mails = self.env["mail.mail"].search(
                [
                    ("recipient_ids", "in", user.partner_id.ids),
                    ("subject", "ilike", "Major information"),
                ]
            )
            self.assertEqual(len(mails), count, user.login)
        todo = self._todos(self.bum)
        self.assertIn("&lt;b&gt;They", todo.note)
        self.assertIn(self.plain.name, todo.note)
        self.assertFalse(todo.res_model)

    def test_major_information_without_dossier(self):
        self.company.customer_keeper_id = self.keeper
        team = self._unit("Team", user_id=self.bum2.id)
        self.env["crm.team.member"].create(
            {"crm_team_id": team.id, "user_id": self.plain.id}
        )
        self._submit(kind="major", subject_kind="product")
        self.assertEqual(len(self._todos(self.keeper)), 1)
        self.assertEqual(len(self._todos(self.bum2)), 1)
        self.assertFalse(self._todos(self.bum))

    def test_checks(self):
        with self.assertRefused(ValidationError, "market"):
            self._submit(kind="major", subject_kind=False)
        with self.assertRefused(ValidationError, "future"):
            self._submit(learned_on="2999-01-01 00:00:00")

    # ------------------------------------------------------------ handling

    def test_handle(self):
        with freeze_time("2031-03-03 12:00:00"):
            entry = self._submit()
        self.assertTrue(entry.with_user(self.keeper).can_handle)
        self.assertFalse(entry.with_user(self.plain).can_handle)
        with self.assertRaises(AccessError):
            self._rpc(self.plain, entry._name, "action_handle", entry.ids, "Myself")
        with self.assertRefused(UserError, "what became"):
            self._rpc(self.keeper, entry._name, "action_handle", entry.ids, " ")
        with freeze_time("2031-03-04 12:00:00"):
            self._rpc(self.keeper, entry._name, "action_handle", entry.ids, "Entered")
        self.assertRecordValues(
            entry,
            [
                {
                    "state": "handled",
                    "result": "Entered",
                    "handled_by_id": self.keeper.id,
                    "turnaround_hours": 24,
                }
            ],
        )
        told = self.env["mail.message"].search(
            [
                ("partner_ids", "in", self.plain.partner_id.ids),
                ("body", "ilike", "Entered"),
            ]
        )
        self.assertEqual(len(told), 1)
        with self.assertRefused(UserError, "already"):
            self._rpc(self.keeper, entry._name, "action_dismiss", entry.ids, "No")
        self.assertEqual(
            self._rpc(self.plain, entry._name, "read", entry.ids, ["result"])[0][
                "result"
            ],
            "Entered",
        )

    def test_dismiss_many(self):
        entries = self._submit() + self._submit()
        self._rpc(self.mdo, entries._name, "action_dismiss", entries.ids, "Rumours")
        self.assertEqual(entries.mapped("state"), ["dismissed"] * 2)
