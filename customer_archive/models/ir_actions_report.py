from odoo import api, models
from odoo.tools.pdf import merge_pdf

from odoo.addons.base.models.ir_actions_report import _wkhtml


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        """Print no customer's file for who is leaving (D27); orders and invoices go
        to the customers and are printed."""
        # EXTENDS 'base'
        secret = self.env.registry.descendants(["customer.secrecy.mixin"], "_inherit")
        if report.model in secret:
            self.env.user._check_takes_copies()
        return super()._get_rendering_context(report, docids, data)

    @api.model
    def _run_wkhtmltopdf(self, bodies, *args, **kwargs):
        """Print several documents one by one where wkhtmltopdf lacks Qt's patches
        and takes only one at a time."""
        # EXTENDS 'base'
        run = super()._run_wkhtmltopdf
        if len(bodies) < 2 or _wkhtml().is_patched_qt:
            return run(bodies, *args, **kwargs)
        return merge_pdf([run([body], *args, **kwargs) for body in bodies])
