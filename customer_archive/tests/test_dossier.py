from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestDossier(CustomerArchiveCommon):
    # ------------------------------------------------------------ one a customer

    def test_numbers_are_given_once(self):
        dossiers = self._dossier() + self._dossier()
        numbers = dossiers.mapped("number")
        self.assertEqual(len(set(numbers)), 2)
        self.assertTrue(all(numbers))
        dossiers.unlink()
        self.assertNotIn(self._dossier().number, numbers)

    def test_number_is_the_systems(self):
        dossier = self._dossier().with_user(self.rep)
        with self.assertRaises(AccessError):
            self._rpc(self.rep, dossier._name, "write", dossier.ids, {"number": "X"})
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep,
                dossier._name,
                "create",
                [{"partner_id": self.partner.id, "number": "X"}],
            )
        with self.assertRaises(AccessError):
            self._rpc(self.rep, dossier._name, "name_create", "X")
        (dossier_id,) = self._rpc(
            self.rep,
            dossier._name,
            "create",
            [{"partner_id": self.partner.id, "team_id": self.unit.id}],
            context={"default_number": "X", "default_state": "formal"},
        )
        created = dossier.browse(dossier_id)
        self.assertNotEqual(created.number, "X")
        self.assertEqual(created.state, "preliminary")

    def test_contact_has_the_dossier_of_his_company(self):
        child = self._customer("Buyer", is_company=False, parent_id=self.partner.id)
        dossier = self._dossier(partner_id=child.id)
        self.assertEqual(dossier.partner_id, self.partner)
        self.assertEqual(child.with_user(self.rep).dossier_number, dossier.number)
        self.assertEqual(self.partner.with_user(self.rep).dossier_id, dossier)

    def test_second_dossier_is_refused_with_the_number_of_the_first(self):
        dossier = self._dossier(partner_id=self.partner.id)
        child = self._customer("Buyer", is_company=False, parent_id=self.partner.id)
        for partner in (self.partner, child):
            with self.assertRefused(
                ValidationError, f"already has dossier {dossier.number}"
            ):
                self._dossier(partner_id=partner.id)

    def test_second_dossier_is_refused_to_who_may_not_read_the_first(self):
        dossier = self._dossier(partner_id=self.partner.id)
        self.assertFalse(dossier.with_user(self.rep2).has_access("read"))
        with self.assertRefused(RedirectWarning, "belongs to Unit North, Archive_rep"):
            self._rpc(
                self.rep2,
                dossier._name,
                "create",
                [{"partner_id": self.partner.id, "team_id": self.other_unit.id}],
            )

    def test_second_dossier_of_an_archived_customer_is_refused(self):
        dossier = self._dossier(partner_id=self.partner.id)
        self.partner.action_archive()
        with self.assertRefused(ValidationError, dossier.number):
            self._dossier(partner_id=self.partner.id)

    def test_second_dossier_is_refused_while_the_first_is_history(self):
        dossier = self._dossier(partner_id=self.partner.id)
        dossier._system_write({"state": "history"})
        with self.assertRefused(ValidationError, rf"{dossier.number} \(History\)"):
            self._dossier(partner_id=self.partner.id)

    def test_two_of_one_customer_in_one_call(self):
        values = {"partner_id": self.partner.id, "team_id": self.unit.id}
        with self.assertRefused(ValidationError, "already has dossier"):
            self.env["customer.dossier"].create([dict(values), dict(values)])

    def test_moving_a_dossier_to_a_customer_who_has_one(self):
        existing = self._dossier(partner_id=self.partner.id)
        child = self._customer("Buyer", is_company=False, parent_id=self.partner.id)
        dossier = self._dossier()
        for partner in (self.partner, child):
            with self.assertRefused(ValidationError, existing.number):
                dossier.write({"partner_id": partner.id})

    def test_customer_with_dossier_is_not_deleted(self):
        self._dossier(partner_id=self.partner.id)
        with self.assertRefused(UserError, "has a dossier and cannot be deleted"):
            self.partner.unlink()

    def test_customer_with_dossier_does_not_become_a_contact(self):
        person = self._customer("Person", is_company=False)
        self._dossier(partner_id=person.id)
        with self.assertRefused(ValidationError, "has a dossier of its own"):
            person.with_user(self.outsider).write({"parent_id": self.partner.id})
        other = self._customer("Colleague", is_company=False)
        other.parent_id = self.partner
        self.assertEqual(other.commercial_partner_id, self.partner)

    # ------------------------------------------------------------ defaults

    def test_keeper_of_the_unit_then_of_the_company(self):
        self.company.customer_keeper_id = self.mdo
        self.assertEqual(self._dossier().keeper_id, self.keeper)
        self.assertEqual(self._dossier(team_id=self.other_unit.id).keeper_id, self.mdo)
        self.company.customer_keeper_id = False
        self.assertFalse(self._dossier(team_id=self.other_unit.id).keeper_id)

    def test_rep_is_the_customers_salesperson(self):
        partner = self._customer(user_id=self.rep2.id)
        dossier = self.env["customer.dossier"].create(
            {"partner_id": partner.id, "team_id": self.unit.id}
        )
        self.assertEqual(dossier.user_id, self.rep2)
        mine = (
            self.env["customer.dossier"]
            .with_user(self.rep)
            .create({"partner_id": self.partner.id, "team_id": self.unit.id})
        )
        self.assertEqual(mine.user_id, self.rep)

    # ------------------------------------------------------------ lifecycle

    @freeze_time("2031-05-07 12:00:00")
    def test_formal_after_unit_manager_and_marketing_director(self):
        dossier = self._dossier()
        self._submit(dossier)
        self.assertRecordValues(
            dossier, [{"state": "submitted", "approval_state": "pending"}]
        )
        with self.assertRaises(AccessError):
            dossier.with_user(self.mdo).action_approve()
        dossier.with_user(self.bum).action_approve()
        self.assertEqual(dossier.state, "submitted")
        dossier.with_user(self.mdo).action_approve()
        self.assertRecordValues(
            dossier,
            [
                {
                    "state": "formal",
                    "approval_state": "approved",
                    "formal_date": date(2031, 5, 7),
                }
            ],
        )
        self.assertRecordValues(
            dossier.approval_decision_ids,
            [
                {"user_id": self.bum.id, "decision": "approved"},
                {"user_id": self.mdo.id, "decision": "approved"},
            ],
        )

    def test_back_to_preliminary_on_rejection_and_withdrawal(self):
        dossier = self._dossier()
        self._submit(dossier)
        dossier.with_user(self.bum).action_approve()
        dossier.with_user(self.mdo).action_reject("No contract")
        self.assertRecordValues(
            dossier,
            [
                {
                    "state": "preliminary",
                    "approval_state": "rejected",
                    "formal_date": False,
                }
            ],
        )
        self._submit(dossier)
        dossier.with_user(self.rep).action_withdraw()
        self.assertRecordValues(
            dossier, [{"state": "preliminary", "approval_state": "none"}]
        )
        self._submit(dossier)
        self.assertEqual(dossier.state, "submitted")

    def test_who_may_submit(self):
        dossier = self._dossier(service_user_ids=[Command.link(self.fug.id)])
        self._deal(dossier)
        for user in (self.rep2, self.outsider, self.fug, self.admin_user, self.bum2):
            with self.assertRaises(AccessError):
                self._rpc(user, dossier._name, "action_submit", dossier.ids)
        self.assertEqual(dossier.state, "preliminary")
        for user in (self.rep, self.keeper):
            self._rpc(user, dossier._name, "action_submit", dossier.ids)
            self.assertEqual(dossier.state, "submitted")
            self._rpc(user, dossier._name, "action_withdraw", dossier.ids)

    def test_submitted_from_preliminary_only(self):
        dossier = self._formal_dossier()
        with self.assertRefused(UserError, "is Formal: this cannot be done"):
            self._submit(dossier)

    def test_state_is_not_written(self):
        dossier = self._dossier()
        for user in (self.rep, self.bum, self.keeper, self.mdo, self.admin_user):
            for values in (
                {"state": "formal"},
                {"approval_state": "approved"},
                {"formal_date": "2031-01-01"},
                {
                    "secrecy_level_id": self.env["customer.secrecy.level"]
                    ._get_default()
                    .id
                },
            ):
                for context in ({}, {"customer_archive_system": True}):
                    with self.assertRaises(AccessError):
                        self._rpc(
                            user,
                            dossier._name,
                            "write",
                            dossier.ids,
                            values,
                            context=context,
                        )
        self.assertRecordValues(
            dossier, [{"state": "preliminary", "approval_state": "none"}]
        )

    def test_what_is_decided_on_waits_unchanged(self):
        dossier = self._dossier()
        self._submit(dossier)
        for values in (
            {"partner_id": self.partner.id},
            {"team_id": self.other_unit.id},
            {"user_id": self.rep2.id},
            {"keeper_id": self.mdo.id},
        ):
            for user in (self.rep, self.keeper):
                with self.assertRefused(UserError, "cannot be changed|for good"):
                    dossier.with_user(user).write(values)
        dossier.with_user(self.rep).write({"needs": "More"})
        dossier.with_user(self.bum).action_approve()
        dossier.with_user(self.mdo).action_approve()
        dossier.with_user(self.keeper).write({"keeper_id": self.mdo.id})
        self.assertEqual(dossier.keeper_id, self.mdo)
        for user in (self.rep, self.bum, self.mdo):
            with self.assertRefused(UserError, "for good"):
                dossier.with_user(user).write({"partner_id": self.partner.id})

    def test_only_a_preliminary_dossier_is_deleted(self):
        submitted = self._dossier()
        self._submit(submitted)
        rejected = self._dossier()
        self._submit(rejected)
        rejected.with_user(self.bum).action_reject("No")
        formal = self._formal_dossier()
        for dossier in (submitted, rejected, formal):
            for user in (self.rep, self.keeper, self.env.user):
                with self.assertRaises(UserError):
                    dossier.with_user(user).unlink()
        preliminary = self._dossier()
        with self.assertRaises(AccessError):
            preliminary.with_user(self.rep2).unlink()
        preliminary.with_user(self.rep).unlink()
        self.assertFalse(preliminary.exists())


@tagged("post_install", "-at_install")
class TestExistingCustomers(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create(
            {"name": "Trader", "currency_id": cls.env.company.currency_id.id}
        )
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        companies = cls.company + cls.other_company
        (cls.keeper + cls.rep).write(
            {"company_ids": [Command.link(c.id) for c in companies]}
        )
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=companies.ids)
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Pump", "type": "service", "taxes_id": False}
        )

    @classmethod
    def _order(cls, partner, confirm=True, **values):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "order_line": [
                    Command.create({"product_id": cls.product.id, "tax_ids": False})
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _invoice(cls, partner, post=True):
        accounts = cls.env["account.account"].with_company(cls.company)
        journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "sale")], limit=1
        )
        receivable = accounts.search([("code", "=", "112200")], limit=1)
        if not receivable:
            receivable, income = accounts.create(
                [
                    {
                        "name": "Receivable",
                        "code": "112200",
                        "account_type": "asset_receivable",
                        "reconcile": True,
                    },
                    {"name": "Income", "code": "600100", "account_type": "income"},
                ]
            )
            journal = cls.env["account.journal"].create(
                {
                    "name": "Sales",
                    "code": "TINV",
                    "type": "sale",
                    "company_id": cls.company.id,
                    "default_account_id": income.id,
                }
            )
        partner.with_company(cls.company).property_account_receivable_id = receivable
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "journal_id": journal.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Pump", "price_unit": 100, "tax_ids": False}
                    )
                ],
            }
        )
        if post:
            move.action_post()
        return move

    def _open(self, user=None, **values):
        """Press the button of the dialog; return the dossiers that it opened."""
        before = self.env["customer.dossier"].search([])
        dialog = (
            self.env["customer.dossier.open"]
            .with_user(user or self.keeper)
            .create(
                {
                    "company_id": self.company.id,
                    "team_id": self.unit.id,
                    "keeper_id": self.mdo.id,
                    **values,
                }
            )
        )
        count = dialog.customer_count
        dialog.action_open()
        opened = self.env["customer.dossier"].search([]) - before
        self.assertEqual(len(opened), count)
        return opened

    def test_who_gets_a_dossier(self):
        ordered = self._customer("Ordered", user_id=self.rep.id)
        self._order(ordered, team_id=self.other_unit.id)
        quoted = self._customer("Quoted")
        self._order(quoted, confirm=False)
        invoiced = self._customer("Invoiced")
        self._invoice(invoiced)
        draft = self._customer("Draft invoice")
        self._invoice(draft, post=False)
        filed = self._customer("Filed")
        self._order(filed)
        self._dossier(partner_id=filed.id)
        parent = self._customer("Parent")
        child = self._customer("Child", is_company=False, parent_id=parent.id)
        self._order(child)
        self._order(parent)
        archived = self._customer("Archived")
        self._order(archived)
        archived.action_archive()
        elsewhere = self._customer("Elsewhere")
        self._order(elsewhere, company_id=self.other_company.id)
        foreign = self._customer("Of the other company")
        self._order(foreign)
        foreign.company_id = self.other_company
        self._customer("None")

        opened = self._open()
        self.assertEqual(opened.partner_id, ordered + invoiced + parent + archived)
        self.assertEqual(set(opened.mapped("state")), {"preliminary"})
        self.assertEqual(set(opened.mapped("approval_state")), {"none"})
        self.assertEqual(len(set(opened.mapped("number"))), 4)
        self.assertEqual(
            opened.secrecy_level_id, self.env["customer.secrecy.level"]._get_default()
        )
        dossier = opened.filtered(lambda dossier: dossier.partner_id == ordered)
        self.assertRecordValues(
            dossier,
            [
                {
                    "team_id": self.other_unit.id,
                    "user_id": self.rep.id,
                    "keeper_id": self.mdo.id,
                    "create_uid": self.keeper.id,
                }
            ],
        )

    def test_unit_of_the_latest_order_that_is_in_use(self):
        self.other_unit.keeper_id = self.keeper
        archived_unit = self._unit("Closed")
        first, second, third = (self._customer(f"Customer {i}") for i in range(3))
        self._order(first, team_id=self.unit.id).date_order = "2030-01-01"
        self._order(first, team_id=self.other_unit.id).date_order = "2030-02-01"
        self._order(second, team_id=archived_unit.id)
        self._order(third, team_id=False)
        archived_unit.action_archive()
        opened = self._open(team_id=self.unit.id)
        units = {dossier.partner_id: dossier.team_id for dossier in opened}
        self.assertEqual(
            units, {first: self.other_unit, second: self.unit, third: self.unit}
        )
        keepers = {dossier.team_id: dossier.keeper_id for dossier in opened}
        self.assertEqual(
            keepers, {self.other_unit: self.keeper, self.unit: self.keeper}
        )

    def test_twice_opens_nothing_twice(self):
        self._order(self._customer())
        self.assertEqual(len(self._open()), 1)
        self.assertFalse(self._open())

    def test_numbers_go_on_with_the_sequence(self):
        before = self._dossier().number
        for i in range(3):
            self._order(self._customer(f"Customer {i}"))
        numbers = self._open().mapped("number")
        after = self._dossier().number
        self.assertEqual(len({before, *numbers, after}), 5)
        self.assertEqual(sorted([before, *numbers, after])[0], before)
        self.assertEqual(sorted([before, *numbers, after])[-1], after)

    def test_numbers_of_a_gapless_sequence(self):
        self.env.ref(
            "customer_archive.sequence_customer_dossier"
        ).implementation = "no_gap"
        for i in range(2):
            self._order(self._customer(f"Customer {i}"))
        numbers = self._open().mapped("number")
        self.assertEqual(len(set(numbers)), 2)

    def test_head_is_seen_at_once(self):
        partner = self._customer(user_id=self.rep.id)
        self._order(partner)
        as_rep = partner.with_user(self.rep)
        self.assertFalse(as_rep.dossier_number)
        self.assertEqual(as_rep.dossier_access, "none")
        dossier = self._open()
        self.assertEqual(as_rep.dossier_number, dossier.number)
        self.assertEqual(as_rep.dossier_access, "open")

    def test_opening_is_for_keeper_and_marketing_director(self):
        self._order(self._customer())
        for user in (self.rep, self.bum, self.fin, self.outsider, self.admin_user):
            with self.assertRaises(AccessError):
                self._open(user=user)
        with self.assertRaises(AccessError):
            self.env["customer.dossier.open"].with_user(self.keeper).with_context(
                allowed_company_ids=self.company.ids
            ).create(
                {"company_id": self.other_company.id, "team_id": self.unit.id}
            ).action_open()

    def test_number_of_queries_does_not_grow(self):
        self._order(self._customer())
        self._open()  # warm up
        dossiers = self.env["customer.dossier"].with_user(self.keeper)
        counts = []
        for size in (5, 50):
            partners = self.env["res.partner"].create(
                [{"name": f"{size}-{i}", "is_company": True} for i in range(size)]
            )
            orders = self.env["sale.order"].create(
                [
                    {"partner_id": partner.id, "company_id": self.company.id}
                    for partner in partners
                ]
            )
            orders.write({"state": "sale"})
            self.env.flush_all()
            # rights and rules are cached apart from what is counted
            dossiers.check_access("create")
            dossiers._existing_customers_query(self.company)
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            opened = dossiers._create_for_existing_customers(
                self.company, self.unit, self.mdo
            )
            counts.append(self.env.cr.sql_log_count - start)
            self.assertEqual(opened, size)
        self.assertEqual(counts[0], counts[1])

    def test_unit_with_numbers_of_its_own(self):
        self.unit.dossier_sequence_id = self.env["ir.sequence"].create(
            {"name": "North", "prefix": "N-", "padding": 3}
        )
        product = self.env["product.product"].create({"name": "Product"})
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self._customer(f"Old {team.name}").id,
                    "team_id": team.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
                for team in (self.unit, self.other_unit, self.unit)
            ]
        )
        orders.action_confirm()
        self.assertEqual(self._dossier().number, "N-001")
        self.env["customer.dossier"]._create_for_existing_customers(
            self.company, self.other_unit, self.keeper
        )
        numbers = self.env["customer.dossier"].search(
            [("partner_id", "in", orders.partner_id.ids)], order="number"
        )
        self.assertEqual(
            [dossier.number[:2] for dossier in numbers], ["KH", "N-", "N-"]
        )
        self.assertEqual(numbers[1:].mapped("number"), ["N-002", "N-003"])
        with self.assertRefused(IntegrityError):
            numbers[0]._system_write({"number": "N-001"})
            self.env.flush_all()
