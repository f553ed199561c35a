from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """The way from an order to its delivery follow-up (B31). Planning is left to a
    scheduled job: nothing here takes part in a confirmation."""

    _inherit = "sale.order"

    def action_open_delivery_followup(self):
        """Open the delivery follow-up, planned at once where the job has not yet.

        :raise UserError: the order is not confirmed or delivers nothing
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: follow-ups are created by the system alone
        followups_sudo = self.env["customer.delivery.followup"].sudo()
        followup_sudo = followups_sudo.search([("order_id", "=", self.id)])
        if not followup_sudo:
            goods = self.order_line.filtered(
                lambda line: line.product_id.type == "consu"
            )
            if self.state != "sale" or not goods:
                raise UserError(
                    self.env._(
                        "%(order)s has no delivery to follow up: only confirmed orders "
                        "of goods have.",
                        order=self.name,
                    )
                )
            followup_sudo = followups_sudo._plan(self.sudo())
        followup = followup_sudo.sudo(self.env.su)
        followup.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": followup._name,
            "res_id": followup.id,
            "views": [(False, "form")],
        }
