from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_credit.models.customer_credit_account_papers import (
    CustomerCreditAccount,
)

from .common import CustomerCreditCommon
from .papers import PapersCase


@tagged("post_install", "-at_install")
@freeze_time("2030-01-10 09:00:00")
class TestGuarantee(PapersCase, CustomerCreditCommon):
    def setUp(self):
        super().setUp()
        self.duty = self.env.ref("customer_credit.customer_duty_guarantee_renew")

    def _count_all(self):
        """From here on the rule of every rating counts guarantees."""
        counts = patch.object(
            CustomerCreditAccount, "_counts_guarantees", lambda accounts: accounts
        )
        self.startPatcher(counts)

    def _renew(self, day):
        with freeze_time(f"{day} 09:00:00"):
            self.env["customer.credit.guarantee"].with_company(
                self.company
            )._duty_renew(self.duty, None, date.fromisoformat(day))

    # ------------------------------------------------------------ entering

    def test_rep_enters_and_corrects_his_draft(self):
        guarantee = self._guarantee()
        self.assertEqual((guarantee.state, guarantee.author_id), ("draft", self.rep))
        self._rpc(self.rep, guarantee._name, "write", guarantee.ids, {"value": 800.0})
        self.assertEqual(guarantee.counted_value, 400.0)
        for values in (
            {"state": "confirmed"},
            {"author_id": self.gmo.id},
            {"confirmed_by_id": self.fin.id},
            {"counted_value": 999999.0},
        ):
            with (
                self.subTest(values=values),
                self.assertRefused(AccessError, "writes this itself"),
            ):
                self._rpc(self.rep, guarantee._name, "write", guarantee.ids, values)
        other = self._limit(self.stranger, 500.0)
        with self.assertRefused(UserError, "stays as it was registered"):
            self._rpc(
                self.fin,
                guarantee._name,
                "write",
                guarantee.ids,
                {"account_id": other.id},
            )
        with self.assertRefused(AccessError):
            self._guarantee(account_id=other.id)

    def test_others_enter_and_change_nothing(self):
        guarantee = self._guarantee()
        for user in (self.mdo, self.gmo, self.sales, self.other_rep, self.keeper):
            for method, args in (
                ("write", [guarantee.ids, {"value": 1.0}]),
                ("create", [{"account_id": self.account.id, "name": "x", "value": 1}]),
                ("unlink", [guarantee.ids]),
                ("action_confirm", [guarantee.ids]),
                ("action_release", [guarantee.ids]),
            ):
                with (
                    self.subTest(user=user.login, call=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, guarantee._name, method, *args)

    def test_who_sees_guarantees(self):
        guarantee = self._guarantee()
        readers = (self.rep, self.fin, self.mdo, self.gmo)
        for user in (*readers, self.sales, self.other_rep, self.keeper):
            for method, args in (
                ("read", [guarantee.ids, ["value"]]),
                ("search_read", [[("id", "=", guarantee.id)], ["value"]]),
                ("formatted_read_group", [[("id", "=", guarantee.id)], ["state"]]),
                ("export_data", [guarantee.ids, ["value"]]),
            ):
                with self.subTest(user=user.login, call=method):
                    try:
                        found = self._rpc(user, guarantee._name, method, *args)
                    except AccessError:
                        found = None
                    self.assertEqual(bool(found), user in readers)

    @mute_logger("odoo.sql_db")
    def test_sensible_figures(self):
        for values in (
            {"percent": 101.0},
            {"value": -1.0},
            {"valid_until": "2029-12-31"},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._guarantee(**values)

    def test_counts_at_most_what_it_secures(self):
        self.assertEqual(self._guarantee().counted_value, 500.0)
        self.assertEqual(self._guarantee(secured_amount=300.0).counted_value, 300.0)

    # ------------------------------------------------------------ confirming

    def test_confirmed_by_somebody_else_of_finance(self):
        guarantee = self._guarantee(user=self.fin)
        with self.assertRefused(AccessError, "entered by you"):
            self._rpc(self.fin, guarantee._name, "action_confirm", guarantee.ids)
        with self.assertRefused(AccessError, "Only"):
            self._rpc(self.rep, guarantee._name, "action_confirm", guarantee.ids)
        self._rpc(self.fin2, guarantee._name, "action_confirm", guarantee.ids)
        self.assertEqual(
            (guarantee.state, guarantee.confirmed_by_id, guarantee.confirmed_on),
            ("confirmed", self.fin2, date(2030, 1, 10)),
        )

    def test_who_changed_it_last_does_not_confirm(self):
        guarantee = self._guarantee()
        self._rpc(self.fin, guarantee._name, "write", guarantee.ids, {"value": 9000.0})
        with self.assertRefused(AccessError, "entered by you"):
            guarantee.with_user(self.fin).action_confirm()
        guarantee.with_user(self.fin).write({"note": "Seen."})
        guarantee.with_user(self.fin2).action_confirm()
        self.assertEqual(guarantee.state, "confirmed")

    def test_needs_guarantor_and_paper(self):
        with self.assertRefused(UserError, "signed paper"):
            self._guarantee(file=False).with_user(self.fin).action_confirm()
        with self.assertRefused(UserError, "who gives"):
            self._guarantee(guarantor_name=False).with_user(self.fin).action_confirm()

    def test_confirmed_stays(self):
        guarantee = self._confirmed_guarantee()
        for user in (self.rep, self.fin):
            with self.assertRefused(UserError, "stays as it was registered"):
                self._rpc(user, guarantee._name, "write", guarantee.ids, {"value": 1})
            with self.assertRefused(UserError, "stays in the register"):
                self._rpc(user, guarantee._name, "unlink", guarantee.ids)
        draft = self._guarantee()
        draft.with_user(self.rep).unlink()
        self.assertFalse(draft.exists())

    # ------------------------------------------------------------ what it secures

    def test_secured_amount_is_what_is_in_force(self):
        self._guarantee()
        self.assertEqual(self.account.secured_amount, 0.0, "not confirmed")
        first = self._confirmed_guarantee(valid_until="2030-02-01")
        self._confirmed_guarantee(value=400.0, percent=100.0)
        self._confirmed_guarantee(value=70.0, valid_from="2030-02-02", percent=100.0)
        self.assertEqual(self.account.secured_amount, 900.0)
        for day, secured in (("2030-02-01", 900.0), ("2030-02-02", 470.0)):
            self.account.invalidate_recordset(["secured_amount"])
            with freeze_time(f"{day} 09:00:00"):
                self.assertEqual(self.account.secured_amount, secured)
        first.with_user(self.fin).action_release()
        self.assertEqual((first.state, first.released_by_id), ("released", self.fin))
        self.assertEqual(self.account.secured_amount, 400.0)
        self.assertEqual(self.account.with_user(self.rep).secured_amount, 400.0)

    def test_secured_in_company_currency(self):
        self.other_currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": self.other_currency.id, "name": "2030-01-01", "rate": 4.0}
        )
        self._confirmed_guarantee(currency_id=self.other_currency.id)
        self._confirmed_guarantee()
        self.assertEqual(self.account.secured_amount, 125.0 + 500.0)

    def test_counts_in_the_limit_where_the_rule_says_so(self):
        self._confirmed_guarantee(valid_until="2030-02-01")
        self.assertEqual(self.account.counted_security, 0.0)
        self._count_all()
        self.account._update_counted_security()
        self.assertEqual(self.account.counted_security, 500.0)
        self.assertEqual(self.account.counted_security_until, date(2030, 2, 1))
        endless = self._confirmed_guarantee(value=400.0)
        self.assertEqual(self.account.counted_security, 700.0)
        self.assertEqual(self.account.counted_security_until, date(2030, 2, 1))
        endless.with_user(self.fin).action_release()
        self.assertEqual(self.account.counted_security, 500.0)
        with self.assertRefused(AccessError, "writes this itself"):
            self._rpc(
                self.fin,
                self.account._name,
                "write",
                self.account.ids,
                {"counted_security": 9999.0},
            )

    # ------------------------------------------------------------ daily

    def test_ends_by_date_and_sums_are_renewed(self):
        self._count_all()
        ending = self._confirmed_guarantee(valid_until="2030-02-01")
        self._confirmed_guarantee(value=400.0, percent=100.0)
        self._confirmed_guarantee(value=70.0, percent=100.0, valid_from="2030-02-02")
        self._renew("2030-02-01")
        self.assertEqual(ending.state, "confirmed")
        self.assertEqual(self.account.counted_security, 900.0)
        self._renew("2030-02-02")
        self.assertEqual(ending.state, "ended")
        self.assertEqual(self.account.counted_security, 470.0)
        self.assertFalse(self.account.counted_security_until)

    def test_what_no_rule_counts_any_more_goes(self):
        self._confirmed_guarantee()
        self.account._system_write({"counted_security": 500.0})
        self._renew("2030-01-11")
        self.assertEqual(self.account.counted_security, 0.0)

    def test_reminded_once(self):
        ending = self._confirmed_guarantee(valid_until="2030-02-10")
        later = self._confirmed_guarantee(valid_until="2030-02-11")
        draft = self._guarantee(valid_until="2030-02-01")
        self._renew("2030-01-11")
        self._renew("2030-01-11")
        self.assertEqual(ending.activity_ids.user_id, self.rep | self._finance())
        self.assertEqual(len(ending.activity_ids), len(ending.activity_ids.user_id))
        self.assertEqual(
            set(ending.activity_ids.mapped("date_deadline")), {date(2030, 2, 10)}
        )
        self.assertFalse((later | draft).activity_ids)

    def test_job_takes_as_many_queries_for_many(self):
        self._count_all()
        counts = []
        for number in (2, 8):
            partners = self.env["res.partner"].create(
                [
                    {"name": f"{number} {index}", "is_company": True}
                    for index in range(number)
                ]
            )
            for partner in partners:
                account = self._limit(partner, 1000.0)
                self._confirmed_guarantee(user=self.fin2, account_id=account.id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._renew("2030-01-11")
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_recovery_takes_collateral_first(self):
        joint = self._guarantee(kind="joint", rank=1)
        second = self._guarantee(kind="mortgage", rank=2)
        first = self._guarantee(kind="deposit", rank=1)
        self.assertEqual(
            (joint | second | first)._in_recovery_order(), first | second | joint
        )
