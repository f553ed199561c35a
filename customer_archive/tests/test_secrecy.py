from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning
from odoo.tests import tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestSecrecy(CustomerArchiveCommon):
    """Who may read and change a dossier, a measure and a request; what strangers try
    to get around it is in test_leaks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.core_level = cls.env.ref("customer_archive.customer_secrecy_level_core")
        cls.trade_level = cls.env.ref("customer_archive.customer_secrecy_level_trade")
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls._submit(cls.dossier)
        cls.dossier.with_user(cls.bum).action_approve("Known for years")
        cls.measure = cls._measure(dossier_id=cls.dossier.id, value_target=99)
        cls.approval = cls.dossier.approval_id
        cls.line = cls.approval.line_ids[:1]
        cls.decision = cls.approval.decision_ids
        cls.strangers = (cls.outsider, cls.rep2, cls.bum2, cls.fin, cls.admin_user)

    def assertReaders(self, record, readers, others):
        """Searching and opening agree on who may read ``record``."""
        self.env.invalidate_all()
        for users, may in ((readers, True), (others, False)):
            for user in users:
                as_user = record.with_user(user)
                with self.subTest(user=user.login, may=may):
                    self.assertEqual(as_user.has_access("read"), may)
                    self.assertEqual(
                        as_user.search([("id", "=", record.id)]),
                        record if may else record.browse(),
                    )

    # ------------------------------------------------------------ strangers

    def test_leader_without_the_role_does_not_read(self):
        self.unit.user_id = self.outsider
        dossier = self._dossier()
        self.assertFalse(dossier.with_user(self.outsider).has_access("read"))
        self.outsider.group_ids += self.env.ref("customer_archive.group_bum")
        self.assertTrue(dossier.with_user(self.outsider).has_access("read"))

    def test_stranger_does_not_change(self):
        for user in self.strangers:
            for record, values in (
                (self.dossier, {"needs": "x"}),
                (self.measure, {"cause": "x"}),
                (self.approval, {"note": "x"}),
                (self.line, {"name": "x"}),
                (self.decision, {"comment": "x"}),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, record._name, "write", record.ids, values)
                with self.assertRaises(AccessError):
                    self._rpc(user, record._name, "unlink", record.ids)

    def test_employee_without_role_does_not_create(self):
        for model, values in (
            ("customer.dossier", {"partner_id": self._customer().id}),
            (
                "customer.measure",
                {
                    "name": "x",
                    "action": "x",
                    "verifier_id": self.rep.id,
                    "date_due": "2030-01-01",
                },
            ),
        ):
            with self.assertRaises(AccessError):
                self._rpc(self.outsider, model, "create", [values])

    def test_dialog_tells_no_stranger_about_a_measure(self):
        for user in self.strangers:
            with self.assertRaises(AccessError):
                dialog_id = self._rpc(
                    user,
                    "customer.measure.verify",
                    "create",
                    {"measure_id": self.measure.id, "evidence": "x"},
                )
                self._rpc(
                    user,
                    "customer.measure.verify",
                    "read",
                    [dialog_id],
                    ["value_target"],
                )

    # ------------------------------------------------------------ partner

    HEAD = (
        "dossier_id",
        "dossier_number",
        "dossier_state",
        "dossier_secrecy_level_id",
    )

    def test_head_on_the_partner(self):
        for user in self.strangers:
            (values,) = self._rpc(
                user, "res.partner", "read", self.partner.ids, [*self.HEAD, "name"]
            )
            self.assertEqual([values[name] for name in self.HEAD], [False] * 4)
            self.assertEqual(values["name"], self.partner.name)
            self.assertEqual(
                self.partner.with_user(user).dossier_access, "hidden", user.login
            )
        for user in (self.rep, self.bum, self.keeper, self.mdo, self.gmo):
            self.assertRecordValues(
                self.partner.with_user(user),
                [
                    {
                        "dossier_id": self.dossier.id,
                        "dossier_number": self.dossier.number,
                        "dossier_state": "submitted",
                        "dossier_secrecy_level_id": self.dossier.secrecy_level_id.id,
                        "dossier_access": "open",
                    }
                ],
            )

    def test_head_first_computed_by_somebody_else(self):
        self.env.invalidate_all()
        for reader in (
            self.partner,
            self.partner.with_user(self.rep),
            self.partner.with_user(self.rep).sudo(),
            self.partner.with_user(self.mdo).sudo(),
        ):
            self.assertEqual(reader.dossier_number, self.dossier.number)
        for stranger in (
            self.partner.with_user(self.outsider).sudo(),
            self.partner.with_user(self.outsider).sudo().sudo(False),
            self.partner.with_user(self.outsider),
        ):
            for name in self.HEAD:
                self.assertFalse(stranger[name], name)
        self.assertEqual(
            self.partner.with_user(self.rep).dossier_number, self.dossier.number
        )

    def test_partner_is_not_found_by_a_hidden_head(self):
        domains = (
            [("dossier_number", "=", self.dossier.number)],
            [("dossier_number", "ilike", self.dossier.number[:4])],
            [("dossier_number", "!=", False)],
            [("dossier_state", "=", "submitted")],
            [("dossier_id", "=", self.dossier.id)],
            [("dossier_id", "!=", False)],
            [("dossier_id.number", "=", self.dossier.number)],
            [("dossier_id.needs", "=", False)],
        )
        here = [("id", "=", self.partner.id)]
        for domain in domains:
            for user in self.strangers:
                with self.subTest(user=user.login, domain=domain):
                    self.assertFalse(
                        self._rpc(user, "res.partner", "search", here + domain)
                    )
            with self.subTest(domain=domain):
                self.assertEqual(
                    self._rpc(self.rep, "res.partner", "search", here + domain),
                    self.partner.ids,
                )

    def test_partner_without_a_readable_dossier(self):
        here = [("id", "=", self.partner.id)]
        for domain in (
            [("dossier_number", "=", False)],
            [("dossier_id", "=", False)],
            [("dossier_number", "!=", self.dossier.number)],
            [("dossier_state", "not in", ["submitted"])],
        ):
            with self.subTest(domain=domain):
                self.assertEqual(
                    self._rpc(self.outsider, "res.partner", "search", here + domain),
                    self.partner.ids,
                )
                self.assertFalse(
                    self._rpc(self.rep, "res.partner", "search", here + domain)
                )

    def test_partner_without_dossier_is_no_secret(self):
        other = self._customer()
        domain = [
            ("id", "in", (self.partner + other).ids),
            ("dossier_access", "=", "none"),
        ]
        for user in (self.rep, self.outsider):
            self.assertEqual(
                self._rpc(user, "res.partner", "search", domain), other.ids
            )

    def test_stranger_sells_to_the_customer(self):
        found = self._rpc(
            self.outsider, "res.partner", "name_search", self.partner.name
        )
        self.assertIn(self.partner.id, [partner_id for partner_id, _name in found])
        order_id = self._rpc(
            self.outsider, "sale.order", "create", {"partner_id": self.partner.id}
        )
        self.assertTrue(order_id)

    def test_refused_reader_learns_who_keeps_it(self):
        with self.assertRefused(RedirectWarning, f"kept by {self.keeper.name}"):
            self._rpc(
                self.outsider, "res.partner", "action_open_dossier", self.partner.ids
            )

    def test_label_of_a_hidden_dossier_is_empty(self):
        self.measure.verifier_id = self.outsider
        for value in (
            self._rpc(
                self.outsider,
                "customer.measure",
                "read",
                self.measure.ids,
                ["dossier_id"],
            )[0]["dossier_id"][1],
            self._rpc(
                self.outsider,
                "customer.measure",
                "web_read",
                self.measure.ids,
                {"dossier_id": {"fields": {"display_name": {}}}},
            )[0]["dossier_id"]["display_name"],
        ):
            self.assertFalse(value)
        with self.assertRaises(AccessError):
            self._rpc(
                self.outsider,
                "customer.measure",
                "web_read",
                self.measure.ids,
                {"dossier_id": {"fields": {"needs": {}}}},
            )
        groups = self._rpc(
            self.outsider,
            "customer.measure",
            "formatted_read_group",
            [("id", "=", self.measure.id)],
            ["dossier_id"],
            ["__count"],
        )
        self.assertNotIn(self.dossier.number, str(groups))
        self.assertEqual(
            self._rpc(
                self.rep, "customer.measure", "read", self.measure.ids, ["dossier_id"]
            )[0]["dossier_id"][1],
            self.dossier.number,
        )

    # ------------------------------------------------------------ who may

    def test_related_users_read(self):
        dossier = self._dossier(service_user_ids=[Command.link(self.fug.id)])
        dossier._system_write({"secrecy_level_id": self.core_level.id})
        self.assertReaders(
            dossier,
            (self.rep, self.keeper, self.bum, self.fug, self.mdo, self.gmo),
            (*self.strangers, self.asg),
        )

    def test_clearance_by_level_and_role(self):
        dossier = self._dossier(keeper_id=self.mdo.id)
        cleared = (self.keeper, self.mdo, self.gmo)
        for level, readers in (
            (dossier.secrecy_level_id, cleared),
            (self.trade_level, cleared),
            (self.core_level, (self.mdo, self.gmo)),
        ):
            dossier._system_write({"secrecy_level_id": level.id})
            self.assertReaders(
                dossier, readers, {*cleared, *self.strangers} - set(readers)
            )

    def test_clearance_follows_the_configuration_at_once(self):
        self.assertReaders(self.dossier, (), (self.fin,))
        right = self._right(self.dossier.secrecy_level_id, "fin")
        right.with_user(self.admin_user).read_scope = "all"
        self.assertReaders(self.dossier, (self.fin,), (self.outsider,))
        right.with_user(self.admin_user).read_scope = "related"
        self.assertReaders(self.dossier, (), (self.fin,))

    def test_right_ends_with_the_group(self):
        self.assertReaders(self.dossier, (self.mdo,), ())
        group = self.env.ref("customer_archive.group_mdo")
        self.mdo.group_ids = [Command.unlink(group.id)]
        self.assertReaders(self.dossier, (), (self.mdo,))
        group.user_ids = [Command.link(self.fin.id)]
        self.assertReaders(self.dossier, (self.fin,), (self.mdo,))

    def test_right_ends_with_the_relation(self):
        dossier = self._dossier(service_user_ids=[Command.link(self.fug.id)])
        dossier.service_user_ids = [Command.unlink(self.fug.id)]
        self.assertReaders(dossier, (self.rep,), (self.fug,))
        dossier.user_id = self.rep2
        self.assertReaders(dossier, (self.rep2,), (self.rep,))
        self.unit.user_id = self.bum2
        self.assertReaders(dossier, (self.bum2,), (self.bum,))
        self.unit.action_archive()
        self.assertReaders(dossier, (self.rep2,), (self.bum2,))

    def test_right_ends_within_the_transaction(self):
        dossier = self._dossier(service_user_ids=[Command.link(self.fug.id)])
        as_fug = dossier.with_user(self.fug)
        self.assertTrue(as_fug.has_access("read"))
        dossier.service_user_ids = [Command.clear()]
        self.assertFalse(as_fug.has_access("read"))
        dossier.service_user_ids = [Command.set(self.fug.ids)]
        self.assertTrue(as_fug.has_access("read"))
        as_bum = dossier.with_user(self.bum)
        self.assertTrue(as_bum.has_access("read"))
        self.unit.user_id = self.bum2
        self.assertFalse(as_bum.has_access("read"))
        self.assertTrue(dossier.with_user(self.bum2).has_access("read"))
        self.unit.active = False
        self.assertFalse(dossier.with_user(self.bum2).has_access("read"))

    def test_who_serves_is_not_read_from_the_user(self):
        self._dossier(service_user_ids=[Command.link(self.fug.id)])
        for user in (self.fug, self.gmo, self.admin_user):
            for field_name in ("served_dossier_ids", "led_team_ids"):
                with self.subTest(user=user.login, field=field_name):
                    with self.assertRefused(AccessError):
                        self._rpc(user, "res.users", "read", self.fug.ids, [field_name])
                    with self.assertRefused(AccessError):
                        self._rpc(
                            user,
                            "res.users",
                            "search_count",
                            [(field_name, "!=", False)],
                        )

    def test_service_user_without_role_reads_and_changes_nothing(self):
        dossier = self._dossier(service_user_ids=[Command.link(self.outsider.id)])
        measure = self._measure(dossier_id=dossier.id)
        self.assertReaders(dossier, (self.outsider,), (self.fug,))
        self.assertReaders(measure, (self.outsider,), (self.fug,))
        for record, method, args in (
            (dossier, "write", [{"needs": "x"}]),
            (dossier, "unlink", []),
            (dossier, "action_submit", []),
            (dossier, "message_post", []),
            (measure, "write", [{"cause": "x"}]),
            (measure, "action_submit", []),
        ):
            with self.assertRaises(AccessError):
                self._rpc(self.outsider, record._name, method, record.ids, *args)

    def test_service_user_with_role_reads_and_changes_nothing(self):
        dossier = self._dossier(service_user_ids=[Command.link(self.fug.id)])
        self.assertReaders(dossier, (self.fug,), ())
        self.assertFalse(dossier.with_user(self.fug).may_modify)
        with self.assertRaises(AccessError):
            self._rpc(self.fug, dossier._name, "write", dossier.ids, {"needs": "x"})

    def test_who_answers_for_it_changes_it(self):
        for user in (self.rep, self.keeper, self.bum):
            self._rpc(
                user, "customer.dossier", "write", self.dossier.ids, {"needs": "x"}
            )
        with self.assertRaises(AccessError):
            self._rpc(
                self.gmo, "customer.dossier", "write", self.dossier.ids, {"needs": "x"}
            )

    def test_request_is_read_by_readers_of_the_document(self):
        readers = (self.rep, self.bum, self.keeper, self.mdo)
        for record in (self.approval, self.line, self.decision):
            self.assertReaders(record, readers, self.strangers)

    def test_measure_without_dossier(self):
        measure = self._measure()
        self.assertReaders(
            measure, (self.rep, self.keeper, self.mdo, self.gmo), self.strangers
        )

    # ------------------------------------------------------------ companies

    def test_dossier_of_another_company(self):
        other_company = self.env["res.company"].create({"name": "Other"})
        partner = self._customer(company_id=other_company.id)
        self.keeper.company_ids = [Command.link(other_company.id)]
        dossier = self._dossier(partner_id=partner.id, keeper_id=self.mdo.id)
        self.assertEqual(dossier.company_id, other_company)
        for user, companies, may in (
            (self.keeper, other_company, True),
            (self.keeper, self.company + other_company, True),
            (self.keeper, self.company, False),
            (self.mdo, self.company, False),
        ):
            as_user = dossier.with_user(user).with_context(
                allowed_company_ids=companies.ids
            )
            self.env.invalidate_all()
            self.assertEqual(as_user.has_access("read"), may)
            self.assertEqual(as_user.search_count([("id", "=", dossier.id)]), int(may))
        measure = self._measure(company_id=other_company.id, team_id=False)
        self.assertFalse(
            measure.with_user(self.keeper)
            .with_context(allowed_company_ids=self.company.ids)
            .has_access("read")
        )

    # ------------------------------------------------------------ declarations

    def test_every_model_has_rights_for_named_groups(self):
        for model in self.env["ir.model"].search([("model", "=like", "customer.%")]):
            if self.env[model.model]._abstract:
                continue
            self.assertTrue(model.access_ids, f"{model.model} has no access rights")
            for access in model.access_ids:
                self.assertTrue(access.group_id, access.name)

    def test_rights_of_our_addons_name_a_group(self):
        ids = (
            self.env["ir.model.data"]
            .search(
                [("model", "=", "ir.model.access"), ("module", "=like", r"customer\_%")]
            )
            .mapped("res_id")
        )
        self.assertTrue(ids)
        self.assertFalse(
            self.env["ir.model.access"].browse(ids).filtered(lambda a: not a.group_id)
        )

    def test_dialogs_are_read_by_their_owner(self):
        ids = (
            self.env["ir.model.data"]
            .search([("model", "=", "ir.model"), ("module", "=", "customer_archive")])
            .mapped("res_id")
        )
        ours = self.env["ir.model"].search(
            [
                ("id", "in", ids),
                ("model", "=like", "customer.%"),
                ("transient", "=", True),
            ]
        )
        self.assertTrue(ours)
        for model in ours:
            rules = self.env["ir.rule"].search(
                [("model_id", "=", model.id), ("global", "=", True)]
            )
            self.assertIn(
                "[('create_uid', '=', user.id)]",
                rules.mapped("domain_force"),
                model.model,
            )
