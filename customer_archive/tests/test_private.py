from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import CustomerArchiveCommon

FACT = "customer.private.fact"
GROUP = "customer.private.group"


class PrivateCommon(CustomerArchiveCommon):
    """The rep and the manager of another unit have the special right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.special_right = cls.env.ref("customer_archive.group_private_data")
        export = cls.env.ref("base.group_allow_export")
        users = cls.bum, cls.keeper, cls.mdo, cls.gmo, cls.fin, cls.rep2
        for user in (cls.rep, cls.bum2, *users, cls.outsider, cls.admin_user):
            user.group_ids = [Command.link(export.id)]
        for user in (cls.rep, cls.bum2):
            user.group_ids = [Command.link(cls.special_right.id)]
        for code in ("birthday", "family", "religion"):
            group = cls.env.ref(f"customer_archive.customer_private_group_{code}")
            setattr(cls, code, group)
        cls.family.write({"purpose": "To ask after the family", "in_use": True})
        cls.person = cls._customer("Li Na", is_company=False, parent_id=cls.partner.id)
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.fact = cls._fact(cls.family, value="Two children")

    @classmethod
    def _fact(cls, group, dossier=None, contact=None, **values):
        return cls.env[FACT].create(
            cls._values(group, dossier=dossier, contact=contact, **values)
        )

    @classmethod
    def _values(cls, group, dossier=None, contact=None, **values):
        return {
            "dossier_id": (dossier or cls.dossier).id,
            "contact_id": (contact or cls.person).id,
            "group_id": group.id,
            **values,
        }

    def assertUnreadable(self, user, fact):
        here = [("id", "=", fact.id)]
        for method, args, empty in (
            ("search", [here], []),
            ("search_read", [here, ["value"]], []),
            ("web_search_read", [here, {"value": {}}], {"length": 0, "records": []}),
            ("search_count", [here], 0),
            ("formatted_read_group", [here, ["group_id"], ["__count"]], []),
            ("name_search", ["", here], []),
        ):
            with self.subTest(user=user.login, call=method):
                try:
                    found = self._rpc(user, FACT, method, *args)
                except AccessError:
                    continue  # no right to the model at all
                self.assertEqual(found, empty)
        for method, args in (
            ("read", [["value"]]),
            ("web_read", [{"value": {}}]),
            ("export_data", [["value"]]),
            ("write", [{"value": "x"}]),
            ("unlink", []),
        ):
            with (
                self.subTest(user=user.login, call=method),
                self.assertRefused(AccessError),
            ):
                self._rpc(user, FACT, method, fact.ids, *args)


@tagged("post_install", "-at_install")
class TestPrivateFact(PrivateCommon):
    def test_shipped_groups(self):
        """Birthdays alone are in use, and without a year (K10)."""
        groups = self.env[GROUP].search([("id", "!=", self.family.id)])
        self.assertGreaterEqual(
            set(groups.mapped("code")),
            {"birthday", "habits", "education", "income", "age", "sex", "religion"},
        )
        self.assertEqual(groups.filtered("in_use"), self.birthday)
        self.assertTrue(self.birthday.purpose)
        self.assertNotIn("year", self.env[FACT]._fields)

    def test_special_right_belongs_to_no_role(self):
        for user in (self.bum, self.keeper, self.mdo, self.gmo, self.admin_user):
            self.assertFalse(user.has_group("customer_archive.group_private_data"))

    def test_purpose_is_needed(self):
        religion = self.religion
        for values in ({}, {"purpose": "  "}):
            with self.assertRefused(
                ValidationError, "Religion: state for what purpose"
            ):
                self._rpc(
                    self.admin_user,
                    GROUP,
                    "write",
                    religion.ids,
                    {"in_use": True, **values},
                )
        self._rpc(
            self.admin_user,
            GROUP,
            "write",
            religion.ids,
            {"in_use": True, "purpose": "To mind the holidays"},
        )
        self.assertTrue(religion.in_use)
        with self.assertRefused(ValidationError, "state for what purpose"):
            religion.purpose = False
        for user in (self.rep, self.keeper, self.mdo, self.gmo, self.outsider):
            with self.assertRefused(AccessError):
                self._rpc(user, GROUP, "write", religion.ids, {"in_use": False})

    def test_kind_of_value_stays(self):
        with self.assertRefused(UserError, "does not change"):
            self.birthday.value_type = "text"

    def test_who_reads_and_writes(self):
        values = self._rpc(self.rep, FACT, "read", self.fact.ids, ["value", "purpose"])
        self.assertEqual(values[0]["value"], "Two children")
        self.assertEqual(values[0]["purpose"], "To ask after the family")
        self._rpc(self.rep, FACT, "write", self.fact.ids, {"value": "Three children"})
        self.assertEqual(self.fact.value, "Three children")
        fact_id = self._rpc(
            self.rep,
            FACT,
            "create",
            self._values(self.birthday, day=29, month=2),
        )
        self.assertEqual(self.env[FACT].browse(fact_id).partner_id, self.partner)
        self._rpc(self.rep, FACT, "unlink", [fact_id])
        # the roles alone do not suffice, nor does the special right alone
        users = self.bum, self.keeper, self.mdo, self.gmo, self.admin_user, self.bum2
        for user in (*users, self.fin, self.rep2, self.outsider):
            self.assertUnreadable(user, self.fact)

    def test_reader_of_the_dossier_does_not_change(self):
        self.dossier.service_user_ids = [Command.link(self.fug.id)]
        self.fug.group_ids = [Command.link(self.special_right.id)]
        self.assertTrue(self._rpc(self.fug, FACT, "read", self.fact.ids, ["value"]))
        for method, args in (("write", [{"value": "x"}]), ("unlink", [])):
            with self.assertRefused(AccessError):
                self._rpc(self.fug, FACT, method, self.fact.ids, *args)
        with self.assertRefused(AccessError):
            self._rpc(
                self.fug, FACT, "create", self._values(self.birthday, day=1, month=1)
            )

    def test_switched_off_is_off_for_the_server(self):
        self.family.in_use = False
        self.assertUnreadable(self.rep, self.fact)
        self.assertEqual(self.fact.value, "Two children")
        child = self._customer("Wu", is_company=False, parent_id=self.partner.id)
        for group in (self.family, self.religion):
            with self.assertRefused(ValidationError, "are not in use"):
                self._rpc(
                    self.rep,
                    FACT,
                    "create",
                    self._values(group, contact=child, value="x"),
                )
        fact = self._fact(self.birthday, day=8, month=3)
        with self.assertRefused(ValidationError, "are not in use"):
            self._rpc(
                self.rep,
                FACT,
                "write",
                fact.ids,
                {"group_id": self.religion.id, "day": 0, "month": 0, "value": "x"},
            )
        domain = [("private_fact_ids.value", "ilike", "children")]
        self.assertFalse(self._rpc(self.rep, "customer.dossier", "search", domain))
        shown = self._rpc(
            self.rep,
            "customer.dossier",
            "read",
            self.dossier.ids,
            ["private_fact_ids"],
        )
        self.assertEqual(shown[0]["private_fact_ids"], fact.ids)

    def test_through_the_dossier(self):
        domain = [("private_fact_ids.value", "ilike", "children")]
        dossiers = self._rpc(self.rep, "customer.dossier", "search", domain)
        self.assertEqual(dossiers, self.dossier.ids)
        for user in (self.bum, self.keeper, self.mdo):
            for method, args in (
                ("search", [domain]),
                ("read", [self.dossier.ids, ["private_fact_ids"]]),
                ("export_data", [self.dossier.ids, ["private_fact_ids/value"]]),
                (
                    "formatted_read_group",
                    [[], ["private_fact_ids"], ["__count"]],
                ),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, "customer.dossier", method, *args)

    def test_birthday_is_day_and_month(self):
        for values in (
            {},
            {"day": 30, "month": 2},
            {"day": 0, "month": 3},
            {"day": 32, "month": 1},
            {"day": 1, "month": 13},
            {"day": 8, "month": 3, "value": "1980"},
        ):
            with (
                self.subTest(values=values),
                self.assertRefused(ValidationError, "the day and the month"),
            ):
                self._fact(self.birthday, **values)
        child = self._customer("Wu", is_company=False, parent_id=self.partner.id)
        for values in ({}, {"value": " "}, {"value": "x", "day": 1}):
            with (
                self.subTest(values=values),
                self.assertRefused(ValidationError, "enter a text"),
            ):
                self._fact(self.family, contact=child, **values)

    def test_contact_is_the_customers(self):
        stranger = self._customer("Zhao", is_company=False)
        with self.assertRefused(ValidationError, "is not a contact of the customer"):
            self._fact(self.family, contact=stranger, value="x")

    def test_nothing_private_is_printed(self):
        reports = self.env["ir.actions.report"].with_user(self.rep)
        for name in ("data_card", "file_card", "dossier"):
            content, _type = reports._render_qweb_html(
                f"customer_archive.report_customer_{name}", self.dossier.ids
            )
            self.assertNotIn(b"Two children", content)

    # ------------------------------------------------------------ erased first

    def _end(self, dossier):
        dossier.with_user(self.keeper)._move_to_history(
            self.env["crm.lost.reason"].create({"name": "Moved away"}), ""
        )

    def _run_duty(self):
        self.env["customer.duty"].search([("method", "!=", "erase")]).active = False
        duty = self.env.ref("customer_archive.customer_duty_private_erase")
        duty.anchor_date = "2031-01-01"
        cron = self.env.ref("customer_archive.ir_cron_run_duties")
        with self.enter_registry_test_mode():
            cron.with_user(self.env.ref("base.user_root")).method_direct_trigger()
        self.env.invalidate_all()

    def test_erased_when_the_dossier_has_ended(self):
        birthday = self._fact(self.birthday, day=8, month=3)
        self.birthday.erase_months = 6
        other = self._dossier()
        child = self._customer("Wu", is_company=False, parent_id=other.partner_id.id)
        kept = self._fact(self.family, dossier=other, contact=child, value="Wife ill")
        message = self.fact.message_post(body="They moved")
        with freeze_time("2031-05-07 12:00:00"):
            self._end(self.dossier)
            self._run_duty()
        self.assertFalse(self.fact.exists())
        self.assertFalse(message.exists())
        self.assertTrue(birthday.exists())
        self.assertTrue(kept.exists())
        log = self.dossier.log_ids.filtered(lambda log: log.event == "private_erased")
        self.assertEqual(log.reason, "Entries of private data: 1")
        for day, left in (("2031-11-06", True), ("2031-11-07", False)):
            with freeze_time(f"{day} 12:00:00"):
                self._run_duty()
            self.assertEqual(bool(birthday.exists()), left, day)
        with freeze_time("2031-11-08 12:00:00"):
            self._run_duty()
        logs = self.dossier.log_ids.filtered(lambda log: log.event == "private_erased")
        self.assertEqual(len(logs), 2)

    def test_cost_of_erasing_many(self):
        counts = []
        duty = self.env.ref("customer_archive.customer_duty_private_erase")
        for size in (2, 12):
            facts = self.env[FACT].browse()
            for _index in range(size):
                dossier = self._dossier()
                contact = self._customer(
                    is_company=False, parent_id=dossier.partner_id.id
                )
                facts |= self._fact(self.family, dossier, contact, value="Alone")
                dossier._move_to("history", "history", history_date=date(2031, 5, 6))
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            facts._duty_erase(duty, date(2031, 5, 6), date(2031, 5, 7))
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
            self.assertFalse(facts.exists())
        self.assertLessEqual(counts[1], counts[0], counts)

    def test_erased_also_when_switched_off(self):
        self.family.in_use = False
        with freeze_time("2031-05-07 12:00:00"):
            self._end(self.dossier)
            self._run_duty()
        self.assertFalse(self.fact.exists())

    def test_erased_in_the_dossiers_company_alone(self):
        company = self.env["res.company"].create({"name": "Other"})
        duty = self.env.ref("customer_archive.customer_duty_private_erase")
        with freeze_time("2031-05-07 12:00:00"):
            self._end(self.dossier)
            self.dossier.sudo().partner_id.company_id = company
            for its, left in ((self.company, True), (company, False)):
                facts = self.env[FACT].with_company(its)
                facts._duty_erase(duty, date(2031, 5, 6), date(2031, 5, 7))
                self.assertEqual(bool(self.fact.exists()), left)


@tagged("post_install", "-at_install")
class TestRuleInput(PrivateCommon):
    """Private data and personal traits decide on nothing (D11)."""

    def _step(self, domain):
        return self.env["customer.approval.step"].create(
            {
                "route_id": self.env.ref(
                    "customer_archive.customer_approval_route_dossier"
                ).id,
                "name": "Special",
                "role_id": self.env.ref("customer_archive.customer_role_gmo").id,
                "domain": str(domain),
            }
        )

    def test_condition_of_an_approval_step(self):
        for domain in (
            [("private_fact_ids", "!=", False)],
            [("private_fact_ids.value", "ilike", "child")],
            [("private_fact_ids.group_id.code", "=", "religion")],
            ["|", ("state", "=", "formal"), "!", ("private_fact_ids.day", "=", 1)],
            [("private_fact_ids", "any", [("day", "=", 1)])],
            [("partner_id", "any", [("dossier_id.private_fact_ids.day", "=", 1)])],
            [("team_id", "not any", [("user_id", "any", [("id", "=", 1)])])],
        ):
            refused = "private_fact" in str(domain)
            with self.subTest(domain=domain):
                if refused:
                    with self.assertRefused(ValidationError, "no input of a rule"):
                        self._step(domain)
                else:
                    self.assertTrue(self._step(domain))

    def test_traits_of_other_addons(self):
        """A manual field of the contact that says what D11 names."""
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_gender",
                "field_description": "Sex",
                "model_id": self.env.ref("base.model_res_partner").id,
                "ttype": "char",
            }
        )
        related = self.env["ir.model.fields"].create(
            {
                "name": "x_salutation",
                "field_description": "Salutation",
                "model_id": self.env.ref("customer_archive.model_customer_dossier").id,
                "ttype": "char",
                "related": "partner_id.x_gender",
            }
        )
        for path in ("partner_id.x_gender", "x_salutation"):
            with self.assertRefused(ValidationError, "no input of a rule"):
                self._step([(path, "=", "f")])
        listed = {"field_id": field.id, "page": "contact"}
        with self.assertRefused(ValidationError, "no input of a rule"):
            self.env["customer.dossier.field"].create(
                {**listed, "required_person": True}
            )
        entry = self.env["customer.dossier.field"].create(listed)
        with self.assertRefused(ValidationError, "no input of a rule"):
            entry.required_legal = True
        self.assertTrue(related)

    def test_what_may_decide(self):
        rules = self.env["customer.rule.input.mixin"]
        for path in ("partner_id.country_id.code", "risk_level", "create_date.month"):
            self.assertIsNone(rules._find_refused_field("customer.dossier", path))
        self.assertTrue(self._step([("risk_level", "=", "high")]))

    def test_private_data_are_never_mandatory(self):
        for name in ("value", "contact_id"):
            with self.assertRefused(ValidationError):
                self.env["customer.dossier.field"].create(
                    {
                        "field_id": self.env["ir.model.fields"]._get(FACT, name).id,
                        "required_person": True,
                    }
                )

    def test_marked_personal_data(self):
        marked = self.env["customer.dossier.field"].search([("is_personal", "=", True)])
        names = set(marked.field_id.mapped("name"))
        self.assertLessEqual({"phone", "email", "legal_representative"}, names)
        self.assertNotIn("credit_code", names)


@tagged("post_install", "-at_install")
class TestCompanyCustomer(CustomerArchiveCommon):
    """Customers and what is filed about them are the company's (D16)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        manager = cls.env.ref("base.group_partner_manager")
        for user in (cls.rep, cls.bum, cls.keeper):
            user.group_ids = [Command.link(manager.id)]

    def test_everybody_sees_every_customer(self):
        for values in ({}, {"company_id": self.company.id}):
            partner_id = self._rpc(
                self.rep,
                "res.partner",
                "create",
                {"name": "Private Deal", "is_company": True, **values},
            )
            for user in (self.outsider, self.rep2, self.bum2, self.fin, self.keeper):
                found = self._rpc(
                    user, "res.partner", "search", [("id", "=", partner_id)]
                )
                self.assertEqual(found, [partner_id], user.login)

    def test_a_customer_is_not_hidden(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.rep.company_ids = [Command.link(other.id)]
        for method, args in (
            ("write", [{"active": False}]),
            ("action_archive", []),
            ("write", [{"company_id": other.id}]),
        ):
            for user in (self.rep, self.bum):
                with (
                    self.subTest(user=user.login, method=method, args=args),
                    self.assertRefused(UserError, "stays visible to all"),
                ):
                    self._rpc(user, "res.partner", method, self.partner.ids, *args)
        with self.assertRefused(UserError):
            self._rpc(self.rep, "res.partner", "unlink", self.partner.ids)
        self.assertTrue(self.partner.active)
        self.assertFalse(self.partner.company_id)
        # writing what is so already hides nothing
        self._rpc(
            self.rep,
            "res.partner",
            "write",
            self.partner.ids,
            {"active": True, "company_id": False},
        )

    def test_who_may_archive(self):
        without = self._customer()
        self._rpc(self.rep, "res.partner", "action_archive", without.ids)
        self.assertFalse(without.active)
        self._rpc(self.keeper, "res.partner", "action_archive", self.partner.ids)
        self.assertFalse(self.partner.active)
        ended = self._dossier()
        ended.with_user(self.keeper)._move_to_history(
            self.env["crm.lost.reason"].create({"name": "Moved away"}), ""
        )
        self._rpc(self.rep, "res.partner", "action_archive", ended.partner_id.ids)
        self.assertFalse(ended.partner_id.active)

    def test_files_are_not_kept_for_oneself(self):
        for model, record in (
            ("res.partner", self.partner),
            ("customer.dossier", self.dossier),
        ):
            values = {"name": "plan.txt", "raw": "Zm9v", "res_model": model}
            for res_id in (False, 0):
                with self.assertRefused(UserError, "cannot be kept for oneself"):
                    self._rpc(
                        self.rep,
                        "ir.attachment",
                        "create",
                        {**values, "res_id": res_id},
                    )
            attachment_id = self._rpc(
                self.rep, "ir.attachment", "create", {**values, "res_id": record.id}
            )
            for change in (
                {"res_id": False},
                {"res_model": False, "res_id": False},
                {"res_model": False},
                {"res_model": "mail.compose.message", "res_id": 0},
            ):
                with self.assertRefused(UserError, "stays with him"):
                    self._rpc(
                        self.rep, "ir.attachment", "write", [attachment_id], change
                    )
            self._rpc(
                self.rep, "ir.attachment", "write", [attachment_id], {"name": "a.txt"}
            )
            readers = (
                (self.outsider, self.bum) if model == "res.partner" else (self.bum,)
            )
            for user in readers:
                self.assertTrue(
                    self._rpc(user, "ir.attachment", "read", [attachment_id], ["raw"])
                )
        # what is being composed belongs to no customer yet
        self._rpc(
            self.rep,
            "ir.attachment",
            "create",
            {"name": "x", "res_model": "mail.compose.message", "res_id": 0},
        )
