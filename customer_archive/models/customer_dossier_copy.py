from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerDossier(models.Model):
    """Who may copy and print a dossier (D22), and its copy on paper (A46)."""

    _inherit = "customer.dossier"

    may_copy = fields.Boolean(
        compute="_compute_may_copy", search="_search_may_copy", compute_sudo=False
    )
    paper_copy_date = fields.Datetime(
        string="Paper Copy of",
        readonly=True,
        copy=False,
        help="When the whole dossier was last printed for the paper file.",
    )
    paper_copy_user_id = fields.Many2one(
        "res.users", string="Paper Copy by", readonly=True, copy=False
    )
    is_paper_outdated = fields.Boolean(
        string="Paper Copy Out of Date",
        compute="_compute_is_paper_outdated",
        search="_search_is_paper_outdated",
        help="Something was filed or changed since the copy was printed.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"paper_copy_date", "paper_copy_user_id"}

    def _get_registered_dossiers(self):
        return self

    # ------------------------------------------------------------ right to copy

    @api.depends("may_read", "secrecy_level_id.right_ids.copy_scope")
    @api.depends_context("uid")
    def _compute_may_copy(self):
        self._compute_by_domain("may_copy", self._operation_domain("copy"))

    @api.model
    def _search_may_copy(self, operator, value):
        return self._search_by_domain(operator, self._operation_domain("copy"))

    # ------------------------------------------------------------ paper copy (A46)

    def _note_paper_copy(self):
        """The keeper has printed these dossiers for the paper file."""
        self._check_role("KEEPER")
        # sudo: nobody has rights to write this but the system
        self.sudo()._system_write(
            {
                "paper_copy_date": fields.Datetime.now(),
                "paper_copy_user_id": self.env.uid,
            }
        )

    @api.depends("paper_copy_date", "log_ids", "change_ids")
    def _compute_is_paper_outdated(self):
        outdated = self._get_outdated_papers(Domain("id", "in", self._origin.ids))
        for dossier in self:
            dossier.is_paper_outdated = dossier._origin.id in outdated

    @api.model
    def _search_is_paper_outdated(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("id", "in", self._get_outdated_papers(Domain.TRUE))

    @api.model
    def _get_outdated_papers(self, domain):
        """Return the Query of the dossiers in ``domain`` in which something was filed,
        changed or logged after the paper copy was printed."""
        # sudo: that something is newer is told, not what it is
        dossiers_sudo = self.sudo().with_context(active_test=False)
        query = dossiers_sudo._search(domain & Domain("paper_copy_date", "!=", False))
        names = self.env.registry.descendants(
            ["customer.dossier.content.mixin"], "_inherit"
        )
        newer = []
        for name in sorted({*names, "customer.change", "customer.dossier.log"}):
            model = self.env[name]
            if model._abstract:
                continue
            model.flush_model(["dossier_id", "write_date"])
            # a date of Odoo has no fractions of a second
            newer.append(
                SQL(
                    """EXISTS (SELECT FROM %(table)s filed
                        WHERE filed.dossier_id = %(dossier)s
                          AND date_trunc('second', filed.write_date) > %(printed)s)""",
                    table=SQL.identifier(model._table),
                    dossier=SQL.identifier(self._table, "id"),
                    printed=SQL.identifier(self._table, "paper_copy_date"),
                )
            )
        query.add_where(SQL("(%s)", SQL(" OR ").join(newer)))
        return query
