from odoo import SUPERUSER_ID, api
from odoo.fields import Domain


def migrate(cr, version):
    """Formal dossiers are verified in turn from now on (A54)."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    env["customer.dossier"].search(
        Domain("state", "=", "formal") & Domain("next_verification_date", "=", False)
    )._plan_verification()
