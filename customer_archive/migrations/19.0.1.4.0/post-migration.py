from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Who changes a measure is said by the measure, which an addon extends."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref(
        "customer_archive.customer_measure_rule_modify", raise_if_not_found=False
    )
    if rule:
        rule.domain_force = "[('may_edit', '=', True)]"
