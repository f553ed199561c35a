from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import CustomerArchiveCommon

# where "x", the first choice or any record does not make a valid value
SPECIAL = {
    "customer.change": {"res_model": "res.partner"},
    "customer.document": {
        "type_id": "customer_archive.customer_document_type_power_of_attorney"
    },
    "customer.financial.figure": {"year": 2020},
    "customer.private.fact": {
        "group_id": "customer_archive.customer_private_group_birthday",
        "month": 3,
        "day": 8,
    },
}


class AttackCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._customer("Li", is_company=False, parent_id=cls.partner.id)
        # the special rights help nobody who may not read the dossier
        groups = cls.env.ref("base.group_allow_export") | cls.env.ref(
            "customer_archive.group_private_data"
        )
        for user in (cls.rep, cls.keeper, cls.mdo, *cls._strangers()):
            user.group_ids = [Command.link(group.id) for group in groups]

    @classmethod
    def _strangers(cls):
        return (
            cls.outsider,
            cls.rep2,
            cls.bum2,
            cls.fin,
            cls.fug,
            cls.asg,
            cls.pl,
            cls.admin_user,
        )

    @classmethod
    def _models(cls, mixin):
        """Return the names of this addon's models that belong to a dossier."""
        return [
            name
            for name in cls.env.registry.descendants([mixin], "_inherit")
            if not cls.env[name]._abstract
            and cls.env[name]._original_module == "customer_archive"
            and "dossier_id" in cls.env[name]._fields
            # these find their dossier by themselves; they are attacked in
            # test_complaint and test_delivery_followup
            and name not in ("customer.complaint", "customer.delivery.followup")
            # nobody writes the rows of a report
            and cls.env[name]._auto
        ]

    @classmethod
    def _values(cls, model, dossier):
        """Return values for all required fields of ``model``, so that a model that
        is added later is attacked, too."""
        special = SPECIAL.get(model, {})
        values = {}
        for name, field in cls.env[model]._fields.items():
            if not field.store or field.compute:
                continue
            if not field.required and name not in special:
                continue
            if name in special:
                value = special[name]
                is_xmlid = isinstance(value, str) and field.type == "many2one"
                values[name] = cls.env.ref(value).id if is_xmlid else value
            elif name == "contact_id":
                contacts = dossier.partner_id.child_ids
                values[name] = (contacts or cls.person)[0].id
            elif name == "verifier_id":
                values[name] = cls.keeper.id
            elif name == "permit_id":
                values[name] = cls._permit(cls.rep, dossier).id
            elif field.type == "many2one" and field.comodel_name == "res.users":
                values[name] = cls.rep.id
            elif field.type == "many2one" and field.comodel_name != dossier._name:
                values[name] = cls.env[field.comodel_name].search([], limit=1).id
            elif field.type == "many2one_reference":
                values[name] = cls.person.id
            elif field.type == "selection":
                values[name] = field.get_values(cls.env)[0]
            elif field.type == "date":
                values[name] = "2020-01-31"
            elif field.type == "datetime":
                values[name] = "2020-01-31 08:00:00"
            elif field.type in ("char", "text"):
                values[name] = "x"
        return {**values, "dossier_id": dossier.id}

    @classmethod
    def _content(cls, mixin, dossier):
        return {
            name: cls.env[name]._system_create([cls._values(name, dossier)])
            for name in cls._models(mixin)
        }

    def _attach(self, record):
        return self.env["ir.attachment"].create(
            {
                "name": "scan.txt",
                "raw": b"scan",
                "res_model": record._name,
                "res_id": record.id,
            }
        )


@tagged("post_install", "-at_install")
class TestAttackContent(AttackCommon):
    """Every model that belongs to a dossier, also one that is added later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.content = cls._content("customer.secrecy.mixin", cls.dossier)
        cls.empty = cls._dossier()
        cls._customer("Wu", is_company=False, parent_id=cls.empty.partner_id.id)

    def test_strangers_change_no_content(self):
        """How they try to read it is in test_leaks."""
        self.assertGreater(len(self.content), 8)
        for model, record in self.content.items():
            for user in self._strangers():
                values = self._values(model, self.empty)
                for method, args in (
                    ("write", [record.ids, {"dossier_id": self.dossier.id}]),
                    ("create", [values]),
                    ("unlink", [record.ids]),
                ):
                    with (
                        self.subTest(user=user.login, model=model, call=method),
                        self.assertRefused(AccessError),
                    ):
                        self._rpc(user, model, method, *args)
        self.assertTrue(all(record.exists() for record in self.content.values()))

    def test_strangers_meet_no_files(self):
        for model, record in self.content.items():
            attachment = self._attach(record)
            for user in self._strangers():
                with self.subTest(user=user.login, model=model):
                    with self.assertRefused(AccessError):
                        self._rpc(
                            user, "ir.attachment", "read", attachment.ids, ["raw"]
                        )
                    with self.assertRefused(AccessError):
                        self._rpc(user, "ir.attachment", "unlink", attachment.ids)
                    with self.assertRefused(AccessError):
                        self._rpc(
                            user,
                            "ir.attachment",
                            "create",
                            {"name": "x", "res_model": model, "res_id": record.id},
                        )

    def test_no_action_on_unreadable_content(self):
        for model, record in self.content.items():
            for method in dir(type(record)):
                if not method.startswith("action_") or hasattr(
                    models.BaseModel, method
                ):
                    continue
                for user in (self.rep2, self.fin):
                    with self.subTest(user=user.login, model=model, method=method):
                        try:
                            result = self._rpc(user, model, method, record.ids)
                        except (UserError, TypeError):
                            continue
                        # at most a window whose records have their own rules
                        self.assertIsInstance(result, dict)
                        self.assertNotIn(self.partner.name, str(result))

    def test_content_is_bound_to_the_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.mdo.company_ids = [Command.link(other.id)]
        self.partner.company_id = other
        for model, record in self.content.items():
            if model in ("customer.measure", "customer.access.permit.item"):
                continue  # belongs to the company that takes it or asks
            for companies, may in ((self.company, False), (other, True)):
                with self.subTest(model=model, company=companies.name):
                    self.env.invalidate_all()
                    as_mdo = record.with_user(self.mdo).with_context(
                        allowed_company_ids=companies.ids
                    )
                    self.assertEqual(
                        as_mdo.has_access("read"),
                        may or "company_id" in record and not record.company_id,
                    )

    def test_computed_values_come_from_nobody(self):
        """The ORM takes stored computed values from a client."""
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._customer()
        for record, values in (
            (self.dossier, {"company_id": other.id}),
            (self.dossier, {"industry_id": False}),
            (self.content["customer.dealing"], {"partner_id": stranger.id}),
            (self.content["customer.dealing"], {"company_id": other.id}),
            (self.content["customer.document"], {"partner_id": stranger.id}),
            (self.content["customer.contact.profile"], {"partner_id": stranger.id}),
        ):
            with (
                self.subTest(model=record._name, values=values),
                self.assertRefused(AccessError, "writes this itself"),
            ):
                self._rpc(self.rep, record._name, "write", record.ids, values)
        with self.assertRefused(AccessError, "writes this itself"):
            self._rpc(
                self.rep,
                "customer.dealing",
                "create",
                self._values("customer.dealing", self.dossier)
                | {"partner_id": stranger.id},
            )
        self.assertFalse(self.dossier.company_id)


@tagged("post_install", "-at_install")
class TestAttackHistory(AttackCommon):
    """The history library is read-only with all it holds, files included (A59)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._formal_dossier(partner_id=cls.partner.id)
        cls.content = cls._content("customer.dossier.content.mixin", cls.dossier)
        cls.dossier.with_user(cls.keeper)._move_to_history(
            cls.env["crm.lost.reason"].create({"name": "Moved away"}), "2026"
        )

    def test_content_stays_as_it_was(self):
        for model, record in (
            self.content | {"customer.dossier": self.dossier}
        ).items():
            attachment = self._attach(record)
            calls = [
                ("ir.attachment", "write", attachment.ids, {"raw": "Zm9yZ2Vk"}),
                ("ir.attachment", "unlink", attachment.ids),
                (
                    "ir.attachment",
                    "create",
                    {"name": "x", "res_model": model, "res_id": record.id},
                ),
                (model, "unlink", record.ids),
                (model, "write", record.ids, {"activity_ids": []}),
            ]
            if model != "customer.dossier":
                calls.append((model, "create", self._values(model, self.dossier)))
            for user in (self.keeper, self.mdo, self.gmo, self.rep, self.fin):
                for call in calls:
                    with (
                        self.subTest(user=user.login, model=model, call=call[:2]),
                        self.assertRefused(UserError),  # AccessError is one
                    ):
                        self._rpc(user, *call)
            self.assertEqual(attachment.raw, b"scan")

    def test_files_in_fields_stay(self):
        scan = "c2Nhbg=="
        for model, name in (
            ("customer.document", "file"),
            ("customer.financial.figure", "file"),
            ("customer.contract", "file"),
        ):
            self.content[model]._system_write({name: scan})
            attachment = self.env["ir.attachment"].search(
                Domain("res_model", "=", model)
                & Domain("res_id", "=", self.content[model].id)
                & Domain("res_field", "=", name)
            )
            self.assertTrue(attachment)
            for user in (self.keeper, self.mdo, self.gmo):
                for method, args in (
                    ("write", [{"raw": "Zm9yZ2Vk"}]),
                    ("unlink", []),
                ):
                    with (
                        self.subTest(user=user.login, model=model, call=method),
                        self.assertRefused(AccessError),
                    ):
                        self._rpc(user, "ir.attachment", method, attachment.ids, *args)

    def test_keeper_reads_and_is_told_what_to_do(self):
        self.assertTrue(self.dossier.with_user(self.keeper).has_access("read"))
        for call in (
            ("customer.dossier", "write", self.dossier.ids, {"needs": "x"}),
            (
                "customer.dealing",
                "create",
                self._values("customer.dealing", self.dossier),
            ),
            ("customer.dealing", "unlink", self.content["customer.dealing"].ids),
        ):
            with self.assertRefused(UserError, "Reactivate it first"):
                self._rpc(self.keeper, *call)

    def test_ended_dossiers_are_not_allocated(self):
        dialog_id = self._rpc(
            self.mdo,
            "customer.dossier.allocate",
            "create",
            {
                "dossier_ids": [Command.set(self.dossier.ids)],
                "user_id": self.rep2.id,
                "reason": "x",
            },
        )
        with self.assertRefused(UserError, "Reactivate it first"):
            self._rpc(
                self.mdo, "customer.dossier.allocate", "action_allocate", [dialog_id]
            )
        self.assertEqual(self.dossier.user_id, self.rep)


@tagged("post_install", "-at_install")
class TestAttackDialogs(AttackCommon):
    """A dialog with the id of a record that its user may not touch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._formal_dossier(partner_id=cls.partner.id)
        cls.content = cls._content("customer.secrecy.mixin", cls.dossier)
        level = cls.env.ref("customer_archive.customer_secrecy_level_core")
        cls.dossier._system_write({"secrecy_level_id": level.id})
        # not cleared for this level, though he has the role
        cls.keeper2 = cls._user("keeper", login="archive_keeper2")
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Moved away"})

    def test_dialogs_of_strangers(self):
        dossier_id = self.dossier.id
        in_list = {"dossier_ids": [Command.set([dossier_id])]}
        for user, model, values, method in (
            (
                self.keeper2,
                "customer.dossier.history",
                in_list | {"churn_reason_id": self.reason.id},
                "action_move",
            ),
            (
                self.keeper2,
                "customer.dossier.value",
                {"dossier_id": dossier_id, "decision": "destroy", "reason": "x"},
                "action_decide",
            ),
            (
                self.bum2,
                "customer.dossier.allocate",
                in_list | {"user_id": self.rep2.id, "reason": "x"},
                "action_allocate",
            ),
            (
                self.rep2,
                "customer.contract.remark",
                {"contract_id": self.dossier.contract_ids[0].id, "remark": "x"},
                "action_confirm",
            ),
            (
                self.rep2,
                "customer.verification.do",
                {"dossier_id": dossier_id, "result": "unchanged", "method": "phone"},
                "action_verify",
            ),
        ):
            with (
                self.subTest(user=user.login, model=model),
                self.assertRefused(AccessError),
            ):
                dialog_id = self._rpc(user, model, "create", values)
                self._rpc(user, model, method, [dialog_id])
        self.assertRecordValues(
            self.dossier, [{"state": "formal", "user_id": self.rep.id}]
        )

    def test_reasons_of_strangers(self):
        for user, decision, model in (
            (self.keeper2, "reject", "customer.change"),
            (self.rep2, "reject", "customer.change"),
            (self.keeper2, "exempt", "customer.verification"),
            (self.rep2, "exempt", "customer.verification"),
        ):
            with (
                self.subTest(user=user.login, decision=decision),
                self.assertRefused(AccessError),
            ):
                dialog_id = self._rpc(
                    user,
                    "customer.upkeep.decide",
                    "create",
                    {"decision": decision, "reason": "x"},
                )
                self._rpc(
                    user,
                    "customer.upkeep.decide",
                    "action_decide",
                    [dialog_id],
                    context={"active_ids": self.content[model].ids},
                )

    def test_nothing_is_read_through_the_dialog(self):
        for model, values, names in (
            (
                "customer.verification.do",
                {"dossier_id": self.dossier.id},
                ("partner_id", "phone", "contact_ids"),
            ),
            (
                "customer.contract.remark",
                {"contract_id": self.dossier.contract_ids[0].id},
                ("missing_clause_ids",),
            ),
        ):
            for name in names:
                with (
                    self.subTest(model=model, field=name),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(self.rep2, model, "onchange", [], values, [], {name: {}})

    def test_dialog_of_somebody_else(self):
        dialog_id = self._rpc(
            self.rep,
            "customer.verification.do",
            "create",
            {
                "dossier_id": self.dossier.id,
                "result": "unchanged",
                "method": "phone",
            },
        )
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep2, "customer.verification.do", "read", [dialog_id], ["note"]
            )


@tagged("post_install", "-at_install")
class TestAttack(AttackCommon):
    def test_author_does_not_polish_his_delay(self):
        entry_id = self._rpc(
            self.outsider,
            "customer.information",
            "create",
            {"text": "x", "kind": "major", "learned_on": "2020-01-01 00:00:00"},
        )
        entry = self.env["customer.information"].browse(entry_id)
        delay = entry.delay_hours
        self.assertGreater(delay, 1000)
        for values in (
            {"delay_hours": 0.0},
            {"turnaround_hours": 1.0},
            {"commercial_partner_id": self.partner.id},
        ):
            with self.assertRefused(AccessError, "writes this itself"):
                self._rpc(
                    self.outsider, "customer.information", "write", [entry_id], values
                )
        self.assertEqual(entry.delay_hours, delay)

    def test_search_for_duplicates_is_not_switched_off(self):
        for name in ("name_key", "tax_key", "domain_key", "contact_data_doubtful"):
            with self.assertRefused(AccessError, "looks for duplicates itself"):
                self._rpc(
                    self.rep, "res.partner", "write", self.partner.ids, {name: False}
                )
            with self.assertRefused(AccessError, "looks for duplicates itself"):
                self._rpc(
                    self.rep,
                    "res.partner",
                    "create",
                    {"name": "x", "is_company": True},
                    context={f"default_{name}": True},
                )
        self.assertTrue(self.partner.name_key)

    def test_context_flags_no_dossier(self):
        with self.assertRefused(AccessError, "Only a keeper flags"):
            self._rpc(
                self.rep,
                "customer.dossier",
                "create",
                {"partner_id": self.partner.id, "team_id": self.unit.id},
                context={
                    "default_data_invalid": True,
                    "default_data_invalid_reason": "x",
                },
            )

    def test_claim_tells_nothing_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        private = self._customer("Zephyr Works", company_id=other.id)
        self._dossier(partner_id=private.id, user_id=self.rep2.id)
        values = {"name": "Zephyr Works", "is_company": True, "company_id": False}
        spec = {"duplicate_message": {}}

        def message():
            call = (self.rep, "res.partner", "onchange", [], values, [], spec)
            return self._rpc(*call)["value"].get("duplicate_message")

        self.assertFalse(message())
        self.rep.company_ids = [Command.link(other.id)]
        self.rep.company_id = self.company
        partner_id = self._rpc(self.rep, "res.partner", "create", values)
        self.assertTrue(
            self._rpc(
                self.rep,
                "customer.dossier",
                "create",
                {"partner_id": partner_id, "team_id": self.unit.id},
                context={"allowed_company_ids": self.company.ids},
            )
        )

    def test_who_has_a_double_is_for_keepers(self):
        domain = [("has_duplicate", "=", True)]
        with self.assertRefused(AccessError):
            self._rpc(self.outsider, "res.partner", "search", domain)
        self.assertNotIn(
            self.partner.id, self._rpc(self.keeper, "res.partner", "search", domain)
        )

    def test_order_does_not_change_to_a_company_that_blocks(self):
        free = self.env["res.company"].create({"name": "Free"})
        self.company.customer_review_mode = "block"
        self.rep.company_ids = [Command.link(free.id)]
        dossier = self._dossier(partner_id=self.partner.id)
        context = {"allowed_company_ids": [free.id, self.company.id]}
        order_id = self._rpc(
            self.rep,
            "sale.order",
            "create",
            {"partner_id": dossier.partner_id.id, "company_id": free.id},
            context=context,
        )
        self._rpc(self.rep, "sale.order", "action_confirm", [order_id], context=context)
        order = self.env["sale.order"].browse(order_id)
        self.assertEqual(order.state, "sale")
        with self.assertRefused(Exception, "must be read for the contract review"):
            self._rpc(
                self.rep,
                "sale.order",
                "write",
                [order_id],
                {"company_id": self.company.id},
                context=context,
            )
        self.assertEqual(order.company_id, free)

    def test_proposal_for_a_deleted_contact(self):
        dossier = self._formal_dossier(partner_id=self.partner.id)
        self.company.customer_update_mode = "strict"
        self._rpc(self.rep, "res.partner", "write", self.person.ids, {"phone": "7"})
        proposal = self.env["customer.change"].search(
            [("dossier_id", "=", dossier.id), ("state", "=", "proposed")]
        )
        self.assertEqual(proposal.res_id, self.person.id)
        self.person.unlink()
        with self.assertRefused(UserError, "Li was deleted meanwhile"):
            self._rpc(self.keeper, "customer.change", "action_apply", proposal.ids)
        self._rpc(self.keeper, "customer.change", "action_reject", proposal.ids, "Gone")
        self.assertEqual(proposal.state, "rejected")

    def test_bank_account_is_a_key_fact_in_what_pays(self):
        dossier = self._formal_dossier(partner_id=self.partner.id)
        account = self.env["res.partner.bank"].create(
            {"acc_number": "622202", "partner_id": self.partner.id}
        )
        self.assertTrue(dossier.to_reconfirm)
        for values, noted in (({"sequence": 3}, False), ({"acc_number": "6222"}, True)):
            dossier._system_write({"to_reconfirm": False})
            account.write(values)
            self.assertEqual(dossier.to_reconfirm, noted, values)

    def _merge(self, user, partners, into):
        user.group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        self.env["base.partner.merge.automatic.wizard"].with_user(user).create(
            {
                "partner_ids": [Command.set(partners.ids)],
                "dst_partner_id": into.id,
            }
        ).action_merge()
        self.env.invalidate_all()

    def test_merge_leaves_no_dossier_to_a_contact(self):
        customer = self._customer("Wang", is_company=False)
        dossier = self._dossier(partner_id=customer.id)
        with self.assertRefused(ValidationError, "cannot become a contact of"):
            self._merge(self.outsider, customer + self.person, self.person)
        self.env.invalidate_all()
        self.assertEqual(dossier.partner_id, customer)

    def test_merge_of_doubtful_contacts(self):
        twin = self._customer("Dragon Limited")
        twin._flag_doubtful()
        self._merge(self.outsider, self.partner + twin, self.partner)
        self.assertFalse(twin.exists())
        self.assertTrue(self.partner.contact_data_doubtful)

    def test_nothing_offered(self):
        dossier = self._dossier(service_user_ids=[Command.link(self.fug.id)])
        with self.assertRefused(UserError, "Nothing is offered"):
            self._rpc(
                self.fug, "customer.dossier", "action_accept_handover", dossier.ids
            )

    def test_confidential_fields_by_every_way(self):
        """Who reads a dossier without the group does not guess its content."""
        dossier = self._dossier(
            partner_id=self.partner.id, service_user_ids=[Command.link(self.fug.id)]
        )
        dossier.decision_process = "The chief alone"
        self._content("customer.dossier.content.mixin", dossier)
        here = [("id", "=", dossier.id)]
        self.assertTrue(self._rpc(self.fug, "customer.dossier", "search", here))
        path = [("dossier_id.decision_process", "ilike", "chief")]
        for model, method, args in (
            (
                "customer.dossier",
                "search",
                [[*here, ("decision_process", "ilike", "chief")]],
            ),
            (
                "customer.dossier",
                "search",
                [[*here, ("contact_profile_ids.attitude", "!=", False)]],
            ),
            (
                "customer.dossier",
                "search",
                [[*here, ("financial_figure_ids.year", ">", 1)]],
            ),
            (
                "customer.dossier",
                "formatted_read_group",
                [here, ["decision_process"], ["__count"]],
            ),
            ("customer.dossier", "search", [here, 0, None, "decision_process"]),
            ("customer.dossier", "read", [dossier.ids, ["decision_process"]]),
            (
                "customer.dossier",
                "export_data",
                [dossier.ids, ["financial_figure_ids/year"]],
            ),
            ("res.partner", "search", [path]),
            ("customer.dealing", "search", [path]),
            ("customer.dossier.log", "search", [path]),
        ):
            with (
                self.subTest(model=model, method=method, args=args),
                self.assertRefused(AccessError),
            ):
                self._rpc(self.fug, model, method, *args)

    def test_handover_is_read_while_it_is_open(self):
        dossier = self._formal_dossier(partner_id=self.partner.id)
        here = [("id", "=", dossier.id)]
        self.assertFalse(self._rpc(self.fug, "customer.dossier", "search", here))
        self._rpc(self.bum, "customer.dossier", "action_hand_over", dossier.ids)
        self.assertTrue(self._rpc(self.fug, "customer.dossier", "search", here))
        fug2 = self._user("fug", login="archive_fug2")
        self._rpc(fug2, "customer.dossier", "action_accept_handover", dossier.ids)
        self.assertFalse(self._rpc(self.fug, "customer.dossier", "search", here))
        self.assertTrue(self._rpc(fug2, "customer.dossier", "search", here))
        self.assertEqual(dossier.handover_ids.accepted_on.date(), fields.Date.today())
