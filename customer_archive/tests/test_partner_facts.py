from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import CustomerArchiveCommon

FACTS = (
    "business_category_id",
    "business_scale_id",
    "sales_region_id",
    "staff_band",
    "turnover_band",
    "trade_channel",
    "intermediary_id",
    "contact_subject",
    "preferred_channel",
    "preferred_time",
    "preferred_frequency",
)


@tagged("post_install", "-at_install")
class TestPartnerFacts(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        kinds = ("region", "scale", "business_category", "project_type")
        cls.region, cls.scale, cls.category, cls.project_type = cls.env[
            "customer.classification"
        ].create([{"name": f"Test {kind}", "kind": kind} for kind in kinds])
        cls.industry = cls.env["res.partner.industry"].create({"name": "Test Metal"})
        cls.contact = cls.env["res.partner"].create(
            {"name": "Li Wei", "parent_id": cls.partner.id, "type": "contact"}
        )

    def _facts(self, **values):
        return {
            "industry_id": self.industry.id,
            "business_category_id": self.category.id,
            "business_scale_id": self.scale.id,
            "sales_region_id": self.region.id,
            "enterprise_nature": "private",
            **values,
        }

    # ------------------------------------------------------------ classifications

    def test_classification_fits_its_field(self):
        dossier = self._dossier()
        for record, field_name, value in (
            (self.partner, "sales_region_id", self.scale.id),
            (self.partner, "business_scale_id", self.region.id),
            (self.partner, "business_category_id", self.region.id),
            (dossier, "market_position_id", self.region.id),
            (dossier, "project_type_ids", [Command.link(self.region.id)]),
        ):
            with self.assertRefused(ValidationError, "is not a value of the field"):
                record.write({field_name: value})
        with self.assertRefused(
            ValidationError, "Test scale is not a value of the field Sales Region"
        ):
            self.partner.sales_region_id = self.scale
        with self.assertRefused(UserError, "kind of a classification does not change"):
            self.region.kind = "scale"

    def test_classifications_are_kept_by_the_administrator(self):
        for user in (self.rep, self.keeper, self.outsider):
            self.assertTrue(
                self._rpc(user, self.region._name, "read", self.region.ids, ["name"])
            )
            for method, args in (
                ("write", [self.region.ids, {"name": "x"}]),
                ("create", [{"name": "x", "kind": "region"}]),
                ("unlink", [self.region.ids]),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, self.region._name, method, *args)
        self._rpc(
            self.admin_user, self.region._name, "write", self.region.ids, {"name": "x"}
        )
        self.assertEqual(self.region.name, "x")

    def test_shipped_classifications_and_tags(self):
        counts = dict(
            self.env["customer.classification"]._read_group([], ["kind"], ["__count"])
        )
        self.assertEqual(
            set(counts),
            {"business_category", "scale", "region", "project_type", "market_position"},
        )
        tag = self.env.ref("customer_archive.res_partner_category_high_intention")
        dossier = self._dossier(partner_id=self.partner.id)
        self._dossier()
        self.partner.category_id = tag
        found = self._rpc(
            self.rep, "customer.dossier", "search", [("category_ids", "=", tag.id)]
        )
        self.assertEqual(found, dossier.ids)

    # ------------------------------------------------------------ facts

    def test_facts_are_not_for_the_portal(self):
        portal = new_test_user(self.env, "archive_portal", groups="base.group_portal")
        own = portal.partner_id
        self.assertFalse(
            self._rpc(portal, "res.partner", "fields_get", [*FACTS, "is_trading"])
        )
        for name in FACTS:
            with self.subTest(field=name), self.assertRaises(AccessError):
                self._rpc(portal, "res.partner", "read", own.ids, [name])
            self.assertIn(
                name, self._rpc(self.outsider, "res.partner", "fields_get", [name])
            )
        with self.assertRaises(AccessError):
            self._rpc(
                self.outsider, "res.partner", "search", [("is_trading", "=", True)]
            )

    def test_facts_go_down_to_the_contacts(self):
        dealer = self._customer("Dealer")
        facts = self._facts(
            staff_band="50",
            turnover_band="10",
            trade_channel="indirect",
            intermediary_id=dealer.id,
        )
        self.partner.write(facts)
        self.assertRecordValues(self.contact, [facts])
        later = self.env["res.partner"].create(
            {"name": "Wang", "parent_id": self.partner.id}
        )
        self.assertRecordValues(later, [facts])

    def test_indirect_customer_names_another_as_intermediary(self):
        with self.assertRefused(ValidationError, "name the intermediary"):
            self.partner.trade_channel = "indirect"
        for intermediary in (self.partner, self.contact):
            with self.assertRefused(ValidationError, "cannot be his own intermediary"):
                self.partner.write(
                    {"trade_channel": "indirect", "intermediary_id": intermediary.id}
                )
        self.partner.trade_channel = "direct"

    def test_dossiers_are_grouped_by_what_the_customer_is(self):
        dossier = self._dossier(partner_id=self.partner.id)
        self.partner.write(self._facts())
        self.assertRecordValues(dossier, [self._facts()])
        for field_name in (*self._facts(), "market_position_id", "risk_level"):
            with self.subTest(field=field_name):
                groups = self._rpc(
                    self.rep,
                    "customer.dossier",
                    "formatted_read_group",
                    [("id", "=", dossier.id)],
                    [field_name],
                    ["__count"],
                )
                self.assertEqual([group["__count"] for group in groups], [1])
        self.assertEqual(
            self._rpc(
                self.rep,
                "customer.dossier",
                "search",
                [("sales_region_id", "=", self.region.id)],
            ),
            dossier.ids,
        )

    def test_fact_is_changed_by_who_may_not_read_the_dossier(self):
        dossier = self._dossier(partner_id=self.partner.id)
        self.outsider.group_ids += self.env.ref("base.group_partner_manager")
        self._rpc(
            self.outsider, "res.partner", "write", self.partner.ids, self._facts()
        )
        self.assertEqual(dossier.sales_region_id, self.region)

    # ------------------------------------------------------------ trading (A13)

    FILTER = [
        "|",
        ("parent_id", "=", False),
        ("is_company", "=", True),
        ("is_trading", "=", True),
        ("dossier_access", "=", "none"),
    ]

    def _trading(self, partners, user=None):
        found = self._rpc(
            user or self.keeper,
            "res.partner",
            "search",
            [*self.FILTER, ("id", "in", partners.ids)],
        )
        return self.env["res.partner"].browse(found)

    def _order(self, partner, **values):
        return self.env["sale.order"].create({"partner_id": partner.id, **values})

    def test_filter_is_that_of_the_contact_list(self):
        view = self._rpc(self.keeper, "res.partner", "get_view", None, "search")
        self.assertIn('name="trading_without_dossier"', view["arch"])
        view = self._rpc(self.outsider, "res.partner", "get_view", None, "search")
        self.assertNotIn('name="trading_without_dossier"', view["arch"])

    def test_customer_whose_contact_ordered_trades_without_dossier(self):
        silent = self._customer("Silent")
        both = self.partner + silent + self.contact
        self.assertFalse(self._trading(both))
        order = self._order(self.contact)
        self.assertEqual(self._trading(both), self.partner)
        self.assertEqual(self._trading(both, self.rep2), self.partner)
        self.assertEqual(
            both.with_user(self.keeper).mapped("is_trading"), [True, False, True]
        )
        order._action_cancel()
        self.assertFalse(self._trading(both))

    def test_invoice_and_opportunity_count_like_an_order(self):
        invoiced, vendor, hoped, lost, led = customers = self.env["res.partner"].concat(
            *(self._customer(name) for name in ("A", "B", "C", "D", "E"))
        )
        for partner, move_type in ((invoiced, "out_invoice"), (vendor, "in_invoice")):
            self.env["account.move"].create(
                {"partner_id": partner.id, "move_type": move_type}
            )
        leads = self.env["crm.lead"].create(
            [
                {"name": "x", "partner_id": partner.id, "type": kind}
                for partner, kind in (
                    (hoped, "opportunity"),
                    (lost, "opportunity"),
                    (led, "lead"),
                )
            ]
        )
        leads[1].action_set_lost()
        self.assertEqual(self._trading(customers), invoiced + hoped)

    def test_dossier_ends_the_search_however_secret(self):
        self._order(self.contact)
        self._dossier(partner_id=self.partner.id, user_id=self.rep2.id)
        for user in (self.rep, self.keeper, self.fin):
            self.assertFalse(self._trading(self.partner, user))

    def test_trade_of_another_company_is_not_told(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._order(self.contact, company_id=other.id)
        self.assertFalse(self._trading(self.partner))

    def test_subsidiary_is_found_itself(self):
        subsidiary = self._customer("Subsidiary", parent_id=self.partner.id)
        self._order(subsidiary)
        self.assertEqual(self._trading(subsidiary + self.partner), subsidiary)

    # ------------------------------------------------------------ existing customers

    def test_dossiers_opened_in_bulk_know_the_kind_of_customer(self):
        self.partner.write(self._facts())
        self._order(self.partner, team_id=self.unit.id).action_confirm()
        self.env["customer.dossier"].with_user(
            self.keeper
        )._create_for_existing_customers(self.company, self.unit, self.keeper)
        dossier = self.env["customer.dossier"].search(
            [("partner_id", "=", self.partner.id)]
        )
        self.env.invalidate_all()
        self.assertRecordValues(dossier, [self._facts()])
