from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .customer_credit_account_rating import MONTHS

# answered by people for the rules of the classes
CLASS_SOURCES = ("large", "reputable", "stable", "employees")
YES_NO_SOURCES = ("large", "reputable", "stable")


class CustomerCreditFactor(models.Model):
    """What a rating is counted from (F4)."""

    _name = "customer.credit.factor"
    _description = "Credit Rating Factor"
    _inherit = ["customer.factor.mixin"]
    _order = "scheme_id, sequence, id"

    scheme_id = fields.Many2one(
        "customer.credit.scheme", required=True, index=True, ondelete="cascade"
    )
    method = fields.Selection(related="scheme_id.method")
    source = fields.Selection(
        [
            ("entered", "Judged by a Person"),
            ("payment_delay", "Average Delay of Payments (Days)"),
            ("on_time", "Paid on Time (%)"),
            ("turnover", "Sales of 12 Months with Taxes"),
            ("margin", "Average Margin (%)"),
            ("overdue", "Oldest Open Item Late by (Days)"),
            ("cooperation_years", "Years since the First Invoice"),
            ("events", "Points of Credit Events of 12 Months"),
            ("field", "Number on the Customer"),
            ("large", "Large Enterprise (Yes or No)"),
            ("reputable", "Good Reputation (Yes or No)"),
            ("stable", "Stable Business (Yes or No)"),
            ("employees", "Number of Employees"),
        ],
        required=True,
        default="entered",
        help="Money is in the currency of the customer's company.",
    )
    is_entered = fields.Boolean(compute="_compute_is_entered")
    is_yes_no = fields.Boolean(string="Yes or No", compute="_compute_is_entered")
    band_ids = fields.One2many(
        "customer.credit.factor.band", "factor_id", string="Bands", copy=True
    )

    @api.depends("source")
    def _compute_is_entered(self):
        for factor in self:
            factor.is_entered = factor.source in ("entered", *CLASS_SOURCES)
            factor.is_yes_no = factor.source in YES_NO_SOURCES

    @api.constrains("source", "scheme_id")
    def _check_source(self):
        for scheme in self.scheme_id:
            sources = scheme.factor_ids.mapped("source")
            if scheme.method == "class":
                fits = set(sources) <= {*CLASS_SOURCES}
                fits = fits and len(set(sources)) == len(sources)
            else:
                fits = not {*CLASS_SOURCES}.intersection(sources)
            if not fits:
                raise ValidationError(
                    self.env._(
                        "%(scheme)s: the rules of the classes ask each of their own "
                        "questions once, other schemes ask none of them.",
                        scheme=scheme.name,
                    )
                )

    # ------------------------------------------------------------ figures

    def _get_figures(self, accounts, records):
        """Return {factor: {account id: number}} of the factors that nobody enters;
        accounts without a figure are left out."""
        return {
            factor: {
                account_id: value
                for account_id, value in factor._get_values(accounts, records).items()
                if value is not None
            }
            for factor in self
            if not factor.is_entered
        }

    def _get_values(self, accounts, records):
        if self.source == "field":
            return {account.id: self._get_field_value(account) for account in accounts}
        today = fields.Date.context_today(self)
        points = accounts._get_event_points(MONTHS) if self.source == "events" else {}
        values = {}
        for account in accounts:
            record = records[account]
            if points.get(account):
                value = points[account]
            elif not record.first_invoice_date:
                value = None  # who never bought was neither late nor good for sales
            elif self.source == "events":
                value = 0
            elif self.source == "payment_delay":
                value = record.delay
            elif self.source == "cooperation_years":
                value = (today - record.first_invoice_date).days / 365.25
            elif self.source == "overdue":
                due = account.oldest_due or today
                value = max((today - due).days, 0)
            else:
                value = getattr(record, self.source)
            values[account.id] = value
        return values

    def _get_field_value(self, account):
        customer = account.partner_id.with_company(account.company_id)
        value = customer[self.field_name]
        field = customer._fields[self.field_name]
        if value and field.type == "monetary":
            currency = customer[field.get_currency_field(customer)]
            company = account.company_id
            value = currency._convert(
                value, company.currency_id, company, fields.Date.context_today(self)
            )
        return value or None

    def _get_line(self, value):
        """Return what one factor with ``value`` (None: missing) contributes."""
        return {
            "factor_id": self.id,
            "value": value,
            "source": self.source,
            "score": None if value is None else self._get_score(value),
            "weight": self.weight,
        }

    def _get_score(self, value):
        return None if self.source in CLASS_SOURCES else super()._get_score(value)
