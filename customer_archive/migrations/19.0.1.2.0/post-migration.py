from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


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
    for name in ("trade", "core"):
        level = env.ref(
            f"customer_archive.customer_secrecy_level_{name}", raise_if_not_found=False
        )
        if level:
            level.write(
                {
                    "is_important": True,
                    "registers_access": True,
                    "same_day_return": True,
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
