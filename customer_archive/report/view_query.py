from odoo.tools import SQL


def select_columns(columns, source):
    """Return the SQL query of a report that is a view.

    :param columns: {field name: SQL of its column}
    :param source: SQL of what follows FROM
    """
    named = SQL(", ").join(
        SQL("%s AS %s", column, SQL.identifier(name))
        for name, column in columns.items()
    )
    return SQL("SELECT %s FROM %s", named, source)
