from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Who works on a case changes its measures, too (B17): the rule is shipped once, so
    that existing databases keep the former one. Everything else about cases is new and
    comes with the data files.

    To try it: install the former version, upgrade, and let an employee without a role
    who handles a case change the date of one of its measures.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref(
        "customer_archive.customer_measure_rule_modify", raise_if_not_found=False
    )
    if rule:
        rule.domain_force = "[('may_edit', '=', True)]"
