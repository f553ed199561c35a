from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import MailCase

from .common import CustomerCreditCommon


@tagged("post_install", "-at_install")
class TestTold(CustomerCreditCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # tracking is what ends a decision
        cls.env = cls.env(context={"allowed_company_ids": cls.company.ids})
        cls.env["res.lang"]._activate_lang("en_US")
        cls.company.credit_mail_steps = True
        for user in cls.rep | cls.mdo | cls.gmo | cls.fin | cls.sales:
            user.write(
                {"email": f"{user.login}@example.com", "notification_type": "email"}
            )

    def _told(self, act):
        """Return {login or address: subject} of the mails that ``act`` sends."""
        with self.mock_mail_gateway():
            result = act()
            self.env.cr.flush()
            self.env.cr.precommit.run()
        told = {}
        for mail in self._mails:
            for address in mail["email_to"]:
                login = address.split("<")[-1].split("@")[0]
                self.assertNotIn(login, told, "Told twice.")
                told[login] = mail["subject"]
        self.bodies = [mail["body"] for mail in self._mails]
        self.result = result
        return told

    def _hold(self, amount=2000.0):
        order = self._order(amount).with_env(self.env(user=self.rep))
        told = self._told(lambda: order._credit_put_on_hold("Pays next week"))
        return order, order.credit_hold_id.with_env(self.env), told

    def test_each_step_of_a_release(self):
        order, hold, told = self._hold()
        name = order.name
        self.assertEqual(told, {"credit_mdo": f"Waiting for your decision: {name}"})
        told = self._told(lambda: hold.with_user(self.mdo).action_approve("Agreed"))
        self.assertEqual(
            told,
            {
                "credit_gmo": f"Waiting for your decision: {name}",
                "credit_rep": f"{name} is on hold",
            },
        )
        told = self._told(
            lambda: hold.with_user(self.gmo).action_release(2500.0, "2040-03-31")
        )
        self.assertEqual(told, {"credit_rep": f"{name} may be confirmed"})
        self.assertIn("2,500.00", self.bodies[0])
        self.assertIn("2040", self.bodies[0])
        self.assertIn(self.gmo.name, self.bodies[0])

    def test_refusal_says_why(self):
        order, hold, _told = self._hold()
        told = self._told(
            lambda: hold.with_user(self.mdo).action_reject("Too much is open")
        )
        self.assertEqual(told, {"credit_rep": f"{order.name} is not released"})
        self.assertIn("Too much is open", self.bodies[0])

    def test_lapse_and_withdrawal(self):
        order, hold, _told = self._hold()
        # he knows what he does himself
        told = self._told(lambda: hold.with_user(self.rep).action_withdraw())
        self.assertEqual(told, {})
        order, hold, _told = self._hold()
        hold.with_user(self.mdo).action_approve("Agreed")
        hold.with_user(self.gmo).action_release(2000.0, "2040-03-31")
        self.env.cr.precommit.run()
        with freeze_time("2040-04-01"):
            told = self._told(lambda: hold._cron_lapse())
        self.assertEqual(
            told, {"credit_rep": f"The release of {order.name} has lapsed"}
        )

    def test_confirmable(self):
        order, hold, _told = self._hold()
        self.account._system_write({"limit_amount": 9000.0})
        told = self._told(hold.sudo()._evaluate)
        self.assertEqual(told, {"credit_rep": f"{order.name} can be confirmed now"})
        # once
        self.assertEqual(self._told(hold.sudo()._evaluate), {})

    def test_prepayment_and_raise(self):
        order, hold, _told = self._hold()
        hold.with_user(self.mdo).action_approve("Agreed")
        told = self._told(
            lambda: hold.with_user(self.gmo).action_require_prepayment(600.0, 2000.0)
        )
        self.assertEqual(told, {"credit_rep": f"{order.name} has to be paid first"})
        self.assertIn("600.00", self.bodies[0])
        order, hold, _told = self._hold()
        hold.with_user(self.mdo).action_approve("Agreed")
        told = self._told(hold.with_user(self.gmo).action_raise_limit)
        self.assertEqual(told, {"credit_rep": f"{order.name} waits for a higher limit"})

    def test_forced_hold(self):
        order = self._order(100.0)
        told = self._told(lambda: order.with_user(self.fin).action_force_hold("Court"))
        self.assertEqual(told, {"credit_rep": f"{order.name} is on hold"})
        self.assertIn("Court", self.bodies[0])

    def test_every_event_has_its_text(self):
        _order, hold, _told = self._hold()
        hold._system_write(
            {"decided_by_id": self.gmo.id, "release_until": "2040-03-31"}
        )
        for event in ("prepay", "raise", "released", "refused", "lapsed"):
            told = self._told(lambda event=event: hold.sudo()._tell(event, self.rep))
            self.assertEqual(list(told), ["credit_rep"], event)
            self.assertIn(hold.order_id.name, self.bodies[0])

    def test_salesperson_is_told_what_others_hold(self):
        order = self._order(2000.0).with_env(self.env)
        told = self._told(lambda: order._credit_put_on_hold("Paid online"))
        self.assertEqual(
            set(told), {"credit_mdo", "credit_rep"}, "The rep did not do it."
        )

    def test_todos_are_there_and_announced_once(self):
        _order, hold, told = self._hold()
        self.assertEqual(hold.activity_ids.user_id, self.mdo)
        self.assertEqual(list(told), ["credit_mdo"])

    def test_setting_switches_the_mails(self):
        self.company.credit_mail_steps = False
        _order, hold, told = self._hold()
        # what core says of any to-do
        self.assertEqual(set(told), {"credit_mdo"})
        self.assertNotIn("Waiting for your decision", told["credit_mdo"])
        told = self._told(lambda: hold.with_user(self.mdo).action_reject("No"))
        self.assertNotIn("is not released", str(told))

    def test_inbox_and_missing_address(self):
        self.mdo.notification_type = "inbox"
        _order, hold, told = self._hold()
        self.assertEqual(told, {})
        notes = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.mdo.partner_id.id)]
        )
        self.assertEqual(notes.mapped("notification_type"), ["inbox"])
        self.gmo.email = False
        hold.with_user(self.mdo).action_approve("Agreed")
        self.assertEqual(hold.activity_ids.user_id, self.gmo)
        self.assertFalse(
            self.env["mail.notification"].search(
                [("res_partner_id", "=", self.gmo.partner_id.id)]
            )
        )

    def test_language_of_the_reader(self):
        template = self.env.ref("customer_credit.mail_template_hold_decide")
        self.env["res.lang"]._activate_lang("zh_CN")
        template.with_context(
            lang="zh_CN"
        ).subject = "待您审批：{{ object.order_id.name }}"
        self.mdo.lang = "zh_CN"
        order, hold, told = self._hold()
        self.assertEqual(told, {"credit_mdo": f"待您审批：{order.name}"})
        told = self._told(lambda: hold.with_user(self.mdo).action_approve("Agreed"))
        self.assertEqual(told["credit_gmo"], f"Waiting for your decision: {order.name}")

    def test_figures_only_for_who_reads_the_account(self):
        """A decider who may read the hold alone gets no limit."""
        unit_manager = self._user("customer_archive.group_bum", "bum")
        unit_manager.email = "credit_bum@example.com"
        self.team.user_id = unit_manager
        self.account._system_write({"limit_amount": 987.0})
        _order, hold, told = self._hold()
        self.assertEqual(set(told), {"credit_mdo"})
        self.assertIn("987.00", self.bodies[0])
        told = self._told(
            lambda: hold.with_user(self.mdo).action_delegate(unit_manager.id)
        )
        self.assertEqual(set(told), {"credit_bum"})
        self.assertFalse(self.account.with_user(unit_manager).has_access("read"))
        self.assertIn("2,000.00", self.bodies[0])
        for figure in ("987", "1,013"):
            self.assertNotIn(figure, self.bodies[0])

    def test_customer_is_told_by_choice(self):
        order, hold, told = self._hold()
        self.assertNotIn("customer", told)
        for record in (order, hold.with_user(self.rep)):
            with self.subTest(model=record._name):
                button = (
                    record.action_tell_customer
                    if record == hold
                    else record.action_credit_tell_customer
                )
                told = self._told(button)
                self.assertEqual(told, {})
        action = self.result
        self.assertEqual(action["res_model"], "mail.compose.message")
        composer = Form(
            self.env["mail.compose.message"]
            .with_user(self.rep)
            .with_context(**action["context"])
        ).save()
        told = self._told(composer.action_send_mail)
        self.assertEqual(list(told), ["customer"])
        body = self.bodies[0]
        self.assertIn(order.name, body)
        for secret in ("1,000", "2,000", "limit", "Limit", "hold", "Pays next week"):
            self.assertNotIn(secret, composer.body)

    def test_customer_is_not_told_by_strangers_or_without_hold(self):
        order, hold, _told = self._hold()
        with self.assertRaises(AccessError):
            order.with_user(self.sales).action_credit_tell_customer()
        with self.assertRaises(AccessError):
            hold.with_user(self.sales).action_tell_customer()
        plain = self._order(100.0)
        with self.assertRaisesRegex(UserError, "not on hold"):
            plain.with_user(self.rep).action_credit_tell_customer()
