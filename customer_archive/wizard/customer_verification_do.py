from odoo import fields, models


class CustomerVerificationDo(models.TransientModel):
    """The dialog «Verify Data»: the base data and what the customer said (A54)."""

    _name = "customer.verification.do"
    _description = "Verify Data"

    dossier_id = fields.Many2one("customer.dossier", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="dossier_id.partner_id", related_sudo=False)
    address = fields.Char(
        related="partner_id.contact_address_inline", related_sudo=False
    )
    phone = fields.Char(related="partner_id.phone", related_sudo=False)
    email = fields.Char(related="partner_id.email", related_sudo=False)
    contact_ids = fields.One2many(related="partner_id.child_ids", related_sudo=False)
    result = fields.Selection(
        selection=lambda self: (
            self.env["customer.verification"]
            ._fields["result"]
            ._description_selection(self.env)
        ),
        required=True,
    )
    method = fields.Selection(
        selection=lambda self: (
            self.env["customer.verification"]
            ._fields["method"]
            ._description_selection(self.env)
        ),
        required=True,
    )
    confirmed_by = fields.Char()
    note = fields.Text()

    def action_verify(self):
        self.ensure_one()
        self.dossier_id._verify(
            {
                "result": self.result,
                "method": self.method,
                "confirmed_by": self.confirmed_by,
                "note": self.note,
            }
        )
        return {"type": "ir.actions.act_window_close"}
