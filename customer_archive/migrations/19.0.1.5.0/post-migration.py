from odoo.tools import SQL


def migrate(cr, version):
    """Potential demand is in the currency of the company that keeps the dossier, not in
    that of the user who upgraded. Everything else about grades is new and comes with
    the data files.

    To try it: install the former version, open a dossier of a company with a currency
    of its own, upgrade, and look at the currency of its potential demand.
    """
    cr.execute(
        SQL(
            """UPDATE customer_dossier dossier
                  SET potential_currency_id = company.currency_id
                 FROM res_company company
                WHERE company.id = dossier.company_id
                  AND COALESCE(dossier.potential_amount, 0) = 0"""
        )
    )
