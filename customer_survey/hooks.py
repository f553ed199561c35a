from odoo.addons.customer_archive.hooks import (
    load_inherited_terms,
    prepare_uninstall,
)


def post_init_hook(env):
    load_inherited_terms(env)


def uninstall_hook(env):
    # their links would lead nowhere
    env["mail.mail"].search([("body_html", "like", "/customer_survey/")]).unlink()
    prepare_uninstall(env, "customer_survey")
