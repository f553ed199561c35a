from odoo.addons.customer_archive.hooks import prepare_uninstall


def uninstall_hook(env):
    prepare_uninstall(env, "customer_survey")
