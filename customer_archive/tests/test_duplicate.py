from odoo.exceptions import AccessError, RedirectWarning, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.customer_archive.models.res_partner_duplicate import (
    normalise_company_name,
    normalise_domain,
)

from .common import CustomerArchiveCommon

CODE = "91310000775785552L"
OTHER_CODE = "91350211M000100Y46"


@tagged("post_install", "-at_install")
class TestDuplicate(CustomerArchiveCommon):
    """Two reps or units claim the same customer (A14), lists of doubles (A58)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.claimed = cls._customer(
            "上海龙腾（集团）有限公司",
            phone="+86 21 5888 1234",
            email="sales@longteng.cn",
            country_id=cls.env.ref("base.cn").id,
        )
        cls.dossier = cls._dossier(partner_id=cls.claimed.id)

    def _open(self, user, partner, **values):
        return self._rpc(
            user,
            "customer.dossier",
            "create",
            [{"partner_id": partner.id, "team_id": self.other_unit.id, **values}],
        )

    # ------------------------------------------------------------ keys

    def test_names_are_compared_without_legal_form(self):
        for names, key in (
            (
                ("上海龙（集团）", "上海龙(集团)有限公司", "上海 龙 集团股份有限公司"),
                "上海龙",
            ),
            (("龙腾有限責任公司", "龙腾有限责任公司", "龙腾公司"), "龙腾"),
            (("龙（上海）有限公司", "龙【上海】"), "龙上海"),
            (("ＤＲＡＧＯＮ Co., Ltd.", "Dragon co.ltd", "dragon, Inc"), "dragon"),
            (("Dragon Pumps GmbH", "DRAGON-PUMPS L.L.C."), "dragonpumps"),
            (("Taco", "TACO Limited"), "taco"),
            (("集团有限公司", "集团（有限公司）"), "集团有限公司"),
            (("Co., Ltd.", "CO LTD"), "coltd"),
            (("第一机床厂",), "第一机床厂"),
            (("!!!", "", False), ""),
        ):
            for name in names:
                with self.subTest(name=name):
                    self.assertEqual(normalise_company_name(name), key)

    def test_public_mail_providers_are_no_domain(self):
        for website, email, domain in (
            ("https://www.Dragon.cn/about", "x@qq.com", "dragon.cn"),
            ("dragon.cn:8080", False, "dragon.cn"),
            (False, "Sales <sales@Dragon.cn>", "dragon.cn"),
            (False, "a@163.com", False),
            (False, "a@126.com", False),
            (False, "a@sina.com", False),
            (False, "a@foxmail.com", False),
            (False, "a@qq.com", False),
            ("", "", False),
        ):
            with self.subTest(website=website, email=email):
                self.assertEqual(normalise_domain(website, email), domain)

    def test_people_are_not_compared_by_name_or_domain(self):
        for _i in range(2):
            person = self._customer("王伟", is_company=False, email="w@longteng.cn")
        self.assertFalse(person.name_key)
        self.assertFalse(person.domain_key)
        person.is_company = True
        self.assertEqual(person.name_key, "王伟")

    def test_keys_follow_what_they_are_made_of(self):
        customer = self._customer("Tiger")
        for values, key, expected in (
            ({"email": "x@panda.cn"}, "domain_key", "panda.cn"),
            ({"website": "https://www.tiger.cn/home"}, "domain_key", "tiger.cn"),
            ({"name": "Lion Ltd"}, "name_key", "lion"),
            ({"vat": "CN 12-34"}, "tax_key", "CN1234"),
            ({"is_company": False}, "domain_key", False),
        ):
            with self.subTest(values=values):
                customer.write(values)
                self.assertEqual(customer[key], expected)

    # ------------------------------------------------------------ found

    def test_what_is_found(self):
        same_name = self._customer("上海龙腾有限公司")
        same_phone = self._customer("Tiger", phone="0086 21 58881234")
        same_domain = self._customer("Lion", website="http://longteng.cn")
        contact = self._customer(
            "Wang",
            is_company=False,
            parent_id=self.claimed.id,
            phone="+86 21 5888 1234",
            email="sales@longteng.cn",
        )
        self.assertEqual(
            self.claimed._find_duplicates(),
            {
                self.claimed: {
                    same_name: ["name_key"],
                    same_phone: ["phone_sanitized"],
                    same_domain: ["domain_key"],
                }
            },
        )
        self.assertFalse(contact._find_duplicates())
        same_name.action_archive()
        self.assertIn(same_name, self.claimed._find_duplicates()[self.claimed])

    def test_different_codes_are_different_companies(self):
        self.claimed.credit_code = CODE
        other = self._customer("上海龙腾有限公司", credit_code=OTHER_CODE)
        self.assertFalse(other._find_duplicates())
        other.credit_code = False
        self.assertTrue(other._find_duplicates())
        other.write({"name": "Tiger", "vat": CODE})
        self.assertEqual(other._find_duplicates(), {other: {self.claimed: ["tax_key"]}})

    def test_companies_do_not_see_each_others_customers(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        other = self._customer("上海龙腾有限公司", company_id=company.id)
        self.assertTrue(other._find_duplicates())
        self.claimed.company_id = self.company
        self.assertFalse(other._find_duplicates())
        doubles = self.env["res.partner"].search([("has_duplicate", "=", True)])
        self.assertNotIn(other, doubles)

    def test_number_of_queries_does_not_grow(self):
        counts = []
        for size in (3, 40):
            for _i in range(2):
                partners = self.env["res.partner"].create(
                    [
                        {"name": f"Double {size}-{i}", "is_company": True}
                        for i in range(size)
                    ]
                )
            self.env.flush_all()
            self.env.invalidate_all()
            partners.mapped("name_key")
            self.assertTrue(self.env.companies)  # fetched once for all
            start = self.env.cr.sql_log_count
            self.assertEqual(len(partners._find_duplicates()), size)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts, [1, 1])

    def test_list_of_possible_duplicates(self):
        other = self._customer("上海龙腾有限公司")
        alone = self._customer("Tiger")
        partners = self.claimed + other + alone
        for user in (self.keeper, self.mdo):
            found = self._rpc(
                user,
                "res.partner",
                "search",
                [("has_duplicate", "=", True), ("id", "in", partners.ids)],
            )
            self.assertEqual(set(found), set((self.claimed + other).ids))
            self.assertEqual(
                partners.with_user(user).mapped("has_duplicate"), [True, True, False]
            )
            dossiers = self._rpc(
                user,
                "customer.dossier",
                "search",
                [("partner_id.has_duplicate", "=", True)],
            )
            self.assertIn(self.dossier.id, dossiers)
        for user in (self.rep, self.outsider):
            with self.assertRaises(AccessError):
                self._rpc(
                    user, "res.partner", "read", self.claimed.ids, ["has_duplicate"]
                )
        action = self.dossier.with_user(self.keeper).action_merge_customers()
        self.assertEqual(action["res_model"], "base.partner.merge.automatic.wizard")
        self.assertEqual(action["context"]["active_ids"], self.claimed.ids)

    # ------------------------------------------------------------ amber line

    def test_amber_line_while_typing(self):
        new = Form(
            self.env["res.partner"].with_user(self.outsider),
            view="base.view_partner_form",
        )
        new.company_type = "company"
        new.name = "上海龙腾股份有限公司"
        self.assertEqual(
            new.duplicate_message,
            "This customer exists already (same name). It belongs to Unit North, "
            "Archive_rep.",
        )
        self.assertNotIn(self.dossier.number, new.duplicate_message)
        partner = new.save()
        self.assertTrue(partner.exists())
        partner.name = "Tiger"
        self.assertFalse(partner.duplicate_message)

    def test_amber_line_about_a_customer_without_dossier(self):
        self._customer("Tiger Ltd")
        partner = self._customer("TIGER").with_user(self.rep)
        self.assertEqual(
            partner.duplicate_message,
            "This customer exists already: Tiger Ltd (same name).",
        )

    # ------------------------------------------------------------ claims

    def test_second_claim_is_refused(self):
        for values in (
            {"name": "上海龙腾有限公司"},
            {"name": "Tiger", "phone": "+862158881234"},
        ):
            partner = self._customer(**values)
            with self.assertRaises(RedirectWarning) as refused, self.cr.savepoint():
                self._open(self.rep2, partner)
            message, action, button, _context = refused.exception.args
            self.assertIn("It belongs to Unit North, Archive_rep. Use", message)
            self.assertNotIn(self.dossier.number, message)
            self.assertEqual(button, "Request Allocation")
            self.assertEqual(
                action["context"],
                {
                    "default_kind": "duplicate",
                    "default_partner_id": self.claimed.id,
                },
            )
            with self.assertRefused(ValidationError, "belongs to Unit North"):
                self._rpc(
                    self.rep2,
                    "customer.dossier",
                    "create",
                    [{"partner_id": partner.id, "team_id": self.other_unit.id}],
                    context={"import_file": True},
                )
        self.assertFalse(
            self.env["customer.dossier"].search([("team_id", "=", self.other_unit.id)])
        )

    def test_same_domain_alone_is_no_claim(self):
        partner = self._customer("Tiger", email="x@longteng.cn")
        self.assertTrue(self._open(self.rep2, partner))

    def test_claims_in_one_call(self):
        partners = self._customer("Tiger Ltd") + self._customer("Tiger GmbH")
        with self.assertRefused(RedirectWarning, "same name"):
            self._rpc(
                self.rep2,
                "customer.dossier",
                "create",
                [
                    {"partner_id": partner.id, "team_id": self.other_unit.id}
                    for partner in partners
                ],
            )

    def test_keeper_and_marketing_director_settle_it_on_record(self):
        for user in (self.keeper, self.mdo):
            partner = self._customer("上海龙腾有限公司")
            values = {"user_id": user.id, "keeper_id": user.id}
            (dossier_id,) = self._open(user, partner, **values)
            dossier = self.env["customer.dossier"].browse(dossier_id)
            self.assertIn(
                "belongs to Unit North", str(dossier.message_ids.mapped("body"))
            )
            dossier.unlink()
            partner.unlink()

    # ------------------------------------------------------------ invalid data

    def test_keeper_flags_invalid_data(self):
        values = {"data_invalid": True, "data_invalid_reason": "Number is dead"}
        for user in (self.rep, self.bum):
            with self.assertRaises(AccessError):
                self._rpc(user, "customer.dossier", "write", self.dossier.ids, values)
            partner = self._customer()
            with self.assertRaises(AccessError):
                self._open(user, partner, user_id=user.id, **values)
        with self.assertRefused(ValidationError, "Say why"):
            self._rpc(
                self.keeper,
                "customer.dossier",
                "write",
                self.dossier.ids,
                {"data_invalid": True},
            )
        self._rpc(self.keeper, "customer.dossier", "write", self.dossier.ids, values)
        found = self.dossier.search([("data_invalid", "=", True)])
        self.assertEqual(found, self.dossier)
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep,
                "customer.dossier",
                "write",
                self.dossier.ids,
                {"data_invalid": False},
            )

    def test_rep_saves_the_form(self):
        with Form(self.dossier.with_user(self.rep)) as form:
            form.needs = "Pumps"
        self.assertEqual(self.dossier.needs, "Pumps")
        with Form(self.dossier.with_user(self.keeper)) as form:
            form.data_invalid = True
            form.data_invalid_reason = "Twice"
        self.assertTrue(self.dossier.data_invalid)
