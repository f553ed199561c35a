from odoo import api, models


class SaleOrderLine(models.Model):
    """What the exposure is counted from is written by core's own code alone."""

    _name = "sale.order.line"
    _inherit = ["customer.guarded.mixin", "sale.order.line"]

    def _guarded_fields(self):
        # not what else core computes: it lets some of that be written
        if self.env.su:
            return set()
        return {
            "invoice_lines",
            "invoice_status",
            "qty_invoiced",
            "qty_to_invoice",
            "untaxed_amount_to_invoice",
        }

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._credit_check_downpayment()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if not {"is_downpayment", "product_uom_qty"}.isdisjoint(vals):
            self._credit_check_downpayment()
        return result

    def _credit_check_downpayment(self):
        """What is ordered would count as invoiced once it was called a down payment."""
        if not self.env.su and any(
            line.is_downpayment and line.product_uom_qty for line in self
        ):
            self._refuse_guarded({"is_downpayment"})
