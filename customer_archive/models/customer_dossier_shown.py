from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, OrderedSet


class CustomerDossier(models.Model):
    """What other records show of a dossier to those who may read it.

    Such a record leads to the dossier by its field ``link``, whose value the dossier
    has in ``key``. All of this is done as the present user, also for a caller in sudo.
    """

    _inherit = "customer.dossier"

    @api.model
    def _get_shown_domain(self, link, key, name, operator, value):
        """Return the Domain of the records on which ``name`` of a dossier is shown as
        searched. Where the user may not read the dossier, nothing is shown."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        dossiers = self.sudo(False)
        readable = dossiers.has_access("read")

        def shows(domain):
            return Domain(link, "in", dossiers._search(domain).subselect(key))

        domain = Domain.FALSE
        if operator == "in" and isinstance(value, OrderedSet) and False in value:
            # nothing is shown: there is no dossier, none to be read, or no value in it
            domain = ~shows(Domain(name, "!=", False)) if readable else Domain.TRUE
            value = value - {False}
        if readable and value:
            domain |= shows(Domain(name, operator, value))
        return domain

    @api.model
    def _get_shown_sql(self, alias, link, key, name, query):
        """Return SQL of ``name`` of the dossier, NULL where the user may not read it.

        :param link: SQL of the field of the table ``alias`` in ``query``
        """
        dossiers = self.sudo(False)
        if not dossiers.has_access("read"):
            kind = self._fields[name].column_type[0]
            return SQL("NULL::%s", SQL.identifier(kind))
        coalias = query.make_alias(alias, f"readable_{name}")
        # rights by the minute: a second subselect would not be the same
        if coalias not in query._joins:
            found = dossiers._search(Domain.TRUE)
            columns = SQL(
                "%s AS link, %s AS value",
                SQL.identifier(found.table, key),
                dossiers._field_to_sql(found.table, name, found),
            )
            query.add_join(
                "LEFT JOIN",
                coalias,
                found.subselect(columns),
                SQL("%s = %s", link, SQL.identifier(coalias, "link")),
            )
        return SQL.identifier(coalias, "value")
