from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_credit_tell_customer(self):
        """Open a mail to the customer that his order is being checked. It says neither
        why nor how much, and is sent only by who presses Send.

        :raise UserError: the order is not on hold
        """
        self.ensure_one()
        self.check_access("read")
        if self.credit_state != "held":
            raise UserError(self.env._("%(order)s is not on hold.", order=self.name))
        template = self.env.ref(
            "customer_credit.mail_template_order_checked", raise_if_not_found=False
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tell the Customer"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_template_id": template and template.id,
                "default_email_layout_xmlid": (
                    "mail.mail_notification_layout_with_responsible_signature"
                ),
                "force_email": True,
                "hide_mail_template_management_options": True,
            },
        }
