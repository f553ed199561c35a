from collections import namedtuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_round, format_amount, formatLang

# What a scheme proposes for one account: a rating (may be empty), its score from 0 to
# 100 (None: nothing to count), what it was counted from, and why, in sentences.
Proposal = namedtuple("Proposal", "rating score lines reasons")

# What the rules of the classes ask beside what people judged; in company currency
Situation = namedtuple("Situation", "balance turnover is_distrusted")

# A customer's staff band and how many people he has fewer than
STAFF_BELOW = {"1": 50, "50": 100, "100": 500}


class CustomerCreditScheme(models.Model):
    """A way to rate customers: by weighted factors (F4) or by the rules of the classes
    甲, 乙 and 丙 (F5 to F7). Both stand side by side (K2); what they propose is
    confirmed by a ``customer.credit.assessment``."""

    _name = "customer.credit.scheme"
    _description = "Credit Rating Scheme"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Empty: the scheme of every company without its own."
    )
    method = fields.Selection(
        [("score", "Weighted Factors"), ("class", "Rules of the Classes")],
        required=True,
        default="score",
    )
    is_leading = fields.Boolean(
        string="Leading",
        copy=False,
        help="The scheme whose ratings new assessments propose.",
    )
    rating_ids = fields.One2many(
        "customer.credit.rating", "scheme_id", string="Ratings", copy=True
    )
    factor_ids = fields.One2many(
        "customer.credit.factor",
        "scheme_id",
        string="Factors",
        copy=True,
        groups="customer_archive.group_user",
    )

    _leading_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0)) WHERE is_leading AND active",
        "One scheme leads. Take the mark from the other one first.",
    )

    @api.model
    def _get_leading(self, company):
        """Return the leading scheme of ``company``: its own, else the shared one."""
        schemes = self.search(
            Domain("is_leading", "=", True)
            & Domain("company_id", "in", [company.id, False])
        )
        return schemes.sorted(lambda scheme: not scheme.company_id)[:1]

    @api.constrains("method")
    def _check_method(self):
        self.factor_ids._check_source()

    # ------------------------------------------------------------ proposal

    def _propose(self, accounts, entered=None, records=None):
        """Return what this scheme proposes, the same for any number of accounts in a
        constant number of queries (F4 to F7).

        A figure that is missing is left out and counts neither as good nor as bad.

        :param entered: {account: {factor: number}}, what people judged; yes is 1 and
            no 0, a factor that is not among them was not judged
        :param records: what ``_get_payment_records`` returned, if it was asked before
        :return: {account: Proposal}; its lines are dicts of ``factor_id``, ``value``
            (None if missing), ``source``, ``score`` (None if it counts nothing) and
            ``weight``
        """
        self.ensure_one()
        # sudo: how customers are rated is configuration; the figures become part of
        # the assessment, which has rules of its own
        scheme_sudo = self.sudo()
        accounts_sudo = accounts.sudo()
        records = records or accounts_sudo._get_payment_records()
        situations = self._get_situations(accounts_sudo, records)
        figures = scheme_sudo.factor_ids._get_figures(accounts_sudo, records)
        propose = getattr(scheme_sudo, f"_propose_by_{self.method}")
        proposals = {}
        for account_sudo in accounts_sudo:
            judged = (entered or {}).get(account_sudo, {})
            lines = [
                factor._get_line(
                    judged.get(factor)
                    if factor.is_entered
                    else figures[factor].get(account_sudo.id)
                )
                for factor in scheme_sudo.factor_ids
            ]
            rating, score, reasons = propose(
                account_sudo, lines, situations.get(account_sudo)
            )
            proposals[account_sudo.sudo(self.env.su)] = Proposal(
                rating.with_env(self.env), score, lines, reasons
            )
        return proposals

    def _get_situations(self, accounts, records):
        if self.method != "class":
            return {}
        balances = accounts._get_balances()
        distrusted = accounts._has_bad_faith()
        return {
            account: Situation(
                balances[account], records[account].turnover, account in distrusted
            )
            for account in accounts
        }

    # ------------------------------------------------------------ score (F4)

    def _propose_by_score(self, account, lines, situation):
        """Score = Σ weight × score / Σ weight over the factors with a figure."""
        counted = [line for line in lines if line["score"] is not None]
        weight = sum(line["weight"] for line in counted)
        reasons = []
        score = None
        rating = self.env["customer.credit.rating"]
        if weight:
            score = float_round(
                sum(line["weight"] * line["score"] for line in counted) / weight,
                precision_digits=2,
            )
            rating = self._get_rating_of_score(score)
            reasons.append(
                self.env._(
                    "Score %(score)s of 100 from %(count)s factors.",
                    score=formatLang(self.env, score, digits=1),
                    count=len(counted),
                )
            )
        return rating, score, reasons + self._get_missing_reasons(lines, "score")

    def _get_missing_reasons(self, lines, name):
        missing = [line["factor_id"] for line in lines if line[name] is None]
        if not missing:
            return []
        factors = self.env["customer.credit.factor"].browse(missing)
        return [
            self.env._(
                "Left out, without a figure: %(factors)s.",
                factors=factors.mapped("name"),
            )
        ]

    def _get_rating_of_score(self, score):
        """Return the rating with the highest threshold that ``score`` reaches, the
        lowest rating below all thresholds."""
        ratings = self.rating_ids.sorted("min_score", reverse=True)
        return (
            ratings.filtered(lambda rating: score >= rating.min_score)[:1]
            or ratings[-1:]
        )

    # ------------------------------------------------------------ classes (F5 to F7)

    def _propose_by_class(self, account, lines, situation):
        """丙 if any of its rules applies, else 甲 if people judged all three of its
        questions with yes, whatever the trade volume, else 乙."""
        factors = self.env["customer.credit.factor"]
        values = {
            factors.browse(line["factor_id"]).source: line["value"] for line in lines
        }
        is_first = all(values.get(name) for name in ("large", "reputable", "stable"))
        reasons = self._get_low_class_reasons(
            account, situation, values.get("employees"), is_first
        )
        if reasons:
            band = "high"
        elif is_first:
            band = "low"
            reasons = [
                self.env._(
                    "The enterprise was judged to be large, of good reputation and "
                    "stable."
                )
            ]
        else:
            band = "medium"
            reasons = [self.env._("None of the rules of the other classes applies.")]
            reasons += self._get_missing_reasons(lines, "value")
        rating = self.rating_ids.filtered(lambda rating: rating.risk_band == band)[:1]
        return rating, None, reasons

    def _get_low_class_reasons(self, account, situation, employees, is_first):
        """Return why ``account`` falls into class 丙, in sentences (F7)."""
        company = account.company_id
        customer = account.partner_id
        today = fields.Date.context_today(self)
        reasons = []
        if customer.business_category_id & company.credit_class_category_ids:
            reasons.append(
                self.env._(
                    "The customer is a middleman: %(category)s.",
                    category=customer.business_category_id.name,
                )
            )
        reasons += self._get_balance_reasons(company, situation, is_first)
        if company.credit_class_check_staff:
            limit = company.credit_class_staff
            if employees is not None:
                is_small = employees < limit
            else:
                is_small = STAFF_BELOW.get(customer.staff_band, limit + 1) <= limit
            if is_small:
                reasons.append(
                    self.env._(
                        "The customer has fewer than %(count)s employees.", count=limit
                    )
                )
        years = company.credit_class_years
        if (
            company.credit_class_check_age
            and customer.founded_on
            and customer.founded_on > today - relativedelta(years=years)
        ):
            reasons.append(
                self.env._(
                    "The customer was founded less than %(count)s years ago.",
                    count=years,
                )
            )
        if situation.is_distrusted:
            reasons.append(self.env._("The customer broke his word before."))
        return reasons

    def _get_balance_reasons(self, company, situation, is_first):
        high, low, volume = (
            company._get_credit_class_amount(name)
            for name in (
                "credit_class_high_balance",
                "credit_class_low_balance",
                "credit_class_volume",
            )
        )
        currency = company.currency_id
        reasons = []
        if (
            company.credit_class_check_high
            and not is_first
            and currency.compare_amounts(situation.balance, high) >= 0
        ):
            reasons.append(
                self.env._(
                    "The customer owes %(balance)s, which is %(amount)s or more, and "
                    "is not of the first class.",
                    balance=format_amount(self.env, situation.balance, currency),
                    amount=format_amount(self.env, high, currency),
                )
            )
        if (
            company.credit_class_check_low
            and currency.compare_amounts(situation.balance, low) < 0
            and currency.compare_amounts(situation.turnover, volume) >= 0
        ):
            reasons.append(
                self.env._(
                    "The customer owes less than %(amount)s but bought for "
                    "%(turnover)s in 12 months, which is %(volume)s or more.",
                    amount=format_amount(self.env, low, currency),
                    turnover=format_amount(self.env, situation.turnover, currency),
                    volume=format_amount(self.env, volume, currency),
                )
            )
        return reasons
