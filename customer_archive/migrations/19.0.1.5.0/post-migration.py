from odoo.tools import SQL


def migrate(cr, version):
    """Potential demand is in the currency of the company that grades the customer, not
    in that of the user who upgrades. Everything else about grades is new and comes with
    the data files."""
    cr.execute(
        SQL(
            """UPDATE customer_dossier dossier
                  SET potential_currency_id = company.currency_id
                 FROM customer_dossier held
            LEFT JOIN crm_team team ON team.id = held.team_id
                 JOIN res_company company
                   ON company.id = COALESCE(held.company_id, team.company_id)
                WHERE dossier.id = held.id"""
        )
    )
