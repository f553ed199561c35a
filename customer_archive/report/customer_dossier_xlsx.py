from odoo import api, models
from odoo.tools import format_date

from ..models.customer_xlsx_report import XlsxColumn


class CustomerXlsxReportDossier(models.AbstractModel):
    """Customer information statistics sheet 客户信息统计表 (A39)."""

    _name = "customer.xlsx.report.dossier"
    _description = "Customer Information Statistics Sheet"
    _inherit = "customer.xlsx.report"

    @api.model
    def _get_model(self):
        return "customer.dossier"

    @api.model
    def _get_title(self):
        return self.env._("Customer Information Statistics Sheet")

    @api.model
    def _get_subtitle(self, records):
        """Name the units and the period of the first contacts."""
        units = ", ".join(records.team_id.mapped("display_name"))
        parts = [super()._get_subtitle(records), units]
        days = list(filter(None, records.mapped("first_contact_date")))
        if days:
            first, last = (
                format_date(self.env, day, date_format="long")
                for day in (min(days), max(days))
            )
            parts.append(
                self.env._("First contact %(first)s – %(last)s", first=first, last=last)
            )
        return " · ".join(parts)

    @api.model
    def _get_total_label(self, records):
        return self.env._("Number of Customers")

    @api.model
    def _get_columns(self):
        def address(dossier):
            forms = self.env["customer.form.dossier"]
            return forms._get_address(dossier.partner_id)

        def contact(dossier):
            return dossier.partner_id.child_ids.filtered(
                lambda child: child.type == "contact"
            )[:1]

        return [
            XlsxColumn(self.env._("Number"), "number"),
            XlsxColumn(self.env._("Customer"), "partner_id", 30),
            XlsxColumn(self.env._("Business Unit"), "team_id"),
            XlsxColumn(self.env._("Responsible Rep"), "user_id"),
            XlsxColumn(
                self.env._("Legal Representative"), "partner_id.legal_representative"
            ),
            XlsxColumn(self.env._("Address"), address, 36),
            XlsxColumn(self.env._("Phone"), "partner_id.phone"),
            XlsxColumn(self.env._("Business Scope"), "partner_id.business_scope", 36),
            XlsxColumn(
                self.env._("Registered Capital"),
                lambda dossier: dossier.partner_id.registered_capital or None,
                20,
                "money",
                lambda dossier: dossier.partner_id.registered_currency_id,
                total=True,
            ),
            XlsxColumn(
                self.env._("Contact Person"), lambda dossier: contact(dossier).name
            ),
            XlsxColumn(
                self.env._("Contact's Phone"), lambda dossier: contact(dossier).phone
            ),
            XlsxColumn(self.env._("Status"), "state"),
        ]
