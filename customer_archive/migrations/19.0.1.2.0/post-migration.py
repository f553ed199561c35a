from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

RULES_OF_USE = {
    "internal": (
        "For work with this customer only. Do not pass it on outside the company; "
        "what is printed goes back to the keeper or into the shredder."
    ),
    "trade": (
        "For the work named in the permit only. Not copied and not passed on to "
        "colleagues without a permit of their own. What is borrowed comes back on "
        "the same day. Outsiders see it only with both approvals and a signed "
        "undertaking."
    ),
    "core": (
        "For the persons named only. Read on the spot, never copied, photographed "
        "or taken out of the office. Outsiders see it only with both approvals and "
        "a signed undertaking; every use is registered."
    ),
}


def migrate(cr, version):
    """The roles cleared for a level become lines of the matrix of rights (D2)."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    relation = SQL.identifier("customer_role_customer_secrecy_level_rel")
    cleared = set(
        env.execute_query(
            SQL("SELECT customer_secrecy_level_id, customer_role_id FROM %s", relation)
        )
    )
    keeper = env.ref("customer_archive.customer_role_keeper")
    levels = env["customer.secrecy.level"].search([])
    roles = env["customer.role"].search([])
    env["customer.secrecy.right"].create(
        [
            {
                "level_id": level.id,
                "role_id": role.id,
                **(
                    {
                        "read_scope": "all",
                        "modify_scope": "all" if role == keeper else "related",
                        "copy_scope": "all",
                        "export_scope": "all",
                    }
                    if (level.id, role.id) in cleared
                    else {}
                ),
            }
            for level in levels
            for role in roles
        ]
    )
    for name, rules_of_use in RULES_OF_USE.items():
        level = env.ref(
            f"customer_archive.customer_secrecy_level_{name}", raise_if_not_found=False
        )
        if level:
            is_secret = name != "internal"
            level.write(
                {
                    "is_important": is_secret,
                    "registers_access": is_secret,
                    "same_day_return": is_secret,
                    "rules_of_use": rules_of_use,
                }
            )
    # the level has a decision of its own now (D1), which asks for no second one
    listed = env.ref(
        "customer_archive.customer_dossier_field_secrecy_level_id",
        raise_if_not_found=False,
    )
    if listed:
        listed.is_key = False
    # which data are personal is marked now (D10)
    for name in (
        "name",
        "phone",
        "email",
        "street",
        "child_ids",
        "bank_ids",
        "legal_representative",
        "fax",
        "decision_process",
    ):
        listed = env.ref(
            f"customer_archive.customer_dossier_field_{name}", raise_if_not_found=False
        )
        if listed:
            listed.is_personal = True
    # the keepers' list starts with what was not decided on yet (D15)
    env.cr.execute(
        SQL(
            "UPDATE customer_dossier SET filed_on = now() at time zone 'UTC' "
            "WHERE state != 'preliminary'"
        )
    )
    env.cr.execute(
        SQL(
            "UPDATE customer_document SET filed_on = dossier.filed_on "
            "FROM customer_dossier dossier WHERE dossier.id = dossier_id"
        )
    )
