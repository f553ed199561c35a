from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerRuleVersionMixin(models.AbstractModel):
    """One version of a rule, valid from a day on (E6, F2). What was approved stays as
    it is; a change is a new version.

    A model that inherits this has a ``scheme_id`` and the ``line_ids`` of the version.
    """

    _name = "customer.rule.version.mixin"
    _description = "Version of a Rule"
    _inherit = [
        "customer.cached.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "valid_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: the version of every company without its own."
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True
    )
    remark = fields.Text()

    def _approval_locked_fields(self):
        return {"name", "scheme_id", "company_id", "valid_from", "remark", "line_ids"}

    def _update_field_translations(self, field_name, *args, **kwargs):
        """EXTENDS 'base': it writes past ``write``."""
        if field_name in self._approval_locked_fields():
            self._check_open()
        return super()._update_field_translations(field_name, *args, **kwargs)

    def _approval_dossier(self):
        return self.env["customer.dossier"]

    @api.model
    def _approve_shipped(self):
        """Put the versions that came with the addon of this model in force, once."""
        shipped = self.search(
            Domain("approval_state", "=", "none")
            & Domain(
                "id",
                "in",
                self.env["ir.model.data"]
                .search(
                    Domain("module", "=", self._original_module)
                    & Domain("model", "=", self._name)
                )
                .mapped("res_id"),
            )
        )
        shipped._system_write({"approval_state": "approved"})

    @api.model
    def _find_version(self, company, date, domain):
        """Return the approved version in force on ``date`` among those of ``domain``:
        the one that became valid last, the company's own before the shared ones."""
        versions = self.search(
            domain
            & Domain("approval_state", "=", "approved")
            & Domain("company_id", "in", [company.id, False])
            & Domain("valid_from", "<=", date)
        )
        return versions.sorted(lambda version: not version.company_id)[:1]

    @api.constrains("scheme_id")
    def _check_scheme(self):
        self.line_ids._check_scheme()

    def _get_missing_names(self):
        """Return the names of what a complete version of this rule still lacks."""
        raise NotImplementedError

    def action_submit(self):
        """Ask for the approval of these versions."""
        self.check_access("write")
        for rule in self:
            rule._check_complete()
            rule._check_open()
            rule._request_approval()
        return True

    def _check_complete(self):
        """Refuse a version that cannot be put in force as it is."""
        missing = self._get_missing_names()
        if missing:
            raise UserError(
                self.env._(
                    "%(rule)s cannot be submitted yet. Add the terms of: %(names)s.",
                    rule=self.name,
                    names=missing,
                )
            )

    def action_new_version(self):
        """Open a draft with the terms of this version."""
        self.ensure_one()
        version = self.copy()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": version.id,
            "views": [(False, "form")],
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self._check_open()

    def _check_open(self):
        """Refuse what would change a version that waits or was decided."""
        for rule in self:
            if rule.approval_state in ("pending", "approved"):
                raise UserError(
                    self.env._(
                        "%(rule)s was submitted, its terms stay as they are. Make a "
                        "new version.",
                        rule=rule.name,
                    )
                )
