from odoo import api, models
from odoo.tools.pdf import merge_pdf

from odoo.addons.base.models.ir_actions_report import _wkhtml

# what need not belong to a dossier
WITH_OR_WITHOUT_DOSSIER = {"customer.complaint", "customer.measure"}
PAPER_COPY = "customer_archive.report_customer_dossier_paper"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _get_blank_forms(self):
        """Return the names of the forms that are printed empty, to be filled in by
        hand, and say nothing of a customer; addons add theirs."""
        return {
            "customer_archive.report_customer_data_card_blank",
            "customer_archive.report_customer_grade_evaluation_blank",
            "customer_archive.report_customer_measure_blank",
        }

    def _get_rendering_context(self, report, docids, data):
        """Printing what belongs to a dossier takes the right to copy and gives a
        numbered copy, whatever the report and its format (D22)."""
        # EXTENDS 'base'
        if report.model in self.env["customer.secrecy.mixin"]._get_secret_models():
            # who leaves prints orders and invoices, which go to the customers (D27)
            self.env.user._check_takes_copies()
        docs = self.env.get(report.model)
        if report.report_name in self._get_blank_forms() or not docids:
            return super()._get_rendering_context(report, docids, data)
        if report.model in WITH_OR_WITHOUT_DOSSIER and not self.env.su:
            data = super()._get_rendering_context(report, docids, data)
            log = self.env["customer.access.log"]
            return data | log._register_print(docs.browse(docids), report.name)
        if not isinstance(docs, self.pool["customer.register.mixin"]):
            return super()._get_rendering_context(report, docids, data)
        docs = docs.browse(docids)
        if not self.env.su:
            docs._check_registered_operation("copy")
        data = super()._get_rendering_context(report, docids, data)
        row_sudo = docs._register_act("print", purpose=report.name)
        if not row_sudo:
            # a customer without dossier has no register
            return data
        return data | {"copy_mark": row_sudo.with_env(self.env)._get_copy_mark()}

    @api.model
    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        # EXTENDS 'base'
        result = super()._render_qweb_pdf(report_ref, res_ids, data)
        if self._get_report(report_ref).report_name == PAPER_COPY:
            self.env["customer.dossier"].browse(res_ids)._note_paper_copy()
        return result

    @api.model
    def _run_wkhtmltopdf(self, bodies, *args, **kwargs):
        """Print several documents one by one where wkhtmltopdf lacks Qt's patches
        and takes only one at a time."""
        # EXTENDS 'base'
        run = super()._run_wkhtmltopdf
        if len(bodies) < 2 or _wkhtml().is_patched_qt:
            return run(bodies, *args, **kwargs)
        return merge_pdf([run([body], *args, **kwargs) for body in bodies])
