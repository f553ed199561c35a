from odoo import api, fields, models, tools


class CustomerCreditReason(models.Model):
    """Why an order does not pass the credit check (F20 to F25).

    Reasons are data: an addon that knows another one ships a record and returns its
    code from ``customer.credit.account._get_hold_reasons`` (it lies with the customer)
    or ``sale.order._credit_get_order_reasons`` (it lies with the order).
    """

    _name = "customer.credit.reason"
    _description = "Reason of a Credit Hold"
    _inherit = ["customer.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10)
    holds_prepaid = fields.Boolean(
        string="Holds Prepaid Orders, Too",
        help="Without it, an order that is paid in full passes.",
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "A reason's code is used once.")

    @api.model
    @tools.ormcache("code")
    def _get_id(self, code):
        return self.search([("code", "=", code)], limit=1).id

    @api.model
    def _get(self, codes):
        """Return the reasons of ``codes``, the gravest first."""
        return self.browse(self._get_id(code) for code in codes).sorted()

    @api.model
    @tools.ormcache()
    def _get_codes_of_prepaid(self):
        return frozenset(self.search([("holds_prepaid", "=", True)]).mapped("code"))
