from odoo import SUPERUSER_ID, api

from odoo.addons.customer_archive.hooks import load_inherited_terms


def migrate(cr, version):
    """The score sheet of the grading, new with customer_archive, counts the credit
    standing that people would have to judge without this addon (E7)."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["customer.grade.factor"]._fill_in_credit()
    load_inherited_terms(env)
