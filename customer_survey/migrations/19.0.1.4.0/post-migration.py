from odoo import SUPERUSER_ID, api

from odoo.addons.customer_archive.hooks import load_inherited_terms


def migrate(cr, version):
    """Responses and figures have the grades of customer_archive, whose terms were
    loaded before them."""
    load_inherited_terms(api.Environment(cr, SUPERUSER_ID, {}))
