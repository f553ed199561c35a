from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import CustomerArchiveCommon

DAY = "2031-01-31"
REPORT = "customer.complaint.report"


class GradeShownCommon(CustomerArchiveCommon):
    """A key customer, a core customer and one without a grade, of the rep's."""

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

    def _oracles(self, grade, tier):
        """Return (domain, whether it finds who has no grade, whether it finds the key
        customer, whether the core customer) of all the ways to ask for a grade."""
        best, second = self.important.id, self.stable.id
        return (
            ([(grade, "=", best)], False, True, False),
            ([(grade, "in", [best, second])], False, True, True),
            ([(grade, "!=", best)], True, False, True),
            ([(grade, "not in", [best, second])], True, False, False),
            ([(grade, "=", False)], True, False, False),
            ([(grade, "!=", False)], False, True, True),
            ([(grade, "in", [best, False])], True, True, False),
            ([(grade, "ilike", self.important.name)], False, True, False),
            ([(grade, "not ilike", self.important.name)], True, False, True),
            ([(f"{grade}.tier", "=", "1")], False, True, False),
            ([(grade, "any", [("tier", "=", "2")])], False, False, True),
            ([(tier, "=", "1")], False, True, False),
            ([(tier, "!=", "1")], True, False, True),
            ([(tier, "=", False)], True, False, False),
            ([(tier, "in", ["1", "2"])], False, True, True),
            (["!", (tier, "in", ["1", False])], False, False, True),
        )

    def _check_shown(self, model, domain, records, grade="grade_id", tier="tier"):
        """Check that ``records`` show the grades of ``dossiers``, in this order, to the
        rep, and that the strangers who read them find no grade.

        :param domain: the one that finds just these records
        """
        key, core, ungraded = records.ids
        shown = {key: self.important, core: self.stable, ungraded: self.important[:0]}
        for user, hidden in [(self.rep, False), *((u, True) for u in self.strangers)]:
            with self.subTest(user=user.login, model=model):
                self._check_read(user, model, domain, shown, hidden, grade, tier)
                for asked, none, best, second in self._oracles(grade, tier):
                    found = self._rpc(user, model, "search", domain + asked)
                    expected = {key: best, core: second, ungraded: none}
                    if hidden:
                        expected = dict.fromkeys(expected, none)
                    self.assertEqual(
                        set(found), {id_ for id_ in expected if expected[id_]}, asked
                    )

    def _check_read(self, user, model, domain, shown, hidden, grade, tier):
        names = [grade, tier]
        rows = self._rpc(user, model, "search_read", domain, names, order="id")
        ids = sorted(shown)
        self.assertEqual(
            {row["id"]: row[grade] and row[grade][0] for row in rows},
            {id_: not hidden and shown[id_].id for id_ in ids},
        )
        self.assertEqual(
            {row["id"]: row[tier] for row in rows},
            {id_: not hidden and shown[id_].tier for id_ in ids},
        )
        columns = [f"{grade}/.id", tier]
        if model == "res.partner":
            exported = self._rpc(user, model, "export_data", ids, columns)
            self.assertEqual(
                [bool(row[0]) for row in exported["datas"]],
                [bool(shown[id_]) and not hidden for id_ in ids],
            )
        else:
            with self.assertRefused(AccessError):
                self._rpc(user, model, "export_data", ids, columns)
        for name, value in ((grade, "id"), (tier, "tier")):
            groups = self._rpc(
                user, model, "formatted_read_group", domain, [name], ["__count"]
            )
            expected = {
                not hidden and shown[id_][value]: 1 if not hidden else len(ids)
                for id_ in ids
            }
            self.assertEqual(
                {
                    group[name] and (group[name][0] if name == grade else group[name]): (
                        group["__count"]
                    )
                    for group in groups
                },
                expected,
            )
            for group in groups:
                found = self._rpc(
                    user, model, "search_count", domain + group["__extra_domain"]
                )
                self.assertEqual(found, group["__count"])
        ordered = self._rpc(user, model, "search", domain, order=f"{tier} desc, id")
        known = [] if hidden else sorted(shown, key=lambda id_: shown[id_].tier or "9")
        # NULLs come first in descending order
        self.assertEqual(ordered, known[::-1] or ids)


@tagged("post_install", "-at_install")
class TestGradeShown(GradeShownCommon):
    """Who may not read a dossier does not learn its grade elsewhere (E9, D2)."""

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
        for name, value in (("dossier_grade_id", self.important.id), ("dossier_tier", "1")):
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
        for user, grade in ((self.rep, self.important), (self.rep2, self.important[:0])):
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
