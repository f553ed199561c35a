import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, freeze_time, new_test_user, tagged

from odoo.addons.mail.tests.common import mail_new_test_user

from .common import CustomerArchiveCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
NOT_READ = "must be read for the contract review"


class ContractReviewCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.customer_review_mode = "block"
        if "credit_default_control" in cls.company:
            cls.company.credit_default_control = "none"
        cls.product = cls.env["product.product"].create(
            {"name": "Product", "type": "service", "taxes_id": [Command.clear()]}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.partner.id, "email": "b@example.com"}
        )
        cls.dossier = cls._dossier(partner_id=cls.partner.id)

    @classmethod
    def _order_values(cls, **values):
        return {
            "partner_id": cls.partner.id,
            "user_id": cls.rep.id,
            "team_id": cls.unit.id,
            "order_line": [
                Command.create({"product_id": cls.product.id, "price_unit": 100.0})
            ],
            **values,
        }

    @classmethod
    def _order(cls, user=None, **values):
        """Return a quotation of the rep for the customer with the dossier."""
        return (
            cls.env["sale.order"]
            .with_user(user or cls.rep)
            .create(cls._order_values(**values))
        )

    def _consult(self, order, user=None):
        return self._rpc(
            user or self.rep, "sale.order", "action_consult_dossier", order.ids
        )

    def _logs(self):
        return self.env["customer.access.log"].search(
            [("dossier_id", "=", self.dossier.id)]
        )


@tagged("post_install", "-at_install")
class TestContractReview(ContractReviewCommon):
    """No order is confirmed without the dossier having been read (A47, A48)."""

    def assertNotRead(self, call):
        with self.assertRefused(RedirectWarning, NOT_READ):
            call()
            self.env.flush_all()

    # ------------------------------------------------------------ every way

    def test_button_is_refused_and_says_what_to_do(self):
        order = self._order()
        with self.assertRaises(RedirectWarning) as caught:
            order.action_confirm()
        message, action_id, button, context = caught.exception.args
        self.assertEqual(
            message,
            f"{order.name} was not confirmed: the dossier of Dragon Ltd must be read "
            "for the contract review. Open it, then confirm.",
        )
        self.assertEqual(button, "Open Dossier")
        action = self.env["ir.actions.server"].browse(action_id)
        result = action.with_user(self.rep).with_context(**context).run()
        self.assertEqual(result["res_id"], self.dossier.id)
        self.assertRecordValues(
            self._logs(),
            [
                {
                    "user_id": self.rep.id,
                    "operation": "read",
                    "res_model": "sale.order",
                    "res_id": order.id,
                    "purpose": f"Contract review of {order.name}",
                }
            ],
        )
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_write_create_copy_and_rpc_are_refused(self):
        order = self._order()
        self.assertNotRead(lambda: order.write({"state": "sale"}))
        self.assertNotRead(lambda: self._order(state="sale"))
        self.assertNotRead(lambda: order.copy({"state": "sale"}))
        self.assertNotRead(
            lambda: (
                self.env["sale.order"]
                .with_user(self.rep)
                .with_context(default_state="sale")
                .create(self._order_values())
            )
        )
        for method, *args in (("action_confirm",), ("write", {"state": "sale"})):
            self.assertNotRead(
                lambda method=method, args=args: self._rpc(
                    self.rep, "sale.order", method, order.ids, *args
                )
            )
        lead = self.env["crm.lead"].create(
            {"name": "Lead", "partner_id": self.partner.id, "user_id": self.rep.id}
        )
        self.assertNotRead(
            lambda: lead.with_user(self.rep).write(
                {"order_ids": [Command.create(self._order_values(state="sale"))]}
            )
        )
        self.assertEqual(order.state, "draft")

    def test_import_is_refused(self):
        order = self._order()
        result = (
            self.env["sale.order"]
            .with_user(self.rep)
            .with_context(import_file=True)
            .load([".id", "state"], [[str(order.id), "sale"]])
        )
        self.assertFalse(result["ids"])
        self.assertIn(NOT_READ, result["messages"][0]["message"])
        with self.assertRefused(ValidationError, NOT_READ):
            order.with_context(import_file=True).write({"state": "sale"})

    def test_context_keys_open_nothing(self):
        order = self._order()
        for key in (
            "customer_archive_system",
            "tracking_disable",
            "install_mode",
            "default_dossier_review",
            "bypass_review",
            "no_reset_password",
        ):
            self.assertNotRead(order.with_context(**{key: True}).action_confirm)

    def test_order_by_a_contact_counts_for_the_commercial_entity(self):
        order = self._order(partner_id=self.contact.id)
        self.assertNotRead(order.action_confirm)
        self._consult(order)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_moving_a_confirmed_order_to_another_customer_is_refused(self):
        other = self._customer("Without Dossier")
        order = self._order(partner_id=other.id)
        order.action_confirm()
        self.assertNotRead(lambda: order.write({"partner_id": self.partner.id}))
        order.write({"partner_id": other.id, "client_order_ref": "A1"})

    def test_later_edits_pass(self):
        self.company.customer_review_mode = "off"
        order = self._order()
        order.action_confirm()
        self.company.customer_review_mode = "block"
        order.write({"state": "sale", "client_order_ref": "A1"})
        order.write({"partner_id": self.contact.id})
        order._action_cancel()
        order.action_draft()
        self.assertNotRead(order.action_confirm)

    def test_many_at_once_are_refused_for_one(self):
        orders = self._order(partner_id=self._customer("Free").id) + self._order()
        self.assertNotRead(orders.action_confirm)
        self._consult(orders[1])
        orders.action_confirm()
        self.assertEqual(set(orders.mapped("state")), {"sale"})

    # ------------------------------------------------------------ which reading counts

    def test_the_acting_user_has_read_it_himself(self):
        self.dossier.service_user_ids = self.rep2
        order = self._order(user_id=False)
        self._consult(order, self.rep2)
        self.assertNotRead(order.with_user(self.rep).action_confirm)
        self.assertNotRead(order.with_user(self.rep).sudo().action_confirm)
        order.with_user(self.rep2).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_reading_before_the_quotation_counts_within_the_days(self):
        order = self._order()
        self._consult(order)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_access_log SET create_date = '2031-03-01' WHERE id IN %s",
            [tuple(self._logs().ids)],
        )
        self.env.cr.execute(
            "UPDATE sale_order SET create_date = '2031-03-05' WHERE id = %s", [order.id]
        )
        self.env.invalidate_all()
        with freeze_time("2031-03-08"):
            self.assertNotRead(order.action_confirm)
            self.company.customer_review_days = 6
            self.assertNotRead(order.action_confirm)
            self.company.customer_review_days = 7
            order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_an_old_quotation_is_read_once(self):
        order = self._order()
        self._consult(order)
        self.company.customer_review_days = 1
        with freeze_time("2051-01-01"):
            order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_customer_without_dossier_passes(self):
        order = self._order(partner_id=self._customer("New").id)
        self.assertEqual(order.dossier_review, "none")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_who_may_not_read_learns_who_keeps_it(self):
        order = self._order(user=self.outsider, user_id=self.outsider.id)
        self.assertNotRead(order.action_confirm)
        with self.assertRefused(RedirectWarning, f"kept by {self.keeper.name}"):
            self._consult(order, self.outsider)
        self.assertFalse(self._logs())

    def test_order_of_somebody_else_is_not_consulted_from(self):
        order = self._order(user_id=self.rep.id)
        with self.assertRaises(AccessError):
            self._consult(order, self.rep2)

    # ------------------------------------------------------------ warn, off

    def test_warning_notes_the_confirmation(self):
        self.company.customer_review_mode = "warn"
        unread, read = self._order(), self._order(partner_id=self._customer("N").id)
        orders = (unread + read).with_context(tracking_disable=False)
        orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "sale"])
        note = unread.message_ids.filtered(lambda m: "without reading" in m.body)
        self.assertEqual(note.author_id, self.rep.partner_id)
        self.assertFalse(
            read.message_ids.filtered(lambda m: "without reading" in m.body)
        )

    def test_off_by_default_and_without_a_trace(self):
        company = self.env["res.company"].create({"name": "New Company"})
        self.assertEqual(company.customer_review_mode, "off")
        self.company.customer_review_mode = "off"
        order = self._order()
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(
            order.message_ids.filtered(lambda m: "without reading" in m.body)
        )

    # ------------------------------------------------------------ nobody to ask

    def test_payment_holds_without_raising(self):
        order = self._order(require_payment=True, require_signature=False)
        order.action_quotation_sent()
        transaction = self._pay(order)
        confirmed = transaction.sudo()._check_amount_and_confirm_order()
        self.assertFalse(confirmed)
        self.assertEqual(order.state, "sent")
        activity = order.activity_ids
        self.assertRecordValues(
            activity,
            [
                {
                    "user_id": self.rep.id,
                    "summary": "Read the dossier, then confirm the order",
                }
            ],
        )
        transaction.sudo()._check_amount_and_confirm_order()
        self.assertEqual(order.activity_ids, activity)
        self._consult(order)
        self.assertEqual(transaction.sudo()._check_amount_and_confirm_order(), order)
        self.assertEqual(order.state, "sale")

    def test_unattended_accepts_whoever_read_from_the_quotation(self):
        order = self._order()
        self._consult(order, self.mdo_seller())
        order.sudo().with_user(
            self.env.ref("base.public_user")
        ).sudo()._validate_order()
        self.assertEqual(order.state, "sale")

    def test_unattended_is_not_opened_from_another_quotation(self):
        order, other = self._order(), self._order()
        self._consult(other, self.mdo_seller())
        order.with_user(self.env.ref("base.public_user")).sudo()._validate_order()
        self.assertEqual(order.state, "draft")
        self.assertTrue(order.activity_ids)

    def mdo_seller(self):
        return new_test_user(
            self.env,
            "archive_mdo_seller",
            groups="customer_archive.group_mdo,sales_team.group_sale_manager",
        )

    def _pay(self, order):
        provider = self.env["payment.provider"].create({"name": "T", "code": "none"})
        method = self.env["payment.method"].create({"name": "Wire", "code": "wire_t"})
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": order.name,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "sale_order_ids": [Command.set(order.ids)],
                "operation": "online_direct",
            }
        )
        transaction.state = "done"
        return transaction

    # ------------------------------------------------------------ what is shown

    def test_digest_is_fetched_as_the_reader(self):
        self.dossier.keeper_id = self.keeper
        self._measure(dossier_id=self.dossier.id)
        order = self._order()
        self.assertRecordValues(
            order,
            [
                {
                    "dossier_id": self.dossier.id,
                    "dossier_state": "preliminary",
                    "dossier_user_id": self.rep.id,
                    "dossier_keeper_id": self.keeper.id,
                    "dossier_open_measure_count": 1,
                    "dossier_review": "unread",
                    "dossier_read_on": False,
                }
            ],
        )
        self._consult(order)
        self.assertEqual(order.dossier_review, "read")
        self.assertTrue(order.dossier_read_on)
        other = self._order(user=self.outsider, user_id=self.outsider.id)
        for env_order in (other, other.sudo()):
            self.assertRecordValues(
                env_order,
                [
                    {
                        "dossier_id": False,
                        "dossier_state": False,
                        "dossier_keeper_id": False,
                        "dossier_open_measure_count": 0,
                    }
                ],
            )

    def test_new_quotation_in_the_form(self):
        with Form(self.env["sale.order"].with_user(self.rep)) as form:
            form.partner_id = self.partner
            self.assertEqual(form.dossier_review, "unread")
            self.assertEqual(form.dossier_state, "preliminary")

    def test_portal_reads_nothing_of_it(self):
        portal = mail_new_test_user(
            self.env, "archive_review_portal", groups="base.group_portal"
        )
        portal.partner_id.parent_id = self.partner
        order = self._order()
        order.message_subscribe(portal.partner_id.ids)
        self.assertTrue(order.with_user(portal).has_access("read"))
        for name in (
            "dossier_id",
            "dossier_review",
            "dossier_read_on",
            "dossier_keeper_id",
            "customer_review_mode",
        ):
            with self.assertRaises(AccessError):
                order.with_user(portal).read([name])

    # ------------------------------------------------------------ access register

    def test_register_is_written_by_the_system_alone(self):
        order = self._order()
        self._consult(order)
        log = self._logs()
        values = {
            "dossier_id": self.dossier.id,
            "user_id": self.rep.id,
            "operation": "read",
        }
        for user in (
            self.rep,
            self.keeper,
            self.mdo,
            self.gmo,
            self.admin_user,
            self.outsider,
        ):
            for method, args in (
                ("create", [values]),
                ("write", [log.ids, {"user_id": user.id}]),
                ("write", [log.ids, {"create_date": "2020-01-01"}]),
                ("unlink", [log.ids]),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, "customer.access.log", method, *args)
        with self.assertRaises(AccessError):
            log.write({"user_id": self.keeper.id})
        with self.assertRefused(UserError, "not deleted"):
            log.unlink()
        with self.assertRaises(AccessError):
            self.env["customer.access.log"].create(values)
        self.assertTrue(log.exists())

    def test_register_is_read_with_the_dossier(self):
        self._consult(self._order())
        log = self._logs()
        of_dossier = [("dossier_id", "=", self.dossier.id)]
        for user, may_read in (
            (self.keeper, True),
            (self.mdo, True),
            (self.gmo, True),
            (self.rep, False),
            (self.bum, False),
            (self.outsider, False),
        ):
            with self.subTest(user=user.login):
                if may_read:
                    self.assertEqual(
                        self._rpc(user, log._name, "search", of_dossier), log.ids
                    )
                    continue
                for method, *args in (
                    ("read", log.ids, ["purpose"]),
                    ("search_read", [], ["purpose"]),
                    ("formatted_read_group", [], ["user_id"], ["__count"]),
                    ("export_data", log.ids, ["purpose"]),
                ):
                    with self.assertRaises(UserError):
                        self._rpc(user, log._name, method, *args)
        core = self.env.ref("customer_archive.customer_secrecy_level_core")
        self.dossier._system_write({"secrecy_level_id": core.id, "keeper_id": False})
        self.assertFalse(self._rpc(self.keeper, log._name, "search", of_dossier))
        with self.assertRaises(AccessError):
            self._rpc(self.keeper, log._name, "read", log.ids, ["purpose"])

    # ------------------------------------------------------------ cost

    def _count(self, orders):
        """Return the queries of a confirmation that is undone again."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        orders.action_confirm()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)
        return queries

    def _cost(self, mode, count):
        """Return by how many queries the confirmation of ``count`` orders grows."""
        orders = self.env["sale.order"]
        for number in range(count):
            partner = self._customer(f"Customer {number}")
            self._dossier(partner_id=partner.id)
            orders += self._order(partner_id=partner.id)
        for order in orders:
            self._consult(order)
        self.company.customer_review_mode = mode
        orders = orders.with_user(self.rep)
        for _warm_up in range(2):
            queries = self._count(orders)
            with patch.object(type(orders), "_enter_trade", lambda self: None):
                without = self._count(orders)
        return queries - without

    def test_queries_do_not_grow(self):
        # off: only the trading event's statement
        self.assertEqual(self._cost("off", 1), 1)
        self.assertEqual(self._cost("off", 10), 1)
        # block: dossiers and readings besides
        self.assertEqual(self._cost("block", 1), 3)
        self.assertEqual(self._cost("block", 10), 3)

    def test_digest_is_one_search(self):
        def queries(count):
            orders = self.env["sale.order"]
            for number in range(count):
                partner = self._customer(f"Customer {number}")
                self._dossier(partner_id=partner.id)
                orders += self._order(partner_id=partner.id)
            self.env.invalidate_all()
            orders.mapped("partner_id.commercial_partner_id.name")
            before = self.env.cr.sql_log_count
            orders.mapped("dossier_keeper_id")
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(12))


@tagged("post_install", "-at_install")
class TestContractReviewPortal(ContractReviewCommon, HttpCase):
    def _sign(self, order):
        order.action_quotation_sent()
        order._portal_ensure_token()
        self.env.flush_all()
        response = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": order.access_token,
                "name": "Buyer",
                "signature": base64.b64encode(base64.b64decode(PIXEL)).decode(),
            },
        )
        self.env.invalidate_all()
        return response

    def test_signature_of_an_unread_order_is_kept_and_not_confirmed(self):
        order = self._order(require_signature=True, require_payment=False)
        response = self._sign(order)
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.signed_by, "Buyer")
        self.assertEqual(order.activity_ids.user_id, self.rep)
        page = self.url_open(response["redirect_url"])
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("Your order has been confirmed", page.text)

    def test_signature_of_an_order_that_the_salesperson_read_confirms(self):
        order = self._order(require_signature=True, require_payment=False)
        self._consult(order)
        self._sign(order)
        self.assertEqual(order.state, "sale")
