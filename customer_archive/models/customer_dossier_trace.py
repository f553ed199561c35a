from odoo import api, fields, models
from odoo.fields import Domain

TRACE_LIMIT = 500


class CustomerDossier(models.Model):
    """Deal trace: one chronological chain of all documents of a customer (A17)."""

    _inherit = "customer.dossier"

    def action_open_deal_trace(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.client"]._for_xml_id(
            "customer_archive.customer_dossier_action_deal_trace"
        )
        return action | {"context": {"active_id": self.id}}

    @api.readonly
    def get_trace(self):
        """Return what the deal trace shows, oldest first: {"name", "lines", "limit":
        0, or how many lines are shown where there are more}.

        Every document is fetched as the user, so its own rights and rules hold; a
        model that he may not read is left out. The number of queries follows from
        the number of sources, not of documents.
        """
        self.ensure_one()
        self.check_access("read")
        lines = []
        for sequence, source in enumerate(self._trace_sources()):
            lines += self._get_trace_lines(sequence, source)
        lines.sort(key=lambda line: (line["date"], line["sequence"], line["res_id"]))
        limited = len(lines) > TRACE_LIMIT
        return {
            "name": self.partner_id.display_name,
            "lines": lines[-TRACE_LIMIT:],
            "limit": TRACE_LIMIT if limited else 0,
        }

    def _trace_sources(self):
        """Return the sources of the chain in the order of a deal, a dict each:

        - ``model`` and ``domain`` of the documents,
        - ``label`` (kind of line, translated) and ``icon`` (Font Awesome),
        - names of fields: ``date`` (required), ``number``, ``text``, ``amount`` with
          ``currency``, ``state`` (a selection or a many2one).

        Addons add theirs.
        """
        customer = Domain("partner_id.commercial_partner_id", "=", self.partner_id.id)
        sources = [
            {
                "model": "crm.lead",
                "domain": customer,
                "label": self.env._("Lead"),
                "icon": "fa-star",
                "date": "create_date",
                "text": "name",
                "amount": "expected_revenue",
                "currency": "company_currency",
                "state": "stage_id",
            },
            {
                "model": "crm.lead",
                "domain": customer,
                "label": self.env._("First Contact"),
                "icon": "fa-comments-o",
                "date": "first_contact_date",
                "text": "needs",
                "state": "first_contact_channel",
            },
            {
                "model": "sale.order",
                "domain": customer,
                "label": self.env._("Quotation"),
                "icon": "fa-file-text-o",
                "date": "create_date",
                "number": "name",
                "text": "client_order_ref",
                "amount": "amount_total",
                "currency": "currency_id",
                "state": "state",
            },
            {
                "model": "sale.order",
                "domain": customer & Domain("state", "=", "sale"),
                "label": self.env._("Order"),
                "icon": "fa-shopping-cart",
                "date": "date_order",
                "number": "name",
                "text": "client_order_ref",
                "amount": "amount_total",
                "currency": "currency_id",
                "state": "invoice_status",
            },
        ]
        if "picking_ids" in self.env["sale.order"]._fields:
            sources.append(
                {
                    "model": "stock.picking",
                    "domain": customer & Domain("sale_id", "!=", False),
                    "label": self.env._("Delivery"),
                    "icon": "fa-truck",
                    "date": "date_done",
                    "number": "name",
                    "text": "origin",
                    "state": "state",
                }
            )
        invoices = Domain("commercial_partner_id", "=", self.partner_id.id) & Domain(
            "state", "=", "posted"
        )
        invoice_fields = {
            "model": "account.move",
            "icon": "fa-file-o",
            "date": "invoice_date",
            "number": "name",
            "text": "invoice_origin",
            "amount": "amount_total",
            "currency": "currency_id",
            "state": "payment_state",
        }
        payments = customer & Domain("partner_type", "=", "customer")
        payment_fields = {
            "model": "account.payment",
            "icon": "fa-money",
            "date": "date",
            "number": "name",
            "text": "memo",
            "amount": "amount",
            "currency": "currency_id",
            "state": "state",
        }
        return sources + [
            invoice_fields
            | {
                "label": self.env._("Invoice"),
                "domain": invoices
                & Domain("move_type", "in", ("out_invoice", "out_receipt")),
            },
            invoice_fields
            | {
                "label": self.env._("Credit Note"),
                "domain": invoices & Domain("move_type", "=", "out_refund"),
            },
            payment_fields
            | {
                "label": self.env._("Payment"),
                "domain": payments & Domain("payment_type", "=", "inbound"),
            },
            payment_fields
            | {
                "label": self.env._("Refund"),
                "domain": payments & Domain("payment_type", "=", "outbound"),
            },
            {
                "model": "calendar.event",
                "domain": Domain(
                    "partner_ids.commercial_partner_id", "=", self.partner_id.id
                ),
                "label": self.env._("Meeting"),
                "icon": "fa-calendar",
                "date": "start",
                "text": "name",
            },
            {
                "model": "customer.measure",
                "domain": Domain("dossier_id", "=", self.id),
                "label": self.env._("Measure"),
                "icon": "fa-wrench",
                "date": "create_date",
                "text": "name",
                "state": "state",
            },
        ]

    def _get_trace_lines(self, sequence, source):
        model = self.env[source["model"]].with_context(active_test=False)
        if not model.has_access("read"):
            return []
        date_field = source["date"]
        names = [
            source[key]
            for key in ("date", "number", "text", "amount", "currency", "state")
            if source.get(key)
        ]
        records = model.search_fetch(
            source["domain"] & Domain(date_field, "!=", False),
            names,
            order=f"{date_field} DESC, id DESC",
            limit=TRACE_LIMIT + 1,
        )
        state_field = model._fields.get(source.get("state"))
        is_selection = state_field and state_field.type == "selection"
        labels = (
            dict(state_field._description_selection(self.env)) if is_selection else {}
        )

        def value(record, key):
            return record[source[key]] if source.get(key) else False

        lines = []
        for record in records:
            date = record[date_field]
            if model._fields[date_field].type == "datetime":
                date = fields.Datetime.context_timestamp(record, date).date()
            state = value(record, "state")
            currency = value(record, "currency")
            lines.append(
                {
                    "date": fields.Date.to_string(date),
                    "sequence": sequence,
                    "label": source["label"],
                    "icon": source["icon"],
                    "number": value(record, "number") or "",
                    "text": value(record, "text") or "",
                    "amount": value(record, "amount"),
                    "currency_id": currency.id if currency else False,
                    "state": labels.get(state, "")
                    if is_selection
                    else (state.display_name if state else ""),
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        return lines
