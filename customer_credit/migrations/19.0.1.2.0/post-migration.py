from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """The reason of a hold becomes a list of reasons (F23), limits get a currency, and
    who controlled credit before goes on as he did."""
    cr.execute(
        SQL(
            """
            INSERT INTO customer_credit_hold_customer_credit_reason_rel
                   (customer_credit_hold_id, customer_credit_reason_id)
            SELECT hold.id, reason.id
              FROM customer_credit_hold hold
              JOIN customer_credit_reason reason ON reason.code = hold.reason
                ON CONFLICT DO NOTHING
            """
        )
    )
    cr.execute(SQL("ALTER TABLE customer_credit_hold DROP COLUMN reason"))
    cr.execute(
        SQL(
            """
            UPDATE customer_credit_account account
               SET limit_currency_id = company.currency_id
              FROM res_company company
             WHERE company.id = account.company_id
            """
        )
    )
    # near the limit and late payers: companies that controlled credit switch this on
    cr.execute(
        SQL(
            """
            UPDATE res_company company
               SET credit_warning_report = FALSE,
                   credit_check_overdue = FALSE
             WHERE credit_default_control = 'limited'
                OR EXISTS (SELECT
                             FROM customer_credit_account account
                            WHERE account.company_id = company.id
                              AND account.control IN ('limited', 'blocked'))
            """
        )
    )
    # the limit of the day and what is overdue are new figures
    accounts = api.Environment(cr, SUPERUSER_ID, {})["customer.credit.account"]
    cr.execute(SQL("SELECT id FROM customer_credit_account"))
    accounts.browse(row[0] for row in cr.fetchall())._refresh_all()
