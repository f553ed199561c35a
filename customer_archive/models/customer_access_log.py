from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerAccessLog(models.Model):
    """Who consulted which dossier, from where and when (A47).

    Rows are written by the system alone and stay: not even a superuser changes or
    deletes one through the ORM.
    """

    _name = "customer.access.log"
    _description = "Access Register"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "id desc"
    _rec_name = "dossier_id"

    dossier_id = fields.Many2one(
        "customer.dossier", required=True, readonly=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict", index=True
    )
    create_date = fields.Datetime(string="Time", readonly=True)
    operation = fields.Selection(
        [
            ("read", "Read"),
            ("disclose", "Disclose to Outsiders"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(string="Opened From (Model)", readonly=True)
    res_id = fields.Many2oneReference(
        string="Opened From", model_field="res_model", readonly=True
    )
    purpose = fields.Char(readonly=True)

    _dossier_user_idx = models.Index("(dossier_id, user_id, create_date)")

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "dossier_id",
            "user_id",
            "operation",
            "res_model",
            "res_id",
            "purpose",
        }

    @api.model
    def _may_read_domain(self):
        return self.env["customer.dossier"]._filed_may_read_domain()

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

    @api.model
    def _log_access(self, dossiers, operation, origin=None, purpose=False):
        """Note that the present user accessed ``dossiers``; one insert.

        :param operation: a value of the field
        :param origin: the record that he came from
        """
        # sudo: nobody writes the register but the system
        self.sudo()._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "user_id": self.env.uid,
                    "operation": operation,
                    "res_model": origin._name if origin else False,
                    "res_id": origin.id if origin else False,
                    "purpose": purpose,
                }
                for dossier in dossiers
            ]
        )

    # ------------------------------------------------------------ extract (D26)

    @api.model
    def _get_extract(self, dossiers, date_from, date_until):
        """Return the rows on ``dossiers`` that the present user may read, oldest
        first.

        :param date_from, date_until: datetimes, both included; False: no limit
        """
        domain = Domain("dossier_id", "in", dossiers.ids)
        if date_from:
            domain &= Domain("create_date", ">=", date_from)
        if date_until:
            domain &= Domain("create_date", "<=", date_until)
        return self.search(domain, order="id")
