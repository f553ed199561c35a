from odoo.tools import SQL


def uninstall_hook(env):
    prepare_uninstall(env, "customer_archive")
    env["customer.complaint"]._drop_text_functions()


def load_inherited_terms(env):
    """Translate what the models of another addon inherit from this one, such as the
    states of an approval: their terms stand in this addon's files, which were loaded
    before those models came. The post-init hook of every such addon calls this."""
    env.ref("base.module_customer_archive")._update_translations()


def prepare_uninstall(env, addon):
    """Let ``addon`` and what was done with it go without a trace; the uninstall hook
    of every addon whose documents are decided on calls this."""
    models = [
        model for model in env.registry.values() if model._original_module == addon
    ]
    names = [model._name for model in models]
    tables = [model._table for model in models if model._auto and not model._abstract]
    env.flush_all()
    _delete_approvals(env, names)
    _delete_reflections(env, addon, names)
    _drop_foreign_keys(env, tables)
    env.invalidate_all()


def _delete_approvals(env, names):
    """Delete the requests for decisions on documents of the given models: nobody
    could open or decide them any more. A measure forgets such an origin."""
    for table, column in (
        ("customer_approval_decision", "approval_id"),
        ("customer_approval_line", "approval_id"),
        ("customer_approval", "id"),
    ):
        env.cr.execute(
            SQL(
                """DELETE FROM %s WHERE %s IN
                   (SELECT id FROM customer_approval WHERE res_model = ANY(%s))""",
                SQL.identifier(table),
                SQL.identifier(column),
                names,
            )
        )
    env.cr.execute(
        SQL(
            """UPDATE customer_measure SET origin_model = NULL, origin_id = NULL
                WHERE origin_model = ANY(%s)""",
            names,
        )
    )


def _delete_reflections(env, addon, names):
    """Delete what Odoo notes about models and forgets to delete with them: external
    ids that inherited mixins of other modules (mail, portal) have on the models, and
    the foreign keys of fields that the addon adds to models of others."""
    env.cr.execute(
        SQL(
            """DELETE FROM ir_model_data
                WHERE (model = 'ir.model.fields.selection' AND res_id IN (
                        SELECT selection.id
                          FROM ir_model_fields_selection selection
                          JOIN ir_model_fields field ON field.id = selection.field_id
                         WHERE field.model = ANY(%(names)s)))
                   OR (model = 'ir.model.inherit' AND res_id IN (
                        SELECT inherit.id
                          FROM ir_model_inherit inherit
                          JOIN ir_model model ON model.id = inherit.model_id
                         WHERE model.model = ANY(%(names)s)))""",
            names=names,
        )
    )
    env.cr.execute(
        SQL(
            """DELETE FROM ir_model_constraint USING ir_module_module module
                WHERE module.id = ir_model_constraint.module
                  AND module.name = %s AND ir_model_constraint.type = 'f'""",
            addon,
        )
    )


def _drop_foreign_keys(env, tables):
    """Drop the references from and to the tables that forbid deleting: Odoo deletes
    the shipped roles, levels or dimensions one by one before it drops the tables,
    fails on those in use, and would leave the groups that a remaining role names."""
    # confdeltype: no action, restrict
    constraints = env.execute_query(
        SQL(
            """SELECT conrelid::regclass::text, conname FROM pg_constraint
                WHERE contype = 'f' AND confdeltype IN ('a', 'r')
                  AND (conrelid = ANY(%(tables)s::regclass[])
                       OR confrelid = ANY(%(tables)s::regclass[]))""",
            tables=tables,
        )
    )
    for table, constraint in constraints:
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                SQL.identifier(table),
                SQL.identifier(constraint),
            )
        )
