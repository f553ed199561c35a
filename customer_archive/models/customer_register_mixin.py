from odoo import api, models
from odoo.exceptions import AccessError

# a field declared with this prefetch group is content: it is never fetched along with
# the head of a record, and whoever fetches it has opened the dossier
GUARDED = "guarded"
# key of the cursor's cache, which is the server's alone and ends with the transaction
_FETCHING = "customer_register_fetching"


class CustomerRegisterMixin(models.AbstractModel):
    """What is registered when it is opened, printed, copied or taken away (D14, D22,
    D25). A list that shows heads is no opening; what is read to be printed or exported
    is no second act.

    Code that reads in sudo registers itself through ``_register_act``.
    """

    _name = "customer.register.mixin"
    _description = "Record whose Accesses Are Registered"

    def _get_registered_dossiers(self):
        """Return the dossiers that these records belong to."""
        return self.dossier_id

    @api.model
    def _is_content_field(self, field):
        """Return whether ``field`` shows what a dossier says: texts and figures
        declared so, and every file."""
        return field.prefetch == GUARDED or (field.type == "binary" and field.store)

    def _check_registered_operation(self, operation):
        """Refuse "copy" or "export" of these records without the right to it."""
        self.check_access("read")
        self._get_registered_dossiers()._check_operation(operation)

    def _register_act(self, operation, **values):
        """Enter in the register, in one row, what the present user does with these
        records; return the row."""
        # sudo: the register is written whatever the user may read
        return self.env["customer.access.log"]._log_access(
            self.sudo()._get_registered_dossiers(), operation, origin=self, **values
        )

    # ------------------------------------------------------------ opening

    def _fetch_query(self, query, fields):
        if self.env.su:
            return super()._fetch_query(query, fields)
        content = [field for field in fields if self._is_content_field(field)]
        if self.env.context.get("bin_size"):
            # the size of a file tells nothing of what is in it
            content = [field for field in content if field.type != "binary"]
        if not content:
            return super()._fetch_query(query, fields)
        self.env.user._check_confidentiality()
        cache = self.env.cr.cache
        outer = cache.get(_FETCHING)
        cache[_FETCHING] = self._name
        try:
            fetched = super()._fetch_query(query, fields)
        finally:
            cache[_FETCHING] = outer
        names = [field.name for field in content]
        if any(field.type == "binary" for field in content):
            if fetched:
                fetched._register_act("download", field_names=names)
        else:
            fetched._register_opening(names)
        return fetched

    def _register_opening(self, field_names):
        """Register that these records were opened: those of dossiers whose level asks
        for it or that are read by a permit, each once a transaction and user."""
        levels = self.env["customer.secrecy.level"]._get_ranks()
        log = self.env["customer.access.log"]
        known = log._get_registered_in_transaction()
        # sudo: reading on would be an opening again
        dossiers_sudo = self.sudo()._get_registered_dossiers()
        to_register = dossiers_sudo.filtered(
            lambda dossier: (self.env.uid, dossier.id) not in known
        ).filtered(
            lambda dossier: (
                levels[dossier.secrecy_level_id.id][1] or log._get_permit(dossier)
            )
        )
        if to_register:
            log._log_access(to_register, "read", self, field_names=field_names)

    def _field_to_sql(self, alias, field_expr, query=None):
        """What is searched, sorted, grouped or summed by could be guessed without an
        opening, so content is only ever fetched."""
        field = self._fields.get(field_expr.split(".")[0])
        if (
            field
            and not self.env.su
            and self._is_content_field(field)
            and self.env.cr.cache.get(_FETCHING) != self._name
        ):
            raise AccessError(
                self.env._(
                    "What dossiers say is not searched, sorted or grouped by. Open the "
                    "dossier to read its %(field)s.",
                    field=field._description_string(self.env),
                )
            )
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """The client offers no search, order or total that would be refused."""
        result = super().fields_get(allfields, attributes)
        for name, description in result.items():
            if self._is_content_field(self._fields[name]):
                offers = {"searchable", "sortable", "groupable"} & description.keys()
                description.update(dict.fromkeys(offers, False))
                description.pop("aggregator", None)
        return result

    # the base methods may run on a cursor that cannot write the register
    def read(self, fields=None, load="_classic_read"):
        return super().read(fields, load)

    read._readonly = False

    def web_read(self, specification):
        return super().web_read(specification)

    web_read._readonly = False

    # ------------------------------------------------------------ copies

    def copy_data(self, default=None):
        """Copying in Odoo gives a second record to take along, like an export (D25)."""
        if not self.env.su and self:
            self._check_registered_operation("export")
            self._register_act("copy")
        return super().copy_data(default)
