from datetime import date

from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.tests import Form, tagged

from .common import CustomerArchiveCommon

EVERYDAY = (
    "dossier_team_id",
    "dossier_user_id",
    "dossier_source_id",
    "dossier_first_contact_date",
    "dossier_lawful_source",
    "dossier_needs",
)
HEAD = (
    "dossier_id",
    "dossier_number",
    "dossier_state",
    "dossier_secrecy_level_id",
    "dossier_keeper_id",
    "dossier_may_modify",
)


@tagged("post_install", "-at_install")
class TestPartnerDossier(CustomerArchiveCommon):
    """The everyday part of the dossier is worked in the contact form (A1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env["utm.source"].create({"name": "Canton Fair"})
        cls.dossier = cls._dossier(
            partner_id=cls.partner.id,
            source_id=cls.source.id,
            first_contact_date="2021-05-07",
            lawful_source="Business card",
            needs="Pumps",
        )
        cls.buyer = cls._customer("Buyer", is_company=False, parent_id=cls.partner.id)

    def _read(self, user, partner, names):
        (values,) = self._rpc(
            user, "res.partner", "read", partner.ids, list(names), load=None
        )
        del values["id"]
        return values

    # ------------------------------------------------------------ read

    def test_reader_sees_the_dossier_in_the_contact(self):
        for partner in (self.partner, self.buyer):
            self.assertEqual(
                self._read(self.rep, partner, EVERYDAY + HEAD),
                {
                    "dossier_team_id": self.unit.id,
                    "dossier_user_id": self.rep.id,
                    "dossier_source_id": self.source.id,
                    "dossier_first_contact_date": date(2021, 5, 7),
                    "dossier_lawful_source": "Business card",
                    "dossier_needs": "Pumps",
                    "dossier_id": self.dossier.id,
                    "dossier_number": self.dossier.number,
                    "dossier_state": "preliminary",
                    "dossier_secrecy_level_id": self.dossier.secrecy_level_id.id,
                    "dossier_keeper_id": self.keeper.id,
                    "dossier_may_modify": True,
                },
            )

    def test_stranger_sees_nothing(self):
        for user in (self.outsider, self.rep2, self.bum2, self.fin):
            values = self._read(user, self.partner, EVERYDAY + HEAD)
            self.assertFalse(any(values.values()), values)

    def test_stranger_neither_searches_nor_groups_nor_exports(self):
        self.outsider.group_ids += self.env.ref("base.group_allow_export")
        for name in (*EVERYDAY, "dossier_keeper_id", "dossier_may_modify"):
            with self.subTest(field=name):
                for method, args in (
                    ("search", [[(name, "!=", False)]]),
                    ("formatted_read_group", [[], [name], ["__count"]]),
                ):
                    with self.assertRaisesRegex(ValueError, "not stored"):
                        self._rpc(self.outsider, "res.partner", method, *args)
                exported = self._rpc(
                    self.outsider,
                    "res.partner",
                    "export_data",
                    self.partner.ids,
                    ["name", name],
                )
                self.assertFalse(exported["datas"][0][1])

    def test_sudo_reads_as_the_reader(self):
        as_outsider = self.partner.with_user(self.outsider).sudo()
        self.assertFalse(as_outsider.dossier_needs)
        self.assertEqual(self.partner.with_user(self.rep).sudo().dossier_needs, "Pumps")

    def test_head_of_a_list_costs_the_same_for_any_length(self):
        names = ["name", "dossier_number", "dossier_state", *EVERYDAY]
        counts = []
        for size in (5, 80):
            partners = self.env["res.partner"].create(
                [{"name": f"Head {size}-{i}", "is_company": True} for i in range(size)]
            )
            self.env["customer.dossier"].create(
                [
                    {"partner_id": partner.id, "team_id": self.unit.id, "needs": "x"}
                    for partner in partners
                ]
            )
            as_director = partners.with_user(self.mdo)
            as_director.read(names)  # rights are cached apart from what is counted
            self.env.flush_all()
            self.env.invalidate_all()
            partners.mapped("commercial_partner_id")
            start = self.env.cr.sql_log_count
            self.assertEqual(as_director.mapped("dossier_needs"), ["x"] * size)
            counts.append(self.env.cr.sql_log_count - start)
            for name in names:
                as_director.mapped(name)
            self.assertEqual(
                self.env.cr.sql_log_count - start - counts[-1], 0, "one fetch for all"
            )
        self.assertEqual(counts[0], counts[1])

    # ------------------------------------------------------------ lock

    def test_lock_leads_to_a_request_for_access(self):
        with self.assertRaises(RedirectWarning) as refused:
            self._rpc(
                self.outsider, "res.partner", "action_open_dossier", self.buyer.ids
            )
        message, action, button, _context = refused.exception.args
        self.assertEqual(
            message,
            "You may not open the dossier of Dragon Ltd. It is kept by "
            "Archive_keeper. Ask for access with a purpose and a period; the General "
            "Manager decides.",
        )
        self.assertEqual(button, "Request Access")
        self.assertEqual(action["res_model"], "customer.access.permit")
        self.assertEqual(
            action["context"],
            {"default_item_ids": [[0, 0, {"partner_id": self.partner.id}]]},
        )

    # ------------------------------------------------------------ write

    def test_written_in_the_contact_form(self):
        with Form(
            self.partner.with_user(self.rep), view="base.view_partner_form"
        ) as form:
            form.dossier_needs = "Valves"
            form.dossier_first_contact_date = "2021-01-02"
        self.assertEqual(self.dossier.needs, "Valves")
        self.assertEqual(self.dossier.first_contact_date, date(2021, 1, 2))
        self.assertEqual(self.dossier.lawful_source, "Business card")
        self.buyer.with_user(self.rep).write({"dossier_needs": "Seals"})
        self.assertEqual(self.dossier.needs, "Seals")
        self.assertEqual(self.partner.with_user(self.rep).dossier_needs, "Seals")

    def test_cleared_in_the_contact_form(self):
        self._rpc(
            self.rep,
            "res.partner",
            "write",
            self.partner.ids,
            {"dossier_needs": False},
        )
        self.assertFalse(self.dossier.needs)

    def test_new_contact_in_the_form_leaves_the_dossier_alone(self):
        with Form(
            self.env["res.partner"].with_user(self.rep), view="base.view_partner_form"
        ) as form:
            form.name = "Another buyer"
            form.parent_id = self.partner
        self.assertEqual(form.record.dossier_id, self.dossier.with_user(self.rep))
        self.assertEqual(self.dossier.needs, "Pumps")

    def test_who_may_not_change_the_dossier_does_not_do_it_here(self):
        self.dossier.service_user_ids = self.fug
        self.assertEqual(
            self._read(self.fug, self.partner, ["dossier_may_modify", "dossier_needs"]),
            {"dossier_may_modify": False, "dossier_needs": "Pumps"},
        )
        with self.assertRaises(AccessError):
            self._rpc(
                self.fug,
                "res.partner",
                "write",
                self.partner.ids,
                {"dossier_needs": "None"},
            )
        with self.assertRefused(RedirectWarning, "kept by Archive_keeper"):
            self._rpc(
                self.outsider,
                "res.partner",
                "write",
                self.partner.ids,
                {"dossier_needs": "None"},
            )
        self.assertEqual(self.dossier.needs, "Pumps")

    def test_unit_opens_a_dossier(self):
        (partner_id,) = self._rpc(
            self.rep,
            "res.partner",
            "create",
            [
                {
                    "name": "Tiger Ltd",
                    "is_company": True,
                    "dossier_team_id": self.unit.id,
                    "dossier_needs": "Motors",
                    "dossier_user_id": False,
                }
            ],
        )
        dossier = self.env["customer.dossier"].search([("partner_id", "=", partner_id)])
        self.assertRecordValues(
            dossier,
            [
                {
                    "state": "preliminary",
                    "team_id": self.unit.id,
                    "user_id": self.rep.id,
                    "keeper_id": self.keeper.id,
                    "needs": "Motors",
                }
            ],
        )
        existing = self._customer("Lion Ltd").with_user(self.rep)
        existing.write({"dossier_team_id": self.unit.id, "dossier_needs": "Belts"})
        self.assertEqual(existing.dossier_id.needs, "Belts")

    def test_values_without_a_dossier_are_not_lost(self):
        partner = self._customer("Tiger Ltd").with_user(self.rep)
        with self.assertRefused(ValidationError, "Name the business unit"):
            partner.write({"dossier_needs": "Motors"})
        with self.assertRefused(ValidationError, "Name the business unit"):
            partner.create({"name": "Lion Ltd", "dossier_needs": "Motors"})
        partner.write({"dossier_needs": False})
        self.assertFalse(partner.dossier_id)

    def test_who_may_not_open_a_dossier_does_not_do_it_here(self):
        with self.assertRaises(AccessError):
            self._rpc(
                self.outsider,
                "res.partner",
                "create",
                [{"name": "Tiger Ltd", "dossier_team_id": self.unit.id}],
            )

    # ------------------------------------------------------------ one a customer

    def test_contact_made_a_company_has_no_part_in_the_dossier(self):
        self.buyer.is_company = True
        self.assertEqual(self.buyer.commercial_partner_id, self.buyer)
        self.assertFalse(self.buyer.with_user(self.rep).dossier_id)
        dossier = self._dossier(partner_id=self.buyer.id)
        self.assertEqual(dossier.partner_id, self.buyer)
        with self.assertRefused(ValidationError, "has a dossier of its own"):
            self.buyer.is_company = False
        self.assertEqual(self.partner.with_user(self.rep).dossier_id, self.dossier)

    def test_contact_who_changes_his_company_sees_its_dossier(self):
        other = self._customer("Tiger Ltd")
        dossier = self._dossier(partner_id=other.id)
        self.assertEqual(self.buyer.with_user(self.rep).dossier_id, self.dossier)
        self.buyer.parent_id = other
        self.assertEqual(self.buyer.with_user(self.rep).dossier_id, dossier)
        self.buyer.parent_id = False
        self.assertFalse(self.buyer.with_user(self.rep).dossier_id)

    def test_company_turned_into_a_person_keeps_its_dossier(self):
        self.partner.is_company = False
        self.assertEqual(self.dossier.partner_id, self.partner)
        with self.assertRefused(ValidationError, "has a dossier of its own"):
            self.partner.parent_id = self._customer("Tiger Ltd")

    def test_archived_customer_keeps_his_dossier(self):
        self.partner.action_archive()
        self.assertTrue(self.dossier.exists())
        with self.assertRefused(ValidationError, self.dossier.number):
            self._dossier(partner_id=self.partner.id)
        self.partner.action_unarchive()
        self.assertEqual(self.partner.with_user(self.rep).dossier_id, self.dossier)
        with self.assertRefused(ValidationError, self.dossier.number):
            self._dossier(partner_id=self.buyer.id)

    def test_customer_with_a_dossier_is_not_deleted_by_anybody(self):
        self.outsider.group_ids += self.env.ref("base.group_partner_manager")
        with self.assertRefused(UserError, "Dragon Ltd has a dossier"):
            self._rpc(self.outsider, "res.partner", "unlink", self.partner.ids)
        self.buyer.unlink()
        self.assertFalse(self.buyer.exists())
