from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_amount, format_date

# what a decision changes, and under which name the assessment keeps what held before
DECIDED = (
    "rating_id",
    "control",
    "limit_amount",
    "limit_currency_id",
    "term_days",
    "valid_until",
)


class CustomerCreditAssessment(models.Model):
    """资信评估: the document that changes a customer's rating and limit (F4, F9, F14).

    What is proposed stands with its inputs beside what is entered; what is entered
    takes effect by its approval alone, which keeps the old values. Money in the
    company's currency unless it has a currency of its own.
    """

    _name = "customer.credit.assessment"
    _description = "Credit Assessment"
    _inherit = [
        "customer.credit.content.mixin",
        "customer.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _mail_post_access = "read"
    _rec_name = "number"

    number = fields.Char(readonly=True, copy=False)
    kind = fields.Selection(
        [
            ("assessment", "Assessment"),
            ("limit", "Change of Limit"),
            ("downgrade", "Downgrade"),
            ("group", "Shared Limit"),
        ],
        required=True,
        default="assessment",
    )
    account_id = fields.Many2one(required=False)
    group_id = fields.Many2one(
        "customer.credit.group",
        string="Shared Limit",
        index="btree_not_null",
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", related=None, compute="_compute_company_id", store=True
    )
    responsible_id = fields.Many2one("res.users", readonly=True, copy=False)
    event_id = fields.Many2one(
        "customer.credit.event", readonly=True, copy=False, index="btree_not_null"
    )

    # what is proposed, with its inputs
    scheme_id = fields.Many2one("customer.credit.scheme", string="Rating Scheme")
    line_ids = fields.One2many(
        "customer.credit.assessment.line", "assessment_id", string="Factors"
    )
    proposed_rating_id = fields.Many2one(
        "customer.credit.rating", readonly=True, copy=False, ondelete="restrict"
    )
    has_score = fields.Boolean(readonly=True, copy=False)
    proposed_score = fields.Float(
        string="Score", readonly=True, copy=False, digits=(16, 1)
    )
    proposed_reasons = fields.Text(string="Why", readonly=True, copy=False)
    figures_date = fields.Datetime(string="Figures of", readonly=True, copy=False)
    monthly_sales = fields.Monetary(
        string="Average Monthly Sales",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
    )
    has_terms = fields.Boolean(readonly=True, copy=False)
    rule_term_days = fields.Integer(
        string="Credit Days of the Rating", readonly=True, copy=False
    )
    rule_coefficient = fields.Float(
        string="Coefficient of the Rating",
        readonly=True,
        copy=False,
        digits=(16, 2),
    )
    rule_maximum = fields.Monetary(
        string="Maximum of the Rating",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
    )
    has_cap = fields.Boolean(readonly=True, copy=False)
    cap_amount = fields.Monetary(
        string="Cap",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
    )
    suggested_amount = fields.Monetary(
        string="Suggested Limit",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="The least of cap, maximum of the rating, and average monthly sales × "
        "credit days / 30 × coefficient (M27).",
    )
    paid_amount = fields.Monetary(
        string="Paid in 12 Months",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
    )
    payment_delay = fields.Float(
        string="Average Delay (Days)", readonly=True, copy=False, digits=(16, 1)
    )
    on_time_percent = fields.Float(
        string="Paid on Time (%)", readonly=True, copy=False, digits=(16, 1)
    )
    payment_mix = fields.Text(string="Paid by", readonly=True, copy=False)
    recovered_amount = fields.Monetary(
        string="Recovered in Total",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
    )
    margin_percent = fields.Float(
        string="Average Margin (%)", readonly=True, copy=False, digits=(16, 1)
    )
    margin_covered = fields.Float(
        string="Sales with Known Cost (%)",
        readonly=True,
        copy=False,
        digits=(16, 1),
        help="The share of the sales that the average margin is counted from.",
    )
    other_limit_amount = fields.Monetary(
        string="Limit Others Grant",
        currency_field="company_currency_id",
        help="What another company lets this customer owe (F15).",
    )
    other_limit_source = fields.Char(string="Who Grants It, and Who Says So")

    # what is entered
    rating_id = fields.Many2one(
        "customer.credit.rating", string="Credit Rating", ondelete="restrict"
    )
    deviation_reason = fields.Text(string="Why Not as Proposed")
    control = fields.Selection(
        [("none", "Not Controlled"), ("limited", "Limited")],
        required=True,
        default="limited",
    )
    limit_amount = fields.Monetary(
        string="Credit Limit", currency_field="limit_currency_id"
    )
    limit_currency_id = fields.Many2one(
        "res.currency", string="Currency of the Limit", ondelete="restrict"
    )
    term_days = fields.Integer(string="Credit Days")
    valid_until = fields.Date(help="From the next day on the limit counts as 0.")
    reason = fields.Text()

    # what held before the decision
    old_rating_id = fields.Many2one(
        "customer.credit.rating", readonly=True, copy=False, ondelete="restrict"
    )
    old_control = fields.Selection(
        [
            ("none", "Not Controlled"),
            ("limited", "Limited"),
            ("blocked", "Blocked"),
        ],
        readonly=True,
        copy=False,
    )
    old_limit_amount = fields.Monetary(
        string="Old Credit Limit",
        currency_field="old_limit_currency_id",
        readonly=True,
        copy=False,
    )
    old_limit_currency_id = fields.Many2one(
        "res.currency", readonly=True, copy=False, ondelete="restrict"
    )
    old_term_days = fields.Integer(string="Old Credit Days", readonly=True, copy=False)
    old_valid_until = fields.Date(readonly=True, copy=False)
    decided_date = fields.Date(string="Decided on", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )

    _subject = models.Constraint(
        "CHECK((kind = 'group') = (group_id IS NOT NULL) "
        "AND (kind = 'group') = (account_id IS NULL))",
        "An assessment is about one customer or about one shared limit.",
    )
    _limit_positive = models.Constraint(
        "CHECK(limit_amount >= 0 AND term_days >= 0 AND other_limit_amount >= 0)",
        "Limits and credit days are never negative.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | self._get_readonly_fields()

    def _approval_locked_fields(self):
        return {
            "kind",
            "scheme_id",
            "line_ids",
            "other_limit_amount",
            "other_limit_source",
            "deviation_reason",
            "reason",
            *DECIDED,
        }

    @api.model
    def _may_read_domain(self):
        domain = super()._may_read_domain()
        # a shared limit is for those who may read all accounts
        if self.env["customer.credit.account"]._may_read_domain().is_true():
            domain |= Domain("group_id", "!=", False)
        return domain

    @api.depends("account_id.company_id", "group_id.company_id")
    def _compute_company_id(self):
        for assessment in self:
            assessment.company_id = (
                assessment.account_id or assessment.group_id
            ).company_id

    def write(self, vals):
        if {"account_id", "group_id"}.intersection(vals) and not self._is_system():
            raise UserError(
                self.env._(
                    "An assessment stays with the customer or the shared limit it was "
                    "made for. Make another one."
                )
            )
        return super().write(vals)

    # ------------------------------------------------------------ drafts

    @api.model_create_multi
    def create(self, vals_list):
        assessments = super().create(vals_list)
        # sudo: the rules have judged the draft; its figures are the system's, who
        # proposes need not read the books
        assessments_sudo = assessments.sudo()
        assessments_sudo._number()
        assessments_sudo._propose()
        for assessment_sudo, vals in zip(assessments_sudo, vals_list, strict=True):
            values = assessment_sudo._get_first_values()
            assessment_sudo._system_write(
                {name: value for name, value in values.items() if name not in vals}
            )
        return assessments

    def _number(self):
        sequence = self.env["ir.sequence"]
        responsible = self.account_id._get_responsible_by_account()
        for assessment in self:
            assessment._system_write(
                {
                    "number": sequence.next_by_code(self._name),
                    "responsible_id": responsible[assessment.account_id].id
                    if assessment.account_id
                    else False,
                }
            )

    def _get_subject(self):
        """Return the account or the shared limit that this changes."""
        return self.account_id or self.group_id

    def _get_first_values(self):
        """Return what a new draft enters: what is proposed, else what holds."""
        self.ensure_one()
        subject = self._get_subject()
        currency = subject.limit_currency_id or subject.currency_id
        values = {
            "limit_currency_id": currency.id,
            "limit_amount": subject.limit_amount,
            "valid_until": subject.valid_until,
        }
        if self.account_id:
            values["term_days"] = self.account_id.term_days
        if self._rates():
            rating = self.proposed_rating_id or self.account_id.rating_id
            values["rating_id"] = rating.id
            if self.has_terms:
                values["term_days"] = self.rule_term_days
                values["limit_amount"] = self._convert(self.suggested_amount, currency)
        return values

    def _rates(self):
        """Return whether this confirms a rating, too."""
        return self.kind in ("assessment", "downgrade")

    def _get_terms(self):
        """Return the terms of the rating that the limit is measured by, in sudo."""
        # sudo: what the rule allows binds those who may not read it, too
        return self.sudo()._get_rating()._get_terms(self.company_id)

    def _convert(self, amount, currency):
        """Return ``amount`` of company currency in ``currency`` today."""
        return self.company_id.currency_id._convert(
            amount, currency, self.company_id, fields.Date.context_today(self)
        )

    def _get_limit(self):
        """Return what is entered, in company currency at the rate of the day (F17);
        None: without any limit."""
        if self.control == "none":
            return None
        currency = self.limit_currency_id or self.company_id.currency_id
        return currency._convert(
            self.limit_amount,
            self.company_id.currency_id,
            self.company_id,
            fields.Date.context_today(self),
        )

    # ------------------------------------------------------------ proposal (F9, M27)

    def action_propose(self):
        """Take over again what is proposed today."""
        self.check_access("write")
        self._check_draft()
        # sudo: see create
        for assessment_sudo in self.sudo():
            assessment_sudo._propose()
            assessment_sudo._system_write(assessment_sudo._get_first_values())
        return True

    def _propose(self):
        """Bring what is proposed up to date, with the inputs it follows from; what was
        entered stays. In sudo, one question to the engine for any number."""
        of_account = self.filtered("account_id")
        accounts = of_account.account_id
        records = accounts._get_payment_records()
        of_account._propose_rating(records)
        suggestions = accounts._get_limit_suggestions(
            {
                assessment.account_id: assessment._get_rating()
                for assessment in of_account
            },
            records,
        )
        for assessment in of_account:
            account = assessment.account_id
            assessment._take_figures(records[account], suggestions[account])

    def _take_figures(self, record, suggestion):
        currency = self.company_currency_id
        self._system_write(
            {
                "figures_date": fields.Datetime.now(),
                "suggested_amount": suggestion.amount,
                "monthly_sales": suggestion.monthly_sales,
                "has_cap": suggestion.cap is not None,
                "cap_amount": suggestion.cap,
                "has_terms": bool(suggestion.terms),
                "rule_term_days": suggestion.term_days,
                "rule_coefficient": suggestion.coefficient,
                "rule_maximum": suggestion.maximum,
                "paid_amount": record.paid,
                "payment_delay": record.delay,
                "on_time_percent": record.on_time,
                "payment_mix": "\n".join(
                    f"{method}: {format_amount(self.env, amount, currency)}"
                    for method, amount in record.mix.items()
                ),
                "recovered_amount": record.recovered_total,
                "margin_percent": record.margin,
                "margin_covered": record.margin_covered,
            }
        )

    def _propose_rating(self, records):
        rated = self.filtered(lambda assessment: assessment._rates())
        for assessment in rated.filtered(lambda assessment: not assessment.scheme_id):
            account = assessment.account_id
            assessment.scheme_id = account.rating_id.scheme_id or self.env[
                "customer.credit.scheme"
            ]._get_leading(account.company_id)
        for scheme, assessments in rated.grouped("scheme_id").items():
            if not scheme:
                continue
            proposals = scheme._propose(
                assessments.account_id,
                {
                    assessment.account_id: {
                        line.factor_id: line.entered_value
                        for line in assessment.line_ids
                        if line.is_judged
                    }
                    for assessment in assessments
                },
                records,
            )
            for assessment in assessments:
                assessment._take_proposal(proposals[assessment.account_id])

    def _take_proposal(self, proposal):
        line_by_factor = self.line_ids.grouped("factor_id")
        factors = self.env["customer.credit.factor"]
        commands = []
        for figures in proposal.lines:
            line = line_by_factor.pop(factors.browse(figures["factor_id"]), None)
            values = {
                "has_value": figures["value"] is not None,
                "value": figures["value"] or 0.0,
                "has_score": figures["score"] is not None,
                "score": figures["score"] or 0.0,
                "weight": figures["weight"],
            }
            commands.append(
                Command.update(line.id, values)
                if line
                else Command.create(values | {"factor_id": figures["factor_id"]})
            )
        # those of another scheme
        commands += [Command.delete(line.id) for line in line_by_factor.values()]
        self._system_write(
            {
                "proposed_rating_id": proposal.rating.id,
                "has_score": proposal.score is not None,
                "proposed_score": proposal.score or 0.0,
                "proposed_reasons": "\n".join(proposal.reasons),
                "line_ids": commands,
            }
        )

    def _get_rating(self):
        """Return the rating whose terms the limit is measured by."""
        if self._rates():
            return (
                self.rating_id or self.proposed_rating_id or self.account_id.rating_id
            )
        return self.account_id.rating_id

    # ------------------------------------------------------------ submission

    def _check_draft(self):
        for assessment in self:
            if assessment.approval_state in ("pending", "approved"):
                raise UserError(
                    self.env._(
                        "%(assessment)s is being decided on or was decided. Make "
                        "another one.",
                        assessment=assessment.display_name,
                    )
                )

    def action_submit(self):
        """Put the assessment before the deciders.

        :raise UserError: something is missing, or no approval could grant it
        """
        for assessment in self:
            assessment.check_access("write")
            assessment._check_draft()
            assessment._submit()
        return True

    def _submit(self):
        # sudo: see create; what is decided on is measured by the figures of today
        assessment_sudo = self.sudo()
        assessment_sudo._propose()
        assessment_sudo._check_complete()
        assessment_sudo._check_grantable()
        return self._request_approval(self.reason)

    def _check_complete(self):
        missing = []
        if not (self.reason or "").strip():
            missing.append("reason")
        if self.kind == "assessment" and not self.rating_id:
            missing.append("rating_id")
        if not self.limit_currency_id:
            missing.append("limit_currency_id")
        if (
            self._rates()
            and self.proposed_rating_id
            and self.rating_id != self.proposed_rating_id
            and not (self.deviation_reason or "").strip()
        ):
            missing.append("deviation_reason")
        if missing:
            labels = [
                self._fields[name]._description_string(self.env) for name in missing
            ]
            raise UserError(
                self.env._(
                    "%(assessment)s cannot be submitted yet. Fill in: %(fields)s.",
                    assessment=self.display_name,
                    fields=labels,
                )
            )
        if self.kind == "group" and self.control == "none":
            raise UserError(self.env._("A shared limit is always a limit."))

    def _check_grantable(self):
        """Refuse what no approval may grant; asked at the submission and again at the
        decision."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        if self.valid_until and self.valid_until < today:
            raise UserError(
                self.env._("A limit cannot end before today. Change its last day.")
            )
        rating = self.rating_id
        if (
            self._rates()
            and rating
            and rating != self.account_id.rating_id
            and not (
                rating.active
                and rating.scheme_id.active
                and rating.scheme_id.company_id <= self.company_id
            )
        ):
            raise UserError(
                self.env._(
                    "%(rating)s is no rating that %(company)s uses now. Choose another "
                    "one.",
                    rating=rating.display_name,
                    company=self.company_id.display_name,
                )
            )
        self.account_id._check_cap(self.company_id, self._get_limit())
        if self.kind == "downgrade" and self._raises():
            raise UserError(
                self.env._("A downgrade never raises the limit or lets it last longer.")
            )
        review_date = self.account_id.review_date
        if (
            self.kind == "limit"
            and self.company_id.credit_outdated_rating_blocks
            and review_date
            and review_date < today
            and self._raises()
        ):
            raise UserError(
                self.env._(
                    "The rating of %(customer)s is outdated since %(date)s, so his "
                    "limit is not raised. Make a new assessment.",
                    customer=self.partner_id.display_name,
                    date=format_date(self.env, review_date),
                )
            )

    def _raises(self):
        """Return whether this allows more, or for longer, than the limit now."""
        account = self.account_id
        decided = account.control_before or account.control
        if decided == "none":
            return False
        new = self._get_limit()
        if new is None:
            return True
        today = fields.Date.context_today(self)
        if account.valid_until and account.valid_until < today:
            old = 0.0
        else:
            currency = account.limit_currency_id or account.currency_id
            old = currency._convert(
                account.limit_amount, account.currency_id, account.company_id, today
            )
        longer = account.valid_until and (
            not self.valid_until or self.valid_until > account.valid_until
        )
        return (
            self.company_id.currency_id.compare_amounts(new, old) > 0
            or self.term_days > account.term_days
            or bool(new and longer)
        )

    # ------------------------------------------------------------ approval (K15)

    def _approval_kind(self):
        """Above the maximum of the rating somebody higher decides, too (F14)."""
        terms = self._get_terms()
        if not terms:
            return "default"
        limit = self._get_limit()
        maximum = terms._get_max_amount(self.company_id)
        if (
            limit is None
            or self.company_id.currency_id.compare_amounts(limit, maximum) > 0
        ):
            return "above_maximum"
        return "default"

    def _approval_amount(self):
        return self._get_limit() or 0.0

    def _approval_dossier(self):
        if self.account_id:
            return super()._approval_dossier()
        return self.env["customer.dossier"]

    def _approval_tell_author(self, approval):
        # the system that opened a downgrade needs no to-do
        if not approval.requester_id.active:
            return None
        return super()._approval_tell_author(approval)

    def _approval_on_approved(self, approval):
        self._check_grantable()
        if self._approval_kind() == "above_maximum" != approval.kind:
            raise UserError(
                self.env._(
                    "The maximum of the rating has come down since this was submitted. "
                    "Reject it, so that it is submitted to those who may exceed it."
                )
            )
        subject = self._get_subject()
        self._system_write(
            {
                f"old_{name}": subject._fields[name].convert_to_write(
                    subject[name], subject
                )
                for name in DECIDED
                if name in subject._fields
            }
            | {
                "decided_date": fields.Date.context_today(self),
                "decided_by_id": self.env.uid,
            }
        )
        if self.group_id:
            self.group_id._system_write(self._get_effect())
        else:
            self.account_id._apply_decision(self._get_effect())

    def _approval_on_rejected(self, approval):
        self._system_write({"decided_by_id": self.env.uid})

    def _get_effect(self):
        """Return the columns of account or shared limit that the approval writes."""
        effect = {
            "limit_amount": self.limit_amount,
            "limit_currency_id": self.limit_currency_id.id,
            "valid_until": self.valid_until,
        }
        if self.group_id:
            return effect
        effect |= {"control": self.control, "term_days": self.term_days}
        terms = self._get_terms()
        if terms:
            effect["warning_percent"] = terms.warning_percent
        if self._rates() and self.rating_id:
            today = fields.Date.context_today(self)
            months = terms.review_months if terms else 0
            effect |= {
                "rating_id": self.rating_id.id,
                "rating_date": today,
                "review_date": fields.Date.add(today, months=months)
                if months
                else False,
            }
        return effect

    # ------------------------------------------------------------ bad events (F10)

    @api.model
    def _open_downgrade(self, account, event, reason):
        """Make and submit a downgrade after ``event``; in sudo."""
        downgrade = self._system_create(
            {
                "account_id": account.id,
                "kind": "downgrade",
                "event_id": event.id,
                "reason": reason,
                "control": "limited",
            }
        )
        downgrade._lower(reason)
        author = self.env.ref("base.user_root")
        try:
            with self.env.cr.savepoint():
                downgrade.with_user(author).sudo()._submit()
        except UserError as error:
            # what was recorded stays, even while nobody can decide
            downgrade.message_post(body=str(error))
        return downgrade

    def _lower(self, reason):
        """Enter a rating and a limit that are never better than those that hold."""
        account = self.account_id
        rating = self.proposed_rating_id
        current = account.rating_id
        if current and (not rating or rating.scheme_id == current.scheme_id):
            ratings = current.scheme_id.rating_ids.sorted()
            lower = ratings.filtered(lambda other: other.sequence > current.sequence)[
                :1
            ]
            if not rating or rating.sequence <= current.sequence:
                rating = lower or current
        currency = account.limit_currency_id or account.currency_id
        self._system_write({"rating_id": rating.id, "deviation_reason": reason})
        # the suggestion follows the rating
        self._propose()
        self._system_write(
            {
                "limit_amount": min(
                    self._convert(self.suggested_amount, currency),
                    account.limit_amount,
                ),
                "limit_currency_id": currency.id,
                "term_days": account.term_days,
                "valid_until": account.valid_until,
            }
        )
