from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import CustomerArchiveCommon
from .grade_shown_common import GradeShownCommon

DAY = "2031-01-31"
REPORT = "customer.complaint.report"


@tagged("post_install", "-at_install")
class TestGradeShown(GradeShownCommon, CustomerArchiveCommon):
    """Who may not read a dossier does not learn its grade elsewhere (E9, D2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        scheme = cls.env.ref("customer_archive.customer_grade_scheme_class")
        cls.important, cls.stable, cls.general, cls.potential = scheme.grade_ids
        cls.key = cls._dossier(partner_id=cls.partner.id)
        cls.core = cls._dossier()
        cls.ungraded = cls._dossier()
        cls.key._set_grade(cls.important, DAY)
        cls.core._set_grade(cls.stable, DAY)
        cls.dossiers = cls.key + cls.core + cls.ungraded
        cls.strangers = cls.outsider + cls.rep2 + cls.bum2 + cls.fin
        # what they may not export has tests of its own
        cls.env.ref("base.group_allow_export").user_ids += (
            cls.strangers + cls.rep + cls.mdo
        )

    # ------------------------------------------------------------ contact

    def test_contact(self):
        partners = self.dossiers.partner_id
        self._check_shown(
            "res.partner",
            [("id", "in", partners.ids)],
            partners,
            "dossier_grade_id",
            "dossier_tier",
        )

    def test_contact_of_the_customer_shows_his_grade(self):
        buyer = self._customer("Buyer", is_company=False, parent_id=self.partner.id)
        for user, grade in ((self.rep, self.important.id), (self.rep2, False)):
            (row,) = self._rpc(
                user, "res.partner", "read", buyer.ids, ["dossier_grade_id"], load=None
            )
            self.assertEqual(row["dossier_grade_id"], grade)
        found = self._rpc(
            self.rep, "res.partner", "search", [("dossier_tier", "=", "1")]
        )
        self.assertIn(buyer.id, found)

    def test_portal_has_no_part_in_it(self):
        portal = new_test_user(self.env, "grade_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.partner
        domain = [("id", "in", (portal.partner_id + self.partner).ids)]
        model = self.env["res.partner"].with_user(portal)
        self.assertNotIn("dossier_grade_id", model.fields_get())
        for name, value in (
            ("dossier_grade_id", self.important.id),
            ("dossier_tier", "1"),
        ):
            with self.assertRefused(AccessError):
                self._rpc(portal, "res.partner", "read", portal.partner_id.ids, [name])
            self.assertFalse(model.search([*domain, (name, "=", value)]))
            with self.assertRefused(AccessError):
                self._rpc(
                    portal,
                    "res.partner",
                    "formatted_read_group",
                    domain,
                    [name],
                    ["__count"],
                )

    def test_sudo_shows_what_the_reader_may_see(self):
        for user, grade in (
            (self.rep, self.important),
            (self.rep2, self.important[:0]),
        ):
            self.env.invalidate_all()
            partner_sudo = self.partner.with_user(user).sudo()
            self.assertEqual(partner_sudo.dossier_grade_id, grade)

    def test_cost_of_contacts_does_not_grow(self):
        counts = []
        for size in (4, 40):
            partners = self.env["res.partner"].create(
                [{"name": f"Cost {size}-{i}", "is_company": True} for i in range(size)]
            )
            dossiers = self.env["customer.dossier"].create(
                [
                    {"partner_id": partner.id, "team_id": self.unit.id}
                    for partner in partners
                ]
            )
            dossiers._set_grade(self.important, DAY)
            counts.append(self._count_queries(partners, "dossier_grade_id"))
        self.assertEqual(counts[0], counts[1])

    def _count_queries(self, records, name):
        as_director = records.with_user(self.mdo)
        as_director.web_search_read([("id", "in", records.ids)], {name: {}})
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        found = as_director.web_search_read(
            [("id", "in", records.ids)], {name: {"fields": {"display_name": {}}}}
        )
        self.assertEqual(
            {row[name]["id"] for row in found["records"]}, {self.important.id}
        )
        return self.env.cr.sql_log_count - start

    # ------------------------------------------------------------ order

    def test_digest_of_an_order_shows_the_grade_to_the_reader(self):
        order = self.env["sale.order"].create(
            {"partner_id": self.partner.id, "user_id": self.rep2.id}
        )
        for user, grade in (
            (self.mdo, self.important.id),
            (self.rep2, False),
        ):
            user.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
            (row,) = self._rpc(
                user, "sale.order", "read", order.ids, ["dossier_grade_id"], load=None
            )
            self.assertEqual(row["dossier_grade_id"], grade)
            exported = self._rpc(
                user, "sale.order", "export_data", order.ids, ["dossier_grade_id"]
            )
            self.assertEqual(bool(exported["datas"][0][0]), bool(grade))
        for method, args in (
            ("search", [[("dossier_grade_id", "=", self.important.id)]]),
            ("formatted_read_group", [[], ["dossier_grade_id"], ["__count"]]),
        ):
            with self.assertRaisesRegex(ValueError, "not stored"):
                self._rpc(self.rep2, "sale.order", method, *args)

    # ------------------------------------------------------------ cases

    def test_complaint_analysis(self):
        """Whoever handles a case need not know the grade of the customer (B39)."""
        for user in self.strangers:
            # he reads the case because he handles it
            cases = self.env["customer.complaint"].union(
                *(
                    self._case(partner_id=dossier.partner_id.id, user_id=user.id)
                    for dossier in self.dossiers
                )
            )
            cases.user_id = user
            self.assertEqual(cases.dossier_id, self.dossiers)
            rows = self.env[REPORT].browse(cases.ids)
            with self.subTest(user=user.login):
                strangers, self.strangers = self.strangers, user
                self._check_shown(REPORT, [("id", "in", rows.ids)], rows)
                self.strangers = strangers

    def test_case_itself_is_no_way_to_the_grade(self):
        case = self._case(partner_id=self.partner.id)
        case.user_id = self.rep2
        own = [("id", "=", case.id)]
        for path in ("dossier_id.grade_id", "dossier_id.tier"):
            domain = [*own, (path, "!=", False)]
            self.assertEqual(
                self._rpc(self.rep, "customer.complaint", "search", domain), case.ids
            )
            self.assertFalse(
                self._rpc(self.rep2, "customer.complaint", "search", domain)
            )
            (group,) = self._rpc(
                self.rep2,
                "customer.complaint",
                "formatted_read_group",
                own,
                [path],
                ["__count"],
            )
            self.assertFalse(group[path])

    # ------------------------------------------------------------ dossier

    def test_dossier_is_grouped_by_grade(self):
        domain = [("id", "in", self.dossiers.ids)]
        groups = self._rpc(
            self.rep,
            "customer.dossier",
            "formatted_read_group",
            domain,
            ["grade_id", "team_id"],
            ["__count"],
        )
        self.assertEqual(
            {group["grade_id"] and group["grade_id"][0] for group in groups},
            {self.important.id, self.stable.id, False},
        )
        panel = self._rpc(
            self.rep,
            "customer.dossier",
            "search_panel_select_range",
            "grade_id",
            enable_counters=True,
            category_domain=[],
            filter_domain=[],
            search_domain=domain,
        )
        self.assertEqual(
            {value["id"]: value["__count"] for value in panel["values"]},
            {self.important.id: 1, self.stable.id: 1},
        )
        for user in self.strangers - self.outsider:
            self.assertFalse(
                self._rpc(
                    user,
                    "customer.dossier",
                    "formatted_read_group",
                    domain,
                    ["grade_id"],
                    ["__count"],
                )
            )
