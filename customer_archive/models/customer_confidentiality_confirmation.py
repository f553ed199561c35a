from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerConfidentialityConfirmation(models.Model):
    """That a user has confirmed a version of the confidentiality duty, with the words
    that he was shown (D12). Written by the system alone, for good."""

    _name = "customer.confidentiality.confirmation"
    _description = "Confirmation of the Confidentiality Duty"
    _inherit = ["customer.guarded.mixin"]
    _order = "id desc"
    _rec_name = "user_id"

    duty_id = fields.Many2one(
        "customer.confidentiality.duty",
        string="Version",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    text = fields.Html(string="Text as Shown", readonly=True)
    create_date = fields.Datetime(string="Confirmed On", readonly=True)

    _user_duty_uniq = models.UniqueIndex(
        "(user_id, duty_id)", "A version is confirmed once."
    )

    def _guarded_fields(self):
        return set(self._fields) - {"id", "display_name"}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Confirmations are not deleted."))
