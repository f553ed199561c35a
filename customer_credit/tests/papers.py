from contextlib import contextmanager
from datetime import date

from odoo.fields import Command

from odoo.addons.customer_archive.tests.common import CustomerArchiveCommon


class PapersCase:
    """A bill, a guarantee and an event of the rep's customer; a rep of other
    customers and a keeper without right to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_rep = cls._user("customer_archive.group_rep", "rep2")
        cls.keeper = cls._user("customer_archive.group_keeper", "keeper")
        cls.fin2 = cls._user("customer_archive.group_fin", "fin2")
        for user in (cls.rep, cls.other_rep, cls.keeper, cls.fin, cls.mdo, cls.gmo):
            # it helps nobody who may not read
            user.group_ids = [Command.link(cls.env.ref("base.group_allow_export").id)]
        cls.other_currency = cls.setup_other_currency("EUR")
        cls.account.invalidate_recordset()
        # payments of this journal have an entry
        journal = cls.company_data["default_journal_bank"]
        outstanding = cls.env["account.account"].create(
            {
                "name": "Bills Receivable",
                "code": "119900",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.link(cls.company.id)],
            }
        )
        methods = journal.inbound_payment_method_line_ids
        methods |= journal.outbound_payment_method_line_ids
        methods.payment_account_id = outstanding

    def _bill_values(self, **values):
        return {
            "account_id": self.account.id,
            "number": "1",
            "amount": 600.0,
            "currency_id": self.company.currency_id.id,
            "received_on": "2030-01-05",
            "due_on": "2030-03-01",
            **values,
        }

    def _bill(self, user=None, **values):
        bills = self.env["customer.credit.bill"].with_user(user or self.env.user)
        return bills.create(self._bill_values(**values)).with_env(self.env)

    def _guarantee(self, user=None, file=True, **values):
        guarantees = self.env["customer.credit.guarantee"]
        guarantee = (
            guarantees.with_user(user or self.rep)
            .create(
                {
                    "account_id": self.account.id,
                    "name": "Deed",
                    "guarantor_name": "Owner",
                    "value": 1000.0,
                    "percent": 50.0,
                    "currency_id": self.company.currency_id.id,
                    "valid_from": "2030-01-01",
                    **values,
                }
            )
            .with_env(self.env)
        )
        if file:
            self.env["ir.attachment"].create(
                {
                    "name": "deed.txt",
                    "raw": b"deed",
                    "res_model": guarantee._name,
                    "res_id": guarantee.id,
                }
            )
            guarantee.invalidate_recordset(["message_attachment_count"])
        return guarantee

    def _confirmed_guarantee(self, **values):
        guarantee = self._guarantee(**values)
        guarantee.with_user(self.fin).action_confirm()
        return guarantee

    def _kind(self, code):
        return self.env.ref(f"customer_credit.customer_credit_event_kind_{code}")

    def _event(self, code="dispute", user=None, **values):
        events = self.env["customer.credit.event"].with_user(user or self.rep)
        return events.create(
            {
                "account_id": self.account.id,
                "kind_id": self._kind(code).id,
                "description": "He said so.",
                **values,
            }
        ).with_env(self.env)

    def _payment(self, amount, post=True, **values):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "currency_id": self.company.currency_id.id,
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": date(2030, 1, 5),
                **values,
            }
        )
        if post:
            payment.action_post()
            self.assertEqual(payment.move_id.state, "posted")
        return payment

    def _finance(self):
        return self.env["customer.credit.bill"]._get_finance(self.company)

    def _rpc(self, user, model, method, *args, **kwargs):
        return CustomerArchiveCommon._rpc.__func__(
            type(self), user, model, method, *args, **kwargs
        )

    @contextmanager
    def assertRefused(self, exception, pattern="."):
        with CustomerArchiveCommon.assertRefused(self, exception, pattern):
            yield
