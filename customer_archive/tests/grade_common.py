from odoo import Command, fields

from .common import CustomerArchiveCommon


class GradeCommon(CustomerArchiveCommon):
    """A scheme with thresholds of its own, and what customers bought.

    Thresholds in the company's currency: Important from 1,000 in each of 3 years, a
    contract of 5,000, 3,000 in a year or rank 10; Stable from 100 in each of 2 years, a
    contract of 500 or 300 in a year; General with a deal; Potential with a need.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.env.ref("customer_archive.customer_grade_scheme_class")
        # what another addon counts it from is tested there
        cls.env.ref("customer_archive.customer_grade_factor_credit").source = "entered"
        cls.important, cls.stable, cls.general, cls.potential = cls.scheme.grade_ids
        cls.rule = cls._rule(
            "2001-01-01",
            {
                cls.important: {
                    "years": 3,
                    "yearly_amount": 1000,
                    "single_amount": 5000,
                    "total_amount": 3000,
                    "max_rank": 10,
                },
                cls.stable: {
                    "years": 2,
                    "yearly_amount": 100,
                    "single_amount": 500,
                    "total_amount": 300,
                },
                cls.general: {"match": "deal"},
                cls.potential: {"match": "need"},
            },
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Pump", "type": "service", "invoice_policy": "order"}
        )

    @classmethod
    def _rule(cls, valid_from, terms, **values):
        """Return an approved version; ``terms`` is {grade: values of its line}."""
        return cls.env["customer.grade.rule"]._system_create(
            [
                {
                    "name": f"Thresholds {valid_from}",
                    "scheme_id": next(iter(terms)).scheme_id.id,
                    "valid_from": valid_from,
                    "approval_state": "approved",
                    "line_ids": [
                        Command.create({"grade_id": grade.id, **line})
                        for grade, line in terms.items()
                    ],
                    **values,
                }
            ]
        )

    @classmethod
    def _order(cls, dossier, day, amount, partner=None, company=None, **values):
        """Return a confirmed order of ``amount`` without taxes, of noon of ``day``."""
        company = company or cls.company
        order = (
            cls.env["sale.order"]
            .with_company(company)
            .create(
                {
                    "partner_id": (partner or dossier.partner_id).id,
                    "company_id": company.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": cls.product.id,
                                "product_uom_qty": 1,
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                    **values,
                }
            )
        )
        order.with_context(mail_notrack=True).action_confirm()
        order.date_order = f"{day} 12:00:00"
        return order

    @classmethod
    def _contract(cls, dossier, day, amount, **values):
        """Return a signed sales contract."""
        return cls.env["customer.contract"]._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "number": f"HT-{dossier.number}-{day}-{amount}",
                    "name": "Sales contract",
                    "state": "signed",
                    "signed_on": day,
                    "amount": amount,
                    **values,
                }
            ]
        )

    @classmethod
    def _evaluate(cls, dossiers, date, scheme=None):
        """Evaluate ``dossiers`` with the figures of ``date`` and return their open
        proposals."""
        scheme = scheme or cls.scheme
        scheme._evaluate(
            dossiers[:1]._get_grading_company(), dossiers, fields.Date.to_date(date)
        )
        return cls.env["customer.grade.evaluation"].search(
            [
                ("dossier_id", "in", dossiers.ids),
                ("scheme_id", "=", scheme.id),
                ("state", "=", "proposed"),
            ]
        )
