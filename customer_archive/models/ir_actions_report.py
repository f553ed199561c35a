from odoo import api, models
from odoo.tools.pdf import merge_pdf

from odoo.addons.base.models.ir_actions_report import _wkhtml


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _run_wkhtmltopdf(self, bodies, *args, **kwargs):
        """Print several documents one by one where wkhtmltopdf lacks Qt's patches
        and takes only one at a time."""
        # EXTENDS 'base'
        run = super()._run_wkhtmltopdf
        if len(bodies) < 2 or _wkhtml().is_patched_qt:
            return run(bodies, *args, **kwargs)
        return merge_pdf([run([body], *args, **kwargs) for body in bodies])
