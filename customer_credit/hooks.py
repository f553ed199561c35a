from odoo.tools import SQL

from odoo.addons.customer_archive.hooks import (
    load_inherited_terms,
    prepare_uninstall,
)


def post_init_hook(env):
    """Orders that were confirmed before the installation stay as they are; grading
    counts the credit standing from now on."""
    env["sale.order"]._credit_accept_as_is(SQL("TRUE"), with_amount=True)
    env["customer.grade.factor"]._fill_in_credit()
    load_inherited_terms(env)


def uninstall_hook(env):
    prepare_uninstall(env, "customer_credit")
    env["customer.credit.account"]._drop_functions()
