from odoo import Command

from .grade_common import GradeCommon


class GradeBilling(GradeCommon):
    """Invoices and credit notes of what customers bought, in a company with accounts,
    and a currency of which two are worth one of the company's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls._journal(cls.company)
        cls.half = cls.env["res.currency"].create({"name": "XGH", "symbol": "h"})
        cls._rate("2001-01-01", 2)

    @classmethod
    def _rate(cls, day, rate, company=None):
        """Say how many of ``half`` one of the company's currency is from ``day`` on."""
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.half.id,
                "name": day,
                "rate": rate,
                "company_id": (company or cls.company).id,
            }
        )

    @classmethod
    def _journal(cls, company):
        """Return a sales journal of ``company``, with the accounts that it takes."""
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        receivable, income = env["account.account"].create(
            [
                {
                    "name": "Receivable",
                    "code": "112299",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                },
                {"name": "Income", "code": "600199", "account_type": "income"},
            ]
        )
        env["ir.default"].set(
            "res.partner",
            "property_account_receivable_id",
            receivable.id,
            company_id=company.id,
        )
        cls.product.with_company(company).property_account_income_id = income
        return env["account.journal"].create(
            {
                "name": "Sales of the test",
                "code": "TGR",
                "type": "sale",
                "sequence": 0,
                "company_id": company.id,
                "default_account_id": income.id,
            }
        )

    @classmethod
    def _pricelist(cls, currency):
        return cls.env["product.pricelist"].create(
            {"name": currency.name, "currency_id": currency.id, "company_id": False}
        )

    @classmethod
    def _invoice(cls, order, day, **kwargs):
        """Return the posted invoice of what is to be invoiced of ``order``."""
        invoice = order.with_company(order.company_id)._create_invoices(**kwargs)
        invoice.write({"invoice_date": day, "date": day})
        invoice.action_post()
        return invoice

    @classmethod
    def _down_payment(cls, order, day, amount):
        wizard = cls.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": amount,
            }
        )
        invoice = wizard._create_invoices(order)
        invoice.write({"invoice_date": day, "date": day})
        invoice.action_post()
        return invoice

    @classmethod
    def _reversal(cls, invoice, day):
        return (
            cls.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"date": day, "journal_id": invoice.journal_id.id})
        )

    @classmethod
    def _credit(cls, invoice, day, amount=None, post=True):
        """Return the credit note of ``invoice``, of ``amount`` if given."""
        wizard = cls._reversal(invoice, day)
        wizard.refund_moves()
        note = wizard.new_move_ids
        if amount is not None:
            note.invoice_line_ids[0].price_unit = amount
        if post:
            note.action_post()
        return note

    @classmethod
    def _replace(cls, invoice, day, amount=None):
        """Reverse ``invoice`` and invoice again, ``amount`` if given."""
        wizard = cls._reversal(invoice, day)
        wizard.modify_moves()
        again = wizard.new_move_ids
        again.invoice_date = day
        if amount is not None:
            again.invoice_line_ids[0].price_unit = amount
        again.action_post()
        return again

    @classmethod
    def _move(cls, partner, day, amount, move_type="out_refund"):
        """Return a posted invoice or credit note that belongs to no order."""
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": partner.id,
                "journal_id": cls.journal.id,
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goodwill",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move
