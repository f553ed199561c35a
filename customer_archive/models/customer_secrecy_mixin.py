from odoo import api, fields, models
from odoo.fields import Domain


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
        if self.env.user.archive_access == "none":
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
