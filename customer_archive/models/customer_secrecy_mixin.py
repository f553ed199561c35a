from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import ormcache


class CustomerSecrecyMixin(models.AbstractModel):
    """Who may read a record, decided when it is asked (D2, D5).

    A model that inherits this gets one *global* record rule
    ``[('may_read', '=', True)]`` and gives ``_may_read_domain``. The domain is
    built for the present user at query time, so a right that lapses by the
    minute is gone by the minute, and no group rule can widen it.
    """

    _name = "customer.secrecy.mixin"
    _description = "Record under a Secrecy Rule"

    may_read = fields.Boolean(
        compute="_compute_may_read", search="_search_may_read", compute_sudo=False
    )

    @api.model
    def _may_read_domain(self):
        """Return the Domain of the records that ``self.env.uid`` may read.

        It is evaluated with superuser rights and archived rows included: state
        ``active`` and the user wherever they matter.
        """
        raise NotImplementedError

    @api.model
    def _open_domain(self):
        """Return ``_may_read_domain``, and nothing for who has left (D27)."""
        if self.env.user._get_archive_access() == "none":
            return Domain.FALSE
        return self._may_read_domain()

    @api.depends_context("uid")
    def _compute_may_read(self):
        self._compute_by_domain("may_read", self._open_domain())

    @api.model
    def _search_may_read(self, operator, value):
        return self._search_by_domain(operator, self._open_domain())

    def _compute_by_domain(self, field_name, domain):
        # sudo: the rule itself asks this field, so it cannot go through the rule
        unfiltered = self.sudo().with_context(active_test=False)
        allowed = set(unfiltered._search(Domain("id", "in", self._origin.ids) & domain))
        for record in self:
            record[field_name] = not record._origin or record._origin.id in allowed

    @api.model
    def _search_by_domain(self, operator, domain):
        return domain if operator == "in" else NotImplemented

    @api.depends_context("uid")
    def _compute_display_name(self):
        # many2one labels are fetched in sudo: a hidden record's stays empty
        readable = self.sudo(False)._filtered_access("read").with_env(self.env)
        (self - readable).display_name = False
        return super(CustomerSecrecyMixin, readable)._compute_display_name()

    def _get_named(self, name):
        """Return the record in the many2one field ``name`` that a field of this one
        is computed from in sudo. A form names whatever its client likes: there it is
        empty unless the present user may read it."""
        named = self[name]
        origin = named._origin
        if self.id or origin.sudo(False)._filtered_access("read") == origin:
            return named
        return named.browse()

    # ------------------------------------------------------------ what hangs on it (D8)

    @api.model
    @ormcache()
    def _get_secret_models(self):
        """Return the names of the models under a secrecy rule."""
        return frozenset(
            self.env.registry.descendants(["customer.secrecy.mixin"], "_inherit")
        )

    def _filter_readable(self, user):
        """Return those of these records that ``user``, an employee, may read now,
        whatever companies he has ticked."""
        as_user = self.with_user(user).with_context(
            active_test=False, allowed_company_ids=user._get_company_ids()
        )
        if user.share or not as_user.browse().has_access("read"):
            return self.browse()
        found = as_user.browse(as_user._search(Domain("id", "in", self.ids)))
        return found.with_env(self.env)

    @api.model
    def _get_hidden_ids(self, model, domain, document=("res_model", "res_id")):
        """Return which records of ``model``, such as messages or to-dos, belong to a
        document under a secrecy rule that the present user may not read now.

        It takes one query, and one search for each secret model that it meets.

        :param model: an empty recordset
        :param domain: which records are asked about
        :param document: the names of the fields that say model and id of the document
        """
        # sudo: only ids leave this method, and those are to be hidden
        model_sudo = model.sudo().with_context(active_test=False)
        secret = Domain(document[0], "in", list(self._get_secret_models()))
        ids_by_document = defaultdict(dict)
        for res_model, res_id, ids in model_sudo._read_group(
            Domain(domain) & secret, document, ["id:array_agg"]
        ):
            ids_by_document[res_model][res_id] = ids
        hidden_ids = set()
        for res_model, ids_by_res_id in ids_by_document.items():
            documents = self.env[res_model].browse(ids_by_res_id)
            for hidden in documents - documents._filter_readable(self.env.user):
                hidden_ids.update(ids_by_res_id[hidden.id])
        return hidden_ids

    @api.model
    def _forbid_hidden(self, records, result, document=("res_model", "res_id")):
        """Return ``result`` of ``records._check_access`` (see there) and what belongs
        to a document that the present user may not read now."""
        allowed = records - result[0] if result else records
        if not allowed.ids:
            return result
        domain = Domain("id", "in", allowed.ids)
        hidden_ids = self._get_hidden_ids(records.browse(), domain, document)
        return self._forbid(result, records.browse(hidden_ids))

    @api.model
    def _forbid(self, result, hidden):
        """Return ``result`` of a ``_check_access`` with ``hidden`` refused as well."""
        if not hidden:
            return result
        return result[0] + hidden if result else hidden, lambda: AccessError(
            self.env._("This belongs to a document that you may not read.")
        )
