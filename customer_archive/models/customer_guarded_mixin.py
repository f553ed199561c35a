from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import clean_context

# An RPC client can send any context key but never this object, so a context
# that carries it was made by our own code in this process.
_SYSTEM = object()
_SYSTEM_KEY = "customer_archive_system"


class CustomerGuardedMixin(models.AbstractModel):
    """Fields that the system alone writes: states, decisions, logs (X3).

    ``_guarded_fields`` names them. ``create`` and ``write`` refuse them from
    everybody, superuser code included, with an AccessError; the model's own
    methods write them through ``_system_write`` and ``_system_create`` after
    they have checked who acts.
    """

    _name = "customer.guarded.mixin"
    _description = "Fields Written by the System Alone"

    @api.model
    def _guarded_fields(self):
        """Return the names of the fields that only the system writes. What is
        computed and stored is among them: the ORM would take it from a client."""
        return {
            name
            for name, field in self._fields.items()
            if field.store and field.compute and field.readonly
        }

    @api.model
    def _get_readonly_fields(self):
        """Return the names of the stored fields that no form lets anybody write, for
        models in which the system alone writes all of them."""
        return {
            name
            for name, field in self._fields.items()
            if field.store and field.readonly and name not in models.MAGIC_COLUMNS
        }

    def _prepare_system_values(self, vals):
        """Return the guarded values (a dict) that a record created with
        ``vals`` starts with; extension point of ``create``."""
        return {}

    def _is_system(self):
        return self.env.context.get(_SYSTEM_KEY) is _SYSTEM

    def _as_system(self):
        """Return ``self`` for one call that writes guarded fields, not to hand on."""
        # defaults that a client sends reach what the system creates for him, too
        context = clean_context(self.env.context) | {_SYSTEM_KEY: _SYSTEM}
        return self.with_context(context)  # pylint: disable=context-overridden

    def _system_write(self, vals):
        self._as_system().write(vals)

    @api.model
    def _system_create(self, vals_list):
        return self._as_system().create(vals_list).with_env(self.env)

    @api.model
    def _customer_data_domain(self, dossiers):
        """Return the Domain of the records that hold data of the customers of
        ``dossiers``: what goes when these are destroyed (D31)."""
        if "dossier_id" in self._fields and self._fields["dossier_id"].store:
            return fields.Domain("dossier_id", "in", dossiers.ids)
        return fields.Domain.FALSE

    def _destroy(self):
        """Leave nothing of the customer in these records (D31), in sudo. Extension
        point for what stays on record without his data."""
        self._as_system().unlink()

    @api.model_create_multi
    def create(self, vals_list):
        if self._is_system():
            return super().create(vals_list)
        guarded = self._guarded_fields()
        for vals in vals_list:
            # a form sends the empty value of a field that it only shows
            self._refuse_guarded({name for name in guarded if vals.get(name)})
        # nor does a client choose the year that numbers carry
        context = {
            key: value
            for key, value in self.env.context.items()
            if key.removeprefix("default_") not in guarded and key != "ir_sequence_date"
        }
        # pylint: disable=context-overridden
        unforged = self.with_context(context)
        records = super(CustomerGuardedMixin, unforged).create(
            [vals | unforged._prepare_system_values(vals) for vals in vals_list]
        )
        return records.with_env(self.env)

    def write(self, vals):
        if not self._is_system():
            self._refuse_guarded(self._guarded_fields().intersection(vals))
        return super().write(vals)

    def _touch(self):
        """Write these rows before something beside them is judged: of two steps at
        once, such as closing a case and adding a task, the second fails, is repeated
        by Odoo and then sees the first."""
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET write_date = write_date WHERE id = ANY(%s)",
                SQL.identifier(self._table),
                self.ids,
            )
        )

    def _check_value(self, name, *values):
        """Refuse a step of records whose selection field ``name`` has none of these
        values."""
        for record in self:
            if record[name] not in values:
                labels = dict(self._fields[name]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(number)s is %(state)s; this step needs %(needed)s.",
                        number=record[self._rec_name],
                        state=labels[record[name]],
                        needed=[labels[value] for value in values],
                    )
                )

    def onchange(self, values, field_names, fields_spec):
        """The form of a record fills in nothing from a client's idea of what the
        system alone writes."""
        if self:
            fields_ = self._fields
            own = {name for name in self._guarded_fields() if not fields_[name].compute}
            own |= {
                name
                for name in values
                if fields_[name].type == "one2many" and fields_[name].readonly
            }
            values = {name: value for name, value in values.items() if name not in own}
            field_names = [name for name in field_names if name not in own]
            if not field_names:
                return {}
        return super().onchange(values, field_names, fields_spec)

    def _refuse_guarded(self, names):
        if names:
            labels = [self._fields[name].string for name in sorted(names)]
            raise AccessError(
                self.env._(
                    "%(fields)s of %(model)s: the system writes this itself. "
                    "Use the buttons of the form.",
                    fields=labels,
                    model=self._description,
                )
            )
