from odoo import api, models

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
        units = ", ".join(records.team_id.mapped("display_name"))
        count = self.env._("%(count)s customers", count=len(records))
        return f"{super()._get_subtitle(records)} · {units} · {count}"

    @api.model
    def _get_columns(self):
        def address(dossier):
            lines = dossier.partner_id._display_address(without_company=True)
            return ", ".join(filter(None, map(str.strip, lines.splitlines())))

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
            ),
            XlsxColumn(
                self.env._("Contact Person"), lambda dossier: contact(dossier).name
            ),
            XlsxColumn(
                self.env._("Contact's Phone"), lambda dossier: contact(dossier).phone
            ),
            XlsxColumn(self.env._("Status"), "state"),
        ]
