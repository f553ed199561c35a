from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .customer_dossier import ENDED

REVIEW_FIELDS = ("review_legality", "review_fairness", "review_risks")


class CustomerContract(models.Model):
    """合同登记: a contract with the customer (A29), reviewed before it is signed
    (H18) and checked for the groups of clauses that it should have (H17)."""

    _name = "customer.contract"
    _description = "Contract"
    _inherit = ["customer.approval.mixin", "customer.dossier.content.mixin"]
    _order = "date_start desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "name", "partner_id.complete_name"]
    _check_company_auto = True
    # a signed contract is read-only, what happens with it is still noted
    _mail_post_access = "read"

    number = fields.Char(required=True, copy=False, tracking=True)
    name = fields.Char(string="Contract Name", required=True, tracking=True)
    contract_type = fields.Selection(
        [("sale", "Sales Contract"), ("cooperation", "Cooperation Agreement")],
        string="Type",
        required=True,
        default="sale",
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("review", "In Review"),
            ("signed", "Signed"),
            ("ended", "Ended"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    dossier_id = fields.Many2one(check_company=True)
    company_id = fields.Many2one(
        related=None,
        compute="_compute_company_id",
        store=True,
        precompute=True,
        required=True,
        help="Who of us signs; the customer's company or, for a customer that all "
        "companies share, the one in which the contract was entered.",
    )
    date_start = fields.Date(string="Start Date", tracking=True)
    date_end = fields.Date(string="End Date", tracking=True)
    signed_on = fields.Date(copy=False, tracking=True)
    amount = fields.Monetary(tracking=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    payment_term_id = fields.Many2one(
        "account.payment.term", string="Payment Terms", check_company=True
    )
    order_ids = fields.Many2many(
        "sale.order",
        string="Orders",
        check_company=True,
        copy=False,
        groups="sales_team.group_sale_salesman",
    )
    clause_ids = fields.Many2many("customer.contract.clause", string="Clause Groups")
    missing_clause_ids = fields.Many2many(
        "customer.contract.clause",
        string="Missing Clause Groups",
        compute="_compute_missing_clause_ids",
    )
    file = fields.Binary(string="Attachment", copy=False)
    file_name = fields.Char(copy=False)
    sign_remark = fields.Text(
        string="Remark at Signing",
        prefetch="guarded",
        readonly=True,
        copy=False,
        tracking=True,
        help="Why it was signed although groups of clauses are missing.",
    )
    end_reason = fields.Text(
        string="Why It Ended", readonly=True, copy=False, tracking=True
    )

    review_legality = fields.Text(
        string="Legality", copy=False, prefetch="guarded", tracking=True
    )
    review_fairness = fields.Text(
        string="Fairness", copy=False, prefetch="guarded", tracking=True
    )
    review_risks = fields.Text(
        string="Risks", copy=False, prefetch="guarded", tracking=True
    )
    review_result = fields.Selection(
        [("approved", "Passed"), ("rejected", "Not Passed")],
        readonly=True,
        copy=False,
        tracking=True,
    )
    reviewer_id = fields.Many2one("res.users", readonly=True, copy=False)
    review_date = fields.Datetime(readonly=True, copy=False)
    may_manage = fields.Boolean(
        compute="_compute_may_manage", search="_search_may_manage"
    )

    _number_unique = models.UniqueIndex(
        "(company_id, number)",
        "This contract number is taken in this company. Look the contract up or enter "
        "another number.",
    )
    _dates = models.Constraint(
        "CHECK(date_start <= date_end)",
        "A contract cannot end before it starts. Correct the dates.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "The amount of a contract cannot be negative."
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "state",
            "sign_remark",
            "end_reason",
            "review_result",
            "reviewer_id",
            "review_date",
            *REVIEW_FIELDS,
        }

    def _approval_locked_fields(self):
        locked = {
            "number",
            "name",
            "contract_type",
            "dossier_id",
            "company_id",
            "date_start",
            "date_end",
            "amount",
            "currency_id",
            "payment_term_id",
            "clause_ids",
        }
        # between approval and signature the signed copy takes the draft's place
        if any(
            contract.approval_state == "pending" or contract.state != "review"
            for contract in self
        ):
            locked |= {"signed_on", "file", "file_name", "order_ids"}
        return locked

    @api.model
    def _may_manage_domain(self):
        """Return the Domain of the contracts whose course the present user
        manages: of the dossiers he answers for; the Marketing Director, all that have
        not ended."""
        if self.env.user.has_group("customer_archive.group_mdo"):
            return Domain("dossier_id", "any!", Domain("state", "not in", ENDED))
        return Domain(
            "dossier_id", "any!", self.env["customer.dossier"]._may_modify_domain()
        )

    @api.depends("dossier_id.may_modify")
    @api.depends_context("uid")
    def _compute_may_manage(self):
        self._compute_by_domain("may_manage", self._may_manage_domain())

    @api.model
    def _search_may_manage(self, operator, value):
        return self._search_by_domain(operator, self._may_manage_domain())

    # ------------------------------------------------------------ computed, checked

    @api.depends("dossier_id.company_id")
    def _compute_company_id(self):
        for contract in self:
            contract.company_id = (
                contract.dossier_id.company_id
                or contract.company_id
                or self.env.company
            )

    @api.depends("clause_ids")
    def _compute_missing_clause_ids(self):
        clauses = self.env["customer.contract.clause"].search(Domain.TRUE)
        for contract in self:
            contract.missing_clause_ids = clauses - contract.clause_ids._origin

    @api.constrains("order_ids", "dossier_id")
    def _check_orders(self):
        # sudo: who changes the contract may not be entitled to see orders
        for contract in self.sudo():
            strange = contract.order_ids.filtered(
                lambda order, customer=contract.partner_id: (
                    order.partner_id.commercial_partner_id != customer
                )
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(orders)s: contract %(contract)s is one with %(customer)s. "
                        "Link orders of this customer only.",
                        orders=strange.mapped("name"),
                        contract=contract.number,
                        customer=contract.partner_id.display_name,
                    )
                )

    def write(self, vals):
        review = {name: vals[name] for name in REVIEW_FIELDS if name in vals}
        if not review or self._is_system():
            return super().write(vals)
        self._check_reviewer()
        # sudo: who was asked to decide records his review, and nothing else,
        # although the contract waits unchanged
        self.sudo()._system_write(review)
        rest = {name: value for name, value in vals.items() if name not in review}
        return super().write(rest) if rest else True

    def _check_reviewer(self):
        self.check_access("read")
        self._check_dossier_open()
        for contract in self:
            if not contract.can_approve:
                raise AccessError(
                    self.env._(
                        "The review of %(contract)s is recorded by whoever is asked "
                        "to decide on it, before the decision.",
                        contract=contract.number,
                    )
                )

    # ------------------------------------------------------------ review (H18)

    def _approval_amount(self):
        company = self.company_id
        return self.currency_id._convert(
            self.amount, company.currency_id, company, fields.Date.context_today(self)
        )

    def action_submit(self):
        """Ask for the review of draft contracts."""
        for contract in self:
            contract._check_may_manage()
            contract._check_state("draft")
            contract._advance(
                {
                    "state": "review",
                    "review_result": False,
                    "reviewer_id": False,
                    "review_date": False,
                    **dict.fromkeys(REVIEW_FIELDS, False),
                }
            )
            contract._request_approval()
        return True

    def action_approve(self, comment=False):
        """EXTENDS 'customer.approval.mixin': the review record comes first."""
        self.ensure_one()
        missing = [
            self._fields[name]._description_string(self.env)
            for name in REVIEW_FIELDS
            if not (self[name] or "").strip()
        ]
        if missing and self.can_approve:
            raise UserError(
                self.env._(
                    "%(contract)s cannot be approved yet. Record your review first: "
                    "%(fields)s.",
                    contract=self.number,
                    fields=missing,
                )
            )
        return super().action_approve(comment)

    def _approval_on_approved(self, approval):
        self._record_review(approval)

    def _approval_on_rejected(self, approval):
        self._record_review(approval)
        self._system_write({"state": "draft"})

    def _approval_on_withdrawn(self, approval):
        self._system_write({"state": "draft"})

    def _record_review(self, approval):
        decision = approval.decision_ids[-1:]
        self._system_write(
            {
                "review_result": decision.decision,
                "reviewer_id": decision.user_id.id,
                "review_date": decision.date,
            }
        )

    def action_reset(self):
        """Take approved contracts back before they are signed, to be changed and
        reviewed anew."""
        for contract in self:
            contract._check_may_manage()
            contract._check_state("review")
            if contract.approval_state != "approved":
                raise UserError(
                    self.env._(
                        "%(contract)s is being reviewed. Its author can withdraw it.",
                        contract=contract.number,
                    )
                )
            contract._advance(
                {"state": "draft", "approval_id": False, "approval_state": "none"}
            )
        return True

    # ------------------------------------------------------------ signature, end

    def action_sign(self, remark=False):
        """Mark an approved contract as signed.

        :param remark: why it is signed as it is; required when groups of clauses
            are missing (H17)
        """
        self.ensure_one()
        self._check_may_manage()
        self._check_state("review")
        if self.approval_state != "approved":
            raise UserError(
                self.env._(
                    "%(contract)s cannot be signed: its review has not passed yet.",
                    contract=self.number,
                )
            )
        if not self.signed_on or self.signed_on > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(contract)s: enter the day on which it was signed; it cannot lie "
                    "in the future.",
                    contract=self.number,
                )
            )
        if not self.with_context(bin_size=True).file:
            raise UserError(
                self.env._(
                    "%(contract)s: attach the signed copy first.", contract=self.number
                )
            )
        remark = (remark or "").strip()
        if self.missing_clause_ids and not remark:
            raise UserError(
                self.env._(
                    "%(contract)s has nothing on: %(clauses)s. Say why it is signed "
                    "all the same.",
                    contract=self.number,
                    clauses=self.missing_clause_ids.mapped("name"),
                )
            )
        self._advance({"state": "signed", "sign_remark": remark or False})
        self.dossier_id._note_trading_event()
        return True

    def action_end(self, reason=False):
        """Mark a signed contract as ended; a reason is required."""
        self.ensure_one()
        self._check_may_manage()
        self._check_state("signed")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(
                self.env._("Say why contract %(contract)s ends.", contract=self.number)
            )
        self._advance({"state": "ended", "end_reason": reason})
        return True

    def _check_may_manage(self):
        self.check_access("read")
        self._check_dossier_open()
        if not self.may_manage:
            raise AccessError(
                self.env._(
                    "Only who answers for the dossier of %(customer)s and the "
                    "Marketing Director can do this with contract %(contract)s.",
                    customer=self.partner_id.display_name,
                    contract=self.number,
                )
            )

    def _check_state(self, state):
        if self.state != state:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Contract %(contract)s is %(state)s; this step needs %(needed)s.",
                    contract=self.number,
                    state=labels[self.state],
                    needed=labels[state],
                )
            )

    def _advance(self, vals):
        # sudo: who acts and from which state was checked; the fields are guarded
        self.sudo()._system_write(vals)
