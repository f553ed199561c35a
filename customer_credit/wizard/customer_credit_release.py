from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerCreditRelease(models.TransientModel):
    """The rep asks for the release of quotations that do not pass (F22, F23)."""

    _name = "customer.credit.release"
    _description = "Ask for a Release"

    order_ids = fields.Many2many("sale.order", string="Quotations", required=True)
    proposal = fields.Text(
        string="Your Proposal",
        required=True,
        help="Why the order should go ahead and how it will be paid.",
    )
    kind = fields.Selection(
        [("release", "Release"), ("report", "Report to the Superior")],
        default="release",
        help="What the dialog calls itself; what is asked follows from the reasons.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_summary")
    amount = fields.Monetary(
        string="Total to Release",
        help="More than the present total if the order is to be raised.",
    )
    summary = fields.Text(string="Orders", compute="_compute_summary")

    @api.depends("order_ids")
    def _compute_summary(self):
        for wizard in self:
            wizard.currency_id = wizard.order_ids.currency_id[:1]
            wizard.summary = "\n".join(
                f"{order.name} · {order.partner_id.display_name}"
                for order in wizard.order_ids
            )

    def action_submit(self):
        """Put the quotations on hold and ask the deciders."""
        self.ensure_one()
        self.order_ids.check_access("write")
        if any(
            order.state not in ("draft", "sent", "sale") for order in self.order_ids
        ):
            raise UserError(self.env._("A cancelled order is not released."))
        # sudo: whoever may change the order asks; a hold on which nobody was asked, or
        # that waits for a higher limit, gives way to the new request
        self.order_ids.sudo().credit_hold_id.filtered(
            lambda hold: hold.state == "waiting" and hold.approval_state != "pending"
        )._lapse()
        holds = self.env["customer.credit.hold"]
        for order in self.order_ids:
            amount = self.amount if len(self.order_ids) == 1 else 0.0
            holds |= order._credit_put_on_hold(self.proposal, amount)
        # sudo: the author learns who was asked
        lines_sudo = holds.sudo().approval_id.line_ids
        asked = lines_sudo.filtered(lambda line: line.state == "pending")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Sent to %(names)s (%(office)s).",
                    names=", ".join(asked.user_ids.mapped("name")),
                    office=", ".join(dict.fromkeys(asked.mapped("name"))),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
