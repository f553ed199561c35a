from odoo import fields, models


class CustomerFinancialFigure(models.Model):
    """财务状况: what a customer's yearly accounts say (A27), in ``currency_id``.
    Finance and keepers enter it, whoever answers for the dossier."""

    _name = "customer.financial.figure"
    _description = "Financial Figures of a Year"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "year desc, id desc"
    _rec_name = "year"

    year = fields.Integer(
        required=True,
        default=lambda self: fields.Date.context_today(self).year - 1,
        aggregator=False,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    turnover = fields.Monetary(prefetch="guarded", tracking=True)
    profit = fields.Monetary(prefetch="guarded", tracking=True)
    assets = fields.Monetary(prefetch="guarded", tracking=True)
    liabilities = fields.Monetary(prefetch="guarded", tracking=True)
    source = fields.Char(help="Where the figures come from.")
    file = fields.Binary(string="Attachment")
    file_name = fields.Char()

    _year_uniq = models.UniqueIndex(
        "(dossier_id, year)",
        "The dossier has figures of this year. Change those instead of adding others.",
    )
    _year_check = models.Constraint(
        "CHECK(year BETWEEN 1900 AND 2999)", "Write the year with four digits."
    )
