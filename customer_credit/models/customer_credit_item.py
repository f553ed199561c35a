from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

SOURCES = ("receivable", "draft", "order", "payment", "bill")


class CustomerCreditItem(models.Model):
    """The documents that make up the exposure of one account (M24): the rows that the
    figure itself is summed from. ``credit_account_id`` of the context names the
    account; without it there is nothing to see."""

    _name = "customer.credit.item"
    _description = "Item of the Credit Exposure"
    _auto = False
    _order = "date desc, id desc"

    account_id = fields.Many2one(
        "customer.credit.account", string="Credit Account", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    source = fields.Selection(
        [
            ("receivable", "Receivable"),
            ("draft", "Draft Invoice"),
            ("order", "Order to Invoice"),
            ("payment", "Payment to Book"),
            ("bill", "Unsettled Bill"),
        ],
        readonly=True,
    )
    document_id = fields.Integer(string="Record ID", readonly=True)
    name = fields.Char(string="Document", readonly=True)
    date = fields.Date(readonly=True)
    date_due = fields.Date(string="Due", readonly=True)
    amount = fields.Monetary(string="Counted Amount", readonly=True)

    @property
    def _table_query(self):
        account_id = self.env.context.get("credit_account_id")
        self.env["customer.credit.account"]._flush_sources()
        return SQL(
            """
            SELECT item.document_id::bigint * 16 + item.role
                   + 2 * array_position(%(sources)s::varchar[], item.source) AS id,
                   account.id AS account_id, account.company_id, account.partner_id,
                   item.source, item.document_id, item.name, item.date, item.date_due,
                   item.amount
              FROM customer_credit_account account
        CROSS JOIN LATERAL customer_credit_items(
                       account.company_id, ARRAY[account.partner_id], %(today)s) item
             WHERE account.id = %(account)s
            """,
            sources=list(SOURCES),
            today=fields.Date.context_today(self),
            account=account_id if isinstance(account_id, int) else 0,
        )

    @api.model
    def _get_document_models(self):
        """Return {source: (model, field of the document to open)}."""
        return {
            "receivable": ("account.move.line", "move_id"),
            "draft": ("account.move", None),
            "order": ("sale.order", None),
            "payment": ("payment.transaction", None),
            "bill": ("customer.credit.bill", None),
        }

    def action_open_document(self):
        """Open the document, if the user may read such documents."""
        self.ensure_one()
        model, field_name = self._get_document_models()[self.source]
        document = self.env[model].browse(self.document_id)
        if not document.has_access("read"):
            raise UserError(
                self.env._(
                    "You may not open %(document)s. Ask accounting for a copy.",
                    document=self.name,
                )
            )
        return (document[field_name] if field_name else document).get_formview_action()
