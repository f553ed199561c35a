from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CustomerApprovalRoute(models.Model):
    """Who decides on a kind of document, in which order (X1, X3)."""

    _name = "customer.approval.route"
    _description = "Approval Route"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    model_id = fields.Many2one(
        "ir.model", string="Document", required=True, ondelete="cascade"
    )
    model = fields.Char(related="model_id.model", string="Model Name")
    kind = fields.Char(
        required=True,
        default="default",
        help="Which decision on the document this route is for.",
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: the route of every company without its own."
    )
    allow_same_decider = fields.Boolean(
        string="One Person May Decide Several Steps",
        help="Off: who approved one step cannot approve another of the same request.",
    )
    step_ids = fields.One2many("customer.approval.step", "route_id", copy=True)

    @api.model
    def _get_route(self, document, kind):
        """Return the route for one decision on ``document``, the company's own
        before the shared one; empty when there is none."""
        company = document._approval_company()
        # sudo: everybody may submit, only administrators read the configuration
        routes_sudo = self.sudo().search(
            Domain("model_id.model", "=", document._name)
            & Domain("kind", "=", kind)
            & Domain("company_id", "in", [company.id, False])
        )
        return routes_sudo.sorted(lambda route: not route.company_id)[:1]

    def _get_applicable_steps(self, document, amount):
        """Return the steps that ``document`` needs for ``amount``, which is in
        the currency of the document's company."""
        return self.step_ids.filtered(
            lambda step: step._applies_to(document, amount)
        ).sorted("turn")


class CustomerApprovalStep(models.Model):
    _name = "customer.approval.step"
    _description = "Approval Step"
    _inherit = ["customer.rule.input.mixin"]
    _order = "turn, id"

    route_id = fields.Many2one(
        "customer.approval.route", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True, translate=True)
    turn = fields.Integer(
        default=1,
        required=True,
        help="Steps of the same turn are asked at once and must all approve; "
        "a later turn waits for the earlier ones.",
    )
    role_id = fields.Many2one("customer.role", required=True, ondelete="restrict")
    amount_min = fields.Float(
        string="From Amount",
        help="In the currency of the document's company. The step is needed when "
        "the amount of the request is at least this; 0: always.",
    )
    domain = fields.Char(
        default="[]",
        required=True,
        help="The step is needed for the documents that match.",
    )
    allow_requester = fields.Boolean(
        string="Own Requests",
        help="The author of a request may decide this step himself.",
    )
    model = fields.Char(related="route_id.model", string="Model Name")

    @api.constrains("domain", "route_id")
    def _check_domain(self):
        for step in self:
            try:
                domain = Domain(literal_eval(step.domain))
                domain.validate(self.env[step.route_id.model_id.model])
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The condition of step %(step)s does not fit its document: "
                        "%(error)s",
                        step=step.name,
                        error=error,
                    )
                ) from error
            step._check_rule_domain(step.route_id.model_id.model, domain)

    def _applies_to(self, document, amount):
        self.ensure_one()
        # sudo: the condition is the company's, not a question of the author's rights
        return amount >= self.amount_min and bool(
            document.sudo().filtered_domain(literal_eval(self.domain))
        )
