from base64 import b64encode

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

# key of the cursor's cache, see ``_get_registered_in_transaction``
_REGISTERED = "customer_register_registered"
# operations that give a numbered copy (D22)
NUMBERED = ("print", "copy")

# one tile of the watermark, repeated behind the whole form
WATERMARK = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" width="380" height="260">'
    '<g transform="rotate(-28 190 130)" fill="#bbbbbb" font-size="15" '
    'font-family="Noto Sans CJK SC, sans-serif" text-anchor="middle">'
    '<text x="190" y="120">%s</text><text x="190" y="144">%s</text></g></svg>'
)


class CustomerAccessLog(models.Model):
    """调取登记簿: who did what with which dossiers, when and what for (A47, D14).

    One row an act, however many records it was about, written by one INSERT. A row
    holds ids and names of fields, never a value. Rows are written by the system alone
    and stay: not even a superuser changes or deletes one through the ORM. They go with
    the addon's tables when it is uninstalled.
    """

    _name = "customer.access.log"
    _description = "Access Register"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "id desc"
    _rec_name = "operation"

    dossier_id = fields.Many2one(
        "customer.dossier",
        readonly=True,
        ondelete="restrict",
        help="Empty for an act that was about several dossiers.",
    )
    dossier_list = fields.Json(readonly=True)
    dossier_ids = fields.Many2many(
        "customer.dossier",
        string="Dossiers",
        compute="_compute_dossier_ids",
        search="_search_dossier_ids",
    )
    dossier_count = fields.Integer(
        string="Number of Dossiers", readonly=True, default=1
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
        help="In which the user worked.",
    )
    secrecy_level_id = fields.Many2one(
        "customer.secrecy.level",
        readonly=True,
        ondelete="restrict",
        help="The highest level among the dossiers.",
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict", index=True
    )
    create_date = fields.Datetime(string="Time", readonly=True)
    operation = fields.Selection(
        [
            ("read", "Read"),
            ("print", "Print"),
            ("copy", "Copy"),
            ("export", "Export"),
            ("download", "Download"),
            ("borrow", "Borrow"),
            ("disclose", "Disclose to Outsiders"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(string="Opened From (Model)", readonly=True)
    res_id = fields.Many2oneReference(
        string="Opened From", model_field="res_model", readonly=True
    )
    res_list = fields.Json(readonly=True)
    record_count = fields.Integer(string="Number of Records", readonly=True)
    field_names = fields.Char(string="Fields", readonly=True)
    copy_number = fields.Char(readonly=True)
    purpose = fields.Char(readonly=True)

    _dossier_user_idx = models.Index("(dossier_id, user_id, create_date)")
    _dossier_list_idx = models.Index("USING gin (dossier_list jsonb_path_ops)")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return set(self._fields) - {"id", "display_name"}

    @api.model
    def _may_read_domain(self):
        """One dossier: whoever may read it. Several: whoever is cleared for all
        dossiers of the highest level among them."""
        readable = self.env["customer.dossier"]._may_read_domain()
        if readable.is_true() or readable.is_false():
            return readable
        cleared = self.env["customer.secrecy.level"]._get_scope("read")[0]
        several = Domain("dossier_id", "=", False)
        return Domain("dossier_id", "any!", readable) | (
            several & Domain("secrecy_level_id", "in", cleared)
        )

    @api.depends("dossier_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    def _destroy(self):
        # who opened which number stays
        self._system_write({"purpose": False})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The access register is not deleted."))

    @api.depends("dossier_id", "dossier_list")
    @api.depends_context("uid")
    def _compute_dossier_ids(self):
        for row in self:
            dossiers = row.dossier_id.browse(row.dossier_list) | row.dossier_id
            row.dossier_ids = dossiers.exists()._filtered_access("read")

    @api.model
    def _search_dossier_ids(self, operator, value):
        """Find the acts about a dossier, alone or among others."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        dossiers = self.env["customer.dossier"]
        if operator == "in":
            ids = [id_ for id_ in value if id_]
        elif isinstance(value, str):
            ids = dossiers.search(Domain("display_name", operator, value)).ids
        else:
            ids = dossiers.search(value).ids if operator == "any" else []

        def among(model, alias, query):
            column = SQL.identifier(alias, "dossier_list")
            terms = [SQL("%s @> %s::jsonb", column, str(id_)) for id_ in ids]
            return SQL("(%s)", SQL(" OR ").join(terms)) if terms else SQL("FALSE")

        return Domain("dossier_id", "in", ids) | Domain.custom(to_sql=among)

    # ------------------------------------------------------------ entering

    @api.model
    def _get_permit(self, dossiers):
        """Return the numbers of the permits that open ``dossiers`` to the present user
        at this minute, False if he needs none or has none."""
        # env.user is in sudo: only ids are taken
        user = self.env.user
        permitted = dossiers & (
            user.permitted_dossier_ids | user.permitted_document_ids.dossier_id
        )
        if not permitted:
            return False
        # sudo: the number of his own permit
        items_sudo = self.env["customer.access.permit.item"].sudo()
        items_sudo = items_sudo.search(
            items_sudo._in_force_domain(user, "read")
            & Domain("dossier_id", "in", permitted.ids)
        )
        return ", ".join(items_sudo.permit_id.sorted("id").mapped("number"))

    @api.model
    def _get_registered_in_transaction(self):
        """Return the set of (user id, dossier id) that this transaction, usually one
        request, has a row of; it is forgotten with what was read."""
        return self.env.cr.cache.setdefault(_REGISTERED, set())

    @api.model
    def _log_access(
        self, dossiers, operation, origin=None, purpose=False, field_names=()
    ):
        """Note in one row that the present user accessed ``dossiers``; one insert.

        :param operation: a value of the field; prints and copies get a number
        :param origin: the records that he accessed or came from
        :param field_names: what of them; no values
        :return: the row, empty if there is no dossier
        :raise RedirectWarning: he has not confirmed the confidentiality duty (D12)
        """
        # sudo: nobody writes the register but the system
        rows_sudo = self.sudo()
        if not dossiers:
            return rows_sudo
        if not self.env.su:
            self.env.user._check_confidentiality()
        self._get_registered_in_transaction().update(
            (self.env.uid, id_) for id_ in dossiers.ids
        )
        dossiers_sudo = dossiers.sudo()
        levels_sudo = dossiers_sudo.secrecy_level_id
        if origin and "secrecy_level_id" in origin:
            # a paper may have a level of its own
            levels_sudo |= origin.sudo().secrecy_level_id
        ranks = self.env["customer.secrecy.level"]._get_ranks()
        is_one = len(dossiers) == 1
        number = operation in NUMBERED and rows_sudo.env["ir.sequence"].next_by_code(
            "customer.access.log", sequence_date=fields.Date.context_today(self)
        )
        return rows_sudo._system_create(
            [
                {
                    "dossier_id": dossiers.id if is_one else False,
                    "dossier_list": False if is_one else dossiers.ids,
                    "dossier_count": len(dossiers),
                    "secrecy_level_id": max(levels_sudo.ids, key=ranks.get),
                    "user_id": self.env.uid,
                    "operation": operation,
                    "res_model": origin._name if origin else False,
                    "res_id": origin.id if origin and len(origin) == 1 else False,
                    "res_list": origin.ids if origin and len(origin) > 1 else False,
                    "record_count": len(origin or ()),
                    "field_names": ", ".join(sorted(field_names)),
                    "copy_number": number,
                    "purpose": purpose or self._get_permit(dossiers),
                }
            ]
        )

    @api.model
    def _repoint_lists(self, dossier, others):
        """Let the acts that were about several dossiers name ``dossier`` in the place
        of ``others``, which were folded into it (A58)."""
        for other in others:
            self.env.cr.execute(
                SQL(
                    """UPDATE customer_access_log SET dossier_list = (
                         SELECT jsonb_agg(DISTINCT CASE listed WHEN %(other)s::jsonb
                                          THEN %(dossier)s::jsonb ELSE listed END)
                           FROM jsonb_array_elements(dossier_list) AS listed)
                        WHERE dossier_list @> %(other)s::jsonb""",
                    dossier=str(dossier.id),
                    other=str(other.id),
                )
            )

    @api.model
    def _register_print(self, documents, purpose):
        """Register that the present user prints ``documents``: a copy of what is filed
        in their dossiers, which takes the right to copy (D22); return what marks it."""
        documents.check_access("read")
        documents.dossier_id._check_operation("copy")
        row_sudo = self._log_access(
            documents.dossier_id, "print", origin=documents, purpose=purpose
        )
        if not row_sudo:
            # a customer without dossier has no register
            return {}
        return {"copy_mark": row_sudo.with_env(self.env)._get_copy_mark()}

    # ------------------------------------------------------------ the copy's mark

    def _get_copy_mark(self):
        """Return what a printed form shows of the copy that this row registers:
        ``text`` and ``watermark`` (the address of an image)."""
        # sudo: the name of the level stands on the copy
        level = self.sudo().secrecy_level_id.name
        now = format_datetime(self.env, fields.Datetime.now(), dt_format="medium")
        who = f"{self.env.user.name} · {now}"
        tile = WATERMARK % (who, f"{level} · {self.copy_number}")
        address = b64encode(tile.encode()).decode()
        return {
            "text": f"{self.copy_number} · {who}",
            "watermark": f"data:image/svg+xml;base64,{address}",
        }

    # ------------------------------------------------------------ extract (D26)

    @api.model
    def _get_extract(self, dossiers, date_from, date_until):
        """Return the rows on ``dossiers`` that the present user may read, oldest
        first.

        :param date_from, date_until: datetimes, both included; False: no limit
        """
        domain = Domain("dossier_ids", "in", dossiers.ids)
        if date_from:
            domain &= Domain("create_date", ">=", date_from)
        if date_until:
            domain &= Domain("create_date", "<=", date_until)
        return self.search(domain, order="id")
