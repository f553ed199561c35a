from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL


class CustomerGradeFactor(models.Model):
    """What the score sheet (E7, M10) and the upgrade potential (C43, M8) of a scheme
    are counted from."""

    _name = "customer.grade.factor"
    _description = "Grading Factor"
    _inherit = ["customer.factor.mixin"]
    _order = "scheme_id, usage, sequence, id"

    scheme_id = fields.Many2one(
        "customer.grade.scheme", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scheme_id.company_id")
    usage = fields.Selection(
        [("grade", "Score Sheet"), ("potential", "Upgrade Potential")],
        required=True,
        default="grade",
    )
    source = fields.Selection(
        [
            ("entered", "Judged by a Person"),
            ("deal_amount", "Contracts and Orders of 12 Months"),
            ("profit_share", "Share in the Company's Gross Profit (%)"),
            ("potential_amount", "Potential Demand"),
            ("cooperation_years", "Years since the First Deal"),
            ("order_count", "Orders of 12 Months"),
            ("growth", "Growth of 12 Months (%)"),
            ("referrals", "Referred Customers with a Deal"),
            ("field", "Number on the Customer"),
        ],
        required=True,
        default="entered",
        help="Money is in the currency of the company that grades.",
    )
    band_ids = fields.One2many(
        "customer.grade.factor.band", "factor_id", string="Bands", copy=True
    )

    _potential_computed = models.Constraint(
        "CHECK(usage = 'grade' OR source <> 'entered')",
        "The upgrade potential is counted from figures alone. Choose a figure.",
    )

    @api.constrains("source", "field_name")
    def _check_field_name(self):
        result = super()._check_field_name()
        customers = self.env["res.partner"]
        for factor in self.filtered(lambda factor: factor.source == "field"):
            if customers._fields[factor.field_name].company_dependent:
                raise ValidationError(
                    self.env._(
                        "%(factor)s: choose a number that is the same in all "
                        "companies.",
                        factor=factor.name,
                    )
                )
        return result

    def write(self, vals):
        if "source" in vals and not self.env.su:
            self.filtered(
                lambda factor: factor.source != vals["source"]
            )._check_not_on_sheets()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_counted(self):
        self._check_not_on_sheets()

    def _check_not_on_sheets(self):
        """Who may see a figure on a sheet follows from where it was taken."""
        # sudo: whether there is one, of customers of whatever secrecy
        lines_sudo = self.env["customer.grade.evaluation.line"].sudo()
        used_sudo = lines_sudo.search(
            fields.Domain("factor_id", "in", self.ids), limit=1
        ).factor_id
        if used_sudo:
            raise UserError(
                self.env._(
                    "%(factor)s stands in score sheets: it stays, and so does where "
                    "its figure comes from. Set its weight to 0 and make a new factor.",
                    factor=used_sudo.name,
                )
            )

    # ------------------------------------------------------------ engine

    def _value_sql(self, scope, total_profit):
        """Return the figure of this factor for a row of ``figure`` (see the engine of
        ``customer.grade.scheme``), NULL where there is none. Addons add sources."""
        self.ensure_one()
        values = {
            "deal_amount": SQL("CASE WHEN has_deal THEN recent_amount END"),
            "profit_share": SQL(
                "CASE WHEN has_deal THEN profit_amount * 100 / %s::numeric END",
                # of a loss nobody has a share
                total_profit if total_profit and total_profit > 0 else None,
            ),
            "potential_amount": SQL("NULLIF(potential_amount, 0)"),
            "cooperation_years": SQL(
                "(%s::date - first_deal_date) / 365.25", scope["date"]
            ),
            "order_count": SQL("CASE WHEN has_deal THEN order_count END"),
            "growth": SQL(
                "CASE WHEN former_amount > 0 THEN "
                "(recent_amount - former_amount) * 100 / former_amount END"
            ),
            "referrals": SQL("referral_count"),
        }
        if self.source == "field":
            return self._field_sql(scope)
        if self.source == "entered":
            return self._entered_sql()
        return values[self.source]

    def _field_sql(self, scope):
        customers = self.env["res.partner"]
        field = customers._fields[self.field_name]
        column = SQL.identifier("customer", self.field_name)
        rate = SQL("1")
        currency = field.type == "monetary" and field.get_currency_field(customers)
        # one that is not stored is the currency of whoever looks: here the company's
        if currency and customers._fields[currency].store:
            rate = SQL(
                "COALESCE((SELECT rate.factor FROM %s WHERE rate.currency_id = %s), 1)",
                self.env["customer.grade.scheme"]._rates_sql(scope),
                SQL.identifier("customer", currency),
            )
        return SQL(
            "(SELECT NULLIF(%s::numeric, 0) * %s FROM res_partner customer "
            "WHERE customer.id = figure.partner_id)",
            column,
            rate,
        )

    def _entered_sql(self):
        """What a person judged last stays until he judges anew or takes it back."""
        return SQL(
            """(SELECT CASE WHEN line.has_value THEN line.value END
                  FROM customer_grade_evaluation_line line
                  JOIN customer_grade_evaluation evaluation
                    ON evaluation.id = line.evaluation_id
                 WHERE evaluation.dossier_id = figure.dossier_id
                   AND line.factor_id = %s
              ORDER BY evaluation.state = 'proposed' DESC, evaluation.id DESC
                 LIMIT 1)""",
            self.id,
        )

    def _score_sql(self, scope, total_profit):
        """Return the score of this factor as ``_get_score`` counts it."""
        bands = self.band_ids.sorted("min_value", reverse=True)
        cases = SQL(" ").join(
            SQL("WHEN part.value >= %s THEN %s", band.min_value, band.score)
            for band in bands
        )
        return SQL(
            "(SELECT CASE WHEN part.value IS NULL THEN NULL %s ELSE %s END "
            "FROM (SELECT ROUND((%s)::numeric, 2) AS value) part)",
            cases,
            bands[-1:].score if bands else SQL("LEAST(GREATEST(part.value, 0), 100)"),
            # to the digits of the score sheet, which is judged by the same bands
            self._value_sql(scope, total_profit),
        )
