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
        account._system_write({"control": "limited", "limit_amount": 987654.0})
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
                }
            ]
        )
        row = cls.env["customer.credit.report"].browse(account.id)
        return {account._name: account, hold._name: hold, row._name: row}
