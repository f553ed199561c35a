"""Stand-ins of what the slices ``rating`` and ``papers`` build; dropped at the merge."""

from collections import namedtuple

from odoo import api, fields, models

Proposal = namedtuple("Proposal", "rating score lines reasons")
PaymentRecord = namedtuple(
    "PaymentRecord",
    "delay on_time paid mix recovered recovered_total margin margin_covered turnover "
    "first_invoice_date",
)
LimitSuggestion = namedtuple(
    "LimitSuggestion", "amount cap maximum monthly_sales term_days coefficient terms"
)


class CustomerCreditScheme(models.Model):
    _name = "customer.credit.scheme"
    _description = "Credit Rating Scheme"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    rating_ids = fields.One2many("customer.credit.rating", "scheme_id")

    @api.model
    def _get_leading(self, company):
        return self.search([], limit=1)

    def _propose(self, accounts, entered=None):
        rating = self.env["customer.credit.rating"]
        return {account: Proposal(rating, None, [], []) for account in accounts}


class CustomerCreditRating(models.Model):
    _name = "customer.credit.rating"
    _description = "Credit Rating"
    _order = "scheme_id, sequence, id"

    name = fields.Char(required=True)
    code = fields.Char()
    sequence = fields.Integer(default=10)
    scheme_id = fields.Many2one("customer.credit.scheme", required=True)

    def _get_terms(self, company, date=None):
        return self.env["customer.credit.rule.line"]


class CustomerCreditRuleLine(models.Model):
    _name = "customer.credit.rule.line"
    _description = "Terms of a Credit Rating"

    rating_id = fields.Many2one("customer.credit.rating")
    currency_id = fields.Many2one("res.currency")
    max_amount = fields.Monetary()
    coefficient = fields.Float()
    term_days = fields.Integer()
    warning_percent = fields.Float()
    review_months = fields.Integer()
    counts_guarantees = fields.Boolean()
    needs_approval_always = fields.Boolean()
    measures = fields.Text()
    conditions = fields.Text()

    def _get_max_amount(self, company, date=None):
        currency = self.currency_id or company.currency_id
        return currency._convert(
            self.max_amount,
            company.currency_id,
            company,
            date or fields.Date.context_today(self),
        )


class CustomerCreditFactor(models.Model):
    _name = "customer.credit.factor"
    _description = "Credit Rating Factor"

    name = fields.Char(required=True)
    scheme_id = fields.Many2one("customer.credit.scheme", required=True)
    source = fields.Selection(
        [("entered", "Judged by a Person"), ("turnover", "Sales of 12 Months")],
        default="entered",
    )
    is_entered = fields.Boolean(compute="_compute_is_entered")
    is_yes_no = fields.Boolean(compute="_compute_is_entered")

    @api.depends("source")
    def _compute_is_entered(self):
        for factor in self:
            factor.is_entered = factor.source == "entered"
            factor.is_yes_no = False


class CustomerCreditEvent(models.Model):
    _name = "customer.credit.event"
    _description = "Credit Event"
    _inherit = ["customer.credit.content.mixin"]

    date = fields.Date(default=fields.Date.context_today)
    kind = fields.Selection([("other", "Other")], default="other")
    name = fields.Char(required=True)
    is_bad_faith = fields.Boolean()


class CustomerCreditAccount(models.Model):
    _inherit = "customer.credit.account"

    def _get_payment_records(self, months=12, years=3):
        record = PaymentRecord(None, None, 0.0, {}, {}, 0.0, None, None, 0.0, None)
        return dict.fromkeys(self, record)

    def _get_limit_suggestions(self, ratings):
        return {
            account: account._suggest_limit(
                ratings[account]._get_terms(account.company_id)
            )
            for account in self
        }

    def _suggest_limit(self, terms):
        cap = self.company_id._get_credit_cap()
        if not terms:
            return LimitSuggestion(0.0, cap, None, 0.0, 0, 0.0, terms)
        maximum = terms._get_max_amount(self.company_id)
        return LimitSuggestion(
            min(value for value in (maximum, cap) if value is not None),
            cap,
            maximum,
            0.0,
            terms.term_days,
            terms.coefficient,
            terms,
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_credit_cap(self):
        if not self.credit_has_cap:
            return None
        currency = self.credit_cap_currency_id or self.currency_id
        return currency._convert(
            self.credit_cap_amount,
            self.currency_id,
            self,
            fields.Date.context_today(self),
        )
