from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerCreditRule(models.Model):
    """One version of the terms of a scheme's ratings (F2): customer service drafts it,
    finance approves it (K15). What was approved stays as it is; a change is a new
    version."""

    _name = "customer.credit.rule"
    _description = "Credit Rule Version"
    _inherit = [
        "customer.cached.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "valid_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    scheme_id = fields.Many2one(
        "customer.credit.scheme",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self.env["customer.credit.scheme"]._get_leading(
            self.env.company
        ),
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: the terms of every company without its own."
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True
    )
    remark = fields.Text()
    line_ids = fields.One2many(
        "customer.credit.rule.line", "rule_id", string="Terms", copy=True
    )

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
        """Put the versions that came with this addon in force, once."""
        shipped = self.search(
            Domain("approval_state", "=", "none")
            & Domain(
                "id",
                "in",
                self.env["ir.model.data"]
                .search(
                    Domain("module", "=", "customer_credit")
                    & Domain("model", "=", self._name)
                )
                .mapped("res_id"),
            )
        )
        shipped._system_write({"approval_state": "approved"})

    @api.constrains("scheme_id")
    def _check_scheme(self):
        self.line_ids._check_scheme()

    def action_submit(self):
        """Ask for the approval of these versions."""
        self.check_access("write")
        for rule in self:
            missing = rule.scheme_id.rating_ids - rule.line_ids.rating_id
            if missing:
                raise UserError(
                    self.env._(
                        "%(rule)s cannot be submitted yet. Add the terms of: "
                        "%(ratings)s.",
                        rule=rule.name,
                        ratings=missing.mapped("name"),
                    )
                )
            rule._check_open()
            rule._request_approval()
        return True

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
