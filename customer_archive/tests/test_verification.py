from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import CustomerArchiveCommon


class VerificationCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.dossier"].search([("state", "=", "formal")])._system_write(
            {"state": "history"}
        )
        cls.first = cls.env["res.company"].search([], order="id", limit=1)
        cls.verifications = cls.env["customer.verification"]
        cls.env["customer.duty"].search([]).action_archive()

    @classmethod
    def _formal(cls, count=1, **values):
        dossiers = cls.env["customer.dossier"]
        for index in range(count):
            dossiers |= cls._dossier(
                partner_id=cls._customer(f"Customer {index}").id, **values
            )
        dossiers._system_write({"state": "formal"})
        return dossiers

    def _run(self, duty, day):
        duty = self.env.ref(f"customer_archive.{duty}")
        duty.active = True
        with freeze_time(f"{day} 03:00:00"), self.enter_registry_test_mode():
            cron = self.env.ref("customer_archive.ir_cron_run_duties")
            cron.with_user(self.env.ref("base.user_root")).method_direct_trigger()
        self.env.invalidate_all()
        return duty

    def _verify(self, user, dossier, result="unchanged", **values):
        values = {
            "dossier_id": dossier.id,
            "result": result,
            "method": "phone",
            "confirmed_by": "Ms Li",
            **values,
        }
        wizard = self._rpc(user, "customer.verification.do", "create", values)
        return self._rpc(user, "customer.verification.do", "action_verify", [wizard])


@tagged("post_install", "-at_install")
class TestVerification(VerificationCommon):
    @freeze_time("2031-01-31 12:00:00")
    def test_next_date(self):
        dossier = self._formal()
        dossier._plan_verification()
        self.assertEqual(dossier.next_verification_date, date(2031, 4, 30))
        self.company.customer_verification_months = 0
        dossier._plan_verification()
        self.assertFalse(dossier.next_verification_date)

    def test_interval_of_the_customers_company(self):
        company = self.env["res.company"].create(
            {"name": "Other", "customer_verification_months": 12}
        )
        own, other = self._formal(2)
        other.partner_id.company_id = company
        with freeze_time("2031-01-10 12:00:00"):
            (own + other)._plan_verification()
        self.assertEqual(
            (own + other).mapped("next_verification_date"),
            [date(2031, 4, 10), date(2032, 1, 10)],
        )

    def test_due_opens_once(self):
        due, later, no_rep = self._formal(3)
        preliminary = self._dossier()
        (due + no_rep + preliminary)._system_write(
            {"next_verification_date": "2031-04-10"}
        )
        later._system_write({"next_verification_date": "2031-04-12"})
        no_rep.write({"user_id": False, "keeper_id": self.keeper.id})
        duty = self.env.ref("customer_archive.customer_duty_verification_due")
        duty.anchor_date = "2031-04-01"
        for _twice in range(2):
            self._run("customer_duty_verification_due", "2031-04-10")
        self._run("customer_duty_verification_due", "2031-04-11")
        self.assertFalse(later.verification_ids + preliminary.verification_ids)
        self.assertRecordValues(
            due.verification_ids,
            [
                {
                    "state": "todo",
                    "user_id": self.rep.id,
                    "date_due": date(2031, 4, 10),
                    "team_id": self.unit.id,
                }
            ],
        )
        self.assertEqual(due.activity_ids.user_id, self.rep)
        self.assertEqual(len(due.activity_ids), 1)
        self.assertEqual(no_rep.activity_ids.user_id, self.keeper)

    def test_verify(self):
        dossier = self._formal()
        dossier._system_write({"next_verification_date": "2031-04-10"})
        dossier.partner_id.contact_data_doubtful = True
        self.env.ref(
            "customer_archive.customer_duty_verification_due"
        ).anchor_date = "2031-04-01"
        self._run("customer_duty_verification_due", "2031-04-10")
        with freeze_time("2031-04-15 12:00:00"):
            self._verify(self.rep, dossier, note="Fine")
        self.assertRecordValues(
            dossier.verification_ids,
            [
                {
                    "state": "done",
                    "result": "unchanged",
                    "method": "phone",
                    "confirmed_by": "Ms Li",
                    "done_on": date(2031, 4, 15),
                    "done_by_id": self.rep.id,
                    "note": "Fine",
                }
            ],
        )
        self.assertRecordValues(
            dossier,
            [
                {
                    "last_verification_date": date(2031, 4, 15),
                    "next_verification_date": date(2031, 7, 15),
                }
            ],
        )
        self.assertFalse(dossier.partner_id.contact_data_doubtful)
        self.assertFalse(dossier.activity_ids)

    def test_verify_without_todo(self):
        dossier = self._formal()
        self._verify(self.rep, dossier, "changed")
        self.assertEqual(dossier.verification_ids.result, "changed")
        with self.assertRefused(UserError, "formal dossier"):
            self._verify(self.rep, self._dossier())

    def test_unreachable_stays_to_do(self):
        dossier = self._formal()
        self.verifications._system_create(
            [{"dossier_id": dossier.id, "date_due": "2031-04-01"}]
        )
        with freeze_time("2031-04-15 12:00:00"):
            self._verify(self.rep, dossier, "unreachable")
        self.assertEqual(
            sorted(dossier.verification_ids.mapped("state")), ["done", "todo"]
        )
        self.assertTrue(dossier.partner_id.contact_data_doubtful)
        self.assertRecordValues(
            dossier,
            [
                {
                    "last_verification_date": False,
                    "next_verification_date": date(2031, 4, 15),
                }
            ],
        )

    @freeze_time("2031-05-05 12:00:00")
    def test_bounce(self):
        dossier = self._formal()
        contact = self._customer(
            "Li", is_company=False, parent_id=dossier.partner_id.id, email="li@x.com"
        )
        without = self._customer("No Dossier", email="li@x.com")
        (contact + without)._message_receive_bounce("li@x.com", contact)
        self.assertTrue(contact.contact_data_doubtful and without.contact_data_doubtful)
        self.assertFalse(dossier.partner_id.contact_data_doubtful)
        self.assertEqual(contact.message_bounce, 1)
        self.assertEqual(dossier.next_verification_date, date(2031, 5, 5))
        self._verify(self.rep, dossier)
        self.assertFalse(contact.contact_data_doubtful)
        self.assertTrue(without.contact_data_doubtful)

    def test_attackers(self):
        dossier = self._formal()
        todo = self.verifications._system_create(
            [{"dossier_id": dossier.id, "date_due": "2031-04-01"}]
        )
        for user in (self.outsider, self.rep2, self.fug, self.gmo):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._verify(user, dossier)
        for user in (self.rep, self.keeper, self.outsider, self.admin_user):
            for model, method, args in (
                (todo, "write", [{"state": "done"}]),
                (todo, "unlink", []),
                (dossier, "write", [{"next_verification_date": "2040-01-01"}]),
                (dossier, "write", [{"last_verification_date": "2031-01-01"}]),
                (dossier.partner_id, "write", [{"contact_data_doubtful": False}]),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    self._rpc(user, model._name, method, model.ids, *args)
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    todo._name,
                    "create",
                    [{"dossier_id": dossier.id, "date_due": "2031-01-01"}],
                )
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    "res.partner",
                    "create",
                    [{"name": "x", "contact_data_doubtful": True}],
                )
        with self.assertRaises(AccessError):
            self._rpc(self.outsider, todo._name, "read", todo.ids, ["state"])
        domain = [("id", "=", todo.id)]
        for method, args in (
            ("search_read", [domain, ["state"]]),
            ("formatted_read_group", [domain, ["state"]]),
        ):
            self.assertFalse(self._rpc(self.outsider, todo._name, method, *args))
        with self.assertRaises(UserError):
            self._rpc(self.outsider, todo._name, "export_data", todo.ids, ["state"])
        self.assertEqual(todo.state, "todo")

    def test_exempt(self):
        dossier = self._formal()
        todo = self.verifications._system_create(
            [{"dossier_id": dossier.id, "date_due": "2031-04-01"}]
        )
        for user in (self.rep, self.bum, self.gmo, self.outsider):
            with self.assertRaises(AccessError):
                self._rpc(user, todo._name, "action_exempt", todo.ids, "Because")
        with self.assertRefused(UserError, "Say why"):
            self._rpc(self.mdo, todo._name, "action_exempt", todo.ids, "")
        self._rpc(self.mdo, todo._name, "action_exempt", todo.ids, "Insolvent")
        self.assertRecordValues(
            todo,
            [
                {
                    "state": "exempt",
                    "exempt_reason": "Insolvent",
                    "done_by_id": self.mdo.id,
                }
            ],
        )
        with self.assertRefused(UserError, "open verifications"):
            self._rpc(self.mdo, todo._name, "action_exempt", todo.ids, "Twice")


@tagged("post_install", "-at_install")
class TestCampaign(VerificationCommon):
    def _campaign(self, **values):
        return self.env["customer.verification.campaign"].create(
            {
                "name": "Check 2031",
                "year": 2031,
                "company_id": self.first.id,
                "deadline": "2031-06-30",
                **values,
            }
        )

    def test_open(self):
        fresh, stale, other_unit = self._formal(3)
        preliminary = self._dossier()
        other_unit.team_id = self.other_unit
        with freeze_time("2031-03-20 12:00:00"):
            self._verify(self.rep, fresh, confirmed_by="Mr Wu")
        with freeze_time("2031-01-20 12:00:00"):
            self._verify(self.rep, stale)
        campaign = self._campaign()
        (self.keeper | self.mdo).company_ids |= self.first
        with freeze_time("2031-04-01 12:00:00"):
            campaign.with_user(self.keeper).action_open()
        by_dossier = campaign.verification_ids.grouped("dossier_id")
        self.assertEqual(set(by_dossier), {fresh, stale, other_unit})
        self.assertFalse(preliminary.verification_ids)
        self.assertRecordValues(
            by_dossier[fresh],
            [
                {
                    "state": "done",
                    "confirmed_by": "Mr Wu",
                    "done_on": date(2031, 3, 20),
                    "partner_id": fresh.partner_id.id,
                }
            ],
        )
        self.assertRecordValues(
            by_dossier[stale],
            [{"state": "todo", "result": False, "date_due": date(2031, 6, 30)}],
        )
        self.assertRecordValues(
            campaign,
            [{"state": "open", "total_count": 3, "todo_count": 2}],
        )
        self.assertAlmostEqual(campaign.progress, 100 / 3)
        groups = self.verifications._read_group(
            [("campaign_id", "=", campaign.id)], ["team_id", "state"], ["__count"]
        )
        self.assertEqual(
            set(groups),
            {
                (self.unit, "done", 1),
                (self.unit, "todo", 1),
                (self.other_unit, "todo", 1),
            },
        )
        told = self.env["mail.message"].search(
            [
                ("model", "=", campaign._name),
                ("res_id", "=", campaign.id),
                ("partner_ids", "in", self.rep.partner_id.ids),
            ]
        )
        self.assertIn("2 customers", told.body)

    def test_close_needs_all(self):
        dossiers = self._formal(2)
        campaign = self._campaign()
        self.keeper.company_ids |= self.first
        campaign.action_open()
        first, second = campaign.verification_ids
        self._verify(self.rep, first.dossier_id)
        self._verify(self.rep, second.dossier_id, "unreachable")
        with self.assertRefused(
            UserError, f"1 customers are not verified.*{second.partner_id.name}"
        ):
            campaign.with_user(self.keeper).action_close()
        second.with_user(self.keeper).action_exempt("Moved away")
        campaign.with_user(self.keeper).action_close()
        self.assertEqual(campaign.state, "closed")
        self.assertEqual(campaign.progress, 100)
        self.assertEqual(len(dossiers), 2)

    def test_fixed_once_open(self):
        campaign = self._campaign()
        campaign.recent_days = 5
        campaign.action_open()
        for values in ({"year": 2032}, {"recent_days": 9000}):
            with self.assertRefused(UserError, "once it is open"):
                campaign.write(values)
        with self.assertRefused(UserError, "open already"):
            campaign.action_open()
        with self.assertRefused(UserError, "draft"):
            campaign.unlink()

    def test_attackers(self):
        campaign = self._campaign(company_id=self.company.id)
        for user in (self.rep, self.bum, self.gmo, self.outsider, self.admin_user):
            for method in ("action_open", "action_close", "unlink"):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    self._rpc(user, campaign._name, method, campaign.ids)
        with self.assertRaises(AccessError):
            self._rpc(
                self.keeper, campaign._name, "write", campaign.ids, {"state": "closed"}
            )
        with self.assertRaises(AccessError):
            self._rpc(self.outsider, campaign._name, "read", campaign.ids, ["name"])
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self._campaign(company_id=company.id)
        with self.assertRaises(AccessError):
            self._rpc(self.keeper, campaign._name, "action_open", foreign.ids)

    def test_queries_do_not_grow(self):
        def cost(count):
            self._formal(count)
            campaign = self._campaign()
            self.env.flush_all()
            before = self.cr.sql_log_count
            campaign.action_open()
            self.env.flush_all()
            self.assertGreaterEqual(campaign.total_count, count)
            return self.cr.sql_log_count - before

        cost(1)
        self.assertLessEqual(cost(30), cost(2) + 2)

    def test_yearly(self):
        self._formal()
        duty = self.env.ref("customer_archive.customer_duty_verification_campaign")
        duty.anchor_date = "2030-01-01"
        campaigns = self.env["customer.verification.campaign"]
        domain = [("company_id", "=", self.first.id), ("year", "=", 2031)]
        self.first.customer_verification_yearly = True
        for day in ("2030-12-31", "2031-01-01", "2031-01-02"):
            self._run("customer_duty_verification_campaign", day)
        campaign = campaigns.search(domain)
        self.assertRecordValues(campaign, [{"state": "open", "total_count": 1}])
        self.first.customer_verification_yearly = False
        self._run("customer_duty_verification_campaign", "2032-01-01")
        self.assertFalse(
            campaigns.search([("company_id", "=", self.first.id), ("year", "=", 2032)])
        )

    def test_customers_of_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        shared, own = self._formal(2)
        own.partner_id.company_id = other
        dossiers = self.env["customer.dossier"]
        formal = [("state", "=", "formal")]
        for company, expected in ((other, own), (self.first, shared)):
            domain = [*company._dossier_duty_domain(), *formal]
            self.assertEqual(dossiers.search(domain), expected)
