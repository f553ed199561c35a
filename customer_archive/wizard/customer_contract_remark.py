from odoo import fields, models


class CustomerContractRemark(models.TransientModel):
    """What is said when a contract is signed without some clauses (H17) or ends;
    the contract decides who may."""

    _name = "customer.contract.remark"
    _description = "Remark on a Contract"

    contract_id = fields.Many2one(
        "customer.contract", required=True, ondelete="cascade"
    )
    step = fields.Selection(
        [("sign", "Sign"), ("end", "End Contract")], required=True, default="sign"
    )
    missing_clause_ids = fields.Many2many(
        related="contract_id.missing_clause_ids", related_sudo=False
    )
    remark = fields.Text(required=True)

    def action_confirm(self):
        if self.step == "sign":
            return self.contract_id.action_sign(self.remark)
        return self.contract_id.action_end(self.remark)
