from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import CustomerArchiveCommon

ACTIVITY = "customer_archive.mail_activity_type_dossier_update"


@tagged("post_install", "-at_install")
class TestTradingEvent(CustomerArchiveCommon):
    """A trading event asks the keeper for an update of the dossier (A49)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "credit_default_control" in cls.company:
            cls.company.credit_default_control = "none"
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.product = cls.env["product.product"].create({"name": "Product"})

    def _order(self, partner):
        return (
            self.env["sale.order"]
            .with_user(self.rep)
            .create(
                {
                    "partner_id": partner.id,
                    "order_line": [Command.create({"product_id": self.product.id})],
                }
            )
        )

    def _remind(self):
        duty = self.env.ref("customer_archive.customer_duty_dossier_update")
        self.env["customer.dossier"]._duty_remind_update(duty, None, None)
        return self.dossier.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(ACTIVITY)
        )

    def test_confirmed_order_of_a_contact_makes_the_update_due(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.partner.id}
        )
        other = self._dossier()
        order = self._order(contact)
        self.assertFalse(self.dossier.update_due)
        with freeze_time("2031-05-07 12:00:00"):
            order.action_confirm()
        self.assertTrue(self.dossier.update_due)
        self.assertEqual(str(self.dossier.last_trading_event), "2031-05-07 12:00:00")
        self.assertFalse(other.update_due)
        self.assertEqual(
            (self.dossier + other).filtered_domain([("update_due", "=", True)]),
            self.dossier,
        )

    def test_other_events_go_through_the_dossiers(self):
        dossiers = self.dossier + self._dossier()
        before = self.env.cr.sql_log_count
        dossiers._note_trading_event()
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        self.assertEqual(dossiers.mapped("update_due"), [True, True])

    def test_keeper_is_asked_once_and_declares_it_up_to_date(self):
        self.dossier._note_trading_event()
        (activity,) = self._remind()
        self.assertEqual(activity.user_id, self.keeper)
        self.assertEqual(self._remind(), activity)
        with freeze_time("2031-05-07 12:00:00"):
            self._rpc(
                self.keeper, "customer.dossier", "action_mark_updated", self.dossier.ids
            )
        self.assertFalse(self.dossier.update_due)
        self.assertEqual(str(self.dossier.last_update_on), "2031-05-07 12:00:00")
        self.assertFalse(activity.active)
        self.assertFalse(self._remind())
        self.dossier._note_trading_event()
        self.assertEqual(len(self._remind()), 1)

    def test_reminding_is_set_based(self):
        def queries(count):
            for _number in range(count):
                self._dossier()._note_trading_event()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._remind()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(20))

    def test_only_the_keeper_and_only_when_due(self):
        with self.assertRefused(AccessError, "waits for no update"):
            self.dossier.with_user(self.keeper).action_mark_updated()
        self.dossier._note_trading_event()
        for user in (self.rep, self.bum, self.mdo, self.gmo, self.rep2, self.outsider):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(
                    user, "customer.dossier", "action_mark_updated", self.dossier.ids
                )
        self.assertTrue(self.dossier.update_due)

    def test_guarded(self):
        for values in (
            {"update_due": True},
            {"last_trading_event": "2031-01-01 00:00:00"},
            {"last_update_on": "2031-01-01 00:00:00"},
        ):
            for user in (self.rep, self.keeper):
                with self.assertRaises(AccessError):
                    self._rpc(
                        user, "customer.dossier", "write", self.dossier.ids, values
                    )
