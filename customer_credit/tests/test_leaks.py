from odoo.tests import HttpCase, tagged

from odoo.addons.customer_archive.tests import (
    test_leaks,
    test_leaks_http,
    test_leaks_mail,
)


@tagged("post_install", "-at_install")
class TestLeaks(
    test_leaks.LeaksLoop,
    test_leaks_mail.LeaksMailLoop,
    test_leaks_http.LeaksHttpLoop,
    test_leaks.LeaksCommon,
    HttpCase,
):
    """The attacks on what is secret in this addon (D8)."""

    ADDON = "customer_credit"
    FIGURES = ("987654",)

    @classmethod
    def _strangers(cls):
        # finance reads all accounts, the bid team none
        return (cls.bum2, cls.asg, cls.outsider, cls.rep2, cls.admin_user)

    @classmethod
    def _records(cls):
        account = cls.env["customer.credit.account"]._get(cls.partner, cls.company)
        account._system_write(
            {
                "control": "limited",
                "limit_amount": 987654.0,
                "restriction": "amount",
                "restriction_amount": 987654.0,
                "restriction_days": 30,
                "restriction_reason": "Owes 987654",
            }
        )
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.partner.id,
                "team_id": cls.unit.id,
                "user_id": cls.rep.id,
            }
        )
        hold = cls.env["customer.credit.hold"]._system_create(
            [
                {
                    "order_id": order.id,
                    "company_id": cls.company.id,
                    "partner_id": cls.partner.id,
                    "user_id": cls.rep.id,
                    "team_id": cls.unit.id,
                    "account_id": account.id,
                    "currency_id": order.currency_id.id,
                    "limit_amount": 987654.0,
                    "exposure": 987654.0,
                    "overdue_amount": 987654.0,
                    "prepay_amount": 987654.0,
                }
            ]
        )
        papers = {
            name: cls.env[name]._system_create(
                [{"account_id": account.id, "amount": 987654.0, **values}]
            )
            for name, values in (
                ("customer.credit.bill", {"number": "987654", "due_on": "2035-01-01"}),
                (
                    "customer.credit.event",
                    {
                        "kind_id": cls.env.ref(
                            "customer_credit.customer_credit_event_kind_dispute"
                        ).id,
                        "description": "987654",
                    },
                ),
            )
        }
        guarantee = cls.env["customer.credit.guarantee"]._system_create(
            [{"account_id": account.id, "name": "987654", "value": 987654.0}]
        )
        shared = cls.env["customer.credit.group"].create({"name": "987654"})
        shared._system_write({"limit_amount": 987654.0})
        row = cls.env["customer.credit.report"].browse(account.id)
        return {
            account._name: account,
            shared._name: shared,
            row._name: row,
            hold._name: hold,
            guarantee._name: guarantee,
            **papers,
            **cls._limit_records(account),
        }

    @classmethod
    def _limit_records(cls, account):
        freeze = account._freeze("987654", 987654.0)
        assessment = cls.env["customer.credit.assessment"].create(
            {"account_id": account.id, "limit_amount": 987654.0, "reason": "987654"}
        )
        scheme = cls.env["customer.credit.scheme"].create({"name": "Leaks"})
        factor = cls.env["customer.credit.factor"].create(
            {"name": "Leaks", "scheme_id": scheme.id}
        )
        line = cls.env["customer.credit.assessment.line"]._system_create(
            {
                "assessment_id": assessment.id,
                "factor_id": factor.id,
                "entered_value": 987654.0,
            }
        )
        return {record._name: record for record in (freeze, assessment, line)}
