from odoo import fields, models

SCOPES = [("none", "No"), ("related", "Own Customers"), ("all", "All Customers")]
OPERATIONS = ("read", "modify", "copy", "export")


class CustomerSecrecyRight(models.Model):
    """What one role may do with the dossiers of one secrecy level (D2, D3).

    Who is related to a dossier by his work reads it whatever its level (D5); the
    other operations are rights of their own.
    """

    _name = "customer.secrecy.right"
    _description = "Right by Secrecy Level and Role"
    _inherit = ["customer.cached.mixin"]
    _order = "level_id, role_sequence, id"

    level_id = fields.Many2one(
        "customer.secrecy.level", required=True, ondelete="cascade", index=True
    )
    role_id = fields.Many2one("customer.role", required=True, ondelete="cascade")
    role_sequence = fields.Integer(related="role_id.sequence", store=True)
    read_scope = fields.Selection(
        SCOPES[1:], string="Read", required=True, default="related"
    )
    modify_scope = fields.Selection(
        SCOPES, string="Modify", required=True, default="related"
    )
    copy_scope = fields.Selection(
        SCOPES, string="Copy and Print", required=True, default="related"
    )
    export_scope = fields.Selection(
        SCOPES, string="Export", required=True, default="none"
    )

    _level_role_uniq = models.UniqueIndex(
        "(level_id, role_id)", "A role has one line for each level."
    )
