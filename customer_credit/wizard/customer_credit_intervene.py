from odoo import api, fields, models


class CustomerCreditIntervene(models.TransientModel):
    """The dialog of what is done to a credit account with a reason; the account and the
    exception decide who may (F20, F21)."""

    _name = "customer.credit.intervene"
    _description = "Reason of a Credit Decision"

    operation = fields.Selection(
        [
            ("grant", "Grant Exception"),
            ("freeze", "Freeze"),
            ("block", "Block"),
            ("unblock", "Unblock"),
            ("join", "Join a Shared Limit"),
            ("revoke", "Revoke"),
            ("lift", "Lift the Freeze"),
        ],
        required=True,
    )
    account_id = fields.Many2one("customer.credit.account")
    exception_id = fields.Many2one("customer.credit.exception")
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount = fields.Monetary(
        string="Usable Limit",
        help="The whole limit that holds meanwhile, not what is added to it.",
    )
    valid_until = fields.Date()
    group_id = fields.Many2one(
        "customer.credit.group",
        string="Shared Limit",
        domain="[('company_id', '=', company_id)]",
    )
    reason = fields.Text()

    @api.depends("account_id")
    def _compute_currency_id(self):
        for wizard in self:
            account = wizard.account_id
            wizard.currency_id = account.limit_currency_id or account.currency_id

    def action_apply(self):
        self.ensure_one()
        account, exception = self.account_id, self.exception_id
        result = {
            "grant": lambda: account.action_grant_exception(
                self.amount, self.valid_until, self.reason
            ),
            "freeze": lambda: account.action_freeze(self.reason, self.amount),
            "block": lambda: account.action_block(self.reason),
            "unblock": lambda: account.action_unblock(self.reason),
            "join": lambda: account.action_join_group(self.group_id.id),
            "revoke": lambda: exception.action_revoke(self.reason),
            "lift": lambda: exception.action_lift(self.reason),
        }[self.operation]()
        if self.operation == "grant":
            return result
        return {"type": "ir.actions.act_window_close"}
